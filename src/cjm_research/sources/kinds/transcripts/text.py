"""Plain text with speakers in any of several styles; the style that yields most turns wins.

No schema exists for such files, so every style is tried on every line, labels are accepted over the whole
file by how they take turns, and the votes are kept for confirmation. The text itself is never changed but for
line ends.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cjm_research.errors import unknown

from . import labels
from .asides import headings, remarks
from .mixed import declared
from .model import Leftover, Settings, Transcript, Turn
from .speakers import Known, Seen, Verdict, judged
from .styles import ABOVE, ALONE, BY_HAND, CELLS, CHAT, COLONS, DATED, DECLARED, END_STAMP, HEADED, LAST_STAMP, PLAIN, STAMP_ALONE, STAMPED, STYLES


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
        said = text if style not in HEADED else ""
        diary = _entries(found, known) if style == CHAT else []
        found = [h for h in found if h not in diary]
        stamped = len(found) >= FEWEST_STAMPED and (style == CHAT or (style in CELLS and 2 * len(found) >= filled) or (style == "name: text" and all(h.line.text.lstrip().startswith(">>") for h in found)))
        verdict = judged([Seen(h.speaker, h.line.number) for h in found], known, said, headed=style in HEADED, filled=filled, stamped=stamped)
        verdict = replace(verdict, doubtful={**verdict.doubtful, **_listed(diary)}) if diary else verdict
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
    own = heads.get(style, [])
    others = _declared(lines, {h.line.number for h in own}, known)
    verdict = verdicts[style] if style != PLAIN else Verdict()
    if style == "name on its own line":
        verdict = Verdict(joint=verdict.joint)  # every heading would be listed
    if own and not settings.style and style != CHAT:
        others, verdict = _mixed(lines, style, own, others, verdict, known, text)
    elif style == PLAIN:
        verdict = _untaken(heads, verdicts, {h.line.number for h in others})
        verdict = replace(verdict, doubtful={**_loose(lines, {h.line.number for h in others}, known), **verdict.doubtful})
    own = sorted([*own, *others], key=lambda h: h.line.number)
    if not own and style == PLAIN:
        turns, leftovers = tuple(_paragraphs(text)), tuple[Leftover, ...]()
    else:
        style = DECLARED if style == PLAIN else style
        between = [(n.number, n.text) for n in lines if own[0].line.number < n.number and n.number not in {h.line.number for h in own}] if style != CHAT else []
        aside = {**remarks(between, known), **headings([n.text for n in lines], {h.line.number for h in own}, own[0].line.number, known)} if between else {}
        listed = {n for numbers in verdict.doubtful.values() for n in numbers}
        verdict = replace(verdict, doubtful={**verdict.doubtful, **{label: rest for label, numbers in aside.items() if (rest := tuple(n for n in numbers if n not in listed))}})
        turns, leftovers = _turns(text, lines, own, chat=style == CHAT)
    notes = ("dates and times stand beside the messages; they are no words, and are not kept as times of turns (which number is the day is not looked at)",) if style in DATED else ()
    return Transcript(text, turns, style, leftovers=leftovers, votes=votes, uncertain=tuple(verdict.doubtful), doubtful=verdict.doubtful, joint=verdict.joint, notes=notes)


def _declared(lines: list[_Line], taken: set[int], known: Known) -> list[_Head]:
    """The lines that a declared label begins in whatever style, among those that begin no turn yet."""
    found = []
    for i, line in enumerate(lines):
        if line.number in taken or not (own := declared(line.text, known)):
            continue
        label, time, begins, bare = own
        if bare and not _begins_turn("name on its own line", i, lines, ""):
            continue
        if known.name(label):
            found.append(_Head(line, known.name(label) or label, seconds(time) if time else None, line.start + begins))
    return found


def _mixed(
    lines: list[_Line], style: str, own: list[_Head], others: list[_Head], verdict: Verdict, known: Known, text: str
) -> tuple[list[_Head], Verdict]:
    """The turns in other styles than a file's own, and the verdict with what of them is not taken.

    An undeclared label of another style must take turns with those that were taken, and not be one that its own style left.
    """
    taken = {h.line.number for h in (*own, *others)} | {n for numbers in verdict.doubtful.values() for n in numbers}
    foreign: list[_Head] = []
    for other in STYLES:
        if other in (style, *ALONE):
            continue
        new = [h for h in _heads(other, lines, known) if h.line.number not in taken]
        foreign += new
        taken |= {h.line.number for h in new}
    every = sorted([*own, *others, *foreign], key=lambda h: h.line.number)
    met = judged([Seen(h.speaker, h.line.number) for h in every], known, text, found=[h.speaker for h in (*own, *others)])
    more = [replace(h, speaker=met.names[h.speaker]) for h in foreign if h.speaker in met.names]
    met = replace(met, doubtful={**met.doubtful, **_loose(lines, taken, known)})
    listed = {label: tuple(sorted({*numbers, *verdict.doubtful.get(label, ())})) for label, numbers in met.doubtful.items()}
    return [*others, *more], Verdict(doubtful={**verdict.doubtful, **listed}, joint=tuple(dict.fromkeys((*verdict.joint, *met.joint))))


def _loose(lines: list[_Line], taken: set[int], known: Known) -> dict[str, tuple[int, ...]]:
    """What comes back at the beginning of lines before another sign than a colon; only a declaration makes a speaker of it."""
    found = [_Head(line, labels.clean(m["speaker"] or m["name"]), None, 0) for line in lines if line.number not in taken and (m := _LOOSE.match(line.text))]
    met = _listed(h for h in found if labels.form(h.speaker) in ("role", "name", "label") and len(h.speaker.split()) <= _LOOSE_WORDS and labels.folded(h.speaker) not in known.never)
    return {label: numbers for label, numbers in met.items() if len(numbers) > 1}


def _untaken(heads: dict[str, list[_Head]], verdicts: dict[str, Verdict], taken: set[int]) -> Verdict:
    """What looks like a label with a colon and was not taken, where no style of labels tells turns apart."""
    listed: dict[str, tuple[int, ...]] = {}
    for style in (CHAT, "time name: text", "name time: text", "name: text"):
        for label, numbers in {**verdicts[style].doubtful, **_listed(heads[style])}.items():
            if rest := tuple(n for n in numbers if n not in taken):
                listed.setdefault(label, rest)
                taken = taken | {*rest}
    return Verdict(doubtful=listed)


_LOOSE = re.compile(r"^\s{0,9}(?:[-–—•]\s{1,3})?(?:\*{0,3}(?P<speaker>[^\W_][^:：\t\[\]<>;,.?!–—]{0,40}?)\*{0,3}(?:\s?[;>]\s|\t+\s?|\s[-–—]\s)|[\[<](?P<name>[^\]>\t]{1,40})[\]>]\s)")
_LOOSE_WORDS = 3
FEWEST_STAMPED = 2  # messages with a date and a time, for a file to be a chat


def _entries(found: list[_Head], known: Known) -> list[_Head]:
    """The lines of a diary ("2024-01-02 10:00 Breakfast: …"), whose labels are no people: dated by hand, no label twice on one day.

    A program that writes chats puts brackets, a comma, a dash or seconds there, and people come back on one day.
    """
    days = [m[1] for h in found if (m := BY_HAND.match(h.line.text))]
    if len(found) < FEWEST_STAMPED or len(days) < len(found) or len(set(zip(days, (h.speaker for h in found), strict=True))) < len(found):
        return []
    return [h for h in found if not known.name(h.speaker)]


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
        if style in COLONS and (own := declared(line.text, known)) and not own[3] and line.text[: own[2]].rstrip(" \t*").endswith((":", "：", "﹕")):
            if (own[1] is None) == (style == "name: text"):
                yield _Head(line, own[0], seconds(own[1]) if own[1] else None, line.start + own[2])
            continue
        match = pattern.match(stripped)
        if not match or not _begins_turn(style, i, lines, match["rest"]):
            continue
        label, time = labels.clean(match["speaker"]), match.groupdict().get("time")
        if known.name(label) or labels.possible(label) or (style in COLONS and len(label.split()) > 1):
            yield _Head(line, label, seconds(time) if time else None, line.start + match.start("rest"))


def _begins_turn(style: str, i: int, lines: list[_Line], rest: str) -> bool:
    """Whether a line that is a label alone has words below it."""
    if rest or style not in ABOVE:
        return True
    followed = i + 1 < len(lines) and bool(lines[i + 1].text.strip())
    if style == "name on its own line":
        return followed and (not i or not lines[i - 1].text.strip() or bool(STAMP_ALONE.fullmatch(lines[i - 1].text)))
    return followed or (i + 2 < len(lines) and bool(lines[i + 2].text.strip()))


def _turns(text: str, lines: list[_Line], heads: list[_Head], chat: bool = False) -> tuple[tuple[Turn, ...], tuple[Leftover, ...]]:
    """Turns from where each head's words begin to the next head. chat: a message ends at the next date and time, whoever it is of."""
    turns: list[Turn] = []
    leftovers: list[Leftover] = []
    first = heads[0].line.number if heads else len(lines) + 1
    leftovers += [
        Leftover(n.number, n.text, "before the first speaker") for n in lines if n.number < first and n.text.strip() and not (n.number == first - 1 and STAMP_ALONE.fullmatch(n.text))
    ]
    begun = {h.line.number for h in heads}
    noted = [n for n in lines if chat and n.number > first and n.number not in begun and STAMPED.match(n.text)]
    leftovers += [Leftover(n.number, n.text, "a line of the chat program, said by nobody") for n in noted]
    ends = sorted([*(h.line.start for h in heads), *(n.start for n in noted), len(text)])
    above = lines[first - 2] if heads and first > 1 else None
    stamp = STAMP_ALONE.fullmatch(above.text) if above else None
    before = seconds(stamp["time"]) if stamp else None  # a time alone on the last line of a turn is the next one's
    for i, head in enumerate(heads):
        until = ends[bisect_right(ends, head.line.start)] if i + 1 < len(heads) or noted else len(text)
        start, end = _trim(text, head.rest, until)
        start_s, before = head.seconds if head.seconds is not None else before, None
        own_line = not text[head.rest : head.line.start + len(head.line.text)].strip()
        if own_line and start_s is None and (stamp := STAMP_ALONE.match(text, start, end)):
            start_s, (start, end) = seconds(stamp["time"]), _trim(text, stamp.end(), end)
        if i + 1 < len(heads) and heads[i + 1].seconds is None and heads[i + 1].line.number > 1 and (stamp := LAST_STAMP.search(text, start, end)):
            before, (start, end) = seconds(stamp["time"]), _trim(text, start, stamp.start())
        end_s = None
        if stamp := END_STAMP.search(text[start:end]):
            end_s, (start, end) = seconds(stamp[1]), _trim(text, start, start + stamp.start())
        if start == end or (chat and text[start:end] == "."):
            leftovers.append(Leftover(head.line.number, head.line.text, "a speaker without words"))
        else:
            turns.append(Turn(start, end, head.speaker, start_s, end_s))
    return tuple(turns), tuple(sorted(leftovers, key=lambda x: x.line))


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
