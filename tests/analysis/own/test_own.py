"""Own questions: counted as by hand, on the map of their client only, with evidence that gives the number back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research import ask
from cjm_research.errors import BadInput
from cjm_research.journey_map import journey_map
from cjm_research.results.cache import answered
from cjm_research.results.evidence import agrees, fingerprint, recompute
from cjm_research.results.result import Result
from cjm_research.study import Study
from tests.studies import interactions, make_study

STAGES = {"stages": [{"name": "Decision", "touchpoints": [{"name": "Basket", "match": {"event": "view"}}]}, {"name": "Purchase"}]}
ROWS = (("a", "view", "2026-01-01", "Decision"), ("b", "view", "2026-01-02", "Decision"), ("b", "buy", "2026-01-03", "Purchase"),
        ("c", "view", "2026-01-04", "Decision"), ("c", "buy", "2026-01-20", "Purchase"), ("d", "buy", "2026-01-21", "Purchase"))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    responses = pd.DataFrame({"response_id": ["1", "2", "3"], "customer_id": ["a", "a", "b"], "score": [2.0, 4.0, 7.0], "question_id": ["q"] * 3, "source": ["s"] * 3})
    return make_study(tmp_path, {"interactions": interactions(*ROWS), "responses": responses}, journey=STAGES)


def test_helpers_count_what_is_counted_by_hand(study: Study) -> None:
    bought = study.share("event = 'buy'", of="event = 'view'", says="buy after a basket")
    assert (bought.estimate.n, bought.estimate.base) == (2, 3)  # b and c of a, b, c; d saw no basket
    score = study.mean("score", unit="score", says="rate the basket")
    assert (score.estimate.value, score.estimate.n) == (5.0, 2)  # a: 3, b: 7
    for m in (bought, score):
        assert agrees(m.estimate, *recompute(study, m.evidence, m.estimate.unit))
        assert fingerprint(study, str(m.evidence.sql)) == (m.evidence.rows, m.evidence.rows_sha256)


def test_findings_join_the_map_of_that_client(study: Study, tmp_path: Path) -> None:
    before = answered(journey_map, study)

    @study.question(lane="pain", stage="Decision", touchpoint="Basket")
    def basket_only(study: Study) -> Any:
        """Who fills a basket and buys nothing?"""
        return study.share("event = 'view'", of="event = 'buy'", says="of buyers had a basket")

    answer = ask(basket_only, study, quiet=True)
    assert isinstance(answer, Result) and answer.question == "Who fills a basket and buys nothing?"
    result = answered(journey_map, study)
    own = [f for f in result.findings if "own question: basket only" in f.statement]
    assert [f.id for f in own] == [answer.findings[0].id] and own[0].id in result.facts["cells"]["pain|Decision"]
    assert own[0].estimate is not None and agrees(own[0].estimate, *recompute(study, own[0].evidence[0], "share"))
    assert not [f for f in before.findings if "own question" in f.statement]
    other = make_study(tmp_path / "other", {"interactions": interactions(*ROWS)}, client="other", journey=STAGES)
    assert not [f for f in answered(journey_map, other).findings if "own question" in f.statement]

    @study.question(lane="pain", stage="Decision")
    def basket_only(study: Study) -> Any:  # noqa: F811 (as edited in its cell)
        return study.share("event = 'view'", says="had a basket")

    edited = [f for f in answered(journey_map, study).findings if "own question" in f.statement]
    assert [f.statement for f in edited] == ["had a basket (own question: basket only)"]


@pytest.mark.parametrize(("place", "told"), [({"lane": "pains", "stage": "Decision"}, "'pain'"), ({"lane": "pain", "stage": "Decison"}, "'Decision'"),
                                             ({"lane": "pain", "stage": "Decision", "touchpoint": "Baskt"}, "'Basket'"), ({"lane": "pain", "stage": "Purchase", "touchpoint": "Basket"}, "Basket")])
def test_a_place_that_is_not_there_is_refused(study: Study, place: dict[str, str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        study.question(**place)


def test_what_helpers_cannot_count_is_refused(study: Study) -> None:
    for wrong in (lambda: study.share("evnt = 'x'", says="x"), lambda: study.share("true", says=" "), lambda: study.share("true", says="x", table="events"),
                  lambda: study.share("true", says="x", per="person"), lambda: study.mean("score", unit="s", says="x")):
        with pytest.raises(BadInput):
            wrong()

    @study.question(lane="pain", stage="Decision")
    def nothing(study: Study) -> Any:
        return 5

    with pytest.raises(BadInput, match="returns a int"):
        ask(nothing, study)
