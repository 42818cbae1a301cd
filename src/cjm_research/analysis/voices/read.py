"""The texts whose themes are asked for: read, told apart by kind, language and copy."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .copies import copies
from .language import language_of
from .texts import KINDS, SUBSTANTIAL, kind_of

if TYPE_CHECKING:
    from ...study import Study

A_LANGUAGE = 100  # texts from which a language has themes of its own
_SQL = ("SELECT source, feedback_id, customer_id, published_at, rating, rating_max, text, touchpoint, stage FROM feedback ORDER BY source, feedback_id")
_USE = {SUBSTANTIAL: "looked at", "too short": "not looked at: fewer than three words", "says nothing": "not looked at", "empty": "not looked at"}


def read(study: Study) -> pd.DataFrame:
    """All texts of feedback, with `kind`, `language` (None where it cannot be told), `copy_of` (the row it is a copy of, itself for none) and `counted`.

    A copy of one's own text is counted once; a copy by another known person counts, since that person says it, too; a copy by nobody known does not.
    """
    frame = study.query(_SQL)
    frame["kind"] = [kind_of(t if isinstance(t, str) else None) for t in frame["text"]]
    looked = frame["kind"] == SUBSTANTIAL
    said = frame.loc[looked, "text"].astype(str).tolist()
    frame["language"] = None
    frame.loc[looked, "language"] = np.array([language_of(t) for t in said], dtype=object)
    frame["copy_of"] = frame.index.to_numpy()
    frame.loc[looked, "copy_of"] = frame.index[looked].to_numpy()[copies(said)] if said else []
    frame["first"] = looked & (frame["copy_of"] == frame.index)
    who = frame["customer_id"].astype(object)
    again = frame[["copy_of"]].assign(who=who).duplicated()
    of_unknown = who.isna() & ~frame["first"]
    frame["counted"] = looked & ~again & ~of_unknown
    return frame


def by_language(frame: pd.DataFrame, own: str) -> dict[str, np.ndarray]:
    """Rows of distinct substantial texts by language, for languages with enough texts, the largest first.

    Texts that do not say their language go with the largest, since most of them are short texts of it. own: the client's language, which is the largest where no
    text says one.
    """
    firsts = frame[frame["first"]]
    counts = Counter(firsts["language"].dropna())
    largest = max(counts, key=lambda k: (counts[k], k)) if counts else own
    found = {}
    for language, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])):
        if n >= A_LANGUAGE and language != largest:
            found[language] = firsts.index[firsts["language"] == language].to_numpy()
    return {largest: firsts.index[firsts["language"].isna() | (firsts["language"] == largest)].to_numpy(), **found}


def looked_at(frame: pd.DataFrame, groups: dict[str, np.ndarray]) -> pd.DataFrame:
    """How many texts of which kind there are, and what was done with them."""
    rows = [{"what": kind, "texts": int((frame["kind"] == kind).sum()), "use": _USE[kind]} for kind in KINDS]
    looked = frame["kind"] == SUBSTANTIAL
    rows.append({"what": "of the substantial: copies", "texts": int((looked & ~frame["first"]).sum()), "use": "themes are not formed of them"})
    rows.append({"what": "of the copies: by other known persons", "texts": int((frame["counted"] & ~frame["first"]).sum()), "use": "counted, since each says it"})
    unknown = int((frame["first"] & frame["language"].isna()).sum())
    rows.append({"what": "of the distinct: language not told", "texts": unknown, "use": f"looked at with those in {next(iter(groups))}"})
    used = {i for rows_ in groups.values() for i in rows_.tolist()}
    other = int(frame["first"].sum()) - len(used)
    rows.append({"what": "of the distinct: of rarer languages", "texts": other, "use": f"not looked at: fewer than {A_LANGUAGE} of a language"})
    return pd.DataFrame(rows)
