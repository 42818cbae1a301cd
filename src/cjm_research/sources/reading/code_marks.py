"""Kind and valence of a code at the end of its description, where a format has no place of their own for them.

`[cjm: kind=emotion; valence=-1]`: our exports write it, our readers take it off again. What was guessed from a name is marked as such,
so that a guess does not come back as a fact.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NONE = "none"
_MARK = re.compile(r"\s*\[cjm: kind=(?P<kind>[a-z]{1,20})(?:; valence=(?P<valence>-?[0-9.]{1,20}))?(?:; guessed=(?P<guessed>[a-z ,]{1,40}))?\]\s*\Z")


class Marked(NamedTuple):
    """A description without its mark, and what the mark said; `stated` is False where there was none."""

    memo: str | None
    kind: str | None
    valence: float | None
    guessed: str | None
    stated: bool


def marked(memo: str | None, kind: str | None, valence: float | None, guessed: str | None) -> str:
    """The description with the mark at its end."""
    parts = [f"kind={kind or NONE}", *([f"valence={valence:g}"] if valence is not None else []), *([f"guessed={guessed}"] if guessed else [])]
    return f"{memo}\n[cjm: {'; '.join(parts)}]" if memo else f"[cjm: {'; '.join(parts)}]"


def unmarked(description: str | None, kinds: tuple[str, ...]) -> Marked:
    """A description as a reader finds it. A mark that somebody edited beyond what we write stays in the description."""
    found = _MARK.search(description) if description else None
    if description is None or found is None or found["kind"] not in (*kinds, NONE):
        return Marked(description, None, None, None, False)
    try:
        valence = None if found["valence"] is None else float(found["valence"])
    except ValueError:
        return Marked(description, None, None, None, False)
    if valence is not None and not -2 <= valence <= 2:
        return Marked(description, None, None, None, False)
    return Marked(description[:found.start()] or None, None if found["kind"] == NONE else found["kind"], valence, found["guessed"], True)
