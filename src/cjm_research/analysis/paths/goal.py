"""Where a path is wanted to end: the node at which a conversion happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...engine.conditions import column_sql, literal
from ...log.door import log_of
from ...tables import TABLES

if TYPE_CHECKING:
    from ...study import Study


def goal_node(study: Study, by: str, conversion: str) -> str | None:
    """The value of `by` that most events `conversion` have; None where they have none, or there is no such event.

    by: as `paths`. Raises `BadInput` for an unknown column.
    """
    if not conversion or not study.has("interactions"):
        return None
    column = column_sql(by, TABLES["interactions"].names, "paths")
    found = log_of(study).ask(f"SELECT v, COUNT(*) AS n FROM (SELECT CAST({column} AS VARCHAR) AS v FROM log WHERE event = {literal(conversion)}) x "
                              "WHERE v <> '' GROUP BY v ORDER BY n DESC, v LIMIT 1")
    return None if found.empty else str(found["v"].iloc[0])
