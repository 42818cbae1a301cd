"""The journey map on a journey small enough to walk by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.errors import NotEnoughData
from cjm_research.journey_map import customer_actions, journey_map, pain_points, stage_metrics
from cjm_research.results.evidence import agrees, recompute
from cjm_research.results.subjects import GoingOn
from tests.studies import interactions, make_study

STAGES = {"stages": [{"name": n, "touchpoints": [{"name": t} for t in ts]} for n, ts in
                     (("Look", ["Ad", "Site"]), ("Buy", ["Cart", "Pay"]), ("Use", ["Help"]))]}
ROWS = [("a", "x", "2026-01-01T00:00", "Look"), ("a", "y", "2026-01-03T00:00", "Buy"), ("a", "z", "2026-01-04T00:00", "Use"),
        ("b", "x", "2026-01-01T00:00", "Look"), ("b", "y", "2026-01-02T00:00", "Buy"),
        ("c", "y", "2026-01-01T00:00", "Buy"), ("c", "x", "2026-01-05T00:00", "Look"),  # looked after buying: did not go on
        ("d", "q", "2026-01-01T00:00")]


@pytest.fixture
def study(tmp_path: Path) -> Any:
    frame = interactions(*ROWS)
    frame["touchpoint"] = ["Ad", "Cart", "Help", "Site", "Pay", "Cart", "Ad", None]
    return make_study(tmp_path, {"interactions": frame}, journey=STAGES)


def test_reach_conversion_and_time_by_hand(study: Any) -> None:
    frame = stage_metrics(study)["stages"].set_index(["stage", "measure"])
    assert [(frame.loc[(s, "reach"), "n"], frame.loc[(s, "reach"), "base"]) for s in ("Look", "Buy", "Use")] == [(3, 4), (3, 4), (1, 4)]
    # c looked on the last day observed, less than the two days that going on takes, and can still come
    assert (frame.loc[("Look", "conversion"), "n"], frame.loc[("Look", "conversion"), "base"]) == (2, 2)
    assert ("Look", "next") not in frame.index  # all who go on are seen in the next stage: said once
    onward = {f.subject.stage: f.subject.next for f in stage_metrics(study).findings if isinstance(f.subject, GoingOn)}
    assert onward == {"Look": "Buy", "Buy": "Use"}
    assert (frame.loc[("Buy", "conversion"), "n"], frame.loc[("Buy", "conversion"), "base"]) == (1, 3)
    assert frame.loc[("Look", "time"), "value"] == 1.5 * 86400  # one and two days
    assert ("Use", "conversion") not in frame.index


def test_every_number_follows_from_its_evidence(study: Any) -> None:
    findings = stage_metrics(study).findings
    assert len(findings) == 3 + 2 * 2 + 5
    for f in findings:
        assert agrees(f.estimate, *recompute(study, f.evidence[0], f.estimate.unit)), f.statement


def test_the_rows_that_are_shown_are_rows_of_the_evidence(study: Any) -> None:
    """Of nobody here a row is hidden: all of them are drawn, since there are fewer than are shown."""
    looked = study.with_params(privacy=study.params.privacy.model_copy(update={"min_cell": 1}))
    findings = [*stage_metrics(looked).findings, *customer_actions(looked).findings]
    for f in findings:
        e = f.evidence[0]
        held = looked.query(f"SELECT * FROM ({e.sql})").to_dict("records")
        assert {tuple(sorted(r.items())) for r in e.sample} == {tuple(sorted(r.items())) for r in held} and len(e.sample) == e.rows, f.key
    assert {f.lane for f in findings} >= {"reach", "conversion", "time", "touchpoints", "actions"}


def test_the_headline_needs_two_sources_that_agree() -> None:
    from cjm_research.journey_map.pains import _headline, _sentences

    none = pd.DataFrame(columns=["statement"]), pd.DataFrame(columns=["w"])

    def said(*rows: tuple[str, str, int, int, int, int]) -> list[str]:
        ranks = pd.DataFrame([{"source": s, "touchpoint": t, "rank": r, "rank_low": r, "rank_high": r, "of": 3, "n": n, "base": b, "value": n / b}
                              for s, t, r, n, b, _ in rows])
        return _sentences(ranks, *none, _headline(ranks, np.random.default_rng(1)))

    alone = said(("behaviour", "Cart", 1, 50, 100, 0), ("behaviour", "Pay", 2, 20, 100, 0), ("behaviour", "Ad", 3, 5, 100, 0))
    assert alone == ["Most people leave at Cart: 50 of 100."]
    split = said(("behaviour", "Cart", 1, 50, 100, 0), ("behaviour", "Pay", 2, 20, 100, 0), ("survey", "Pay", 1, 70, 90, 0), ("survey", "Cart", 3, 5, 90, 0))
    assert not any("hurts" in s for s in split)
    both = said(("behaviour", "Cart", 2, 50, 100, 0), ("behaviour", "Pay", 1, 80, 100, 0), ("survey", "Pay", 1, 70, 90, 0), ("survey", "Cart", 3, 5, 90, 0))
    assert both[0] == "Pay hurts most: what people do and answers to surveys agree."
    assert both[1] == "Sources agree that Pay hurts most: left after it: 80 of 100 and not satisfied: 70 of 90, each clearly more often than at the other touchpoints."
    # many are hurt where many come: of those who come to Pay no more than elsewhere
    crowded = said(("behaviour", "Cart", 2, 60, 100, 0), ("behaviour", "Pay", 1, 300, 500, 0), ("survey", "Pay", 1, 200, 400, 0), ("survey", "Cart", 2, 45, 90, 0))
    assert not any("hurts" in s for s in crowded)
    thin = said(("behaviour", "Cart", 2, 5, 10, 0), ("behaviour", "Pay", 1, 6, 10, 0), ("survey", "Pay", 1, 7, 9, 0), ("survey", "Cart", 3, 5, 9, 0))
    assert thin == []


def test_row_order_and_ids_change_nothing(tmp_path: Path) -> None:
    frame = interactions(*ROWS)
    first = stage_metrics(make_study(tmp_path / "a", {"interactions": frame}, journey=STAGES))
    other = frame.sample(frac=1, random_state=3).assign(customer_id=lambda f: f["customer_id"].map(lambda c: f"zz{c}"))
    second = stage_metrics(make_study(tmp_path / "b", {"interactions": other}, journey=STAGES))
    pd.testing.assert_frame_equal(first["stages"], second["stages"])
    assert [f.id for f in first.findings] == [f.id for f in second.findings]


def test_absence_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="no stage"):
        stage_metrics(make_study(tmp_path, {"interactions": interactions(*ROWS)}))
    with pytest.raises(NotEnoughData):
        stage_metrics(make_study(tmp_path / "e", {}, journey=STAGES))


def _leaky(tmp_path: Path) -> Any:
    """Cart leaks in behaviour and is loved in interviews; Pay is the other way round."""
    rng = np.random.default_rng(5)
    rows, touchpoints = [], []
    for k in range(300):
        where = ("Ad", "Cart", "Pay")[k % 3]
        rows.append((f"c{k}", "x", "2026-01-01T00:00", "Look" if where == "Ad" else "Buy"))
        touchpoints.append(where)
        if rng.random() < {"Ad": 0.6, "Cart": 0.1, "Pay": 0.95}[where]:
            rows.append((f"c{k}", "u", "2026-01-02T00:00", "Use"))
            touchpoints.append("Help")
    frame = interactions(*rows)
    frame["touchpoint"] = touchpoints
    documents = pd.DataFrame([{"document_id": f"P{i}", "kind": "interview", "participant_id": f"P{i}", "text": "t", "text_sha256": "x"} for i in range(10)])
    codebook = pd.DataFrame([{"code_id": f"{kind}{t}", "name": f"{kind} {t}", "path": f"{kind} {t}", "kind": kind, "touchpoint": t}
                             for kind in ("pain", "gain") for t in ("Ad", "Cart", "Pay")])
    said = [("pain", "Pay", 8), ("pain", "Ad", 4), ("pain", "Cart", 1), ("gain", "Cart", 9)]
    codings = pd.DataFrame([{"coding_id": f"{k}{t}{i}", "document_id": f"P{i}", "code_id": f"{k}{t}", "coder": "x", "quote": "q", "is_synthetic": False}
                            for k, t, n in said for i in range(n)])
    return make_study(tmp_path, {"interactions": frame, "documents": documents, "codebook": codebook, "codings": codings}, journey=STAGES)


def test_pains_are_ranked_by_source_and_disagreement_is_flagged(tmp_path: Path) -> None:
    study = _leaky(tmp_path)
    result = pain_points(study)
    first = result["ranks"][result["ranks"]["rank"] == 1].set_index("source")["touchpoint"]
    assert first["behaviour"] == "Cart" and first["interview"] == "Pay"
    flagged = result["flags"].set_index("touchpoint")
    assert flagged.loc["Cart", "fine_in"] == "interview" and flagged.loc["Cart", "hurts_in"] == "behaviour"
    assert (result["ranks"]["rank_low"] <= result["ranks"]["rank"]).all() and (result["ranks"]["rank"] <= result["ranks"]["rank_high"]).all()
    for f in result.findings:
        if f.estimate:
            assert agrees(f.estimate, *recompute(study, f.evidence[0], "share")), f.statement
    assert pain_points(study)["ranks"].equals(result["ranks"])


def test_rank_intervals_hold_the_true_rank() -> None:
    """Simulation: true pains .5, .4, .1; the 90 % rank interval covers the true rank at least as often as stated."""
    from cjm_research.journey_map.pains import _Counts, _ranked

    class Fake:
        touchpoint_stage = dict.fromkeys("abc", "s")

    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        hurt = rng.binomial(60, [0.5, 0.4, 0.1])
        frame = pd.DataFrame({"touchpoint": list("abc"), "hurt": hurt, "base": 60, "loved": 0})
        ranks = _ranked(Fake(), _Counts("x", frame, 60), rng).set_index("touchpoint")  # type: ignore[arg-type]
        covered += ranks.loc["a", "rank_low"] <= 1 <= ranks.loc["a", "rank_high"]
    assert covered >= 180


def test_an_experiment_set_up_wrongly_is_told_and_the_map_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cjm_research.analysis import experiments
    from cjm_research.errors import BadInput
    from cjm_research.journey_map import journey_map

    def refuse(study: Any, name: str) -> Any:
        raise BadInput(f"experiments.{name}", "variant 'C' was not planned", "A or B")

    frame = interactions(*ROWS)
    frame["touchpoint"] = ["Ad", "Cart", "Help", "Site", "Pay", "Cart", "Ad", None]
    study = make_study(tmp_path, {"interactions": frame}, journey=STAGES, experiments=[{"name": "slot", "control": "A", "primary": "m", "variants": {"A": 0.5, "B": 0.5}, "metrics": [{"name": "m", "kind": "proportion"}]}])
    monkeypatch.setenv("CJM_CACHE", "off")
    monkeypatch.setattr(experiments, "evaluate", refuse)
    result = journey_map(study, by_persona=False)
    assert result.facts["missing"]["experiment slot"] == "refused: experiments.slot: variant 'C' was not planned"
    assert "experiment slot is refused: experiments.slot: variant 'C' was not planned." in result.caveats
    assert not any(c.startswith("No data for experiment slot") for c in result.caveats)
    assert any(f.key.startswith("reach:") for f in result.findings)


def test_reaching_an_unwanted_place_is_one_pain_and_most_are_more_than_half(tmp_path: Path) -> None:
    """Of 60 who buy 30 complain and 40 use: two pain points at two places, none of which holds most of them."""
    rows = [(f"c{k}", "buy", "2026-01-01", "Buy", "Shop") for k in range(60)] + [("z", "buy", "2026-03-01", "Buy", "Shop")]
    rows += [(f"c{k}", "complain", "2026-01-04", "Trouble", "Hotline") for k in range(60) if k % 2] + [(f"c{k}", "use", "2026-01-07", "Use", "App") for k in range(60) if k % 3]
    frame = pd.DataFrame([{"interaction_id": f"i{k:03}", "customer_id": c, "event": e, "occurred_at": pd.Timestamp(t, tz="UTC"), "source": "w", "stage": s, "touchpoint": p}
                          for k, (c, e, t, s, p) in enumerate(rows)])
    stages = [{"name": s, "unwanted": s == "Trouble", "touchpoints": [{"name": p, "match": {"event": e}}]} for s, p, e in (("Buy", "Shop", "buy"), ("Trouble", "Hotline", "complain"), ("Use", "App", "use"))]
    result = journey_map(make_study(tmp_path, {"interactions": frame}, journey={"stages": stages}, timezone="UTC"), by_persona=False, by_period=False)
    assert {f.key: (f.estimate.n, f.estimate.base) for f in result.findings if f.lane == "pain" and f.estimate} == {"pain:behaviour:Hotline": (30, 61), "pain:behaviour:Shop": (20, 60)}
    assert not any("Most pain points" in s for s in result.sentences)
