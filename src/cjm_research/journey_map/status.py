"""How well each stage is backed by evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..results.result import Estimate, Evidence, Finding
from ..results.subjects import Assumption, Backing

if TYPE_CHECKING:
    from ..study import Study

WORDS = {"backed": "backed by data", "partly": "partly backed", "assumed": "assumed"}


def evidence_status(study: Study, findings: Sequence[Finding]) -> list[Finding]:
    """One finding a stage: how many of its entries are backed by data, partly backed or assumed.

    Counted are entries about all customers of the whole period; what personas, channels or halves show says the same
    from another side. No interval: these are all entries, not a sample of them.
    """
    out = []
    for stage in study.stages:
        own = [f for f in findings if f.stage == stage and not (f.persona or f.channel or f.period)
               and not (isinstance(f.subject, Assumption) and f.subject.future)]
        if not own:
            continue
        counts = {status: sum(f.status == status for f in own) for status in WORDS}
        said = ", ".join(f"{n} {WORDS[s]}" for s, n in counts.items() if n)
        sources = sorted({f.source for f in own} - {"assumption"})
        estimate = Estimate(counts["backed"] / len(own), None, None, counts["backed"], len(own), "share", "count of all entries, no sample")
        digest = hashlib.sha256("\n".join(sorted(f.id for f in own)).encode()).hexdigest()
        out.append(Finding(f"evidence:{stage}", f"{said}; from {', '.join(sources) or 'no source'}", "quality", estimate, stage=stage,
                           source="assumption", status="partly" if counts["backed"] < len(own) else "backed",
                           evidence=(Evidence("rows", f"entries of this map in {stage}", table="findings", rows=len(own), rows_sha256=digest),),
                           lane="evidence", label=said, subject=Backing(stage)))
    return out
