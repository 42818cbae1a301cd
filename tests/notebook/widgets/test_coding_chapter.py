"""The coding chapter as a researcher uses it: opened in JupyterLab, coded by keyboard only, counted, and on the map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from .bench import TALK, Bench, axe

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("coder_browser")]


@pytest.fixture(scope="module")
def chapter(lab_url: tuple[str, Any], browser: Any) -> Iterator[Bench]:
    url, root = lab_url
    found = Bench(browser.new_page(viewport={"width": 1400, "height": 1000}), root / "data" / "codings" / "demo")
    found.open(f"{url}lab/tree/notebooks/30_interview_coding.ipynb?reset")
    yield found
    found.page.close()


def _outputs(bench: Bench) -> str:
    return re.sub(r"\s+", " ", " ".join(bench.page.locator(".jp-OutputArea-output").all_inner_texts()))


def test_from_an_opened_chapter_to_the_map(chapter: Bench, lab_url: tuple[str, Any]) -> None:
    bench, page = chapter, chapter.page
    bench.run_to("open_coder(study, coder")
    page.wait_for_selector(".cjm-coder[data-ready=P1]")
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    bench.tab_to("cm-content", "Shift+Tab")

    # by number, by the filter, with a new code; and one taken back
    bench.press("Control+Home", "j", *["Control+ArrowRight"] * 3, "ArrowRight", "Shift+ArrowRight", "2")
    bench.told("^Coded “Cost”: “👨‍👩‍👧”")
    bench.press("j", "j", "s")
    bench.told("^Selected “The plan")
    bench.press("/")
    page.keyboard.type("wait")
    bench.told("^1 code")
    bench.press("Enter")
    bench.told("^Coded “Waiting”")
    bench.press("j", "t")
    bench.told("^Selected “Would you")
    bench.press("/")
    page.keyboard.type("Loyalty")
    bench.told("No code matches")
    bench.press("Enter")
    bench.told("^Coded “Loyalty”")
    bench.press("j", "t", "4")
    bench.told("^Coded")
    bench.press("Control+z")
    bench.told("^Undone")
    assert axe(page) == []
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells, "no key reached the notebook"
    added = {e["quote"]: e["start"] for e in bench.log("ana") if e.event == "add"}
    assert added["👨‍👩‍👧"] == TALK.index("👨‍👩‍👧") and len(added) == 4

    # the next cell counts them, in the same kernel
    bench.tab_to("jp-Cell", "Shift+Tab")
    bench.press("ArrowDown")
    bench.run_to("done = ask(coding.progress, study)")
    assert "Ana marked 3 passages in 1 interview." in _outputs(bench)

    # the kernel is restarted from the keyboard; the chapter again, from the top
    bench.press("0", "0")
    page.wait_for_selector(".jp-Dialog")
    bench.press("Enter")
    page.wait_for_selector(".jp-Dialog", state="detached")
    page.wait_for_selector("text=| Idle", timeout=60_000)
    bench.press(*["ArrowUp"] * 12)
    bench.run_to("open_coder(study, coder")
    page.wait_for_function("document.querySelector('.cjm-coder[data-ready=P1] .cjm-words')?.innerText.startsWith('P1: 3 codings')", timeout=60_000)
    bench.run_to("show(charts.stages, themes)")
    said = _outputs(bench)
    assert "Ana marked 3 passages in 1 interview." in said and "1 of 2 interviews is not coded yet: P2." in said
    # the third passage holds what the interviewer said, which is no participant's word
    assert "2 codes were given to 2 passages of 1 participant." in said and "1 coded passage lies in interviewers' words alone" in said

    # and the map shows them where their codes lie, with the quote as evidence
    page.goto(f"{lab_url[0]}lab/tree/notebooks/60_journey_map.ipynb?reset")
    page.wait_for_selector("text=| Idle", timeout=90_000)
    page.wait_for_selector(".jp-Cell.jp-mod-active")
    bench.run_to("show(journey_map_block, the_map)")
    page.wait_for_selector(".jp-OutputArea-output .cjm")
    on_the_map = _outputs(bench)
    assert re.search(r"Pain points.* 1 of 1 Cost .{0,60}?1 of 1 Waiting ", on_the_map), on_the_map
    assert bench.errors == []
