"""Checks of the data: what is missing, when it was measured, whether the arms were equal before."""

from __future__ import annotations

from typing import Any

from ....errors import did_you_mean
from ....results.words import count, p_value, percent
from ....stats.means import mean_difference
from ....stats.shares import shares_equal
from ..effects import Measured, sign_flipped
from ..units import Units
from .check import Check, State

CERTAIN = 0.001  # level of checks that are repeated on every report


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
    from ....stats.means import Sample

    return Sample(n, mean, var)


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
