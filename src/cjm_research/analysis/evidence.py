"""Evidence that can be checked: a query that selects the rows a number rests on, counted and hashed.

The query gives one row for each unit of the base with an `id` and either `counted` (shares: whether it is in
the numerator) or `value` (means). `recompute` gets the number back from it, which is how a reviewer, and a
test over every cell of the map, follows a number to its rows.
"""

from __future__ import annotations

import hashlib
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
    found = study.query(f"SELECT count(*) AS n, bit_xor(hash(t)) AS x, sum(hash(t) >> 12) AS s FROM ({sql}) t").iloc[0]
    text = f"{found['n']}|{found['x']}|{found['s']}"
    return int(found["n"]), hashlib.sha256(text.encode()).hexdigest()


def recompute(study: Study, evidence: Evidence, unit: str) -> tuple[float | None, int, int]:
    """(value, n, base) of a share or mean from its evidence. Raises ValueError for evidence that is no query."""
    if evidence.sql is None:
        raise ValueError("only rows can be recomputed")
    columns = set(study.query(f"SELECT * FROM ({evidence.sql}) LIMIT 0").columns)
    if "counted" in columns:
        row = study.query(f"SELECT count(*) AS base, count(*) FILTER (counted) AS n FROM ({evidence.sql})").iloc[0]
        base, n = int(row["base"]), int(row["n"])
        return (n / base if base else None), n, base
    row = study.query(f"SELECT count(value) AS n, avg(value) AS mean, quantile_disc(value, 0.5) AS median FROM ({evidence.sql})").iloc[0]
    n = int(row["n"])
    return (float(row["median" if unit == "s" else "mean"]) if n else None), n, n


def agrees(estimate: Estimate, value: float | None, n: int, base: int) -> bool:
    """Whether a recomputed number is the estimate's."""
    if estimate.value is None or value is None:
        return estimate.value is value
    return estimate.n == n and estimate.base == base and abs(estimate.value - value) <= 1e-9 * max(1.0, abs(value))
