"""Labels of several styles in one file, chats with dates, times on lines of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cjm_research.sources.kinds.transcripts import PLAIN, Settings, Transcript, parse_text
from cjm_research.sources.kinds.transcripts.cues import parse_cues

TALK = "Mara Lind: how?\nDelia Kent: bad\n{} it failed\nMara Lind: why?\n{} no idea\nDelia Kent: bye\n"
PROVEN = ["user_9 (00:12):", "[00:12] user_9:", "user_9 [00:12:33]:", "user_9 00:12:", "(00:12) user_9:", "**user_9** (00:12):"]
LOOSE = ["user_9 -", "user_9 –", "user_9>", "user_9;", "user_9\t", "[user_9]", "<user_9>"]


def said(found: Transcript) -> list[tuple[str | None, str]]:
    return found.first(99)


@pytest.mark.parametrize("declared", [(), ("user_9",), ("USER_9",)])
@pytest.mark.parametrize("label", PROVEN + LOOSE)
def test_a_label_of_another_style_is_a_turn_or_listed(label: str, declared: tuple[str, ...]) -> None:
    found = parse_text(TALK.format(label, label), Settings(speakers=declared))
    name = declared[0] if declared else "user_9"
    if label in LOOSE and not declared:
        assert found.doubtful == {"user_9": (3, 5)}
        assert "user_9" not in found.speakers
    else:
        assert [who for who, _ in said(found)] == ["Mara Lind", "Delia Kent", name, "Mara Lind", name, "Delia Kent"]
        assert [w for _, w in said(found)] == ["how?", "bad", "it failed", "why?", "no idea", "bye"]
        assert not found.doubtful


def test_times_of_labels_in_another_style_are_kept() -> None:
    found = parse_text(TALK.format("user_9 (00:12):", "user_9 00:01:15:"))
    assert [t.start_s for t in found.turns] == [None, None, 12, None, 75, None]


def test_a_declared_speaker_counts_where_headings_win() -> None:
    text = "Mara 0:01\nhow?\n\nDelia 0:02\nbad\nuser_9: me too\nmore\n\nMara 0:03\nwhy?\n\nDelia 0:04\nso\n"
    assert said(parse_text(text, Settings(speakers=["user_9"])))[1:3] == [("Delia", "bad"), ("user_9", "me too\nmore")]
    shop = text.replace("user_9", "Shop")
    assert said(parse_text(shop, Settings(speakers=["Shop"])))[1:3] == [("Delia", "bad"), ("Shop", "me too\nmore")]
    undeclared = parse_text(shop)
    assert ("Delia", "bad\nShop: me too\nmore") in said(undeclared) and undeclared.doubtful == {"Shop": (6,)}


def test_declared_speakers_alone_tell_turns_apart() -> None:
    text = "ana; how?\nben - bad\nana > why?\n"
    assert said(parse_text(text, Settings(speakers=["ana", "ben"]))) == [("ana", "how?"), ("ben", "bad"), ("ana", "why?")]
    assert parse_text(text).style == PLAIN


def test_a_subject_in_another_style_stays_in_the_words_and_is_listed() -> None:
    text = "Mara (0:01): how?\nDelia (0:02): bad\nPrice: too high\nMara (0:03): why?\nDelia (0:04): so\nPrice: again\n"
    found = parse_text(text)
    assert set(found.speakers) == {"Mara", "Delia"} and found.doubtful == {"Price": (3, 6)}
    assert parse_text(text, Settings(never=["Price"])).doubtful == {}


CHATS = [
    "01/20/19, 11:23 - {}: {}\n", "1/2/24, 9:05 PM - {}: {}\n", "[20.01.19, 11:23:45] {}: {}\n", "[2019-12-24, 12:23] {}: {}\n",
    "\u200e[01/20/19 11:23] {}: {}\n", "2024-03-01 10:00:07 {}: {}\n", "20.01.2019, 11:23 - ~ {}: {}\n", "[2024-03-01T10:00:07] {}: {}\n",
]


@pytest.mark.parametrize("form", CHATS)
@pytest.mark.parametrize("declared", [(), ("delia k",)])
def test_messages_of_chats_are_turns(form: str, declared: tuple[str, ...]) -> None:
    mark = form.split("{}")[0].rstrip("~ ").removesuffix(" -")
    text = form.format("delia k", "hi: you") + form.format("🙂", "well") + f"{mark} - +49 151 23 added somebody\n" + form.format("+49 151 23", "it is\nlate")
    found = parse_text(text, Settings(speakers=declared))
    assert said(found) == [("delia k", "hi: you"), ("🙂", "well"), ("+49 151 23", "it is\nlate")]
    assert [x.line for x in found.leftovers] == [3] and not found.doubtful
    assert "dates and times" in found.notes[0]


def test_chats_as_exported(shared: Path) -> None:
    chats = shared / "data/chats"
    for text, target in (("signal_test_export.txt", "signal"), *((f"whatsapp_test_{d}_24hrs.txt", "whatsapp") for d in ("ddmmyy", "mmddyy", "[mmddyy]"))):
        wanted = [(m["author"], m["message"]) for m in json.loads((chats / f"{target}_target.json").read_text(encoding="utf-8"))]
        got = [(who, " ".join(words.split())) for who, words in said(parse_text((chats / text).read_text(encoding="utf-8")))]
        assert sorted(got) == sorted(wanted), text


def test_bare_times_behind_names() -> None:
    found = parse_text("Mara Lind 00:00: how?\nDelia 00:03: bad\nMara Lind 00:07: why?\nDelia 00:09: so\n")
    assert said(found) == [("Mara Lind", "how?"), ("Delia", "bad"), ("Mara Lind", "why?"), ("Delia", "so")]
    assert [t.start_s for t in found.turns] == [0, 3, 7, 9]


@pytest.mark.parametrize("form", ["{0}\n{1}\n{2}\n\n", "{1}\n{0}\n{2}\n\n", "{0}:\n{1}\n{2}\n\n", "{0}\n[{1}]\n{2}\n\n"])
def test_times_on_a_line_of_their_own_are_no_words(form: str) -> None:
    talk = [("Mara Lind", "00:07", "how was it?"), ("Delia Kent", "00:09", "bad"), ("Mara Lind", "00:12", "why?"), ("Delia Kent", "00:15", "so")]
    found = parse_text("".join(form.format(*turn) for turn in talk))
    assert said(found) == [(who, words) for who, _, words in talk]
    assert [t.start_s for t in found.turns] == [7, 9, 12, 15] and not found.leftovers


def test_subtitles_with_a_voice_keep_no_font_tags() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n<v Mara>how</v>\n\n2\n00:00:03,000 --> 00:00:04,000\n<v Delia><font color=\"#fff\">bad {b}and{/b} < 3 days</font></v>\n"
    assert said(parse_cues(text, "srt")) == [("Mara", "how"), ("Delia", "bad and < 3 days")]


def test_people_of_a_group_speak_in_any_order() -> None:
    talk = [("Moderator", "How?"), ("Anna", "online"), ("Ben", "in store"), ("Cleo", "both"), ("Moderator", "And then?"), ("Ben", "no"), ("Anna", "yes"), ("Cleo", "well")]
    assert said(parse_text("".join(f"{who}: {what}\n" for who, what in talk))) == talk
    listed = "Interviewer: Tell me.\nAnna: These:\nFabric: rough\nService: good\nInterviewer: ok\nAnna: Also\nService: fine\nFabric: soft\nInterviewer: so\nAnna: bye\n"
    assert set(parse_text(listed).doubtful) == {"Fabric", "Service"}  # one person's list


def test_dated_lines_of_a_diary_name_nobody() -> None:
    text = "2024-01-02 10:00 Breakfast: eggs\n2024-01-02 12:00 Lunch: soup\n2024-01-03 10:00 Breakfast: toast\n"
    found = parse_text(text)
    assert not found.speakers and found.doubtful == {"Breakfast": (1, 3), "Lunch": (2,)} and len(found.turns) == 3
    assert set(parse_text(text, Settings(speakers=["Breakfast", "Lunch"])).speakers) == {"Breakfast", "Lunch"}
    chat = "2024-01-02 10:00 Mara: eggs?\n2024-01-02 10:01 Delia: no\n2024-01-02 10:02 Mara: ok\n"
    assert set(parse_text(chat).speakers) == {"Mara", "Delia"}


def test_the_sign_of_another_speaker_needs_no_other_proof() -> None:
    assert said(parse_text(">> ANNA: how\n>> BOB: hi\n>> ANNA: bye\n")) == [("ANNA", "how"), ("BOB", "hi"), ("ANNA", "bye")]


def test_font_tags_of_webvtt_are_no_words() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Mara>I pay <font color=\"red\">a lot</font> if <5 days</v>\n"
    assert said(parse_cues(text, "webvtt")) == [("Mara", "I pay a lot if <5 days")]


MARA_AND_JO = [("Mara Lind", "hello"), ("Jo", "hi\nthere"), ("Mara Lind", "bye")]


@pytest.mark.parametrize("form", [
    "[1/12/2026 10:0{n} AM] {who}\n{words}\n", "{who}, [12.01.2026 10:0{n}]\n{words}\n\n", "{who} — 12/01/2026 10:0{n}\n{words}\n", "[2026-01-12T10:0{n}:00Z] {who}: {words}\n",
    "[2026-01-12 10:0{n}:00.123 +0100] {who}: {words}\n", "10:0{n}:11 From {who} to Everyone:\n\t{words}\n", "10:0{n}:11  Von {who} an alle : {words}\n",
    "13/01/2026, 10:0{n} pm - {who}: {words}\n"])
def test_chats_of_other_programs(form: str) -> None:
    text = "".join(form.format(n=n, who=who, words=words) for n, (who, words) in enumerate(MARA_AND_JO))
    assert said(parse_text(text)) == MARA_AND_JO


@pytest.mark.parametrize("heading", ["Round 2", "Session 3", "Part B", "Task 4", "Aufgabe 2", "Partie II", "Pause", "2. Runde", "Question 2", "Frage 3"])
@pytest.mark.parametrize("asks", ["Interviewer", "Moderatorin"])
def test_headings_are_no_speakers_and_are_listed(heading: str, asks: str) -> None:
    text = f"{asks}: hello\nAnna: hi\n{heading}: next\n{asks}: how long\nAnna: two years\n{heading}: next\nAnna: more\n"
    found = parse_text(text)
    assert set(found.speakers) == {asks, "Anna"} and found.doubtful == {heading: (3, 6)}
    assert heading in parse_text(text, Settings(speakers=[heading])).speakers, "declared ones count"


def test_questions_and_answers_still_talk() -> None:
    assert parse_text("Question 1: where\nAnswer 1: here\nQuestion 2: when\nAnswer 2: now\n").speakers == {"Question 1": 1, "Answer 1": 1, "Question 2": 1, "Answer 2": 1}


def test_labels_before_a_dash_are_listed() -> None:
    assert parse_text("- Mara – hello there\n- Jo – hi\n- Mara – bye\n- Jo – ok\n").doubtful == {"Mara": (1, 3), "Jo": (2, 4)}
