"""Trust before effect: each check passes, warns, fails or was not run, with its reason.

In the order of Kohavi, Tang & Xu 2020 and Fabijan et al. 2019. A failing check above the line withholds the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from ...errors import did_you_mean
from ...results.earlier import reported_with_another_design
from ...results.words import count, figure, interval, listing, number, p_value, percent
from ...stats import srm
from ...stats.comparison import Comparison
from ...stats.means import mean_difference
from ...stats.shares import shares_equal
from . import design as designs
from .contrasts import Contrast
from .effects import Measured, sign_flipped
from .moments import Group
from .units import Units

State = Literal["pass", "warn", "fail", "not run"]
TWO_ARMS_FAIL = 0.01  # share of units in two arms beyond which excluding them is itself a selection
CERTAIN = 0.001  # level of checks that are repeated on every report
SKEW_UNITS = 355  # units per squared skewness for a normal mean (Kohavi et al. 2014, rule of thumb)
FEW_CLUSTERS = 20  # clusters per arm below which cluster-robust errors are too small (Cameron & Miller 2015)
TOO_GOOD = "too good to be true"  # a check that only warns, and all the same comes before any use of the figures
TWYMAN_LIFT = 0.5  # relative changes beyond this are more often a mistake than a success
HEAVY_UNIT = 0.05  # share of a metric's total that one unit may hold


@dataclass(frozen=True)
class Check:
    """One check: its name, state, reason in words, and whether its failure withholds the verdict.

    reading: what of it changes how the verdict is read, in words that stand beside the verdict wherever it is told.
    """

    check: str
    state: State
    reason: str
    above_line: bool = False
    reading: str = ""


def run(units: Units, measured: list[Measured], looks_check: Check) -> list[Check]:
    """All checks in their order."""
    primary = next(f for f in measured if f.role == "primary")
    steps: list[Callable[[], Check | list[Check]]] = [
        lambda: stated(units), lambda: planned_variants(units), lambda: duplicates(units), lambda: two_arms(units),
        lambda: sample_ratio(units), lambda: sample_ratio_by_day(units), lambda: sample_ratio_by_segment(units),
        lambda: stable_split(units), lambda: unit_of_analysis(units, primary), lambda: missing(units, measured),
        lambda: timing(units), lambda: before(units, measured), lambda: looks_check, lambda: weeks(units),
        lambda: matured(measured), lambda: twyman(measured), lambda: skew(units, measured), lambda: heavy(measured),
        lambda: margins(units, measured), lambda: caps(measured),
    ]
    found: list[Check] = []
    for step in steps:
        result = step()
        found += result if isinstance(result, list) else [result]
    return found


def frame(checks: list[Check]) -> pd.DataFrame:
    """The checks as a frame: check, state, reason, above_line."""
    return pd.DataFrame([asdict(c) for c in checks], columns=["check", "state", "reason", "above_line"])


def failing(checks: list[Check]) -> list[Check]:
    """The failing checks above the line."""
    return [c for c in checks if c.above_line and c.state == "fail"]


def caps(measured: list[Measured]) -> list[Check]:
    """Is a cap that the design asks for a matter of outliers? Of every metric, whatever its role; nothing where none asks."""
    asked = [f for f in measured if f.metric.winsorise is not None]
    if not asked:
        return []
    unused = [f"{f.metric.name} ({f.role}) is shown without its cap: {f.values.unused_cap}" for f in asked if f.values.unused_cap]
    other = [f"{f.metric.name} is a {f.metric.kind}, which no cap is for" for f in asked if f.metric.kind not in ("mean", "ratio")]
    if unused or other:
        return [Check("caps", "warn", "; ".join([*unused, *other]))]
    told = "; ".join(f"{f.metric.name}: values above {f.values.cap:,.6g} count as that"
                     + "".join(f", without the cap {v} {_effect(c)}" for v, c in f.uncapped.items()) for f in asked if f.values.cap is not None)
    return [Check("caps", "pass", f"{len(asked)} capped at a quantile pooled over the arms, no more than 5 % of the values other than 0 of any" + (f"; {told}" if told else ""))]


def _effect(c: Comparison) -> str:
    """A difference with its interval."""
    inside = interval(c.low, c.high, c.unit)
    return figure(c.value, c.low, c.high, c.n, c.base, c.unit)[0] + (f" ({inside})" if inside else "")


def readings(trust: list[Check]) -> list[str]:
    """What of the checks changes how the verdict is read."""
    return [c.reading for c in trust if c.reading]


def stated(units: Units) -> Check:
    """Was the design said before the data?"""
    unsaid = designs.missing_statements(units.design)
    before_it = reported_with_another_design(units.study, units.design.name, designs.sha256(units.design)) if not unsaid else ""
    if before_it:
        return Check("design stated", "warn", f"stated afterwards: the report {before_it} had shown these data before the design said what it says now",
                     reading="its design was stated after a report on its data")
    if unsaid:
        return Check("design stated", "warn", f"not pre-registered: {listing(unsaid)} {'is' if len(unsaid) == 1 else 'are'} not stated")
    return Check("design stated", "pass", "hypothesis, planned size and smallest effect that matters are stated")


def planned_variants(units: Units) -> Check:
    """Are there units in arms that nobody planned, or planned arms without units?"""
    facts = units.facts
    empty = [a for a, n in zip(units.arms, facts["units_by_arm"], strict=True) if not n]
    if facts["unplanned"]:
        extra = [v for v in facts["variants_found"] if v not in units.arms]
        return Check("planned variants", "fail", f"{count(facts['unplanned'])} units in variants not planned "
                     f"({', '.join(extra[:5])}); they are left out", True)
    if empty:
        return Check("planned variants", "warn", f"no units in {', '.join(empty)}", True)
    return Check("planned variants", "pass", "every unit is in a planned variant", True)


def duplicates(units: Units) -> Check:
    """Is each unit listed once?"""
    n = units.facts["duplicates"]
    if n:
        return Check("duplicates", "warn", f"{count(n)} repeated assignments of a unit to the same variant; the first counts")
    return Check("duplicates", "pass", f"{count(units.facts['units'])} units, each assigned once")


def two_arms(units: Units) -> Check:
    """Has any unit seen two variants?"""
    n, total = units.facts["two_arms"], units.facts["units"]
    if not n:
        return Check("units in two arms", "pass", "none", True)
    words = f"{count(n)} units ({percent(n / total)}) were assigned to two variants; they are left out"
    return Check("units in two arms", "fail" if n / total > TWO_ARMS_FAIL else "warn", words, True)


def sample_ratio(units: Units) -> Check:
    """Do the arms have the planned sizes?"""
    live = [(n, w) for n, w in zip(units.facts["units_by_arm"], units.design.variants.values(), strict=True)]
    split = srm.srm([n for n, _ in live], [w for _, w in live])
    sizes = ", ".join(f"{a} {count(n)}" for a, n in zip(units.arms, units.facts["units_by_arm"], strict=True))
    if split.p is None:
        return Check("sample ratio", "not run", f"{split.method} ({sizes})", True)
    words = f"{sizes}; joint χ² = {split.chi2:.2f}, {p_value(split.p)}"
    if split.p < srm.ALPHA:
        return Check("sample ratio", "fail", f"{words}: the split is not the planned one", True)
    return Check("sample ratio", "pass" if split.p >= 0.01 else "warn", words, True)


def sample_ratio_by_day(units: Units) -> Check:
    """The same by day of assignment, corrected for the number of days."""
    days = units.by_day()
    if days.empty:
        return Check("sample ratio by day", "not run", "assignments carry no time")
    return _split_by(units, "sample ratio by day", days.rename(columns={"day": "level"}), "days")


def sample_ratio_by_segment(units: Units) -> list[Check]:
    """The same within each level of each segment."""
    if not units.segment_columns:
        return [Check("sample ratio by segment", "not run", "no segments are named in params")]
    return [_split_by(units, f"sample ratio by {name}", units.by_segment(name), "levels") for name in units.segment_columns]


def _split_by(units: Units, name: str, counts: pd.DataFrame, what: str) -> Check:
    weights, tested, bad = list(units.design.variants.values()), 0, []
    table = counts.pivot_table(index="level", columns="arm", values="n", fill_value=0, aggfunc="sum")
    for level, row in table.iterrows():
        split = srm.srm([int(row.get(i, 0)) for i in range(len(weights))], weights)
        if split.p is not None:
            tested += 1
            bad.append((split.p, str(level)))
    if not tested:
        return Check(name, "not run", f"fewer than {srm.LEAST_EXPECTED} expected units an arm in each of {len(table)} {what}")
    alarms = sorted((p, level) for p, level in bad if p * tested < srm.ALPHA)
    if alarms:
        listed = ", ".join(level for _, level in alarms[:3])
        return Check(name, "fail", f"off the planned split in {len(alarms)} of {tested} {what} (Bonferroni), worst: {listed}")
    return Check(name, "pass", f"{tested} {what} tested, none off the planned split (Bonferroni at {srm.ALPHA})")


def stable_split(units: Units) -> Check:
    """Did the allocation change over time? Then weeks and arms mix (Simpson)."""
    days = units.by_day()
    if days.empty or days["day"].nunique() < 2:
        return Check("stable allocation", "not run", "assignments on fewer than two days")
    table = days.pivot_table(index="day", columns="arm", values="n", fill_value=0, aggfunc="sum").to_numpy(float)
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    expected = rows * columns / table.sum()
    keep = expected.min(axis=1) >= srm.LEAST_EXPECTED
    if keep.sum() < 2:
        return Check("stable allocation", "not run", f"fewer than {srm.LEAST_EXPECTED} expected units an arm on all but one day")
    from scipy.special import chdtrc

    chi2 = float(((table - expected) ** 2 / expected)[keep].sum())
    p = float(chdtrc((int(keep.sum()) - 1) * (table.shape[1] - 1), chi2))
    if p < CERTAIN:
        return Check("stable allocation", "warn", f"the split changed between days ({p_value(p)}): compare within days, Simpson's paradox")
    return Check("stable allocation", "pass", f"the same split on all {int(keep.sum())} days ({p_value(p)})")


def unit_of_analysis(units: Units, primary: Measured) -> Check:
    """Is the unit that is analysed the one that was randomised?"""
    facts, name = units.facts, "unit of analysis"
    words = f"{count(facts['units'])} units in {count(facts['rows'])} rows"
    column = units.cluster_column()
    if column is None:
        return Check(name, "pass", f"{words}; one value per {units.design.unit}", True)
    kind = primary.metric.kind
    if kind not in (*designs.MEAN_KINDS, "ratio"):
        return Check(name, "fail", f"units share a {column}, and {kind} has no cluster-robust error here: choose a mean or a proportion", True)
    clusters = [g.clusters.n for g in primary.groups.values() if g.clusters is not None]
    words += f" share {sum(clusters) if not primary.shared_clusters else 'fewer'} {column}s; errors are cluster-robust"
    if clusters and min(clusters) < FEW_CLUSTERS:
        return Check(name, "warn", f"{words}, but an arm has only {min(clusters)} clusters: intervals may be too short", True)
    if primary.shared_clusters:
        return Check(name, "warn", f"{words}; {count(primary.shared_clusters)} {column}s lie in more than one arm", True)
    return Check(name, "pass", words, True)


def missing(units: Units, measured: list[Measured]) -> list[Check]:
    """Are values missing equally often in all arms? One check for the primary metric, one for all others."""
    found = []
    others: list[str] = []
    rest: State = "not run"
    for f in measured:
        if f.metric.kind == "time_to_event":
            continue
        live = [g for g in f.groups.values() if g.units - g.pending > 0]
        if f.role != "primary" and not sum(g.n + g.pending for g in f.groups.values()):
            rest = "warn"
            others.append(_nowhere(units, f))
            continue
        due, absent = [g.units - g.pending for g in live], [g.missing for g in live]
        tested = shares_equal(absent, due) if len(live) > 1 else None
        shares = ", ".join(f"{units.arms[i]} {percent(g.missing / (g.units - g.pending))}"
                           for i, g in sorted(f.groups.items()) if g.units - g.pending > 0)
        uneven = tested is not None and tested[2] < CERTAIN
        if f.role == "primary":
            if not sum(absent):
                found.append(Check("missing values", "pass", f"{f.metric.name} is known for every unit that is due", True))
            elif uneven and tested is not None:
                found.append(Check("missing values", "fail", f"{f.metric.name} is missing unequally: {shares} ({p_value(tested[2])})", True))
            else:
                words = f"{f.metric.name} missing: {shares}"
                hint = "" if sum(absent) < sum(due) / 2 else "; if absent means zero, say `absent: zero` in params"
                found.append(Check("missing values", "warn" if hint else "pass", words + hint, True))
        else:
            rest = "pass" if rest == "not run" else rest
            if uneven:
                rest = "warn"
                others.append(f"{f.metric.name} is missing unequally ({shares})")
    reason = "; ".join(others) if others else (
        "missing equally often in all arms" if rest == "pass" else "no other metrics")
    return [*found, Check("missing values of other metrics", rest, reason)]


def _nowhere(units: Units, f: Measured) -> str:
    m = f.metric
    if m.event or m.funnel or m.question:
        return f"{m.name} has no value for any unit ({f.values.words})"
    names = [m.name] if m.kind != "ratio" else [str(m.numerator), str(m.denominator)]
    absent = [n for n in names if n not in units.measured]
    if not absent:
        return f"{m.name} has no value for any unit"
    return f"{m.name} has no value for any unit: no measurement is called {absent[0]!r}.{did_you_mean(absent[0], units.measured)}"


def timing(units: Units) -> Check:
    """Were units assigned outside the planned days, or measured before they were assigned?"""
    facts, design = units.facts, units.design
    if not facts["timed"]:
        return Check("timing", "not run", "assignments carry no time")
    early = 0
    if units.measured_until is not None:
        early = int(units.study.query(f"""SELECT count(*) AS n FROM measurements m JOIN {units.table} u ON u.unit_id = m.unit_id
            WHERE m.experiment = ? AND m.period = 'post' AND m.measured_at < u.assigned AND u.arm >= 0""", [design.name])["n"][0])
    words = []
    if early:
        words.append(f"{count(early)} measurements lie before their unit's assignment")
    if design.start and facts["first_day"] and facts["first_day"] < design.start:
        words.append(f"units assigned from {facts['first_day']}, before the start {design.start}")
    if design.end and facts["last_day"] and facts["last_day"] > design.end:
        words.append(f"units assigned until {facts['last_day']}, after the end {design.end}")
    return Check("timing", "warn" if words else "pass", "; ".join(words) or
                 f"assigned {facts['first_day']} to {facts['last_day']}, nothing measured before")


def before(units: Units, measured: list[Measured]) -> Check:
    """Were the arms alike before? And did the adjustment turn a sign?"""
    tests = []
    control = units.arms.index(units.design.control)
    for f in measured:
        for variant in f.contrasts:
            a, b = f.groups[units.arms.index(variant)].covariate, f.groups[control].covariate
            if a is None or b is None:
                continue
            one = moments_before(a.n, a.mean_x, a.var_x)
            p = mean_difference(one, moments_before(b.n, b.mean_x, b.var_x)).p
            if p is not None:
                tests.append((p, f"{f.metric.name}, {variant}"))
    if not tests:
        return Check("balance before", "not run", "no values from before the experiment", True)
    worst, where = min(tests)
    flips = [f"{f.metric.name}, {v}" for f in measured for v, c in f.contrasts.items() if sign_flipped(c)]
    flipped = f"; the adjustment turns the sign of {', '.join(flips)}" if flips else ""
    words = f"{len(tests)} difference{'s' if len(tests) > 1 else ''} before, smallest {p_value(worst)} ({where})"
    if worst * len(tests) < CERTAIN:
        return Check("balance before", "fail", f"{words}: the arms differed before the change{flipped}", True)
    return Check("balance before", "warn" if flips or worst * len(tests) < 0.01 else "pass", words + flipped, True)


def moments_before(n: int, mean: float, var: float) -> Any:
    """The covariate's own sample."""
    from ...stats.means import Sample

    return Sample(n, mean, var)


def weeks(units: Units) -> Check:
    """Whole weeks, one at least: weekdays differ."""
    first, last = units.facts["first_day"], units.facts["last_day"]
    if first is None or last is None:
        return Check("whole weeks", "not run", "assignments carry no time")
    days = (last - first).days + 1
    if days == 1:
        return Check("whole weeks", "not run", "all units were assigned on one day")
    if days < 7:
        return Check("whole weeks", "warn", f"{days} days: weekdays are not all covered")
    if days % 7:
        return Check("whole weeks", "warn", f"{days} days: {days % 7} more than whole weeks, so some weekdays count double")
    return Check("whole weeks", "pass", f"{days // 7} whole weeks")


def matured(measured: list[Measured]) -> Check:
    """How many units are still within their window?"""
    waiting = {f.metric.name: sum(g.pending for g in f.groups.values()) for f in measured}
    waiting = {k: n for k, n in waiting.items() if n}
    if not any(f.metric.window for f in measured):
        if any(f.metric.event or f.metric.funnel for f in measured):
            return Check("matured units", "warn", "no window is stated: units assigned early had longer to act than late ones")
        return Check("matured units", "not run", "no metric has a window")
    if waiting:
        return Check("matured units", "pass", "still within their window and left out: " +
                     ", ".join(f"{count(n)} for {k}" for k, n in waiting.items()))
    return Check("matured units", "pass", "every unit's window is over")


def twyman(measured: list[Measured]) -> Check:
    """Too good to be true is usually wrong (Twyman's law)."""
    odd = []
    for f in measured:
        for variant, c in f.contrasts.items():
            a = c.absolute
            if a.p is None or a.value is None:
                continue
            if (large := _too_large(c)) is not None:
                odd.append(f"{f.metric.name}, {variant}: {large:+.0%}")
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
