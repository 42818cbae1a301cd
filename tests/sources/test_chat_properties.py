"""Chats and tables of turns against a second reader: who said what, message by message, and nothing else.

Talks are made at random and written down as several programs do; the test knows what each message was. What a program says
by itself is left over and counted; the lines of a message stay with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjm_research.sources.kinds.transcripts import parse_text

NAMES = ["Ana", "Ben Ray", "delia k", "user_17", "王芳", "أحمد علي", "Dr. Weiß", "+49 170 1234567"]
WORDS = st.lists(st.sampled_from(["we", "waited", "<3", "<laughs>", "a<b", "x>y", "R&D", "10:30", "so", "-->", "😀", "„ja“", "{well}", "https://a.example/b", "naïve", "3", "مرحبا"]),
                 min_size=1, max_size=6).map(lambda words: " ".join(["ok", *words]))
MESSAGE = st.tuples(st.integers(0, 7), st.lists(WORDS, min_size=1, max_size=3), st.booleans())
NOTICE = "Messages and calls are end-to-end encrypted"
START = datetime(2024, 3, 4, 9, 58)

#: how a program writes (name, time, first line of the message); None: a line of its own above the message
BESIDE: dict[str, Callable[[str, datetime], str]] = {
    "bracketed": lambda who, at: f"[{at:%d/%m/%Y, %H:%M:%S}] {who}: ", "dashed": lambda who, at: f"{at:%d.%m.%y, %H:%M} - {who}: ",
    "american": lambda who, at: f"[{at:%m/%d/%y, %I:%M:%S %p}] {who}: ", "narrow space": lambda who, at: f"{at:%m/%d/%y, %I:%M}\u202f{at:%p} - {who}: ",
    "iso": lambda who, at: f"{at:%Y-%m-%d %H:%M:%S} {who}: ", "marked": lambda who, at: f"\u200e[{at:%d.%m.%y, %H:%M:%S}] {who}: ",
}
ABOVE: dict[str, Callable[[str, datetime], str]] = {
    "telegram": lambda who, at: f"{who}, [{at:%d.%m.%Y %H:%M}]\n", "discord": lambda who, at: f"{who} — {at:%d/%m/%Y %H:%M}\n",
    "dated": lambda who, at: f"[{at:%Y-%m-%d %H:%M}] {who}\n",
}
TABLES: dict[str, Callable[[str, datetime, str], str]] = {
    "name, words": lambda who, at, said: f"{who}\t{said}", "time, name, words": lambda who, at, said: f"{at:%H:%M:%S}\t{who}\t{said}",
    "name, time, words": lambda who, at, said: f"{who}\t{at:%H:%M:%S}\t{said}", "to all": lambda who, at, said: f"{at:%H:%M:%S} From {who} to Everyone: {said}",
}


def talk(messages: list[tuple[int, list[str], bool]]) -> list[tuple[str, datetime, list[str], bool]]:
    """Two people at least, who answer each other; each message a minute later."""
    everyone = [(0, ["ok hello"], False), (1, ["ok hi"], False), (0, ["ok go"], False), *messages, (1, ["ok bye"], False)]
    return [(NAMES[who], START + timedelta(minutes=i, seconds=i), said, notice) for i, (who, said, notice) in enumerate(everyone)]


def told(text: str, messages: list[tuple[str, str]]) -> None:
    """Every message is a turn of who wrote it, or its name is listed with its line; none passes to another unseen."""
    found = parse_text(text)
    assert [t.speaker for t in found.turns] == [who for who, _ in messages if who in found.speakers]
    spoken = iter(found.turns)
    for who, said in messages:
        if who in found.speakers:
            turn = next(spoken)
            assert found.text[turn.start : turn.end].startswith(said)
    for who in {who for who, _ in messages} - set(found.speakers):
        assert len(found.doubtful[who]) == sum(w == who for w, _ in messages)
    # of rows without times the pair that alternates most carries the talk: who opens it may be listed in its place (found with 4, 1, 4)
    assert len(found.speakers) >= 2 and {"Ana", "Ben Ray"} & set(found.speakers)
    assert all(x.text.split("\t")[0] in found.doubtful for x in found.leftovers)


def said_by(text: str) -> list[tuple[str | None, str]]:
    return [(t.speaker, text[t.start : t.end]) for t in parse_text(text).turns]


@pytest.mark.parametrize("form", BESIDE)
@given(st.lists(MESSAGE, max_size=8))
@settings(max_examples=25)
def test_messages_beside_their_names(form: str, messages: list[tuple[int, list[str], bool]]) -> None:
    chat = talk(messages)
    text, notices = "", 0
    for who, at, said, notice in chat:
        if notice:
            text += BESIDE[form]("\0", at).replace("\0: ", "") + NOTICE + "\n"
            notices += 1
        text += BESIDE[form](who, at) + "\n".join(said) + "\n"
    found = parse_text(text)
    assert said_by(text) == [(who, "\n".join(said)) for who, _, said, _ in chat]
    assert sum(NOTICE in x.text for x in found.leftovers) == notices == len(found.leftovers)
    assert not found.doubtful


@pytest.mark.parametrize("form", ABOVE)
@given(st.lists(MESSAGE, max_size=8))
@settings(max_examples=25)
def test_messages_below_their_names(form: str, messages: list[tuple[int, list[str], bool]]) -> None:
    chat = talk(messages)
    text = "\n".join(ABOVE[form](who, at) + "\n".join(said) + "\n" for who, at, said, _ in chat)
    told(text, [(who, "\n".join(said)) for who, _, said, _ in chat])


@pytest.mark.parametrize("form", TABLES)
@given(st.lists(MESSAGE, max_size=8))
@settings(max_examples=25)
def test_tables(form: str, messages: list[tuple[int, list[str], bool]]) -> None:
    chat = [(who, at, " ".join(said)) for who, at, said, _ in talk(messages)]
    text = "\n".join(TABLES[form](who, at, said) for who, at, said in chat) + "\n"
    told(text, [(who, said) for who, _, said in chat])
    if form != "name, words":
        found = parse_text(text)
        assert said_by(text) == [(who, said) for who, _, said in chat]
        times = [t.start_s for t in found.turns]
        assert times == [at.hour * 3600 + at.minute * 60 + at.second for _, at, _ in chat]
