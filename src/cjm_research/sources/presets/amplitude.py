"""Amplitude: the export's JSON lines, packed as they come or unpacked, and the event table of a connector.

One `amplitude_id` may be several users (a shared device): who has a user id is that user, others are the device. Times
are UTC without saying so; `client_event_time` is the device's clock and not used. Source: Amplitude's documentation of the Export API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_NO_SESSION = "-1"


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    if "session_id" in frame:
        frame = frame.assign(session_id=frame["session_id"].astype("string").mask(frame["session_id"].astype("string") == _NO_SESSION))
    return frame


EXPORT = Preset(
    name="amplitude", title="Amplitude, event export", reader="events", seen=True,
    signature=Signature(required=("amplitude_id", "event_type", "event_time", "server_upload_time"), typical=("uuid", "device_id", "session_id", "user_id", "client_event_time")),
    columns={"customer_id": "user_id", "occurred_at": "event_time", "event": "event_type", "interaction_id": "uuid", "session_id": "session_id"},
    settings={"key_type": "user_id", "keys": {"device_id": "device_id"}}, timezone="UTC", prepare=_prepare)
