"""Freshdesk: tickets as CSV. Times are in the account's zone, which is asked for. Source: Freshdesk's documentation of ticket exports."""

from __future__ import annotations

from ..preset import Preset
from ..signature import Signature

TICKETS = Preset(
    name="freshdesk", title="Freshdesk, tickets (CSV)", reader="events",
    signature=Signature(required=("Ticket ID", "Subject", "Created time", "/Resolved time|Closed time/"), typical=("Agent", "Group", "Source", "Survey results", "Customer interactions", "Agent interactions")),
    columns={"customer_id": "Email", "interaction_id": "Ticket ID"}, constants={"channel": "support"},
    settings={"key_type": "email", "keys": {"freshdesk_contact": "Contact ID"},
              "time_columns": {"Created time": "ticket opened", "Resolved time": "ticket resolved", "Closed time": "ticket closed"},
              "properties": ["Status", "Priority", "Source", "Type", "Survey results", "Customer interactions"]})
