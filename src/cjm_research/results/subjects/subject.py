"""What a finding is about, as data: the step of a funnel, the quote, the question.

A question makes the subject where it knows it; whoever composes, labels or compares findings reads it from there. Keys and
sentences of findings are never taken apart. In `findings.json` a subject is its fields and its `type`, the name of its class.
A subject that others read (the first page, opportunities, runs of before) stands in this folder; one that only its own question makes
stands beside that question and is found there by its name.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from ...files import files_below
from ...shapes import Json

PACKAGE = Path(__file__).resolve().parents[2]
#: the rooms of questions, whose modules may hold subjects of their own
ROOMS = ("analysis", "journey_map")
_CLASS = re.compile(r"^class (\w+)\(Subject\):", re.MULTILINE)


class Subject:
    """What a finding is about. Each kind is a frozen dataclass of plain values."""

    types: ClassVar[dict[str, type[Subject]]] = {}

    def __init_subclass__(cls) -> None:
        known = Subject.types.get(cls.__name__)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{cls.__module__}: there is a subject {cls.__name__} in {known.__module__} already; findings.json knows subjects by the name of their class")
        Subject.types[cls.__name__] = cls

    def to_dict(self) -> Json:
        """Plain values, with the `type`."""
        return {"type": type(self).__name__, **asdict(self)}  # type: ignore[call-overload]

    @staticmethod
    def from_dict(data: Mapping[str, Any] | None) -> Subject | None:
        """The inverse of `to_dict`. Raises ValueError for an unknown type, TypeError for unknown or absent fields."""
        if data is None:
            return None
        fields = dict(data)
        name = fields.pop("type", None)
        if name not in Subject.types and name in _beside_questions():
            importlib.import_module(_beside_questions()[name])
        if name not in Subject.types:
            raise ValueError(f"subject of type {name!r} is none of {', '.join(subject_names())}")
        if isinstance(fields.get("rank"), Mapping):
            fields["rank"] = Rank(**fields["rank"])
        return Subject.types[name](**fields)


def subject_names() -> list[str]:
    """The types of subjects there are, by name; those beside a question also where nobody imported it."""
    ours = {name for name, kind in Subject.types.items() if kind.__module__.startswith("cjm_research.")}
    return sorted(ours | set(_beside_questions()))


@functools.cache
def _beside_questions() -> dict[str, str]:
    """Subjects that stand beside their question → the module; read from the text, since importing all questions takes seconds."""
    found = dict[str, str]()
    for room in ROOMS:
        for path in files_below(PACKAGE / room, ".py"):
            module = ".".join([PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts])
            found |= dict.fromkeys(_CLASS.findall(path.read_text(encoding="utf-8")), module)
    return found


@dataclass(frozen=True)
class Rank:
    """A place in a ranking, with the range it keeps in 90 % of the draws. of: how many are ranked; None: not said."""

    rank: int
    low: int
    high: int
    of: int | None = None
