"""An outcome of journeys with a property, against that of those without it: review scores of late orders, say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...engine.conditions import column_sql, literal, match_sql
from ...errors import NotEnoughData, unknown
from ...params.schema import Comparison as Stated
from ...privacy.small_counts import countable, reason
from ...results import words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.prose import whole
from ...results.result import Estimate, Finding, Result, estimates_frame
from ...results.subjects import Compared
from ...shapes import Row
from ...stats.comparison import Comparison
from ...stats.means import Sample, mean_difference
from ...stats.share_differences import share_difference
from ...tables import TABLES
from . import declared

if TYPE_CHECKING:
    from ...study import Study

THIN = 20  # journeys of a kind; with fewer the finding is only partly backed
NO_LOTS = "Nobody drew lots who has it: what goes together may have another cause."
_ZONED = r":\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"  # a zone stands behind a time; a date alone ends in figures too


@declares(declared.GROUPS, declared.DIFFERENCE)
def comparison(study: Study, name: str) -> Result:
    """The outcome of a comparison of the params with its interval and test.

    Scores and amounts: means, Welch's interval and test; whether an event happened: shares, Newcombe's interval and the score test.
    Every outcome counts once (each review, the last answer of each customer, each journey). Frames: `groups`, `difference`. Raises
    `BadInput` for an unknown name, `NotEnoughData` where one of the kinds has fewer than two outcomes, or so few that they tell of single persons.
    """
    stated = next((c for c in study.params.comparisons if c.name == name), None)
    if stated is None:
        raise unknown("comparison", "comparison", name, [c.name for c in study.params.comparisons], "comparisons: in the params")
    if stated.outcome.question:
        study.need("responses", what=f"comparison {name}")
    study.need("interactions", what=f"comparison {name}")
    sql = _joined(study, stated)
    found = study.query(f"SELECT has, count(*) AS n, avg(y) AS mean, var_samp(y) AS var, sum(y) AS total FROM ({sql}) GROUP BY has ORDER BY has DESC")
    rows = {bool(r["has"]): r for r in found.to_dict("records")}
    if set(rows) != {True, False} or min(int(r["n"]) for r in rows.values()) < 2:
        have = {stated.with_it: int(rows[True]["n"]) if True in rows else 0, stated.without_it: int(rows[False]["n"]) if False in rows else 0}
        raise NotEnoughData(f"comparison {name}", "; ".join(f"{k}: {n} with an outcome" for k, n in have.items()), "at least two of each kind",
                            f"check `when` and `outcome` of the comparison in params/{study.client}.yaml")
    is_share = bool(stated.outcome.event) and stated.outcome.value is None
    least = study.params.privacy.min_cell
    if not all(countable(int(r["n"]), round(r["total"]) if is_share else None, least) for r in rows.values()):
        raise NotEnoughData(f"comparison {name}", reason(least), f"{least} journeys of each kind{', with the outcome and without it' if is_share else ''}", "come back with more data, or set privacy.min_cell")
    c = _compared(rows, is_share)
    levels = (float(rows[True]["mean"]), float(rows[False]["mean"]))
    counts = (int(rows[True]["n"]), int(rows[False]["n"]))
    scale, higher = _scale(study, stated)
    groups = pd.DataFrame([{"group": stated.with_it, "level": levels[0], "n": counts[0]}, {"group": stated.without_it, "level": levels[1], "n": counts[1]}])
    result = Result(stated.title or f"Does the outcome differ between {stated.with_it} and {stated.without_it}?",
                    {"groups": groups, "difference": estimates_frame([({"name": name, "p": c.p}, c.estimate())])},
                    method=f"Each outcome counts once. Compared: {c.method}. {NO_LOTS}", facts={"name": name, "levels": list(levels), "counts": list(counts), "p": c.p})
    finding = _finding(study, stated, c, levels, counts, scale, higher, is_share, sql)
    result.findings, result.sentences, result.caveats = [finding], [_first(stated, c, levels, scale, is_share), finding.statement + "."], [NO_LOTS]
    return result


def _compared(rows: dict[bool, Row], is_share: bool) -> Comparison:
    one, two = rows[True], rows[False]
    if is_share:
        return share_difference(round(one["total"]), int(one["n"]), round(two["total"]), int(two["n"]))
    first, second = (Sample(int(r["n"]), float(r["mean"]), float(r["var"])) for r in (one, two))
    return mean_difference(first, second, "score")


def _first(stated: Stated, c: Comparison, levels: tuple[float, float], scale: float | None, is_share: bool) -> str:
    """The comparison in one sentence; exact figures stand in the next."""
    if is_share:
        (one, of), (two, of_two) = whole(levels[0]), whole(levels[1])
        one, two = f"{one} {of}", two if of == of_two else f"{two} {of_two}"
    else:
        one, two = (words.number(x, "score") if scale is None else f"{x:.{1 if scale < 10 else 0}f}" for x in levels)
        one += f" of {scale:g}" if scale is not None else ""
    apart = "" if c.low is not None and c.high is not None and (c.low > 0 or c.high < 0) else "; that is too close to tell them apart"
    return f"{words.begun(stated.with_it)}: {one} against {two} for {stated.without_it}{apart}."


def _finding(study: Study, stated: Stated, c: Comparison, levels: tuple[float, float], counts: tuple[int, int], scale: float | None, higher: bool,
             is_share: bool, sql: str) -> Finding:
    sure = c.low is not None and c.high is not None and (c.low > 0 or c.high < 0)
    worse = sure and (levels[0] < levels[1]) == higher
    unit = "share" if is_share else "score"
    of = f" of {scale:g}" if scale is not None else ""
    said = (f"{words.begun(stated.with_it)}: {words.number(levels[0], unit)}{of} against {words.number(levels[1], unit)} for {stated.without_it} "
            f"(difference {words.number(c.value, c.unit)}, 95\u202f% interval {words.interval(c.low, c.high, c.unit) or 'none'}; n = {counts[0]:,} and {counts[1]:,}; {words.p_value(c.p)})")
    total = sum(counts)
    value = f"CASE WHEN has THEN y * {total} / {counts[0]} ELSE -y * {total} / {counts[1]} END"
    proof = rows_evidence(study, "responses" if stated.outcome.question else "interactions",
                          f"outcomes of {stated.with_it} and of {stated.without_it}: each one's signed share in the difference", f"SELECT id, has, round({value}, 9) AS value FROM ({sql})")
    estimate: Estimate = replace(c.estimate(), n=total, base=total)
    lane = "pain" if worse else "satisfaction" if scale is not None else "metrics"
    stage = stated.stage or study.touchpoint_stage.get(stated.touchpoint or "")
    return Finding(f"comparison:{stated.name}", said, "pain" if worse else "metric", estimate, stage=stage, touchpoint=stated.touchpoint,
                   source="survey" if stated.outcome.question or scale is not None else "behaviour", status="backed" if min(counts) >= THIN else "partly",
                   evidence=(proof,), caveats=(NO_LOTS,), lane=lane, label=f"{stated.with_it} against {stated.without_it}",
                   subject=Compared(stated.name, stated.outcome.question or stated.name, stated.with_it, stated.without_it, levels, counts, unit, scale, c.p, worse))


# --- the query ---------------------------------------------------------------------------------------------------------


def _joined(study: Study, stated: Stated) -> str:
    """SQL: id of the outcome, y, has: whether its journey has the property."""
    has = "coalesce(p.has, FALSE)" if _by_absence(stated) else "p.has"
    kept = "" if _by_absence(stated) else " WHERE p.has IS NOT NULL"
    return f"SELECT o.id, CAST(o.y AS DOUBLE) AS y, {has} AS has FROM ({_outcome(study, stated)}) o LEFT JOIN ({_property(study, stated)}) p ON p.unit = o.unit{kept}"


def _by_absence(stated: Stated) -> bool:
    """Whether a journey without the event simply has not the property."""
    return stated.when.after is None and stated.when.longer_than is None


def _outcome(study: Study, stated: Stated) -> str:
    o, unit = stated.outcome, _unit(stated)
    if o.question:
        asked = {str(q) for q in study.query("SELECT DISTINCT question_id FROM responses WHERE score IS NOT NULL")["question_id"]}
        if o.question not in asked:
            raise NotEnoughData(f"comparison {stated.name}", f"no answer to {o.question!r} is a score", "a scored question", f"questions with answers: {words.listing(sorted(asked)) or 'none'}")
        return (f"SELECT response_id AS id, customer_id AS unit, score AS y FROM responses WHERE score IS NOT NULL AND customer_id IS NOT NULL AND question_id = {literal(o.question)} "
                "QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY answered_at DESC NULLS LAST, response_id DESC) = 1")
    events = _any(o.event)
    if o.value is None:
        return f"SELECT {unit} AS id, {unit} AS unit, CASE WHEN bool_or({events}) THEN 1 ELSE 0 END AS y FROM interactions WHERE {unit} IS NOT NULL GROUP BY {unit}"
    number = f"TRY_CAST({column_sql(o.value, TABLES['interactions'].names, f'comparison {stated.name}')} AS DOUBLE)"
    return f"SELECT interaction_id AS id, {unit} AS unit, {number} AS y FROM interactions WHERE ({events}) AND {unit} IS NOT NULL AND isfinite({number})"


def _property(study: Study, stated: Stated) -> str:
    w, unit = stated.when, _unit(stated)
    events = match_sql(w, TABLES["interactions"].names, f"comparison {stated.name}")
    if w.after is not None:
        text = column_sql(w.after, TABLES["interactions"].names, f"comparison {stated.name}")
        named = (f"CASE WHEN regexp_matches({text}, {literal(_ZONED)}) THEN TRY_CAST({text} AS TIMESTAMPTZ) "
                 f"ELSE timezone({literal(study.params.timezone)}, TRY_CAST({text} AS TIMESTAMP)) END")
        return f"SELECT {unit} AS unit, bool_or(occurred_at > {named}) AS has FROM interactions WHERE ({events}) AND {unit} IS NOT NULL GROUP BY {unit}"
    if w.longer_than is not None:
        since = f"min(occurred_at) FILTER (WHERE {_any(w.since)})"
        return (f"SELECT unit, epoch_us(first) - epoch_us(begun) > {round(w.longer_than * 1e6)} AS has FROM "
                f"(SELECT {unit} AS unit, {since} AS begun, min(occurred_at) FILTER (WHERE {events}) AS first FROM interactions WHERE {unit} IS NOT NULL GROUP BY {unit}) "
                "WHERE begun IS NOT NULL AND first >= begun")
    return f"SELECT {unit} AS unit, bool_or({events}) AS has FROM interactions WHERE {unit} IS NOT NULL GROUP BY {unit}"


def _any(events: list[Any]) -> str:
    return " OR ".join(f"({match_sql(e, TABLES['interactions'].names, 'comparisons')})" for e in events)


def _unit(stated: Stated) -> str:
    return "session_id" if stated.unit == "session" and not stated.outcome.question else "customer_id"


def _scale(study: Study, stated: Stated) -> tuple[float | None, bool]:
    """(highest value of the scale, whether more is better)."""
    o = stated.outcome
    if o.question:
        r = study.query("SELECT max(scale_max) AS high, bool_and(coalesce(higher_is_better, true)) AS better FROM responses WHERE question_id = ?", [o.question]).iloc[0]
        return (float(r["high"]) if pd.notna(r["high"]) else None), bool(r["better"])
    return (o.scale[1] if o.scale else None), o.higher_is_better
