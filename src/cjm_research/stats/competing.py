"""How a journey ends where it can end in several ways: the share with each end by a time, open cases counted as long as they were seen.

1 − Kaplan–Meier of each end by itself takes the other ends for open cases that may still come to it, and promises more than there is:
the shares of all ends add up to more than one. Aalen & Johansen's do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cjm_research.errors import BadInput
from cjm_research.results.result import Estimate
from cjm_research.stats.comparison import no_estimate, z_two_sided


@dataclass(frozen=True)
class Ends:
    """One time a case and how it ended: 1, 2, … name the ends, 0 a case that was still open then. Raises `BadInput` for times that cannot be."""

    time: npt.NDArray[np.float64]
    end: npt.NDArray[np.int64]

    @classmethod
    def from_values(cls, time: Sequence[float], end: Sequence[int]) -> Ends:
        """From lists."""
        t, e = np.asarray(time, float), np.asarray(end, dtype=np.int64)
        if t.shape != e.shape or not np.isfinite(t).all() or (t < 0).any() or (e < 0).any():
            raise BadInput("times to ends", "negative or missing times or ends, or ragged lists", "one time ≥ 0 and one end (0: still open) a case", "check the times that the question hands over")
        return cls(t, e)

    @property
    def n(self) -> int:
        """All cases."""
        return len(self.time)


def cumulative(ends: Ends, of: int, conf: float = 0.95) -> pd.DataFrame:
    """The share that has come to one end by each time it happened: time, at_risk, events, ended, low, high.

    Aalen & Johansen 1978; variance by the delta method (Marubini & Valsecchi 1995), limits on the log(−log) scale. No rows where nobody came to it.
    """
    z = z_two_sided(conf)
    order = np.argsort(ends.time, kind="stable")
    times, first = np.unique(ends.time[order], return_index=True)
    sorted_end = ends.end[order]
    left = ends.n - first
    mine = np.add.reduceat((sorted_end == of).astype(float), first) if len(times) else np.empty(0)
    all_ends = np.add.reduceat((sorted_end > 0).astype(float), first) if len(times) else np.empty(0)
    before = np.concatenate([[1.0], np.cumprod(1 - all_ends / left)[:-1]]) if len(times) else np.empty(0)
    share = np.cumsum(before * mine / left) if len(times) else np.empty(0)
    rows = []
    # sums that a variance at each time needs, kept as running totals: Σa, Σ a F, Σ a F², …
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(left > all_ends, all_ends / (left * np.maximum(left - all_ends, 1e-300)), 0.0)
    b, c = before**2 * mine * (left - mine) / left**3, before * mine / left**2
    total = {name: np.cumsum(v) for name, v in (("a", a), ("af", a * share), ("aff", a * share**2), ("b", b), ("c", c), ("cf", c * share))}
    for k in np.flatnonzero(mine):
        f = share[k]
        variance = f * f * total["a"][k] - 2 * f * total["af"][k] + total["aff"][k] + total["b"][k] - 2 * (f * total["c"][k] - total["cf"][k])
        low = high = None
        if 0 < f < 1 - 1e-9 and variance > 0:
            half = min(50.0, z * math.sqrt(variance) / (f * abs(math.log(f))))
            low, high = f ** math.exp(half), f ** math.exp(-half)
        rows.append((float(times[k]), int(left[k]), int(mine[k]), float(f), low, high))
    return pd.DataFrame(rows, columns=["time", "at_risk", "events", "ended", "low", "high"])


def ended_by(ends: Ends, of: int, t: float, conf: float = 0.95) -> Estimate:
    """The share that has come to one end by time t."""
    if not ends.n:
        return no_estimate(0, 0, "share", "no cases")
    curve = cumulative(ends, of, conf)
    before = curve[curve["time"] <= t]
    n = int(((ends.end == of) & (ends.time <= t)).sum())
    if before.empty:
        return no_estimate(0, ends.n, "share", "nobody had come to it by then", 0.0)
    last = before.iloc[-1]
    if pd.isna(last["low"]):
        return no_estimate(n, ends.n, "share", "everybody had come to it", float(last["ended"]))
    return Estimate(float(last["ended"]), float(last["low"]), float(last["high"]), n, ends.n, "share", f"Aalen–Johansen, log-log limits, {conf:.3g}")
