"""Names of persons and places as they occur in talk: in parts, with initials, in the genitive."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from .roles import is_role
from .word_lists import words

_NOT_A_NAME = words(
    "mr mrs ms miss dr prof herr frau sir madam von van de der den da di du del la le el al bin ibn y e und and of the zu ter ten "
    "guest gast extern external host inc gmbh ltd llc"
)
#: names that are words too; only their capitalised form inside a sentence is taken for the name
_WORDS_TOO = words(
    "will mark rose may grace hope bill art rich pat sue dean faith joy april june august summer drew chance "
    "hunter chase grant frank jack guy gene ray dawn eve iris ivy ruby miles max victor sky star "
    "long price young brown white black green gray grey small short best good day field wood woods stone king hill lake rivers banks bush cook baker carpenter "
    "butler page read love law west north rich sharp hard wise sweet waters weeks winter snow frost moon cross church castle park parks street lane berry bean rice "
    "salmon fish wolf fox bird lamb bull hawk swan strong little bright fast swift power powers bond case cash cotton cole coffee fair fields fine forest game gold golden "
    "grand great hall hand hands head house hunt keen key keys kind knight lord low major march marks marsh mason mills mercy moody moss nice noble penny pike place pool poole "
    "pope post potter quick ring rock root sage savage self sellers shore silver singer single skinner speed spring steel stock storm stout sugar temple town trust walker walls "
    "ward watch water way webb weller west wild wing winner worth wright york true well wells max story joy dear call drinks drew flower flowers bell ball barber bishop "
    "klein groß gross lang kurz schwarz weiß weiss braun jung alt neu reich stark frisch sauer süß fuchs voll wild hell ernst fromm sommer herbst winter freitag sonntag "
    "petit grand blanc noir leroy roux gros beau bon long rouge leblanc mercier martin blanco rojo bello rossi"
)


_WORD = re.compile(r"[^\W_]+")


def may_be_a_word(name: str) -> bool:
    """Whether a name is also an ordinary word ("Will", "Rose"), so that it says little by itself."""
    return name.casefold() in _WORDS_TOO


def forms(name: str) -> list[str]:
    """The ways a full name is written: whole, parts, "Last, First", initials with points. Longest first.

    A part that is a role ("Kunde", "Guest") is no form of its own: it would be masked wherever somebody says it.
    """
    parts = _in_order(name)
    words = [p for p in parts if p.casefold().rstrip(".") not in _NOT_A_NAME and sum(c.isalpha() for c in p) >= 2 and not is_role(p)]
    found = {f for f in (" ".join(parts), *words) if not is_role(f)}
    for word in words:  # double names are said by one half too
        found.update(h for h in word.split("-") if len(h) >= 3)
    if len(words) >= 2:
        first, last = words[0], words[-1]
        found |= {
            f"{last}, {first}",
            f"{last} {first}",
            f"{first} {last}",
            f"{first[0]}. {last}",
            f"{first} {last[0]}.",
            ".".join(w[0] for w in words) + ".",
            ". ".join(w[0] for w in words) + ".",
        }
    return sorted((f for f in found if len(f) >= 2), key=lambda f: (-len(f), f))


def initials(name: str) -> str | None:
    """Bare initials ("DM"), too short to be masked unseen; they go to the review list."""
    words = [p for p in _in_order(name) if p.casefold().rstrip(".") not in _NOT_A_NAME]
    return "".join(w[0].upper() for w in words) if len(words) >= 2 else None


def _in_order(name: str) -> list[str]:
    """The words of a name, first name first, without what stands in parentheses."""
    plain = re.sub(r"\([^)]*\)", " ", name)
    if "," in plain:
        last, _, first = plain.partition(",")
        plain = f"{first} {last}"
    return plain.split()


class NameFinder:
    """Finds every form of the given names in a text; each leads to the key it was given under."""

    def __init__(self, names: Mapping[str, str], whole_only: bool = False) -> None:
        """`names`: name → key (persons share a key with their aliases); `whole_only`: no parts, for places."""
        self._keys: dict[str, str] = {}
        for name, key in names.items():
            for form in [name.strip()] if whole_only else forms(name):
                if form:
                    self._keys.setdefault(_fold(form), key)
        # A part that two persons share ("Müller") cannot be told apart: it takes the first one's key.
        ordered = sorted(self._keys, key=lambda f: (-len(f), f))
        alternatives = "|".join(_flexible(f) for f in ordered)
        # The genitive's s stays outside the match, so that "Dana's" becomes "[P7]'s".
        self._pattern = (
            re.compile(rf"(?<![\w@])(?:{alternatives})(?=(?:['’]s|s|['’])?(?!\w))", re.IGNORECASE) if ordered else None
        )

        self._first = {m[0] for f in self._keys if (m := _WORD.search(f))}

    def may_stand_in(self, text: str) -> bool:
        """Whether a text has a word that one of the names begins with, without which `find` finds nothing."""
        return bool(self._first) and not self._first.isdisjoint(_WORD.findall(_fold(text)))

    def find(self, text: str) -> Iterable[tuple[int, int, str]]:
        """(start, end, key) of each occurrence."""
        if self._pattern is None:
            return
        for match in self._pattern.finditer(text):
            found = match[0]
            if _plausible(found, text, match.start()):
                yield match.start(), match.end(), self._keys[_fold(re.sub(r"\s+", " ", found))]


def _plausible(found: str, text: str, at: int) -> bool:
    folded = found.casefold()
    if not found.isascii() and not any(c.isupper() or c.islower() for c in found):
        return True  # scripts without upper case
    if folded in _WORDS_TOO:
        before = text[:at].rstrip()
        return found[0].isupper() and bool(before) and before[-1] not in '.!?:\n“"' and text[max(0, at - 1)] != "\n"
    if found[0].isupper():
        return True
    return len(found) >= 4  # "dana" in chats, but not "al" or "tim" in "al dente"


def _flexible(form: str) -> str:
    """A pattern of a form that matches composed and decomposed accents and any white space."""
    either = {unicodedata.normalize("NFC", form), unicodedata.normalize("NFD", form)}
    return "|".join(r"\s+".join(re.escape(w) for w in e.split(" ")) for e in sorted(either, key=len, reverse=True))


def _fold(form: str) -> str:
    return unicodedata.normalize("NFC", form).casefold()
