"""How each persona's participants feel along the journey: mean valence by stage, for curves side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..results import words
from ..results.evidence import rows_evidence
from ..results.result import Finding
from ..results.subjects import Emotion

if TYPE_CHECKING:
    from ..study import Study

FEW = 5  # participants; below, a mean shows single voices


def feelings_by_persona(study: Study) -> list[Finding]:
    """Mean valence of each persona's participants in each stage, where interviews name their persona.

    As `coding.emotion`: each participant counts once, Student's interval. Raises `NotEnoughData` as it does.
    """
    from ..analysis.coding.coded import coded
    from ..analysis.coding.emotion import valence

    base = coded(study)
    rows = base.rows[base.rows["valence"].notna()]
    only = bool((rows["kind"] == "emotion").any())
    rows = rows[rows["kind"] == "emotion"] if only else rows
    condition = "valence IS NOT NULL" + (" AND kind = 'emotion'" if only else "")
    out = []
    for (persona, stage), inside in rows.dropna(subset=["persona", "stage"]).groupby(["persona", "stage"], sort=True):
        estimate = valence(inside)
        who, where = str(persona).replace("'", "''"), str(stage).replace("'", "''")
        sql = (f"SELECT participant AS id, avg(valence) AS value FROM ({base.sql}) WHERE {condition} AND stage = '{where}' "
               f"AND persona = '{who}' GROUP BY participant")
        out.append(Finding(
            f"emotion:stage:{stage}", f"Mean valence of {persona} in {stage}: {words.number(estimate.value, 'valence')} "
            f"(n = {estimate.base})", "emotion", estimate, stage=str(stage), persona=str(persona), source="interview",
            caveats=(f"{estimate.base} participants: read what they say",) if estimate.base < FEW else (),
            evidence=(rows_evidence(study, "codings", f"mean valence of each participant's passages in {stage}, persona {persona}", sql, base.held),),
            lane="emotion", label="", subject=Emotion("stage", str(stage))))
    return out
