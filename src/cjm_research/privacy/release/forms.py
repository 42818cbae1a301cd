"""What in pages and fields has the form of an identifier beyond doubt. Quick on long texts, and careful with numbers.

The patterns are those of masking; here only stretches that may hold one are looked at, and what is a day, a decimal, a hash,
a version or a number by itself is no phone number and no address of a machine.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from ..composed import composed
from ..masking.patterns import CERTAIN, find_patterns

#: names for documentation, which nobody owns (RFC 2606, RFC 6761)
_NOBODYS = re.compile(r"@(?:[\w-]+\.)*(?:example\.(?:com|net|org)|[\w-]+\.(?:example|test|invalid|localhost))\Z")
_AT = re.compile(r"[@＠]|%40|[(\[{]\s*(?:at|ät)\s*[)\]}]|\barroba\b", re.IGNORECASE)
#: what a phone number, a card, an IBAN or an address of a machine begins like; only such texts are looked at closely
_NUMBERED = re.compile(
    r"\+ ?\(?\d|(?<![\w.,:/%-])\(?0[\d ]\d|\(\d{2,5}\) ?\d|(?<![\w.,-])\d{2,4}([ .-])\d{2,4}\1\d{2,5}(?![\w,])|\d(?:[ -]?\d){12}"
    r"|\b[A-Za-z]{2}\d\d[ -]?[A-Za-z0-9]{4}|(?:\d{1,3}\.){3}\d")
#: days, times of day, decimals and UUIDs (a line may end within one), which are no phone numbers
_FIGURES = re.compile(
    r"\b(?:19|20)\d\d-[01]\d-[0-3]\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|(?<![\w.])(?:0|[1-9]\d{0,3})\.\d{5,}(?:[eE][-+]?\d+)?(?![\w.])"
    r"|(?<![\w:.])[0-2]\d:[0-5]\d:[0-5]\d\.\d+(?:Z|[+-]\d\d:?\d\d)?(?![\w:])|(?<![\w-])[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}(?:-[0-9A-Fa-f]{4})?(?:-[0-9A-Fa-f]{12})?(?!\w)"
    r"|(?<![\w-])(?!\d{4}(?:-\d{4}){3}(?!\w))[0-9A-Fa-f]{0,12}-[1-8][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}(?:-[0-9A-Fa-f]{0,12})?(?!\w)")
_VERSION = re.compile(r"(?i)(?:version|release|\bv)\W{0,3}\Z|[a-z]/\Z")  # "Chrome/120.0.0.0" too
_OF_A_WORD = re.compile(r"[^\W\d]-?\Z|\d-\Z")
_GLUED = re.compile(r"[^\W_]")
_LONGEST_PHONE = 15  # digits (ITU-T E.164)
AROUND = 80  # characters on either side of what may be an identifier that are looked at closely


def formed(text: str, countries: Sequence[str] = (), field: str = "") -> Iterator[tuple[int, int, str, str]]:
    """(start, end, kind, what stands there) of all that is an identifier by its form. field: name of the field it is a value of."""
    text, places = composed(text)
    for start, end, kind, found in _formed(text, countries, field):
        yield (start, end, kind, found) if places is None else (places[start], places[end], kind, found)


def _formed(text: str, countries: Sequence[str], field: str) -> Iterator[tuple[int, int, str, str]]:
    plain = _FIGURES.sub(lambda m: " " * len(m[0]), text)
    for a, z in _windows(plain):
        for start, end, kind in find_patterns(plain[a:z], countries):
            start, end = a + start, a + end
            found, before = text[start:end], text[max(0, start - 12):start]
            if kind not in CERTAIN or (kind == "e-mail" and _NOBODYS.search(found.lower())):
                continue
            if kind == "phone" and (_OF_A_WORD.search(before) or (found == text and text.isdigit() and text[0] != "0")):
                continue  # the digits of a hash ("F-4980533952"), or a number by itself, as JSON and sheets hold them
            if kind in ("phone", "card") and (_GLUED.match(text, end) or text[start - 1 : start].isalnum()):
                continue  # digits within a hash
            if kind == "phone" and sum(c.isdigit() for c in found) > _LONGEST_PHONE:
                continue
            if kind == "phone" and (_is_axis(found) or len({c for c in found if c.isdigit()}) == 1):
                continue
            if kind == "IP address" and ("version" in field.lower() or _VERSION.search(before)):
                continue
            yield start, end, kind, found


def _is_axis(found: str) -> bool:
    """Whether numbers are the ticks of an axis ("0 20 40 60 80 100"): in equal steps, or rising from a zero by itself."""
    groups = found.split()
    if len(groups) < 4 or not all(g.isdigit() for g in groups):
        return False
    ticks = [int(g) for g in groups]
    steps = {b - a for a, b in itertools.pairwise(ticks)}
    rising = groups[0] == "0" and min(steps) > 0
    return (len(steps) == 1 and steps != {0}) or (rising and (len(groups) > 4 or all(t % 5 == 0 for t in ticks)))


def _windows(text: str) -> Iterable[tuple[int, int]]:
    """The stretches of a text that may hold what has the form of an identifier."""
    start = end = -1
    for a, z in sorted(m.span() for pattern in (_AT, _NUMBERED) for m in pattern.finditer(text)):
        if start < 0 or a - AROUND > end:
            if start >= 0:
                yield start, end
            start = max(0, a - AROUND)
        end = min(len(text), max(end, z + AROUND))
    if start >= 0:
        yield start, end
