"""Answers as they are declared: what a question asks, which frames it gives, and what every column says in which unit.

A declaration is the only place that knows a column's heading and unit; tables, the spreadsheet and the documentation read it.
It stands beside the function that answers, and `declares` ties the two together:

    STEPS = Frame("steps", "Steps of the funnel", (text("name", "Step"), *ESTIMATE, count("pending", "Pending")), key=("step",))

    @declares(STEPS)
    def funnel(study: Study, name: str) -> Result: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import BadInput, unknown

if TYPE_CHECKING:
    import pandas as pd

    from .result import Result

#: what a column holds. "estimate": a number whose unit the row's own column `unit` names; "level": as that, for the two sides
#: of a difference ("share" where the unit is "share difference"); "mixed": each value by its own type; "interval": no column of the frame, but the two ends of another
UNITS: tuple[str, ...] = ("text", "boolean", "time", "day", "count", "share", "share difference", "relative", "s", "p", "score", "number", "list",
                          "estimate", "level", "interval", "mixed")


@dataclass(frozen=True)
class Column:
    """One column of a frame.

    unit: what it holds, one of `UNITS`. base: of a share, the column with what it is a share of, so that it can be told as counts
    where that is small. of: for an interval, the column whose ends it shows ("value": `low` and `high`; "x":
    `x_low` and `x_high`). worded: how a name of this package or of the data is written for a reader. internal: used by charts
    and evidence, and shown only where a table asks for it.
    """

    name: str
    heading: str
    unit: str = "text"
    meaning: str = ""
    of: str = ""
    base: str = ""
    worded: Callable[[str], str] | None = None
    internal: bool = False

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"column {self.name}: unit {self.unit!r} is none of {UNITS}")
        if (self.unit == "interval") != bool(self.of):
            raise ValueError(f"column {self.name}: an interval, and only one, names the column it is of")

    @property
    def ends(self) -> tuple[str, str]:
        """The columns that hold the ends of an interval."""
        return ("low", "high") if self.of == "value" else (f"{self.of}_low", f"{self.of}_high")


@dataclass(frozen=True)
class Frame:
    """One frame of an answer.

    title: what its table is called where a chapter gives no caption. key: the columns that tell its rows apart. columns: all,
    in the order in which a table shows those that are not internal. shown: another choice and order. if_empty: what stands in
    the place of a table without rows. more: the unit of further columns that the data name (one a persona, say); empty where
    there are none.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    if_empty: str = ""
    more: str = ""

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        twice = {n for n in names if names.count(n) > 1}
        absent = {*self.key, *self.shown, *(c.of for c in self.columns if c.of), *(c.base for c in self.columns if c.base)} - set(names)
        if twice or absent:
            raise ValueError(f"frame {self.name}: declared twice {sorted(twice)}, not declared {sorted(absent)}")

    @property
    def stored(self) -> tuple[str, ...]:
        """The names of the columns that the frame itself has, the ends of intervals among them."""
        return tuple(dict.fromkeys(n for c in self.columns for n in (c.ends if c.unit == "interval" else (c.name,))))

    @property
    def default(self) -> tuple[str, ...]:
        """The names of the columns that a table shows unless it chooses."""
        return self.shown or tuple(c.name for c in self.columns if not c.internal)

    def __getitem__(self, name: str) -> Column:
        """A column by name. Raises `BadInput` with a suggestion for an unknown one."""
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            raise unknown(f"table {self.name}", "column", name, [c.name for c in self.columns], "correct the chapter's cell")
        return found

    def differences(self, frame: pd.DataFrame) -> list[str]:
        """How a frame differs from its declaration, in words; empty where it does not."""
        if not len(frame.columns):
            return [] if frame.empty else ["it has rows and no columns"]
        have = {str(c) for c in frame.columns}
        declared = set(self.stored)
        optional = {end for c in self.columns if c.unit == "interval" for end in c.ends} | {c.name for c in self.columns if c.internal}
        extra = [] if self.more else sorted(have - declared)
        absent = sorted(declared - have - optional)
        return [*(f"column {c} is not declared" for c in extra), *(f"declared column {c} is absent" for c in absent)]


AnyQuestion = TypeVar("AnyQuestion", bound=Callable[..., Any])


def declares(*frames: Frame) -> Callable[[AnyQuestion], AnyQuestion]:
    """Tie the frames that a question gives to the function that answers it."""
    def tie(function: AnyQuestion) -> AnyQuestion:
        function.frames = {f.name: f for f in frames}  # type: ignore[attr-defined]
        return function

    return tie


def frames_of(question: Callable[..., Any]) -> Mapping[str, Frame]:
    """The frames that a question declares; none for a function without a declaration."""
    found: Mapping[str, Frame] = getattr(question, "frames", {})
    return found


def check_answer(question: Callable[..., Any], result: Result) -> None:
    """Raise ValueError where an answer holds a frame or column that its question does not declare: a fault of the question."""
    frames = frames_of(question)
    if not frames:
        return
    faults = [f"frame {name}: {fault}" for name, frame in result.frames.items()
              for fault in (frames[name].differences(frame) if name in frames else ["it is not declared"])]
    if faults:
        raise ValueError(f"{question.__name__} answers otherwise than it declares: {'; '.join(faults)}")


def parameters_of(function: Callable[..., Any], options: Mapping[str, Any], where: str, also: tuple[str, ...] = (),
                  advice: str = "correct the chapter's cell") -> dict[str, inspect.Parameter]:
    """What a question or a chart takes as options, by name; the first parameter (the study, the answer) is none.

    Raises `BadInput` with a suggestion for an option that it does not have. also: options of whoever asks.
    """
    parameters = list(inspect.signature(function).parameters.values())[1:]
    known = {p.name: p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in options:
            if name not in known:
                raise unknown(where, "option", name, [*known, *also], advice)
    return known


def check_options(function: Callable[..., Any], options: Mapping[str, Any], asked_by: str, also: tuple[str, ...] = ()) -> None:
    """Raise `BadInput` for an option that a question or a chart does not have, or one that it needs and was not given.

    also: options of whoever asks.
    """
    where = f"{asked_by} {function.__name__}"
    known = parameters_of(function, options, where, also)
    needed = [p.name for p in known.values() if p.default is p.empty and p.name not in options]
    if needed:
        raise BadInput(where, f"{', '.join(needed)} not given", ", ".join(known), "give it in the chapter's cell")


# --- columns in few words ----------------------------------------------------------------------------------------------------


def text(name: str, heading: str, meaning: str = "", **more: Any) -> Column:
    """A column of words."""
    return Column(name, heading, "text", meaning, **more)


def count(name: str, heading: str, meaning: str = "", **more: Any) -> Column:
    """A column of counts."""
    return Column(name, heading, "count", meaning, **more)


def share(name: str, heading: str, meaning: str = "", **more: Any) -> Column:
    """A column of shares, 0 to 1."""
    return Column(name, heading, "share", meaning, **more)


def seconds(name: str, heading: str, meaning: str = "", **more: Any) -> Column:
    """A column of durations in seconds."""
    return Column(name, heading, "s", meaning, **more)


def p_value(name: str, heading: str = "p", meaning: str = "", **more: Any) -> Column:
    """A column of p-values."""
    return Column(name, heading, "p", meaning, **more)


def day(name: str, heading: str, meaning: str = "", **more: Any) -> Column:
    """A column of days."""
    return Column(name, heading, "day", meaning, **more)


def time(name: str, heading: str, meaning: str = "", **more: Any) -> Column:
    """A column of points in time."""
    return Column(name, heading, "time", meaning, **more)


def yes_no(name: str, heading: str, meaning: str = "", **more: Any) -> Column:
    """A column of truth values."""
    return Column(name, heading, "boolean", meaning, **more)


def number(name: str, heading: str, meaning: str = "", **more: Any) -> Column:
    """A column of plain numbers."""
    return Column(name, heading, "number", meaning, **more)


def interval(of: str, heading: str = "95 % interval") -> Column:
    """The interval of another column of the same frame."""
    return Column("interval" if of == "value" else f"{of}_interval", heading, "interval", of=of)


def ends(stem: str, unit: str, heading: str) -> tuple[Column, ...]:
    """The two ends of an interval that no column of the frame has: `refit_low` and `refit_high`."""
    return tuple(Column(f"{stem}_{end}", f"{heading}, {end}", unit, internal=True) for end in ("low", "high"))


def estimate(value: str = "Value", n: str = "n", base: str = "Base", interval_heading: str = "95 % interval") -> tuple[Column, ...]:
    """The columns that every frame of estimates carries, with the headings they have there."""
    return (Column("value", value, "estimate", "the estimate, in the row's unit"), interval("value", interval_heading),
            count("n", n, "what the number counts"), count("base", base, "what it is out of"),
            text("unit", "Unit", internal=True), text("method", "Method", internal=True))


def named(columns: Iterable[Column]) -> dict[str, Column]:
    """Columns by name."""
    return {c.name: c for c in columns}
