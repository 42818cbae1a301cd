"""What monitoring answers: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results import words
from ...results.declared import Column, Frame, count, day, estimate, number, p_value, share, text

_KPI = text("kpi", "Key", internal=True)
_NAME = text("name", "Figure")
_UNIT = text("unit", "Unit", internal=True)

KPIS = Frame("kpis", "Key figures against their baseline, the latest whole point of each", (
    _KPI, _NAME, text("measure", "Measure", internal=True), text("stage", "Stage"), text("touchpoint", "Touchpoint"), text("state", "State"), day("day", "From"),
    *estimate("Latest"), Column("center", "Centre", "estimate", "of the baseline"), Column("lower", "Lower limit", "estimate"), Column("upper", "Upper limit", "estimate"),
    count("baseline", "Points of baseline"), count("watched", "Points watched"), count("left_out", "Left out", "points with fewer than five customers or answers", internal=True),
    count("alerts", "Alerts"), number("expected", "By chance", "alerts that steady figures of this kind give among as many points, by simulation"),
    share("any", "Any by chance", "share of steady figures that give an alert among as many points, by simulation", internal=True),
    number("sigma", "Sigma", "how many times more points vary than their bases alone let them (Laney); of counts their standard deviation", internal=True),
    number("rho", "Autocorrelation", internal=True), p_value("p", "p of the latest", internal=True), p_value("p_adjusted", "p of the latest, adjusted", "for all figures (Benjamini–Hochberg)", internal=True),
    text("why", "Because")), key=("kpi",), shown=("name", "state", "day", "value", "interval", "base", "center", "lower", "upper", "alerts", "expected", "why"))
POINTS = Frame("points", "Points of the charts", (
    _KPI, _NAME, day("day", "From"), Column("value", "Value", "estimate"), count("n", "n"), count("base", "Base"), Column("center", "Centre", "estimate"),
    Column("lower", "Lower limit", "estimate"), Column("upper", "Upper limit", "estimate"), text("part", "Part", "baseline, watched or left out"), text("rule", "Rule"),
    text("state", "State"), _UNIT), key=("kpi", "day"))
ALERTS = Frame("alerts", "Alerts: points beyond their limits, or the eighth and later on one side", (
    _KPI, _NAME, day("day", "From"), Column("value", "Value", "estimate"), count("base", "Base"), Column("center", "Centre", "estimate"), Column("lower", "Lower limit", "estimate"),
    Column("upper", "Upper limit", "estimate"), text("rule", "Rule"), text("state", "State", "alert, data break or known cause"), text("why", "Because"), _UNIT), key=("kpi", "day"),
    if_empty="No point lies outside of its limits.")
BREAKS = Frame("breaks", "Breaks in the data: events that stopped, began or were missing from one day to the next", (
    text("source", "Source"), text("event", "Event", worded=words.event), text("kind", "Kind"), day("start", "From"), day("end", "To"), number("due", "Rows due"),
    text("instead", "In its place"), text("words", "In words", internal=True)), key=("source", "event", "start"), if_empty="No event stopped, began or was missing all at once.")
SHIFTS = Frame("shifts", "Where levels shifted, found by search: exploration, no test", (
    _KPI, _NAME, day("day", "First point after"), day("earliest", "Earliest"), day("latest", "Latest"), Column("before", "Before", "estimate"), Column("after", "After", "estimate"), _UNIT),
    key=("kpi", "day"), shown=("name", "day", "earliest", "latest", "before", "after"), if_empty="No shift of a level is large enough to be told from its ups and downs.")
WATCHED = (KPIS, POINTS, ALERTS, BREAKS, SHIFTS)
