"""Checks of the design: was it said before the data, and were only the planned arms run?"""

from __future__ import annotations

from ....results.earlier import reported_with_another_design
from ....results.words import count, listing
from .. import design as designs
from ..effects import Measured
from ..units import Units
from .check import Check

FEW_CLUSTERS = 20  # clusters per arm below which cluster-robust errors are too small (Cameron & Miller 2015)


def stated(units: Units) -> Check:
    """Was the design said before the data?"""
    unsaid = designs.missing_statements(units.design)
    before_it = reported_with_another_design(units.study, units.design.name, designs.sha256(units.design)) if not unsaid else ""
    if before_it:
        return Check("design stated", "warn", f"stated afterwards: the report {before_it} was made on these data before the design said what it says now",
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
