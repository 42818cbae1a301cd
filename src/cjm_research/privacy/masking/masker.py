"""Masking of free text: known names and places, and identifiers that have a form, by stable pseudonyms in [brackets].

Everything happens on this machine and no socket is opened: names come from speaker labels and the
participant sheet, not from a language model. What might have been missed is listed for a person to look at.
Practice: UK Data Service, "Anonymising qualitative data" (replace, do not blank; consistent; logged apart).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..composed import composed
from .edits import Edit, Masked, apply_edits
from .introduced import introduced, may_introduce
from .known import KnownIds
from .names import NameFinder, initials
from .patterns import CERTAIN, find_patterns, may_title, plain_key, titled
from .register import Register
from .roles import persons
from .word_lists import words

_LABEL = re.compile(r"\[(?:[A-Z][\w-]{0,20}(?: [a-z]{1,12}){0,3} \d{1,7}|[A-Z]{1,3}\d{1,5})\]")  # what stands where something was masked
_BLANK = "□"  # stands for every character of what is masked already
_CONTEXT = 30  # characters on either side of a suspect


@dataclass(frozen=True)
class Suspect:
    """A word that may still identify somebody: how often it occurs, why it is listed, where it first stands."""

    word: str
    count: int
    reason: str
    context: str


@dataclass
class Masker:
    """Masks texts of one project.

    names: name → its fixed label ("P7") or None for a numbered one ("Person 3"); roles ("Participant") are left
    alone. places: masked as "Place 1", …; keep: never masked (brands). countries: of phone numbers without a prefix,
    e.g. ["DE"]. known: identifiers of the client's customers. register: where numbers are remembered.
    identifiers: where ids of the vault stand that are several words or names.
    """

    names: Mapping[str, str | None] = field(default_factory=dict)
    places: Iterable[str] = ()
    keep: Iterable[str] = ()
    countries: Sequence[str] = ()
    known: KnownIds = field(default_factory=KnownIds)
    register: Register = field(default_factory=Register)
    identifiers: Callable[[str], Iterable[tuple[int, int]]] = field(default=lambda _: ())

    def __post_init__(self) -> None:
        self._labels: dict[str, str | None] = {}
        for given, label in self.names.items():
            held = persons(given)  # a label of two people gives two names, a role none
            self._labels |= {name: label if len(held) == 1 else self._labels.get(name) for name in held}
        self._keep = {k.casefold() for k in self.keep}
        self._persons = NameFinder({name: name for name in self._labels})
        self._places = NameFinder({p: p for p in self.places if p.strip()}, whole_only=True)
        self._initials = {i: name for name in self._labels if (i := initials(name))}

    def mask(self, text: str) -> Masked:
        """The masked text with its edits. Masking a masked text changes nothing.

        What is masked does not depend on how letters are composed; what is left stands as it was.
        """
        plain, places = composed(text)
        if places is None:
            return self._masked(text)
        return apply_edits(text, [replace(e, start=places[e.start], end=places[e.end], original=text[places[e.start]:places[e.end]]) for e in self._masked(plain).edits])

    def _masked(self, text: str) -> Masked:
        fixed = [m.span() for m in _LABEL.finditer(text)]
        found: list[Edit] = []
        left = _LABEL.sub(lambda m: _BLANK * len(m[0]), text)
        # What was found is blanked out and the rest looked at again: a number may hide the one beside it.
        while new := apply_edits(left, self._forms(left, text)).edits:
            found += new
            for edit in new:
                left = left[: edit.start] + _BLANK * (edit.end - edit.start) + left[edit.end :]
        covered = [(e.start, e.end) for e in found] + fixed
        for start, end, name in self._persons.find(text):
            if not any(a < end and start < b for a, b in covered):
                found.append(Edit(start, end, f"[{self.person(name)}]", "name", text[start:end]))
        covered = [(e.start, e.end) for e in found] + fixed
        for start, end in (*introduced(text), *titled(text)):
            if not any(a < end and start < b for a, b in covered):
                found.append(Edit(start, end, f"[{self.person(text[start:end])}]", "name", text[start:end]))
                covered.append((start, end))
        for start, end, place in self._places.find(text):
            if not any(a < end and start < b for a, b in covered):
                found.append(
                    Edit(start, end, f"[{self.register.label('Place', place.casefold())}]", "place", text[start:end])
                )
        return apply_edits(text, (e for e in found if e.original.casefold() not in self._keep))

    def names_in(self, text: str) -> list[Edit]:
        """The names that a short value holds, known ones and those behind a title or introduction; where none can stand, quickly told."""
        if not (self._persons.may_stand_in(text) or may_introduce(text) or may_title(text)):
            return []
        fixed = [m.span() for m in _LABEL.finditer(text)]
        spans = [*self._persons.find(text), *((a, z, text[a:z]) for a, z in (*introduced(text), *titled(text)))]
        return [Edit(a, z, f"[{self.person(name)}]", "name", text[a:z]) for a, z, name in spans
                if text[a:z].casefold() not in self._keep and not any(b < z and a < y for b, y in fixed)]

    def mask_id(self, value: str) -> str:
        """An id or a file's name with persons and identifiers in it masked, without brackets; "Dana_Fox.txt" holds one too."""
        probe = value.replace("_", " ")  # an underscore counts as a letter, and a name would not end there
        edits = [e for e in self.mask(value).edits if e.kind in CERTAIN or e.kind == "customer"]
        edits += [e for e in self.mask(probe).edits if e.kind == "name"]
        return apply_edits(value, (replace(e, replacement=e.replacement.strip("[]")) for e in edits)).text

    def _forms(self, left: str, text: str) -> Iterable[Edit]:
        for start, end, kind in find_patterns(left, self.countries):
            if _BLANK not in left[start:end]:
                yield Edit(start, end, f"[{self.register.label(_title(kind), plain_key(kind, text[start:end]))}]", kind, text[start:end])
        for start, end in (*self.known.find(left), *self.identifiers(left)):
            yield Edit(start, end, f"[{self.register.label('Customer', text[start:end].casefold())}]", "customer", text[start:end])

    def person(self, name: str) -> str:
        """The pseudonym of a known name, or a speaker's label with its names replaced; roles in it stay what they are."""
        held = persons(name)
        if held == [name.strip()] or name.strip() in self._labels:
            return self._labels.get(name.strip()) or self.register.label("Person", name.strip().casefold())
        return re.sub("|".join(map(re.escape, sorted(held, key=len, reverse=True))), lambda m: self.person(m[0]), name) if held else name

    def review(self, texts: Iterable[str], language: str = "en") -> list[Suspect]:
        """What is left in *masked* texts and might identify somebody, most frequent first.

        Capitalised words inside sentences (in languages that capitalise nouns only pairs of them and those after
        a title), long numbers, words after "in", "from", "near" that look like places, and bare initials.
        """
        joined = [_LABEL.sub(lambda m: "□" * len(m[0]), t) for t in texts]
        lower = Counter(w for t in joined for w in re.findall(r"\b[^\W\d_]+\b", t) if w.islower())
        found: dict[tuple[str, str], list[str]] = {}
        for text in joined:
            for word, reason, at in _suspects(text, language, self._initials):
                if word.casefold() in self._keep or (reason == "a capitalised word" and lower[word.casefold()] > 1):
                    continue
                context = text[max(0, at - _CONTEXT) : at + len(word) + _CONTEXT].replace("\n", " ").replace("□", "·")
                found.setdefault((word, reason), []).append(context)
        rows = [Suspect(word, len(places), reason, places[0]) for (word, reason), places in found.items()]
        return sorted(rows, key=lambda s: (-s.count, s.word))


_CAPITALISED = re.compile(r"(?<![\w'’□])[^\W\d_][\w'’-]+")
_NUMBER = re.compile(r"(?<![\w.,])\d(?:[ ./-]?\d){4,}(?![\w])")
_PLACE = re.compile(
    r"\b(?:in|from|near|at|aus|bei|nach|in der|in die)\s+((?:[^\W\d_][\w'’-]+)(?:\s+[^\W\d_][\w'’-]+)?)"
)
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau)\.?\s+([^\W\d_][\w'’-]+)")
_NOUN_LANGUAGES = ("de", "lb")


_CALENDAR = words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december english german i'm i've i'll i'd"
)


def _suspects(text: str, language: str, short: Mapping[str, str]) -> Iterable[tuple[str, str, int]]:
    for m in _TITLED.finditer(text):
        yield m[1], "a word after a title", m.start(1)
    for m in _NUMBER.finditer(text):
        yield m[0], "a long number", m.start()
    for m in _PLACE.finditer(text):
        if all(w[0].isupper() for w in m[1].split()[:1]) and (language not in _NOUN_LANGUAGES):
            word = m[1] if all(w[0].isupper() for w in m[1].split()) else m[1].split()[0]
            if word.casefold() not in _CALENDAR:
                yield word, "perhaps a place", m.start(1)
    previous_end = -2
    previous = ""
    for m in _CAPITALISED.finditer(text):
        word = m[0]
        if word in short:
            yield word, "the initials of a known name", m.start()
        upper = word[0].isupper() and not word.isupper() and word.casefold() not in _CALENDAR
        pair = upper and previous and m.start() == previous_end + 1
        if upper and _inside_sentence(text, m.start()) and (language not in _NOUN_LANGUAGES or pair):
            yield word, "a capitalised word", m.start()
        previous, previous_end = (word if upper else ""), m.end()


def _inside_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(" \t\"“„'(")
    return bool(before) and before[-1] not in ".!?:;\n…–—-•□" and text[at - 1] != "\n"


def _title(kind: str) -> str:
    return kind if kind[0].isupper() else kind.capitalize()
