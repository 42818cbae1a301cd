"""One row a customer: attributes, behaviour and scores, computed in the engine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput, NotEnoughData, unknown
from ...log.scales import TURNED
from ...results.words import column as in_words
from .calendar import without_calendar, without_outcomes

if TYPE_CHECKING:
    from ...study import Study

ATTRIBUTE, BEHAVIOUR, SCORE, ANSWER = "attributes.", "behaviour.", "score.", "answer."
MOST_KEYS = 200  # attributes, questions: beyond, the commonest
MOST_CHANNELS = 8
LEAST_CHANNEL = 0.02  # share of interactions from which a channel is a feature
RECOMMENDS = "likelihood to recommend (0–10)"

BEHAVIOURS: dict[str, tuple[str, str]] = {  # name → (meaning, unit)
    "recency": ("time since the last contact", "days"),
    "frequency": ("contacts in all", ""),
    "value": ("amount spent", "currency"),
    "stage_depth": ("how far along the stages", "share"),
    "tempo": ("days from one active day to the next", "days"),
}


PAIR = re.compile(r"^(?P<kind>imp|importance|sat|satisfaction)[_.\-: ](?P<item>.+)$", re.I)
"""Ids of questions on the importance of an item and on the satisfaction with it."""


@dataclass(frozen=True)
class Features:
    """Customers by features. unit: "customer", or "respondent" where the client has only an unlinked survey.

    frame: indexed by the id, columns named attributes.*, behaviour.*, score.*, answer.*. questions: wording by
    question id. left_out: what could not become a feature, in words.
    """

    frame: pd.DataFrame
    unit: str
    questions: dict[str, str]
    left_out: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)


def features_of(study: Study) -> Features:
    """Everything the tables say about each customer, one row each.

    Raises `NotEnoughData` where there is no customer, no interaction and no answer.
    """
    if not any(study.has(t) for t in ("customers", "interactions", "responses")):
        study.need("customers", what="personas: who the customers are")
    linked = int(study.scalar("SELECT count(*) FROM responses WHERE customer_id IS NOT NULL") or 0)
    respondents = not study.has("customers") and not study.has("interactions") and linked == 0
    left_out: list[str] = []
    if respondents:
        key, ids = "response_id", "SELECT DISTINCT response_id AS id FROM responses"
    else:
        key, ids = "customer_id", ("SELECT customer_id AS id FROM customers UNION SELECT customer_id FROM interactions "
                                   "UNION SELECT customer_id FROM responses WHERE customer_id IS NOT NULL")
        loose = int(study.scalar("SELECT count(DISTINCT response_id) FROM responses WHERE customer_id IS NULL") or 0)
        if loose:
            left_out.append(f"{loose:,} filled questionnaires belong to no known customer and are left out.")
    frame = study.query(f"SELECT id FROM ({ids}) WHERE id IS NOT NULL ORDER BY id").set_index("id")
    if not len(frame):
        raise NotEnoughData("personas", "no customer in this part of the data", "at least one customer", "cjm check says what data there is")
    parts = [frame]
    if not respondents:
        parts += [_attributes(study, left_out), _behaviour(study)]
    scores, questions = _answers(study, key)
    joined = pd.concat([p.reindex(frame.index) for p in [*parts, scores]], axis=1)
    if study.has("interactions") and not respondents:
        for name in ("frequency", "value"):  # known to be none, not unknown
            if BEHAVIOUR + name in joined:
                joined[BEHAVIOUR + name] = joined[BEHAVIOUR + name].fillna(0.0)
    if not respondents:
        joined, aside = without_calendar(study, joined, study.params.personas.features)
        left_out += aside
        joined, aside = without_outcomes(study, joined, study.params.personas.features)
        left_out += aside
    if joined.shape[1] == 0:
        raise NotEnoughData("personas", "nothing is known about customers beyond their ids",
                            "attributes, interactions or survey answers", "list attributes in the settings of the customers source")
    joined.index.name = "customer_id"
    return Features(_by_values(joined), "respondent" if respondents else "customer", questions, tuple(left_out))


def _by_values(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in an order that their values give, so that random steps draw the same customers whatever they are called."""
    # sums of floats differ in their last digits by who adds first
    plain = frame.apply(lambda c: c.astype("float32") if pd.api.types.is_float_dtype(c) else c.astype("string"))
    order = pd.util.hash_pandas_object(plain, index=False).to_numpy().argsort(kind="stable")
    return frame.iloc[order]


def resolve(names: Sequence[str], known: Sequence[str], where: str) -> list[str]:
    """Feature names as the user wrote them (with or without `attributes.` etc.) as full names."""
    out = []
    for name in names:
        found = [k for k in known if k == name] or [k for k in known if k.split(".", 1)[-1] == name]
        if not found:
            raise unknown(where, "feature", name, known, "correct personas.features in params, or features in the cell that asks")
        if len(found) > 1:
            raise BadInput(where, f"{name!r} may be {' or '.join(found)}", "the full name", "correct personas.features in params, or features in the cell that asks")
        out.append(found[0])
    return out


def label_of(name: str, questions: dict[str, str] | None = None) -> str:
    """A feature's name in words."""
    group, _, rest = name.partition(".")
    if group == "behaviour":
        if rest.startswith("channel_"):
            return f"share of contacts by {rest.removeprefix('channel_')}"
        return BEHAVIOURS[rest][0] if rest in BEHAVIOURS else rest
    if group in ("score", "answer") and questions and questions.get(rest):
        pair = PAIR.match(rest)
        if pair and group == "score":
            about = "importance of" if pair["kind"].lower().startswith("imp") else "satisfaction with"
            return short_wording(f"{about} “{row_of(questions[rest])}”")
        return short_wording(questions[rest])
    return _spaced(in_words(name))


def _spaced(name: str) -> str:
    """`TotalCharges` as "total charges"; names without a hump stay as they are."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return name if parts == name else " ".join(w if w.isupper() else w.lower() for w in parts.split(" "))


def short_wording(wording: str, longest: int = 60) -> str:
    """A question's wording at readable length: of a grid question only its row, which exports put behind " - "."""
    if len(wording) <= longest:
        return wording
    row = row_of(wording)
    return row if len(row) <= longest else f"{row[:longest - 2].rstrip()} …"


def row_of(wording: str) -> str:
    """The row of a grid question, or the whole wording of another one."""
    return wording.rsplit(" - ", 1)[-1].strip() or wording


def unit_of(name: str, currency: str) -> str:
    """A number feature's unit, empty where it is not known."""
    if name.startswith(BEHAVIOUR):
        rest = name.removeprefix(BEHAVIOUR)
        unit = "share" if rest.startswith("channel_") else BEHAVIOURS.get(rest, ("", ""))[1]
        return currency if unit == "currency" else unit
    return "score" if name.startswith(SCORE) else ""


def _attributes(study: Study, left_out: list[str]) -> pd.DataFrame:
    keys = study.query(
        "SELECT key, count(*) AS n FROM (SELECT unnest(json_keys(attributes)) AS key FROM customers "
        "WHERE attributes IS NOT NULL AND json_valid(attributes)) GROUP BY key ORDER BY n DESC, key")
    names = [str(k) for k in keys["key"]]
    odd = [k for k in names if '"' in k or "\\" in k]
    names = [k for k in names if k not in odd][:MOST_KEYS]
    if len(keys) > len(names):
        left_out.append(f"{len(keys) - len(names):,} attributes are left out: too rare, or with quotes in their name.")
    if not names:
        return pd.DataFrame(index=pd.Index([], name="id"))
    columns = ", ".join(f'json_extract_string(attributes, ?) AS "{ATTRIBUTE}{k}"' for k in names)
    return study.query(f"SELECT customer_id AS id, {columns} FROM customers", [f'$."{k}"' for k in names]).set_index("id")


def _behaviour(study: Study) -> pd.DataFrame:
    if not study.has("interactions"):
        return pd.DataFrame(index=pd.Index([], name="id"))
    counts = study.query("SELECT channel, count(*) AS n FROM interactions WHERE channel IS NOT NULL GROUP BY channel ORDER BY n DESC, channel")
    common = counts[counts["n"] >= LEAST_CHANNEL * max(1, counts["n"].sum())]
    channels = [str(c) for c in common["channel"].head(MOST_CHANNELS)]
    parts = ["(epoch(?::TIMESTAMPTZ) - epoch(max(occurred_at))) / 86400 AS \"behaviour.recency\"",
             "count(*)::DOUBLE AS \"behaviour.frequency\"", "sum(value) AS \"behaviour.value\"",
             "(epoch(max(occurred_at)) - epoch(min(occurred_at))) / 86400 / nullif(count(DISTINCT occurred_at::DATE) - 1, 0)"
             " AS \"behaviour.tempo\""]
    values: list[object] = [str(study.observed_until)]
    if study.stages:
        ranks = " ".join("WHEN ? THEN ?" for _ in study.stages)
        parts.append(f'max(CASE stage {ranks} END)::DOUBLE / ? AS "behaviour.stage_depth"')
        for i, stage in enumerate(study.stages):
            values += [stage, i + 1]
        values.append(len(study.stages))
    if len(channels) > 1:
        for channel in channels:
            quoted = channel.replace('"', "")
            parts.append(f'count(*) FILTER (channel = ?)::DOUBLE / nullif(count(channel), 0) AS "behaviour.channel_{quoted}"')
            values.append(channel)
    frame = study.query(f"SELECT customer_id AS id, {', '.join(parts)} FROM interactions WHERE customer_id IS NOT NULL "
                        "GROUP BY customer_id", values).set_index("id")
    return frame.dropna(axis=1, how="all").astype("float64")


def _answers(study: Study, key: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Scores turned so that more is better, and chosen answers, by question; several answers are averaged."""
    if not study.has("responses"):
        return pd.DataFrame(index=pd.Index([], name="id")), {}
    long = study.query(
        f"SELECT {key} AS id, question_id, any_value(question) AS question, instrument, "
        f"avg(coalesce({TURNED}, score)) AS score, "
        "arg_max(answer, coalesce(answered_at, TIMESTAMPTZ '1970-01-01')) FILTER (instrument = 'choice') AS answer "
        f"FROM responses WHERE {key} IS NOT NULL AND instrument <> 'text' GROUP BY 1, 2, 4")
    words = {str(q): RECOMMENDS if i == "nps" else str(w)
             for q, w, i in zip(long["question_id"], long["question"], long["instrument"], strict=True) if isinstance(w, str)}
    parts = []
    for column, prefix in (("score", SCORE), ("answer", ANSWER)):
        known = long[long[column].notna()]
        if prefix == ANSWER:  # a choice that has a score is a score already
            known = known[known["score"].isna()]
        common = known["question_id"].value_counts().head(MOST_KEYS).index
        wide = known[known["question_id"].isin(common)].pivot_table(index="id", columns="question_id", values=column, aggfunc="first")
        wide.columns = [f"{prefix}{c}" for c in wide.columns]
        parts.append(wide)
    return pd.concat(parts, axis=1), words
