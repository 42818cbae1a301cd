"""The map in Chromium: filters, zoom and comparison by mouse and keyboard, on a wall-sized map too, readable by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cjm_research.page.blocks import Map
from cjm_research.page.numbering import Numbering
from cjm_research.page.render import render
from cjm_research.report.pages.frame import Brand, Page, markup, render_page
from tests.page.maps import large_map, small_map

SCHEMES = ("light", "dark")


def write(folder: Path, data: dict[str, Any]) -> Path:
    links = {f["id"]: f"60_journey_map.html#f-{f['id']}" for f in data["findings"]}
    page = Page("Summary", "index.html", "", [], ("map",))
    path = folder / "map.html"
    path.write_text(render_page("map", Brand(data["title"], "B", "", "#1F6F5C"), page, maps=[{"picture": "", "people": "", "whole": markup(render(Map(data), Numbering(), links))}]))
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("large"), large_map())


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """A map one can count by hand: 2 stages, 4 touchpoints, 2 personas, one future line, one change, one outcome."""
    made = large_map(stages=2, touchpoints=4, personas=2, channels=2)
    pain = next(f for f in made["findings"] if f["kind"] == "pain" and not f["persona"])
    future = {**pain, "id": "F-future", "key": "future:x", "statement": "Slots stay held", "source": "assumption", "status": "assumed", "estimate": None}
    made["findings"].append(future)
    made["cells"]["pain|Stage 1"].append("F-future")
    made["labels"]["F-future"] = "Slots stay held"
    made["future"] = ["F-future"]
    made["changes"] = {"since": "2026-10-01", "vanished": [],
                       "marks": {pain["id"]: {"state": "changed", "short": "+8.0 pp", "text": "12 % → 20 % since the last run"}}}
    return made


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> Path:
    return write(tmp_path_factory.mktemp("small"), data)


class Opened:
    """The page with the map and what it did that it should not."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        self.page, self.events = self.context.new_page(), []
        for name in ("dialog", "console", "pageerror", "popup"):
            self.page.on(name, lambda e, name=name: self.events.append(f"{name} {getattr(e, 'text', e)}"))
        self.page.on("request", lambda r: None if r.url.split("#")[0] == path.as_uri() else self.events.append(f"request {r.url}"))
        self.page.goto(path.as_uri())

    def shown(self, lane: str, row: str = "tr[data-lane={}]") -> list[str]:
        """Ids of the entries that can be seen in a lane."""
        found: list[str] = self.page.evaluate("s => [...document.querySelectorAll(s)].filter(e => e.checkVisibility()).map(e => e.id.slice(2))",
                                              f".map {row.format(lane)} li[id]")
        return found

    def choose(self, name: str, value: str) -> None:
        self.page.select_option(f"[data-map={name}]", value)

    @property
    def status(self) -> str:
        return str(self.page.inner_text("[data-map=status]"))


@pytest.fixture
def opened(browser: Any, small: Path) -> Iterator[Opened]:
    seen = Opened(browser, small)
    yield seen
    assert seen.events == []
    seen.context.close()


def ids(data: dict[str, Any], lane: str, **where: Any) -> set[str]:
    by_id = {f["id"]: f for f in data["findings"]}
    wanted = {"persona": None, "channel": None, "period": None, **where}
    return {i for s in data["stages"] for i in data["cells"].get(f"{lane}|{s['name']}", ()) if all(by_id[i][k] == v for k, v in wanted.items())} - {"F-future"}


# --- views -----------------------------------------------------------------------------------------------------------


def test_each_view_shows_its_entries_and_says_what_stands_in(opened: Opened, data: dict[str, Any]) -> None:
    assert set(opened.shown("reach")) == ids(data, "reach")
    opened.choose("persona", "p:Persona number 2")
    assert set(opened.shown("reach")) == ids(data, "reach", persona="Persona number 2")
    assert set(opened.shown("touchpoints")) == ids(data, "touchpoints")
    assert opened.page.inner_text("tr[data-lane=touchpoints] .instead") == "all customers"
    assert opened.page.locator("tr[data-lane=reach] .instead").count() == 0
    quotes = {f["id"] for f in data["findings"] if f["kind"] == "quote" and data["tags"][f["id"]]["persona"] == "Persona number 2"}
    assert set(opened.shown("quotes")) <= quotes and opened.shown("quotes"), "quotes of the persona's own participants"
    assert "Persona number 2" in opened.status and "say what is shown instead" in opened.status
    opened.choose("persona", "")
    opened.choose("channel", "channel 1")
    assert set(opened.shown("reach")) == ids(data, "reach", channel="channel 1")
    assert {data["touchpoints"][f["touchpoint"]]["channel"] for f in data["findings"] if f["id"] in opened.shown("touchpoints")} == {"channel 1"}
    assert opened.page.inner_text("tr[data-lane=emotion] .instead") == "all channels"
    opened.choose("channel", "")
    opened.choose("period", "current")
    assert set(opened.shown("reach")) == ids(data, "reach", period="current")
    assert "▼" in opened.page.inner_text("tr[data-lane=reach]") + opened.page.inner_text("tr[data-lane=conversion]")
    assert opened.page.inner_text("tr[data-lane=pain] .instead") == "whole period"
    opened.choose("period", "")
    assert set(opened.shown("reach")) == ids(data, "reach") and opened.status == ""


def test_personas_one_over_the_other_and_side_by_side(opened: Opened, data: dict[str, Any]) -> None:
    assert opened.page.locator(".curve-box span.on").count() == 2, "the curve of all customers: two stages"
    opened.choose("persona", "*over")
    both = ids(data, "reach", persona="Persona number 1") | ids(data, "reach", persona="Persona number 2")
    assert set(opened.shown("reach")) == both
    assert opened.page.locator(".curve-box span.on").count() == 6
    opened.choose("persona", "*side")
    assert set(opened.shown("reach")) == ids(data, "reach")
    rows = opened.page.locator("tr.persona >> visible=true")
    assert rows.count() >= 2 * 4, "reach, going on, satisfaction, emotion and pain, a row a persona each"
    after = opened.page.evaluate("[1, 2].map(k => { let r = document.querySelector('tr[data-lane=reach]'); while (k--) r = r.nextElementSibling; "
                                 "return [r.cells[0].innerText.trim(), ...[...r.querySelectorAll('li')].map(e => e.id.slice(2))] })")
    for k, row in enumerate(after, 1):
        assert row[0].startswith(f"Persona number {k}") and set(row[1:]) == ids(data, "reach", persona=f"Persona number {k}")
    opened.choose("persona", "")
    assert opened.page.locator("tr.persona").count() == 0


def test_the_future_state_and_changes_since_the_last_run(opened: Opened, data: dict[str, Any]) -> None:
    changed = next(iter(data["changes"]["marks"]))
    assert "F-future" not in opened.shown("pain")
    opened.page.click("[data-map=future]")
    assert opened.shown("pain") == ["F-future"]
    assert opened.page.inner_text("tr[data-lane=reach] .instead") == "as today"
    opened.page.click("[data-map=future]")
    opened.page.click("[data-map=changes]")
    assert opened.shown("pain") == [changed] and opened.shown("reach") == []
    assert opened.status.endswith("1 entry")


def test_zoom_into_a_stage_and_back(opened: Opened, data: dict[str, Any]) -> None:
    opened.page.get_by_role("button", name="Zoom into Stage 1", exact=True).click()
    heads = opened.page.evaluate("[...document.querySelectorAll('.zoom thead th')].map(e => e.innerText.split('\\n')[0].trim())")
    assert heads == ["← All stages", "Stage 1", "Touchpoint 1", "Touchpoint 2"]
    cell = opened.page.locator(".zoom tr[data-lane=touchpoints] td").nth(1)
    by_id = {f["id"]: f for f in data["findings"]}
    assert {by_id[i]["touchpoint"] for i in cell.evaluate("e => [...e.querySelectorAll('li')].map(l => l.id.slice(2))")} == {"Touchpoint 1"}
    assert opened.page.evaluate("document.activeElement.className") == "back"
    opened.choose("persona", "p:Persona number 1")
    assert all(by_id[i]["persona"] == "Persona number 1" for i in opened.shown("pain", ".zoom tr[data-lane={}]"))
    opened.page.keyboard.press("Escape")
    assert opened.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Zoom into Stage 1"
    total = opened.page.evaluate("document.querySelectorAll('.map li[id]').length - new Set([...document.querySelectorAll('.map li[id]')].map(e => e.id)).size")
    assert total == 0, "each entry is there once"


def test_an_address_of_an_entry_opens_the_view_that_has_it(browser: Any, small: Path, data: dict[str, Any]) -> None:
    fid = next(iter(ids(data, "time", persona="Persona number 2")))
    seen = Opened(browser, small)
    seen.page.evaluate("h => { location.hash = h }", f"#m-{fid}")
    seen.page.wait_for_timeout(50)
    assert fid in seen.shown("time") and seen.page.evaluate("document.activeElement.closest('li').id") == f"m-{fid}"
    assert seen.page.input_value("[data-map=persona]") == "p:Persona number 2"
    seen.context.close()


# --- keyboard and screen readers ----------------------------------------------------------------------------------------


def test_by_keyboard_alone(opened: Opened) -> None:
    page = opened.page
    page.focus("[data-map=persona]")
    page.keyboard.press("ArrowDown")
    assert opened.status.startswith("Persona number 1"), "a choice of the list is announced"
    page.keyboard.press("ArrowUp")
    page.focus("[data-map=more]")
    page.keyboard.press("Enter")
    assert page.get_attribute("[data-map=more]", "aria-pressed") == "true" and opened.shown("time")
    page.keyboard.press("Tab")  # paper
    page.keyboard.press("Tab")  # print
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Journey map, scrollable"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Zoom into Stage 1"
    page.focus("tr[data-lane=reach] td a")
    tip = page.locator(".map .tip")
    assert tip.is_visible() and "Wilson score interval (1927)" in tip.inner_text() and "4,000 rows of interactions" in tip.inner_text()
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == tip.get_attribute("id")
    page.keyboard.press("Escape")
    assert not tip.is_visible() and page.evaluate("document.activeElement.tagName") == "A", "closed without losing the place"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('td').cellIndex") == 2
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').dataset.lane") == "conversion"
    page.evaluate("document.addEventListener('click', e => { window.went = e.target.closest('a').href; e.preventDefault() })")
    page.keyboard.press("Enter")
    assert "60_journey_map.html#f-F-" in page.evaluate("window.went"), "the evidence in its chapter"


def test_hover_tells_more_and_can_be_read_in_peace(opened: Opened) -> None:
    opened.page.hover("tr[data-lane=reach] td a")
    tip = opened.page.locator(".map .tip")
    assert tip.is_visible()
    opened.page.mouse.move(tip.bounding_box()["x"] + 20, tip.bounding_box()["y"] + 10)
    opened.page.wait_for_timeout(250)
    assert tip.is_visible(), "the pointer may move into it"
    opened.page.mouse.move(5, 5)
    opened.page.wait_for_timeout(250)
    assert not tip.is_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_any_view(browser: Any, small: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: no test of accessibility")
    seen = Opened(browser, small, color_scheme=scheme)
    seen.page.click("[data-map=more]")
    views: list[tuple[str, str]] = [("persona", ""), ("persona", "p:Persona number 2"), ("persona", "*over"), ("persona", "*side"), ("stage", "Stage 1")]
    for name, value in views:
        seen.choose(name, value)
        seen.page.evaluate("document.querySelectorAll('.map details').forEach(d => d.open = true)")
        found = axe.Axe().run(seen.page).response
        assert [(value, v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found["violations"]] == []
    assert seen.events == []
    seen.context.close()


def test_the_large_map_passes_axe(browser: Any, large: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: no test of accessibility")
    seen = Opened(browser, large)
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in axe.Axe().run(seen.page).response["violations"]] == []
    seen.context.close()


def test_hostile_words_stay_words(browser: Any, tmp_path: Path) -> None:
    payload = "\"><img src=x onerror=alert(1)><script>alert(2)</script></template>'{{7*7}}"
    seen = Opened(browser, write(tmp_path, small_map(payload)))
    for name, value in (("persona", "p:" + payload), ("channel", payload), ("persona", "*"), ("stage", "A" + payload)):
        if seen.page.locator(f"[data-map={name}] option").evaluate_all("(o, v) => o.some(x => x.value === v)", value):
            seen.choose(name, value)
    seen.page.evaluate("document.querySelectorAll('.map a, .map .item').forEach(e => e.focus())")
    assert seen.events == [] and seen.page.locator(".map img, .map script").count() == 0
    assert payload in seen.page.inner_text(".map table:visible")
    seen.context.close()


# --- size and paper -----------------------------------------------------------------------------------------------------


def test_the_large_map_is_light_and_filters_as_the_small_one(browser: Any, large: Path) -> None:
    """12 stages, 60 touchpoints, 5 personas, 15 lanes: under 1 MB, and each filter leaves what it names (what it costs: benchmarks/map_filters.py)."""
    assert large.stat().st_size < 1_000_000
    made, seen = large_map(), Opened(browser, large)
    seen.page.click("[data-map=more]")
    stages = {f["id"]: f["stage"] for f in made["findings"]}
    for name, value, where in (("persona", "p:Persona number 3", {"persona": "Persona number 3"}), ("channel", "channel 2", {"channel": "channel 2"}),
                               ("period", "current", {"period": "current"}), ("stage", "Stage 7", {})):
        seen.choose(name, value)
        wanted = {i for i in ids(made, "reach", **where) if name != "stage" or stages[i] == value}
        assert set(seen.shown("reach")) == wanted and len(wanted) in (1, 12), (name, value)
        seen.choose(name, "")
    assert set(seen.shown("reach")) == ids(made, "reach") and seen.events == []
    seen.context.close()


def test_on_paper_the_head_comes_again_and_no_row_is_cut(browser: Any, small: Path, tmp_path: Path) -> None:
    import pypdf

    seen = Opened(browser, small)
    seen.page.evaluate("window.print = () => { window.printed = document.documentElement.dataset.paper }")
    seen.choose("paper", "A3")
    seen.page.click("[data-map=more]")
    seen.page.click("[data-map=print]")
    assert seen.page.evaluate("window.printed") == "A3"
    sizes = {}
    for paper, width in (("A4", 297), ("A3", 420)):
        seen.choose("paper", paper if paper == "A3" else "")
        seen.page.click("[data-map=print]")
        seen.page.pdf(path=tmp_path / f"{paper}.pdf", prefer_css_page_size=True, print_background=True)
        read = pypdf.PdfReader(tmp_path / f"{paper}.pdf")
        sizes[paper] = len(read.pages)
        texts = [p.extract_text() for p in read.pages]
        assert all(abs(float(p.mediabox.width) / 72 * 25.4 - width) < 2 for p, t in zip(read.pages, texts, strict=True) if "Reach" in t or "Backstage" in t)
        held = [t for t in texts if "Lane" in t]
        assert all("Stage 1" in t and "Stage 2" in t for t in held) and held
        assert not any("All lanes" in t or "Channel All" in t for t in texts), "controls stay on the screen"
    assert sizes["A3"] <= sizes["A4"]
    seen.context.close()


def test_without_scripts_the_map_is_read(browser: Any, small: Path, data: dict[str, Any]) -> None:
    seen = Opened(browser, small, java_script_enabled=False)
    assert seen.page.locator("tr[data-lane=reach] li").count() == 2 and not seen.page.locator(".map .controls").is_visible()
    assert seen.page.locator("tr[data-lane=time] li").first.is_visible(), "lanes that wait for a button are there"
    seen.context.close()
