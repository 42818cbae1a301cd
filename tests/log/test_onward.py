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
    # the shop says in which order things happened, the web does not; between the two nobody does
    frame["source"] = frame["channel"]
    frame["sequence"] = frame.groupby(["customer_id", "occurred_at"]).cumcount() + 1
    shared = frame.duplicated(["customer_id", "occurred_at"], keep=False)
    frame["order_known"] = pd.array([bool(s == "shop") if tie else None for s, tie in zip(frame["source"], shared, strict=True)], dtype="boolean")
    return frame, pd.DataFrame(told, columns=["feedback_id", "customer_id", "published_at", "touchpoint", "stage"]).assign(source="stars", text="x")


def contacts(frame: pd.DataFrame, told: pd.DataFrame) -> dict[str, list[tuple[Any, ...]]]:
    """By customer: moment, stage, touchpoint, channel, who says the order of the instant (None: nobody), place in it."""
    out: dict[str, list[Any]] = {}
    for r in frame.itertuples():
        out.setdefault(r.customer_id, []).append((r.occurred_at, r.stage, r.touchpoint, r.channel, r.source if pd.notna(r.order_known) and r.order_known else None, r.sequence))
    for r in told.itertuples():
        if isinstance(r.customer_id, str):
            out.setdefault(r.customer_id, []).append((r.published_at, r.stage, r.touchpoint, None, None, 10**6))
    return out


def compared(x: tuple[Any, ...], first: tuple[Any, ...]) -> str:
    """Whether a contact is "before" or "after" the first one of a place, or "unknown"."""
    if x[0] != first[0]:
        return "after" if x[0] > first[0] else "before"
    if x[4] is None or x[4] != first[4]:
        return "unknown"
    return "after" if x[5] > first[5] else "before"


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
        self.until = max(x[0] for cs in known.values() for x in cs if x[3] is not None and self.inside(x[0])) if period is None else period[1]

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
            here = [x for x in cs if is_at(place, x)]
            if not here or not self.inside(min(x[0] for x in here)):
                continue
            first = min(here, key=lambda x: (x[0], x[5]))
            good = [(x, compared(x, first)) for x in cs if x[2] not in self.bad]
            further = [(x[0], when) for x, when in good if x[1] in later]
            near = [(x[0], when) for x, when in good if later and x[1] == later[0]]
            other = [(x[0], when) for x, when in good if self.order.index(x[1]) >= k and x[2] != name] if kind == "touchpoint" else further

            def soonest(these: list[tuple[Any, str]]) -> Any:
                return min((m for m, when in these if when == "after"), default=None)

            out.append({"id": c, "first": first[0], "onward": soonest(further), "next": soonest(near), "other": soonest(other),
                        "further": any(when == "before" for _, when in further), "tied": any(when == "unknown" for _, when in other)})
        return out


def horizon(rows: list[dict[str, Any]], kind: str) -> float | None:
    spent = sorted((r[kind] - r["first"]).total_seconds() for r in rows if r[kind] is not None and not r["tied"])
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
    blurred = 0
    for name, seen in places.seen.items():
        rows = hand.rows(name)
        observer = name.partition("\x1f")[0]
        least = horizon(hand.rows(observer), "other" if name.startswith("touchpoint") else "onward")
        least = longest if least is None else least  # nobody ever went on from there
        assert seen.horizon_s == (pytest.approx(least) if least is not None else None), name
        mature = [r for r in rows if not r["tied"] and (least is None or r["first"] + pd.Timedelta(seconds=least) <= hand.until)]
        went = "other" if name.startswith("touchpoint") else "onward"
        assert seen.reached == sum(any(is_at(name, x) and hand.inside(x[0]) for x in cs) for cs in hand.visible().values()), name
        tied = sum(r["tied"] for r in rows)
        assert (seen.entered, seen.tied, seen.order_unknown) == (len(rows), tied, tied / max(1, len(rows)) > 0.05), name
        blurred += seen.order_unknown
        if seen.order_unknown:
            assert (seen.base, seen.onward, seen.arrived, seen.pending, seen.early, seen.progress, seen.stopped) == (0,) * 7
        for measure, e in seen.evidence.items():
            assert fingerprint(study, e.sql) == (e.rows, e.rows_sha256), (name, measure)
        if seen.order_unknown:
            continue
        assert seen.base == len(mature), name
        assert seen.onward == sum(r["onward"] is not None for r in mature), name
        assert seen.arrived == sum(r["next"] is not None for r in mature), name
        immature = [r for r in rows if r not in mature and not r["tied"]]
        assert (seen.pending, seen.early) == (sum(r[went] is None for r in immature), sum(r[went] is not None for r in immature)), name
        assert seen.progress == sum(not r["further"] for r in mature), name
        if name.startswith("touchpoint"):
            assert seen.stopped == sum(not r["further"] and r["other"] is None for r in mature), name
        assert seen.ended == 0 and (name != "touchpoint:Letters" or seen.unobserved)
    assert blurred < len(places.seen)


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
            here = [r for r in hand.rows(name) if start <= r["first"] < end]
            mature = [r for r in here if not r["tied"] and (least is None or r["first"] + length <= hand.until)]
            if sum(r["tied"] for r in here) > 0.05 * len(here):
                mature = []
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
    from cjm_research.params.schema import Params

    rows = [("a", "look", 0), ("a", "buy", 1), ("b", "look", 0), ("b", "delivered", 3), ("z", "ping", 9)]
    study = small(tmp_path, rows).with_params(actors=Params.model_validate({"client": "x", "actors": {"customer": [{"event": "delivered"}]}}).actors)
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


def test_a_rule_that_no_event_matches_tells_nothing(tmp_path: Path) -> None:
    """Nobody can say whether no customer came or the event is called otherwise."""
    seen = places_of(small(tmp_path, [("a", "look", 0), ("b", "look", 1), ("b", "buy", 2), ("z", "ping", 9)])).seen
    assert seen["touchpoint:Parcel"].unobserved == seen["stage:Use"].unobserved == "no event in the data matches its rule"
    assert seen["touchpoint:Till"].unobserved == ""
    # an event that no customer is known of still shows that the rule is right
    frame = pd.DataFrame({"interaction_id": ["i0", "i1"], "customer_id": ["a", None], "event": ["look", "buy"], "occurred_at": [START, START], "source": "web",
                          "stage": ["Look", "Buy"], "touchpoint": ["Site", "Till"]})
    anonymous = make_study(tmp_path / "y", {"interactions": frame}, journey={"stages": [{"name": s, "touchpoints": [{"name": t, "match": {"event": e}}]} for s, t, e in
                                                                                         (("Look", "Site", "look"), ("Buy", "Till", "buy"))]}, timezone="UTC")
    assert places_of(anonymous).seen["touchpoint:Till"].unobserved == ""


def test_one_instant_is_no_order(tmp_path: Path) -> None:
    """By hand: all answers of one questionnaire have one time; a till and a site in one second go on only where the export says so."""
    places = (("Look", "Site", "look"), ("Buy", "Till", "buy"))
    stages = [{"name": s, "touchpoints": [{"name": t, "match": {"event": e}}]} for s, t, e in places]

    def seen(*, known: bool, apart: int = 40, together: int = 2, first: str = "look") -> Any:
        rows = [(f"a{k}", e, START + DAY * (0 if e == "look" else 5), None, None) for k in range(apart) for e in ("look", "buy")]
        rows += [(f"t{k}", e, START, known, 1 + (e != first)) for k in range(together) for e in ("look", "buy")] + [("z", "ping", START + DAY * 60, None, None)]
        frame = pd.DataFrame(rows, columns=["customer_id", "event", "occurred_at", "order_known", "sequence"])
        where = {e: (s, t) for s, t, e in places} | {"ping": (None, None)}
        frame = frame.assign(interaction_id=[f"i{k}" for k in range(len(frame))], source="web", stage=[where[e][0] for e in frame["event"]],
                             touchpoint=[where[e][1] for e in frame["event"]], order_known=frame["order_known"].astype("boolean"))
        return places_of(make_study(tmp_path / f"{known}{apart}{together}{first}", {"interactions": frame}, journey={"stages": stages}, timezone="UTC")).seen

    look = seen(known=False)["stage:Look"]  # 2 of 42 are left out
    assert (look.entered, look.tied, look.base, look.onward, look.order_unknown) == (42, 2, 40, 40, False)
    look = seen(known=True)["stage:Look"]
    assert (look.entered, look.tied, look.base, look.onward) == (42, 0, 42, 42)
    site = seen(known=True, first="buy")["touchpoint:Site"]  # they had been at the till before, and have been nowhere since
    assert (site.entered, site.tied, site.base, site.onward, site.progress, site.stopped) == (42, 0, 42, 40, 40, 0)
    look = seen(known=False, apart=10)["stage:Look"]  # 2 of 12 could move the share by more than one in twenty
    assert (look.entered, look.tied, look.base, look.onward, look.order_unknown) == (12, 2, 0, 0, True)


def test_that_none_of_a_group_was_there_is_a_number(tmp_path: Path) -> None:
    frame, told = simulated(4)
    study = make_study(tmp_path, {"interactions": frame, "feedback": told}, journey=journey(), timezone="UTC")
    silent = sorted(set(frame["customer_id"]) - set(told["customer_id"].dropna()))[:10]
    seen = places_of(study.only("silent", silent)).seen["touchpoint:Rating"]
    assert (seen.unobserved, seen.reached, seen.customers) == ("", 0, 10)
