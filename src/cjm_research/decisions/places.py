"""What each kind of source says about each touchpoint, and which touchpoint matters most.

Sources that agree count first, then persons hurt × how badly × how many of them would have gone on to the end. What people do is
no pain by itself: places are told apart by those who leave, and called painful only by what people answer, say or write as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..results import policy
from ..results.result import Finding
from ..results.subjects import Code, Compared, Emotion, ExperimentEffect, FunnelStep, LowRatings, Pain, Reach

SEVERE = 0.2  # of those met at a place; a smaller share is what every place has
WORST = 3  # a source puts a place among the worst where it is in the first third of its ranking
NAMED_BY = 1 / 3  # of the participants must name a pain
LEAST_SAID = 3  # participants


@dataclass(frozen=True)
class Signal:
    """What one source says about a place: `hurt` of `base`. strong: by itself a reason to look there."""

    source: str
    hurt: int
    base: int
    finding: Finding
    strong: bool

    @property
    def share(self) -> float:
        """The share hurt."""
        return self.hurt / self.base if self.base else 0.0


@dataclass
class Place:
    """A touchpoint and what is known of it. follows: share of those who get past it who reach the end of its funnel (1 where no funnel tells)."""

    touchpoint: str
    stage: str | None
    signals: dict[str, Signal] = field(default_factory=dict)
    persons: int = 0
    follows: float = 1.0
    tests: list[Finding] = field(default_factory=list)
    compared: list[Finding] = field(default_factory=list)

    @property
    def strong(self) -> list[Signal]:
        """The sources that agree that it hurts here, in a fixed order."""
        return [s for s in self.signals.values() if s.strong]

    @property
    def agreeing(self) -> int:
        """How many sources agree. What clearly goes with a bad outcome rests on two: what happened, and what people answered."""
        told = {s.source for s in self.strong}
        return len(told | ({"behaviour", "survey"} if self.compared else set()))

    @property
    def backed(self) -> bool:
        """Whether it may be called painful: two sources, of which one is people's own word."""
        return self.agreeing >= 2 and (bool(self.compared) or any(s.source != "behaviour" for s in self.strong))

    @property
    def weight(self) -> float:
        """Persons × severity × what follows."""
        shares = [s.share for s in self.strong] or [SEVERE]
        return self.persons * sum(shares) / len(shares) * self.follows


def about_everybody(findings: Sequence[Finding]) -> list[Finding]:
    """Those about all customers in the whole period, each once."""
    return list({f.id: f for f in findings if not (f.persona or f.period or f.channel)}.values())


def places(findings: Sequence[Finding]) -> dict[str, Place]:
    """Touchpoint → what is known of it; those of which nothing is known are left out."""
    ours = about_everybody(findings)
    found: dict[str, Place] = {}

    def at(f: Finding, touchpoint: str | None = None) -> Place:
        name = touchpoint or str(f.touchpoint)
        return found.setdefault(name, Place(name, f.stage))

    for f in ours:
        if not f.touchpoint or f.estimate is None:
            continue
        e, s = f.estimate, f.subject
        if isinstance(s, Pain) and f.source in ("behaviour", "survey", "feedback") and policy.carries_headline(e.base):
            _keep(at(f), Signal(f.source, e.n, e.base, f, _worst(s) and (s.clear or f.source == "behaviour") and e.n / e.base >= SEVERE))
        elif isinstance(s, LowRatings) and f.kind == "pain" and policy.carries_headline(e.base):
            _keep(at(f), Signal("feedback", e.n, e.base, f, e.n / e.base >= SEVERE))
        elif isinstance(s, Code) and f.kind == "pain" and f.source == "interview":
            _keep(at(f), Signal("interview", e.n, e.base, f, e.n >= LEAST_SAID and e.n / e.base >= NAMED_BY))
        elif isinstance(s, ExperimentEffect):
            at(f).tests.append(f)
        elif isinstance(s, Compared) and s.worse and s.source == "declared" and policy.carries_headline(min(s.counts)):
            at(f).compared.append(f)
    _losses(ours, found)
    reached = {f.touchpoint: f.estimate.n for f in ours if isinstance(f.subject, Reach) and f.subject.place == "touchpoint" and f.estimate}
    stage_of = {f.touchpoint: f.stage for f in ours if isinstance(f.subject, Reach) and f.touchpoint}
    for p in found.values():
        p.stage = stage_of.get(p.touchpoint, p.stage)
        p.signals = {k: p.signals[k] for k in ("behaviour", "survey", "interview", "feedback") if k in p.signals}
        counted = p.signals.get("behaviour")
        if counted is not None:
            p.persons = counted.hurt
        elif p.compared:
            p.persons = max(f.subject.counts[0] for f in p.compared if isinstance(f.subject, Compared))
        elif p.strong:
            worst = max(p.strong, key=lambda s: s.share)
            p.persons = round(worst.share * reached.get(p.touchpoint, worst.base))
    return found


def ranked(found: dict[str, Place]) -> list[Place]:
    """Those that may be called painful, the most pressing first; ties in the order of their names."""
    return sorted((p for p in found.values() if p.backed), key=lambda p: (-min(p.agreeing, 3), -p.weight, p.touchpoint))


def feeling(findings: Sequence[Finding], place: str, name: str) -> Finding | None:
    """How people feel at a stage or touchpoint."""
    return next((f for f in about_everybody(findings) if isinstance(f.subject, Emotion) and f.subject.place == place and f.subject.name == name), None)


def _keep(place: Place, signal: Signal) -> None:
    """Of one source the signal that says most: strong before weak, then by persons."""
    known = place.signals.get(signal.source)
    if known is None or (signal.strong, signal.hurt) > (known.strong, known.hurt):
        place.signals[signal.source] = signal


def _worst(pain: Pain) -> bool:
    """In the first third of its source's ranking, and hardly by chance: the range of its rank stays in the first half."""
    r = pain.rank
    return r is not None and r.rank <= max(1, (r.of or 1) // WORST) and r.high <= max(1, (r.of or 1) // 2)


def _losses(findings: Sequence[Finding], found: dict[str, Place]) -> None:
    """Give each loss of a funnel to the place that it speaks of.

    Who stands at one place and never reaches the next may have been stopped at either: other sources decide between the two; where they
    do not, it is the place where people stood.
    """
    steps = {(f.subject.funnel, f.subject.number): f for f in findings if isinstance(f.subject, FunnelStep) and f.subject.what == "step"}
    last: dict[str, int] = {}
    for (funnel, number) in steps:
        last[funnel] = max(last.get(funnel, 0), number or 0)
    for f in findings:
        s, e = f.subject, f.estimate
        if not (isinstance(s, FunnelStep) and s.what == "loss" and e is not None and policy.carries_headline(e.base) and f.touchpoint):
            continue
        target = steps.get((s.funnel, s.number))
        names = [f.touchpoint, *([target.touchpoint] if target is not None and target.touchpoint not in (None, f.touchpoint) else [])]
        said = {n: sum(x.share for x in found[n].signals.values() if x.strong and x.source != "behaviour") if n in found else 0.0 for n in names}
        name = max(names, key=lambda n: said[n]) if len(set(said.values())) > 1 else f.touchpoint
        place = found.setdefault(str(name), Place(str(name), target.stage if target is not None and name == target.touchpoint else f.stage))
        before = place.signals.get("behaviour")
        if before is not None and isinstance(before.finding.subject, FunnelStep) and before.hurt >= e.n:
            continue
        place.signals["behaviour"] = Signal("behaviour", e.n, e.base, f, e.n / e.base >= SEVERE)
        place.follows = 1.0
        for number in range((s.number or 0) + 1, last.get(s.funnel, 0) + 1):
            step = steps.get((s.funnel, number))
            if step is not None and step.estimate is not None and step.estimate.value is not None:
                place.follows *= step.estimate.value
