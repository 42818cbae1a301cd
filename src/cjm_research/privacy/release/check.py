"""The check of what is about to be published, and of what is exported."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from urllib.parse import unquote

from ...errors import WouldExposePerson
from ...files import files_below, remove_abandoned, remove_scratch, scratch_folder
from ...params import Params, Workspace
from ..erased_words import ErasedWords
from ..erasures import Erasures
from ..masking.regions import countries_of
from .forms import formed
from .known import Folded, Known, fold
from .own_words import own_words
from .pdf import LAID_OUT
from .texts import LONG_NUMBER, Unreadable, texts_of
from .vaults import masked_names, vault_identifiers

SHOWN = 5  # places named in the message
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\([nrt])|&?#(\d{1,6});")


class Guard:
    """Looks through files for a client's identifiers and for what has the form of one.

    allowed: words and addresses that are meant to be read (`privacy.keep`, reviewers). countries: of phone
    numbers without a prefix.
    """

    def __init__(self, known: Known, allowed: Iterable[str] = (), countries: Sequence[str] = (), where: str = "release check") -> None:
        self.known, self.countries, self.where = known, countries, where
        self._allowed = sorted({fold(a).strip() for a in allowed} - {""}, key=len, reverse=True)

    @classmethod
    def of(cls, params: Params, workspace: Workspace, authors: Iterable[str] = ()) -> Guard:
        """The guard of a client. authors: of reviewers' comments.

        Raises `WouldExposePerson` where the vault does not hold what the tables were built from.
        """
        vault, where = workspace.vault(params.client), f"release check of {params.client}"
        names = masked_names(vault) if params.privacy.mask_text else []
        gone = ErasedWords(Erasures(workspace.erasures(params.client)))
        identifiers = vault_identifiers(vault)
        identifiers -= own_words(identifiers)  # "report" stands on every page
        known = Folded(identifiers)
        # whoever signs is meant to be read, unless the signature is an identifier of a customer: only `privacy.keep` says that of one
        signed = [name for name in (*params.review.reviewers, *authors, params.brand.name or "") if fold(name).strip() not in known.texts]
        return cls(Known(known, names, gone), [*params.privacy.keep, *signed], countries_of(params.privacy.countries, params.timezone, params.language), where)

    def check_folder(self, folder: Path) -> None:
        """Check every file of a folder. Raises `WouldExposePerson` naming files and places."""
        self.check_files((p.relative_to(folder).as_posix(), p.read_bytes()) for p in files_below(folder))

    @contextmanager
    def staged(self, target: Path, placing: Callable[[], AbstractContextManager[None]] = nullcontext) -> Iterator[Path]:
        """A scratch folder whose files take their places in `target` once they are checked; nothing does where one of them fails.

        placing: entered while they do (a lock, a last check). Raises `WouldExposePerson` as `check_folder` does.
        """
        remove_abandoned(target)
        folder = scratch_folder("export", target)
        try:
            yield folder
            self.check_folder(folder)
            with placing():
                for path in files_below(folder):
                    place = target / path.relative_to(folder)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(path, place)
        finally:
            remove_scratch(folder)

    def redacted(self, text: str) -> str:
        """A message without what the check would stop at."""
        finder = self.known.among([text])
        hits = {h for h in (*finder.find(text), *(hit for _, _, _, hit in formed(text, self.countries))) if not self._is_allowed(h, text)}
        for hit in sorted(hits, key=len, reverse=True):
            text = _without(hit, text)
        return text

    def check_files(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Check files given as name and content."""
        texts: dict[str, tuple[str, str]] = {}
        seen: set[str] = set()  # strings of JSON that were taken apart: a report holds the same block several times
        try:
            for name, raw in files:
                texts.setdefault(name, (name, "its path"))
                for place, text in texts_of(name, raw, seen):
                    if len(text) >= 3:
                        for form in _forms(text):
                            texts.setdefault(form, (name, place))
        except Unreadable as cause:
            raise WouldExposePerson(self.where, str(cause), "files that can be looked through", "report this; nothing was published") from cause
        self._judge(texts)

    def _judge(self, texts: dict[str, tuple[str, str]]) -> None:
        finder = self.known.among(texts)
        found: dict[str, None] = {}
        count = 0
        for text, (name, place) in texts.items():
            hits = [("an identifier of a person", hit) for hit in finder.find(text)]
            if not place.endswith(LAID_OUT):
                hits += [(f"{'an' if kind[0] in 'aeiouAEI' else 'a'} {kind}", hit) for _, _, kind, hit in formed(text, self.countries)]
            for what, hit in hits:
                if not self._is_allowed(hit, text):
                    count += 1
                    found[f"{_without(hit, name)}, {_without(hit, place)}: {what} ({shown(hit)})"] = None
        if found:
            more = f"; and {len(found) - SHOWN} more places" if len(found) > SHOWN else ""
            raise WouldExposePerson(
                self.where, "; ".join(list(found)[:SHOWN]) + more, "files without identifiers of persons",
                "mask it (privacy.mask_text, privacy.names), map the column to an identifier or leave it out, and build again; "
                "a word that identifies nobody goes into privacy.keep. Nothing was published")

    def _is_allowed(self, hit: str, text: str) -> bool:
        """Whether what was found is an allowed word, or stands only within allowed ones."""
        if not self._allowed:
            return False
        rest, plain = fold(text), fold(hit)
        for word in self._allowed:
            if plain in word:
                rest = rest.replace(word, " ")
        return plain not in rest


def shown(value: str) -> str:
    """What a message may say of an identifier: its ends, never the whole."""
    return f"{value[:2]}…{value[-1:]}, {len(value)} characters" if len(value) >= LONG_NUMBER else f"{value[:1]}…, {len(value)} characters"


def _without(hit: str, place: str) -> str:
    return re.sub(re.escape(hit), lambda m: shown(m[0]), place, flags=re.IGNORECASE)


def _forms(text: str) -> Iterable[str]:
    """A text, and what it says once escapes of addresses, scripts and pages are undone."""
    yield text
    if "%" in text and (plain := unquote(text, errors="replace")) != text:
        yield plain
    if "\\" in text or "#" in text:
        plain = _ESCAPE.sub(_unescaped, text)
        if plain != text:
            yield plain
    if "&" in text and (plain := html.unescape(text)) != text:
        yield plain


def _unescaped(found: re.Match[str]) -> str:
    if found[3]:
        return " "
    code = int(found[1] or found[2], 16) if found[1] or found[2] else int(found[4])
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else " "
