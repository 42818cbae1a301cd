"""How much of what is claimed is found, form by form, and how much of what is masked was somebody's."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cjm_research.privacy.masking import Masker, countries_of, known_ids

from .planted import HARMLESS, planted

LEAST = 0.95
PLANTED = planted()


def masker() -> Masker:
    return Masker(countries=countries_of([], "UTC", "en"))


@pytest.mark.parametrize("form", PLANTED)
def test_recall_of_each_form(form: str) -> None:
    texts = PLANTED[form]
    left = [text for text, secret in texts if secret in masker().mask(text).text]
    assert len(texts) >= 20 and 1 - len(left) / len(texts) >= LEAST, left


#: how the rows of the table in docs/methods/privacy.md that carry figures begin
ROWS = {"names behind a form of address": "title and name", "names that a text introduces": "signature", "e-mail, plain": "e-mail", 'e-mail with "(at)"': "e-mail (at)", "e-mail in words": "e-mail in words",
        "e-mail with %40": "e-mail %40", "e-mail with spaces": "e-mail with spaces", "names in web addresses": "name in a web address", "phone numbers": "phone", "cards": "card", "IBANs": "IBAN",
        "IP addresses": "IP address", "streets": "street and postcode", "passport": "passport, tax and insurance number", "plates": "plate", "dates of birth": "date of birth",
        "customer, account": "customer number"}


def test_the_figures_of_the_docs_are_those_measured() -> None:
    """Each form's row says how many were planted and which share was found; the text below, how many there are in all."""
    docs = (Path(__file__).parents[2] / "docs" / "methods" / "privacy.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in docs.splitlines() if line.startswith("| ") and line.count("|") == 5]
    told = {row[0]: (row[2], row[3]) for row in rows if row[2].isdigit()}
    measured = {}
    for row in told:
        texts = PLANTED[next(form for begin, form in ROWS.items() if row.startswith(begin))]
        found = sum(secret not in masker().mask(text).text for text, secret in texts)
        measured[row] = (str(len(texts)), f"{found / len(texts):.0%}".replace("%", " %"))
    assert told == measured and len(told) == len(ROWS) == len(PLANTED)
    changed = sum(masker().mask(text).text != text for text in HARMLESS)
    assert f"Of {len(HARMLESS)} texts that hold no identifier" in docs and changed == 0
    assert f"The {sum(map(len, PLANTED.values()))} planted" in docs


@pytest.mark.parametrize("form", [f for f in PLANTED if f.startswith(("e-mail", "phone", "card", "IBAN", "IP", "street"))])
@pytest.mark.parametrize("before", ["regards\n", "regards\r\n", "\n", "\t", "("])
def test_what_stands_on_its_own_line_is_found(form: str, before: str) -> None:
    """Signatures put a number below a word; the end of the line ends the word."""
    left = []
    for text, secret in PLANTED[form]:
        edits = [e for e in masker().mask(text).edits if secret in e.original]
        if edits:
            moved = text[:edits[0].start] + before + edits[0].original + "\n" + text[edits[0].end:]
            left += [moved] if secret in masker().mask(moved).text else []
    assert 1 - len(left) / len(PLANTED[form]) >= LEAST, left[:3]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_identifies_nobody_stays(text: str) -> None:
    assert masker().mask(text).text == text


def test_precision_over_all_forms() -> None:
    """What is masked in the planted texts beyond what was planted, and in the harmless ones, are the false ones."""
    hits = sum(len(masker().mask(text).edits) for texts in PLANTED.values() for text, _ in texts)
    false = sum(len(masker().mask(text).edits) for text in HARMLESS)
    assert hits > 500 and hits / (hits + false) >= LEAST


def test_masking_a_masked_text_changes_nothing() -> None:
    for texts in PLANTED.values():
        for text, _ in texts[::3]:
            masked = masker().mask(text)
            assert masker().mask(masked.text).text == masked.text, text
            assert all(text[e.start:e.end] == e.original for e in masked.edits)


def test_one_address_in_two_spellings_is_one() -> None:
    assert masker().mask("dana@web.de, dana (at) web (dot) de, Dana at web dot de").text == "[E-mail 1], [E-mail 1], [E-mail 1]"
    assert masker().mask("+49 731 1234567 or +49-731-123 45 67").text == "[Phone 1] or [Phone 1]"


def test_identifiers_of_the_vault_and_what_looks_like_them() -> None:
    keys = {"user_id": [f"BK{100_000 + 7 * i}" for i in range(50)], "email": ["dana@web.de"], "login": ["mia", "olga.k"], "n": ["123", "987654"]}
    found = Masker(known=known_ids(keys))
    text = "BK999999 wrote, not BK12 or XBK999999; mia and olga.k, miam; 987654 but 123; user:BK100007"
    assert found.mask(text).text == ("[Customer 1] wrote, not BK12 or XBK999999; [Customer 2] and [Customer 3], miam; [Customer 4] but 123; user:[Customer 5]")


def test_ids_without_a_telling_form_teach_none() -> None:
    assert known_ids({"user_id": [str(i) for i in range(1000)]}).forms == ()
    assert known_ids({"user_id": [f"u{i}" for i in range(100)]}).forms == ()
    hexadecimal = known_ids({"cookie": [f"{i:032x}" for i in range(7, 4000, 13)]})
    assert list(hexadecimal.find("seen 00000000000000000000000000abc123 there, deadbeef not")) == [(5, 37)]


@pytest.mark.parametrize("way", [lambda t: unicodedata.normalize("NFD", t), lambda t: unicodedata.normalize("NFC", t), lambda t: t.replace("g", "g\u00ad", 1), lambda t: t.replace("ö", "ö\u200b")])
def test_how_letters_are_composed_hides_nobody(way: Callable[[str], str]) -> None:
    """An "o" and a mark, a soft hyphen: a reader sees no difference. What stays is as it was, and spans still fit."""
    known = Masker(known=known_ids({"login": ["jörg.k77"]}), names={"Jörg Müller": None})
    text = way("Schöne Grüße: jörg.k77, jörg@wéb.de und Jörg Müller aus Köln")
    masked = known.mask(text)
    assert unicodedata.normalize("NFC", masked.text).replace("\u200b", "") == "Schöne Grüße: [Customer 1], [E-mail 1] und [Person 1] aus Köln"
    assert all(text[e.start:e.end] == e.original for e in masked.edits) and masked.text.endswith(text[masked.edits[-1].end:])


def _complaints(data: Path) -> list[str]:
    told = pd.read_csv(data / "cfpb_complaints" / "complaints_2023_extract.csv.gz")
    return told[next(c for c in told if "narrative" in c.lower())].dropna().drop_duplicates().tolist()


def _reviews(data: Path) -> list[str]:
    told = pd.read_csv(data / "olist_marketplace" / "olist_order_reviews_dataset.csv.gz")
    return pd.concat([told[c].dropna() for c in told if c in ("review_comment_title", "review_comment_message")]).drop_duplicates().tolist()


def _talks(data: Path) -> list[str]:
    return [line for path in sorted((data / "pdpilot_interviews").rglob("*.txt")) if "LICENSE" not in path.name for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.mark.parametrize(("texts", "least"), [(_complaints, 300), (_reviews, 1_000), (_talks, 500)], ids=["complaints", "reviews", "interviews"])
def test_planted_in_real_texts(texts: Callable[[Path], list[str]], least: int, shared: Path) -> None:
    """Texts as people write them, without contacts when they were published: whatever is masked in them beyond what was planted is false."""
    real = texts(shared / "data")
    real = real[:: max(1, len(real) // 1_200)]
    pairs = [pair for form in PLANTED.values() for pair in form]
    known, found = masker(), 0
    false = [e.original for text in real for e in known.mask(text).edits]
    for number, (planted_text, secret) in enumerate(pairs):
        found += secret not in known.mask(f"{real[number % len(real)]}\n{planted_text}").text[-len(planted_text) - 40:]
    assert len(real) >= least and found / len(pairs) >= LEAST and found / (found + len(false)) >= LEAST, false[:20]


@pytest.mark.parametrize("name, text", [("May Long", "It took too long, it may be long"), ("Will Price", "the price was high and will rise"), ("Eva Klein", "Das ist klein"), ("Karl Braun", "die braune und braun")])
def test_names_that_are_words_are_spared_in_lower_case(name: str, text: str) -> None:
    known = Masker(names={name: None})
    assert known.mask(text).text == text
    assert known.mask(f"Then I met {name} there").text == "Then I met [Person 1] there"


@pytest.mark.parametrize("piece", ["1/", "1 ", "1.", "@", "+", "a@", "0731 ", "(at)", "A. ", "/user/", "%40"])
def test_time_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    """A ratio of two texts in one run; a square would be 64."""
    import time

    def cost(length: int) -> float:
        text = (piece * length)[:length]
        known = Masker(countries=["DE"], known=known_ids({"user_id": [f"BK{100_000 + i}" for i in range(50)]}))
        known.mask(text[:100])
        start = time.process_time()
        known.mask(text)
        return time.process_time() - start

    small, large = cost(4_000), cost(32_000)
    assert large < 30 * max(small, 0.02)
