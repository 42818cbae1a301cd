"""What is said where several contacts have one time, and where it is not said."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cjm_research.errors import NotEnoughData
from cjm_research.journey_map.instants import stops_untold
from cjm_research.journey_map.pains import pain_points
from cjm_research.journey_map.stages import stage_metrics
from cjm_research.study import Study
from tests.studies import make_study

START = pd.Timestamp("2026-01-01T06:00", tz="UTC")
PLACES = {"see": ("Look", "Ad"), "look": ("Look", "Site"), "fill": ("Buy", "Cart"), "buy": ("Buy", "Till")}


def study_of(folder: Path, apart: int, together: int) -> Study:
    """Customers who come to all places on four days, and some who come to two of them in one instant."""
    rows = [(f"a{k}", e, START + pd.Timedelta(days=d)) for k in range(apart) for d, e in enumerate(PLACES)]
    rows += [(f"t{k}", e, START) for k in range(together) for e in ("look", "buy")] + [("z", "ping", START + pd.Timedelta(days=60))]
    frame = pd.DataFrame(rows, columns=["customer_id", "event", "occurred_at"])
    at = frame["event"].map(lambda e: PLACES.get(e, (None, None)))
    frame = frame.assign(interaction_id=[f"i{k}" for k in range(len(frame))], source="web", stage=at.str[0], touchpoint=at.str[1])
    stages = [{"name": s, "touchpoints": [{"name": t, "match": {"event": e}} for e, (own, t) in PLACES.items() if own == s]} for s in ("Look", "Buy")]
    return make_study(folder, {"interactions": frame}, journey={"stages": stages}, timezone="UTC")


def onward(study: Study) -> str:
    return next(f.statement for f in stage_metrics(study).findings if f.key == "conversion:stage:Look" and f.channel is None)


def test_nothing_is_said_where_every_time_differs(tmp_path: Path) -> None:
    study = study_of(tmp_path, 60, 0)
    assert "instant" not in onward(study) and not any("instant" in c for c in pain_points(study).caveats)


def test_few_are_left_out_and_counted(tmp_path: Path) -> None:
    study = study_of(tmp_path, 60, 2)
    assert onward(study).endswith("2 more were seen here and in a later stage in one instant, and no source says which came first; they are left out")
    assert "60 of 60" in onward(study).replace(",", "")
    assert any(str(c).startswith("Left out of those who stop at Site:") for c in pain_points(study).caveats)


def test_many_leave_no_share(tmp_path: Path) -> None:
    study = study_of(tmp_path, 60, 20)
    finding = next(f for f in stage_metrics(study).findings if f.key == "conversion:stage:Look" and f.channel is None)
    assert finding.estimate is None
    assert finding.statement == ("Who goes on from Look cannot be told: 20 of 80 customers were seen here and in a later stage in one instant, and no source says which came first")
    assert not any(f.key in ("time:stage:Look", "next:stage:Look") for f in stage_metrics(study).findings)
    assert stops_untold(study)[0].startswith("Who stops at Site cannot be told: too many")
    with pytest.raises(NotEnoughData, match="Who stops at Site cannot be told"):  # of the advertisement alone nothing can be ranked
        pain_points(study)
