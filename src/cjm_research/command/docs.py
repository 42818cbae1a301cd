"""The generated parts of the documentation: params, tables, sources and the JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..params import json_schema, schema_text
from ..tables import TABLES


def documents() -> dict[str, str]:
    """Path from the project's root → text of every generated file."""
    from ..report.exports.json_file import schema_text as map_schema_text
    from ..report.record.receipt import receipt_schema_text
    from ..sources import sources_markdown

    return {"params/schema.json": schema_text(), "docs/params.md": params_markdown(), "docs/tables.md": tables_markdown(),
            "docs/sources.md": sources_markdown(), "docs/run.schema.json": receipt_schema_text(),
            "docs/map.schema.json": map_schema_text()}


def write_docs(root: Path, check_only: bool = False) -> list[str]:
    """Write what differs (or only say so); returns the paths that differ."""
    changed = []
    for name, text in documents().items():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            changed.append(name)
            if not check_only:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return changed


def tables_markdown() -> str:
    """`docs/tables.md`."""
    out = ["# Canonical tables", "", "Generated from `src/cjm_research/tables.py` by `cjm docs`. Parquet under `data/tables/<client>/`.",
           "`interactions` lies there twice: by customer and time, and by event, customer and time.", ""]
    for table in TABLES.values():
        out += [f"## {table.name}", "", f"{table.meaning.capitalize()}. Key: {', '.join(f'`{k}`' for k in table.key)}.", "",
                "| column | type | unit | empty? | privacy | meaning |", "| --- | --- | --- | --- | --- | --- |"]
        out += [f"| `{c.name}` | {c.type} | {c.unit} | {'yes' if c.nullable else 'no'} | {c.privacy} | {c.meaning} |" for c in table.columns]
        out.append("")
    return "\n".join(out)


def params_markdown() -> str:
    """`docs/params.md`, from the JSON Schema that editors use: what they complete and what is written here cannot differ."""
    out = ["# Params", "", "Generated from `src/cjm_research/params/schema/` by `cjm docs`. A client's file "
           "`params/<client>.yaml` lies over `params/_defaults.yaml`: mappings are merged, lists and values replaced. "
           "Unknown keys are refused.", ""]
    whole = json_schema()
    seen: set[str] = set()
    queue: list[tuple[str, dict[str, Any]]] = [("The file", whole)]
    while queue:
        title, section = queue.pop(0)
        if title in seen:
            continue
        seen.add(title)
        out += [f"## {title}", "", section.get("description", "").strip(), "", "| key | type | default | meaning |", "| --- | --- | --- | --- |"]
        for name, field in section["properties"].items():
            queue += [(inner, whole["$defs"][inner]) for inner in _sections(field)]
            default = "required" if name in section.get("required", ()) else _default(field)
            out.append(f"| `{name}` | {_type(field)} | {default} | {_meaning(field, whole)} |")
        out.append("")
    return "\n".join(out)


def _sections(schema: Any) -> list[str]:
    """The sections that a field refers to, in the order in which they are named."""
    if isinstance(schema, list):
        return [name for part in schema for name in _sections(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
    return own + [name for key, part in schema.items() if key in ("anyOf", "oneOf", "allOf", "items", "additionalProperties") for name in _sections(part)]


def _meaning(field: dict[str, Any], whole: dict[str, Any]) -> str:
    """The field's description, or that of the section it holds."""
    inner = _sections(field)
    return str(field.get("description") or (whole["$defs"][inner[0]].get("description", "") if inner else "")).strip()


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    return "" if value is None or "$ref" in field else f"`{value}`"


#: types of JSON Schema in words; where a text may stand the loader takes a number for its text
_WORDS = {"string": "text", "number": "number", "integer": "whole number", "boolean": "yes/no", "object": "mapping", "array": "list"}


def _type(schema: dict[str, Any]) -> str:
    """What may stand there, in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            parts = list(dict.fromkeys(_type(part) for part in schema[key] if part.get("type") != "null"))
            parts = [p for p in parts if p != "whole number" or "number" not in parts]
            return (", or " if any(" of " in p or " to " in p for p in parts) else " or ").join(parts)
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        kind = "string" if "string" in kind else kind[0]
    if kind == "array" and "prefixItems" in schema:
        return f"list of {', '.join(map(_type, schema['prefixItems']))}"
    if kind == "array" and schema.get("items"):
        return f"list of {_grouped(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"mapping of names to {_grouped(schema['additionalProperties'])}"
    if "examples" in schema:
        return f"{_WORDS[kind]} as {' or '.join(f'`{e}`' for e in schema['examples'])}"
    return {"date": "date", "date-time": "time", "duration": "duration"}.get(schema.get("format", ""), _WORDS.get(kind, kind))


def _grouped(schema: dict[str, Any]) -> str:
    words = _type(schema)
    return f"({words})" if " or " in words else words
