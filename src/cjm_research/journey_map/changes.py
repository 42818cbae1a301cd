"""What changed between two runs beyond its uncertainty? Findings compared by their stable ids.

The map page marks what changed since the last run with `since`; `cjm diff` and the site tell it with `compare`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from ..results import words
from ..results.result import Estimate, Finding
from ..results.subjects import Opportunity, Pain, Rank
from ..shapes import Json
from ..stats.multiplicity import rejected

State = Literal["changed", "appeared", "vanished", "moved", "same"]
STATES: tuple[State, ...] = ("changed", "appeared", "vanished", "moved", "same")
ALPHA = 0.05
Z = 1.959963984540054  # of the 95 % intervals that estimates carry
_DIFFERENCE_UNITS = {"share": "share difference"}


@dataclass(frozen=True)
class Change:
    """One finding in both runs. difference: new − old with its interval, where both are numbers.

    state: `changed` beyond its uncertainty (see `compare`), `moved` where it differs within it, `same` where it is equal.
    ranks: (before, now) where a place in a ranking differs; their ranges decide whether that is a change. note: what a
    reader must know about it.
    """

    state: State
    id: str
    statement: str
    old: Finding | None
    new: Finding | None
    difference: Estimate | None = None
    ranks: tuple[Rank, Rank] | None = None
    note: str = ""

    @property
    def finding(self) -> Finding:
        """The finding as it is now, or as it was."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def whole(self) -> bool:
        """Whether it is about all customers of the whole period, through all channels."""
        f = self.finding
        return not (f.persona or f.channel or f.period)

    def to_dict(self) -> Json:
        """Plain values."""
        f = self.finding
        return {"state": self.state, "id": self.id, "statement": self.statement, "note": self.note, "kind": f.kind, "stage": f.stage,
                "touchpoint": f.touchpoint, "persona": f.persona, "channel": f.channel, "period": f.period,
                "old": self.old.to_dict() if self.old else None, "new": self.new.to_dict() if self.new else None,
                "difference": asdict(self.difference) if self.difference else None,
                "ranks": {"old": asdict(self.ranks[0]), "new": asdict(self.ranks[1])} if self.ranks else None}


def since(old: Sequence[Finding], new: Sequence[Finding]) -> Json:
    """Marks for the map: what is other than in the run before, as plain values for the map's data.

    `marks`: {finding id: {"state": "changed" or "appeared", "short": "−6.8 pp" or "new", "text": a sentence}};
    `vanished`: [{"id", "stage", "touchpoint", "persona", "channel", "period", "statement"}], findings of the run before that
    this one has not. What differs within its uncertainty carries no mark. `old`, `new`: findings of the two maps
    (`Finding.from_dict` of the entries of `findings.json` or of a map's data).
    """
    marks: dict[str, dict[str, str]] = {}
    gone = []
    for c in compare(old, new):
        if c.state == "vanished":
            f = c.finding
            gone.append({"id": c.id, "stage": f.stage, "touchpoint": f.touchpoint, "persona": f.persona, "channel": f.channel, "period": f.period,
                         "statement": f.statement})
        elif c.state in ("changed", "appeared"):
            marks[c.id] = {"state": c.state, "short": short(c), "text": _told(c)}
    return {"marks": marks, "vanished": gone}


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
    """All findings of both runs, most consequential first: changed, appeared, vanished, moved, same; all customers first.

    A figure has changed where its difference leaves out 0 and stays so when all figures compared are taken together
    (false discovery rate of 5 %, Benjamini & Hochberg 1995; figures about all customers and figures about parts of them
    are two families). A place in a ranking has changed where the two 90 % ranges share no place. A text without a number
    has changed where its words differ, not only the numbers in them.
    """
    before, after = {f.id: f for f in old}, {f.id: f for f in new}
    changes = [_pair(fid, before.get(fid), after.get(fid)) for fid in dict.fromkeys([*after, *before])]
    changes = _sure(changes)
    order = {state: i for i, state in enumerate(STATES)}
    return sorted(changes, key=lambda c: (order[c.state], not c.whole, c.finding.stage or "", c.finding.key, c.id))


def rank_of(f: Finding) -> Rank | None:
    """The place in a ranking that a finding tells of: of pain points and of opportunities."""
    return f.subject.rank if isinstance(f.subject, Pain | Opportunity) else None


_NUMBERS = re.compile(r"[+−-]?\d[\d,.]*")


def _pair(fid: str, a: Finding | None, b: Finding | None) -> Change:
    if a is None or b is None:
        f = b or a
        assert f is not None
        return Change("appeared" if a is None else "vanished", fid, f.statement, a, b, note=_borderline(f))
    ranks = rank_of(a), rank_of(b)
    places = (ranks[0], ranks[1]) if ranks[0] and ranks[1] and ranks[0].rank != ranks[1].rank else None
    if a.estimate is None or b.estimate is None:
        state: State = "same" if a.statement == b.statement else "changed" if _wording(a) != _wording(b) else "moved"
        return _ranked(Change(state, fid, b.statement, a, b, ranks=places))
    if a.estimate == b.estimate:
        return _ranked(Change("same", fid, b.statement, a, b, ranks=places))
    found = difference(a.estimate, b.estimate)
    text = f"{b.statement}; before {words.number(a.estimate.value, _unit(a))}"
    if found is None or found.value is None or found.low is None or found.high is None:
        return _ranked(Change("moved", fid, text, a, b, found, places, "no interval to judge it by"))
    unit = _DIFFERENCE_UNITS.get(_unit(b), _unit(b))
    text += f", difference {_signed(found.value, unit)} (95 % interval {words.interval(found.low, found.high, unit)})"
    return _ranked(Change("changed" if found.low > 0 or found.high < 0 else "moved", fid, text, a, b, found, places))


def _ranked(c: Change) -> Change:
    """Where the ranges of two places share no place, the change is one even if the figure behind it has hardly moved."""
    if c.ranks is None:
        return c
    was, now = c.ranks
    apart = was.high < now.low or now.high < was.low
    said = f"rank {was.rank} → {now.rank}" + (" (their 90 % ranges share no place)" if apart else " (within their ranges)")
    return replace(c, state="changed" if apart else "moved" if c.state == "same" else c.state, note="; ".join(x for x in (c.note, said) if x))


def _sure(changes: Iterable[Change]) -> list[Change]:
    """What remains of the changed figures when all that were compared are taken together."""
    out = list(changes)
    for whole in (True, False):
        family = [i for i, c in enumerate(out) if c.whole == whole and c.state in ("changed", "moved") and c.difference is not None]
        kept = rejected([_p(out[i].difference) for i in family], ALPHA, "bh")
        for i, sure in zip(family, kept, strict=True):
            c = out[i]
            if c.state == "changed" and not sure and not _apart(c):
                note = "; ".join(x for x in (c.note, f"outside its interval, as some of {len(family)} figures are by chance") if x)
                out[i] = replace(c, state="moved", note=note)
    return out


def _apart(c: Change) -> bool:
    return c.ranks is not None and (c.ranks[0].high < c.ranks[1].low or c.ranks[1].high < c.ranks[0].low)


def _p(d: Estimate | None) -> float | None:
    """Two-sided p from the arm of the interval that points to 0; at most 0.05 exactly where the interval leaves out 0."""
    from scipy.special import ndtr

    if d is None or d.value is None or d.low is None or d.high is None:
        return None
    arm = d.value - d.low if d.value > 0 else d.high - d.value
    if d.value == 0:
        return 1.0
    return float(2 * ndtr(-Z * abs(d.value) / arm)) if arm > 0 else 0.0


def _wording(f: Finding) -> str:
    """What a finding says, without its numbers and ranks: what is left differs only where something else is said."""
    said = f.statement
    if isinstance(f.subject, Opportunity):
        said = "; ".join((f.subject.name, *replace(f.subject, ranking="").standing))
    return _NUMBERS.sub("#", said)


def _borderline(f: Finding) -> str:
    """A pain point is listed while it is in the worst third: one at the border comes and goes by chance."""
    rank = rank_of(f)
    if rank is None or rank.of is None or rank.high <= max(3, rank.of // 3):
        return ""
    return f"may be chance: its rank lay between {rank.low} and {rank.high}, and only the worst {max(3, rank.of // 3)} are listed"


def _unit(f: Finding) -> str:
    assert f.estimate is not None
    return "valence" if f.kind == "emotion" else f.estimate.unit


def _signed(value: float, unit: str) -> str:
    text = words.number(value, unit)
    return text if text.startswith(("+", "−")) else f"+{text}"


def short(c: Change) -> str:
    """A change in a word or two: `−6.8 pp`, `rank 1 → 4`, `new`, `gone`, `changed`."""
    if c.state == "vanished":
        return "gone"
    if c.state == "appeared":
        return "new"
    if c.difference is not None and c.difference.value is not None and not (_apart(c) and c.difference.value == 0):
        unit = _unit(c.finding)
        return _signed(c.difference.value, _DIFFERENCE_UNITS.get(unit, unit))
    return f"rank {c.ranks[0].rank} → {c.ranks[1].rank}" if c.ranks else "changed"


def _told(c: Change) -> str:
    if c.state == "appeared":
        return "New since the last run" + (f" ({c.note})" if c.note else "")
    before = words.number(c.old.estimate.value, _unit(c.old)) if c.old and c.old.estimate else c.old.statement if c.old else ""
    if c.difference is None or c.difference.value is None:
        return f"Before: {before}" + (f"; {c.note}" if c.note else "")
    unit = _DIFFERENCE_UNITS.get(_unit(c.finding), _unit(c.finding))
    return (f"{_signed(c.difference.value, unit)} since the last run (95 % interval {words.interval(c.difference.low, c.difference.high, unit)}); "
            f"before {before}" + (f"; {c.note}" if c.note else ""))
