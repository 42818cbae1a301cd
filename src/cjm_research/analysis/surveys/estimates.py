"""Estimates of a survey: shares, means, scores and medians of any part of the respondents, by the survey's weights and design."""

from __future__ import annotations

import math

import numpy as np

from ...results.result import Estimate
from ...stats.comparison import no_estimate
from ...stats.means import Sample, mean
from ...stats.scores import DETRACTOR, PROMOTER, Promoters, nps
from ...stats.shares import share
from ...stats.survey.design import effective, share_interval
from .loaded import Answers, Asked, Flags, Floats, Survey


def promoter_points(score: Floats) -> Floats:
    """100, 0 or −100 for promoters, passives and detractors."""
    return np.where(np.isnan(score), np.nan, np.where(score >= PROMOTER, 100.0, np.where(score <= DETRACTOR, -100.0, 0.0)))


def share_of(survey: Survey, hits: Flags, among: Flags) -> Estimate:
    """The share of hits among respondents; n and base are people, never weights."""
    k, n = int((hits & among).sum()), int(among.sum())
    if survey.is_plain:
        return share(k, n)
    found = survey.design.mean(np.where(among, hits, np.nan), among)
    if not found.n:
        return no_estimate(k, n, "share", "nobody with a weight")
    low, high, base = share_interval(found)
    return Estimate(found.value, low, high, k, n, "share", f"weighted, Wilson on an effective base of {base:.0f}, 0.95")


def mean_of(survey: Survey, values: Floats, among: Flags, unit: str = "score") -> Estimate:
    """The mean of values among respondents."""
    inside = among & np.isfinite(values)
    if survey.is_plain:
        return mean(Sample.from_values(values[inside].tolist()), unit)
    found = survey.design.mean(values, inside)
    n = int(inside.sum())
    if found.n < 2:
        return no_estimate(n, n, unit, "fewer than two respondents with a weight", found.value if found.n else None)
    low, high = found.interval()
    return Estimate(found.value, low, high, n, n, unit, f"weighted mean, linearised error, Student's t, 0.95 (effective n {found.effective:.0f})")


def nps_of(survey: Survey, score: Floats, among: Flags) -> Estimate:
    """The Net Promoter Score among respondents."""
    inside = among & np.isfinite(score)
    up, down, n = inside & (score >= PROMOTER), inside & (score <= DETRACTOR), int(inside.sum())
    if survey.is_plain:
        return nps(Promoters.from_counts(int(up.sum()), n - int(up.sum()) - int(down.sum()), int(down.sum())))
    if survey.study.params.survey.strata or survey.study.params.survey.clusters:
        found = mean_of(survey, promoter_points(score), inside, "points")
        return found if found.low is None or found.high is None else Estimate(
            found.value, max(-100.0, found.low), min(100.0, found.high), n, n, "points", found.method)
    w = np.where(inside, survey.design.w, 0.0)
    return nps(Promoters.from_weights(float(w[up].sum()), float(w[down].sum()), float(w.sum()), float((w * w).sum()), n))


def headline(survey: Survey, asked: Asked, answers: Answers, among: Flags | None = None) -> Estimate | None:
    """The one number of a question: its score, or the mean of a quantity, a place or points; None for choices and words."""
    inside = answers.answered if among is None else answers.answered & among
    if asked.kind == "nps":
        return nps_of(survey, answers.score, inside)
    if asked.kind in ("csat", "ces") and asked.scored:
        found = share_of(survey, asked.favourable(np.where(np.isnan(answers.score), math.inf if not asked.higher else -math.inf, answers.score)), inside)
        return found
    if asked.kind in ("csat", "ces", "likert"):
        return mean_of(survey, answers.score, inside)
    if asked.kind in ("number", "ranking", "points", "maxdiff"):
        return mean_of(survey, answers.score, inside, asked.unit)
    return None


def median_of(survey: Survey, values: Floats, among: Flags, unit: str) -> Estimate:
    """The median of values among respondents: the value with half of the weight on either side, of two such values their mean; with Woodruff's interval."""
    inside = among & np.isfinite(values)
    n = int(inside.sum())
    if n < 2 or not (survey.design.w[inside] > 0).any():
        return no_estimate(n, n, unit, "fewer than two respondents")
    value, low, high = survey.design.quantile(values, 0.5, among=inside, middle=True)
    known = math.isfinite(low) and math.isfinite(high)
    return Estimate(value, low if known else None, high if known else None, n, n, unit, "median, Woodruff's interval, 0.95")


def base_of(survey: Survey, among: Flags) -> float:
    """Kish's effective number of respondents."""
    return effective(survey.design.w[among]) if among.any() else 0.0
