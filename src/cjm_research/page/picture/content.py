"""What of a map the picture shows: per stage its reach, who arrives next, one feeling, one gain and one pain.

Chosen by rules, never by hand (docs/methods/journey-map.md, The picture). Nothing here computes a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...decisions.phrases import listing, many
from ...results import policy
from ...results.older import subject_of
from ...results.subjects import Arrival, Code, Emotion, Flag, FunnelStep, GoingOn, Opportunity, Pain, Quote, SurveyQuestion

Finding = Mapping[str, Any]
HEARD = 5  # people behind the title: fewer carry no headline, however alike they feel
VOICES = 3  # people behind a gain or a pain; fewer are not shown
SATISFIED = 0.5  # a gain of a survey: surely more than half are satisfied
LEAVING = 0.1  # people who leave are shown where surely so many of those who came do
QUOTE = 120  # characters of a quote on the picture
SAID = ("survey", "interview", "feedback")  # sources in which people say how it was; what they do alone is no pain


@dataclass(frozen=True)
class Share:
    """A share in words of the picture: `83 of 100`, or `5 of 7` where the base is small."""

    text: str
    value: float
    base: int
    finding: str
    statement: str


@dataclass(frozen=True)
class Feeling:
    """A point of the emotion curve, −2 … +2. people: how many it is from."""

    value: float
    low: float | None
    high: float | None
    people: int
    finding: str
    name: str = ""  # of the touchpoint; empty for the stage

    @property
    def hollow(self) -> bool:
        """Whether it is drawn as one that few people stand behind."""
        return policy.point(self.people) == "hollow"


@dataclass(frozen=True)
class Moment:
    """What delights, hurts or makes people leave in a stage. side: gain | pain | leaving."""

    side: str
    number: str
    text: str
    touchpoint: str
    channel: str
    finding: str
    statement: str


@dataclass(frozen=True)
class Voice:
    """A quote. who: participant and persona."""

    text: str
    who: str
    finding: str


@dataclass(frozen=True)
class StageView:
    """A stage of the picture. absent: why its reach is no number, where it is none."""

    name: str
    goal: str
    reach: Share | None
    count: str
    absent: str
    arrival: Share | None
    next: str
    feeling: Feeling | None
    faces: tuple[Feeling, ...]
    gain: Moment | None
    pain: Moment | None
    voice: Voice | None = None


@dataclass(frozen=True)
class Picture:
    """The whole picture. low, high: numbers of the stages where people feel worst and best; bad: of those where they clearly feel bad."""

    title: str
    stages: tuple[StageView, ...]
    low: int | None
    high: int | None
    bad: tuple[int, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether anything is known of the journey that a picture can show."""
        return any(s.reach or s.feeling or s.gain or s.pain for s in self.stages)

    @property
    def felt(self) -> bool:
        """Whether there is a curve to draw."""
        return sum(s.feeling is not None for s in self.stages) > 1


class Map:
    """A map's findings, looked up by lane and stage."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.by_id: dict[str, Finding] = {f["id"]: f for f in data["findings"]}
        self.future = set(data.get("future") or ())
        self.labels: Mapping[str, str] = data.get("labels") or {}
        self.touchpoints: Mapping[str, Mapping[str, Any]] = data.get("touchpoints") or {}

    def cell(self, lane: str, stage: str, persona: str | None = None) -> list[Finding]:
        """Findings of a cell about all customers, or one persona, of the whole period; the most important first."""
        found = (self.by_id[i] for i in self.data["cells"].get(f"{lane}|{stage}", []) if i in self.by_id and i not in self.future)
        return [f for f in found if (f.get("persona") or None) == persona and not f.get("channel") and not f.get("period")]

    def channel(self, touchpoint: str | None) -> str:
        """The channel of a touchpoint as the params name it, or empty."""
        return str((self.touchpoints.get(touchpoint or "") or {}).get("channel") or "")

    def label(self, f: Finding) -> str:
        """A finding in the few words of its cell."""
        return str(self.labels.get(f["id"], f["statement"]))


def picture_of(data: Mapping[str, Any], persona: str | None = None) -> Picture:
    """Choose what the picture shows of a map, by the policy in force about small bases.

    data: as of a `Map` block. persona: through whose eyes; default all customers.
    """
    read = Map(data)
    names = [str(s["name"]) for s in data["stages"]]
    stages = [_stage(read, s, names[i + 1] if i + 1 < len(names) else "", persona) for i, s in enumerate(data["stages"])]
    low, high = _extremes(stages)
    for i, side in ((low, -1), (high, 1)):
        if i is not None:
            stages[i] = _with_voice(read, stages[i], side, persona)
    bad = _bad(stages)
    return Picture(_title(stages, bad), tuple(stages), low, high, bad)


def counted(e: Mapping[str, Any]) -> str:
    """A share as the first page tells it: `83 of 100`, `5 of 7` of small bases, `14 of 1,000` of what is rare."""
    return many(e["n"], e["base"], float(e["value"]))


def _stage(read: Map, stage: Mapping[str, Any], following: str, persona: str | None) -> StageView:
    name = str(stage["name"])
    reach = next(iter(read.cell("reach", name, persona)), None)
    e = (reach or {}).get("estimate") or {}
    seen = e.get("value") is not None
    arrival = _arrival(read, name, following, persona)
    pain = _pain(read, name, persona)
    feelings = [x for f in read.cell("emotion", name, persona) if (x := _feeling(f)) is not None]
    return StageView(
        name, str(stage.get("goal") or ""), _share(reach) if seen and reach else None, f"{e['n']:,}" if seen else "",
        "" if seen else read.label(reach) if reach else "", _share(arrival) if arrival else None, following if arrival else "",
        next((x for x in feelings if not x.name), None), tuple(x for x in feelings if x.name),
        _gain(read, name, persona, pain.touchpoint if pain and pain.side == "pain" else ""), pain)


def _arrival(read: Map, stage: str, following: str, persona: str | None) -> Finding | None:
    """Who arrives in the next stage, where that stage can be observed; before the last stage that is who goes on."""
    if not following or not any((f.get("estimate") or {}).get("value") is not None for f in read.cell("reach", following, persona)):
        return None
    last = following == read.data["stages"][-1]["name"]
    found = [(f, subject_of(f)) for f in read.cell("conversion", stage, persona) if (f.get("estimate") or {}).get("value") is not None]
    arrived = [f for f, s in found if isinstance(s, Arrival | GoingOn) and s.next == following]
    return next(iter([*arrived, *(f for f, s in found if last and isinstance(s, GoingOn))]), None)


def _share(f: Finding) -> Share | None:
    e = f.get("estimate") or {}
    return Share(counted(e), float(e["value"]), int(e["base"]), f["id"], str(f["statement"])) if e.get("value") is not None else None


def _feeling(f: Finding) -> Feeling | None:
    e, subject = f.get("estimate") or {}, subject_of(f)
    if e.get("value") is None or not isinstance(subject, Emotion) or policy.point(e.get("base")) == "none":
        return None
    return Feeling(float(e["value"]), e.get("low"), e.get("high"), int(e["base"]), f["id"], str(f.get("touchpoint") or "") if subject.place == "touchpoint" else "")


# --- one gain, one pain ------------------------------------------------------------------------------------------------


def _surest(candidates: Sequence[tuple[Finding, str]]) -> tuple[Finding, str] | None:
    """The share whose lower bound is highest; ties by the order of the cell."""
    return max(candidates, key=lambda c: _low(c[0]), default=None)


def _low(f: Finding) -> float:
    e = f["estimate"]
    return float(e["low"] if e.get("low") is not None else e["value"])


def _shares(found: Sequence[Finding]) -> list[Finding]:
    """Those that are shares of enough people."""
    return [f for f in found if (e := f.get("estimate")) and e.get("unit") == "share" and e.get("value") is not None
            and e["n"] >= VOICES and e["base"] >= VOICES and f.get("status") != "assumed"]


def pains(read: Map, stage: str, persona: str | None = None) -> tuple[list[Finding], list[Finding]]:
    """What hurts by what people say, and where so many leave that it is shown; both from enough people, in the cell's order."""
    cell = _shares([f for f in read.cell("pain", stage, persona) if not isinstance(subject_of(f), Flag)])
    left = [f for f in cell if f["source"] == "behaviour" and isinstance(subject_of(f), Pain | FunnelStep) and policy.carries_headline(f["estimate"]["base"]) and _low(f) >= LEAVING]
    return [f for f in cell if f["source"] in SAID], left


def gains(read: Map, stage: str, persona: str | None = None) -> list[Finding]:
    """What delights by what people say, from enough of them."""
    return [f for f in _shares(read.cell("gain", stage, persona)) if isinstance(subject_of(f), Code)]


def _pain(read: Map, stage: str, persona: str | None) -> Moment | None:
    said, left = pains(read, stage, persona)
    if chosen := _surest([(f, read.label(f)) for f in said]):
        return _moment(read, "pain", *chosen)
    return _moment(read, "leaving", *chosen) if (chosen := _surest([(f, read.label(f)) for f in left])) else None


def _gain(read: Map, stage: str, persona: str | None, away_from: str) -> Moment | None:
    """away_from: the touchpoint of the pain; the other side of the same answers is no gain."""
    coded = [(f, read.label(f)) for f in gains(read, stage, persona)]
    rated = [(f, f"satisfied with {f['touchpoint']}") for f in _shares(read.cell("satisfaction", stage, persona))
             if f.get("touchpoint") and isinstance(s := subject_of(f), SurveyQuestion) and s.instrument == "csat" and not s.weighted
             and policy.carries_headline(f["estimate"]["base"]) and _low(f) > SATISFIED and f["touchpoint"] != away_from]
    return _moment(read, "gain", *chosen) if (chosen := _surest([*coded, *rated])) else None


def _moment(read: Map, side: str, f: Finding, text: str) -> Moment:
    touchpoint = str(f.get("touchpoint") or "")
    return Moment(side, counted(f["estimate"]), text, touchpoint, read.channel(touchpoint), f["id"], str(f["statement"]))


# --- feelings ----------------------------------------------------------------------------------------------------------


def _extremes(stages: Sequence[StageView]) -> tuple[int | None, int | None]:
    """Where people feel worst, if that is below zero, and best, if above; of those that are drawn."""
    points = [(s.feeling.value, i) for i, s in enumerate(stages) if s.feeling]
    if not points:
        return None, None
    low, high = min(points), max(points)
    return low[1] if low[0] < 0 else None, high[1] if high[0] > 0 else None


def _bad(stages: Sequence[StageView]) -> tuple[int, ...]:
    """Stages whose whole interval lies below zero, by five people or more."""
    return tuple(i for i, s in enumerate(stages) if s.feeling and s.feeling.high is not None and s.feeling.high < 0 and s.feeling.people >= HEARD)


def _title(stages: Sequence[StageView], bad: Sequence[int]) -> str:
    """What the curve says beyond its uncertainty, with how many said it where it is one stage."""
    names = [stages[i].name for i in bad]
    if len(names) == 1 and (feeling := stages[bad[0]].feeling):
        return f"People feel bad in one stage: {names[0]} ({feeling.people:,} interviewed)"
    if names:
        return f"People feel bad in {len(names)} of {len(stages)} stages: {listing(names)}"
    return "The journey in one picture"


def _with_voice(read: Map, stage: StageView, side: int, persona: str | None) -> StageView:
    """The stage with a quote of its side: from the place of its pain or gain first, then the shortest."""
    place = (stage.pain if side < 0 else stage.gain)
    found: list[tuple[bool, int, str, Voice]] = []
    for f in read.cell("quotes", stage.name):
        subject, evidence = subject_of(f), (f.get("evidence") or [{}])[0]
        text = str(evidence.get("quote") or "").strip()
        if not isinstance(subject, Quote) or not text or len(text) > QUOTE or side * _side(subject) <= 0:
            continue
        who = (read.data.get("tags") or {}).get(f["id"], {}).get("persona") or ""
        if persona and who != persona:
            continue
        away = bool(place and place.touchpoint and f.get("touchpoint") != place.touchpoint)
        named = ", ".join(x for x in (str(evidence.get("speaker") or evidence.get("document_id") or ""), who) if x)
        found.append((away, len(text), text, Voice(text, named, f["id"])))
    if not found:
        return stage
    return StageView(**{**stage.__dict__, "voice": min(found, key=lambda x: x[:3])[3]})


def _side(subject: Quote) -> float:
    if subject.valence:
        return subject.valence
    return {"pain": -1.0, "gain": 1.0}.get(subject.kind, 0.0)


def opportunities(read: Map, stage: str) -> list[tuple[Finding, Opportunity]]:
    """The opportunities of a stage with where they stand, in their order."""
    return [(f, s) for f in read.cell("opportunities", stage) if isinstance(s := subject_of(f), Opportunity)]
