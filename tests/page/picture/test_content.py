"""What the picture shows is chosen by its rules, from findings small enough to choose by hand."""

from __future__ import annotations

from typing import Any

import pytest

from cjm_research.page.picture.content import counted, picture_of
from cjm_research.results.subjects import Arrival, Code, Emotion, Flag, GoingOn, Pain, Quote, Reach, Subject, SurveyQuestion

STAGES = ("Find", "Choose", "Use")


def finding(fid: str, lane: str, stage: str, subject: Subject, *, source: str = "survey", n: int = 60, base: int = 100, low: float | None = None,
            high: float | None = None, value: float | None = None, unit: str = "share", **more: Any) -> dict[str, Any]:
    """A finding about all customers of the whole period."""
    share = n / base if value is None else value
    estimate = {"value": share, "low": share - 0.05 if low is None else low, "high": share + 0.05 if high is None else high, "n": n, "base": base,
                "unit": unit, "method": "by hand"}
    return {"id": fid, "key": fid, "lane": lane, "label": fid, "statement": f"statement of {fid}", "kind": "metric", "stage": stage, "touchpoint": None, "channel": None,
            "persona": None, "period": None, "source": source, "status": "backed", "caveats": [], "evidence": [], "estimate": estimate, "subject": subject.to_dict(), **more}


def a_map(*findings: dict[str, Any], **more: Any) -> dict[str, Any]:
    cells: dict[str, list[str]] = {}
    for f in findings:
        cells.setdefault(f"{f['lane']}|{f['stage']}", []).append(f["id"])
    return {"stages": [{"name": s, "goal": "", "touchpoints": []} for s in STAGES], "findings": list(findings), "cells": cells, "labels": {f["id"]: f["label"] for f in findings},
            "touchpoints": {"Till": {"channel": "store"}, "Cart": {"channel": "web"}}, **more}


def felt(stage: str, value: float, people: int = 9, spread: float = 0.3) -> dict[str, Any]:
    return finding(f"felt {stage}", "emotion", stage, Emotion("stage", stage), source="interview", n=people, base=people, value=value, low=value - spread, high=value + spread,
                   unit="score", kind="emotion")


@pytest.mark.parametrize(("n", "base", "said"), [(83, 100, "83 of 100"), (201, 241, "83 of 100"), (5, 7, "5 of 7"), (19, 19, "19 of 19"), (20, 20, "100 of 100"),
                                                 (7, 500, "14 of 1,000"), (4999, 5000, "more than 99 of 100"), (0, 5000, "0 of 100"), (5000, 5000, "100 of 100")])
def test_shares_are_told_as_people_count(n: int, base: int, said: str) -> None:
    assert counted({"n": n, "base": base, "value": n / base}) == said


def test_a_weighted_share_is_told_as_it_is() -> None:
    assert counted({"n": 50, "base": 100, "value": 0.61}) == "61 of 100"


def test_the_pain_is_what_people_say_and_the_surest_of_it() -> None:
    left = finding("left", "pain", "Choose", Pain("behaviour", "Cart"), source="behaviour", n=95, touchpoint="Cart")
    said = finding("said", "pain", "Choose", Code(("slow",)), source="interview", n=9, base=12, low=0.47, touchpoint="Cart")
    rated = finding("rated", "pain", "Choose", Pain("survey", "Till"), n=60, base=100, low=0.50, touchpoint="Till")
    flag = finding("flag", "pain", "Choose", Flag("Cart"), n=100)
    pain = picture_of(a_map(flag, left, said, rated)).stages[1].pain
    assert pain is not None
    assert (pain.side, pain.finding, pain.number, pain.channel) == ("pain", "rated", "60 of 100", "store")


def test_where_nobody_says_anything_people_leave_and_that_is_no_pain() -> None:
    left = finding("left", "pain", "Choose", Pain("behaviour", "Cart"), source="behaviour", n=40, touchpoint="Cart")
    few = finding("few", "pain", "Use", Pain("behaviour", "Cart"), source="behaviour", n=1, low=0.001)
    small = finding("small", "pain", "Find", Pain("behaviour", "Cart"), source="behaviour", n=9, base=10, low=0.6)
    find, choose, use = picture_of(a_map(left, few, small)).stages
    assert choose.pain is not None
    assert choose.pain.side == "leaving"
    assert find.pain is None
    assert use.pain is None


def test_two_voices_or_an_assumption_are_no_moment() -> None:
    two = finding("two", "pain", "Choose", Code(("slow",)), source="interview", n=2, base=12)
    guess = finding("guess", "gain", "Choose", Code(("calm",)), source="interview", n=9, base=12, status="assumed")
    choose = picture_of(a_map(two, guess)).stages[1]
    assert choose.pain is None
    assert choose.gain is None


def test_a_gain_of_a_survey_needs_a_sure_majority_at_another_place_than_the_pain() -> None:
    pain = finding("pain", "pain", "Choose", Pain("survey", "Till"), n=45, low=0.4, touchpoint="Till")
    same = finding("same", "satisfaction", "Choose", SurveyQuestion("till", "csat"), n=60, low=0.55, touchpoint="Till")
    unsure = finding("unsure", "satisfaction", "Use", SurveyQuestion("cart", "csat"), n=52, low=0.44, touchpoint="Cart")
    other = finding("other", "satisfaction", "Choose", SurveyQuestion("cart", "csat"), n=58, low=0.52, touchpoint="Cart")
    _, choose, use = picture_of(a_map(pain, same, unsure, other)).stages
    assert choose.gain is not None
    assert choose.gain.finding == "other"
    assert use.gain is None


def test_an_arrow_leads_to_the_next_stage_alone_and_only_where_that_can_be_seen() -> None:
    reach = {s: finding(f"reach {s}", "reach", s, Reach("stage", s), source="behaviour", n=100 - 20 * i) for i, s in enumerate(STAGES)}
    onward = finding("onward", "conversion", "Find", GoingOn("Find"), source="behaviour", n=90)
    arrive = finding("arrive", "conversion", "Find", Arrival("Find", "Choose"), source="behaviour", n=70)
    last = finding("last", "conversion", "Choose", GoingOn("Choose"), source="behaviour", n=50)
    same = finding("same", "conversion", "Find", GoingOn("Find", "Choose"), source="behaviour", n=90)
    through = picture_of(a_map(*reach.values(), same)).stages[0].arrival  # all who go on are seen in the next stage
    assert through is not None
    assert through.finding == "same"
    assert picture_of(a_map(*reach.values(), onward)).stages[0].arrival is None  # some later stage is not the next one
    find, choose, use = picture_of(a_map(*reach.values(), onward, arrive, last)).stages
    assert [s.arrival and s.arrival.finding for s in (find, choose, use)] == ["arrive", "last", None]
    unseen = {**reach["Choose"], "estimate": None, "label": "not observed"}
    find, choose, _ = picture_of(a_map(reach["Find"], unseen, onward, arrive)).stages
    assert find.arrival is None
    assert choose.reach is None
    assert choose.absent == "not observed"


def test_the_title_says_no_more_than_the_intervals() -> None:
    assert picture_of(a_map(felt("Find", 0.8), felt("Choose", -1.0), felt("Use", 0.5))).title == "People feel bad in one stage: Choose (9 interviewed)"
    assert picture_of(a_map(felt("Find", -0.8), felt("Choose", -1.0), felt("Use", 0.5))).title == "People feel bad in 2 of 3 stages: Find and Choose"
    # the interval holds zero; or two people are too few
    assert picture_of(a_map(felt("Find", 0.8), felt("Choose", -0.2))).title == "The journey in one picture"
    assert picture_of(a_map(felt("Find", 0.8), felt("Choose", -1.0, people=2))).title == "The journey in one picture"
    # three who all say the same have an interval of no width, and carry no title
    three = picture_of(a_map(felt("Find", 0.8), felt("Choose", -2.0, people=3, spread=0.0)))
    assert (three.title, three.bad, three.low) == ("The journey in one picture", (), 1)


def test_quotes_stand_at_the_low_and_the_high_and_are_of_their_side() -> None:
    def quote(fid: str, stage: str, text: str, touchpoint: str, valence: float | None, kind: str = "") -> dict[str, Any]:
        return finding(fid, "quotes", stage, Quote(fid, kind, valence), source="interview", kind="quote", estimate=None, touchpoint=touchpoint,
                       evidence=[{"kind": "quote", "quote": text, "speaker": "P1"}])

    pain = finding("pain", "pain", "Choose", Pain("survey", "Till"), n=80, touchpoint="Till")
    found = picture_of(a_map(
        felt("Find", 1.0), felt("Choose", -1.0), pain, quote("praise", "Choose", "Fine.", "Till", 2.0), quote("away", "Choose", "Bad cart.", "Cart", -2.0),
        quote("here", "Choose", "The till is slow, every time.", "Till", None, "pain"), quote("glad", "Find", "Lovely.", "", 1.0)))
    assert (found.low, found.high) == (1, 0)
    assert found.stages[1].voice is not None
    assert found.stages[1].voice.finding == "here"  # at the place of the pain, before the shorter one elsewhere
    assert found.stages[0].voice is not None
    assert found.stages[0].voice.finding == "glad"


def test_other_eyes_are_left_out_and_nothing_known_is_no_picture() -> None:
    part = {**finding("part", "pain", "Choose", Pain("survey", "Till")), "persona": "Ann"}
    assert not picture_of(a_map(part)).shown
    through = picture_of(a_map(part), persona="Ann").stages[1].pain
    assert through is not None
