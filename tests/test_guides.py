"""The guide for researchers: its code runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("demo")


def blocks(path: Path) -> list[str]:
    """The Python of a guide, block by block."""
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_guide_for_researchers_runs(root: Path, demo_workspace: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CJM_WORKSPACE", str(demo_workspace.root))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(root / "docs" / "researchers.md"):
        exec(compile(block, "docs/researchers.md", "exec"), names)
    out = capsys.readouterr().out
    assert "Did you mean 'window'" in out and (tmp_path / "checkout.xlsx").is_file()
    assert len(names["own"].estimates) == 1 and names["answer"].steps["n"].is_monotonic_decreasing
