"""Names of sources as files: whatever they are, nothing outside is touched, nothing of the vault is lost, no two meet."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
import yaml

from cjm_research.build import build
from cjm_research.clients import check_client
from cjm_research.errors import BadInput
from cjm_research.params import Workspace
from cjm_research.study import open_study
from tests.report.workspace import ANSWER, notebook

COLUMNS = {"customer_id": "u", "occurred_at": "t", "event": "e"}


def workspace(root: Path, names: list[str], raw: str | None = None) -> Workspace:
    place = Workspace(root)
    folder = root / "data" / "raw" / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "params").mkdir(exist_ok=True)
    sources = []
    for i, name in enumerate(names):
        (folder / f"{i}.csv").write_text(f"u,t,e\nu{i},2026-01-0{i + 1},visit\n")
        sources.append({"name": name, "kind": "events", "files": f"{i}.csv", "columns": COLUMNS})
    params = {"client": "acme", "timezone": "UTC", "sources": sources, **({"raw": raw} if raw else {})}
    (root / "params" / "acme.yaml").write_text(yaml.safe_dump(params, allow_unicode=True))
    return place


def everything(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", ["VICTIM", "..", "../..", "web/app", "..\\..", "a\x1bb", "\u202ecba", "x" * 300])
def test_a_name_that_is_no_name_is_refused_and_nothing_is_touched(name: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "thesis.txt").write_text("years of work")
    place = workspace(tmp_path / "ws", ["web"])
    build("acme", place)
    before = everything(place.root / "data")
    workspace(tmp_path / "ws", ["web", str(victim) if name == "VICTIM" else name])
    (place.root / "data" / "raw" / "acme" / "1.csv").unlink()
    with pytest.raises(BadInput) as told:
        build("acme", place, force=True)
    assert told.value.exit_code == 2 and "acme.yaml" in told.value.text()
    assert everything(place.root / "data") == before
    assert everything(victim) == {"thesis.txt": b"years of work"}


def test_odd_names_are_kept_apart(tmp_path: Path) -> None:
    names = ["web", "web.app", "web app", "客户", "größe", "CON", "a" * 120, "..web"]
    place = workspace(tmp_path, names)
    for _ in range(2):
        build("acme", place, force=True)
        study = open_study("acme", place)
        assert sorted(study.query("SELECT source FROM interactions")["source"]) == sorted(names)
        study.close()
    staged = place.vault("acme") / "staged"
    assert len(list(staged.iterdir())) == len(names) and all(p.parent == staged for p in staged.iterdir())


def test_names_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="differ in upper and lower case only: web"):
        build("acme", workspace(tmp_path, ["Web", "web"]))


def test_what_a_removed_source_delivered_does_not_stay(tmp_path: Path) -> None:
    place = workspace(tmp_path, ["web", "app"])
    build("acme", place)
    kept = place.vault("acme") / "staged"
    (kept / "mine").mkdir()
    (kept / "mine" / "notes.txt").write_text("not ours")
    workspace(tmp_path, ["web"])
    build("acme", place)
    assert {p.name for p in kept.iterdir()} == {place.staged("acme", "web").name, "mine"}


def test_exports_outside_the_workspace_must_be_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace(tmp_path / "ws", ["web"], raw="../away")
    shutil.copytree(tmp_path / "ws" / "data" / "raw" / "acme", tmp_path / "away")
    with pytest.raises(BadInput, match="lies outside"):
        build("acme", place)
    monkeypatch.setenv("CJM_ALLOW_RAW", str(tmp_path / "away"))
    assert build("acme", place).tables["interactions"]["rows"] == 1


@pytest.mark.parametrize("more", [{"chapters": ["../../x"]}, {"chapters": ["/etc/passwd"]}, {"chapter_params": {"../../x": {"a": 1}}}, {"chapter_params": {"20": {"no_such": 1}}}])
def test_a_check_tells_chapters_that_are_none(more: dict[str, object], tmp_path: Path) -> None:
    place = workspace(tmp_path, ["web"])
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "20_counts.ipynb").write_text(nbformat.writes(notebook("Counts", ANSWER, parameters='client = "acme"\n')))
    path = place.params_file("acme")
    plain = path.read_text()
    path.write_text(plain + yaml.safe_dump(more))
    with pytest.raises(BadInput, match="chapter"):
        check_client("acme", place)
    path.write_text(plain + yaml.safe_dump({"chapters": ["counts"]}))
    assert check_client("acme", place).tables


def test_the_shared_cases(shared: Path, tmp_path: Path) -> None:
    cases = shared / "cases" / "safety"
    if not cases.is_dir():
        pytest.skip("../shared has no cases/safety")
    for case in (cases / "source_name" / "acme.yaml", cases / "source_name_dotdot.yaml"):
        root = tmp_path / case.stem / case.parent.name
        victim = root / "victim"
        victim.mkdir(parents=True)
        (victim / "x").write_text("x")
        place = Workspace(root)
        place.raw("acme").mkdir(parents=True)
        shutil.copy(cases / "source_name" / "a.csv", place.raw("acme") / "a.csv")
        (root / "params").mkdir()
        (root / "params" / "acme.yaml").write_text(case.read_text().replace("/an/absolute/folder/victim", str(victim)))
        with pytest.raises(BadInput) as told:
            build("acme", place)
        assert told.value.exit_code == 2 and (victim / "x").is_file() and not (root / "data" / "vault").exists()
