"""Raw exports → canonical tables: read what changed, find persons, protect them, place on the journey, write.

`whole` is the order of it, `reading` the exports, `persons` who is who in the records, `protecting` what hides them,
`documents` one transcript out of several exports, `writing` the Parquet files.
"""

from .whole import BuildReport, build

__all__ = ["BuildReport", "build"]
