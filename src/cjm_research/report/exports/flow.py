"""The journey as a flow chart: stages with reach, arrows with conversion; for Mermaid and Graphviz."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...analysis import words
from .run_data import RunData


def write_mermaid(data: RunData, target: Path) -> Path:
    """Write `journey_map.mmd`."""
    lines = ["flowchart LR"]
    nodes, edges = _graph(data)
    lines += [f'  s{i}["{_mermaid(text)}"]' for i, text in enumerate(nodes)]
    lines += [f'  s{a} -->|"{_mermaid(text)}"| s{b}' for a, b, text in edges]
    return _write(target / "journey_map.mmd", "\n".join(lines) + "\n")


def write_dot(data: RunData, target: Path) -> Path:
    """Write `journey_map.dot`."""
    nodes, edges = _graph(data)
    lines = ["digraph journey {", "  rankdir=LR; node [shape=box, style=rounded, fontname=Helvetica]; edge [fontname=Helvetica];"]
    lines += [f'  s{i} [label="{_dot(text)}"];' for i, text in enumerate(nodes)]
    lines += [f'  s{a} -> s{b} [label="{_dot(text)}"];' for a, b, text in edges]
    return _write(target / "journey_map.dot", "\n".join([*lines, "}"]) + "\n")


def _graph(data: RunData) -> tuple[list[str], list[tuple[int, int, str]]]:
    """Stages with their reach, and what share went on from each."""
    found = data.need_map()
    nodes, edges = [], []
    for i, stage in enumerate(found["stages"]):
        reach = _first(data, found, "reach", stage["name"])
        size = f"\n{words.number(reach['value'], 'share')} ({reach['n']:,} of {reach['base']:,})" if reach else ""
        nodes.append(stage["name"] + size)
        onward = _first(data, found, "conversion", stage["name"])
        if i + 1 < len(found["stages"]):
            text = f"{words.number(onward['value'], 'share')} go on" if onward else ""
            edges.append((i, i + 1, text))
    return nodes, edges


def _first(data: RunData, found: dict[str, Any], lane: str, stage: str) -> dict[str, Any] | None:
    for fid in found["cells"].get(f"{lane}|{stage}", []):
        f = data.by_id[fid]
        if not f.get("persona") and f.get("estimate") and f["estimate"]["value"] is not None:
            return dict(f["estimate"])
    return None


def _mermaid(text: str) -> str:
    for old, new in (("#", "#35;"), ("&", "#38;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("\n", "<br/>")):
        text = text.replace(old, new)
    return text


def _dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _write(path: Path, text: str) -> Path:
    temporary = path.with_suffix(path.suffix + ".partial")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return path
