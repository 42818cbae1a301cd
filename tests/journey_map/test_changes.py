"""Run differences: the interval against Newcombe's, and how often an unchanged figure is called changed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from cjm_research.journey_map.changes import Rank, compare, difference, rank_of, since
from cjm_research.results.result import Finding
from cjm_research.results.subjects import Opportunity, Pain
from cjm_research.stats.shares import share


def test_for_shares_it_is_newcombes_interval() -> None:
    new, old = share(56, 70), share(48, 80)
    found = difference(old, new)
    low, high = confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff")
    assert found is not None and (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)  # Newcombe 1998 II, table, method 10


def finding(key: str, k: int, n: int, **more: object) -> Finding:
    return Finding(key, f"{k} of {n}", "metric", share(k, n), stage="Buy", **more)  # type: ignore[arg-type]


def test_states() -> None:
    old = [finding("a", 100, 1000), finding("b", 100, 1000), finding("c", 5, 10), finding("d", 1, 10), Finding("q", "said", "quote", stage="Buy")]
    new = [finding("a", 200, 1000), finding("b", 103, 1000), finding("c", 5, 10), finding("e", 1, 10), Finding("q", "said", "quote", stage="Buy")]
    states = {c.new.key if c.new else c.old.key: c.state for c in compare(old, new)}  # type: ignore[union-attr]
    assert states == {"a": "changed", "b": "moved", "c": "same", "d": "vanished", "e": "appeared", "q": "same"}
    assert [c.state for c in compare(old, new)][0] == "changed"


def test_an_unchanged_figure_is_seldom_called_changed() -> None:
    rng = np.random.default_rng(4)
    called = sum(compare([finding("a", int(rng.binomial(400, 0.3)), 400)], [finding("a", int(rng.binomial(400, 0.3)), 400)])[0].state == "changed"
                 for _ in range(2000))
    assert called / 2000 < 0.065


def test_different_units_are_not_subtracted() -> None:
    from cjm_research.stats.means import Sample, mean

    assert difference(share(1, 2), mean(Sample(10, 1.0, 1.0))) is None


def test_many_equal_worlds_seldom_give_a_change_at_all() -> None:
    """A hundred figures redrawn from the same truth: taken together, changes are seldom called (Benjamini & Hochberg)."""
    rng = np.random.default_rng(11)
    called, plain = 0, 0
    for _ in range(40):
        old = [finding(f"k{i}", int(rng.binomial(400, 0.3)), 400) for i in range(100)]
        new = [finding(f"k{i}", int(rng.binomial(400, 0.3)), 400) for i in range(100)]
        found = compare(old, new)
        called += any(c.state == "changed" for c in found)
        plain += sum(c.difference is not None and (c.difference.low > 0 or c.difference.high < 0) for c in found)  # type: ignore[operator]
    assert plain / 4_000 == pytest.approx(0.05, abs=0.015)  # one by one, one in twenty would be called
    assert called <= 6


def test_parts_are_a_family_of_their_own() -> None:
    """A clear change about all customers is not lost among the figures of personas and channels."""
    old = [finding("a", 300, 1000)] + [finding(f"p{i}", 100, 1000, persona="P") for i in range(300)]
    new = [finding("a", 350, 1000)] + [finding(f"p{i}", 103, 1000, persona="P") for i in range(300)]
    found = compare(old, new)
    assert [c.state for c in found if c.whole] == ["changed"] and {c.state for c in found if not c.whole} == {"moved"}


def pain(rank: Rank, k: int = 30) -> Finding:
    return Finding("pain:survey:Pay", f"Pay: {k} % are not satisfied; rank {rank.rank} by survey", "pain", share(k, 100), stage="Buy", touchpoint="Pay",
                   subject=Pain("survey", "Pay", rank))


@pytest.mark.parametrize(("old", "new", "state"), [
    (Rank(1, 1, 1, 13), Rank(6, 4, 7, 13), "changed"),
    (Rank(2, 1, 4, 13), Rank(4, 3, 6, 13), "moved"),
    (Rank(2, 1, 4, 13), Rank(2, 1, 3, 13), "same"),
])
def test_ranks_change_where_their_ranges_part(old: Rank, new: Rank, state: str) -> None:
    found = compare([pain(old)], [pain(new)])[0]
    assert found.state == state and (found.ranks is not None) == (state != "same")


def test_a_pain_at_the_border_of_the_list_may_come_and_go_by_chance() -> None:
    sure, unsure = pain(Rank(1, 1, 1, 13)), pain(Rank(4, 3, 6, 13))
    assert compare([sure], [])[0].note == "" and "between 3 and 6" in compare([unsure], [])[0].note


def test_ranks_are_those_that_the_subject_tells() -> None:
    assert rank_of(pain(Rank(2, 1, 4, 13))) == Rank(2, 1, 4, 13)
    assert rank_of(Finding("q", "rank 2 of 3", "pain")) is None, "never read off a sentence"


def test_of_words_only_other_words_are_a_change() -> None:
    def chance(status: str, ranking: str, low: int, high: int) -> Finding:
        subject = Opportunity("Help", status, ranking=ranking, rank=Rank(2, low, high))
        return Finding("opportunity:x", f"Help ({', '.join(subject.standing)})", "opportunity", source="assumption", status="assumed", subject=subject)

    before = chance("proposed", "RICE 150, rank 2 between 1 and 3", 1, 3)
    assert compare([before], [chance("proposed", "RICE 171, rank 2", 2, 2)])[0].state == "moved"
    assert compare([before], [chance("tested", "RICE 150, rank 2 between 1 and 3", 1, 3)])[0].state == "changed"


def test_the_map_gets_marks_for_what_changed_and_appeared_only() -> None:
    old = [finding("a", 100, 1000), finding("b", 100, 1000), finding("d", 1, 10)]
    new = [finding("a", 200, 1000), finding("b", 103, 1000), finding("e", 1, 10)]
    found = since(old, new)
    assert {i: m["state"] for i, m in found["marks"].items()} == {new[0].id: "changed", new[2].id: "appeared"}
    assert found["marks"][new[0].id]["short"] == "+10.0\u202fpp" and "before 10.0" in found["marks"][new[0].id]["text"]
    assert [v["id"] for v in found["vanished"]] == [old[2].id] and since(new, new) == {"marks": {}, "vanished": []}
    assert json.loads(json.dumps(found)) == found
