"""Segment and RudderStack: the `tracks` table of a warehouse, and the raw log of calls (JSON lines).

`timestamp` is corrected for the device's clock, `received_at` is not and is not used. Read `tracks` or the tables of single events, never
both: they hold the same calls. Source: Segment's documentation of warehouse schemas and of the common fields.
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

_ACTIONS = ("track", "page", "screen")

TRACKS = Preset(
    name="segment", title="Segment or RudderStack, table tracks", reader="events",
    signature=Signature(required=("anonymous_id", "event", "received_at", "timestamp", "original_timestamp"), typical=("id", "user_id", "event_text", "sent_at", "uuid_ts")),
    columns={"customer_id": "user_id", "occurred_at": "timestamp", "event": "event", "interaction_id": "id"},
    settings={"key_type": "user_id", "keys": {"anonymous_id": "anonymous_id"}}, timezone="UTC")


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    frame = without(frame, ~frame["type"].isin(_ACTIONS), report, "call that names a person or a group, no action")
    given = frame["event"].astype("string") if "event" in frame else pd.Series(pd.NA, index=frame.index, dtype="string")
    return frame.assign(event=given.fillna(frame["type"].astype("string")))


LOGS = Preset(
    name="segment_log", title="Segment or RudderStack, log of calls (JSON lines)", reader="events",
    signature=Signature(required=("anonymousId", "type", "messageId", "timestamp"), typical=("receivedAt", "sentAt", "originalTimestamp", "event", "userId")),
    columns={"customer_id": "userId", "occurred_at": "timestamp", "event": "event", "interaction_id": "messageId"},
    settings={"key_type": "user_id", "keys": {"anonymous_id": "anonymousId"}}, timezone="UTC", prepare=_prepare)
