"""A study that is opened in a live kernel: what questions import is there before the first of them is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cjm_research.notebook import opened
from tests.notebook.test_asking import ROWS
from tests.studies import interactions, make_study

# a shell that runs cells within a loop, as a kernel does; the flag is what a kernel has
CODE = """
import asyncio, sys
from IPython.core.interactiveshell import InteractiveShell
from cjm_research.notebook.opened import _imported_by_answers
shell = InteractiveShell.instance()
full = ["cjm_research." + m for m in _imported_by_answers()]
missing = lambda: [m for m in full if m not in sys.modules]

async def session():
    if sys.argv[2] == "kernel":
        shell.kernel = object()
    code = f"from cjm_research import open_study; study = open_study('tiny', {sys.argv[1]!r})"
    await shell.run_cell_async(code, transformed_cell=shell.transform_cell(code))
    at_once = len(missing())
    for _ in range(6000):
        await asyncio.sleep(0.01)
        if not missing() or sys.argv[2] != "kernel":
            break
    print(at_once, len(missing()), len(full))

asyncio.run(session())
"""


def test_a_live_kernel_imports_while_nobody_asks(tmp_path: Path) -> None:
    make_study(tmp_path, {"interactions": interactions(*ROWS)})

    def counted(where: str) -> list[int]:
        done = subprocess.run([sys.executable, "-c", CODE, str(tmp_path), where], capture_output=True, text=True, check=True,
                              env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")})
        return [int(n) for n in done.stdout.splitlines()[-1].split()]

    at_once, later, all_of_them = counted("kernel")
    assert 0 < at_once <= all_of_them and later == 0, "opening does not wait for them, they come by themselves"
    assert counted("script")[1] == at_once, "where nobody looks on, nothing is imported ahead"


def test_the_modules_are_those_of_questions_and_charts() -> None:
    found = opened._imported_by_answers()
    assert found[0].startswith("analysis.") and "plots.funnels" in found and len(set(found)) == len(found)
