"""What moved: after changes that went to everybody, and since the last run. Only what holds is said; nothing of it is a proof of a cause."""

from __future__ import annotations

from collections.abc import Sequence

from ..journey_map.changes import Change
from ..results import policy, words
from ..results.result import Estimate, Finding
from ..results.subjects import ShippedChange
from ..stats.multiplicity import adjust
from . import phrases
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


def since(changes: Sequence[Change], day: str, settings: bool = False) -> list[Moved]:
    """What changed since a run, by the map's definition of a change; clearest first. Nothing where nothing did.

    changes: of `journey_map.changes.compare`. day: of that run. settings: whether the settings changed as well, so that it may be a figure's definition that moved.
    Told are figures on the map about everybody, of a base that carries a headline in both runs; numbers of customers seen are not, since they grow with every delivery.
    """
    found = [c for c in changes if c.state == "changed" and c.whole and _headlines(c)]
    found.sort(key=lambda c: -_clear(c.difference))
    return [_since(c, day, settings) for c in found[:MOST]]


_MORE = {"share": ("", ""), "points": (" points up", " points down"), "score": (" higher", " lower"), "s": (" longer", " shorter")}


def _headlines(c: Change) -> bool:
    old, new = c.old, c.new
    return bool(old and new and new.lane and new.stage and new.source != "assumption" and c.difference and c.difference.value and old.estimate and new.estimate and new.estimate.unit in _MORE
                and c.difference.low is not None and c.difference.high is not None and all(policy.carries_headline(f.base) for f in (old.estimate, new.estimate)))


def _clear(d: Estimate | None) -> float:
    """How many times its arm towards none a difference is."""
    if d is None or d.value is None or d.low is None or d.high is None:
        return 0.0
    arm = d.value - d.low if d.value > 0 else d.high - d.value
    return abs(d.value) / arm if arm > 0 else float("inf")


def _since(c: Change, day: str, settings: bool) -> Moved:
    f, d = c.finding, c.difference
    assert d is not None and d.value is not None
    up, down = _MORE[d.unit]
    amount = phrases.points(d) if d.unit == "share" else f"{words.duration(abs(d.value)) if d.unit == 's' else _plain(abs(d.value))}{up if d.value > 0 else down}"
    place = " · ".join(dict.fromkeys(x for x in (f.stage, f.touchpoint) if x and x not in f.in_cell))
    said = f"{place}: {f.in_cell}" if place else f.in_cell
    more = " The settings changed as well, so it may be what is counted that moved." if settings else ""
    return Moved(f"Since the report of {day}:", f"{said}, {amount}.{more}", Certainty(1, "two reports compared, one source"), f.id)


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
