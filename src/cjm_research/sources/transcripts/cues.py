"""WebVTT and SRT: cues into turns, whoever wrote them.

Teams marks voices (`<v Name>`, several in one cue), Zoom writes `Name: words` and leaves the name out of
continuation cues, Webex puts it into the cue's id. Subtitle libraries lose second voices, entities or
text after blank lines, so the blocks are read here; what is no cue is counted as left over.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from . import labels
from .model import Leftover, Memo, Settings, Transcript, Turn
from .text import seconds

_STAMP = r"(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMING = re.compile(rf"^\s*({_STAMP})\s*-->\s*({_STAMP})(?:\s|$)")
_TAG = re.compile(r"<(/?)([a-zA-Z]*)([^<>]*)>")
_LABEL = re.compile(r"^(?:>>\s*|[-–]\s+)?(?P<speaker>[^:：<>]{1,80}?)\s*[:：](?!//)(?!\d\d)\s*(?P<rest>.*)$", re.DOTALL)
_WEBEX_ID = re.compile(r'^\d+\s+"(?P<speaker>[^"]{1,63})"')
MERGE_GAP_S = 30.0  # a longer silence starts a new turn even of the same speaker


@dataclass(frozen=True)
class _Cue:
    line: int
    id: str
    start_s: float
    end_s: float
    payload: str


@dataclass
class _Part:
    """Words of one voice in one cue; `speaker` None means the cue does not say."""

    speaker: str | None
    words: str
    start_s: float
    end_s: float


def parse_cues(text: str, kind: str, settings: Settings | None = None) -> Transcript:
    """A transcript from the text of a .vtt or .srt file. The canonical text has one line a turn: `Name: words`."""
    settings = settings or Settings()
    cues, memos, leftovers, notes = _blocks(text, kind)
    voices = sum("<v" in c.payload for c in cues)
    if voices:
        style, parts = f"{kind} <v>", [p for c in cues for p in _voices(c)]
        uncertain: list[str] = []
    else:
        parts = [_Part(None, words, c.start_s, c.end_s) for c in cues for words in _plain_lines(c.payload)]
        style, uncertain = _label(kind, cues, parts, settings)
    backwards = sum(c.end_s < c.start_s for c in cues)
    if backwards:
        notes.append(f"{backwards} cues end before they begin; their times are kept as given")
    canonical, turns = _join(parts)
    empty = len(cues) - sum(1 for c in cues if c.payload.strip())
    if empty:
        notes.append(f"{empty} cues have no words")
    return Transcript(
        canonical,
        tuple(turns),
        style,
        tuple(memos),
        tuple(leftovers),
        {style: len(turns)},
        tuple(uncertain),
        tuple(notes),
    )


def _blocks(text: str, kind: str) -> tuple[list[_Cue], list[Memo], list[Leftover], list[str]]:
    cues: list[_Cue] = []
    memos: list[Memo] = []
    leftovers: list[Leftover] = []
    skipped: Counter[str] = Counter()
    for number, block in _split(text):
        head = block[0].strip()
        if kind == "webvtt" and number == 1 and head.startswith("WEBVTT"):
            rest = "\n".join([head[6:].strip(" -"), *block[1:]]).strip()
            if rest:
                memos.append(Memo(rest, number))
            continue
        if kind == "webvtt" and re.match(r"NOTE(\s|$)", head):
            memos.append(Memo("\n".join([head[4:].strip(), *block[1:]]).strip(), number))
            continue
        if kind == "webvtt" and head in ("STYLE", "REGION"):
            skipped[head] += 1
            continue
        at = next((i for i, line in enumerate(block[:2]) if _TIMING.match(line)), None)
        if at is None:
            leftovers.append(Leftover(number, "\n".join(block), "a block without times"))
            continue
        # A cue may follow the one before without a blank line; its id is then the payload's last line.
        starts = [at] + [i for i in range(at + 1, len(block)) if _TIMING.match(block[i])]
        for i, start in enumerate(starts):
            last = i + 1 == len(starts)
            until = len(block) if last else starts[i + 1]
            follows_id = not last and bool(re.fullmatch(r"\s*\d+\s*", block[until - 1])) and until - 1 > start
            times = _TIMING.match(block[start])
            assert times is not None
            name = (
                block[start - 1].strip() if start and (i == 0 or re.fullmatch(r"\s*\d+\s*", block[start - 1])) else ""
            )
            payload = "\n".join(block[start + 1 : until - follows_id])
            cues.append(_Cue(number + start, name, seconds(times[1]), seconds(times[2]), payload))
    notes = [f"{n} {what} blocks carry no words" for what, n in skipped.items()]
    return cues, memos, leftovers, notes


def _split(text: str) -> Iterator[tuple[int, list[str]]]:
    """Blocks between blank lines, with the number of their first line."""
    block: list[str] = []
    start = 1
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            if not block:
                start = number
            block.append(line)
        elif block:
            yield start, block
            block = []


def _voices(cue: _Cue) -> Iterator[_Part]:
    """The voices of a cue in order. `<v ->` and words outside any voice have no speaker."""
    speaker: str | None = None
    at, words = 0, ""
    found: list[tuple[str | None, str]] = []
    for tag in _TAG.finditer(cue.payload):
        words += cue.payload[at : tag.start()]
        at = tag.end()
        if tag[2].lower() != "v":
            continue
        found.append((speaker, words))
        words = ""
        if tag[1]:
            speaker = None
        else:
            name = labels.clean(html.unescape(re.sub(r"^(\.[^\s.]+)*\s*", "", tag[3])))
            speaker = name or None
    found.append((speaker, words + cue.payload[at:]))
    for who, said in found:
        if cleaned := _words(said):
            yield _Part(who, cleaned, cue.start_s, cue.end_s)


def _plain_lines(payload: str) -> Iterator[str]:
    """The payload's lines, joined where a line does not begin with a possible label."""
    lines = [w for line in payload.split("\n") if (w := _words(_TAG.sub("", re.sub(r"\{\\[^}]*\}", "", line))))]
    joined: list[str] = []
    for line in lines:
        match = _LABEL.match(line)
        if joined and not (match and labels.possible(labels.clean(match["speaker"]))):
            joined[-1] += " " + line
        else:
            joined.append(line)
    yield from joined


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(text)).strip()


def _label(kind: str, cues: list[_Cue], parts: list[_Part], settings: Settings) -> tuple[str, list[str]]:
    """Give the parts their speakers from labels in the words or in the cues' ids; the style and labels seen once."""
    matches = [
        (part, m) for part in parts if (m := _LABEL.match(part.words)) and labels.possible(labels.clean(m["speaker"]))
    ]
    taken, once = labels.accepted((labels.clean(m["speaker"]) for _, m in matches), settings.speakers)
    if any(labels.clean(m["speaker"]) in taken for _, m in matches):
        heads = {id(part): m for part, m in matches if labels.clean(m["speaker"]) in taken}
        speaker = None
        for part in parts:
            if m := heads.get(id(part)):
                speaker, part.words = labels.clean(m["speaker"]), m["rest"].strip()
            part.speaker = speaker  # Zoom leaves the name out of continuation cues
        return f"{kind} name:", once
    by_id = {(c.start_s, c.end_s): labels.clean(m["speaker"]) for c in cues if (m := _WEBEX_ID.match(c.id))}
    named = [c.id for c in cues if c.id and not c.id.isdigit() and labels.possible(labels.clean(c.id))]
    if not by_id and named:
        ids, _ = labels.accepted(map(labels.clean, named), settings.speakers)
        by_id = {(c.start_s, c.end_s): labels.clean(c.id) for c in cues if labels.clean(c.id) in ids}
    for part in parts:
        part.speaker = by_id.get((part.start_s, part.end_s))
    return (f"{kind} name in the cue's id" if by_id else f"{kind} without speakers"), once


def _join(parts: list[_Part]) -> tuple[str, list[Turn]]:
    """The canonical text, one line a turn, and the turns in it; neighbouring cues of one speaker are one turn."""
    merged: list[_Part] = []
    for part in parts:
        if not part.words:
            continue
        previous = merged[-1] if merged else None
        if (
            previous
            and part.speaker
            and part.speaker == previous.speaker
            and part.start_s - previous.end_s <= MERGE_GAP_S
        ):
            previous.words += " " + part.words
            previous.end_s = max(previous.end_s, part.end_s)
        else:
            merged.append(_Part(part.speaker, part.words, part.start_s, part.end_s))
    text, turns = "", []
    for part in merged:
        text += f"{part.speaker}: " if part.speaker else ""
        turns.append(Turn(len(text), len(text) + len(part.words), part.speaker, part.start_s, part.end_s))
        text += part.words + "\n"
    return text, turns
