"""Mixpanel: the raw export (JSON lines), and the event table of a connector.

An insert id alone does not tell events apart: the vendor's key is event, time, person and insert id together. Calls that name
or merge persons are no actions. Source: Mixpanel's documentation of the Raw Event Export API.
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

_LINKS = ("$identify", "$merge", "$create_alias")
_KEY = "mixpanel key"
_TIME = "properties.time"
_SECONDS = 10**11  # larger ones are milliseconds


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    frame = without(frame, frame["event"].isin(_LINKS), report, "call that names a person, no action")
    text = frame[_TIME].astype("string")
    number = pd.to_numeric(text, errors="coerce")
    long = number.gt(_SECONDS).fillna(False)
    time = text.mask(long, (number.astype("Float64") / 1000).astype("string")) if long.any() else text
    person = frame["properties.distinct_id"].astype("string").str.removeprefix("$device:")
    parts = [frame["event"], text, person, frame["properties.$insert_id"] if "properties.$insert_id" in frame else pd.Series("", index=frame.index)]
    key = parts[0].astype("string").fillna("")
    for part in parts[1:]:
        key = key + "|" + part.astype("string").fillna("")
    if not source.timezone:
        report.notes.append("times count as UTC; a project made before 2023 may hold its own zone's: then set `timezone` of the source")
    return frame.assign(**{_TIME: time, "properties.distinct_id": person, _KEY: key})


EXPORT = Preset(
    name="mixpanel", title="Mixpanel, raw export (JSON lines)", reader="events", seen=False,
    signature=Signature(required=("event", "properties.distinct_id", _TIME), typical=("properties.$insert_id", "properties.mp_processing_time_ms", "properties.$device_id")),
    columns={"customer_id": "properties.distinct_id", "occurred_at": _TIME, "event": "event", "interaction_id": _KEY},
    settings={"time_unit": "s", "key_type": "mixpanel_distinct_id", "keys": {"user_id": "properties.$user_id", "device_id": "properties.$device_id"}},
    timezone="UTC", prepare=_prepare)


def _prepare_connector(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    frame = without(frame, frame["name"].isin(_LINKS), report, "call that names a person, no action")
    key = frame["name"].astype("string").fillna("")
    for column in ("time", "distinct_id", "insert_id"):
        key = key + "|" + frame[column].astype("string").fillna("")
    return frame.assign(**{_KEY: key})


CONNECTOR = Preset(
    name="mixpanel_table", title="Mixpanel, event table of a connector", reader="events", seen=True,
    signature=Signature(required=("name", "time", "distinct_id", "insert_id"), typical=("mp_processing_time_ms", "properties", "event_id")),
    columns={"customer_id": "distinct_id", "occurred_at": "time", "event": "name", "interaction_id": _KEY},
    settings={"key_type": "mixpanel_distinct_id", "keys": {"device_id": "device_id"}}, timezone="UTC", prepare=_prepare_connector)
