"""What stands in a cell beside the number: the label of each finding, told apart where two in a cell would read the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..results.result import Finding
from ..results.subjects import FunnelStep


def labels(findings: Sequence[Finding]) -> dict[str, str]:
    """Finding id → words for its cell."""
    out = {f.id: f.in_cell for f in findings}
    cells = Counter((f.cell, out[f.id]) for f in findings if isinstance(f.subject, FunnelStep))
    for f in findings:  # two funnels may share a step
        if isinstance(f.subject, FunnelStep) and cells[f.cell, out[f.id]] > 1:
            out[f.id] = f"{out[f.id]} ({f.subject.title})"
    return out
