"""What became of customers, by group: who left, by contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine.conditions import literal, match_sql
from ...errors import BadInput, NotEnoughData
from ...log.actors import not_theirs
from ...log.attributes import absent_attribute
from ...params.schema import Outcome
from ...privacy.small_counts import hidden_cells
from ...results import words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.prose import many_of
from ...results.result import Estimate, Finding, Result, estimates_frame
from ...results.subjects import CustomerOutcome
from ...shapes import Row
from ...stats.multiplicity import adjust
from ...stats.shares import share, shares_equal
from ...stats.survey.columns import LEAST_BASE, column_test, letters_of, row_letters
from ...tables import TABLES
from . import declared

if TYPE_CHECKING:
    from ...study import Study

EVERYBODY = "everybody"
MOST_GROUPS = 26


@declares(declared.OUTCOMES)
def outcomes(study: Study) -> Result:
    """The share of customers that each outcome of the params happened to, in all and by group, with letters for groups that differ beyond chance.

    Frame `outcomes`: outcome, by, group, letter, an estimate (Wilson), letters (two-proportion z, Benjamini–Hochberg among the pairs), p of the groups' equality. Customers without the attribute
    that the outcome asks for are in no base; outcomes by events count customers seen, observed for as long as `within` says. Raises `NotEnoughData` where the params define none or nobody is looked at, `BadInput` for an unknown attribute.
    """
    if not study.params.outcomes:
        raise NotEnoughData("outcomes", "none is defined", "an outcome under `outcomes`", "add `outcomes: [{name: left, when: {attributes.<key>: value}, by: [attributes.<key>]}]`")
    rows: list[tuple[Row, Estimate]] = []
    findings, sentences, caveats = list[Finding](), list[str](), list[str]()
    for outcome in study.params.outcomes:
        sql = _sql(study, outcome)
        frame = study.query(f"SELECT id, counted{''.join(f', {_attribute(b)} AS by{k}' for k, b in enumerate(outcome.by))} FROM ({sql})")
        frame = frame.assign(counted=frame["counted"].astype(bool))
        title = outcome.title or words.column(outcome.name)
        if frame.empty:
            raise NotEnoughData(f"outcome {outcome.name!r}", "no customer is looked at", "customers with the attributes it names, or observed for as long as `within`",
                                "correct `when`, `within` or `among` of the outcome")
        whole = share(int(frame["counted"].sum()), len(frame))
        rows.append(({"outcome": title, "by": "", "group": EVERYBODY, "letter": "", "letters": "", "p": None}, whole))
        if not sentences:
            sentences.append(f"{many_of(whole)}: {title}.")
        sentences.append(f"{words.begun(title)}: {words.estimate(whole)}.")
        caveats += _watched(study, outcome, title, len(frame))
        stage = _stage(study, outcome)
        findings.append(_finding(study, outcome, title, whole, sql, stage))
        parts = [_groups(frame["counted"], frame[f"by{k}"].astype("string"), title, words.column(by), study.params.privacy.min_cell) for k, by in enumerate(outcome.by)]
        equal = adjust([made[0][0]["p"] if made else None for made, *_ in parts], "holm")  # who looks at many groupings finds one that differs
        for by, p, (made, said, left) in zip(outcome.by, equal, parts, strict=True):
            rows += made
            sentences += said
            caveats += left
            findings += [_finding(study, outcome, title, e, sql, stage, by, str(r["group"]), p) for r, e in made]
    result = Result("What became of customers, by group?", {"outcomes": estimates_frame(rows)}, {"outcomes": len(study.params.outcomes)},
                    method="Shares of the customers whose attributes say whether it happened (of events: of the customers seen, observed for as long as `within` says), with Wilson's interval. "
                           "Groups: Pearson's χ² that all are equal, and for what is said on the first page Holm over the groupings of one outcome; pairs by the two-proportion z test, "
                           f"Benjamini–Hochberg among the pairs of one grouping; a letter at p ≤ 0.05 stands in the higher group and names the lower. Groups of fewer than {LEAST_BASE} get no letter. "
                           "It says who has the outcome more often, not why.", findings=findings)
    result.sentences, result.caveats = sentences, caveats
    return result


def _finding(study: Study, outcome: Outcome, title: str, e: Estimate, sql: str, stage: str | None, by: str = "", group: str = "", p: float | None = None) -> Finding:
    """The finding of all who are looked at, or of one group of them; on the map where a stage is named."""
    name = words.column(by) if by else ""
    where = f" WHERE {_attribute(by)} = {literal(group)}" if by else ""
    whom = f"customers looked at, {name} {group}" if by else "customers looked at"
    evidence = rows_evidence(study, "interactions" if outcome.event else "customers", f"{whom}; counted: {title}", f"SELECT id, counted FROM ({sql}){where}")
    return Finding(f"outcome:{outcome.name}" + (f":{by}:{group}" if by else ""), f"{title}{f', {name} {group}' if by else ''}: {words.estimate(e)}", "metric", e, stage=stage, source="behaviour",
                   evidence=(evidence,), lane="outcomes" if stage else None, label=f"{title}, {name} {group}" if by else title, subject=CustomerOutcome(outcome.name, name, group, p))


def _attribute(name: str) -> str:
    return "json_extract_string(attributes, '$." + json.dumps(name.removeprefix("attributes."), ensure_ascii=False).replace("'", "''") + "')"


def _sql(study: Study, outcome: Outcome) -> str:
    """One row for each customer looked at: id, attributes, and whether the outcome happened."""
    study.need("interactions" if outcome.event else "customers", what=f"outcome {outcome.name}")
    for condition in (outcome.when, outcome.among):
        for name in condition:
            if not name.startswith("attributes."):
                raise BadInput(f"outcome {outcome.name!r}", f"{name!r} is no attribute", "attributes.<key>", "write attributes.<key> in `when` and `among`; events stand under `event`")
    for name in [*outcome.when, *outcome.among, *outcome.by]:
        if said := absent_attribute(study, name):
            raise BadInput(f"outcome {outcome.name!r}: {name}", said, "an attribute of the customers", "correct the outcome in the params")
    among = f"({study.where_sql(outcome.among, 'customers')})" if outcome.among else "TRUE"
    if outcome.event:
        return f"SELECT id, attributes, counted FROM ({_by_events(study, outcome)}) LEFT JOIN customers ON customer_id = id WHERE {among}"
    known = " AND ".join(f"{_attribute(n)} IS NOT NULL" for n in outcome.when)
    return f"SELECT customer_id AS id, attributes, coalesce(({study.where_sql(outcome.when, 'customers')}), false) AS counted FROM customers WHERE {known} AND {among}"


def _by_events(study: Study, outcome: Outcome) -> str:
    """One row for each customer seen for long enough: whether one of the events came, `within` of the first event of any kind.

    Seen is who did something: what the company sends or ships (`log.actors`) begins nobody's time, but it may be the outcome.
    """
    hit = " OR ".join(f"({match_sql(e, TABLES['interactions'].names, f'outcome {outcome.name!r}')})" for e in outcome.event)
    first = _seen(study)
    if outcome.within is None:
        return f"SELECT customer_id AS id, coalesce(bool_or({hit}), false) AS counted FROM interactions JOIN ({first}) ON who = customer_id GROUP BY customer_id"
    limit, until = round(outcome.within * 1e6), round(study.observed_until.timestamp() * 1e6)
    return (f"SELECT customer_id AS id, coalesce(bool_or(({hit}) AND epoch_us(occurred_at) BETWEEN begun AND begun + {limit}), false) AS counted FROM interactions JOIN ({first}) ON who = customer_id "
            f"WHERE begun + {limit} <= {until} GROUP BY customer_id")


def _seen(study: Study) -> str:
    """One row for each customer who did something: who, and when first."""
    others = not_theirs(study)
    return ("SELECT customer_id AS who, min(epoch_us(occurred_at)) AS begun FROM interactions WHERE customer_id IS NOT NULL AND occurred_at IS NOT NULL"
            + (f" AND NOT coalesce({others}, FALSE)" if others else "") + " GROUP BY customer_id")


def _watched(study: Study, outcome: Outcome, title: str, looked_at: int) -> list[str]:
    """What a reader must know of the time that customers were watched for."""
    if not outcome.event:
        return []
    if outcome.within is None:
        return [f"{title}: customers who came late had less time for it; `within` gives everybody the same."]
    seen = int(study.scalar(f"SELECT count(*) FROM ({_seen(study)})") or 0)
    return [] if outcome.among or seen == looked_at else [f"{title}: {seen - looked_at:,} of {seen:,} customers were observed for less than {words.number(outcome.within, 's')} and are in no base."]


def _stage(study: Study, outcome: Outcome) -> str | None:
    if outcome.stage is not None and outcome.stage not in study.stages:
        raise BadInput(f"outcome {outcome.name!r}: stage", f"{outcome.stage!r} is no stage", words.listing(study.stages, "or"), "correct the outcome in the params")
    return outcome.stage


def _groups(counted: pd.Series, of: pd.Series, title: str, by: str, least: int) -> tuple[list[tuple[Row, Estimate]], list[str], list[str]]:
    sizes = of.value_counts()
    names = sorted((str(g) for g in sizes.index), key=lambda g: (-int(sizes[g]), g))[:MOST_GROUPS]
    left = [f"{title} by {by}: {int(of.isna().sum()):,} customers say no {by} and are in no group."] if of.isna().any() else []
    left += [f"{title} by {by}: the {len(sizes) - MOST_GROUPS} smallest groups are not shown."] if len(sizes) > MOST_GROUPS else []
    hits = {g: int(counted[(of == g).fillna(False).astype(bool)].sum()) for g in names}
    small = [g for g, hide in zip(names, hidden_cells([("", int(sizes[g]), hits[g]) for g in names], least), strict=True) if hide]
    if small:
        left.append(f"{title} by {by}: {words.some(len(small), 'groups')} {'is' if len(small) == 1 else 'are'} not shown, of fewer than {least} customers, with or without it, or that would give such a one back.")
        names = [g for g in names if g not in small]
    letters = letters_of(len(names))
    n = [int(sizes[g]) for g in names]
    k = [hits[g] for g in names]
    p = np.full((len(names), len(names)), np.nan)
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            if min(n[i], n[j]) >= LEAST_BASE and (found := column_test(k[i] / n[i], n[i], k[j] / n[j], n[j])) is not None:
                p[i, j] = found[1]
    marks, _ = row_letters([a / b for a, b in zip(k, n, strict=True)], p, letters)
    equal = shares_equal(k, n)
    rows = [({"outcome": title, "by": by, "group": g, "letter": t, "letters": m, "p": equal[2] if equal else None}, share(a, b))
            for g, t, m, a, b in zip(names, letters, marks, k, n, strict=True)]
    if len(rows) < 2:
        return rows, [], left
    high, low = max(rows, key=lambda r: r[1].value or 0.0), min(rows, key=lambda r: r[1].value or 0.0)
    said = f"By {by}: {words.estimate(high[1])} for {high[0]['group']}, {words.estimate(low[1])} for {low[0]['group']}" + (f" (all groups alike: {words.p_value(equal[2])})" if equal else "") + "."
    return rows, [said], left
