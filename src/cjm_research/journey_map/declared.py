"""What the answers that make the map hold: frames, and what each column says in which unit."""

from __future__ import annotations

from dataclasses import replace

from ..analysis.personas.declared import EXPECTATIONS
from ..results import words
from ..results.declared import Frame, count, day, estimate, number, p_value, share, text

_STAGE, _TOUCHPOINT = text("stage", "Stage"), text("touchpoint", "Touchpoint")
_RANKED = (count("rank", "Rank"), count("rank_low", "Rank low", "the range holds 90 % of the draws"), count("rank_high", "Rank high", "the range holds 90 % of the draws"))



def _measured(name: str) -> str:
    """What a line of the stages counts, as a reader knows it."""
    return {"reach": "seen there", "conversion": "go on to a later stage", "next": "arrive in the next stage", "time": "time until they go on"}.get(name, name)


STAGES = Frame("stages", "Reach, going on and time by stage", (_STAGE, text("measure", "Measure", "reach, conversion (to any later stage), next (to the next one) or time", worded=_measured), *estimate()), key=("stage", "measure"))
TOUCHPOINTS = Frame("touchpoints", "Reach of touchpoints", (_TOUCHPOINT, _STAGE, *estimate()), key=("touchpoint",), if_empty="No touchpoint is defined.")
CHANNELS = Frame("channels", "Reach and conversion by stage and channel", (_STAGE, text("channel", "Channel"), text("measure", "Measure", "reach or conversion", worded=_measured), *estimate()),
                 key=("stage", "channel", "measure"), if_empty="No interaction has a channel.")
ACTIONS = Frame("actions", "The most frequent events of each stage", (_STAGE, text("event", "Event", worded=words.event), _TOUCHPOINT, *estimate("Do it", base="Seen in the stage")),
                key=("stage", "event"))
STAKES = Frame("stakes", "Value at stake by stage", (
    _STAGE, text("reference", "Reference", "against whom or when"), share("reference_share", "Go on in the reference"), share("actual_share", "Go on"),
    count("entrants", "Entrants"), number("value_per_conversion", "Value of each who goes on", "in the client's currency"), *estimate()), key=("stage", "reference"),
    shown=("stage", "reference", "entrants", "value", "interval"), if_empty="No stage goes on clearly better with one persona or in the half before.")
RANKS = Frame("ranks", "Touchpoints by pain, each source by itself; the range holds 90 % of the draws", (
    text("source", "Source"), _TOUCHPOINT, _STAGE, *_RANKED, count("of", "Of", "touchpoints that the source covers", internal=True), *estimate(),
    share("reach", "Reach", "share of all customers met there", internal=True), count("loved", "Loved", "persons who praise it", internal=True),
    text("survey", "Survey", internal=True), text("question_id", "Question id", internal=True), text("question", "Question", "the worst one asked about it", internal=True),
    count("asked", "Questions", "asked about it", internal=True)), key=("source", "touchpoint"))
FLAGS = Frame("flags", "Where sources disagree", (
    _TOUCHPOINT, _STAGE, text("hurts_in", "Hurts in"), text("fine_in", "Fine in"), text("statement", "What they say")), key=("touchpoint",),
    if_empty="No source contradicts another.")
AGREEMENT = Frame("agreement", "How far the rankings of the sources agree (Kendall's W, 0 none to 1 full)", (
    text("source_set", "Sources"), number("w", "W"), p_value("p"), count("judges", "Sources compared"), count("things", "Touchpoints all of them cover"),
    text("method", "Method", internal=True)),
    if_empty="Fewer than two sources cover the same three touchpoints: no agreement can be told.")
OPPORTUNITIES = Frame("opportunities", "Opportunities followed", (
    text("name", "Name"), text("status", "Status"), text("owner", "Owner"), _STAGE, _TOUCHPOINT, number("reach", "Reach", internal=True), number("impact", "Impact", internal=True),
    number("confidence", "Confidence", internal=True), number("effort", "Effort", internal=True), number("rice", "RICE", internal=True), *_RANKED,
    text("quadrant", "Quadrant"), text("experiment", "Experiment", internal=True), text("tested", "Tested"), text("shipped", "Shipped"), day("review_on", "Review on")),
    key=("name",), shown=("name", "status", "owner", "rank", "rank_low", "rank_high", "quadrant", "tested", "shipped", "review_on"),
    if_empty="Nothing is followed yet: no opportunity is written in the client's file.")
PROPOSED = Frame("proposed", "Opportunities that follow from the findings", (
    count("rank", "Rank"), text("name", "Name"), _TOUCHPOINT, _STAGE, text("sources", "Sources")), key=("rank",), if_empty="None follows from the findings.")
UNMET = replace(EXPECTATIONS, name="unmet")
CELLS = Frame("cells", "Entries of the map, the most important first; the spreadsheet export has all", (
    text("lane", "Lane"), _STAGE, _TOUCHPOINT, text("finding", "Finding", internal=True), text("statement", "Statement"),
    *estimate(), text("source", "Source"), text("status", "Status", "backed, partly or assumed")), key=("finding",))
