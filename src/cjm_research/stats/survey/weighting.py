"""Weights: how even they are, and raking to margins that are known of the population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cjm_research.errors import BadInput
from cjm_research.stats.survey.design import Array, effective

CLOSED, ROUNDS = 1e-8, 200  # the largest relative gap of a margin that counts as closed; rounds until raking is given up
UNEVEN, VERY_UNEVEN, HEAVY = 2.0, 3.0, 5.0  # design effects to warn of, and a weight (mean 1) that lets one person speak for too many


@dataclass(frozen=True)
class Evenness:
    """How even weights are: their effective n (Kish), design effect, extremes (at mean 1), and the share of people above 3."""

    n: int
    effective: float
    design_effect: float
    smallest: float
    largest: float
    above_three: float


def evenness(weights: npt.ArrayLike) -> Evenness:
    """How even weights are. Kish 1965: design effect = n / effective n = 1 + the squared coefficient of variation."""
    w = np.asarray(weights, float)
    base = effective(w)
    scaled = w / w.mean()
    return Evenness(w.size, base, w.size / base, float(scaled.min()), float(scaled.max()), float((scaled > 3).mean()))


@dataclass(frozen=True)
class Raked:
    """Weights that close every margin: with how many rounds, the largest gap left (relative), and the margins' columns for errors."""

    weights: Array
    rounds: int
    gap: float
    margins: Array


def rake(labels: Mapping[str, pd.Series], targets: Mapping[str, Mapping[str, float]], start: npt.ArrayLike | None = None,
         bounds: tuple[float, float] | None = None, where: str = "survey: rake") -> Raked:
    """Weights whose margins are the targets. Deming & Stephan 1940.

    labels: name → everybody's category. targets: name → category → share (sums to 1) or count (every margin the same sum). start: weights as given.
    bounds: least and most that a weight may be, at mean 1; weights are cut and raked again until margins and bounds both hold.
    Raises `BadInput` for a category that nobody has, one without a target, respondents without a category, targets that contradict each other, and for margins
    that do not close.
    """
    n = len(next(iter(labels.values())))
    w = np.ones(n) if start is None else np.asarray(start, float).copy()
    if not np.isfinite(w).all() or (w <= 0).any():
        raise BadInput(where, "starting weights that are missing, 0 or negative", "a weight above 0 for everybody", "correct the column, or rake without it")
    codes, wanted, names = [], [], []
    sums = {name: float(sum(of.values())) for name, of in targets.items()}
    shares = [abs(s - 1) <= 1e-6 for s in sums.values()]
    for name, of in targets.items():
        codes.append(_checked(labels[name], of, f"{where}.{name}"))
        names.append(name)
        wanted.append(np.array([float(v) for v in of.values()]))
    total = 1.0 if all(shares) else next(iter(sums.values()))
    for name, s in sums.items():
        if abs(s - total) > 1e-6 * max(1.0, total):
            raise BadInput(f"{where}.{name}", f"its targets sum to {s:,.6g}", "1 for shares; for counts, one sum for all margins" + ("" if all(shares) else f" ({total:,.6g})"),
                           "correct the targets")
    scale = float(n) if all(shares) else total
    wanted = [v / total * scale for v in wanted]
    w *= scale / w.sum()
    limits = None if bounds is None else (bounds[0] * scale / n, bounds[1] * scale / n)
    gap, worst = np.inf, ""
    for done in range(1, ROUNDS + 1):
        for c, v in zip(codes, wanted, strict=True):
            w *= (v / np.bincount(c, w, minlength=len(v)))[c]
        if limits is not None:
            w = np.clip(w, *limits)
        gaps = [np.max(np.abs(np.bincount(c, w, minlength=len(v)) / v - 1)) for c, v in zip(codes, wanted, strict=True)]
        gap, worst = float(max(gaps)), names[int(np.argmax(gaps))]
        if gap < CLOSED:
            margins = np.concatenate([np.eye(len(v))[c] for c, v in zip(codes, wanted, strict=True)], axis=1)
            return Raked(w, done, gap, margins)
    raise BadInput(f"{where}.{worst}", f"after {ROUNDS} rounds the margin is still {gap:.2g} off its target", f"all margins within {CLOSED:g}"
                   + (" and all weights within their bounds" if bounds else ""), "join small categories" + (", widen the bounds" if bounds else "") + ", or leave a margin out")


def _checked(labels: pd.Series, of: Mapping[str, float], where: str) -> npt.NDArray[np.int64]:
    """Everybody's category as its number among the targets."""
    given = labels.astype("string")
    counts = given.value_counts()
    if bad := [k for k, v in of.items() if not np.isfinite(v) or v < 0]:
        raise BadInput(where, f"{bad[0]!r}: {of[bad[0]]!r}", "a share or count above 0", "correct the target")
    if empty := [k for k, v in of.items() if v > 0 and not counts.get(str(k), 0)]:
        raise BadInput(where, f"nobody in the sample is {empty[0]!r}, and its target is {of[empty[0]]:g}", "respondents in every category with a target",
                       f"join {empty[0]!r} with a category like it")
    if unknown := [str(k) for k in counts.index if float(of.get(str(k), 0)) <= 0]:
        raise BadInput(where, f"{counts[unknown[0]]:,} respondents are {unknown[0]!r}, which has no target above 0", f"{', '.join(map(str, of))}", "add its target, or leave these respondents out by `filter`")
    if missing := int(given.isna().sum()):
        raise BadInput(where, f"{missing:,} respondents have no value", "a category for everybody", "leave them out by `filter`, or give them a category of their own with a target")
    place = {str(k): i for i, k in enumerate(of)}
    return np.asarray(given.map(place), dtype=np.int64)
