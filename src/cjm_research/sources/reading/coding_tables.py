"""Codebook and codings as canonical frames, whatever they were coded with.

Kinds (pain, gain, emotion, need, …) and valences come from the settings; where those are silent, from the
words of a code's name or of the codes above it. Such a guess is marked, listed in the import report, and used nowhere until confirmed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ...errors import BadInput
from ..contract import ImportReport
from .locating import Locator

SEPARATOR = " > "
KINDS = ("pain", "gain", "emotion", "need", "action", "thought", "theme")

SETTINGS: Mapping[str, str] = {
    "kinds": "kind → codes (name or path; codes below them too): pain, gain, emotion, need, action, thought, theme",
    "valence": "code (name or path) → valence from -2 (very negative) to +2 (very positive)",
}

_KIND_WORDS: Mapping[str, str] = {
    "pain": r"pains?|pain ?points?|problems?|frustrations?|barriers?|obstacles?|complaints?",
    "gain": r"gains?|benefits?|delighters?|praise|advantages?",
    "emotion": r"emotions?|feelings?|mood",
    "need": r"needs?|wishes|requirements?|jobs? to be done",
    "action": r"actions?|behaviou?rs?",
    "thought": r"thoughts?|beliefs?|expectations?|attitudes?",
}
_VALENCE_WORDS: Mapping[float, str] = {
    -2.0: r"anger|angry|fury|furious|despair|hate|hatred|rage|panic|frustration|frustrated|disgust|distrust",
    -1.0: r"sad|sadness|fear|worry|worried|anxious|anxiety|confusion|confused|disappointed|disappointment|annoyed|annoyance|"
    r"stress|stressed|bored|boredom|doubt|uncertain|uncertainty|overwhelmed|impatience|negative|tense|waste of time",
    0.0: r"neutral|indifferent|indifference|surprise|surprised",
    1.0: r"calm|hope|hopeful|relief|relieved|trust|confident|confidence|satisfied|satisfaction|interest|curious|curiosity|"
    r"content|serene|positive|pleased|comfortable",
    2.0: r"joy|joyful|delight|delighted|happy|happiness|excited|excitement|love|enthusiasm|enthusiastic|proud|pride|gratitude",
}
_DEFAULT_VALENCE = {"pain": -1.0, "gain": 1.0}


@dataclass
class CodeRow:
    """One code as an export gives it; `path` holds the names from the root."""

    path: tuple[str, ...]
    code_id: str | None = None
    kind: str | None = None
    valence: float | None = None
    memo: str | None = None
    color: str | None = None
    stated: bool = False  # the export says kind and valence, be it that there are none
    guessed: str | None = None  # what the export marks as guessed: "kind", "valence" or "kind, valence"


def code_id(path: Sequence[str]) -> str:
    """An id derived from the code's path, the same in every export that has no ids of its own."""
    return "code_" + hashlib.sha256(SEPARATOR.join(path).encode()).hexdigest()[:12]


def split_path(text: str, separator: str) -> tuple[str, ...]:
    """The names of a path written as text."""
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def paths_from_parents(parents: Mapping[str, tuple[str, str | None]], where: str) -> dict[str, tuple[str, ...]]:
    """Paths of codes given as id → (name, parent's id). Raises `BadInput` for unknown parents and cycles."""
    found: dict[str, tuple[str, ...]] = {}
    for start in parents:
        chain: list[str] = []
        at: str | None = start
        while at is not None and at not in found:
            if at in chain:
                names = " → ".join(parents[c][0] for c in [*chain[chain.index(at) :], at])
                raise BadInput(
                    where,
                    f"the codes form a circle: {names}",
                    "a tree: every code below at most one other",
                    "correct the parent of one of them",
                )
            if at not in parents:
                raise BadInput(
                    where,
                    f"code {parents[chain[-1]][0]!r} names the unknown parent {at!r}",
                    "a code of the same file, or none", "correct the codebook or the settings",
                )
            chain.append(at)
            at = parents[at][1]
        above = found[at] if at is not None else ()
        for code in reversed(chain):
            above = (*above, parents[code][0])
            found[code] = above
    return found


def codebook_frame(
    rows: Iterable[CodeRow], settings: Mapping[str, Any], where: str, report: ImportReport
) -> pd.DataFrame:
    """The codebook with parents added where only their children were given. Columns of `codebook`.

    The first row of a path wins, later ones fill what it left empty. Raises `BadInput` for unknown kinds,
    valences outside −2…2 and settings that name no code.
    """
    codes: dict[tuple[str, ...], CodeRow] = {}
    for row in rows:
        for depth in range(1, len(row.path)):
            codes.setdefault(row.path[:depth], CodeRow(row.path[:depth]))
        known = codes.setdefault(row.path, row)
        if known.kind is None and row.kind is not None:
            known.guessed = row.guessed
        known.stated |= row.stated
        for name in ("code_id", "kind", "valence", "memo", "color"):
            if getattr(known, name) is None:
                setattr(known, name, getattr(row, name))
    kinds, valences = _rules(codes, settings, where)
    for path, row in codes.items():
        row.code_id = row.code_id or code_id(path)
        _settle(row, path, kinds, valences)
    report.notes += told_guesses(codes.values())
    return pd.DataFrame(
        [
            {
                "code_id": row.code_id,
                "name": path[-1],
                "parent_id": codes[path[:-1]].code_id if len(path) > 1 else None,
                "path": SEPARATOR.join(path),
                "kind": row.kind,
                "valence": row.valence,
                "memo": row.memo,
                "color": row.color,
                "guessed": row.guessed,
            }
            for path, row in codes.items()
        ],
        columns=["code_id", "name", "parent_id", "path", "kind", "valence", "memo", "color", "guessed"],
    )


def _settle(row: CodeRow, path: tuple[str, ...], kinds: Mapping[str, str], valences: Mapping[str, float]) -> None:
    """Kind and valence of a code: what the export or the settings state, else a guess from words, marked as one."""
    was = set((row.guessed or "").split(", ")) - {""}
    kind, valence = _nearest(kinds, path), _nearest(valences, path)
    if kind is not None and (row.kind is None or "kind" in was):
        row.kind, was = kind, was - {"kind"}
    elif row.kind is None and not row.stated:
        row.kind = _by_words(path)
        was |= {"kind"} if row.kind is not None else set()
    if valence is not None and (row.valence is None or "valence" in was):
        row.valence, was = valence, was - {"valence"}
    elif row.valence is None and not row.stated and row.kind in ("pain", "gain", "emotion"):
        row.valence = _valence_by_words(path, row.kind)
        if row.valence is not None and (row.kind == "emotion" or "kind" in was):  # a stated pain is negative without a guess
            was |= {"valence"}
    if row.valence is not None and "valence" in was and "kind" not in was and row.kind in _DEFAULT_VALENCE:
        was, row.valence = was - {"valence"}, _DEFAULT_VALENCE[row.kind]
    row.guessed = ", ".join(sorted(was)) or None


def told_guesses(codes: Iterable[CodeRow]) -> list[str]:
    """What was guessed, code by code, with the lines that confirm it; nothing where nothing was."""
    kinds: dict[str, list[str]] = {}
    valences: dict[str, float] = {}
    for row in codes:
        path = SEPARATOR.join(row.path)
        if row.guessed and "kind" in row.guessed and row.kind:
            kinds.setdefault(row.kind, []).append(path)
        if row.guessed and "valence" in row.guessed and row.valence is not None:
            valences[path] = row.valence
    if not kinds and not valences:
        return []
    said = [f"{kind}: {', '.join(paths)}" for kind, paths in sorted(kinds.items())]
    lines = ([f"kinds: {json.dumps(dict(sorted(kinds.items())), ensure_ascii=False)}"] if kinds else []) \
        + ([f"valence: {json.dumps(valences, ensure_ascii=False)}"] if valences else [])
    n = len({p for paths in kinds.values() for p in paths} | set(valences))
    return [f"kinds and valences of {n} {'code' if n == 1 else 'codes'} are guesses from the words of names and are used nowhere until they are confirmed"
            + (f": {'; '.join(said)}" if said else "") + f". Confirm them, or say otherwise, in the settings of the source: {'; '.join(lines)}"]


def place_span(
    text: str | None, locator: Locator | None, start: int | None, end: int | None, quote: str | None
) -> tuple[int | None, int | None, str, str]:
    """A coding's span and quote in a text, and what was done: "as given", "moved", "located", "several", "not found", "no text".

    A given span whose text is not the quote any more is moved to the nearest place of the quote; what
    cannot be found keeps its quote and no span.
    """
    if text is None or locator is None:
        return None, None, quote or "", "no text"
    fits = start is not None and end is not None and 0 <= start < end <= len(text)
    if fits and (not quote or _same(text[start:end], quote)):
        return start, end, text[start:end], "as given"
    place = locator.find(quote, start) if quote else None
    if place is None:
        return None, None, quote or "", "not found"
    done = "moved" if start is not None else "several" if place.count > 1 else "located"
    return place.start, place.end, text[place.start : place.end], done


def tell_places(done: Mapping[str, int], report: ImportReport) -> None:
    """Say in the import report how codings found their place."""
    words = {
        "located": "codings were located by their quote",
        "moved": "codings did not lie where they were said to; moved to their quote",
        "several": "codings have a quote that occurs several times; the first place was taken",
        "not found": "codings could not be located; they are kept with their quote and without a place",
        "no text": "codings belong to a document whose text is not here; they are kept without a place",
    }
    for what, sentence in words.items():
        if done.get(what):
            report.notes.append(f"{done[what]:,} {sentence}")


def _same(one: str, two: str) -> bool:
    return " ".join(one.split()) == " ".join(two.split())


def _rules(
    codes: Mapping[tuple[str, ...], CodeRow], settings: Mapping[str, Any], where: str
) -> tuple[dict[str, str], dict[str, float]]:
    names = {path[-1] for path in codes} | {SEPARATOR.join(path) for path in codes}
    kinds: dict[str, str] = {}
    for kind, listed in (settings.get("kinds") or {}).items():
        if kind not in KINDS:
            raise BadInput(f"{where}: settings.kinds", f"kind {kind!r}", ", ".join(KINDS), "correct settings.kinds")
        for code in [listed] if isinstance(listed, str) else listed:
            kinds[str(code)] = kind
    valences: dict[str, float] = {}
    for code, value in (settings.get("valence") or {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not -2 <= value <= 2:
            raise BadInput(f"{where}: settings.valence", f"{code!r}: {value!r}", "a number from -2 to 2", "correct settings.valence")
        valences[str(code)] = float(value)
    for code in [*kinds, *valences]:
        if code not in names:
            raise BadInput(
                f"{where}: settings", f"no code is named {code!r}", "the name or path of a code of this source",
                "correct settings.valence"
            )
    return kinds, valences


def _nearest(rules: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The rule of the code itself, else of the nearest code above it."""
    for depth in range(len(path), 0, -1):
        for key in (SEPARATOR.join(path[:depth]), path[depth - 1]):
            if key in rules:
                return rules[key]
    return None


def _by_words(path: tuple[str, ...]) -> str | None:
    for name in path:  # the category at the root says more than the words of a long leaf
        for kind, words in _KIND_WORDS.items():
            if re.search(rf"\b(?:{words})\b", name, re.IGNORECASE):
                return kind
    return (
        "emotion"
        if any(re.fullmatch(words, path[-1].strip(), re.IGNORECASE) for words in _VALENCE_WORDS.values())
        else None
    )


def _valence_by_words(path: tuple[str, ...], kind: str) -> float | None:
    for name in reversed(path):
        for value, words in _VALENCE_WORDS.items():
            if kind == "emotion" and re.search(rf"\b(?:{words})\b", name, re.IGNORECASE):
                return value
    return _DEFAULT_VALENCE.get(kind)
