"""Retention against a recount in plain Python and against the survival library of lifelines' kind in statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.retention import retention
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.results.evidence import agrees, fingerprint, recompute
from tests.analysis.funnels.test_funnel_answer import journeys
from tests.studies import interactions, make_study

DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def frame():
    return journeys(11, customers=150, events=900).assign(occurred_at=lambda f: f["occurred_at"] + (f["occurred_at"] - f["occurred_at"].min()) * 2)


@pytest.fixture(scope="module")
def study(tmp_path_factory, frame):
    people = pd.DataFrame({"customer_id": sorted(frame["customer_id"].unique())})
    people["attributes"] = [f'{{"plan": "{"pro" if i % 3 else "free"}"}}' for i in range(len(people))]
    return make_study(tmp_path_factory.mktemp("retention"), {"interactions": frame, "customers": people}, timezone="America/New_York")


def recount(frame, edges, unbounded=False, start=None, back=None, begin=None, end=None):
    """(n, base) by period, in plain Python. begin, end: of the period looked at, inclusive."""
    begin, end = begin or frame["occurred_at"].min(), end or frame["occurred_at"].max()
    entry = frame[frame["event"] == start] if start else frame
    first = entry.groupby("customer_id")["occurred_at"].min()
    first = first[(first >= begin) & (first <= end)]
    frame = frame[frame["occurred_at"] <= end]
    later = frame[frame["event"] == back] if back else frame
    out = []
    for low, high in edges:
        n = base = 0
        for customer, t0 in first.items():
            if t0 + high * DAY > end + pd.Timedelta(microseconds=1):
                continue
            base += 1
            times = later.loc[later["customer_id"] == customer, "occurred_at"] - t0
            times = times[times > pd.Timedelta(0)]
            n += bool(((times >= low * DAY) & (unbounded | (times < high * DAY))).any())
        out.append((n, base))
    return out


@pytest.mark.parametrize(("options", "edges", "unbounded"), [
    ({"kind": "n_day", "period": "week", "periods": 4}, [(7 * k, 7 * k + 7) for k in range(1, 5)], False),
    ({"kind": "n_day", "period": "day", "periods": 3, "start": "view", "back": "buy"}, [(k, k + 1) for k in range(1, 4)], False),
    ({"kind": "unbounded", "period": "week", "periods": 3, "back": "cart"}, [(7 * k, 7 * k + 7) for k in range(1, 4)], True),
    ({"kind": "bracket", "brackets": [0, 1, 5, 20]}, [(0, 1), (1, 5), (5, 20)], False),
])
def test_curve(study, frame, options, edges, unbounded):
    curve = retention(study, **options)["curve"]
    expected = recount(frame, edges, unbounded, options.get("start"), options.get("back"))
    assert list(zip(curve["n"], curve["base"], strict=True)) == expected
    assert ((curve["base"] + curve["pending"]) == curve["base"].iloc[0] + curve["pending"].iloc[0]).all()


@pytest.mark.parametrize("options", [{}, {"start": "view", "back": "buy"}])
def test_who_entered_before_the_period_does_not_enter_in_it(tmp_path, frame, options):
    """An old customer's first event of the period is a return, not an entry."""
    zone = "America/New_York"
    days = frame["occurred_at"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d").sort_values()
    begin, end = days.iloc[100], days.iloc[800]
    study = make_study(tmp_path, {"interactions": frame}, timezone=zone, period={"start": begin, "end": end})
    answer = retention(study, periods=3, **options)
    edges = [(7 * k, 7 * k + 7) for k in range(1, 4)]
    first, last = pd.Timestamp(begin, tz=zone), pd.Timestamp(end, tz=zone) + DAY - pd.Timedelta(microseconds=1)
    assert list(zip(answer["curve"]["n"], answer["curve"]["base"], strict=True)) == recount(frame, edges, begin=first, end=last, **options)
    assert any("lies before the period" in c for c in answer.caveats)
    for finding in answer.findings:
        assert agrees(finding.estimate, *recompute(study, finding.evidence[0], "share"))
    with pytest.raises(NotEnoughData, match="nobody has their first 'buy' in the period"):
        retention(make_study(tmp_path, {"interactions": frame[frame["customer_id"] == frame["customer_id"][0]].assign(event="buy")}, timezone=zone,
                             period={"start": "2030-01-01"}), start="buy")


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
@pytest.mark.parametrize(("options", "edges"), [({"period": "day"}, [1, 2, 3]), ({"period": "week"}, [1, 2, 3]), ({"period": "month"}, [1, 2, 3]),
                                                ({"kind": "unbounded", "period": "day"}, [1, 2, 3]), ({"kind": "bracket", "brackets": [0, 1, 3, 9]}, [0, 1, 3, 9])])
def test_days_weeks_and_months_of_the_calendar(tmp_path, zone, options, edges):
    """Recounted with pandas' periods of local time, over a change of clocks; what is shown comes back from its evidence."""
    rng = np.random.default_rng(len(zone))
    frame = journeys(3, customers=80, events=600)
    frame["occurred_at"] = pd.Timestamp("2024-02-20", tz="UTC") + pd.to_timedelta(rng.integers(0, 75 * 24 * 4, len(frame)) * 900, unit="s")
    frame.loc[:30, "occurred_at"] = pd.Timestamp("2024-03-10 00:30", tz="America/New_York") + pd.to_timedelta(rng.integers(0, 50, 31), unit="h")
    study = make_study(tmp_path, {"interactions": frame}, timezone=zone)
    answer = retention(study, calendar=True, periods=3, **options)
    unit = {"day": "D", "week": "W-SUN", "month": "M"}[options.get("period", "day")]
    local = frame["occurred_at"].dt.tz_convert(zone).dt.tz_localize(None)
    end = frame["occurred_at"].max()
    expected = []
    for k, low in enumerate(edges if "brackets" not in options else edges[:-1]):
        high = edges[k + 1] if "brackets" in options else low + 1
        n = base = 0
        for _, rows in frame.assign(at=local, number=local.dt.to_period(unit)).groupby("customer_id"):
            rows = rows.sort_values("occurred_at")
            last = (rows["number"].iloc[0] + high - 1).end_time  # of the period, local
            if last >= end.tz_convert(zone).tz_localize(None) + pd.Timedelta(microseconds=1):
                continue
            base += 1
            later = rows[rows["occurred_at"] > rows["occurred_at"].iloc[0]]
            since = (later["number"].astype("int64") - rows["number"].astype("int64").iloc[0]) if len(later) else pd.Series(dtype=int)
            n += bool(((since >= low) & ((since < high) | (options.get("kind") == "unbounded"))).any())
        expected.append((n, base))
    assert list(zip(answer["curve"]["n"], answer["curve"]["base"], strict=True)) == expected
    assert f"of the calendar in {zone}" in answer.method
    for finding in answer.findings:
        evidence = finding.evidence[0]
        assert agrees(finding.estimate, *recompute(study, evidence, "share"))
        assert fingerprint(study, evidence.sql) == (evidence.rows, evidence.rows_sha256)


def test_published_first_time_retention(tmp_path):
    """PostHog's `test_first_time_retention` (its query runner's tests, MIT), seven days: by day of the first sign-up, who has a page view each
    day after; whoever signed up before the first of these days is not counted."""
    signed = {"early": [-5, -1], "p1": [-1, 1, 2, 3, 4], "p2": [-1], "p3": [0], "p4": [2]}
    viewed = {"p1": [0, 1, 2, 5, 5.2, 6], "p2": [1, 2, 3, 6], "p3": [1, 3, 4, 5], "p4": [3, 5]}
    at = pd.Timestamp("2020-06-10 05:00")
    rows = interactions(*[(who, name, str(at + day * DAY)) for name, days in (("signed up", signed), ("viewed", viewed)) for who, found in days.items() for day in found])
    study = make_study(tmp_path, {"interactions": rows}, period={"start": "2020-06-09", "end": "2020-06-15"}, privacy={"min_cell": 1})
    table = retention(study, period="day", periods=6, start="signed up", back="viewed", calendar=True)["cohorts"]
    seen = table[table["base"] > 0].groupby("cohort")["n"].agg(list).to_dict()
    assert seen == {"2020-06-09": [1, 2, 2, 1, 0, 1], "2020-06-10": [1, 0, 1, 1, 1], "2020-06-12": [1, 0, 1]}
    assert table.groupby("cohort")["size"].first().to_dict() == {"2020-06-09": 2, "2020-06-10": 1, "2020-06-12": 1}


@pytest.mark.parametrize(("zone", "n"), [("UTC", 0), ("US/Pacific", 1)])
def test_published_time_zone(tmp_path, zone, n):
    """PostHog's `test_timezones`: 01:00 and 09:00 UTC are one day, but two in US/Pacific."""
    rows = interactions(("p", "x", "2020-06-16 01:00"), ("p", "x", "2020-06-16 09:00"), ("q", "x", "2020-06-20 06:00"))
    study = make_study(tmp_path, {"interactions": rows}, timezone=zone, privacy={"min_cell": 1})
    assert retention(study, period="day", calendar=True)["curve"]["n"].iloc[0] == n


def test_the_day_the_clocks_change(tmp_path):
    """23 hours later is the next day of the calendar, but not 24 hours later."""
    at = ["2024-03-09 12:00", "2024-03-10 12:00", "2024-03-20 12:00"]
    rows = interactions(*[("a", "x", str(pd.Timestamp(t, tz="America/New_York").tz_convert("UTC").tz_localize(None))) for t in at])
    study = make_study(tmp_path, {"interactions": rows}, timezone="America/New_York", privacy={"min_cell": 1})
    assert [retention(study, period="day", calendar=c)["curve"]["n"].iloc[0] for c in (False, True)] == [0, 1]


def test_cohorts_are_calendar_periods_of_the_client(study, frame):
    table = retention(study, period="week", periods=2)["cohorts"]
    first = frame.groupby("customer_id")["occurred_at"].min().dt.tz_convert("America/New_York").dt.tz_localize(None)
    monday = (first.dt.normalize() - pd.to_timedelta(first.dt.dayofweek, unit="D")).dt.strftime("%Y-%m-%d").value_counts()
    assert table.drop_duplicates("cohort").set_index("cohort")["size"].to_dict() == {k: v for k, v in monday.items() if v >= 5}


def test_segments_add_up(study):
    hidden = retention(study, by="attributes.plan", periods=3)["segments"]
    study = study.with_params(privacy={"min_cell": 1})
    answer = retention(study, by="attributes.plan", periods=3)
    # of few persons nothing is told, and no segment alone is hidden, which the others would give back
    for shown, full in zip(hidden.to_dict("records"), answer["segments"].to_dict("records"), strict=True):
        parts = (full["n"], full["base"] - full["n"], full["pending"])
        assert pd.isna(shown["value"]) or not any(0 < part < 5 for part in parts)
    assert set(hidden["value"].isna().groupby(hidden["period"]).sum()) <= {0, 2, 3, 4}
    total = answer["segments"].groupby("period")[["n", "base"]].sum()
    assert total["n"].tolist() == answer["curve"]["n"].tolist() and total["base"].tolist() == answer["curve"]["base"].tolist()
    assert 0 <= answer.facts["log_rank_p"] <= 1
    by_channel = retention(study, by="channel", periods=3)["segments"]
    assert by_channel[by_channel["period"] == 1]["size"].sum() == answer.facts["customers"]


def test_segments_that_are_not_there(study, tmp_path):
    plain = retention(study, periods=3)
    for by, said in (("attributes.paln", "no customer has the attribute 'paln'. Did you mean 'plan'? There are: plan."),
                     ("source", "There are no two segments by source"), ("properties.none", "There are no two segments by properties.none")):
        answer = retention(study, periods=3, by=by)
        assert any(said in c for c in answer.caveats)
        pd.testing.assert_frame_equal(answer["curve"], plain["curve"])
    alive = make_study(tmp_path, {"interactions": interactions(("a", "x", "2024-01-01"), ("b", "y", "2024-01-01"))}, privacy={"min_cell": 1})
    assert any("cannot be tested: too few customers are gone" in c for c in retention(alive, by="event").caveats)


def test_survival_is_that_of_statsmodels(study, frame):
    from statsmodels.duration.survfunc import SurvfuncRight

    end = frame["occurred_at"].max()
    span = frame.groupby("customer_id")["occurred_at"].agg(["min", "max"])
    days = (span["max"] - span["min"]) // DAY
    gone = span["max"] + 10 * DAY <= end
    peer = SurvfuncRight(days, gone.astype(int))
    curve = retention(study, inactive=10)["survival"]
    assert curve["open"].tolist() == pytest.approx(peer.surv_prob[peer.n_events > 0].tolist() if len(peer.n_events) == len(peer.surv_prob) else peer.surv_prob)


def test_recent_customers_are_pending(tmp_path):
    study = make_study(tmp_path, {"interactions": interactions(("a", "x", "2024-01-01"), ("a", "x", "2024-01-09"), ("b", "x", "2024-01-01"),
                                                               ("c", "x", "2024-01-30"), ("d", "x", "2024-02-01"))})
    answer = retention(study, periods=2)
    assert answer["curve"][["n", "base", "pending"]].to_numpy().tolist() == [[1, 2, 2], [0, 2, 2]]
    assert any("pending" in c for c in answer.caveats)
    assert answer["survival"]["open"].iloc[-1] == 0 or answer.facts["gone"] < 4


def test_finding_comes_back_from_its_evidence(study):
    for options in ({}, {"start": "view", "back": "buy"}, {"period": "day"}):
        for finding in retention(study, **options).findings:
            evidence = finding.evidence[0]
            assert finding.estimate is not None
            assert agrees(finding.estimate, *recompute(study, evidence, "share"))
            assert fingerprint(study, evidence.sql) == (evidence.rows, evidence.rows_sha256)


def test_bad_options(study):
    for options, word in (({"kind": "nday"}, "n_day"), ({"period": "year"}, "week"), ({"periods": 0}, "1 to 400"), ({"brackets": [7, 1], "kind": "bracket"}, "ascending"),
                          ({"by": "chanel"}, "channel"), ({"periods": 2.5}, "1 to 400"), ({"kind": "bracket", "brackets": [0, 1.5]}, "whole"),
                          ({"kind": "bracket", "brackets": ["a", "b"]}, "whole"), ({"kind": "bracket", "brackets": []}, "at least two"),
                          *(({"inactive": bad}, "retention: inactive") for bad in (0, -5, 1.5))):
        with pytest.raises(BadInput, match=word):
            retention(study, **options)
    with pytest.raises(NotEnoughData, match="Did you mean 'view'"):
        retention(study, start="veiw")


def test_no_interactions(tmp_path):
    with pytest.raises(NotEnoughData):
        retention(make_study(tmp_path, {}))
