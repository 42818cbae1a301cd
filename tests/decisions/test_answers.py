"""Questions of the client, answered from findings made by hand, or told what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from cjm_research.decisions import compose
from cjm_research.results import subjects as s
from cjm_research.results.result import Estimate, Finding

from .made import leaves, loss, params, says, share, survey, verdict


def answered(found: list[Finding], about: str, **more: Any) -> Any:
    return compose(found, params(questions=[{"ask": "What now?", "about": about}], **more)).answers[0]


def goes_on(persona: str, n: int, base: int) -> Finding:
    return Finding("going_on", "not to be read", "metric", share(n, base), stage="Middle", persona=persona, lane="conversion", subject=s.GoingOn("Middle"))


def test_where_it_hurts() -> None:
    a = answered([loss("way", 2, "Counter", 400, 1000), survey("Counter", 60, 100), says("Counter", "slow", 9)], "pain_points")
    assert a.lead == "Counter:" and a.text == "400 of 1,000 at Counter never reach step 2 and 60 of 100 who answer are not satisfied."
    assert a.certainty.drawn == "●●●" and len(a.findings) == 3


def test_for_whom_names_those_who_clearly_differ() -> None:
    found = [leaves("Counter", 400, 1000), survey("Counter", 60, 100), goes_on("Young hiker", 100, 400), goes_on("Old hand", 300, 400), goes_on("Guest", 110, 400)]
    named = {"names": [{"name": "Young hiker"}, {"name": "Old hand"}, {"name": "Guest"}]}
    a = answered(found, "personas", personas=named)
    assert (a.lead, a.text) == ("Young hikers and Guests:", "25 and 28 of 100 go on from Middle, against 75 of 100 Old hands.")


def test_for_whom_says_so_where_groups_do_not_differ() -> None:
    a = answered([leaves("Counter", 400, 1000), survey("Counter", 60, 100), goes_on("A", 200, 400), goes_on("B", 205, 400)], "personas")
    assert a.lead == "Everybody alike:" and "do not differ clearly" in a.text


def test_a_test_that_was_won() -> None:
    a = answered([verdict()], "trial")
    assert (a.lead, a.text) == ("Yes: build the new counter.", "60 of 100 customers buy with the new counter and 50 with the old counter.")


def test_a_test_that_was_lost_or_is_open() -> None:
    assert answered([verdict("do not ship", level=0.45)], "trial").lead == "No: keep the old counter."
    a = answered([verdict("inconclusive", level=0.51)], "trial")
    assert not a.known and a.text == "because the difference may be chance: 1 more of 100 (−4 to 6)." and a.needed.startswith("To know it you would need")
    w = answered([verdict("withheld")], "trial")
    assert not w.known and "checks of trust" in w.text


@pytest.mark.parametrize(("beats", "ties", "lead"), [(("newer",), (), "Yes: build the new counter."), ((), ("newer",), "The new counter or newer:")])
def test_of_two_that_win_one_is_chosen_or_both_are_alike(beats: tuple[str, ...], ties: tuple[str, ...], lead: str) -> None:
    mirror: dict[str, Any] = {"ties": ("new",)} if ties else {}
    a = answered([verdict(beats=beats, ties=ties), verdict(variant="newer", level=0.58, **mirror)], "trial")
    assert a.lead == lead
    assert ("they do not differ clearly" in a.text) is bool(ties)


def test_what_goes_with_an_outcome() -> None:
    found = Finding("comparison:late", "not to be read", "pain", Estimate(-1.7, -1.8, -1.6, 900, 900, "score", "by hand"), stage="Middle", touchpoint="Counter", source="survey",
                    lane="pain", subject=s.Compared("late", "late", "late orders", "orders on time", (2.57, 4.29), (100, 800), "score", 5.0, 0.0001, True))
    event = {"event": "x"}
    stated = [{"name": "late", "outcome": {"event": "r", "value": "properties.s"}, "when": event, "with_it": "late orders", "without_it": "orders on time"}]
    a = answered([found], "late", comparisons=stated)
    assert (a.lead, a.text) == ("Late orders:", "they score 2.57 of 5, orders on time 4.29.") and "not a test" in a.certainty.words


def test_what_became_of_customers() -> None:
    stated = {"outcomes": [{"name": "left", "title": "customers who left", "when": {"attributes.Churn": "Yes"}, "by": ["attributes.Contract", "attributes.Gender"]}]}

    def left(n: int, base: int, by: str = "", group: str = "", p: float | None = None) -> Finding:
        return Finding(f"outcome:left:{by}:{group}", "not to be read", "metric", share(n, base), subject=s.CustomerOutcome("left", by, group, p))

    whole = left(1869, 7043)
    contracts = [left(1655, 3875, "contract", "Month-to-month", 1e-9), left(166, 1473, "contract", "One year", 1e-9), left(48, 1695, "contract", "Two year", 1e-9)]
    genders = [left(939, 3488, "gender", "Female", 0.5), left(930, 3555, "gender", "Male", 0.5)]
    a = answered([whole, *contracts, *genders], "left", **stated)
    assert (a.lead, a.text) == ("Customers who left:", "27 of 100 customers; by contract: 43 of 100 Month-to-month, 11 One year and 3 Two year.") and "not why" in a.certainty.words
    alike = answered([whole, *genders], "left", **stated)
    assert alike.text == "27 of 100 customers; the groups by gender do not differ clearly." and len(alike.findings) == 3
    assert not answered([left(3, 9)], "left", **stated).known  # too few for a headline


def test_themes_by_how_many_name_them() -> None:
    found = [says("Counter", "fast", 6, kind="gain"), says("Door", "wide", 2, kind="gain"), says("Door", "seen once", 1, kind="gain")]
    a = answered(found, "gain")
    assert (a.lead, a.text) == ("“fast” at Counter:", "6 of 12 interviewed name it; then “wide” (2).")


@pytest.mark.parametrize("about", ["pain_points", "personas", "trial", "way", "gain", "retention", "Counter", "time"])
def test_a_question_without_data_says_what_would_be_needed(about: str) -> None:
    a = answered([], about)
    assert not a.known and a.lead == "The data cannot say," and a.text.startswith("because ") and a.needed.startswith("To know it you would need ")


def test_the_same_answer_does_not_stand_twice() -> None:
    won = [verdict(beats=("newer",)), verdict(variant="newer", level=0.58)]
    twice = compose(won, params(questions=[{"ask": "Is it worth it?", "about": "trial"}, {"ask": "Which one?", "about": "trial"}])).answers
    assert [a.lead for a in twice] == ["Yes: build the new counter.", "The new counter:"]


def test_a_report_without_chapters_says_nothing_of_what_the_data_lack() -> None:
    """Interviews and tests may stand in the chapters that are missing: neither "nobody was interviewed" nor "the data cannot say" may be said."""
    asked = params(questions=[{"ask": "What hurts?", "about": "pain_points"}, {"ask": "Where from?", "about": "quotes"}])
    whole = compose([survey("Counter", 60, 100)], asked)
    assert any("nobody was interviewed" in u for u in whole.unknown) and whole.answers[1].lead == "The data cannot say,"
    part = compose([survey("Counter", 60, 100)], asked, absent=["Interview coding", "A/B tests"])
    assert part.answers[1].lead == "This report does not say," and part.answers[1].text == "because Interview coding and A/B tests are missing from it."
    assert part.unknown == ("What Interview coding and A/B tests would tell: missing from this report.",)
    assert not any(word in " ".join([*part.unknown, part.silent, *(a.text for a in part.answers)]) for word in ("nobody", "no test", "no place"))
    assert part.answers[0] == whole.answers[0]  # what is known is said all the same
    one = compose([], asked, absent=["Funnel"])
    assert one.silent == "No first step is named: Funnel is missing from this report." and one.answers[0].text == "because Funnel is missing from it."
    many = compose([], asked, absent=["A", "B", "C", "D"])
    assert many.answers[0].text == "because 4 of its chapters are missing from it." and "A, B, C and D" in many.unknown[0]
