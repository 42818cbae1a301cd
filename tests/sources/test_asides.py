"""Headings and remarks inside of a talk: words of nobody never pass to the speaker before without being listed."""

from __future__ import annotations

import pytest

from cjm_research.sources.kinds.transcripts import Settings, parse_text

TALK = "Interviewer: Hello.\nAna: Hi there.\n{}Interviewer: How was it?\nAna: Fine.\n{}Interviewer: And?\nAna: Ok.\n"


@pytest.mark.parametrize(("heading", "listed"), [
    ("\nDELIVERY\n\n", "DELIVERY"), ("## Delivery\n", "Delivery"), ("\nPart 2\n\n", "Part 2"), ("\n2. After the purchase\n\n", "2. After the purchase"),
    ("\n**Return of the Parcel**\n\n", "Return of the Parcel"), ("\nDelivery and Returns\n\n", "Delivery and Returns"), ("\nAbschnitt 3\n\n", "Abschnitt 3"),
    ("WHAT HAPPENED NEXT\n", "WHAT HAPPENED NEXT"), ("\nIV. Rückgabe\n\n", "IV. Rückgabe")])
def test_headings_are_listed(heading: str, listed: str) -> None:
    text = TALK.format(heading, heading)
    found = parse_text(text)
    assert found.speakers == {"Interviewer": 3, "Ana": 3}
    lines = text.split("\n")
    assert found.doubtful == {listed: tuple(i for i, line in enumerate(lines, 1) if listed in line)}
    assert parse_text(text, Settings(never=[listed])).doubtful == {}


@pytest.mark.parametrize("said", ["\nYes\n\n", "\nI think so.\n\n", "OK\n", "\nand then we left\n\n", "\nOn Monday\n\n", "", "\n\n", "\n(laughs)\n\n"])
def test_words_are_no_headings(said: str) -> None:
    assert parse_text(TALK.format(said, said)).doubtful == {}


@pytest.mark.parametrize(("remark", "listed"), [
    ("Note: she laughs\n", "Note"), ("Anmerkung: das Telefon klingelt\n", "Anmerkung"), ("[Remark: inaudible]\n", "Remark"), ("Nota: se ríe\n", "Nota"),
    ("Remarque : elle rit\n", "Remarque"), ("*Observation: points at the screen*\n", "Observation")])
def test_remarks_are_listed(remark: str, listed: str) -> None:
    found = parse_text(TALK.format(remark, remark))
    assert found.speakers == {"Interviewer": 3, "Ana": 3} and found.doubtful == {listed: (3, 6)}
    assert parse_text(TALK.format(remark, remark), Settings(never=[listed.upper()])).doubtful == {}
    assert listed in parse_text(TALK.format(remark, remark).replace("[", "").replace("(", "").replace("*", ""), Settings(speakers=[listed])).speakers


def test_a_talk_with_names_above_the_words() -> None:
    text = "Ana Ray  0:01\nHello.\n\nTHE FIRST WEEK\n\nBen Fox  0:05\nHi.\n\nAna Ray  0:09\nHow?\n\nBen Fox  0:10\nFine\n"
    assert parse_text(text).doubtful == {"THE FIRST WEEK": (4,)}
