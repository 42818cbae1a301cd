"""What only the client can say: the tables are built without it, nothing is reported until it is said."""

from __future__ import annotations

from ..errors import BadInput, BadInputs
from .building import BuildReport


def refuse_unanswered(report: BuildReport) -> None:
    """Raise `BadInput(s)` for what the sources ask, such as the direction of a scale."""
    asked = [BadInput(**question) for source in report.sources for question in source.get("asks", [])]
    if asked:
        raise asked[0] if len(asked) == 1 else BadInputs(asked)
