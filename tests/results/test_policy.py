"""How little evidence is enough: counts below the base that carries a percentage, in sentences, tables and cells alike."""

from __future__ import annotations

import pandas as pd
import pytest

from cjm_research.page.tables import table_block
from cjm_research.params.schema import LeastEvidence
from cjm_research.results import policy, words
from cjm_research.results.declared import Frame, estimate, interval, share, text
from cjm_research.results.declared import count as counted
from cjm_research.results.result import estimates_frame
from cjm_research.stats.shares import share as share_of

THIN = "\u202f"


def test_a_share_of_nineteen_is_counts_and_one_of_twenty_is_a_percentage() -> None:
    assert words.estimate(share_of(5, 19)) == "5 of 19"
    assert words.estimate(share_of(5, 20)).startswith(f"25.0{THIN}% (95{THIN}% interval ") and words.estimate(share_of(5, 20)).endswith("; 5 of 20)")
    assert (words.part(share_of(5, 7)), words.part_of(share_of(5, 7)), words.part_of(share_of(50, 100))) == ("5 of 7", "5 of 7", f"50.0{THIN}% of 100")


def test_other_units_and_no_value_are_as_they_were() -> None:
    assert words.figure(4.2, 3.1, 5.4, 7, 7, "score") == ("4.20", "3.10 to 5.40", "n 7")
    assert words.figure(None, None, None, 0, 0, "share") == ("–", "", "")


def test_the_params_decide_while_their_policy_is_in_force() -> None:
    with policy.following(LeastEvidence(percent_from=5, curve_from=2)):
        assert words.part(share_of(3, 5)) == f"60.0{THIN}%" and policy.point(2) == "hollow" and policy.point(5) == "full"
        with policy.following({"percent_from": 50, "headline_from": 60, "curve_from": 3}):
            assert words.part(share_of(20, 40)) == "20 of 40" and not policy.carries_headline(59)
    assert words.part(share_of(3, 5)) == "3 of 5"


@pytest.mark.parametrize(("base", "drawn"), [(None, "none"), (2, "none"), (3, "hollow"), (19, "hollow"), (20, "full")])
def test_points_of_curves(base: int | None, drawn: str) -> None:
    assert policy.point(base) == drawn


def test_tables_tell_few_as_counts_without_an_interval() -> None:
    frame = estimates_frame([({"name": "a", "before": 4, "kept": 0.75, "kept_low": 0.3, "kept_high": 0.95}, share_of(5, 7)),
                             ({"name": "b", "before": 400, "kept": 0.75, "kept_low": 0.7, "kept_high": 0.8}, share_of(50, 100))])
    declared = Frame("f", "F", (text("name", "Name"), *estimate(), share("kept", "Kept", base="before"), interval("kept"), counted("before", "Before")))
    few, many = ([c["text"] for c in row] for row in table_block(frame, "F", declared=declared).rows)
    assert few == ["a", "5 of 7", "–", "5", "7", "3 of 4", "–", "4"]
    assert many[1] == f"50.0{THIN}%" and many[5] == f"75.0{THIN}%" and many[6] == f"70.0 to 80.0{THIN}%"


def test_both_ends_of_an_interval_have_as_many_decimals() -> None:
    assert words.interval(3.0, 5.404) == "3.0 to 5.4" and words.interval(-3, 5.3, "score") == "−3.0 to 5.3"
    assert words.interval(95.0, 120.5, "EUR") == f"95 to 120{words.THIN}EUR" and words.interval(9.87, 10.23) == "9.87 to 10.23"
    assert words.interval(0.0012, 150.0) == "0.0012 to 150", "a small number does not read as none"


def test_digits_follow_the_intervals_width() -> None:
    assert words.figure(-0.0049, -0.0061, -0.0037, 9, 900, "per click")[:2] == (f"−0.0049{THIN}per click", f"−0.0061 to −0.0037{THIN}per click")
    assert words.interval(0.01002, 0.01008, "share") == f"1.0020 to 1.0080{THIN}%"
    assert pd.notna(words.needed_digits(290.0, 318.0)) and words.needed_digits(290.0, 318.0) == 0
