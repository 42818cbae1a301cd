"""A run and an open study read one state of the tables, settings and coding logs, whatever is built or edited meanwhile."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from cjm_research import owners, pins
from cjm_research.build import build
from cjm_research.errors import BadInput, WouldExposePerson
from cjm_research.files import remove_abandoned
from cjm_research.files.folders import OWNED
from cjm_research.params import Workspace, load_params
from cjm_research.privacy.release import require_whole_vault, vault_identifiers, vaults
from cjm_research.report.batch import run_batch
from cjm_research.report.record.receipt import Receipt, read_receipt
from cjm_research.report.run import run_report
from cjm_research.report.verify import verify_run
from cjm_research.study import open_study
from tests.report.workspace import notebook

COUNT = """
from cjm_research.study import open_study
study = open_study(client)
counted = study.scalar("SELECT count(*) FROM interactions")
display_block(Answer("How many?", [f"{counted} events, {study.row_counts['interactions']} by the build, {study.params.title}, {study.row_counts['codings']} codings."]))
"""
MEDDLE = """
import os
from pathlib import Path
from cjm_research.build import build
from cjm_research.params import Workspace
root = Path(os.environ["CJM_WORKSPACE"])
(root / "data/raw/demo/e.csv").write_text("u,at,ev\\n" + "".join(f"p{i},2024-01-01 10:00,x\\n" for i in range(7)))
build("demo", Workspace(root))
settings = root / "params/demo.yaml"
settings.write_text(settings.read_text().replace("The old title", "The new title"))
(root / "data/codings/demo").mkdir(parents=True, exist_ok=True)
(root / "data/codings/demo/ana.jsonl").write_text('{"broken": 1}\\n')
"""


def small(root: Path, chapters: dict[str, list[str]], rows: int = 3) -> Workspace:
    """A client of `rows` events, one each customer, and chapters of these cells."""
    import nbformat

    for folder in ("params", "notebooks", "data/raw/demo"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    events(root, rows)
    source = {"name": "web", "kind": "events", "files": "e.csv", "columns": {"customer_id": "u", "occurred_at": "at", "event": "ev"}}
    (root / "params/demo.yaml").write_text(yaml.safe_dump({"client": "demo", "title": "The old title", "timezone": "UTC", "sources": [source]}))
    for name, cells in chapters.items():
        (root / "notebooks" / f"{name}.ipynb").write_text(nbformat.writes(notebook(name[3:].title(), *cells)))
    return Workspace(root)


def events(root: Path, rows: int) -> None:
    (root / "data/raw/demo/e.csv").write_text("u,at,ev\n" + "".join(f"p{i},2024-01-01 10:00,x\n" for i in range(rows)))


def said(folder: Path, name: str) -> str:
    """The answer of a published chapter."""
    cells = json.loads((folder / f"{name}.ipynb").read_text())["cells"]
    return "".join(text for c in cells for o in c.get("outputs", []) for text in o.get("data", {}).get("text/plain", []))


@pytest.mark.parametrize("isolation", ["process", "fork"])
def test_chapters_of_one_run_see_one_state_and_the_receipt_tells_it(tmp_path: Path, isolation: str) -> None:
    place = small(tmp_path, {"10_a": [COUNT], "20_b": [MEDDLE, COUNT], "30_c": [COUNT]})
    outcome = run_batch(["demo"], place, jobs=1, isolation=isolation)  # type: ignore[arg-type]
    assert outcome.exit_code == 0
    report = outcome.clients["demo"].report
    assert report is not None
    for name in ("10_a", "20_b", "30_c"):
        assert "3 events, 3 by the build, The old title, 0 codings." in said(report.folder, name)
    receipt = read_receipt(report.folder)
    assert receipt.tables["interactions"].rows == 3 and receipt.codings_sha256 == ""
    now = json.loads((place.tables("demo") / "build.json").read_text())["tables"]["interactions"]
    assert now["rows"] == 7 and now["sha256"] != receipt.tables["interactions"].sha256
    assert receipt.title == "The old title" and load_params("demo", place).title == "The new title"
    assert not list(place.pins("demo").iterdir())  # nobody needs the old state any more
    verdict = verify_run("demo", place)
    assert verdict.exit_code == 1 and {"the table interactions changed", "the settings changed", "the coding logs changed"} <= set(verdict.data)
    assert verdict.verdict.startswith("not confirmed: ") and "the export web/e.csv changed" in verdict.data
    again = run_report("demo", place)
    assert again.state == "published" and "7 events, 7 by the build, The new title" in said(again.folder, "10_a")


def test_an_open_study_keeps_its_tables_while_others_are_built(tmp_path: Path) -> None:
    place = small(tmp_path, {})
    build("demo", place)
    study = open_study("demo", place)
    part = study.only("some", study.query("SELECT customer_id FROM customers ORDER BY 1 LIMIT 2")["customer_id"].tolist())
    events(tmp_path, 9)
    build("demo", place)
    assert study.scalar("SELECT count(*) FROM interactions") == 3 == study.row_counts["interactions"]
    fresh = open_study("demo", place)
    assert fresh.scalar("SELECT count(*) FROM interactions") == 9
    assert len(pins.held("demo", place)) == 2
    del study
    gc.collect()
    assert part.scalar("SELECT count(*) FROM interactions") == 2  # opened only now, and the pin is held by it
    del part, fresh
    gc.collect()
    assert pins.held("demo", place) == []


def test_a_state_is_pinned_whole_although_a_build_swaps_it_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = small(tmp_path, {})
    build("demo", place)
    plain, swapped = pins._link_all, []

    def slow(source: Path, target: Path) -> None:
        if not swapped:  # half the files of the old state, then the new ones come
            swapped.append(1)
            os.link(source / "customers.parquet", target / "customers.parquet")
            events(tmp_path, 8)
            build("demo", place)
        plain(source, target)

    monkeypatch.setattr(pins, "_link_all", slow)
    study = open_study("demo", place)
    assert swapped and study.row_counts["customers"] == 8 == study.scalar("SELECT count(*) FROM customers")


def test_what_killed_processes_pinned_is_removed_by_the_next(tmp_path: Path) -> None:
    place = small(tmp_path, {})
    build("demo", place)
    script = ("import os, sys; from cjm_research.study import open_study; from cjm_research.params import Workspace; from pathlib import Path\n"
              "study = open_study('demo', Workspace(Path(sys.argv[1]))); print(study.folder, flush=True); os.kill(os.getpid(), 9)")
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    left = Path(run.stdout.strip())
    assert run.returncode == -9 and left.is_dir()
    study = open_study("demo", place)
    assert not left.exists() and pins.held("demo", place) == [study.folder.parents[1]]


def test_owners_are_told_from_processes_that_got_their_number(tmp_path: Path) -> None:
    machine, pid, start = owners.own_tag().split(".")
    assert not owners.is_abandoned(tmp_path / f"x-{owners.own_tag()}.3")
    assert owners.is_abandoned(tmp_path / f"{machine}.{pid}.{int(start) - 1}")  # the number was given away again
    assert owners.is_abandoned(tmp_path / f"{machine}.{2**22 + 5}.1")
    assert not owners.is_abandoned(tmp_path / "notes.txt")
    (tmp_path / f"elsewhere-1.{pid}.{start}").mkdir()
    assert remove_abandoned(tmp_path, OWNED) == 0
    os.utime(tmp_path / f"elsewhere-1.{pid}.{start}", (0, 0))
    assert remove_abandoned(tmp_path, OWNED) == 1


def test_a_pin_is_only_for_its_client_and_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = small(tmp_path / "one", {}), small(tmp_path / "other", {}, rows=5)
    build("demo", one)
    build("demo", other)
    place = pins.pin_run("demo", one)
    assert place.pin is not None
    monkeypatch.setenv(pins.VARIABLE, str(place.pin.folder))
    events(tmp_path / "one", 6)
    build("demo", one)
    assert open_study("demo", one).row_counts["interactions"] == 3
    assert open_study("demo", other).row_counts["interactions"] == 5
    pins.release(place)
    assert open_study("demo", one).row_counts["interactions"] == 6
    with pytest.raises(BadInput):
        open_study("../demo", one)


def test_tables_of_other_settings_than_the_run_s_are_not_taken(tmp_path: Path) -> None:
    place = small(tmp_path, {})
    built = []

    def renew(pinned: Workspace) -> str:
        found = build("demo", pinned)
        if not built:  # somebody else builds by other settings before the tables are pinned
            path = tmp_path / "params/demo.yaml"
            path.write_text(path.read_text() + "currency: CHF\n")
            build("demo", place)
        built.append(found.key)
        return found.key

    pinned = pins.pin_run("demo", place, renew)
    assert len(built) == 2 and load_params("demo", pinned).currency == "CHF"
    assert json.loads((pinned.tables("demo") / "build.json").read_text())["key"] == built[1]


def test_each_thing_a_run_rests_on_is_in_the_verdict(tmp_path: Path) -> None:
    place = small(tmp_path, {"10_a": [COUNT]})
    run_batch(["demo"], place)
    assert verify_run("demo", place, execute=False).verdict == "confirmed"

    def verdict() -> str:
        found = verify_run("demo", place, execute=False)
        assert found.exit_code == (0 if found.verdict == "confirmed" else 1)
        return found.verdict

    raw = tmp_path / "data/raw/demo/e.csv"
    before = raw.read_bytes()
    raw.write_bytes(before + b"p9,2024-01-02 10:00,x\n")
    assert "the export web/e.csv changed since the run" in verdict()
    raw.unlink()
    assert "exports are missing" in verdict()
    raw.write_bytes(before)
    assert verdict() == "confirmed"
    shutil.copytree(place.tables("demo"), tmp_path / "kept")
    import pandas as pd

    path = place.tables("demo") / "interactions.parquet"
    frame = pd.read_parquet(path)
    path.unlink()
    frame.assign(event="y").to_parquet(path)  # by hand: build.json still says what it said
    assert "the table interactions changed" in verdict()
    shutil.rmtree(place.tables("demo"))
    assert "the tables are gone" in verdict()
    shutil.copytree(tmp_path / "kept", place.tables("demo"))
    settings = tmp_path / "params/demo.yaml"
    text = settings.read_text()
    settings.write_text(text + "review: {status: approved}\n")  # changes no number
    assert verdict() == "confirmed"
    settings.write_text(text + "currency: CHF\n")
    assert "the settings changed" in verdict()
    settings.write_text("client: [")
    assert "can no longer be read" in verdict()


def test_receipts_from_before_pins_can_be_read(tmp_path: Path) -> None:
    place = small(tmp_path, {"10_a": [COUNT]})
    run = run_batch(["demo"], place).clients["demo"].report
    assert run is not None
    data = json.loads((run.folder / "run.json").read_text())
    for name in ("content_sha256", "codings_sha256"):
        del data[name]
    assert Receipt.model_validate(data).codings_sha256 == ""
    (run.folder / "run.json").write_text(json.dumps(data))
    assert verify_run("demo", place, execute=False).verdict == "confirmed"


def test_who_was_who_stays_while_a_run_needs_it(tmp_path: Path) -> None:
    place = small(tmp_path, {})
    settings = place.params / "demo.yaml"
    (tmp_path / "data/raw/demo/f.csv").write_text("u,at,ev\nq99long,2024-01-01 10:00,y\n")
    both = yaml.safe_load(settings.read_text())
    one = dict(both)
    both["sources"] = [*both["sources"], {**both["sources"][0], "name": "shop", "files": "f.csv"}]
    settings.write_text(yaml.safe_dump(both))
    build("demo", place)
    run = pins.pin_run("demo", place)
    settings.write_text(yaml.safe_dump(one))
    for title in ("a", "b"):  # two builds: the second forgets the first's
        events(tmp_path, 3 + len(title) + ord(title) % 2)
        build("demo", place)
    pinned = json.loads((run.tables("demo") / "build.json").read_text())
    require_whole_vault("demo", place, pinned)
    assert "q99long" in vault_identifiers(place.vault("demo"))
    pins.release(run)
    build("demo", place)
    assert "q99long" not in {str(k) for p in place.vault("demo").glob("staged/*/keys.parquet") for k in pd.read_parquet(p)["key"]}
    with pytest.raises(WouldExposePerson, match="shop"):
        require_whole_vault("demo", place, {"sources": pinned["sources"]})


def test_a_vault_that_a_build_changes_is_read_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = small(tmp_path, {})
    build("demo", place)
    folder, read, asked = place.vault("demo"), vaults._identifiers, []

    def overtaken(*arguments: Any) -> set[str]:
        asked.append(1)
        found = read(*arguments)
        if len(asked) == 1:
            raise FileNotFoundError("swapped")
        if len(asked) == 2:
            (folder / "staged" / "new").mkdir()
            return set()
        return found

    monkeypatch.setattr(vaults, "_identifiers", overtaken)
    assert vault_identifiers(folder) == {"p0", "p1", "p2"} and len(asked) == 3
    monkeypatch.setattr(vaults, "_TRIES", 2)
    asked.clear()
    shutil.rmtree(folder / "staged" / "new")
    with pytest.raises(WouldExposePerson, match="being changed"):
        vault_identifiers(folder)


def test_an_erasure_between_pinning_and_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cjm_research.study import opening, overtaken

    place = small(tmp_path, {})
    build("demo", place)
    pin, times = opening.pin_study, []

    def overtaken_pin(*arguments: Any) -> Workspace:
        made = pin(*arguments)
        times.append(1)
        if len(times) < 3:
            pins.release(made)  # as an erasure does with open studies
        return made

    monkeypatch.setattr(opening, "pin_study", overtaken_pin)
    study = open_study("demo", place)
    assert study.scalar("SELECT count(*) FROM interactions") == 3 and len(times) == 3
    study.close()
    seen = []

    def look(study: Any) -> int:
        seen.append(1)
        if len(seen) == 1:
            pins.release(study.workspace)
            raise FileNotFoundError("position.npy")
        return int(study.scalar("SELECT count(*) FROM interactions"))

    assert overtaken.looked_through("demo", place, look) == 3
