"""Every column of the tables in figures, aggregated in the engine: one long query a table."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from ...engine.conditions import literal
from ...log.calendar_bound import LEVELS
from ...sources.reading.cells import MISSING_WORDS
from ...tables import TABLES

if TYPE_CHECKING:
    from ...study import Study

#: table → (when its row happened, whose it is, its column of JSON)
PROFILED: dict[str, tuple[str, str, str]] = {
    "customers": ("first_seen", "customer_id", "attributes"),
    "interactions": ("occurred_at", "customer_id", "properties"),
    "responses": ("answered_at", "coalesce(customer_id, response_id)", ""),
    "feedback": ("published_at", "coalesce(customer_id, feedback_id)", ""),
    "deals": ("entered_at", "coalesce(customer_id, deal_id)", "properties"),
    "assignments": ("assigned_at", "coalesce(customer_id, unit_id)", "properties"),
}
_PLAIN_DAY = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"  # 20260131
MOST_KEYS = 200  # attributes or properties of a table: beyond, the commonest
_OURS = frozenset(("source", "sequence", "order_known", "text", "touchpoint", "stage"))  # made by the build, or told elsewhere
NINES = (99, 999, 9999, 99999, 999999, 9999999)
MINUS = (-1, -9, -99, -999, -9999, -99999)
SENTINEL_WORDS = tuple(sorted((*MISSING_WORDS, "unknown", "#n/a", "(blank)", "?", "1900-01-01", "1900-01-01 00:00:00", "9999-12-31", "9999-12-31 00:00:00")))


def keys_of(study: Study, table: str) -> list[str]:
    """The names in a table's JSON, the commonest first; asked twenty times, read once."""
    column = PROFILED[table][2]
    return list(study.kept(("names in JSON", table), lambda: _keys(study, table, column))) if column else []


def _keys(study: Study, table: str, column: str) -> list[str]:
    found = study.query(f"SELECT key, count(*) AS n FROM (SELECT unnest(json_keys({column})) AS key FROM {table} WHERE {column} IS NOT NULL AND json_valid({column})) "
                        f"GROUP BY key ORDER BY n DESC, key LIMIT {MOST_KEYS}")
    return [str(k) for k in found["key"] if '"' not in str(k) and "\\" not in str(k)]


def value_of(json: str, key: str) -> str:
    """SQL of one name of a JSON column, as text; blanks are missing."""
    path = literal('$."' + key + '"')
    return f"nullif(trim(json_extract_string({json}, {path})), '')"


def columns_of(study: Study, table: str) -> dict[str, str]:
    """Column → its SQL as text, without the columns of the build and free text. Names of JSON stand as `attributes.<key>`."""
    json = PROFILED[table][2]
    own = {c.name: f'CAST("{c.name}" AS VARCHAR)' for c in TABLES[table].columns if c.type != "json" and c.privacy != "free text" and c.name not in _OURS}
    return own | {f"{json}.{k}": value_of(json, k) for k in keys_of(study, table)}


def long_sql(study: Study, table: str, only: Collection[str] | None = None) -> str:
    """SQL: source, col, value, who, moment; a row for each row and column that holds a value. only: of these columns.

    A document of JSON is taken apart once, into the names that it holds.
    """
    at, who, json = PROFILED[table]
    if table == "responses":
        return (f"SELECT source, question_id AS col, coalesce(CAST(score AS VARCHAR), CASE WHEN instrument <> 'text' THEN answer END) AS value, {who} AS who, {at} AS moment "
                "FROM responses WHERE value IS NOT NULL")
    head = f"{source_of(table)} AS source, {who} AS who, {at} AS moment"
    columns = {c: sql for c, sql in columns_of(study, table).items() if only is None or c in only}
    own = {c: sql for c, sql in columns.items() if not json or not c.startswith(f"{json}.")}
    parts = []
    if own:
        parts.append(f"SELECT source, unnest([{', '.join(map(literal, own))}]) AS col, unnest([{', '.join(f'c{k}' for k in range(len(own)))}]) AS value, who, moment FROM "
                     f"(SELECT {head}, {', '.join(f'{sql} AS c{k}' for k, sql in enumerate(own.values()))} FROM {table})")
    if len(own) < len(columns):
        keys = ", ".join(literal(c.removeprefix(f"{json}.")) for c in columns if c not in own)
        parts.append(f"SELECT source, {literal(json + '.')} || key AS col, nullif(trim(json_extract_string(entry, '$')), '') AS value, who, moment FROM "
                     f"(SELECT {head}, unnest(map_keys(m)) AS key, unnest(map_values(m)) AS entry FROM (SELECT *, from_json({json}, '\"MAP(VARCHAR, JSON)\"') AS m FROM {table} "
                     f"WHERE {json} IS NOT NULL AND json_valid({json}))) WHERE key IN ({keys})")
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE value IS NOT NULL"


def source_of(table: str) -> str:
    """SQL of the export that a row is from; empty for tables that are of all exports."""
    return "source" if "source" in TABLES[table].names else "''"


def whole_sql(study: Study, table: str) -> tuple[str, str]:
    """SQL of (source, col, rows, persons) of each column, given or not; and of (source, col or '', who, n): the rows of each person."""
    _, who, _ = PROFILED[table]
    source, by = source_of(table), "question_id" if table == "responses" else "''"
    each = f"SELECT {source} AS source, {by} AS col, {who} AS who, count(*) AS n FROM {table} GROUP BY ALL"
    col = "col" if table == "responses" else f"unnest([{', '.join(map(literal, columns_of(study, table)))}])"
    return f"SELECT source, {col} AS col, rows, persons FROM (SELECT source, col, sum(n) AS rows, count(*) AS persons FROM ({each}) GROUP BY source, col)", each


def profiled(study: Study, table: str) -> pd.DataFrame:
    """One row a source and column: rows, given, different, commonest value with its rows and persons, ends that `privacy.min_cell` persons share, trend.

    numbers, days: given values that are such. odd, word: values that tools write for none, with their rows. level_trend: the
    correlation ratio of the rank in time, of columns with few values. Ranks in time are sums by value, since equal values have equal ranks:
    only time is sorted.
    """
    k = study.params.privacy.min_cell
    long, (whole, each) = long_sql(study, table), whole_sql(study, table)
    number = f"CASE WHEN isfinite(TRY_CAST(value AS DOUBLE)) AND NOT regexp_full_match(value, '{_PLAIN_DAY}') THEN TRY_CAST(value AS DOUBLE) END"
    day = (f"CASE WHEN regexp_full_match(value, '{_PLAIN_DAY}') THEN epoch(try_strptime(value, '%Y%m%d')) "
           "WHEN TRY_CAST(value AS DOUBLE) IS NULL AND isfinite(TRY_CAST(value AS TIMESTAMPTZ)) THEN epoch(TRY_CAST(value AS TIMESTAMPTZ)) END")
    words = ", ".join(map(literal, SENTINEL_WORDS))
    both = study.query(f"""
        WITH long AS ({long}), whole AS ({whole}), each AS ({each}),
        said AS MATERIALIZED (SELECT source, col, value, who, count(*) AS n FROM long GROUP BY source, col, value, who),
        v AS MATERIALIZED (SELECT source, col, value, {number} AS num, {day} AS day, CAST(sum(n) AS BIGINT) AS n, count(who) AS persons FROM said GROUP BY source, col, value),
        counts AS (SELECT source, col, sum(n) AS given, count(*) AS different,
            coalesce(sum(n) FILTER (num IS NOT NULL), 0) AS numbers, coalesce(sum(n) FILTER (day IS NOT NULL), 0) AS days,
            coalesce(bool_and(num = round(num)), FALSE) AS whole, min(num) AS low, max(num) AS high,
            first(value ORDER BY n DESC, value) AS common, max(n) AS common_rows, first(persons ORDER BY n DESC, value) AS common_persons,
            max(length(value)) AS longest, min(num, 2) AS lows, max(num, 2) AS highs,
            list([num, n] ORDER BY num) FILTER (num IN {NINES + MINUS}) AS odd, coalesce(sum(n) FILTER (lower(trim(value)) IN ({words})), 0) AS word_rows,
            first(value ORDER BY n DESC, value) FILTER (lower(trim(value)) IN ({words})) AS word
            FROM v GROUP BY source, col),
        mine AS (SELECT s.source, s.col, s.who, sum(s.n) AS n, min(coalesce(v.num, v.day)) AS lo, max(coalesce(v.num, v.day)) AS hi
            FROM said s JOIN v USING (source, col, value) GROUP BY s.source, s.col, s.who),
        people AS (SELECT m.source, m.col, count(*) AS persons_given, count(*) FILTER (m.n = e.n) AS complete,
            CASE WHEN count(lo) >= {k} THEN min(lo, {k})[{k}] END AS lowest, CASE WHEN count(lo) >= {k} THEN max(hi, {k})[{k}] END AS highest
            FROM mine m JOIN each e ON e.source = m.source AND e.who IS NOT DISTINCT FROM m.who AND e.col IN ('', m.col) GROUP BY m.source, m.col)
        SELECT w.source, w.col AS "column", w.rows, w.persons, coalesce(c.given, 0) AS given, coalesce(c.different, 0) AS different, coalesce(c.numbers, 0) AS numbers,
            coalesce(c.days, 0) AS days, coalesce(c.whole, FALSE) AS whole, c.low, c.high, c.common, coalesce(c.common_rows, 0) AS common_rows, c.common_persons, c.longest, c.lows, c.highs, c.odd,
            coalesce(c.word_rows, 0) AS word_rows, c.word, coalesce(p.persons_given, 0) AS persons_given, w.persons - coalesce(p.complete, 0) AS persons_missing, p.lowest, p.highest
        FROM whole w LEFT JOIN counts c USING (source, col) LEFT JOIN people p USING (source, col) ORDER BY w.source, w.col""")
    # a name of JSON that only other exports deliver is no column of this one
    both = both[(both["given"] > 0) | ~both["column"].str.contains(".", regex=False)].reset_index(drop=True)
    course = both.loc[(both["given"] > 0) & ((both["numbers"] + both["days"] >= 0.95 * both["given"]) | both["different"].between(2, LEVELS)), "column"]
    if course.empty:
        return both.assign(table=table, timed=0, instants=0, nums=0, trend=None, level_trend=None)
    trend = study.query(f"""
        WITH long AS ({long_sql(study, table, set(course))}),
        timed AS (SELECT source, col, value, (rank() OVER w + count(*) OVER w) / 2.0 AS b, row_number() OVER w = rank() OVER w AS first FROM long WHERE moment IS NOT NULL
            WINDOW w AS (PARTITION BY source, col ORDER BY moment)),
        level AS (SELECT source, col, coalesce({number}, {day}) AS num, count(*) AS n, avg(b) AS m, sum(b) AS s, sum(b * b) AS ss, count(*) FILTER (first) AS firsts
            FROM timed GROUP BY source, col, value),
        ranked AS (SELECT source, col, n, s, ss, sum(n) OVER (PARTITION BY source, col ORDER BY num) - (n - 1) / 2.0 AS a FROM
            (SELECT source, col, num, sum(n) AS n, sum(s) AS s, sum(ss) AS ss FROM level WHERE num IS NOT NULL GROUP BY source, col, num)),
        both_ranks AS (SELECT source, col, count(*) AS nums, sum(n) AS n, sum(a * s) - sum(n * a) * sum(s) / sum(n) AS ab,
            sum(n * a * a) - sum(n * a) * sum(n * a) / sum(n) AS aa, sum(ss) - sum(s) * sum(s) / sum(n) AS bb FROM ranked GROUP BY source, col)
        SELECT e.*, coalesce(r.nums, 0) AS nums, CASE WHEN r.nums > 1 AND e.instants > 1 AND r.aa > 0 AND r.bb > 0 THEN greatest(-1, least(1, r.ab / sqrt(r.aa * r.bb))) END AS trend
        FROM (SELECT source, col AS "column", sum(n) AS timed, sum(firsts) AS instants, CASE WHEN count(*) BETWEEN 2 AND {LEVELS} AND sum(ss) > sum(s) * sum(s) / sum(n)
            THEN sqrt(greatest(0, (sum(n * m * m) - sum(s) * sum(s) / sum(n)) / (sum(ss) - sum(s) * sum(s) / sum(n)))) END AS level_trend
            FROM level GROUP BY source, col) e LEFT JOIN both_ranks r ON r.source = e.source AND r.col = e."column" """)
    return both.merge(trend, on=["source", "column"], how="left").assign(table=table)
