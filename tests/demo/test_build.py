"""The product finds the demo's truth: rows and persons exactly, shares and effects within their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cjm_research.analysis.experiments import evaluate
from cjm_research.analysis.experiments.change import evaluate_change
from cjm_research.analysis.funnels import funnel
from cjm_research.analysis.satisfaction import satisfaction
from cjm_research.demo import Truth, write_demo
from cjm_research.demo.answers import QUESTION_OF
from cjm_research.demo.chatter import PARTNERS
from cjm_research.study import Study
from tests.demo.reading import depth, events

SOURCE_OF = {"crm": "advice_desk"}  # where the params name it otherwise
STEPS = {
    "online_purchase": ["view_item", "add_to_cart", "begin_checkout", "add_shipping_info", "purchase"],
    "checkout": ["begin_checkout", "add_shipping_info", "purchase"],
    "gear_finder": ["gear_finder_start", "gear_finder_result", "add_to_cart"],
}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Truth]:
    raw = tmp_path_factory.mktemp("full") / "raw"
    return raw, write_demo(raw, seed=7)


@pytest.fixture(scope="module")
def truth(exports: tuple[Any, Truth]) -> Truth:
    return exports[1]


@pytest.fixture(scope="module")
def log(exports: tuple[Any, Truth]) -> pd.DataFrame:
    return events(*exports)


def test_every_row_finds_its_way(demo: Study, truth: Truth) -> None:
    found = demo.query("SELECT source, count(*) AS n FROM interactions GROUP BY source").set_index("source")["n"].to_dict()
    assert found == {SOURCE_OF.get(k, k): v for k, v in truth.interactions.items()}
    said = {s["source"]: s for s in demo.build["sources"]}
    for source in ("web", "app", "store", "phone"):
        e = truth.exports[source]
        assert (said[source]["rows_read"], said[source]["duplicates"], said[source]["null_ids"]) == (e["rows"], e["duplicates"], e["without_id"])
    assert said["survey"]["dropped"] == {"survey preview": truth.exports["survey"]["previews"], "not finished": truth.exports["survey"]["unfinished"]}


def test_everybody_is_one_customer(demo: Study, demo_workspace: Any, truth: Truth) -> None:
    keys = pd.read_parquet(demo_workspace.vault("demo") / "identities.parquet")
    p = truth.people
    mine = pd.concat([pd.DataFrame({"key": p[c].str.lower() if c == "email" else p[c], "person_true": p["person"]})
                      for c in ("web_id", "app_id", "customer_no", "email")])
    both = keys.merge(mine, on="key")
    assert (both.groupby("person")["person_true"].nunique() == 1).all()
    assert (both.groupby("person_true")["person"].nunique() == 1).all()
    assert demo.row_counts["customers"] == truth.consenting
    assert demo.scalar("SELECT count(DISTINCT customer_id) FROM interactions") == truth.consenting


@pytest.mark.parametrize("place", ["stage", "touchpoint"])
def test_reach_of_every_place_is_exact(demo: Study, truth: Truth, place: str) -> None:
    found = demo.query(f"SELECT {place} AS place, count(DISTINCT customer_id) AS n FROM interactions WHERE {place} IS NOT NULL GROUP BY 1")
    assert found.set_index("place")["n"].to_dict() == dict(truth.reach[place])


@pytest.mark.parametrize("name", list(STEPS))
def test_funnels_count_as_by_hand(demo: Study, truth: Truth, log: pd.DataFrame, name: str) -> None:
    """The same depths as a loop over the exports gives."""
    mine = log[truth.people["consents"].to_numpy()[log["person"].astype(int)]]
    _, reached = depth(mine, truth.customers, STEPS[name], truth.funnels[name]["window_days"] * 86_400.0)
    steps = funnel(demo, name)["steps"]
    assert steps["n"].tolist() == [int((reached >= i).sum()) for i in range(1, len(STEPS[name]) + 1)]


def test_funnels_hold_the_truth(demo: Study, truth: Truth) -> None:
    misses, checked = [], 0
    for name, expected in truth.funnels.items():
        steps = funnel(demo, name)["steps"].set_index("step")
        assert abs(int(steps["window_complete_base"].iloc[0]) - expected["entrants"]) <= 3
        for i, (step, share) in enumerate(expected["shares"].items(), start=2):
            checked += 1
            if not steps.loc[i, "window_complete_low"] <= share <= steps.loc[i, "window_complete_high"]:
                misses.append((name, step, share))
    assert len(misses) <= stats.binom.ppf(0.999, checked, 0.05), misses


def test_recent_entrants_are_pending_not_lost(demo: Study, truth: Truth) -> None:
    """Counting them as lost would put the conversion below the truth."""
    steps = funnel(demo, "online_purchase")["steps"].set_index("step")
    share = truth.funnels["online_purchase"]["shares"]["purchase"]
    assert steps.loc[5, "value"] < steps.loc[5, "window_complete"] and steps.loc[2:, "pending"].sum() > 100
    assert steps.loc[5, "within_window_low"] <= share <= steps.loc[5, "within_window_high"]


def test_survey_scores_are_those_of_the_answers(demo: Study, truth: Truth) -> None:
    scores = satisfaction(demo)["scores"].set_index("question_id")
    assert scores.loc["nps", "base"] == truth.survey["responses"]
    names = {"Delivery slot": "csat_delivery_slot", "Store advice": "csat_store_advice", "Gear finder": "csat_gear_finder"}
    for touchpoint, question in names.items():
        assert scores.loc[question, "base"] == truth.survey["csat"][touchpoint]["answers"]
        assert scores.loc[question, "touchpoint"] == touchpoint and touchpoint in QUESTION_OF
    held = [scores.loc["nps", "low"] <= truth.survey["nps"] <= scores.loc["nps", "high"],
            *(scores.loc[q, "low"] <= truth.survey["csat"][t]["top_2"] <= scores.loc[q, "high"] for t, q in names.items())]
    assert len(held) - sum(held) <= stats.binom.ppf(0.999, len(held), 0.05)
    csat = scores[scores["instrument"] == "csat"]
    assert csat["value"].astype(float).idxmin() == "csat_delivery_slot"


def test_experiment_finds_its_effect(demo: Study, truth: Truth) -> None:
    result = evaluate(demo, truth.experiment["name"])
    effects = result["effects"].set_index("metric")
    assert effects.loc["converted", "base"] == truth.experiment["units"]
    for metric, effect in truth.experiment["effects"].items():
        assert effects.loc[metric, "low"] <= effect <= effects.loc[metric, "high"], metric
    assert result["verdicts"]["verdict"].tolist() == ["ship"]


def test_change_without_a_control_group_is_seen(demo: Study, truth: Truth) -> None:
    """Fewer calls after the tracking mails, and no such move in the stores' sales."""
    effects = evaluate_change(demo, truth.change["name"])["effects"].set_index("effect")
    assert effects.loc["average after", "high"] < 0
    control = effects.loc["the control series itself"]
    assert control["low"] < 0 < control["high"]


def test_codings_keep_their_places_under_masking(demo: Study, truth: Truth) -> None:
    rows = demo.query("""SELECT c.coder, b.name, c.document_id, c.quote, substr(d.text, c.start + 1, c."end" - c.start) AS there
                         FROM codings c JOIN documents d USING (document_id) JOIN codebook b USING (code_id)""")
    assert len(rows) == truth.interviews["codings"] and (rows["quote"] == rows["there"]).all()
    first = rows[rows["coder"] == "Lena Ott"].groupby("name")["document_id"].apply(lambda x: sorted(set(x))).to_dict()
    assert first == truth.interviews["participants_by_code"]
    documents = demo.query("SELECT document_id, persona, text FROM documents")
    assert documents.set_index("document_id")["persona"].to_dict() == truth.interviews["personas"]
    text = "\n".join(documents["text"])
    assert not [n for n in PARTNERS if n in text] and "@" not in text and "+49" not in text
    assert demo.row_counts["turns"] == demo.scalar("SELECT count(DISTINCT (document_id, start)) FROM turns") > 350


def test_free_text_of_customers_is_masked(demo: Study) -> None:
    text = " ".join(demo.query("SELECT text FROM feedback WHERE text IS NOT NULL")["text"])
    assert "@example" not in text and "+49" not in text


def test_sources_disagree_about_the_gear_finder(demo: Study, truth: Truth) -> None:
    """Loved in interviews and in the survey, and yet its users buy less: what the map has to flag."""
    steps = funnel(demo, "gear_finder")["steps"].set_index("step")
    assert steps.loc[3, "window_complete_high"] < 0.35
    assert len(truth.interviews["participants_by_code"]["Feels like good advice"]) == 9
    scores = satisfaction(demo)["scores"].set_index("question_id")
    assert scores.loc["csat_gear_finder", "value"] > np.median(scores.loc[scores["instrument"] == "csat", "value"].astype(float))
