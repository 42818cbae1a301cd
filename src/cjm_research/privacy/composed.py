"""A text as it is looked through, however its letters were composed, and where what is found there lies in the text itself.

"ö" may be one character or an o and a mark, and a soft hyphen may stand within a word: a reader sees no difference, and neither may hide
an identifier.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

#: characters without width, which could cut an identifier in two
HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
#: what composes only together: letters of Hangul
_JAMO = re.compile("[\u1100-\u11ff]+")


def composed(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> tuple[str, list[int] | None]:
    """The text with its letters composed and nothing without width; and, for each place in it, the place in the text as it was.

    The places are one more than the characters, for the ends of spans; None where the text is composed already.
    """
    if text.isascii() or (unicodedata.is_normalized(form, text) and not HIDDEN.search(text)):
        return text, None
    parts: list[str] = []
    places: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        if jamo := _JAMO.match(text, start):
            end = jamo.end()
        while end < len(text) and (unicodedata.combining(text[end]) or HIDDEN.match(text, end)):
            end += 1
        piece = text[start:end]
        made = unicodedata.normalize(form, HIDDEN.sub("", piece))
        parts.append(made)
        places += [start] * len(made) if len(made) != len(piece) else range(start, end)
        start = end
    return "".join(parts), [*places, len(text)]
