"""What the answers about paths hold: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results.declared import Column, Frame, count, estimate, number, p_value, seconds, share, text

_MOVE = (text("from", "From"), text("to", "To"))
_MOVED = ("from", "to", "value", "interval", "n", "base", "median_s")
_UNTOLD = "Of no path is it known which of the visits of one instant came first."
_WHAT = {"node": "visit", "transition": "move"}

NODES = Frame("nodes", "Who visits what", (
    text("node", "Where"), *estimate("Visit it", base="Paths"), count("visits", "Visits"), number("visits_per_unit", "Visits of each", "visits by path that has one"),
    count("begins", "Begin here"), count("ends", "End here")), key=("node",))
TRANSITIONS = Frame("transitions", "What comes next, the most frequent moves first", (
    *_MOVE, *estimate("Of visits", base="Visits"), seconds("median_s", "Median time", "between the two")), key=("from", "to"), shown=_MOVED, if_empty=_UNTOLD)
STEP_MATRIX = Frame("step_matrix", "Where paths are at each step", (count("step", "Step"), text("node", "Where"), *estimate("Of all paths", base="Paths")),
                    key=("step", "node"), if_empty=_UNTOLD)
SANKEY = Frame("sankey", "The first steps as numbers", (
    count("step", "Step"), text("source", "From"), text("target", "To"), *estimate("Of all paths", base="Paths")), key=("step", "source", "target"), if_empty=_UNTOLD)
VARIANTS = Frame("variants", "The most common paths", (
    text("path", "Path"), count("length", "Length", "visits on the path", internal=True), *estimate("Share", base="Paths"),
    share("cumulative", "Cumulative share", "of this path and those above it"), seconds("median_s", "Median time", "from the first visit to the last")),
    shown=("path", "value", "interval", "n", "base", "cumulative", "median_s"), if_empty="No path is that of enough customers to be listed.")
LOOPS = Frame("loops", "Returns after something else", (
    text("node", "Where"), number("returns", "Returns of each", "returns by path that has one", internal=True), *estimate("Come back", base="Visitors"),
    text("via", "Most often from"), seconds("median_s", "Median time", "away")), key=("node",), shown=("node", "value", "interval", "n", "base", "via", "median_s"), if_empty=_UNTOLD)
BETWEEN = Frame("between", "Who gets from one to the other at any later time, counted from the first visit", (
    *_MOVE, *estimate("Get there", base="Visited the first"), seconds("median_s", "Median time")), key=("from", "to"), shown=_MOVED, if_empty=_UNTOLD)
DEVIATIONS = Frame("deviations", "Deviations from the most common way to {goal}", (
    text("kind", "Deviation", "none, skipped, repeated or extra"), text("node", "Where"), *estimate("Share", base="Reached the goal"),
    seconds("with_s", "Median time with it", "to the goal"), seconds("without_s", "Median time without", "to the goal")), key=("kind", "node"),
    if_empty="No goal: none is set, or nobody reached it.")
COMPARISON = Frame("comparison", "{compared[0]} (first) against {compared[1]} (second); p adjusted after Holm", (
    text("what", "What", "a visit or a move", worded=lambda name: _WHAT.get(name, name)), text("from", "At or from"), text("to", "To"),
    Column("share", "First", "level", "share of the first group"), Column("other_share", "Second", "level", "share of the second group"),
    *estimate("Difference", n="First n", base="Both n"), p_value("p", "p", internal=True), p_value("p_adjusted", "p, adjusted", "after Holm, over all rows")),
    key=("what", "from", "to"), shown=("what", "from", "to", "share", "other_share", "value", "interval", "p_adjusted", "n", "base"),
    if_empty="No two groups are compared.")

GRAPH = (NODES, TRANSITIONS, STEP_MATRIX)
ALL = (*GRAPH, SANKEY, VARIANTS, LOOPS, BETWEEN, DEVIATIONS, COMPARISON)
