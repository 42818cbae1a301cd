"""Predictions that time has tested: features before a cut, outcomes after it, the model from an earlier cut.

A model is fitted at one cut and looked at on a later one, when its own outcomes were all known before that. Whoever splits at
random looks at customers of the same days, and does not see that the level was wrong.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ...errors import BadInput, NotEnoughData
from ...stats.prediction import Scores, auc, auc_estimate, better, scores

LEAST = 50  # customers with, and without, the outcome at each cut
TOO_GOOD = 0.95  # AUC of one feature alone: it knows what it cannot know
LEVEL = 0.02  # gap of mean chance and share that may stay


@dataclass(frozen=True)
class Cut:
    """One cut: customers with a purchase up to it, what was known of them then, and whether they bought in (cut, end]."""

    cut: pd.Timestamp
    end: pd.Timestamp
    features: pd.DataFrame  # index: customer
    outcome: pd.Series


@dataclass(frozen=True)
class Tested:
    """What a later period said of a model. state: "chances" (level and slope hold), "ranks" (only the order does) or "nothing" (no better than everybody's rate)."""

    state: str
    why: str
    model: str
    scores: Scores
    baseline: Scores  # everybody the training rate
    recency: float  # AUC of the days since the last purchase alone
    p: pd.Series
    random_ece: float  # of a random split of the training cut, for comparison
    leaks: tuple[str, ...]
    weights: pd.Series
    recalibrated: bool = False
    notes: tuple[str, ...] = field(default=())


def at_cut(frame: pd.DataFrame, cut: pd.Timestamp, end: pd.Timestamp) -> Cut:
    """Features from purchases up to and with the day of the cut, the outcome after it: id, day and spend are looked at."""
    before = frame[frame["day"] <= cut]
    by = before.groupby("id")
    first, last, n = by["day"].min(), by["day"].max(), by.size()
    after = frame[(frame["day"] > cut) & (frame["day"] <= end)]
    features = pd.DataFrame({
        "repeat purchases (log)": np.log1p(n - 1), "days since the last purchase (log)": np.log1p((cut - last).dt.days), "weeks since the first purchase": (cut - first).dt.days / 7,
        "mean spend (log)": np.log1p(by["spend"].mean().clip(lower=0)), "bought once": (n == 1).astype(float)})
    return Cut(cut, end, features, features.index.to_series().isin(set(after["id"])).astype(float))


def cuts_of(frame: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, horizon: int) -> list[Cut]:
    """Cuts a horizon apart, the last one a horizon before the end: as many as leave a horizon of history before the first, three at most."""
    out: list[Cut] = []
    step, at = pd.Timedelta(days=horizon), end - pd.Timedelta(days=horizon)
    while at - step >= start and len(out) < 3:
        out.append(at_cut(frame, at, at + step))
        at -= step
    return out[::-1]


def judged(train: Cut, test: Cut, between: Cut | None = None, seed: int = 20260101) -> Tested:
    """Fit at `train`, look at `test`. between: a cut whose outcomes were known before `test`, to set the level right by.

    Raises `BadInput` where outcomes of the training overlap the test's, `NotEnoughData` with fewer than 50 on a side.
    """
    for early, late in ((train, test), *(((train, between), (between, test)) if between else ())):
        if early.end > late.cut:
            raise BadInput("split by time", f"outcomes until {early.end.date()} of a cut before {late.cut.date()}", "outcomes that are known before the next cut", "shorten the horizon")
    for c in (train, test):
        hits = int(c.outcome.sum())
        if min(hits, len(c.outcome) - hits) < LEAST:
            raise NotEnoughData("prediction", f"{hits:,} of {len(c.outcome):,} customers bought again after {c.cut.date()}", f"at least {LEAST} who did and {LEAST} who did not", "a longer export, or nothing to predict here")
    leaks = tuple(c for c in train.features if _alone(train, c) > TOO_GOOD)
    columns = [c for c in train.features if c not in leaks and train.features[c].std() > 0]
    if not columns:
        raise NotEnoughData("prediction", "no feature is left" + (f"; {', '.join(leaks)} know what they cannot know" if leaks else ""), "features that vary", "look where they come from")
    y = test.outcome.to_numpy()
    p, weights = _logistic(train, test, columns)
    model, notes = "logistic regression", []
    trees = _trees(train, test, columns, seed)
    if better(y, trees, p)[1] > 0 and auc(y, trees) > auc(y, p):
        model, p = "gradient boosting", trees
        notes.append("gradient boosting beats the logistic regression beyond chance")
    moved = False
    if between is not None and between.outcome.sum() >= LEAST:
        earlier = _logistic(train, between, columns)[0] if model == "logistic regression" else _trees(train, between, columns, seed)
        found = scores(between.outcome.to_numpy(), np.clip(earlier, 1e-6, 1 - 1e-6))
        p, moved = _shifted(p, found.intercept), True
    rate = float(train.outcome.mean())
    held, flat = scores(y, p), scores(y, np.full(len(y), rate))
    state, why = _state(y, p, held)
    return Tested(state, why, model, held, flat, auc(y, -test.features["days since the last purchase (log)"].to_numpy()) if "days since the last purchase (log)" in test.features else float("nan"),
                  pd.Series(p, index=test.outcome.index), _random(train, columns, seed), leaks, weights, moved, tuple(notes))


def _state(y: np.ndarray, p: np.ndarray, held: Scores) -> tuple[str, str]:
    low = auc_estimate(y, p).low
    if low is None or low <= 0.5 or np.isnan(held.auc):
        return "nothing", "it orders customers no better than chance"
    half = 1.959963984540054 * np.sqrt(held.rate * (1 - held.rate) / held.n)
    if abs(held.mean_p - held.rate) > max(LEVEL, half):
        return "ranks", f"its chances are {100 * held.mean_p:.1f} % on average where {100 * held.rate:.1f} % came back"
    if not 0.8 <= held.slope <= 1.25:
        return "ranks", f"its chances are {'too extreme' if held.slope < 1 else 'too timid'} (slope {held.slope:.2f})"
    return "chances", "level and slope held on a later period"


def _alone(train: Cut, column: str) -> float:
    found = auc(train.outcome.to_numpy(), train.features[column].to_numpy())
    return max(found, 1 - found)


def _scaled(train: Cut, other: Cut, columns: list[str]) -> tuple[np.ndarray, np.ndarray]:
    mean, sd = train.features[columns].mean(), train.features[columns].std(ddof=0)
    return ((train.features[columns] - mean) / sd).to_numpy(), ((other.features[columns] - mean) / sd).to_numpy()


def _logistic(train: Cut, other: Cut, columns: list[str]) -> tuple[np.ndarray, pd.Series]:
    from sklearn.linear_model import LogisticRegression

    x, z = _scaled(train, other, columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = LogisticRegression(C=1e9, max_iter=1000, tol=1e-6).fit(x, train.outcome.to_numpy())  # no penalty to speak of
    return fit.predict_proba(z)[:, 1], pd.Series(fit.coef_[0], index=columns)


def _trees(train: Cut, other: Cut, columns: list[str], seed: int) -> np.ndarray:
    from sklearn.ensemble import HistGradientBoostingClassifier

    fit = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=50, random_state=seed)
    return fit.fit(train.features[columns].to_numpy(), train.outcome.to_numpy()).predict_proba(other.features[columns].to_numpy())[:, 1]


def _random(train: Cut, columns: list[str], seed: int) -> float:
    """The calibration error that a random split of the training cut shows."""
    half = np.random.default_rng(seed).random(len(train.outcome)) < 0.5
    a, b = (Cut(train.cut, train.end, train.features[m], train.outcome[m]) for m in (half, ~half))
    kept = [c for c in columns if a.features[c].std() > 0]
    return scores(b.outcome.to_numpy(), _logistic(a, b, kept)[0]).ece if 0 < a.outcome.sum() < len(a.outcome) else float("nan")


def _shifted(p: np.ndarray, by: float) -> np.ndarray:
    from scipy.special import expit, logit

    return expit(logit(np.clip(p, 1e-6, 1 - 1e-6)) + by)
