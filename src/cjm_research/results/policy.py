"""How little evidence is enough: what a small base may still say, decided here for every sentence, cell, chart, table and export.

The numbers of the policy stand in the params (`evidence`). A question, a notebook, a map and an export follow the policy of
their client (`following`); `now` is the one in force, the defaults where none is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from ..params.schema import LeastEvidence

_in_force: list[LeastEvidence] = [LeastEvidence()]


def now() -> LeastEvidence:
    """The policy in force."""
    return _in_force[-1]


@contextmanager
def following(policy: LeastEvidence | Mapping[str, Any] | None) -> Iterator[None]:
    """Let what is said inside follow a client's policy; a mapping is read as written by `model_dump`, None keeps the one in force."""
    _in_force.append(now() if policy is None else policy if isinstance(policy, LeastEvidence) else LeastEvidence.model_validate(dict(policy)))
    try:
        yield
    finally:
        _in_force.pop()


def follow(policy: LeastEvidence) -> None:
    """Follow a client's policy from now on, where nothing else is in force: a notebook is about one client."""
    _in_force[0] = policy


def counts_only(unit: Any, base: Any) -> bool:
    """Whether a share is said as counts (`5 of 7`), since a percentage of so few would claim more than they tell."""
    return unit == "share" and base is not None and base == base and 0 < base < now().percent_from


def carries_headline(base: float) -> bool:
    """Whether so many may carry a headline, a pain point or a proposed opportunity."""
    return base >= now().headline_from


def point(base: Any) -> Literal["none", "hollow", "full"]:
    """How a point of a curve is drawn: not at all, as one that few stand behind, or as any other."""
    if base is None or base != base or base < now().curve_from:
        return "none"
    return "hollow" if base < now().percent_from else "full"
