"""The paths in the notebook: every position of the sliders shows what `paths` shows, and they are worked by keyboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.analysis.paths import paths
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.notebook.widgets import PathViewer
from cjm_research.study import Study
from tests.studies import interactions, make_study

EVENTS = [f"page {k:02d}" for k in range(16)]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    rows = [(f"c{k}", EVENTS[(k * (i + 1)) % (5 + k % 12)], f"2026-01-{1 + k % 27:02d}T00:{i:02d}:00") for k in range(200) for i in range(1 + k % 6)]
    return make_study(tmp_path, {"interactions": interactions(*rows)}, privacy={"min_cell": 1})


@pytest.mark.parametrize(("nodes", "moves"), [(4, 30), (12, 7), (16, 120)])
def test_every_position_is_what_paths_shows(study: Study, nodes: int, moves: int) -> None:
    viewer = PathViewer(study, by="event", nodes=8)
    viewer.nodes, viewer.moves = nodes, moves
    expected = paths(study, by="event", unit="customer", nodes=nodes, edges=120)
    for name, frame in viewer.result.frames.items():
        pd.testing.assert_frame_equal(frame, expected[name], obj=name)
    assert list(viewer.result.frames) == ["nodes", "transitions", "step_matrix"] and viewer.result.caveats == expected.caveats
    assert viewer.result.facts == {k: v for k, v in expected.facts.items() if k not in ("variants", "told")}
    listed = expected["transitions"].head(moves)
    assert viewer.drawing.count("<tr>") == len(listed) + 1  # and the heading
    assert f"{expected.facts['nodes_shown']} values of event told apart" in viewer.said
    assert ("which are all there are" in viewer.said) == (nodes == 16)


def test_the_slider_ends_where_there_are_no_more(study: Study) -> None:
    viewer = PathViewer(study, by="event", nodes=8)
    viewer.nodes = 40
    assert viewer.nodes == 16 and viewer.limits["nodes"] == [1, 16] and "16 values of event" in viewer.said
    viewer.nodes = 5
    assert viewer.result.facts["nodes_shown"] == 5 and "5 values" in viewer.said


def test_what_cannot_be_is_said(study: Study) -> None:
    with pytest.raises(BadInput, match="(?s)PathViewer: nodes.*1 to 40"):
        PathViewer(study, by="event", nodes=0)
    with pytest.raises(BadInput, match="column 'evnt'"):
        PathViewer(study, by="evnt")
    assert PathViewer(study, by="event", nodes=60, moves=200).limits == {"nodes": [1, 16], "moves": [1, 200]}  # as a chapter's parameters may ask
    viewer = PathViewer(study, by="event")
    before = viewer.drawing
    viewer.moves = 10_000  # as a page could send
    assert "10000" in viewer.said and viewer.drawing == before


def test_no_paths(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData):
        PathViewer(make_study(tmp_path, {}))


def test_without_a_kernel_the_drawings_stay(study: Study) -> None:
    bundle = PathViewer(study, by="event")._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/html"].count("<figure") >= 2 and "most frequent moves" in data["text/plain"]


def test_by_keyboard_in_a_page(browser: Any, study: Study, tmp_path: Path) -> None:
    viewer = PathViewer(study, by="event", nodes=8, moves=20)
    page, events = browser.new_page(viewport={"width": 1100, "height": 1000}), []
    page.on("pageerror", lambda e: events.append(str(e)))
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else events.append(r.url))

    def change(name: str, value: int) -> str:
        setattr(viewer, name, value)
        return json.dumps({k: getattr(viewer, k) for k in ("nodes", "moves", "limits", "drawing", "said")})

    page.expose_function("kernel", change)
    (tmp_path / "index.html").write_text(f"<!doctype html><html lang=en><head><meta charset=utf-8><title>w</title><style>{viewer._css}</style></head>"
                                         "<body><main id=w></main></body></html>")
    page.goto((tmp_path / "index.html").as_uri())
    page.evaluate("""async ([esm, state]) => {
        const module = await import(URL.createObjectURL(new Blob([esm], {type: 'text/javascript'})));
        let now = JSON.parse(state), set = [];
        const heard = {};
        const model = {get: k => now[k], set: (k, v) => set.push([k, v]), on: (k, f) => (heard[k] ??= []).push(f), off: () => 0,
            save_changes: async () => { for (const [k, v] of set.splice(0)) { now = JSON.parse(await window.kernel(k, v)); Object.values(heard).flat().forEach(f => f()) } }};
        module.default.render({model, el: document.getElementById('w')}) }""",
                  [Path(viewer._esm._path).read_text() if hasattr(viewer._esm, "_path") else str(viewer._esm), change("nodes", 8)])
    nodes = page.get_by_label("Values told apart")
    nodes.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('.path-words').textContent.startsWith('7 values')")
    assert page.locator("output").first.inner_text() == "7" and viewer.nodes == 7 and viewer.result.facts["nodes_shown"] == 7
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('.path-words').textContent.startsWith('1 value ')")
    page.get_by_label("Moves shown").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelectorAll('.path-slider output')[1].value === '21' && !document.querySelector('.busy')")
    assert page.locator(".path-drawing figure img").count() + page.locator(".path-drawing svg").count() >= 2
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: no test of accessibility")
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found if v["id"] != "page-has-heading-one"] == []
    assert events == []
    page.close()
