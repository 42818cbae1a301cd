"""Masking: what has a form, what is known by name, spans that move along, and no way out of the machine."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.privacy.masking import Edit, Masker, Register, apply_edits, mask_documents, names_of, region_of


@pytest.fixture(autouse=True)
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def masker(**options: Any) -> Masker:
    return Masker(
        **{
            "names": {"Müller, Dana (Guest)": "P7", "Ana Berg": None},
            "places": ["Ulm", "Bad Wörishofen"],
            "countries": ["DE"],
            **options,
        }
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dana's phone, Danas Handy, DANA MÜLLER", "[P7]'s phone, [P7]s Handy, [P7]"),
        ("D. Müller and D.M. met Müller, Dana.", "[P7] and [P7] met [P7]."),
        ("dana said Danaher", "[P7] said Danaher"),
        ("Ana saw Ana Berg, Bergen and an iceberg", "[Person 1] saw [Person 1], Bergen and an iceberg"),
        ("from Ulm to Bad\nWörishofen, Ulms Dom", "from [Place 1] to [Place 2], [Place 1]s Dom"),
        ("mail dana.m+x@web.example.de, then a@b.cc.", "mail [E-mail 1], then [E-mail 2]."),
        ("ring 0731 1234567 or +49 731 1234567!", "ring [Phone 1] or [Phone 2]!"),
        ("card 4111 1111 1111 1111, not 4111 1111 1111 1112", "card [Card 1], not 4111 1111 1111 1112"),
        ("IBAN DE89 3704 0044 0532 0130 00 bitte", "IBAN [IBAN 1] bitte"),
        ("DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
        ("host 192.168.17.4, version 1.2.3.400", "host [IP address 1], version 1.2.3.400"),
        ("order 12345 on 2026-03-01 at 10:30 for 1,200.50", "order 12345 on 2026-03-01 at 10:30 for 1,200.50"),
        ("Dana Mu\u0308ller", "[P7]"),
        ("ask @dana_m there", "ask [Account 1] there"),
    ],
)
def test_what_is_masked(text: str, expected: str) -> None:
    assert masker().mask(text).text == expected


@pytest.mark.parametrize("name", ["Bo Li", "Yu Wu", "Jo Öz"])
def test_names_of_two_letters_are_masked_each_by_itself(name: str) -> None:
    first, last = name.split()
    masked = masker(names={name: None}).mask(f"Then {first} called. Ask {last}, not {first} {last} or {first[0]}. {last}; {last}, {first} knows.").text
    assert not {first, last} & set(re.findall(r"\w+", masked)), masked
    assert masked.startswith("Then ") and masked.endswith(" knows.")


def test_names_that_are_words() -> None:
    found = masker(names={"Will Rose": None})
    assert (
        found.mask("Will you ask? I met Will. It will rise. A rose.").text
        == "Will you ask? I met [Person 1]. It will rise. A rose."
    )


def test_keep_and_roles() -> None:
    found = masker(names={"Participant": None, "P1": None, "Dana": None}, keep=["Dana"])
    assert found.mask("Participant P1 likes Dana").edits == ()


def test_pseudonyms_are_stable(tmp_path: Path) -> None:
    path = tmp_path / "register.json"
    register = Register(path)
    first = masker(register=register).mask("a@b.cc and Ana").text
    register.save()
    again = masker(register=Register(path)).mask("c@d.ee, then Ana and a@b.cc").text
    assert first == "[E-mail 1] and [Person 1]" and again == "[E-mail 2], then [Person 1] and [E-mail 1]"
    path.write_text("{")
    with pytest.raises(BadInput):
        Register(path)


PIECES = ["Dana", "Ana Berg", "Ulm", "a@b.cc", "0731 1234567", "4111111111111111", "😀", "é", "then", ",", "[x]", "\n"]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.data())
def test_spans_move_along(pieces: list[str], data: st.DataObject) -> None:
    text = " ".join(pieces)
    masked = masker().mask(text)
    assert masker(register=Register()).mask(masked.text).edits == ()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    new_start, new_end = masked.move(start, end)
    assert 0 <= new_start <= new_end <= len(masked.text)
    # Recomputed the slow way: grow the span over the edits it touches, then mask that piece by hand.
    touched = [e for e in masked.edits if e.start < end and start < e.end]
    low, high = min([start, *(e.start for e in touched)]), max([end, *(e.end for e in touched)])
    if start < end:
        piece = [Edit(e.start - low, e.end - low, e.replacement, e.kind, e.original) for e in touched]
        assert masked.text[new_start:new_end] == apply_edits(text[low:high], piece).text


def test_tables_keep_their_spans() -> None:
    text = "Ana Berg: How, Dana?\nDana: I called 0731 1234567 from Ulm 😀 twice.\n"
    documents = pd.DataFrame(
        [
            {
                "document_id": "Interview Dana",
                "participant_id": "P7",
                "text": text,
                "text_sha256": "",
                "attributes": '{"Case": "Dana", "n": 1}',
            }
        ]
    )
    turns = pd.DataFrame(
        [
            {
                "document_id": "Interview Dana",
                "turn": 1,
                "start": 10,
                "end": 20,
                "speaker": "Ana Berg",
                "is_interviewer": True,
            },
            {
                "document_id": "Interview Dana",
                "turn": 2,
                "start": 27,
                "end": len(text) - 1,
                "speaker": "Dana",
                "is_interviewer": False,
            },
        ]
    )
    quotes = ["called 0731 1234567", "1234567 from", "twice", "Dana?"]
    rows = [
        {
            "document_id": "Interview Dana",
            "start": text.index(q),
            "end": text.index(q) + len(q),
            "quote": q,
            "memo": None,
        }
        for q in quotes
    ]
    codings = pd.DataFrame(
        [*rows, {"document_id": "Interview Dana", "start": None, "end": None, "quote": "Ana said", "memo": "see Dana"}]
    )
    names = names_of(documents, turns)
    assert names == {"Ana Berg": None, "Dana": "P7"}
    d, t, c, log = mask_documents(documents, turns, codings, Masker(names, places=["Ulm"], countries=["DE"]))
    new = d.loc[0, "text"]
    assert new == "[Person 1]: How, [P7]?\n[P7]: I called [Phone 1] from [Place 1] 😀 twice.\n"
    assert [new[a:b] for a, b in zip(t["start"], t["end"], strict=True)] == [
        "How, [P7]?",
        "I called [Phone 1] from [Place 1] 😀 twice.",
    ]
    assert t["speaker"].tolist() == ["Person 1", "P7"]
    assert c["quote"].tolist() == ["called [Phone 1]", "[Phone 1] from", "twice", "[P7]?", "[Person 1] said"]
    assert [new[a:b] for a, b in zip(c["start"][:4], c["end"][:4], strict=True)] == c["quote"].tolist()[:4]
    assert c["start"].isna()[4] and c["memo"][4] == "see [P7]" and pd.isna(c["memo"][0])
    assert d.loc[0, "attributes"] == '{"Case": "[P7]", "n": 1}' and set(c["document_id"]) == {"Interview P7"} == set(
        d["document_id"]
    )
    assert [text[a:b] for a, b in zip(log["start"], log["end"], strict=True)] == log["original"].tolist()
    assert documents.loc[0, "text"] == text  # what came in is not changed


def test_review_lists_what_may_be_left() -> None:
    found = masker().review(
        [
            masker()
            .mask("We met Cleo in Vienna. Then Mr. Cooper gave me 471123. I asked DM. Later it froze on Monday.")
            .text
        ]
    )
    words = {(s.word, s.reason) for s in found}
    assert {
        ("Cleo", "a capitalised word"),
        ("Vienna", "perhaps a place"),
        ("Cooper", "a word after a title"),
        ("471123", "a long number"),
        ("DM", "the initials of a known name"),
    } <= words
    assert not {"We", "Then", "Later", "Monday", "P7"} & {s.word for s in found}
    german = masker().review(["Ich traf Herrn Kunze und der Laden war zu, sagte Eva Kurz."], "de")
    assert {s.word for s in german} == {"Kunze", "Kurz"}


def test_regions() -> None:
    assert region_of("Europe/Berlin") == "DE" and region_of("Europe/Vienna", "de") == "AT" and region_of("UTC", "en-GB") == "GB"
    assert region_of("UTC", "de") == "DE" and region_of("UTC", "en") is None


@pytest.mark.parametrize(("text", "masked"), [
    ("My name is Dana Fox and I am cross.", "My name is [Person 1] and I am cross."),
    ("The tent leaks.\nKind regards,\nDana Fox", "The tent leaks.\nKind regards,\n[Person 1]"),
    ("Das Zelt ist undicht.\nMit freundlichen Grüßen\nJörg Müller-Lüdenscheidt\n", "Das Zelt ist undicht.\nMit freundlichen Grüßen\n[Person 1]\n"),
    ("Please call me back. Thanks, Olga", "Please call me back. Thanks, [Person 1]"),
    ("Ich heiße Aylin. Das Paket fehlt.", "Ich heiße [Person 1]. Das Paket fehlt."),
    ("Je m’appelle Zoé Lefèvre, bonjour", "Je m’appelle [Person 1], bonjour"),
    ("Thanks, Team!", "Thanks, Team!"), ("Thanks, it works", "Thanks, it works"), ("my name is on the list", "my name is on the list"),
    ("Regards to all.\nThe tent", "Regards to all.\nThe tent"), ("Thanks for nothing. Dana", "Thanks for nothing. Dana"),
])
def test_names_that_a_text_itself_gives_away(text: str, masked: str) -> None:
    masker = Masker()
    found = masker.mask(text)
    assert found.text == masked and masker.mask(masked).text == masked
    assert all(text[e.start:e.end] == e.original for e in found.edits)
