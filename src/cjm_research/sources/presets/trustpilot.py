"""Trustpilot: reviews of the business account (JSON). Reported and removed ones are dropped. Source: Trustpilot's API reference."""

from __future__ import annotations

from ..preset import Preset
from ..reading.rows import without
from ..signature import Signature

REVIEWS = Preset(
    name="trustpilot", title="Trustpilot, reviews", reader="feedback",
    signature=Signature(required=("id", "stars", "text", "createdAt", "/consumer\\.displayName|referenceId|isVerified/"), typical=("title", "referenceId", "isVerified", "consumer.displayName", "companyReply")),
    columns={"feedback_id": "id", "published_at": "createdAt", "rating": "stars", "title": "title", "text": "text"},
    settings={"keys": {"order": "referenceId"}}, timezone="UTC",
    prepare=lambda frame, source, report: without(
        frame, frame["status"].astype("string").str.lower().isin(["deleted", "reported", "flagged"]), report, "review that was reported or removed") if "status" in frame else frame)
