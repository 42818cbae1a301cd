"""Blocks become markup whose every text is escaped, whose anchors are unique, and whose figures cannot act."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjm_research.page.blocks import Answer, Block, Card, Figure, Quotes, Sheets, Table
from cjm_research.page.colour import DARK_PAPER, LIGHT_PAPER, READABLE, contrast, readable
from cjm_research.page.figure_html import svg_image
from cjm_research.page.numbering import Numbering, slug
from cjm_research.page.render import notebook_html, render
from cjm_research.page.sanitise import clean_html
from cjm_research.page.wording import typeset
from tests.page.markup import Reader

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><text x="1" y="9">50 % & more #1</text></svg>'


def finding(key: str = "a", **more: Any) -> dict[str, Any]:
    return {"id": f"F-{key}", "key": key, "kind": "pain", "statement": f"Statement {key}", "stage": "Purchase", "status": "backed",
            "estimate": {"value": 0.12, "low": 0.1, "high": 0.145, "n": 120, "base": 1000, "unit": "share", "method": "Wilson"},
            "evidence": [{"kind": "rows", "definition": "bought", "rows": 120, "table": "interactions", "rows_sha256": "ab" * 32}], **more}


def every_block(text: str) -> list[Block]:
    """Each kind of block with `text` in every field that takes text."""
    f = finding("x", statement=text, touchpoint=text, persona=text, channel=text, caveats=[text], kind=text,
                evidence=[{"kind": "quote", "quote": text, "speaker": text, "document_id": text, "definition": text, "start": 1, "end": 2},
                          {"kind": "rows", "definition": text, "rows": 3, "table": text, "rows_sha256": text}])
    return [
        Answer(text, [text, text], [text], text, [f]), Card(text, text, text, text),
        Table(text, [{"label": text, "align": "left", "note": text}, {"label": text, "align": "right"}],
              [[{"text": text, "sort": text}, {"text": text, "sort": text}]] * 3, text),
        Figure(SVG.replace("50 %", ""), f"now three words more {text}", text),
        Quotes(text, [{"text": text, "who": text, "where": text, "code": text, "finding": text, "anchor": text}]),
        Sheets([{"name": text, "summary": text, text: text, "pains": [{"text": text, "status": text, "finding": text}, text],
                 "facts": {text: text}}]),
    ]


PLAIN = [[t for t, _ in Reader(render(block, Numbering())).tags] for block in every_block("word")]


ANY = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="`")  # what backticks do has its own test


@given(st.text(ANY, min_size=1, max_size=40).filter(str.strip))
def test_text_of_a_block_is_text_of_the_page(text: str) -> None:
    for block, plain in zip(every_block(text), PLAIN, strict=True):
        read = Reader(render(block, Numbering()))
        assert [t for t, _ in read.tags] == plain, "text adds or hides a tag"
        said = isinstance(block, Quotes | Sheets | Table)  # what people and data say; our sentences have one spelling, see test_wording
        assert text in read.text or (not said and typeset(text) in read.text)


@given(st.text(ANY, min_size=1, max_size=20).filter(str.strip))
def test_a_name_between_backticks_is_code_and_nothing_more(name: str) -> None:
    read = Reader(render(Card("Funnel", "nothing", f"`{name}` of the funnel"), Numbering()))
    assert [t for t, _ in read.tags].count("code") == 1 and name in read.text and "`" not in read.text
    assert {t for t, _ in read.tags} <= {"div", "p", "code"}


def test_a_card_ends_its_sentences_once() -> None:
    html = render(Card("breakdown of the funnel", "no breakdown is defined", "a column.", "name one"), Numbering())
    assert "defined.</p>" in html and "a column.</p>" in html and "name one.</p>" in html and ".." not in html


def test_a_number_is_not_parted_from_its_percent() -> None:
    for block in (Figure(SVG, "four words at least here", "with 95 % intervals"), Table("with 95 % intervals", [{"label": "x"}], [])):
        assert "95\u202f% intervals" in render(block, Numbering())


def test_anchors_are_unique_and_stable() -> None:
    numbering = Numbering()
    html = "".join(render(b, numbering) for b in [*every_block("Same words"), *every_block("Same words")])
    ids = [a["id"] for _, a in Reader(html).tags if a.get("id")]
    assert len(ids) == len(set(ids))
    assert "f-F-x" in ids and "fig-same-words" in ids and "fig-same-words-2" in ids and "table-same-words" in ids
    first = Numbering()
    render(Figure(SVG, "alt with four words", "Before"), first)
    later = render(Figure(SVG, "alt with four words", "Customers by step"), first)
    assert 'id="fig-customers-by-step"' in later, "an anchor does not depend on what came before"
    assert "<b>Figure 2.</b>" in later


def test_an_answer_shows_its_findings_once_with_number_interval_and_evidence() -> None:
    numbering = Numbering()
    html = render(Answer("Q", ["S"], [], "m", [finding(), finding()]), numbering)
    assert html.count("Statement a") == 1
    assert [f["anchor"] for f in numbering.findings] == ["f-F-a"]
    text = Reader(html).text
    for part in ("12.0", "95 % interval", "10.0 to 14.5", "n 120 of base 1,000", "Wilson", "120 rows of interactions", "ab" * 6):
        assert part in text


def test_a_figure_is_an_image_with_its_alt_text_and_loses_nothing() -> None:
    from urllib.parse import unquote

    tag = svg_image(SVG, 'Says "what" & <where>')
    attributes = Reader(tag).tags[0][1]
    assert attributes["alt"] == 'Says "what" & <where>'
    assert attributes["width"] == "96" and attributes["height"] == "48"
    assert unquote(str(attributes["src"]).removeprefix("data:image/svg+xml,")) == SVG


def test_a_block_in_jupyterlab_needs_nothing_else() -> None:
    html = notebook_html(Table("T", [{"label": "a"}], [[{"text": "1"}]]))
    assert html.startswith("<style>") and "http" not in re.sub(r"<style>.*?</style>", "", html)


@pytest.mark.parametrize(("found", "left"), [
    ('<table onclick="x()"><tr><th scope="col">a</th></tr></table>', '<th scope="col">a</th>'),
    ('<a href="javascript:alert(1)">x</a>', ">x</a>"), ("<script>alert(1)</script>after", "after"),
    ('<img src="https://example.org/a.png" alt="a">', '<img alt="a">'), ("<style>a{}</style>x", "x"),
    ('<p style="x" id="main">t</p>', "<p>t</p>"), ('<svg onload="a()"><text>t</text></svg>x', "x")])
def test_foreign_html_keeps_structure_and_loses_what_acts(found: str, left: str) -> None:
    html = clean_html(found)
    assert left in html
    assert not re.search(r"script|onclick|onload|javascript|style|https?:|id=", html)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_brand_colour_becomes_readable(colour: str) -> None:
    for paper in (LIGHT_PAPER, DARK_PAPER):
        assert contrast(readable(colour, paper), paper) >= READABLE


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known just-failing grey


@given(st.text(max_size=200))
def test_slugs_are_plain_words(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))


def test_a_finding_lists_some_of_its_rows_or_says_how_many_there_are() -> None:
    shown = [{"id": f"c_{i}", "counted": i < 2} for i in range(3)]
    for sample, parts in ((shown, ("3 of 120 rows", "Pseudonym", "Counted", "c_0", "yes", "c_2", "no")), ([], ("Not listed one by one: 20 counted, 100 not.",))):
        told = finding() | {"estimate": {"value": 1 / 6, "low": 0.1, "high": 0.2, "n": 20, "base": 120, "unit": "share", "method": "Wilson"}}
        told["evidence"] = [{"kind": "rows", "definition": "d", "table": "interactions", "rows": 120, "sample": sample}]
        text = Reader(render(Answer("Q", ["S"], [], "m", [told]), Numbering())).text
        assert all(p in text for p in parts), text
