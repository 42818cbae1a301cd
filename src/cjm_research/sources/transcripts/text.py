"""Plain text with speakers in any of several styles; the style that yields most turns wins.

No schema exists for such files, so every style is tried on every line, labels are accepted over the whole
file by how they take turns, and the votes are kept for confirmation. The text itself is never changed but for
line ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cjm_research.errors import unknown

from . import labels
from .model import Leftover, Settings, Transcript, Turn
from .speakers import Known, Seen, Verdict, judged

TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_STAMP = rf"[\[(<#]?\s{{0,9}}(?P<time>{TIME})(?:-\d)?\s{{0,9}}[\])>#]?"
_COLON = "[:：﹕]"
_NAME = r"(?P<speaker>(?:[^:：﹕\t\[\]<>#]|#(?= ?\d{1,3}\b(?!:\d))|\[[A-Za-z][^\[\]:\n]{0,20}\]){1,200}?)"
_BEFORE = r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\s]*(?:>>\s{0,9}|[-–—•]\s{1,9})?"
_END_STAMP = re.compile(rf"(?<!\s)\s*[\[(#]\s{{0,9}}({TIME})(?:-\d)?\s{{0,9}}[\])#]\s{{0,9}}$")

#: style → pattern of a line that begins a turn; more specific ones first, they win ties
STYLES: dict[str, re.Pattern[str]] = {
    "time<tab>name<tab>text": re.compile(rf"^{_STAMP}\t(?P<speaker>[^\t]{{1,80}}?):?\t(?P<rest>.*)$"),
    "name<tab>time<tab>text": re.compile(rf"^(?P<speaker>[^\t]{{1,80}}?):?\t{_STAMP}\t(?P<rest>.*)$"),
    "time name: text": re.compile(rf"^{_STAMP}[\s–-]{{0,9}}\*{{0,3}}{_NAME}\*{{0,3}}\s{{0,9}}{_COLON}\*{{0,3}}\s{{0,9}}(?P<rest>.*)$"),
    "name time: text": re.compile(
        rf"^\*{{0,3}}{_NAME}\*{{0,3}}[\s,–-]{{0,9}}[\[(<#]\s{{0,9}}(?P<time>{TIME})(?:-\d)?\s{{0,9}}[\])>#]\*{{0,3}}\s{{0,9}}{_COLON}?\*{{0,3}}\s{{0,9}}(?P<rest>.*)$"
    ),
    "name time": re.compile(
        rf"^\*{{0,3}}(?P<speaker>[^:：\[\]<>#]{{1,80}}?)\*{{0,3}}[\s,–-]{{1,9}}[\[(]?(?P<time>{TIME})[\])]?\s{{0,9}}(?:[AaPp]\.?[Mm]\.?)?(?P<rest>)$"
    ),
    "time name": re.compile(rf"^{_STAMP}\s{{1,9}}[–-]?\s{{0,9}}(?P<speaker>[^:：\t\[\]<>#]{{1,80}})(?P<rest>)$"),
    "name: text": re.compile(rf"^{_BEFORE}\*{{0,3}}{_NAME}\*{{0,3}}\s{{0,9}}{_COLON}\*{{0,3}}(?!//)(?!\d\d)\s{{0,9}}(?P<rest>.*)$"),
    "name<tab>text": re.compile(r"^(?P<speaker>[^\t:]{1,80}?)\t{1,9}(?P<rest>[^\t].*)$"),
    "[name] text": re.compile(r"^[\[<](?P<speaker>[^\]>\t]{1,80})[\]>]:?[ \t]{1,9}(?P<rest>\S.*)$"),
    "name on its own line": re.compile(r"^(?P<speaker>[^:：\t.?!,;]{1,63})(?P<rest>)$"),
}
PLAIN = "paragraphs without speakers"
#: styles whose lines have a form of their own, so that a name counts there even once
_HEADED = ("time<tab>name<tab>text", "name<tab>time<tab>text", "name time: text", "name time", "time name")
_COLONS = ("name: text", "time name: text")
_DECLARED = re.compile(rf"^{_BEFORE}(?:{_STAMP}[\s–-]*)?\**")


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
        raise unknown("transcript settings", "style", settings.style, (*STYLES, PLAIN), "leave settings.style out to let the file decide")
    lines, known = list(_lines(text)), settings.known()
    filled = sum(1 for line in lines if line.text.strip())
    heads: dict[str, list[_Head]] = {}
    verdicts: dict[str, Verdict] = {}
    for style in STYLES:
        found = list(_heads(style, lines, known))
        said = text if style not in _HEADED else ""
        verdict = judged([Seen(h.speaker, h.line.number) for h in found], known, said, headed=style in _HEADED, filled=filled)
        heads[style] = [replace(h, speaker=verdict.names[h.speaker]) for h in found if h.speaker in verdict.names]
        verdicts[style] = verdict
        names = {h.speaker for h in heads[style]}
        if len(names) == 1 and not _one_voice(names.pop(), len(heads[style]), filled, known):
            verdicts[style] = Verdict(doubtful={**verdict.doubtful, **_listed(heads[style])})
            heads[style] = []
    votes = {style: len(found) for style, found in heads.items() if found}
    style = settings.style or max(votes, key=lambda s: votes[s], default=PLAIN)
    if not settings.style and votes.get(style, 0) < 2 and not any(h.speaker in known.names for h in heads.get(style, ())):
        style = PLAIN
    if style == PLAIN:
        turns = tuple(_paragraphs(text))
        leftovers: tuple[Leftover, ...] = ()
        verdict = Verdict(doubtful={**verdicts["name: text"].doubtful, **_listed(heads["name: text"])})
    else:
        turns, leftovers = _turns(text, lines, heads[style])
        verdict = verdicts[style] if style != "name on its own line" else Verdict(joint=verdicts[style].joint)
    return Transcript(text, turns, style, leftovers=leftovers, votes=votes, uncertain=tuple(verdict.doubtful), doubtful=verdict.doubtful, joint=verdict.joint)


def _one_voice(name: str, count: int, filled: int, known: Known) -> bool:
    """Whether one label alone looks like a talk; it is mostly a heading or a word before a colon."""
    return known.name(name) is not None or 2 * count >= filled


def _listed(heads: Iterable[_Head]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for head in heads:
        found[head.speaker] = (*found.get(head.speaker, ()), head.line.number)
    return found


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


def _heads(style: str, lines: list[_Line], known: Known) -> Iterator[_Head]:
    """The lines that may begin a turn; a declared label counts by itself, whatever signs it has."""
    pattern = STYLES[style]
    for i, line in enumerate(lines):
        stripped = line.text.rstrip()
        if not stripped:
            continue
        if style in _COLONS and (head := _declared(style, line, known)):
            yield head
            continue
        match = pattern.match(stripped)
        if not match or not _begins_turn(style, i, lines, match["rest"]):
            continue
        label, time = labels.clean(match["speaker"]), match.groupdict().get("time")
        if known.name(label) or labels.possible(label) or (style in _COLONS and len(label.split()) > 1):
            yield _Head(line, label, seconds(time) if time else None, line.start + match.start("rest"))


def _declared(style: str, line: _Line, known: Known) -> _Head | None:
    before = _DECLARED.match(line.text)
    assert before is not None  # it matches nothing at least
    time = before["time"]
    if (time is None) != (style == "name: text") or not (label := known.begins(line.text[before.end() :])):
        return None
    rest = re.compile(rf"\s*\**\s*{_COLON}\**\s*").match(line.text, before.end() + len(label))
    assert rest is not None  # `begins` saw the colon
    return _Head(line, labels.clean(label), seconds(time) if time else None, line.start + rest.end())


def _begins_turn(style: str, i: int, lines: list[_Line], rest: str) -> bool:
    """Whether a line that is a label alone has words below it."""
    if rest or style not in ("name time", "time name", "name on its own line"):
        return True
    followed = i + 1 < len(lines) and bool(lines[i + 1].text.strip())
    if style == "name on its own line":
        return followed and not (i and lines[i - 1].text.strip())
    return followed or (i + 2 < len(lines) and bool(lines[i + 2].text.strip()))


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
