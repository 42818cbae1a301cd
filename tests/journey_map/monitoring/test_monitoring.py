"""Monitoring on made-up businesses: what must be told is told, and what must not be is not."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.errors import NotEnoughData
from cjm_research.journey_map.monitoring import monitoring
from cjm_research.journey_map.monitoring.charted import charted
from cjm_research.journey_map.monitoring.series import Calendar, Kpi
from cjm_research.params.schema import Monitoring
from cjm_research.results.evidence import agrees, recompute
from cjm_research.results.result import Result
from tests.studies import make_study

START = date(2026, 1, 5)  # a Monday
JOURNEY = {"stages": [{"name": "Look", "touchpoints": [{"name": "Page", "match": {"event": ["view", "look"]}}], "horizon": "2d"},
                      {"name": "Buy", "touchpoints": [{"name": "Till", "match": {"event": "buy"}}]}]}


def business(days: int, seed: int = 1, *, per_day: float = 20.0, rename_from: int | None = None, silent: range | None = None, drop: tuple[int, float] | None = None,
             fade_from: int | None = None) -> pd.DataFrame:
    """Customers who look, half of whom buy an hour later; each comes once."""
    rng, rows = np.random.default_rng(seed), []
    for d in range(days):
        rate = per_day * (0.5 if d % 7 >= 5 else 1.0) * (0.85 ** max(0, d - fade_from) if fade_from is not None else 1.0)
        for k in range(rng.poisson(rate)):
            who, at = f"c{d}-{k}", pd.Timestamp(START, tz="UTC") + pd.Timedelta(days=d, hours=10, minutes=k)
            event = "look" if rename_from is not None and d >= rename_from else "view"
            if silent is None or d not in silent:
                rows.append((who, event, at, "Look", "Page"))
            if rng.random() < (drop[1] if drop and d >= drop[0] else 0.5):
                rows.append((who, "buy", at + pd.Timedelta(hours=1), "Buy", "Till"))
    return pd.DataFrame([{"interaction_id": f"i{k}", "customer_id": w, "event": e, "occurred_at": t, "source": "web", "stage": s, "touchpoint": p}
                         for k, (w, e, t, s, p) in enumerate(rows)])


def watched(folder: Path, frame: pd.DataFrame, **params: Any) -> Result:
    return monitoring(make_study(folder, {"interactions": frame}, journey=JOURNEY, **params))


def test_points_by_hand_and_their_rows_give_them_back(tmp_path: Path) -> None:
    frame = business(7 * 30)
    study = make_study(tmp_path, {"interactions": frame}, journey=JOURNEY)
    result = monitoring(study)
    week = (frame["occurred_at"].dt.tz_localize(None).dt.normalize() - pd.to_timedelta(frame["occurred_at"].dt.dayofweek, unit="D")).dt.strftime("%Y-%m-%d")
    points = result["points"].set_index(["kpi", "day"])
    for day in ("2026-02-02", "2026-05-04"):
        looked = set(frame[(week == day) & (frame["stage"] == "Look")]["customer_id"])
        bought = set(frame[frame["stage"] == "Buy"]["customer_id"])
        assert points.loc[("customers:stage:Look", day), "value"] == len(looked)
        one = points.loc[("going_on:stage:Look", day)]
        assert (one["n"], one["base"]) == (len(looked & bought), len(looked)) and one["value"] == pytest.approx(len(looked & bought) / len(looked))
    assert "2026-01-05" not in result["points"]["day"].tolist(), "the data's first day may be cut, and with it its week"
    for f in result.findings:
        assert f.estimate and agrees(f.estimate, *recompute(study, f.evidence[0], f.estimate.unit)), f.key


def test_a_steady_business_alerts_at_most_as_often_as_said(tmp_path: Path) -> None:
    result = watched(tmp_path, business(7 * 40, 3))
    assert result.facts["breaks"] == [] and result["shifts"].empty
    assert len(result.facts["alerts"]) <= 1 and 0 < result.facts["expected"] < 5
    assert any("by chance" in s for s in result.sentences[:2])


def test_a_fall_in_going_on_is_told_at_its_week_and_is_no_break(tmp_path: Path) -> None:
    result = watched(tmp_path, business(7 * 34, 4, per_day=60, drop=(7 * 27, 0.3)))
    alerts = result["alerts"]
    going = alerts[alerts["kpi"] == "going_on:stage:Look"]
    assert going["day"].iloc[0] == str(START + timedelta(weeks=27)) and (going["state"] == "alert").all()
    assert result.facts["breaks"] == []
    shift = result["shifts"].set_index("kpi").loc["going_on:stage:Look"]
    assert shift["earliest"] <= str(START + timedelta(weeks=27)) <= shift["latest"]
    assert "going_on:stage:Look" in result.facts["alerts"]


def test_tracking_that_stops_is_a_break_and_no_alert_about_customers(tmp_path: Path) -> None:
    result = watched(tmp_path, business(7 * 34, 5, silent=range(7 * 31, 7 * 34)))
    row, = result["breaks"].to_dict("records")
    assert (row["event"], row["kind"], row["start"]) == ("view", "stopped", str(START + timedelta(weeks=31)))
    states = result["kpis"].set_index("kpi")["state"]
    assert states["customers:stage:Look"] == "data break"
    touched = result["points"][result["points"]["kpi"] == "customers:stage:Look"]
    assert not (touched["state"] == "alert").any()
    assert "no statement about customers" in " ".join(result.sentences)


def test_a_gap_in_tracking_touches_the_cohorts_whose_next_stage_it_hides(tmp_path: Path) -> None:
    frame = business(7 * 34, 6)
    day = (frame["occurred_at"].dt.tz_localize(None) - pd.Timestamp(START)).dt.days
    result = watched(tmp_path, frame[~((frame["event"] == "buy") & day.between(7 * 28, 7 * 29 - 1))])
    row, = result["breaks"].to_dict("records")
    assert (row["event"], row["kind"]) == ("buy", "gap")
    states = result["kpis"].set_index("kpi")["state"]
    assert states["going_on:stage:Look"] == "data break" and states["customers:stage:Buy"] == "data break"
    assert states["customers:stage:Look"] != "data break"


def test_a_new_name_is_told_as_one(tmp_path: Path) -> None:
    result = watched(tmp_path, business(7 * 34, 7, rename_from=7 * 30))
    rows = result["breaks"].set_index("event")
    assert rows.loc["view", "instead"] == "look" and rows.loc["look", "instead"] == "view"
    assert "a new name, most likely" in rows.loc["view", "words"]


def test_customers_who_stay_away_by_and_by_are_no_break(tmp_path: Path) -> None:
    result = watched(tmp_path, business(7 * 34, 8, fade_from=7 * 26))
    assert result.facts["breaks"] == []
    assert "customers:stage:Look" in result.facts["alerts"]


def test_a_known_cause_and_a_named_baseline(tmp_path: Path) -> None:
    frame = business(7 * 34, 9, per_day=60, drop=(7 * 27, 0.3))
    cause = {"start": str(START + timedelta(weeks=27)), "end": str(START + timedelta(weeks=40)), "reason": "strike of the carrier"}
    told = watched(tmp_path / "a", frame, monitoring={"known_causes": [cause], "baseline_end": str(START + timedelta(weeks=24))})
    states = told["kpis"].set_index("kpi")
    assert states.loc["going_on:stage:Look", "state"] == "known cause" and states.loc["going_on:stage:Look", "why"] == "strike of the carrier"
    assert states.loc["going_on:stage:Look", "baseline"] == 23 and told.facts["baseline"] == "params"


def test_a_baseline_that_shifts_itself_cannot_tell(tmp_path: Path) -> None:
    result = watched(tmp_path, business(7 * 34, 10, per_day=60, drop=(7 * 9, 0.2)))
    row = result["kpis"].set_index("kpi").loc["going_on:stage:Look"]
    assert row["state"] == "cannot tell" and "not steady" in row["why"]
    assert pd.isna(row["value"]), "what cannot be told has no number beside it"


def test_too_little_is_said_and_is_no_failure(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match=r"none of \d+ figures can be charted"):
        watched(tmp_path, business(10))


def stable(rng: np.random.Generator, days: int, rho: float) -> np.ndarray:
    """A steady business by day: a weekday's pattern, values that follow each other."""
    x = np.zeros(days)
    for t in range(1, days):
        x[t] = rho * x[t - 1] + np.sqrt(1 - rho**2) * rng.standard_normal()
    return (200 + 12 * x) * np.array([1.0, 1.05, 1.1, 1.0, 1.2, 0.6, 0.5])[np.arange(days) % 7]


@pytest.mark.parametrize("rho", [0.0, 0.4])
def test_alarms_of_stable_years_come_at_the_rate_that_is_said(rho: float) -> None:
    """500 years of days against a baseline of 84 days; what the answer says of them is what happens."""
    rng, alarms, said, years = np.random.default_rng(20), 0, 0.0, 500
    days = tuple(START + timedelta(days=k) for k in range(84 + 365))
    cal = Calendar("day", days, days[-1] + timedelta(days=1), "UTC")
    settings = Monitoring(by="day", baseline_end=days[83])
    told = 0
    for _ in range(years):
        value = stable(rng, len(days), rho)
        frame = pd.DataFrame({"start": pd.to_datetime(list(days)), "value": value, "n": value, "base": value, "scale": 1.0})
        c = charted(Kpi("k", "customers", "customers", "Look", None, "customers", "behaviour", "interactions", frame, lambda d: ""), cal, settings.model_copy(update={"runs": False}), [], ["Look"])
        if c.frozen is None:
            continue  # its baseline looks as if it shifted
        told += 1
        alarms += int((c.points["state"] == "alert").sum())
        said += c.expected
    assert told >= 0.85 * years
    assert alarms / told == pytest.approx(said / told, rel=0.6), (alarms / told, said / told)
    assert alarms / told < 3.0, "of 365 points, 1 in 370 is expected beyond"
