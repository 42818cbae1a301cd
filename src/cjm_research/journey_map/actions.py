"""What do customers do in each stage? The most frequent of their own events, in customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine import literal
from ..errors import NotEnoughData
from ..log.actors import not_theirs
from ..log.onward import exchanged_sha256
from ..results import words
from ..results.declared import declares
from ..results.evidence import drawn_sql, sample_of, sums_sql
from ..results.result import Evidence, Finding, Result, estimates_frame
from ..results.subjects import Action
from ..stats.shares import share
from . import declared

if TYPE_CHECKING:
    from ..study import Study

MOST = 5  # events told of a stage


@declares(declared.ACTIONS)
def customer_actions(study: Study) -> Result:
    """The most frequent events of each stage: customers with the event there, of customers seen there (Wilson).

    Frame `actions`: stage, event, touchpoint (where most of them happen) and an estimate. Raises `NotEnoughData`
    without interactions on a stage.
    """
    study.need("interactions", what="what customers do")
    others = not_theirs(study)
    theirs = f"customer_id IS NOT NULL AND NOT coalesce({others}, FALSE)" if others else "customer_id IS NOT NULL"
    found = study.query(_SQL.replace("{most}", str(MOST)).replace("{theirs}", theirs))
    found = found[found["stage"].isin(study.stages)]
    if found.empty:
        raise NotEnoughData("what customers do", "no interaction lies on a stage", "at least one interaction that a match rule places", "add match rules to journey.stages")
    order = {s: i for i, s in enumerate(study.stages)}
    rows, findings = [], []
    for r in sorted(found.to_dict("records"), key=lambda r: (order[r["stage"]], -r["n"], r["event"])):
        estimate = share(int(r["n"]), int(r["base"]))
        touchpoint = r["touchpoint"] if isinstance(r["touchpoint"], str) else None
        rows.append(({"stage": r["stage"], "event": r["event"], "touchpoint": touchpoint}, estimate))
        sql = (f"SELECT customer_id AS id, bool_or(event = {literal(r['event'])}) AS counted FROM interactions "
               f"WHERE stage = {literal(r['stage'])} AND {theirs} GROUP BY customer_id")
        digest = exchanged_sha256(int(r["base"]), *((int(r[f"{k}_xor"]), int(r[f"{k}_sum"])) for k in ("nobody", "away", "here")))
        findings.append(Finding(
            f"actions:{r['stage']}:{r['event']}", f"{words.event(r['event'])}: {words.of_whom(estimate, 'customers')} seen in {r['stage']}", "action",
            estimate, stage=r["stage"], touchpoint=touchpoint, evidence=(Evidence(
                "rows", f"customers seen in {r['stage']}; counted: with the event {words.quoted(words.event(r['event']))}", table="interactions", sql=sql,
                rows=int(r["base"]), rows_sha256=digest, sample=sample_of(r["sample"], int(r["base"]), int(r["n"]), study.params.privacy.min_cell)),),
            lane="actions", label=words.event(r["event"]), subject=Action(r["event"])))
    result = Result("What do customers do?", {"actions": estimates_frame(rows)}, findings=findings,
                    method=f"The {MOST} events of each stage that most customers have; shares of the customers seen in the stage, "
                           "with Wilson intervals.")
    first = {r["stage"]: r for r, _ in reversed(rows)}
    result.sentences = ["Most often: " + words.listing([f"{words.event(first[s]['event'])} in {s}" for s in study.stages if s in first]) + "."]
    return result


_SQL = f"""
WITH pair AS (SELECT stage, event, customer_id AS id, count(*) AS times, mode(touchpoint) AS touchpoint
              FROM interactions WHERE stage IS NOT NULL AND {{theirs}} GROUP BY ALL),
hashed AS (SELECT *, hash(struct_pack(id := id, counted := true)) AS here, hash(struct_pack(id := id, counted := false)) AS away FROM pair),
of_event AS (SELECT stage, event, count(*) AS n, arg_max(touchpoint, (times, touchpoint)) AS touchpoint,
             {sums_sql("here", "here")}, {sums_sql("away", "away")} FROM hashed GROUP BY stage, event),
of_stage AS (SELECT stage, count(*) AS base, {sums_sql("away", "nobody")}
             FROM (SELECT stage, away FROM hashed GROUP BY stage, id, away) GROUP BY stage),
top AS (SELECT * FROM of_event JOIN of_stage USING (stage) QUALIFY row_number() OVER (PARTITION BY stage ORDER BY n DESC, event) <= {{most}}),
drawn AS (SELECT t.stage, t.event, {drawn_sql("struct_pack(id := o.id, counted := p.id IS NOT NULL)", "o.id, t.stage, t.event")} AS sample
          FROM top t JOIN (SELECT DISTINCT stage, id FROM pair) o USING (stage) LEFT JOIN pair p ON p.stage = t.stage AND p.event = t.event AND p.id = o.id GROUP BY ALL)
SELECT * FROM top JOIN drawn USING (stage, event)"""
