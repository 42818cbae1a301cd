"""Google Play: monthly reviews of an app. An edited review stands in each month in which it changed: its newest version counts.

Source: Google's help on reports of the Play Console.
"""

from __future__ import annotations

from ..kinds.feedback import KNOWN
from ..preset import Preset
from ..signature import Signature

_SIGNS, _COLUMNS, _SETTINGS = KNOWN["Google Play"]

REVIEWS = Preset(
    name="google_play", title="Google Play, reviews", reader="feedback", seen=True,
    signature=Signature(required=_SIGNS, typical=("Review Link", "Package Name", "Reviewer Language", "Review Last Update Millis Since Epoch")),
    columns=_COLUMNS, constants={"channel": "app"}, settings=_SETTINGS)
