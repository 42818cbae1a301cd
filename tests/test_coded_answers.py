"""Open answers on their way: coded, exported for a coding program and read back, pseudonymised, and gone with their respondent."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cjm_research import open_study
from cjm_research.analysis.surveys import open_answers
from cjm_research.build import build
from cjm_research.coding_log.answers import is_answer
from cjm_research.erasing import erase_persons
from cjm_research.notebook.widgets import Coder
from cjm_research.params import Workspace
from cjm_research.report.exports.codings import export_codings

PARAMS: dict[str, object] = {
    "client": "acme", "timezone": "UTC", "privacy": {"min_cell": 1}, "journey": {"stages": [{"name": "Buy", "touchpoints": [{"name": "Till"}]}]},
    "sources": [{"name": "poll", "kind": "survey", "files": "poll.csv", "columns": {"customer_id": "mail", "answered_at": "at", "response_id": "id"}, "settings": {"key_type": "email", "attributes": ["branch"]},
                 "questions": [{"column": "rec", "instrument": "nps"}, {"column": "why", "id": "why", "text": "Why?", "instrument": "text", "stage": "Buy", "touchpoint": "Till"}]}]}
WORDS = ["Far too dear for a household", "Waited an hour with Dana Fox at the till", "So easy", "Too dear, once more"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "_defaults.yaml").write_text("chapters: []\n")
    raw = tmp_path / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    rows = "".join(f'q{i},p{i}@x.org,2026-01-0{i},{"north" if i % 2 else "south"},{10 - i},"{w}"\n' for i, w in enumerate(WORDS, 1))
    (raw / "poll.csv").write_text("id,mail,at,branch,rec,why\n" + rows)
    _params(tmp_path, PARAMS)
    monkeypatch.setenv("CJM_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("CJM_PARAMS", raising=False)
    return tmp_path


def _params(place: Path, params: dict[str, object]) -> None:
    (place / "params" / "acme.yaml").write_text(yaml.safe_dump(params))
    build("acme", Workspace(place))


def _code(place: Path) -> dict[str, str]:
    """Words → document, after coding the answers that are dear and the one that waited."""
    study = open_study("acme", place)
    session = Coder(study, coder="ana").session
    ids = {text: d for d, (_, text) in session.texts.items() if is_answer(d)}
    cost = session.code_add("Cost", kind="pain").code_id
    assert cost is not None
    for text, d in ids.items():
        if "dear" in text:
            session.add(d, text.index("oo dear") - 1, text.index("dear") + 4, cost)
    waited = next(t for t in ids if "hour" in t)
    session.add_new(ids[waited], 0, len(waited), "Waiting")
    study.close()
    return ids


def _counts(place: Path) -> dict[str, tuple[int, int]]:
    study = open_study("acme", place)
    rows = open_answers(study)["codes"]
    study.close()
    return {str(r["path"]): (int(r["n"]), int(r["base"])) for r in rows.to_dict("records")}


def test_documents_are_masked_answers_of_pseudonyms(place: Path) -> None:
    ids = _code(place)
    assert all(d.startswith("answer:poll:why:r_") for d in ids.values()), "no row number and no address"
    assert any("Waited an hour" in t for t in ids) and not any("@" in d for d in ids.values())
    assert _counts(place) == {"Cost": (2, 4), "Waiting": (1, 4)}
    log = (place / "data" / "codings" / "acme" / "ana.jsonl").read_text()
    assert "@x.org" not in log


def test_a_coding_program_takes_them_and_gives_them_back(place: Path, tmp_path: Path) -> None:
    _code(place)
    study = open_study("acme", place)
    out = tmp_path / "out"
    export_codings(study, out, ["qdpx", "csv"])
    study.close()
    table = pd.read_csv(out / "codings.csv")
    assert table["participant_id"].str.startswith("r_").all() and set(table["quote"]) == {"too dear", "Too dear", *table["quote"][table["path"] == "Waiting"]}
    # the log is lost; the project comes back as a source
    (place / "data" / "codings" / "acme" / "ana.jsonl").unlink()
    (place / "data" / "raw" / "acme" / "back.qdpx").write_bytes((out / "codings.qdpx").read_bytes())
    _params(place, {**PARAMS, "sources": [*PARAMS["sources"], {"name": "back", "kind": "refi_qda", "files": "back.qdpx"}]})  # type: ignore[misc]
    assert _counts(place) == {"Cost": (2, 4), "Waiting": (1, 4)}
    study = open_study("acme", place)
    assert study.rows("answer_codings") == 3 and not study.has("documents") and not study.has("codings"), "no interview was held"
    spans = study.query("SELECT start, \"end\", quote FROM answer_codings")
    assert (spans["end"] - spans["start"] == spans["quote"].str.len()).all()
    study.close()


def test_an_answer_goes_with_its_respondent_and_the_others_stay_in_place(place: Path, tmp_path: Path) -> None:
    ids = _code(place)
    study = open_study("acme", place)
    export_codings(study, tmp_path / "out", ["qdpx"])
    before = study.query("SELECT coding_id, document_id, start, \"end\", quote FROM answer_codings ORDER BY 1")
    study.close()
    (place / "data" / "raw" / "acme" / "back.qdpx").write_bytes((tmp_path / "out" / "codings.qdpx").read_bytes())
    _params(place, {**PARAMS, "sources": [*PARAMS["sources"], {"name": "back", "kind": "refi_qda", "files": "back.qdpx"}]})  # type: ignore[misc]
    gone = next(d for t, d in ids.items() if "household" in t)
    done = erase_persons("acme", ["p1@x.org"], Workspace(place))
    assert done.customers == 1 and done.interviews == 0 and done.log_lines == 1
    assert _counts(place) == {"Cost": (1, 3), "Waiting": (1, 3)}
    study = open_study("acme", place)
    after = study.query("SELECT coding_id, document_id, start, \"end\", quote FROM answer_codings ORDER BY 1")
    pd.testing.assert_frame_equal(after, before[before["document_id"] != gone].reset_index(drop=True))
    assert set(study.coding_problems["found"]) == {"the code is there already"}, "it came with the project, too"
    study.close()
    kept = [p for p in (place / "data").rglob("*") if p.is_file() and "raw" not in p.parts]
    said = "\n".join(pd.read_parquet(p).to_csv() if p.suffix == ".parquet" else p.read_bytes().decode(errors="replace") for p in kept)
    assert "household" not in said and gone not in said
    assert not any(gone in json.dumps(json.loads(p.read_text())) for p in kept if p.suffix == ".json")


def test_a_new_delivery_moves_nothing(place: Path) -> None:
    _code(place)
    path = place / "data" / "raw" / "acme" / "poll.csv"
    path.write_text(path.read_text().replace("rec,why\n", 'rec,why\nq0,p0@x.org,2025-12-01,north,3,"Too dear"\n'))
    build("acme", Workspace(place))
    study = open_study("acme", place)
    assert study.coding_problems.empty
    study.close()
    assert _counts(place) == {"Cost": (2, 5), "Waiting": (1, 5)}
