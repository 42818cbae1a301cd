"""The map as exports show it: which entries stand in a cell, in which order, and in what words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...results import policy, words
from ...results.older import subject_of
from ...results.subjects import Opportunity, Subject
from .text import clean

Finding = Mapping[str, Any]
MARKS = {"assumed": "assumed", "partly": "partly backed"}


@dataclass(frozen=True)
class Entry:
    """One entry of a cell. value and small are empty where it is no number; mark: assumed, partly backed or empty."""

    finding: Finding
    value: str
    label: str
    small: str
    mark: str
    style: str  # number | quote | pain | gain | body

    @property
    def text(self) -> str:
        """The entry in one line, for a spreadsheet."""
        head = " ".join(x for x in (self.value, self.label) if x)
        return head + (f" ({self.small})".replace("\u00a0", " ") if self.small else "") + (f" [{self.mark}]" if self.mark else "")


class Feeling(NamedTuple):
    """A point of the emotion curve: the number of its stage, the mean valence with its interval; hollow: few people stand behind it."""

    stage: int
    value: float
    low: float | None
    high: float | None
    hollow: bool


class Chance(NamedTuple):
    """An opportunity in its rank: what to do, where, where it stands (status, owner, review), and what came of it."""

    finding: Finding
    name: str
    where: str
    standing: str
    came: str


class MapView:
    """A map's data, read. data: `facts` of `analysis.journey_map` with its findings, as plain values.

    Maps of older runs lack some parts (labels, future, links, moves); they are read as empty.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.by_id: dict[str, Finding] = {f["id"]: f for f in data["findings"]}
        self.stages: list[Mapping[str, Any]] = list(data["stages"])
        self.lanes: list[Mapping[str, Any]] = list(data["lanes"])
        self.personas: list[Mapping[str, Any]] = list(data.get("personas") or [])
        self.future = set(data.get("future") or ())
        self._labels: Mapping[str, str] = data.get("labels") or {}

    def lane(self, name: str) -> Mapping[str, Any]:
        """The lane of that name, or one that holds nothing."""
        return next((lane for lane in self.lanes if lane["name"] == name), {"name": name, "title": name, "meaning": "", "shown": False, "limit": 0})

    def findings(self, lane: str, stage: str, persona: str | None = None, future: bool = False) -> list[Finding]:
        """Findings of a cell about all customers of the whole period, or about one persona; most important first."""
        ids = self.data["cells"].get(f"{lane}|{stage}", [])
        found = [self.by_id[i] for i in ids if i in self.by_id and (i in self.future) == future]
        return [f for f in found if (f.get("persona") or None) == persona and not f.get("channel") and not f.get("period")]

    def entries(self, lane: Mapping[str, Any], stage: str, persona: str | None = None, future: bool = False) -> list[Entry]:
        """The same as entries in words."""
        return [self.entry(f, lane["name"]) for f in self.findings(lane["name"], stage, persona, future)]

    def entry(self, f: Finding, lane: str) -> Entry:
        """One finding as an entry of its lane."""
        e = f.get("estimate") or {}
        unit = self.unit(f)
        value, inside, size = words.figure(e["value"], e.get("low"), e.get("high"), e["n"], e["base"], unit) if e.get("value") is not None else ("", "", "")
        label = clean(self._labels.get(f["id"], f["statement"]))
        small = ""
        if value:
            # no-break blanks: a range and a count are not torn apart, lines break between them
            small = " · ".join(x.replace(" ", "\u00a0") for x in (inside, size) if x)
        elif isinstance(subject := self.subject(f), Opportunity):
            small = clean(", ".join(subject.standing))
        silent = lane in ("backstage", "evidence") or (f["kind"] == "quote" and f.get("status") == "partly")
        style = "quote" if f["kind"] == "quote" else "number" if value else lane if lane in ("pain", "gain") else "body"
        return Entry(f, value, _quoted(label) if f["kind"] == "quote" else label, small, "" if silent else MARKS.get(f.get("status") or "", ""), style)

    def opportunities(self) -> list[Chance]:
        """The opportunities of today's journey in their rank."""
        links = self.data.get("links") or {}
        out = []
        for f in self.data["findings"]:
            if f["kind"] != "opportunity" or not f.get("stage") or f["id"] in self.future:
                continue
            entry = self.entry(f, "opportunities")
            where = " · ".join(clean(f[p]) for p in ("stage", "touchpoint", "persona") if f.get(p))
            came = "; ".join(clean(self.by_id[i]["statement"]) for i in links.get(f["id"], []) if i in self.by_id)
            subject = self.subject(f)
            stands = (subject.status, subject.owner, subject.review) if isinstance(subject, Opportunity) else ()
            out.append(Chance(f, entry.label, where, " · ".join(clean(x) for x in (*stands, entry.mark) if x), came))
        return out

    @staticmethod
    def subject(f: Finding) -> Subject | None:
        """What a finding is about."""
        return subject_of(f)

    @staticmethod
    def unit(f: Finding) -> str:
        """The unit in which a finding's number is written."""
        return "valence" if f["kind"] == "emotion" else str((f.get("estimate") or {}).get("unit") or "")

    def without_data(self) -> list[str]:
        """What the map has no data for, in the words of its lanes."""
        titles = {str(lane["name"]): str(lane["title"]) for lane in self.lanes}
        return list(dict.fromkeys(clean(titles.get(str(k), k)).lower() for k in self.data.get("missing") or {}))

    def used(self, lanes: Sequence[Mapping[str, Any]] | None = None, persona: str | None = None) -> list[Mapping[str, Any]]:
        """The lanes with at least one entry."""
        return [lane for lane in (self.lanes if lanes is None else lanes) if any(self.findings(lane["name"], s["name"], persona) for s in self.stages)]

    def feelings(self, persona: str | None = None) -> list[Feeling]:
        """The emotion curve, clipped to −2 … +2; a stage with too few people for a point has none."""
        out: list[Feeling] = []
        for i, stage in enumerate(self.stages):
            e = next((f["estimate"] for f in self.findings("emotion", stage["name"], persona)
                      if f.get("estimate") and f["estimate"].get("value") is not None and not f.get("touchpoint")), None)
            if e and (drawn := policy.point(e["base"])) != "none":
                low, high = (None if e.get(k) is None else _inside(e[k]) for k in ("low", "high"))
                out.append(Feeling(i, _inside(e["value"]), low, high, drawn == "hollow"))
        return out


def backing(f: Finding | None, share: float | None) -> tuple[str, str]:
    """(what a figure of the first page is from, its 95 % interval) by the finding behind it; share: the figure as told there.

    Where the finding's own figure is another (the difference between two groups, say), its interval is called that of the difference.
    """
    e = (f or {}).get("estimate") or {}
    if not f or e.get("value") is None:
        return "", ""
    _, inside, size = words.figure(e["value"], e.get("low"), e.get("high"), e.get("n") or 0, e.get("base") or 0, MapView.unit(f))
    own = share is None or abs(share - e["value"]) < 1e-9
    return size, inside if own or not inside else f"{inside} (difference)"


def _inside(value: float) -> float:
    return max(-2.0, min(2.0, float(value)))


def _quoted(text: str) -> str:
    """Exactly one pair of quotation marks."""
    return "“" + text.strip("“”\" ") + "”"
