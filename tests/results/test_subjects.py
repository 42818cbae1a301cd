"""A finding carries what it is: its subject comes back from JSON as it was, its lane is one that there is, and neither is part of its id."""

from __future__ import annotations

import dataclasses
import importlib
import json
import subprocess
import sys
from typing import Any

import pytest

from cjm_research.results.lanes import BY_NAME, LANES, OF_KIND
from cjm_research.results.result import KINDS, Finding
from cjm_research.results.subjects import Code, FunnelStep, Opportunity, Pain, Rank, Subject, subject_names
from cjm_research.results.subjects.subject import _beside_questions


def example(kind: type[Subject]) -> Subject:
    """A subject of a type, a value in each of its fields."""
    values: dict[str, Any] = {"number": 2, "rank": Rank(2, 1, 4, 13), "path": ("Trouble", "Slot lost"), "weighted": True, "future": True, "proposed": True}
    return kind(**{f.name: values.get(f.name, f"some {f.name}") for f in dataclasses.fields(kind)})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", subject_names())
def test_a_subject_comes_back_from_json_as_it_was(name: str) -> None:
    if name in _beside_questions():
        importlib.import_module(_beside_questions()[name])
    kind = Subject.types[name]
    said = example(kind)
    finding = Finding("k", "said", "metric", subject=said)
    kept = json.loads(json.dumps(finding.to_dict()))
    assert kept["subject"]["type"] == kind.__name__ and Finding.from_dict(kept) == finding and Finding.from_dict(kept).subject == said


def test_a_subject_beside_its_question_is_found_where_nobody_imported_the_question() -> None:
    code = ("import json, sys; from cjm_research.results.subjects import Subject; assert 'ThemeSince' not in Subject.types; "
            "found = Subject.from_dict(json.loads(sys.argv[1])); print(type(found).__module__, json.dumps(found.to_dict()))")
    said = {"type": "ThemeSince", "theme": "Delivery", "state": "rising"}
    out = subprocess.run([sys.executable, "-c", code, json.dumps(said)], capture_output=True, text=True, check=True).stdout.split(maxsplit=1)
    assert out[0] == "cjm_research.analysis.feedback_since" and json.loads(out[1]) == said


def test_two_subjects_of_one_name_are_refused() -> None:
    with pytest.raises(TypeError, match=r"there is a subject Pain in cjm_research\.results\.subjects"):
        type("Pain", (Subject,), {"__module__": "cjm_research.analysis.refunds"})
    assert Subject.types["Pain"] is Pain
    again = type("Mine", (Subject,), {"__module__": "__main__"})
    assert again is not type("Mine", (Subject,), {"__module__": "__main__"}), "a cell of a notebook that is run again"
    del Subject.types["Mine"]
    assert "Mine" not in subject_names()


def test_an_unknown_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="'Weather' is none of .*FunnelStep"):
        Subject.from_dict({"type": "Weather"})
    with pytest.raises(TypeError):
        Subject.from_dict({"type": "Flag", "place": "Till"})
    assert Subject.from_dict(None) is None


def test_an_unknown_lane_is_refused() -> None:
    with pytest.raises(ValueError, match="lane 'weather' is none of actions, touchpoints"):
        Finding("k", "said", "metric", lane="weather")
    assert set(OF_KIND) <= set(KINDS) and set(OF_KIND.values()) <= set(BY_NAME) and len(BY_NAME) == len(LANES)


def test_the_cell_and_its_words() -> None:
    said = Finding("k", "said at length", "pain", stage="Buy", lane="pain", label="said")
    assert said.cell == ("pain", "Buy") and said.in_cell == "said"
    assert dataclasses.replace(said, label=None).in_cell == "said at length" and dataclasses.replace(said, label="").in_cell == ""
    assert dataclasses.replace(said, stage=None).cell is None and dataclasses.replace(said, lane=None).cell is None


def test_an_id_comes_from_key_and_place_alone() -> None:
    """Published ids: SHA-256 of `key|stage|touchpoint|channel|persona`, ten digits of it, made here with the shell's sha256sum."""
    plain = Finding("funnel:purchase:step:2", "any", "metric", stage="Buy", touchpoint="Till")
    full = dataclasses.replace(plain, lane="conversion", label="a → b", subject=FunnelStep("purchase", "Purchase", "step", 2))
    assert plain.id == full.id == "F-0c996db1b0"


def test_codes_lie_under_those_above_them_and_no_others() -> None:
    above, below = Code(("Trouble",)), Code(("Trouble", "Slot lost"))
    assert below.lies_under(above) and not above.lies_under(below) and not above.lies_under(above)
    assert not Code(("Trouble at the till",)).lies_under(above) and not Code(("Troubles", "Slot lost")).lies_under(above)
    assert below.name == "Slot lost"


def test_what_is_known_of_an_opportunity_stands_in_one_order() -> None:
    full = Opportunity("Hold the slot", "tested", "owner Ann", "RICE 150, rank 2", "big bet", "review 2026-07-01")
    assert full.standing == ("tested", "owner Ann", "RICE 150, rank 2", "big bet", "review 2026-07-01")
    assert Opportunity("Hold the slot", "proposed").standing == ("proposed",)
    assert Pain("survey", "Till").rank is None
