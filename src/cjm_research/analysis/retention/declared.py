"""What the answer about retention holds: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results.declared import Frame, count, day, estimate, number, share, text

_PERIOD = (count("size", "Customers", "all who entered, the pending among them", internal=True), count("period", "Period", "1 is the first after the entry", internal=True),
           text("label", "Since entry"), number("from_day", "From day", "where the period begins, days since the entry", internal=True))
_BACK = (*estimate("Come back", base="Observed so long"), count("pending", "Pending", "for whom the period is not over"))
_SHOWN = ("label", "value", "interval", "n", "base", "pending")

CURVE = Frame("curve", "Retention by time since entry", (*_PERIOD, *_BACK), key=("period",), shown=_SHOWN)
COHORTS = Frame("cohorts", "Retention by period of entry", (day("cohort", "Entered in", "first day of the calendar period of entry"), *_PERIOD, *_BACK),
                key=("cohort", "period"), shown=("cohort", *_SHOWN))
SEGMENTS = Frame("segments", "Retention by segment", (
    text("by", "By", "the column that parts the customers", internal=True), text("segment", "Segment"), *_PERIOD, *_BACK), key=("segment", "period"),
    shown=("segment", *_SHOWN), if_empty="No segments are asked for.")
SURVIVAL = Frame("survival", "Share of customers not yet gone, by days since entry", (
    count("time", "Days since entry"), count("at_risk", "Still observed"), count("events", "Gone on that day"), share("open", "Not yet gone"),
    share("low", "Low"), share("high", "High"), share("converted", "Gone")), key=("time",), shown=("time", "open", "low", "high", "at_risk", "events"),
    if_empty="Nobody is gone.")
