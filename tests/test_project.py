"""The project as a whole: derived files agree with their sources, layers hold, notebooks are thin, nothing phones home."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~;\[ ]", r)[0].lower().replace("_", "-") for r in requirements}


def locked(path: Path) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9_.-]+)==([^ \\;]+)", path.read_text(), re.M)
    return {n.lower().replace("_", "-"): v for n, v in found}


def test_environment_yml_is_derived_from_pyproject() -> None:
    spec = importlib.util.spec_from_file_location("lock", ROOT / "tools" / "lock.py")
    assert spec and spec.loader
    lock = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lock)
    assert lock.environment_yml(PROJECT) == (ROOT / "environment.yml").read_text()


def test_environment_yml_is_understood_by_conda() -> None:
    rattler = pytest.importorskip("rattler")
    lines = re.findall(r'^  - "?([^":]+?)"?$', (ROOT / "environment.yml").read_text(), re.M)
    assert len(lines) >= 8
    for line in lines:
        rattler.MatchSpec(line)


@pytest.mark.parametrize(("file", "extras"), [("requirements.lock.txt", ["pdf"]), ("requirements-test.lock.txt", ["pdf", "test"])])
def test_locked_requirements_hold_all_dependencies_within_their_ranges(file: str, extras: list[str]) -> None:
    from packaging.requirements import Requirement

    have = locked(ROOT / file)
    wanted = PROJECT["dependencies"] + [r for e in extras for r in PROJECT["optional-dependencies"][e]]
    for requirement in map(Requirement, wanted):
        name = requirement.name.lower().replace("_", "-")
        assert name in have, f"{name} is not locked: make lock"
        assert requirement.specifier.contains(have[name], prereleases=True), f"{name} {have[name]} is outside {requirement.specifier}: make lock"


def test_locked_requirements_agree_with_each_other_and_carry_hashes() -> None:
    run, test = locked(ROOT / "requirements.lock.txt"), locked(ROOT / "requirements-test.lock.txt")
    assert {n: v for n, v in run.items() if test.get(n) != v} == {}
    for file in ("requirements.lock.txt", "requirements-test.lock.txt"):
        text = (ROOT / file).read_text()
        assert text.count("--hash=sha256:") > len(locked(ROOT / file))


def test_no_index_address_and_no_machine_path_in_any_file() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    index = re.compile(r"--(extra-)?index-url|--find-links|https?://[^\s\"')]*(pypi\.org/simple|pythonhosted|registry\.npmjs)", re.I)
    for name in files:
        path = ROOT / name
        if not path.is_file() or path.suffix in (".png", ".parquet", ".docx", ".qdpx", ".gz", ".xlsx", ".pptx", ".pdf"):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        if name not in ("tests/test_project.py",):
            assert not index.search(text), name
            assert f"{ROOT.parent}/" not in text, name


def imported(folder: Path) -> dict[str, set[str]]:
    """Every package that the Python files of a folder import, and the files."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for module in modules:
                if (top := module.split(".")[0]) not in sys.stdlib_module_names | {"cjm_research", "tests", "benchmarks"}:
                    found.setdefault(top, set()).add(path.relative_to(ROOT).as_posix())
    return found


def undeclared(folder: Path, extras: list[str]) -> dict[str, set[str]]:
    from importlib.metadata import packages_distributions

    declared = names(PROJECT["dependencies"] + [r for e in extras for r in PROJECT["optional-dependencies"][e]])
    gives = packages_distributions()
    return {top: files for top, files in imported(folder).items() if not {d.lower().replace("_", "-") for d in gives.get(top, [top])} & declared}


def test_what_is_imported_is_declared() -> None:
    """Not merely installed because another package needs it today."""
    assert undeclared(ROOT / "src", ["pdf", "dask", "spark", "stat", "sql"]) == {}
    assert undeclared(ROOT / "tests", ["pdf", "dask", "spark", "stat", "sql", "test"]) == {}


def test_no_number_of_an_issue_stands_in_docs_or_code() -> None:
    files = subprocess.run(["git", "ls-files", "*.md", "*.py", "*.toml", "Makefile", "*.js", "*.mjs"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in files:
        assert not re.search(r"\bissues? #?\d", (ROOT / name).read_text(), re.I), name


def test_no_copyleft_package_at_run_time() -> None:
    from importlib.metadata import PackageNotFoundError, metadata

    for name in locked(ROOT / "requirements.lock.txt"):
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue  # for another platform
        words = " ".join([about.get("License-Expression") or "", *(c for c in about.get_all("Classifier") or [] if c.startswith("License"))])
        assert not re.search(r"\b(A?GPL)|GNU (Affero )?General Public", words) or "LGPL" in words or "Lesser" in words or " OR " in words, (name, words)


def test_importing_the_package_is_light() -> None:
    code = "import sys, cjm_research, cjm_research.command.cli; print([m for m in ('pandas', 'papermill', 'duckdb', 'matplotlib', 'pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_generated_docs_are_up_to_date() -> None:
    from cjm_research.command.docs import write_docs

    assert write_docs(ROOT, check_only=True) == [], "run: cjm docs"


def test_every_command_is_documented() -> None:
    from cjm_research.command.cli import app

    text = (ROOT / "README.md").read_text() + (ROOT / "docs" / "architecture.md").read_text()
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        if not command.hidden:
            assert f"cjm {name.rstrip('_')}" in text, name
            assert command.callback and command.callback.__doc__


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_thin_and_stripped(path: Path) -> None:
    notebook = json.loads(path.read_text())
    code = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    assert not any(c["outputs"] or c["execution_count"] for c in code), "strip the outputs: nbstripout"
    assert sum("parameters" in c["metadata"].get("tags", []) for c in code) == 1
    assert sum("".join(c["source"]).startswith("# ") for c in notebook["cells"] if c["cell_type"] == "markdown") == 1
    for cell in code:
        tree = ast.parse("".join(cell["source"]))
        assert len("".join(cell["source"]).splitlines()) <= 15
        forbidden = (ast.FunctionDef, ast.For, ast.While, ast.ClassDef, ast.Lambda, ast.ListComp)
        assert not any(isinstance(node, forbidden) for node in ast.walk(tree)), "".join(cell["source"])
