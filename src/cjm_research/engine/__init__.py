"""The only place that runs queries: DuckDB embedded, over Parquet files of the canonical tables."""

from .conditions import condition_sql, literal, match_sql
from .duck import Engine, file_engine

__all__ = ["Engine", "condition_sql", "file_engine", "literal", "match_sql"]
