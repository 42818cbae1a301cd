"""What the answers about funnels hold: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results import words
from ...results.declared import Column, Frame, count, estimate, interval, p_value, seconds, share, text, yes_no

_STEP = (count("step", "Step number", "1 is the entry", internal=True), text("name", "Step"))
_OF_PREVIOUS = (share("of_previous", "Of step before", "share of those who reached the step before", base="previous"), interval("of_previous"),
                count("previous", "Reached step before", internal=True),
                count("dropped", "Dropped", "stopped at the step before, and their window is over"),
                count("ended", "Ended", "stopped at the step before, and an end of the journey followed"),
                count("pending", "Pending", "stopped at the step before and can still go on"))
_BY = text("by", "By", "the column that parts the customers", worded=words.column)

STEPS = Frame("steps", "Steps of the funnel; dropped, ended and pending stopped at the step before", (
    *_STEP, yes_no("optional", "Optional", "may be left out on the way", internal=True), *estimate("Of entrants", base="Entrants"), *_OF_PREVIOUS,
    share("window_complete", "Of those whose window is over", "share of those who entered at least a window before the end of the data", base="window_complete_base", internal=True),
    interval("window_complete"), count("window_complete_base", "Window over", "who entered at least a window before the end", internal=True),
    share("within_window", "Kaplan–Meier", "share that gets here within a window, counting everybody for as long as they were seen", base="within_window_base", internal=True),
    interval("within_window"), count("within_window_base", "Entrants", internal=True),
    seconds("median_s", "Median time", "from the step before, of those who go on", internal=True), interval("median_s"),
    seconds("p25_s", "A quarter within", "from the step before", internal=True), seconds("p75_s", "Three quarters within", "from the step before", internal=True),
    seconds("from_start_s", "Median time from the entry", internal=True), count("timed", "Timed", "those whose time is known", internal=True)),
    key=("step",), shown=("name", "value", "interval", "n", "base", "of_previous", "of_previous_interval", "dropped", "ended", "pending"))

BREAKDOWN = Frame("breakdown", "Share of each segment that reached each step", (
    _BY, text("at", "Counted at", "whose value of an event counts", internal=True), text("segment", "Segment"), *_STEP,
    *estimate("Of entrants", base="Entrants"), *_OF_PREVIOUS, seconds("median_s", "Median time", "from the step before", internal=True)),
    key=("by", "segment", "step"), shown=("by", "segment", "name", "value", "interval", "n", "base", "of_previous", "of_previous_interval", "pending"),
    if_empty="No breakdown is asked for.")

COMPARISON = Frame("comparison", "Who goes on from the step before: each segment against all others, of those whose window is over; p adjusted after Holm", (
    _BY, text("segment", "Segment"), text("against", "Against", internal=True), *_STEP,
    text("of", "Of", "entrants, or those who reached the previous step", internal=True),
    Column("share", "Segment", "level", "the segment's share"), Column("other_share", "Others", "level", "the share of the others"),
    *estimate("Difference", n="Segment n", base="Both n"), p_value("p", "p", "of the difference", internal=True),
    p_value("p_adjusted", "p, adjusted", "after Holm, over all rows")),
    key=("by", "segment", "step", "of"), shown=("by", "segment", "name", "share", "other_share", "value", "interval", "p_adjusted", "n", "base"),
    if_empty="No two segments are compared.")

DECOMPOSITION = Frame("decomposition", "How the conversion of two groups differs: by who entered (mix) and by how each segment converts (rate)", (
    _BY, text("segment", "Segment"), count("entrants_first", "Entrants, first"), count("entrants_second", "Entrants, second"),
    share("share_first", "Of entrants, first"), share("share_second", "Of entrants, second"),
    share("conversion_first", "Conversion, first", base="entrants_first"), share("conversion_second", "Conversion, second", base="entrants_second"), Column("mix", "By mix", "share difference", "part of the difference that is due to who entered"),
    Column("rate", "By rate", "share difference", "part of the difference that is due to how the segment converts")), key=("by", "segment"))

NEXT_AFTER_DROP = Frame("next_after_drop", "The next event of those who left, by the last step they reached", (
    count("after_step", "After step number", internal=True), text("name", "Left after"), text("event", "Next event", worded=words.event), *estimate("Share", base="Left"),
    seconds("median_s", "Median time until", "from the last step reached")), key=("after_step", "event"),
    shown=("name", "event", "value", "interval", "n", "base", "median_s"), if_empty="Nobody left the funnel.")

CUSTOMERS = Frame("customers", "Customers who entered, by pseudonym", (
    text("id", "Customer", "pseudonym of the customer, session or account"), count("depth", "Furthest step"),
    text("state", "State", "completed, pending, ended or dropped")), key=("id",), more="mixed")

ATTEMPTS = Frame("attempts", "Steps by attempt; a customer may try several times", (*_STEP, *estimate("Of attempts", base="Attempts")), key=("step",))

FUNNELS = Frame("funnels", "Funnels and who gets through them", (
    text("funnel", "Name", "as in the params", internal=True), text("title", "Funnel"), *estimate("Get through", base="Entrants"), count("ended", "Ended"), count("pending", "Pending"),
    text("largest_loss", "Largest loss")), key=("funnel",), shown=("title", "value", "interval", "n", "base", "ended", "pending", "largest_loss"))

ONE_FUNNEL = (STEPS, BREAKDOWN, COMPARISON, DECOMPOSITION, NEXT_AFTER_DROP, CUSTOMERS, ATTEMPTS)
