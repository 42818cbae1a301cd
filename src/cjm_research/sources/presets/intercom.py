"""Intercom: conversations as a connector's history table; the current row of each counts. Source: connector tables and Intercom's API reference."""

from __future__ import annotations

from ..preset import Preset
from ..reading.rows import without, without_history
from ..signature import Signature

CONVERSATIONS = Preset(
    name="intercom", title="Intercom, conversations (history table of a connector)", reader="events", seen=True,
    signature=Signature(required=("id", "created_at", "source_author_id", "source_author_type", "state"), typical=("source_type", "first_contact_reply_created_at", "waiting_since", "conversation_rating_value")),
    columns={"customer_id": "source_author_id", "occurred_at": "created_at", "interaction_id": "id"}, constants={"event": "conversation started", "channel": "chat"},
    settings={"key_type": "intercom_contact", "properties": ["state", "source_type", "conversation_rating_value"]}, timezone="UTC",
    prepare=lambda frame, source, report: without(
        kept := without_history(frame, report), kept["source_author_type"].isin(["admin", "bot", "team"]), report, "conversation that the team or a bot began"))
