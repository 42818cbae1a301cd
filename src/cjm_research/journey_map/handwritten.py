"""What the params say by hand: assumptions, the future state, and what lies behind the line of visibility."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results.lanes import OF_KIND
from ..results.result import Evidence, Finding
from ..results.subjects import Assumption, Backstage

if TYPE_CHECKING:
    from ..study import Study

KINDS = {"actions": "action", "pain": "pain", "gain": "gain", "thoughts": "thought", "emotion": "emotion",
         "opportunity": "opportunity", "backstage": "action"}


def by_hand(study: Study) -> tuple[Evidence, ...]:
    """The evidence of a hand-written line: none but the file it stands in."""
    return (Evidence("assumption", f"written in params/{study.client}.yaml by hand"),)


def assumptions(study: Study) -> list[Finding]:
    """Hand-written lines, marked as assumed; the subject of each says whether it tells of the future state."""
    out = []
    for a in study.params.journey.assumptions:
        head = "backstage:assumption" if a.lane == "backstage" else f"assumption:{a.lane}"
        future = a.state == "future"
        key = ("future:" if future else "") + f"{head}:{a.text}"
        lane = "backstage" if a.lane == "backstage" else OF_KIND[KINDS[a.lane]]
        text = a.text if a.valence is None else f"{a.text} ({a.valence:+g})".replace("-", "−")
        out.append(Finding(key, text, KINDS[a.lane], stage=a.stage, touchpoint=a.touchpoint, persona=a.persona,
                           source="assumption", status="assumed", evidence=by_hand(study), lane=lane, subject=Assumption(a.lane, a.text, future)))
    return out


def backstage(study: Study) -> list[Finding]:
    """Owner, systems and processes of every touchpoint that names any."""
    out = []
    for stage in study.params.journey.stages:
        for t in stage.touchpoints:
            parts = ([f"owner: {t.owner}"] if t.owner else []) + t.backstage
            if parts:
                out.append(Finding(f"backstage:{t.name}", f"{t.name}: {', '.join(parts)}", "action", stage=stage.name, touchpoint=t.name,
                                   source="assumption", status="assumed", evidence=by_hand(study), lane="backstage", subject=Backstage(t.name, t.owner or "", tuple(t.backstage))))
    return out
