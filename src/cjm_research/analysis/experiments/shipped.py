"""What moved after what was shipped to everybody? Every change of the params before and after, taken together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import NotEnoughData
from ...results import words
from ...results.cache import answered
from ...results.declared import declares
from ...results.result import Finding, Result
from ...shapes import Row
from ...stats.multiplicity import adjust
from . import declared, series
from .change import APART, CAUTION, METHOD, evaluate_change
from .verdict import signed

if TYPE_CHECKING:
    from ...params.schema import Change
    from ...study import Study

MOVED, WITH_CONTROL, NOT_CLEAR, ABSENT = "moved", "moved, but not against its control", "did not clearly move", "no data yet"


@declares(declared.SHIPPED, declared.SHIPPED_SERIES)
def shipped(study: Study) -> Result:
    """What moved after each change that went to everybody, all changes taken together. Never a verdict.

    Frames: `changes` (a row a change), `series` (their days, with the course that was to be expected). facts: `moved` (names of the changes
    after which something moved beyond chance). Raises `NotEnoughData` where the params name no change, or none has enough days.
    """
    if not study.params.changes:
        raise NotEnoughData("what was shipped", "no change is named", "a change with its day and its metric", "changes: in the params, e.g. {name: New form, shipped_on: 2026-05-04, metric: event:order}")
    found = [_asked(study, c) for c in study.params.changes]
    told = [r for _, r, _ in found if r is not None]
    if not told:
        raise NotEnoughData("what was shipped", f"none of {words.some(len(found), 'changes')} can be told: {found[0][2]}", "21 days before a change and 7 after it", "come back with a longer export")
    adjusted = dict(zip([str(r.facts["change"]) for r in told], adjust([r.facts["p"] for r in told], "holm"), strict=True))
    rows = [_row(c, r, why, adjusted.get(c.name), _opportunity(study, c)) for c, r, why in found]
    findings: list[Finding] = [f for r in told for f in r.findings]
    days = [r["series"].assign(change=r.facts["change"])[list(declared.SHIPPED_SERIES.stored)] for r in told]
    result = Result("What moved after what was shipped?", {"changes": pd.DataFrame(rows, columns=list(declared.SHIPPED.stored)), "series": pd.concat(days, ignore_index=True)},
                    method=f"{METHOD} p of all changes taken together: Holm.", findings=findings)
    moved = [r for r in rows if r["state"] == MOVED]
    result.facts = {"moved": [r["name"] for r in moved], "changes": len(rows), "said": {str(r.facts["change"]): r.facts["said"] for r in told}, "units": {str(r.facts["change"]): r.facts["unit"] for r in told},
                    "on": {c.name: str(c.shipped_on) for c in study.params.changes}}
    result.sentences = _sentences(rows, moved, result.facts["said"])
    result.caveats = list(dict.fromkeys([CAUTION, *(x for r in told for x in r.caveats)]))
    return result


def _asked(study: Study, change: Change) -> tuple[Change, Result | None, str]:
    try:
        return change, answered(evaluate_change, study, name=change.name), ""
    except NotEnoughData as reason:
        return change, None, reason.found


def _row(c: Change, r: Result | None, why: str, p: float | None, opportunity: str) -> Row:
    row: Row = dict.fromkeys(declared.SHIPPED.stored)
    row |= {"name": c.name, "day": str(c.shipped_on), "metric": words.begun(series.in_words(c.metric)), "opportunity": opportunity, "state": ABSENT, "n": 0, "base": 0, "unit": "", "method": why, "control": ""}
    if r is None:
        return row
    first, apart = r["effects"].iloc[0], r["effects"][r["effects"]["effect"] == APART]
    sure = bool(r.facts["clear"]) and p is not None and p < 0.05
    if len(apart):
        unit = "share difference" if r.facts["unit"] == "share" else str(r.facts["unit"])
        row["control"] = f"{signed(float(apart['value'].iloc[0]), unit)} ({words.interval(apart['low'].iloc[0], apart['high'].iloc[0], unit)})"
    return row | {k: first[k] for k in ("value", "low", "high", "n", "base", "method", "p")} | {
        "unit": r.findings[0].estimate.unit if r.findings[0].estimate else r.facts["unit"], "p_adjusted": p, "placebo": r.facts["placebo_share"],
        "state": (MOVED if r.facts["holds"] else WITH_CONTROL) if sure else NOT_CLEAR}


def _opportunity(study: Study, c: Change) -> str:
    """The opportunity that a change shipped: at its touchpoint, or else of its metric."""
    return next((o.name for o in study.params.opportunities if o.status in ("shipped", "measured") and ((c.touchpoint and c.touchpoint == o.touchpoint) or (o.metric and o.metric == c.metric))), "")


def _sentences(rows: list[Row], moved: list[Row], metrics: Mapping[str, str]) -> list[str]:
    told = [r for r in rows if r["state"] != ABSENT]
    of = "the one change" if len(told) == 1 else f"{len(told)} changes"
    if not moved:
        first = f"Nothing clearly moved after {of} that went to everybody."
    else:
        names = words.listing([str(r["name"]) for r in moved[:2]] + ([f"{len(moved) - 2} more"] if len(moved) > 2 else []))
        first = f"Something moved after {names}, which is no proof that it did so because of {'it' if len(moved) == 1 else 'them'}."
    out = [first]
    for r in told:
        out.append(f"After {r['name']} ({r['day']}): {metrics[str(r['name'])]} {r['state']}, "
                   f"{signed(float(r['value']), str(r['unit']))} on average (95 % interval {words.interval(r['low'], r['high'], str(r['unit'])) or 'none'})"
                   + (f"; against the control series {r['control']}" if r["control"] else "") + ".")
    gone = [r for r in rows if r["state"] == ABSENT]
    if gone:
        out.append(f"Of {words.listing([str(r['name']) for r in gone])} it cannot be told yet: {gone[0]['method']}.")
    return out
