"""Nothing is lost: every word of a transcript's file is in the text, or counted by the reader under its reason.

Files are made at random, and read a second time by plain readers written here: line by line, with the mark-up of the
test's own making taken out. Words that the reader joins, leaves over or keeps as remarks are compared as multisets.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.sources.kinds.transcripts import Transcript, parse_text, parse_transcript
from cjm_research.sources.kinds.transcripts.cues import parse_cues

LABELS = st.sampled_from(["Ana", "Ben Ray", "delia k", "user_17", "P1", "Interviewer", "Price", "what i mean", "王芳", "أحمد علي", "Dr. Weiß", "Interviewee 1 & Interviewee 2"])
WORDS = st.lists(
    st.sampled_from(["we", "waited", "<3", "<laughs>", "a<b", "x>y", "R&D", "10:30", "so:", "-->", "😀", "„ja“", "{well}", "https://a.example/b", "naïve", "-", "3", "مرحبا"]), min_size=1, max_size=6
).map(" ".join)
LINES = st.one_of(WORDS, st.tuples(LABELS, WORDS).map(": ".join))


def letters(text: str) -> Counter[str]:
    """Every character that is not blank, as often as it occurs."""
    return Counter(c for c in text if not c.isspace())


def tiles(found: Transcript) -> None:
    """Turns follow each other, never overlap, and their words are the text's but for labels and times between them."""
    at = 0
    for turn in found.turns:
        assert at <= turn.start < turn.end <= len(found.text)
        assert not found.text[turn.start].isspace() and not found.text[turn.end - 1].isspace()
        at = turn.end


@given(st.lists(st.one_of(LINES, st.just("")), min_size=1, max_size=14))
@settings(max_examples=150)
def test_plain_text(lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    found = parse_text(text)
    tiles(found)
    assert found.text == text
    spoken = sum((letters(text[t.start : t.end]) for t in found.turns), Counter())
    left = sum((letters(x.text) for x in found.leftovers), Counter())
    # a second reader: what is neither said nor left over is one label and its colon before each turn with a speaker
    labels = sum((letters(t.speaker or "") for t in found.turns), Counter())
    rest = letters(text) - spoken - left
    assert sum(rest.values()) <= sum(labels.values()) + len(found.turns) and not spoken - letters(text)
    for turn in found.turns:
        if turn.speaker:
            before = text[: turn.start].rstrip()
            assert re.sub(r"\W", "", turn.speaker).casefold() in re.sub(r"\W", "", before.split("\n")[-1]).casefold()
    for label, at in found.doubtful.items():
        assert all(label.casefold() in lines[n - 1].casefold() for n in at)


MARKS = [("<i>", "</i>"), ("<b>", "</b>"), ("", "")]


@st.composite
def cues(draw: st.DrawFn) -> list[list[str]]:
    """Payloads of cues, one to three lines each; some have none."""
    return draw(st.lists(st.lists(LINES, min_size=0, max_size=3), min_size=1, max_size=10))


def said(payloads: list[list[str]]) -> Counter[str]:
    """The second reader: the words of all cues, one by one."""
    return Counter(w for lines in payloads for line in lines for w in line.split())


@pytest.mark.parametrize("kind", ["webvtt", "srt", "sbv"])
@given(cues(), st.sampled_from(MARKS), st.booleans(), st.booleans())
@settings(max_examples=100)
def test_captions(kind: str, payloads: list[list[str]], mark: tuple[str, str], windows: bool, numbered: bool) -> None:
    blocks = []
    for i, lines in enumerate(payloads):
        stamp = f"00:00:{2 * i:02}.000 --> 00:00:{2 * i + 1:02}.000"
        written = {"webvtt": stamp, "srt": stamp.replace(".", ","), "sbv": stamp.removeprefix("0").replace(" --> 0", ",")}[kind]
        blocks.append("\n".join([*([str(i + 1)] if numbered and kind != "sbv" else []), written, *(f"{mark[0]}{line}{mark[1]}" for line in lines)]))
    text = ("WEBVTT\n\n" if kind == "webvtt" else "") + "\n\n".join(blocks) + "\n"
    found = parse_cues(text, "srt" if kind == "sbv" else kind)
    tiles(found)
    assert {t.start_s for t in found.turns} <= {2.0 * i for i in range(len(payloads))}
    words = said(payloads)
    got = Counter(found.text.split())
    left = Counter(w for x in found.leftovers for w in x.text.split())
    missing = words - got - left
    joined = found.repeated + _labels_merged(found, payloads)
    if found.style.endswith("above the words"):
        joined += sum(len(lines[0].split()) for lines in payloads if lines)
    assert sum(missing.values()) <= joined, missing
    assert not got - words - _shown(found), got - words
    spoken = " ".join(found.text[t.start : t.end] for t in found.turns)
    assert Counter(spoken.split()) + Counter(w for t in found.turns if t.speaker for w in f"{t.speaker}:".split()) == got
    assert [t.start_s for t in found.turns] == sorted(t.start_s or 0 for t in found.turns)


def _labels_merged(found: Transcript, payloads: list[list[str]]) -> int:
    """Words of labels before words that were joined to the turn before: a speaker's name is written once a turn."""
    names = {s.casefold() for s in found.speakers}
    return sum(len(line.split(":")[0].split()) for lines in payloads for line in lines if line.split(":")[0].strip().casefold() in names)


def _shown(found: Transcript) -> Counter[str]:
    """Words that the canonical text writes beside the file's: a speaker's name before each turn."""
    return Counter(w for t in found.turns if t.speaker for w in f"{t.speaker}:".split())


@given(cues())
@settings(max_examples=100)
def test_rolling_captions(payloads: list[list[str]]) -> None:
    """Each line shown in two cues is said once: the joined words are those of the lines."""
    lines = [f"line {i} {' '.join(c[0].split(': ')[-1].split())}" for i, c in enumerate(p for p in payloads if p)]
    if len(lines) < 4:
        return
    shown = [[lines[0]], *([a, b] for a, b in zip(lines, lines[1:], strict=False))]
    text = "WEBVTT\n\n" + "\n\n".join(f"00:00:{i:02}.000 --> 00:00:{i + 1:02}.000\n" + "\n".join(c) for i, c in enumerate(shown))
    found = parse_cues(text, "webvtt")
    assert " ".join(found.text[t.start : t.end] for t in found.turns).split() == " ".join(lines).split()
    assert found.repeated == sum(len(line.split()) for line in lines[:-1])


@given(st.lists(st.tuples(LABELS, WORDS), min_size=1, max_size=8), st.booleans())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_word_documents(tmp_path: Path, talk: list[tuple[str, str]], table: bool) -> None:
    document = Document()
    if table:
        grid = document.add_table(rows=0, cols=2)
        for who, what in talk:
            row = grid.add_row().cells
            row[0].text, row[1].text = who, what
    else:
        for who, what in talk:
            document.add_paragraph(f"{who}: {what}")
    document.save(tmp_path / "t.docx")
    found = parse_transcript(tmp_path / "t.docx")
    tiles(found)
    whole = letters("".join(who + ("" if table else ":") + what for who, what in talk))
    left = sum((letters(x.text) for x in found.leftovers), Counter())
    assert letters(found.text) == whole and not left - whole


@pytest.mark.parametrize("number", range(1, 8))
def test_real_interviews(shared: Path, number: int) -> None:
    """The turns of real transcripts, against splitting at labels by lines."""
    path = shared / "data" / "pdpilot_interviews" / "txt" / f"P{number}.txt"
    found = parse_transcript(path)
    raw = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    assert found.text == raw and not found.leftovers and not found.joint
    names = "|".join(map(re.escape, found.speakers))
    turns = [t.strip() for t in re.split(rf"(?m)^(?:{names}):", raw) if t.strip()]
    assert [" ".join(w.split()) for _, w in found.first(10_000)] == [" ".join(t.split()) for t in turns]
    spoken = sum((letters(raw[t.start : t.end]) for t in found.turns), Counter())
    assert letters(raw) - spoken == sum((letters(f"{t.speaker}:") for t in found.turns), Counter())
