"""Best and worst: counted by hand and by brute force, intervals against linearisation, a simulated truth, and designs that are missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from cjm_research.analysis.surveys import survey_answers, survey_banner, survey_maxdiff
from cjm_research.errors import BadInput, CjmError, NotEnoughData
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context
from cjm_research.study import Study
from tests.analysis.surveys.made import chosen, people
from tests.studies import make_study

ITEMS = {"1": "Price", "2": "Speed", "3": "Service", "4": "Range", "5": "Place"}
ASKED = {"column": "T*_best", "worst": "T*_worst", "shown": "T*_item*", "id": "md", "text": "What counts", "instrument": "maxdiff", "labels": ITEMS}


def simulated(n: int, worth: list[float], seed: int, tasks: int = 4) -> pd.DataFrame:
    """Who chooses best and worst of four of five items, by worth and chance."""
    rng, rows = np.random.default_rng(seed), []
    for _ in range(n):
        row: dict[str, str] = {}
        for t in range(1, tasks + 1):
            seen = rng.choice(5, 4, replace=False)
            felt = np.array(worth)[seen] + rng.gumbel(0, 1, 4)
            row |= {f"T{t}_best": str(seen[felt.argmax()] + 1), f"T{t}_worst": str(seen[felt.argmin()] + 1), **{f"T{t}_item{k}": str(s + 1) for k, s in enumerate(seen)}}
        rows.append(row)
    return pd.DataFrame(rows)


def read(frame: pd.DataFrame, folder: Path, **question: object) -> pd.DataFrame:
    frame.to_csv(folder / "md.csv", index=False)
    source = Source(name="poll", kind="survey", files="md.csv", questions=[{**ASKED, **question}])  # type: ignore[list-item]
    return SOURCES["survey"].read([folder / "md.csv"], source, Context("x", "UTC")).tables["responses"]


def study_of(frame: pd.DataFrame, folder: Path) -> Study:
    rows = read(frame, folder)
    number = rows["response_id"].str.extract(r"(\d+)")[0].astype(int) - 1
    rows = rows.drop(columns=["key_type", "customer_key"]).assign(customer_id=number.map("c{:05d}".format))
    more = chosen("branch", ["north" if i % 2 else "south" for i in range(len(frame))]).assign(response_id=[f"row {i + 1}" for i in range(len(frame))], source="poll")
    return make_study(folder, {"responses": pd.concat([rows, more], ignore_index=True), "customers": people(a=["x"] * len(frame))})


def test_counts_are_those_counted_by_hand(tmp_path: Path) -> None:
    frame = pd.DataFrame([{"T1_best": "1", "T1_worst": "2", "T1_item1": "1", "T1_item2": "2", "T1_item3": "3", "T2_best": "3", "T2_worst": "1", "T2_item1": "1", "T2_item2": "3", "T2_item3": "4"},
                          {"T1_best": "1", "T1_worst": "3", "T1_item1": "1", "T1_item2": "2", "T1_item3": "3", "T2_best": "", "T2_worst": "", "T2_item1": "1", "T2_item2": "3", "T2_item3": "4"}])
    items = survey_maxdiff(study_of(frame, tmp_path))["items"].set_index("item")
    # a task that nobody did shows nothing: price was shown three times, best twice, worst once
    assert items[["best", "worst", "n", "base"]].to_dict("index") == {"Speed": {"best": 0, "worst": 1, "n": 2, "base": 2}, "Price": {"best": 2, "worst": 1, "n": 2, "base": 3},
                                                                       "Service": {"best": 1, "worst": 1, "n": 2, "base": 3}, "Range": {"best": 0, "worst": 0, "n": 1, "base": 1}}
    assert items["value"].to_dict() == pytest.approx({"Price": 1 / 3, "Service": 0, "Range": 0, "Speed": -0.5})


def test_it_agrees_with_brute_force_and_linearisation_and_finds_the_truth(tmp_path: Path) -> None:
    worth = [1.5, 0.8, 0.0, -0.6, -1.4]
    frame = simulated(400, worth, 7)
    study = study_of(frame, tmp_path)
    items = survey_maxdiff(study)["items"].set_index("item")
    assert items.index.tolist() == list(ITEMS.values()), "best first, as they were made"
    for code, name in ITEMS.items():
        difference, shown = np.zeros(len(frame)), np.zeros(len(frame))
        for t in range(1, 5):
            difference += (frame[f"T{t}_best"] == code).to_numpy(float) - (frame[f"T{t}_worst"] == code).to_numpy(float)
            shown += sum((frame[f"T{t}_item{k}"] == code).to_numpy(float) for k in range(4))
        value = difference.sum() / shown.sum()
        assert items.loc[name, "value"] == pytest.approx(value) and items.loc[name, "base"] == shown.sum()
        left = (difference - value * shown) / shown.sum()
        half = 1.96 * np.sqrt(len(frame) / (len(frame) - 1) * (left**2).sum())  # of a ratio, linearised
        assert items.loc[name, "high"] - items.loc[name, "low"] == pytest.approx(2 * half, rel=0.12)
    assert items["low"].iloc[0] > items["high"].iloc[1] and survey_maxdiff(study)["items"].equals(survey_maxdiff(study)["items"])
    scores = survey_answers(study)["questions"].set_index("question_id")
    assert scores.loc["md_Price", "score"] == "best minus worst" and scores.loc["md_Price", "value"] > scores.loc["md_Place", "value"]
    cells = survey_banner(study, by="branch")["cells"]
    assert set(cells.loc[cells["question_id"] == "md_Price", "answer"]) == {"best minus worst"}


def test_where_nothing_is_preferred_nothing_stands_out(tmp_path: Path) -> None:
    apart = 0
    for seed in range(12):
        (tmp_path / str(seed)).mkdir()
        items = survey_maxdiff(study_of(simulated(80, [0.0] * 5, seed), tmp_path / str(seed)), draws=300)["items"]
        apart += int(((items["low"] > 0) | (items["high"] < 0)).sum())
    assert apart <= 8, "of sixty intervals about three miss the truth"


def test_a_design_that_is_missing_is_refused(tmp_path: Path) -> None:
    frame = simulated(30, [0.0] * 5, 1)
    for left_out in ("worst", "shown"):
        with pytest.raises((ValidationError, CjmError), match="worst" if left_out == "worst" else "design columns are missing"):
            read(frame, tmp_path, **{left_out: ""})
    with pytest.raises(BadInput, match="0 columns fit"):
        read(frame[[c for c in frame if "item" not in c]], tmp_path)
    with pytest.raises(BadInput, match="no choice of a best and another worst among the items shown"):
        read(frame.assign(T1_best=frame["T1_worst"]), tmp_path)
    with pytest.raises(NotEnoughData, match="maxdiff"):
        survey_maxdiff(make_study(tmp_path, {"responses": chosen("a", ["x", "y"])}))


def test_a_preference_is_said_only_beyond_chance_and_of_enough(tmp_path: Path) -> None:
    def first(n: int, worth: list[float], seed: int) -> str:
        folder = tmp_path / f"{n}-{seed}-{worth[0]}"
        folder.mkdir()
        return survey_maxdiff(study_of(simulated(n, worth, seed), folder), draws=400).sentences[0]

    said = [first(60, [0.0] * 5, seed) for seed in range(20)]
    assert sum(s != "No item is chosen as best more often than as worst beyond chance." for s in said) <= 4  # one in twenty by chance
    planted = first(60, [2.0, 0.0, 0.0, 0.0, 0.0], 1)
    assert planted.startswith("Chosen as best more often than as worst: “Price” (") and "Speed" not in planted
    assert first(3, [9.0, 0.0, 0.0, 0.0, 0.0], 2) == "Too few respondents chose for an order of the items to be told."
