"""Which end of a scale its words call the good one: a table of words in seven languages, and how they are read.

A phrase speaks for the good end by a word of `GOOD`, for the bad end by one of `BAD`, turned by a word of `NOT`; by both,
by none, or with a word of `BETWEEN` it speaks for neither. Agreement and importance order a scale, but do not say
whether its top is welcome; they decide where nothing is declared and never contradict what is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: words of the good end; `…` stands for any ending
GOOD = {
    "en": "satisfied happy pleased delighted likely easy easily good great excellent outstanding helpful useful clear fast best better positive love like friendly",
    "de": "zufrieden… glücklich wahrscheinlich… einfach… leicht… gut… ausgezeichnet… hervorragend… hilfreich… nützlich… positiv… freundlich… begeistert…",
    "fr": "satisfait… content… probable… facile… bon bonne bien excellent… utile… positif… positive ravi…",
    "es": "satisfech… content… probable… fácil… buen… bien excelente… útil… positiv… encantad…",
    "it": "soddisfatt… content… probabile… facile… buon… bene ottim… eccellent… utile… positiv…",
    "nl": "tevreden blij waarschijnlijk makkelijk gemakkelijk goed uitstekend… nuttig… positief",
    "pt": "satisfeit… content… provável… fácil… bom boa bem ótim… excelente… útil… positiv…",
}
BAD = {
    "en": "dissatisfied unsatisfied unhappy displeased unlikely difficult hard bad poor terrible awful horrible unhelpful useless unclear slow worst worse negative hate dislike "
          "unfriendly disappointed disappointing",
    "de": "unzufrieden… unglücklich unwahrscheinlich… schwer… schwierig… kompliziert… schlecht… mangelhaft… ungenügend… nutzlos… negativ… unfreundlich… enttäuscht… furchtbar…",
    "fr": "insatisfait… mécontent… improbable… difficile… mauvais… mal médiocre… inutile… négatif… négative déçu…",
    "es": "insatisfech… descontent… improbable… difícil… mal… pésim… inútil… negativ… decepcionad…",
    "it": "insoddisfatt… scontent… improbabile… difficile… cattiv… male pessim… inutile… negativ… delus…",
    "nl": "ontevreden onwaarschijnlijk moeilijk slecht… nutteloos negatief teleurgesteld",
    "pt": "insatisfeit… descontent… improvável… difícil… mau má ruim péssim… inútil… negativ…",
}
#: agreement and importance: they order, but do not judge
MORE = {
    "en": "agree agreed important true", "de": "stimme trifft zustimmung wichtig… bejahe", "fr": "d'accord important… vrai", "es": "acuerdo importante…",
    "it": "d'accordo important…", "nl": "eens belangrijk", "pt": "concordo important…",
}
LESS = {
    "en": "disagree disagreed unimportant untrue false", "de": "lehne ablehnung unwichtig… verneine", "fr": "désaccord faux", "es": "desacuerdo", "it": "disaccordo",
    "nl": "oneens onbelangrijk", "pt": "discordo",
}
NOT = "not never hardly nicht kaum wenig keineswegs pas peu guère no nada poco poca non niet nauwelijks não niente nada pouco don't doesn't isn't didn't"
BETWEEN = "neither neutral neutre neutro neutraal teils mittel weder ni né nem noch nor average mixed undecided unentschieden less more weniger mehr moins menos más meno"
_STRONG = re.compile(r"\b(very|extremely|completely|strongly|totally|highly|absolutely|at all|excellent|best|worst|terrible|sehr|äußerst|extrem|völlig|voll|vollkommen|ganz|überhaupt|gar|"
                     r"très|extrêmement|tout à fait|complètement|totalement|du tout|muy|totalmente|completamente|extremadamente|nada|molto|heel|zeer|muito)\b")
_MILD = re.compile(r"\b(somewhat|rather|fairly|slightly|mostly|quite|eher|ziemlich|etwas|plutôt|assez|algo|bastante|más bien|abbastanza|enigszins|vrij|um pouco)\b")


def _words(table: Mapping[str, str] | str) -> re.Pattern[str]:
    texts = [table] if isinstance(table, str) else list(table.values())
    words = sorted({w for t in texts for w in t.casefold().split()}, key=lambda w: (-len(w), w))
    return re.compile(r"(?<![\w'])(?:" + "|".join(re.escape(w).replace("…", r"\w*") for w in words) + r")(?![\w'])")


_GOOD, _BAD, _MORE, _LESS, _NOT, _BETWEEN = (_words(t) for t in (GOOD, BAD, MORE, LESS, NOT, BETWEEN))


@dataclass(frozen=True)
class Leaning:
    """sign: +1 the good end (or more of something), −1 the other, 0 neither; judges: whether the words call it good or bad."""

    sign: int
    judges: bool
    strength: float


def leaning(key: str) -> Leaning:
    """What a folded phrase leans to."""
    nothing = Leaning(0, False, 0.0)
    if _BETWEEN.search(key):
        return nothing
    up, down = _GOOD.search(key), _BAD.search(key)
    more, less = _MORE.search(key), _LESS.search(key)
    if bool(up or more) == bool(down or less):
        return nothing
    sign = 1 if up or more else -1
    if _NOT.search(key):
        if sign < 0:
            return nothing  # `not bad` is neither good nor bad
        sign = -1
    strength = 1.0 if _STRONG.search(key) else 0.4 if _MILD.search(key) else 0.7
    return Leaning(sign, bool(up or down), sign * strength)


@dataclass(frozen=True)
class Direction:
    """higher: whether high numbers are the good end, None where words say nothing or contradict themselves.

    judges: whether words of good and bad say so; shown: the phrases with their numbers; torn: they contradict themselves.
    """

    higher: bool | None
    judges: bool
    shown: str
    torn: bool = False


def direction(labels: Iterable[tuple[str, float]], low: float, high: float) -> Direction:
    """What labels (a folded phrase and its number on the scale low…high) say of its direction. The middle says nothing."""
    votes = []
    for words, number in sorted(set(labels), key=lambda x: (x[1], x[0])):
        found, side = leaning(words), number - (low + high) / 2
        if found.sign and side:
            votes.append((found.sign * side > 0, found.judges, f"{words!r} is {number:g}"))
    shown = ", ".join(v[2] for v in (votes if len(votes) < 4 else [votes[0], votes[-1]]))
    if not votes:
        return Direction(None, False, shown)
    agreed = {v[0] for v in votes}
    return Direction(votes[0][0] if len(agreed) == 1 else None, any(v[1] for v in votes), shown, torn=len(agreed) > 1)


def proposed(phrases: list[str], low: float, high: float, higher: bool | None) -> dict[str, float]:
    """Scores for folded phrases where their order leaves no doubt: as many phrases as points, or the two strongest ends."""
    found = {p: leaning(p).strength for p in phrases}
    if higher is False:
        found = {p: -s for p, s in found.items()}
    points = round(high - low) + 1
    ordered = sorted(found, key=lambda p: found[p])
    if len(set(found.values())) == len(found) == points and all(found[p] for k, p in enumerate(ordered) if k != (points - 1) / 2):
        return {p: low + k for k, p in enumerate(ordered)}
    return {p: high if s > 0 else low for p, s in found.items() if abs(s) == 1.0 and list(found.values()).count(s) == 1}
