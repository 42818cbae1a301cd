"""Quantities, places and points: means, medians and shares by hand and by statsmodels; who ranked nothing else keeps the base."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from cjm_research.analysis.surveys import survey_answers, survey_banner, survey_waves
from cjm_research.analysis.surveys.ranges import ranges, unit_of
from cjm_research.analysis.surveys.shown import where_shown
from cjm_research.stats.survey.design import Design
from cjm_research.study import Study
from tests.analysis.surveys.made import chosen, people
from tests.studies import make_study

QUESTIONS = [{"column": "years", "instrument": "number", "unit": "years"}, {"column": "p_*", "id": "prio", "instrument": "ranking"},
             {"column": "s_*", "id": "sum", "instrument": "points", "unit": "pts"}]


def numbers(question: str, kind: str, values: list[float | None], keep: bool = False, **more: object) -> pd.DataFrame:
    """One number a respondent; keep: with a row for who was asked and gave this item none."""
    rows = [{"response_id": f"r{i:05d}", "customer_id": f"c{i:05d}", "source": "survey", "question_id": question, "question": question, "instrument": kind,
             "higher_is_better": False if kind == "ranking" else None, "scale_min": 1 if kind == "ranking" else None, "scale_max": 3 if kind == "ranking" else None,
             "score": v, "answer": None if v is None else f"{v:g}", **{k: x[i] if isinstance(x, list) else x for k, x in more.items()}}
            for i, v in enumerate(values) if v is not None or keep]
    return pd.DataFrame(rows)


def study_of(folder: Path, *frames: pd.DataFrame, **more: object) -> Study:
    source = {"name": "survey", "kind": "survey", "files": "x.csv", "questions": QUESTIONS}
    return make_study(folder, {"responses": pd.concat(frames, ignore_index=True), **({"customers": more.pop("customers")} if "customers" in more else {})}, sources=[source], **more)  # type: ignore[arg-type]


def test_means_medians_and_who_ranked_first(tmp_path: Path) -> None:
    years = [1.0, 2, 2, 3, 4, 4, 5, 6, 7, 40]
    first, second = [1.0, 1, 2, 1, 3, None], [2.0, None, 1, 3, 1, None]
    result = survey_answers(study_of(tmp_path, numbers("years", "number", years), numbers("prio_Price", "ranking", first[:5], keep=True), numbers("prio_Speed", "ranking", second[:5], keep=True),
                                     numbers("sum_a", "points", [60, 0, 100]), numbers("sum_b", "points", [40, 100, 0])))
    amounts = result["amounts"].set_index(["question_id", "measure"])
    mean = amounts.loc[("years", "mean")]
    low, high = DescrStatsW(years).tconfint_mean()
    assert mean["value"] == 7.4 and (mean["low"], mean["high"]) == pytest.approx((low, high)) and mean["n"] == 10 and mean["unit"] == "years"
    assert amounts.loc[("years", "median"), "value"] == 4
    assert amounts.loc[("prio_Speed", "mean place of those who ranked it"), ["value", "n"]].tolist() == [7 / 4, 4]
    assert amounts.loc[("sum_a", "mean points"), "value"] == pytest.approx(160 / 3) and amounts.loc[("sum_a", "mean points"), "unit"] == "pts"
    answers = result["answers"].set_index(["question_id", "answer"])
    speed = answers.loc[("prio_Speed", "1")]
    assert (speed["n"], speed["base"]) == (2, 5)  # of those who ranked anything, not of those who ranked it
    assert (speed["low"], speed["high"]) == pytest.approx(proportion_confint(2, 5, method="wilson"))
    assert answers.loc[("sum_a", "any points"), ["n", "base"]].tolist() == [2, 3]
    heads = result["questions"].set_index("question_id")
    assert heads["type"].to_dict() == {"years": "number", "prio_Price": "ranking", "prio_Speed": "ranking", "sum_a": "points", "sum_b": "points"}
    assert heads["score"].to_dict() == {"years": "mean", "prio_Price": "mean place", "prio_Speed": "mean place", "sum_a": "mean", "sum_b": "mean"}


@pytest.mark.parametrize(("values", "weights", "median"), [
    ([1, 2, 10, 40], [1, 1, 1, 1], 6), ([1, 2, 10], [1, 1, 1], 2), ([1, 1, 240, 240], [1, 1, 1, 1], 120.5), ([1, 2, 10, 40], [3, 1, 1, 1], 1.5), ([1, 2, 10, 40], [1, 3, 1, 1], 2)])
def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle(values: list[float], weights: list[float], median: float) -> None:
    """Each weight as so many people: the usual median of all of them."""
    assert Design(np.array(weights, float)).quantile(np.array(values, float), middle=True)[0] == median == np.median(np.repeat(values, weights))


def test_weighted_mean_and_median_by_hand(tmp_path: Path) -> None:
    result = survey_answers(study_of(tmp_path, numbers("years", "number", [1.0, 2, 3, 4], weight=[1.0, 1, 1, 5])))
    amounts = result["amounts"].set_index("measure")
    assert amounts.loc["mean", "value"] == pytest.approx((1 + 2 + 3 + 20) / 8) and amounts.loc["median", "value"] == 4


def test_ranges_hold_everybody_once() -> None:
    rng = np.random.default_rng(4)
    for values in (rng.lognormal(3, 1.2, 500), rng.integers(18, 95, 300).astype(float), rng.normal(0, 5, 200), np.append(rng.uniform(0, 1, 99), 1e6)):
        names, hits = ranges(np.append(values, np.nan))
        assert 2 <= len(names) <= 10 and len(set(names)) == len(names) and (hits.sum(axis=1) == [*[1] * len(values), 0]).all()
    names, hits = ranges(np.array([18.0, 25, 31, 33, 40, 41, 47, 52, 58, 60, 66, 70, 81]))
    assert names[0] == "10 to 19" and hits[:, 0].sum() == 1 and hits[:, names.index("30 to 39")].sum() == 2
    assert ranges(np.array([2.0, 1, 1, np.nan]))[0] == ["1", "2"] and ranges(np.array([np.nan]))[0] == []
    assert unit_of("points") == "score" and unit_of("h") == "h"


def test_columns_of_a_banner_compare_means(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    young = rng.normal(2, 1, 60).round(2).tolist()
    old = rng.normal(8, 1, 60).round(2).tolist()
    customers = people(age=["young"] * 60 + ["old"] * 60)
    study = study_of(tmp_path, numbers("years", "number", young + old), chosen("like", ["yes", "no"] * 60), customers=customers)
    rows = survey_banner(study, by="attributes.age")["cells"]
    means = rows[(rows["question_id"] == "years") & (rows["answer"] == "mean")].set_index("group")
    assert means.loc["young", "value"] == pytest.approx(np.mean(young)) and means.loc["old", "value"] == pytest.approx(np.mean(old)) and means.loc["old", "unit"] == "years"
    letters = means["letter"].to_dict()
    assert means.loc["old", "letters"] == letters["young"] and means.loc["young", "letters"] == ""


def test_waves_follow_the_mean(tmp_path: Path) -> None:
    wave = ["2025"] * 40 + ["2026"] * 40
    frame = numbers("years", "number", [float(k % 5) for k in range(40)] + [float(k % 5) + 3 for k in range(40)], wave=wave)
    found = survey_waves(study_of(tmp_path, frame))["waves"]
    assert found["value"].tolist() == [2.0, 5.0] and found["change"].dropna().tolist() == [3.0] and found["p"].dropna().iloc[0] < 1e-6


def test_the_check_says_where_lines_are_shown(tmp_path: Path) -> None:
    study = study_of(tmp_path, numbers("years", "number", [1.0, 2]), numbers("prio_Price", "ranking", [1.0, 1], keep=True))
    said = {r["question_id"]: (r["shown"], r["why"]) for r in where_shown(study, ["35_survey"])}
    assert said["prio_Price"][0] == ["35_survey: places"] and said["years"][0] == ["35_survey: mean, median and distribution"]
    assert "prio" not in said and "nobody answered" in said["sum"][1]


def test_places_do_not_doubt_each_others_direction(tmp_path: Path) -> None:
    """Items of a ranking oppose each other by construction: that says nothing of their direction."""
    from cjm_research.log.scales import doubtful_directions

    places = [float(1 + k % 2) for k in range(60)]
    study = study_of(tmp_path, numbers("prio_a", "ranking", places), numbers("prio_b", "ranking", [3 - p for p in places]))
    assert doubtful_directions(study) == []
