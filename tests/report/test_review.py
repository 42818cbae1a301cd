"""Review: comments at findings and cells, approvals that hold for their numbers alone, what the site finds, which setting changed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput
from cjm_research.page.blocks import Answer, Map
from cjm_research.params import load_params
from cjm_research.report.record.approval import numbers_code
from cjm_research.report.record.comments import read_comments
from cjm_research.report.record.receipt import read_receipt
from cjm_research.report.record.settings import changed_settings, settings_of
from cjm_research.results.result import Finding
from cjm_research.stats.shares import share

from .maps import ROWS, findings, map_data
from .workspace import executed, notebook, publish_notebooks, workspace

LATE = Finding("late", "Late parcels <b>annoy</b> 60 of 100 buyers", "pain", share(60, 100), stage="Stage 1", source="survey", evidence=(ROWS,), lane="pain", label="late parcels")
SOURCES = {"40_funnel": notebook("Funnel"), "60_journey_map": notebook("Map")}
RUNS = tuple(f"2026010{n}T000000.000Z-{n}-abcdef" for n in (1, 2, 3))


def told(found: list[Finding]) -> dict[str, Any]:
    """A run's notebooks: a chapter that answers with the findings, and a map of them."""
    data = map_data(found)
    return {"40_funnel": executed("Funnel", Answer("Where?", ["Here."], [], "", [f.to_dict() for f in found])), "60_journey_map": executed("Map", Map(data))}


def published(root: Path, run: str, found: list[Finding], **params: Any) -> Path:
    made = told(found)
    workspace(root, SOURCES, {"demo": params})
    return publish_notebooks(root, "demo", made, run)


def page(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


# --- approvals -----------------------------------------------------------------------------------------------------------


def test_an_approval_holds_for_its_numbers_and_a_run_with_others_is_a_draft_that_says_what_changed(tmp_path: Path) -> None:
    first = published(tmp_path, RUNS[0], [LATE])
    code = read_receipt(first).numbers
    assert re.fullmatch("[a-p]{12}", code) and code in page(first, "about.html") and read_receipt(first).status == "draft"
    review = {"status": "approved", "numbers": code, "approved_on": "2026-01-01"}
    second = published(tmp_path, RUNS[1], [replace(LATE, statement="said otherwise")], review=review)
    assert read_receipt(second).status == "approved" and "Approved on 2026-01-01." in page(second, "index.html")
    third = published(tmp_path, RUNS[2], [replace(LATE, estimate=share(20, 100))], review=review)
    html = page(third, "index.html")
    assert read_receipt(third).status == "draft" and 'class="state draft"' in page(third, "40_funnel.html")
    assert f"Draft again: what was approved on 2026-01-01 are the numbers {code}" in html
    assert "Changed beyond its uncertainty: 1." in html and "Late parcels &lt;b&gt;annoy" in html


def test_an_approval_without_numbers_says_how_to_approve_them(tmp_path: Path) -> None:
    run = published(tmp_path, RUNS[0], [LATE], review={"status": "approved"})
    receipt = read_receipt(run)
    assert receipt.status == "draft" and f"write review.numbers: {receipt.numbers} into the settings" in page(run, "index.html")


def test_the_code_is_of_the_numbers_whatever_their_order_and_words() -> None:
    one, other = LATE.to_dict(), replace(LATE, key="other").to_dict()
    assert numbers_code([one, other]) == numbers_code([other, one]) == numbers_code([{**one, "statement": "x"}, other])
    assert len({numbers_code(x) for x in ([one], [one, other], [], [{**one, "estimate": {**one["estimate"], "value": 0.61}}], [{**one, "estimate": {**one["estimate"], "n": 61}}])}) == 5


# --- comments ------------------------------------------------------------------------------------------------------------


def test_comments_stand_at_their_finding_and_in_their_cell(tmp_path: Path) -> None:
    made = told([LATE, *findings()])
    place = workspace(tmp_path, SOURCES, {"demo": {"review": {"comments": "c.yaml"}}})
    (place.params / "c.yaml").write_text(f"""
- {{author: R, date: 2026-01-02, finding: {LATE.id}, text: "Is <this> so?"}}
- {{author: S, cell: "Pain points, Stage 2", text: Add the shop, status: done}}
- {{author: T, finding: F-0000000000, text: Where is it}}
""")
    run = publish_notebooks(tmp_path, "demo", made, RUNS[0])
    chapter, whole, first = (page(run, f"{name}.html") for name in ("40_funnel", "map", "index"))
    own = chapter[chapter.index(f'<li id="f-{LATE.id}"'):]
    assert "R · 2026-01-02 · open: Is &lt;this&gt; so?" in own[:own.index("</ul>")]
    cells = [c for c in re.findall(r"<td\b.*?</td>", whole, re.DOTALL) if "Add the shop" in c]
    assert len(cells) == 1 and "Stage 2" in cells[0] and "S · done: Add the shop" in cells[0]
    assert f'href="40_funnel.html#f-{LATE.id}"' in first and "which this run does not have" in first
    assert "2 comments are still open" in first and read_receipt(run).open_comments == 2
    assert "2 comments are still open" in (place.reports / "index.html").read_text(encoding="utf-8")


@pytest.mark.browser
def test_a_comment_stays_in_its_cell_when_the_map_s_script_draws_it(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from playwright.sync_api import sync_playwright

    from cjm_research.report.exports.pdf import launch

    made = told(findings())
    place = workspace(tmp_path, SOURCES, {"demo": {"review": {"comments": "c.yaml"}}})
    (place.params / "c.yaml").write_text("- {author: S, cell: 'pain | Stage 2', text: Add the shop}\n- {author: S, cell: 'needs | Stage 2', text: Ask why}\n")
    run = publish_notebooks(tmp_path, "demo", made, RUNS[0])

    def drive() -> list[str]:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            at = browser.new_page()
            at.goto((run / "map.html").as_uri())
            found = at.locator("td .remarks").all_text_contents()
            browser.close()
            return found

    with ThreadPoolExecutor(1) as own:
        assert sorted(own.submit(drive).result()) == ["S · open: Add the shop", "S · open: Ask why"]


@pytest.mark.parametrize(("entry", "said"), [("finding: late", "Copy as comment"), ("cell: 'Pains, Stage 1'", "Pain points, …"), ("cell: Pain points", "a comma and the stage")])
def test_comments_about_nothing_are_refused(tmp_path: Path, entry: str, said: str) -> None:
    place = workspace(tmp_path, SOURCES, {"demo": {"review": {"comments": "c.yaml"}}})
    (place.params / "c.yaml").write_text(f"- {{author: R, text: T, {entry}}}")
    with pytest.raises(BadInput) as refused:
        read_comments(load_params("demo", place), place, ["40_funnel"])
    assert said in refused.value.text()


# --- the site ------------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_reviewer_finds_sentences_and_copies_a_comment(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from playwright.sync_api import sync_playwright

    from cjm_research.report.exports.pdf import launch

    run = published(tmp_path, RUNS[0], [LATE])

    def drive() -> tuple[list[str], list[str], str, str]:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            at = browser.new_page()
            at.goto((tmp_path / "reports" / "index.html").as_uri())
            at.fill("#find", "parcels annoy")
            found, marked = at.locator(".found:visible a").all_inner_texts(), at.locator(".found mark").all_inner_texts()
            at.fill("#find", "nowhere")
            none = at.inner_text("#found")
            at.goto((run / "40_funnel.html").as_uri())
            at.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
            at.click(f"#f-{LATE.id} .remark")
            text = at.input_value(f"#f-{LATE.id} textarea")
            browser.close()
            return found, marked, none, text

    with ThreadPoolExecutor(1) as own:
        found, marked, none, text = own.submit(drive).result()
    assert found == [LATE.statement] and marked == ["parcels", "annoy"] and none == "0 of 1"
    place = workspace(tmp_path, SOURCES, {"demo": {"review": {"comments": "c.yaml"}}})
    (place.params / "c.yaml").write_text(text.replace("author: ", "author: R").replace('text: ""', "text: Why?"))
    comment, = read_comments(load_params("demo", place), place, ["40_funnel"])
    assert (comment.author, comment.finding, comment.status, comment.text) == ("R", LATE.id, "open", "Why?")


def test_the_site_holds_findings_as_data_that_no_markup_leaves(tmp_path: Path) -> None:
    published(tmp_path, RUNS[0], [replace(LATE, statement="</script><script>alert(1)</script>")])
    html = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert "alert(1)" in html and "<script>alert" not in html


# --- which setting changed -----------------------------------------------------------------------------------------------


def test_differences_name_the_setting(tmp_path: Path) -> None:
    place = workspace(tmp_path, SOURCES, {"demo": {"title": "One", "privacy": {"min_cell": 5}}, "b": {"title": "Two", "privacy": {"min_cell": 7}}})
    old, new = (settings_of(load_params(c, place)) for c in ("demo", "b"))
    said = changed_settings(old, new)
    assert "Setting privacy.min_cell: 7 (before 5)." in said and "Setting title: other words." in said
    assert not any("One" in v or "Two" in v for v in (*old.values(), *new.values()))
    assert all(not re.search(r"\d{6}", v) for v in (*old.values(), *new.values())), "no hash or number looks like one of a telephone"
    assert changed_settings(old, old) == [] and len(changed_settings({}, {f"a{k}": "1" for k in range(20)})) == 9
    whole = {"chapters[10_data_health]": "#abc", "comparisons[late].name": "#abc", "comparisons[late].by[attributes.region]": "#abc"}
    assert changed_settings({}, whole) == ["Setting chapters[10_data_health]: new.", "Setting comparisons[late]: new."]
    assert changed_settings({"chapters[10_data_health]": "#abc"}, {"chapters[10_data_health]": "#abc", "chapters[35_survey]": "#x"}) == ["Setting chapters[35_survey]: new."]
    published(tmp_path, RUNS[0], [LATE], limits={"unpacked_mb": 10})
    published(tmp_path, RUNS[1], [LATE], limits={"unpacked_mb": 20})
    assert "Setting limits.unpacked_mb: 20 (before 10)." in (tmp_path / "reports" / "demo" / f"changes_{RUNS[0]}_{RUNS[1]}.html").read_text(encoding="utf-8")
