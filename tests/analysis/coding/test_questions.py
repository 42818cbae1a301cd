"""The questions about codings on a study small enough to count by hand, and on the open data set."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis import coding
from cjm_research.analysis.coding.coded import coded
from cjm_research.analysis.coding.coefficients import cohen_kappa, krippendorff_alpha, percent
from cjm_research.analysis.coding.cooccurrence import relate
from cjm_research.analysis.coding.disagreements import disagreements
from cjm_research.analysis.coding.emotion import _told
from cjm_research.analysis.coding.quotes import LONG, shorten
from cjm_research.analysis.coding.unitizing import concatenate, unitizing_alpha
from cjm_research.analysis.coding.units import sentences
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.params.schema import Source
from cjm_research.results import policy
from cjm_research.results.evidence import agrees, fingerprint, recompute
from cjm_research.results.result import Result
from cjm_research.sources.contract import Context
from cjm_research.sources.kinds.transcripts import CODINGS_CSV, TRANSCRIPTS, parse_text
from cjm_research.study import Study
from tests.studies import make_study

TALK = "Ana: How was the shop?\nDana: The page froze twice and I was furious. Paying was easy, I loved that.\nAna: Anything else?\nDana: Help came late.\n"
CODES = [
    ("Stage > Shop", "theme", None, "Shop"),
    ("Stage > Pay", "theme", None, "Pay"),
    ("Pain > Freeze", "pain", -1.0, None),
    ("Pain > Late help", "pain", -1.0, None),
    ("Gain > Easy", "gain", 1.0, None),
    ("Emotion > Anger", "emotion", -2.0, None),
    ("Emotion > Joy", "emotion", 2.0, None),
    ("Pain", "pain", -1.0, None),
]
PERSONAS = {"P1": "Hunter", "P2": "Hunter", "P10": "Planner"}
CODED = {  # participant → (coder, code, words)
    "P1": [
        ("A", "Stage > Shop", "page froze twice and I was furious"),
        ("A", "Pain > Freeze", "The page froze twice"),
        ("A", "Emotion > Anger", "I was furious"),
        ("A", "Stage > Pay", "Paying was easy, I loved that."),
        ("A", "Gain > Easy", "Paying was easy"),
        ("A", "Emotion > Joy", "I loved that"),
        ("B", "Pain > Freeze", "page froze twice"),
        ("B", "Emotion > Anger", "I was furious"),
        ("B", "Pain > Late help", "I loved that"),
    ],
    "P2": [
        ("A", "Stage > Shop", "The page froze twice and I was furious."),
        ("A", "Pain > Freeze", "The page froze twice"),
        ("A", "Pain > Late help", "Help came late."),
        ("B", "Pain > Freeze", "The page froze twice"),
        ("B", "Pain > Late help", "Help came late."),
    ],
    "P10": [("A", "Gain > Easy", "Paying was easy"), ("A", "Pain > Freeze", "not in the text")],
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return tiny(tmp_path_factory.mktemp("coded"))


def tiny(folder: Path, **change: Any) -> Study:
    sha = hashlib.sha256(TALK.encode()).hexdigest()
    documents = pd.DataFrame(
        [
            {
                "document_id": f"I-{p}",
                "kind": "interview",
                "participant_id": p,
                "persona": persona,
                "text": TALK,
                "text_sha256": sha,
            }
            for p, persona in PERSONAS.items()
        ]
    )
    turns = pd.DataFrame(
        [
            {
                "document_id": d,
                "turn": i,
                "start": t.start,
                "end": t.end,
                "speaker": t.speaker,
                "is_interviewer": t.speaker == "Ana",
            }
            for d in documents["document_id"]
            for i, t in enumerate(parse_text(TALK).turns, 1)
        ]
    )
    book = pd.DataFrame(
        [
            {
                "code_id": path,
                "name": path.split(" > ")[-1],
                "path": path,
                "kind": kind,
                "valence": valence,
                "stage": stage,
            }
            for path, kind, valence, stage in CODES
        ]
    )
    rows = []
    for participant, listed in CODED.items():
        for coder, code, words in listed:
            start = TALK.find(words) if words in TALK else None
            rows.append(
                {
                    "coding_id": f"c{len(rows)}",
                    "document_id": f"I-{participant}",
                    "code_id": code,
                    "coder": coder,
                    "start": start,
                    "end": None if start is None else start + len(words),
                    "quote": words,
                    "is_synthetic": coder == "B",
                }
            )
    codings = pd.DataFrame(rows).astype({"start": "Int64", "end": "Int64"})
    tables = {"documents": documents, "turns": turns, "codebook": book, "codings": codings, **change}
    return make_study(
        folder,
        {k: v for k, v in tables.items() if v is not None},
        journey={"stages": [{"name": "Shop"}, {"name": "Pay"}]},
    )


def row(result: Result, frame: str, **where: Any) -> Any:
    found = result[frame]
    for column, value in where.items():
        found = found[found[column] == value]
    assert len(found) == 1, (where, len(found))
    return found.iloc[0]


def test_themes_count_participants(study: Study) -> None:
    result = coding.themes(study)
    freeze = row(result, "codes", path="Pain > Freeze")
    assert (freeze["n"], freeze["base"], freeze["passages"]) == (3, 3, 3) and freeze["low"] == pytest.approx(
        0.438, abs=1e-3
    )
    assert row(result, "codes", path="Pain")["passages"] == 4 and row(result, "codes", path="Pain")["passages_own"] == 0
    assert row(result, "participants", path="Pain", participant="P2")["passages"] == 2
    assert (
        row(result, "personas", path="Gain", persona="Planner")["n"],
        row(result, "personas", path="Gain", persona="Hunter")["base"],
    ) == (1, 2)
    assert (
        row(result, "stages", path="Pain > Freeze", stage="Shop")["n"] == 2
        and row(result, "stages", path="Gain > Easy", stage="Pay")["n"] == 1
    )
    notes = " ".join(result.caveats)
    assert "synthetic" in notes and "1 of 11 coded passages could not be located" in notes and "Hunter (2)" in notes
    assert result.facts["coders"] == ["A"]


def test_every_number_can_be_recomputed_from_its_evidence(study: Study) -> None:
    findings = [*coding.themes(study).findings, *coding.emotion(study).findings]
    assert {f.kind for f in findings} == {"pain", "gain", "emotion"} and len({f.id for f in findings}) == len(findings)
    for f in findings:
        assert f.estimate is not None and f.source == "interview"
        assert agrees(f.estimate, *recompute(study, f.evidence[0], f.estimate.unit)), f.statement
        for e in f.evidence[1:]:
            assert e.kind == "quote" and (e.start is None or TALK[e.start : e.end] == e.quote)
    places = {(f.key, f.stage): f.estimate.n for f in findings if f.estimate}
    assert places["theme:Pain > Freeze", "Shop"] == 2 and places["theme:Pain > Freeze", None] == 1


def test_emotion_by_stage(study: Study) -> None:
    result = coding.emotion(study)
    assert (row(result, "stages", stage="Shop")["value"], row(result, "stages", stage="Pay")["value"]) == (-2, 2)
    assert pd.isna(row(result, "stages", stage="Shop")["low"]) and row(result, "stages", stage="Shop")["n"] == 1
    assert result.sentences[0] == "The mean valence of coded passages is 0 (of 1 participant); in no stage do 3 participants say how they feel."
    with policy.following({"curve_from": 1}):  # one participant a stage
        told = coding.emotion(study).sentences
        assert told[0] == "Participants feel best in Pay and worst in Shop, which may be chance." and told[1].startswith("On a scale from −2 to +2 that is +2.0; n = 1 in Pay and −2.0")


@pytest.mark.parametrize(("means", "said"), [
    ({"Shop": (-1.5, -2.0, -1.0), "Pay": (1.0, 0.5, 1.5)}, "Participants feel best in Pay and worst in Shop."),
    ({"Shop": (-0.5, -2.0, 1.0), "Pay": (0.0, -0.5, 0.5)}, "Participants feel best in Pay and worst in Shop, which may be chance."),
    ({"Shop": (-1.0, None, None), "Pay": (-1.0, -2.0, 0.0)}, "Participants feel alike in Shop and Pay."),
    ({"Shop": (-1.0, -1.5, -0.5)}, "Of Shop alone it is known how participants feel.")])
def test_feelings_are_compared_where_there_is_something_to_compare(means: dict[str, tuple[float, float | None, float | None]], said: str) -> None:
    assert _told(pd.DataFrame([{"stage": s, "value": v, "low": low, "high": high, "n": 5} for s, (v, low, high) in means.items()]))[0] == said


def test_emotion_counts_a_talkative_participant_once(tmp_path: Path) -> None:
    base = tiny(tmp_path).query("SELECT * EXCLUDE (start, \"end\") FROM codings WHERE coding_id = 'c2'")
    angry = pd.concat(
        [
            base.assign(coding_id=f"x{i}", document_id=d, code_id=c)
            for i, (d, c) in enumerate(
                [("I-P1", "Emotion > Anger")] * 5 + [("I-P2", "Emotion > Joy"), ("I-P10", "Emotion > Joy")]
            )
        ]
    )
    result = coding.emotion(tiny(tmp_path / "b", codings=angry.assign(stage="Shop")))
    shop = row(result, "stages", stage="Shop")
    assert (
        shop["value"] == pytest.approx(2 / 3)
        and (shop["n"], shop["passages"]) == (3, 7)
        and (shop["low"], shop["high"]) == (-2, 2)
    )


def test_cooccurrence_is_typed(study: Study) -> None:
    assert [relate((0, 5), s) for s in ((0, 5), (1, 5), (3, 8), (5, 9), (7, 9))] == [
        "exact",
        "inclusion",
        "overlap",
        "near",
        "near",
    ]
    result = coding.themes(study, near=0)
    assert (
        row(result, "cooccurrence", path_a="Pain > Freeze", path_b="Stage > Shop", relation="overlap")["n"] == 1
    )  # P1
    assert (
        row(result, "cooccurrence", path_a="Pain > Freeze", path_b="Stage > Shop", relation="inclusion")["n"] == 1
    )  # P2
    assert not (result["cooccurrence"]["relation"] == "near").any()
    near = coding.themes(study)["cooccurrence"]
    assert (
        (near["path_a"] == "Emotion > Anger") & (near["path_b"] == "Pain > Freeze") & (near["relation"] == "near")
    ).any()


def test_quotes_follow_their_rules(study: Study) -> None:
    result = coding.quotes(study, codes=["Freeze"])
    shown = result["quotes"]
    assert shown["role"].tolist() == ["theme", "theme", "theme", "contrary"]
    assert shown["participant"].tolist()[:2] == ["P1", "P2"] and shown["counted"].unique().tolist() == ["3 of 3"]
    assert shown["coded"].iloc[-1] in ("Emotion > Joy", "Gain > Easy") and shown["turn"].tolist()[0] == 2
    assert not shown["is_synthetic"].any()
    evidence = result.findings[0].evidence[0]
    assert (
        evidence.quote == TALK[evidence.start : evidence.end]
        and evidence.text_sha256 == hashlib.sha256(TALK.encode()).hexdigest()
    )
    with pytest.raises(BadInput, match="Did you mean"):
        coding.quotes(study, codes=["Frieze"])
    assert shorten("a " * 300).endswith(" […]") and len(shorten("word " * 300)) <= LONG


def test_quotes_leave_interviewers_out(tmp_path: Path) -> None:
    base = tiny(tmp_path / "a").query("SELECT * FROM codings WHERE coding_id = 'c2'")
    whole = TALK[: TALK.index("\nAna: Any")]
    rows = pd.concat(
        [
            base.assign(coding_id="x1", start=0, end=len(whole), quote=whole),
            base.assign(coding_id="x2", start=5, end=22, quote=TALK[5:22]),
        ]
    )
    shown = coding.quotes(tiny(tmp_path / "b", codings=rows))["quotes"]
    assert (
        len(shown) == 1
        and shown["quote"][0].startswith("The page froze")
        and TALK[shown["start"][0] : shown["end"][0]] == shown["quote"][0]
    )


@pytest.mark.parametrize("unit", ["character", "turn", "sentence", "document"])
def test_agreement_by_brute_force(study: Study, unit: str) -> None:
    result = coding.agreement(study, unit=unit, samples=50)
    cells: list[tuple[int, int]] = {
        "character": [(i, i + 1) for i in range(len(TALK))],
        "turn": [(t.start, t.end) for t in parse_text(TALK).turns],
        "sentence": list(sentences(TALK)),
        "document": [(0, len(TALK))],
    }[unit]
    ratings: dict[str, list[int]] = {"A": [], "B": []}
    for participant in ("P1", "P2"):  # P10 has one coder only
        for coder in "AB":
            spans = [
                (TALK.find(w), TALK.find(w) + len(w))
                for c, code, w in CODED[participant]
                if c == coder and code == "Pain > Late help"
            ]
            ratings[coder] += [int(any(a < end and start < b for a, b in spans)) for start, end in cells]
    assert result.facts["documents"] == 2
    for measure, expected in (
        ("percent", percent([ratings["A"], ratings["B"]])),
        ("cohen_kappa", cohen_kappa(ratings["A"], ratings["B"])),
        ("alpha", krippendorff_alpha([ratings["A"], ratings["B"]])),
    ):
        found = row(result, "codes", path="Pain > Late help", measure=measure)
        assert found["value"] == pytest.approx(expected, nan_ok=True), measure
        assert found["prevalence"] == pytest.approx(np.mean(ratings["A"] + ratings["B"]))
    spans = [
        (
            {
                c: [
                    (TALK.find(w), TALK.find(w) + len(w), 1)
                    for k, code, w in CODED[p]
                    if k == c and code == "Pain > Late help"
                ]
                for c in "AB"
            },
            len(TALK),
        )
        for p in ("P1", "P2")
    ]
    assert row(result, "codes", path="Pain > Late help", measure="u_alpha_binary")["value"] == pytest.approx(
        unitizing_alpha(*concatenate(spans)).u_alpha_binary
    )


def test_in_a_focus_group_every_speaker_is_a_participant(tmp_path: Path) -> None:
    """Three speak besides the moderator, one of them is never coded: the base is three, and one person's five mentions are one."""
    talk = ("Moderator: How was it?\nMia: The page froze. It froze again. It froze a third time.\nTom: Mine froze once.\n"
            "Moderator: It froze for all of you?\nEva: Not for me at all.\n")
    documents = pd.DataFrame([{"document_id": "FG1", "kind": "focus group", "text": talk, "text_sha256": "x"}])
    spoken = pd.DataFrame([{"document_id": "FG1", "turn": i, "start": t.start(2), "end": t.end(2), "speaker": t[1],
                            "is_interviewer": t[1] == "Moderator"} for i, t in enumerate(re.finditer(r"(\w+): (.+)", talk), 1)])
    words = ["The page froze.", "It froze again.", "It froze a third time.", "Mine froze once.", "It froze for all of you?"]
    codings = pd.DataFrame([{"coding_id": f"c{i}", "document_id": "FG1", "code_id": "Pain > Freeze", "coder": "A", "start": talk.index(w),
                             "end": talk.index(w) + len(w), "quote": w, "is_synthetic": False} for i, w in enumerate(words)])
    group = tiny(tmp_path, documents=documents, turns=spoken, codings=codings)
    found = coding.themes(group)
    freeze = found["codes"].set_index("path").loc["Pain > Freeze"]
    assert (freeze["participants"], freeze["passages"]) == ("2 of 3", 4), "the moderator's words are nobody's"
    assert found["participants"]["participant"].unique().tolist() == ["FG1 · Eva", "FG1 · Mia", "FG1 · Tom"]
    assert all(agrees(f.estimate, *recompute(group, f.evidence[0], "share")) for f in found.findings if f.estimate)
    assert "1 coded passage lies in interviewers' words alone: no participant's." in " ".join(found.caveats)
    assert set(coding.quotes(group)["quotes"]["participant"]) == {"FG1 · Mia", "FG1 · Tom"}


def test_disagreements_show_both_readings(study: Study) -> None:
    found = coding.agreement(study, samples=10)["disagreements"]
    assert found[["document_id", "kind", "reading_a", "reading_b"]].values.tolist() == [
        ["I-P1", "boundaries", "Pain > Freeze (29–49)", "Pain > Freeze (33–49)"],
        ["I-P1", "only one coded", "Stage > Shop", "not coded so"],
        ["I-P1", "only one coded", "Gain > Easy", "not coded so"],
        ["I-P1", "only one coded", "Stage > Pay", "not coded so"],
        ["I-P1", "another code", "Emotion > Joy", "Pain > Late help"],
        ["I-P2", "only one coded", "Stage > Shop", "not coded so"],
    ]
    assert len(found) == 6 and "synthetic" in coding.agreement(study, samples=10).sentences[0]
    nothing = disagreements(
        pd.DataFrame(columns=["document_id", "participant", "coder", "path", "start", "end", "quote"])
    )
    assert nothing.empty


def test_one_document_has_no_interval_and_one_coder_no_agreement(study: Study, tmp_path: Path) -> None:
    codings = study.query("SELECT * FROM codings")
    one = coding.agreement(tiny(tmp_path / "a", codings=codings[codings["document_id"] == "I-P1"]))
    assert one["codes"]["low"].isna().all() and "one document" in one["codes"]["method"][0]
    with pytest.raises(NotEnoughData):
        coding.agreement(tiny(tmp_path / "b", codings=codings[codings["coder"] == "A"]))
    with pytest.raises(BadInput):
        coding.agreement(study, unit="word")  # type: ignore[arg-type]


def test_synthetic_coders_alone_are_counted_and_named(study: Study, tmp_path: Path) -> None:
    codings = study.query("SELECT * FROM codings")
    result = coding.themes(tiny(tmp_path, codings=codings[codings["coder"] == "B"]))
    assert result.facts["synthetic"] and "synthetic" in result.caveats[0] and result.findings[0].caveats


def test_no_codings_is_not_enough_data(tmp_path: Path) -> None:
    empty = tiny(tmp_path, codings=None)
    for question in (coding.themes, coding.agreement, coding.emotion, coding.quotes, coding.saturation):
        with pytest.raises(NotEnoughData):
            question(empty)


def test_saturation_needs_interviews(study: Study) -> None:
    with pytest.raises(NotEnoughData):
        coding.saturation(study)
    found = coding.saturation(study, base=1, run=1)  # P1 6 codes, P2 one new, P10 (after P2, not before) none
    assert found["interviews"]["new_codes"].tolist() == [6, 1, 0] and found.facts["notation"] == "2+1"


@pytest.fixture(scope="module")
def pdpilot(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder, context = shared / "data" / "pdpilot_interviews", Context("pdpilot", None)
    texts = sorted(folder.glob("txt/*.txt"))
    spoken = TRANSCRIPTS.read(
        texts, Source(name="i", kind="transcripts", files="*", settings={"interviewers": ["Dan"]}), context
    ).tables
    settings = {"codebook": "code_system.csv", "coder": "the authors"}
    authors = CODINGS_CSV.read(
        [folder / "coded_segments.csv", folder / "code_system.csv", *texts],
        Source(name="c", kind="codings_csv", files="*", settings=settings),
        context,
    ).tables
    documents = spoken["documents"].drop(columns=["key_type", "customer_key"])
    return make_study(tmp_path_factory.mktemp("pdpilot"), {"documents": documents, "turns": spoken["turns"], **authors})


def test_pdpilot_themes_and_saturation(pdpilot: Study, shared: Path) -> None:
    result = coding.themes(pdpilot)
    assert (result.facts["participants"], result.facts["passages"], result.facts["codes"]) == (7, 261, 76)
    codes = result["codes"].set_index("path")
    raw = pd.read_csv(shared / "data" / "pdpilot_interviews" / "coded_segments.csv")
    for path, inside in raw.groupby("code_path"):
        assert codes.loc[path, "passages_own"] == len(inside) and codes.loc[path, "n"] >= inside["document"].nunique()
    frequencies = pd.read_csv(shared / "data" / "pdpilot_interviews" / "code_system.csv").set_index("code")["frequency"]
    published = frequencies[frequencies > 0].drop("Anonymize")
    leaves = codes[codes["passages_own"] > 0].set_index("code")["passages_own"]
    assert leaves.sort_index().to_dict() == published.sort_index().to_dict()
    saturation = coding.saturation(pdpilot)
    assert saturation.facts["reached_at"] is None and saturation["interviews"]["new_codes"].tolist() == [
        28,
        21,
        5,
        13,
        3,
        3,
        3,
    ]
    assert all(agrees(f.estimate, *recompute(pdpilot, f.evidence[0], "share")) for f in result.findings if f.estimate)


def test_pdpilot_synthetic_coder(shared: Path, tmp_path: Path) -> None:
    """Both files count positions in one text of their own, so the comparison uses spans only, without the transcripts."""
    folder = shared / "data" / "pdpilot_interviews"
    rows = [
        {
            "coding_id": f"{coder}{i}",
            "document_id": r["doc"],
            "code_id": r["code_path"],
            "coder": coder,
            "start": r["start"],
            "end": r["end"],
            "quote": "",
            "is_synthetic": coder != "authors",
        }
        for coder, name in (("authors", "aligned_segments"), ("B", "coderB_SYNTHETIC_seed42"))
        for i, r in enumerate(json.loads((folder / f"{name}.json").read_text()))
    ]
    result = coding.agreement(make_study(tmp_path, {"codings": pd.DataFrame(rows)}), unit="character", samples=200)
    whole = row(result, "codes", path="all codes", measure="alpha")
    by_code: dict[str, list[tuple[str, str, int, int]]] = {}
    for r in rows:
        by_code.setdefault(r["code_id"], []).append((r["document_id"], r["coder"], r["start"], r["end"]))
    length = {d: max(r["end"] for r in rows if r["document_id"] == d) for d in {r["document_id"] for r in rows}}
    table = np.zeros((2, 2))
    for spans in by_code.values():
        marks = {(d, c): np.zeros(n, dtype=int) for d, n in length.items() for c in ("authors", "B")}
        for d, c, start, end in spans:
            marks[d, c][start:end] = 1
        for d in length:
            table += np.bincount(2 * marks[d, "authors"] + marks[d, "B"], minlength=4).reshape(2, 2)
    n = 2 * table.sum()
    ones = (table.sum(1) + table.sum(0))[1]
    assert whole["value"] == pytest.approx(1 - (n - 1) * (table[0, 1] + table[1, 0]) / (ones * (n - ones)))
    assert whole["low"] < whole["value"] < whole["high"]
    assert result.facts["synthetic_coders"] == ["B"] and "B (synthetic)" in result.sentences[0]


def test_interviewers_words_are_nobodys(tmp_path: Path) -> None:
    """Twelve interviews, coded only where the interviewer asks; three participants have a passage of their own too."""
    text = "Ana: Did the page freeze?\nDana: Help came late.\n"
    sha = hashlib.sha256(text.encode()).hexdigest()
    ids = [f"P{i}" for i in range(1, 13)]
    documents = pd.DataFrame([{"document_id": p, "kind": "interview", "participant_id": p, "text": text, "text_sha256": sha} for p in ids])
    turns = pd.DataFrame([{"document_id": p, "turn": k, "speaker": s, "start": a, "end": b, "is_interviewer": s == "Ana"}
                          for p in ids for k, (s, a, b) in enumerate((("Ana", 5, 25), ("Dana", 32, 47)))])
    book = pd.DataFrame([{"code_id": n, "name": n, "path": n, "kind": "pain", "touchpoint": "Shop", "stage": "Buy", "valence": -1.0} for n in ("freeze", "late")])

    def of(document: str, code: str, start: int, end: int) -> dict[str, Any]:
        return {"coding_id": f"{document}{code}{start}-{end}", "document_id": document, "code_id": code, "coder": "A", "start": start, "end": end,
                "quote": text[start:end], "is_synthetic": False}

    asked = [of(p, "freeze", 5, 25) for p in ids]
    journey = {"stages": [{"name": "Buy", "touchpoints": [{"name": "Shop"}, {"name": "Web"}]}]}
    tables = {"documents": documents, "turns": turns, "codebook": book}
    alone = make_study(tmp_path / "a", {**tables, "codings": pd.DataFrame(asked)}, journey=journey)
    with pytest.raises(NotEnoughData, match="all 12 coded passages lie in interviewers' words"):
        coding.themes(alone)
    # a passage over the question and the answer is the participant's
    answered = [of("P1", "late", 32, 47), of("P2", "late", 32, 47), of("P3", "freeze", 5, 40)]
    study = make_study(tmp_path / "b", {**tables, "codings": pd.DataFrame([*asked, *answered])}, journey=journey)
    found = coding.themes(study)
    codes = found["codes"].set_index("code")
    assert [(codes.loc[c, "n"], codes.loc[c, "base"]) for c in ("late", "freeze")] == [(2, 12), (1, 12)]
    assert any(c.startswith("12 coded passages lie in interviewers' words alone") for c in found.caveats)
    for f in found.findings:
        assert agrees(f.estimate, *recompute(study, f.evidence[0], f.estimate.unit)), f.statement
    from cjm_research.analysis.personas.voices import codings_of
    from cjm_research.journey_map.pains import _evidence, _interview

    pains = _interview(study)
    assert pains is not None and pains.frame.to_dict("records") == [{"touchpoint": "Shop", "hurt": 3, "loved": 0, "base": 12}]
    assert _evidence(study, {"source": "interview", "touchpoint": "Shop"}).rows == 12
    typed = pd.DataFrame({"document_id": ids, "participant_id": ids, "persona": "One"})
    assert len(codings_of(study, typed)[0]) == 3
    assert coding.emotion(study)["stages"]["base"].tolist() == [3]


def begun(folder: Path, **change: Any) -> tuple[Study, Study]:
    """Ten interviews that A and B coded alike to the end; in the second study C has coded the first two sentences of each."""
    talk = "Ana: How was it?\n" + "\n".join(f"Dana: Thing {k} froze.\nAna: And?" for k in range(10)) + "\n"
    sha = hashlib.sha256(talk.encode()).hexdigest()
    ids = [f"P{i}" for i in range(10)]
    documents = pd.DataFrame([{"document_id": p, "kind": "interview", "participant_id": p, "text": talk, "text_sha256": sha} for p in ids])
    turns = pd.DataFrame([{"document_id": p, "turn": k, "speaker": t.speaker, "start": t.start, "end": t.end, "is_interviewer": t.speaker == "Ana"}
                          for p in ids for k, t in enumerate(parse_text(talk).turns)])
    book = pd.DataFrame([{"code_id": c, "name": c, "path": c, "kind": "theme"} for c in ("even", "odd")])

    def given(coder: str, p: str, k: int, code: str) -> dict[str, Any]:
        at = talk.index(f"Thing {k} ")
        return {"coding_id": f"{coder}{p}{k}", "document_id": p, "code_id": code, "coder": coder, "start": at, "end": at + 14, "quote": talk[at:at + 14], "is_synthetic": False}

    two = [given(c, p, k, ("even", "odd")[k % 2]) for c in "AB" for p in ids for k in range(10) if not (c == "B" and k == 7)]
    three = [*two, *(given("C", p, k, "odd") for p in ids for k in range(2))]
    made = [make_study(folder / n, {"documents": documents, "turns": turns, "codebook": book, "codings": pd.DataFrame(rows)}, **change) for n, rows in (("two", two), ("three", three))]
    return made[0], made[1]


def test_who_has_only_begun_does_not_lower_agreement(tmp_path: Path) -> None:
    two, three = begun(tmp_path)
    before, after = coding.agreement(two, samples=20), coding.agreement(three, samples=20)
    assert before.sentences[:2] == after.sentences[:2] and "A and B agree with α = 0.9" in after.sentences[1]
    open_ = after["in_progress"]
    assert open_["coder"].tolist() == ["C"] * 10 and open_["passages"].tolist() == [2] * 10 and set(open_["known"]) == {"judged by what is coded"}
    assert any(c.startswith("C is in progress in 10 interviews (20 passages), which are not compared; judged by what is coded") for c in after.caveats)
    assert coding.progress(three)["coders"].set_index("coder")["finished"].to_dict() == {"A": 10, "B": 10, "C": 0}


def test_marks_of_coders_say_what_is_finished(tmp_path: Path) -> None:
    from cjm_research.coding_log import Session

    _, study = begun(tmp_path)
    engine = study.engine
    documents = study.query("SELECT * FROM documents_all ORDER BY document_id")
    session = Session(study.workspace.codings(study.client), "C", documents, engine.built("codebook"), engine.built("codings"))
    assert session.finish("P3").words == "P3 is finished"
    with pytest.raises(BadInput, match="finished already"):
        session.finish("P3")
    study.refresh()
    marked = coding.agreement(study, samples=20)
    assert set(marked["in_progress"]["document_id"]) == {f"P{i}" for i in range(10)} - {"P3"} and set(marked["in_progress"]["known"]) == {"marked by the coder"}
    assert marked["documents"].set_index("document_id")["coders"].to_dict()["P3"] == "A, B, C"
    session.undo()
    study.refresh()
    assert len(coding.agreement(study, samples=20)["in_progress"]) == 10
    session.redo()
    session.reopen("P3")  # C has said of no interview that it is finished
    study.refresh()
    assert len(coding.agreement(study, samples=20)["in_progress"]) == 10
    # nobody but C and A: nothing is finished by two
    with pytest.raises(NotEnoughData, match=r"no interview was finished by two coders: C is in progress in 10 interviews \(20 passages\)"):
        coding.agreement(study, coders=["A", "C"])


def test_codings_are_selected_once_and_what_is_returned_is_the_callers_own(tmp_path: Path) -> None:
    study = tiny(tmp_path)
    first = coded(study)
    rows = first.rows.copy()
    first.rows["participant"], first.caveats[:] = "nobody", ["changed"]
    again = coded(study)
    pd.testing.assert_frame_equal(again.rows, rows)
    assert again.caveats != ["changed"]
    assert again.held == first.held, "the rows were selected again"
    (sql, table), = again.held.items()
    assert study.scalar(f"SELECT count(*) FROM {table}") == study.scalar(f"SELECT count(*) FROM ({sql})") == len(rows)


def test_the_evidence_of_held_rows_is_that_of_the_canonical_tables(tmp_path: Path) -> None:
    study = tiny(tmp_path)
    found = [e for f in coding.themes(study).findings for e in f.evidence if e.sql]
    assert found
    for e in found:
        assert "held_" not in e.sql
        assert (e.rows, e.rows_sha256) == fingerprint(study, e.sql)
