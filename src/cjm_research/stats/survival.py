"""Time to convert with open cases: Kaplan–Meier, median, log-rank; from counts per time, so the engine aggregates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate
from cjm_research.stats.comparison import no_estimate, z_two_sided


@dataclass(frozen=True)
class Times:
    """How many events and how many open cases (censored) there are at each distinct time, sorted."""

    time: tuple[float, ...]
    events: tuple[int, ...]
    censored: tuple[int, ...]

    @classmethod
    def from_values(cls, time: Sequence[float], event: Sequence[bool]) -> Times:
        """From one time per case and whether the event happened then (else the case was still open)."""
        t, e = np.asarray(time, float), np.asarray(event, bool)
        if t.shape != e.shape or not np.isfinite(t).all() or (t < 0).any():
            raise BadInput("times", "negative or missing times, or ragged lists", "one time ≥ 0 and one flag per case", "check the times and groups that the cell hands over")
        frame = pd.DataFrame({"t": t, "e": e, "c": ~e}).groupby("t").sum()
        return cls(*(tuple(x) for x in (frame.index.to_list(), frame["e"].astype(int), frame["c"].astype(int))))

    @property
    def n(self) -> int:
        """All cases."""
        return sum(self.events) + sum(self.censored)

    def at_risk(self) -> list[int]:
        """Cases neither converted nor closed just before each time."""
        left, found = self.n, []
        for events, censored in zip(self.events, self.censored, strict=True):
            found.append(left)
            left -= events + censored
        return found


def kaplan_meier(times: Times, conf: float = 0.95) -> pd.DataFrame:
    """The share still open after each event time: time, at_risk, events, open, low, high, converted.

    Greenwood's variance with log(−log) limits (Kalbfleisch & Prentice 1980); limits are missing where nobody
    is left. `converted` is 1 − open. No rows where nothing happened.
    """
    z, share, hazard = z_two_sided(conf), 1.0, 0.0
    rows = []
    for t, events, risk in zip(times.time, times.events, times.at_risk(), strict=True):
        if events == 0:
            continue
        share *= 1 - events / risk
        low = high = None
        if events < risk:
            hazard += events / (risk * (risk - events))
            log = math.log(share)
            half = z * math.sqrt(hazard) / abs(log)
            low, high = share ** math.exp(half), share ** math.exp(-half)
        rows.append((t, risk, events, share if events < risk else 0.0, low, high, 1 - share))
    return pd.DataFrame(rows, columns=["time", "at_risk", "events", "open", "low", "high", "converted"])


def time_quantile(times: Times, q: float = 0.5, unit: str = "s", conf: float = 0.95) -> Estimate:
    """The time by which a share `q` has converted, with the interval where the curve's limits cross (Brookmeyer & Crowley 1982).

    No value where fewer ever convert; a limit is None where the curve's limit never crosses.
    """
    converted = sum(times.events)
    curve = kaplan_meier(times, conf)
    reached = curve[curve["open"] <= 1 - q + 1e-12]
    if reached.empty:
        return no_estimate(converted, times.n, unit, f"fewer than {q:.0%} convert within the time observed")
    value = float(reached["time"].iloc[0])
    # a limit that is missing because nobody is left lies at 0
    early = curve[curve["low"].fillna(0.0) <= 1 - q + 1e-12]
    late = curve[curve["high"].fillna(1.0) <= 1 - q + 1e-12]
    low = float(early["time"].iloc[0]) if len(early) else None
    high = float(late["time"].iloc[0]) if len(late) else None
    why = "" if high is not None else "; the upper limit lies beyond the time observed"
    return Estimate(value, low, high, converted, times.n, unit, f"Kaplan–Meier, log-log limits, {conf:.3g}{why}")


def converted_by(times: Times, t: float, conf: float = 0.95) -> Estimate:
    """The share converted by time t, open cases counted for as long as they were seen."""
    if times.n == 0:
        return no_estimate(0, 0, "share", "no cases")
    curve = kaplan_meier(times, conf)
    before = curve[curve["time"] <= t]
    n = sum(e for e, at in zip(times.events, times.time, strict=True) if at <= t)
    if before.empty:
        return no_estimate(0, times.n, "share", "nobody converted by then", 0.0)
    last = before.iloc[-1]
    if last["open"] == 0:
        return no_estimate(n, times.n, "share", "everybody still seen had converted", 1.0)
    return Estimate(float(last["converted"]), float(1 - last["high"]), float(1 - last["low"]), n, times.n, "share",
                    f"1 − Kaplan–Meier, log-log limits, {conf:.3g}")


def converted_error(times: Times, t: float) -> tuple[float, float]:
    """The share converted by time t and its standard error (Greenwood 1926)."""
    share, hazard = 1.0, 0.0
    for at, events, risk in zip(times.time, times.events, times.at_risk(), strict=True):
        if at > t or share == 0:
            break
        if events:
            share *= 1 - events / risk
            hazard += events / (risk * (risk - events)) if events < risk else 0.0
    return 1 - share, share * math.sqrt(hazard)


def log_rank(groups: Sequence[Times]) -> tuple[float, int, float] | None:
    """The log-rank test that several groups convert alike: (χ², df, p); None where nothing can be compared.

    Mantel 1966; Peto & Peto 1972.
    """
    k = len(groups)
    if k < 2:
        raise BadInput("log-rank", f"{k} group", "two or more", "check the times and groups that the cell hands over")
    instants = sorted({t for g in groups for t, e in zip(g.time, g.events, strict=True) if e})
    risk, events = _aligned(groups, instants)
    total, hits = risk.sum(axis=0), events.sum(axis=0)
    expected = (risk * hits / total).sum(axis=1)
    factor = np.where(total > 1, hits * (total - hits) / np.maximum(total - 1, 1) / total**2, 0.0)
    cov = -np.einsum("t,it,jt->ij", factor, risk, risk) + np.diag((factor * total * risk).sum(axis=1))
    gap = (events.sum(axis=1) - expected)[:-1]
    if not instants or np.linalg.matrix_rank(cov[:-1, :-1]) < k - 1:
        return None
    chi2 = float(gap @ np.linalg.solve(cov[:-1, :-1], gap))
    return chi2, k - 1, float(chdtrc(k - 1, chi2))


def _aligned(groups: Sequence[Times], instants: list[float]) -> tuple[np.ndarray, np.ndarray]:
    risk, events = np.zeros((len(groups), len(instants))), np.zeros((len(groups), len(instants)))
    for i, group in enumerate(groups):
        leaving = np.array(group.events) + np.array(group.censored)
        cumulative = np.concatenate([[0], np.cumsum(leaving)])
        before = np.searchsorted(group.time, instants, side="left")
        risk[i] = group.n - cumulative[before]
        at = dict(zip(group.time, group.events, strict=True))
        events[i] = [at.get(t, 0) for t in instants]
    return risk, events
