"""An event log as a table: the columns of XES, as process-mining tools write them into CSV and Parquet.

A case is whom it is about: nobody says that it is a person, and its events are kept in every state of their life (`lifecycle:transition`), which a
`filter` narrows. Source: the XES standard's concept, time and lifecycle extensions.
"""

from __future__ import annotations

from ..preset import Preset
from ..signature import Signature

EVENTS = Preset(
    name="event_log", title="Event log as a table, columns of XES (CSV or Parquet)", reader="events", seen=True,
    signature=Signature(required=("case:concept:name", "concept:name", "time:timestamp"), typical=("/lifecycle:transition|org:resource|org:group/",)),
    columns={"customer_id": "case:concept:name", "occurred_at": "time:timestamp", "event": "concept:name"}, settings={"key_type": "case"})
