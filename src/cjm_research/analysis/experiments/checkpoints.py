"""Experiments delivered as aggregates per checkpoint (n, mean, variance per arm): what each look would have said."""

from __future__ import annotations

import itertools
import math

import pandas as pd

from ...errors import BadInput
from ...shapes import Row
from ...stats import anytime, sequential
from ...stats.means import Sample, mean_difference

NEEDED = ("series", "time", "n_control", "n_variant", "mean_control", "mean_variant", "var_control", "var_variant")
COLUMNS = ["series", "time", "value", "low", "high", "n", "base", "unit", "method", "se", "naive_p", "bound", "crossed",
           "anytime_low", "anytime_high", "anytime_p"]


def read(frame: pd.DataFrame, *, alpha: float = 0.05, n_star: float | None = None, planned: bool = False,
         unit: str = "score") -> tuple[pd.DataFrame, pd.DataFrame]:
    """(every checkpoint, one row per series) of cumulative aggregates.

    frame: series (any id), time (increasing within a series), n_control, n_variant, mean_…, var_… . Per checkpoint: Welch's
    difference and p, and the confidence sequence tightest at n_star units (default: the series' last size); with
    `planned` also the Lan–DeMets bound at that share of the last size. Per series: whether ever and at last significant
    naively, whether it faded (ever, but not at last), how often it flipped, whether bound or sequence were crossed.
    Checkpoints without a variance, or where nothing varies, are left out. Raises BadInput for missing columns.
    """
    missing = [c for c in NEEDED if c not in frame.columns]
    if missing:
        raise BadInput("checkpoints", f"no column {', '.join(missing)}", ", ".join(NEEDED), "add these columns to the column map of the source")
    rows, summaries = [], []
    frame = frame.dropna(subset=list(NEEDED))
    for series, one in frame.sort_values(["series", "time"]).groupby("series", sort=True):
        found = _series(series, one, alpha, n_star, planned, unit)
        rows += found
        if found:
            naive = [r["naive_p"] < alpha for r in found]
            summaries.append({
                "series": series, "looks": len(found), "naive_ever": any(naive), "naive_last": naive[-1],
                "faded": any(naive) and not naive[-1],
                "flips": sum(a != b for a, b in itertools.pairwise(naive)),
                "bound_crossed": any(r["crossed"] for r in found),
                "anytime_ever": any(r["anytime_p"] < alpha for r in found)})
    return (pd.DataFrame(rows, columns=COLUMNS),
            pd.DataFrame(summaries, columns=["series", "looks", "naive_ever", "naive_last", "faded", "flips", "bound_crossed", "anytime_ever"]))


def _series(series: object, one: pd.DataFrame, alpha: float, n_star: float | None, planned: bool, unit: str) -> list[Row]:
    looks = []
    for r in one.to_dict("records"):
        a = Sample(int(r["n_variant"]), float(r["mean_variant"]), float(r["var_variant"]))
        b = Sample(int(r["n_control"]), float(r["mean_control"]), float(r["var_control"]))
        c = mean_difference(a, b, unit, 1 - alpha) if a.n > 1 and b.n > 1 else None
        if c is not None and c.p is not None and c.se:
            looks.append((r["time"], c, c.se))
    if not looks:
        return []
    sizes = [c.base for _, c, _ in looks]
    shares: list[float] = []
    at: list[int] = []
    for size in sizes:
        # a look without new units spends nothing
        t = size / max(sizes)
        if not shares or t > shares[-1] + 1e-9:
            shares.append(t)
        at.append(len(shares) - 1)
    bounds = sequential.bounds(shares, alpha) if planned else tuple(math.inf for _ in shares)
    rows: list[Row] = []
    for (time, c, se), k in zip(looks, at, strict=True):
        assert c.value is not None
        s = anytime.confidence_sequence(c.value, se, c.base, n_star or max(sizes), alpha, unit, c.n)
        rows.append({"series": series, "time": time, **c.estimate().row(), "se": se, "naive_p": c.p, "bound": None if math.isinf(bounds[k]) else bounds[k],
                     "crossed": abs(c.value / se) > bounds[k], "anytime_low": s.low, "anytime_high": s.high, "anytime_p": s.p})
    return rows
