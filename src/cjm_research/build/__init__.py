"""Raw exports → canonical tables: read what changed, find persons, protect them, place on the journey, write.

`whole` is the order of it, `reading` the exports, `persons` who is who in the records, `protecting` what hides them,
`documents` one transcript out of several exports, `writing` the Parquet files, `unanswered` what the sources ask.
"""

from .building import BuildReport, build
from .unanswered import refuse_unanswered

__all__ = ["BuildReport", "build", "refuse_unanswered"]
