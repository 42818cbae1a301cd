"""Braze Currents: what became of messages, as JSON lines of the connector with `event_type`, or a folder of one type with `constants: {event: …}`.

A message that was aborted was never sent, and a click that Braze suspects of a bot is nobody's. Sending and machine opens (`machine_open`) are told from what customers did
by `actors`. Source: Braze's documentation of Currents' event schemas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...errors import BadInput
from ..preset import Preset
from ..reading.rows import flagged, renamed, without
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_PERSONS = r"(?i).*(?:UserOrphan|UserDeleteRequest|RandomBucketNumberUpdate)"


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    where = f"source {source.name!r}"
    frame = renamed(frame, {str(c): str(c).partition(".")[2] for c in frame.columns if str(c).startswith(("user.", "properties."))}, where)
    if "event_type" not in frame:
        if "event" in source.columns or "event" in source.constants:
            return _counted(frame, report)
        raise BadInput(f"{where}: constants.event", "the rows do not say which type of event they are: in an export to storage the folder does", "constants.event, as the folder is called",
                       "set e.g. `constants: {event: users.messages.email.Open}`, one source for each folder")
    kinds = frame["event_type"].astype("string")
    if n := int(kinds.str.fullmatch(r"(?i).*UserDeleteRequest").fillna(False).sum()):
        report.notes.append(f"{n:,} requests to delete a person are among the rows: leave these persons out with cjm erase")
    frame = without(frame, kinds.str.fullmatch(_PERSONS).fillna(False), report, "change of a person's record, no action")
    return _counted(without(frame, frame["event_type"].astype("string").str.fullmatch(r"(?i).*Abort").fillna(False), report, "message that was not sent"), report)


def _counted(frame: pd.DataFrame, report: ImportReport) -> pd.DataFrame:
    frame = without(frame, flagged(frame, "is_suspected_bot_click"), report, "click that Braze suspects of a bot")
    if n := int(flagged(frame, "machine_open").sum()):
        report.notes.append(f"{n:,} opens were made by machines (machine_open): they say that a mail was loaded, not that it was read")
    return frame


EVENTS = Preset(
    name="braze", title="Braze, Currents (JSON lines)", reader="events",
    signature=Signature(required=("id", "time", "/(?:user\\.)?user_id/", "/(?:user\\.)?external_user_id/", "/(?:properties\\.)?(?:dispatch_id|app_id|app_group_id)/"),
                        typical=("event_type", "/(?:properties\\.)?(?:campaign|canvas)_id/", "/(?:properties\\.)?send_id/")),
    columns={"customer_id": "external_user_id", "occurred_at": "time", "event": "event_type", "interaction_id": "id"},
    settings={"key_type": "braze_external_id", "keys": {"braze_user": "user_id"}, "time_unit": "s",
              "properties": ["machine_open", "campaign_name", "canvas_name", "url", "link_url", "user_agent"]}, timezone="UTC", prepare=_prepare)
