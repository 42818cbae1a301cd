"""The client's own questions, and what each is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from ...errors import did_you_mean
from ...questions import QUESTIONS
from ..values import Refused
from .base import Names, Section, Title

if TYPE_CHECKING:
    from .file import Params

MOST_QUESTIONS = 6  # answered on the first page; more is a report, not an answer
#: questions whose findings lie in no lane of the map and still answer a client
_BEYOND_THE_MAP = ("personas", "persona_journeys", "persona_expectations", "retention", "funnels", "funnel_by")


class ClientQuestion(Section):
    """A question that the first page answers."""

    ask: Title = Field(min_length=3, description="The question as the client asks it: Should the slot picker replace the list?")
    about: Names = Field(min_length=1, description="What it is about: the name of a stage, touchpoint, funnel, test, comparison, outcome, change, opportunity or persona; the id of a "
                                                   "survey question; a lane of the map (pain, gain, time); or a question of `questions()`. A name that stands for two things is "
                                                   "written with its kind: `stage:Delivery`.")


@dataclass(frozen=True)
class About:
    """One thing that a client's question is about."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def things(params: Params) -> Iterator[About]:
    """Everything in the params that a client's question may be about."""
    for stage in params.journey.stages:
        yield About("stage", stage.name)
        yield from (About("touchpoint", t.name) for t in stage.touchpoints)
    yield from (About("funnel", f.name) for f in params.funnels)
    yield from (About("test", e.name) for e in params.experiments)
    yield from (About("change", c.name) for c in params.changes)
    yield from (About("comparison", c.name) for c in params.comparisons)
    yield from (About("outcome", o.name) for o in params.outcomes)
    yield from (About("opportunity", o.name) for o in params.opportunities)
    yield from (About("persona", n.name) for n in params.personas.names)
    yield from (About("survey", s.name) for s in params.sources if s.questions)
    yield from (About("survey", q.id) for s in params.sources for q in s.questions)
    yield from (About("lane", lane) for lane in sorted({lane for q in QUESTIONS for lane in q.lanes}))
    yield from (About("question", q.name) for q in QUESTIONS if q.lanes or q.name in _BEYOND_THE_MAP)


def subjects_of(question: ClientQuestion, params: Params) -> list[About]:
    """What a question is about. Raises `Refused` for a name that is unknown, with the nearest one, or that stands for several things."""
    known = list(dict.fromkeys(things(params)))
    out = []
    for word in question.about:
        hits = [t for t in known if word in (t.name, str(t))]
        if len(hits) == 1:
            out.append(hits[0])
            continue
        ours = [t for t in hits if t.kind not in ("lane", "question")]  # what the client named goes before what we call so
        if len(ours) == 1:
            out.append(ours[0])
        elif hits and not ours:
            out.append(next(t for t in hits if t.kind == "question"))
        elif hits:
            raise Refused(f"the question {question.ask[:60]!r} is about {word!r}, which is {' and '.join(t.kind for t in hits)}",
                          ", ".join(map(str, hits)), "write it with its kind")
        else:
            near = did_you_mean(word, [t.name for t in known])
            named = [t.name for t in known if t.kind in ("touchpoint", "funnel", "test", "comparison", "outcome")]
            raise Refused(f"the question {question.ask[:60]!r} is about {word!r}, which is nothing this study knows.{near}",
                          f"a stage, touchpoint, funnel, test, comparison, outcome, change, opportunity, persona, survey question, lane or question; here {', '.join(named[:12]) or 'pain_points'}, …",
                          "correct `about`, or name it where it belongs")
    return out
