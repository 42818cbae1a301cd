"""Distributions: bases, shares and scores by hand, on a real survey and against statsmodels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cjm_research.analysis.surveys import survey_answers
from cjm_research.build import build
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.params import Workspace
from cjm_research.study import open_study
from tests.analysis.surveys.made import chosen, people, scored
from tests.studies import make_study

CLIENTS = Path(__file__).parents[2] / "clients"


def of(frame: pd.DataFrame, question: str) -> pd.DataFrame:
    return frame[frame["question_id"] == question].set_index("answer")


def test_shares_are_of_people_who_answered_never_of_ticks(tmp_path: Path) -> None:
    frame = pd.concat([chosen("tools", [["a", "b"], ["a"], ["b", "c"], None, ["a", "b", "c"]]), chosen("one", ["x", "y", "x", "x", None]), scored("mood", "csat", [5, 4, 1, None, 3])])
    result = survey_answers(make_study(tmp_path, {"responses": frame}))
    tools = of(result["answers"], "tools")
    assert tools["n"].to_dict() == {"a": 3, "b": 3, "c": 2} and set(tools["base"]) == {4} and tools["value"].sum() == 2.0
    assert tools.loc["a", ["low", "high"]].tolist() == pytest.approx(proportion_confint(3, 4, method="wilson"))
    assert of(result["answers"], "one").index.tolist() == ["x", "y"]
    mood = of(result["answers"], "mood")
    assert mood["n"].to_dict() == {"1": 1, "2": 0, "3": 1, "4": 1, "5": 1, "satisfied": 2, "dissatisfied": 1}
    heads = result["questions"].set_index("question_id")
    assert heads["type"].to_dict() == {"tools": "multiple", "one": "single", "mood": "csat"}
    assert heads["answered"].to_dict() == {"tools": 4, "one": 4, "mood": 4} and set(heads["respondents"]) == {5}
    assert heads.loc["mood", "value"] == 0.5 and pd.isna(heads.loc["one", "value"])


def test_weights_by_hand(tmp_path: Path) -> None:
    w = [2.0, 1.0, 1.0, 4.0]
    frame = pd.concat([scored("rec", "nps", [10, 0, 8, 9], weight=w), chosen("one", ["x", "y", "y", "y"], weight=w)])
    result = survey_answers(make_study(tmp_path, {"responses": frame}))
    head = result["questions"].set_index("question_id").loc["rec"]
    assert head["value"] == pytest.approx(100 * (6 - 1) / 8) and head["unweighted"] == 25 and head["effective"] == pytest.approx(64 / 22)
    one = of(result["answers"], "one")
    assert one["value"].to_dict() == {"y": 0.75, "x": 0.25} and one["unweighted"].to_dict() == {"y": 0.75, "x": 0.25} and one["n"].to_dict() == {"y": 3, "x": 1}
    plain = survey_answers(make_study(tmp_path / "plain", {"responses": frame}, survey={"weighted": False}))
    assert plain["questions"].set_index("question_id").loc["rec", "value"] == 25 and any("leaves them out" in c for c in plain.caveats)


def test_equal_weights_change_no_figure(tmp_path: Path) -> None:
    scores = [float(s) for s in np.random.default_rng(2).integers(1, 6, 90)]
    one = survey_answers(make_study(tmp_path / "a", {"responses": scored("mood", "csat", scores)}))["answers"]
    two = survey_answers(make_study(tmp_path / "b", {"responses": scored("mood", "csat", scores, weight=3.0)}))["answers"]
    large = one["n"].between(5, 85)
    for column in ("value", "low", "high", "n", "base"):
        assert one.loc[large, column].to_numpy(float) == pytest.approx(two.loc[large, column].to_numpy(float), abs=1e-9)


def test_raking_by_the_params(tmp_path: Path) -> None:
    frame, who = scored("rec", "nps", [10] * 6 + [0] * 2), people(sex=["f"] * 6 + ["m"] * 2)
    result = survey_answers(make_study(tmp_path, {"responses": frame, "customers": who}, survey={"rake": {"attributes.sex": {"f": 0.5, "m": 0.5}}}))
    assert result["questions"]["value"].tolist() == [pytest.approx(0)] and any("raking attributes.sex" in c and "8 respondents count as 6" in c for c in result.caveats)
    with pytest.raises(BadInput, match="nobody in the sample is 'x'"):
        survey_answers(make_study(tmp_path / "x", {"responses": frame, "customers": who}, survey={"rake": {"attributes.sex": {"f": 0.5, "m": 0.4, "x": 0.1}}}))
    with pytest.raises(BadInput, match="sexe"):
        survey_answers(make_study(tmp_path / "y", {"responses": frame, "customers": who}, survey={"rake": {"attributes.sexe": {"f": 0.5, "m": 0.5}}}))


def test_clusters_widen_what_is_known(tmp_path: Path) -> None:
    flights = [f"f{i // 10}" for i in range(100)]
    frame, who = scored("mood", "csat", [5 if i // 10 % 2 else 1 for i in range(100)]), people(flight=flights)
    plain = of(survey_answers(make_study(tmp_path / "a", {"responses": frame, "customers": who}))["answers"], "mood").loc["satisfied"]
    drawn = of(survey_answers(make_study(tmp_path / "b", {"responses": frame, "customers": who}, survey={"clusters": "attributes.flight"}))["answers"], "mood").loc["satisfied"]
    assert plain["value"] == drawn["value"] == 0.5 and drawn["high"] - drawn["low"] > 2.5 * (plain["high"] - plain["low"])


def test_the_last_answer_of_a_person_counts(tmp_path: Path) -> None:
    frame = scored("rec", "nps", [0, 10, 10])
    frame["customer_id"] = ["a", "a", "b"]
    frame["answered_at"] = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-01-05"], utc=True)
    head = survey_answers(make_study(tmp_path, {"responses": frame}))["questions"].iloc[0]
    assert (head["value"], head["base"]) == (100, 2)


def test_straight_lines_and_repeated_questionnaires_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    block = rng.integers(1, 6, (40, 12)).astype(float)
    block[0], block[1], block[7] = 3, 4, block[6]
    frame = pd.concat([scored(f"q{k}", "likert", block[:, k].tolist()) for k in range(12)])
    flags = survey_answers(make_study(tmp_path, {"responses": frame}))["flags"].set_index("flag")
    assert flags["respondents"].to_dict() == {"straight line": 2, "same answers": 1} and flags["of"].to_dict() == {"straight line": 40, "same answers": 38}


def test_nothing_and_no_such_question(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData):
        survey_answers(make_study(tmp_path, {}))
    with pytest.raises(NotEnoughData):
        survey_answers(make_study(tmp_path / "q", {"responses": scored("rec", "nps", [1, 2])}), questions=["other"])


def test_who_said_no_to_everything_is_in_the_base(tmp_path: Path) -> None:
    """Zeros tell that somebody was asked; blanks do not, unless the params say who was."""
    raw = tmp_path / "data" / "raw" / "tiny"
    raw.mkdir(parents=True)
    (raw / "form.csv").write_text("id,t_a,t_b,u_a,u_b,seen\n1,1,0,1,,yes\n2,0,0,,,yes\n3,1,1,,1,no\n4,,,,,no\n")
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "_defaults.yaml").write_text("{}")
    for asked, base in (("", 2), (", asked: all", 4), (", asked: {seen: yes}", 3)):
        (tmp_path / "params" / "tiny.yaml").write_text("client: tiny\nsources:\n  - {name: form, kind: survey, files: form.csv, columns: {response_id: id}, questions: [{column: 't_*', id: t, "
                                                       f"instrument: choice}}, {{column: 'u_*', id: u, instrument: choice{asked.replace('yes', chr(39) + 'yes' + chr(39))}}}]}}\n")
        place = Workspace(tmp_path)
        build("tiny", place)
        heads = survey_answers(open_study("tiny", place))
        assert heads["questions"].set_index("question_id")["answered"].to_dict() == {"t": 3, "u": base}
        assert of(heads["answers"], "t")["n"].to_dict() == {"a": 2, "b": 1} and of(heads["answers"], "u").loc["a", "value"] == 1 / base


@pytest.fixture(scope="module")
def airport(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("airport")
    (folder / "shared").symlink_to(shared.resolve())
    (folder / "project").mkdir()
    place = Workspace(folder / "project", CLIENTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CJM_ALLOW_RAW", str(folder / "shared"))
        build("sfo_airport_2017", place)
        yield open_study("sfo_airport_2017", place)


def test_the_airport_survey(airport: object, shared: Path) -> None:
    """What its description says, and shares recounted from the file."""
    result = survey_answers(airport)  # type: ignore[arg-type]
    heads = result["questions"].set_index("question_id")
    assert heads.loc["nps", "value"] == pytest.approx(40.40, abs=0.005) and heads.loc["nps", "unweighted"] == pytest.approx(39.84, abs=0.005) and heads.loc["nps", "n"] == 2746
    raw = pd.read_csv(shared / "data" / "sfo_airport_2017" / "2017_SFO_Customer_Survey.csv").drop_duplicates("RESPNUM")
    food = raw[raw["Q7FOOD"].between(1, 5)]
    row = of(result["answers"], "food").loc["4"]
    assert row["value"] == pytest.approx(food.loc[food["Q7FOOD"] == 4, "WEIGHT"].sum() / food["WEIGHT"].sum()) and row["base"] == len(food) == 2421
    assert row["unweighted"] == pytest.approx((food["Q7FOOD"] == 4).mean())
