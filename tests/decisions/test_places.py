"""Which place matters most, on findings made by hand."""

from __future__ import annotations

import pytest

from cjm_research.decisions.places import places, ranked

from .made import leaves, loss, says, step, survey


def test_a_source_is_strong_where_it_is_among_its_worst_and_large() -> None:
    found = places([survey("Counter", 60, 100), survey("Shelf", 15, 100, rank=2), survey("Door", 60, 100, rank=4), survey("Desk", 60, 100, clear=False)])
    assert {t: p.signals["survey"].strong for t, p in found.items()} == {"Counter": True, "Shelf": False, "Door": False, "Desk": False}


def test_thin_bases_and_what_is_about_single_groups_are_left_out() -> None:
    assert places([survey("Counter", 10, 12), survey("Shelf", 60, 100, persona="Young"), survey("Door", 60, 100, period="current")]) == {}


def test_what_people_do_is_no_pain_by_itself() -> None:
    alone = places([leaves("Counter", 900, 1000), loss("way", 2, "Shelf", 900, 1000)])
    assert ranked(alone) == [] and all(p.agreeing == 1 for p in alone.values())
    both = places([leaves("Counter", 900, 1000), survey("Counter", 40, 100)])
    assert [p.touchpoint for p in ranked(both)] == ["Counter"]


def test_more_sources_go_before_more_persons() -> None:
    found = places([leaves("Shelf", 5000, 6000), survey("Shelf", 50, 100), leaves("Counter", 300, 1000), survey("Counter", 50, 100, rank=2), says("Counter", "slow", 9)])
    assert [(p.touchpoint, p.agreeing) for p in ranked(found)] == [("Counter", 3), ("Shelf", 2)]


def test_persons_count_by_how_badly_and_by_what_follows() -> None:
    """300 × (.3 + .6) ÷ 2 × .9 = 121.5 against 600 × (.6 + .3) ÷ 2 × .3 = 81: nearer to the end weighs more."""
    found = places([loss("way", 2, "Shelf", 600, 1000), step("way", 2, "Shelf", 400, 1000), step("way", 3, "Counter", 300, 1000), survey("Shelf", 30, 100),
                    loss("pay", 2, "Counter", 300, 1000), step("pay", 2, "Counter", 700, 1000), step("pay", 3, "Door", 900, 1000), survey("Counter", 60, 100)])
    assert [(p.touchpoint, round(p.weight, 1)) for p in ranked(found)] == [("Counter", 121.5), ("Shelf", 81.0)]


@pytest.mark.parametrize(("other", "owner"), [([], "Shelf"), ([says("Counter", "slow", 9)], "Counter"), ([says("Shelf", "dark", 9)], "Shelf")])
def test_a_loss_between_two_places_is_of_the_one_that_others_speak_of(other: list, owner: str) -> None:
    found = places([loss("way", 2, "Shelf", 500, 1000), step("way", 2, "Counter", 500, 1000), *other])
    assert [t for t, p in found.items() if "behaviour" in p.signals] == [owner]
