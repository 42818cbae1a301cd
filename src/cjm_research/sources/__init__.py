"""Sources: one file per kind of export. `SOURCES` is the whole list; a new kind is one file and one line here."""

from __future__ import annotations

from .catalogue import sources_markdown
from .contract import SourceKind
from .kinds import checkpoints, crm, customers, events, experiment, feedback, ga4, qualtrics, survey, xes
from .kinds.refi_qda import REFI_QDA
from .kinds.transcripts import CODINGS_CSV, TRANSCRIPTS

SOURCES: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        events.KIND,
        ga4.KIND,
        survey.KIND,
        qualtrics.KIND,
        feedback.KIND,
        crm.KIND,
        experiment.KIND,
        checkpoints.KIND,
        customers.KIND,
        xes.KIND,
        TRANSCRIPTS,
        REFI_QDA,
        CODINGS_CSV,
    )
}

__all__ = ["SOURCES", "sources_markdown"]
