"""The views that the portable texts read, and their rendering for an engine."""

from __future__ import annotations


def log_views(source: str, micros: str, low: int | None = None, high: int | None = None, members: str | None = None) -> list[str]:
    """Statements that make `log_all` and `log` over a source with the columns of `interactions`.

    micros: the time as µs, in the engine's own words. low, high: the period, µs, high exclusive. members: a relation
    with the customer_ids the study sees.
    """
    inside = [f"t >= {low}"] if low is not None else []
    inside += [f"t < {high}"] if high is not None else []
    who = f" AND customer_id IN (SELECT customer_id FROM {members})" if members else ""
    return [f"CREATE OR REPLACE VIEW log_all AS SELECT *, {' AND '.join(inside) or 'true'} AS seen FROM (SELECT customer_id AS u, {micros} AS t, "
            f"COALESCE(LPAD(CAST(sequence AS STRING), 20, '0'), interaction_id) AS o, * FROM {source} WHERE customer_id IS NOT NULL AND occurred_at IS NOT NULL{who}) x",
            "CREATE OR REPLACE VIEW log AS SELECT * FROM log_all WHERE seen"]


def render(sql: str, dialect: str) -> str:
    """A portable text in a dialect of sqlglot: spark, databricks, bigquery, snowflake, … Raises where it has no words for a part."""
    import sqlglot

    if dialect == "duckdb":
        return sql
    return sqlglot.transpile(sql, read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)[0]
