"""What an editor is told by the published schema is what the loader takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from cjm_research.params import Params, schema_text

ROOT = Path(__file__).resolve().parents[2]
ONE = {"client": "c", "funnels": [{"name": "f", "breakdown": "channel", "steps": [{"name": "a", "event": "view"}, {"name": "b", "touchpoint": "Basket"}],
                                   "exclusions": [{"event": "help", "after": "a", "before": "b"}]}],
       "journey": {"stages": [{"name": "Buy", "match": {"event": "view"}, "touchpoints": [{"name": "Basket", "match": {"event": "cart"}, "codes": "Price"}]}]}}


def editor(settings: dict[str, Any]) -> list[str]:
    """What an editor marks."""
    return [e.message for e in jsonschema.Draft202012Validator(json.loads((ROOT / "params" / "schema.json").read_text())).iter_errors(settings)]


def test_the_published_schema_is_the_loaders() -> None:
    assert json.loads((ROOT / "params" / "schema.json").read_text()) == json.loads(schema_text())


def test_the_only_member_of_a_list_may_stand_alone() -> None:
    loaded = Params.model_validate(ONE)
    assert editor(ONE) == []
    assert loaded.funnels[0].steps[0].event == ["view"] and loaded.funnels[0].breakdown == ["channel"]
    assert loaded.journey.stages[0].match[0].event == ["view"] and loaded.journey.stages[0].touchpoints[0].codes == ["Price"]
    several = json.loads(loaded.model_dump_json(exclude_unset=True))
    assert editor(several) == [] and Params.model_validate(several) == loaded


@pytest.mark.parametrize("event", [404, ["view", 404]])
def test_a_number_may_stand_where_text_is_meant(event: Any) -> None:
    right = {**ONE, "funnels": [{"name": "f", "steps": [{"name": "a", "event": event}, {"name": "b", "event": "buy"}]}]}
    assert editor(right) == []
    assert "404" in Params.model_validate(right).funnels[0].steps[0].event


@pytest.mark.parametrize("event", [True, {"view": 1}, ["view", {"a": 3}]])
def test_what_the_loader_refuses_the_editor_marks(event: Any) -> None:
    wrong = {**ONE, "funnels": [{"name": "f", "steps": [{"name": "a", "event": event}, {"name": "b", "event": "buy"}]}]}
    assert editor(wrong)
    with pytest.raises(ValidationError):
        Params.model_validate(wrong)


# --- the client's questions --------------------------------------------------------------------------------------------


def asked(about: object, **more: object) -> Params:
    journey = {"stages": [{"name": "Delivery", "touchpoints": [{"name": "Delivery"}, {"name": "Slot", "questions": "csat_slot"}]}]}
    return Params.model_validate({"client": "c", "journey": journey, "questions": [{"ask": "Where does it hurt?", "about": about}],
                                  "sources": [{"name": "s", "kind": "survey", "files": "s.csv", "questions": [{"column": "q", "id": "csat_slot", "instrument": "csat", "scale": [1, 5]}]}], **more})


@pytest.mark.parametrize("about", ["Slot", "stage:Delivery", "touchpoint:Delivery", "csat_slot", "s", "pain_points", "gain", ["Slot", "personas"], "lane:pain"])
def test_a_question_is_about_something_that_the_study_knows(about: object) -> None:
    assert asked(about).questions[0].about


def test_an_unknown_about_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValidationError, match=r"'Slott', which is nothing this study knows\. Did you mean 'Slot'\?"):
        asked("Slott")


def test_an_about_of_two_things_is_written_with_its_kind() -> None:
    with pytest.raises(ValidationError, match=r"'Delivery', which is stage and touchpoint; stage:Delivery, touchpoint:Delivery"):
        asked("Delivery")


def test_a_question_says_what_it_is_about_and_there_are_few() -> None:
    with pytest.raises(ValidationError, match="about"):
        asked([])
    with pytest.raises(ValidationError, match="at most 6"):
        asked("Slot", questions=[{"ask": "What else?", "about": "Slot"}] * 7)


@pytest.mark.parametrize(("outcome", "when", "said"), [
    ({}, {"event": "a"}, "neither a question nor events"), ({"question": "q", "event": "a"}, {"event": "a"}, "a question and events"),
    ({"question": "q", "value": "value"}, {"event": "a"}, "stands beside a question"), ({"question": "q"}, {"event": "a", "since": "b"}, "belong together"),
    ({"question": "q"}, {"event": "a", "since": "b", "longer_than": "2d", "after": "properties.x"}, "both given"), ({"question": "q"}, {}, "no condition is given")])
def test_a_comparison_that_says_too_little_or_too_much_is_refused(outcome: object, when: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Params.model_validate({"client": "c", "comparisons": [{"name": "x", "outcome": outcome, "when": when, "with_it": "these", "without_it": "those"}]})


def test_a_question_may_be_about_every_question_that_the_first_page_can_answer() -> None:
    from pathlib import Path

    from cjm_research.params import Workspace, client_names, load_params
    from cjm_research.params.schema.questions import subjects_of

    place = Workspace(Path(__file__).parents[1], Path(__file__).parents[1] / "clients")
    asked = [(q, p) for p in (load_params(name, place) for name in client_names(place)) for q in p.questions]
    assert len(asked) >= 14 and all(subjects_of(q, p) for q, p in asked)
