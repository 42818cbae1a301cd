"""A workspace's own chapters join the shipped ones; own questions they define lie on the map, with evidence that is counted again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.errors import BadInput, CjmError
from cjm_research.files import shipped
from cjm_research.params import Workspace, load_params
from cjm_research.report.execution.runner import Runner
from cjm_research.report.record.executed import read
from cjm_research.report.record.new_chapter import new_chapter, params_line
from cjm_research.report.record.notebook import known_chapters, list_chapters, read_chapter
from cjm_research.report.record.plan import check_request
from cjm_research.report.run import run_report
from cjm_research.report.verify import verify_run
from cjm_research.results.evidence import recompute
from cjm_research.results.result import Finding
from cjm_research.study import open_study
from tests.studies import make_study

from .workspace import ANSWER, notebook

SHIPPED = [p.stem for p in list_chapters(shipped("notebooks"))]


def place(root: Path, chapters: str, defaults: str = "") -> Workspace:
    for folder in ("notebooks", "params"):
        (root / folder).mkdir(exist_ok=True)
    for name in ("90_baskets", "95_returns"):
        (root / "notebooks" / f"{name}.ipynb").write_text(json.dumps(notebook(name, ANSWER)))
    (root / "params" / "_defaults.yaml").write_text(f"title: T\n{defaults}")
    (root / "params" / "acme.yaml").write_text(f"client: acme\n{chapters}")
    return Workspace(root)


@pytest.mark.parametrize(("chapters", "defaults", "expected"), [
    ("chapters: [.., +90_baskets]", "", [*SHIPPED, "90_baskets"]),
    ("chapters: [.., +90_baskets]", "chapters: [10_data_health, 60_journey_map]", ["10_data_health", "60_journey_map", "90_baskets"]),
    ("chapters: [+baskets]", "chapters: [40_funnel]", ["40_funnel", "90_baskets"]),
    ("chapters: [+95, .., +90_baskets.ipynb]", "chapters: [40_funnel]", ["95_returns", "40_funnel", "90_baskets"]),
    ("chapters: [40_funnel, +95_returns]", "chapters: [10_data_health]", ["40_funnel", "95_returns"]),
    ("chapters: [.., +90_baskets]", "chapters: [.., +95_returns]", [*SHIPPED, "95_returns", "90_baskets"]),
    ("", "chapters: [10_data_health, 40_funnel]", ["10_data_health", "40_funnel"]),  # notebooks/ hides nothing
    ("", "", ["90_baskets", "95_returns"]),
])
def test_the_list_of_chapters_says_which_and_in_which_order(tmp_path: Path, chapters: str, defaults: str, expected: list[str]) -> None:
    spot = place(tmp_path, chapters, defaults)
    assert [c.name for c in check_request("acme", spot)[1]] == expected


def test_one_client_has_it_and_another_has_not(tmp_path: Path) -> None:
    spot = place(tmp_path, "chapters: [.., +90_baskets]\n")
    (spot.params / "other.yaml").write_text("client: other\nchapters: [..]\n")
    assert [c.name for c in check_request("other", spot)[1]] == SHIPPED


def test_a_chapter_that_is_not_there_is_refused_with_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"(?s)chapters.*\+91_basket.*90_baskets.*cjm chapter new 91_basket"):
        check_request("acme", place(tmp_path, "chapters: [.., +91_basket]"))
    with pytest.raises(BadInput, match="40_funnel"):  # shipped, not the workspace's own
        check_request("acme", place(tmp_path, "chapters: [.., +40_funnel]"))
    with pytest.raises(BadInput, match="90_baskets"):
        check_request("acme", place(tmp_path, "chapters: [.., baskts]"))


def test_an_own_chapter_takes_the_place_of_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    spot = place(tmp_path, "chapters: [..]")
    (spot.notebooks / "40_funnel.ipynb").write_text(json.dumps(notebook("Our funnel", ANSWER)))
    assert known_chapters(spot)["40_funnel"].parent == spot.notebooks
    assert {c.name: c.title for c in check_request("acme", spot)[1]}["40_funnel"] == "Our funnel"


# --- made from the template ------------------------------------------------------------------------------------------


def test_a_new_chapter_is_thin_and_says_its_line(tmp_path: Path) -> None:
    spot = place(tmp_path, "")
    path = new_chapter("full_baskets", spot)
    assert path == spot.notebooks / "91_full_baskets.ipynb", "90 is taken"
    chapter = read_chapter(path)
    assert chapter.title == "Full baskets" and chapter.parameters["client"].default == "acme"
    assert params_line(path) == "chapters: [.., +91_full_baskets]"
    (spot.params / "acme.yaml").write_text(f"client: acme\n{params_line(path)}\n")
    assert [c.name for c in check_request("acme", spot)[1]] == [*SHIPPED, "91_full_baskets"]
    for wrong in ("91_full_baskets", "40_funnel", "../x", "Full Baskets", ""):
        with pytest.raises(CjmError):
            new_chapter(wrong, spot)
    with pytest.raises(CjmError, match="nobody"):
        new_chapter("x", spot, "nobody")
    assert {p.name for p in spot.notebooks.iterdir()} == {"90_baskets.ipynb", "91_full_baskets.ipynb", "95_returns.ipynb"}


def test_the_command_makes_it_where_there_is_no_folder_yet(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "acme.yaml").write_text("client: acme\n")
    ran = subprocess.run([sys.executable, "-m", "cjm_research", "--workspace", str(tmp_path), "chapter", "new", "90_baskets", "--client", "acme"], capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    assert ran.returncode == 0 and (tmp_path / "notebooks" / "90_baskets.ipynb").is_file(), said
    assert "chapters: [.., +90_baskets]" in said and "params/acme.yaml" in said
    again = subprocess.run([sys.executable, "-m", "cjm_research", "--workspace", str(tmp_path), "chapter", "new", "90_baskets"], capture_output=True, text=True)
    assert again.returncode == 2 and "Traceback" not in again.stderr


# --- own questions on the map of a report ------------------------------------------------------------------------------

JOURNEY = {"stages": [{"name": "Choose", "touchpoints": [{"name": "Basket", "match": {"event": "basket"}}]},
                      {"name": "Buy", "touchpoints": [{"name": "Payment", "match": {"event": "pay"}}]}]}
OWN = """@study.question(lane="pain", stage="Choose", touchpoint="Basket")
def full_baskets(study):
    \"\"\"How many fill a basket with more than 100?\"\"\"
    return study.share(f"event = 'basket' AND value > {limit}", of="event = 'basket'", says="fill a basket with more than 100")"""
DEFINES = notebook("Baskets", "from cjm_research import ask, open_study\nstudy = open_study(client)", OWN, "limit = 100", "ask(full_baskets, study)")
SHOWS = notebook("Map", "from cjm_research import open_study, show\nstudy = open_study(client)", "answer = study.ask.journey_map(by_persona=False)",
                 "show('journey_map_block', answer)")


def shop(root: Path) -> Workspace:
    """Eight customers with a basket, of whom three have a full one; five pay."""
    rows = [{"customer_id": f"c{k}", "event": "basket", "value": 150.0 if k < 3 else 20.0, "stage": "Choose", "touchpoint": "Basket"} for k in range(8)]
    rows += [{"customer_id": f"c{k}", "event": "pay", "value": None, "stage": "Buy", "touchpoint": "Payment"} for k in range(5)]
    frame = pd.DataFrame([{**r, "interaction_id": f"i{n}", "source": "web", "occurred_at": pd.Timestamp("2026-03-01", tz="UTC") + pd.Timedelta(hours=n)}
                          for n, r in enumerate(rows)])
    study = make_study(root, {"interactions": frame}, journey=JOURNEY, chapters=["60_map", "90_baskets"], privacy={"min_cell": 1})
    (root / "notebooks").mkdir()
    for name, made in (("60_map", SHOWS), ("90_baskets", DEFINES)):
        (root / "notebooks" / f"{name}.ipynb").write_text(json.dumps(made))
    return study.workspace


def on_map(folder: Path) -> dict[str, Finding]:
    """The findings of the map's block that come from own questions, by key."""
    cells = read((folder / "60_map.ipynb").read_text())["cells"]
    blocks = [d for c in cells for o in c.get("outputs", []) for m, d in o.get("data", {}).items() if m.startswith("application/") and isinstance(d, dict) and d.get("kind") == "map"]
    return {f["key"]: Finding.from_dict(f) for b in blocks for f in b["data"]["findings"] if f["key"].startswith("own:")}


def test_a_question_of_a_chapter_lies_on_the_map_of_the_report(tmp_path: Path) -> None:
    spot = shop(tmp_path)
    with Runner(2, "process") as runner:
        outcome = run_report("tiny", spot, runner=runner)
        assert [(c.name, c.state, c.reason) for c in outcome.chapters] == [("60_map", "ok", ""), ("90_baskets", "ok", "")]
        found = on_map(outcome.folder)["own:pain:full_baskets:0"]
        assert found.estimate is not None and (found.estimate.n, found.estimate.base) == (3, 8) and "own question: full baskets" in found.statement
        study = open_study("tiny", spot)
        value, n, base = recompute(study, found.evidence[0], "share")
        assert (value, n, base) == (3 / 8, 3, 8), "counted again by the test of all evidence"
        assert "fill a basket with more than 100" in (outcome.folder / "map.html").read_text()
        published = json.loads((outcome.folder / "findings.json").read_text())
        told = [f for f in published["findings"] if f["id"] == found.id]
        assert [f["chapter"] for f in told] == ["90_baskets"], "the entry leads to the chapter of the question"

        # the definition changes: the map, in another kernel, has the new number
        changed = json.loads((spot.notebooks / "90_baskets.ipynb").read_text())
        changed["cells"][5]["source"] = "limit = 10"
        (spot.notebooks / "90_baskets.ipynb").write_text(json.dumps(changed))
        again = run_report("tiny", spot, runner=runner)
        assert all(c.taken_from is None for c in again.chapters)
        estimate = on_map(again.folder)["own:pain:full_baskets:0"].estimate
        assert estimate is not None and (estimate.n, estimate.base) == (8, 8)

        # the map alone, forced: the question's chapter is taken over, its answer with it
        alone = run_report("tiny", spot, ["60_map"], runner=runner, force=True)
        assert {c.name: bool(c.taken_from) for c in alone.chapters} == {"60_map": False, "90_baskets": True} and on_map(alone.folder)

        # a chapter that fails takes nothing else along: the map says so, and has the question again when it works
        broken = json.loads(json.dumps(changed))
        broken["cells"][5]["source"] = "limit = 1 / 0"
        (spot.notebooks / "90_baskets.ipynb").write_text(json.dumps(broken))
        failed = run_report("tiny", spot, runner=runner)
        assert {c.name: c.state for c in failed.chapters} == {"60_map": "ok", "90_baskets": "failed"}
        assert "its chapter 90_baskets failed" in (failed.folder / "60_map.html").read_text() and not on_map(failed.folder)
    assert verify_run("tiny", spot, alone.run, execute=False).files == []


def test_a_verified_run_gives_the_own_question_again(tmp_path: Path) -> None:
    spot = shop(tmp_path)
    run_report("tiny", spot, isolation="process")
    verified = verify_run("tiny", spot, isolation="process")
    assert verified.numbers == [] and sorted(verified.confirmed) == ["60_map", "90_baskets"]


def test_two_chapters_cannot_define_one_question(tmp_path: Path) -> None:
    spot = shop(tmp_path)
    (spot.notebooks / "95_more.ipynb").write_text(json.dumps(DEFINES))
    (spot.params / "tiny.yaml").write_text((spot.params / "tiny.yaml").read_text().replace("- 90_baskets", "- 90_baskets\n- 95_more"))
    assert load_params("tiny", spot).chapters[-1] == "95_more"
    with pytest.raises(BadInput, match="full_baskets"):
        check_request("tiny", spot)


def test_what_defines_a_question_is_read_from_the_cells(tmp_path: Path) -> None:
    def questions(*cells: str) -> Any:
        path = tmp_path / "90_x.ipynb"
        path.write_text(json.dumps(notebook("X", *cells)))
        return read_chapter(path).own_questions

    assert questions(OWN) == ("full_baskets",)
    assert questions("study.question(lane='pain', stage='Choose')(lambda study: study.share('true', says='are here'))") == ("",)
    assert questions("from cjm_research.questions import question", "questions.question('funnel')", "%matplotlib inline") == ()
    assert os.environ.get("CJM_OWN_ANSWERS") is None
