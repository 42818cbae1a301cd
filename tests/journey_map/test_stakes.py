"""Value at stake compares like with like: within the same channel and entry, weighted as those to level up; without overlap nothing is said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cjm_research.journey_map.stakes import _alike, _Reference, _strata, _strata_sql
from cjm_research.journey_map.views import halves
from cjm_research.log.onward import Places
from tests.log.test_onward import journey, simulated
from tests.studies import make_study

STORE, WEB, APP = ("store", "Visit"), ("web", "Visit"), ("web", "Search")


def reference(own: dict[tuple[str, str], tuple[int, int]], others: dict[tuple[str, str], tuple[int, int]]) -> _Reference:
    return _Reference("persona", "persona A", _alike(own, others), None)


def test_a_mix_of_channels_is_no_difference() -> None:
    """In each channel both go on alike: 80 of 100 in the store, 20 of 100 on the web; A comes to the store and the others do not. Crude: 74 % against 26 %."""
    r = reference({STORE: (144, 180), WEB: (4, 20)}, {STORE: (16, 20), WEB: (36, 180)})
    assert r.base == 200 and r.share == pytest.approx(r.actual) == pytest.approx(0.26)
    assert r.p == pytest.approx(1.0, abs=0.25)


def test_the_share_is_weighted_as_those_to_level_up() -> None:
    """By hand: the others are 40 in the store and 160 on the web; A goes on at 90 and 50 of 100 there."""
    r = reference({STORE: (90, 100), WEB: (50, 100)}, {STORE: (20, 40), WEB: (40, 160)})
    assert r.share == pytest.approx((40 * 0.9 + 160 * 0.5) / 200) and r.actual == pytest.approx(60 / 200)
    assert r.p < 1e-6


@pytest.mark.parametrize(("own", "others"), [
    ({STORE: (80, 100)}, {WEB: (20, 100)}),  # other channels
    ({WEB: (80, 100)}, {APP: (20, 100)}),  # the same channel, another entry
    ({STORE: (15, 19), WEB: (80, 100)}, {STORE: (40, 100), WEB: (5, 19)}),  # nobody has twenty of both
    ({STORE: (80, 100)}, {STORE: (20, 49), WEB: (10, 51)}),  # less than half of those to level up have their like
    ({STORE: (80, 100)}, {}),
])
def test_without_overlap_there_is_nothing_to_compare(own: dict[tuple[str, str], tuple[int, int]], others: dict[tuple[str, str], tuple[int, int]]) -> None:
    assert _alike(own, others) == ()


def test_half_of_those_to_level_up_are_enough_and_the_others_are_left_out() -> None:
    found = _alike({STORE: (80, 100)}, {STORE: (20, 50), WEB: (10, 50)})
    assert [(a.channel, a.entry, a.k, a.n, a.others_k, a.others_n) for a in found] == [("store", "Visit", 80, 100, 20, 50)]


@pytest.mark.parametrize("seed", [1, 2])
def test_strata_of_all_stages_are_what_the_evidence_of_each_selects(tmp_path: Path, seed: int) -> None:
    frame, told = simulated(seed, n=60)
    study = make_study(tmp_path, {"interactions": frame, "feedback": told}, journey=journey(), timezone="UTC")
    for half in (None, *halves(study)):
        places = Places(study, half)
        counted = _strata(places)
        # hardly anybody of the current half was observed as long as going on takes here
        assert half == halves(study)[1] or any(len(found) > 2 for found in counted.values())
        for stage in study.stages:
            rows = study.query(_strata_sql(places.seen[f"stage:{stage}"], places))
            of = Counter(zip(rows["channel"], rows["entry"], strict=True))
            went = Counter(zip(rows.loc[rows["went"], "channel"], rows.loc[rows["went"], "entry"], strict=True))
            assert counted[f"stage:{stage}"] == {key: (went[key], n) for key, n in of.items()}, stage
