"""A change that was shipped to everybody: segmented regression, placebo dates, a control series. Not an A/B test."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
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
from ...stats.comparison import p_two_sided, t_two_sided
from . import declared, series
from .verdict import between, signed

if TYPE_CHECKING:
    from ...study import Study

LEAST_BEFORE, LEAST_AFTER = 21, 7  # days; below, a trend and weekdays cannot be told from the change
SIDE = 10  # days a placebo date needs on each side
METHOD = ("Segmented regression of daily values: level and slope before, change of level and of slope after, weekdays (Wagner et al. 2002; "
          "Bernal, Cummins & Gasparrini 2017); Newey–West errors with at least seven lags, Student's t; days of scores count by their answers. Beside it: AR(1) errors, every placebo date "
          "before the change, and the difference to a control series where one is named.")
CAUTION = ("Before and after, not randomised: anything else that changed then is part of the difference. It is no A/B test and carries "
           "no verdict.")


@dataclass(frozen=True)
class Fit:
    """The effect of a break in a series: value, standard error, freedom."""

    value: float
    se: float
    df: float

    @property
    def t(self) -> float:
        """The test statistic."""
        return self.value / self.se if self.se > 0 else 0.0


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
    rows = _effects(frame, at, unit, control)
    placebo = _placebo(frame, at)
    return _result(study, change, frame, rows, placebo, unit, meaning, control)


def _effects(frame: pd.DataFrame, at: pd.Timestamp, unit: str, control: pd.DataFrame | None) -> pd.DataFrame:
    level, slope, average = segmented(frame, at)
    rows = [_row("average after", average, unit, "segmented regression, Newey–West", frame),
            _row("level at the change", level, unit, "segmented regression, Newey–West", frame),
            _row("slope per day", slope, f"{unit} per day", "segmented regression, Newey–West", frame)]
    auto = autoregressive(frame, at)
    if auto is not None:
        rows.append(_row("level, AR(1) errors", auto, unit, "SARIMAX (1,0,0) with the same terms", frame))
    if control is not None:
        both = frame.merge(control, on="day", suffixes=("", "_control"))
        if len(both) >= LEAST_BEFORE + LEAST_AFTER:
            scale = _scale_to(both, at)
            gap = both.assign(value=both["value"] - scale * both["value_control"])
            rows.append(_row("average after, minus control series", segmented(gap, at)[2], unit,
                             f"difference in differences, control × {scale:.3g} (its ratio before), Newey–West", gap))
            own = segmented(both.assign(value=both["value_control"]), at)[2]
            rows.append(_row("the control series itself", own, unit, "should not move", both))
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


def segmented(frame: pd.DataFrame, at: pd.Timestamp) -> tuple[Fit, Fit, Fit]:
    """(level change, slope change per day, mean change over the days after) of a break at `at`.

    Days count by their `weight` where the frame has one (scores: their answers), alike otherwise.
    """
    import statsmodels.api as sm

    x, post = _design(frame, at)
    y = frame["value"].to_numpy(float)
    lags = max(7, int(4 * (len(y) / 100) ** (2 / 9)))
    df = max(1.0, len(y) - np.linalg.matrix_rank(x))
    fit = sm.WLS(y, x, weights=_weights(frame)).fit(cov_type="HAC", cov_kwds={"maxlags": min(lags, len(y) - 1), "use_correction": True}, use_t=True)
    cov, beta = fit.cov_params(), fit.params
    mean_t = float(x[post > 0, 3].mean())

    def linear(weights: dict[int, float]) -> Fit:
        w = np.zeros(len(beta))
        for i, v in weights.items():
            w[i] = v
        return Fit(float(w @ beta), float(np.sqrt(max(0.0, w @ cov @ w))), df)

    return linear({2: 1.0}), linear({3: 1 / 7}), linear({2: 1.0, 3: mean_t})


def lines(frame: pd.DataFrame, at: pd.Timestamp) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(the regression's course on an average weekday, the same as it would have gone on without the change)."""
    x, _ = _design(frame, at)
    root = np.sqrt(_weights(frame))
    beta = np.linalg.lstsq(x * root[:, None], frame["value"].to_numpy(float) * root, rcond=None)[0]
    x[:, 4:] = x[:, 4:].mean(axis=0)
    without = x.copy()
    without[:, 2:4] = 0.0
    return x @ beta, without @ beta


def autoregressive(frame: pd.DataFrame, at: pd.Timestamp) -> Fit | None:
    """The level change with AR(1) errors; None where the likelihood has no maximum to be found."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    x, _ = _design(frame, at)
    y = frame["value"].to_numpy(float)
    if np.ptp(y) == 0:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = SARIMAX(y, exog=x, order=(1, 0, 0)).fit(disp=False, maxiter=200)
        except (np.linalg.LinAlgError, ValueError):
            return None
    se = float(fit.bse[2])
    return Fit(float(fit.params[2]), se, len(y) - x.shape[1] - 2) if np.isfinite(se) and se > 0 else None


def _placebo(frame: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """The level change at every date before the change that has days on both sides, from the days before only."""
    past = frame[frame["day"] < at].reset_index(drop=True)
    rows = []
    for day in past["day"].iloc[SIDE:-SIDE]:
        fit = segmented(past, day)[0]
        rows.append({"day": str(day.date()), "value": fit.value, "t": fit.t})
    return pd.DataFrame(rows, columns=["day", "value", "t"])


def _row(what: str, fit: Fit, unit: str, method: str, frame: pd.DataFrame) -> Row:
    half = t_two_sided(0.95, fit.df) * fit.se
    e = Estimate(fit.value, fit.value - half if fit.se > 0 else None, fit.value + half if fit.se > 0 else None, len(frame), len(frame), unit,
                 method if fit.se > 0 else f"{method}: the series does not vary")
    return {"effect": what, **e.row(), "p": p_two_sided(fit.t, fit.df) if fit.se > 0 else None}


def _result(study: Study, change: Change, frame: pd.DataFrame, rows: pd.DataFrame, placebo: pd.DataFrame, unit: str, meaning: str,
            control: pd.DataFrame | None) -> Result:
    at = pd.Timestamp(change.shipped_on)
    main = rows.iloc[0]
    shown = "share difference" if unit == "share" else unit
    estimate = Estimate(float(main["value"]), _float(main["low"]), _float(main["high"]), int(main["n"]), int(main["base"]), shown, str(main["method"]))
    level = rows.iloc[1]
    t_level = abs(float(level["value"])) / ((float(level["high"]) - float(level["low"])) / 2) if level["high"] is not None else 0.0
    half = t_two_sided(0.95, max(1, len(frame) - 10))
    larger = int((placebo["t"].abs() >= t_level * half).sum()) if len(placebo) else 0
    share = (larger + 1) / (len(placebo) + 1) if len(placebo) else None
    p = _float(main["p"])
    clear = p is not None and p < 0.05 and (share is None or share <= 0.1)
    lead = "moved" if clear else "did not clearly move"
    sentences = [f"After {change.name} went live on {change.shipped_on}, {series.in_words(change.metric)} {lead}: {signed(estimate.value, shown)} on average "
                 f"(95 % interval {between(estimate)}; {p_value(p)}; {count(len(frame))} days). {CAUTION}"]
    if share is not None:
        sentences.append(f"{count(larger)} of {count(len(placebo))} dates before the change show a jump at least as clear ({percent(larger / len(placebo))}).")
    moved = rows[rows["effect"] == "the control series itself"]
    caveats = [CAUTION]
    if len(moved) and moved["p"].iloc[0] is not None and moved["p"].iloc[0] < 0.05:
        caveats.append(f"The control series, {series.in_words(change.control)}, moved as well: something else happened.")
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
        caveats=tuple(caveats), lane="experiments", label=change.name, subject=ShippedChange(change.name, change.metric))
    fitted, without = lines(frame, at)
    series_frame = frame.assign(after=frame["day"] >= at, fitted=fitted, expected=without, day=frame["day"].dt.strftime("%Y-%m-%d"))
    return Result(
        question=f"What moved when {change.name} went live?",
        frames={"effects": rows, "placebo": placebo, "series": series_frame}, sentences=[_lead(change, estimate, clear), *sentences], method=METHOD, caveats=caveats, findings=[finding],
        facts={"change": change.name, "metric": change.metric, "said": series.in_words(change.metric), "shipped_on": str(change.shipped_on), "meaning": meaning, "unit": unit,
               "placebo_share": share, "clear": clear, "randomised": False})


def _float(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _lead(change: Change, estimate: Estimate, clear: bool) -> str:
    """What happened, without its size: before and after prove nothing."""
    said = words.begun(series.in_words(change.metric))
    if not clear:
        return f"{said}: no clear change after {change.name}."
    return f"{said}: {'up' if (estimate.value or 0.0) > 0 else 'down'} after {change.name}, which is no proof of its effect."
