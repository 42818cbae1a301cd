"""The journey as a flow chart with its numbers, for Mermaid and Graphviz.

A stage is a box with its reach; an arrow tells what share of those seen in a stage is seen in a later one; touchpoints
hang below their stage. Emotion and the worst pain point stand in the stage's box, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from ...results.subjects import Arrival, GoingOn
from ..record.run_data import RunData
from .text import clean, short
from .view import MapView
from .written import write_text

TOUCHPOINTS = 6  # of a stage, those that most customers meet; more make a flow that nobody reads
CHARACTERS = 80  # of one line of a box


@dataclass
class _Node:
    """A stage: its lines, the arrow to the next stage, and its touchpoints."""

    lines: list[str]
    onward: list[str]
    touchpoints: list[list[str]] = field(default_factory=list)


def write_mermaid(data: RunData, target: Path) -> Path:
    """Write `journey_map.mmd`."""
    lines = ["flowchart LR"]
    nodes = _nodes(data)
    for i, node in enumerate(nodes):
        lines += [f'  subgraph g{i}["{_mermaid(node.lines[:1])}"]', "    direction TB", f'    s{i}["{_mermaid(node.lines[1:] or ["no data"])}"]']
        lines += [f'    t{i}_{k}(["{_mermaid(t)}"])' for k, t in enumerate(node.touchpoints)]
        lines += [f"    {a} --- {b}" for a, b in pairwise([f"s{i}", *(f"t{i}_{k}" for k in range(len(node.touchpoints)))])]
        lines.append("  end")
    for i, node in enumerate(nodes[:-1]):
        lines.append(f'  g{i} ==>|"{_mermaid(node.onward)}"| g{i + 1}' if node.onward else f"  g{i} ==> g{i + 1}")
    lines += ["  classDef stage fill:#00598c,color:#ffffff,stroke:#00598c", "  classDef touchpoint fill:#ffffff,color:#1f2430,stroke:#5b6372"]
    lines += ["  class " + ",".join(f"s{i}" for i in range(len(nodes))) + " stage"] if nodes else []
    met = [f"t{i}_{k}" for i, node in enumerate(nodes) for k in range(len(node.touchpoints))]
    lines += ["  class " + ",".join(met) + " touchpoint"] if met else []
    lines += [f"  style g{i} fill:#f5f6f8,stroke:#d9dde4" for i in range(len(nodes))]
    return write_text(target / "journey_map.mmd", "\n".join(lines) + "\n")


def write_dot(data: RunData, target: Path) -> Path:
    """Write `journey_map.dot`."""
    nodes = _nodes(data)
    lines = ["digraph journey {", '  rankdir=LR; charset="UTF-8"; fontname="Helvetica"; newrank=true;', f'  label="{_dot([clean(data.title)])}"; labelloc=t;',
             '  node [shape=box, style="rounded,filled", fillcolor="#f5f6f8", color="#d9dde4", fontname="Helvetica", margin="0.25,0.08"]; edge [fontname="Helvetica", color="#5b6372"];']
    for i, node in enumerate(nodes):
        lines.append(f'  s{i} [label="{_dot(node.lines)}", fillcolor="#00598c", fontcolor="white", color="#00598c"];')
        lines += [f'  t{i}_{k} [label="{_dot(t)}"];' for k, t in enumerate(node.touchpoints)]
        if node.touchpoints:
            lines.append("  { rank=same; " + " -> ".join([f"s{i}", *(f"t{i}_{k}" for k in range(len(node.touchpoints)))]) + " [arrowhead=none, style=dotted]; }")
    lines += [f'  s{i} -> s{i + 1} [label="{_dot(node.onward)}", penwidth=2];' for i, node in enumerate(nodes[:-1])]
    return write_text(target / "journey_map.dot", "\n".join([*lines, "}"]) + "\n")


def _nodes(data: RunData) -> list[_Node]:
    view = MapView(data.need_map())
    out = []
    last = [s["name"] for s in view.stages][-2:-1]  # before the last stage, who goes on arrives there
    for stage in view.stages:
        name = stage["name"]
        lines = [short(clean(name), CHARACTERS)]
        for lane, what in (("reach", "reach"), ("emotion", "emotion")):
            found = next((e for e in view.entries(view.lane(lane), name) if e.value and not e.finding.get("touchpoint")), None)
            lines += [f"{what} {found.value} ({_plain(found.small)})"] if found else []
        pain = next((e for e in view.entries(view.lane("pain"), name) if e.value), None)
        lines += [short(f"pain: {pain.label} {pain.value}", CHARACTERS)] if pain else []
        # the arrow leads to the next stage, so it carries the share that arrives there, or nothing where that cannot be seen
        ways = [(e, view.subject(e.finding)) for e in view.entries(view.lane("conversion"), name) if e.value]
        arrival = next((e for e, s in ways if isinstance(s, Arrival)), None) or next(
            (e for e, s in ways if isinstance(s, GoingOn) and (s.next or name in last)), None)
        onward = [f"{arrival.value} arrive", f"({_plain(arrival.small)})"] if arrival else []
        met = sorted((e for e in view.entries(view.lane("touchpoints"), name) if e.value), key=lambda e: -e.finding["estimate"]["value"])
        touchpoints = [[short(e.label, CHARACTERS), f"{e.value} ({_plain(e.small)})"] for e in met[:TOUCHPOINTS]]
        if len(met) > TOUCHPOINTS:
            touchpoints.append([f"and {len(met) - TOUCHPOINTS} more"])
        out.append(_Node(lines, onward, touchpoints))
    return out


def _plain(small: str) -> str:
    return small.replace("\u00a0", " ").replace(" · ", "; ")


def _mermaid(lines: list[str]) -> str:
    """Text inside the quotes of a label: what Mermaid or HTML would read as something else becomes an entity."""
    out = []
    for text in lines:
        for old, new in (("#", "#35;"), ("&", "#38;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("`", "#96;"), ("\\", "#92;"), ("%%", "%#37;")):
            text = text.replace(old, new)
        out.append(text)
    return "<br/>".join(out)


def _dot(lines: list[str]) -> str:
    return "\\n".join(text.replace("\\", "\\\\").replace('"', '\\"') for text in lines)
