"""Attribution in tasks of Spark gives what the embedded engine gives: every model, touch, lookback and interval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cjm_research.analysis.attribution import attribution, journeys_of
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.study import Study

pytest.importorskip("pyspark", reason="pyspark is not here (pip install 'cjm-research[spark]')")

from tests.log.test_on_spark import LOCAL, TIMES, pair, same

ALL = ["first", "last", "linear", "u_shaped", "j_shaped", "inverse_j", "time_decay", "participation", "same_touch", "custom", "markov", "shapley"]


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Study, Study]]:
    """4,000 customers with 20,000 events, of whom some have sessions of their own; one Spark for all tests here."""
    yield pair(tmp_path_factory.mktemp("attribution"), LOCAL, 21, 4_000 * TIMES, True)
    from pyspark.sql import SparkSession

    if (found := SparkSession.getActiveSession()) is not None:
        found.stop()


@pytest.mark.parametrize(("drawn", "options"), [
    (20_000, {"models": ALL, "custom": {"first": .2, "middle": .3, "last": .5}, "lookback": "6h"}),
    (100, {"touch": "properties.the device", "lookback": None, "touch_events": ["ad", "it's", "pay"]}),
    (7, {"touch": "touchpoint", "lookback": "session", "touch_events": ["ad", "it's"]}),
])
def test_every_number_is_the_same(studies: tuple[Study, Study], monkeypatch: pytest.MonkeyPatch, drawn: int, options: dict[str, Any]) -> None:
    """With customers one by one and in groups: also the intervals, since both engines draw the same groups."""
    monkeypatch.setattr("cjm_research.analysis.attribution.answer._DRAWN", drawn)
    answers = [attribution(s, "pay", draws=20, **options) for s in studies]
    same(*answers)
    credits, others = (a["credits"][["value", "low", "high", "amount"]].to_numpy(dtype=float) for a in answers)
    assert credits == pytest.approx(others, rel=1e-9, nan_ok=True)
    assert answers[0]["paths"].equals(answers[1]["paths"])  # their order too


def test_what_is_refused(studies: tuple[Study, Study]) -> None:
    there = studies[1]
    with pytest.raises(BadInput, match="spark"):
        journeys_of(there, "pay")
    with pytest.raises(BadInput, match="add up to 1"):
        attribution(there, "pay", models=["custom"])
    with pytest.raises(NotEnoughData, match="Did you mean 'pay'"):
        attribution(there, "payy")
