"""Open answers of a survey coded in JupyterLab by keyboard only: each a document, counted in respondents, crossed with a closed question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from .bench import ANSWERS, Bench, axe

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("coder_browser")]


@pytest.fixture(scope="module")
def poll(lab_url: tuple[str, Any], browser: Any) -> Iterator[Bench]:
    url, root = lab_url
    found = Bench(browser.new_page(viewport={"width": 1400, "height": 1000}), root / "data" / "codings" / "poll")
    found.open(f"{url}lab/tree/poll.ipynb?reset")
    yield found
    found.page.close()


def test_answers_are_coded_one_after_the_other_by_keyboard(poll: Bench, tmp_path: Any) -> None:
    bench, page = poll, poll.page
    bench.run_to("open_coder(study")
    page.wait_for_selector('.cjm-coder[data-ready="answer:survey:why:r0"]')
    bench.tab_to("cm-content", "Shift+Tab")
    # the list says the question and how far one is; a number codes all of an answer
    assert page.locator(".cjm-coder select option:checked").inner_text() == "Why this score? · 1 of 4"
    bench.press("2")
    bench.told("^Coded “Cost”: “Far too dear")
    bench.press(".")
    bench.told("2 of 4: 0 codings")
    # a sentence or words of it as in interviews
    bench.press("Control+Home", *["Control+Shift+ArrowRight"] * 4, "3")
    bench.told("^Coded “Waiting”: “We waited an hour")
    bench.press("End", *["Control+Shift+ArrowLeft"], "2")
    bench.told("^Coded “Cost”")
    bench.press(".")
    bench.told("3 of 4: 0 codings")
    bench.press("/")
    page.keyboard.type("Ease")
    bench.told("No code matches")
    bench.press("Enter")
    bench.told("^Coded “Ease”: “So easy")
    bench.press(".")
    bench.told("4 of 4: 0 codings")
    bench.press(".")
    bench.told("last document")
    bench.press(",")
    bench.told("3 of 4: 1 coding")
    assert axe(page) == []
    page.locator(".cjm-coder").screenshot(path=str(tmp_path / "coder.png"))
    added = [(e["document_id"], e["quote"]) for e in bench.log("ana") if e.event == "add"]
    assert added == [("answer:survey:why:r0", ANSWERS[0]), ("answer:survey:why:r1", "We waited an hour"), ("answer:survey:why:r1", "dear"), ("answer:survey:why:r2", ANSWERS[2])]

    # the same kernel counts respondents, and crosses the codes with a closed question
    bench.tab_to("jp-Cell", "Shift+Tab")
    bench.press("ArrowDown")
    bench.run_to("table(crossed, 'tables')")
    said = re.sub(r"\s+", " ", " ".join(page.locator(".jp-OutputArea-output").all_inner_texts()))
    assert "2 of 4 respondents who gave an open answer write of “Cost”." in said and "3 of 4 open answers carry a code (ana)" in said
    page.screenshot(path=str(tmp_path / "counted.png"))
    assert bench.errors == []
