"""A funnel of one step is a share, and breakdowns can be crossed: by hand and recounted with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.funnels import funnel, funnels
from cjm_research.errors import BadInput
from cjm_research.params import Params
from cjm_research.plots import funnels as charts
from cjm_research.results.evidence import agrees, recompute
from tests.studies import interactions, make_study

BASKET = {"name": "Basket", "event": "purchase"}


def log(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "session_id", "event", "occurred_at", "channel", "source"])
    return frame.assign(occurred_at=pd.to_datetime(frame["occurred_at"], utc=True), interaction_id=[f"i{k}" for k in range(len(frame))])


ROWS = [("a", "s1", "purchase", "2024-03-01 10:00", "web", "x"), ("b", "s2", "purchase", "2024-03-01 11:00", "app", "x"), ("b", "s2", "look", "2024-03-01 10:30", "app", "y"),
        ("c", "s3", "look", "2024-03-01 12:00", "web", "y"), ("d", "s4", "look", "2024-03-02 12:00", "web", "y")]


@pytest.mark.parametrize("order", ["ordered", "unordered"])
@pytest.mark.parametrize("unit", ["session", "customer"])
def test_sessions_with(tmp_path, order, unit):
    study = make_study(tmp_path, {"interactions": log(ROWS)}, funnels=[{"name": "baskets", "unit": unit, "order": order, "steps": [BASKET]}], privacy={"min_cell": 1})
    answer = funnel(study, "baskets", breakdown="channel")
    assert answer["steps"][["step", "name", "n", "base", "value"]].to_numpy().tolist() == [[1, "Basket", 2, 4, 0.5]]
    by = answer["breakdown"].set_index("segment")
    assert by[["n", "base"]].to_dict("index") == {"web": {"n": 1, "base": 3}, "app": {"n": 1, "base": 1}}
    assert answer.sentences[0].startswith(f"Of 4 {unit}s, 2 of 4 have 'Basket'")
    assert [f.kind for f in answer.findings] == ["metric"], "to have none is no loss"
    for f in answer.findings:
        assert agrees(f.estimate, *recompute(study, f.evidence[0], f.estimate.unit))
    assert charts.steps(answer).figure and len(funnels(study)["funnels"]) == 1
    assert not answer["next_after_drop"].shape[0]


def test_everybody_has_it_where_every_basket_is_one_purchase(tmp_path):
    study = make_study(tmp_path, {"interactions": log(ROWS[:2])}, funnels=[{"name": "b", "unit": "session", "steps": [BASKET]}])
    assert funnel(study, "b")["steps"][["n", "base"]].to_numpy().tolist() == [[2, 2]]


@pytest.mark.parametrize("more", [{"window": "3d"}, {"order": "strict"}, {"ends": "x"}, {"steps": [{**BASKET, "first_ever": True}]}])
def test_what_says_nothing_of_a_share_is_refused(more):
    with pytest.raises(ValueError, match="one step is a share"):
        Params.model_validate({"client": "x", "funnels": [{"name": "b", "steps": [BASKET], **more}]})


def test_crossed_breakdowns_against_pandas(tmp_path):
    rng = np.random.default_rng(3)
    rows = [(f"c{rng.integers(200)}", f"s{k}", ["look", "purchase"][rng.integers(2)], str(pd.Timestamp("2024-03-01") + pd.Timedelta(minutes=int(k))),
             [None, "web", "app"][rng.integers(3)], ["x", "y"][rng.integers(2)]) for k in range(1_200)]
    frame = log(rows)
    steps = [{"name": "Look", "event": "look"}, BASKET]
    study = make_study(tmp_path, {"interactions": frame}, privacy={"min_cell": 1}, funnels=[{"name": "f", "steps": steps, "breakdown": ["source", ["source", "channel"]]}])
    answer = funnel(study, "f")
    assert answer["breakdown"]["by"].unique().tolist() == ["source", "source × channel"]
    found = answer["breakdown"][(answer["breakdown"]["by"] == "source × channel")].set_index(["segment", "step"])["n"]
    first = frame.sort_values("occurred_at").groupby("customer_id")[["source", "channel"]].first()  # the first value that there is
    reached = {k + 1: set(answer["customers"].loc[answer["customers"]["depth"] > k, "id"]) for k in (0, 1)}
    expected = {(f"{a} × {'(none)' if b is None or pd.isna(b) else b}", k): len(set(part.index) & reached[k])
                for (a, b), part in first.groupby(["source", "channel"], dropna=False) for k in (1, 2)}
    assert found.to_dict() == {k: v for k, v in expected.items() if expected[k[0], 1]}
    assert found.xs(1, level="step").sum() == answer.facts["entrants"], "segments add up to the total"
    assert set(answer["customers"]["source × channel"]) == {s for s, _ in expected if expected[s, 1]}
    with pytest.raises(BadInput, match="several columns"):
        funnel(study, "f", at="all")
    with pytest.raises(ValueError, match="breakdown"):
        Params.model_validate({"client": "x", "funnels": [{"name": "f", "steps": steps, "breakdown": [["source"]]}]})


def test_of_a_step_that_nothing_matches_it_is_said_and_nobody_is_lost_before_it(tmp_path):
    """Forty come; a misspelt event makes a share of nobody, which must not become a headline."""
    rows = [(f"c{k}", "view", "2026-01-01T10:00") for k in range(40)] + [("z", "else", "2026-03-01T10:00")]
    steps = [{"name": "View", "event": "view"}, {"name": "Buy", "event": "byu"}]
    study = make_study(tmp_path, {"interactions": interactions(*rows)}, funnels=[{"name": "f", "window": "7d", "steps": steps}, {"name": "one", "steps": steps[1:]}])
    for name, share in (("f", "0 of 40"), ("one", "0 of 41")):
        told = funnel(study, name)
        said = [f.statement for f in told.findings if "conversion" in f.key] + [told.sentences[1]]
        assert all(share in s and "nothing in the data matches 'Buy'" in s for s in said), said
        assert not any(f.kind == "pain" for f in told.findings) and told.facts["largest_loss"] is None
    assert "nothing in the data" not in " ".join(funnel(make_study(tmp_path / "b", {"interactions": interactions(*rows, ("c1", "byu", "2026-01-01T11:00"))},
                                                                   funnels=[{"name": "f", "window": "7d", "steps": steps}]), "f").sentences)
