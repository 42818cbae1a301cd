"""What the answers about coded interviews hold: frames, and what each column says in which unit."""

from __future__ import annotations

from ...results.declared import Column, Frame, count, day, estimate, interval, number, share, text, yes_no

_PATH = text("path", "Code", "the code with those above it")
_PARTICIPANTS = text("participants", "Participants", "how many of how many")
_COUNTED = estimate("Share", "Participants who say it", "Participants asked")
_SPAN = (count("start", "From character", internal=True), count("end", "To character", internal=True))
_INTERVIEW = (text("document_id", "Interview", internal=True), text("participant", "Participant"))

# progress
CODERS = Frame("coders", "Codings by coder", (
    text("coder", "Coder"), text("made_by", "Who", "a person or a program"), count("interviews", "Interviews"),
    count("finished", "Finished", "interviews coded to the end, by the coder's marks or as judged"), count("codings", "Codings"),
    count("located", "With a place", "codings with a place in the transcript"), count("codes", "Codes used"), count("memos", "Memos"),
    day("last_coded", "Last coded", "UTC")), key=("coder",), if_empty="Nobody has coded yet.")
INTERVIEWS_CODED = Frame("interviews", "Interviews and who coded them", (
    text("document_id", "Interview"), text("participant", "Participant"), text("persona", "Persona"), text("coders", "Coders"), count("codings", "Codings")),
    key=("document_id",), if_empty="There is no transcript.")

# themes
_CODE = (_PATH, text("code", "Name", internal=True), count("depth", "Depth", "0 is a top code", internal=True), text("kind", "Kind", "pain, gain, need, emotion, …"),
         number("valence", "Valence", "−2 very negative to +2 very positive", internal=True), _PARTICIPANTS, *_COUNTED,
         count("passages", "Passages with those below", internal=True), count("passages_own", "Passages", "of the code itself"))
_BY_CODE = ("path", "kind", "participants", "interval", "passages_own")
CODES = Frame("codes", "All codes by participants", _CODE, key=("path",), shown=_BY_CODE)
RANKED = Frame("ranked", "Codes by participants", _CODE, key=("path",), shown=_BY_CODE)
PARTICIPANTS = Frame("participants", "Passages by code and participant", (_PATH, text("participant", "Participant"), count("passages", "Passages")),
                     key=("path", "participant"))
PERSONAS = Frame("personas", "Codes by persona", (_PATH, text("persona", "Persona"), _PARTICIPANTS, *_COUNTED), key=("path", "persona"),
                 shown=("persona", "path", "participants", "interval"), if_empty="No participant belongs to a persona.")
_AT_PLACE = (_PARTICIPANTS, *_COUNTED, count("passages", "Passages"))
_STAGE = text("stage", "Stage")
STAGES = Frame("stages", "Codes by stage", (_STAGE, _PATH, *_AT_PLACE), key=("path", "stage"), shown=("stage", "path", "participants", "interval", "passages"),
               if_empty="No passage lies on a stage.")
BY_STAGE = Frame("by_stage", "What most participants speak of at each stage", (_STAGE, _PATH, *_AT_PLACE), key=("path", "stage"),
                 shown=("stage", "path", "participants", "interval", "passages"))
TOUCHPOINTS = Frame("touchpoints", "Codes by touchpoint", (text("touchpoint", "Touchpoint"), _PATH, *_AT_PLACE), key=("path", "touchpoint"),
                    shown=("touchpoint", "path", "participants", "interval", "passages"), if_empty="No passage lies at a touchpoint.")
COOCCURRENCE = Frame("cooccurrence", "Pairs of codes on one passage or near each other", (
    text("path_a", "Code"), text("path_b", "And"), text("relation", "How they lie", "exact, inclusion, overlap or near"), _PARTICIPANTS, *_COUNTED,
    count("pairs", "Passages")), key=("path_a", "path_b", "relation"), shown=("path_a", "path_b", "relation", "participants", "interval", "pairs"))

# emotion
_VALENCE = (*estimate("Mean valence", "Participants", "Participants heard"), count("passages", "Passages"))
FEELING_BY_STAGE = Frame("stages", "Mean valence by stage, from −2 to +2", (_STAGE, *_VALENCE), key=("stage",), shown=("stage", "value", "interval", "n", "passages"))
FEELING_BY_TOUCHPOINT = Frame("touchpoints", "Mean valence by touchpoint, from −2 to +2", (text("touchpoint", "Touchpoint"), *_VALENCE), key=("touchpoint",),
                              shown=("touchpoint", "value", "interval", "n", "passages"))
EMOTIONS = Frame("emotions", "Emotions by stage", (_PATH, _STAGE, number("valence", "Valence", "−2 very negative to +2 very positive"), count("passages", "Passages"),
                                                   *estimate("Share", "Participants", "Participants asked")), key=("path", "stage"))

# quotes
QUOTES = Frame("quotes", "Quotes by the stated rules, contrary ones marked", (
    _PATH, text("coded", "Coded as", internal=True), text("role", "Role", "theme or contrary"), text("quote", "Quote"), text("counted", "Participants with the theme"),
    text("kind", "Kind", internal=True), _STAGE, text("touchpoint", "Touchpoint"), text("participant", "Participant"), text("persona", "Persona"),
    text("document_id", "Interview", internal=True), count("turn", "Turn", internal=True), *_SPAN,
    text("text_sha256", "Hash of the text", internal=True), text("coder", "Coder", internal=True), yes_no("is_synthetic", "Coded by a program", internal=True),
    text("coding_id", "Coding", internal=True)))

# agreement
_BY = (_PATH, text("code", "Name", internal=True))
_PREVALENCE = share("prevalence", "Prevalence", "share of units that have the code")
AGREED_CODES = Frame("codes", "Agreement by code and measure", (
    *_BY, _PREVALENCE, text("unit_coded", "Compared by", "character, turn, sentence or document"), count("units", "Units"), text("measure", "Measure"),
    *estimate("Agreement", "Interviews", "Interviews compared")), key=("path", "measure"))
SUMMARY = Frame("summary", "Agreement by code, lowest α first", (
    *_BY, *estimate("α", "Interviews", "Interviews compared"), number("kappa", "κ"), number("u_alpha_binary", "|uα"), share("percent_share", "Percent agreement"), _PREVALENCE),
    key=("path",), shown=("path", "value", "interval", "kappa", "u_alpha_binary", "percent_share", "prevalence"))
UNITIZING = Frame("unitizing", "The uα family, for domains whose codes do not overlap", (
    text("domain", "Domain"), text("measure", "Measure"), Column("value", "Agreement", "score"), share("coverage", "Coverage", "share of the text that is coded"),
    text("edition", "Edition", internal=True)), key=("domain", "measure"), if_empty="Codes of every domain overlap.")
_READINGS = (*_INTERVIEW, *_SPAN, text("passage", "Whole passage", internal=True), text("coder_a", "One coder", internal=True),
             text("reading_a", "Reading of the one", internal=True), text("coder_b", "The other coder", internal=True),
             text("reading_b", "Reading of the other", internal=True), text("excerpt", "Passage"), text("one", "One reading"), text("other", "The other"),
             text("kind", "How they differ"))
_READ = ("participant", "excerpt", "one", "other", "kind")
DISAGREEMENTS = Frame("disagreements", "Where coders differ, both readings side by side", _READINGS, shown=_READ, if_empty="The coders do not differ.")
EXAMPLES = Frame("examples", "Where coders differ, both readings side by side: examples of each kind", _READINGS, shown=_READ)
IN_PROGRESS = Frame("in_progress", "Interviews that a coder has only begun, which are not compared", (
    text("document_id", "Interview"), text("participant", "Participant"), text("coder", "Coder"), count("passages", "Passages"), yes_no("finished", "Finished", internal=True),
    text("known", "Known by"), text("why", "Why")), key=("document_id", "coder"), if_empty="Every coder has finished what is compared.")
DOCUMENTS = Frame("documents", "Interviews that several finished", (
    text("document_id", "Interview"), text("participant", "Participant"), text("coders", "Coders"), count("characters", "Characters")), key=("document_id",))

# saturation
ORDER = Frame("interviews", "Codes by interview, in their order", (
    text("participant", "Participant"), count("position", "Position"), count("codes", "Codes"), count("new_codes", "New codes"),
    count("cumulative", "Codes so far")), key=("position",))
RUNS = Frame("runs", "New information by run of interviews", (
    count("first", "From interview"), count("last", "To interview"), count("new_codes", "New codes"), count("base_codes", "Codes of the base"),
    share("new_share", "New of base"), share("low_share", "2.5 % of orders"), share("median_share", "Median order"), share("high_share", "97.5 % of orders"),
    share("ratio", "New of base", internal=True), interval("ratio", "Range over orders"), share("ratio_median", "Median order", internal=True),
    yes_no("saturated", "Saturated")), key=("first",),
    shown=("first", "last", "new_codes", "base_codes", "new_share", "low_share", "median_share", "high_share", "saturated"))
ORDERS = Frame("orders", "Interviews needed, over other orders of them", (count("interviews", "Interviews needed"), count("orders", "Orders")), key=("interviews",))

# suggestions
SUGGESTIONS = Frame("suggestions", "Uncoded passages most like each code's examples", (
    _PATH, *_INTERVIEW, count("turn", "Turn", internal=True), *_SPAN, text("passage", "Passage"), number("similarity", "Similarity", "1 is alike"),
    text("most_like", "Most like"), text("status", "Status")), shown=("path", "participant", "passage", "similarity", "most_like"))
