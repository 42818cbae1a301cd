"""Texts as they are looked through: composed, nothing without width, and every place leads back."""

from __future__ import annotations

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjm_research.privacy.composed import HIDDEN, composed
from cjm_research.privacy.release import Known, formed

LETTERS = "aoxöé \u0308\u0301\u0323\u00ad\u200b\u1112\u1161\u11abﬁ２"


@given(st.text(LETTERS, max_size=14), st.sampled_from(["NFC", "NFKC"]))
def test_it_is_what_the_standard_library_composes(text: str, form: Literal["NFC", "NFKC"]) -> None:
    made, places = composed(text, form)
    assert not HIDDEN.search(made)
    if not (HIDDEN.search(text) and "\u1112" in text):  # letters that compose with what stands behind them, and are cut
        assert made == unicodedata.normalize(form, HIDDEN.sub("", text))
    assert places is None or (len(places) == len(made) + 1 and places == sorted(places) and places[-1] == len(text))


def test_places_lead_back() -> None:
    text = "to jo\u0308rg\u00ad!"
    made, places = composed(text)
    assert made == "to jörg!" and places is not None
    assert text[places[3]:places[7]] == "jo\u0308rg\u00ad" and text[places[7]:places[8]] == "!"
    assert composed("plain") == ("plain", None)


@pytest.mark.parametrize(("text", "stands"), [
    ("I am zoe\u0308-4711 ok", "zoe\u0308-4711"), ("ＺＯË-4711", "ＺＯË-4711"), ("see BK\u2011483024.", "BK\u2011483024"), ("BK\u2013483024", "BK\u2013483024"), ("B\u00adK-48\u200b3024", "B\u00adK-48\u200b3024")])
def test_identifiers_are_found_where_they_stand(text: str, stands: str) -> None:
    found = Known({"Zoë-4711", "BK-483024"}).whole()
    assert [text[a:z] for a, z in found.spans(text)] == [stands] and len(set(found.find(text))) == 1


def test_an_address_in_marks_stops_a_release() -> None:
    assert [(a, z) for a, z, kind, _ in formed("to jo\u0308rg@we\u0301b.de now") if kind == "e-mail"] == [(3, 16)]
