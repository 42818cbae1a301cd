"""Numbers, lengths and names in words."""

from __future__ import annotations

import pytest

from cjm_research.results import words


@pytest.mark.parametrize(("seconds", "said"), [(2_592_000, "30 days"), (86_400, "1 day"), (5_400, "1.5 hours"), (1_800, "30 minutes"),
                                               (60, "1 minute"), (1, "1 second"), (0.25, "0.25 seconds"), (604_800, "7 days"), (100_000, "100000 seconds")])
def test_a_chosen_length_is_said_exactly(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


def test_columns_and_models_are_words() -> None:
    assert words.column("attributes.preferred_channel") == words.column("properties.preferred_channel") == "preferred channel"
    assert [words.model(m) for m in ("first", "u_shaped", "time_decay", "markov", "shapley")] == ["first", "U-shaped", "time decay", "Markov", "Shapley"]


def test_one_of_something_is_singular() -> None:
    assert [words.some(n, "accounts") for n in (0, 1, 2, 1234)] == ["0 accounts", "1 account", "2 accounts", "1,234 accounts"]
    assert words.some(1, "journeys") == "1 journey" and words.some(1, "queries") == "1 query"
