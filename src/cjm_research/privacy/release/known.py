"""The identifiers of a client's vault, and where they stand in texts, as whole words and in any case.

An identifier is found by its first word: the words of all texts are one set, identifiers whose first word is not among them
are out, and only the rest are looked for in place. A million identifiers take about as long as reading them.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..composed import HIDDEN, composed
from ..erased_words import MOST_WORDS, ErasedWords
from ..masking.names import may_be_a_word
from ..masking.roles import is_role

MIN_LENGTH = 3  # one or two characters ("12", "a") stand on every page
MIN_NUMBER = 6  # digits of a number that is looked for
#: an identifier that is a number is looked for where so small a part of all numbers of its length are identifiers
CHANCE = 1 / 1000
_WORD = re.compile(r"[^\W_]+")
_BLANKS = re.compile(r"\s+")
_OTHER_BLANKS = re.compile(r"[^\S\n]")
MOST_LONG = 80  # letters and digits of one
LEAST_JOINED = 6  # letters and digits of an identifier that is found with other separators too ("BK-483024")
_MOST_JOINED = 8  # words it may be cut into
_BETWEEN = re.compile(r"\s?[-_./:#\u2010-\u2015\u2212]?\s?")  # what separates them
_SIGNS = re.compile(r"[\W_]+")
_WHOLE = re.compile(r"(\d+)\.0+")  # a whole number that was read as a decimal
_LABEL = re.compile(r"[^\W\d_]+ \d+")  # what masking puts into brackets ("[Customer 3]")
_DIGITS = re.compile(r"\d+")
_NEAR = 60  # characters beside a number that tell a list from a decimal


def fold(text: str) -> str:
    """Text as it is compared: composed, lower case, one blank between words, nothing without width."""
    if text.isascii():
        if text.isalnum():
            return text.lower()
    else:
        text = HIDDEN.sub("", unicodedata.normalize("NFKC", text))
    return _BLANKS.sub(" ", text.casefold())


class Folded:
    """Identifiers as they are compared, worked out once for several `Known`."""

    def __init__(self, identifiers: Iterable[str]) -> None:
        self.texts = {f for i in _folded(identifiers) if (f := _trimmed(i))}

    @functools.cached_property
    def joined(self) -> dict[str, str]:
        """Those that are found without their signs → how they are written so."""
        texts = list(self.texts)
        return {f: s for f, bare in zip(texts, _bare(texts), strict=True) if (s := _if_telling(bare))}

    @functools.cached_property
    def spelt(self) -> dict[str, str]:
        """Identifiers without their signs → themselves; of several that are written alike the last in order."""
        found = {s: f for f, s in self.joined.items()}
        return found if len(found) == len(self.joined) else {s: f for f, s in sorted(self.joined.items())}

    @functools.cached_property
    def heads(self) -> set[str]:
        """How these begin."""
        return heads_of(self.spelt)

    @functools.cached_property
    def first(self) -> tuple[dict[str, frozenset[int]], set[str]]:
        """First word → how many words the identifiers have that begin so; and those that begin with a word."""
        return _first_words(self.texts)


@dataclass
class Known:
    """Identifiers to look for. untold: how many cannot be told from counts and ordinary words and are not looked for.

    in_fields: for the fields of exports (categories, paths, properties). A number there is no count, so customers' numbers
    are looked for however many there are.
    """

    identifiers: Iterable[str] | Folded
    names: Iterable[str] = ()
    gone: ErasedWords | None = None  # what erased persons were called
    in_fields: bool = False
    untold: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._all = self.identifiers if isinstance(self.identifiers, Folded) else Folded(self.identifiers)
        folded = self._all.texts
        lengths = Counter(len(f) for f in folded if f.isdigit())
        crowded = {n for n, count in lengths.items() if n < 20 and count > CHANCE * 9 * 10 ** (n - 1)}  # nobody has 10^18 customers
        short = {n for n in lengths if n < MIN_NUMBER}
        left_out = short if self.in_fields else short | crowded
        # "user" or "guest" as an identifier names nobody, and stands in the names of events
        kept = {f for f in folded if len(f) >= MIN_LENGTH and not (f.isdigit() and len(f) in left_out) and not (f.isalpha() and is_role(f))}
        self.untold = len(folded) - len(kept)
        self._folded = kept
        self._whole = whole = len(kept) == len(folded)
        self._joined = self._all.spelt if whole else {s: f for f, s in sorted(self._all.joined.items()) if f in kept}
        self._glued = frozenset(f for f in kept if f.isdigit() and len(f) not in crowded) if self.in_fields else frozenset()
        # a name of one word may be a word: it counts in the spelling given only
        names = {n.strip() for n in self.names}
        self._names = {n for n in names if len(n) >= MIN_LENGTH and " " not in n and not may_be_a_word(n)}
        self._several = {fold(n) for n in names if " " in n}
        self._folded |= self._several
        self._heads = self._all.heads if whole else heads_of(self._joined)

    def __len__(self) -> int:
        return len(self._folded)

    def __bool__(self) -> bool:
        return bool(self._folded or self._names or self.gone)

    def whole(self) -> Finder:
        """All identifiers, ready to be found in texts that are not known yet."""
        return self._finder(None)

    def among(self, texts: Iterable[str]) -> Finder:
        """The identifiers that may stand in these texts, ready to be found."""
        words: set[str] = set()
        for text in texts:
            words.update(_WORD.findall(fold(text)))
        return self._finder(words)

    def _finder(self, words: set[str] | None) -> Finder:
        if words is None and self._whole and not self._several:  # as many as a client has customers: worked out once
            first, chosen = self._all.first
        else:
            first, chosen = _first_words(self._folded, words)
        names = {n for n in self._names if words is None or n.casefold() in words}
        return Finder(chosen, first, names, self._joined, self._heads, self._glued, self.in_fields, self.gone or None)


@dataclass(frozen=True)
class Finder:
    """What of the known identifiers may stand in some texts.

    joined: identifiers without signs, and what they are; heads: how these begin; glued: numbers that are found within words
    too; in_fields: as of `Known`.
    """

    chosen: set[str]
    first: Mapping[str, frozenset[int]]
    names: set[str]
    joined: Mapping[str, str]
    heads: set[str]
    glued: frozenset[str]
    in_fields: bool
    gone: ErasedWords | None = None

    def find(self, text: str) -> Iterator[str]:
        """Every identifier that stands in a text as a whole word, as it stands there folded."""
        folded = fold(text) if self.chosen or self.gone else ""
        if self.gone:
            yield from self._gone(text, folded, self.gone)
        if self.chosen or self.joined:
            folded = folded or fold(text)
            words = [m.span() for m in _WORD.finditer(folded)]
            for i, (a, b) in enumerate(words):
                for count in self.first.get(folded[a:b], ()):
                    if i + count <= len(words):
                        z = words[i + count - 1][1]
                        found = folded[a:z]
                        if found in self.chosen and not self._is_other(folded, a, z, found):
                            yield found
                if folded[a:min(b, a + 3)] in self.heads:
                    yield from self._joined_at(folded, words, i)
        if self.names:
            yield from (w for w in _WORD.findall(text) if w in self.names)

    def _joined_at(self, folded: str, words: list[tuple[int, int]], i: int) -> Iterator[str]:
        """Identifiers with other separators than their own, from a word on. "user 12" is no "user_12": only a sign in between makes it one."""
        a, end = words[i]
        text, most = "", 2 if end - a == 1 else _MOST_JOINED  # a letter and many numbers: what a picture is drawn by
        for start, z in words[i:i + most]:
            if start > a and not _BETWEEN.fullmatch(folded, end, start):
                return
            text, end = text + folded[start:z], z
            if len(text) >= LEAST_JOINED and text in self.joined:
                found = folded[a:z]
                if found not in self.chosen and not (" " in found and is_role(found)):
                    yield found
            if len(text) > MOST_LONG:
                return

    def _is_other(self, folded: str, a: int, z: int, found: str) -> bool:
        """Whether what stands there is part of a number, or a label of masking."""
        if found.isdigit():
            return _in_number(folded, a, z, self.in_fields)
        return folded[a - 1:a] == "[" and folded[z:z + 1] == "]" and _LABEL.fullmatch(found) is not None

    def _gone(self, text: str, folded: str, gone: ErasedWords) -> Iterator[str]:
        """What erased persons were called, as `find` yields it; whatever stands between its words."""
        spans = [m.span() for m in _WORD.finditer(folded)]
        for i, (a, b) in enumerate(spans):
            if not gone.begins(folded[a:b]):
                continue
            for last in range(i, min(i + MOST_WORDS, len(spans))):
                z = spans[last][1]
                if gone.holds(folded[s:e] for s, e in spans[i:last + 1]) and not (folded[a:z].isdigit() and _in_number(folded, a, z, self.in_fields)):
                    yield folded[a:z]
        yield from (w for w in _WORD.findall(text) if gone.names(w))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where identifiers stand in a text, however its letters are composed; the first and longest where two share a word."""
        plain, places = composed(text, "NFKC")
        found = self._spans(plain)
        return found if places is None else [(places[a], places[z]) for a, z in found]

    def _spans(self, text: str) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for hit in sorted(set(self.find(text)), key=lambda h: (-len(h), h)):
            words = r"\s+".join(re.escape(w) for w in hit.split(" "))
            inside = _LABEL.fullmatch(hit) is not None
            for m in re.finditer(rf"(?<![^\W_]){words}(?![^\W_])", text, re.IGNORECASE):
                if inside and text[:m.start()].endswith("[") and text.startswith("]", m.end()):
                    continue
                if not any(a < m.end() and m.start() < b for a, b in found):
                    found.append(m.span())
        if self.glued:  # "X48296698"
            for m in _DIGITS.finditer(text):
                beside = text[max(0, m.start() - 1):m.start()] + text[m.end():m.end() + 1]
                if m[0] in self.glued and any(c.isalpha() for c in beside) and not any(a < m.end() and m.start() < b for a, b in found):
                    found.append(m.span())
        return sorted(found)

    def key_of(self, text: str) -> str | None:
        """The identifier that a whole text is, whatever its case and separators ("48296698.0" is a number read as a decimal)."""
        plain = _trimmed(fold(text))
        if plain in self.chosen or (self.gone and self.gone.holds(_WORD.findall(plain))):
            return plain
        if (whole := _WHOLE.fullmatch(plain)) and whole[1] in self.chosen:
            return whole[1]
        same = self.joined.get(joined(plain)) if plain[:1] in self.heads else None
        return None if same is None or (" " in plain and is_role(plain)) else same

    def __contains__(self, text: str) -> bool:
        return self.key_of(text) is not None


def heads_of(texts: Iterable[str]) -> set[str]:
    """Their first one, two and three letters."""
    threes = {t[:3] for t in texts}
    return threes | {t[:2] for t in threes} | {t[:1] for t in threes}


def joined(folded: str) -> str:
    """An identifier without its signs, where it is telling enough without them: six letters and digits, some of each; else empty."""
    return _if_telling(folded if folded.isalnum() else _SIGNS.sub("", folded))


def _bare(texts: Sequence[str]) -> Iterable[str]:
    """Each without its signs; plain ones all at once."""
    joined_up = "\n".join(texts)
    if not joined_up.isascii() or joined_up.count("\n") != len(texts) - 1:
        return (_SIGNS.sub("", t) for t in texts)
    return joined_up.translate(dict.fromkeys(_NO_LETTERS)).split("\n")


def _if_telling(bare: str) -> str:
    if len(bare) < LEAST_JOINED or bare.isdigit() or bare.isalpha():
        return ""
    return bare if bare.isascii() or any(c.isdigit() for c in bare) else ""


def _begin(text: str) -> tuple[str, int]:
    """The word that a text begins with and how many it has; none where it begins with a sign."""
    if text.isalnum():
        return text, 1
    words = _WORD.findall(text)
    return (words[0], len(words)) if words and text.startswith(words[0]) else ("", 0)


_ONE = frozenset((1,))


def _first_words(folded: Iterable[str], words: set[str] | None = None) -> tuple[dict[str, frozenset[int]], set[str]]:
    """First word → how many words the texts have that begin so; and these texts. words: where given, others do not count as first ones."""
    one = {f for f in folded if f.isalnum() and (words is None or f in words)}
    first, chosen = dict.fromkeys(one, _ONE), one
    others = [f for f in folded if not f.isalnum()]
    for f, (head, count) in zip(others, _begins(others), strict=True):
        if head and (words is None or head in words):
            chosen.add(f)
            counts = first.get(head)
            first[head] = _counts(count) if counts is None else counts if count in counts else counts | {count}
    return first, chosen


_counts = functools.cache(lambda count: frozenset((count,)))
_NO_LETTERS = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "\n"}


def _begins(texts: Sequence[str]) -> Iterable[tuple[str, int]]:
    """Each as `_begin` gives it; plain ones all at once."""
    joined_up = "\n".join(texts)
    if not joined_up.isascii() or joined_up.count("\n") != len(texts) - 1:
        return (_begin(t) for t in texts)
    split = (line.split() for line in joined_up.translate(_NO_LETTERS).split("\n"))
    return ((words[0], len(words)) if words and t.startswith(words[0]) else ("", 0) for t, words in zip(texts, split, strict=True))


def _folded(texts: Iterable[str]) -> Iterable[str]:
    """Each text as `fold` gives it; plain ones all at once."""
    listed = list(texts)
    joined_up = "\n".join(listed)
    if joined_up.isascii() and not _OTHER_BLANKS.search(joined_up) and joined_up.count("\n") == len(listed) - 1:
        return joined_up.lower().split("\n")
    return (fold(t) for t in listed)


def _trimmed(folded: str) -> str:
    """Without what stands before the first and behind the last letter or digit."""
    if folded[:1].isalnum() and folded[-1:].isalnum():
        return folded
    spans = [m.span() for m in _WORD.finditer(folded)]
    return folded[spans[0][0]:spans[-1][1]] if spans else ""


def _in_number(text: str, a: int, b: int, in_fields: bool) -> bool:
    """Whether the digits are part of a number with a point or comma; a comma between brackets or in fields separates."""
    if text.startswith(".0", b) and not text[b + 2:b + 3].isdigit() and not (a and text[a - 1] in ".,"):
        return False  # read as a decimal
    commas = "" if in_fields or _in_a_list(text, a, b) else ","
    marks = ".'’" + commas
    before = a >= 2 and text[a - 1] in marks and text[a - 2].isdigit()
    after = b + 1 < len(text) and text[b] in marks and text[b + 1].isdigit()
    return before or after


def _in_a_list(text: str, a: int, b: int) -> bool:
    """Whether commas around a number separate: between brackets, or with more digits beside them than one number has there."""
    left, right = a, b
    while left > a - _NEAR and left and (text[left - 1].isdigit() or text[left - 1] in ",. -"):
        left -= 1
    while right < min(len(text), b + _NEAR) and (text[right].isdigit() or text[right] in ",. -"):
        right += 1
    if text[left - 1:left] in ("[", "(", "{") or text[right:right + 1] in ("]", ")", "}"):
        return True
    parts = [p.strip() for p in text[left:right].strip(", ").split(",")]
    return len(parts) > 2 or (len(parts) == 2 and len(parts[0]) > 3 and len(parts[1]) > 2)
