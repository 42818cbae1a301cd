"""How far do customers come, and how long does it take? Reach, conversion and time by stage and touchpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import NotEnoughData
from .. import words
from ..evidence import rows_evidence
from ..result import Estimate, Finding, Result, estimates_frame
from ..stats.quantiles import quantile
from ..stats.shares import share

if TYPE_CHECKING:
    from ...study import Study


def stage_metrics(study: Study) -> Result:
    """Reach of every stage and touchpoint, conversion to the next stage, time to it.

    Reach: customers with an interaction there, of all customers with an interaction. Conversion of a stage: of the
    customers seen there, those with an interaction in a later stage at or after their first one in this stage; for
    the last stage none. Time: median from the first interaction in the stage to the first later one in a later
    stage, among those who went on. Frames: `stages`, `touchpoints` (estimates), `channels`.
    Raises `NotEnoughData` without interactions or without stages.
    """
    study.need("interactions", what="stages of the journey")
    if not study.stages:
        raise NotEnoughData("stages of the journey", "no stage is defined", "at least one", f"journey.stages in params/{study.client}.yaml")
    everybody = int(study.scalar("SELECT count(DISTINCT customer_id) FROM interactions"))
    rows, findings = [], []
    for position, stage in enumerate(study.stages):
        later = study.stages[position + 1:]
        for measure, estimate, finding in (_reach(study, "stage", stage, everybody), *_onward(study, stage, later)):
            rows.append(({"stage": stage, "measure": measure}, estimate))
            findings.append(finding)
    touchpoints = []
    for touchpoint, stage in study.touchpoint_stage.items():
        _, estimate, finding = _reach(study, "touchpoint", touchpoint, everybody)
        touchpoints.append(({"touchpoint": touchpoint, "stage": stage}, estimate))
        findings.append(finding)
    result = Result(
        "How far do customers come, and how long does it take?",
        {"stages": estimates_frame(rows), "touchpoints": estimates_frame(touchpoints), "channels": _channels(study)},
        facts={"customers": everybody},
        method="Reach: customers with an interaction in the stage, of all customers with an interaction. Conversion: of those, "
               "customers with an interaction in any later stage at or after their first one here. Both with Wilson intervals. "
               "Time: median from the first interaction here to the first later interaction in a later stage, among those who "
               "went on, with an order-statistic interval; customers still on their way are not in it.",
        findings=findings)
    result.sentences = _sentences(result, study)
    unplaced = study.scalar("SELECT count(*) FILTER (stage IS NULL) * 1.0 / count(*) FROM interactions")
    if unplaced and unplaced > 0.05:
        result.caveats.append(f"{words.percent(unplaced)} of interactions lie on no stage; the match rules do not cover them.")
    return result


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _reach(study: Study, column: str, name: str, everybody: int) -> tuple[str, Estimate, Finding]:
    sql = f"SELECT customer_id AS id, bool_or({column} IS NOT DISTINCT FROM {_text(name)}) AS counted FROM interactions GROUP BY customer_id"
    n = int(study.scalar(f"SELECT count(DISTINCT customer_id) FROM interactions WHERE {column} = {_text(name)}"))
    estimate = share(n, everybody)
    place = {"stage": name} if column == "stage" else {"touchpoint": name, "stage": study.touchpoint_stage[name]}
    finding = Finding(f"reach:{column}:{name}", f"{words.estimate(estimate)} of customers were seen at {name}", "metric", estimate,
                      evidence=(rows_evidence(study, "interactions", f"customers with an interaction; counted: at {name}", sql),), **place)
    return "reach", estimate, finding


def _onward(study: Study, stage: str, later: list[str]) -> list[tuple[str, Estimate, Finding]]:
    if not later:
        return []
    inside = ", ".join(_text(s) for s in later)
    onward = f"""SELECT f.customer_id AS id, min(i.occurred_at) AS onward_at, any_value(f.first_at) AS first_at
        FROM (SELECT customer_id, min(occurred_at) AS first_at FROM interactions WHERE stage = {_text(stage)} GROUP BY customer_id) f
        LEFT JOIN interactions i ON i.customer_id = f.customer_id AND i.stage IN ({inside}) AND i.occurred_at >= f.first_at
        GROUP BY f.customer_id"""
    counts = study.query(f"SELECT count(*) AS base, count(onward_at) AS n FROM ({onward})").iloc[0]
    converted = share(int(counts["n"]), int(counts["base"]))
    sql = f"SELECT id, onward_at IS NOT NULL AS counted FROM ({onward})"
    conversion = Finding(f"conversion:stage:{stage}", f"{words.estimate(converted)} of customers seen in {stage} went on", "metric", converted,
                         stage=stage, evidence=(rows_evidence(study, "interactions", f"customers seen in {stage}; counted: later seen in a later stage", sql),))
    gap = f"SELECT id, date_diff('microsecond', first_at, onward_at) / 1e6 AS value FROM ({onward}) WHERE onward_at IS NOT NULL"
    seconds = study.arrays(f"SELECT value FROM ({gap})")["value"]
    time = quantile(seconds, 0.5, "s")
    duration = Finding(f"time:stage:{stage}", f"Median time from {stage} onward: {words.estimate(time)}", "metric", time, stage=stage,
                       evidence=(rows_evidence(study, "interactions", f"seconds from the first interaction in {stage} to the first later one in a later stage", gap),))
    return [("conversion", converted, conversion), ("time", time, duration)]


def _channels(study: Study):  # type: ignore[no-untyped-def]
    return study.query("""SELECT stage, touchpoint, channel, count(*) AS interactions, count(DISTINCT customer_id) AS customers
        FROM interactions WHERE stage IS NOT NULL GROUP BY ALL ORDER BY customers DESC, stage, touchpoint, channel""")


def _sentences(result: Result, study: Study) -> list[str]:
    frame = result["stages"]
    out = [f"{words.count(result.facts['customers'])} customers were seen; "
           + words.listing([f"{words.percent(r['value'])} in {r['stage']}" for r in frame[frame["measure"] == "reach"].to_dict("records") if r["base"]]) + "."]
    conversion = frame[(frame["measure"] == "conversion") & (frame["base"] > 0)]
    if len(conversion):
        least = conversion.loc[conversion["value"].idxmin()]
        out.append(f"The fewest go on from {least['stage']}: {words.percent(least['value'])} "
                   f"({words.interval(least['low'], least['high'], 'share')}; {least['n']:,} of {least['base']:,}).")
    return out
