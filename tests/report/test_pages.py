"""Pages of notebooks: complete, safe, and honest about what they leave out. No kernel is started here."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cjm_research.errors import BadInput
from cjm_research.page.blocks import MIME, Answer, Card, Figure, Map, Table
from cjm_research.params import load_params
from cjm_research.report.pages.chapter_html import chapter_content
from cjm_research.report.pages.chapter_pages import Drawn, chapter_page, draw_chapters, finding_links
from cjm_research.report.pages.frame import Brand, Page, brand_of, css_string, render_page
from cjm_research.report.pages.glossary import GLOSSARY, words_used
from cjm_research.report.pages.queries import queries_page
from cjm_research.report.record.comments import read_comments

from .workspace import ANSWER, display, executed, notebook, workspace

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><text x="1" y="9">50</text></svg>'
FIGURE = Figure(SVG, "Bars: half of all customers buy", "Buyers")
TABLE = Table("Steps", [{"label": "Step"}, {"label": "n", "align": "right"}], [[{"text": "visit"}, {"text": "1,000", "sort": 1000}]] * 3)


def finding(key: str) -> dict[str, Any]:
    return {"id": f"F-{key}", "kind": "metric", "statement": f"Statement {key}"}


def page_of(*outputs: Any, markdown: str = "", state: str = "ok") -> str:
    chapter = Drawn("40_funnel", "Funnel", executed("Funnel", *outputs, markdown=markdown), state)  # type: ignore[arg-type]
    draw_chapters([chapter])
    return chapter_page(chapter, [chapter], Brand("Report"), [])


def test_every_kind_of_output_is_there_or_left_out_on_purpose() -> None:
    outputs = [
        FIGURE, TABLE, Answer("Q", ["The answer"], [], "", []),
        {"output_type": "execute_result", "data": {"text/html": "<table><tr><th></th><th>a</th></tr></table>", "text/plain": "x"}, "metadata": {}, "execution_count": 1},
        {"output_type": "execute_result", "data": {"text/plain": "plain <result>"}, "metadata": {}, "execution_count": 1},
        {"output_type": "stream", "name": "stdout", "text": "printed <text>"},
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
        display({"text/markdown": "some **bold**"}), display({"application/javascript": "alert(1)", "text/plain": "js"}),
        display({"image/svg+xml": SVG}, {"image/svg+xml": {"alt": "A drawing of the shop"}}),
        display({"text/latex": "$x$", "text/plain": "latex plain"}), display({"text/vnd.mermaid": "graph", "text/plain": "mermaid plain"}),
    ]
    html = page_of(*outputs)
    for shown in ("The answer", "<td></td><th>a</th>", "plain &lt;result&gt;", "printed &lt;text&gt;", "<strong>bold</strong>", "A drawing of the shop",
                  "latex plain", "mermaid plain", "<b>Figure 1.</b> Buyers", "<b>Table 1.</b> Steps", "<b>Figure 2.</b>"):
        assert shown in html, shown
    for hidden in ("a warning", "alert(1)", ">js<"):
        assert hidden not in html, hidden


def test_markdown_is_sanitised_and_its_headings_are_the_contents() -> None:
    html = page_of(markdown='## Which <em>step</em>?\n\ntext <script>alert(1)</script> [x](javascript:alert(2)) <b onclick="a()">b</b>\n\n'
                            "| a | b |\n|---|---|\n| 1 | 2 |\n\n# Another title\n\n```\n# no heading\n```\n")
    assert '<h2 id="h-which-step">Which <em>step</em>?</h2>' in html
    assert '<a href="#h-which-step">Which step?</a>' in html
    assert html.count("<h1>") == 1 and '<h2 id="h-another-title">' in html
    main = html.split("<main")[1].split("</main>")[0]
    assert not re.search(r"alert\(1\)</script>|javascript:|onclick", main)
    assert "<th>a</th>" in main and "<td>1</td>" in main


def test_an_image_in_the_text_needs_an_alternative() -> None:
    chapter = Drawn("40_x", "X", executed("X", markdown="![](data:image/png;base64,AAAA)"), "ok")
    draw_chapters([chapter])
    assert chapter.state == "failed" and "alternative text" in chapter.reason


def test_code_is_behind_a_disclosure_after_what_it_shows_and_complete() -> None:
    made = notebook("T", "x = 1", ANSWER)
    made.cells[-1].outputs = [nbformat.from_dict(display({"text/plain": "shown"}))]
    html = chapter_content(made, code=True).html
    assert html.count('<details class="code">') == 1
    code = unescape(re.sub(r"<[^>]+>", "", html.split('<details class="code">')[1]))
    assert "client = " in code and "x = 1" in code and "display_block" in code
    assert html.index("shown") < html.index('<details class="code">')
    assert 'class="code"' not in chapter_content(made).html, "a reviewer reads no code unless the report was made with it"


def test_the_policy_allows_exactly_this_script_and_this_style() -> None:
    html = page_of(FIGURE)
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1])  # type: ignore[index]
    for tag, directive in (("script", "script-src"), ("style", "style-src-elem")):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.S)[1]  # type: ignore[index]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'") and "base-uri 'none'" in policy and "form-action 'none'" in policy
    assert html.count("<script") == 1 and html.count("<style>") == 1 and "http:" not in policy and "https:" not in policy


def test_the_first_chapter_that_answers_owns_a_finding_and_the_map_links_to_it() -> None:
    chapters = [Drawn("40_funnel", "Funnel", executed("F", Answer("Q", ["S"], [], "", [finding("a")])), "ok"),
                Drawn("60_map", "Map", executed("M", Answer("Q", ["S"], [], "", [finding("a"), finding("b")])), "ok")]
    assert finding_links(chapters) == {"F-a": "40_funnel.html#f-F-a", "F-b": "60_map.html#f-F-b"}


def test_a_block_of_another_version_fails_the_chapter_in_words() -> None:
    chapter = Drawn("40_x", "X", executed("X", display({"application/vnd.cjm.block+json": {"kind": "hologram"}})), "ok")
    draw_chapters([chapter])
    assert chapter.state == "failed" and "hologram" in chapter.reason


def test_words_of_the_glossary_are_explained_where_they_are_used() -> None:
    html = page_of(Answer("Q", ["The NPS is 39.8."], [], "Adjusted Wald.", []))
    assert GLOSSARY["NPS"] in unescape(html) and GLOSSARY["CUPED"] not in unescape(html)
    assert words_used("<p>unpersonal databases</p>") == []


# --- brand, review, comments ------------------------------------------------------------------------------------------


def make(tmp_path: Path, **params: Any) -> Any:
    place = workspace(tmp_path, {"40_funnel": notebook("F", ANSWER)}, {"demo": params})
    return place, load_params("demo", place)


def test_the_brand_is_in_the_page_and_its_colour_can_be_read(tmp_path: Path) -> None:
    place, params = make(tmp_path, brand={"name": "Acme <Ltd>", "color": "#ffee00", "logo": "logo.svg"}, title="A & B")
    (place.params / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    html = render_page("about", brand_of(params, place), Page("About"), facts=[], tables=[], warnings=[])
    assert "Acme &lt;Ltd&gt;" in html and "A &amp; B" in html and "data:image/svg+xml;base64," in html and "onload" not in html
    assert re.search(r"--brand:light-dark\(#[0-9a-f]{6},#ffee00\)", html)


@pytest.mark.parametrize(("name", "raw"), [("gone.png", None), ("logo.png", b"MZ"), ("big.png", b"\x89PNG\r\n\x1a\n" + b"0" * 70_000)])
def test_a_logo_is_a_small_picture_beside_the_params(tmp_path: Path, name: str, raw: bytes | None) -> None:
    place, params = make(tmp_path, brand={"logo": name})
    if raw is not None:
        (place.params / name).write_bytes(raw)
    with pytest.raises(BadInput, match=r"brand\.logo"):
        brand_of(params, place)


def test_comments_are_read_from_yaml_and_csv_and_shown_where_they_belong(tmp_path: Path) -> None:
    place, params = make(tmp_path, review={"comments": "c.yaml", "reviewers": ["R"]})
    (place.params / "c.yaml").write_text("- author: R\n  chapter: funnel\n  anchor: '#a-q'\n  text: Is <this> so?\n  status: open\n- {author: S, text: Fine}\n")
    comments = read_comments(params, place, ["40_funnel"])
    assert [(c.author, c.chapter, c.anchor) for c in comments] == [("R", "40_funnel", "a-q"), ("S", "", "")]
    chapter = Drawn("40_funnel", "Funnel", executed("F"), "ok")
    draw_chapters([chapter])
    html = chapter_page(chapter, [chapter], Brand("R"), comments)
    assert "Is &lt;this&gt; so?" in html and 'href="#a-q"' in html and "Fine" not in html
    (place.params / "c.yaml").rename(place.params / "c.csv")
    (place.params / "c.csv").write_text("author,text,chapter\nR,Why?,40\n")
    params = params.model_copy(update={"review": params.review.model_copy(update={"comments": "c.csv"})})
    assert read_comments(params, place, ["40_funnel"])[0].chapter == "40_funnel"


@pytest.mark.parametrize(("text", "said"), [("- {author: R}", "text is missing"), ("- {author: R, text: T, chapter: funel}", "40_funnel"),
                                            ("- {autor: R, text: T}", "Did you mean 'author'"), ("a: b", "no list"), ("- [", "not readable"),
                                            ("- {author: R, text: T, status: maybe}", "open")])
def test_mistakes_in_comments_are_told(tmp_path: Path, text: str, said: str) -> None:
    place, params = make(tmp_path, review={"comments": "c.yaml"})
    (place.params / "c.yaml").write_text(text)
    with pytest.raises(BadInput) as told:
        read_comments(params, place, ["40_funnel"])
    assert said in told.value.text()


def test_client_text_cannot_leave_a_css_string() -> None:
    hostile = '"};</style><script>alert(1)</script>\\\n\u2028x'
    text = css_string(hostile)
    assert re.fullmatch(r'"(?:[A-Za-z0-9 ]|\\[0-9a-f]+ )*"', text)


def test_a_map_of_the_summary_brings_its_assets() -> None:
    assert render_page("about", Brand("R"), Page("A", extras=("map",)), facts=[], tables=[], warnings=[], said=[]).count("<style>") == 1
    assert Map({"stages": []}).to_dict()["kind"] == "map"


def test_a_section_that_ran_and_shows_nothing_has_no_heading() -> None:
    made = notebook("T", "x = 1", ANSWER)
    cell = nbformat.v4.new_code_cell
    ran, idle, shown = cell("a = 1", execution_count=1), cell("b = 2"), cell("c = 3", execution_count=3)
    shown.outputs = [nbformat.from_dict(display({"text/plain": "shown"}))]
    head = nbformat.v4.new_markdown_cell
    made.cells += [head("## Nothing here"), ran, head("## Not run"), idle, head("## Shown"), shown, head("## Words\n\nof text"), cell("d = 4", execution_count=4)]
    content = chapter_content(made, code=True)
    assert [text for _, text, _ in content.headings][-3:] == ["Not run", "Shown", "Words"] and "Nothing here" not in content.html
    assert "a = 1" in unescape(re.sub(r"<[^>]+>", "", content.html))


def read_page(*chapters: Drawn, which: int = 0) -> str:
    draw_chapters(list(chapters))
    return chapter_page(chapters[which], list(chapters), Brand("Report"), [])


def cell(*outputs: Any) -> Any:
    shown = [nbformat.from_dict(o if isinstance(o, dict) else display({MIME: o.to_dict()})) for o in outputs]
    return nbformat.v4.new_code_cell("x = 1", execution_count=1, outputs=shown)


def chapter_of(*cells: Any, name: str = "40_funnel", title: str = "Funnel") -> Drawn:
    made = notebook(title, "x = 1", ANSWER)
    made.cells = [made.cells[0], *(nbformat.v4.new_markdown_cell(c) if isinstance(c, str) else c for c in cells)]
    return Drawn(name, title, made, "ok")


def test_a_figure_is_headed_by_its_finding_which_is_not_said_twice() -> None:
    answer = Answer("How many buy, and where do they stop?", ["Few buy.", "Most stop at the slot.", "Half need a day."])
    html = read_page(chapter_of("## How many buy?", cell(answer), cell(Figure(SVG, "Bars: half of all customers buy", "Buyers by step", "Most stop at the slot."))))
    assert html.count("Most stop at the slot.") == 1 and '<p class="says">Most stop at the slot.</p>' in html and "Half need a day." in html
    assert "How many buy, and where do they stop?</p>" not in html, "the heading has asked already"
    assert "How many buy, and where" in read_page(chapter_of(cell(answer))), "without a heading the answer asks itself"


def test_tables_fold_under_the_figure_of_their_numbers_and_a_first_one_stays_open() -> None:
    html = read_page(chapter_of("## A?", cell(FIGURE), cell(TABLE), "## B?", cell(TABLE), cell(TABLE)))
    assert [bool(re.search(r'<figure class="table"[^>]*><details class="numbers">', part)) for part in re.split(r'(?=<figure class="table")', html)[1:]] == [True, False, True]


def test_a_note_a_limit_and_a_blocker_are_told_apart() -> None:
    html = read_page(chapter_of(cell(Answer("Q", ["S."], ["few answers"], "Counted.", [], ["how it was counted"], ["the groups have the wrong size"]))))
    main = html.split("<main")[1]
    assert re.search(r'<div class="stop"[^>]*><p><b>Settle this first\.</b> The groups have the wrong size\.', main)
    assert re.search(r'<div class="limits"[^>]*><p><b>Read with care\.</b> Few answers\.', main)
    assert re.search(r"<details><summary>How this was computed</summary><p>Counted\.</p><ul><li>How it was counted\.", main)


def test_a_page_does_not_talk_to_whoever_sets_up_the_client() -> None:
    answer = Answer("Q", ["S."], ["Kinds are guesses (`cjm check` lists them): A, B."], "", [], ["Any event counts; `returns:` in the params names others."])
    cut = Table("Steps", [{"label": "Step"}], [[{"text": "visit"}]], "The first 1 of 9 rows; `rows` of this table's cell sets how many.")
    html = read_page(chapter_of("## A?", cell(answer, Card("Effect over time", "times are missing", "a time for each unit", "run `cjm lab demo`"), cut)))
    main = unescape(html.split("<main")[1])
    assert "Kinds are guesses: A, B." in main and "Any event counts." in main and "The first 1 of 9 rows." in main and "times are missing" in main
    assert not re.search(r"cjm |params|`|<code>|sets how many", main)


def test_parts_and_chapters_without_data_are_named_once_and_not_linked() -> None:
    card = Card("interview themes", "no codings", "at least 1", "add a source")
    chapters = [chapter_of("## Who buys?", cell(Answer("Q", ["S."])), "## What is said?", cell(card), name="10_a", title="First"),
                chapter_of("## What is said?", cell(card), name="20_b", title="Second"), chapter_of("## Q?", cell(Answer("Q", ["S."])), name="30_c", title="Third")]
    html = read_page(*chapters)
    assert [c.state for c in chapters] == ["ok", "no data", "ok"]
    assert "Not answered for want of data" in html and html.count("What is said?") == 1 and "No codings." in html and "add a source" not in html
    assert "20_b.html" not in html and '<a href="30_c.html" rel="next">' in html and '<a href="index.html" rel="prev">' in html


def test_a_finding_is_a_panel_with_the_words_of_its_cell_its_query_and_the_way_back_to_the_map() -> None:
    f = {**finding("a"), "lane": "satisfaction", "stage": "Decision", "label": "not satisfied with the slot", "statement": "83.4 % are not satisfied with the slot",
         "estimate": {"value": 0.834, "low": 0.78, "high": 0.87, "n": 201, "base": 241, "unit": "share", "method": "Wilson"},
         "evidence": [{"kind": "rows", "definition": "answered 1 or 2", "table": "responses", "rows": 241, "rows_sha256": "ab" * 32, "sql": "SELECT 1 AS id < 2"}]}
    chapters = [chapter_of(cell(Answer("Q", ["S."], findings=[f]))), chapter_of(cell(Map({"stages": [], "findings": [f]})), name="60_map", title="Map")]
    html = read_page(*chapters)
    panel = html[html.index('id="f-F-a"'):].split("</li>\n")[0]
    assert re.search(r"<b>83\.4\s%</b> not satisfied with the slot", panel) and "Answered 1 or 2: 241 rows of responses" in panel and "n 201 of base 241" in panel
    assert 'href="map.html#m-F-a"' in panel
    address = re.search(r'href="queries\.html#(q-[a-p]+)"', panel)
    queries = queries_page(chapters, Brand("Report"))
    assert address and f'id="{address[1]}"' in queries and "SELECT 1 AS id &lt; 2" in queries and 'href="40_funnel.html#f-F-a"' in queries
