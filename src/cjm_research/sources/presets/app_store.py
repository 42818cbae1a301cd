"""App Store Connect: customer reviews of the API. Source: Apple's documentation of the App Store Connect API."""

from __future__ import annotations

from ..kinds.feedback import KNOWN
from ..preset import Preset
from ..signature import Signature

_SIGNS, _COLUMNS, _ = KNOWN["App Store Connect"]

REVIEWS = Preset(
    name="app_store", title="App Store Connect, customer reviews (JSON)", reader="feedback", seen=True,
    signature=Signature(required=("id", *_SIGNS), typical=("attributes.title", "attributes.territory", "attributes.reviewerNickname")),
    columns=_COLUMNS, constants={"channel": "app"})
