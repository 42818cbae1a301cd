"""What may leave: small counts of persons are not shown, and no identifier stands in a published page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

import pandas as pd

from ..errors import WouldExposePerson

MIN_IDENTIFIER = 6  # shorter keys ("12") would match ordinary numbers of a page
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63})+")
_TOKEN = re.compile(r"[\w@.+:-]{6,}")
_DATA_URI = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]+")


def suppress_small(frame: pd.DataFrame, count: str, least: int, columns: Iterable[str]) -> pd.DataFrame:
    """The frame with `columns` emptied where fewer than `least` (but more than 0) persons are counted."""
    small = (frame[count] > 0) & (frame[count] < least)
    out = frame.copy()
    for column in columns:
        out[column] = out[column].mask(small)
    return out


def check_release(pages: dict[str, str], identifiers: set[str], allowed: Iterable[str] = ()) -> None:
    """Raise `WouldExposePerson` where a page holds an e-mail address or a raw identifier of the client.

    pages: name → HTML or text. allowed: words that are no personal data (the researchers' own addresses).
    """
    known = {i for i in identifiers if len(i) >= MIN_IDENTIFIER and not i.isalpha()}
    fine = {a.lower() for a in allowed}
    found: list[str] = []
    for name, text in pages.items():
        plain = unescape(_DATA_URI.sub("", text))
        for match in _EMAIL.findall(plain):
            if match.lower() not in fine and not match.lower().endswith(("@example.com", "@example.org")):
                found.append(f"{name}: the e-mail address {_shown(match)}")
        tokens = set(_TOKEN.findall(plain)) | {t.strip(".:-+") for t in _TOKEN.findall(plain)}
        found += [f"{name}: the identifier {_shown(t)}" for t in sorted(tokens & known) if t.lower() not in fine]
    if found:
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        raise WouldExposePerson("release check", "; ".join(dict.fromkeys(found[:5])) + more,
                                "pages without identifiers of persons",
                                "mask the text (privacy.mask_text, privacy.names) and build again; nothing was published")


def _shown(value: str) -> str:
    return repr(value[:3] + "…" + value[-2:])
