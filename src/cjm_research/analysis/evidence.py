"""Evidence that can be checked: a query that selects the rows a number rests on, counted and hashed.

The query gives one row for each unit of the base with an `id` and either `counted` (shares: whether it is in
the numerator), `value` (means, medians) or `amount` (sums). `recompute` gets the number back from it, which is
how a reviewer, and a test over every cell of the map, follows a number to its rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .result import Estimate, Evidence

if TYPE_CHECKING:
    from ..study import Study


def rows_evidence(study: Study, table: str, definition: str, sql: str) -> Evidence:
    """The evidence of a query over the canonical tables."""
    rows, digest = fingerprint(study, sql)
    return Evidence("rows", definition, table=table, sql=" ".join(sql.split()), rows=rows, rows_sha256=digest)


def fingerprint(study: Study, sql: str) -> tuple[int, str]:
    """The number of rows of a query and a hash of them that does not depend on their order."""
    found = study.query(f"SELECT {_sums('t', '')} AS text FROM ({sql}) t")
    return _read(str(found["text"].iloc[0]))


def fingerprints(study: Study, source: str, selections: Mapping[str, Selection]) -> dict[str, tuple[int, str]]:
    """`fingerprint` of many selections of one query, reading it once.

    source: a query. selections: name → (columns as {name: SQL expression over the source}, SQL condition of the rows);
    each gives what `fingerprint` of `SELECT <columns> FROM (source) WHERE <condition>` gives.
    """
    out: dict[str, tuple[int, str]] = {}
    names = list(selections)
    for i in range(0, len(names), AT_ONCE):
        some = names[i:i + AT_ONCE]
        parts = []
        for k, name in enumerate(some):
            columns, where = selections[name]
            row = "struct_pack(" + ", ".join(f"{c} := {sql}" for c, sql in columns.items()) + ")"
            parts.append(f"{_sums(row, f' FILTER (WHERE {where})')} AS f{k}")
        found = study.query(f"SELECT {', '.join(parts)} FROM ({source})")
        out |= {name: _read(str(found[f"f{k}"].iloc[0])) for k, name in enumerate(some)}
    return out


Selection = tuple[Mapping[str, str], str]
AT_ONCE = 48  # selections of one statement; the planner slows down with more


def _sums(row: str, where: str) -> str:
    # as text: sums are wider than any number of a frame
    return (f"concat_ws('|', count(*){where}, coalesce(bit_xor(hash({row})){where}, 0), "
            f"coalesce(sum(hash({row}) >> 12){where}, 0))")


def _read(text: str) -> tuple[int, str]:
    return int(text.partition("|")[0]), hashlib.sha256(text.encode()).hexdigest()


def recompute(study: Study, evidence: Evidence, unit: str) -> tuple[float | None, int, int]:
    """(value, n, base) of a share, mean, median or sum from its evidence. Raises ValueError for evidence that is no query."""
    if evidence.sql is None:
        raise ValueError("only rows can be recomputed")
    columns = set(study.query(f"SELECT * FROM ({evidence.sql}) LIMIT 0").columns)
    if "counted" in columns:
        row = study.query(f"SELECT count(*) AS base, count(*) FILTER (counted) AS n FROM ({evidence.sql})").iloc[0]
        base, n = int(row["base"]), int(row["n"])
        return (n / base if base else None), n, base
    if "amount" in columns:
        row = study.query(f"SELECT count(amount) AS n, sum(amount) AS total FROM ({evidence.sql})").iloc[0]
        n = int(row["n"])
        return (float(row["total"]) if n else None), n, n
    row = study.query(f"SELECT count(value) AS n, avg(value) AS mean, quantile_disc(value, 0.5) AS median FROM ({evidence.sql})").iloc[0]
    n = int(row["n"])
    return (float(row["median" if unit == "s" else "mean"]) if n else None), n, n


def agrees(estimate: Estimate, value: float | None, n: int, base: int) -> bool:
    """Whether a recomputed number is the estimate's."""
    if estimate.value is None or value is None:
        return estimate.value is value
    return estimate.n == n and estimate.base == base and abs(estimate.value - value) <= 1e-9 * max(1.0, abs(value))
