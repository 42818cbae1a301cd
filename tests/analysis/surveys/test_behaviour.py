"""What respondents did afterwards: by hand, against pandas on the demo, and in worlds where the truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from cjm_research.analysis.surveys import survey_behaviour
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.results.evidence import agrees, recompute
from cjm_research.study import Study
from tests.analysis.surveys.made import people, scored
from tests.studies import interactions, make_study

SHOWN: dict[str, Any] = {"privacy": {"min_cell": 1}}


def answered(days: list[float | None], scores: list[float | None], kind: str = "nps") -> pd.DataFrame:
    """Answers at these days of March."""
    at = [None if d is None else pd.Timestamp("2026-03-01T12:00:00", tz="UTC") + pd.Timedelta(days=d - 1) for d in days]
    return scored("rec", kind, scores, answered_at=at)


def visits(**days: list[float]) -> pd.DataFrame:
    return interactions(*[(who, "visit", (pd.Timestamp("2026-03-01T13:00:00") + pd.Timedelta(days=d - 1)).isoformat()) for who, own in days.items() for d in own])


def test_by_hand(tmp_path: Path) -> None:
    """Day of the answer, score, days of visits; followed for five days, observed to day 20.

    c0: day 1, 10; visits 1 (the same day: no coming back) and 4 → came back. c1: day 1, 9; visits before and on day 8 → too late. c2: day 2, 3; visit 3 → came back. c3: day 2, 7; visits only
    before → known, gone. c4: day 17, 0; visit 18 → not observed for long enough. c5: day 1, 10; no visit at all → not known in the log. c6: no time of the answer.
    """
    study = make_study(tmp_path, {"responses": answered([1, 1, 2, 2, 17, 1, None], [10, 9, 3, 7, 0, 10, 10]),
                                  "interactions": visits(c00000=[1, 4], c00001=[-3, 8], c00002=[3], c00003=[-2], c00004=[18], c00006=[3], c00099=[20])}, **SHOWN)
    result = survey_behaviour(study, within="5d")
    told = result["behaviour"].set_index("group")
    assert told.loc[["promoters", "passives", "detractors"], ["n", "base"]].to_numpy().tolist() == [[1, 2], [0, 1], [1, 1]]
    assert dict(zip(result["crossed"]["who"], zip(result["crossed"]["n"], result["crossed"]["base"], strict=True), strict=True)) == {
        "detractors, came back": (1, 4), "promoters, did not come back": (1, 4)}
    assert result["matched"]["respondents"].tolist() == [7, 7, 6, 5, 4]
    missing = result["missing"].set_index("group")[["n", "base"]]
    assert missing.loc["followed"].tolist() == [2, 4] and missing.loc["not followed"].tolist() == [2, 3]  # c5 and c6 of c4, c5, c6
    for f in result.findings:
        assert f.estimate is not None and agrees(f.estimate, *recompute(study, f.evidence[0], "share"))


def test_without_a_time_nine_in_ten_of_those_who_came_back_decide(tmp_path: Path) -> None:
    back = [2.0, 3, 4, 5, 6, 7, 8, 9, 10, 20]  # all answered on day 1: the ninth of ten comes back on day 10
    study = make_study(tmp_path, {"responses": answered([1.0] * 12, [10.0] * 6 + [0.0] * 6), "interactions": visits(**{f"c{i:05d}": [d] for i, d in enumerate(back)}, c00010=[-4], c00011=[-4], x=[28])}, **SHOWN)
    told = survey_behaviour(study)["behaviour"].set_index("group")
    assert told["outcome"].unique().tolist() == ["came back within 10 days"]  # nine days and an hour, in whole days
    assert told.loc[["promoters", "detractors"], ["n", "base"]].to_numpy().tolist() == [[6, 6], [3, 6]]


def test_a_persons_first_answer_counts_and_the_companys_messages_are_no_visits(tmp_path: Path) -> None:
    later = answered([9.0], [0.0]).assign(response_id="z", wave="2")
    study = make_study(tmp_path, {"responses": pd.concat([answered([1.0, 1.0], [10.0, 9.0]).assign(wave="1"), later]),
                                  "interactions": interactions(("c00000", "visit", "2026-03-03T10:00:00"), ("c00001", "email_sent", "2026-03-03T10:00:00"), ("c00001", "visit", "2026-02-03T10:00:00"),
                                                               ("x", "visit", "2026-03-28T10:00:00"))}, **SHOWN)
    result = survey_behaviour(study, within="5d")
    assert result["behaviour"].set_index("group")[["n", "base"]].loc[["promoters", "detractors"]].to_numpy().tolist() == [[1, 2], [0, 0]]
    assert any("email_sent" in c for c in result.caveats)


def test_the_clients_day_decides_what_later_is(tmp_path: Path) -> None:
    """An answer at 23:30 in Berlin and a visit half an hour later: another day there, the same day in UTC."""
    tables = {"responses": scored("rec", "nps", [10.0], answered_at=[pd.Timestamp("2026-03-02T22:30:00", tz="UTC")]),
              "interactions": interactions(("c00000", "visit", "2026-03-02T23:01:00"), ("x", "visit", "2026-03-28T10:00:00"))}
    for zone, n in (("UTC", 0), ("Europe/Berlin", 1)):
        told = survey_behaviour(make_study(tmp_path / zone.replace("/", ""), tables, timezone=zone, **SHOWN), within="5d")["behaviour"].set_index("group")
        assert told.loc["promoters", ["n", "base"]].tolist() == [n, 1]


def test_outcomes_of_the_params_by_event_and_by_attribute(tmp_path: Path) -> None:
    orders = interactions(("c00000", "order", "2026-02-28T10:00:00"), ("c00001", "order", "2026-03-04T10:00:00"), ("c00002", "order", "2026-03-25T10:00:00"), ("c00003", "visit", "2026-03-02T10:00:00"),
                          ("x", "visit", "2026-03-28T10:00:00"))
    study = make_study(tmp_path, {"responses": answered([1.0] * 4, [5.0, 4, 2, 1], "csat"), "interactions": orders, "customers": people(Left=["no", "yes", "yes", None])},
                       outcomes=[{"name": "ordered", "event": {"event": "order"}, "within": "10d"}, {"name": "left", "when": {"attributes.Left": "yes"}}], **SHOWN)
    result = survey_behaviour(study, within="5d")
    told = result["behaviour"].set_index(["outcome", "group"])[["n", "base"]]
    ordered = next(o for o in told.index.levels[0] if o.startswith("ordered"))
    assert told.loc[(ordered, "satisfied")].tolist() == [1, 2] and told.loc[(ordered, "not satisfied")].tolist() == [0, 2]
    assert told.loc[("left", "satisfied")].tolist() == [1, 2] and told.loc[("left", "not satisfied")].tolist() == [1, 1]
    assert any("have no date" in c for c in result.caveats)


def world(folder: Path, effect: float, seed: int, n: int = 400) -> Study:
    """Respondents over a month, of whom .5 come back within a week, by `effect` more of the satisfied; observed three weeks longer."""
    rng = np.random.default_rng(seed)
    day, score = rng.uniform(1, 28, n), rng.choice([1.0, 2, 3, 4, 5], n)
    back = rng.random(n) < np.where(score >= 4, 0.5 + effect, 0.5)
    came = {f"c{i:05d}": [-2.0, *([float(day[i] + 1 + rng.uniform(0, 5))] if back[i] else [])] for i in range(n)}
    return make_study(folder, {"responses": answered(day.tolist(), score.tolist(), "csat"), "interactions": visits(**came, x=[50.0])})


def test_what_is_planted_is_found_and_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    covered, quiet, seeds = 0, 0, 40
    for seed in range(seeds):
        told = survey_behaviour(world(tmp_path / f"a{seed}", 0.2, seed), within="7d")["compared"].iloc[0]
        covered += told["low"] <= 0.2 <= told["high"]
        expected = proportions_ztest([told["good_n"], told["bad_n"]], [told["good_base"], told["bad_base"]])[1]
        low, high = confint_proportions_2indep(told["good_n"], told["good_base"], told["bad_n"], told["bad_base"], method="newcomb")
        assert (told["p"], told["low"], told["high"]) == pytest.approx((expected, low, high))
        silent = survey_behaviour(world(tmp_path / f"b{seed}", 0.0, 1000 + seed), within="7d")
        quiet += "do not differ beyond chance" in silent.sentences[0]
    assert covered >= 35 and quiet >= 34  # 95 % of 40, less than 1 in 100 falls below


def test_few_are_not_told(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"responses": answered([1.0] * 24, [5.0] * 20 + [1.0] * 4, "csat"),
                                  "interactions": visits(**{f"c{i:05d}": [-1.0, *([3.0] if i % 2 else [])] for i in range(24)}, x=[28])}, privacy={"min_cell": 5})
    result = survey_behaviour(study, within="5d")
    assert result["behaviour"]["value"].isna().all() and result["compared"].empty and not result.findings and result["crossed"].empty


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="none of 2 respondents is known in the log"):
        survey_behaviour(make_study(tmp_path / "a", {"responses": answered([1.0, 2.0], [9.0, 3.0]), "interactions": visits(x=[1.0])}))
    study = make_study(tmp_path / "b", {"responses": answered([1.0], [9.0]), "interactions": visits(c00000=[1.0])})
    assert any("nobody did anything on a later day" in c for c in survey_behaviour(study).caveats)
    with pytest.raises(BadInput, match="not a duration"):
        survey_behaviour(study, within="soon")


def test_the_demo_against_pandas(demo: Study) -> None:
    result = survey_behaviour(demo, within="30d")
    at = pd.to_datetime(demo.query("SELECT epoch_us(max(occurred_at)) AS t FROM interactions_all")["t"].iloc[0], unit="us", utc=True)
    did = demo.query("SELECT customer_id, epoch_us(occurred_at) AS t FROM interactions_all WHERE customer_id IS NOT NULL")
    assert not any("Only what customers did" in c for c in result.caveats)  # else `did` must leave them out
    did["t"] = pd.to_datetime(did["t"], unit="us", utc=True)
    said = demo.query("SELECT source, question_id, customer_id, epoch_us(answered_at) AS s, score FROM responses WHERE instrument IN ('nps', 'csat', 'ces') AND score IS NOT NULL AND customer_id IS NOT NULL")
    said["s"] = pd.to_datetime(said["s"], unit="us", utc=True)
    zone, compared = demo.params.timezone, 0
    told = result["behaviour"][result["behaviour"]["outcome"].str.startswith("came back")]
    for (source, question), own in said.sort_values("s").groupby(["source", "question_id"]):
        first = own.drop_duplicates("customer_id")
        both = first.merge(did, on="customer_id")
        both["later"] = both["t"].dt.tz_convert(zone).dt.date > both["s"].dt.tz_convert(zone).dt.date
        back = both[both["later"] & (both["t"] - both["s"] <= pd.Timedelta(days=30))]["customer_id"].unique()
        followed = both[both["s"] + pd.Timedelta(days=30) <= at].drop_duplicates("customer_id")
        rows = told[(told["source"] == source) & (told["question_id"] == question) & told["value"].notna()]
        if len(rows) == len(told[(told["source"] == source) & (told["question_id"] == question)]) and len(rows):
            assert rows["base"].sum() == len(followed) and rows["n"].sum() == followed["customer_id"].isin(back).sum()
            compared += 1
    assert compared >= 5
