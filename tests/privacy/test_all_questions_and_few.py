"""No answer tells of few persons of a group: all frames of all questions, on the demo client with so high a threshold that many groups are few."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.errors import NotEnoughData
from cjm_research.questions import QUESTIONS, question
from cjm_research.results.result import Finding, Result
from cjm_research.study import Study
from tests.studies import interactions, make_study
from tests.test_declarations import OPTIONS

LEAST = 40
#: frames whose rows are groups of persons: how a row that is of everybody is known (column, value), or None where every row is of a group
GROUPS: dict[tuple[str, str], tuple[str, str] | None] = {
    ("personas", "personas"): None, ("personas", "profile"): None, ("personas", "clearest"): None, ("personas", "rule"): None,
    ("persona_sheets", "lines"): ("source", "interview"), ("persona_journeys", "journey"): None, ("persona_journeys", "clearest"): None,
    ("persona_expectations", "expectations"): ("persona", ""), ("persona_expectations", "largest"): ("persona", ""), ("opportunities", "unmet"): ("persona", ""),
    ("survey_banner", "cells"): ("group", "Total"), ("survey_banner", "columns"): ("group", "Total"), ("survey_waves", "waves"): None, ("outcomes", "outcomes"): None, ("survey_behaviour", "behaviour"): None, ("survey_behaviour", "crossed"): None, ("survey_behaviour", "missing"): None,
    ("funnel", "breakdown"): None, ("funnel", "comparison"): None, ("funnel_by", "breakdown"): None, ("funnel_by", "comparison"): None,
    ("paths", "comparison"): None, ("paths", "variants"): None, ("retention", "cohorts"): None, ("retention", "segments"): None,
    ("attribution", "credits"): None, ("attribution", "touches"): None, ("attribution", "paths"): None, ("comparison", "groups"): None,
    ("monitoring", "kpis"): ("unit", "texts"), ("monitoring", "points"): ("unit", "texts"), ("monitoring", "alerts"): ("unit", "texts"),
    ("sales", "by"): None, ("sales", "rfm"): None, ("written_themes", "months"): None, ("written_themes", "places"): None, ("endings", "groups"): None, ("customer_value", "by_frequency"): None, ("stage_metrics", "channels"): None,
}
ALL, SAID, TESTS, NONE_COUNTED = "of everybody", "participants, who are quoted one by one", "units of an A/B test or days of a change", "no persons"
#: frames with an estimate that are of no group, and why; docs/methods/privacy.md says the same
OTHERS: dict[str, str | dict[str, str]] = {
    "data_health": NONE_COUNTED, "data_traps": NONE_COUNTED, "coding_progress": SAID, "themes": SAID, "emotion": SAID, "quotes": SAID, "agreement": NONE_COUNTED,
    "saturation": SAID, "suggestions": SAID, "satisfaction": ALL, "survey_answers": ALL, "survey_drivers": ALL, "survey_maxdiff": {"items": ALL}, "survey_choices": {"choices": ALL}, "open_answers": {"codes": ALL}, "survey_banner": {"rows": "statements of the cells"}, "survey_behaviour": {"compared": "the difference of the groups"},
    "personas": {"candidates": NONE_COUNTED, "methods": NONE_COUNTED, "other_solutions": NONE_COUNTED}, "feedback": NONE_COUNTED, "feedback_since": NONE_COUNTED, "written_themes": {"themes": NONE_COUNTED, "ratings": NONE_COUNTED}, "funnels": ALL, "path_graph": ALL,
    "funnel": dict.fromkeys(("steps", "next_after_drop", "attempts"), ALL), "funnel_by": dict.fromkeys(("steps", "next_after_drop"), ALL),
    "paths": dict.fromkeys(("nodes", "transitions", "step_matrix", "sankey", "loops", "between", "deviations"), ALL), "retention": {"curve": ALL},
    "experiment": TESTS, "experiment_design": TESTS, "experiment_plan": TESTS, "experiment_looks": TESTS, "change": TESTS, "shipped": TESTS, "experiments": TESTS,
    "comparison": {"difference": "the difference of the groups"}, "sales": {"figures": ALL}, "endings": {"ends": ALL}, "return_outlook": ALL, "customer_value": {"worth": ALL},
    "stage_metrics": {"stages": ALL, "touchpoints": ALL}, "customer_actions": ALL, "pain_points": ALL, "stakes": ALL, "journey_map": "findings, looked through one by one",
}


def test_every_frame_of_estimates_is_of_groups_or_it_is_said_why_not() -> None:
    unknown = []
    for q in QUESTIONS:
        why = OTHERS.get(q.name)
        for name, frame in q.frames.items():
            if {"n", "base"} & set(frame.stored) and (q.name, name) not in GROUPS and not isinstance(why, str) and name not in (why or {}):
                unknown.append((q.name, name))
    assert unknown == [], "a frame of estimates: is it of groups (GROUPS), or of whom (OTHERS)?"
    assert {q for q, _ in GROUPS} | set(OTHERS) <= {q.name for q in QUESTIONS}
    assert [(q, f) for q, f in GROUPS if f not in question(q).frames] == []


def few(n: Any) -> bool:
    return bool(pd.notna(n) and 0 < float(n) < LEAST)


def telling(frame: pd.DataFrame, everybody: tuple[str, str] | None) -> pd.DataFrame:
    """The rows of groups that tell of few: of so few, of few of them, or of all but few."""
    rows = frame if everybody is None else frame[frame[everybody[0]].fillna("") != everybody[1]]
    bad = pd.Series(False, index=rows.index)
    for column in {"n", "base", "size", "buyers", "customers", "pending", "dropped", "ended", "previous", "conversions"} & set(rows.columns):
        bad |= rows[column].map(few)
    if {"n", "base", "unit"} <= set(rows.columns):
        bad |= (rows["base"] - rows["n"]).map(few) & rows["unit"].isin(["share"])
    if {"share", "other_share", "n", "base"} <= set(rows.columns):  # two groups side by side
        for size, part in ((rows["n"], rows["share"]), (rows["base"] - rows["n"], rows["other_share"])):
            hits = (size * part).round()
            bad |= hits.map(few) | (size - hits).map(few)
    return rows[bad]


@pytest.fixture(scope="module")
def strict(demo: Study) -> Study:
    """The demo client, of whom counts below 40 are few."""
    return Study(demo.params.model_copy(update={"privacy": demo.params.privacy.model_copy(update={"min_cell": LEAST})}), demo.workspace, demo.build)


#: options under which an answer is of groups
BY_GROUP: dict[str, list[dict[str, Any]]] = {"paths": [{"by": "touchpoint", "unit": "customer", "compare": "attributes.preferred_channel"}, OPTIONS["paths"]],
                                             "endings": [{"by": "channel"}, {"by": "attributes.preferred_channel"}], "retention": [{"by": "attributes.preferred_channel"}, {"by": "attributes.region"}],
                                             "attribution": [{"conversion": "purchase", "draws": 20}, {"conversion": "purchase", "draws": 0, "touch": "event"}]}
ASKED = [q for q in dict.fromkeys(q for q, _ in GROUPS) if q not in ("outcomes", "comparison", "opportunities", "persona_sheets")]


def answers(name: str, study: Study) -> list[Result]:
    q = question(name)
    out = []
    for options in BY_GROUP.get(name, [OPTIONS.get(name, {})]):
        more: dict[str, Any] = {"name": f.name} if q.named_in and (f := getattr(study.params, q.named_in)[0]) else {}
        if name == "funnel_by":
            more["members"] = study.query("SELECT DISTINCT customer_id, CASE WHEN hash(customer_id) % 100 < 2 THEN 'few' ELSE 'many' END AS persona FROM interactions")
        out.append(q.answers(study, **options, **more))
    return out


@pytest.mark.parametrize("name", ASKED)
def test_no_frame_of_groups_tells_of_few(name: str, strict: Study) -> None:
    for result in answers(name, strict):
        for frame in result.frames:
            if (name, frame) in GROUPS and len(result.frames[frame]):
                found = telling(result.frames[frame], GROUPS[name, frame])
                assert found.empty, f"{frame}: {len(found)} rows\n{found.head(3).T}"


def few_of(f: Finding) -> bool:
    e = f.estimate
    return e is not None and (few(e.n) or few(e.base) or (e.unit == "share" and few(e.base - e.n)))


def test_no_finding_of_a_group_tells_of_few_nor_does_its_evidence(strict: Study) -> None:
    """On the map, by persona, half and channel; what participants say is told one by one, and texts are no persons."""
    found = question("journey_map").answers(strict).findings
    ours = [f for f in found if (f.persona or f.period or f.channel) and f.source not in ("interview", "feedback", "assumption")]
    assert len(ours) > 50
    assert [f.statement for f in ours if few_of(f)] == []
    assert [f.statement for f in ours if f.source == "behaviour" and any(e.kind == "rows" and few(e.rows) for e in f.evidence) and f.estimate and f.estimate.unit == "share"] == []


def test_a_hidden_wave_is_not_given_back_by_the_change_after_it(tmp_path: Path) -> None:
    """Ten answer in each of three waves; in the first 2 are satisfied, in the others 5 and 6."""
    rows = [{"response_id": f"r{w}-{k}", "customer_id": f"c{w}-{k}", "source": "s", "question_id": "q", "question": "Q?", "instrument": "csat", "score": 5.0 if k < good else 1.0, "scale_min": 1.0,
             "scale_max": 5.0, "higher_is_better": True, "wave": f"W{w}", "answered_at": pd.Timestamp(f"2026-0{w}-01", tz="UTC")} for w, good in ((1, 2), (2, 5), (3, 6)) for k in range(12)]
    questions = [{"column": "q", "id": "q", "instrument": "csat", "scale": [1, 5], "higher_is_better": True}]
    study = make_study(tmp_path, {"responses": pd.DataFrame(rows)}, sources=[{"name": "s", "kind": "survey", "files": "s.csv", "questions": questions}])
    told = question("survey_waves").answers(study)["waves"].set_index("wave")
    assert told["value"].isna().to_dict() == {"W1": True, "W2": True, "W3": False}  # the second with the first: the total would give it back
    assert told["change"].isna().all() and told["p"].isna().all()


def test_touches_of_few_conversions_get_no_credit_that_is_shown(tmp_path: Path) -> None:
    """60 come by web and 20 of them buy, 40 by app and 15 buy, 30 by phone and 2 buy."""
    rows = []
    for channel, people, buyers in (("web", 60, 20), ("app", 40, 15), ("phone", 30, 2)):
        for k in range(people):
            rows.append((f"{channel}{k}", "visit", "2026-01-01T10:00", channel))
            if k < buyers:
                rows.append((f"{channel}{k}", "buy", "2026-01-01T12:00", None))
    frame = pd.DataFrame([{"interaction_id": f"i{k:04}", "customer_id": c, "event": e, "occurred_at": pd.Timestamp(t, tz="UTC"), "source": "w", "channel": ch} for k, (c, e, t, ch) in enumerate(rows)])
    result = question("attribution").answers(make_study(tmp_path, {"interactions": frame}), conversion="buy", models=["first", "linear", "markov"], draws=0, lookback=None)
    shown = result["touches"].set_index("touch")
    assert shown["value"].isna().to_dict() == {"web": False, "app": True, "phone": True}  # the smallest with it
    credits = result["credits"].set_index(["model", "touch"])
    assert credits["value"].isna().groupby("touch").all().to_dict() == {"web": False, "app": True, "phone": True}
    assert credits["conversions"].isna().equals(credits["value"].isna())
    assert result["paths"]["path"].tolist() == ["web", "app"]
    assert not any("phone" in s for s in result.sentences)


@pytest.mark.parametrize(("late", "with_it", "shown"), [(30, 12, True), (30, 2, False), (30, 28, False), (4, 4, False)])
def test_a_comparison_of_few_is_refused_in_words(tmp_path: Path, late: int, with_it: int, shown: bool) -> None:
    """Of 40 whose order was in time 20 come back; `late` others had a late one, and `with_it` of these come back."""
    rows = []
    for k in range(40 + late):
        rows.append((f"c{k:03}", "order", "2026-01-01T10:00"))
        rows += [(f"c{k:03}", "late", "2026-01-02T10:00")] if k >= 40 else []
        rows += [(f"c{k:03}", "return", "2026-01-03T10:00")] if k < 20 or 40 <= k < 40 + with_it else []
    study = make_study(tmp_path, {"interactions": interactions(*rows)},
                       comparisons=[{"name": "late", "with_it": "late", "without_it": "in time", "when": {"event": "late"}, "outcome": {"event": "return"}}])
    if shown:
        assert question("comparison").answers(study, "late")["groups"]["n"].tolist() == [late, 40]
        return
    with pytest.raises(NotEnoughData, match=r"fewer than 5 persons"):
        question("comparison").answers(study, "late")
