"""PostHog: exported events. Calls that name or merge persons are no actions. Source: PostHog's documentation of batch exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..reading.rows import without
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_LINKS = ("$identify", "$create_alias", "$merge_dangerously", "$set", "$groupidentify", "$feature_flag_called")


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    return without(frame, frame["event"].isin(_LINKS), report, "call of the tool, no action")


EVENTS = Preset(
    name="posthog", title="PostHog, events", reader="events",
    signature=Signature(required=("uuid", "event", "timestamp", "distinct_id"), typical=("properties", "/properties\\..+|properties/", "person_id", "created_at"), forbidden=("amplitude_id",)),
    columns={"customer_id": "person_id", "occurred_at": "timestamp", "event": "event", "interaction_id": "uuid"},
    settings={"key_type": "posthog_person", "keys": {"posthog_distinct_id": "distinct_id"}}, timezone="UTC", prepare=_prepare)
