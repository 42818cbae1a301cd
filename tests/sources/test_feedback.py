"""Feedback: reviews of the stores by their own columns, others by a map."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from .helpers import read, tiny


def test_google_play_by_hand() -> None:
    rows = tiny("feedback").tables["feedback"].sort_values("published_at").reset_index(drop=True)
    assert rows["text"].fillna("-").tolist() == ["-", "Zu teuer, leider", "Seit dem Update\nstürzt sie ab"]
    assert rows["rating"].tolist() == [4, 1, 2] and rows["rating_max"].tolist() == [5, 5, 5]
    assert rows["feedback_id"][2].endswith("reviewId=a") and len(rows["feedback_id"][0]) == 32
    assert rows["published_at"][1] == pd.Timestamp(1767607400, unit="s", tz="UTC")
    assert set(rows["channel"]) == {"app"}


def test_app_store(tmp_path: Path) -> None:
    review = {"id": "r1", "attributes": {"rating": 2, "title": "Hm", "body": "Slow", "reviewerNickname": "anna", "createdDate": "2026-01-05T10:00:00-08:00", "territory": "USA"}}
    rows = read("feedback", tmp_path, {"reviews.json": json.dumps({"data": [review], "links": {}})}, timezone=None).tables["feedback"]
    assert rows.loc[0, ["feedback_id", "text", "rating"]].tolist() == ["r1", "Hm\nSlow", 2]
    assert rows["published_at"][0] == pd.Timestamp("2026-01-05 18:00", tz="UTC") and "anna" not in rows.to_json()


def test_any_table(tmp_path: Path) -> None:
    text = 'id,who,when,stars,said,topic\n1,a,2026-01-05,9,Fine,\n2,,2026-01-05,12,N/A,\n3,,2026-01-05,,,billing\n4,,2026-01-05,,-,\n'
    delivered = read("feedback", tmp_path, {"x.csv": text}, settings={"rating_max": 10, "rating_min": 0, "unreadable": 0.5},
                     columns={"feedback_id": "id", "customer_id": "who", "published_at": "when", "rating": "stars", "text": "said", "label": "topic"})
    rows = delivered.tables["feedback"]
    assert rows["feedback_id"].tolist() == ["1", "3"] and rows["rating_max"].fillna(0).tolist() == [10, 0]
    assert rows["customer_key"].fillna("-").tolist() == ["a", "-"] and delivered.report.null_ids == 1
    assert delivered.report.dropped == {"neither text nor rating nor label": 2}
    assert any("1 value of 2 cannot be read as points of the scale 0…10: '12' 1×" in n for n in delivered.report.notes)
