"""Counts as SQL that means the same in every dialect: written once (as DuckDB reads it), rendered by sqlglot.

The texts read a view `log` of the interactions the study sees, and `log_all` of all of its customers' with the flag
`seen`. Both have the columns u (customer), t (µs since 1970, UTC), o (what orders events of equal time: their sequence,
in logs without one their interaction_id) and those of `interactions`. They use window functions, UNION ALL and CASE, and nothing
that engines understand differently.
"""

from .render import log_views, render

__all__ = ["log_views", "render"]
