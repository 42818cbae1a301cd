"""How many segments: stability, separation and interpretability side by side, and the answer "none"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...results.words import p_value
from .methods import Data, Labels, Method, Model
from .parsimony import bic
from .reference import OneCloud, one_cloud_test
from .separation import valleys
from .stability import Stability, bootstrap

ALPHA = 0.01  # of the one-cloud test; strict, since an invented segment costs more than a missed one
STABLE = 0.75  # Jaccard below which a segment is not the same thing on another sample (Hennig 2007)
VALLEY_ALPHA = 0.05
SMALLEST = 0.02  # share of customers; a smaller segment is a handful of odd customers
NEAR_BIC = 10.0
LARGE_EFFECT = 0.14  # η² from which a feature sets segments apart clearly (Cohen 1988)
TREE_LEAVES = 2  # leaves a segment may need in the rule that should tell them apart
CLOUD_ROWS, VALLEY_ROWS, TREE_ROWS = 1_000, 4_000, 2_000


@dataclass(frozen=True)
class Candidate:
    """One number of segments, looked at from all sides. `refused` says why it is not eligible."""

    k: int
    model: Model
    labels: Labels
    stability: Stability
    valleys: dict[tuple[int, int], float]
    gap: float
    gap_se: float
    z: float
    p: float
    silhouette: float
    smallest: float
    accuracy: float
    baseline: float
    distinct_features: int
    bic: float
    refused: str

    @property
    def seen(self) -> int:
        """Pairs of neighbours with a valley between them."""
        return sum(p <= VALLEY_ALPHA for p in self.valleys.values())

    @property
    def row(self) -> dict[str, object]:
        """As a row of the frame `candidates`."""
        ari = self.stability.ari
        return {
            "segments": self.k, "value": float(ari.mean()), "low": float(np.quantile(ari, 0.025)),
            "high": float(np.quantile(ari, 0.975)), "n": len(ari), "base": len(self.labels), "unit": "score",
            "method": "adjusted Rand index between bootstrap refits, 95 % of them",
            "jaccard_least": float(self.stability.segments.min()), "gap": self.gap, "gap_se": self.gap_se,
            "z_one_cloud": self.z, "p_one_cloud": self.p, "silhouette": self.silhouette, "valleys": f"{self.seen} of {len(self.valleys)}",
            "smallest_share": self.smallest, "rule_accuracy": self.accuracy, "rule_baseline": self.baseline,
            "distinct_features": self.distinct_features,
            "bic": self.bic,
            "eligible": not self.refused, "reason": self.refused or "stable, apart from its neighbours",
        }


@dataclass(frozen=True)
class Choice:
    """The candidates, the test against one cloud, the number chosen (1: none) and why.

    slices: where there are no natural segments, the number into which customers can best be cut so that the
    same pieces come back on other samples (reproducible, in the words of Dolnicar & Leisch 2010); else None.
    """

    candidates: list[Candidate]
    cloud: OneCloud
    natural: bool
    k: int
    why: str
    slices: int | None = None

    def reason(self, c: Candidate) -> str:
        """Why a number was chosen, or why not."""
        if c.refused:
            return c.refused
        if c.p > ALPHA:
            return "comes back on other samples, but one cloud cut alike lies as far apart"
        if self.natural and c.k != self.k:
            return f"holds, but {self.k} describe the data better (Schwarz's criterion)"
        return "comes back, lies apart, and describes the data best (Schwarz's criterion)"

    def near(self) -> list[Candidate]:
        """Other numbers that are as natural and nearly as good: by Schwarz's criterion (within 10, below "very strong"
        evidence; Kass & Raftery 1995), or as stable and as far apart as the chosen one."""
        chosen = next((c for c in self.candidates if c.k == self.k), None)
        if chosen is None:
            return []
        return [c for c in self.candidates if c.k != self.k and not c.refused and c.p <= ALPHA and (
            c.bic - chosen.bic < NEAR_BIC
            or (c.stability.ari.mean() >= chosen.stability.ari.mean() and abs(c.gap - chosen.gap) <= chosen.gap_se))]


def choose(data: Data, frame: pd.DataFrame, method: Method, numbers: Sequence[int], rng: np.random.Generator,
           bootstraps: int = 40, replicas: int = 99) -> Choice:
    """Look at every number of segments and choose one, or none.

    Natural segments need three things at once: one cloud with the same margins and correlations does not fall
    apart as well (p ≤ .01, corrected for the numbers tried), every segment comes back on other samples
    (Jaccard ≥ .75), and at least half of the neighbours have a valley between them. Among such numbers the one
    with the best mixture model by Schwarz's criterion is taken, since cutting a segment once more always looks
    further apart and often comes back, but describes nothing new.

    frame: the same rows as `data`, in the features' own units with missing values filled.
    """
    cloud = one_cloud_test(_some(data, CLOUD_ROWS, rng).x, data.blocks, numbers, rng, replicas)
    candidates = [_candidate(data, frame, method, k, cloud, rng, bootstraps) for k in numbers]
    eligible = [c for c in candidates if not c.refused]
    natural = [c for c in eligible if c.p <= ALPHA]
    if natural:
        chosen = min(natural, key=lambda c: c.bic)
        return Choice(candidates, cloud, True, chosen.k,
                      f"{chosen.k} segments lie further apart than in {cloud.replicas} replicas of one cloud "
                      f"(p ≤ {chosen.p:.2f}) and each comes back on other samples (Jaccard {at_least(chosen.stability.segments.min())} or more)")
    slices = min(eligible, key=lambda c: c.bic).k if eligible else None
    if cloud.p > ALPHA:
        why = f"data without any groups, alike in all else, fall apart as well ({p_value(cloud.p)})"
    elif eligible:
        apart = min(eligible, key=lambda c: c.p)
        why = f"the numbers of segments that come back are hardly further apart than one cloud cut alike ({apart.k}: p = {apart.p:.2f})"
    else:
        nearest = min(candidates, key=lambda c: (c.p, -c.gap))
        why = f"customers are not one simple cloud, but no number of segments holds: with {nearest.k}, {nearest.refused}"
    return Choice(candidates, cloud, False, 1, why, slices)


def at_least(value: float) -> str:
    """A lower bound in words: cut, not rounded up to what was not reached."""
    return f"{np.floor(100 * value) / 100:.2f}"


def _candidate(data: Data, frame: pd.DataFrame, method: Method, k: int, cloud: OneCloud, rng: np.random.Generator,
               bootstraps: int) -> Candidate:
    model = method.fit(data, k, rng, min(10, method.starts))
    labels = model.assign(data)
    stability = bootstrap(data, method, k, labels, rng, bootstraps)
    part = _rows(len(data), VALLEY_ROWS, rng)
    between = valleys(data.take(part), method, k, labels[part], rng)
    smallest = float(np.bincount(labels, minlength=k).min() / len(labels))
    seen = sum(p <= VALLEY_ALPHA for p in between.values())
    least = float(stability.segments.min())
    refused = ""
    if least < STABLE:
        refused = f"a segment does not come back on other samples (Jaccard {least:.2f}, needed {STABLE})"
    elif smallest < SMALLEST:
        refused = f"the smallest segment holds {smallest:.1%} of customers"
    elif 2 * seen < len(between):
        refused = f"only {seen} of {len(between)} neighbouring pairs have a valley between them"
    accuracy, baseline = rule_accuracy(frame, labels, k, rng)
    return Candidate(k, model, labels, stability, between, cloud.gap[k], cloud.gap_se[k], cloud.z[k], cloud.p_of[k],
                     silhouette(data, labels, k, rng), smallest, accuracy, baseline, distinct_features(frame, labels),
                     bic(data.take(part), labels[part], k), refused)


def silhouette(data: Data, labels: Labels, k: int, rng: np.random.Generator) -> float:
    """The mean silhouette (Rousseeuw 1987) on the encoded columns, of a sample."""
    from sklearn.metrics import silhouette_score

    rows = _rows(len(data), TREE_ROWS, rng)
    if len(np.unique(labels[rows])) < 2:
        return 0.0
    return float(silhouette_score(data.x[rows], labels[rows]))


def rule_accuracy(frame: pd.DataFrame, labels: Labels, k: int, rng: np.random.Generator) -> tuple[float, float]:
    """How often a tree with two leaves a segment finds the segment of customers it has not seen, and by chance."""
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.tree import DecisionTreeClassifier

    rows = _rows(len(frame), TREE_ROWS, rng)
    y = labels[rows]
    counts = np.bincount(y, minlength=k)
    baseline = float(counts.max() / len(y))
    folds = int(min(5, counts[counts > 0].min()))
    if folds < 2 or (counts > 0).sum() < 2:
        return baseline, baseline
    x = pd.get_dummies(frame.iloc[rows], dtype=float).to_numpy(np.float32)
    tree = DecisionTreeClassifier(max_leaf_nodes=TREE_LEAVES * k, min_samples_leaf=5, random_state=0)
    split = StratifiedKFold(folds, shuffle=True, random_state=0)
    return float(cross_val_score(tree, x, y, cv=split).mean()), baseline


def distinct_features(frame: pd.DataFrame, labels: Labels) -> int:
    """Features whose segments differ clearly (η² of the number, or of the best level, at least .14)."""
    found = 0
    for name in frame:
        values = frame[name]
        columns = [values.to_numpy(float)] if pd.api.types.is_numeric_dtype(values) else [
            (values == level).to_numpy(float) for level in pd.unique(values)]
        found += max(eta_squared(c, labels) for c in columns) >= LARGE_EFFECT
    return found


def eta_squared(values: np.ndarray, labels: Labels) -> float:
    """Share of a number's variance that lies between segments."""
    total = float(values.var()) * len(values)
    if total <= 0:
        return 0.0
    counts = np.bincount(labels)
    means = np.bincount(labels, weights=values) / np.maximum(counts, 1)
    return float((counts * (means - values.mean()) ** 2).sum() / total)


def _rows(n: int, most: int, rng: np.random.Generator) -> np.ndarray:
    return np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))


def _some(data: Data, most: int, rng: np.random.Generator) -> Data:
    return data if len(data) <= most else data.take(_rows(len(data), most, rng))
