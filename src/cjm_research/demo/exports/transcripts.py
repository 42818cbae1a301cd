"""The interviews as recorders and typists deliver them: text in two styles, Zoom and Teams captions, Word, SRT."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from pathlib import Path
from uuid import UUID, uuid5

from .. import business as b
from ..interviews import INTERVIEWER, Interview
from ..simulate import Simulation
from .files import write_bytes, write_csv, write_zip

NAMESPACE = UUID("5d4ed2a4-6a0f-4b2e-8a3f-0c2f8f1d7e11")
WORDS_PER_S = 2.4


@dataclass(frozen=True)
class Document:
    """A transcript: its text with LF line ends as a reader gets it, and where each sentence of each turn lies."""

    interview: Interview
    name: str
    text: str
    spans: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True)
class Cue:
    """A stretch of one caption: who, the sentences, from when to when."""

    turn: int
    asks: bool
    sentences: tuple[str, ...]
    start_s: float
    end_s: float
    continues: bool


def write_transcripts(sim: Simulation, raw: Path) -> list[Document]:
    """`interviews/P01.txt` … `P12.srt` and `interviews/participants.csv`."""
    documents = []
    for talk, write in zip(
        sim.interviews,
        (_names, _zoom, _teams, _word, _names, _srt, _stamped, _zoom, _word, _teams, _srt, _names),
        strict=True,
    ):
        documents.append(write(talk, raw / "interviews"))
    rows = [
        (
            d.name,
            d.interview.participant,
            d.interview.persona,
            f"{held_on(d.interview)} 16:00",
            d.interview.email,
            d.interview.age,
        )
        for d in documents
    ]
    write_csv(
        raw / "interviews" / "participants.csv",
        ("document", "participant", "persona", "recorded_at", "email", "age"),
        rows,
    )
    return documents


def held_on(talk: Interview) -> date:
    """The day of an interview."""
    return b.FIRST_DAY + timedelta(days=talk.day)


def cues_of(talk: Interview) -> list[Cue]:
    """Captions: at most two sentences each, at the speed people talk."""
    cues, at = [], 4.0
    for number, turn in enumerate(talk.turns):
        said = [s.text for s in turn.sentences]
        for k in range(0, len(said), 2):
            part = tuple(said[k : k + 2])
            end = at + max(sum(len(s.split()) for s in part) / WORDS_PER_S, 0.8)
            cues.append(Cue(number, turn.asks, part, round(at, 3), round(end, 3), k > 0))
            at = end + 0.4
        at += 0.9
    return cues


def _document(
    talk: Interview, labels: Sequence[str], head: str = "", gap: str = "\n", stamp: Callable[[int], str] | None = None
) -> Document:
    """The canonical text of a talk, `label: sentences` a turn. `labels` are the participant's and the interviewer's."""
    text, spans = head, []
    for number, turn in enumerate(talk.turns):
        text += f"{stamp(number) if stamp else ''}{labels[turn.asks]}: "
        mine = []
        for i, sentence in enumerate(turn.sentences):
            text += " " if i else ""
            mine.append((len(text), len(text) + len(sentence.text)))
            text += sentence.text
        text += gap
        spans.append(tuple(mine))
    return Document(talk, talk.participant, text, tuple(spans))


def _names(talk: Interview, folder: Path) -> Document:
    """Typed by hand on Windows: roles as labels, blank lines, CRLF and a byte order mark."""
    document = _document(talk, (talk.participant, "Interviewer"), gap="\n\n")
    write_bytes(folder / f"{talk.participant}.txt", b"\xef\xbb\xbf" + document.text.replace("\n", "\r\n").encode())
    return document


def _stamped(talk: Interview, folder: Path) -> Document:
    """A transcription service: `[00:01:10] Name: words`."""
    starts = {c.turn: c.start_s for c in reversed(cues_of(talk))}
    document = _document(talk, ("Participant", "Interviewer"), stamp=lambda turn: f"[{_clock(starts[turn])[:8]}] ")
    write_bytes(folder / f"{talk.participant}.txt", document.text.encode())
    return document


def _word(talk: Interview, folder: Path) -> Document:
    """A Word file with a title line and a paragraph a turn."""
    from docx import Document as WordFile

    title = f"Interview {talk.participant}, {held_on(talk).strftime('%d %B %Y')}\n"
    document = _document(talk, (talk.participant, "Interviewer"), head=title)
    word = WordFile()
    for line in document.text.splitlines():
        paragraph = word.add_paragraph()
        label, colon, words = line.partition(": ")
        paragraph.add_run(label + colon).bold = bool(colon)
        paragraph.add_run(words)
    word.core_properties.author = "Birkfell research"
    buffer = io.BytesIO()
    word.save(buffer)
    with zipfile.ZipFile(buffer) as archive:  # the library stamps members with today
        write_zip(folder / f"{talk.participant}.docx", {n: archive.read(n) for n in sorted(archive.namelist())})
    return document


def _zoom(talk: Interview, folder: Path) -> Document:
    """Zoom captions: numbered cues, the name only in the first cue of a turn."""
    lines = ["WEBVTT", ""]
    for i, cue in enumerate(cues_of(talk), start=1):
        name = "" if cue.continues else f"{INTERVIEWER if cue.asks else talk.name}: "
        lines += [str(i), f"{_clock(cue.start_s)} --> {_clock(cue.end_s)}", name + " ".join(cue.sentences), ""]
    write_bytes(folder / f"{talk.participant}.vtt", "\n".join(lines).encode())
    return _document(talk, (talk.name, INTERVIEWER))


def _teams(talk: Interview, folder: Path) -> Document:
    """Teams captions: `<v Last, First>`, ids with a GUID, entities, CRLF."""
    first, _, last = talk.name.partition(" ")
    asks, _, asker = INTERVIEWER.partition(" ")
    names = (f"{last}, {first} (Guest)", f"{asker}, {asks}")
    lines = ["WEBVTT", ""]
    for i, cue in enumerate(cues_of(talk)):
        lines += [
            f"{uuid5(NAMESPACE, talk.participant)}/{i}-0",
            f"{_clock(cue.start_s)} --> {_clock(cue.end_s)}",
            f"<v {names[cue.asks]}>{escape(' '.join(cue.sentences), quote=False)}</v>",
            "",
        ]
    write_bytes(folder / f"{talk.participant}.vtt", "\r\n".join(lines).encode())
    return _document(talk, names)


def _srt(talk: Interview, folder: Path) -> Document:
    """SRT captions, the label in every cue."""
    lines: list[str] = []
    for i, cue in enumerate(cues_of(talk), start=1):
        label = "Interviewer" if cue.asks else talk.participant
        times = f"{_clock(cue.start_s)} --> {_clock(cue.end_s)}".replace(".", ",")
        lines += [str(i), times, f"{label}: {' '.join(cue.sentences)}", ""]
    write_bytes(folder / f"{talk.participant}.srt", "\n".join(lines).encode())
    return _document(talk, (talk.participant, "Interviewer"))


def _clock(seconds: float) -> str:
    whole, millis = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{millis:03d}"
