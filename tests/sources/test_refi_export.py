"""Codings of a study leave for other programs and come back the same."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import etree

from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.params.schema import Source
from cjm_research.report.exports.codings import export_codings
from cjm_research.sources.contract import Context
from cjm_research.sources.kinds.refi_qda import REFI_QDA, project_from_tables, read_qdc, read_qdpx, write_qdc, write_qdpx
from cjm_research.study import Study
from tests.studies import make_study

TEXT = "Ana: Hi 😀\nDana: =It froze “twice”.\n"


def study(folder: Path, **change: Any) -> Study:
    at = pd.Timestamp("2026-01-02T03:04:05Z")
    codings = pd.DataFrame(
        [
            {
                "coding_id": "k1",
                "document_id": "I1",
                "code_id": "c2",
                "coder": "A",
                "start": 16,
                "end": 25,
                "quote": TEXT[16:25],
                "memo": "why <so>?",
                "created_at": at,
                "is_synthetic": False,
            },
            {
                "coding_id": "k2",
                "document_id": "I1",
                "code_id": "c3",
                "coder": "B",
                "start": 16,
                "end": 25,
                "quote": TEXT[16:25],
                "memo": None,
                "created_at": at,
                "is_synthetic": False,
            },
            {
                "coding_id": "k3",
                "document_id": "I1",
                "code_id": "c2",
                "coder": "B",
                "start": None,
                "end": None,
                "quote": "lost",
                "memo": None,
                "created_at": at,
                "is_synthetic": False,
            },
        ]
    ).astype({"start": "Int64", "end": "Int64"})
    tables = {
        "documents": pd.DataFrame(
            [
                {
                    "document_id": "I1",
                    "kind": "interview",
                    "participant_id": "P1",
                    "persona": "Hunter",
                    "text": TEXT,
                    "text_sha256": "",
                    "attributes": '{"city": "Ulm"}',
                }
            ]
        ),
        "codebook": pd.DataFrame(
            [
                {"code_id": "c1", "name": "Pain", "path": "Pain", "color": "#FF0000"},
                {
                    "code_id": "c2",
                    "name": "Freeze",
                    "path": "Pain > Freeze",
                    "parent_id": "c1",
                    "memo": "stops & waits",
                },
                {"code_id": "c3", "name": "=Joy", "path": "=Joy"},
            ]
        ),
        "codings": codings,
        **change,
    }
    return make_study(folder, {k: v for k, v in tables.items() if v is not None}, title="A & B")


@pytest.mark.parametrize("line_ends", ["lf", "crlf"])
def test_there_and_back(tmp_path: Path, shared: Path, line_ends: Any) -> None:
    written = {p.name: p for p in export_codings(study(tmp_path / "s"), tmp_path / "out", line_ends=line_ends)}
    assert set(written) == {
        "codings.qdpx",
        "codings_without_place.csv",
        "codebook.qdc",
        "codings.csv",
        "codebook.csv",
        "codings.xlsx",
    }
    oracles = shared / "oracles" / "refi_qda"
    with zipfile.ZipFile(written["codings.qdpx"]) as archive:
        etree.XMLSchema(etree.parse(oracles / "Project.xsd")).assertValid(etree.fromstring(archive.read("project.qde")))
    etree.XMLSchema(etree.parse(oracles / "Codebook.xsd")).assertValid(etree.parse(written["codebook.qdc"]))
    project = read_qdpx(written["codings.qdpx"])
    assert [(c.code_path, c.coder, c.start, c.end, c.quote, c.memo, c.created_at) for c in project.codings()] == [
        ("Pain > Freeze", "A", 16, 25, TEXT[16:25], "why <so>?", "2026-01-02T03:04:05Z"),
        ("=Joy", "B", 16, 25, TEXT[16:25], None, "2026-01-02T03:04:05Z"),
    ]
    codes = {path: code for code, _, path in read_qdc(written["codebook.qdc"]).walk_codes()}
    assert not codes["Pain",].is_codable and codes["Pain", "Freeze"].description == "stops & waits\n[cjm: kind=none]"
    tables = REFI_QDA.read(
        [written["codings.qdpx"]], Source(name="r", kind="refi_qda", files="*"), Context("x", None)
    ).tables
    document = tables["documents"].iloc[0]
    assert (document["document_id"], document["participant_id"], document["persona"], document["text"]) == (
        "I1",
        "P1",
        "Hunter",
        TEXT,
    )


def test_tables_keep_everything_and_run_nothing(tmp_path: Path) -> None:
    written = {p.name: p for p in export_codings(study(tmp_path / "s"), tmp_path / "out", ["csv", "xlsx"])}
    table = pd.read_csv(written["codings.csv"])
    assert len(table) == 3 and table["code_2"].fillna("").tolist() == ["Freeze", "", "Freeze"]
    assert table["path"].tolist()[1] == "'=Joy"
    sheet = pd.read_excel(written["codings.xlsx"], sheet_name="codings")
    assert sheet["path"].tolist()[1] == "'=Joy" and sheet["quote"].tolist()[2] == "lost"


def test_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData):
        export_codings(study(tmp_path / "s", codings=None), tmp_path / "out")
    with pytest.raises(BadInput):
        export_codings(study(tmp_path / "t"), tmp_path / "out", ["docx"])


def test_kinds_and_valences_come_back_and_guesses_stay_guesses(tmp_path: Path) -> None:
    """A theme called like a feeling comes back as a theme; what was guessed comes back as a guess, until the settings confirm it."""
    book = pd.DataFrame([
        {"code_id": "a", "name": "identity", "path": "identity", "kind": None, "valence": None, "memo": "Who I am", "guessed": None},
        {"code_id": "b", "name": "confidence", "path": "identity > confidence", "kind": "theme", "valence": None, "memo": None, "guessed": None},
        {"code_id": "c", "name": "queue", "path": "queue", "kind": "pain", "valence": -2.0, "memo": "When\nwaiting", "guessed": None},
        {"code_id": "d", "name": "joy", "path": "joy", "kind": "emotion", "valence": 2.0, "memo": None, "guessed": "kind, valence"},
    ]).assign(parent_id=None, color=None, touchpoint=None, stage=None)
    documents = pd.DataFrame([{"document_id": "P1", "participant_id": "P1", "persona": None, "text": "one two three four", "attributes": None}])
    codings = pd.DataFrame([{"coding_id": f"k{i}", "document_id": "P1", "code_id": c, "coder": "A", "start": 0, "end": 3 + i, "quote": "one", "memo": None, "created_at": None}
                            for i, c in enumerate("abcd")])
    project, _ = project_from_tables("p", documents, book, codings)
    write_qdpx(project, tmp_path / "p.qdpx")
    write_qdc(project, tmp_path / "b.qdc")

    def read(file: str, **settings: Any) -> tuple[pd.DataFrame, list[str]]:
        found = REFI_QDA.read([tmp_path / file], Source(name="r", kind="refi_qda", files=file, settings=settings), Context("acme", "UTC"))
        return found.tables["codebook"].set_index("path"), [str(n) for n in found.report.notes]

    for file in ("p.qdpx", "b.qdc"):
        again, notes = read(file)
        for name in ("kind", "valence", "memo", "guessed"):
            here = [None if pd.isna(v) else v for v in again.loc[book["path"], name]]
            assert here == [None if pd.isna(v) else v for v in book[name]], (file, name)
        assert any("1 code are guesses" in n and 'kinds: {"emotion": ["joy"]}' in n and 'valence: {"joy": 2.0}' in n for n in notes)
    confirmed, notes = read("p.qdpx", kinds={"emotion": "joy"}, valence={"joy": 1})
    assert confirmed.loc["joy", ["kind", "valence", "guessed"]].tolist() == ["emotion", 1.0, None] and not any("guesses" in n for n in notes)
