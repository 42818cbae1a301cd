"""Zendesk: a view of tickets as CSV. It holds no texts; times are in the account's zone, which is asked for.

Source: Zendesk's documentation of exports of views.
"""

from __future__ import annotations

from ..preset import Preset
from ..signature import Signature

TICKETS = Preset(
    name="zendesk", title="Zendesk, tickets of a view (CSV)", reader="events",
    signature=Signature(required=("Id", "Requester", "Created at", "/Solved at|Updated at/", "/Requester id|Summation column|Group stations|Satisfaction Score/"), typical=("Summation column", "Requester id", "Assignee", "Satisfaction Score", "Group stations", "Reopens",
                                                                                                      "First reply time in minutes")),
    columns={"customer_id": "Requester id", "interaction_id": "Id"}, constants={"channel": "support"},
    settings={"key_type": "zendesk_requester", "keys": {"email": "Requester email"}, "time_columns": {"Created at": "ticket opened", "Solved at": "ticket solved"},
              "properties": ["Status", "Priority", "Via", "Ticket type", "Satisfaction Score", "Reopens", "Replies", "First reply time in minutes"]})
