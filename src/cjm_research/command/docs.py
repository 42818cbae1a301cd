"""The generated parts of the documentation: params, tables, sources and the JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..params import Params, schema_text
from ..params.load import _inner_model
from ..params.schema.base import OneOrMany
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
    """`docs/params.md`."""
    out = ["# Params", "", "Generated from `src/cjm_research/params/schema/` by `cjm docs`. A client's file "
           "`params/<client>.yaml` lies over `params/_defaults.yaml`: mappings are merged, lists and values replaced. "
           "Unknown keys are refused.", ""]
    seen: set[type[BaseModel]] = set()
    queue: list[tuple[str, type[BaseModel]]] = [("The file", Params)]
    while queue:
        title, model = queue.pop(0)
        if model in seen:
            continue
        seen.add(model)
        out += [f"## {title}", "", (model.__doc__ or "").strip(), "", "| key | type | default | meaning |", "| --- | --- | --- | --- |"]
        for name, field in model.model_fields.items():
            inner = _inner_model(field.annotation)
            if inner:
                queue.append((inner.__name__, inner))
            default = "required" if field.is_required() else _default(field.get_default())
            kind = _type(field.annotation)
            if any(isinstance(m, OneOrMany) for m in field.metadata):
                kind = f"{kind.removeprefix('list of ').removeprefix('list[').removesuffix(']')} or a list of it"
            out.append(f"| `{name}` | {kind} | {default} | {field.description or ''} |")
        out.append("")
    return "\n".join(out)


def _default(value: Any) -> str:
    if isinstance(value, BaseModel) or value is None:
        return ""
    return f"`{value}`"


def _type(annotation: Any) -> str:
    inner = _inner_model(annotation)
    if inner:
        name = f"[{inner.__name__}](#{inner.__name__.lower()})"
        return f"list of {name}" if "list" in str(annotation) else name
    text = str(annotation)
    for old, new in (("typing.", ""), ("<class '", ""), ("'>", ""), ("datetime.", ""), (" | None", ""), ("Literal", "one of "), ("NoneType", "null")):
        text = text.replace(old, new)
    if "Annotated" in text:
        text = "duration" if "seconds" in text or "BeforeValidator" in text else "text"
    return text.replace("|", "or").replace("str", "text").replace("float", "number").replace("int", "integer").replace("bool", "yes/no")
