"""The interactions while they are built: a chain of views over what the sources delivered.

Their rows are read from the disk and sorted to the disk, and never held as a table: a log may have a hundred times more rows than
anything else. Each step puts a view over the one before; what a step needs to know of single values or rows is a small table beside it.
"""

from __future__ import annotations

import pandas as pd

from ..engine.duck import Engine
from .staging import CODE, ORDER, Staged

RANK = "customer_rank"  # of the customer in the order of their ids: what rows are grouped and sorted by
NAME = "in_interactions"
ROW = "source_row"  # of a source's delivery: a column of what was put together, never of a table


def gather(engine: Engine, staged: list[Staged]) -> None:
    """`in_interactions`: the rows of all sources, each with its customer, the number of its source and its own.

    Whoever has no entry in `person` is left out, and so is whoever goes from `person_code` later.
    """
    chosen = [(i, s) for i, s in enumerate(staged) if "interactions" in s.tables]
    if not chosen:
        return
    ranked = "(SELECT *, dense_rank() OVER (ORDER BY customer_id) AS rank FROM person)"
    codes = " UNION ALL ".join(f"SELECT {i} AS {ORDER}, k.{CODE}, p.customer_id, CAST(p.rank AS INTEGER) AS {RANK} FROM ({s.select('keys')}) k JOIN ranked p "
                               "ON p.key_type = k.key_type AND p.key = k.key" for i, s in chosen)
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE person_code AS WITH ranked AS MATERIALIZED {ranked} {codes}")
    parts = [f"""SELECT r.* EXCLUDE (key_type, customer_key, {CODE}) RENAME (file_row_number AS {ROW}), {i} AS {ORDER}, p.customer_id, p.{RANK}
        FROM ({s.select('interactions', numbered=True)}) r JOIN (SELECT * FROM person_code WHERE {ORDER} = {i}) p ON p.{CODE} = r.{CODE}""" for i, s in chosen]
    engine.con.execute(f"CREATE OR REPLACE TEMP VIEW {NAME} AS " + " UNION ALL BY NAME ".join(parts))


def redefine(engine: Engine, select: str) -> None:
    """Put a view over `in_interactions`; in `select` the rows so far are called {rows}."""
    taken = {r[0] for r in engine.con.execute("SELECT view_name FROM duckdb_views()").fetchall()}
    before = next(f"{NAME}_{k}" for k in range(len(taken) + 1) if f"{NAME}_{k}" not in taken)
    engine.con.execute(f"ALTER VIEW {NAME} RENAME TO {before}")
    engine.con.execute(f"CREATE TEMP VIEW {NAME} AS {select.format(rows=before)}")


def beside(engine: Engine, name: str, frame: pd.DataFrame) -> str:
    """Keep a frame as a table that views may join; returns the table's name."""
    number = len(engine.con.execute("SELECT 1 FROM duckdb_tables() WHERE starts_with(table_name, ?)", [f"{name}_"]).fetchall())
    engine.register("beside_frame", frame)
    engine.con.execute(f"CREATE TEMP TABLE {name}_{number} AS SELECT * FROM beside_frame")
    engine.unregister("beside_frame")
    return f"{name}_{number}"


def exchange(engine: Engine, column: str, values: pd.DataFrame, others: bool = True) -> None:
    """Let a column of the interactions say `shown` where it says `raw`. values: raw, shown; others: whether other values stay, or are emptied."""
    table = beside(engine, "exchanged", values)
    text = f'CAST(r."{column}" AS VARCHAR)'
    shown = f"coalesce(x.shown, {text})" if others else "x.shown"
    redefine(engine, f'SELECT r.* REPLACE ({shown} AS "{column}") FROM {{rows}} r LEFT JOIN {table} x ON {text} = x.raw')
