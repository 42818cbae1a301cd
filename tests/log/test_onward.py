"""Places of the journey counted anew in plain Python, from the definitions in docs/methods/journey-map.md."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.errors import NotEnoughData
from cjm_research.journey_map.views import halves
from cjm_research.log.onward import Places, horizons_of, places_of
from cjm_research.results.evidence import fingerprint
from tests.studies import make_study

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2026-01-01T06:00", tz="UTC")
#: stage → touchpoints; Letters has neither rule nor record; Rating is known from feedback alone
STAGES: dict[str, dict[str, dict[str, Any]]] = {
    "Look": {"Ad": {}, "Site": {}}, "Buy": {"Cart": {}, "Till": {}}, "Use": {"App": {}, "Rating": {"feedback": ["stars"]}, "Letters": {}},
    "Back": {"Return": {"unwanted": True}}}


def journey(unwanted: bool = True) -> dict[str, Any]:
    stages = []
    for name, touchpoints in STAGES.items():
        listed = []
        for t, more in touchpoints.items():
            rule = {} if t in ("Rating", "Letters") else {"match": {"event": t.lower()}}
            listed.append({"name": t, **rule, **(more if unwanted or "unwanted" not in more else {})})
        stages.append({"name": name, "touchpoints": listed})
    return {"stages": stages}


def simulated(seed: int, n: int = 40, days: int = 60) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Random walks with many tied instants, and a rating now and then."""
    rng = np.random.default_rng(seed)
    places = [(s, t) for s, ts in STAGES.items() for t in ts if t not in ("Rating", "Letters")]
    rows, told = [], []
    for c in range(n):
        for _ in range(int(rng.integers(1, 7))):
            stage, touchpoint = places[int(rng.choice(len(places), p=[.25, .25, .2, .1, .15, .05]))]
            rows.append((f"c{c}", touchpoint.lower(), START + DAY * int(rng.integers(0, days)), stage, touchpoint, str(rng.choice(["web", "shop"]))))
        if rng.random() < 0.3:
            told.append((f"f{c}", f"c{c}" if rng.random() < 0.8 else None, START + DAY * int(rng.integers(0, days)), "Rating", "Use"))
    frame = pd.DataFrame(rows, columns=["customer_id", "event", "occurred_at", "stage", "touchpoint", "channel"])
    frame.insert(0, "interaction_id", [f"i{k}" for k in range(len(frame))])
    return frame.assign(source="web"), pd.DataFrame(told, columns=["feedback_id", "customer_id", "published_at", "touchpoint", "stage"]).assign(source="stars", text="x")


def contacts(frame: pd.DataFrame, told: pd.DataFrame) -> dict[str, list[tuple[pd.Timestamp, str, str, str | None]]]:
    out: dict[str, list[Any]] = {}
    for r in frame.itertuples():
        out.setdefault(r.customer_id, []).append((r.occurred_at, r.stage, r.touchpoint, r.channel))
    for r in told.itertuples():
        if isinstance(r.customer_id, str):
            out.setdefault(r.customer_id, []).append((r.published_at, r.stage, r.touchpoint, None))
    return out


def is_at(place: str, c: tuple[Any, ...]) -> bool:
    kind, _, name = place.partition(":")
    if kind == "touchpoint":
        return bool(c[2] == name)
    stage, _, channel = name.partition("\x1f")
    return bool(c[1] == stage and (not channel or c[3] == channel))


class ByHand:
    """The definitions, one after the other, over one customer at a time."""

    def __init__(self, known: dict[str, list[Any]], period: tuple[pd.Timestamp, pd.Timestamp] | None, unwanted: bool) -> None:
        # what lies behind the period's end is not known yet
        self.known = {c: kept for c, cs in known.items() if (kept := [x for x in cs if period is None or x[0] < period[1]])}
        self.period = period
        self.bad = {"Return"} if unwanted else set()
        self.order = list(STAGES)
        self.stage_of = {t: s for s, ts in STAGES.items() for t in ts}
        self.until = max(m for cs in known.values() for m, *_, ch in cs if ch is not None and self.inside(m)) if period is None else period[1]

    def inside(self, moment: pd.Timestamp) -> bool:
        return self.period is None or self.period[0] <= moment < self.period[1]

    def visible(self) -> dict[str, list[Any]]:
        return {c: cs for c, cs in self.known.items() if any(self.inside(m) for m, *_ in cs)}

    def rows(self, place: str, half: Any = None) -> list[dict[str, Any]]:
        """The entrants of a place: everything the definitions ask of each."""
        kind, _, name = place.partition(":")
        stage = self.stage_of[name] if kind == "touchpoint" else name.partition("\x1f")[0]
        k = self.order.index(stage)
        later = self.order[k + 1:]
        out = []
        for c, cs in self.visible().items():
            here = [m for m, *x in cs if is_at(place, (m, *x))]
            if not here or not self.inside(min(here)):
                continue
            first = min(here)
            good = [x for x in cs if x[2] not in self.bad]
            onward = [m for m, s, *_ in good if s in later and m >= first]
            near = [m for m, s, *_ in good if later and s == later[0] and m >= first]
            other = [m for m, s, t, _ in good if self.order.index(s) >= k and t != name and m >= first] if kind == "touchpoint" else onward
            further = any(s in later and m < first for m, s, *_ in good)
            out.append({"id": c, "first": first, "onward": min(onward, default=None), "next": min(near, default=None), "other": min(other, default=None), "further": further})
        return out


def horizon(rows: list[dict[str, Any]], kind: str) -> float | None:
    spent = sorted((r[kind] - r["first"]).total_seconds() for r in rows if r[kind] is not None)
    return spent[max(0, math.ceil(0.9 * len(spent)) - 1)] if spent else None


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("period", [None, ("2026-01-10", "2026-02-18")])
@pytest.mark.parametrize("unwanted", [True, False])
def test_every_place_by_hand(tmp_path: Path, seed: int, period: tuple[str, str] | None, unwanted: bool) -> None:
    frame, told = simulated(seed)
    more = {"period": {"start": period[0], "end": period[1]}} if period else {}
    study = make_study(tmp_path, {"interactions": frame, "feedback": told}, journey=journey(unwanted), timezone="UTC", **more)
    span = (pd.Timestamp(period[0], tz="UTC"), pd.Timestamp(period[1], tz="UTC") + DAY) if period else None
    hand = ByHand(contacts(frame, told), span, unwanted)
    places = places_of(study)
    assert places.everybody == len(hand.visible())
    assert len(places.seen) == 4 * 3 + 8
    longest = max(h for s in STAGES if (h := horizon(hand.rows(f"stage:{s}"), "onward")) is not None)
    for name, seen in places.seen.items():
        rows = hand.rows(name)
        observer = name.partition("\x1f")[0]
        least = horizon(hand.rows(observer), "other" if name.startswith("touchpoint") else "onward")
        least = longest if least is None else least  # nobody ever went on from there
        assert seen.horizon_s == (pytest.approx(least) if least is not None else None), name
        mature = [r for r in rows if least is None or r["first"] + pd.Timedelta(seconds=least) <= hand.until]
        went = "other" if name.startswith("touchpoint") else "onward"
        assert seen.reached == sum(any(is_at(name, x) and hand.inside(x[0]) for x in cs) for cs in hand.visible().values()), name
        assert (seen.entered, seen.base) == (len(rows), len(mature)), name
        assert seen.onward == sum(r["onward"] is not None for r in mature), name
        assert seen.arrived == sum(r["next"] is not None for r in mature), name
        immature = [r for r in rows if r not in mature]
        assert (seen.pending, seen.early) == (sum(r[went] is None for r in immature), sum(r[went] is not None for r in immature)), name
        assert seen.progress == sum(not r["further"] for r in mature), name
        if name.startswith("touchpoint"):
            assert seen.stopped == sum(not r["further"] and r["other"] is None for r in mature), name
        assert seen.ended == 0 and (name != "touchpoint:Letters" or seen.unobserved)
        for measure, e in seen.evidence.items():
            assert fingerprint(study, e.sql) == (e.rows, e.rows_sha256), (name, measure)


@pytest.mark.parametrize("seed", range(2))
def test_halves_compare_newcomers_over_equal_time(tmp_path: Path, seed: int) -> None:
    frame, told = simulated(seed, n=60)
    study = make_study(tmp_path, {"interactions": frame, "feedback": told}, journey=journey(), timezone="UTC")
    hand = ByHand(contacts(frame, told), None, True)
    came = {c: min(m for m, *_ in cs) for c, cs in hand.known.items()}
    longest = max(h for s in STAGES if (h := horizon(hand.rows(f"stage:{s}"), "onward")) is not None)
    for half in halves(study):
        places = Places(study, half)
        start, end = pd.Timestamp(half.start, tz="UTC"), pd.Timestamp(half.end, tz="UTC") + DAY
        assert places.everybody == sum(start <= m < end for m in came.values())
        for name, seen in places.seen.items():
            observer = name.partition("\x1f")[0]
            least = horizon(hand.rows(observer), "other" if name.startswith("touchpoint") else "onward")
            least = longest if least is None else least
            length = pd.Timedelta(seconds=least)
            mature = [r for r in hand.rows(name) if start <= r["first"] < end and (least is None or r["first"] + length <= hand.until)]
            assert seen.base == len(mature)
            assert seen.onward == sum(r["onward"] is not None and (least is None or r["onward"] <= r["first"] + length) for r in mature), name
            reached = {c: min((m for m, *x in cs if is_at(name, (m, *x))), default=None) for c, cs in hand.known.items()}
            spent = sorted((m - came[c]).total_seconds() for c, m in reached.items() if m is not None)
            allowed = pd.Timedelta(seconds=spent[max(0, math.ceil(0.9 * len(spent)) - 1)] if spent else 0)
            base = [c for c, m in came.items() if start <= m < end and m + allowed <= hand.until]
            assert seen.customers == len(base), name
            assert seen.reached == sum(reached[c] is not None and reached[c] <= came[c] + allowed for c in base), name
            for measure, e in seen.evidence.items():
                assert fingerprint(study, e.sql) == (e.rows, e.rows_sha256), (name, measure)


def test_groups_are_observed_as_long_as_everybody(tmp_path: Path) -> None:
    frame, told = simulated(3)
    study = make_study(tmp_path, {"interactions": frame, "feedback": told}, journey=journey(), timezone="UTC")
    seen = study.only("some", sorted(frame["customer_id"].unique())[:10])
    assert horizons_of(seen) == horizons_of(study)
    assert places_of(seen).everybody == 10


def small(tmp_path: Path, rows: list[tuple[str, str, int]], **journey_more: Any) -> Any:
    """(customer, event, day): events `look`, `buy`, others lie nowhere but at what their name says."""
    place = {"look": ("Look", "Site"), "buy": ("Buy", "Till"), "delivered": ("Use", "Parcel")}
    frame = pd.DataFrame([{"interaction_id": f"i{k}", "customer_id": c, "event": e, "occurred_at": START + DAY * d, "source": "web",
                           "stage": place.get(e, (None, None))[0], "touchpoint": place.get(e, (None, None))[1]} for k, (c, e, d) in enumerate(rows)])
    stages = [{"name": s, "touchpoints": [{"name": t, "match": {"event": e}}]} for e, (s, t) in place.items()]
    return make_study(tmp_path, {"interactions": frame}, journey={"stages": stages, **journey_more}, timezone="UTC")


def test_who_met_an_end_is_neither_lost_nor_pending(tmp_path: Path) -> None:
    rows = [("a", "look", 0), ("a", "declined", 2), ("b", "look", 0), ("b", "buy", 5), ("c", "look", 0), ("d", "look", 18), ("e", "look", 18), ("e", "declined", 19), ("z", "ping", 20)]
    seen = places_of(small(tmp_path, rows, ends=[{"event": "declined"}])).seen
    look = seen["stage:Look"]
    assert (look.base, look.onward, look.ended, look.pending) == (3, 1, 1, 1)  # d can still come, e cannot
    site = seen["touchpoint:Site"]
    assert (site.progress, site.stopped) == (3, 1)
    without = places_of(small(tmp_path / "x", rows)).seen["stage:Look"]
    assert (without.base, without.onward, without.ended, without.pending) == (3, 1, 0, 2)


def test_what_the_company_does_is_no_contact(tmp_path: Path) -> None:
    rows = [("a", "look", 0), ("a", "buy", 1), ("a", "delivered", 3), ("b", "look", 0), ("z", "ping", 9)]
    seen = places_of(small(tmp_path, rows)).seen
    assert seen["touchpoint:Parcel"].unobserved == seen["stage:Use"].unobserved == "only what the company or systems did lies there"
    assert seen["stage:Buy"].onward == 0
    from cjm_research.params.schema import Params

    declared = small(tmp_path / "x", rows)
    mine = declared.with_params(actors=Params.model_validate({"client": "x", "actors": {"customer": [{"event": "delivered"}]}}).actors)
    assert places_of(mine).seen["touchpoint:Parcel"].reached == 1


def test_a_share_makes_no_place_a_goal(tmp_path: Path) -> None:
    rows = [("a", "look", 0), ("a", "buy", 1), ("b", "look", 0), ("z", "ping", 9)]
    study = small(tmp_path, rows)
    share = {"name": "any", "steps": [{"name": "Any", "event": "*"}]}
    to_any = {"name": "to", "steps": [{"name": "Look", "event": "look"}, {"name": "Any", "event": "*"}]}
    sale = {"name": "sale", "steps": [{"name": "Look", "event": "look"}, {"name": "Buy", "event": "buy"}]}
    assert places_of(study.with_params(funnels=[share, to_any])).goals == {"Parcel"}  # of the last stage
    assert places_of(study.with_params(funnels=[share, sale])).goals == {"Parcel", "Till"}


def test_actions_are_what_customers_do(tmp_path: Path) -> None:
    from cjm_research.journey_map.actions import customer_actions

    rows = [("a", "look", 0), ("a", "delivered", 3), ("b", "look", 0)]
    assert set(customer_actions(small(tmp_path, rows))["actions"]["event"]) == {"look"}


def test_where_nobody_could_be_seen_afterwards_nobody_is_lost(tmp_path: Path) -> None:
    from cjm_research.journey_map.pains import pain_points
    from cjm_research.journey_map.stages import stage_metrics

    rows = [(f"a{k}", e, d) for k in range(30) for e, d in (("look", 0), ("buy", 5))] + [(f"b{k}", "look", 0) for k in range(10)]
    for name, more in (("company", [(f"a{k}", "delivered", 7) for k in range(30)]), ("nobody", [])):
        study = small(tmp_path / name, [*rows, *more, ("z", "ping", 40)])
        if not more:  # the last stage has neither a rule nor a record
            study = study.with_params(journey={"stages": [*study.params.model_dump()["journey"]["stages"][:2], {"name": "Use", "touchpoints": [{"name": "Letters"}]}]})
        places = places_of(study)
        assert places.seen["stage:Use"].unobserved and places.ahead(places.seen["stage:Buy"].place) == () and places.ahead(places.seen["stage:Look"].place) == ("Buy",)
        assert "Till" in places.goals and "Site" not in places.goals
        found = {f.key: f for f in stage_metrics(study).findings if f.channel is None}
        assert found["conversion:stage:Buy"].estimate is None and "nobody could be seen in Use" in found["conversion:stage:Buy"].statement
        assert "time:stage:Buy" not in found and found["conversion:stage:Look"].estimate is not None
        with pytest.raises(NotEnoughData):  # the till is no pain, and of one place alone nothing can be ranked
            pain_points(study)


def test_what_nobody_has_done_yet_says_nothing_of_how_long_it_takes(tmp_path: Path) -> None:
    """Nobody has gone on from any stage: not one is lost. Where people went on from another stage, its time is waited for."""
    seen = places_of(small(tmp_path, [(f"a{k}", "look", k) for k in range(30)])).seen["stage:Look"]
    assert (seen.base, seen.pending, seen.horizon_s) == (0, 30, None)
    rows = [("a", "look", 0), ("a", "buy", 10), ("b", "buy", 12), ("c", "buy", 35), ("z", "ping", 40)]
    buy = places_of(small(tmp_path / "x", rows)).seen["stage:Buy"]
    assert (buy.horizon_s, buy.base, buy.pending) == (10 * 86400, 2, 1)


def test_that_none_of_a_group_was_there_is_a_number(tmp_path: Path) -> None:
    frame, told = simulated(4)
    study = make_study(tmp_path, {"interactions": frame, "feedback": told}, journey=journey(), timezone="UTC")
    silent = sorted(set(frame["customer_id"]) - set(told["customer_id"].dropna()))[:10]
    seen = places_of(study.only("silent", silent)).seen["touchpoint:Rating"]
    assert (seen.unobserved, seen.reached, seen.customers) == ("", 0, 10)
