"""Languages, copies and words of texts: the cases of the reference, brute force, and odd input."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from cjm_research.analysis.voices.copies import ALIKE, _jaccard, _runs, copies
from cjm_research.analysis.voices.language import language_of
from cjm_research.analysis.voices.texts import EMPTY, NOTHING, SHORT, SUBSTANTIAL, kind_of, terms_of, words_of


def test_short_texts_do_not_say_their_language(oracle: Any) -> None:
    case = next(c for c in oracle("voices") if c["name"] == "language_short_text")
    assert [language_of(t) for t in case["inputs"]["texts"]] == [None, None, None, "ru"]
    german = next(c for c in oracle("voices") if c["name"] == "vader_on_german")["inputs"]["text"]
    assert language_of(german) is None, "four words: too little margin"


@pytest.mark.parametrize(("language", "text"), [
    ("en", "The parcel has not arrived yet and nobody answers my mails."), ("de", "Das Paket ist noch nicht da und niemand antwortet auf meine Mails."),
    ("fr", "Le colis n'est pas encore arrivé et personne ne répond à mes messages."), ("es", "El paquete todavía no ha llegado y nadie contesta a mis correos."),
    ("pt", "O pacote ainda não chegou e ninguém responde às minhas mensagens."), ("it", "Il pacco non è ancora arrivato e nessuno risponde alle mie mail."),
    ("nl", "Het pakket is nog niet aangekomen en niemand antwoordt op mijn mails."), ("pl", "Paczka jeszcze nie dotarła i nikt się nie odzywa, a to już jest bardzo długo."),
    ("ru", "Посылка ещё не пришла, и никто не отвечает."), ("uk", "Посилка ще не прийшла, і ніхто не відповідає."), ("el", "Το δέμα δεν έχει φτάσει ακόμα."), ("he", "החבילה עדיין לא הגיעה"),
    ("zh", "包裹还没有到，也没有人回复我的邮件。"), ("ja", "荷物がまだ届きません。"), ("th", "พัสดุยังไม่มาถึง")])
def test_languages(language: str, text: str) -> None:
    assert language_of(text) == language
    assert language_of(text, allowed=["sv"]) is None, "a language that cannot occur is none"


def test_shuffled_letters_are_of_no_language() -> None:
    rng = np.random.default_rng(4)
    assert [language_of(" ".join("".join(rng.choice(list("qwrtzpsdfghjklxcvbnm"), 6)) for _ in range(12))) for _ in range(20)] == [None] * 20


def test_copies_are_those_that_brute_force_finds() -> None:
    rng = np.random.default_rng(2)
    words = [f"word{k}" for k in "abcdefghijklmnopqrstuvw"]
    texts = [" ".join(rng.choice(words, 14)) for _ in range(60)]
    for i in rng.integers(0, 60, 40):  # one word changed or added
        own = texts[i].split(" ")
        own[rng.integers(0, 14)] = "other"
        texts.append(" ".join(own if rng.random() < 0.5 else [*texts[i].split(" "), "end"]))
    parent = list(range(len(texts)))
    for a, b in combinations(range(len(texts)), 2):
        if _jaccard(_runs(texts[a]), _runs(texts[b])) >= ALIKE:
            parent = [parent[a] if p == parent[b] else p for p in parent]
    found = copies(texts)
    groups = [[i for i in range(len(texts)) if found[i] == g] for g in sorted(set(found))]
    brute = [[i for i in range(len(texts)) if parent[i] == g] for g in sorted(set(parent))]
    assert sorted(map(tuple, groups)) == sorted(map(tuple, brute))
    assert (found <= np.arange(len(texts))).all(), "the first stands for its copies"


def test_what_turns_a_text_round_is_no_copy() -> None:
    assert copies(["The refund has arrived here today.", "the refund has arrived here TODAY", "The refund has not arrived here today."]).tolist() == [0, 0, 2]
    assert copies(["I waited 20 minutes for the van to come to my house", "I waited 30 minutes for the van to come to my house"]).tolist() == [0, 1]
    assert copies(["Slot was gone when I wanted to pay with my card"] * 500).max() == 0
    assert copies([]).tolist() == [] and copies(["", "", "x"]).tolist() == [0, 0, 2]


@pytest.mark.parametrize(("text", "kind"), [(None, EMPTY), ("  \n", EMPTY), ("n/a", NOTHING), ("Nothing.", NOTHING), ("---", NOTHING), ("😀😀", NOTHING), ("XXXX XX/XX", NOTHING),
                                            ("Very good", SHORT), ("It came late", SUBSTANTIAL), ("包裹还没有到", SUBSTANTIAL), ("https://a.example/b c d", SHORT)])
def test_kinds(text: str | None, kind: str) -> None:
    assert kind_of(text) == kind


def test_words() -> None:
    assert words_of("The caf\u00e9's delivery didn\u2019t come &amp; I paid {$100.00}, [Person 3] XXXX mail@x.org", "en") == ["cafe's", "delivery", "come", "paid", "mail"][:4]
    assert words_of("zero\u200bwidth and n\x00ul") == ["zero", "width", "and", "ul"]
    assert words_of("包裹没到") == ["包裹", "裹没", "没到"]
    assert len(words_of("word " * 100_000)) <= 4000, "of a text of half a megabyte the beginning is read"


def test_texts_without_any_word_left() -> None:
    assert terms_of([[], [], []]).counts.shape == (3, 0)
    assert terms_of([["one"], ["two"], ["three"]]).counts.shape[1] == 0, "no word stands in two texts"
