"""Mailchimp: what recipients of campaigns did (a connector's table), and an audience as the interface exports it.

Opens count machines, too: mail programs fetch pictures before anybody reads. A click without an open is normal. Source: Mailchimp's
documentation of audience exports, and connector tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_PROXIES = r"(?:64\.233\.|66\.102\.|66\.249\.|72\.14\.|74\.125\.|209\.85\.).*"  # of Google, which fetches pictures for its users


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    opens = frame["action"].astype("string").str.lower() == "open"
    if "ip" in frame and (n := int((opens & frame["ip"].astype("string").str.fullmatch(_PROXIES).fillna(False)).sum())):
        report.notes.append(f"{n:,} of {int(opens.sum()):,} opens come from Google's proxy of pictures: they say that a mail was loaded, not that it was read")
    return frame.assign(action="e-mail " + frame["action"].astype("string").str.lower())


ACTIVITY = Preset(
    name="mailchimp", title="Mailchimp, activity of recipients (table of a connector)", reader="events", seen=True,
    signature=Signature(required=("action", "member_id", "timestamp", "/campaign_id|automation_email_id/"), typical=("list_id", "ip", "url", "bounce_type")),
    columns={"customer_id": "member_id", "occurred_at": "timestamp", "event": "action"}, constants={"channel": "e-mail"},
    settings={"key_type": "mailchimp_member", "properties": {"campaign": "campaign_id", "url": "url"}}, timezone="UTC", prepare=_prepare)

AUDIENCE = Preset(
    name="mailchimp_audience", title="Mailchimp, audience (CSV of the interface)", reader="customers",
    signature=Signature(required=("Email Address", "LEID", "EUID"), typical=("MEMBER_RATING", "OPTIN_TIME", "LAST_CHANGED", "TAGS")),
    columns={"customer_id": "Email Address"}, settings={"key_type": "email", "attributes": ["MEMBER_RATING", "TAGS"]})
