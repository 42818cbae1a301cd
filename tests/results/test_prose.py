"""Shares and questions as prose tells them."""

from __future__ import annotations

import pytest

from cjm_research.results import words
from cjm_research.results.prose import many, size, whole


@pytest.mark.parametrize(("n", "base", "said"), [(657, 1409, "47 of 100"), (10, 12, "10 of 12"), (14, 1000, "14 of 1,000"), (1, 100_000, "fewer than 1 of 1,000"), (998, 1000, "more than 99 of 100"), (0, 500, "0 of 100")])
def test_shares_are_counts_of_people(n: int, base: int, said: str) -> None:
    assert many(n, base) == said


def test_amounts_keep_three_digits_and_shares_of_weights_are_told_as_they_are() -> None:
    assert size(141_725, "EUR") == "142,000\u202fEUR" and size(-2.64, "") == "−2.6" and whole(0.305) == ("30", "of 100") and many(1, 100, 0.5) == "50 of 100"


@pytest.mark.parametrize(("texts", "short"), [
    (["How satisfied were you with the following? (6 = does not apply) - Payment", "How satisfied were you with the following? (6 = does not apply) - Pay desk"], ["Payment", "Pay desk"]),
    (["Please rate: food", "Please rate: fuel"], ["food", "fuel"]), (["Food", "Fuel"], ["Food", "Fuel"]), (["One - two"], ["One - two"]), (["A - ", "A - b"], ["A - ", "A - b"]), ([], []), (["Same", "Same"], ["Same", "Same"])])
def test_questions_of_a_block_are_named_by_what_tells_them_apart(texts: list[str], short: list[str]) -> None:
    assert words.apart(texts) == short


@pytest.mark.parametrize(("name", "said"), [("attributes.yearly_budget_eur", "yearly budget in EUR"), ("usd", "usd"), ("properties.view_item", "view item"), ("price_focus", "price focus")])
def test_a_column_is_named_in_words(name: str, said: str) -> None:
    assert words.column(name) == said
