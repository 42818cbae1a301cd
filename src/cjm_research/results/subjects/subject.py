"""What a finding is about, as data: the step of a funnel, the quote, the question.

A question makes the subject where it knows it; whoever composes, labels or compares findings reads it from there. Keys and
sentences of findings are never taken apart. In `findings.json` a subject is its fields and its `type`, the name of its class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from ...shapes import Json


class Subject:
    """What a finding is about. Each kind is a frozen dataclass of plain values."""

    types: ClassVar[dict[str, type[Subject]]] = {}

    def __init_subclass__(cls) -> None:
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
        if name not in Subject.types:
            raise ValueError(f"subject of type {name!r} is none of {', '.join(sorted(Subject.types))}")
        if isinstance(fields.get("rank"), Mapping):
            fields["rank"] = Rank(**fields["rank"])
        return Subject.types[name](**fields)


@dataclass(frozen=True)
class Rank:
    """A place in a ranking, with the range it keeps in 90 % of the draws. of: how many are ranked; None: not said."""

    rank: int
    low: int
    high: int
    of: int | None = None
