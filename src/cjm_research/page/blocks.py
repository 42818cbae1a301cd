"""Blocks: what a chapter shows, as plain data. JupyterLab and the published report draw the same block.

A notebook cell displays a block under two MIME types: `MIME` (this data, which the report renders itself and
which is the only thing it trusts) and `text/html` (for JupyterLab). Text in blocks is plain text: rendering
escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ..shapes import Json

MIME = "application/vnd.cjm.block+json"


@dataclass(frozen=True)
class Block:
    """Base of all blocks; `kind` selects the renderer."""

    kind: ClassVar[str] = ""

    def to_dict(self) -> Json:
        """Plain values, with the kind. They are the block's own: a map of a thousand findings is not copied."""
        return {"kind": self.kind, **vars(self)}


@dataclass(frozen=True)
class Answer(Block):
    """The answer to a question in words; method and caveats on demand."""

    kind: ClassVar[str] = "answer"
    question: str
    sentences: list[str]
    caveats: list[str] = field(default_factory=list)  # limits: they change how the answer is read
    method: str = ""
    findings: list[Json] = field(default_factory=list)  # collected into findings.json
    notes: list[str] = field(default_factory=list)  # how things were counted, on demand
    blockers: list[str] = field(default_factory=list)  # to be settled before the figures are used


@dataclass(frozen=True)
class Card(Block):
    """Not enough data, said in words. Never used for a failure."""

    kind: ClassVar[str] = "card"
    title: str
    found: str
    allowed: str = ""
    next: str = ""


@dataclass(frozen=True)
class Table(Block):
    """A table. cells: [[{"text": shown, "sort": number or text}]]; the first column heads its row.

    same: what is equal in every row, in words; it is said once, above the table.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: list[Json]  # {"label": str, "align": "left" | "right", "note": str}
    rows: list[list[Json]]
    note: str = ""
    same: str = ""


@dataclass(frozen=True)
class Figure(Block):
    """A figure as SVG text; alt says in words what it shows, with its main numbers.

    title: what it found, in the words of its answer; empty where the answer says it in no sentence of its own.
    """

    kind: ClassVar[str] = "figure"
    svg: str
    alt: str
    caption: str
    title: str = ""

    def __post_init__(self) -> None:
        if len(self.alt.split()) < 4:
            raise ValueError(f"figure {self.caption!r}: an alt text must say what the figure shows, found {self.alt!r}")


@dataclass(frozen=True)
class Quotes(Block):
    """Verbatim quotes. items: {"text", "who", "where", "code", "finding", "anchor"}."""

    kind: ClassVar[str] = "quotes"
    caption: str
    items: list[Json]


@dataclass(frozen=True)
class Map(Block):
    """The journey map; `data` is what `analysis.journey_map` returned, as plain values."""

    kind: ClassVar[str] = "map"
    data: Json


@dataclass(frozen=True)
class Sheets(Block):
    """Persona sheets; `items` is one mapping a persona.

    name; number (1…, its colour); size; summary; natural (False: a slice of one cloud); rule (how to recognise
    one, in words); glyph: [{"label", "text", "position": 0…1, .5 the other customers}]; sections and empathy:
    {heading: lines}; a line is {"text", "status": assumed | partly | backed, "evidence", "finding"}; quotes:
    [{"text", "who", "where", "id"}]; counts: {status: lines}. Other keys are drawn as sections of their own.
    """

    kind: ClassVar[str] = "sheets"
    items: list[Json]


BLOCKS: dict[str, type[Block]] = {b.kind: b for b in (Answer, Card, Table, Figure, Quotes, Map, Sheets)}


def from_dict(data: Json) -> Block:
    """The inverse of `Block.to_dict`. Raises KeyError for an unknown kind."""
    values = dict(data)
    return BLOCKS[values.pop("kind")](**values)
