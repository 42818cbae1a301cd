"""Pages in Chromium: hostile text shows as text, nothing runs, nothing is fetched, everybody can read them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cjm_research.page.blocks import Answer, Card, Figure, Quotes, Sheets, Table
from cjm_research.page.figure_html import svg_image
from cjm_research.params import Workspace
from cjm_research.plots.theme import Chart, new_figure
from cjm_research.report.pages.site import ATTEMPT_FILE, build_site
from cjm_research.report.record.plan import plan_report

from .workspace import ANSWER, display, executed, notebook, publish_notebooks, workspace

PAYLOADS = (Path(__file__).parent / "xss_payloads.txt").read_text(encoding="utf-8").splitlines()
SCHEMES = ("light", "dark")


def publish(root: Path, notebooks: dict[str, Any], params: dict[str, Any], failed: dict[str, str] | None = None) -> Path:
    workspace(root, {name: notebook(name, ANSWER) for name in notebooks}, {"demo": params})
    return publish_notebooks(root, "demo", notebooks, "20260101T000000.000Z-aaaaaa", failed)


class Seen:
    """A page and everything it did: dialogs, requests, console messages, errors."""

    def __init__(self, browser: Any, path: Path, scheme: str = "light", width: int = 1280, scripts: bool = True) -> None:
        self.context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        self.page = self.context.new_page()
        self.events: list[str] = []
        self.page.on("dialog", lambda d: (self.events.append(f"dialog {d.message}"), d.dismiss()))
        self.page.on("console", lambda m: self.events.append(f"console {m.text}"))
        self.page.on("pageerror", lambda e: self.events.append(f"error {e}"))
        self.page.on("request", lambda r: None if r.url == path.as_uri() or r.url.startswith("data:") else self.events.append(f"request {r.url}"))
        self.page.on("popup", lambda _: self.events.append("popup"))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def open_all(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


# --- hostile text -------------------------------------------------------------------------------------------------------

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><text x="1" y="9">%s</text></svg>'


def hostile_chapter(texts: list[str]) -> Any:
    """A chapter with each text in every place that a client's data can reach."""
    outputs: list[Any] = []
    for number, t in enumerate(texts):
        finding = {"id": f"F-{number}{t}", "kind": t, "statement": t, "stage": t, "touchpoint": t, "channel": t, "persona": t, "status": t, "caveats": [t],
                   "estimate": {"value": 1.0, "low": 0.0, "high": 2.0, "n": 1, "base": 2, "unit": t, "method": t},
                   "evidence": [{"kind": "quote", "quote": t, "speaker": t, "document_id": t, "start": 1, "end": 2},
                                {"kind": "rows", "definition": t, "table": t, "rows": 1, "rows_sha256": t, "sql": t}]}
        outputs += [
            Answer(f"{t} {number}", [t, t], [t], t, [finding]), Card(t, t, t, t),
            Table(t, [{"label": t, "note": t, "align": t}, {"label": t, "align": "right"}], [[{"text": t, "sort": t, "href": t}, {"text": t, "sort": t}]] * 3, t),
            Figure(SVG % t, f"The figure shows {t}", t), Figure(SVG % "x" + t, f"The figure shows {t}", t),
            Quotes(t, [{"text": t, "who": t, "where": t, "code": t, "finding": t, "anchor": t}]),
            Sheets([{"name": t, "summary": t, "share": t, t: [{"text": t, "status": t, "finding": t}, t], "more": {t: t}}]),
            display({"text/html": f"<table><tr><td>{t}</td></tr></table>"}), display({"text/html": t}), display({"text/markdown": t}),
            display({"image/svg+xml": SVG % t}, {"image/svg+xml": {"alt": f"The drawing shows {t}", "caption": t}}),
            display({"image/png": t}, {"image/png": {"alt": f"The picture shows {t}", "caption": t}}),
            display({"application/javascript": "alert(1)"}), display({"text/vnd.mermaid": t, "text/plain": t}), display({"text/latex": t, "text/plain": t}),
            {"output_type": "stream", "name": "stdout", "text": t}, {"output_type": "execute_result", "data": {"text/plain": t}, "metadata": {}, "execution_count": 1},
            {"output_type": "error", "ename": t, "evalue": t, "traceback": [t]},
        ]
    made = executed(texts[0], *outputs, markdown="\n\n".join(texts))
    made.cells.append(nbformat.v4.new_code_cell("\n".join(texts)))
    return made


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    everything = " ".join(PAYLOADS)
    (root / "params").mkdir()
    (root / "params" / "c.yaml").write_text(__import__("yaml").safe_dump([{"author": p, "text": p, "anchor": p, "date": p} for p in PAYLOADS]))
    parts = [PAYLOADS[i::4] for i in range(4)]
    notebooks = {f"{n}0_part": hostile_chapter(part) for n, part in enumerate(parts, 1)} | {"60_failed": executed(everything)}
    folder = publish(root, notebooks, {
        "title": everything[:300].strip(), "objective": everything, "brand": {"name": everything[300:600].strip()}, "currency": "EUR",
        "review": {"reviewers": PAYLOADS, "comments": "c.yaml"}}, {"60_failed": everything})
    (folder.parent / ATTEMPT_FILE).write_text(__import__("json").dumps({"at": everything, "error": everything}))
    build_site(Workspace(root), ["demo"])
    return folder


def test_there_are_a_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) >= 100


@pytest.mark.parametrize("name", ["index", "10_part", "20_part", "30_part", "40_part", "60_failed", "about", "../index", "../../index"])
def test_hostile_text_executes_nothing_and_shows_as_text(browser: Any, hostile: Path, name: str) -> None:
    path = (hostile / f"{name}.html").resolve()
    with Seen(browser, path) as seen:
        open_all(seen.page)
        seen.page.evaluate("""() => { for (const e of document.querySelectorAll('main *')) {
            for (const t of ['mouseover', 'focus', 'click', 'toggle', 'animationstart']) if (!(t === 'click' && e.closest('a'))) e.dispatchEvent(new Event(t)); } }""")
        seen.page.wait_for_timeout(50)
        text = re.sub(r"\s+", " ", seen.page.evaluate("document.body.textContent + ' ' + document.title"))
        active = seen.page.evaluate("""() => [...document.querySelectorAll('body *')].filter(e =>
            ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'FORM', 'BASE', 'LINK', 'META', 'SVG', 'MATH', 'VIDEO', 'AUDIO', 'TEMPLATE'].includes(e.tagName.toUpperCase())
            || [...e.attributes].some(a => a.name.startsWith('on') || (['href', 'src'].includes(a.name) && /^\\s*(javascript|vbscript|data:text)/i.test(a.value))))
            .map(e => e.outerHTML.slice(0, 120))""")
        assert seen.events == []
        assert [a for a in active if not a.startswith("<script>(()=>{")] == []
    if name[0].isdigit():
        expected = PAYLOADS if name.startswith("60") else PAYLOADS[int(name[0]) - 1::4]
        missing = [p for p in expected if re.sub(r"\s+", " ", p) not in text]
        assert missing == []


def test_file_and_client_names_cannot_be_hostile(tmp_path: Path) -> None:
    from cjm_research.errors import BadInput
    from cjm_research.report.record.notebook import list_chapters

    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    (place.notebooks / "20_<img src=x onerror=alert(1)>.ipynb").write_text("{}")
    assert [p.stem for p in list_chapters(place.notebooks)] == ["10_a"]
    for payload in PAYLOADS:
        with pytest.raises(BadInput):
            plan_report(payload, place)


# --- readable by everybody ------------------------------------------------------------------------------------------------


def bars(labels: list[str], values: list[float], caption: str) -> Figure:
    figure, ax = new_figure()
    ax.barh(labels, values)
    chart = Chart(figure, f"Bars: {', '.join(f'{label} {v:g}' for label, v in zip(labels, values, strict=True))}", caption)
    return Figure(chart.svg(), chart.alt, chart.caption)


def rows(n: int) -> list[list[dict[str, Any]]]:
    return [[{"text": f"Step {i}"}, {"text": f"{i * 1000:,}", "sort": i * 1000}, {"text": f"{i / n:.1%}", "sort": i / n}, {"text": "–", "sort": None}] for i in range(1, n + 1)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = [{"label": "Step", "align": "left"}, {"label": "Customers", "align": "right"}, {"label": "Share", "align": "right"}, {"label": "Note", "align": "left"}]
    finding = {"id": "F-0123456789", "kind": "pain", "statement": "Checkout is slow", "stage": "Purchase", "status": "backed",
               "estimate": {"value": 0.12, "low": 0.1, "high": 0.145, "n": 120, "base": 1000, "unit": "share", "method": "Wilson"},
               "evidence": [{"kind": "quote", "quote": "It took ages", "speaker": "P1", "document_id": "d1", "start": 1, "end": 9}]}
    funnel = executed(
        "Funnel", Answer("How many buy?", ["12.0 % of 1,000 visitors buy."], ["The last month is still open."], "Wilson (1927). NPS.", [finding]),
        bars(["visit", "cart", "buy"], [1000, 300, 120], "Customers by step"), Table("Steps", columns, rows(5)), Table("Devices", columns, rows(9)),
        bars(["phone", "web"], [3, 4], "Sessions by device"), Table("Channels", columns, rows(40), "All channels."), Card("Interviews", "0 turns", "1", "add transcripts"),
        Quotes("In their words", [{"text": "It took ages", "who": "P1", "where": "d1", "finding": "F-0123456789", "anchor": "x"}]),
        Sheets([{"name": "Hurried", "summary": "A third of customers", "pains": [{"text": "slow", "status": "assumed"}]}]),
        {"output_type": "execute_result", "data": {"text/html": "<table><tr><th></th><th>a</th></tr><tr><th>0</th><td>1</td></tr></table>"}, "metadata": {}, "execution_count": 1},
        {"output_type": "stream", "name": "stdout", "text": "printed " * 60},
        markdown="## How many buy?\n\nA line with [a link](https://example.org/) and `code`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## In words")
    root = tmp_path_factory.mktemp("report")
    (root / "params").mkdir()
    (root / "params" / "c.yaml").write_text("- {author: R, chapter: funnel, text: 'Why?', anchor: fig-customers-by-step}\n")
    return publish(root, {"40_funnel": funnel, "50_broken": executed("Broken")}, {
        "objective": "Where do we lose customers?", "brand": {"name": "Acme", "color": "#ffcc00"}, "review": {"reviewers": ["R"], "comments": "c.yaml"}},
        {"50_broken": "line 1\nline 2"})


PAGES = ["index", "40_funnel", "50_broken", "about", "../index", "../../index"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_the_page_does_nothing(browser: Any, report: Path, name: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: no test of accessibility")
    with Seen(browser, (report / f"{name}.html").resolve(), scheme) as seen:
        for opened in (False, True):
            if opened:
                open_all(seen.page)
            found = axe.Axe().run(seen.page).response
            assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]] == []
            undecided = {v["id"] for v in found["incomplete"]} - {"color-contrast"}
            assert undecided == set()
        assert seen.events == []


@pytest.mark.parametrize("name", PAGES)
def test_every_image_says_what_it_shows(browser: Any, report: Path, name: str) -> None:
    with Seen(browser, (report / f"{name}.html").resolve()) as seen:
        alts = seen.page.evaluate("[...document.images].map(i => [i.alt, i.naturalWidth])")
        assert all(len(alt.split()) >= 4 and width > 0 for alt, width in alts)
        assert len(alts) == (2 if name == "40_funnel" else 0)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_is_wider_than_the_window(browser: Any, report: Path, name: str, width: int) -> None:
    with Seen(browser, (report / f"{name}.html").resolve(), width=width) as seen:
        open_all(seen.page)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_page_of_two_figures_and_three_tables_is_small(report: Path) -> None:
    assert (report / "40_funnel.html").stat().st_size <= 100_000


def test_the_first_heading_waits_for_nothing(report: Path) -> None:
    """It stands in the first bytes, behind no script, picture or other file (how soon it is seen: benchmarks/execution_pages.py)."""
    page = (report / "40_funnel.html").read_bytes()
    before = page[:page.index(b"<h1")]
    assert len(before) <= 32_000
    assert not [tag for tag in (b"<script", b"<img", b"<link", b"<iframe", b"@import", b"url(") if tag in before]


def test_tables_sort_by_number_and_back(browser: Any, report: Path) -> None:
    with Seen(browser, report / "40_funnel.html") as seen:
        open_all(seen.page)  # the table is folded under its figure
        table = seen.page.locator("#table-channels")
        first = "() => document.querySelector('#table-channels tbody tr th').textContent"
        button = table.get_by_role("button", name="Customers")
        shown = []
        for _ in range(3):
            button.click()
            shown.append(seen.page.evaluate(first))
        assert shown == ["Step 1", "Step 40", "Step 1"]
        table.get_by_role("button", name="Step").click()
        assert table.locator("th[aria-sort=ascending]").count() == 1
        assert seen.events == []


def test_the_theme_can_be_chosen_and_is_kept(browser: Any, report: Path) -> None:
    with Seen(browser, report / "40_funnel.html", "light") as seen:
        paper = "getComputedStyle(document.body).backgroundColor"
        before = seen.page.evaluate(paper)
        seen.page.click("#theme")
        after = seen.page.evaluate(paper)
        seen.page.goto((report / "index.html").as_uri())
        assert before != after == seen.page.evaluate(paper)


def test_figures_follow_the_scheme(browser: Any, report: Path) -> None:
    shots = []
    for scheme in SCHEMES:
        with Seen(browser, report / "40_funnel.html", scheme) as seen:
            shots.append(seen.page.locator("figure.chart img").first.screenshot())
    assert shots[0] != shots[1]


def test_a_link_to_evidence_opens_what_hides_it(browser: Any, report: Path) -> None:
    with Seen(browser, report / "40_funnel.html") as seen:
        assert not seen.page.locator("#f-F-0123456789").is_visible()
        seen.page.goto((report / "40_funnel.html").as_uri() + "#f-F-0123456789")
        seen.page.wait_for_timeout(100)
        assert seen.page.locator("#f-F-0123456789").is_visible()


def test_every_link_within_the_report_leads_somewhere(report: Path) -> None:
    for page in [*report.glob("*.html"), report.parent / "index.html", report.parents[1] / "index.html"]:
        for href in re.findall(r'\shref="([^"]*)"', page.read_text()):
            if href.startswith(("http:", "https:")):
                continue
            name, _, anchor = href.partition("#")
            target = (page.parent / name).resolve() if name else page
            assert target.is_file(), f"{page.name}: {href}"
            assert not anchor or f'id="{anchor}"' in target.read_text(), f"{page.name}: {href}"


def test_the_site_is_searched_without_a_server(browser: Any, report: Path) -> None:
    with Seen(browser, report.parents[1] / "index.html") as seen:
        seen.page.fill("#find", "visitors BUY")
        assert seen.page.locator("[data-find]:visible").count() == 1
        seen.page.fill("#find", "nothing of the kind")
        assert seen.page.locator("[data-find]:visible").count() == 0
        assert seen.page.inner_text("#found") == "0 of 1"
        assert seen.events == []


def test_without_scripts_everything_can_be_read(browser: Any, report: Path) -> None:
    with Seen(browser, report / "40_funnel.html", scripts=False) as seen:
        assert seen.page.locator("figure.chart img").count() == 2
        assert seen.page.get_by_text("12.0 % of 1,000 visitors buy.").first.is_visible()
        assert not seen.page.locator("#theme").is_visible()
        seen.page.get_by_text("How this was computed").click()
        assert seen.page.get_by_text("Wilson (1927). NPS.").is_visible()


def test_the_pdf_is_tagged_and_has_bookmarks(browser: Any, report: Path, tmp_path: Path) -> None:
    import pypdf

    from cjm_research.errors import BadInput
    from cjm_research.report.exports.pdf import export_pdf

    whole = pypdf.PdfReader(export_pdf(report, tmp_path))
    root: Any = whole.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en" and "/StructTreeRoot" in root
    assert [o["/Title"] for o in whole.outline if not isinstance(o, list)] == ["Journey of the demo shop", "Funnel", "Broken", "About this report"]
    text = "".join(p.extract_text() for p in whole.pages).replace("\u202f", " ")
    assert "12.0 % of 1,000 visitors buy." in text and "Checkout is slow" in text and "cell_0()" not in text
    pages = [p.extract_text() for p in whole.pages]
    assert "Funnel" in pages[1].splitlines()[0] and f"2 / {len(pages)}" in pages[1], "running header and page number"
    one = pypdf.PdfReader(export_pdf(report, tmp_path, chapter="funnel"))
    assert one.metadata and one.metadata.title == "Journey of the demo shop" and len(one.pages) < len(whole.pages)
    with pytest.raises(BadInput, match="Did you mean"):
        export_pdf(report, tmp_path, chapter="40_funel")


def test_on_a_narrow_screen_figures_and_tables_scroll_and_stay_readable(browser: Any, report: Path) -> None:
    """A figure is not shrunk to letters nobody can read, a caption is not cut, and what scrolls says so at its edge."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed: no test of accessibility")
    with Seen(browser, (report / "40_funnel.html").resolve(), width=390) as seen:
        page = seen.page
        assert page.evaluate("[...document.querySelectorAll('figure.chart .scroll img')].every(i => i.clientWidth >= 600)")
        wide = page.evaluate("""[...document.querySelectorAll('figure > .scroll')].filter(s => s.scrollWidth > s.clientWidth)
            .map(s => [getComputedStyle(s).boxShadow, s.querySelector('caption > div')?.getBoundingClientRect().right ?? 0])""")
        assert len(wide) >= 2 and all(shadow != "none" and right <= 390 for shadow, right in wide)
        assert page.evaluate("""(s => {s.scrollLeft = 60; const c = s.parentElement.querySelector('figcaption, caption > div').getBoundingClientRect();
            return c.left >= 0 && c.right <= 390})(document.querySelector('figure.chart > .scroll'))""")
        assert axe.Axe().run(page).response["violations"] == []
    with Seen(browser, (report / "40_funnel.html").resolve(), width=1280) as seen:
        shadows = seen.page.evaluate("[...document.querySelectorAll('figure > .scroll')].map(s => [s.scrollWidth > s.clientWidth, getComputedStyle(s).boxShadow])")
        assert all((shadow != "none") == scrolls for scrolls, shadow in shadows)


def test_in_the_pdf_figures_keep_what_they_refer_to(report: Path) -> None:
    """Bars, marks and clips of a figure are drawn once and referred to by id; the ids of a page are renamed, those inside its figures are not."""
    from urllib.parse import unquote

    from cjm_research.report.exports.pdf import combined_html
    from cjm_research.report.record.receipt import read_receipt

    plane, ax = new_figure()
    ax.scatter([1, 2, 3, 4], [1, 2, 3, 4])
    ax.fill_between([1, 2], [1, 2], [2, 3])
    figure = Chart(plane, "four marks on a plane", "Marks").svg()
    assert "xlink:href" in figure
    (report / "marks.html").write_text(f'<title>x</title><style></style><main id="main"><p id="a">{svg_image(figure, "four marks on a plane")}</p></main>')
    html = combined_html(report, read_receipt(report), ["marks"])
    (report / "marks.html").unlink()
    assert 'id="marks--a"' in html
    drawn = unquote(html.partition("src='data:image/svg+xml,")[2].partition("'")[0])
    ids = set(re.findall(r'\sid="([^"]+)"', drawn))
    referred = set(re.findall(r'xlink:href="#([^"]+)"|url\(#([^)]+)\)', drawn))
    assert referred and {a or b for a, b in referred} <= ids


def test_on_paper_a_table_begins_with_its_first_rows_and_no_interval_is_broken(browser: Any, tmp_path: Path) -> None:
    import pypdf

    from cjm_research.report.exports.pdf import export_pdf

    interval = "−49.6 to +43.5\u202fpp"
    tables = [Table(f"Things of kind {k} with a caption that is long enough to need more than one line of this page of paper", [
        {"label": "Name", "align": "left"}, *({"label": f"{i}", "align": "right"} for i in range(4))],
        [[{"text": f"t{k}r{r:02d}"}, *[{"text": interval}] * 4] for r in range(9 + k % 5)], same="In every row: Base 100") for k in range(12)]
    run = publish(tmp_path, {"40_funnel": executed("Funnel", *tables)}, {})
    pages = [p.extract_text() for p in pypdf.PdfReader(export_pdf(run, tmp_path, chapter="40_funnel")).pages]
    assert len(pages) > 3
    for k in range(12):
        begins, = (p for p in pages if f"Table {k + 1}." in p)
        assert all(f"t{k}r{r:02d}" in begins for r in range(3)) and "In every row: Base 100" in begins
    rows = [line for p in pages for line in p.splitlines() if re.search(r"t\d+r\d\d", line)]
    assert len(rows) == sum(9 + k % 5 for k in range(12)) and all(line.count("pp") == 4 for line in rows)
