"""The identifiers of a client's vault, and where they stand in texts, as whole words and in any case.

An identifier is found by its first word: the words of all texts are one set, identifiers whose first word is not among them
are out, and only the rest are looked for in place. A million identifiers take about as long as reading them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import WouldExposePerson
from ...params import Workspace
from ..erased_words import MOST_WORDS, ErasedWords
from ..masking.names import may_be_a_word
from ..masking.roles import is_role
from ..pseudonyms import Vault

MIN_LENGTH = 3  # one or two characters ("12", "a") stand on every page
MIN_NUMBER = 6  # digits of a number that is looked for
#: an identifier that is a number is looked for where so small a part of all numbers of its length are identifiers
CHANCE = 1 / 1000
IDENTITIES = "identities.parquet"  # of a vault: every key and whose it is
_WORD = re.compile(r"[^\W_]+")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")  # characters without width, which could cut an identifier in two
_BLANKS = re.compile(r"\s+")
#: raw ids in what was read from the exports, which tables hold as pseudonyms
_RAW_IDS = {"responses": "response_id", "deals": "deal_id", "assignments": "unit_id"}


def fold(text: str) -> str:
    """Text as it is compared: composed, lower case, one blank between words, nothing without width."""
    if not text.isascii():
        text = _HIDDEN.sub("", unicodedata.normalize("NFKC", text))
    return _BLANKS.sub(" ", text.casefold())


@dataclass
class Known:
    """Identifiers to look for. untold: how many cannot be told from counts and ordinary words and are not looked for."""

    identifiers: Iterable[str]
    names: Iterable[str] = ()
    gone: ErasedWords | None = None  # what erased persons were called
    untold: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        folded = {f for i in self.identifiers if (f := _trimmed(fold(i)))}
        lengths = Counter(len(f) for f in folded if f.isdigit())
        crowded = {n for n, count in lengths.items() if n < MIN_NUMBER or count > CHANCE * 9 * 10 ** (n - 1)}
        kept = {f for f in folded if len(f) >= MIN_LENGTH and not (f.isdigit() and len(f) in crowded)}
        self.untold = len(folded) - len(kept)
        self._folded = kept
        # a name of one word may be a word: it counts in the spelling given only
        names = {n.strip() for n in self.names}
        self._names = {n for n in names if len(n) >= MIN_LENGTH and " " not in n and not may_be_a_word(n)}
        self._folded |= {fold(n) for n in names if " " in n}

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
        first: dict[str, set[int]] = {}
        chosen: set[str] = set()
        for f in self._folded:
            match = _WORD.match(f)
            if match and (words is None or match[0] in words):
                chosen.add(f)
                first.setdefault(match[0], set()).add(len(_WORD.findall(f)))
        return Finder(chosen, first, {n for n in self._names if words is None or n.casefold() in words}, self.gone or None)


@dataclass(frozen=True)
class Finder:
    """What of the known identifiers may stand in some texts."""

    chosen: set[str]
    first: dict[str, set[int]]
    names: set[str]
    gone: ErasedWords | None = None

    def find(self, text: str) -> Iterator[str]:
        """Every identifier that stands in a text as a whole word, as it stands there folded."""
        if not self.chosen and not self.names and not self.gone:
            return
        folded = fold(text)
        if self.gone:
            yield from self._gone(text, folded, self.gone)
        if self.chosen:
            spans = [m.span() for m in _WORD.finditer(folded)]
            for i, (a, b) in enumerate(spans):
                for count in self.first.get(folded[a:b], ()):
                    if i + count <= len(spans):
                        z = spans[i + count - 1][1]
                        found = folded[a:z]
                        if found in self.chosen and not (found.isdigit() and _in_number(folded, a, z)):
                            yield found
        if self.names:
            yield from (w for w in _WORD.findall(text) if w in self.names)


    def _gone(self, text: str, folded: str, gone: ErasedWords) -> Iterator[str]:
        """What erased persons were called, as `find` yields it; whatever stands between its words."""
        spans = [m.span() for m in _WORD.finditer(folded)]
        for i, (a, b) in enumerate(spans):
            if not gone.begins(folded[a:b]):
                continue
            for last in range(i, min(i + MOST_WORDS, len(spans))):
                z = spans[last][1]
                if gone.holds(folded[s:e] for s, e in spans[i:last + 1]) and not (folded[a:z].isdigit() and _in_number(folded, a, z)):
                    yield folded[a:z]
        yield from (w for w in _WORD.findall(text) if gone.names(w))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where identifiers stand in a text; the first and longest where two share a word."""
        found: list[tuple[int, int]] = []
        for hit in sorted(set(self.find(text)), key=lambda h: (-len(h), h)):
            words = r"\s+".join(re.escape(w) for w in hit.split(" "))
            for m in re.finditer(rf"(?<![^\W_]){words}(?![^\W_])", text, re.IGNORECASE):
                if not any(a < m.end() and m.start() < b for a, b in found):
                    found.append(m.span())
        return sorted(found)

    def __contains__(self, text: str) -> bool:
        plain = _trimmed(fold(text))
        return plain in self.chosen or bool(self.gone and self.gone.holds(_WORD.findall(plain)))


def vault_identifiers(folder: Path) -> set[str]:
    """Every raw identifier a vault holds: the keys of persons, and the ids of questionnaires, deals and experiments' units.

    Numbers of participants ("P07") are left out: participants of interviews are called by them.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    wanted = [(path, "key") for path in folder.glob("identities*.parquet")]
    wanted += [(path, "key") for path in folder.glob("staged/*/keys.parquet")]
    wanted += [(path, column) for table, column in _RAW_IDS.items() for path in folder.glob(f"staged/*/{table}.parquet")]
    found: set[str] = set()
    for path, column in wanted:
        if path.is_file() and column in pq.read_schema(path).names:
            found.update(str(v) for v in pc.unique(pq.read_table(path, columns=[column]).column(0)).to_pylist() if v is not None and not is_role(str(v)))
    return found


def require_whole_vault(client: str, workspace: Workspace, build: Mapping[str, Any]) -> None:
    """Raise `WouldExposePerson` unless the vault holds the identifiers of all that the tables were built from.

    A check against a vault that knows nobody would pass everything. build: what `build.json` says.
    """
    folder = workspace.vault(client)
    wanted = {str(s["source"]) for s in build.get("sources", [])}
    if not wanted:
        return  # the interactions lie elsewhere: nobody's key was read
    if build.get("vault") and (why := Vault(folder).incomplete(build)):
        raise WouldExposePerson(f"release check of {client}", why, "the vault that the tables were built with",
                                f"cjm build {client} --force, then run again; nothing was published")
    missing = sorted(wanted - _delivered(folder))
    if missing or not (folder / IDENTITIES).is_file():
        found = f"the vault has no identifiers of {', '.join(missing)}" if missing else "the vault does not say who is who"
        raise WouldExposePerson(f"release check of {client}", found, "the vault that the tables were built with",
                                f"cjm build {client} --force, then run again; nothing was published")


def _delivered(folder: Path) -> set[str]:
    """The sources whose delivery lies in the vault with its keys."""
    found = set()
    for path in folder.glob("staged/*/staged.json"):
        try:
            if (path.parent / "keys.parquet").is_file():
                found.add(str(json.loads(path.read_text(encoding="utf-8"))["name"]))
        except (OSError, ValueError, KeyError):
            continue
    return found


def masked_names(folder: Path) -> list[str]:
    """The names that masking knows: speakers and those that the settings list."""
    from ..masking.saved import FILE

    try:
        return list(json.loads((folder / FILE).read_text(encoding="utf-8"))["names"])
    except (OSError, ValueError, KeyError):
        return []


def _trimmed(folded: str) -> str:
    """Without what stands before the first and behind the last letter or digit."""
    if folded[:1].isalnum() and folded[-1:].isalnum():
        return folded
    spans = [m.span() for m in _WORD.finditer(folded)]
    return folded[spans[0][0]:spans[-1][1]] if spans else ""


def _in_number(text: str, a: int, b: int) -> bool:
    """Whether the digits are part of a number with a point or comma."""
    before = a >= 2 and text[a - 1] in ".,'’" and text[a - 2].isdigit()
    after = b + 1 < len(text) and text[b] in ".,'’" and text[b + 1].isdigit()
    return before or after
