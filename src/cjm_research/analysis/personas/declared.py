"""What the answers about personas hold: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results.declared import Column, Frame, count, ends, estimate, interval, number, p_value, share, text, yes_no

_PERSONA = text("persona", "Persona")
_OTHERS = (Column("others", "Others", "estimate", "all other customers"), Column("difference", "Difference", "mixed"), interval("difference"),
           number("effect", "Effect size", "standardised difference"), p_value("p", "p", "of the difference"),
           p_value("p_adjusted", "p, adjusted", "after Benjamini–Hochberg, over all lines"))
_LINE = ("persona", "line", "value", "interval", "others_value", "base")
NOT_FORMED = "No segments were formed, so there is nothing to compare."

# personas
MEMBERS = Frame("members", "Customers and their persona", (text("customer_id", "Customer", "pseudonym"), _PERSONA), key=("customer_id",))
PERSONAS = Frame("personas", "Personas: size, how surely each comes back, and what sets it apart", (
    _PERSONA, *estimate("Share", n="Customers", base="All typed"), number("jaccard", "Jaccard", "how much of it comes back on other samples; 1 is all"),
    *ends("refit", "share", "Share over refits"), text("in_short", "In short")), key=("persona",),
    shown=("persona", "value", "interval", "n", "jaccard", "in_short"))
CANDIDATES = Frame("candidates", "Every number of segments side by side", (
    count("segments", "Segments"), *estimate("Rand", n="Refits", base="Customers"), number("jaccard_least", "Jaccard", "of the segment that comes back least"),
    number("gap", "Gap", internal=True), number("gap_se", "Standard error of the gap", internal=True), number("z_one_cloud", "z, one cloud", internal=True),
    p_value("p_one_cloud", "p, one cloud", "that one cloud falls apart as well"), number("silhouette", "Silhouette", internal=True),
    text("valleys", "Valleys", "neighbours with a valley between them"), share("smallest_share", "Smallest", "share of the smallest segment"),
    share("rule_accuracy", "Rule right", internal=True), share("rule_baseline", "Right by the largest alone", internal=True),
    count("distinct_features", "Features that differ", internal=True), number("bic", "Schwarz's criterion", internal=True),
    yes_no("eligible", "Eligible", internal=True), text("reason", "Why or why not"), yes_no("chosen", "Chosen", internal=True)), key=("segments",),
    shown=("segments", "value", "jaccard_least", "p_one_cloud", "valleys", "smallest_share", "reason"),
    if_empty="The personas are given by an attribute; no number was tried.")
FEATURES = Frame("features", "Features", (
    text("feature", "Column", internal=True), text("label", "Feature"), yes_no("used", "Used"), text("kind", "Kind"), share("missing_share", "Missing"),
    count("distinct", "Different values"), text("reason", "Note")), key=("feature",),
    shown=("label", "used", "kind", "missing_share", "distinct", "reason"), if_empty="The personas are given by an attribute; no feature was needed.")
OTHER_SOLUTIONS = Frame("other_solutions", "Solutions of this number that fit within 0.5 % of the best, from many starts", (
    count("rank", "Rank"), text("sizes", "Sizes"), number("loss", "Loss", internal=True), share("loss_above", "Loss above best", internal=True),
    share("loss_above_share", "Loss above best"), count("moved", "Customers moved", "in another segment than in the best solution"), count("base", "Of"),
    count("starts", "Starts that found it")), key=("rank",), if_empty="No number of segments is held, so there are no solutions to compare.")
METHODS = Frame("methods", "Agreement of other methods on the same number of segments", (
    text("method", "Method"), number("agreement", "Adjusted Rand", "1 is full agreement, 0 chance"), count("n", "Customers")), key=("method",),
    if_empty="No segments were formed, so there is nothing to agree on.")
RULE = Frame("rule", "The rule, leaf by leaf", (text("rule", "Rule"), _PERSONA, *estimate("Right", n="Right n", base="Caught")),
             if_empty=NOT_FORMED)
DRIFT = Frame("drift", "The personas since the last run", (
    _PERSONA, text("state", "State", "kept, new or gone"), share("share", "Share"), share("share_before", "Share before"),
    number("moved_sd", "Moved", "mean move of the features, in standard deviations")), key=("persona",), if_empty="No earlier run is known.")
PROFILE = Frame("profile", "Every feature of every persona against all other customers", (
    _PERSONA, text("feature", "Column", internal=True), text("label", "Feature"), text("level", "Level"), text("role", "Role", "forms the personas, or describes them"),
    *estimate(n="n", base="Base"), Column("lift", "Lift", "number", "share over that of all customers", internal=True), *_OTHERS,
    text("words", "In words", internal=True)), key=("persona", "feature", "level"),
    shown=("persona", "label", "level", "value", "interval", "others", "base", "p_adjusted"), if_empty=NOT_FORMED)
CLEAREST = Frame("clearest", "The clearest lines of each persona against all other customers; a feature that formed the personas is described, the others are "
                 "tested and corrected for all lines", (
    _PERSONA, text("line", "Feature"), *estimate("Persona", base="Base"), Column("others_value", "Others", "estimate", "all other customers"),
    text("tested", "Tested", "formed them, or the corrected p")), key=("persona", "line"), shown=(*_LINE, "tested"), if_empty=NOT_FORMED)
ALL = (MEMBERS, PERSONAS, CANDIDATES, FEATURES, OTHER_SOLUTIONS, METHODS, RULE, DRIFT, PROFILE, CLEAREST)

# sheets
LINES = Frame("lines", "Every line of the persona sheets", (
    _PERSONA, text("section", "Section"), text("text", "Line"), text("status", "Status", "assumed, partly or backed"), text("source", "Source"), *estimate(),
    text("evidence", "Evidence"), text("finding", "Finding", internal=True)))
QUOTES = Frame("quotes", "Quotes of the persona sheets", (
    _PERSONA, text("text", "Quote"), text("who", "Who"), text("where", "Where"), text("code", "Code"), text("id", "Id", "coding or feedback", internal=True)))
PARTICIPANTS = Frame("participants", "Who was interviewed, and how the persona is known", (
    text("document_id", "Interview", internal=True), text("participant_id", "Participant"), _PERSONA, text("by", "Known by"), text("also", "Other sources say"),
    text("missing", "Missing for the rule")), key=("document_id",), if_empty="Nobody was interviewed.")

# journeys
JOURNEY = Frame("journey", "The journey of each persona against all other customers", (
    _PERSONA, text("measure", "Measure", "reaches, goes on to (the next stage, of those observed long enough), uses, days to reach or answers"), text("what", "What", "stage, channel or question"),
    text("key", "Key", internal=True), text("stage", "Stage"), text("role", "Role", "forms the personas, or describes them", internal=True), *estimate(), *_OTHERS),
    key=("persona", "measure", "key"))
DIFFERENCES = Frame("clearest", "The largest differences that are beyond chance, corrected for all that was compared", (
    _PERSONA, text("line", "What"), *estimate("Persona", base="Base"), Column("others_value", "Others", "estimate", "all other customers"),
    p_value("p_adjusted", "p, adjusted", "after Benjamini–Hochberg, over all lines")), key=("persona", "line"), shown=(*_LINE, "p_adjusted"),
    if_empty="No difference is beyond chance after correction.")

# expectations
_SCORES = (text("item", "Item id", internal=True), text("question", "Item"), _PERSONA, share("importance_share", "Important", "answer high on importance"),
           share("satisfaction_share", "Served", "answer high on satisfaction"), *estimate("Score", n="Answered both", base="n"), text("reading", "Reading"),
           count("rank", "Rank", "within the persona", internal=True), share("importance", "Important", internal=True),
           share("satisfaction", "Served", internal=True))
_SHOWN = ("question", "persona", "importance_share", "satisfaction_share", "value", "interval", "base", "reading")
EXPECTATIONS = Frame("expectations", "Importance against satisfaction, by persona", _SCORES, key=("persona", "item"), shown=_SHOWN)
LARGEST = Frame("largest", "The three items of each persona with the largest opportunity", _SCORES, key=("persona", "item"), shown=_SHOWN)
