"""The map as JSON; `docs/map.schema.json` describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...results import policy
from ...results.lanes import LANES
from ...results.subjects import subject_names
from ...shapes import Json
from ..record.run_data import RunData
from .written import write_text

VERSION = 2
PARTS = ("title", "stages", "touchpoints", "lanes", "personas", "periods", "channels", "future", "missing", "cells", "labels", "tags", "links", "moves", "policy", "findings")
LISTS = ("personas", "periods", "channels", "future")
MAPPINGS = ("touchpoints", "missing", "labels", "tags", "links", "moves", "policy")


def write(data: RunData, target: Path) -> Path:
    """Write `journey_map.json`. What a map of an older run lacks is written as empty."""
    found = data.need_map()
    empty: Json = {**{k: [] for k in LISTS}, **{k: {} for k in MAPPINGS}}
    content = {"schema": "cjm-map", "version": VERSION, "client": data.client, "run": data.run, "title": data.title,
               **{k: found.get(k, empty.get(k)) for k in PARTS if k != "title"}, "findings": [_told(f) for f in found["findings"]]}
    return write_text(target / "journey_map.json", json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def _told(f: Mapping[str, Any]) -> Json:
    """A finding; of a share of too few for a percentage only the counts."""
    e = f.get("estimate") or {}
    if not policy.counts_only(e.get("unit"), e.get("base")):
        return dict(f)
    return {**f, "estimate": {**e, "value": None, "low": None, "high": None, "method": f"{e['n']:,} of {e['base']:,}: of fewer than {policy.now().percent_from} no percentage is given"}}


def schema_text() -> str:
    """`docs/map.schema.json` as written to disk."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"


TEXT = {"type": "string"}
MAYBE = {"type": ["string", "null"]}
NUMBER = {"type": ["number", "null"]}
WHOLE = {"type": ["integer", "null"]}


def _object(required: str, properties: Json, description: str = "") -> Json:
    """An object with these properties and no others."""
    return {"type": "object", **({"description": description} if description else {}), "required": required.split(), "additionalProperties": False,
            "properties": properties}


def _list(items: Json, description: str = "", **more: Any) -> Json:
    return {"type": "array", **({"description": description} if description else {}), "items": items, **more}


def _mapping(values: Json, description: str) -> Json:
    return {"type": "object", "description": description, "additionalProperties": values}


def schema() -> Json:
    """The JSON Schema of the file."""
    ids = _list(TEXT)
    stage = _object("name goal touchpoints", {"name": TEXT, "goal": TEXT, "touchpoints": _list(TEXT)})
    lane = _object("name title meaning shown limit backstage", {
        "name": TEXT, "title": TEXT, "meaning": TEXT, "shown": {"type": "boolean", "description": "whether the default view has it"},
        "limit": {"type": "integer", "description": "entries shown at first in a cell"}, "backstage": {"type": "boolean", "description": "below the line of visibility"}})
    touchpoint = _object("stage channel channels owner", {"stage": TEXT, "channel": TEXT, "channels": _list(TEXT, "those its customers came through"), "owner": TEXT})
    persona = _object("name size", {"name": TEXT, "size": {"type": "integer"}, "of": {"enum": ["customers", "participants"]}})
    period = _object("name label start end", {"name": {"enum": ["previous", "current"]}, "label": TEXT, "start": TEXT, "end": TEXT})
    move = _object("state short text", {"state": {"enum": ["up", "down", "same"]}, "short": TEXT, "text": TEXT})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Journey map",
        "description": "What cjm export --format json writes: stages, lanes, and for every cell the findings it holds with their evidence.",
        "type": "object", "additionalProperties": False,
        "required": ["schema", "version", "client", "run", "title", "stages", "lanes", "cells", "findings"],
        "properties": {
            "schema": {"const": "cjm-map"}, "version": {"const": VERSION}, "client": TEXT, "run": TEXT, "title": TEXT,
            "stages": _list(stage, "in the order of the journey"), "touchpoints": _mapping(touchpoint, "by name"), "lanes": _list(lane, "in the order of the map"),
            "personas": _list(persona, "the largest, each with its size"), "periods": _list(period, "halves of the study's period"),
            "channels": _list(TEXT, "channels that figures are counted by"), "future": _list(TEXT, "ids of findings of the future state"),
            "missing": _mapping(TEXT, "question → why there is no data"),
            "cells": _mapping(ids, "'lane|stage' → ids of findings, most important first"), "labels": _mapping(TEXT, "finding id → its words in a cell"),
            "tags": _mapping(_object("", {"persona": TEXT, "channel": TEXT}), "finding id → whom it is from"),
            "links": _mapping(ids, "id of an opportunity → ids of what came of it"),
            "moves": _mapping(move, "id of a figure of the current half → its difference to the half before"),
            "policy": _mapping({"type": "integer"}, "how little evidence is enough: `evidence` of the params"),
            "findings": _list({"$ref": "#/$defs/finding"})},
        "$defs": {"finding": _finding(), "estimate": _estimate(), "evidence": _evidence()}}


def _finding() -> Json:
    return _object("id key statement kind estimate stage source status evidence", {
        "id": {"type": "string", "pattern": "^F-[0-9a-f]{10}$", "description": "the same from run to run"}, "key": TEXT, "statement": TEXT,
        "kind": {"enum": ["metric", "pain", "gain", "emotion", "need", "action", "thought", "quote", "persona", "opportunity", "experiment", "quality"]},
        "estimate": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/estimate"}]}, "stage": TEXT, "touchpoint": MAYBE, "channel": MAYBE, "persona": MAYBE,
        "period": {"enum": ["previous", "current", None]},
        "source": {"enum": ["behaviour", "survey", "interview", "feedback", "experiment", "assumption"]}, "status": {"enum": ["assumed", "partly", "backed"]},
        "evidence": _list({"$ref": "#/$defs/evidence"}, minItems=1), "caveats": _list(TEXT), "chapter": MAYBE, "anchor": MAYBE,
        "lane": {"enum": [*(lane.name for lane in LANES), None], "description": "the row of the map"},
        "label": {**MAYBE, "description": "its words in a cell, where lane and stage say the rest; null: the statement"},
        "subject": {"description": "what it is about: the fields of its type", "anyOf": [{"type": "null"}, {
            "type": "object", "required": ["type"], "properties": {"type": {"enum": subject_names()}}}]}})


def _estimate() -> Json:
    return _object("value low high n base unit method", {
        "value": NUMBER, "low": NUMBER, "high": NUMBER, "n": {"type": "integer", "description": "what the number is about"},
        "base": {"type": "integer", "description": "what it is out of"}, "unit": {"type": "string", "description": "share (0 to 1), s, points, score, customers, a currency, …"},
        "method": TEXT}, "A number with its 95 % interval; low and high are null only where method says why.")


def _evidence() -> Json:
    return _object("kind definition", {
        "kind": {"enum": ["rows", "quote", "assumption"]}, "definition": TEXT, "table": MAYBE, "sql": {**MAYBE, "description": "over the canonical tables (docs/tables.md)"},
        "rows": WHOLE, "rows_sha256": MAYBE, "sample": _list({"type": "object"}, "some of the rows, by pseudonym"), "document_id": MAYBE, "start": {**WHOLE, "description": "Unicode code points"}, "end": {**WHOLE, "description": "exclusive"},
        "quote": MAYBE, "speaker": MAYBE, "text_sha256": MAYBE, "chapter": MAYBE, "anchor": MAYBE})
