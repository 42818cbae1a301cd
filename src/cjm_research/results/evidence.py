"""Evidence that can be checked: a query that selects the rows a number rests on, counted and hashed.

The query gives one row for each unit of the base with an `id` and either `counted` (shares: whether it is in
the numerator), `value` (means, medians), `amount` (sums), or `x` and `y` (correlations; with `weight` weighted). `recompute` gets the number back from it, which is
how a reviewer, and a test over every cell of the map, follows a number to its rows.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from ..privacy.small_counts import countable
from .result import Estimate, Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..shapes import Json
    from ..study import Study

SAMPLED = 20  # rows of an evidence that a reader is shown


def rows_evidence(study: Study, table: str, definition: str, sql: str, held: Mapping[str, str] | None = None) -> Evidence:
    """The evidence of a query over the canonical tables.

    held: parts of the query, to the letter, and the tables that hold their rows (`Engine.hold`): many findings on the same rows need not
    select these again. The evidence names the canonical tables all the same.
    """
    asked = sql
    for part, name in (held or {}).items():
        asked = asked.replace(f"({part})", name)
    rows, digest, sample = looked_at(study, table, definition, asked)
    return Evidence("rows", definition, table=table, sql=" ".join(sql.split()), rows=rows, rows_sha256=digest, sample=sample)


def looked_at(study: Study, table: str, definition: str, sql: str) -> tuple[int, str, tuple[Json, ...]]:
    """The number of rows of a query, their hash, and some of the rows to be shown, all in one reading.

    Which rows is drawn anew for every definition, so that the evidence of a whole report tells no single person's journey. None are given
    where they would single somebody out: fewer than `privacy.min_cell` are counted, or are not. Participants of interviews are quoted
    one by one anyway.
    """
    counted = "counted" in study.query(f"SELECT * FROM ({sql}) LIMIT 0").columns
    found = study.query(f"""SELECT count(h) AS n, {sums_sql('h')}, {"count(*) FILTER (t.counted)" if counted else "NULL"} AS hits,
        CAST(to_json(arg_min(t, hash(h, '{_salt(definition)}'), {SAMPLED})) AS VARCHAR) AS sample FROM (SELECT hash(t) AS h, t FROM ({sql}) t)""").iloc[0]
    rows = int(found["n"])
    least = 0 if table == "codings" else study.params.privacy.min_cell
    sample = sample_of(found["sample"], rows, int(found["hits"]) if counted else None, least)
    return rows, rows_sha256(rows, int(found["h_xor"]), int(found["h_sum"])), sample


def drawn_sql(row: str, key: str, where: str = "true") -> str:
    """SQL: an aggregate, some of the rows in JSON (see `sample_of`), drawn anew for every key. Who asks for many evidences draws for all of them in one query."""
    return f"CAST(to_json(arg_min({row}, hash({key}), {SAMPLED}) FILTER ({where})) AS VARCHAR)"


def _salt(definition: str) -> str:
    return hashlib.sha256(definition.encode()).hexdigest()[:16]


def sample_of(told: object, rows: int, hits: int | None, least: int) -> tuple[Json, ...]:
    """Rows as a query gave them in JSON, if they may be shown. hits: how many are counted, None where all are; least: `privacy.min_cell`."""
    if not isinstance(told, str) or not rows or not countable(rows, hits, least):
        return ()
    return tuple(json.loads(told, parse_constant=lambda _: None))


def fingerprint(study: Study, sql: str) -> tuple[int, str]:
    """The number of rows of a query and a hash of them that does not depend on their order."""
    found = study.query(f"SELECT count(h) AS n, {sums_sql('h')} FROM (SELECT hash(t) AS h FROM ({sql}) t)").iloc[0]
    return int(found["n"]), rows_sha256(int(found["n"]), int(found["h_xor"]), int(found["h_sum"]))


def sums_sql(column: str, name: str = "h") -> str:
    """What `rows_sha256` needs of a column of row hashes (DuckDB's `hash` of a row, or of `struct_pack` of its
    columns): `<name>_xor` and `<name>_sum`, as text since they are wider than any number of a frame.

    Who asks for many fingerprints computes these for all of them in one query.
    """
    return (f"coalesce(CAST(bit_xor({column}) AS VARCHAR), '0') AS {name}_xor, "
            f"coalesce(CAST(sum({column} >> 12) AS VARCHAR), '0') AS {name}_sum")


def rows_sha256(n: int, xor: int, total: int) -> str:
    """The hash of `n` rows from the sums of their hashes."""
    return hashlib.sha256(f"{n}|{xor}|{total}".encode()).hexdigest()


def recompute(study: Study, evidence: Evidence, unit: str) -> tuple[float | None, int, int]:
    """(value, n, base) of a share, mean, median, sum or correlation from its evidence. Raises ValueError for evidence that is no query."""
    if evidence.sql is None:
        raise ValueError("only rows can be recomputed")
    columns = set(study.query(f"SELECT * FROM ({evidence.sql}) LIMIT 0").columns)
    if {"x", "y"} <= columns:
        w = "weight" if "weight" in columns else "1.0"
        m = study.query(f"""SELECT count(*) AS n, sum(w) AS w, sum(w * (x - mx) * (y - my)) AS xy, sum(w * (x - mx) ** 2) AS xx, sum(w * (y - my) ** 2) AS yy FROM (
            SELECT x, y, {w} AS w, sum({w} * x) OVER () / sum({w}) OVER () AS mx, sum({w} * y) OVER () / sum({w}) OVER () AS my FROM ({evidence.sql}))""").iloc[0]
        n = int(m["n"])
        return (float(m["xy"]) / (float(m["xx"]) * float(m["yy"])) ** 0.5 if n and m["xx"] > 0 and m["yy"] > 0 else None), n, n
    if "counted" in columns:
        row = study.query(f"SELECT count(*) AS base, count(*) FILTER (counted) AS n FROM ({evidence.sql})").iloc[0]
        base, n = int(row["base"]), int(row["n"])
        return (n / base if base else None), n, base
    if "amount" in columns:
        row = study.query(f"SELECT count(amount) AS n, sum(amount) AS total FROM ({evidence.sql})").iloc[0]
        n = int(row["n"])
        return (float(row["total"]) if n else None), n, n
    row = study.query(f"SELECT count(value) AS n, avg(value) AS mean, median(value) AS median FROM ({evidence.sql})").iloc[0]
    n = int(row["n"])
    return (float(row["median" if unit == "s" else "mean"]) if n else None), n, n


def agrees(estimate: Estimate, value: float | None, n: int, base: int) -> bool:
    """Whether a recomputed number is the estimate's."""
    if estimate.value is None or value is None:
        return estimate.value is value
    return estimate.n == n and estimate.base == base and abs(estimate.value - value) <= 1e-9 * max(1.0, abs(value))
