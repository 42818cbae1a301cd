"""What the answer about attribution holds: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results import words
from ...results.declared import Frame, count, estimate, number, share, text

CREDITS = Frame("credits", "Credit by model; intervals from a bootstrap of customers", (
    text("model", "Model", worded=words.model), text("touch", "Touch"), *estimate("Credit", base="All conversions"),
    number("conversions", "Conversions", "conversions that the model credits to the touch"),
    number("amount", "Amount, {currency}", "value of those conversions, in the client's currency")), key=("model", "touch"),
    shown=("model", "touch", "value", "interval", "conversions", "amount", "base"))
TOUCHES = Frame("touches", "Journeys with each touch, and how many of them convert", (
    text("touch", "Touch"), count("touches", "Touches"), *estimate("Convert", base="Journeys with it")), key=("touch",))
REMOVAL = Frame("removal", "What would be lost without each touch (Markov)", (
    text("touch", "Touch"), share("removal_effect", "Removal effect", "share of conversions that would be lost"),
    share("converting", "Convert", "probability of converting"), share("converting_without", "Convert without it")), key=("touch",))
PATHS = Frame("paths", "The most common converting paths", (
    text("path", "Path"), *estimate("Convert", n="Conversions", base="Journeys")), key=("path",), if_empty="No path converts.")
