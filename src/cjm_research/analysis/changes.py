"""What changed between two runs beyond its uncertainty? Findings compared by their stable ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from . import words
from .result import Estimate, Finding

State = Literal["appeared", "vanished", "changed", "moved", "same"]


@dataclass(frozen=True)
class Change:
    """One finding in both runs. difference: new − old with its interval, where both are numbers.

    state: `changed` where the interval of the difference leaves out 0, `moved` where the number differs within its
    uncertainty, `same` where it is equal.
    """

    state: State
    id: str
    statement: str
    old: Finding | None
    new: Finding | None
    difference: Estimate | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        from dataclasses import asdict

        return {"state": self.state, "id": self.id, "statement": self.statement,
                "old": self.old.to_dict() if self.old else None, "new": self.new.to_dict() if self.new else None,
                "difference": asdict(self.difference) if self.difference else None}


def difference(old: Estimate, new: Estimate) -> Estimate | None:
    """new − old with an interval from the intervals of both (MOVER, Zou & Donner 2008); for shares with Wilson
    intervals this is Newcombe's hybrid score interval (1998, method 10).

    The two runs are treated as independent samples. Where they share rows (the usual case when a month is added) the
    interval is too wide, so that a change that is called one is one. None where a value, an interval or a common unit is missing.
    """
    if old.unit != new.unit or None in (old.value, new.value, old.low, old.high, new.low, new.high):
        return None
    v1, l1, u1, v0, l0, u0 = (float(x) for x in (new.value, new.low, new.high, old.value, old.low, old.high))  # type: ignore[arg-type]
    d = v1 - v0
    low = d - float(np.hypot(v1 - l1, u0 - v0))
    high = d + float(np.hypot(u1 - v1, v0 - l0))
    return Estimate(d, low, high, new.n - old.n, new.base - old.base, old.unit, "difference of two runs, MOVER interval (Zou & Donner 2008)")


def compare(old: Sequence[Finding], new: Sequence[Finding]) -> list[Change]:
    """All findings of both runs, most consequential first: changed, appeared, vanished, moved, same."""
    before, after = {f.id: f for f in old}, {f.id: f for f in new}
    changes = []
    for fid in dict.fromkeys([*after, *before]):
        a, b = before.get(fid), after.get(fid)
        if a is None or b is None:
            f = b or a
            assert f is not None
            changes.append(Change("appeared" if a is None else "vanished", fid, f.statement, a, b))
            continue
        changes.append(_changed(fid, a, b))
    order: dict[State, int] = {"changed": 0, "appeared": 1, "vanished": 2, "moved": 3, "same": 4}
    return sorted(changes, key=lambda c: (order[c.state], (c.new or c.old).stage or "", c.id))  # type: ignore[union-attr]


def _changed(fid: str, a: Finding, b: Finding) -> Change:
    place = f" ({b.persona})" if b.persona else ""
    if a.estimate is None or b.estimate is None:
        state: State = "same" if a.statement == b.statement else "moved"
        return Change(state, fid, b.statement, a, b)
    if a.estimate == b.estimate:
        return Change("same", fid, b.statement, a, b)
    found = difference(a.estimate, b.estimate)
    unit = b.estimate.unit
    text = f"{_name(b)}{place}: {words.number(a.estimate.value, unit)} → {words.number(b.estimate.value, unit)}"
    if found is None or found.low is None or found.high is None:
        return Change("moved", fid, text, a, b, found)
    beyond = found.low > 0 or found.high < 0
    points = words.interval(found.low, found.high, unit)
    return Change("changed" if beyond else "moved", fid, f"{text} (difference {words.number(found.value, unit)}, 95 % interval {points})", a, b, found)


def _name(f: Finding) -> str:
    return f.key.replace(":", " · ")
