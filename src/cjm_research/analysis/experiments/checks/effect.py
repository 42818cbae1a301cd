"""Checks of the effect: too good to be true, too skewed, carried by one unit, or by a cap or margin."""

from __future__ import annotations

from ....results.words import count, figure, interval, number, percent
from ....stats.comparison import Comparison
from .. import design as designs
from ..contrasts import Contrast
from ..effects import Measured
from ..moments import Group
from ..units import Units
from .check import Check

SKEW_UNITS = 355  # units per squared skewness for a normal mean (Kohavi et al. 2014, rule of thumb)
TOO_GOOD = "too good to be true"  # a check that only warns, and all the same comes before any use of the figures
TWYMAN_LIFT = 0.5  # relative changes beyond this are more often a mistake than a success
HEAVY_UNIT = 0.05  # share of a metric's total that one unit may hold


def twyman(measured: list[Measured]) -> Check:
    """Too good to be true is usually wrong (Twyman's law)."""
    odd = []
    for f in measured:
        for variant, c in f.contrasts.items():
            a = c.absolute
            if a.p is None or a.value is None:
                continue
            if (large := _too_large(c)) is not None:
                odd.append(f"{f.metric.name}, {variant}: {large * 100:+.0f}\u202f%")
            elif a.p < 1e-6 and a.base < 1000:
                odd.append(f"{f.metric.name}, {variant}: p below one in a million on {a.base} units")
    if odd:
        return Check(TOO_GOOD, "warn", "; ".join(odd[:4]) + ": check the instrumentation first",
                     reading=f"check the instrumentation first: too good to be true ({'; '.join(odd[:2])})")
    return Check(TOO_GOOD, "pass", f"no significant change beyond {TWYMAN_LIFT:.0%}")


def doubtful(measured: list[Measured], variant: str) -> list[tuple[str, float]]:
    """Metrics whose relative change is too large to be believed unchecked, with that change."""
    found = [(f.metric.name, _too_large(f.contrasts[variant])) for f in measured if variant in f.contrasts]
    return [(name, large) for name, large in found if large is not None]


def _too_large(c: Contrast) -> float | None:
    lift, p = c.relative, c.absolute.p
    return lift.value if lift is not None and lift.value is not None and abs(lift.value) > TWYMAN_LIFT and p is not None and p < 0.05 else None


def skew(units: Units, measured: list[Measured]) -> Check:
    """Are there enough units for a normal difference of means, given how skewed the values are?

    The skewness of the difference's own sampling distribution against 1/√355, which is Kohavi's 355·s² rule carried
    from one mean to a difference: equal arms cancel, unequal ones do not.
    """
    seen, short = False, []
    control = units.arms.index(units.design.control)
    for f in measured:
        if f.metric.kind != "mean" or f.values.has_cluster or not any(g.n for g in f.groups.values()):
            continue
        for variant in f.contrasts:
            found = skew_of_difference(f.groups[units.arms.index(variant)], f.groups[control])
            seen = True
            if found is None or abs(found) > SKEW_UNITS**-0.5:
                short.append(f"{f.metric.name}, {variant}" + (f" ({found:+.3f})" if found is not None else " (too few units)"))
    if not seen:
        return Check("skewness", "not run", "no metric is a plain mean of units")
    if short:
        return Check("skewness", "warn", f"the difference itself is skewed beyond {SKEW_UNITS**-0.5:.3f}: {'; '.join(short[:4])}; "
                     "see the capped values")
    return Check("skewness", "pass", "enough units for normal differences (skewness of each below 1/√355)")


def skew_of_difference(a: Group, b: Group) -> float | None:
    """The skewness of mean(a) − mean(b); None below thirty units an arm."""
    if min(a.n, b.n) < 30 or a.sample.var is None or b.sample.var is None:
        return None
    spread = a.sample.var / a.n + b.sample.var / b.n
    third = (a.skew or 0.0) * a.sample.var**1.5 / a.n**2 - (b.skew or 0.0) * b.sample.var**1.5 / b.n**2
    return third / spread**1.5 if spread > 0 else 0.0


def heavy(measured: list[Measured]) -> Check:
    """Does one unit carry a metric, or is it the same for all?"""
    found = []
    for f in measured:
        least, most = f.values.facts["least"], f.values.facts["most"]
        if least is not None and least == most and f.metric.kind != "time_to_event" and sum(g.n for g in f.groups.values()) > 2:
            found.append(f"{f.metric.name} is {most:g} for every unit, so nothing can be compared")
        if f.metric.kind in ("mean", "ratio"):
            total, most = sum(g.total for g in f.groups.values()), max((g.most or 0.0) for g in f.groups.values())
            if total > 0 and most / total > HEAVY_UNIT and sum(g.n for g in f.groups.values()) > 100:
                found.append(f"{f.metric.name}: {percent(most / total)} of the total")
            negative = f.values.facts["negative"]
            if negative and f.metric.unit not in (None, "points"):
                found.append(f"{f.metric.name}: {count(negative)} negative values")
    return Check("outliers", "warn" if found else "pass", "; ".join(found) or "no unit carries a metric, no negative amounts")


def margins(units: Units, measured: list[Measured]) -> Check:
    """Has every guardrail a margin, and one that is smaller than what it guards?"""
    guards = units.design.guardrails
    bare = [g for g in guards if designs.metric(units.design, g).margin is None]
    if not guards:
        return Check("guardrails", "not run", "no guardrails are named")
    if bare:
        return Check("guardrails", "warn", f"no margin for {', '.join(bare)}: not significant would not mean unharmed")
    wide = [said for f in measured if f.role == "guardrail" and (said := _wider_than_its_base(units, f))]
    if wide:
        said = "; ".join(wide)
        return Check("guardrails", "warn", f"{said}: even a doubling would pass; state a margin well below it", reading=said)
    return Check("guardrails", "pass", "every guardrail has a margin")


def _wider_than_its_base(units: Units, f: Measured) -> str:
    """That a guardrail's margin is larger than its value in the control, in words; empty where it is not."""
    m, control = f.metric, f.groups[units.arms.index(units.design.control)]
    mean = control.sample.mean
    if m.margin is None or mean is None:
        return ""
    unit = designs.unit_of(m, units.study.params.currency)
    if m.margin_kind == "relative":
        return f"the margin of {m.name}, {abs(m.margin):.0%}, is as large as the whole of it in the control" if abs(m.margin) >= 1 else ""
    if m.kind in ("nps", "ces") or abs(m.margin) <= abs(mean):
        return ""
    return (f"the margin of {m.name}, {number(abs(m.margin), designs.difference_unit(unit)).lstrip('+')}, is larger than its "
            f"{'rate' if unit == 'share' else 'mean'} in the control, {number(mean, unit)}")


def caps(measured: list[Measured]) -> list[Check]:
    """Is a cap that the design asks for a matter of outliers? Of every metric, whatever its role; nothing where none asks."""
    asked = [f for f in measured if f.metric.winsorise is not None]
    if not asked:
        return []
    unused = [f"{f.metric.name} ({f.role}) is shown without its cap: {f.values.unused_cap}" for f in asked if f.values.unused_cap]
    other = [f"{f.metric.name} is a {f.metric.kind}, which no cap is for" for f in asked if f.metric.kind not in ("mean", "ratio")]
    told = "; ".join(f"{f.metric.name}: {f.values.cap_words()}" + "".join(f", without the cap {v} {_effect(c)}" for v, c in f.uncapped.items())
                     for f in asked if f.values.cap is not None)
    if unused or other:
        return [Check("caps", "warn", "; ".join([*unused, *other, *([told] if told else [])]))]
    return [Check("caps", "pass", f"{len(asked)} capped at a quantile pooled over the arms, no more than 5 % of the values other than 0 of any" + (f"; {told}" if told else ""))]


def _effect(c: Comparison) -> str:
    """A difference with its interval."""
    inside = interval(c.low, c.high, c.unit)
    return figure(c.value, c.low, c.high, c.n, c.base, c.unit)[0] + (f" ({inside})" if inside else "")
