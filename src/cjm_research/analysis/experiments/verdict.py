"""The verdict in words: ship, do not ship, inconclusive and why, withheld; and what it is worth at the touchpoint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scipy.special import ndtri

from ...params.schema import Experiment
from ...results.result import Estimate
from ...results.words import THIN, begun, column, count, listing, needed_digits, number, p_value, percent, some
from ...stats.comparison import Comparison
from . import design as designs
from .checks import Check
from .effects import Measured, error_of
from .looks import Now
from .units import Units

if TYPE_CHECKING:
    from ...study import Study

Choice = Literal["ship", "do not ship", "inconclusive", "too early", "withheld"]
DAYS = 30  # a period, for what a change is worth


@dataclass(frozen=True)
class Verdict:
    """What to do with one variant, why, and the number it rests on."""

    variant: str
    choice: Choice
    reason: str
    comparison: Comparison
    p_adjusted: float | None


def decide(units: Units, measured: list[Measured], variant: str, now: Now, p_adjusted: float | None,
           failing: list[Check]) -> Verdict:
    """The verdict on one variant. Sequential methods decide by their own interval, a fixed design by Holm's p."""
    design, c = units.design, now.comparison
    primary = next(f for f in measured if f.role == "primary")
    if failing:
        why = "; ".join(f"{x.check}: {x.reason}" for x in failing)
        return Verdict(variant, "withheld", why, c, p_adjusted)
    if c.value is None or c.low is None or c.high is None:
        # no interval: nothing varies, too few units, or no error spent yet
        return Verdict(variant, "too early" if c.se else "inconclusive", now.reason, c, p_adjusted)
    low, high = (c.low, c.high) if primary.metric.higher_is_better else (-c.high, -c.low)
    fixed = c is primary.contrasts[variant].absolute
    sure = p_adjusted is not None and p_adjusted <= design.alpha if fixed else True
    harmed = [column(f.metric.name) for f in measured if f.role == "guardrail" and _state(f, variant) == "harmed"]
    unshown = [column(f.metric.name) for f in measured if f.role == "guardrail" and _state(f, variant) in ("not shown", None)]
    if low > 0 and sure:
        if harmed:
            return Verdict(variant, "do not ship", f"better, but it harms {listing(harmed)} beyond the margin", c, p_adjusted)
        if unshown:
            return Verdict(variant, "inconclusive", f"better, but {listing(unshown)} {'is' if len(unshown) == 1 else 'are'} not shown "
                           "to be unharmed", c, p_adjusted)
        return Verdict(variant, "ship", "better" + _guarded(units), c, p_adjusted)
    if high < 0 and sure:
        return Verdict(variant, "do not ship", "worse", c, p_adjusted)
    if not now.ready:
        alarm = f"; so far it harms {listing(harmed)} beyond the margin" if harmed else ""
        return Verdict(variant, "too early", now.reason + alarm, c, p_adjusted)
    if harmed:
        return Verdict(variant, "do not ship", f"no clear gain, and it harms {listing(harmed)} beyond the margin", c, p_adjusted)
    if design.mde and high < abs(design.mde):
        return Verdict(variant, "do not ship", f"an effect as large as the smallest that matters ({_size(abs(design.mde), c.unit)}) "
                       "is excluded", c, p_adjusted)
    return Verdict(variant, "inconclusive", _open(units, primary, variant, c, low, high), c, p_adjusted)


def _guarded(units: Units) -> str:
    """What was shown of the guardrails of a variant that harms none, margin by margin."""
    design, currency = units.design, units.study.params.currency
    shown = [f"{column(name)} not shown to be more than {designs.margin_words(designs.metric(design, name), currency)}" for name in design.guardrails]
    return f"; {listing(shown)}" if shown else ""


def _open(units: Units, primary: Measured, variant: str, c: Comparison, low: float, high: float) -> str:
    """Why it is open, and how many units would settle it."""
    design, se = units.design, error_of(primary.contrasts[variant].absolute)
    reach = f"the data fit anything from {_size(c.low, c.unit)} to {_size(c.high, c.unit)}"
    if low > 0:
        reach = "better by itself, but not after correcting for the number of variants"
    if design.mde and se and low <= 0:
        z = float(ndtri(1 - design.alpha / 2) + ndtri(design.power))
        need = math.ceil(c.base * (z * se / abs(design.mde)) ** 2)
        if need > c.base:
            return f"{reach}; about {count(need)} units would detect the smallest effect that matters"
    return reach


def _state(f: Measured, variant: str) -> str | None:
    from .effects import guard_state

    return guard_state(f.metric, f.guards.get(variant))


def _size(x: float | None, unit: str) -> str:
    return signed(x, unit)


def signed(x: float | None, unit: str, least: int = 0) -> str:
    """A difference in words: shares in percentage points, relative changes in per cent, always with its sign. least: decimals it
    has at least, in its own unit.
    """
    if x is None:
        return "–"
    sign = "+" if x > 0 else "−" if x < 0 else "±"
    if unit == "share difference":
        points = abs(x) * 100
        return f"{sign}{points:.{max(1 if points >= 1 else 2, least - 2)}f} percentage points"
    if unit == "relative change":
        return sign + percent(abs(x), least - 2)
    if unit == "points":
        return f"{sign}{abs(x):.1f} points"
    if unit == "customers":
        return sign + (count(abs(x)) if abs(x) >= 10 else f"{abs(x):.1f}")
    unit = "" if unit == "per unit" else unit
    if unit != "s" and 0 < abs(x) < 1:
        # two significant digits: a small difference must not read as none
        text = f"{abs(x):.{max(least, min(9, 1 - math.floor(math.log10(abs(x)))))}f}"
        return sign + (f"{text}{THIN}{unit}" if unit not in ("", "score", "count") else text)
    return sign + number(abs(x), unit, least)


def between(c: Comparison | Estimate) -> str:
    """`+0.2 to +1.4 percentage points`, or that there is none."""
    if c.low is None or c.high is None:
        return "without an interval"
    least = needed_digits(c.low, c.high)
    low, high = signed(c.low, c.unit, least), signed(c.high, c.unit, least)
    # the unit is said once
    for tail in (" percentage points", " points", f"{THIN}{c.unit}", f"{THIN}%"):
        if low.endswith(tail) and high.endswith(tail):
            low = low.removesuffix(tail)
    return f"{low} to {high}"


def headline(design: Experiment, measured: list[Measured], v: Verdict, readings: Sequence[str] = ()) -> str:
    """The verdict on one variant with its numbers, in short sentences. readings: what changes how it is read; it comes first."""
    primary = next(f for f in measured if f.role == "primary")
    lead = {"ship": "Ship", "do not ship": "Do not ship", "inconclusive": "Inconclusive", "too early": "Too early to judge",
            "withheld": "Verdict withheld"}[v.choice]
    title, c = design.title or design.name, v.comparison
    if v.choice == "withheld":
        return f"{lead} on {v.variant} in {title}: {v.reason}."
    if v.choice == "too early":
        lead = "Too early"
    if c.value is None:
        return f"{lead} on {v.variant} in {title}: {v.reason}."
    lift = primary.contrasts[v.variant].relative
    parts = [f"{c.conf * 100:.4g} % interval {between(c)}" if c.low is not None else "no interval"]
    if lift is not None and lift.value is not None:
        parts.append(f"{signed(lift.value, 'relative change')} relative")
    parts += [p_value(v.p_adjusted)] if v.p_adjusted is not None else []
    arms = list(design.variants)
    clusters = [g.clusters.n for a in (v.variant, design.control) if (g := primary.groups[arms.index(a)]).clusters is not None]
    parts.append(some(c.base, f"{design.unit}s") + (f" in {count(sum(clusters))} clusters" if len(clusters) == 2 and not primary.shared_clusters else ""))
    verb = f"{lead} {v.variant}" if v.choice in ("ship", "do not ship") else f"{lead} on {v.variant}"
    metric, (why, _, guarded) = column(primary.metric.name), v.reason.partition("; ") if v.choice == "ship" else (v.reason, "", "")
    found = f"{signed(c.value, c.unit, needed_digits(c.low, c.high))} ({'; '.join(parts)}): {why}."
    led = f"{verb} in {title}, but {'; and '.join(readings)}. {begun(metric)} {found}" if readings else f"{verb} in {title}: {metric} {found}"
    return f"{led} {begun(guarded)}." if guarded else led


def worth(study: Study, units: Units, primary: Measured, v: Verdict) -> tuple[Estimate, str] | None:
    """What the effect is worth on the map: the metric's units per 30 days among all customers at the touchpoint.

    The interval carries the effect's uncertainty only, the number of customers is taken as it was. None for scores,
    quantiles and withheld verdicts: adding them up over customers means nothing.
    """
    m, c = primary.metric, v.comparison
    if v.choice == "withheld" or m.kind not in ("proportion", "mean", "csat") or c.value is None:
        return None
    reach, where = customers_per_period(study, units)
    if reach is None:
        return None
    unit = "customers" if m.kind in ("proportion", "csat") else designs.unit_of(m, study.params.currency)
    scaled = [None if x is None else x * reach for x in (c.value, c.low, c.high)]
    estimate = Estimate(scaled[0], scaled[1], scaled[2], c.n, c.base, unit, f"effect × {reach:,.0f} {where} per {DAYS} days")
    size = signed(estimate.value, unit).replace(f"{THIN}customers", "")
    whom = f"if {units.design.called(v.variant)} is shown to all {count(reach)} {where} in {DAYS} days"
    words = f"{whom}, {_more(estimate)} would {m.says}." if unit == "customers" and m.says else f"{whom}: {size} {column(m.name)} ({between(estimate)})."
    return estimate, words


def _more(e: Estimate) -> str:
    """`46 more (24 to 66)`: whole customers with their interval."""
    value = e.value or 0.0
    said = f"{count(abs(round(value)))} {'more' if value >= 0 else 'fewer'}"
    if e.low is None or e.high is None:
        return said
    low, high = sorted(round(x if value >= 0 else -x) for x in (e.low, e.high))
    return f"{said} ({count(low).replace('-', '−')} to {count(high)})"


def customers_per_period(study: Study, units: Units) -> tuple[float | None, str]:
    """Customers per 30 days at the design's touchpoint or stage; without either, units assigned per 30 days."""
    design = units.design
    for place, name in (("touchpoint", design.touchpoint), ("stage", design.stage)):
        if name:
            row = study.query(f"""SELECT count(DISTINCT customer_id) AS people, min(occurred_at) AS first, max(occurred_at) AS last
                                  FROM interactions WHERE {place} = ?""", [name]).iloc[0]
            if row["people"] and row["last"] > row["first"]:
                days = max(1.0, (row["last"] - row["first"]).total_seconds() / 86400)
                return float(row["people"]) * min(1.0, DAYS / days), f"customers at {name}"
    facts = units.facts
    if facts["first_day"] is None or facts["last_day"] == facts["first_day"]:
        return None, ""
    days = (facts["last_day"] - facts["first_day"]).days + 1
    return sum(facts["units_by_arm"]) * DAYS / days, f"{design.unit}s like those in the test"


def rivals(units: Units, primary: Measured, winners: list[str]) -> list[tuple[str, str, Comparison, float | None, float]]:
    """Where several variants beat the control: the best against each other one: (best, other, comparison, p, level). p is Bonferroni's."""
    from .effects import contrast

    if len(winners) < 2:
        return []
    sign = 1 if primary.metric.higher_is_better else -1
    ordered = sorted(winners, key=lambda v: -sign * (primary.contrasts[v].absolute.value or 0.0))
    best, found, level = ordered[0], [], 1 - units.design.alpha / (len(winners) - 1)
    for other in ordered[1:]:
        c = contrast(units.study, units.design, primary, units.arms.index(best), units.arms.index(other), level).absolute
        found.append((best, other, c, None if c.p is None else min(1.0, c.p * (len(winners) - 1)), level))
    return found


def best_of(units: Units, primary: Measured, winners: list[str]) -> list[str]:
    """Which of several variants that beat the control to take, or that the data do not say."""
    said = []
    for best, other, c, p, level in rivals(units, primary, winners):
        sure = p is not None and p < units.design.alpha
        lead = f"take {best}: it beats {other} as well" if sure else f"{best} and {other} cannot be told apart; choose by what they cost"
        said.append(f"Of the variants that beat the control, {lead} ({signed(c.value, c.unit)}; {level * 100:.4g} % interval {between(c)}; {p_value(p)}).")
    return said
