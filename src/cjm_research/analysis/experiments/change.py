"""A change that was shipped to everybody: segmented regression, placebo dates, a control series. Not an A/B test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import NotEnoughData, unknown
from ...params.schema import Change
from ...results import words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Finding, Result
from ...results.subjects import ShippedChange
from ...results.words import count, p_value, percent
from ...shapes import Row
from ...stats.interrupted import Regression, Shift, counts_shift
from . import declared, series
from .verdict import between, signed

if TYPE_CHECKING:
    from ...study import Study

LEAST_BEFORE, LEAST_AFTER = 21, 7  # days; below, a trend and weekdays cannot be told from the change
SIDE = 10  # days a placebo date needs on each side
APART, SECOND = "average after, minus control series", "average after, AR(1) errors"
METHOD = ("Segmented regression of daily values: level and slope before, change of level and of slope after, weekdays (Wagner et al. 2002; "
          "Bernal, Cummins & Gasparrini 2017); Newey–West errors with at least seven lags. p and interval: against 2,000 simulated series of the same days in which nothing happened and "
          "neighbours resemble each other as these do; days of scores count by their answers. Beside it: generalised least squares with AR(1) errors, every placebo date before the change, and the "
          "difference to a control series where one is named. It moved where both ways say so and at most one placebo date in ten jumps as clearly. Definitions: docs/methods/experiments.md.")
CAUTION = ("Before and after, not randomised: anything else that changed then is part of the difference. It is no A/B test and carries "
           "no verdict.")


@declares(declared.BEFORE_AFTER, declared.PLACEBO, declared.SERIES)
def evaluate_change(study: Study, name: str) -> Result:
    """What moved when a change of params went live; frames: effects, placebo, series. Never a verdict.

    Raises BadInput for an unknown change or metric, NotEnoughData with fewer than 21 days before or 7 after.
    """
    change = next((c for c in study.params.changes if c.name == name), None)
    if change is None:
        raise unknown(f"{study.client}: changes", "change", name, [c.name for c in study.params.changes], "correct the name in the cell that asks, or add it under changes in params")
    frame, unit, meaning = series.daily(study, change.metric)
    at = pd.Timestamp(change.shipped_on)
    before, after = int((frame["day"] < at).sum()), int((frame["day"] >= at).sum())
    if before < LEAST_BEFORE or after < LEAST_AFTER:
        raise NotEnoughData(f"change {name!r}", f"{before} days before and {after} after {change.shipped_on} in {change.metric}",
                            f"at least {LEAST_BEFORE} before and {LEAST_AFTER} after", "cjm check says what data there is")
    control = None
    if change.control:
        control = series.daily(study, change.control)[0]
    rows = _effects(frame, at, unit, control, change.metric.startswith("event:"))
    placebo = _placebo(frame, at)
    return _result(study, change, frame, rows, placebo, unit, meaning, control)


def _effects(frame: pd.DataFrame, at: pd.Timestamp, unit: str, control: pd.DataFrame | None, counts: bool) -> pd.DataFrame:
    fit, of = regression(frame, at)
    how, second = "segmented regression, Newey–West, chance simulated", "generalised least squares, AR(1) errors"
    rows = [_row("average after", fit.shift(of["average"]), unit, how, frame), _row("level at the change", fit.shift(of["level"]), unit, how, frame),
            _row("slope per day", fit.shift(of["slope"]), f"{unit} per day", how, frame),
            _row(SECOND, fit.autoregressive(of["average"]), unit, second, frame), _row("level, AR(1) errors", fit.autoregressive(of["level"]), unit, second, frame)]
    if counts and frame["value"].sum() > 0:
        ratio = counts_shift(fit.y, fit.x, of["average"], np.ones(len(frame)))
        e = Estimate(ratio.value, ratio.low, ratio.high, len(frame), len(frame), "times", "quasi-Poisson regression with the same terms; takes days for independent of each other")
        rows.append({"effect": "times as many after", **e.row(), "p": None})
    if control is not None:
        both = frame.merge(control, on="day", suffixes=("", "_control"))
        if len(both) >= LEAST_BEFORE + LEAST_AFTER:
            scale = _scale_to(both, at)
            gap = both.assign(value=both["value"] - scale * both["value_control"])
            apart, own = regression(gap, at)
            rows.append(_row(APART, apart.shift(own["average"]), unit, f"difference in differences, control × {scale:.3g} (its ratio before), Newey–West, chance simulated", gap))
            rows.append(_row("slope of that difference before, per day", apart.shift(own["before"]), f"{unit} per day", "should be none: else they did not run alike before", gap))
            alone, its = regression(both.assign(value=both["value_control"]), at)
            rows.append(_row("the control series itself", alone.shift(its["average"]), unit, "should not move", both))
    return pd.DataFrame(rows)


def _scale_to(both: pd.DataFrame, at: pd.Timestamp) -> float:
    past = both[both["day"] < at]
    below = float(past["value_control"].mean())
    return float(past["value"].mean()) / below if below else 1.0


def _design(frame: pd.DataFrame, at: pd.Timestamp) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The terms of the regression, and which rows lie after."""
    t = (frame["day"] - at).dt.days.to_numpy(float)
    post = (t >= 0).astype(float)
    terms = [np.ones(len(t)), t / 7, post, post * t / 7]
    weekday = frame["day"].dt.dayofweek.to_numpy()
    if len(t) >= LEAST_BEFORE + LEAST_AFTER:
        terms += [(weekday == d).astype(float) for d in range(1, 7) if 0 < (weekday == d).sum() < len(t)]
    return np.column_stack(terms), post


def _weights(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    return frame["weight"].to_numpy(float) if "weight" in frame else np.ones(len(frame))


def regression(frame: pd.DataFrame, at: pd.Timestamp) -> tuple[Regression, dict[str, np.ndarray[Any, Any]]]:
    """The segmented regression of a break at `at`, and its contrasts: average after, level, slope a day, slope before a day.

    Days count by their `weight` where the frame has one (scores: their answers), alike otherwise.
    """
    x, post = _design(frame, at)
    gap = frame["day"].diff().dt.days.fillna(1).clip(lower=1).to_numpy(float)
    eye = np.eye(x.shape[1])
    return Regression(frame["value"].to_numpy(float), x, gap, _weights(frame)), {
        "average": eye[2] + float(x[post > 0, 3].mean()) * eye[3], "level": eye[2], "slope": eye[3] / 7, "before": eye[1] / 7}


def segmented(frame: pd.DataFrame, at: pd.Timestamp) -> tuple[Shift, Shift, Shift]:
    """(level change, slope change per day, mean change over the days after) of a break at `at`."""
    fit, contrasts = regression(frame, at)
    return fit.shift(contrasts["level"]), fit.shift(contrasts["slope"]), fit.shift(contrasts["average"])


def lines(frame: pd.DataFrame, at: pd.Timestamp) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(the regression's course on an average weekday, the same as it would have gone on without the change)."""
    x, _ = _design(frame, at)
    root = np.sqrt(_weights(frame))
    beta = np.linalg.lstsq(x * root[:, None], frame["value"].to_numpy(float) * root, rcond=None)[0]
    x[:, 4:] = x[:, 4:].mean(axis=0)
    without = x.copy()
    without[:, 2:4] = 0.0
    return x @ beta, without @ beta


def _placebo(frame: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """The level change at every date before the change that has days on both sides, from the days before only."""
    past = frame[frame["day"] < at].reset_index(drop=True)
    rows = []
    for day in past["day"].iloc[SIDE:-SIDE]:
        fit, contrasts = regression(past, day)
        value, se = fit.newey_west(contrasts["level"])
        rows.append({"day": str(day.date()), "value": value, "t": value / se if se > 0 else 0.0})
    return pd.DataFrame(rows, columns=["day", "value", "t"])


def _row(what: str, fit: Shift, unit: str, method: str, frame: pd.DataFrame) -> Row:
    e = Estimate(fit.value, fit.low, fit.high, len(frame), len(frame), unit, method if fit.p is not None else f"{method}: the series does not vary")
    return {"effect": what, **e.row(), "p": fit.p}


def _result(study: Study, change: Change, frame: pd.DataFrame, rows: pd.DataFrame, placebo: pd.DataFrame, unit: str, meaning: str,
            control: pd.DataFrame | None) -> Result:
    at = pd.Timestamp(change.shipped_on)
    main = rows.iloc[0]
    shown = "share difference" if unit == "share" else unit
    estimate = Estimate(float(main["value"]), _float(main["low"]), _float(main["high"]), int(main["n"]), int(main["base"]), shown, str(main["method"]))
    level = rows.iloc[1]
    fit, of = regression(frame, at)
    jump, error = fit.newey_west(of["level"])
    larger = int((placebo["t"].abs() >= abs(jump / error)).sum()) if len(placebo) and error > 0 and level["p"] is not None else len(placebo)
    share = (larger + 1) / (len(placebo) + 1) if len(placebo) else None
    p = _float(main["p"])
    second = rows[rows["effect"] == SECOND].iloc[0]
    agreed = _beyond(second, estimate.value)
    clear = p is not None and p < 0.05 and agreed and (share is None or share <= 0.1)
    apart = rows[rows["effect"] == APART]
    holds = clear and (not len(apart) or _beyond(apart.iloc[0], estimate.value))
    lead = "moved" if clear else "did not clearly move"
    sentences = [f"After {change.name} went live on {change.shipped_on}, {series.in_words(change.metric)} {lead}: {signed(estimate.value, shown)} on average "
                 f"(95 % interval {between(estimate)}; {p_value(p)}; {count(len(frame))} days). {CAUTION}"]
    if share is not None:
        sentences.append(f"{count(larger)} of {count(len(placebo))} dates before the change show a jump at least as clear ({percent(larger / len(placebo))}).")
    if p is not None and p < 0.05 and not agreed:
        sentences.append("With AR(1) errors it cannot be told from none: the two ways of reckoning disagree.")
    if len(apart):
        value, low, high = (_float(apart.iloc[0][c]) for c in ("value", "low", "high"))
        against = Estimate(value, low, high, len(frame), len(frame), shown, "")
        sentences.append(f"Against the control series, {series.in_words(change.control or '')}, the difference is {signed(against.value, shown)} (95 % interval {between(against)})"
                         + ("." if _beyond(apart.iloc[0], estimate.value) else "; it cannot be told from none."))
    moved = rows[rows["effect"] == "the control series itself"]
    caveats = [CAUTION]
    if len(moved) and moved["p"].iloc[0] is not None and moved["p"].iloc[0] < 0.05:
        caveats.append(f"The control series, {series.in_words(change.control)}, moved as well: something else happened.")
    alike = rows[rows["effect"].str.startswith("slope of that difference")]
    if len(alike) and alike["p"].iloc[0] is not None and alike["p"].iloc[0] < 0.05:
        caveats.append("Before the change the series and its control did not run alike, so their difference says little.")
    if control is None:
        caveats.append("No control series is named: a common shock cannot be told from the change.")
    if share is None:
        caveats.append("Too few days before for placebo dates.")
    stage = change.stage or (study.touchpoint_stage.get(change.touchpoint) if change.touchpoint else None)
    table, sql = series.daily_sql(study, change.metric)
    finding = Finding(
        key=f"change:{change.name}", statement=sentences[0], kind="metric", estimate=estimate, stage=stage, touchpoint=change.touchpoint,
        source="survey" if change.metric.split(":")[0] in ("nps", "csat", "ces", "score") else "behaviour", status="partly",
        evidence=(rows_evidence(study, table, f"{meaning}, by day; the first and last day are left out", sql),),
        caveats=tuple(caveats), lane="experiments", label=change.name, subject=ShippedChange(
            change.name, change.metric, ("up" if (estimate.value or 0.0) > 0 else "down") if clear else "", holds, p, series.in_words(change.metric), str(change.shipped_on),
            _against_control(apart)))
    fitted, without = lines(frame, at)
    series_frame = frame.assign(after=frame["day"] >= at, fitted=fitted, expected=without, day=frame["day"].dt.strftime("%Y-%m-%d"))
    return Result(
        question=f"What moved when {change.name} went live?",
        frames={"effects": rows, "placebo": placebo, "series": series_frame}, sentences=[_lead(change, estimate, clear), *sentences], method=METHOD, caveats=caveats, findings=[finding],
        facts={"change": change.name, "metric": change.metric, "said": series.in_words(change.metric), "shipped_on": str(change.shipped_on), "meaning": meaning, "unit": unit,
               "placebo_share": share, "clear": clear, "holds": holds, "p": p, "controlled": bool(len(apart)), "randomised": False})


def _beyond(row: pd.Series, like: float | None) -> bool:
    """Whether an effect's interval leaves out 0 on the side of another."""
    low, high = _float(row["low"]), _float(row["high"])
    return low is not None and high is not None and (low > 0 if (like or 0.0) > 0 else high < 0)


def _against_control(apart: pd.DataFrame) -> tuple[float, float, float] | None:
    """(value, low, high) of the difference to the control series, where there is one."""
    if not len(apart) or _float(apart["low"].iloc[0]) is None:
        return None
    value, low, high = (float(apart[c].iloc[0]) for c in ("value", "low", "high"))
    return value, low, high


def _float(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _lead(change: Change, estimate: Estimate, clear: bool) -> str:
    """What happened, without its size: before and after prove nothing."""
    said = words.begun(series.in_words(change.metric))
    if not clear:
        return f"{said}: no clear change after {change.name}."
    return f"{said}: {'up' if (estimate.value or 0.0) > 0 else 'down'} after {change.name}, which is no proof of its effect."
