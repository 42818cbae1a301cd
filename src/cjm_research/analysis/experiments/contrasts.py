"""One variant against the control on one metric: the difference, its relative size, and how both were had."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scipy.special import stdtr

from ...params.schema import ExperimentMetric
from ...stats import means, ratios, scores, share_differences, survival
from ...stats.comparison import Comparison, nothing, p_two_sided, t_two_sided, z_two_sided
from ...stats.means import Sample
from ...stats.quantiles import quantile_difference
from . import moments
from .design import difference_unit, unit_of
from .moments import Group
from .values import Values

if TYPE_CHECKING:
    from ...study import Study


@dataclass(frozen=True)
class Contrast:
    """A variant against the control: absolute difference (the verdict's), relative change, and the plain one.

    samples: what the pivot rests on (adjusted or clustered where that applies), variant first; None for shares
    compared by the score test, for quantiles and times.
    """

    absolute: Comparison
    relative: Comparison | None
    plain: Comparison
    adjusted: ratios.Adjusted | None
    samples: tuple[Sample, Sample] | None


def compare(m: ExperimentMetric, variant: Group, control: Group, conf: float = 0.95, currency: str = "",
            adjust: bool = True) -> Contrast:
    """The variant's metric minus the control's, by the method of its kind; clusters and the value before are used where known.

    Shares: Miettinen–Nurminen; means: Welch; ratios: delta method; NPS: adjusted Wald; quantiles: order statistics;
    times: the share converted by the end of the window. The relative change rests on the same pivot.
    """
    unit = difference_unit(unit_of(m, currency))
    if m.kind == "quantile":
        return _quantile(variant, control, unit, conf)
    if m.kind == "time_to_event":
        return _time(m, variant, control, unit, conf)
    if variant.clusters is not None and control.clusters is not None:
        return _clustered(variant, control, unit, conf)
    if m.kind == "ratio":
        if variant.ratio is None or control.ratio is None:
            return _none(nothing(variant.n, variant.n + control.n, unit, "a group has fewer than two units", conf))
        one, two = variant.ratio.linearised(), control.ratio.linearised()
        plain = ratios.ratio_difference(variant.ratio, control.ratio, unit, conf)
        pair = None if one is None or two is None else (one, two)
        return Contrast(plain, ratios.ratio_lift(variant.ratio, control.ratio, conf), plain, None, pair)
    plain, relative = _plain(m, variant, control, unit, conf)
    samples = None if m.kind in ("proportion", "csat") else (variant.sample, control.sample)
    if adjust and variant.covariate is not None and control.covariate is not None:
        adjusted = ratios.adjusted_difference(variant.covariate, control.covariate, "within", unit, conf)
        found = ratios.adjusted_samples(variant.covariate, control.covariate)
        if found is not None and adjusted.adjusted.p is not None:
            lift = None if m.kind == "nps" else means.relative_lift(found[0], found[1], conf)
            return Contrast(adjusted.adjusted, lift, plain, adjusted, (found[0], found[1]))
    return Contrast(plain, relative, plain, None, samples)


def _plain(m: ExperimentMetric, variant: Group, control: Group, unit: str, conf: float) -> tuple[Comparison, Comparison | None]:
    if m.kind in ("proportion", "csat"):
        counts = (variant.hits, variant.n, control.hits, control.n)
        return (share_differences.share_difference(*counts, conf=conf, method="miettinen_nurminen"),
                share_differences.share_lift(*counts, conf=conf))
    if m.kind == "nps":
        # points of ±100: squares tell how many are not passive
        return scores.nps_difference(_promoters(variant), _promoters(control), conf), None
    return (means.mean_difference(variant.sample, control.sample, unit, conf),
            means.relative_lift(variant.sample, control.sample, conf))


def _promoters(g: Group) -> scores.Promoters:
    """Promoters and detractors from the moments of −100, 0 and 100."""
    if not g.n or g.sample.mean is None:
        return scores.Promoters(0, 0, 0, 0)
    gap = g.sample.mean * g.n / 100
    outer = ((g.sample.var or 0.0) * (g.n - 1) + g.n * g.sample.mean**2) / 1e4
    return scores.Promoters((outer + gap) / 2, (outer - gap) / 2, g.n, g.n)


def _clustered(variant: Group, control: Group, unit: str, conf: float) -> Contrast:
    """Whole clusters as units: a mean over units is a ratio of cluster sums."""
    assert variant.clusters is not None and control.clusters is not None
    one, two = variant.clusters.linearised(), control.clusters.linearised()
    if one is None or two is None:
        return _none(nothing(variant.n, variant.n + control.n, unit, "the denominators of a group sum to 0", conf))
    found = means.mean_difference(one, two, unit, conf)
    words = f"cluster-robust (delta method over {one.n} and {two.n} clusters), Welch, {conf:.3g}"
    absolute = replace(found, n=variant.n, base=variant.n + control.n, method=words if found.p is not None else found.method)
    relative = None if unit == "points" else replace(means.relative_lift(one, two, conf), n=variant.n, base=variant.n + control.n)
    return Contrast(absolute, relative, absolute, None, (one, two))


def across_clusters(study: Study, values: Values, arms: tuple[int, int], groups: tuple[Group, Group], unit: str,
                    conf: float) -> Contrast:
    """The same where clusters lie in both arms: one sandwich over all clusters."""
    (variant, control), base = groups, groups[0].n + groups[1].n
    a, b = variant.sample.mean, control.sample.mean
    if a is None or b is None:
        return _none(nothing(variant.n, base, unit, "a group is empty", conf))
    squared, clusters = moments.influence(study, values, *arms, (a, b), (variant.n, control.n))
    if squared <= 0:
        return _none(nothing(variant.n, base, unit, "no variation between clusters", conf, a - b))
    se, df = math.sqrt(squared), clusters - 1
    half, t = t_two_sided(conf, df) * se, (a - b) / se
    found = Comparison(a - b, a - b - half, a - b + half, p_two_sided(t, df), variant.n, base, unit,
                       f"cluster-robust over {clusters} clusters that lie in both arms, {conf:.3g}", conf, 0.0, se, df, t)
    return Contrast(found, None, found, None, None)


def _quantile(variant: Group, control: Group, unit: str, conf: float) -> Contrast:
    if variant.quantile is None or control.quantile is None:
        return _none(nothing(variant.n, variant.n + control.n, unit, "a group is empty", conf))
    # the limits were read at .95; the error they imply serves any level
    found = quantile_difference(variant.quantile, control.quantile)
    if found.se is not None and found.value is not None:
        half = z_two_sided(conf) * found.se
        found = replace(found, low=found.value - half, high=found.value + half, unit=unit, conf=conf)
    return _none(found)


def horizon(m: ExperimentMetric, variant: Group, control: Group) -> float | None:
    """The time up to which both arms' curves are compared: the window, else where either's observation ends."""
    ends = [g.times.time[-1] for g in (variant, control) if g.times is not None and g.times.time]
    if len(ends) < 2:
        return None
    return min([*ends, m.window]) if m.window is not None else min(ends)


def _time(m: ExperimentMetric, variant: Group, control: Group, unit: str, conf: float) -> Contrast:
    end = horizon(m, variant, control)
    base = variant.n + control.n
    if end is None or variant.times is None or control.times is None:
        return _none(nothing(variant.n, base, unit, "a group has no observed times", conf))
    n, base = variant.times.n, variant.times.n + control.times.n
    (a, sa), (b, sb) = (survival.converted_error(g, end) for g in (variant.times, control.times))
    se = math.hypot(sa, sb)
    if se == 0:
        return _none(nothing(n, base, unit, "nobody, or everybody, converted in both groups", conf, a - b))
    half, z = z_two_sided(conf) * se, (a - b) / se
    found = Comparison(a - b, max(-1.0, a - b - half), min(1.0, a - b + half), p_two_sided(z), n, base, unit,
                       f"share converted by the end of the window, Kaplan–Meier with Greenwood's error, {conf:.3g}", conf, 0.0,
                       se, None, z)
    return _none(found)


def non_inferior(m: ExperimentMetric, variant: Group, control: Group, contrast: Contrast, alpha: float) -> Comparison | None:
    """Is the variant worse by less than the margin? One-sided at `alpha`; None without a margin.

    The interval is two-sided at 1 − 2·alpha, in the metric's unit, or relative where the margin is. Its
    unfavourable end against the margin decides, and p agrees with it.
    """
    if m.margin is None:
        return None
    margin, conf = abs(m.margin), 1 - 2 * alpha
    again = compare(m, variant, control, conf) if contrast.samples is not None or m.kind in ("proportion", "csat") else contrast
    shown = again.relative if m.margin_kind == "relative" else again.absolute
    if shown is None or shown.low is None or shown.high is None:
        return nothing(variant.n, variant.n + control.n, "share difference", "no interval to hold against the margin", conf)
    null = -margin if m.higher_is_better else margin
    p: float | None
    if m.margin_kind == "absolute" and m.kind in ("proportion", "csat") and again.samples is None:
        side: share_differences.Side = "larger" if m.higher_is_better else "smaller"
        p = share_differences.score_test(variant.hits, variant.n, control.hits, control.n, max(-0.999999, min(0.999999, null)), side)[1]
    elif again.samples is not None:
        first, second = again.samples
        if m.margin_kind == "relative" and second.mean is not None and second.var is not None:
            # worse by less than a share of the control's mean: a linear test, not one of a ratio
            factor = 1 + math.copysign(1.0, second.mean) * null
            second, null = Sample(second.n, second.mean * factor, second.var * factor**2, second.df), 0.0
        test = means.mean_difference(first, second, null=null)
        p = None if test.statistic is None or test.df is None else float(
            stdtr(test.df, -test.statistic if m.higher_is_better else test.statistic))
    else:
        p = None
    return replace(shown, p=p, method=f"against a margin of {margin:g}{' relative' if m.margin_kind == 'relative' else ''}; {shown.method}")


def _none(found: Comparison) -> Contrast:
    return Contrast(found, None, found, None, None)
