"""Which words before a colon are a speaker's name, and which are speech ("So: …", "10:30", "Note: …")."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

MAX_LABEL = 63  # characters; longer "names" are sentences (the rule of a common coding program)
MAX_WORDS = 6

#: labels that are roles: accepted even when seen once
ROLE = re.compile(
    r"(?:interviewer|interviewee|interviewed person|moderator(?:in)?|facilitator|researcher|observer|note ?taker|host|"
    r"participant|respondent|user|customer|client|agent|caller|speaker|unknown speaker|unidentified speaker|"
    r"interviewpartner(?:in)?|befragte[rn]?|kund(?:e|in)|teilnehmer(?:in)?|sprecher(?:in)?|[pitbrsq]|q|a)"
    r"(?: ?[#-]? ?\d{1,3}| [a-z])?",
    re.IGNORECASE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: words that begin a thought, not a turn
SPEECH = _words(
    "so and but or because well okay ok yes no yeah right also then now note notes example examples question answer "
    "reason first second third finally summary warning important remember reminder update todo http https ftp mailto www "
    "re fw fwd ps nb eg ie thing point problem issue idea quote translation transcript date time subject title topic "
    "location duration length version page zum beispiel also aber und oder weil ja nein"
)

_PARTICLES = _words("von van de der den da di du del la le el al bin ibn y e und and of the zu ter ten")


_ASKING = re.compile(
    r"(?:interviewer|moderator(?:in)?|facilitator|researcher|host|note ?taker|observer|i|q)(?: ?[#-]? ?\d{1,3})?",
    re.IGNORECASE,
)


def role(label: str) -> str | None:
    """ "interviewer" or "participant" where the label is a role that says so, else None."""
    if _ASKING.fullmatch(label):
        return "interviewer"
    return (
        "participant"
        if ROLE.fullmatch(label) and not re.match(r"(?i)(unknown|unidentified)? ?(speaker|sprecher)|[tbs]\b", label)
        else None
    )


def clean(label: str) -> str:
    """The label without markup, doubled spaces and the signs around it."""
    return re.sub(r"\s+", " ", label.replace("*", "").replace("\u00a0", " ")).strip(" \t>-–—•")


def possible(label: str) -> bool:
    """Whether the words could name a speaker, by their form alone."""
    if not 0 < len(label) <= MAX_LABEL or not any(c.isalpha() for c in label):
        return False
    if ROLE.fullmatch(label):
        return True
    if re.search(r"[?!;\"“”…=/\\{}]|\.\.|://|\d:\d", label):
        return False
    words = re.sub(r"\([^)]*\)", " ", label).replace(",", " ").split()
    if not 0 < len(words) <= MAX_WORDS or words[0].casefold().rstrip(".") in SPEECH:
        return False
    if words[-1].endswith(".") and len(words[-1].rstrip(".")) > 2 and len(words) > 1:
        return False  # the end of a sentence, not an initial
    return all(not word[0].islower() or word in _PARTICLES for word in words) and not words[0].isdigit()


def accepted(found: Iterable[str], known: Iterable[str] = ()) -> tuple[set[str], list[str]]:
    """Of the possible labels of one file: the accepted ones, and those seen only once (to be shown).

    Accepted are labels seen twice or more, roles, and names of the participant list.
    """
    counts = Counter(found)
    listed = {clean(k).casefold() for k in known}
    taken = {label for label, n in counts.items() if n >= 2 or ROLE.fullmatch(label) or label.casefold() in listed}
    return taken, [label for label in counts if label not in taken]
