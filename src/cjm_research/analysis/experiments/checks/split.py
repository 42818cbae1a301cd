"""Checks of the split: each unit once, in one arm, in the planned ratio, on every day and in every segment."""

from __future__ import annotations

import pandas as pd

from ....results.words import count, p_value, percent
from ....stats import srm
from ..units import Units
from .check import Check

TWO_ARMS_FAIL = 0.01  # share of units in two arms beyond which excluding them is itself a selection
CERTAIN = 0.001  # level of checks that are repeated on every report


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
