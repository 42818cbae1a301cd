"""Iterable: events of messages and of the client's own (a connector's table).

A message sent, skipped or bounced is no action of a customer; skipped ones never left. Source: Iterable's documentation of exported events, and the schema of a connector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..reading.rows import flagged, without, without_history
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    frame = without_history(frame, report)
    frame = without(frame, frame["event_name"].astype("string").str.fullmatch(r"(?i).*send ?skip").fillna(False), report, "message that was not sent")
    if n := int(flagged(frame, "proxy_source").sum()):
        report.notes.append(f"{n:,} opens came through a proxy of a mailbox: they say that a mail was loaded, not that it was read")
    return frame


EVENTS = Preset(
    name="iterable", title="Iterable, events (table of a connector)", reader="events",
    signature=Signature(required=("event_name", "created_at", "campaign_id", "message_id", "message_type_id"), typical=("email", "content_id", "user_agent", "recipient_state", "is_custom_event")),
    columns={"customer_id": "email", "occurred_at": "created_at", "event": "event_name"},
    settings={"key_type": "email", "properties": ["campaign_id", "message_type_id", "user_agent", "recipient_state"]}, timezone="UTC", prepare=_prepare)
