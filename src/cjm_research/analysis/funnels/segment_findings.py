"""Who gets through a funnel more or less often than all others: one finding a segment, with its test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...log.events import NONE
from ...log.segments import OTHER
from ...results import words
from ...results.evidence import looked_at
from ...results.result import Evidence, Finding
from ...results.subjects import FunnelSegment
from ...stats.shares import share
from .passage import Passage
from .segments import Split

if TYPE_CHECKING:
    from ...study import Study

LEAST = 20  # entrants; smaller segments are in the tables alone


def segment_findings(study: Study, passage: Passage, splits: Mapping[str, Split], comparison: pd.DataFrame) -> list[Finding]:
    """A finding for each segment that was compared: share of its entrants that reach the end, against the others' (p: Holm)."""
    d = passage.definition
    if d.is_share:
        return []
    last = comparison[(comparison["of"] == "entrants") & (comparison["step"] == d.last_needed + 1) & (comparison["n"] >= LEAST)]
    out = []
    for r in last.to_dict("records"):
        split = splits.get(str(r["by"]))
        segment = next((s for s in split.segments if s.name == r["segment"]), None) if split else None
        if segment is None or r["segment"] in (NONE, OTHER) or pd.isna(r["share"]) or pd.isna(r["p_adjusted"]):
            continue
        which = segment.which[segment.passage.ripe[segment.which]]
        counted = segment.passage.chains.reached[which, d.last_needed]
        e = share(int(counted.sum()), len(which))
        against = float(r["other_share"])
        about = f"{words.column(str(r['by']))} {r['segment']}"
        study.engine.register("segment_evidence", pd.DataFrame({"id": passage.ids(segment.passage.chains.u)[which], "counted": np.asarray(counted, dtype=bool)}))
        said = f"{d.who} with {about} whose window is over; counted: reached {d.names[d.last_needed]!r}"
        rows, digest, sample = looked_at(study, "interactions", said, "SELECT id, counted FROM segment_evidence")
        out.append(Finding(
            f"funnel:{d.name}:segment:{r['by']}:{r['segment']}", f"{d.title}: of those with {about}, {words.estimate(e)} reach {d.names[d.last_needed]!r}, of "
            f"{r['against']} {words.percent(against)} ({words.p_value(float(r['p_adjusted']))})", "metric", e,
            evidence=(Evidence("rows", said, table="interactions", rows=rows, rows_sha256=digest, sample=sample),),
            label=about, subject=FunnelSegment(d.name, d.title, str(r["by"]), str(r["segment"]), against, float(r["p_adjusted"]))))
    return out
