"""What the answers about outcomes hold."""

from ...results.declared import Column, Frame, count, estimate, p_value, text

GROUPS = Frame("groups", "The outcome of both kinds of journeys", (
    text("group", "Journeys"), Column("level", "Outcome", "mixed", "mean of a score or an amount, or share"), count("n", "n")), key=("group",))
DIFFERENCE = Frame("difference", "With the property minus without it", (
    text("name", "Comparison"), *estimate(n="with it", base="compared"), p_value("p")), key=("name",))
