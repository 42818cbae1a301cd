"""Whose events belong together: customers, or sessions."""

from __future__ import annotations

GAP = 1_800_000_000  # µs without an event after which a session is over
OWN = "SELECT count(session_id) AS n FROM log_all"  # whether the source has sessions of its own


def units_sql(unit: str, own: bool, gap: int = GAP, log: str = "log_all") -> str:
    """A query over `log_all` with the columns unit and customer added; events of no unit are left out.

    unit: customer or session. own: sessions as the source delivers them; else cut by `gap` µs without an event. log: what
    to read in place of `log_all`.
    """
    if unit == "customer":
        return f"SELECT *, u AS unit, u AS customer FROM {log}"
    if own:
        return f"SELECT *, session_id AS unit, u AS customer FROM {log} WHERE session_id IS NOT NULL"
    return ("SELECT *, u || ' #' || CAST(SUM(begins) OVER (PARTITION BY u ORDER BY t, o ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS VARCHAR) "
            f"AS unit, u AS customer FROM (SELECT *, CASE WHEN t - LAG(t) OVER (PARTITION BY u ORDER BY t, o) <= {gap} THEN 0 ELSE 1 END AS begins "
            f"FROM {log}) x")
