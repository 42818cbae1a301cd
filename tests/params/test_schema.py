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
