"""Aggregates per look, from the table to the words: ASOS's own figures, sample ratios, what peeking would have said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.experiments import from_aggregates
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.plots import experiments as charts
from tests.sources.helpers import read

COLUMNS = {"experiment_id": "experiment", "variant_id": "variant", "metric_id": "metric", "time_since_start": "since", "count_c": "n_control",
           "count_t": "n_variant", "mean_c": "mean_control", "mean_t": "mean_variant", "variance_c": "var_control", "variance_t": "var_variant"}


def looks(shift: float, n: int = 400, split: float = .5, name: str = "a", seed: int = 4) -> pd.DataFrame:
    """Twenty cumulative looks of one series."""
    rng, rows = np.random.default_rng(seed), []
    sizes = (int(2 * n * (1 - split)), int(2 * n * split))
    control, variant = rng.normal(0, 1, 20 * sizes[0]), rng.normal(shift, 1, 20 * sizes[1])
    for k in range(1, 21):
        c, v = control[: k * sizes[0]], variant[: k * sizes[1]]
        rows.append(("x", name, "m", float(k), len(c), len(v), c.mean(), v.mean(), c.var(ddof=1), v.var(ddof=1)))
    return pd.DataFrame(rows, columns=list(COLUMNS.values()))


def test_asos_in_a_report(make: Any, shared: Path) -> None:
    frame = pd.read_parquet(shared / "data/experiments/asos_digital_experiments.parquet").rename(columns=COLUMNS)
    r = from_aggregates(make({"experiments": []}, checkpoints=frame.astype({"variant": str, "metric": str})))
    # 381 series: 59 % significant at some look, 28 % at the last, 31.5 % faded; 12 of 99 arms off an equal split (reference, §2.2)
    assert r.facts["series"] == 381 and "59.1\u202f%" in r.sentences[1] and "27.6\u202f% at the last; 31.5\u202f%" in r.sentences[1]
    assert any(c.startswith("12 of 99 arms are off an equal split") for c in r.caveats)
    s = r["series"]
    sure = s[s.outcome != "open"]
    assert ((sure.low > 0) | (sure.high < 0)).all() and (s[s.outcome == "higher"].value > 0).all()
    assert charts.peeking(r).alt.startswith("Line chart of one series over ")


def test_outcomes_follow_the_sequence(make: Any) -> None:
    frame = pd.concat([looks(.3, name="up"), looks(-.3, name="down"), looks(0, name="none"), looks(0, split=.6, name="uneven", seed=5)])
    r = from_aggregates(make({"experiments": []}, checkpoints=frame))
    s = r["series"].set_index("variant")
    assert s.outcome.to_dict() == {"up": "higher", "down": "lower", "none": "open", "uneven": "open"}
    assert s.sample_ratio_p["uneven"] < 1e-6 and s.sample_ratio_p["up"] == 1
    assert any("1 of 4 arms" in c for c in r.caveats) and s.base["up"] == 16_000


def test_nothing_to_say_is_said(make: Any) -> None:
    with pytest.raises(NotEnoughData):
        from_aggregates(make({"experiments": []}, client="none"))
    still = looks(0).assign(var_control=0.0, var_variant=0.0)
    r = from_aggregates(make({"experiments": []}, checkpoints=still))
    assert r["series"].empty and r.sentences == ["No series has two units an arm and values that vary."]
    with pytest.raises(NotEnoughData):
        charts.peeking(r)


@pytest.mark.parametrize("text,said", [
    ("v,m,t,a,b,c,d,e,f\nB,m,1,10,-1,1,1,1,1\n", "1 negative values"),
    ("v,m,t,a,b,c,d,e,f\nB,m,1,10,10,1,1,1,1\nB,m,1,12,10,1,1,1,1\n", "several values of one metric at one time"),
    ("v,m,t,a,b,c,d,e\nB,m,1,10,10,1,1,1\n", "'f'")])
def test_bad_aggregates_are_told(tmp_path: Path, text: str, said: str) -> None:
    columns = dict(zip(("variant", "metric", "since", "n_control", "n_variant", "mean_control", "mean_variant", "var_control", "var_variant"), "vmtabcdef"))
    with pytest.raises(BadInput, match=said):
        read("checkpoints", tmp_path, {"t.csv": text}, columns=columns)
