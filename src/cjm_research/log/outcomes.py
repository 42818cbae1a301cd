"""What the journey is for, what nobody wants, and what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine import match_sql
from ..params.schema.journey import Stage, Touchpoint
from ..tables import TABLES
from . import ends
from .contacts import unobserved

if TYPE_CHECKING:
    from ..study import Study

GOAL_SHARE = 0.5  # of a touchpoint's interactions that are a funnel's last step make it a goal


def is_unwanted(stage: Stage, touchpoint: Touchpoint | None = None) -> bool:
    """Whether reaching a place is the pain (a complaint, a return, a cancellation)."""
    return stage.unwanted or bool(touchpoint and touchpoint.unwanted)


def unwanted_places(study: Study) -> set[str]:
    """The names of stages and touchpoints that nobody wants to reach."""
    stages = study.params.journey.stages
    return {s.name for s in stages if s.unwanted} | {t.name for s in stages for t in s.touchpoints if is_unwanted(s, t)}


def wanted_stages(study: Study) -> list[str]:
    """The stages that are progress, in order."""
    return [s.name for s in study.params.journey.stages if not is_unwanted(s)]


def goals(study: Study) -> set[str]:
    """Touchpoints that are reached to stay: declared (`goal: true`), the last step of a funnel, or of the last wanted stage that can be observed.

    To be seen nowhere after a goal is no pain, nor is it where nobody could be seen afterwards. A funnel of one step is a share and leads nowhere, and a last step that any
    event fulfils says nothing of a place.
    """
    stages = study.params.journey.stages
    hidden = unobserved(study)
    last = next((s for s in reversed(wanted_stages(study)) if f"stage:{s}" not in hidden), None)
    out = {t.name for s in stages for t in s.touchpoints if t.goal or s.name == last}
    for step in (f.steps[-1] for f in study.params.funnels if len(f.steps) > 1):
        if not (step.event or step.touchpoint or step.stage):
            continue
        out.update(step.touchpoint)
        out.update(t.name for s in stages for t in s.touchpoints if s.name in step.stage)
        if not study.has("interactions"):
            continue
        where = match_sql(step, TABLES["interactions"].names, "funnels")
        found = study.query(f"SELECT touchpoint FROM interactions WHERE touchpoint IS NOT NULL GROUP BY touchpoint "
                            f"HAVING count(*) FILTER ({where}) >= {GOAL_SHARE} * count(*)")
        out.update(map(str, found["touchpoint"]))
    return out


def ends_sql(study: Study) -> str:
    """SQL: id, moment of the events after which nothing can follow (`journey.ends`)."""
    where = ends.ends_sql(ends.journey_ends(study))
    if not where:
        return "SELECT NULL::VARCHAR AS id, NULL::TIMESTAMPTZ AS moment WHERE false"
    return f"SELECT customer_id AS id, occurred_at AS moment FROM interactions WHERE customer_id IS NOT NULL AND ({where})"
