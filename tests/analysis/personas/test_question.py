"""The questions on a study: from tables to members, names, journeys, expectations and sheets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score
from statsmodels.stats.proportion import proportion_confint

from cjm_research.analysis import personas
from cjm_research.analysis.personas.features import features_of, label_of, resolve
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.notebook.chapter import members_of
from cjm_research.results.cache import answered
from cjm_research.results.evidence import agrees, recompute
from cjm_research.study import Study
from tests.studies import make_study

from .populations import normal, shoppers

STAGES = {"stages": [{"name": "Look"}, {"name": "Buy"}]}
NAMES = [{"name": "Loyal", "match": {"age": 62, "channel": "store"}, "lines": [{"section": "goals", "text": "Be known by name."}]},
         {"name": "Ghost", "match": {}, "lines": [{"section": "pains", "text": "Nobody knows."}]}]


def customers(frame: pd.DataFrame) -> pd.DataFrame:
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return pd.DataFrame({"customer_id": [f"c{i:04d}" for i in range(len(frame))], "attributes": [json.dumps(r) for r in records]})


def quick(study: Study, **options: Any) -> Any:
    return personas.personas(study, bootstraps=4, **options)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return shoppers(np.random.default_rng(3), 260, 3)[1]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, truth: np.ndarray) -> Study:
    """260 customers in three segments; the third comes to the store, buys, and tells interviewers about queues."""
    rng = np.random.default_rng(3)
    frame, _ = shoppers(rng, 260, 3)
    ids = customers(frame)["customer_id"]
    visits = []
    for i, segment in enumerate(truth):
        visits.append((ids[i], "Look", "app" if segment == 0 else "web", 1))
        if rng.random() < (0.2, 0.3, 0.9)[segment]:
            visits.append((ids[i], "Buy", "store" if segment == 2 else "web", 1 + int(rng.integers(1, 9))))
    interactions = pd.DataFrame([{"interaction_id": f"i{k}", "customer_id": c, "event": s, "stage": s, "channel": ch, "source": "web",
                                  "occurred_at": pd.Timestamp("2026-01-01", tz="UTC") + pd.Timedelta(days=d), "value": 10.0 * (s == "Buy")}
                                 for k, (c, s, ch, d) in enumerate(visits)])
    asked = []
    for i, segment in enumerate(truth):
        scores = {"nps": (6, 8, 10)[segment], "imp_speed": 5, "sat_speed": 2 if rng.random() < (0.9, 0.5, 0.1)[segment] else 5}
        asked += [{"response_id": f"r{i}", "customer_id": ids[i], "source": "survey", "question_id": q, "question": f"About {q}", "scale_min": 0 if q == "nps" else 1,
                   "scale_max": 10 if q == "nps" else 5, "instrument": "nps" if q == "nps" else "likert", "higher_is_better": True, "score": float(s)} for q, s in scores.items()]
    third = [str(ids[i]) for i in np.flatnonzero(truth == 2)[:3]]
    text = "The queue at the till is long, every single time."
    documents = pd.DataFrame([{"document_id": f"d{j}", "kind": "interview", "participant_id": f"P{j}", "customer_id": c, "text": text, "text_sha256": "x", "attributes": None}
                              for j, c in enumerate(third)] + [
        {"document_id": "d8", "kind": "interview", "participant_id": "P8", "customer_id": None, "text": text, "text_sha256": "x",
         "attributes": json.dumps({"Age": "62", "Spend": "150", "Focus": "2", "Channel": "store", "Club": "yes"})},
        {"document_id": "d9", "kind": "interview", "participant_id": "P9", "customer_id": None, "text": text, "text_sha256": "x", "attributes": None, "persona": "Stranger"}])
    codebook = pd.DataFrame([{"code_id": "q", "name": "Queue", "path": "Pains > Queue", "kind": "pain", "valence": -1.0, "stage": "Buy"}])
    codings = pd.DataFrame([{"coding_id": f"k{j}", "document_id": f"d{j}", "code_id": "q", "coder": "A", "start": 0, "end": 49, "quote": text, "is_synthetic": False} for j in range(3)])
    return make_study(tmp_path_factory.mktemp("shop"), {
        "customers": customers(frame), "interactions": interactions, "responses": pd.DataFrame(asked), "documents": documents, "codebook": codebook, "codings": codings},
        client="shop", journey=STAGES, personas={"features": ["age", "spend", "focus", "channel", "club"], "names": NAMES, "max_segments": 4})


@pytest.fixture(scope="module")
def answer(shop: Study) -> Any:
    return answered(personas.personas, shop)


def test_members_are_the_true_segments_and_names_come_from_the_settings(answer: Any, truth: np.ndarray) -> None:
    members = answer["members"]
    assert list(members.columns) == ["customer_id", "persona"] and len(members) == 260
    assert answer.facts["natural"] and answer.facts["segments"] == 3
    assert adjusted_rand_score(truth, members["persona"]) > 0.9
    loyal = members.loc[truth == 2, "persona"]
    assert (loyal == "Loyal").mean() > 0.95  # named after age 62 and the store
    others = [p for p in answer["personas"]["persona"] if p != "Loyal"]
    assert all(len(p) > 4 and "Ghost" != p for p in others)
    sizes = answer["personas"]
    for row in sizes.to_dict("records"):
        assert (row["low"], row["high"]) == pytest.approx(proportion_confint(row["n"], 260, method="wilson"))
    assert answer.sentences[0].startswith("Three kinds of customer differ clearly") and "3 natural segments" in answer.sentences[0]
    finding = next(f for f in answer.findings if f.persona == "Loyal")
    assert finding.kind == "persona" and finding.evidence[0].rows == int((members["persona"] == "Loyal").sum())


def test_all_frames_are_there_and_can_be_kept(answer: Any, shop: Study) -> None:
    for name in ("members", "personas", "candidates", "features", "other_solutions", "methods", "profile", "rule", "drift"):
        assert name in answer.frames
    again = answered(personas.personas, shop)
    for name, frame in answer.frames.items():
        pd.testing.assert_frame_equal(frame, again[name], check_dtype=False)
    assert again.sentences == answer.sentences


def test_a_study_can_be_seen_through_a_persona(shop: Study, answer: Any) -> None:
    seen = members_of(shop, "Loyal")
    assert seen.scalar("SELECT count(*) FROM customers") == int((answer["members"]["persona"] == "Loyal").sum())
    seen.close()


def test_journeys_by_hand(shop: Study, answer: Any) -> None:
    frame = personas.journeys(shop)["journey"].set_index(["persona", "measure", "what"])
    members = answer["members"].set_index("customer_id")["persona"]
    raw = shop.query("SELECT DISTINCT customer_id, stage FROM interactions")
    bought = raw.loc[raw["stage"] == "Buy", "customer_id"]
    loyal = set(members.index[members == "Loyal"])
    row = frame.loc[("Loyal", "reaches", "Buy")]
    assert row["n"] == sum(c in loyal for c in bought) and row["base"] == len(loyal)
    rest = members.index[members != "Loyal"]
    assert row["others"] == pytest.approx(np.mean([c in set(bought) for c in rest]))
    assert float(row["p_adjusted"]) < 0.001
    # everybody looked, and counts who was observed for as long as nine in ten of the buyers took
    times = shop.query("SELECT customer_id, epoch(min(occurred_at)) / 86400 AS came, epoch(max(occurred_at)) / 86400 AS last, count(*) > 1 AS bought FROM interactions GROUP BY 1")
    took = np.sort((times["last"] - times["came"])[times["bought"]])
    ripe = times[times["came"] + took[int(np.ceil(0.9 * len(took))) - 1] <= times["last"].max()]
    mine = ripe[ripe["customer_id"].isin(loyal)]
    onward = frame.loc[("Loyal", "goes on to", "Look → Buy")]
    assert (onward["n"], onward["base"]) == (mine["bought"].sum(), len(mine)) and 0 < len(mine) <= row["base"]
    assert frame.loc[("Loyal", "answers", "NPS"), "value"] > 80
    days = (mine["last"] - mine["came"])[mine["bought"]]
    assert frame.loc[("Loyal", "days to reach", "Buy"), "value"] == pytest.approx(float(days.median()))


def test_findings_of_journeys_can_be_recomputed_through_the_persona(shop: Study) -> None:
    found = personas.journeys(shop).findings
    assert found
    for finding in found:
        seen = members_of(shop, str(finding.persona))
        assert finding.estimate is not None
        assert agrees(finding.estimate, *recompute(seen, finding.evidence[0], finding.estimate.unit))
        seen.close()


def test_expectations_by_persona(shop: Study, answer: Any) -> None:
    frame = personas.expectations(shop)["expectations"].set_index(["persona", "item"])
    raw = shop.query("SELECT customer_id, question_id, score FROM responses WHERE question_id LIKE '%speed'").pivot(index="customer_id", columns="question_id", values="score")
    members = answer["members"].set_index("customer_id")["persona"]
    for name in [*members.unique(), "All customers"]:
        own = raw if name == "All customers" else raw[members.reindex(raw.index) == name]
        importance, satisfaction = (own["imp_speed"] >= 4).mean() * 10, (own["sat_speed"] >= 4).mean() * 10
        row = frame.loc[(name, "speed")]
        assert row["value"] == pytest.approx(importance + max(importance - satisfaction, 0))
        assert row["low"] <= row["value"] <= row["high"] <= 20 and row["base"] == len(own)
    assert frame.loc[("Loyal", "speed"), "reading"] != "extreme opportunity"


def test_sheets_mark_what_is_backed_and_what_is_assumed(shop: Study) -> None:
    found = personas.sheets(shop)
    lines = found["lines"]
    assert set(lines["status"]) <= {"backed", "partly", "assumed"} and (lines["evidence"].astype(str) != "").all()
    pain = lines[(lines["persona"] == "Loyal") & (lines["section"] == "pains")].iloc[0]
    assert pain["text"] == "Queue (3 of 3 participants)" and pain["status"] == "backed" and (pain["n"], pain["base"]) == (3, 3)
    finding = next(f for f in found.findings if f.id == pain["finding"])
    assert finding.kind == "pain" and finding.stage == "Buy" and len(finding.evidence) == 3 and finding.evidence[0].quote is not None
    assumed = lines[lines["status"] == "assumed"]
    assert set(assumed["text"]) == {"Be known by name.", "Nobody knows."} and (assumed["source"] == "assumption").all()
    items = {i["name"]: i for i in found.facts["sheets"]}
    assert "No segment" in items["Ghost"]["summary"] and items["Ghost"]["counts"] == {"backed": 0, "partly": 0, "assumed": 1}
    assert items["Loyal"]["quotes"][0]["id"] == "k0" and 3 <= len(items["Loyal"]["glyph"]) <= 8
    assert {g["label"] for g in items["Loyal"]["glyph"]} == {g["label"] for n in items if n != "Ghost" for g in items[n]["glyph"]}
    assert all(0 <= g["position"] <= 1 for g in items["Loyal"]["glyph"])
    ages = lines[(lines["section"] == "demographics") & lines["text"].str.startswith("Age")]
    assert (ages["status"] == "backed").all()


def test_interviewed_people_are_typed_by_sheet_record_or_rule(shop: Study) -> None:
    found = personas.sheets(shop)
    people = found["participants"].set_index("participant_id")
    assert people.loc[["P0", "P1", "P2"], "by"].tolist() == ["customer record"] * 3
    assert people.loc["P8", "by"] == "rule" and people.loc["P8", "persona"] == "Loyal"
    assert people.loc["P9", "by"] == "not typed" and people.loc["P9", "missing"] != ""
    assert any("Stranger" in c for c in found.caveats) and any("1 of 5 documents could not be typed" in c for c in found.caveats)


def test_an_answer_rests_on_what_was_recalled(tmp_path: Path) -> None:
    """Taken from the cache while the last run's names are as they were; asked anew once they were changed or forgotten (by an erasure)."""
    def made(seed: int) -> Study:
        frame, _ = shoppers(np.random.default_rng(seed), 240, 3)
        return make_study(tmp_path, {"customers": customers(frame)}, personas={"max_segments": 3})

    def ask(study: Study) -> set[str]:
        return set(answered(personas.personas, study, bootstraps=4)["personas"]["persona"])

    study = made(1)
    first = ask(study)
    memory = study.workspace.cache(study.client) / "personas.json"
    name = sorted(first)[0]
    before = json.loads(memory.read_text())
    other = {"runs": [{**before["runs"][0], "key": "other", "personas": [{**p, "name": "Renamed"} if p["name"] == name else p for p in before["runs"][0]["personas"]]}]}
    memory.write_text(json.dumps(other))
    assert ask(study) == first - {name} | {"Renamed"}
    memory.unlink()
    assert ask(study) == first


def test_names_stay_and_drift_is_shown(tmp_path: Path) -> None:
    def run(seed: int, grown: int) -> Any:
        rng = np.random.default_rng(seed)
        frame, truth = shoppers(rng, 240, 3)
        keep = np.concatenate([np.flatnonzero(truth != 1), np.flatnonzero(truth == 1)[:grown]])
        return quick(make_study(tmp_path, {"customers": customers(frame.iloc[keep].reset_index(drop=True))}, personas={"max_segments": 3}))

    first, second = run(1, 80), run(2, 40)
    assert first["drift"].empty
    assert set(first["personas"]["persona"]) == set(second["personas"]["persona"])
    drift = second["drift"].set_index("persona")
    assert (drift["state"] == "kept").all() and (drift["moved_sd"] < 0.5).all()
    shares = first["personas"].set_index("persona")["value"]
    assert drift["share_before"].to_dict() == pytest.approx(shares.to_dict())
    ages = second["profile"].query("feature == 'attributes.age'").set_index("persona")["value"] - first["profile"].query("feature == 'attributes.age'").set_index("persona")["value"]
    assert ages.abs().max() < 4  # the same name is the same kind of people


def test_a_given_attribute_is_used_instead(tmp_path: Path) -> None:
    frame, _ = shoppers(np.random.default_rng(4), 100)
    frame.loc[:3, "channel"] = None
    study = make_study(tmp_path, {"customers": customers(frame)}, personas={"attribute": "channel"})
    found = personas.personas(study)
    members = found["members"].set_index("customer_id")["persona"]
    assert members.iloc[:4].isna().all() and members.iloc[4:].tolist() == frame["channel"].iloc[4:].tolist()
    assert "given by channel" in found.sentences[0] and found.facts["natural"] is None and "channel" not in set(found["profile"]["label"])
    assert "rule" in found.frames and found["candidates"].empty
    study = make_study(tmp_path / "b", {"customers": customers(frame)}, personas={"attribute": "spend"})
    with pytest.raises(BadInput, match="different values"):
        personas.personas(study)
    study = make_study(tmp_path / "c", {"customers": customers(frame)}, personas={"attribute": "nope"})
    with pytest.raises(BadInput, match="unknown feature 'nope'"):
        personas.personas(study)


def test_one_cloud_of_customers_is_one_group(tmp_path: Path) -> None:
    z = normal(np.random.default_rng(5), 150, 3, 0.5)
    study = make_study(tmp_path, {"customers": customers(pd.DataFrame({"age": 40 + 9 * z[:, 0], "spend": np.exp(4 + z[:, 1]), "visits": 20 + 5 * z[:, 2]}))},
                       personas={"max_segments": 3})
    found = quick(study)
    assert found["members"]["persona"].unique().tolist() == ["All customers"] and found.findings == []
    assert found.sentences[0].startswith("There are no natural segments")
    for question in (personas.journeys, personas.sheets):
        with pytest.raises(NotEnoughData, match="no natural segments"):
            question(study)
    sliced = quick(study, segments=2)
    assert sliced.facts["segments"] == 2 and "not natural groups" in sliced.sentences[0]


def test_a_survey_alone_segments_its_respondents(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    truth = rng.integers(0, 2, 120)
    rows = [{"response_id": f"r{i:03d}", "source": "s", "question_id": f"q{j}", "question": f"Question {j}", "instrument": "likert", "scale_min": 1, "scale_max": 7,
             "higher_is_better": j != 2, "score": float(np.clip(round((2 if (t == 0) != (j == 2) else 6) + 0.9 * rng.normal()), 1, 7))}
            for i, t in enumerate(truth) for j in range(4)]
    rows += [{"response_id": f"r{i:03d}", "source": "s", "question_id": "kind", "question": "Kind", "instrument": "choice", "answer": ["day", "night"][t], "scale_min": None,
              "scale_max": None, "higher_is_better": None, "score": None} for i, t in enumerate(truth)]
    study = make_study(tmp_path, {"responses": pd.DataFrame(rows)}, personas={"max_segments": 3})
    features = features_of(study)
    assert features.unit == "respondent" and list(features.frame.columns) == ["score.q0", "score.q1", "score.q2", "score.q3", "answer.kind"]
    # the reversed question is turned: its scores now rise with the others'
    assert features.frame["score.q2"].corr(features.frame["score.q0"]) > 0.5
    found = quick(study)
    assert found.facts["unit"] == "respondent" and adjusted_rand_score(truth, found["members"]["persona"]) > 0.9


def test_behaviour_by_hand(tmp_path: Path) -> None:
    frame = pd.DataFrame([("a", "2026-01-01", "web", "Look", None), ("a", "2026-01-05", "store", "Buy", 30.0), ("a", "2026-01-05T12:00", "web", "Look", 12.0),
                          ("b", "2026-01-11", "web", "Look", None)], columns=["customer_id", "occurred_at", "channel", "stage", "value"])
    frame = frame.assign(interaction_id=[f"i{k}" for k in range(4)], event="e", source="web", occurred_at=pd.to_datetime(frame["occurred_at"], format="ISO8601", utc=True))
    study = make_study(tmp_path, {"interactions": frame, "customers": customers(pd.DataFrame({"age": [1, 2]})).assign(customer_id=["a", "z"])}, journey=STAGES)
    found = features_of(study).frame
    assert found.loc["a", "behaviour.recency"] == pytest.approx(5.5) and found.loc["b", "behaviour.recency"] == 0
    assert found.loc["a", "behaviour.frequency"] == 3 and found.loc["z", "behaviour.frequency"] == 0  # known to be none
    assert found.loc["a", "behaviour.value"] == 42 and found.loc["a", "behaviour.stage_depth"] == 1 and found.loc["b", "behaviour.stage_depth"] == 0.5
    assert found.loc["a", "behaviour.tempo"] == pytest.approx(4.5) and pd.isna(found.loc["b", "behaviour.tempo"])
    assert found.loc["a", "behaviour.channel_web"] == pytest.approx(2 / 3) and pd.isna(found.loc["z", "behaviour.channel_web"])


def test_feature_names_in_words_and_mistakes_answered() -> None:
    known = ["attributes.age", "behaviour.value", "score.age"]
    assert resolve(["value", "attributes.age"], known, "x") == ["behaviour.value", "attributes.age"]
    with pytest.raises(BadInput, match=r"may be attributes\.age or score\.age"):
        resolve(["age"], known, "x")
    with pytest.raises(BadInput, match="Did you mean"):
        resolve(["behaviour.valu"], known, "x")
    assert label_of("behaviour.channel_app") == "share of contacts by app" and label_of("attributes.yearly_budget") == "yearly budget" and label_of("attributes.budget_eur") == "budget in EUR"
    long = "How satisfied were you with the following things, all in all and in general? - Delivery"
    assert label_of("score.q", {"q": long}) == "Delivery" and label_of("score.sat_q", {"sat_q": long}) == "satisfaction with “Delivery”"


def test_a_client_without_customers_has_no_personas(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData):
        personas.personas(make_study(tmp_path, {}))
    with pytest.raises(NotEnoughData, match="customers"):
        personas.personas(make_study(tmp_path / "few", {"customers": customers(pd.DataFrame({"age": [1, 2, 3]}))}))
    only_ids = pd.DataFrame({"customer_id": [f"c{i}" for i in range(50)]})
    with pytest.raises(NotEnoughData, match="nothing is known"):
        personas.personas(make_study(tmp_path / "ids", {"customers": only_ids}))
    study = make_study(tmp_path / "five", {"customers": customers(pd.DataFrame({"age": range(5)}))}, personas={"segments": 8})
    with pytest.raises(BadInput, match="8 segments asked of 5"):
        personas.personas(study)


def test_order_of_rows_and_names_of_ids_move_nothing(tmp_path: Path) -> None:
    """Every number of the answer is the same whatever customers are called and in whatever order they come."""
    frame, _ = shoppers(np.random.default_rng(8), 150, 3)
    first = customers(frame)
    renamed = {c: f"z{9999 - i * 37 % 150:05d}" for i, c in enumerate(first["customer_id"])}
    other = first.sample(frac=1, random_state=4).assign(customer_id=lambda f: f["customer_id"].map(renamed))
    a, b = (quick(make_study(tmp_path / name, {"customers": f})) for name, f in (("a", first), ("b", other)))
    assert a.sentences == b.sentences and a.facts == b.facts
    for name in a.frames:
        if name != "members":
            pd.testing.assert_frame_equal(a[name], b[name])
    one, two = (r["members"].set_index("customer_id")["persona"] for r in (a, b))
    assert {renamed[c]: p for c, p in one.items()} == two.to_dict()
