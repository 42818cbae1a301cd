"""Banners: cells by hand, letters against statsmodels, small columns, columns that share people, and a real survey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from cjm_research.analysis.surveys import survey_banner
from cjm_research.errors import BadInput, NotEnoughData
from tests.analysis.surveys.made import chosen, people, scored
from tests.studies import make_study

AIRPORT = "2017_SFO_Customer_Survey.csv"


def study(folder: Path, seed: int = 1, n: int = 300, **params: Any) -> tuple[Any, pd.DataFrame]:
    """A survey of three regions, the third of which is more content; and the same as a wide frame."""
    rng = np.random.default_rng(seed)
    region = rng.choice(["north", "south", "west"], n, p=[0.45, 0.4, 0.15]).tolist()
    score = [float(np.clip(round(rng.normal(4.4 if r == "west" else 3.1, 0.9)), 1, 5)) for r in region]
    pick = [rng.choice(["x", "y", "z"]) for _ in region]
    frame = pd.concat([scored("mood", "csat", score), chosen("pick", pick)])
    return make_study(folder, {"responses": frame, "customers": people(region=region)}, **params), pd.DataFrame({"region": region, "mood": score, "pick": pick})


def cell(result: Any, answer: str, group: str, question: str = "mood") -> pd.Series:
    c = result["cells"]
    return c[(c["question_id"] == question) & (c["answer"] == answer) & (c["group"] == group)].iloc[0]


def test_cells_and_letters_by_hand_and_by_a_peer(tmp_path: Path) -> None:
    made, wide = study(tmp_path)
    result = survey_banner(made)
    assert result["columns"]["group"].tolist() == ["north", "south", "west"] and result["columns"]["letter"].tolist() == ["A", "B", "C"]
    assert result["columns"]["n"].tolist() == [int((wide["region"] == r).sum()) for r in ("north", "south", "west")]
    happy = {r: (int((g["mood"] >= 4).sum()), len(g)) for r, g in wide.groupby("region")}
    for region, (k, n) in happy.items():
        found = cell(result, "satisfied", region)
        assert (found["value"], found["n"], found["base"]) == (k / n, k, n)
        assert (found["low"], found["high"]) == pytest.approx(proportion_confint(k, n, method="wilson"))
    names = list(happy)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1:]]
    raw = [proportions_ztest([happy[a][0], happy[b][0]], [happy[a][1], happy[b][1]])[1] for a, b in pairs]
    adjusted = multipletests(raw, method="fdr_bh")[1]
    rows = result["rows"][(result["rows"]["answer"] == "satisfied")].iloc[0]
    assert rows["p"] == pytest.approx(adjusted.min()) and rows["highest"] == "west" and cell(result, "satisfied", "west")["letters"] == "AB"
    west, north = wide.loc[wide["region"] == "west", "mood"], wide.loc[wide["region"] == "north", "mood"]
    assert cell(result, "mean", "west")["value"] == pytest.approx(west.mean())
    raw = [CompareMeans(DescrStatsW(wide.loc[wide["region"] == a, "mood"]), DescrStatsW(wide.loc[wide["region"] == b, "mood"])).ttest_ind(usevar="unequal")[1] for a, b in pairs]
    means = result["rows"][(result["rows"]["answer"] == "mean")].iloc[0]
    assert means["p"] == pytest.approx(multipletests(raw, method="fdr_bh")[1].min(), rel=1e-6) and means["value"] == pytest.approx(west.mean() - min(north.mean(), wide.loc[wide["region"] == "south", "mood"].mean()))
    # nothing differs in what was picked at random: the first rows are about mood
    assert set(result["rows"]["question_id"].head(2)) == {"mood"} and result["tables"].iloc[0]["question_id"] == "mood"
    assert " AB" in result["tables"].iloc[0]["C west"]


def test_corrections_and_refusals(tmp_path: Path) -> None:
    made, _ = study(tmp_path)
    p = {m: survey_banner(made, correction=m)["rows"].set_index("answer").loc["satisfied", "p"] for m in ("none", "bh", "holm", "bonferroni")}
    assert p["none"] < p["bonferroni"] == pytest.approx(3 * p["none"]) and p["holm"] == pytest.approx(p["bonferroni"])
    for options, said in (({"correction": "tukey"}, "tukey"), ({"alpha": 5}, "strictly between"), ({"by": "region"}, "names no group"), ({"by": "attributes.regio"}, "regio")):
        with pytest.raises(BadInput, match=said):
            survey_banner(made, **options)  # type: ignore[arg-type]
    with pytest.raises(NotEnoughData):
        survey_banner(make_study(tmp_path / "none", {"responses": scored("rec", "nps", [1, 2, 3])}))


def test_small_columns_get_no_letter_and_very_small_ones_no_figure(tmp_path: Path) -> None:
    region = ["a"] * 100 + ["b"] * 100 + ["c"] * 20 + ["d"] * 4 + ["e"] * 18
    score = [5.0] * 90 + [1.0] * 10 + [5.0] * 30 + [1.0] * 70 + [5.0] * 20 + [5.0] * 4 + [5.0] * 18
    made = make_study(tmp_path, {"responses": scored("mood", "csat", score), "customers": people(region=region)})
    result = survey_banner(made, by="attributes.region")
    assert cell(result, "satisfied", "a")["letters"] == "B" and cell(result, "satisfied", "c")["letters"] == "" and cell(result, "satisfied", "c")["value"] == 1.0
    for small in "de":  # of d alone the total would tell, so the next smallest goes with it
        hidden = cell(result, "satisfied", small)
        assert pd.isna(hidden["value"]) and hidden["n"] == hidden["base"] == 0 and "fewer than 5" in hidden["method"]
    columns = result["columns"].set_index("group")
    assert columns.loc["d", "n"] == columns.loc["e", "n"] == 0 and columns.loc["c", "note"].startswith("fewer than 30")
    assert [v for k, v in result["tables"].iloc[0].items() if str(k).endswith((" d", " e"))] == ["–", "–"]


def test_few_who_gave_an_answer_or_did_not_are_not_told(tmp_path: Path) -> None:
    region, score = ["a"] * 40 + ["b"] * 40 + ["c"] * 40, [5.0] * 20 + [1.0] * 20 + [5.0] * 2 + [1.0] * 38 + [5.0] * 30 + [1.0] * 10
    told = survey_banner(make_study(tmp_path, {"responses": scored("mood", "csat", score), "customers": people(region=region)}), by="attributes.region")
    # 2 of 40 are hidden, and with them the next smallest; what differs most is told of neither
    assert pd.isna(cell(told, "satisfied", "b")["value"]) and pd.isna(cell(told, "satisfied", "a")["value"]) and cell(told, "satisfied", "c")["n"] == 30
    assert "satisfied" not in set(told["rows"]["answer"])


def test_weights_and_scaling_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    n = 240
    region, score, w = rng.choice(["a", "b"], n).tolist(), rng.integers(1, 6, n).astype(float).tolist(), rng.uniform(0.3, 3, n).round(3).tolist()
    who = people(region=region)
    one = survey_banner(make_study(tmp_path / "a", {"responses": scored("mood", "csat", score, weight=w), "customers": who}))
    seven = survey_banner(make_study(tmp_path / "b", {"responses": scored("mood", "csat", score, weight=[7 * x for x in w]), "customers": who}))
    equal = survey_banner(make_study(tmp_path / "c", {"responses": scored("mood", "csat", score, weight=2.0), "customers": who}))
    plain = survey_banner(make_study(tmp_path / "d", {"responses": scored("mood", "csat", score), "customers": who}))
    pd.testing.assert_frame_equal(one["cells"], seven["cells"])
    for column in ("value", "low", "high", "n", "base"):
        assert equal["cells"][column].to_numpy(float) == pytest.approx(plain["cells"][column].to_numpy(float), abs=1e-9)
    g = pd.DataFrame({"r": region, "s": score, "w": w})
    a = g[g["r"] == "a"]
    found = cell(one, "satisfied", "a")
    assert found["value"] == pytest.approx(a.loc[a["s"] >= 4, "w"].sum() / a["w"].sum()) and found["effective"] == pytest.approx(a["w"].sum() ** 2 / (a["w"] ** 2).sum())
    assert found["n"] == int((a["s"] >= 4).sum()) and found["base"] == len(a) and found["unweighted"] == pytest.approx((a["s"] >= 4).mean())


def test_columns_of_a_question_with_several_answers_share_people(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    uses = [[t for t, p in (("web", 0.8), ("app", 0.7)) if rng.random() < p] or ["web"] for _ in range(400)]
    mood = [5.0 if rng.random() < (0.75 if "app" in u else 0.45) else 2.0 for u in uses]
    result = survey_banner(make_study(tmp_path, {"responses": pd.concat([chosen("use", uses), scored("mood", "csat", mood)])}), by="use")
    web, app = (np.array([t in u for u in uses]) for t in ("web", "app"))
    happy = np.array(mood) == 5
    p1, p2, n1, n2, n12 = happy[web].mean(), happy[app].mean(), web.sum(), app.sum(), (web & app).sum()
    pooled = (p1 * n1 + p2 * n2) / (n1 + n2)
    z = (p1 - p2) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2 - 2 * n12 / (n1 * n2)))
    from scipy.stats import norm

    row = result["rows"].set_index("answer").loc["satisfied"]
    assert row["p"] == pytest.approx(2 * norm.sf(abs(z)), rel=1e-6) and row["p"] < 2 * norm.sf(abs((p1 - p2) / np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))))


def test_clusters_take_letters_away(tmp_path: Path) -> None:
    """Ten flights that are content or not as a whole: 100 respondents tell little more than ten."""
    flights = [f"f{i // 10}" for i in range(100)]
    side = ["a" if i // 10 < 5 else "b" for i in range(100)]
    mood = [5.0 if i // 10 in (0, 1, 2, 5) else 1.0 for i in range(100)]
    given = {"responses": scored("mood", "csat", mood), "customers": people(flight=flights, side=side)}
    alone = survey_banner(make_study(tmp_path / "a", dict(given)), by="attributes.side")
    drawn = survey_banner(make_study(tmp_path / "b", dict(given), survey={"clusters": "attributes.flight"}), by="attributes.side")
    for answer in ("satisfied", "mean"):
        one, two = cell(alone, answer, "a"), cell(drawn, answer, "a")
        assert one["letters"] == "B" and two["letters"] == "" and one["value"] == two["value"] and one["base"] == two["base"] == 50
        assert two["high"] - two["low"] > 2 * (one["high"] - one["low"])


def test_mcdonalds_by_segment(shared: Path, tmp_path: Path) -> None:
    """Eleven yes/no perceptions by who visits often, recounted from the file."""
    raw = pd.read_csv(shared / "data" / "mcdonalds_segments" / "mcdonalds.csv")
    items = [c for c in raw.columns if set(raw[c].unique()) <= {"Yes", "No"}]
    frame = pd.concat([chosen("thinks", [[c for c in items if r[c] == "Yes"] for _, r in raw.iterrows()])])
    result = survey_banner(make_study(tmp_path, {"responses": frame, "customers": people(gender=raw["Gender"].tolist())}))
    some = raw[items].eq("Yes").any(axis=1)
    for gender in ("Female", "Male"):
        own = raw[(raw["Gender"] == gender) & some]
        found = cell(result, "cheap", gender, "thinks")
        assert (found["n"], found["base"]) == (int((own["cheap"] == "Yes").sum()), len(own))


def test_personas_can_be_columns(tmp_path: Path) -> None:
    made, wide = study(tmp_path)
    members = pd.DataFrame({"customer_id": [f"c{i:05d}" for i in range(len(wide))], "persona": np.where(wide["region"] == "west", "happy", "other")})
    result = survey_banner(made, by="persona", members=members)
    assert cell(result, "satisfied", "happy")["base"] == int((wide["region"] == "west").sum()) and cell(result, "satisfied", "happy")["letters"] == "B"
