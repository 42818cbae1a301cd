"""App Store Connect: customer reviews of the API. Source: Apple's documentation of the App Store Connect API."""

from __future__ import annotations

from ..preset import Preset
from ..signature import Signature

REVIEWS = Preset(
    name="app_store", title="App Store Connect, customer reviews (JSON)", reader="feedback", seen=True,
    signature=Signature(required=("id", "attributes.rating", "attributes.body", "attributes.createdDate"), typical=("attributes.title", "attributes.territory", "attributes.reviewerNickname")),
    columns={"feedback_id": "id", "published_at": "attributes.createdDate", "rating": "attributes.rating", "title": "attributes.title", "text": "attributes.body"},
    constants={"channel": "app"})
