"""A researcher's own query: checked before it runs, and refused in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import BadInput, did_you_mean, first_line
from ..tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from .opened import Study

WHERE = "study.sql"
_READS = {"SELECT", "EXPLAIN"}


def run_sql(study: Study, query: str, given: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of one reading statement, with frames registered for its time and values bound to their names."""
    import duckdb

    frames = {name: value for name, value in given.items() if _is_frame(value)}
    values = {name: value for name, value in given.items() if name not in frames}
    engine = study.engine
    if taken := sorted(n for n in frames if n.lower() in TABLES or engine.columns(n)):
        raise BadInput(WHERE, f"a frame is given the name of a table: {', '.join(taken)}", "a name that no table has", "give the frame another name")
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise _refused(error, study, frames) from None
    if len(statements) != 1 or statements[0].type.name not in _READS:
        found = f"{len(statements)} statements" if len(statements) != 1 else f"a statement that does not only read ({statements[0].type.name})"
        raise BadInput(WHERE, found, "one SELECT", "ask one question at a time; tables are built by cjm build only")
    wanted = set(statements[0].named_parameters)
    if odd := sorted(wanted - set(values)):
        raise BadInput(WHERE, f"the query has ${odd[0]}, which is not given.{did_you_mean(odd[0], values)}", f"a value for each of {', '.join('$' + w for w in sorted(wanted))}",
                       f"study.sql(..., {odd[0]}=...)")
    if odd := sorted(set(values) - wanted):
        raise BadInput(WHERE, f"{odd[0]} is given, and the query has no ${odd[0]}.{did_you_mean(odd[0], wanted)}",
                       "values that the query names with $, and frames", f"write ${odd[0]} where it belongs, or leave it out")
    for name, frame in frames.items():
        engine.register(name, frame)
    try:
        return engine.query(query, values)
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise _refused(error, study, frames) from None
    finally:
        for name in frames:
            engine.unregister(name)


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") or (type(value).__module__.startswith("pyarrow") and hasattr(value, "schema"))


def _refused(error: Exception, study: Study, frames: Mapping[str, Any]) -> BadInput:
    """DuckDB's message as one of ours, with the nearest name that is there."""
    said = first_line(str(error))
    known = [*TABLES, *frames]
    if missing := re.search(r"Table with name (\S+) does not exist", said):
        return BadInput(WHERE, f"there is no table {missing[1]!r}.{did_you_mean(missing[1], known)}", ", ".join(known),
                        f"correct the name, or give a frame of that name: study.sql(..., {missing[1]}=frame)")
    if missing := re.search(r'Referenced column "([^"]+)" not found', said):
        columns = [c for t in TABLES.values() for c in t.names] + [str(c) for f in frames.values() for c in getattr(f, "columns", ())]
        return BadInput(WHERE, f"there is no column {missing[1]!r}.{did_you_mean(missing[1], columns)}", "columns of the tables named in the query",
                        "docs/tables.md lists them; study.tables shows the tables")
    return BadInput(WHERE, said, "one SELECT in DuckDB's SQL over " + ", ".join(known), "correct the query; docs/tables.md lists tables and columns")
