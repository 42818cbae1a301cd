"""The map in the notebook: rules and assumptions tried out give what a build would give; nothing is written unasked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from cjm_research.build import build
from cjm_research.errors import BadInput
from cjm_research.notebook.widgets import MapViewer
from cjm_research.notebook.widgets.map_viewer import placed_anew
from cjm_research.notebook.widgets.map_viewer.settings import journey_text, read_journey
from cjm_research.params import Workspace, load_params
from cjm_research.params.schema import Journey
from cjm_research.study import open_study

PARAMS = """\
# what the client is called
client: shop
title: A small shop
sources:
  - {name: web, kind: events, files: events.csv, timezone: UTC, columns: {customer_id: who, occurred_at: at, event: what, channel: medium, touchpoint: where}}
  - name: asked
    kind: survey
    files: answers.csv
    timezone: UTC
    columns: {response_id: id, answered_at: at}
    questions: [{column: happy, id: happy, instrument: csat, scale: [1, 5], higher_is_better: true}]

journey:
  # the stages, as agreed in May
  stages:
    - name: Look
      touchpoints:
        - {name: Ad, match: {event: ad}, channel: social}   # paid only
        - {name: Page, match: {event: view}, questions: happy}
    - name: Buy
      touchpoints:
        - {name: Cart, match: {event: [cart, wish]}}
        - {name: Pay, match: {event: pay}}
    - name: Use
      touchpoints: [{name: Help, match: {event: help}}]
  assumptions:
    - {stage: Use, lane: thoughts, text: Somebody will answer.}

# ranks are shown to nobody else
privacy: {min_cell: 1}
"""


def write_shop(root: Path, params: str = PARAMS) -> Workspace:
    place = Workspace(root)
    place.params.mkdir(parents=True)
    (place.params / "shop.yaml").write_text(params)
    place.raw("shop").mkdir(parents=True)
    rows = []
    for k in range(120):
        at = pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(hours=17 * k)
        steps = ["ad", "view", "wish" if k % 3 else "cart", "pay", "help"][: 2 + k % 4]
        rows += [{"who": f"c{k}", "at": (at + pd.Timedelta(hours=i)).isoformat(), "what": s, "medium": "app" if k % 5 == 0 else "", "where": "Help" if s == "ad" and k % 7 == 0 else ""}
                 for i, s in enumerate(steps)]
    pd.DataFrame(rows).to_csv(place.raw("shop") / "events.csv", index=False)
    answers = [{"id": f"r{k}", "at": f"2026-02-{1 + k % 20:02d}T10:00:00Z", "happy": 1 + k % 5} for k in range(40)]
    pd.DataFrame(answers).to_csv(place.raw("shop") / "answers.csv", index=False)
    build("shop", place)
    return place


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return write_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def viewer(tmp_path: Path) -> MapViewer:
    return MapViewer(open_study("shop", write_shop(tmp_path / "shop")), by_persona=False)


def other_journey(params: str = PARAMS) -> str:
    return params.replace("match: {event: [cart, wish]}", "match: {event: cart}").replace("{name: Page, match: {event: view}, questions: happy}",
                                                                                        "{name: Page, match: {event: [view, wish]}, channel: web}").replace(
        "{name: Pay, match: {event: pay}}", "{name: Pay, match: {event: pay}, questions: happy}")


TABLES = ("interactions", "interactions_by_event", "responses")


def places(study: Any, table: str) -> list[tuple[Any, ...]]:
    what = "answered_at, score" if table == "responses" else "occurred_at, event"  # ids are pseudonyms, another in each vault
    frame = study.query(f"SELECT {what}, touchpoint, stage FROM {table} ORDER BY ALL")
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize("table", TABLES)
def test_other_rules_place_records_as_a_build_would(shop: Workspace, tmp_path: Path, table: str) -> None:
    study = open_study("shop", shop)
    journey = Journey.model_validate(yaml.safe_load(other_journey())["journey"])
    rebuilt = open_study("shop", write_shop(tmp_path / "other", other_journey()))
    found, wanted, before = places(placed_anew(study, journey), table), places(rebuilt, table), places(study, table)
    assert found == wanted and found != before


def test_the_same_rules_change_nothing_and_what_a_source_says_is_kept(shop: Workspace) -> None:
    study = open_study("shop", shop)
    same = study.params.journey.model_copy(update={"assumptions": []})
    assert placed_anew(study, same).workspace == study.workspace, "assumptions need no placing"
    again = Journey.model_validate({**study.params.journey.model_dump(), "stages": [
        {**s, "deals": ["none such"] if s["name"] == "Use" else []} for s in study.params.journey.model_dump()["stages"]]})
    for table in TABLES:
        assert places(placed_anew(study, again), table) == places(study, table)
    helped = study.scalar("SELECT count(*) FROM interactions WHERE touchpoint = 'Help' AND event = 'ad'")
    assert helped > 0 and helped == placed_anew(study, Journey.model_validate(yaml.safe_load(other_journey())["journey"])).scalar(
        "SELECT count(*) FROM interactions WHERE touchpoint = 'Help' AND event = 'ad'")


def test_scratch_tables_go_with_the_study(shop: Workspace) -> None:
    import gc

    home = shop.tables("shop").parent
    other = placed_anew(open_study("shop", shop), Journey.model_validate(yaml.safe_load(other_journey())["journey"]))
    assert [p.name for p in home.iterdir() if p.name.startswith(".cjm-whatif_")]
    del other
    gc.collect()
    assert [p.name for p in home.iterdir()] == ["shop"]


def test_the_map_follows_rules_and_assumptions(viewer: MapViewer) -> None:
    def reach(stage: str) -> int:
        return next(f.estimate.n for f in viewer.result.findings if f.key == f"reach:stage:{stage}" and not (f.channel or f.period) and f.estimate)

    before = reach("Buy")
    text = viewer.text.replace("[cart, wish]", "cart").replace("Somebody will answer.", "Nobody will answer.")
    viewer.attempt(text)
    assert reach("Buy") < before
    assert "Nobody will answer." in [f.statement for f in viewer.result.findings]
    marks = viewer.data()["changes"]["marks"]
    assert any(m["state"] == "changed" for m in marks.values()), "the map marks what the attempt changed"
    proof = viewer.evidence(next(f.id for f in viewer.result.findings if f.key == "reach:stage:Buy"))
    assert proof["holds"].endswith("the same.") and proof["evidence"][0]["sql"].startswith("SELECT")
    viewer.reset()
    assert reach("Buy") == before and "changes" not in viewer.data()


@pytest.mark.parametrize(("text", "said"), [
    ("journey:\n  stages: [", "line"), ("nothing: 1", "one section"), ("journey:\n  stages:\n    - {nam: x}", "stages"),
    (PARAMS.partition("journey:")[0] + "journey: {}", "one section"), ("journey:\n  assumptions: [{stage: X, lane: pain, text: t}]", "unknown stage")])
def test_what_is_wrong_is_said_and_changes_nothing(viewer: MapViewer, text: str, said: str) -> None:
    before = viewer.result
    with pytest.raises(BadInput) as error:
        viewer.attempt(text)
    assert said in error.value.text() and viewer.result is before


def test_saving_keeps_the_rest_of_the_file_byte_for_byte(viewer: MapViewer) -> None:
    path = viewer._path
    before = path.read_text()
    viewer.attempt(viewer.text.replace("[cart, wish]", "cart"))
    with pytest.raises(BadInput):
        viewer.save()  # its difference was not looked at
    difference = viewer.difference()
    assert [x for x in difference.splitlines() if x[:1] in "+-"][2:] == [
        "-        - {name: Cart, match: {event: [cart, wish]}}", "+        - {name: Cart, match: {event: cart}}"]
    assert path.read_text() == before, "looking at it writes nothing"
    viewer.save()
    assert path.read_text() == before.replace("[cart, wish]", "cart") and "# paid only" in path.read_text()
    path.write_text(path.read_text() + "# somebody else\n")
    with pytest.raises(BadInput, match="changed by somebody else"):
        viewer.save()


def test_a_file_that_would_not_be_read_is_put_back(viewer: MapViewer) -> None:
    path = viewer._path
    viewer.attempt(viewer.text.replace("A small", "B"))
    viewer.difference()
    path_text = path.read_text()
    viewer.text = viewer.text.replace("name: Look", "name: Buy")  # two stages of one name
    with pytest.raises(BadInput):
        viewer.save()
    assert path.read_text() == path_text and load_params("shop", viewer._origin.workspace)


def test_a_file_without_a_journey_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("client: x\n")
    journey = Journey.model_validate(yaml.safe_load(PARAMS)["journey"])
    assert read_journey(journey_text(path, journey)) == journey


# --- in the browser ----------------------------------------------------------------------------------------------------


class Window:
    """The widget's own script in a page, its messages carried to a kernel's widget here."""

    def __init__(self, browser: Any, viewer: MapViewer, tmp_path: Path) -> None:
        self.page, self.events = browser.new_page(viewport={"width": 1280, "height": 1000}), []
        self.page.on("pageerror", lambda e: self.events.append(str(e)))
        self.page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else self.events.append(r.url))
        sent: list[Any] = []
        viewer.send = sent.append  # type: ignore[method-assign]

        def hear(message: Any) -> list[Any]:
            sent.clear()
            viewer._hear(None, message, None)
            return json.loads(json.dumps(sent))  # type: ignore[no-any-return]

        self.page.expose_function("kernel", hear)
        folder = tmp_path / "page"
        folder.mkdir()
        css = viewer._css
        (folder / "index.html").write_text(f"<!doctype html><html lang=en><head><meta charset=utf-8><title>w</title><style>{css}</style></head><body><main id=w></main></body></html>")
        self.page.goto((folder / "index.html").as_uri())
        self.page.evaluate("""async ([esm, height]) => {
            const module = await import(URL.createObjectURL(new Blob([esm], {type: 'text/javascript'})));
            const heard = [];
            const model = {get: () => height, on: (_, f) => heard.push(f), off: () => 0, send: async m => { for (const a of await window.kernel(m)) heard.forEach(f => f(a)) }};
            module.default.render({model, el: document.getElementById('w')}) }""", [viewer._esm, 760])
        self.page.wait_for_selector(".map.scripted")


@pytest.fixture
def window(browser: Any, viewer: MapViewer, tmp_path: Path) -> Iterator[Window]:
    opened = Window(browser, viewer, tmp_path)
    yield opened
    assert opened.events == []
    opened.page.close()


def test_a_rule_is_tried_and_written_only_when_confirmed(window: Window, viewer: MapViewer) -> None:
    page, path = window.page, viewer._path
    before = path.read_text()
    page.click("summary:has-text('Try other rules')")
    page.select_option(".viewer-bar select", "Cart")
    assert page.evaluate("(t => t.value.slice(t.selectionStart, t.selectionEnd))(document.querySelector('textarea'))").startswith("name: Cart")
    reach = "tr[data-lane=reach] td:nth-child(3) b"
    was = page.inner_text(reach)
    page.fill("textarea", viewer.text.replace("[cart, wish]", "cart"))
    page.keyboard.press("Control+Enter")
    page.wait_for_function("w => document.querySelector('.viewer-words').textContent.includes(w)", arg="changed beyond uncertainty")
    assert page.inner_text(reach) != was and page.locator(".map .chip.change").count() > 0
    page.click("text=Save to params…")
    assert "{event: cart}" in page.inner_text("dialog pre") and path.read_text() == before
    page.click("dialog >> text=Cancel")
    assert path.read_text() == before
    page.click("text=Save to params…")
    page.click("dialog >> text=Write params/shop.yaml")
    page.wait_for_function("document.querySelector('.viewer-words').textContent.includes('Written')")
    assert "{event: cart}" in path.read_text()


def test_what_is_wrong_is_said_beside_the_text_and_a_click_proves_a_number(window: Window) -> None:
    page = window.page
    page.click("summary:has-text('Try other rules')")
    page.fill("textarea", "journey: [")
    page.click("button:has-text('Try')")
    page.wait_for_selector(".viewer-words.refused")
    assert "line" in page.inner_text(".viewer-words")
    page.click("tr[data-lane=reach] .item")
    page.wait_for_selector(".viewer-proof:not([hidden])")
    assert "the same." in page.inner_text(".viewer-proof") and "SELECT" in page.inner_text(".viewer-proof")


def test_axe_finds_nothing(window: Window) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: no test of accessibility")
    window.page.click("summary:has-text('Try other rules')")
    found = axe.Axe().run(window.page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found if v["id"] != "page-has-heading-one"] == []
