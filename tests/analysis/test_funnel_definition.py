"""Both engines against the enumeration of every chain, customer by customer: 20,000 random journeys with ties and repeats for each rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from cjm_research.analysis.funnels import funnel
from cjm_research.study import Study
from tests.engine import funnel_brute as brute
from tests.engine.test_sequence_brute import journeys
from tests.studies import make_study

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("funnel_definition")]  # Spark starts once

JOURNEYS = 20_000
STEPS = [["A"], ["A", "B"], ["B", "C"]]  # one event may match two steps, and fills one
WINDOW = 3  # hours
BEGIN = pd.Timestamp("2026-03-01", tz="UTC")
FUNNELS: list[dict[str, Any]] = [{"name": order, "order": order, "window": f"{WINDOW}h", "steps": [{"name": f"step {k}", "event": e} for k, e in enumerate(STEPS)]}
                                 for order in ("ordered", "strict", "unordered")]


@pytest.fixture(scope="module")
def made() -> list[list[tuple[int, str]]]:
    return journeys(4, JOURNEYS)


@pytest.fixture(scope="module", params=["embedded", "spark"])
def study(request: pytest.FixtureRequest, made: list[list[tuple[int, str]]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    rows = pd.DataFrame([(f"c{u:05d}", t, e) for u, journey in enumerate(made) for t, e in journey], columns=["customer_id", "hour", "event"])
    rows = rows.sample(frac=1, random_state=1)  # no order of rows is relied on
    log = rows.assign(interaction_id=[f"i{k:06d}" for k in range(len(rows))], source="web",
                      occurred_at=BEGIN + pd.to_timedelta(rows.pop("hour"), unit="h"))
    here = make_study(tmp_path_factory.mktemp(request.param), {"interactions": log}, funnels=FUNNELS)
    if request.param == "embedded":
        yield here
        return
    pytest.importorskip("pyspark", reason="pyspark is not here (pip install 'cjm-research[spark]')")
    from tests.log.test_on_spark import LOCAL

    settings = here.params.model_copy(update={"engine": type(here.params.engine).model_validate(LOCAL)})
    yield Study(settings, here.workspace, here.build)
    from pyspark.sql import SparkSession

    if (session := SparkSession.getActiveSession()) is not None:
        session.stop()


@pytest.mark.parametrize("order", [f["name"] for f in FUNNELS])
def test_every_customer_is_where_the_definition_says(study: Study, made: list[list[tuple[int, str]]], order: str) -> None:
    found = funnel(study, order, breakdown=[], customers=True)["customers"].set_index("id")
    steps = [set(s) for s in STEPS]
    want = {f"c{u:05d}": brute.unordered(journey, steps, WINDOW) if order == "unordered" else brute.ordered(journey, steps, WINDOW, order == "strict")
            for u, journey in enumerate(made)}
    entered = {c: a for c, a in want.items() if a.depth}
    assert len(made) == JOURNEYS and set(found.index) == set(entered)
    assert found["depth"].to_dict() == {c: a.depth for c, a in entered.items()}
    times = found[[c for c in found.columns if c.startswith("step")]].apply(lambda at: (at - BEGIN).dt.total_seconds() / 3600)
    assert times.min(axis=1).to_dict() == {c: a.start for c, a in entered.items()}
    assert times.max(axis=1).to_dict() == {c: a.end for c, a in entered.items()}
