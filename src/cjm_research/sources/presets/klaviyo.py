"""Klaviyo: events of profiles (a connector's table), each under the name of its metric.

Receiving an e-mail is what the company did, and Klaviyo marks openings by Apple's mail privacy: both are told from what customers did by `actors`. Source: Klaviyo's documentation
of metrics and of Apple Mail Privacy Protection, and the schema of a connector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..reading.rows import flagged, renamed, without_history
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_APPLE = "Apple Privacy Open"


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    frame = without_history(frame, report)
    own = next((str(c) for c in frame.columns if str(c).removeprefix("property_").lower().replace("_", " ") == _APPLE.lower()), None)
    if own is not None:
        frame = renamed(frame, {own: _APPLE}, f"source {source.name!r}")
        if n := int(flagged(frame, _APPLE).sum()):
            report.notes.append(f"{n:,} opens were made by Apple's mail privacy: they say that a mail was loaded, not that it was read")
    return frame


EVENTS = Preset(
    name="klaviyo", title="Klaviyo, events (table of a connector)", reader="events",
    signature=Signature(required=("person_id", "metric_id", "uuid", "datetime", "type"), typical=("campaign_id", "flow_id", "flow_message_id", "property_value", "id")),
    columns={"customer_id": "person_id", "occurred_at": "datetime", "event": "type", "interaction_id": "id", "value": "property_value"},
    settings={"key_type": "klaviyo_person", "properties": [_APPLE, "campaign_id", "flow_id", "property_subject", "property_url", "property_campaign_name"]}, timezone="UTC", prepare=_prepare)
