"""Charts of funnels count what the funnel counts, say so in words, and stay readable whatever names and segments there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cjm_research.analysis.funnels import funnel
from cjm_research.errors import NotEnoughData
from cjm_research.plots import funnels as charts
from cjm_research.results.result import Result
from tests.studies import interactions, make_study

STEPS = [{"name": n, "event": n.lower()} for n in ("Visit", "Cart", "Order")]
LONG = "A step whose name goes on and on until nobody reads it"


def answered(tmp_path: Path, **rule: object) -> Result:
    """90 customers of whom a third each gets 1, 2 and 3 steps far, by channel; the last of all happens 40 days later."""
    rows = [(f"c{k}", event, f"2026-01-0{1 + i}T00:{k % 60:02d}:00") for k in range(90) for i, event in enumerate(("visit", "cart", "order")[:1 + k % 3])]
    log = interactions(*rows, ("last", "other", "2026-02-20T00:00:00"))
    log["channel"] = [("web", "app", "store")[int(c[1:]) % 3] if c != "last" else "web" for c in log["customer_id"]]
    log["session_id"] = log["customer_id"]
    study = make_study(tmp_path, {"interactions": log}, privacy={"min_cell": 1}, funnels=[{"name": "f", "window": "30d", "steps": STEPS, **rule}])
    return funnel(study, "f")


def words_of(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_what_is_counted_is_named(tmp_path: Path) -> None:
    people, sessions = answered(tmp_path / "a"), answered(tmp_path / "b", unit="session", window=None)
    for answer, who, other in ((people, "customers", "sessions"), (sessions, "sessions", "customers")):
        for chart in (charts.steps(answer), charts.after_drop(answer)):
            said = " ".join([chart.alt, chart.caption, *words_of(chart.svg())])
            assert who in said and other not in said


def test_only_estimates_have_intervals_and_only_open_ones_are_explained(tmp_path: Path) -> None:
    svg = charts.steps(answered(tmp_path)).svg()
    assert "90 entered" in words_of(svg) and any("60 of 90" in t for t in words_of(svg))
    assert svg.count('id="LineCollection') == 1 and len(re.findall(r"<path[^>]*class=|<path d=", svg.partition('id="LineCollection_1"')[2].partition("</g>")[0])) == 2
    assert not any("may still come" in t for t in words_of(svg)), "nobody is pending 40 days later"


def test_every_segment_has_its_row_name_and_size_and_each_step_its_panel(tmp_path: Path) -> None:
    answer = answered(tmp_path, breakdown=["channel", "source"])
    chart = charts.breakdown(answer)
    texts = words_of(chart.svg())
    assert [t for t in texts if "(n=" in t] == ["app (n=30)", "store (n=30)", "web (n=30)", "web (n=90)"]
    assert texts.count("Cart") == texts.count("Order") == 1 and "Visit" not in texts, "that all who entered did enter says nothing"
    assert "by channel and source" in chart.caption and "own scale" in chart.caption
    assert "app 0.0\u202f%" in chart.alt and "store 100.0\u202f%" in chart.alt


def test_long_names_are_cut_and_many_steps_stand_in_rows(tmp_path: Path) -> None:
    answer = answered(tmp_path, breakdown=["channel"], steps=[{"name": f"{LONG} {k}", "event": e} for k, e in enumerate(["visit", "cart", "order", "x", "y", "z"])])
    for chart in (charts.steps(answer), charts.breakdown(answer)):
        drawn = words_of(chart.svg())
        assert LONG in chart.alt and not any(LONG in t for t in drawn) and any(t.endswith("…") for t in drawn)


def test_nobody_left_and_no_order_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="in any order"):
        charts.after_drop(answered(tmp_path, order="unordered"))


def test_without_a_breakdown_the_card_says_which_key(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match=r"name one under `breakdown` of the funnel 'f'"):
        charts.breakdown(answered(tmp_path))


def test_what_came_next_has_its_number_at_the_bar(tmp_path: Path) -> None:
    chart = charts.after_drop(answered(tmp_path))
    assert "100.0\u202f% · 30" in words_of(chart.svg()) and not any("120" in t for t in words_of(chart.svg()))
