"""Codes of open answers: their bases, how they cross with closed questions, and what the map gets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cjm_research.analysis.surveys import open_answers, survey_answers, survey_banner, survey_waves
from cjm_research.analysis.surveys.shown import where_shown
from cjm_research.coding_log.answers import is_answer
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.notebook.widgets import Coder
from cjm_research.results.evidence import agrees, recompute
from cjm_research.stats.shares import wilson
from cjm_research.study import Study
from tests.analysis.surveys.made import chosen, people, scored, wrote
from tests.studies import make_study

CODES = pd.DataFrame([{"code_id": "pain", "name": "Pain", "path": "Pain", "kind": "pain", "valence": -1.0}, {"code_id": "cost", "name": "Cost", "parent_id": "pain", "path": "Pain > Cost", "kind": "pain", "valence": -1.0},
                      {"code_id": "wait", "name": "Waiting", "parent_id": "pain", "path": "Pain > Waiting", "kind": "pain", "valence": -1.0}, {"code_id": "ease", "name": "Ease", "path": "Ease", "kind": "gain", "valence": 1.0}])
TEXTS = ["Too dear for us, far too dear", "We waited an hour", "Dear, and we waited", "So easy to do, really", "Nothing", None, " ", "Easy"]
JOURNEY = {"stages": [{"name": "Pay", "touchpoints": [{"name": "Till"}]}, {"name": "Use", "touchpoints": []}]}


def _study(folder: Path, **params: object) -> Study:
    rows = pd.concat([wrote("why", TEXTS, stage="Pay", touchpoint="Till"), chosen("fare", ["Full", "Saver", "Full", "Full", "Saver", "Saver", "Full", "Saver"]), scored("rec", "nps", [2, 3, 1, 10, 9, 8, 7, 10])], ignore_index=True)
    return make_study(folder, {"responses": rows, "codebook": CODES, "customers": people(seg=list("aabbaabb"))}, journey=JOURNEY, privacy={"min_cell": 1}, **params)


def _code(study: Study, who: str = "ana") -> Coder:
    coder = Coder(study, coder=who, answers="why")
    ids = {coder.session.texts[d][1]: d for d in coder.session.texts if is_answer(d)}
    for text, part, code in ((TEXTS[0], "Too dear", "Cost"), (TEXTS[0], "far too dear", "Cost"), (TEXTS[1], "waited an hour", "Waiting"), (TEXTS[2], "Dear", "Cost"), (TEXTS[2], "we waited", "Waiting"), (TEXTS[3], "So easy", "Ease")):
        assert text is not None
        coder.session.add(ids[text], text.index(part), text.index(part) + len(part), code)
    study.refresh()
    return coder


def test_the_base_of_a_code_is_who_gave_an_open_answer(tmp_path: Path) -> None:
    study = _study(tmp_path)
    with pytest.raises(NotEnoughData, match="nobody coded"):
        open_answers(study)
    _code(study)
    found = open_answers(study)
    codes = found["codes"].set_index("path")
    # six wrote something: an empty cell and a blank one are no answer, "Nothing" and "Easy" are; two passages of one person count once
    assert codes[["n", "base"]].to_dict("index") == {"Ease": {"n": 1, "base": 6}, "Pain": {"n": 3, "base": 6}, "Pain > Cost": {"n": 2, "base": 6}, "Pain > Waiting": {"n": 2, "base": 6}}
    assert codes.loc["Pain > Cost", "passages"] == 3 and codes.loc["Pain > Cost", ["low", "high"]].tolist() == pytest.approx([float(v) for v in wilson(2, 6)])
    assert found["coded"][["wrote", "with_code", "coders", "at"]].iloc[0].tolist() == [6, 4, "ana", "Till"]
    assert found.sentences[0] == "2 of 6 respondents who gave an open answer write of “Cost”." and "2 of 6 open answers carry no code" in found.caveats[0]
    assert found["passages"].groupby("path").size().to_dict() == {"Ease": 1, "Pain > Cost": 2, "Pain > Waiting": 2} and set(found["passages"]["quote"]) >= {"we waited", "waited an hour", "So easy", "Dear"}


def test_every_number_of_the_map_follows_from_its_rows_and_lies_at_the_question(tmp_path: Path) -> None:
    study = _study(tmp_path)
    _code(study)
    found = open_answers(study).findings
    numbers = [f for f in found if f.estimate is not None]
    assert {(f.label, f.lane, f.touchpoint, f.stage, f.source) for f in numbers} == {("Cost", "pain", "Till", "Pay", "survey"), ("Waiting", "pain", "Till", "Pay", "survey"), ("Ease", "gain", "Till", "Pay", "survey")}
    for f in numbers:
        assert f.estimate is not None and agrees(f.estimate, *recompute(study, f.evidence[0], "share")), f
        assert f.caveats == ("2 of the answers carry no code",)
    texts = dict(study.query("SELECT 'answer:' || source || ':' || question_id || ':' || response_id AS d, answer FROM responses WHERE instrument = 'text'").itertuples(index=False, name=None))
    voices = [e for f in found for e in f.evidence if e.kind == "quote"]
    assert voices and all(texts[str(e.document_id)][e.start:e.end] == e.quote for e in voices)
    assert {f.lane for f in found if f.kind == "quote"} == {"quotes"}


def test_codes_cross_with_closed_questions_both_ways(tmp_path: Path) -> None:
    study = _study(tmp_path)
    _code(study)
    cells = survey_banner(study, by=["attributes.seg", "why_codes", "fare"])["cells"].set_index(["question_id", "answer", "by", "group"])
    # codes by a closed question: of the three on a full fare who wrote, two wrote of cost
    by_fare = cells.loc["why_codes", "Pain > Cost", "which fare"]
    assert by_fare.loc["Full", ["n", "base"]].tolist() == [2, 3] and by_fare.loc["Saver", ["n", "base"]].tolist() == [0, 3]
    assert cells.loc[("why_codes", "Pain", "seg", "a"), ["n", "base"]].tolist() == [2, 3]
    # a closed question by codes: NPS of those who wrote of cost (2 and 1), and their fares
    rec = cells.loc["rec", "NPS", "which why (coded)"]
    assert rec.loc["Pain > Cost", ["value", "base"]].tolist() == [-100, 2] and rec.loc["Ease", ["value", "base"]].tolist() == [100, 1]


def test_codes_stand_beside_all_other_questions(tmp_path: Path) -> None:
    study = _study(tmp_path)
    before = survey_answers(study)["questions"]["question_id"].tolist()
    _code(study)
    frames = survey_answers(study).frames
    assert frames["questions"]["question_id"].tolist() == [*before[:before.index("why") + 1], "why_codes", *before[before.index("why") + 1:]]
    own = frames["answers"].set_index(["question_id", "answer"]).loc["why_codes"]
    assert own.loc["Pain", ["n", "base"]].tolist() == [3, 6]
    shown = {r["question_id"]: r["shown"] for r in where_shown(study, ["35_survey", "60_journey_map"])}
    assert shown["why"] == ["35_survey: what people wrote, codes", "map: pains, gains, needs and voices, Till"] and "why_codes" not in shown


def test_weights_waves_and_repeated_answers(tmp_path: Path) -> None:
    texts = ["dear", "late", "dear", "late"]
    rows = wrote("why", texts, weight=[3.0, 1.0, 1.0, 1.0], wave=["1", "1", "2", "2"], answered_at=[pd.Timestamp("2026-01-01", tz="UTC")] * 4)
    again = wrote("why", ["late"], weight=3.0, wave="1", answered_at=pd.Timestamp("2026-01-05", tz="UTC")).assign(response_id="r9", customer_id="c00001")
    study = make_study(tmp_path, {"responses": pd.concat([rows, again], ignore_index=True), "codebook": CODES}, privacy={"min_cell": 1})
    coder = Coder(study, coder="ana")  # without interviews it opens at the open answers
    assert coder.document_id.startswith("answer:survey:why:")
    for d in (d for d in coder.session.texts if coder.session.texts[d][1] == "dear"):
        coder.session.add(d, 0, 4, "Cost")
    study.refresh()
    row = open_answers(study)["codes"].iloc[0]
    # of the person who answered twice in a wave the last answer counts: weights 3 and 1 of 3 + 3 + 1 + 1
    assert (row["n"], row["base"]) == (2, 4) and row["value"] == pytest.approx(4 / 8) and row["unweighted"] == pytest.approx(2 / 4)
    waves = survey_waves(study)["waves"]
    assert set(waves["question_id"]) == {"why_codes"} and waves.set_index("wave")["value"].to_dict() == pytest.approx({"1": 0.5, "2": 0.5})


def test_a_program_and_interviews_stay_apart(tmp_path: Path) -> None:
    text = "We waited an hour"
    codings = [{"coding_id": f"x{k}", "document_id": "answer:survey:why:r00001", "code_id": c, "coder": who, "start": 0, "end": 2, "quote": text[:2], "is_synthetic": program}
               for k, (c, who, program) in enumerate((("cost", "bot", True), ("wait", "ana", False)))]
    talks = pd.DataFrame([{"document_id": "P1", "kind": "interview", "participant_id": "P1", "text": "It was dear", "text_sha256": "x"}])
    spoken = pd.DataFrame([{"coding_id": "i", "document_id": "P1", "code_id": "cost", "coder": "ana", "start": 0, "end": 2, "quote": "It", "is_synthetic": False}])
    study = make_study(tmp_path, {"responses": wrote("why", [None, text]), "codebook": CODES, "answer_codings": pd.DataFrame(codings), "documents": talks, "codings": spoken})
    found = open_answers(study)
    assert found["codes"]["path"].tolist() == ["Pain > Waiting"] and any("bot" in c for c in found.caveats)
    from cjm_research.analysis.coding import themes

    assert themes(study)["codes"]["base"].unique().tolist() == [1], "an interview's base knows no respondents"
    assert Coder(study, coder="ana").document_id == "P1"
    with pytest.raises(BadInput, match="open question"):
        Coder(study, coder="ana", answers="whi")
