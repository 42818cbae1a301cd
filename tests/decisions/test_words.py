"""The lint of words itself, and the first page of the demo read by it."""

from __future__ import annotations

from typing import Any

import pytest

from cjm_research.results import words as w

from .words import MOST_POINTS, faults


@pytest.mark.parametrize(("sentence", "fault"), [
    ("There are 4 segments, further apart than in 119 replicas of one cloud.", "jargon: replicas"), ("Look at checkout_seconds first.", "a raw name: checkout_seconds"),
    ("Most leave at None.", "a raw name: None"), ("event:support_call moved.", "a raw name: event:s"), ("So 46.6 % leave.", "false digits: 6.6 %"), ("p < .001 says so.", "false digits: p < "),
    ("Only 1 customers came.", "plural after one: customers"), ("In all 12 customer came.", "singular after several: customer"),
    (" ".join(["word"] * 26) + ".", "26 words"), ("He said \"no\".", "spacing or straight quotes"), ("It moved (1 to 2), then (3 to 4).", "two intervals")])
def test_each_fault_is_found(sentence: str, fault: str) -> None:
    assert any(fault.split(":")[0] in f for f in faults(sentence)), faults(sentence)


@pytest.mark.parametrize("sentence", [
    "Replace the list of delivery slots with the slot picker.", "63 of 100 customers order with the picker and 46 with the list.", "10 of 12 interviewed: “No slot that fits”",
    "18 more of 100 (9 to 26) order.", "Check the revenue figure (+53\u202f%) before you quote it: too good to be true.", "they score 2.57 of 5, orders on time 4.29.",
    "1 of 100 leave.", "13 exports hold 9 records; none was left out.", "None of 4 figures left its usual range."])
def test_sentences_as_they_should_be_pass(sentence: str) -> None:
    assert faults(sentence) == []


@pytest.mark.parametrize(("many", "one"), [("customers", "customer"), ("people", "person"), ("parties", "party"), ("boxes", "box"), ("loan applications", "loan application"),
                                           ("addresses", "address"), ("branches", "branch"), ("houses", "house"), ("series", "series")])
def test_one_function_forms_the_singular_and_one_the_plural(many: str, one: str) -> None:
    assert (w.one(many), w.several(one)) == (one, many)
    assert w.some(1, many) == f"1 {one}" and w.some(2, many) == f"2 {many}"


def test_the_demos_first_page_reads_as_a_client_would_write_it(demo_findings: Any, demo: Any) -> None:
    from cjm_research.decisions import compose

    said = compose(demo_findings, demo.params)
    given = names_of(demo.params)
    assert {s: f for s in said.sentences if (f := faults(s, given))} == {}
    assert len(said.then) + 1 + len(said.answers) <= MOST_POINTS + 1


def names_of(params: Any) -> set[str]:
    stages = params.journey.stages
    return {s.name for s in stages} | {t.name for s in stages for t in s.touchpoints} | {st.name for f in params.funnels for st in f.steps}
