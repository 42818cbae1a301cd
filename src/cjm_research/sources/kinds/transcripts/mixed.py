"""Labels in another style than most of a file's: declared ones always count, others where the talk proves them.

Files that were joined from two programs, or corrected by hand, label some turns in a second style ("user_9 (00:12): …"
among "Mara Lind: …"). Such a line is a turn of its own or is listed; its words never pass to the speaker before in silence.
"""

from __future__ import annotations

import re

from .labels import clean
from .speakers import Known

TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
#: what may stand before a label: invisible signs, signs of a list, a time
_BEFORE = re.compile(rf"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\s]*(?:>>\s{{0,9}}|[-–—•]\s{{1,9}})?(?:[\[(<#]?\s{{0,9}}(?P<time>{TIME})(?:-\d)?\s{{0,9}}[\])>#]?[\s–-]+)?\**[\[<]?")
#: what stands behind one: a time, then or else a sign
_AFTER = re.compile(
    rf"[\])>]?\**(?:[\s,–-]{{0,9}}[\[(<#]\s{{0,9}}(?P<inside>{TIME})(?:-\d)?\s{{0,9}}[\])>#]\**\s{{0,9}}[:：﹕;>]?"
    rf"|[\s,–-]{{1,9}}(?P<bare>{TIME})\**\s{{0,9}}(?:[:：﹕;>\t]|$)"
    r"|\s{0,9}[:：﹕;>](?!//)|\t|\s{1,9}[-–—](?=\s)|(?<=[\]>])(?=\s)|(?P<alone>\s{0,9}$))\**[^\S\n]*"
)


def declared(line: str, known: Known) -> tuple[str, str | None, int, bool] | None:
    """(label, time, where the words begin, whether the line is the bare name) of a line that a declared label begins, in any style."""
    before = _BEFORE.match(line)
    assert before is not None  # it matches nothing at least
    label = known.starts(line, before.end())
    if label is None or not (after := _AFTER.match(line, before.end() + len(label))):
        return None
    time = before["time"] or after["inside"] or after["bare"]
    return clean(label), time, after.end(), after["alone"] is not None and time is None
