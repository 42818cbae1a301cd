"""Themes since a day: what rises is told, what comes in bursts as ever is not, and too few is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.feedback_since import _row, feedback_since
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.results.evidence import recompute
from cjm_research.stats.multiplicity import adjust
from tests.studies import make_study

START = pd.Timestamp("2026-01-01", tz="UTC")


def texts(counts: dict[str, list[int]]) -> pd.DataFrame:
    """Texts by theme and day."""
    return pd.DataFrame([{"feedback_id": f"{t}-{d}-{k}", "source": "tickets", "label": t, "text": f"Something about {t}, on day {d}.", "stage": "Use",
                          "published_at": START + pd.Timedelta(days=d, hours=9)} for t, days in counts.items() for d, n in enumerate(days) for k in range(n)])


def test_rising_falling_and_too_few_by_hand(tmp_path: Path) -> None:
    steady = [2, 1, 2, 1, 2, 1, 2] * 12
    study = make_study(tmp_path, {"feedback": texts({"late": steady[:56] + [6] * 28, "size": [3] * 56 + [0] * 27 + [1], "price": steady, "rare": [0] * 80 + [1] * 4})})
    result = feedback_since(study)
    rows = result["themes"].set_index("theme")
    assert rows["state"].to_dict() == {"late": "rising", "size": "falling", "price": "as before", "rare": "too few to say"}
    assert (rows.loc["late", "now"], rows.loc["late", "before"]) == (168, sum(steady[28:56])) and rows.loc["late", "value"] == pytest.approx(168 / sum(steady[28:56]))
    assert rows.loc["late", "low"] < rows.loc["late", "value"] < rows.loc["late", "high"]
    assert set(result["examples"]["theme"]) == {"late"}
    one = next(f for f in result.findings if "late" in f.key)
    assert recompute(study, one.evidence[0], "texts")[0] == 168
    assert pd.isna(rows.loc["rare", "p_adjusted"]) and pd.isna(rows.loc["rare", "value"])


def test_themes_that_come_in_bursts_as_ever_rise_at_most_as_often_as_said() -> None:
    """Negative binomial days, four times as uneven as chance; plain Poisson counts would call one in three a change."""
    rng, told, plain, days = np.random.default_rng(2), 0, 0, pd.date_range("2026-01-01", periods=140)
    for _ in range(600):
        by_day = pd.Series(rng.negative_binomial(1, 1 / 4, len(days)), index=days)
        r = _row("t", by_day, days[112], 28, days[0])
        told += r["p"] < 0.05
        plain += abs(r["now"] - r["before"]) / np.sqrt(r["base"]) > 1.96
    assert told / 600 <= 0.08 < plain / 600


def test_a_theme_that_trebles_is_found() -> None:
    rng, found, days = np.random.default_rng(3), 0, pd.date_range("2026-01-01", periods=140)
    for _ in range(200):
        rate = np.where(np.arange(len(days)) >= 112, 3.0, 1.0)
        found += (adjust([_row("t", pd.Series(rng.poisson(rate), index=days), days[112], 28, days[0])["p"]], "bh")[0] or 1) < 0.05
    assert found / 200 >= 0.95


def test_a_day_that_is_none_and_texts_that_do_not_reach_back(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"feedback": texts({"late": [2] * 40})})
    with pytest.raises(BadInput, match="'May' is no day"):
        feedback_since(study, since="May")
    with pytest.raises(NotEnoughData, match="from as many days before"):
        feedback_since(study, since="2026-01-05")
    assert feedback_since(study, since="2026-01-25").facts["days"] == 16
