"""The own questions of a client, as far as this notebook has defined them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...engine import reads
from ...errors import BadInput, unknown
from ...results import words
from ...results.identity import Unknowable, identity
from ...results.lanes import BY_NAME
from ...results.result import Finding, Result
from .handed import hand_over, handed_state
from .helpers import Measured

if TYPE_CHECKING:
    from ...study import Study

_OWN: dict[tuple[str, str], dict[str, OwnQuestion]] = {}  # by folder of the workspace and client
_KINDS = {"pain": "pain", "gain": "gain", "needs": "need", "actions": "action"}
_SOURCES = {"responses": "survey", "feedback": "feedback", "codings": "interview", "turns": "interview", "documents": "interview", "assignments": "experiment",
            "measurements": "experiment"}


@dataclass(frozen=True)
class OwnQuestion:
    """A question of one's own and where its findings lie on the map."""

    name: str
    function: Callable[..., Result]
    lane: str


def question(study: Study, *, lane: str, stage: str, touchpoint: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Result]]:
    """A decorator that makes a function one of the client's questions; see `Study.question`."""
    if lane not in BY_NAME:
        raise unknown("own question: lane", "lane", lane, BY_NAME, "docs/map.md explains the lanes")
    if stage not in study.stages:
        raise unknown("own question: stage", "stage", stage, study.stages, f"journey.stages in params/{study.client}.yaml")
    if touchpoint is not None and study.touchpoint_stage.get(touchpoint) != stage:
        raise unknown("own question: touchpoint", "touchpoint", touchpoint, [t for t, s in study.touchpoint_stage.items() if s == stage], f"touchpoints of {stage} in params/{study.client}.yaml")

    def made(function: Callable[..., Any]) -> Callable[..., Result]:
        @functools.wraps(function)
        def asked(study: Study, **options: Any) -> Result:
            return _result(function, function(study, **options), lane, stage, touchpoint)

        _OWN.setdefault(_place(study), {})[function.__name__] = OwnQuestion(function.__name__, asked, lane)
        hand_over(function.__name__, asked, study)
        return asked

    return made


def own_questions(study: Study) -> list[OwnQuestion]:
    """The own questions of a study's client; noted, so that an answer made of them is theirs only."""
    study.note("own questions:")
    return list(_OWN.get(_place(study), {}).values())


def _place(study: Study) -> tuple[str, str]:
    return str(study.workspace.root), study.client


def _state(study: Study, which: str) -> str:
    try:
        defined = "|".join(f"{name} {identity(o.function)}" for name, o in sorted(_OWN.get(_place(study), {}).items()))
        return defined + handed_state(study)
    except Unknowable as why:
        reads.note_unknown(str(why))
        return f"unknown: {why}"


reads.STATES["own questions"] = _state


def _result(function: Callable[..., Any], said: Any, lane: str, stage: str, touchpoint: str | None) -> Result:
    """What an own question gave, as an answer with findings."""
    import pandas as pd

    if isinstance(said, Result):
        return said
    given = [said] if isinstance(said, Measured) else list(said) if isinstance(said, list | tuple) else []
    if not given or not all(isinstance(m, Measured) for m in given):
        raise BadInput(f"own question {function.__name__}", f"it returns a {type(said).__name__}", "study.share(...), study.mean(...), a list of them, or a Result",
                       "return what study.share or study.mean gives")
    name = function.__name__.replace("_", " ")
    findings = [Finding(f"own:{lane}:{function.__name__}:{k}", f"{m.says} (own question: {name})", _KINDS.get(lane, "metric"), m.estimate, stage, touchpoint,
                        source=_SOURCES.get(m.evidence.table or "", "behaviour"), evidence=(m.evidence,),  # type: ignore[arg-type]
                        lane=lane, label=f"{m.says} (own)")
                for k, m in enumerate(given)]
    rows = [{"what": m.says, **m.estimate.row()} for m in given]
    sentences = [f"{words.number(m.estimate.value, m.estimate.unit)} {m.says} ({m.estimate.n:,} of {m.estimate.base:,}; "
                 f"95 % interval {words.interval(m.estimate.low, m.estimate.high, m.estimate.unit) or 'none'})." for m in given]
    return Result(inspect.getdoc(function) or f"Own question: {name}", {"estimates": pd.DataFrame(rows)}, sentences=sentences, findings=findings,
                  method="Counted by one query over one table; the same query is its evidence.")
