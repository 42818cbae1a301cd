"""What to do first, and what then: opportunities, weighed by what stands behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..params.schema import subjects_of
from ..results.result import Finding
from ..results.subjects import Compared, ExperimentEffect, Opportunity
from . import phrases, tests_said
from .model import SOURCES, Certainty, Reason, Step
from .places import Place
from .told import Told, action_of, agreeing, day, reason

MOST_REASONS, MOST_THEN = 3, 3
DONE = ("shipped", "measured")
#: one source alone is enough for a first step only where people's own word is loud
LOUD_ANSWERS, LOUD_PARTICIPANTS = 100, 5


@dataclass(frozen=True)
class _Candidate:
    """Something that could be done: an opportunity, or a variant to take, at a place."""

    place: Place
    chance: tuple[Finding, Opportunity] | None
    test: tuple[Finding, ExperimentEffect] | None
    asked: bool

    @property
    def rank(self) -> tuple[object, ...]:
        """Lower is first: tested, asked, sources that agree, persons × severity × what follows; proposals of our own behind those of the client."""
        backed = self.test is not None or self.place.backed
        sources = self.place.agreeing + (self.test is not None)
        return (not backed, not self.asked, -sources, -self.place.weight, self.chance is None or self.chance[1].proposed, self.place.touchpoint)


def steps(told: Told) -> tuple[Step | None, list[Step], str]:
    """(what to do first, what then, why there is no first)."""
    found = sorted(_candidates(told), key=lambda c: c.rank)
    once: dict[str, _Candidate] = {}
    for c in found:
        once.setdefault(c.place.touchpoint, c)
    ordered = list(once.values())
    firm = [c for c in ordered if c.test is not None or c.place.backed] or [c for c in ordered if _loud(c.place)]
    if not firm:
        return None, [], _silence(told)
    rest = [c for c in ordered if c is not firm[0] and (c.place.backed or c.test is not None or any(s.source != "behaviour" for s in c.place.strong))]
    return _step(told, firm[0], True), [_step(told, c, False) for c in rest[:MOST_THEN]], ""


def _candidates(told: Told) -> list[_Candidate]:
    asked = {t for q in told.params.questions for about in subjects_of(q, told.params) for t in told.concerns(about)}
    out, tested = [], set()
    for f, chance in told.chances():
        o = told.opportunity(chance.name)
        if (o is not None and o.status in DONE) or f.touchpoint is None:
            continue
        names = [e.name for e in told.params.experiments if (o is not None and o.experiment == e.name) or e.opportunity == chance.name]
        tests = [w for n in names if (w := tests_said.winner(told, n)) is not None]
        judged = [s for n in names for _, s in told.effects(n)]
        if judged and not tests and all(s.choice == "do not ship" for s in judged):
            continue  # tried, and not worth it
        tested.update(names)
        place = told.places.get(f.touchpoint, Place(f.touchpoint, f.stage))
        out.append(_Candidate(place, (f, chance), tests[0] if tests else None, f.touchpoint in asked))
    for e in told.params.experiments:
        won = tests_said.winner(told, e.name) if e.name not in tested else None
        if won is not None:
            name = e.touchpoint or e.title or e.name
            out.append(_Candidate(told.places.get(name, Place(name, e.stage)), None, won, name in asked))
    return out


def _loud(place: Place) -> bool:
    """Whether one source that is people's own word is enough to look here first."""
    for s in place.strong:
        if s.source == "survey" and s.base >= LOUD_ANSWERS:
            return True
        if s.source == "interview" and s.hurt >= LOUD_PARTICIPANTS and s.hurt * 2 >= s.base:
            return True
    return bool(place.compared)


def _step(told: Told, c: _Candidate, first: bool) -> Step:
    p = c.place
    chance = c.chance[1] if c.chance else None
    o = told.opportunity(chance.name) if chance is not None else None
    effect = c.test[1] if c.test else None
    why = [reason(told, s) for s in p.strong]
    why += [r for f in p.compared if isinstance(f.subject, Compared) for r in _compared(f, f.subject, {s.source for s in p.strong})]
    if effect is not None and len(why) < 2:
        why += tests_said.reasons(told, effect.experiment, MOST_REASONS - len(why))
    worth, worth_says = _worth(told, p, effect)
    certainty = tests_said.sure(told, c.test[0], effect) if c.test and effect is not None else _untested(p)
    finding = c.test[0].id if c.test else c.chance[0].id if c.chance else ""
    step = Step(action_of(told, chance, effect, p.touchpoint), tuple(why[:MOST_REASONS]), certainty, worth=worth, worth_says=worth_says, agree=agreeing(p).words if p.agreeing > 1 else "", finding=finding, touchpoint=p.touchpoint,
                owner=(o.owner if o is not None and o.owner else told.owner(p.touchpoint)) or "", review=day(o.review_on) if o is not None else "")
    if effect is not None and c.test is not None:
        e = c.test[0].estimate
        said = phrases.points(e) if e is not None and e.unit == "share difference" else ""
        step = replace(step, sure=f"{said} {phrases.metric_words(_primary(told, effect))}. Expect a little less in daily use.".strip() if said else "", warning=tests_said.warning(told, effect))
    else:
        step = replace(step, sure="Nobody has tried it yet: test it before you build it for everybody.")
    return step if first else replace(step, says=_in_short(told, step))


def _primary(told: Told, effect: ExperimentEffect) -> object:
    e = told.experiment(effect.experiment)
    return next((m for m in e.metrics if m.name == e.primary), effect.metric) if e else effect.metric


def _untested(place: Place) -> Certainty:
    """The problem may be sure; that this is its remedy is not."""
    base = agreeing(place)
    return Certainty(min(2, max(1, place.agreeing)) if place.backed else 1, f"{base.words.removesuffix(' agree')}, untested")


def _compared(f: Finding, s: Compared, told: set[str]) -> list[Reason]:
    """What goes with a bad outcome, as numbers: the outcome itself, and how many it concerns where nothing else counts them."""
    value, of = (phrases.whole(s.levels[0]) if s.unit == "share" else (phrases.score(s.levels[0], None), f"of {s.scale:g}" if s.scale else ""))
    other = phrases.whole(s.levels[1])[0] if s.unit == "share" else phrases.score(s.levels[1], None)
    out = [Reason(SOURCES["survey" if f.source == "survey" else "behaviour"], value, of, f"is the {'score' if s.scale else 'mean'} of {s.with_it}, against {other} of {s.without_it}", f.id,
                  s.levels[0] if s.unit == "share" else s.levels[0] / s.scale if s.scale else None)]
    if "behaviour" not in told:
        n, base = phrases.of_100(s.counts[0], sum(s.counts))
        out.append(Reason(SOURCES["behaviour"], n, base, f"are {s.with_it}", f.id, s.counts[0] / sum(s.counts)))
    return out


def _worth(told: Told, place: Place, effect: ExperimentEffect | None) -> tuple[str, str]:
    """What it is worth: of a test, what the effect comes to; else what is at stake, at most; else how many it concerns."""
    if effect is not None and effect.worth is not None:
        value, low, high = effect.worth
        metric = _primary(told, effect)
        if effect.worth_unit == "customers" and round(abs(value)) >= 1:
            of = f", from {phrases.some(effect.worth_of, told.people)} there" if effect.worth_of else ""
            more = "more" if value > 0 else "fewer"
            whom = phrases.one(told.people) if round(abs(value)) == 1 else told.people
            return f"{phrases.count(abs(round(value)))} {more} {whom} {phrases.metric_words(metric)} in 30 days", f"({phrases.size(min(low, high), '')} to {phrases.size(max(low, high), '')}{of})"
        if effect.worth_unit != "customers":
            return f"{phrases.size(value, effect.worth_unit)} in 30 days", f"({phrases.size(low, '')} to {phrases.size(high, '')})"
    stake = told.stake(place.stage) if effect is None else None
    if stake is not None and stake[0].estimate is not None and stake[0].estimate.value is not None and stake[1].group:
        e = stake[0].estimate
        return f"up to {phrases.size(e.value or 0.0, e.unit)}", f"if all went on from {stake[1].stage} as often as {stake[1].group}"
    if effect is None and place.compared and "behaviour" not in place.signals and isinstance(said := place.compared[0].subject, Compared):
        return f"up to {phrases.count(said.counts[0])} {said.with_it}", "are concerned"
    if place.persons and effect is None:
        return f"up to {phrases.some(place.persons, told.people)}", "are concerned"
    return "", ""


def _in_short(told: Told, step: Step) -> str:
    parts = [f"{r.value} {r.of} {r.says}" for r in step.why[:2]]
    return f"{phrases.title_case('; '.join(parts))}." if parts else ""


def _silence(told: Told) -> str:
    """Why no first step is named, and what would help."""
    sources = {f.source for f in told.ours} - {"assumption"}
    if not sources:
        return "No first step is named: nothing rests on data yet."
    left = [p for p in told.places.values() if p.strong]
    if sources == {"behaviour"} and left:
        place = max(left, key=lambda p: p.weight).touchpoint
        return f"No first step is named: only what people do is known. Ask {told.people} at {place} before you change anything."
    return "No first step is named: no place stands out in two sources, and no test has a winner."

