"""Snowplow: the events table. `derived_tstamp` is corrected for the device's clock. Source: Snowplow's documentation of the canonical event model."""

from __future__ import annotations

from ..preset import Preset
from ..signature import Signature

EVENTS = Preset(
    name="snowplow", title="Snowplow, events", reader="events",
    signature=Signature(required=("event_id", "derived_tstamp", "domain_userid", "event_name"), typical=("collector_tstamp", "domain_sessionid", "user_id", "app_id", "v_tracker")),
    columns={"customer_id": "user_id", "occurred_at": "derived_tstamp", "event": "event_name", "interaction_id": "event_id", "session_id": "domain_sessionid"},
    settings={"key_type": "user_id", "keys": {"device_id": "domain_userid"}}, timezone="UTC")
