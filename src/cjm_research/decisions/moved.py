"""What moved: after changes that went to everybody, and since the last run. Only what holds is said; nothing of it is a proof of a cause."""

from __future__ import annotations

from ..results import words
from ..results.result import Finding
from ..results.subjects import ShippedChange
from ..stats.multiplicity import adjust
from .model import Certainty, Moved
from .told import Told

MOST = 3


def moved(told: Told) -> list[Moved]:
    """Changes after which something moved beyond chance, all changes taken together, and against their control series where they have one."""
    found = list({s.name: (f, s) for f, s in _changes(told)}.values())
    sure = adjust([s.p for _, s in found], "holm")
    return [_shipped(f, s) for (f, s), p in zip(found, sure, strict=True) if s.holds and s.moved and p is not None and p < 0.05 and f.estimate is not None][:MOST]


def change(told: Told, name: str) -> tuple[str, str, Certainty, list[str]] | None:
    """The answer to a client's question about a change; None where nothing clear moved, or nothing could be seen."""
    for f, s in _changes(told):
        if s.name == name and s.holds and s.moved and f.estimate is not None:
            m = _shipped(f, s)
            return m.lead, m.text, m.certainty, [f.id]
    return None


def _changes(told: Told) -> list[tuple[Finding, ShippedChange]]:
    return told.of(ShippedChange)


def _shipped(f: Finding, s: ShippedChange) -> Moved:
    e = f.estimate
    assert e is not None and e.value is not None
    value, low, high = s.against if s.against is not None else (e.value, e.low, e.high)
    scale = 100 if e.unit == "share difference" else 1
    ends = sorted(abs(x) * scale for x in (low, high)) if low is not None and high is not None else None
    between = f" ({_plain(ends[0])} to {_plain(ends[1])})" if ends else ""
    than = "its control series" if s.against is not None else "what the days before let expect"
    return Moved(f"After {s.name}:", f"{s.said or s.metric} went {s.moved} by {_plain(abs(value) * scale)}{_unit(e.unit)}{between}, held against {than}. That does not prove why.",
                 Certainty(2 if s.against is not None else 1, "before and after, with a control series" if s.against is not None else "before and after, no control series"), f.id)


def _plain(x: float) -> str:
    return words.count(round(x)) if x >= 9.5 else f"{x:.1f}".removesuffix(".0")


def _unit(unit: str) -> str:
    """What stands behind a size: the metric's name says that customers are counted, and of which days."""
    if unit == "share difference":
        return " of 100"
    return "" if unit in ("score", "customers a day") else f" {unit.removesuffix(' a day')}"
