"""The generated documentation: what a params file may hold, in words that a reader takes at their word."""

from __future__ import annotations

import json
import re

import pytest

from cjm_research.command.docs import _type, params_markdown
from cjm_research.params import Params, json_schema

TEXT = params_markdown()


def rows() -> dict[tuple[str, str], str]:
    """(section, key) → type in words."""
    found = {}
    for part in TEXT.split("\n## ")[1:]:
        title = part.split("\n")[0]
        for key, kind in re.findall(r"^\| `(\w+)` \| (.*?) \| (?:required|`[^`]*`|) \| ", part, re.M):
            found[title, key] = kind
    return found


@pytest.mark.parametrize(("schema", "words"), [
    ({"enum": ["ordered", "strict", "integer"]}, "`ordered` or `strict` or `integer`"),
    ({"const": "str"}, "`str`"),
    ({"type": "array", "items": {"type": ["string", "number"]}}, "list of text"),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "whole number"),
    ({"anyOf": [{"type": "string"}, {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "boolean"}]}}]}, "text, or list of (text or yes/no)"),
    ({"type": "object", "additionalProperties": {"$ref": "#/$defs/Stage"}}, "mapping of names to [Stage](#stage)"),
    ({"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}]}, "list of number, number"),
    ({"type": "string", "format": "date"}, "date"),
    ({}, "anything"),
])
def test_types_are_words_and_values_are_quoted_whole(schema: dict[str, object], words: str) -> None:
    assert _type(schema) == words


def test_every_key_of_every_section_is_explained() -> None:
    whole, found = json_schema(), rows()
    for title, section in {"The file": whole, **whole["$defs"]}.items():
        for key in section["properties"]:
            assert found[title, key], (title, key)
    assert set(Params.model_fields) == {key for title, key in found if title == "The file"}
    assert not re.search(r"\b(str|int|bool|dict|list|tuple|Any|None|Literal)\b\[?", " ".join(found.values()).replace("list of", ""))


def test_every_choice_is_spelled_as_the_schema_spells_it() -> None:
    found, whole = rows(), json_schema()
    for title, section in whole["$defs"].items():
        for key, field in section["properties"].items():
            for value in field.get("enum", ()):
                assert f"`{value}`" in found[title, key], json.dumps(field)
    assert "`strict`" in found["Funnel", "order"] and "textict" not in TEXT


def test_links_lead_to_headings() -> None:
    headings = {line[3:].lower() for line in TEXT.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\]\(#(\w+)\)", TEXT)) <= headings
