"""The client's questions, each answered from findings, or told what is missing."""

from __future__ import annotations

from collections.abc import Callable

from ..params.schema import About, ClientQuestion, subjects_of
from ..results import policy, words
from ..results.result import Finding
from ..results.subjects import Code, Compared, CustomerOutcome, Driver, FunnelSegment, FunnelStep, GoingOn, Retention, SurveyQuestion, TimeOnward
from . import moved, phrases, tests_said
from .model import Answer, Certainty
from .places import Place
from .told import Told, agreeing, quoted, sure

_Told = tuple[str, str, Certainty, list[str]]  # lead, text, certainty, findings
COUNTED = 100  # of a base as large as that a count is a count


def answers(told: Told) -> list[Answer]:
    """Every question of the params, in their order. Two questions about one test are answered by two of its sentences."""
    out: list[Answer] = []
    for q in told.params.questions:
        out.append(_answer(told, q, {a.lead for a in out}))
    return out


def _answer(told: Told, question: ClientQuestion, said: set[str]) -> Answer:
    abouts = subjects_of(question, told.params)
    for about in abouts:
        if about.kind == "test":
            found = tests_said.answer(told, about.name)
            if found is not None:
                lead, text, certainty, ids, known, more = found
                if lead in said:  # asked before: the other sentence
                    lead, more = f"{phrases.title_case(tests_said.named_winner(told, about.name))}:", ""
                return Answer(question.ask, lead, text, certainty, tuple(ids), known, more)
            continue
        one = _by_kind(told, about)
        if one is not None and one[0] not in said:
            return Answer(question.ask, one[0], one[1], one[2], tuple(one[3]))
    why, needed = _missing(told, abouts)
    return Answer(question.ask, "The data cannot say,", f"because {why}.", Certainty(0, "not known"), (), False, f"To know it you would need {needed}.")


def _by_kind(told: Told, about: About) -> _Told | None:
    by: dict[str, Callable[[Told, str], _Told | None]] = {
        "touchpoint": _touchpoint, "stage": _stage, "funnel": _funnel, "comparison": _comparison, "outcome": _outcome, "survey": _score, "persona": lambda t, _: _whom(t),
        "change": moved.change, "opportunity": _opportunity, "lane": _lane, "question": _question}
    asked = by.get(about.kind)
    return asked(told, about.name) if asked is not None else None


# --- where -----------------------------------------------------------------------------------------------------------


def _worst_place(told: Told) -> _Told | None:
    if told.worst:
        return _place(told, told.worst[0])
    single = [p for p in told.places.values() if p.strong]
    if not single:
        return None
    own = [p for p in single if any(s.source != "behaviour" for s in p.strong)]
    return _place(told, max(own or single, key=lambda p: p.weight))


def _place(told: Told, p: Place) -> _Told:
    """`Delivery slot: 657 of 1,409 never get from Checkout to …; 83 of 100 are not satisfied with it.`"""
    parts, ids = [], []
    for s in p.strong[:3]:
        ids.append(s.finding.id)
        n = " ".join(phrases.of_100(s.hurt, s.base))
        if s.source == "behaviour":
            parts.append(f"{phrases.count(s.hurt)} of {phrases.count(s.base)} {s.finding.in_cell}")
        elif s.source == "survey":
            parts.append(f"{n} who answer are not satisfied")
        elif (s.source == "interview" and not any(x.source == "behaviour" for x in p.strong)) or len(parts) < 2:
            parts.append(f"{n} interviewed say {quoted(s.finding.in_cell)}" if s.source == "interview" else f"{n} ratings are low")
    ids += [f.id for f in p.compared]
    return f"{p.touchpoint}:", f"{phrases.listing(parts)}.", agreeing(p), ids


def _touchpoint(told: Told, name: str) -> _Told | None:
    p = told.places.get(name)
    if p is not None and p.strong:
        return _place(told, p)
    return _lowest(told, {name})


def _stage(told: Told, name: str) -> _Told | None:
    inside = [p for t in told.touchpoints(name) if (p := told.places.get(t)) is not None and p.strong]
    if inside:
        return _place(told, max(inside, key=lambda p: (p.agreeing, p.weight)))
    found = next(((f, f.estimate) for f, s in told.of(GoingOn) if s.stage == name and f.estimate), None)
    if found is None or not policy.carries_headline(found[1].base):
        return None
    f, e = found
    return f"{name}:", f"{phrases.many(e.n, e.base)} {told.people} go on from here.", Certainty(1, "counted, one source"), [f.id]


def _funnel(told: Told, name: str) -> _Told | None:
    """The step of a funnel that loses most, or that none loses many."""
    steps = [(f, s) for f, s in told.of(FunnelStep) if s.funnel == name and f.estimate]
    losses = [(f, s) for f, s in steps if s.what == "loss" and f.estimate and policy.carries_headline(f.estimate.base)]
    whole = next(((f, f.estimate) for f, s in steps if s.what == "conversion" and f.estimate), None)
    if losses:
        f, _ = max(losses, key=lambda x: x[0].estimate.n if x[0].estimate else 0)
        e = f.estimate
        assert e is not None
        total = f" In all {phrases.many(whole[1].n, whole[1].base)} get through." if whole else ""
        if told.params.journey.ends:
            total += " Those who were turned away count as lost, too."
        return (f"{f.touchpoint or phrases.title_case(f.in_cell)}:", f"{phrases.many(e.n, e.base)} {f.in_cell}.{total}",
                Certainty(1, f"one source, {phrases.some(e.base, told.people)} counted"), [f.id])
    walked = sorted([(f, f.estimate) for f, s in steps if s.what == "step" and f.estimate and policy.carries_headline(f.estimate.base)], key=lambda x: x[1].value if x[1].value is not None else 1.0)
    if whole is None or not walked or not policy.carries_headline(whole[1].base):
        return None
    f, e = walked[0]
    return ("At no step are many lost:" if (e.value or 0) > 0.8 else f"{phrases.title_case(f.in_cell)}:",
            f"{phrases.many(whole[1].n, whole[1].base)} get through; most are lost between {f.in_cell.replace(' → ', ' and ')} ({phrases.many(e.base - e.n, e.base)}).",
            Certainty(1, f"one source, {phrases.count(whole[1].base)} counted"), [whole[0].id, f.id])


# --- for whom --------------------------------------------------------------------------------------------------------


def _whom(told: Told) -> _Told | None:
    """Which personas go on least often from the stage that hurts most, where they clearly differ."""
    stage = told.worst[0].stage if told.worst else None
    stages = [stage] if stage else told_stages(told)
    for name in stages:
        groups = [(f, f.estimate) for f, _ in told.by_persona(GoingOn, name) if f.estimate and policy.carries_headline(f.estimate.base) and f.estimate.value is not None]
        if len(groups) < 2:
            continue
        groups.sort(key=lambda g: g[1].value or 0.0)
        (_, a), (high, b) = groups[0], groups[-1]
        if a.high is None or b.low is None or a.high >= b.low:
            return ("Everybody alike:", f"the {phrases.count(len(groups))} groups do not differ clearly in how many go on from {name}.",
                    Certainty(2, "counted, no clear difference"), [f.id for f, _ in groups])
        near = [(f, e) for f, e in groups[:-1] if e.low is not None and a.high is not None and e.low <= a.high][:2]
        names = phrases.listing([told.group(str(f.persona)) for f, _ in near])
        counts = phrases.listing([" ".join(phrases.of_100(e.n, e.base)) if k == len(near) - 1 else phrases.of_100(e.n, e.base)[0] for k, (_, e) in enumerate(near)])
        return (f"{names}:", f"{counts} go on from {name}, against {phrases.many(b.n, b.base)} {told.group(str(high.persona))}.",
                Certainty(2, "counted; groups differ in more than the journey"), [f.id for f, _ in (*near, (high, b))])
    return _segment(told, None)


def told_stages(told: Told) -> list[str]:
    """The stages from the one that fewest go on from."""
    found = [(f.estimate.value, s.stage) for f, s in told.of(GoingOn) if f.estimate and f.estimate.value is not None and policy.carries_headline(f.estimate.base)]
    return [stage for _, stage in sorted(found)]


def _segment(told: Told, funnel: str | None) -> _Told | None:
    """The segments that get through a funnel most and least often, of those that clearly differ from all others."""
    whole = [(f, s, f.estimate) for f, s in told.of(FunnelSegment) if (funnel is None or s.funnel == funnel) and f.estimate and policy.carries_headline(f.estimate.base)
             and not s.value.startswith(("(", "<"))]  # what a tool writes where it does not know or does not say
    found = [x for x in whole if x[1].p is not None and x[1].p < 0.05]
    if not found:
        if len(whole) < 2:
            return None
        return ("No clear difference:", f"the {phrases.count(len(whole))} groups by {words.column(whole[0][1].by)} do not differ beyond chance.", Certainty(1, "counted, no clear difference"),
                [f.id for f, _, _ in whole[:3]])
    found.sort(key=lambda x: -(x[2].value or 0.0))
    best, worst = found[0], found[-1]
    over = best[2].value is not None and best[1].against is not None and best[2].value > best[1].against
    top = best if over else worst
    f, s, e = top
    against = phrases.whole(s.against or 0.0)
    return (f"{phrases.title_case(s.value.replace('_', ' '))}:", f"{phrases.many(e.n, e.base)} get through, against {' '.join(against)} of all others.",
            Certainty(2, f"counted, beyond chance, {phrases.count(e.base)}"), [f.id])


# --- what goes with it, what people say --------------------------------------------------------------------------------


def _comparison(told: Told, name: str) -> _Told | None:
    found = next(((f, s) for f, s in told.of(Compared) if s.name == name), None)
    if found is None:
        return None
    f, s = found
    if not sure(s, f):
        return ("No clear difference:", f"{compared_words(s)}.", Certainty(1, f"{phrases.count(sum(s.counts))} compared"), [f.id])
    return (f"{phrases.title_case(s.with_it)}:", f"{compared_words(s)}.", Certainty(2, f"{phrases.count(s.counts[0])} against {phrases.count(s.counts[1])}, not a test"), [f.id])


def compared_words(s: Compared) -> str:
    """`they score 2.57 of 5, orders on time 4.29`."""
    a, b = s.levels
    if s.unit == "share":
        return f"{' '.join(phrases.whole(a))} {s.outcome}, of {s.without_it} {phrases.whole(b)[0]}"
    if s.unit == "points":
        return f"they score {a:+.0f} points, {s.without_it} {b:+.0f}".replace("-", "−")
    if s.scale is None:
        return f"{phrases.size(a, '')} on average, {s.without_it} {phrases.size(b, '')}"
    return f"they score {phrases.score(a, s.scale)}, {s.without_it} {phrases.score(b, None)}"


def _outcome(told: Told, name: str) -> _Told | None:
    """How many it happened to, and of the grouping that differs most clearly the highest and the lowest group."""
    found = [(f, s, f.estimate) for f, s in told.of(CustomerOutcome) if s.name == name and f.estimate and f.estimate.value is not None and policy.carries_headline(f.estimate.base)]
    whole = next(((f, e) for f, s, e in found if not s.by), None)
    if whole is None:
        return None
    f, e = whole
    title = next((o.title for o in told.params.outcomes if o.name == name and o.title), None) or words.column(name)
    said = f"{phrases.many(e.n, e.base)} {told.people}"
    parts = [(f, s, e) for f, s, e in found if s.by]
    clear = [x for x in parts if x[1].p is not None and x[1].p < 0.05]
    if not clear:
        alike = f"; the groups by {phrases.listing(list(dict.fromkeys(s.by for _, s, _ in parts)))} do not differ clearly" if parts else ""
        return f"{phrases.title_case(title)}:", f"{said}{alike}.", Certainty(1, f"one source, {phrases.count(e.base)} counted"), [f.id, *(x[0].id for x in parts[:3])]
    by = min(clear, key=lambda x: (x[1].p or 0.0, x[1].by))[1].by
    groups = sorted([x for x in clear if x[1].by == by], key=lambda x: (-(x[2].value or 0.0), x[1].group))
    told_of = [f"{' '.join(phrases.of_100(e.n, e.base)) if k == 0 else phrases.of_100(e.n, e.base)[0]} {s.group}" for k, (_, s, e) in enumerate(groups if len(groups) <= 3 else [groups[0], groups[-1]])]
    return (f"{phrases.title_case(title)}:", f"{said}; by {by}: {phrases.listing(told_of)}.", Certainty(2, f"{phrases.count(e.base)} counted, beyond chance, not why"), [f.id, *(x[0].id for x in groups[:3])])


def _score(told: Told, name: str) -> _Told | None:
    """What goes with a score most, else the score itself, of a question or of all questions of a survey."""
    going = [(f, s, f.estimate) for f, s in told.of(Compared) if s.outcome == name and f.estimate and sure(s, f)]
    if going:
        weight = lambda x: abs(x[2].value or 0.0) * (x[1].counts[0] / sum(x[1].counts))
        declared = [x for x in going if x[1].source == "declared"]
        ordered = sorted(declared or going, key=lambda x: (-weight(x), x[1].name))
        _, s, _ = ordered[0]
        return (f"{phrases.title_case(s.with_it)}:", f"{compared_words(s)}.",
                Certainty(2, f"{phrases.count(s.counts[0])} against {phrases.count(s.counts[1])}, not a test"), [x[0].id for x in ordered[:3]])
    asked = [f for f, s in told.of(SurveyQuestion) if s.question_id == name and f.estimate]
    if not asked:
        return _lowest(told, set(told.places) | {str(f.touchpoint) for f, _ in told.of(SurveyQuestion)})
    return _level(asked[0])


def _carries(told: Told) -> _Told | None:
    """What goes with recommending most: the answers that vary with it most, of those that do so beyond chance."""
    going = sorted([(f, s, f.estimate) for f, s in told.of(Driver) if f.estimate and f.estimate.low is not None and f.estimate.low > 0 and policy.carries_headline(f.estimate.base)],
                   key=lambda x: (-(x[2].value or 0.0), x[1].question_id))
    if not going:
        return None
    _, s, e = going[0]
    then = f"; then {phrases.listing([told.question(d.question_id) for _, d, _ in going[1:3]])}" if len(going) > 1 else ""
    return (f"{told.question(s.question_id)}:", f"those who rate it well recommend most{then}.", Certainty(2, f"{phrases.count(e.base)} answers, not a test"), [f.id for f, _, _ in going[:3]])


def _level(f: Finding) -> _Told | None:
    e, s = f.estimate, f.subject
    if e is None or e.value is None or not policy.carries_headline(e.base) or not isinstance(s, SurveyQuestion):
        return None
    place = f.touchpoint or f.in_cell
    said = f"{phrases.many(e.n, e.base)} are satisfied" if e.unit == "share" else f"the score is {e.value:+.0f} points".replace("-", "−") if e.unit == "points" else f"the mean is {phrases.score(e.value, None)}"
    return f"{place}:", f"{said}.", Certainty(1, f"one source, {phrases.count(e.base)} answers"), [f.id]


def _lowest(told: Told, touchpoints: set[str]) -> _Told | None:
    """The touchpoint that fewest are satisfied with, among some."""
    found = [(f, f.estimate) for f, s in told.of(SurveyQuestion) if f.touchpoint in touchpoints and s.instrument in ("csat", "ces") and f.estimate
             and policy.carries_headline(f.estimate.base) and f.estimate.unit == "share" and f.estimate.value is not None]
    if not found:
        return None
    f, _ = min(found, key=lambda x: x[1].value or 0.0)
    return _level(f)


def _themes(told: Told, kind: str) -> _Told | None:
    """What most participants name."""
    found = sorted([(f, f.estimate) for f, _ in told.of(Code) if f.kind == kind and f.estimate], key=lambda x: (-x[1].n, x[0].touchpoint or "", x[0].key))
    found = [x for x in found if x[1].n >= 2]
    if not found:
        return None
    first, e = found[0]
    rest = [f"{quoted(f.in_cell)} ({x.n})" for f, x in found[1:3]]
    return (f"{quoted(first.in_cell)}{f' at {first.touchpoint}' if first.touchpoint else ''}:", f"{phrases.many(e.n, e.base)} interviewed name it{f'; then {phrases.listing(rest)}' if rest else ''}.",
            Certainty(2 if e.n >= 5 else 1, f"one source, {phrases.count(e.base)} interviews"), [f.id for f, _ in found[:3]])


def _waits(told: Told) -> _Told | None:
    """The longest wait between two steps of a funnel, else between stages."""
    found = [(f, f.estimate) for f, s in told.of(FunnelStep) if s.what == "time" and f.estimate and policy.carries_headline(f.estimate.base) and f.estimate.value]
    between = True
    if not found:
        between = False
        found = [(f, f.estimate) for f, _ in told.of(TimeOnward) if f.estimate and policy.carries_headline(f.estimate.base) and f.estimate.value]
    if not found:
        return None
    f, e = max(found, key=lambda x: x[1].value or 0.0)
    lead = f"Between {f.in_cell.replace(' → ', ' and ')}:" if between else f"{f.stage}:"
    return (lead, f"half of {phrases.count(e.base)} wait {words.rounded_duration(e.value or 0.0)} or longer.", Certainty(1, f"one source, {phrases.count(e.base)} counted"), [f.id])


def _lane(told: Told, name: str) -> _Told | None:
    if name in ("gain", "needs"):
        return _themes(told, {"gain": "gain", "needs": "need"}[name])
    if name == "time":
        return _waits(told)
    if name == "drivers":
        return _carries(told)
    if name == "outcomes":
        return _question(told, name)
    if name in ("satisfaction", "metrics"):
        return _lowest(told, {str(f.touchpoint) for f, _ in told.of(SurveyQuestion)})
    if name == "experiments":
        return _first_test(told)
    if name == "pain":
        return _worst_place(told) or _themes(told, "pain")
    return _worst_place(told)


def _question(told: Told, name: str) -> _Told | None:
    if name in ("personas", "persona_journeys", "persona_expectations"):
        return _whom(told)
    if name in ("funnel", "funnels"):
        return next((x for f in told.params.funnels if (x := _funnel(told, f.name)) is not None), None)
    if name == "funnel_by":
        return _segment(told, None)
    if name == "satisfaction":
        return _lane(told, "satisfaction")
    if name == "outcomes":
        return next((x for o in told.params.outcomes if (x := _outcome(told, o.name)) is not None), None)
    if name == "survey_drivers":
        return _carries(told)
    if name in ("themes", "quotes", "emotion", "feedback"):
        return _themes(told, "pain")
    if name == "retention":
        found = [(f, f.estimate) for f, s in told.of(Retention) if f.estimate and policy.carries_headline(f.estimate.base)]
        return (f"{phrases.many(found[0][1].n, found[0][1].base)}:", "come back in the first period after their first visit.", Certainty(1, "one source"), [found[0][0].id]) if found else None
    if name in ("experiment", "experiments"):
        return _first_test(told)
    return _worst_place(told)


def _first_test(told: Told) -> _Told | None:
    found = next((x for e in told.params.experiments if (x := tests_said.answer(told, e.name)) is not None), None)
    return (found[0], found[1], found[2], found[3]) if found is not None and found[4] else None


def _opportunity(told: Told, name: str) -> _Told | None:
    o = told.opportunity(name)
    if o is None:
        return None
    if o.experiment:
        found = tests_said.answer(told, o.experiment)
        if found is not None:
            return found[0], found[1], found[2], found[3]
    return _touchpoint(told, o.touchpoint) if o.touchpoint else None


# --- what is missing ---------------------------------------------------------------------------------------------------

_NEEDS = {
    "test": ("no result of this test is in the data", "its assignments and outcomes"),
    "survey": ("nobody has answered this question yet", "at least 20 answers to it"),
    "persona": ("the groups cannot be told apart in these data", "attributes or events of single customers"),
    "comparison": ("too few journeys have both the property and the outcome", "at least 20 journeys of each kind"),
    "outcome": ("too few customers say whether it happened to them", "the attribute or the events that tell it, of at least 20 customers"),
    "change": ("before and after are too short, or nothing clear moved", "some weeks on both sides of the change"),
    "stage": ("nothing that is recorded there tells one from another", "what distinguishes those who come there, and what they do next"),
    "touchpoint": ("no source says that anything is wrong there", "answers, interviews or feedback about it"),
    "funnel": ("too few went through it", "events of at least 20 people"),
}


def _missing(told: Told, abouts: list[About]) -> tuple[str, str]:
    kinds = [a.kind for a in abouts]
    sources = {f.source for f in told.ours}
    if not sources - {"assumption"}:
        return "no finding rests on data yet", "exports of events, answers or interviews"
    for kind in kinds:
        if kind in _NEEDS:
            return _NEEDS[kind]
    names = {a.name for a in abouts}
    if names & {"gain", "needs", "themes", "quotes", "emotion"} and "interview" not in sources:
        return "nobody was interviewed", "interviews with at least five people"
    if names & {"personas", "persona_journeys", "persona_expectations"}:
        return _NEEDS["persona"]
    return "no place stands out in what people do, answer or say", "answers or interviews about the places they leave"
