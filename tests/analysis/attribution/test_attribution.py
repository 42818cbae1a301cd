"""Attribution against vendors' worked examples, enumeration, simulation and a recount in plain Python."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.attribution import Journeys, attribute, attribution, journeys_of
from cjm_research.analysis.attribution.markov import markov_shares, removal_effects
from cjm_research.engine.attribution import TITLES, weights
from cjm_research.engine.attribution.sums import transitions
from cjm_research.errors import BadInput, NotEnoughData
from tests.analysis.funnels.test_funnel_answer import journeys as random_journeys
from tests.studies import interactions, make_study


def made(*paths: tuple[str, bool], names: str = "ABC") -> Journeys:
    """Journeys written as ("ABA", converted), one a customer, a day between touches."""
    journey = np.repeat(np.arange(len(paths)), [len(p) for p, _ in paths])
    touch = np.array([names.index(c) for p, _ in paths for c in p])
    age = np.array([(len(p) - 1 - i) * 86_400_000_000 for p, _ in paths for i in range(len(p))])
    hit = np.array([c for _, c in paths])
    return Journeys(journey, touch, age, np.arange(len(paths)), hit, np.where(hit, 10.0, 0.0), list(names))


def moves(paths: Journeys) -> np.ndarray:
    """The transitions of all journeys."""
    return transitions(paths, np.zeros(len(paths.customer), dtype=np.int64), 1)[0]


def test_published_examples(oracle, tmp_path):
    cases = oracle("attribution_cases")
    rows = [{"customer_id": "p", "event": "visit", "channel": c, "occurred_at": pd.Timestamp(d, tz="UTC"), "session_id": f"s{s}"} for c, d, s in cases["journey"]]
    rows.append({"customer_id": "p", "event": "order", "channel": None, "occurred_at": pd.Timestamp(cases["conversion"]["date"], tz="UTC"), "session_id": "s3",
                 "value": cases["conversion"]["value"]})
    frame = pd.DataFrame(rows).assign(source="x", interaction_id=[f"i{k}" for k in range(len(rows))])
    study = make_study(tmp_path, {"interactions": frame}, privacy={"min_cell": 1})
    names = {"first_touch": "first", "last_touch": "last"}
    for case in cases["cases"]:
        model = names.get(case["model"], case["model"])
        answer = attribution(study, "order", models=[model], lookback="session" if case["lookback"] == "session" else None, touch_events=["visit"],
                             half_life_days=case.get("half_life_days", 7), draws=0)
        found = {r["touch"]: round(r["amount"], 2) for r in answer["credits"].to_dict("records") if r["amount"] > 0}
        assert found == case["expected"], case


def test_published_shapes(oracle):
    for model, by_length in oracle("attribution_cases")["shape_rules"].items():
        if not isinstance(by_length, dict):
            continue
        for length, expected in by_length.items():
            path = made(("A" * int(length), True))
            assert weights(path, model).tolist() == pytest.approx(expected), (model, length)
    assert weights(made(("ABA", True)), "participation").tolist() == [1, 1, 0]


@pytest.mark.parametrize("model", ["first", "last", "linear", "u_shaped", "j_shaped", "inverse_j", "time_decay", "custom", "shapley"])
def test_every_rule_divides_one_conversion(model):
    paths = made(("A", True), ("AB", True), ("ABCABCA", True), ("CC", False))
    w = weights(paths, model, custom={"first": 0.3, "middle": 0.7, "last": 0.0})
    assert np.add.reduceat(w, paths.first[:-1]).tolist() == pytest.approx([1] * 4)
    assert (w >= 0).all()


def test_own_weights_are_scaled():
    """As Adobe has it: "normalized to 100% even if the custom numbers entered do not add to 100"; of two touches the middle is ignored."""
    paths = made(("A", True), ("AB", True), ("ABCBA", True))
    w = weights(paths, "custom", custom={"first": 30, "middle": 60, "last": 10})
    assert w.tolist() == pytest.approx([1, 0.75, 0.25, 0.3, 0.2, 0.2, 0.2, 0.1])


@pytest.mark.parametrize(("given", "expected"), [
    # a worked example known from many introductions: A→B→C converts, A and B→C do not
    ({"ABC": (1, 0), "A": (0, 1), "BC": (0, 1)}, {"A": 0.5, "B": 1.0, "C": 1.0}),
    # the removal effects of a published test of DP6's Marketing-Attribution-Models: journeys of five visitors, one with two conversions
    ({"DGD": (1, 0), "SD": (0, 1), "DCD": (3, 0), "SDD": (1, 0), "DDSD": (1, 0)}, {"C": 0.3, "G": 0.125, "S": 0.375, "D": 1.0}),
])
def test_published_removal_effects(given, expected):
    names = "".join(sorted(expected))
    paths = made(*[(p, hit) for p, counts in given.items() for hit, n in zip((True, False), counts, strict=True) for _ in range(n)], names=names)
    assert dict(zip(names, removal_effects(moves(paths), len(names))[0], strict=True)) == pytest.approx(expected)


def test_credit_adds_up_to_conversions_and_money():
    rng = np.random.default_rng(3)
    paths = made(*[("".join(rng.choice(list("ABC"), rng.integers(1, 8))), bool(rng.random() < 0.6)) for _ in range(60)])
    paths = dataclasses.replace(paths, value=np.where(paths.converted, rng.random(60) * 100, 0.0))
    models = [m for m in TITLES if m not in ("participation", "same_touch")]
    credits_ = attribute(paths, models=models, custom={"first": 1, "middle": 1, "last": 2}, draws=0)["credits"].groupby("model")[["conversions", "amount"]].sum()
    assert credits_.loc[models, "conversions"].tolist() == pytest.approx([paths.converted.sum()] * len(models))
    assert credits_.loc[models, "amount"].tolist() == pytest.approx([paths.value.sum()] * len(models))


def test_same_touch_credits_the_conversions_own_event(tmp_path):
    """Adobe: "credit to the same event where the conversion occurred"; else none. A touch at the instant, but of another event, is not it."""
    at = [("a", "visit", "1", "mail"), ("a", "order", "2", "web"), ("b", "visit", "3", "mail"), ("b", "order", "3", None), ("c", "order", "4", "app"),
          ("c", "order", "5", "web"), ("d", "order", "6", None)]
    frame = interactions(*[(c, e, f"2024-01-0{d}") for c, e, d, _ in at]).assign(channel=[x[3] for x in at], value=[None, 5.0, None, 7.0, 11.0, 13.0, 17.0])
    study = make_study(tmp_path, {"interactions": frame}, privacy={"min_cell": 1})
    answer = attribution(study, "order", models=["same_touch", "last"], lookback=None, touch_events=["visit", "order"], draws=20)
    credit = answer["credits"].set_index(["model", "touch"])
    assert credit.loc["same_touch", "amount"].to_dict() == {"web": 18.0, "app": 11.0, "mail": 0.0, "(no touch)": 7.0}
    assert credit.loc["same_touch", "conversions"].to_dict() == {"web": 2.0, "app": 1.0, "mail": 0.0, "(no touch)": 1.0}
    assert credit.loc["last", "amount"].to_dict() == {"web": 18.0, "app": 11.0, "mail": 7.0}
    assert answer.facts["untouched"] == 1 and (credit["low"] <= credit["value"]).all() and (credit["value"] <= credit["high"]).all()
    with pytest.raises(BadInput, match="journeys taken from a log"):
        weights(made(("A", True)), "same_touch")


def test_very_old_touches_do_not_underflow():
    paths = Journeys(np.array([0, 0]), np.array([0, 1]), np.array([4000, 4007]) * 86_400_000_000, np.array([0]), np.array([True]), np.array([1.0]), ["A", "B"])
    assert weights(paths, "time_decay").tolist() == pytest.approx([2 / 3, 1 / 3])


def markov_by_walking(paths: Journeys, removed: str | None, steps: int = 400) -> float:
    """P(convert) by pushing probability along the chain step by step."""
    moves: Counter[tuple[str, str]] = Counter()
    for k in range(len(paths.customer)):
        names = [paths.names[t] for t in paths.touch[paths.journey == k]]
        moves.update(itertools.pairwise(["(start)", *names, "(yes)" if paths.converted[k] else "(no)"]))
    out: Counter[str] = Counter()
    for (a, _), n in moves.items():
        out[a] += n
    at = {"(start)": 1.0}
    done = 0.0
    for _ in range(steps):
        following: dict[str, float] = {}
        for a, p in at.items():
            for (x, b), n in moves.items():
                if x == a and b != removed:
                    share = p * n / out[a]
                    if b == "(yes)":
                        done += share
                    elif b != "(no)":
                        following[b] = following.get(b, 0) + share
        at = following
    return done


def test_markov_removal_effects():
    rng = np.random.default_rng(5)
    paths = made(*[("".join(rng.choice(list("ABC"), rng.integers(1, 6))), bool(rng.random() < 0.4)) for _ in range(80)])
    effects, whole = removal_effects(moves(paths), 3)
    assert whole == pytest.approx(markov_by_walking(paths, None))
    for k, name in enumerate("ABC"):
        assert effects[k] == pytest.approx(1 - markov_by_walking(paths, name) / whole)
    shares = markov_shares(moves(paths), 3)
    assert shares.sum() == pytest.approx(1)


def test_markov_by_hand():
    # A→B→yes, A→no, B→yes: without B nothing converts; without A only the direct B does
    effects, whole = removal_effects(moves(made(("AB", True), ("A", False), ("B", True), names="AB")), 2)
    assert whole == pytest.approx(2 / 3) and effects.tolist() == pytest.approx([0.5, 1.0])


def test_shapley_is_the_mean_over_all_orders():
    paths = made(("AB", True), ("A", True), ("BCA", True), ("CC", True), ("B", False), ("ABC", True))

    def worth(allowed: frozenset[str]) -> int:
        return sum(bool(paths.converted[k]) and {paths.names[t] for t in paths.touch[paths.journey == k]} <= allowed for k in range(6))

    expected = dict.fromkeys("ABC", 0.0)
    for order in itertools.permutations("ABC"):
        for i, name in enumerate(order):
            expected[name] += (worth(frozenset(order[:i + 1])) - worth(frozenset(order[:i]))) / math.factorial(3)
    found = np.bincount(paths.touch, weights=weights(paths, "shapley") * paths.converted[paths.journey])
    assert dict(zip("ABC", found.tolist(), strict=True)) == pytest.approx(expected)


@pytest.mark.parametrize("drawn", [20_000, 60])
def test_intervals_cover_the_truth(drawn: int, monkeypatch: pytest.MonkeyPatch):
    """Over repeated samples from a known process the 95 % intervals hold the long-run shares about as often as they say;
    drawn 60: from random groups of five customers, as of very many customers."""
    monkeypatch.setattr("cjm_research.analysis.attribution.answer._DRAWN", drawn)

    def sample(rng: np.random.Generator, size: int) -> Journeys:
        return made(*[("".join(rng.choice(list("ABC"), rng.integers(1, 5), p=[0.5, 0.3, 0.2])), bool(rng.random() < 0.5)) for _ in range(size)])

    truth = {m: attribute(sample(np.random.default_rng(0), 20_000), models=[m], draws=0)["credits"]["value"].to_numpy() for m in ("linear", "shapley", "markov")}
    hits = dict.fromkeys(truth, 0)
    runs = 24
    for k in range(runs):
        answer = attribute(sample(np.random.default_rng(100 + k), 300), models=list(truth), draws=150, seed=k)
        for m, part in answer["credits"].groupby("model"):
            hits[m] += int(((part["low"] <= truth[m]) & (truth[m] <= part["high"])).sum())
    for m, n in hits.items():
        assert 0.87 <= n / (3 * runs) <= 1.0, (m, n)


def test_groups_of_customers_have_the_width_of_customers(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(8)
    paths = made(*[("".join(rng.choice(list("ABC"), rng.integers(1, 5), p=[0.6, 0.3, 0.1])), bool(rng.random() < 0.4)) for _ in range(8_000)])
    width = []
    for drawn in (20_000, 2_000):
        monkeypatch.setattr("cjm_research.analysis.attribution.answer._DRAWN", drawn)
        credits_ = attribute(paths, models=["first", "shapley", "markov"], draws=1_500)["credits"]
        width.append((credits_["high"] - credits_["low"]).to_numpy())
    assert width[1] == pytest.approx(width[0], rel=0.12)  # four errors of the difference
    assert not np.array_equal(*width)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("attribution"), {"interactions": random_journeys(2, customers=80, events=700)}, privacy={"min_cell": 1})


def recount(frame: pd.DataFrame, lookback: pd.Timedelta | None, begin: pd.Timestamp | None = None,
            end: pd.Timestamp | None = None) -> tuple[Counter[tuple[Any, ...]], int, int]:
    """(paths with outcome, untouched conversions, pending) in plain Python; touches are the events `view`. begin: of the period
    in which journeys end; end: of observation."""
    out: Counter[tuple[Any, ...]] = Counter()
    untouched = pending = 0
    end = end or frame["occurred_at"].max()
    begin = begin or frame["occurred_at"].min()
    for _, rows in frame.sort_values(["customer_id", "occurred_at", "interaction_id"]).groupby("customer_id"):
        touches = [(t, c) for t, e, c in zip(rows["occurred_at"], rows["event"], rows["channel"], strict=True) if e == "view" and pd.notna(c)]
        goals = list(rows.loc[rows["event"] == "buy", "occurred_at"])
        used: set[int] = set()
        null: dict[int, list[int]] = {}
        by_goal: dict[int, list[int]] = {}
        for i, (t, _) in enumerate(touches):
            following = next((k for k, g in enumerate(goals) if g >= t), None)
            if following is not None and (lookback is None or goals[following] - t <= lookback):
                by_goal.setdefault(following, []).append(i)
            else:
                null.setdefault(len(goals) if following is None else following, []).append(i)
        by_goal = {k: found for k, found in by_goal.items() if goals[k] >= begin}
        for found in by_goal.values():
            out[(True, *(touches[i][1] for i in found))] += 1
            used.update(found)
        for found in null.values():
            if touches[found[-1]][0] < begin:
                continue
            if lookback is not None and touches[found[-1]][0] > end - lookback:
                pending += 1
            else:
                out[(False, *(touches[i][1] for i in found))] += 1
        untouched += sum(g >= begin for g in goals) - len(by_goal)
    return out, untouched, pending


@pytest.mark.parametrize("lookback", [None, 2.0])
def test_journeys(study, lookback):
    frame = study.query("SELECT * FROM interactions")
    expected, untouched, pending = recount(frame, None if lookback is None else pd.Timedelta(days=lookback))
    found = journeys_of(study, "buy", "channel", None if lookback is None else lookback * 86400, ["view"])
    paths: Counter[tuple[Any, ...]] = Counter()
    for k in range(len(found.customer)):
        paths[(bool(found.converted[k]), *(found.names[t] for t in found.touch[found.journey == k]))] += 1
    assert paths == expected
    assert (found.untouched, found.pending) == (untouched, pending)


@pytest.mark.parametrize("lookback", [None, 2.0])
def test_touches_before_the_period_lead_to_conversions_in_it(tmp_path, lookback):
    """The period's journeys are those of the whole log that end in it, however early their touches."""
    frame = random_journeys(2, customers=80, events=700)
    zone = "Europe/Berlin"
    days = frame["occurred_at"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d").sort_values()
    start, end = days.iloc[200], days.iloc[500]
    begin, until = (pd.Timestamp(d, tz=zone) + pd.Timedelta(days=k) for d, k in ((start, 0), (end, 1)))
    study = make_study(tmp_path, {"interactions": frame}, privacy={"min_cell": 1}, timezone=zone, period={"start": start, "end": end})
    seen = frame[frame["occurred_at"] < until]
    expected, untouched, pending = recount(seen, None if lookback is None else pd.Timedelta(days=lookback), begin, until - pd.Timedelta(microseconds=1))
    found = journeys_of(study, "buy", "channel", None if lookback is None else lookback * 86400, ["view"])
    paths: Counter[tuple[Any, ...]] = Counter()
    for k in range(len(found.customer)):
        paths[(bool(found.converted[k]), *(found.names[t] for t in found.touch[found.journey == k]))] += 1
    assert paths == expected and (found.untouched, found.pending) == (untouched, pending)
    assert attribution(study, "buy", lookback=None, draws=0).facts["conversions"] <= ((frame["event"] == "buy") & frame["occurred_at"].between(begin, until)).sum()


def test_answer(study):
    answer = attribution(study, "buy", lookback="3d", draws=50)
    credits = answer["credits"]
    assert credits.groupby("model")["value"].sum().tolist() == pytest.approx([1.0] * credits["model"].nunique())
    assert (credits["low"] <= credits["value"] + 1e-9).all() and (credits["value"] <= credits["high"] + 1e-9).all()
    assert answer.caveats[0].startswith("Attribution divides the credit")
    again = attribution(study, "buy", lookback="3d", draws=50)["credits"]
    pd.testing.assert_frame_equal(credits, again)


def test_bad_names_and_no_data(study, tmp_path):
    for options, word in (({"conversion": "buy", "models": ["lst"]}, "last"), ({"conversion": "buy", "touch": "chanel"}, "channel"),
                          ({"conversion": "buy", "lookback": "30"}, "duration"), ({"conversion": "buy", "models": ["custom"]}, "add up to 1"),
                          ({"conversion": "buy", "models": []}, "first, last"), ({"conversion": "buy", "draws": -1}, "whole number"),
                          *(({"conversion": "buy", "half_life_days": bad}, "more than 0") for bad in (0, -1, float("nan"), float("inf"))),
                          *(({"conversion": "buy", "models": ["custom"], "custom": {"first": bad, "middle": 0, "last": 0}}, "add up to 1")
                            for bad in (0, -1, "a", float("nan"), float("inf")))):
        with pytest.raises(BadInput, match=word):
            attribution(study, **options)
    with pytest.raises(NotEnoughData, match="Did you mean 'buy'"):  # what one client lacks does not break a report
        attribution(study, "bye")
    with pytest.raises(NotEnoughData, match="no event has a channel"):
        attribution(make_study(tmp_path, {"interactions": interactions(("a", "buy", "2024-01-01"))}), "buy")


def test_weights_are_the_same_drawn_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    from cjm_research.analysis.attribution import answer

    whole = np.random.default_rng(3).poisson(1.0, (7, 5))
    monkeypatch.setattr(answer, "_PIECE", 11)  # two draws a piece
    assert answer._weights(np.random.default_rng(3), 7, 5).tolist() == whole.tolist()
