"""SurveyMonkey: responses with one or two header rows. `-` is no answer; times are in the account's zone.

Source: SurveyMonkey's documentation of exports, and published exports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..reading.rows import renamed
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    names = {c: "Respondent ID" for c in ("RespondentID",) if c in frame}
    dashes = frame.eq("-").fillna(False).astype(bool)
    if (n := int(dashes.to_numpy().sum())):
        report.notes.append(f"{n:,} cells are '-', which SurveyMonkey writes for no answer")
        frame = frame.mask(dashes)
    return renamed(frame, names, f"source {source.name!r}: {', '.join(report.files[:3])}")


ANSWERS = Preset(
    name="surveymonkey", title="SurveyMonkey, responses (CSV or Excel)", reader="survey", seen=True,
    signature=Signature(required=("/Respondent ?ID/",), first="Respondent ?ID", typical=("/Collector ?ID/", "/Start ?Date|Date Created/", "/End ?Date|Date Modified/", "IP Address"), cells={"/Respondent ?ID/": r"\d{9,12}"}),
    columns={"response_id": "Respondent ID", "answered_at": "End Date"}, prepare=_prepare)
