"""LimeSurvey: responses as CSV. A blank `submitdate` is a response that was not submitted; a token names the invited person.

Headers may be codes (`G1Q2[SQ001]`), codes and text, or text; with codes alone or in front the export can be told from others. Source:
LimeSurvey's manual, and published exports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..reading.rows import renamed, without
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_NEVER = "1980-01-01"  # what a survey without dates writes


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    names = {c: c.split(". ", 1)[0] for c in frame.columns if c.split(". ", 1)[0] in ("id", "submitdate", "lastpage", "startlanguage", "startdate", "datestamp", "token", "seed")}
    frame = renamed(frame, names, f"source {source.name!r}: {', '.join(report.files[:3])}")
    if "submitdate" in frame:
        at = frame["submitdate"].astype("string")
        frame = without(frame, at.isna(), report, "response that was not submitted")
        if (never := at[frame.index].str.startswith(_NEVER).fillna(False)).any():
            report.notes.append(f"{int(never.sum()):,} responses say {_NEVER}: the survey keeps no dates")
            frame = frame.assign(submitdate=at[frame.index].mask(never))
    return frame


ANSWERS = Preset(
    name="limesurvey", title="LimeSurvey, responses (CSV)", reader="survey", seen=True,
    signature=Signature(required=("/[A-Za-z][A-Za-z0-9]*\\[(?:SQ\\d+\\]|[A-Za-z0-9_]+\\]\\. ).*|lastpage(?:\\. .*)?/",),
                        first="id(?:\\. .*)?|submitdate(?:\\. .*)?|column 1|Response ID",
                        typical=("/submitdate(?:\\. .*)?/", "/lastpage(?:\\. .*)?/", "/startlanguage(?:\\. .*)?/", "/[A-Za-z][A-Za-z0-9]*\\[[A-Za-z0-9_]+\\](?:\\. .*)?/")),
    columns={"response_id": "id", "answered_at": "submitdate", "customer_id": "token"}, settings={"key_type": "limesurvey_token"}, prepare=_prepare)
