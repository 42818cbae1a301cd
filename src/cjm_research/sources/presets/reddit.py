"""Reddit: posts and comments. `created_utc` is the time; texts that were deleted or removed, and those of moderators' programs, do not count.

Source: Reddit's API reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..preset import Preset
from ..reading.rows import without
from ..signature import Signature

if TYPE_CHECKING:
    from ...params.schema import Source
    from ..contract import ImportReport

_GONE = ("[deleted]", "[removed]")


def _prepare(frame: pd.DataFrame, source: Source, report: ImportReport) -> pd.DataFrame:
    text = frame["body"] if "body" in frame else pd.Series(pd.NA, index=frame.index, dtype="string")
    if "selftext" in frame:
        text = text.fillna(frame["selftext"])
    frame = frame.assign(body=text)
    frame = without(frame, frame["body"].isin(_GONE), report, "text that was deleted or removed")
    return without(frame, frame["author"].isin(["AutoModerator"]), report, "text of a program of the moderators") if "author" in frame else frame


POSTS = Preset(
    name="reddit", title="Reddit, posts or comments", reader="feedback",
    signature=Signature(required=("id", "created_utc", "subreddit", "/body|selftext/"), typical=("author", "score", "permalink", "num_comments", "link_id")),
    columns={"feedback_id": "name", "published_at": "created_utc", "title": "title", "text": "body"}, constants={"channel": "Reddit"}, settings={"time_unit": "s"}, timezone="UTC",
    prepare=_prepare)
