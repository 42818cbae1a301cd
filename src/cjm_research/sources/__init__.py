"""Sources: one file per kind of export. `SOURCES` is the whole list; a new kind is one file and one line here, and so is a preset in `presets`."""

from __future__ import annotations

from .catalogue import sources_markdown
from .contract import SourceKind
from .kinds import adobe_datafeed, checkpoints, conversations, crm, customers, events, experiment, feedback, ga4, qualtrics, survey, xes
from .kinds.refi_qda import REFI_QDA
from .kinds.transcripts import CODINGS_CSV, TRANSCRIPTS
from .presets import PRESETS

#: kinds with a reader of their own
KINDS: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        events.KIND,
        ga4.KIND,
        adobe_datafeed.KIND,
        survey.KIND,
        qualtrics.KIND,
        feedback.KIND,
        crm.KIND,
        experiment.KIND,
        checkpoints.KIND,
        customers.KIND,
        xes.KIND,
        TRANSCRIPTS,
        conversations.KIND,
        REFI_QDA,
        CODINGS_CSV,
    )
}
#: and the presets over them: what params may name
SOURCES: dict[str, SourceKind] = KINDS | {preset.name: preset.kind() for preset in PRESETS}

__all__ = ["KINDS", "SOURCES", "sources_markdown"]
