"""What a newcomer reads off the charts: signs, points, and no effect in sight."""

from __future__ import annotations

from typing import Any

import numpy as np

from cjm_research.analysis.experiments import evaluate, plan
from cjm_research.analysis.experiments.declared import SIZES
from cjm_research.page.tables import table_block
from cjm_research.plots import experiments as charts

from .conftest import design
from .test_looks import data


def test_charts_say_what_the_tables_say(make: Any) -> None:
    tables = data(4000, 8, 0)
    frame = tables["assignments"]
    frame["value"] = (np.random.default_rng(3).random(len(frame)) < np.where(frame.variant == "B", .6, .2)).astype(float)
    study = make(design(planned_n=4000, mde=.005, metrics=[{"name": "m", "kind": "proportion"}]), assignments=frame, measurements=frame)
    r = evaluate(study, "x")
    looks = charts.over_looks(r).figure.axes[0]
    low, high = looks.get_ylim()
    assert r["looks"].low.iloc[2:].min() > 0 and low < 0 < high  # all looks on one side, and no effect still in sight
    assert looks.get_ylabel() == "percentage points"
    sensitivity = charts.sensitivity(r).figure.axes[0]
    assert "percentage points" in sensitivity.get_xlabel() and sensitivity.xaxis.get_major_formatter()(-.025, 0) == "−2.5"
    change = [t.get_text() for t in charts.forest(r).figure.axes[0].texts]
    assert all(t.startswith("+") for t in change) and "+" in charts.forest(r).alt
    assert "none fails" in next(s for s in r.sentences if s.startswith("Checks of trust"))


def test_effects_to_detect_are_not_rounded_away(make: Any) -> None:
    tables = data(400, 8, 0)
    frame = tables["assignments"].assign(value=lambda f: (f.index % 5 == 0).astype(float))
    sizes = plan(make(design(mde=.01, metrics=[{"name": "m", "kind": "proportion"}]), assignments=frame, measurements=frame), "x")["sizes"]
    shown = [row[0]["text"] for row in table_block(sizes, "", ["value"], declared=SIZES).rows]
    assert shown[0].startswith("+0.5") and len(set(shown)) == len(sizes)
