"""Blocks as plain text: what a script prints and a terminal shows."""

from __future__ import annotations

from ..errors import printable
from ..shapes import Json
from .blocks import Answer, Block, Card, Figure, Map, Quotes, Sheets, Table

WIDEST = 48  # characters of a cell


def plain_text(block: Block) -> str:
    """A block as text that says the same."""
    return printable(_text(block))


def brief_text(block: Block) -> str:
    """What stands for a block in a notebook, where its data and its HTML stand beside it: a table by its name."""
    return printable(f"[table] {block.caption}: {len(block.rows):,} rows") if isinstance(block, Table) else plain_text(block)


def _text(block: Block) -> str:
    if isinstance(block, Answer):
        return "\n".join([block.question, *(f"  {s}" for s in block.sentences), *(f"  mind: {c}" for c in (*block.blockers, *block.caveats, *block.notes))])
    if isinstance(block, Card):
        parts = (("needed", block.allowed), ("next", block.next))
        return "\n".join([f"Not enough data. {block.title}: {block.found}", *(f"  {name}: {text}" for name, text in parts if text)])
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure):
        return f"[figure] {block.title or block.caption}: {block.alt}"
    if isinstance(block, Quotes):
        return "\n".join([block.caption, *(f"  “{q['text']}” {' · '.join(str(q[k]) for k in ('who', 'where', 'code') if q.get(k))}" for q in block.items)])
    if isinstance(block, Map):
        return _map(block.data)
    if isinstance(block, Sheets):
        return "\n".join(f"{item.get('name', '')}: {item.get('summary', '')}" for item in block.items)
    return f"<{block.kind}>"


def _table(block: Table) -> str:
    cells = [[str(c["label"]) for c in block.columns], *([_cut(str(c["text"])) for c in row] for row in block.rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(block.columns))]
    right = [c.get("align") == "right" for c in block.columns]

    def line(row: list[str]) -> str:
        # a bar, for numbers side by side would read as the groups of one: 089 245 35
        return " | ".join(t.rjust(w) if r else t.ljust(w) for t, w, r in zip(row, widths, right, strict=True)).rstrip()

    notes = [n for n in (block.same, block.note) if n]
    return "\n".join([block.caption, *notes[:1 if block.same else 0], line(cells[0]), line(["-" * w for w in widths]), *map(line, cells[1:]),
                      *notes[1 if block.same else 0:]])


def _map(data: Json) -> str:
    stages, findings = [str(s["name"]) for s in data.get("stages", [])], len(data.get("findings", []))
    return f"[map] {data.get('title', '')}: {' → '.join(stages)}; {findings:,} findings"


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WIDEST else text[:WIDEST - 1] + "…"
