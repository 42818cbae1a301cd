"""An estimate with the evidence it rests on, from a condition or an expression over one table.

What is counted and what a reviewer counts again come from one query: `results.evidence.recompute` gets the number back from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import BadInput, unknown
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Evidence
from ...stats import means, shares
from ...tables import TABLES

if TYPE_CHECKING:
    from ...study import Study


@dataclass(frozen=True)
class Measured:
    """A number of one's own: the estimate, its evidence, and what it says in words."""

    estimate: Estimate
    evidence: Evidence
    says: str


def share(study: Study, counted: str, *, of: str = "true", says: str, table: str = "interactions", per: str = "customer_id") -> Measured:
    """The share of customers (`per`) with a row that meets `counted`, among those with a row that meets `of`; Wilson interval.

    counted, of: SQL conditions over the table's columns. says: what those counted do, in words. Raises `BadInput` for an unknown
    table or column.
    """
    _check(study, table, per, says)
    sql = (f"SELECT id, counted FROM (SELECT {per} AS id, bool_or(coalesce(({counted}), false)) AS counted, bool_or(coalesce(({of}), false)) AS among "
           f"FROM {table} WHERE {per} IS NOT NULL GROUP BY {per}) WHERE among")
    row = study.sql(f"SELECT count(*) AS base, count(*) FILTER (counted) AS n FROM ({sql})").iloc[0]
    condition = "" if of == "true" else f" with a row where {of}"
    evidence = rows_evidence(study, table, f"{per} in {table}{condition}; counted: with a row where {counted}", sql)
    return Measured(shares.share(int(row["n"]), int(row["base"])), evidence, says)


def mean(study: Study, value: str, *, unit: str, of: str = "true", says: str, table: str = "responses", per: str = "customer_id") -> Measured:
    """The mean over customers (`per`) of each one's mean of `value`, an SQL expression, in rows that meet `of`; Student's interval.

    Raises `BadInput` for an unknown table or column, and for seconds, whose average on the map is the median.
    """
    _check(study, table, per, says)
    if unit == "s":
        raise BadInput("study.mean", "a mean in seconds, and durations are told by their median on the map", "another unit, e.g. min", "study.mean('seconds / 60', unit='min', ...)")
    sql = f"SELECT {per} AS id, avg(CAST(({value}) AS DOUBLE)) AS value FROM {table} WHERE {per} IS NOT NULL AND ({of}) AND ({value}) IS NOT NULL GROUP BY {per}"
    row = study.sql(f"SELECT count(value) AS n, avg(value) AS mean, var_samp(value) AS var FROM ({sql})").iloc[0]
    n = int(row["n"])
    sample = means.Sample(n, float(row["mean"]) if n else None, float(row["var"]) if n > 1 and not math.isnan(row["var"]) else None)
    evidence = rows_evidence(study, table, f"{per} in {table}{'' if of == 'true' else f' where {of}'}; value: mean of {value}", sql)
    return Measured(means.mean(sample, unit), evidence, says)


def _check(study: Study, table: str, per: str, says: str) -> None:
    if table not in TABLES:
        raise unknown("own question: table", "table", table, TABLES, "docs/tables.md lists tables and columns")
    if per not in TABLES[table].names:
        raise unknown("own question: per", "column", per, TABLES[table].names, "docs/tables.md lists tables and columns")
    if not says.strip():
        raise BadInput("own question: says", "no words", "what the number says, e.g. 'open a full basket'", "study.share(..., says='...')")
