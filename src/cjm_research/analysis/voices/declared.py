"""What the themes of written texts hold: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results.declared import Column, Frame, count, estimate, interval, number, share, text, time

_THEME = text("theme", "Theme", "proposed name: the words that tell it from the other texts")
_NONE = "No stable themes."

THEMES = Frame("themes", "Themes of what people write", (
    _THEME, text("language", "Language", "ISO 639-1; empty where no text says"), *estimate("Of texts", "Texts", "Texts in all"),
    share("with_copies", "With copies", "the share where copies count, too"), count("persons", "Persons", "known ones, each once"), count("persons_base", "Persons in all"),
    share("of_persons", "Of persons"), interval("of_persons", "95 % interval, persons"), share("again", "Comes again", "mean matched Jaccard of its ten first words in halves of the texts"),
    number("together", "Words together", "standard deviations beyond words dealt out anew, in the half not learned from"), text("touchpoint", "Mostly at"), text("stage", "Stage", internal=True)),
    key=("theme",), shown=("theme", "n", "value", "interval", "with_copies", "persons", "of_persons", "of_persons_interval", "touchpoint", "again"), if_empty=_NONE)
RATINGS = Frame("ratings", "Themes by rating", (
    _THEME, *estimate("Rated low", "Low ratings", "Rated texts"), number("rating", "Mean rating", "of 5"), interval("rating", "95 % interval, mean")), key=("theme",),
    shown=("theme", "base", "rating", "rating_interval", "value", "interval"), if_empty="No text of a theme is rated.")
MONTHS = Frame("months", "Themes by month", (_THEME, text("month", "Month"), *estimate("Of the month's texts", "Texts", "Texts of the month")), key=("theme", "month"),
               if_empty="No theme, or no text says when it was written.")
PLACES = Frame("places", "Themes by touchpoint", (_THEME, text("touchpoint", "Touchpoint"), text("stage", "Stage"), *estimate("Of the theme's texts", "Texts", "Placed texts of the theme")),
               key=("theme", "touchpoint"), if_empty="No text of a theme lies at a touchpoint.")
WORDS = Frame("words", "The words that tell a theme from the other texts", (
    _THEME, text("word", "Word"), count("texts", "Texts of the theme with it"), count("others", "Other texts with it"), number("log_odds", "Log odds, theme against the rest"),
    interval("log_odds"), number("z", "z")), key=("theme", "word"), if_empty=_NONE)
QUOTES = Frame("quotes", "In their own words", (
    _THEME, text("kind", "Kind", "typical: nearest to the middle of the theme; contrary: rated the other way, nearest to the middle"), text("text", "Text"), number("rating", "Rating"),
    number("rating_max", "Of"), time("published_at", "Published"), text("source", "Source"), text("feedback_id", "Id", internal=True)), key=("theme", "kind", "source", "feedback_id"), shown=("theme", "kind", "text", "rating", "rating_max", "published_at"),
    if_empty="No text of a theme is long enough, and short enough, to be quoted.")
TEXTS = Frame("texts", "Which texts were looked at", (text("what", "Texts"), count("texts", "Number"), text("use", "Use")), key=("what",))
TRIED = Frame("tried", "How themes of each number did on halves of the texts", (
    text("language", "Language"), count("number", "Themes asked for"), count("standing", "Of them stand"), Column("again", "Come again, mean", "share", "themes that do not stand count 0"),
    text("taken", "Taken")), key=("language", "number"), if_empty="There are too few texts for two themes.")
ALL = (THEMES, RATINGS, MONTHS, PLACES, WORDS, QUOTES, TEXTS, TRIED)
