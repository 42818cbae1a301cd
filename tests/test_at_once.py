"""Several commands at once on one client, as real processes: all succeed or wait in words, and what is left is whole."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
import yaml

from cjm_research import pins
from cjm_research.build import build
from cjm_research.clients import export_client
from cjm_research.files import Busy, keep_private
from cjm_research.params import Workspace
from cjm_research.report import run as run_module
from cjm_research.report.pages.site import build_site
from cjm_research.report.record.publish import run_folders
from cjm_research.report.run import run_report
from cjm_research.study import open_study
from tests.report.killing import answered

CHAPTER = [
    nbformat.v4.new_markdown_cell("# Counts"), nbformat.v4.new_code_cell('client = "acme"', metadata={"tags": ["parameters"]}),
    nbformat.v4.new_code_cell("from cjm_research.notebook.chapter import display_block\nfrom cjm_research.page.blocks import Answer\n"
                              "from cjm_research.study import open_study\n"
                              'n = open_study(client).scalar("SELECT count(*) FROM interactions")\n'
                              'display_block(Answer("How many?", [f"{n} interactions."]))'),
]


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    raw = tmp_path / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    (raw / "web.csv").write_text("email,at,what\n" + "".join(f"user{i}@tinymail.de,2026-01-{i % 28 + 1:02},visit\n" for i in range(300)))
    (tmp_path / "params").mkdir()
    source = {"name": "web", "kind": "events", "files": "web.csv", "settings": {"key_type": "email"},
              "columns": {"customer_id": "email", "occurred_at": "at", "event": "what"}}
    (tmp_path / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "timezone": "UTC", "sources": [source]}))
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "10_counts.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook(cells=CHAPTER)))
    return Workspace(tmp_path)


def at_once(place: Workspace, commands: list[list[str]]) -> list[tuple[int, str]]:
    env = {**os.environ, "CJM_WORKSPACE": str(place.root), "CJM_WAIT": "300"}
    env.pop("CJM_PARAMS", None)
    started = [subprocess.Popen([sys.executable, "-m", "cjm_research", *c], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for c in commands]
    return [(p.wait(), said) for p, said in [(p, p.communicate()[0]) for p in started]]


@pytest.mark.slow
@pytest.mark.parametrize("commands", [
    [["build", "acme", "--force"], ["build", "acme", "--force"]],
    [["build", "acme", "--force"], ["erase", "acme", "User7@TinyMail.de"], ["report", "acme"]],
    [["build", "acme", "--force"], ["report", "acme", "--force"], ["check", "acme"], ["erase", "acme", "User7@TinyMail.de"], ["report", "acme", "--force"]],
], ids=["2", "3", "5"])
def test_commands_at_once(commands: list[list[str]], place: Workspace) -> None:
    done = at_once(place, commands)
    for command, (code, said) in zip(commands, done, strict=True):
        assert code == 0, said  # a report that the erasure overtakes begins again
    assert not any("Traceback" in said for _, said in done)
    study = open_study("acme", place)
    erased = sum(c[0] == "erase" for c in commands)
    assert study.scalar("SELECT count(*) FROM interactions") == 300 - erased
    study.close()
    for run in run_folders(place.reports, "acme"):
        receipt, page = json.loads((run / "run.json").read_text()), (run / "10_counts.html").read_text()
        assert f"{receipt['tables']['interactions']['rows']} interactions." in page, "the receipt tells of the tables that the chapter read"
    assert not list(place.root.rglob(".cjm-*"))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_commands_that_meet_succeed_or_wait_or_say_why() -> None:
    """A sample of the pairs, and one five; `python -m tests.meeting` runs all pairs."""
    found = subprocess.run([sys.executable, "-m", "tests.meeting", "--pairs", "0.04", "--threes", "1", "--fives", "1", "--seed", os.environ.get("CJM_SEED", "5")],
                           cwd=Path(__file__).resolve().parents[1], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_threads_that_run_open_build_and_collect(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a batch does, and a notebook beside it: eight threads of one process on one client."""
    monkeypatch.setattr(run_module, "_execute", answered)
    build("acme", place)
    run_report("acme", place)

    def look() -> None:
        study = open_study("acme", place)
        assert study.scalar("SELECT count(*) FROM interactions") == 300
        study.close()

    def keep() -> None:
        keep_private(place.root / "data", place.reports, "acme")
        pins.collect("acme", place)
        assert all(pins.OWNED.fullmatch(p.name) for p in pins.held("acme", place))

    def export() -> None:
        export_client("acme", place, formats=["zip", "html"], to=place.root / f"out-{threading.get_ident()}")

    def report() -> None:
        assert run_report("acme", place, force=True).exit_code == 0

    def build_anew() -> None:
        build("acme", place, force=True)

    def pages() -> None:
        build_site(place, ["acme"])

    def again(action: Callable[[], None]) -> None:
        for _ in range(8 if action in (look, keep) else 3):
            action()

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(again, action) for action in (report, report, look, look, keep, build_anew, export, pages)]:
            future.result()  # raises what went wrong
    gc.collect()
    assert len(run_folders(place.reports, "acme")) == 7
    assert list(place.pins("acme").iterdir()) == [] and not list(place.root.rglob(".cjm-*"))


def test_a_reader_does_not_wait(place: Workspace) -> None:
    assert at_once(place, [["build", "acme"]])[0][0] == 0
    with place.writing("acme", "cjm build"):
        study = open_study("acme", place)
        assert study.scalar("SELECT count(*) FROM interactions") == 300
        study.close()
        (code, said), = at_once(place, [["list"]])
        assert code == 0 and "waiting" not in said


def test_other_workspaces_and_other_clients_do_not_wait(place: Workspace, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is of one client in one workspace, under whatever name both lie."""
    other = Workspace(tmp_path_factory.mktemp("other"))
    shutil.copytree(place.root, other.root, dirs_exist_ok=True)
    (place.params / "beta.yaml").write_text((place.params / "acme.yaml").read_text().replace("client: acme", "client: beta"))
    shutil.copytree(place.raw("acme"), place.raw("beta"))
    monkeypatch.setenv("CJM_WAIT", "0")
    with place.writing("acme", "cjm build"), ThreadPoolExecutor(3) as pool:  # other threads: this one holds the lock
        build_of = [pool.submit(build, "acme", other), pool.submit(build, "beta", place)]
        assert [f.result().tables["interactions"]["rows"] for f in build_of] == [300, 300]
        with pytest.raises(Busy, match="cjm build"):
            pool.submit(build, "acme", place).result()


def test_what_an_erasure_overtakes_is_looked_through_again(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    import pickle

    from cjm_research.clients import check_client
    from cjm_research.errors import TablesGone
    from cjm_research.study import overtaken
    from cjm_research.watching import watch

    opened, gone = overtaken.open_study, []
    monkeypatch.setattr(overtaken, "open_study", lambda *a: opened(*a) if not gone else (_ for _ in ()).throw(gone.pop()))
    for look in (lambda: {t["table"]: t["rows"] for t in check_client("acme", place).tables}["interactions"] == 300, lambda: watch("acme", place).state):
        gone.append(TablesGone("acme"))
        assert look() and not gone
    gone += [TablesGone("acme")] * 2
    with pytest.raises(TablesGone, match="persons were erased since"):
        check_client("acme", place)
    assert str(pickle.loads(pickle.dumps(TablesGone("acme")))) == str(TablesGone("acme"))
