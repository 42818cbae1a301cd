"""Plain text with speakers in any of several styles; the style that yields most turns wins.

No schema exists for such files, so every style is tried on every line, labels are accepted over the whole
file, and the votes are kept for confirmation. The text itself is never changed but for line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cjm_research.errors import unknown

from . import labels
from .model import Leftover, Settings, Transcript, Turn

TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_STAMP = rf"[\[(<#]?\s*(?P<time>{TIME})(?:-\d)?\s*[\])>#]?"
_NAME = r"(?P<speaker>[^:：\t\[\]<>#]{1,80}?)"
_END_STAMP = re.compile(rf"\s*[\[(#]\s*({TIME})(?:-\d)?\s*[\])#]\s*$")

#: style → pattern of a line that begins a turn; more specific ones first, they win ties
STYLES: dict[str, re.Pattern[str]] = {
    "time<tab>name<tab>text": re.compile(rf"^{_STAMP}\t(?P<speaker>[^\t]{{1,80}}?):?\t(?P<rest>.*)$"),
    "name<tab>time<tab>text": re.compile(rf"^(?P<speaker>[^\t]{{1,80}}?):?\t{_STAMP}\t(?P<rest>.*)$"),
    "time name: text": re.compile(rf"^{_STAMP}[\s–-]*\**{_NAME}\**\s*[:：]\**\s*(?P<rest>.*)$"),
    "name time: text": re.compile(
        rf"^\**{_NAME}\**[\s,–-]*[\[(<#]\s*(?P<time>{TIME})(?:-\d)?\s*[\])>#]\**\s*[:：]?\**\s*(?P<rest>.*)$"
    ),
    "name time": re.compile(
        rf"^\**(?P<speaker>[^:：\[\]<>#]{{1,80}}?)\**[\s,–-]+[\[(]?(?P<time>{TIME})[\])]?\s*(?:[AaPp]\.?[Mm]\.?)?(?P<rest>)$"
    ),
    "time name": re.compile(rf"^{_STAMP}\s+[–-]?\s*(?P<speaker>[^:：\t\[\]<>#]{{1,80}})(?P<rest>)$"),
    "name: text": re.compile(rf"^(?:>>\s*|[-–—•]\s+)?\**{_NAME}\**\s*[:：]\**(?!//)(?!\d\d)\s*(?P<rest>.*)$"),
    "name<tab>text": re.compile(r"^(?P<speaker>[^\t:]{1,80}?)\t+(?P<rest>[^\t].*)$"),
    "[name] text": re.compile(r"^[\[<](?P<speaker>[^\]>\t]{1,80})[\]>]:?[ \t]+(?P<rest>\S.*)$"),
    "name on its own line": re.compile(r"^(?P<speaker>[^:：\t.?!,;]{1,63})(?P<rest>)$"),
}
PLAIN = "paragraphs without speakers"


@dataclass(frozen=True)
class _Line:
    number: int
    start: int
    text: str


@dataclass(frozen=True)
class _Head:
    """A line that may begin a turn."""

    line: _Line
    speaker: str
    seconds: float | None
    rest: int  # position in the text where the words begin


def parse_text(text: str, settings: Settings | None = None) -> Transcript:
    """A transcript from canonical text; see `STYLES`. Raises `BadInput` for an unknown style in the settings."""
    settings = settings or Settings()
    if settings.style and settings.style not in (*STYLES, PLAIN):
        raise unknown("transcript settings", "style", settings.style, (*STYLES, PLAIN))
    lines = list(_lines(text))
    heads: dict[str, list[_Head]] = {}
    once: dict[str, list[str]] = {}
    for style in STYLES:
        found = [h for h in _heads(style, lines) if labels.possible(h.speaker)]
        taken, once[style] = labels.accepted((h.speaker for h in found), settings.speakers)
        heads[style] = [h for h in found if h.speaker in taken]
        if not _two_voices(heads[style], lines, settings):
            heads[style] = []
    votes = {style: len(found) for style, found in heads.items() if found}
    style = settings.style or max(votes, key=lambda s: votes[s], default=PLAIN)
    if not settings.style and votes.get(style, 0) < 2:
        style = PLAIN
    if style == PLAIN:
        turns = tuple(_paragraphs(text))
        leftovers: tuple[Leftover, ...] = ()
        uncertain = once["name: text"]
    else:
        turns, leftovers = _turns(text, lines, heads[style])
        uncertain = once[style] if style != "name on its own line" else []
    return Transcript(text, turns, style, leftovers=leftovers, votes=votes, uncertain=tuple(uncertain))


def _two_voices(heads: list[_Head], lines: list[_Line], settings: Settings) -> bool:
    """Whether the labels look like a talk. One label alone is mostly a heading or a word before a colon."""
    names = {h.speaker for h in heads}
    if len(names) != 1:
        return bool(names)
    known = {labels.clean(k).casefold() for k in settings.speakers}
    filled = sum(1 for line in lines if line.text.strip())
    return names.pop().casefold() in known or 2 * len(heads) >= filled


def seconds(stamp: str) -> float:
    """Seconds of h:mm:ss, mm:ss, with a fraction after point or comma."""
    total = 0.0
    for part in stamp.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _lines(text: str) -> Iterator[_Line]:
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        yield _Line(number, at, line)
        at += len(line) + 1


def _heads(style: str, lines: list[_Line]) -> Iterator[_Head]:
    pattern = STYLES[style]
    for i, line in enumerate(lines):
        stripped = line.text.rstrip()
        match = pattern.match(stripped) if stripped else None
        if not match:
            continue
        if not match["rest"] and style in ("name time", "time name", "name on its own line"):
            followed = i + 1 < len(lines) and lines[i + 1].text.strip()
            if not followed and not (i + 2 < len(lines) and lines[i + 2].text.strip()):
                continue
            if style == "name on its own line" and (not followed or (i and lines[i - 1].text.strip())):
                continue
        time = match.groupdict().get("time")
        yield _Head(
            line, labels.clean(match["speaker"]), seconds(time) if time else None, line.start + match.start("rest")
        )


def _turns(text: str, lines: list[_Line], heads: list[_Head]) -> tuple[tuple[Turn, ...], tuple[Leftover, ...]]:
    turns: list[Turn] = []
    leftovers: list[Leftover] = []
    first = heads[0].line.number if heads else len(lines) + 1
    leftovers += [
        Leftover(n.number, n.text, "before the first speaker") for n in lines if n.number < first and n.text.strip()
    ]
    for i, head in enumerate(heads):
        until = heads[i + 1].line.start if i + 1 < len(heads) else len(text)
        start, end = _trim(text, head.rest, until)
        end_s = None
        if stamp := _END_STAMP.search(text[start:end]):
            end_s, (start, end) = seconds(stamp[1]), _trim(text, start, start + stamp.start())
        if start == end:
            leftovers.append(Leftover(head.line.number, head.line.text, "a speaker without words"))
        else:
            turns.append(Turn(start, end, head.speaker, head.seconds, end_s))
    return tuple(turns), tuple(leftovers)


def _paragraphs(text: str) -> Iterator[Turn]:
    blocks = (
        re.finditer(r"\S(?:[^\n]|\n(?!\s*\n))*", text)
        if re.search(r"\n\s*\n", text.strip())
        else re.finditer(r"\S[^\n]*", text)
    )
    for block in blocks:
        start, end = _trim(text, *block.span())
        yield Turn(start, end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
