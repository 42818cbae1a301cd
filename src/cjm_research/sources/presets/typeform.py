"""Typeform: responses. The first column `#` is the response's token; times say UTC; a Network ID is no person.

Responses that were not submitted are dropped and counted. Source: Typeform's documentation of exports, and a published export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..reading.rows import without
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    if "Response Type" in frame:
        frame = without(frame, frame["Response Type"].astype("string").str.lower().isin(["started", "partial"]), report, "response that was not submitted")
    return frame


ANSWERS = Preset(
    name="typeform", title="Typeform, responses (CSV or Excel)", reader="survey", seen=True,
    signature=Signature(required=("#", "Submit Date (UTC)", "Network ID"), first="#", typical=("Start Date (UTC)",), cells={"#": "[0-9a-z]{16,64}"}),
    columns={"response_id": "#", "answered_at": "Submit Date (UTC)"}, timezone="UTC", prepare=_prepare)
