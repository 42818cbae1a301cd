"""Who speaks: which labels of a transcript are speakers, by declaration and by how they take turns.

A declared label always counts. An undeclared one counts where the talk itself shows it: it answers another speaker and
is answered. A subject that somebody lists ("Price: …") stands inside one person's words and is not. What looks like a
label and is not taken is kept with its lines, so that a person can decide it in the settings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .labels import MAX_LABEL, Form, clean, folded, form, people, role

FEWEST = 2  # occurrences of an undeclared label that is no role
_RANK: Mapping[Form, int] = {"role": 0, "name": 1, "label": 2, "subject": 3, "speech": 4}
_ASKED = frozenset(["question", "answer", "frage", "antwort", "reponse", "pregunta", "respuesta", "pergunta", "resposta", "vraag", "antwoord", "domanda", "risposta"])
_SEPARATE = 3  # occurrences from which a label must stand between others in several ways


class Known:
    """Declared speakers: label or alias → the name they are shown by."""

    def __init__(self, speakers: Iterable[str] | Mapping[str, Iterable[str] | str] = (), others: Iterable[str] = (), never: Iterable[str] = ()) -> None:
        """speakers: names, or name → aliases; others: further names (interviewers); never: labels that are no speakers."""
        self._exact: dict[str, str] = {}
        if isinstance(speakers, Mapping):
            for name, aliases in speakers.items():
                for label in (name, *([aliases] if isinstance(aliases, str) else aliases or ())):
                    self._exact[clean(str(label))] = clean(str(name))
        else:
            self._exact = {clean(str(s)): clean(str(s)) for s in speakers}
        for other in others:
            self._exact.setdefault(clean(str(other)), self._exact.get(clean(str(other)), clean(str(other))))
        self._exact.pop("", None)
        self.names = frozenset(self._exact.values())
        self.asking = frozenset(self._exact[clean(str(other))] for other in others if clean(str(other)))
        self._folded: dict[str, set[str]] = {}
        for label, name in self._exact.items():
            self._folded.setdefault(folded(label), set()).add(name)
        self.never = frozenset(folded(clean(str(n))) for n in never)
        ordered = sorted(self._exact, key=lambda s: (-len(s), s))
        self._begins = re.compile("|".join(r"\s+".join(map(re.escape, s.split())) for s in ordered), re.IGNORECASE) if ordered else None

    def name(self, label: str) -> str | None:
        """The declared name of a label: as spelled, else in any case and accents where one name alone fits."""
        if label in self._exact:
            return self._exact[label]
        fits = self._folded.get(folded(label), set())
        return next(iter(fits)) if len(fits) == 1 else None

    def starts(self, line: str, at: int = 0) -> str | None:
        """The declared label that stands at a place of a line, whatever follows it."""
        match = self._begins.match(line, at) if self._begins else None
        return match[0] if match else None

    def begins(self, line: str) -> str | None:
        """The declared label that a line begins with before a colon, whatever signs and however many characters it has."""
        match = self._begins.match(line) if self._begins else None
        return match[0] if match and re.match(r"\s*\**\s*[:：﹕]", line[match.end() :]) else None


@dataclass(frozen=True)
class Seen:
    """A label where it was met, in reading order."""

    label: str
    line: int


@dataclass(frozen=True)
class Verdict:
    """names: label as written → the speaker's name; doubtful: label that was not taken → its lines; joint: labels of several people."""

    names: Mapping[str, str] = field(default_factory=dict)
    doubtful: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    joint: tuple[str, ...] = ()


def judged(
    seen: Sequence[Seen], known: Known, said: str = "", headed: bool = False, filled: int | None = None, stamped: bool = False, found: Iterable[str] = ()
) -> Verdict:
    """Which of the labels of one file are speakers.

    said: the text, in which a subject is also used as a plain word; headed: each label stands in a line of its own form
    (with a time), so that a name counts even once where most labels come back; filled: lines with words, for files of one voice;
    stamped: a date and a time stand before each label, as in chats, so that it needs no other proof; found: labels that were taken before.
    """
    spellings: dict[str, Counter[str]] = {}
    for s in seen:
        spellings.setdefault(_key(s.label, known), Counter())[s.label] += 1
    names = {key: _shown(key, counts, known) for key, counts in spellings.items()}
    count = {key: sum(counts.values()) for key, counts in spellings.items()}
    forms = {key: form(names[key]) for key in spellings}
    plain = {key for key in spellings if forms[key] == "name" and _plain_word(names[key], said)}
    order = [_key(s.label, known) for s in seen]
    first = {key: order.index(key) for key in spellings}
    barred = {key for key in spellings if folded(names[key]) in known.never}
    sure = {key for key, counts in spellings.items() if any(known.name(label) for label in counts)} | {
        key for key in spellings if forms[key] == "role" and (count[key] >= FEWEST or _single(names[key]))}
    given = {_key(label, known) for label in found}
    sure |= {key for key in spellings if key in given or (stamped and forms[key] in ("name", "label"))}
    headings: set[str] = set()
    if any(k in sure and (names[k] in known.asking or (role(names[k]) == "interviewer" and not _question(names[k]))) for k in spellings):
        headings = {key for key in spellings if _question(names[key]) and not known.name(names[key])}  # "Question 2: …" where somebody else asks
    sure -= headings
    sure -= {key for key in barred if not any(known.name(label) for label in spellings[key])}
    if headed and 2 * sum(count[k] for k in spellings if k in sure or count[k] >= FEWEST) >= len(order):  # else "08:00 Breakfast" is a diary
        sure |= {k for k in spellings if k not in barred and (forms[k] == "name" or (forms[k] == "label" and count[k] >= FEWEST))}
    able = [k for k in spellings if k not in sure | barred | headings and count[k] >= FEWEST and _RANK[forms[k]] <= _RANK["label"]]
    able.sort(key=lambda k: (_RANK[forms[k]] + (k in plain), -count[k], first[k]))
    askers = {k for k in sure if names[k] in known.asking or role(names[k]) == "interviewer"}
    taken = _core(order, sure, askers, able, {k: _RANK[forms[k]] + (k in plain) for k in able}, count)
    if len(taken) < 2 and len(able) == 1 and forms[able[0]] == "name" and filled and 2 * (count[able[0]] + sum(count[k] for k in sure)) >= filled:
        taken = {*sure, able[0]}  # one voice, or the only one that can answer: a label on every other line at least
    asking = {k for k in taken if names[k] in known.asking or role(names[k]) == "interviewer"}
    if taken and taken == asking:  # somebody must answer: whoever speaks between two questions, even once
        taken |= {k for k in order if k not in barred and forms[k] in ("name", "label") and _is_asked(order, asking, k)}
    if len({k for i, k in enumerate(order) if i and order[i - 1] in asking and k in taken - asking}
           | {k for k in able if _asked(order, asking, k) and forms[k] == "name" and k not in plain}) > 1:  # a group: several people answer one who asks
        taken |= {k for k in able if forms[k] == "name" and k not in plain and (_asked(order, asking, k) or _follows_several(order, k))}
    grown = True
    while grown:
        grown = False
        for key in able:
            if key not in taken and (_takes_turns(order, taken, key, count[key]) or _answers(order, asking, key)):
                taken, grown = taken | {key}, True
    shown = {names[k] for k in taken} | known.names
    for key in spellings:
        parts = people(names[key])
        if key not in taken | barred and len(parts) > 1 and all(role(p) or known.name(p) or p in shown for p in parts):
            taken.add(key)
    doubtful: dict[str, list[int]] = {}
    for s in seen:
        key = _key(s.label, known)
        if key not in taken | barred and _worth_telling(names[key], forms[key], count[key]):
            doubtful.setdefault(names[key], []).append(s.line)
    return Verdict(
        {label: names[key] for key in taken for label in spellings[key]},
        {label: tuple(lines) for label, lines in doubtful.items()},
        tuple(names[k] for k in sorted(taken, key=first.__getitem__) if len(people(names[k])) > 1 and not known.name(names[k])),
    )


def _key(label: str, known: Known) -> str:
    name = known.name(label)
    return f"\0{name}" if name else " ".join(label.casefold().split())


def _shown(key: str, counts: Counter[str], known: Known) -> str:
    return key[1:] if key.startswith("\0") else max(counts, key=lambda label: counts[label])


def _question(label: str) -> bool:
    """Whether a label is a numbered question or answer."""
    return re.sub(r"[\s\d.]+$", "", folded(label)) in _ASKED and label[-1:].isdigit()


def _single(label: str) -> bool:
    """A role that counts when seen once: one person, not "Customers", and no word that speech begins with."""
    return bool(re.search(r"\d|\b\w$", label)) or (folded(label) not in _ASKED and not folded(label).endswith(("s", "innen", "en", "i")))


def _core(order: Sequence[str], sure: set[str], asking: set[str], able: Sequence[str], rank: Mapping[str, int], count: Mapping[str, int]) -> set[str]:
    """The labels that carry the talk: the sure ones, who opens it, and where those are fewer than two the pair that alternates most."""
    opener = {order[0]} & set(able) if sure else set()  # nobody's words can hold a subject yet
    if len(sure) >= 2 or not able:
        return sure | opener
    one_of = asking & sure
    everyone = [*sure, *able]
    pairs = [{x, y} for i, x in enumerate(everyone) for y in everyone[i + 1 :] if not one_of or {x, y} & one_of]

    def plausible(pair: set[str]) -> bool:
        return len(_restricted(order, pair)) >= 3 or (
            bool(pair & sure) and all(rank[k] <= _RANK["name"] and _runs(order, k) >= FEWEST for k in pair - sure))

    def score(pair: set[str]) -> tuple[int, int, int]:
        return -sum(max(rank.get(k, 0), _RANK["name"]) for k in pair), len(_restricted(order, pair)), sum(count[k] for k in pair)

    pairs = [p for p in pairs if plausible(p)]
    return sure | opener | (max(pairs, key=score) if pairs else set())


def _takes_turns(order: Sequence[str], taken: set[str], key: str, count: int) -> bool:
    """Whether a label answers: it stands between two turns of one speaker, or comes after and before different ones."""
    talk = _restricted(order, taken | {key})
    at = [i for i, k in enumerate(talk) if k == key]
    around = [(talk[i - 1], talk[i + 1]) for i in at if 0 < i < len(talk) - 1]
    answers = sum(a == b for a, b in around)
    if answers >= min(2, len(around)) and answers and 2 * answers >= len(around):
        return True
    return count >= _SEPARATE and min(len({a for a, _ in around}), len({b for _, b in around})) >= 2


def _answers(order: Sequence[str], asking: set[str], key: str) -> bool:
    """Whether every turn of a label comes right after a question; subjects stand in an answer."""
    before = [order[i - 1] if i else None for i, k in enumerate(order) if k == key]
    return all(b in asking for b in before)


def _asked(order: Sequence[str], asking: set[str], key: str) -> bool:
    """Whether a label ever comes right after a question."""
    return any(k == key and i > 0 and order[i - 1] in asking for i, k in enumerate(order))


def _follows_several(order: Sequence[str], key: str) -> bool:
    """Whether a label comes after different ones, each time; a subject stands in the words of the one person who names it."""
    before = [order[i - 1] for i, k in enumerate(order) if k == key and i]
    return len(before) > 1 and len(set(before)) == len(before)


def _is_asked(order: Sequence[str], asking: set[str], key: str) -> bool:
    at = [i for i, k in enumerate(order) if k == key]
    return all(0 < i < len(order) - 1 and order[i - 1] in asking and order[i + 1] == order[i - 1] for i in at)


def _restricted(order: Sequence[str], keys: set[str]) -> list[str]:
    """The labels among these, in order, each run of one once."""
    kept: list[str] = []
    for key in order:
        if key in keys and (not kept or kept[-1] != key):
            kept.append(key)
    return kept


def _runs(order: Sequence[str], key: str) -> int:
    """How often a label begins to speak, others between."""
    return sum(k == key and (not i or order[i - 1] != key) for i, k in enumerate(order))


def _plain_word(label: str, said: str) -> bool:
    """Whether the one word of a label is also used in lower case in the text, as subjects are and names are not."""
    word = label.casefold()
    return bool(said) and label.isalpha() and label != word and bool(re.search(rf"\b{re.escape(word)}\b", said))


def _worth_telling(label: str, looks: Form, count: int) -> bool:
    if looks == "speech":
        return count >= FEWEST and len(label.split()) > 1 and len(label) <= 2 * MAX_LABEL
    return count >= FEWEST or len(label) <= MAX_LABEL
