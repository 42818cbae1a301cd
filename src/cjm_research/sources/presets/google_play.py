"""Google Play: monthly reviews of an app. An edited review stands in each month in which it changed: its newest version counts.

Source: Google's help on reports of the Play Console.
"""

from __future__ import annotations

from ..preset import Preset
from ..signature import Signature

REVIEWS = Preset(
    name="google_play", title="Google Play, reviews", reader="feedback", seen=True,
    signature=Signature(required=("Star Rating", "Review Text", "Review Submit Millis Since Epoch"), typical=("Review Link", "Package Name", "Reviewer Language", "Review Last Update Millis Since Epoch")),
    columns={"feedback_id": "Review Link", "published_at": "Review Last Update Millis Since Epoch", "rating": "Star Rating", "title": "Review Title", "text": "Review Text"},
    constants={"channel": "app"}, settings={"time_unit": "ms"})
