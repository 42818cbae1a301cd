"""The guides: their code runs as it stands on the demo client, their commands are commands, their settings are settings."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from cjm_research.command.cli import app
from cjm_research.errors import CjmError
from cjm_research.params import Workspace, load_params

pytestmark = pytest.mark.xdist_group("demo")
ROOT = Path(__file__).resolve().parents[1]
GUIDES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(p for p in (ROOT / "docs").rglob("*.md") if "reference" not in p.parts)])
#: what a line of a guide calls for without being on the demo: a word of the message that says so
NEEDS = {"experiments.from_aggregates": "no checkpoints"}


def blocks(path: Path, language: str) -> list[str]:
    """The blocks of a guide in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def guides_with(language: str) -> list[Any]:
    return [pytest.param(p, id=p.relative_to(ROOT).as_posix()) for p in GUIDES if blocks(p, language)]


@pytest.fixture
def place(demo_workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A copy of the demo's workspace that this guide may change: a guide renames a touchpoint, which the next one asks for."""
    folder = tmp_path_factory.mktemp("guides") / "workspace"
    shutil.copytree(demo_workspace.root, folder, symlinks=True)
    yield Workspace(folder)


@pytest.mark.parametrize("guide", guides_with("python"))
def test_the_code_of_a_guide_runs(guide: Path, place: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CJM_WORKSPACE", str(place.root))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(guide, "python"):
        for statement in statements(block):
            try:
                exec(compile(statement, guide.name, "exec"), names)
            except CjmError as error:
                assert any(call in statement and why in str(error) for call, why in NEEDS.items()), f"{statement}: {error}"
    if guide.name == "researchers.md":
        out = capsys.readouterr().out
        assert "Did you mean 'window'" in out and (tmp_path / "checkout.xlsx").is_file()
        assert len(names["own"].estimates) == 1 and names["answer"].steps["n"].is_monotonic_decreasing


def statements(block: str) -> list[str]:
    return [ast.unparse(s) for s in ast.parse(block).body]


def commands(text: str) -> list[str]:
    """The commands that a guide names, in its blocks and within its sentences."""
    fenced = [line for block in re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    said = [part.strip() for line in [*fenced, *inline] for part in re.split(r"&&|\|\||;", line.partition("#")[0])]
    return [c.removeprefix(".venv/bin/") for c in said if re.match(r"(?:\.venv/bin/)?cjm \S", c)]


def fault_of(command: str) -> str:
    """What `cjm` would refuse in the words of a command; words that stand for something are passed over."""
    words = [w.strip("[]") for w in shlex.split(command)[1:]]
    words = [w for w in words if w not in ("", "\\|", "|", "…")]
    group: Any = typer.main.get_command(app)
    known = options_of(group)
    while words and hasattr(group, "commands") and not words[0].startswith("-"):
        name = words.pop(0)
        if name not in group.commands:
            return f"there is no command {name!r}"
        group = group.commands[name]
        known = options_of(group)
    return ", ".join(f"no option {w!r}" for w in words if w.startswith("-") and w.partition("=")[0] not in known)


def options_of(command: Any) -> set[str]:
    return {o for p in command.params if p.param_type_name == "option" for o in (*p.opts, *p.secondary_opts)} | {"--help", "--"}


def test_the_commands_of_guides_are_commands() -> None:
    found = {f"{p.relative_to(ROOT)}: {c}": fault for p in GUIDES for c in commands(p.read_text(encoding="utf-8")) if (fault := fault_of(c))}
    assert found == {}
    assert sum(len(commands(p.read_text(encoding="utf-8"))) for p in GUIDES) > 40


def test_a_command_that_is_none_is_seen() -> None:
    assert commands("`cjm chek acme`, and\n```\ncjm build acme && cjm report acme   # both\n```\n") == ["cjm build acme", "cjm report acme", "cjm chek acme"]
    assert fault_of("cjm chek acme") == "there is no command 'chek'" and fault_of("cjm check --everything") == "no option '--everything'"
    assert fault_of("cjm diff CLIENT [RUN RUN] [--json \\| --page]") == "" == fault_of("cjm chapter new baskets") and "chaptr" in fault_of("cjm chaptr new x")


@pytest.mark.parametrize("guide", guides_with("yaml"))
def test_the_settings_of_a_guide_are_settings(guide: Path) -> None:
    """Each block in place of the demo's own sections."""
    for block in blocks(guide, "yaml"):
        load_params("demo", Workspace(ROOT), yaml.safe_load(block))
