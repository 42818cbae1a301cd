"""Twelve interviews, three a persona: who says what in which words, and how two coders coded it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from . import business as b
from . import chatter
from .codes import CODES, VALENCES, Code

INTERVIEWER = "Mara Lindqvist"
CODERS = ("Lena Ott", "Milan Berg")
MISSES, MOVES, SWAPS = (
    0.12,
    0.20,
    0.06,
)  # how the second coder differs: leaves out, takes more or less, takes a neighbour
PER_PERSONA = 3


@dataclass(frozen=True)
class Sentence:
    """A sentence and the codes it was written for; the first coder finds exactly these."""

    text: str
    codes: tuple[str, ...] = ()


@dataclass
class Turn:
    """What one of the two says in one go."""

    asks: bool
    sentences: list[Sentence] = field(default_factory=list)


@dataclass
class Interview:
    """One talk. `person` is the participant's number among the demo's people."""

    participant: str
    person: int
    name: str
    persona: str
    age: int
    email: str
    day: int
    turns: list[Turn]


@dataclass(frozen=True)
class Coding:
    """One code by one coder on the sentences first…last of a turn (both included)."""

    participant: str
    turn: int
    first: int
    last: int
    code: str
    coder: int


def hold_interviews(rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame) -> list[Interview]:
    """The twelve interviews. Who holds a code is drawn; how many of each persona do is `codes.CODES`."""
    chosen = _participants(rng, people, j)
    holds = _who_holds(rng)
    words = {c.name: list(rng.permutation(len(c.sentences))) for c in CODES}
    bank = _Bank(rng)
    talks = []
    for number, person in enumerate(chosen):
        who = people.iloc[person]
        persona = b.PERSONAS[number % len(b.PERSONAS)]
        mine = [c for c in CODES if number in holds[c.name]]
        phone = f"+49 151 {rng.integers(20_000_000, 29_999_999)}"
        fill = {"email": str(who["email"]), "phone": phone, "partner": chatter.PARTNERS[number]}
        turns: list[Turn] = []
        for topic in chatter.TOPICS:
            turns += _topic(rng, topic, number, persona.name, [c for c in mine if c.topic == topic], words, bank, fill)
        talks.append(
            Interview(
                f"P{number + 1:02d}",
                int(person),
                f"{who['first_name']} {who['last_name']}",
                persona.name,
                int(who["age"]),
                str(who["email"]),
                120 + 4 * number,
                turns,
            )
        )
    return talks


def code_interviews(rng: np.random.Generator, talks: Sequence[Interview]) -> list[Coding]:
    """The first coder's codings are the truth; the second's differ by the rates above."""
    found: list[Coding] = []
    for talk in talks:
        for at, turn in enumerate(talk.turns):
            for i, sentence in enumerate(turn.sentences):
                for code in sentence.codes:
                    found.append(Coding(talk.participant, at, i, i, code, 0))
                    found += _second(rng, talk.participant, at, turn, i, code)
    return found


def participants_by_code(codings: Sequence[Coding], coder: int | None = 0) -> dict[str, list[str]]:
    """Who holds each code, as one coder coded it, or (None) as either did."""
    found: dict[str, set[str]] = {}
    for c in codings:
        if coder is None or c.coder == coder:
            found.setdefault(c.code, set()).add(c.participant)
    return {code: sorted(who) for code, who in sorted(found.items())}


def emotion_by_touchpoint(talks: Sequence[Interview]) -> dict[str, float]:
    """Mean valence of the emotional sentences about each touchpoint, of participants' means (nobody counts twice)."""
    touchpoint = {c.name: c.touchpoint for c in CODES}
    felt: dict[str, dict[str, list[int]]] = {}
    for talk in talks:
        for turn in talk.turns:
            for sentence in turn.sentences:
                values = [VALENCES[c] for c in sentence.codes if c in VALENCES]
                places = [t for c in sentence.codes if (t := touchpoint.get(c))]
                for place in places:
                    felt.setdefault(place, {}).setdefault(talk.participant, []).extend(values)
    return {
        place: float(np.mean([np.mean(v) for v in by.values() if v]))
        for place, by in sorted(felt.items())
        if any(by.values())
    }


def _participants(rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame) -> list[int]:
    """Buyers with an account, early enough to have been interviewed in May; one of each persona in turn."""
    able = (j["buys"] & people["registered"] & people["consents"] & (j["bought_s"] < 110 * 86_400.0)).to_numpy()
    picks = []
    for k in range(len(b.PERSONAS)):
        pool = np.flatnonzero(able & (people["persona"] == k).to_numpy())
        if len(pool) < PER_PERSONA:  # a very small demo has too few buyers; anyone with an account will do
            pool = np.flatnonzero((people["registered"] & people["consents"] & (people["persona"] == k)).to_numpy())
        picks.append(rng.choice(pool, PER_PERSONA, replace=False))
    return [int(p) for row in zip(*picks, strict=True) for p in row]


def _who_holds(rng: np.random.Generator) -> dict[str, set[int]]:
    personas = len(b.PERSONAS)
    holds: dict[str, set[int]] = {}
    for code in CODES:
        chosen: set[int] = set()
        for k, count in enumerate(code.said_by):
            members = [k + personas * i for i in range(PER_PERSONA)]
            chosen |= {members[int(i)] for i in rng.choice(PER_PERSONA, count, replace=False)}
        holds[code.name] = chosen
    return holds


def _topic(
    rng: np.random.Generator,
    topic: str,
    number: int,
    persona: str,
    codes: Sequence[Code],
    words: dict[str, list[int]],
    bank: _Bank,
    fill: dict[str, str],
) -> list[Turn]:
    ask = Turn(True, [Sentence(chatter.QUESTIONS[topic][int(rng.integers(0, 3))])])
    if topic == "warm":
        lines = [chatter.WARM[persona][int(i)].format(**fill) for i in rng.permutation(6)[:3]]
        return [ask, Turn(False, [Sentence(x) for x in lines[:2]]), bank.nod(), Turn(False, [Sentence(lines[2])])]
    if topic == "end":
        turns = [ask, Turn(False, [Sentence(chatter.END[number % len(chatter.END)])])]
        if number % 3 == 1:
            answer = chatter.VOUCHER_ANSWERS[int(rng.integers(0, 3))].format(**fill)
            turns += [Turn(True, [Sentence(chatter.VOUCHER_QUESTION)]), Turn(False, [Sentence(answer)])]
        return turns
    said: list[Sentence] = []
    for code in codes:
        for _ in range(1 if len(code.sentences) < 2 * code.participants else 1 + int(rng.random() < 0.6)):
            at = words[code.name].pop(0)
            words[code.name].append(at)  # over again when all were used
            text, emotion = code.sentences[at]
            said.append(Sentence(text, (code.name, emotion) if emotion else (code.name,)))
    if not said:
        return [ask, Turn(False, [bank.say(chatter.PLAIN, topic)])]
    said.insert(0, bank.say(chatter.LEADS, topic))
    if rng.random() < 0.45:
        said.insert(int(rng.integers(2, len(said) + 1)), bank.say(chatter.ASIDES, persona))
    turns = [ask]
    while said:
        count = min(len(said), int(rng.integers(1, 4)))
        turns += [Turn(False, said[:count])]
        said = said[count:]
        if said:
            turns.append(bank.nod() if rng.random() < 0.4 else bank.probe())
    return turns


class _Bank:
    """Small talk drawn without putting the same words into two mouths before all were used."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.left: dict[str, list[str]] = {}

    def say(self, bank: dict[str, tuple[str, ...]], key: str) -> Sentence:
        """A sentence of the bank's list."""
        return Sentence(self._next(bank[key]))

    def probe(self) -> Turn:
        """The interviewer asks on."""
        return Turn(True, [Sentence(self._next(chatter.PROBES))])

    def nod(self) -> Turn:
        """The interviewer shows that she listens."""
        return Turn(True, [Sentence(self._next(chatter.NODS))])

    def _next(self, sentences: tuple[str, ...]) -> str:
        left = self.left.setdefault(sentences[0], [])
        if not left:
            left += [sentences[int(i)] for i in self.rng.permutation(len(sentences))]
        return left.pop()


def _second(rng: np.random.Generator, participant: str, at: int, turn: Turn, i: int, code: str) -> list[Coding]:
    chance, moves, swaps = rng.random(3)
    if chance < MISSES:
        return []
    if swaps < SWAPS:
        kind = {c.name: c.kind for c in CODES}
        near = [
            c
            for c in ([x.name for x in CODES if x.kind == kind[code]] if code in kind else list(VALENCES))
            if c != code
        ]
        code = near[int(rng.integers(0, len(near)))]
    first = max(i - 1, 0) if moves < MOVES / 2 else i
    last = min(i + 1, len(turn.sentences) - 1) if MOVES / 2 <= moves < MOVES else i
    return [Coding(participant, at, first, last, code, 1)]
