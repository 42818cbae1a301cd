"""Which kind of source a table is: a vendor's where its form is proven, a general one where its columns say so, or none."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ...errors import CjmError
from ...sources import SOURCES
from ...sources.kinds.transcripts.parse import parse_transcript
from ...sources.kinds.transcripts.styles import CHAT
from .codings import columns_of_codings
from .columns import Columns
from .tables import STATISTICAL, Sample
from .talks import GENERAL, columns_of_talk, form_of_frame

_MARGIN = 0.2  # between the best preset and the next
_LEAST = 0.6
_SURE = "its columns are those of"
_WORD = re.compile(r"(?<!\S)[^\W\d_]{1,30}[.,!?;'…]?(?!\S)")
_WORDS = 3  # of the middle turn of a talk
_VOICES = re.compile(r"complain|issue|feedback|review|ticket|beschwerde|reklam", re.I)
_TRANSCRIPTS = (".vtt", ".srt", ".sbv", ".docx")


@dataclass
class Recognised:
    """What a table was taken for. kind: empty where it was not understood. why: what tells it. columns and settings: as params have them. weak: whether so little
    tells it that nobody should take it without a look. filter: which rows count. joins: the tables that say whom it is about; needs: their files."""

    sample: Sample
    kind: str = ""
    why: str = ""
    candidates: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    proven: bool = False
    weak: bool = False
    filter: dict[str, Any] = field(default_factory=dict)
    joins: list[dict[str, Any]] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)


def recognise(sample: Sample) -> Recognised:
    """What a table is."""
    if sample.container == "ignored":
        return Recognised(sample, why=sample.said)
    by_name = _by_format(sample)
    if by_name is not None:
        return by_name
    if _is_talk(sample):
        return Recognised(sample, "transcripts", "lines of several speakers", proven=False)
    if sample.frame is None:
        return Recognised(sample, why=sample.said or "not understood")
    if not sample.frame.shape[1] or (not len(sample.frame) and sample.frame.shape[1] < 2):
        return Recognised(sample, why="a table without rows")
    frame = sample.frame
    if _is_ga4(frame):
        return Recognised(sample, "ga4", f"{_SURE} GA4's BigQuery export", proven=True)
    if _is_qualtrics(frame):
        held = Columns.of(frame.iloc[2:])
        return Recognised(sample, "qualtrics", f"a header row holds Qualtrics' ImportId{held.unlisted}", proven=True, questions=held.questions())
    scores = sorted(((kind.signature.score(frame), name) for name, kind in SOURCES.items() if kind.signature is not None), reverse=True)
    (best, name), (second, other) = scores[0], scores[1]
    if best >= _LEAST and best - second >= _MARGIN:
        asked = Columns.of(frame) if SOURCES[name].reader == "survey" else None
        return Recognised(sample, name, f"{_SURE} {SOURCES[name].title}{asked.unlisted if asked else ''}", proven=True, questions=asked.questions() if asked else [])
    if best >= _LEAST and second >= _LEAST:
        return Recognised(sample, why=f"it may be {name} or {other}", candidates=(name, other))
    if (form := form_of_frame(frame)) is not None and sample.path is not None:
        return Recognised(sample, "conversations", f"{'' if form.name.startswith(GENERAL) else 'conversations as written by '}{form.name}", proven=not form.name.startswith(GENERAL))
    general = _general(sample, frame)
    if general.kind:
        general.filter = _current(frame)
    return general


def _current(frame: pd.DataFrame) -> dict[str, Any]:
    """The filter that leaves superseded and deleted rows of a connector's table out, where it has some."""
    out = {}
    for column, wanted in (("_fivetran_active", "true"), ("_fivetran_deleted", "false")):
        cells = frame[column].dropna().astype("string").str.strip() if column in frame else pd.Series(dtype="string")
        spelled = sorted({str(v) for v in cells if str(v).lower() == wanted})
        if spelled and cells.nunique() > len(spelled):
            out[column] = spelled
    return out


def _by_format(sample: Sample) -> Recognised | None:
    name, said = sample.files[0].lower(), sample.container
    if said == "a REFI-QDA project (.qdpx)" or name.endswith((".qdpx", ".qdc")):
        return Recognised(sample, "refi_qda", "a REFI-QDA project", proven=True)
    if name.endswith((".xes", ".xes.gz")):
        return Recognised(sample, "xes", "an event log in XES", proven=True)
    if name.endswith(_TRANSCRIPTS):
        return Recognised(sample, "transcripts", "a transcript by its format", proven=True)
    return None


def _is_talk(sample: Sample) -> bool:
    """Whether a text's lines are said by at least two speakers, each more than once, in words (a list of names and values is no talk), or it is a chat."""
    if sample.path is None or not sample.files[0].lower().endswith((".txt", ".md")):
        return False
    try:
        talk = parse_transcript(sample.path)
    except CjmError:
        return False
    turns = [t for t in talk.turns if t.speaker]
    if talk.style == CHAT and len(turns) >= 2 and len({t.speaker for t in turns}) >= 2:  # each message has its date, time and name
        return True
    speakers, words = Counter(t.speaker for t in turns), sorted(len(_WORD.findall(talk.text[t.start:t.end])) for t in turns)
    return sum(n > 1 for n in speakers.values()) >= 2 and words[len(words) // 2] >= _WORDS


def _is_ga4(frame: pd.DataFrame) -> bool:
    names = {str(c).split(".")[0] for c in frame.columns}
    return {"event_name", "event_timestamp", "user_pseudo_id"} <= names and bool(names & {"event_params", "event_date", "traffic_source", "ga_session_id"})


def _is_qualtrics(frame: pd.DataFrame) -> bool:
    head = frame.head(2).astype("string")
    return any(cell.str.contains('"ImportId"', regex=False).fillna(False).any() for _, cell in head.items())


def _several_ids(person: str, unique: str) -> bool:
    """Whether a column that repeats is the person behind the ids of another (customer_unique_id behind customer_id): the same word begins both."""
    first = [re.split(r"[_ .-]|(?<=[a-z])(?=[A-Z])", c.lower() if "_" in c else c)[0].lower() for c in (person, unique)]
    return bool(person) and first[0] == first[1] and "mail" not in person.lower()


def _survey(sample: Sample, found: Columns) -> Recognised:
    columns = ({"response_id": found.unique} if found.unique else {}) | ({"answered_at": found.time} if found.time else {})
    return Recognised(sample, "survey", f"{len(found.answers)} columns hold answers, e.g. {found.answers[0]!r}{found.unlisted}", columns=columns, questions=found.questions())


def _of_feedback(found: Columns) -> dict[str, str]:
    """What a row says beside its text: when, how good, about what, through what, and its id."""
    own = {"feedback_id": "" if found.unique_is_person else found.unique, "published_at": found.time, "rating": found.rating, "label": found.label, "channel": found.channel,
           "customer_id": found.person}
    return {canonical: column for canonical, column in own.items() if column}


def _general(sample: Sample, frame: pd.DataFrame) -> Recognised:
    """By the form of its columns; named by the general kind only, and to be confirmed."""
    found = Columns.of(frame)
    if sample.container == STATISTICAL and frame.shape[1] > 1:  # a questionnaire, nearly always; like every general kind to be confirmed
        columns = ({"response_id": found.unique} if found.unique else {}) | ({"answered_at": found.time} if found.time else {})
        found.answers = [str(c) for c in frame.columns if c not in columns.values()]
        return Recognised(sample, "survey", f"{sample.container} with {len(found.answers)} variables, e.g. {found.answers[0]!r}{found.unlisted}", columns=columns, questions=found.questions())
    if codings := columns_of_codings(frame):
        return Recognised(sample, "codings_csv", f"coded segments (document: {codings['document_id']}, code: {codings['code']})", columns=codings)
    if talk := columns_of_talk(frame, found.time):
        return Recognised(sample, "conversations", f"a row a message: who ({talk['speaker']}) and what ({talk['text']})", columns=talk)
    if found.event and found.time and found.person:
        return Recognised(sample, "events", f"a time ({found.time}), an id that comes again ({found.person}) and a name of few values ({found.event})",
                          columns={"customer_id": found.person, "occurred_at": found.time, "event": found.event} | ({"value": found.amount} if found.amount else {}))
    if found.arm and found.unique:
        return Recognised(sample, "experiment", f"arms ({found.arm}) and one row a unit ({found.unique})", columns={"unit_id": found.unique, "variant": found.arm})
    if found.arm and found.has_control and not found.time:
        return Recognised(sample, "experiment", f"arms, one of them a control ({found.arm}), and no id: each row is taken for a unit", columns={"variant": found.arm})
    if found.is_questionnaire:
        return _survey(sample, found)
    if found.words and (found.rating or found.time or found.label):
        return Recognised(sample, "feedback", f"texts of {found.words_length:.0f} characters on average ({found.words})", columns={"text": found.words} | _of_feedback(found))
    if found.time and found.label and _VOICES.search(" ".join([sample.name, *map(str, frame.columns)])) and not found.person:
        return Recognised(sample, "feedback", f"a time ({found.time}) and topics ({found.label}), without texts", columns=_of_feedback(found))
    if len(found.moments) >= 2 and found.who:
        named = found.named_moments()
        return Recognised(sample, "events", f"{len(named)} moments in a row ({', '.join(named)}) of an id ({found.who})", columns={"customer_id": found.who}, settings={"time_columns": named})
    if found.time and found.person:
        return Recognised(sample, "events", f"a time ({found.time}) and an id that comes again ({found.person}), without a name of what happened",
                          columns={"customer_id": found.person, "occurred_at": found.time} | ({"value": found.amount} if found.amount else {}), constants={"event": sample.name}, weak=True)
    if len(found.answers) >= 3 and len(found.answers) >= 0.3 * frame.shape[1]:
        return _survey(sample, found)
    if found.unique and frame.shape[1] >= 3 and found.unique_is_person and _several_ids(found.person, found.unique):
        return Recognised(sample, "customers", f"persons ({found.person}), some of them with several of {found.unique}", columns={"customer_id": found.person},
                          settings={"keys": {found.unique.lower(): found.unique}})
    if found.unique and frame.shape[1] >= 3 and found.unique_is_person:
        return Recognised(sample, "customers", f"one row a person ({found.unique})", columns={"customer_id": found.unique})
    if found.battery:
        found.answers = [str(c) for c in frame.columns if c not in (found.unique, found.time)]
        return _survey(sample, found)
    if frame.shape[1] == 1:  # its first line may be what somebody said
        return Recognised(sample, why="it holds one column, or a text that is no table, and fits no kind by itself")
    names = ", ".join(" ".join(str(c).split()) for c in frame.columns[:10])  # whole: what is cut cannot be masked any more
    return Recognised(sample, why=f"its columns fit no kind by themselves: {names}")
