"""WebVTT and SRT: cues into turns, whoever wrote them.

Teams marks voices (`<v Name>`, several in one cue), Zoom writes `Name: words` and leaves the name out of
continuation cues, Webex puts it into the cue's id, older Word exports of Teams set it below the times. Subtitle
libraries lose second voices, entities or text after blank lines, so the blocks are read here; what is no cue is
counted as left over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .. import labels
from ..mixed import declared
from ..model import Settings, Transcript, Turn
from ..speakers import Known, Seen, Verdict, judged
from . import markup
from .blocks import TIMING, Cue, read_blocks
from .rolling import repeated

__all__ = ["has_timed_lines", "parse_cues"]

_LABEL = re.compile(r"^(?:>>\s*|[-–]\s+)?(?P<speaker>[^:：﹕<>]{1,200}?)\s*[:：﹕](?!//)(?!\d\d)\s*(?P<rest>.*)$", re.DOTALL)
_BRACKETS = re.compile(r"^(?:>>\s*|[-–]\s+)?[\[(](?P<speaker>[^\[\]()<>]{1,80})[\])]\s*[:：﹕]?\s+(?P<rest>\S.*)$", re.DOTALL)
_WEBEX_ID = re.compile(r'^\d+\s+"(?P<speaker>[^"]{1,63})"')
MERGE_GAP_S = 30.0  # a longer silence starts a new turn even of the same speaker
_SHOWN = 3


@dataclass
class _Part:
    """Words of one voice in one cue; `speaker` None means the cue does not say."""

    cue: int
    line: int
    speaker: str | None
    words: str
    start_s: float
    end_s: float


def has_timed_lines(text: str) -> bool:
    """Whether a document holds lines of times (`00:00:01.000 --> 00:00:02.000`) above its words."""
    return sum(1 for line in text.split("\n") if TIMING.match(line)) >= 2


def parse_cues(text: str, kind: str, settings: Settings | None = None) -> Transcript:
    """A transcript from the text of a .vtt or .srt file, or (kind "lines") of a document with lines of times.

    The canonical text has one line a turn: `Name: words`.
    """
    settings = settings or Settings()
    known = settings.known()
    blocks = read_blocks(text, kind)
    cues, notes = blocks.cues, list(blocks.notes)
    marks = markup.marked_as((c.payload for c in cues), kind)
    cues, same = _without_copies(cues)
    plain = [[w for line in c.lines if (w := markup.words(line, marks))] for c in cues]
    drops = repeated([(c.start_s, c.end_s, lines) for c, lines in zip(cues, plain, strict=True)])
    verdict = Verdict()
    if any(markup.has_voices(c.payload) for c in cues):
        style, parts = f"{kind} <v>", [_Part(i, c.line, who, said, c.start_s, c.end_s) for i, c in enumerate(cues) for who, said in markup.voices(c.payload, marks)]
        _cut(parts, drops)
        parts = [p for p in parts if p.words]
        for part in parts:
            part.speaker = part.speaker and (known.name(part.speaker) or part.speaker)
    elif headed := _first_lines(cues, plain, known):
        style, verdict = f"{kind} name above the words", headed
        parts = [_Part(i, c.line, headed.names.get(labels.clean(lines[0])), " ".join(lines[1:]), c.start_s, c.end_s)
                 for i, (c, lines) in enumerate(zip(cues, plain, strict=True)) if lines]
    else:
        parts = [_Part(i, c.line, None, " ".join(said), c.start_s, c.end_s) for i, c in enumerate(cues) for said in _plain_lines(plain[i], known)]
        _cut(parts, drops)
        parts = [p for p in parts if p.words]
        style, verdict, parts = _label(kind, cues, parts, known, text)
    canonical, turns = _join(parts)
    return Transcript(
        canonical,
        tuple(turns),
        style,
        tuple(blocks.memos),
        tuple(blocks.leftovers),
        {style: len(turns)},
        tuple(verdict.doubtful),
        (*notes, *_notes(cues, plain, drops, same, marks)),
        doubtful=verdict.doubtful,
        joint=verdict.joint,
        repeated=sum(drops) + sum(len(w.split()) for c in same for line in c.lines if (w := markup.words(line, marks))),
    )


def _notes(cues: list[Cue], plain: list[list[str]], drops: list[int], same: list[Cue], marks: str) -> Iterator[str]:
    if backwards := sum(c.end_s < c.start_s for c in cues):
        yield f"{backwards} cues end before they begin; their times are kept as given"
    if empty := sum(1 for lines in plain if not lines):
        yield f"{empty} cues have no words"
    if any(drops):
        yield f"rolling captions: {sum(drops):,} words that {sum(d > 0 for d in drops):,} cues show again from the cue before were joined once"
    if same:
        yield f"{len(same):,} cues are given twice with the same times and words; each was read once"
    if held := markup.kept((c.payload for c in cues), marks):
        shown = ", ".join(repr(k) for k, _ in Counter(held).most_common(_SHOWN))
        yield f"{len(held):,} words in angle brackets are no mark-up of the format and were kept, e.g. {shown}"


def _without_copies(cues: list[Cue]) -> tuple[list[Cue], list[Cue]]:
    """The cues, and those that are another's exact copy: times, words and the name in the id."""
    seen: set[tuple[object, ...]] = set()
    kept: list[Cue] = []
    copies: list[Cue] = []
    for cue in cues:
        name = "" if cue.id.isdigit() else re.sub(r"^\d+\s+|\(\d+\)$", "", cue.id)
        key = (cue.start_s, cue.end_s, cue.lines, name)
        (copies if key in seen and cue.lines else kept).append(cue)
        seen.add(key)
    return kept, copies


def _cut(parts: list[_Part], drops: list[int]) -> None:
    """Take the first words of each cue out of its parts."""
    left = dict(enumerate(drops))
    for part in parts:
        if n := left[part.cue]:
            said = part.words.split()
            part.words, left[part.cue] = " ".join(said[n:]), max(0, n - len(said))


def _plain_lines(lines: list[str], known: Known) -> Iterator[list[str]]:
    """The lines of a cue, together where the next does not begin with what may be a label."""
    joined: list[list[str]] = []
    for line in lines:
        if joined and not _head(line, known):
            joined[-1].append(line)
        else:
            joined.append([line])
    yield from joined


def _head(words: str, known: Known) -> tuple[str, str] | None:
    """(label, words after it) where words begin with a declared label or with what may be one."""
    if (own := declared(words, known)) and not own[3]:
        return own[0], words[own[2] :].strip()
    match = _LABEL.match(words)
    if match and (labels.possible(labels.clean(match["speaker"])) or len(labels.clean(match["speaker"]).split()) > 1):
        return labels.clean(match["speaker"]), match["rest"].strip()
    return None


def _first_lines(cues: list[Cue], plain: list[list[str]], known: Known) -> Verdict | None:
    """The names, where every cue has one on a line of its own above the words, and names come back."""
    filled = [(c, lines) for c, lines in zip(cues, plain, strict=True) if lines]
    heads = [Seen(labels.clean(lines[0]), c.line + 1) for c, lines in filled]
    if len(filled) < 2 or any(len(lines) < 2 for _, lines in filled) or any(not labels.possible(h.label) and not known.name(h.label) for h in heads):
        return None
    if any(re.search("[:：﹕]", h.label) for h in heads) or sum(labels.form(h.label) in ("name", "role") or known.name(h.label) is not None for h in heads) * 2 < len(heads):
        return None
    if (2 * len({h.label for h in heads}) > len(heads) or len({h.label for h in heads}) < 2) and not all(known.name(h.label) or labels.role(h.label) for h in heads):
        return None
    return judged(heads, known, headed=True)


def _label(kind: str, cues: list[Cue], parts: list[_Part], known: Known, said: str) -> tuple[str, Verdict, list[_Part]]:
    """Give the parts their speakers from labels in the words or in the cues' ids; the style, the verdict, the parts."""
    heads = {id(part): head for part in parts if (head := _head(part.words, known))}
    brackets = {id(part): (labels.clean(m["speaker"]), m["rest"].strip()) for part in parts if id(part) not in heads and (m := _BRACKETS.match(part.words))}
    brackets = {of: head for of, head in brackets.items() if labels.form(head[0]) in ("role", "name", "label") or known.name(head[0])}
    if 2 * len(brackets) >= len(parts):  # else "[laughs]" is what a caption describes
        heads |= brackets
    headed = [p for p in parts if id(p) in heads]
    marked = len(headed) > 1 and all(p.words.lstrip().startswith(">>") for p in headed)  # the sign of captions for another speaker
    verdict = judged([Seen(heads[id(p)][0], p.line) for p in headed], known, said, stamped=marked)
    loose: dict[str, tuple[int, ...]] = {}
    for part in parts:
        if id(part) in brackets and id(part) not in heads and labels.folded(name := brackets[id(part)][0]) not in known.never:
            loose[name] = (*loose.get(name, ()), part.line)
    verdict = replace(verdict, doubtful={**{name: lines for name, lines in loose.items() if len(lines) > 1}, **verdict.doubtful})
    if verdict.names:
        speaker: str | None = None
        for part in parts:
            head = heads.get(id(part))
            if head and head[0] in verdict.names:
                speaker, part.words = verdict.names[head[0]], head[1]
            part.speaker = speaker  # Zoom leaves the name out of continuation cues
        return f"{kind} name:", verdict, parts
    parts = _rejoined(parts)
    by_cue = {i: labels.clean(m["speaker"]) for i, c in enumerate(cues) if (m := _WEBEX_ID.match(c.id))}
    if not by_cue:
        ids = {i: labels.clean(c.id) for i, c in enumerate(cues) if c.id and not c.id.isdigit() and labels.possible(labels.clean(c.id))}
        often = Counter(ids.values())
        by_cue = {i: name for i, name in ids.items() if often[name] > 1 or known.name(name) or labels.form(name) == "role"}
    for part in parts:
        if said_by := by_cue.get(part.cue):
            part.speaker = known.name(said_by) or said_by
    return (f"{kind} name in the cue's id" if by_cue else f"{kind} without speakers"), verdict, parts


def _rejoined(parts: list[_Part]) -> list[_Part]:
    """One part a cue, where what looked like labels in it are none."""
    found: dict[int, _Part] = {}
    for part in parts:
        if part.cue in found:
            found[part.cue].words += " " + part.words
        else:
            found[part.cue] = part
    return list(found.values())


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
            merged.append(_Part(part.cue, part.line, part.speaker, part.words, part.start_s, part.end_s))
    text, turns = "", []
    for part in merged:
        text += f"{part.speaker}: " if part.speaker else ""
        turns.append(Turn(len(text), len(text) + len(part.words), part.speaker, part.start_s, part.end_s))
        text += part.words + "\n"
    return text, turns
