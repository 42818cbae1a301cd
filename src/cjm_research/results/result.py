"""What an analysis returns: estimates with their n, base and interval, and the findings that rest on them.

A `Result` holds only frames and plain values, so it can be kept on disk as Parquet and JSON and
gives the same numbers to the chapter, the map, the spreadsheet and the tests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from .. import live
from ..errors import BadInput, did_you_mean, unknown
from ..shapes import Json, Row
from . import shown
from .caveats import from_plain, to_plain
from .lanes import BY_NAME
from .subjects import Subject

if TYPE_CHECKING:
    from .declared import Frame
    from .released import Source

Status = Literal["assumed", "partly", "backed"]
KINDS = ("metric", "pain", "gain", "emotion", "need", "action", "thought", "quote", "persona",
         "opportunity", "experiment", "quality")

# The columns every frame of estimates carries; a frame may add its own (step, persona, …) before them.
ESTIMATE_COLUMNS = ("value", "low", "high", "n", "base", "unit", "method")


@dataclass(frozen=True)
class Estimate:
    """One number that can be shown: never without its n, base, interval, unit and method.

    `value`, `low`, `high` are in `unit`: "share" (0…1), "s", "points" (NPS −100…100), "score",
    "customers", … or the client's currency. `n` counts what the number is about (converted), `base`
    what it is out of (entrants). `low`/`high` are None only where `method` says why.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    base: int
    unit: str
    method: str

    def row(self) -> Row:
        """Give the estimate as a row of a frame, in the order of `ESTIMATE_COLUMNS`."""
        return {name: getattr(self, name) for name in ESTIMATE_COLUMNS}

    @classmethod
    def of(cls, row: Mapping[Any, Any] | pd.Series) -> Estimate:
        """Read the estimate in a row of a frame: the inverse of `row`."""
        return cls(*(row[name] for name in ESTIMATE_COLUMNS))


@dataclass(frozen=True)
class Evidence:
    """What a finding rests on: counted and hashed rows of a table, or a quote in a document.

    `definition` is the condition that selects the rows, in words and (where it can be run) as SQL over
    the canonical tables in `sql`; `rows` is their number and `rows_sha256` their content's hash. A quote
    names its document, span (code points, end exclusive) and the hash of the document's text. `sample` is some of the rows, for readers.
    """

    kind: Literal["rows", "quote", "assumption"]
    definition: str
    table: str | None = None
    sql: str | None = None
    rows: int | None = None
    rows_sha256: str | None = None
    sample: tuple[Json, ...] = ()
    document_id: str | None = None
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    speaker: str | None = None
    text_sha256: str | None = None
    chapter: str | None = None
    anchor: str | None = None


@dataclass(frozen=True)
class Finding:
    """A statement with its number, what it is about and where it lies on the map.

    `key` tells the finding from others of its question ("funnel:purchase:step:2") and says nothing else: what it is about is
    `subject`, the row of the map it belongs to is `lane` (a name of `lanes.LANES`; None: it is no entry of the map), and
    `label` holds the words that stand beside the number in its cell, where lane and stage say the rest ("": none are needed;
    None: the statement). `id` is derived from key, stage, touchpoint and persona, not from values, and so stays the same
    from run to run. `period` names a part of the study's period ("previous", "current" half); None is the whole.
    """

    key: str
    statement: str
    kind: str
    estimate: Estimate | None = None
    stage: str | None = None
    touchpoint: str | None = None
    channel: str | None = None
    persona: str | None = None
    source: Literal["behaviour", "survey", "interview", "feedback", "experiment", "assumption"] = "behaviour"
    status: Status = "backed"
    evidence: tuple[Evidence, ...] = ()
    caveats: tuple[str, ...] = ()
    chapter: str | None = None
    anchor: str | None = None
    period: str | None = None
    lane: str | None = None
    label: str | None = None
    subject: Subject | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"finding {self.key}: kind {self.kind!r} is none of {KINDS}")
        if self.lane is not None and self.lane not in BY_NAME:
            raise ValueError(f"finding {self.key}: lane {self.lane!r} is none of {', '.join(BY_NAME)}; a lane is a row of `LANES` in results/lanes.py")
        if self.status == "assumed" and self.source != "assumption":
            raise ValueError(f"finding {self.key}: only an assumption is 'assumed'")
        for name in ("stage", "touchpoint", "channel", "persona", "period"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):  # a frame's mark of an absent text
                object.__setattr__(self, name, None)

    def __repr__(self) -> str:
        place = " · ".join(str(x) for x in (self.lane, self.stage, self.touchpoint, self.persona, self.channel, self.period) if x)
        return f"<{self.id}: {self.statement}{f' [{place}]' if place else ''}>"

    @property
    def id(self) -> str:
        """A stable short id: `F-` and ten hex digits."""
        place = (self.key, self.stage, self.touchpoint, self.channel, self.persona)
        # the period is added only where there is one: what was found without it keeps its id
        parts = "|".join(str(x or "") for x in (place if self.period is None else (*place, self.period)))
        return "F-" + hashlib.sha256(parts.encode()).hexdigest()[:10]

    @property
    def cell(self) -> tuple[str, str] | None:
        """Where it lies on the map: (lane, stage). None where it lies on no stage or belongs to no lane."""
        return (self.lane, self.stage) if self.lane is not None and self.stage is not None else None

    @property
    def in_cell(self) -> str:
        """What stands in its cell beside the number."""
        return self.statement if self.label is None else self.label

    def to_dict(self) -> Json:
        """Plain values, with the id, ready for `findings.json`."""
        # field by field: `asdict` looks into every value, which took a sixth of the time of a map
        evidence = tuple({**vars(e), "sample": tuple({**row} for row in e.sample)} for e in self.evidence)
        return {"id": self.id, **vars(self), "estimate": {**vars(self.estimate)} if self.estimate else None, "evidence": evidence,
                "subject": self.subject.to_dict() if self.subject else None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """Read what `to_dict` gave; also findings of runs from before they carried lane, label and subject."""
        from .older import completed

        d = {k: v for k, v in completed(data).items() if k != "id"}
        d["subject"] = Subject.from_dict(d.get("subject"))
        d["estimate"] = Estimate(**d["estimate"]) if d.get("estimate") else None
        d["evidence"] = tuple(Evidence(**{**e, "sample": tuple(e.get("sample") or ())}) for e in d.get("evidence") or ())
        d["caveats"] = tuple(d.get("caveats") or ())
        return cls(**d)

    def at(self, **place: Any) -> Finding:
        """Place the same finding elsewhere (stage, touchpoint, persona, chapter, anchor)."""
        return replace(self, **place)


@dataclass(repr=False)
class Result:
    """The answer to one question.

    frames: tidy tables, by name; frames of estimates carry `ESTIMATE_COLUMNS`.
    facts: plain values (str, int, float, bool, None, lists and dicts of them).
    sentences: the answer in words, numbers included; the first one is the headline.
    method: how it was computed, with its source; shown on demand.
    caveats: what a reader must know before trusting it (small n, open windows, unmet assumptions); `caveats.Note` and `caveats.Blocker` weigh less and more.
    """

    question: str
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    method: str = ""
    caveats: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    charts: tuple[str, ...] = field(default=(), repr=False, compare=False)  # what can be drawn of it, as it is called; set by who asks
    declared: Mapping[str, Frame] = field(default_factory=dict, repr=False, compare=False)  # set by who asks; not kept with the answer
    asked_of: Source | None = field(default=None, repr=False, compare=False)  # whom it is about; set by who asks

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.frames:
            raise unknown(self.question or "answer", "frame", name, self.frames, "answer.frames lists them")
        return self.frames[name]

    def __getattr__(self, name: str) -> pd.DataFrame:
        """Take a frame by its name: `answer.steps`."""
        frames = self.__dict__.get("frames", {})
        if name in frames:
            return frames[name]
        near = did_you_mean(name, [*frames, *super().__dir__()])
        raise AttributeError(f"the answer has no {name!r}.{near} Frames: {', '.join(frames) or 'none'}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(n for n in self.frames if n.isidentifier())})

    def to_frame(self, name: str = "") -> pd.DataFrame:
        """Copy one frame.

        Args:
            name: Name of the frame; default: the first, which is what the question is about.

        Returns:
            A frame that can be changed without changing the answer.

        Raises:
            BadInput: An unknown frame, with the nearest one; an answer without any frame.

        Example:
            >>> answer.to_frame("steps")
        """
        if not name and not self.frames:
            raise BadInput(self.question, "the answer has no frame", "an answer with frames", "answer.facts and answer.sentences hold what it says")
        return self[name or next(iter(self.frames))].copy()

    def to_excel(self, path: str | Path) -> Path:
        """Write the answer's words and all its frames into a spreadsheet, a sheet each.

        Args:
            path: Where to; it ends with `.xlsx`.

        Returns:
            The path.

        Raises:
            BadInput: The path names another kind of file.
            WouldExposePerson: An identifier of a person would stand in it.

        Example:
            >>> answer.to_excel("checkout.xlsx")
        """
        from .spreadsheet import write_answer

        return write_answer(self, Path(path))

    def __repr__(self) -> str:
        return shown.as_text(self)

    def _repr_html_(self) -> str:
        return shown.as_html(self)

    def _ipython_display_(self) -> None:
        """At the end of a cell: all of it, or what it holds where this cell has shown the answer already."""
        if live.cell() is not None and self.__dict__.get("_shown_in") == live.cell():
            live.display_html(shown.holds_html(self), shown.holds_text(self))
        else:
            live.mark_shown(self)
            live.display_html(shown.as_html(self), repr(self))

    def meta(self) -> Json:
        """Everything but the frames, as plain values."""
        return {
            "question": self.question, "facts": self.facts, "sentences": self.sentences, "method": self.method,
            "caveats": to_plain(self.caveats), "findings": [f.to_dict() for f in self.findings], "frames": list(self.frames),
        }

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any], frames: dict[str, pd.DataFrame]) -> Result:
        """Read what `meta` gave, with the frames."""
        return cls(
            question=meta["question"], frames=frames, facts=dict(meta["facts"]), sentences=list(meta["sentences"]),
            method=meta["method"], caveats=from_plain(meta["caveats"]),
            findings=[Finding.from_dict(f) for f in meta["findings"]],
        )


def estimates_frame(rows: Sequence[Mapping[str, Any] | tuple[Mapping[str, Any], Estimate]]) -> pd.DataFrame:
    """Make a frame of estimates from rows, each a mapping or a pair (its own columns, its estimate)."""
    flat = [{**row[0], **row[1].row()} if isinstance(row, tuple) else dict(row) for row in rows]
    return pd.DataFrame(flat)


def frame_sha256(frame: pd.DataFrame) -> str:
    """Hash a frame's content in a way that does not depend on the order of its rows."""
    ordered = frame.reindex(sorted(frame.columns), axis=1).astype("string").fillna("\0")
    lines = sorted(json.dumps(row, ensure_ascii=False) for row in ordered.to_numpy().tolist())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
