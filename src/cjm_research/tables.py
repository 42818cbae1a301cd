"""The canonical tables: what every source delivers into and every analysis reads from.

Times are UTC with microseconds, ids are strings, text has LF line ends. `docs/tables.md` is generated
from this module (`cjm docs`) and a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "integer", "number", "boolean", "time", "json"]
Privacy = Literal["pseudonym", "personal", "free text", "attribute", "none"]

DUCKDB_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN",
    "time": "TIMESTAMPTZ", "json": "VARCHAR",
}


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, its unit, whether it may be empty, and how private it is."""

    name: str
    type: ColumnType
    meaning: str
    nullable: bool = False
    unit: str = ""
    privacy: Privacy = "none"


@dataclass(frozen=True)
class Table:
    """One canonical table. `key` identifies a row; `sort` is the order of its rows on disk."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sort: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(c.name for c in self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def _c(name: str, type: ColumnType, meaning: str, *, null: bool = False, unit: str = "",
       privacy: Privacy = "none") -> Column:
    return Column(name, type, meaning, null, unit, privacy)


_CUSTOMER = _c("customer_id", "text", "the person, after identity resolution", privacy="pseudonym")
_CUSTOMER_OR_NULL = _c("customer_id", "text", "the person, where known", null=True, privacy="pseudonym")
_SOURCE = _c("source", "text", "name of the source in params")
_TOUCHPOINT = _c("touchpoint", "text", "where customer and brand meet, by the journey's match rules", null=True)
_CHANNEL = _c("channel", "text", "medium: web, app, store, phone, e-mail, social, …", null=True)
_STAGE = _c("stage", "text", "stage of the journey", null=True)

#: the order of a customer's events, the same in every engine; ids decide only where a log that was not built here has no sequence
MOMENT = ("occurred_at", "sequence", "interaction_id")
IN_ORDER = ", ".join(MOMENT)

INTERACTIONS = Table(
    "interactions", "one event of one customer at one instant",
    (
        _c("interaction_id", "text", "the event, unique"),
        _CUSTOMER,
        _c("occurred_at", "time", "when it happened", unit="UTC"),
        _SOURCE,
        _c("event", "text", "event name as the source gives it"),
        _TOUCHPOINT, _CHANNEL, _STAGE,
        _c("session_id", "text", "the source's own session, unique over customers", null=True, privacy="pseudonym"),
        _c("value", "number", "money or another amount of the event", null=True, unit="client's currency"),
        _c("properties", "json", "the other fields of the event", null=True, privacy="attribute"),
        _c("sequence", "integer", "its place among the events of its customer and instant, from 1 (also where it is alone): by source in the order of the params, "
           "then by the export's own order, else by event name", null=True),
        _c("order_known", "boolean", "whether the export says which events of one instant came first; of two sources nobody says it; empty where an event is alone at its instant", null=True),
    ),
    key=("interaction_id",), sort=("customer_id", *MOMENT),
)
CUSTOMERS = Table(
    "customers", "one row a person",
    (
        _CUSTOMER,
        _c("first_seen", "time", "first interaction, response or deal", null=True, unit="UTC"),
        _c("last_seen", "time", "last interaction, response or deal", null=True, unit="UTC"),
        _c("consent", "boolean", "agreed to be analysed, where the export says", null=True),
        _c("attributes", "json", "attributes by name", null=True, privacy="attribute"),
    ),
    key=("customer_id",), sort=("customer_id",),
)
IDENTITY_LINKS = Table(
    "identity_links", "which key of which source belongs to which customer, and why",
    (
        _CUSTOMER, _SOURCE,
        _c("key_type", "text", "kind of key: email, user_id, ga_client_id, …"),
        _c("key_pseudonym", "text", "the key, pseudonymised", privacy="pseudonym"),
        _c("reason", "text", "why the key belongs to this customer"),
        _c("score", "number", "1 for exact keys, else the link's probability", unit="probability"),
    ),
    key=("source", "key_type", "key_pseudonym"), sort=("customer_id", "source", "key_type", "key_pseudonym"),
)
RESPONSES = Table(
    "responses", "one answer to one survey question",
    (
        _c("response_id", "text", "the filled questionnaire", privacy="pseudonym"),
        _CUSTOMER_OR_NULL,
        _c("answered_at", "time", "when it was answered", null=True, unit="UTC"),
        _SOURCE,
        _c("question_id", "text", "short id of the question"),
        _c("question", "text", "wording"),
        _c("instrument", "text", "nps, csat, ces, likert, number, ranking, points, maxdiff, choice or text"),
        _c("scale_min", "number", "lowest answer of the scale", null=True),
        _c("scale_max", "number", "highest answer of the scale", null=True),
        _c("higher_is_better", "boolean", "direction of the scale", null=True),
        _c("box", "integer", "csat: how many points at the good end count as satisfied", null=True),
        _c("score", "number", "the answer as a number on that scale", null=True),
        _c("answer", "text", "the answer as text; empty at a choice: was asked and chose nothing", null=True, privacy="free text"),
        _TOUCHPOINT, _STAGE,
        _c("wave", "text", "wave of a repeated survey", null=True),
        _c("weight", "number", "survey weight", null=True),
    ),
    # a multiple-response question has a row for each answer
    key=("source", "response_id", "question_id", "answer"), sort=("question_id", "response_id", "answer"),
)
FEEDBACK = Table(
    "feedback", "unsolicited text: reviews, complaints, social posts, tickets",
    (
        _c("feedback_id", "text", "the text, unique within its source"),
        _CUSTOMER_OR_NULL,
        _c("published_at", "time", "when it was written", null=True, unit="UTC"),
        _SOURCE, _CHANNEL,
        _c("rating", "number", "stars or another score", null=True),
        _c("rating_max", "number", "highest possible rating", null=True),
        _c("text", "text", "the text, masked", null=True, privacy="free text"),
        _c("label", "text", "topic given by the source", null=True),
        _TOUCHPOINT, _STAGE,
    ),
    key=("source", "feedback_id"), sort=("published_at", "feedback_id"),
)
DOCUMENTS = Table(
    "documents", "interview transcripts and other texts that are coded",
    (
        _c("document_id", "text", "the document"),
        _c("kind", "text", "interview, diary, note, …"),
        _c("participant_id", "text", "the participant's number", null=True, privacy="pseudonym"),
        _CUSTOMER_OR_NULL,
        _c("persona", "text", "persona of the participant, where typed", null=True),
        _c("recorded_at", "time", "when it was recorded", null=True, unit="UTC"),
        _c("text", "text", "canonical text: LF, masked", privacy="free text"),
        _c("text_sha256", "text", "SHA-256 of the text as UTF-8"),
        _c("attributes", "json", "variables of the participant", null=True, privacy="attribute"),
    ),
    key=("document_id",), sort=("document_id",),
)
TURNS = Table(
    "turns", "one speaker's stretch of a transcript",
    (
        _c("document_id", "text", "the document"),
        _c("turn", "integer", "number of the turn in its document, from 1"),
        _c("start", "integer", "first character", unit="Unicode code points"),
        _c("end", "integer", "one past the last character", unit="Unicode code points"),
        _c("speaker", "text", "speaker label, masked", null=True, privacy="pseudonym"),
        _c("is_interviewer", "boolean", "whether the researcher speaks", null=True),
        _c("start_s", "number", "begin in the recording", null=True, unit="s"),
        _c("end_s", "number", "end in the recording", null=True, unit="s"),
    ),
    key=("document_id", "turn"), sort=("document_id", "turn"),
)
CODEBOOK = Table(
    "codebook", "the codes and their tree",
    (
        _c("code_id", "text", "the code"),
        _c("name", "text", "its name"),
        _c("parent_id", "text", "the code above it", null=True),
        _c("path", "text", "names from the root, joined by ' > '"),
        _c("kind", "text", "pain, gain, emotion, need, action, thought or theme", null=True),
        _c("valence", "number", "−2 very negative … +2 very positive", null=True),
        _c("memo", "text", "definition", null=True),
        _c("color", "text", "#RRGGBB", null=True),
        _c("guessed", "text", "which of kind and valence were taken from words of names and are not confirmed; they are used nowhere", null=True),
        _TOUCHPOINT, _STAGE,
    ),
    key=("code_id",), sort=("path",),
)
CODINGS = Table(
    "codings", "one code on one span by one coder",
    (
        _c("coding_id", "text", "the coding"),
        _c("document_id", "text", "the document"),
        _c("code_id", "text", "the code"),
        _c("coder", "text", "who coded"),
        _c("start", "integer", "first character; empty where the quote could not be located", null=True,
           unit="Unicode code points"),
        _c("end", "integer", "one past the last character", null=True, unit="Unicode code points"),
        _c("quote", "text", "the coded text", privacy="free text"),
        _c("memo", "text", "the coder's note", null=True, privacy="free text"),
        _c("created_at", "time", "when it was coded", null=True, unit="UTC"),
        _c("is_synthetic", "boolean", "made by a program, not a person"),
        _TOUCHPOINT, _STAGE,
    ),
    key=("coding_id",), sort=("document_id", "start", "coding_id"),
)
ANSWER_CODINGS = Table(
    "answer_codings", "one code on one span of an answer to an open question of a survey, by one coder; the answer itself stands in responses",
    CODINGS.columns, key=("coding_id",), sort=("document_id", "start", "coding_id"),
)
DEALS = Table(
    "deals", "CRM stage history, one row for each stage a deal entered",
    (
        _c("deal_id", "text", "the deal or lead", privacy="pseudonym"),
        _CUSTOMER_OR_NULL,
        _SOURCE,
        _c("stage", "text", "the CRM's stage"),
        _c("entered_at", "time", "when it entered the stage", unit="UTC"),
        _c("amount", "number", "deal amount", null=True, unit="client's currency"),
        _c("is_won", "boolean", "stage means won", null=True),
        _c("is_closed", "boolean", "stage ends the deal", null=True),
        _c("properties", "json", "other fields", null=True, privacy="attribute"),
    ),
    key=("source", "deal_id", "stage", "entered_at"), sort=("deal_id", "entered_at"),
)
ASSIGNMENTS = Table(
    "assignments", "which unit saw which variant of an experiment",
    (
        _c("experiment", "text", "the experiment"),
        _c("unit_id", "text", "the randomised unit", privacy="pseudonym"),
        _CUSTOMER_OR_NULL,
        _c("variant", "text", "the arm"),
        _c("assigned_at", "time", "when assigned", null=True, unit="UTC"),
        _c("cluster", "text", "group the unit belongs to, where randomised or observed by group", null=True),
        _c("properties", "json", "device, country, … for segments", null=True, privacy="attribute"),
    ),
    key=("experiment", "unit_id", "variant"), sort=("experiment", "unit_id"),
)
MEASUREMENTS = Table(
    "measurements", "a metric's value for a unit of an experiment",
    (
        _c("experiment", "text", "the experiment"),
        _c("unit_id", "text", "the unit", privacy="pseudonym"),
        _c("metric", "text", "the metric"),
        _c("value", "number", "its value; empty means not observed", null=True),
        _c("period", "text", "pre or post"),
        _c("measured_at", "time", "when", null=True, unit="UTC"),
    ),
    key=("experiment", "unit_id", "metric", "period", "measured_at"),
    sort=("experiment", "metric", "unit_id"),
)

CHECKPOINTS = Table(
    "checkpoints", "what an experiment had measured at a look, as aggregates of both arms (without units)",
    (
        _c("experiment", "text", "the experiment"),
        _c("variant", "text", "the variant that is compared with the control"),
        _c("metric", "text", "the metric"),
        _c("since", "number", "time since the start", unit="as in the export"),
        _c("n_control", "number", "units of the control so far", null=True),
        _c("n_variant", "number", "units of the variant so far", null=True),
        _c("mean_control", "number", "mean of the control so far", null=True),
        _c("mean_variant", "number", "mean of the variant so far", null=True),
        _c("var_control", "number", "variance of the control's values", null=True),
        _c("var_variant", "number", "variance of the variant's values", null=True),
    ),
    key=("experiment", "variant", "metric", "since"), sort=("experiment", "variant", "metric", "since"),
)

TABLES: dict[str, Table] = {
    t.name: t for t in (
        INTERACTIONS, CUSTOMERS, IDENTITY_LINKS, RESPONSES, FEEDBACK, DOCUMENTS, TURNS, CODEBOOK, CODINGS,
        ANSWER_CODINGS, DEALS, ASSIGNMENTS, MEASUREMENTS, CHECKPOINTS,
    )
}
