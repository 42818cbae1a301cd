"""The map as JSON; `docs/map.schema.json` describes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .flow import _write
from .run_data import RunData

VERSION = 1


def write(data: RunData, target: Path) -> Path:
    """Write `journey_map.json`."""
    content = {"schema": "cjm-map", "version": VERSION, "client": data.client, "run": data.run, **data.need_map()}
    return _write(target / "journey_map.json", json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    text, number, whole = {"type": "string"}, {"type": ["number", "null"]}, {"type": ["integer", "null"]}
    maybe = {"type": ["string", "null"]}
    estimate = {"type": ["object", "null"], "required": ["value", "low", "high", "n", "base", "unit", "method"], "properties": {
        "value": number, "low": number, "high": number, "n": {"type": "integer"}, "base": {"type": "integer"}, "unit": text, "method": text}}
    evidence = {"type": "object", "required": ["kind", "definition"], "properties": {
        "kind": {"enum": ["rows", "quote", "assumption"]}, "definition": text, "table": maybe, "sql": maybe, "rows": whole, "rows_sha256": maybe,
        "document_id": maybe, "start": whole, "end": whole, "quote": maybe, "speaker": maybe, "text_sha256": maybe}}
    finding = {"type": "object", "required": ["id", "key", "statement", "kind", "source", "status", "evidence"], "properties": {
        "id": {"type": "string", "pattern": "^F-[0-9a-f]{10}$"}, "key": text, "statement": text, "kind": text, "estimate": estimate, "stage": maybe,
        "touchpoint": maybe, "channel": maybe, "persona": maybe, "source": text, "status": {"enum": ["assumed", "partly", "backed"]},
        "evidence": {"type": "array", "minItems": 1, "items": evidence}, "caveats": {"type": "array", "items": text}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Journey map", "type": "object",
        "required": ["schema", "version", "client", "run", "stages", "lanes", "cells", "findings"],
        "properties": {
            "schema": {"const": "cjm-map"}, "version": {"const": VERSION}, "client": text, "run": text, "title": text,
            "stages": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": text, "goal": text, "touchpoints": {"type": "array", "items": text}}}},
            "lanes": {"type": "array", "items": {"type": "object", "required": ["name", "title"], "properties": {"name": text, "title": text}}},
            "personas": {"type": "array", "items": {"type": "object", "required": ["name", "size"], "properties": {"name": text, "size": {"type": "integer"}}}},
            "missing": {"type": "object", "additionalProperties": text},
            "cells": {"type": "object", "description": "'lane|stage' → ids of findings, most important first", "additionalProperties": {"type": "array", "items": text}},
            "findings": {"type": "array", "items": finding}}}
