"""A persona as a filter: every table that tells of persons holds those of the persona only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research import ask
from cjm_research.analysis import personas
from cjm_research.analysis.satisfaction import satisfaction
from cjm_research.errors import BadInput
from cjm_research.notebook import chapter
from cjm_research.study import Study
from tests.studies import make_study

AT = pd.Timestamp("2026-01-01", tz="UTC")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Ten customers, six of them new; three interviews: of a new customer, of one whom the sheet calls new, of an old one."""
    kinds = ["new"] * 6 + ["old"] * 4
    ids = [f"c{i}" for i in range(10)]
    documents = pd.DataFrame([("d1", "P1", "c0", None), ("d2", "P2", None, "New"), ("d3", "P3", "c9", None)],
                             columns=["document_id", "participant_id", "customer_id", "persona"]).assign(kind="interview", text="Well.", text_sha256="x")
    return make_study(tmp_path_factory.mktemp("through"), {
        "customers": pd.DataFrame({"customer_id": ids, "attributes": [json.dumps({"kind": k, "age": 20 + i}) for i, k in enumerate(kinds)]}),
        "interactions": pd.DataFrame({"interaction_id": ids, "customer_id": ids, "occurred_at": AT, "source": "web", "event": "visit"}),
        "assignments": pd.DataFrame({"experiment": "e", "unit_id": [f"u{i}" for i in range(10)], "customer_id": ids, "variant": ["a", "b"] * 5}),
        "measurements": pd.DataFrame({"experiment": "e", "unit_id": [f"u{i}" for i in range(10)], "metric": "m", "value": 1.0, "period": "post"}),
        "documents": documents,
        "turns": pd.DataFrame({"document_id": ["d1", "d2", "d3"], "turn": 0, "speaker": "P", "start": 0, "end": 5, "is_interviewer": False}),
        "codebook": pd.DataFrame([{"code_id": "q", "name": "Queue", "path": "Queue", "kind": "pain"}]),
        "codings": pd.DataFrame([{"coding_id": f"k{d}", "document_id": d, "code_id": "q", "coder": "A", "start": 0, "end": 5, "quote": "Well.", "is_synthetic": False}
                                 for d in ("d1", "d2", "d3")]),
        "responses": pd.DataFrame([{"response_id": f"r{c}", "customer_id": c, "source": "s", "question_id": "nps", "question": "Recommend?", "instrument": "nps",
                                    "scale_min": 0, "scale_max": 10, "higher_is_better": True, "score": 10.0 if k == "new" else 0.0}
                                   for c, k in zip(ids, kinds, strict=True)]),
    }, client="through", personas={"attribute": "kind"})


def test_all_that_is_known_of_persons_is_seen_through_the_persona(study: Study) -> None:
    seen = personas.through(study, "new")
    rows = {t: seen.scalar(f"SELECT count(*) FROM {t}") for t in ("customers", "interactions", "responses", "assignments", "measurements")}
    assert set(rows.values()) == {6}, rows
    # the record says P1 is new, the participant sheet says so of P2, P3 is an old customer
    for table in ("documents", "turns", "codings"):
        assert seen.query(f"SELECT document_id FROM {table} ORDER BY 1")["document_id"].tolist() == ["d1", "d2"], table
    assert seen.view_key and seen.view_key != personas.through(study, "old").view_key
    assert study.scalar("SELECT count(*) FROM codings") == 3
    seen.close()


def test_the_page_says_through_whom_it_looks(study: Study, capture: list[dict[str, Any]]) -> None:
    answer = ask(satisfaction, study, persona="old")
    assert answer and any(f.estimate.value == -100 for f in answer.findings if f.estimate)
    shown = capture[-1]
    assert shown["caveats"][0].startswith("Persona “old” only: 4 of 10 customers")
    assert not answer.caveats or "only" not in answer.caveats[0]  # the answer itself is kept as it was


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(chapter, "display_block", lambda block: shown.append(block.to_dict()))
    return shown


def test_respondents_of_a_survey_linked_to_nobody_are_seen_too(tmp_path: Path) -> None:
    rows = [{"response_id": f"r{i}", "source": "s", "question_id": q, "question": q, "instrument": kind, "score": score, "answer": answer}
            for i in range(40) for q, kind, score, answer in (("why", "choice", None, "work" if i < 10 else "fun"), ("nps", "nps", float(i % 11), None))]
    survey = make_study(tmp_path, {"responses": pd.DataFrame(rows)}, client="survey", personas={"attribute": "answer.why"})
    seen = personas.through(survey, "work")
    assert seen.scalar("SELECT count(DISTINCT response_id) FROM responses") == 10
    seen.close()


def test_an_unknown_persona_is_answered_in_words(study: Study) -> None:
    with pytest.raises(BadInput, match=r"unknown persona 'New'.*Did you mean 'new'") as said:
        personas.through(study, "New")
    assert "new, old" in said.value.text()
