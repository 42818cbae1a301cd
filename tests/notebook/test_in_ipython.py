"""In a real IPython: an error of ours is its four parts, an answer shows itself once, Tab finds questions and options."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.notebook.test_asking import FUNNEL, ROWS
from tests.studies import interactions, make_study

CODE = """
import io, json, sys
from contextlib import redirect_stdout
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("from cjm_research import *; from cjm_research import open_study, ask")
shell.run_cell(f"study = open_study('tiny', {sys.argv[1]!r})")
out = {}
for name, cell in json.loads(sys.argv[2]).items():
    text = io.StringIO()
    with redirect_stdout(text):
        shell.run_cell(cell, store_history=True)
    out[name] = text.getvalue()
from IPython.core.completer import provisionalcompleter
with provisionalcompleter():
    for name, typed in (("questions", "study.ask.fun"), ("options", "study.ask.funnel('shop', win"), ("tables", "study.tables.inter"), ("frames", "answer.st")):
        out[name] = [c.text for c in shell.Completer.completions(typed, len(typed))]
print(json.dumps(out))
"""


def run(tmp_path: Path, **cells: str) -> dict[str, str]:
    make_study(tmp_path, {"interactions": interactions(*ROWS)}, funnels=[FUNNEL])
    done = subprocess.run([sys.executable, "-c", CODE, str(tmp_path), json.dumps(cells)], capture_output=True, text=True, check=True,
                          env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")})
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_what_a_researcher_sees(tmp_path: Path) -> None:
    seen = run(tmp_path, error="study.ask.funnel('shop', windw='7d')", once="study.ask.funnel('shop')", again="answer = study.ask.funnel('shop')",
               later="answer", study="study")
    assert "Did you mean 'window'" in seen["error"] and "allowed:" in seen["error"] and "next:" in seen["error"]
    assert "Traceback" not in seen["error"] and "cjm_research" not in seen["error"] and len(seen["error"].splitlines()) <= 6
    assert seen["once"].count("How many get through") == 1 and "steps 2 ×" in seen["once"]
    assert seen["again"].count("How many get through") == 1 and "steps 2 ×" not in seen["again"]
    assert seen["later"].count("How many get through") == 1 and "steps 2 ×" in seen["later"]
    assert "5 interactions" in seen["study"]
    assert {"funnel", "funnels"} <= set(seen["questions"]) and "window=" in seen["options"]
    assert seen["tables"] == ["interactions"] and "steps" in seen["frames"]


def test_what_is_stopped_says_so_in_one_line(tmp_path: Path) -> None:
    seen = run(tmp_path, made="def slow(study): raise KeyboardInterrupt", own="ask(slow, study)",
               query="import duckdb; study.engine.con.interrupt(); raise __import__('cjm_research').errors.Stopped('the query')",
               ours="from unittest import mock\nwith mock.patch('cjm_research.results.cache._asked', side_effect=KeyboardInterrupt): study.ask.funnel('shop')")
    for name, said in (("own", "slow"), ("query", "the query"), ("ours", "funnel")):
        assert seen[name].strip() == f"{said}: stopped; nothing of it was kept", seen[name]


STOP = """
import sys
from cjm_research.engine import Engine
try:
    print("begun", flush=True)
    Engine(None, views=False).{how}("SELECT count(*) FROM range(3000000) a, range(3000000) b WHERE (a.range * b.range) % 7 = 3")
except KeyboardInterrupt:
    print("stopped")
"""


def test_ctrl_c_ends_a_query_that_would_take_hours() -> None:
    for how in ("query", "arrays", "scalar", "table"):
        process = subprocess.Popen([sys.executable, "-c", STOP.format(how=how)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "begun\n"
        try:
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(1)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            process.kill()
        assert "stopped" in process.stdout.read(), how
