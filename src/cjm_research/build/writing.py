"""The canonical tables: put together in the engine, checked, sorted, written and hashed."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

from ..engine import literal
from ..engine.duck import BY_EVENT, Engine
from ..engine.log_index import LogIndex, ensure_index
from ..errors import BadInput
from ..params import Params
from ..placing import place_codings, place_feedback, place_interactions_sql, place_responses
from ..privacy import Vault
from ..privacy.erasures import Erasures
from ..shapes import Json
from ..tables import DUCKDB_TYPES, TABLES
from .answers import part_answer_codings
from .documents import forget_documents, merge_documents
from .masking import Finders
from .ordering import order_ties
from .persons import customers, drop_without_consent, with_persons
from .protecting import protect
from .rows import RANK, gather
from .staging import ORDER, Staged

LEVEL = 1  # of compression, for tables of very many rows: a third faster than the usual one, and as small to a few parts of a hundred


def write_tables(engine: Engine, staged: list[Staged], params: Params, vault: Vault, folder: Path,
                 notes: list[str], erasures: Erasures) -> tuple[dict[str, Json], Finders]:
    """Write every table that has rows into `folder`; returns rows and content hash by name, and what finds identifiers.

    Raises `BadInput` where a column that must not be empty is.
    """
    for name in TABLES:
        if name in ("identity_links", "customers"):
            continue
        if name == "interactions":
            gather(engine, staged)
            continue
        ordered = name in ("documents", "turns", "codings", "codebook")
        parts = [f"SELECT *, {i} AS {ORDER} FROM ({s.select(name)})" if ordered else s.select(name)
                 for i, s in enumerate(staged) if name in s.tables]
        if parts:
            engine.con.execute(f"CREATE OR REPLACE TEMP TABLE in_{name} AS " + " UNION ALL BY NAME ".join(parts))
            with_persons(engine, name)
            if name == "codebook":  # a second coder's export brings the same codes again; the first one's words count
                engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_codebook AS
                    SELECT code_id, arg_min(COLUMNS(* EXCLUDE (code_id, {ORDER})), {ORDER}) FROM in_codebook GROUP BY code_id""")
    drop_without_consent(engine, staged, notes)
    order_ties(engine, notes)
    forget_documents(engine, [s.select("documents") for s in staged if "documents" in s.tables], vault.erased(), notes)
    merge_documents(engine, {t for s in staged for t in s.tables}, notes)
    labels: Counter[str] = Counter()
    for s in staged:
        labels.update(s.report.get("labels") or {})
    finders = protect(engine, params, vault, notes, erasures, labels)
    place_responses(engine, params)
    place_feedback(engine, params)
    place_codings(engine, params)
    part_answer_codings(engine, notes)
    log = _write_interactions(engine, params, folder)
    customers(engine, staged, notes, log)
    written: dict[str, Json] = {}
    for name, table in TABLES.items():
        have = engine.columns(f"in_{name}")
        if not have:
            continue
        path = folder / f"{name}.parquet"
        if name == "interactions":
            if log is not None:
                written[name] = {"rows": log.rows, "sha256": _content_hash(engine, f"out_{name}")}
            continue
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE out_{name} AS SELECT {_columns(name, have)} FROM in_{name}")
        _check_nulls(engine, name)
        # the key makes the order a total one: equal builds are equal files
        order = ", ".join(f'"{c}"' for c in dict.fromkeys((*table.sort, *table.key)))
        rows = engine.copy_to(f"SELECT * FROM out_{name} ORDER BY {order}", path)
        if rows == 0:
            path.unlink()
            continue
        written[name] = {"rows": rows, "sha256": _content_hash(engine, f"out_{name}")}
    return written, finders


def _columns(name: str, have: set[str]) -> str:
    """SQL of the columns of a table; those that nothing delivers are empty."""
    return ", ".join((f'CAST("{c.name}" AS {DUCKDB_TYPES[c.type]})' if c.name in have else f"CAST(NULL AS {DUCKDB_TYPES[c.type]})") + f' AS "{c.name}"' for c in TABLES[name].columns)


def _write_interactions(engine: Engine, params: Params, folder: Path) -> LogIndex | None:
    """Both copies of the interactions and their index; None where there are none. `out_interactions` is what was written.

    Sorted from the deliveries to the disk; what else is made of them is made of the file. Numbers sort faster than the texts they stand
    for: a customer's rank for the id, and `sequence` leaves no two events of a customer and instant.
    """
    have = engine.columns("in_interactions")
    if not have:
        return None
    path = folder / "interactions.parquet"
    placed = place_interactions_sql(params, f"SELECT {_columns('interactions', have)}, {RANK} FROM in_interactions", RANK)
    rows = engine.copy_to(f"SELECT * EXCLUDE ({RANK}) FROM ({placed}) ORDER BY {RANK}, occurred_at, sequence", path, level=LEVEL)
    engine.con.execute(f"CREATE OR REPLACE TEMP VIEW out_interactions AS SELECT * FROM read_parquet({literal(str(path))})")
    _check_nulls(engine, "interactions")
    if rows == 0:
        path.unlink()
        return None
    _by_event(engine, path, rows, folder / f"{BY_EVENT}.parquet")
    return ensure_index(path, folder / "log", params.engine.memory_limit)


def _by_event(engine: Engine, path: Path, rows: int, target: Path) -> None:
    """The second copy: events in the order of their names, each as the first copy has them."""
    file = literal(str(path))
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE event_place AS SELECT event, row_number() OVER (ORDER BY event) * {rows + 1} AS begin FROM (SELECT DISTINCT event FROM read_parquet({file}))")
    engine.copy_to(f"""SELECT r.* EXCLUDE (file_row_number) FROM read_parquet({file}, file_row_number = true) r JOIN event_place e ON e.event = r.event
        ORDER BY e.begin + r.file_row_number""", target, level=LEVEL)


def _check_nulls(engine: Engine, name: str) -> None:
    """Raise where a column that must not be empty is."""
    required = [c.name for c in TABLES[name].columns if not c.nullable]
    counts = engine.query("SELECT " + ", ".join(f'count(*) - count("{c}") AS "{c}"' for c in required) + f" FROM out_{name}").iloc[0]
    empty = {c: int(counts[c]) for c in required if counts[c]}
    if empty:
        column, rows = next(iter(empty.items()))
        raise BadInput(f"table {name}", f"{rows:,} rows have no {column} ({TABLES[name][column].meaning})",
                       "a value in every row", "map the column, or filter those rows in the source")


def file_content_hash(path: Path) -> str:
    """The content hash of a table as it was written: that of the rows of its file."""
    engine = Engine(None, views=False)
    try:
        engine.con.execute("CREATE VIEW written AS SELECT * FROM read_parquet('" + str(path).replace("'", "''") + "')")
        return _content_hash(engine, "written")
    finally:
        engine.close()


def _content_hash(engine: Engine, table: str) -> str:
    """A hash of a table's rows that does not depend on their order."""
    row = engine.con.execute(f"SELECT count(*), bit_xor(hash(t)), sum(hash(t) >> 12) FROM {table} t").fetchall()[0]
    return hashlib.sha256(repr(row).encode()).hexdigest()
