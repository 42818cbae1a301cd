"""A value mistyped on the command line is told before anything starts; what only the data can tell publishes nothing either."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cjm_research.errors import BadInput
from cjm_research.params import Workspace
from cjm_research.report.batch import run_batch
from cjm_research.report.pages.site import ATTEMPT_FILE
from cjm_research.report.record import choices
from cjm_research.report.record.notebook import known_chapters, read_chapter
from cjm_research.report.record.plan import check_request
from cjm_research.report.record.publish import run_folders
from cjm_research.report.record.slips import GivenWrong

from .workspace import ANSWER, notebook, workspace

KNOBS = 'client = "demo"\nperiod = "week"\ndays = 0\nwho = ""\nname = ""\n'
ASKS = ("from cjm_research.analysis.retention import retention\nif False:\n    ask(retention, study, period=period)\n"
        "    ask(outlook.sales, study, horizon_days=days or None)\n    ask(funnels.funnel, study, name=name)\n")
REFUSES = "from cjm_research.errors import BadInput\nif who not in ('', 'Ann'):\n    raise BadInput('personas', f'unknown persona {who!r}', 'Ann', 'the chapter 20 lists them')"
FUNNELS = {"funnels": [{"name": "shop", "window": "7d", "steps": [{"name": "See", "event": "view"}, {"name": "Buy", "event": "buy"}]}]}


def place_of(root: Path, **clients: dict) -> Workspace:
    return workspace(root, {"10_a": notebook("A", ASKS, REFUSES, ANSWER, parameters=KNOBS)}, clients or {"demo": FUNNELS})


def everything(place: Workspace) -> dict[str, bytes]:
    return {str(p.relative_to(place.root)): p.read_bytes() for p in place.root.rglob("*") if p.is_file()}


SLIPS = [("period=weak", "'week'"), ("days=-3", "1 or more"), ("name=shp", "'shop'"), ("perod=day", "'period'"), ("10.period=", "day, month, week"), ("days=x", "a whole number")]


@pytest.mark.parametrize(("given", "said"), SLIPS)
def test_a_slip_is_told_before_anything_is_written(tmp_path: Path, given: str, said: str) -> None:
    place = place_of(tmp_path)
    before = everything(place)
    with pytest.raises(GivenWrong) as told:
        run_batch(["demo"], place, sets=[given], build=False)
    assert told.value.exit_code == 2 and said in told.value.text()
    assert told.value.where and told.value.found and told.value.allowed and told.value.next
    assert everything(place) == before


def test_a_slip_in_chapter_params_is_told_by_the_check(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"chapter_params\.a.*weak"):
        check_request("demo", place_of(tmp_path, demo={"chapter_params": {"a": {"period": "weak"}}}))


def test_of_several_clients_the_one_that_cannot_use_it_is_named(tmp_path: Path) -> None:
    place = place_of(tmp_path, one=FUNNELS, two={})
    before = everything(place)
    with pytest.raises(GivenWrong, match="for two"):
        run_batch(["one", "two"], place, sets=["name=shop"], build=False)
    with pytest.raises(GivenWrong, match=r"^--only: unknown chapter 'b'"):
        run_batch(["one", "two"], place, only=["b"], build=False)
    assert everything(place) == before


def test_what_only_the_chapter_can_tell_publishes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = place_of(tmp_path)
    outcome = run_batch(["demo"], place, sets=["who=Bob"], build=False, isolation="process")
    told = outcome.clients["demo"].error
    assert outcome.exit_code == 2 and "--set who=Bob" in told and "unknown persona 'Bob'" in told and "allowed: Ann" in told and "nothing was published" in told
    assert run_folders(place.reports, "demo") == [] and not (place.report("demo") / ATTEMPT_FILE).exists()
    assert run_batch(["demo"], place, sets=["who=Ann"], build=False, isolation="process").exit_code == 0


def test_a_chapter_that_refuses_by_itself_is_a_failed_chapter_as_before(tmp_path: Path) -> None:
    place = place_of(tmp_path, demo={"chapter_params": {"a": {"who": "Bob"}}})
    assert run_batch(["demo"], place, build=False, isolation="process").exit_code == 1
    assert json.loads((run_folders(place.reports, "demo")[0] / "run.json").read_text())["chapters"][0]["state"] == "failed"


def test_every_check_is_about_an_option_that_a_chapter_feeds(tmp_path: Path) -> None:
    """A question or option of another name would be looked after by nobody."""
    chapters = [read_chapter(path) for path in known_chapters(Workspace(tmp_path)).values()]
    fed = {(question, option) for c in chapters for name in c.parameters for question, option, _ in choices._fed(c, name)}
    own = {("retention", "periods"), ("retention", "inactive")}  # of chapters that clients write
    assert set(choices._CHECKS) - own <= fed
