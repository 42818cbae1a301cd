"""What words say of a scale's direction, in several languages."""

from __future__ import annotations

import pytest

from cjm_research.sources.reading.instruments.directions import direction, leaning, proposed
from cjm_research.sources.reading.instruments.texts import fold


@pytest.mark.parametrize(("worst", "best"), [
    ("Very dissatisfied", "Very satisfied"), ("Not at all satisfied", "Completely satisfied"), ("Not at all likely", "Extremely likely"), ("Strongly disagree", "Strongly agree"),
    ("Don’t agree", "Agree"), ("Very difficult", "Very easy"), ("Poor", "Excellent"), ("Not important", "Important"),
    ("Sehr unzufrieden", "Sehr zufrieden"), ("Gar nicht zufrieden", "Voll und ganz zufrieden"), ("Stimme überhaupt nicht zu", "Stimme voll zu"), ("Trifft nicht zu", "Trifft voll zu"),
    ("Sehr unwahrscheinlich", "Äußerst wahrscheinlich"), ("Sehr schlecht", "Sehr gut"), ("Sehr schwierig", "Sehr einfach"),
    ("Pas du tout satisfait", "Très satisfait"), ("Très insatisfait(e)", "Satisfait(e)"), ("Pas du tout d’accord", "Tout à fait d’accord"), ("Très difficile", "Facile"), ("Mauvais", "Excellent"),
    ("Muy insatisfecho", "Muy satisfecho"), ("Nada satisfecho", "Satisfecha"), ("Totalmente en desacuerdo", "Totalmente de acuerdo"), ("Nada probable", "Muy probable"), ("Muy difícil", "Fácil"),
    ("Per niente soddisfatto", "Molto soddisfatto"), ("Zeer ontevreden", "Zeer tevreden"), ("Muito insatisfeito", "Satisfeito")])
def test_the_two_ends(worst: str, best: str) -> None:
    assert (leaning(fold(worst)).sign, leaning(fold(best)).sign) == (-1, 1)
    assert direction([(fold(worst), 1), (fold(best), 5)], 1, 5).higher is True
    assert direction([(fold(worst), 5), (fold(best), 1)], 1, 5).higher is False


@pytest.mark.parametrize("text", ["Neither satisfied nor dissatisfied", "Neutral", "Weder zufrieden noch unzufrieden", "Ni satisfait ni insatisfait", "Daily", "Not bad", "Maybe", "More likely"])
def test_the_middle_says_nothing(text: str) -> None:
    assert leaning(fold(text)).sign == 0


def test_words_that_contradict_themselves() -> None:
    found = direction([("very satisfied", 1), ("very satisfied", 5)], 1, 5)
    assert found.higher is None and found.torn
    assert direction([("satisfied", 3)], 1, 5).higher is None  # the middle
    assert not direction([("agree", 5)], 1, 5).judges and direction([("satisfied", 5)], 1, 5).judges


def test_scores_are_proposed_where_the_order_is_clear() -> None:
    five = ["very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"]
    assert proposed(five, 1, 5, True) == dict(zip(five, [1, 2, 3, 4, 5], strict=True))
    assert proposed(five, 1, 5, False) == dict(zip(five, [5, 4, 3, 2, 1], strict=True))
    assert proposed(["extremely likely", "not at all likely"], 0, 10, True) == {"extremely likely": 10, "not at all likely": 0}
    assert proposed(["daily", "weekly"], 1, 5, True) == {}
