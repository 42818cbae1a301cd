"""Every metric against the control: effects, adjusted for how many there are, guardrails against their margins."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd
from scipy.special import ndtri

from ...params.schema import Experiment, ExperimentMetric
from ...stats import multiplicity
from ...stats.comparison import Comparison
from . import contrasts, moments, values
from . import design as designs
from .contrasts import Contrast
from .moments import Group
from .units import Units
from .values import Values

if TYPE_CHECKING:
    from ...study import Study


@dataclass
class Measured:
    """One metric, measured: its groups by arm (position), its contrasts and guardrail tests by variant; uncapped: the differences of a
    capped metric without its cap.
    """

    metric: ExperimentMetric
    role: str
    values: Values
    groups: dict[int, Group]
    contrasts: dict[str, Contrast] = field(default_factory=dict)
    guards: dict[str, Comparison] = field(default_factory=dict)
    uncapped: dict[str, Comparison] = field(default_factory=dict)
    shared_clusters: int = 0


def measure(units: Units, m: ExperimentMetric) -> Measured:
    """Build a metric's values and compare every variant that has units with the control."""
    built = values.build(units, m)
    return compared(units, m, built, moments.arms(units.study, built))


def compared(units: Units, m: ExperimentMetric, built: Values, groups: dict[int, Group]) -> Measured:
    """Every variant that has units against the control, from the groups by arm."""
    design, study = units.design, units.study
    for i in range(len(units.arms)):
        groups.setdefault(i, Group(0, 0, moments.Sample(0, None, None)))
    found = Measured(m, designs.role(design, m.name), built, groups)
    if built.has_cluster:
        found.shared_clusters = moments.shared_clusters(study, built)
    control = units.arms.index(design.control)
    raw = moments.by(study, built, expression="y", bottom="d") if built.cap is not None else {}
    for variant in units.live_treatments:
        i = units.arms.index(variant)
        if i in raw and control in raw:
            found.uncapped[variant] = contrasts.compare(m, raw[i], raw[control], 1 - design.alpha, study.params.currency).absolute
        found.contrasts[variant] = contrast(study, design, found, i, control, 1 - design.alpha)
        if found.role == "guardrail":
            guard = contrasts.non_inferior(m, groups[i], groups[control], found.contrasts[variant], design.alpha / 2)
            if guard is not None:
                found.guards[variant] = guard
    return found


def contrast(study: Study, design: Experiment, found: Measured, first: int, second: int, conf: float) -> Contrast:
    """One contrast of a measured metric at a level, clusters in both arms included."""
    m, currency = found.metric, study.params.currency
    if found.shared_clusters and m.kind in designs.MEAN_KINDS:
        unit = designs.difference_unit(designs.unit_of(m, currency))
        return contrasts.across_clusters(study, found.values, (first, second), (found.groups[first], found.groups[second]), unit, conf)
    return contrasts.compare(m, found.groups[first], found.groups[second], conf, currency)


def families(measured: list[Measured]) -> dict[tuple[str, str], tuple[float | None, str]]:
    """(metric, variant) → (adjusted p, family): Holm over the primary metric's variants, BH over secondary ones.

    Guardrails stand outside: each must hold by itself, so nothing is gained by looking at several.
    """
    out: dict[tuple[str, str], tuple[float | None, str]] = {}
    for role, method, name in (("primary", "holm", "primary metric, Holm"), ("secondary", "bh", "secondary metrics, Benjamini–Hochberg")):
        members = [(f.metric.name, v, c.absolute.p) for f in measured if f.role == role for v, c in f.contrasts.items()]
        adjusted = multiplicity.adjust([p for *_, p in members], method)  # type: ignore[arg-type]
        count = sum(p is not None for *_, p in members)
        for (metric, variant, _), p in zip(members, adjusted, strict=True):
            out[metric, variant] = (p, f"{name} over {count}")
    for f in measured:
        if f.role == "guardrail":
            out.update({(f.metric.name, v): (None, "guardrail, each by itself") for v in f.contrasts})
    return out


def frame(study: Study, design: Experiment, measured: list[Measured], arms: list[str]) -> pd.DataFrame:
    """One row per metric and variant: the difference with its interval and p, the relative change, both arms' values."""
    adjusted, rows = families(measured), []
    control = arms.index(design.control)
    for found in measured:
        m = found.metric
        for variant, c in found.contrasts.items():
            a, g = c.absolute, found.groups[arms.index(variant)]
            p, family = adjusted[m.name, variant]
            guard = found.guards.get(variant)
            rows.append({
                "metric": m.name, "role": found.role, "kind": m.kind, "variant": variant, "control": design.control,
                "value": a.value, "low": a.low, "high": a.high, "n": g.n, "base": g.n + found.groups[control].n, "unit": a.unit,
                "method": a.method, "p": a.p, "p_adjusted": p, "family": family, "se": a.se,
                "control_value": level(m, found.groups[control], c), "variant_value": level(m, g, c),
                "lift": c.relative.value if c.relative else None, "lift_low": c.relative.low if c.relative else None,
                "lift_high": c.relative.high if c.relative else None,
                "lift_method": c.relative.method if c.relative else "no relative change of this kind",
                "mde_now": detectable(design, a, c),
                "better": None if a.value is None else (a.value > 0) == m.higher_is_better if a.value else None,
                "adjusted_for": (m.covariate or f"{m.name} before") if c.adjusted else None,
                "plain_value": c.plain.value, "plain_low": c.plain.low, "plain_high": c.plain.high, "plain_p": c.plain.p,
                "correlation": c.adjusted.correlation if c.adjusted else None,
                "variance_kept": c.adjusted.variance_kept if c.adjusted else None,
                "margin": m.margin, "margin_kind": m.margin_kind if m.margin is not None else None,
                "guard_low": guard.low if guard else None, "guard_high": guard.high if guard else None,
                "guard_p": guard.p if guard else None, "guard": guard_state(m, guard),
                "source": found.values.words, "cap": found.values.cap, "uncapped": found.uncapped[variant].value if variant in found.uncapped else None,
                "uncapped_low": found.uncapped[variant].low if variant in found.uncapped else None,
                "uncapped_high": found.uncapped[variant].high if variant in found.uncapped else None,
            })
    return pd.DataFrame(rows)


def guardrails(design: Experiment, found: pd.DataFrame, currency: str = "") -> pd.DataFrame:
    """The guardrails' rows of `frame`: the interval that is held against the margin, the margin, and what follows."""
    chosen = found[found["role"] == "guardrail"]
    relative = chosen["margin_kind"] == "relative"
    return pd.DataFrame({
        "metric": chosen["metric"], "variant": chosen["variant"], "value": chosen["value"].where(~relative, chosen["lift"]),
        "low": chosen["guard_low"].fillna(chosen["low"]), "high": chosen["guard_high"].fillna(chosen["high"]), "n": chosen["n"],
        "base": chosen["base"], "unit": chosen["unit"].where(~relative, "relative change"), "method": chosen["method"],
        "margin": [designs.margin_words(designs.metric(design, m), currency) if given else "none"
                   for m, given in zip(chosen["metric"], chosen["margin"].notna(), strict=True)],
        "p": chosen["guard_p"], "state": chosen["guard"].fillna("no margin stated"),
    }).reset_index(drop=True)


def adjusted(found: pd.DataFrame) -> pd.DataFrame:
    """Every effect that values from before adjust, twice: as it is and adjusted, with what the adjustment saved."""
    rows = []
    for r in found[found["adjusted_for"].notna()].to_dict("records"):
        shared = {"metric": r["metric"], "variant": r["variant"], "n": r["n"], "base": r["base"], "unit": r["unit"]}
        rows += [{**shared, "analysis": f"adjusted for {r['adjusted_for']}", "value": r["value"], "low": r["low"], "high": r["high"],
                  "method": r["method"], "p": r["p"], "correlation": r["correlation"], "variance_saved_share": 1 - r["variance_kept"]},
                 {**shared, "analysis": "as it is", "value": r["plain_value"], "low": r["plain_low"], "high": r["plain_high"],
                  "method": "unadjusted", "p": r["plain_p"], "correlation": None, "variance_saved_share": None}]
    return pd.DataFrame(rows, columns=["metric", "variant", "analysis", "value", "low", "high", "n", "base", "unit", "method", "p", "correlation",
                                       "variance_saved_share"])


def level(m: ExperimentMetric, g: Group, c: Contrast) -> float | None:
    """An arm's own value of the metric, before any adjustment."""
    if m.kind == "quantile":
        return g.quantile.value if g.quantile else None
    if m.kind == "ratio":
        return g.ratio.mean_y / g.ratio.mean_x if g.ratio and g.ratio.mean_x else None
    if m.kind == "time_to_event":
        from ...stats.survival import converted_error

        end = m.window if m.window is not None else (g.times.time[-1] if g.times and g.times.time else None)
        return converted_error(g.times, end)[0] if g.times and end is not None else None
    return g.sample.mean


def error_of(a: Comparison) -> float | None:
    """The standard error of a comparison, read off its interval where its method has none."""
    if a.se is not None:
        return a.se
    if a.low is None or a.high is None:
        return None
    return (a.high - a.low) / (2 * float(ndtri(0.5 + a.conf / 2)))


def detectable(design: Experiment, a: Comparison, c: Contrast) -> float | None:
    """The absolute difference these data could have detected with the planned power (not post-hoc power)."""
    se = error_of(a)
    return None if se is None or se == 0 else float(ndtri(1 - design.alpha / 2) + ndtri(design.power)) * se


def guard_state(m: ExperimentMetric, guard: Comparison | None) -> str | None:
    """`unharmed`, `harmed` (wholly beyond the margin), `worse within the margin`, or `not shown`; None without a margin."""
    if guard is None or m.margin is None:
        return None
    if guard.low is None or guard.high is None:
        return "not shown"
    worst, best = (guard.low, guard.high) if m.higher_is_better else (-guard.high, -guard.low)
    margin = abs(m.margin)
    if worst > -margin:
        return "worse within the margin" if best < 0 else "unharmed"
    return "harmed" if best < -margin else "not shown"


def sign_flipped(c: Contrast) -> bool:
    """Whether the adjustment turned the sign of the difference."""
    a, b = c.absolute.value, c.plain.value
    return c.adjusted is not None and a is not None and b is not None and a != 0 and b != 0 and math.copysign(1, a) != math.copysign(1, b)
