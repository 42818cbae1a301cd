"""The number in an answer: every spelling of a labelled end, and what only looks like one."""

from __future__ import annotations

import pytest

from cjm_research.sources.reading.instruments.labelled import answers
from cjm_research.sources.reading.instruments.texts import fold

SEPARATORS = (" - ", " – ", " — ", "-", "–", ": ", " : ", ":", " = ", "=", ". ", ") ", ", ", " / ", " | ", " → ", " -> ", " ", "\u00a0–\u00a0")


@pytest.mark.parametrize("text", [
    *(f"10{s}Extremely likely" for s in SEPARATORS), *(f"Extremely likely{s}10" for s in SEPARATORS if s != ") "),
    "(10) Extremely likely", "[10] Extremely likely", "10 (Extremely likely)", "Extremely likely (10)", "Extremely likely [10]", "Extremely likely(10)",
    "10 - Extremely likely - 10", "10 – Extremely likely (10)", "\ufeff10 (Extremely likely)", " 10 ", "10.0", "10,0", "１０", "+10", "10/10", "10 out of 10",
    "10 von 10 Punkten", "10 points", "10 = äußerst wahrscheinlich", "<strong>10</strong> - I’d do it", "10 - Yes &amp; again", "10 (Extremely likely).", "★★★★★★★★★★"])
def test_ten_in_all_its_spellings(text: str) -> None:
    assert answers([text], 0, 10)[text].number == 10


@pytest.mark.parametrize("text", [
    "Extremely likely", "1-5 times", "3 - 4", "2-Jan", "5-May", "10:30", "10:30 am", "10+", "10%", "<5", "5th", "10th", "1,000", "10/12", "10 - 12 days",
    "1 - less than 5 minutes", "1.2.2024", "10²", "a10", "99 problems 3", "e1", "-", "10 -"])
def test_what_says_no_number_for_certain(text: str) -> None:
    assert answers([text], 0, 10) == {}


def test_a_unit_is_no_label() -> None:
    # with a blank only, one word beside several numbers counts something; beside one number it names the point
    assert answers(["2 hours", "3 hours", "10 Extremely likely"], 0, 10).keys() == {"10 Extremely likely"}
    assert {a.number for a in answers(["4 stars", "5 stars", "★★★☆☆"], 1, 5).values()} == {3, 4, 5}
    assert answers(["★★★☆", "4/10"], 1, 5) == {}


def test_a_dash_is_a_sign_where_the_scale_has_one() -> None:
    found = {t: a.number for t, a in answers(["very bad -2", "very good - 2", "−2 – very bad", "-1", "+2"], -2, 2).items()}
    assert found == {"very bad -2": -2, "very good - 2": 2, "−2 – very bad": -2, "-1": -1, "+2": 2}
    assert answers(["very bad -2"], 1, 5)["very bad -2"].number == 2


def test_spellings_of_one_answer() -> None:
    for text in ("Don’t agree", "don`t AGREE", "Don't\u00a0agree", " Don´t  agree. ", "Don&#39;t agree", "<b>Don't</b> agree", "Don't\u200b agree"):
        assert fold(text) == "don't agree"
    assert fold("Très satisfait") == fold("Tre\u0300s satisfait") and fold("10²") != fold("102") and fold("a < b and c > d") == "a < b and c > d"
