"""What the answers about surveys hold."""

from __future__ import annotations

from ...results.declared import Column, Frame, count, estimate, number, p_value, share, text, yes_no

TYPES = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "likert": "rating", "number": "number", "ranking": "ranking", "points": "points shared out", "maxdiff": "best and worst", "single": "one answer", "multiple": "several answers", "text": "open", "coded": "codes of what was written"}


def type_words(kind: str) -> str:
    """A type of question in words."""
    return TYPES.get(kind, kind)


_QUESTION = (text("source", "Survey", internal=True), text("question_id", "Question id", internal=True), text("question", "Question"))

QUESTIONS = Frame("questions", "Every question that was read", (
    *_QUESTION, text("type", "Type", worded=type_words), count("respondents", "Respondents", "filled questionnaires of this survey"),
    count("answered", "Answered", "respondents who gave an answer: the base of its shares"), share("answered_share", "Answered, share"),
    number("effective", "Effective n", "Kish's effective number of those who answered"), number("design_effect", "Design effect", "by weights: answered / effective n"),
    text("score", "Score", "which score it is"), *estimate("Score's value", "Counted"), number("unweighted", "Unweighted", "the same score without weights", internal=True),
    text("shown_at", "Also on the map", "its touchpoint or stage")), key=("source", "question_id", "type"),
    shown=("question", "type", "respondents", "answered", "effective", "score", "value", "interval", "shown_at"))
ANSWERS = Frame("answers", "What was answered, question by question", (
    *_QUESTION, text("type", "Type", worded=type_words, internal=True), text("answer", "Answer"), yes_no("net", "Net", "several answers taken together", internal=True),
    *estimate("Share", "Gave it", "Answered"), share("unweighted", "Unweighted", "the share without weights")), key=("source", "question_id", "type", "answer"),
    shown=("question", "answer", "value", "interval", "n", "base", "unweighted"))
AMOUNTS = Frame("amounts", "Quantities, places and points", (
    *_QUESTION, text("type", "Type", worded=type_words, internal=True), text("measure", "Measure"), *estimate("Value", "n", "Answered")), key=("source", "question_id", "measure"),
    shown=("question", "measure", "value", "interval", "n"), if_empty="No question asked for a quantity, an order or points.")
WRITTEN = Frame("written", "What people wrote", (
    *_QUESTION, text("answer", "In their words", "masked as all free text"), yes_no("example", "Example", "one person's answer, drawn by a fixed rule and not for what it says", internal=True),
    *estimate("Share", "Wrote it", "Wrote anything")), key=("source", "question_id", "answer"), shown=("question", "answer", "value", "interval", "n", "base"),
    if_empty="No question asked for words.")
FLAGS = Frame("flags", "Respondents worth a second look", (
    text("source", "Survey"), text("flag", "What"), text("rule", "Rule"), count("respondents", "Respondents"), count("of", "Of"), share("value", "Share")),
    key=("source", "flag"), if_empty="No respondent answered a block of scales in one line, and nobody filled two questionnaires with the same answers.")

CHOICES = Frame("choices", "What respondents choose, by place of the journey", (
    *_QUESTION, text("touchpoint", "Touchpoint"), text("stage", "Stage"), text("answer", "Answer"), *estimate("Share", "Chose it", "Shown the question")), key=("source", "question_id", "answer"),
    shown=("stage", "touchpoint", "question", "answer", "value", "interval", "n", "base"))
MAXDIFF = Frame("items", "Best and worst", (
    text("source", "Survey", internal=True), text("question_id", "Question id", internal=True), text("item", "Item"), count("best", "Chosen best"), count("worst", "Chosen worst"),
    *estimate("Best minus worst", "Respondents", "Times shown")), key=("source", "question_id"), shown=("item", "best", "worst", "value", "interval", "n", "base"))
CODES = Frame("codes", "What respondents write, as codes", (
    *_QUESTION, text("path", "Code"), text("kind", "Kind"), count("passages", "Passages"), *estimate("Share", "Wrote of it", "Gave an open answer"),
    share("unweighted", "Unweighted", "the share without weights")), key=("source", "question_id", "path"), shown=("question", "path", "kind", "value", "interval", "n", "base"))
CODED = Frame("coded", "How far open answers are coded", (
    *_QUESTION, count("wrote", "Gave an open answer"), count("with_code", "With a code"), share("share", "With a code, share"), text("coders", "Coded by"), text("at", "On the map at")),
    key=("source", "question_id"), shown=("question", "wrote", "with_code", "share", "coders", "at"))
PASSAGES = Frame("passages", "In respondents' words", (
    *_QUESTION, text("path", "Code"), text("quote", "Passage", "masked as all free text"), text("coding_id", "Coding", internal=True)), key=("source", "question_id", "path", "coding_id"),
    shown=("question", "path", "quote"))

COLUMNS = Frame("columns", "Columns of the banner", (
    text("source", "Survey", internal=True), text("by", "By"), text("letter", "Letter"), text("group", "Group"), count("n", "Respondents", "people in the column"),
    number("effective", "Effective n", "Kish's effective number of people"), text("note", "Note")), key=("source", "by", "letter", "group"))
CELLS = Frame("cells", "Cells of the banner", (
    *_QUESTION, text("answer", "Answer"), text("by", "By"), text("group", "Group"), text("letter", "Letter"), *estimate("Value", "Gave it"),
    number("effective", "Effective base"), text("letters", "Higher than", "letters of the columns that are lower, beyond chance"),
    share("unweighted", "Unweighted", internal=True)), key=("source", "question_id", "answer", "by", "group"),
    shown=("question", "answer", "by", "group", "value", "interval", "n", "base", "letters"))
ROWS = Frame("rows", "What differs most between columns", (
    *_QUESTION, text("answer", "Answer"), text("by", "By"), text("highest", "Highest in"), Column("high_value", "Highest value", "level"), text("lowest", "Lowest in"),
    Column("low_value", "Lowest value", "level"), *estimate("Difference", "n, highest", "n, both"), p_value("p", "p", "smallest p of the row's pairs, corrected within the row")),
    key=("source", "question_id", "answer", "by"), shown=("question", "answer", "by", "highest", "high_value", "lowest", "low_value", "value", "interval", "p"),
    if_empty="No row has two columns that are large enough to compare.")
TABLES = Frame("tables", "Banner by {by}", (
    *_QUESTION, text("answer", "Answer"), text("total", "Total")), key=("source", "question_id", "answer"), shown=("question", "answer", "total"), more="text")

DRIVERS = Frame("drivers", "What goes together with {outcome}", (
    text("question_id", "Question id", internal=True), text("question", "Question"), *estimate("Share of R²", "n"), number("correlation", "Correlation", "with the outcome, alone"),
    number("performance", "Mean answer", "on its own scale"), *(Column(f"performance_{e}", f"Mean answer, {e}", "number", internal=True) for e in ("low", "high")),
    share("position", "Position on the scale", "0 worst, 1 best"), share("position_low", "Position, low", internal=True), share("position_high", "Position, high", internal=True),
    count("answered", "Answered", "of those with an outcome"), number("inflation", "VIF", "how much its overlap with other drivers blurs it; above 5 is much"),
    text("touchpoint", "Touchpoint"), text("reading", "Reading")), key=("question_id",),
    shown=("question", "value", "interval", "correlation", "performance", "answered", "inflation", "touchpoint", "reading"))
PATTERNS = Frame("patterns", "Do bad answers cost more than good ones bring?", (
    text("question_id", "Question id", internal=True), text("question", "Question"),
    Column("penalty", "After a bad answer", "number", "outcome minus that after a middling answer, in points of its scale"), *(Column(f"penalty_{e}", f"Bad answer, {e}", "number", internal=True) for e in ("low", "high")),
    Column("reward", "After a good answer", "number", "outcome minus that after a middling answer"), *(Column(f"reward_{e}", f"Good answer, {e}", "number", internal=True) for e in ("low", "high")),
    count("bad", "Bad", "answers in the worst third of the scale"), count("middle", "Middling"), count("good", "Good", "answers in the best third of the scale"),
    *estimate("Sum of both", "Bad or good", "Answered"), p_value("p", "p", "that both count alike, Holm over the questions"), text("reading", "Reading")), key=("question_id",),
    shown=("question", "penalty", "reward", "value", "interval", "p", "bad", "middle", "good", "reading"), if_empty="No question has enough bad, middling and good answers.")
LEFT_OUT = Frame("left_out", "Questions that could not be taken in", (
    text("question_id", "Question id", internal=True), text("question", "Question"), count("answered", "Answered"), number("correlation", "Correlation", "with the outcome, alone"), text("why", "Why")),
    key=("question_id",), if_empty="All scored questions were taken in.")

WAVES = Frame("waves", "Every score, wave by wave", (
    *_QUESTION, text("answer", "Answer"), text("wave", "Wave"), *estimate("Value"), text("compared", "Compared with"), text("how", "How", "independent waves, or the same respondents"),
    Column("change", "Change", "level"), Column("change_low", "Change, low", "level", internal=True), Column("change_high", "Change, high", "level", internal=True), p_value("p", "p", "Benjamini–Hochberg within the question")),
    key=("source", "question_id", "answer", "wave"), shown=("question", "answer", "wave", "value", "interval", "base", "compared", "how", "change", "p"))

OUTCOMES = Frame("outcomes", "Outcomes by group", (
    text("outcome", "Outcome"), text("by", "By"), text("group", "Group"), text("letter", "Letter"), *estimate("Share", "Have it"), text("letters", "Higher than"),
    p_value("p", "p of the groups' equality", "Pearson's χ²")), key=("outcome", "by", "group"),
    shown=("outcome", "by", "group", "value", "interval", "n", "base", "letters", "p"))

COMPARED = Frame("compared", "Satisfied against dissatisfied respondents, afterwards", (
    *_QUESTION, text("outcome", "Afterwards"), text("good", "Those who"), count("good_n", "Did, of them"), count("good_base", "Of"), text("bad", "Against"), count("bad_n", "Did, of those"),
    count("bad_base", "Of those"), *estimate("Difference", "n, first", "n, both"), p_value("p", "p", "pooled z test, Holm over all comparisons"), yes_no("after", "After the answer", internal=True)),
    key=("source", "question_id", "outcome"), shown=("question", "outcome", "good", "good_n", "good_base", "bad", "bad_n", "bad_base", "value", "interval", "p"),
    if_empty="Too few respondents of either kind could be followed.")
BEHAVIOUR = Frame("behaviour", "What respondents did afterwards", (
    *_QUESTION, text("group", "Respondents who were"), text("outcome", "Afterwards"), *estimate("Share", "Did", "Followed"), yes_no("back", "Coming back", internal=True), yes_no("after", "After the answer", "no: it may have been so before", internal=True)),
    key=("source", "question_id", "group", "outcome"), shown=("question", "group", "outcome", "value", "interval", "n", "base"), if_empty="Nobody could be followed for long enough.")
CROSSED = Frame("crossed", "Dissatisfied who stay, satisfied who leave", (
    *_QUESTION, text("who", "Who"), *estimate("Share", "n", "Followed")), key=("source", "question_id", "who"), shown=("question", "who", "value", "interval", "n", "base"),
    if_empty="Nobody could be followed for long enough.")
MATCHED = Frame("matched", "Who could be followed", (
    text("source", "Survey"), text("step", "Respondents"), count("respondents", "n"), share("share", "Of all respondents")), key=("source", "step"))
MISSING = Frame("missing", "Did those who could not be followed answer otherwise?", (
    *_QUESTION, text("answer", "Answer"), text("group", "Respondents"), *estimate("Share", "Gave it", "Answered"), p_value("p", "p", "followed against not followed")),
    key=("source", "question_id", "group"), shown=("question", "answer", "group", "value", "interval", "n", "base", "p"), if_empty="Nobody could be followed for long enough.")
