"""Transcripts, coding tables and REFI-QDA projects as canonical tables."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources.contract import Context, ImportReport
from cjm_research.sources.kinds.refi_qda import REFI_QDA, read_qdpx, write_qdpx
from cjm_research.sources.kinds.refi_qda.model import new_guid
from cjm_research.sources.kinds.transcripts import CODINGS_CSV, TRANSCRIPTS
from cjm_research.sources.reading.coding_tables import CodeRow, codebook_frame, paths_from_parents
from cjm_research.sources.reading.locating import Locator
from cjm_research.tables import TABLES

CONTEXT = Context("test", "Europe/Berlin")
TALK = "Ana: How was it?\nDana: It froze twice. I gave up 😀 then.\nAna: And now?\nDana: It froze again.\n"
KEYS = {"key_type", "customer_key"}


def source(kind: str, **parts: Any) -> Source:
    return Source(name="talks", kind=kind, files="*", **parts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "P1.txt").write_text(TALK)
    (tmp_path / "P2.txt").write_text(TALK.replace("twice", "once"))
    (tmp_path / "people.csv").write_text(
        "file,participant,persona,email,recorded_at,city\nP1.txt,7,Hunter,d@x.example,2026-03-01 10:00,Ulm\nP3,9,,,,\n"
    )
    (tmp_path / "codes.csv").write_text("code,memo,frequency\nPain,all,0\nFreeze,stops,2\nJoy,,5\n")
    (tmp_path / "coded.csv").write_text(
        "document,code,quote,coder\nP1,Pain > Freeze,It froze\ttwice,Ana\nP1.txt,Emotion > Joy,“I gave up 😀 then”,Ben\n"
        "P2,Pain > Freeze,it FROZE once,Ana\nP2,Pain > Freeze,It froze,Ben\nP2,Pain,never said,Ben\nP9,Pain,It froze,Ben\n,,,Ben\n"
    )
    return tmp_path


def test_transcripts_with_a_sheet(folder: Path) -> None:
    files = [folder / "P1.txt", folder / "P2.txt", folder / "people.csv"]
    found = TRANSCRIPTS.read(
        files, source("transcripts", columns={"customer_key": "email"}, settings={"interviewers": ["Ana"]}), CONTEXT
    )
    documents = found.tables["documents"].set_index("document_id")
    assert documents.loc["P1", ["participant_id", "persona", "key_type", "customer_key"]].tolist() == [
        "7",
        "Hunter",
        "email",
        "d@x.example",
    ]
    assert documents.loc["P1", "recorded_at"].isoformat() == "2026-03-01T09:00:00+00:00"
    assert json.loads(documents.loc["P1", "attributes"]) == {"city": "Ulm"}
    assert documents.loc["P2", "participant_id"] == "P2" and documents["customer_key"].isna().tolist() == [False, True]
    turns = found.tables["turns"]
    assert turns["is_interviewer"].tolist() == [True, False] * 4
    assert [TALK[a:b] for a, b in zip(turns["start"][:4], turns["end"][:4], strict=True)][
        1
    ] == "It froze twice. I gave up 😀 then."
    assert any("P3" in note for note in found.report.notes)
    for name, frame in found.tables.items():
        assert set(frame.columns) <= set(TABLES[name].names) | KEYS


def test_roles_name_the_interviewer(folder: Path) -> None:
    (folder / "P1.txt").write_text(TALK.replace("Ana", "Moderator"))
    (folder / "P2.txt").write_text(TALK)
    turns = TRANSCRIPTS.read([folder / "P1.txt", folder / "P2.txt"], source("transcripts"), CONTEXT).tables["turns"]
    assert (
        turns["is_interviewer"].tolist()[:4] == [True, False, True, False]
        and turns["is_interviewer"].isna().tolist()[4:] == [True] * 4
    )


def test_codings_are_located_and_never_dropped(folder: Path) -> None:
    files = [folder / n for n in ("coded.csv", "codes.csv", "P1.txt", "P2.txt")]
    settings = {
        "codebook": "codes.csv",
        "kinds": {"pain": ["Pain"]},
        "valence": {"Freeze": -2},
        "synthetic_coders": ["Ben"],
    }
    found = CODINGS_CSV.read(files, source("codings_csv", settings=settings), CONTEXT)
    codings, book = found.tables["codings"], found.tables["codebook"].set_index("path")
    assert (
        len(codings) == 6
        and codings["coding_id"].is_unique
        and found.report.dropped == {"codings without document or code": 1}
    )
    assert codings["quote"].tolist() == [
        "It froze twice",
        "I gave up 😀 then",
        "It froze once",
        "It froze",
        "never said",
        "It froze",
    ]
    assert codings["start"].isna().tolist() == [False] * 4 + [True] * 2
    assert codings["is_synthetic"].tolist() == [False, True, False, True, True, True]
    assert book.loc["Pain > Freeze", ["kind", "valence", "memo"]].tolist() == ["pain", -2, "stops"]
    assert book.loc["Emotion > Joy", ["kind", "valence"]].tolist() == ["emotion", 2]
    assert book.loc["Pain > Freeze", "parent_id"] == book.loc["Pain", "code_id"]
    notes = "\n".join(found.report.notes)
    for words in (
        "1 codings have a quote that occurs several times",
        "1 codings could not be located",
        "1 codings belong to a document",
        "Joy: 5",
    ):
        assert words in notes


def test_positions_that_moved_follow_their_quote(folder: Path) -> None:
    rows = [
        {"doc": "P1", "code": "A", "start": 0, "end": 8, "quote": "It froze again"},
        {"doc": "P1", "code": "A", "start": 17, "end": 21},
        {"doc": "P1", "code": "A", "start": 500, "end": 510},
    ]
    (folder / "coded.json").write_text(json.dumps(rows))
    codings = CODINGS_CSV.read([folder / "coded.json", folder / "P1.txt"], source("codings_csv"), CONTEXT).tables[
        "codings"
    ]
    assert codings["start"].tolist()[:2] == [TALK.index("It froze again"), 17] and codings["start"].isna()[2]
    assert codings["quote"].tolist()[:2] == ["It froze again", "Dana"]


def test_positions_of_another_text_are_not_taken_for_this_one(folder: Path) -> None:
    """Positions alone, some beyond the end: nothing says how far the others are off, so none is used; quotes still are."""
    rows = [
        {"doc": "P1", "code": "A", "start": 17, "end": 21},
        {"doc": "P1", "code": "A", "start": 500, "end": 510},
        {"doc": "P1", "code": "A", "start": 600, "end": 610},
        {"doc": "P1", "code": "B", "start": 300, "end": 308, "quote": "It froze again"},
    ]
    (folder / "coded.json").write_text(json.dumps(rows))
    found = CODINGS_CSV.read([folder / "coded.json", folder / "P1.txt"], source("codings_csv"), CONTEXT)
    assert found.tables["codings"]["start"].fillna(-1).tolist() == [-1, -1, -1, TALK.index("It froze again")]
    assert "2 codings lie beyond the end" in "\n".join(found.report.notes)


@pytest.mark.parametrize(
    "settings",
    [{"kinds": {"pian": ["Pain"]}}, {"kinds": {"pain": ["Nothing"]}}, {"valence": {"Pain": 3}}, {"codebook": "no.csv"}],
)
def test_wrong_settings(folder: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        CODINGS_CSV.read([folder / "coded.csv", folder / "P1.txt"], source("codings_csv", settings=settings), CONTEXT)


def test_code_trees() -> None:
    assert paths_from_parents({"1": ("A", None), "3": ("C", "2"), "2": ("B", "1")}, "x")["3"] == ("A", "B", "C")
    with pytest.raises(BadInput, match="circle: A → B → A"):
        paths_from_parents({"1": ("A", "2"), "2": ("B", "1")}, "x")
    with pytest.raises(BadInput, match="unknown parent"):
        paths_from_parents({"1": ("A", "9")}, "x")
    frame = codebook_frame(
        [CodeRow(("A", "B"), memo="m"), CodeRow(("A", "B"), color="#FFFFFF")], {}, "x", ImportReport("s", "k")
    )
    assert frame["path"].tolist() == ["A", "A > B"] and frame.loc[1, ["memo", "color"]].tolist() == ["m", "#FFFFFF"]


def test_locating() -> None:
    find = Locator("A cat, a\n dog; “a cat” and Straße 5.").find
    assert (find("a dog;").start, find("a dog;").how) == (7, "spacing")  # type: ignore[union-attr]
    assert find("A CAT A DOG").how == "letters" and find("cat").count == 2 and find("cat", 20).start == 18  # type: ignore[union-attr]
    assert find("strasse 5 .") is not None and find("a bird in hand") is None and find("  ") is None


def test_pdpilot(shared: Path) -> None:
    folder = shared / "data" / "pdpilot_interviews"
    files = [folder / "coded_segments.csv", folder / "code_system.csv", *sorted(folder.glob("txt/*.txt"))]
    found = CODINGS_CSV.read(files, source("codings_csv", settings={"codebook": "code_system.csv"}), CONTEXT)
    codings, book = found.tables["codings"], found.tables["codebook"]
    assert codings.groupby("document_id").size().to_dict() == {
        "P1": 34,
        "P2": 43,
        "P3": 32,
        "P4": 41,
        "P5": 32,
        "P6": 30,
        "P7": 49,
    }
    assert len(codings) == 261 and codings["code_id"].nunique() == 76 and len(book) == 91
    assert codings["start"].notna().sum() == 244  # 93.5 %
    notes = "\n".join(found.report.notes)
    assert "17 codings could not be located" in notes
    assert (
        "1 codes have another frequency in the codebook than codings here: Anonymize: 32 in the codebook, 0 codings"
        in notes
    )


@pytest.fixture
def vectors(shared: Path) -> list[Path]:
    return [
        shared / "oracles" / "refi_qda" / f"vector_{n}.qdpx"
        for n in ("standard_codepoint_lf", "nvivo_win_utf16_crlf_bom")
    ]


def test_projects_of_several_coders_become_one(vectors: list[Path], shared: Path) -> None:
    expected = json.loads((shared / "oracles" / "refi_qda" / "vectors_expected.json").read_text())
    found = REFI_QDA.read(vectors, source("refi_qda"), CONTEXT)
    assert found.report.duplicates == 4 and len(found.tables["documents"]) == 1
    document = found.tables["documents"].iloc[0]
    assert (document["text"], document["persona"], document["participant_id"]) == (
        expected["text"],
        "Bargain hunter",
        "Dana",
    )
    joined = found.tables["codings"].merge(found.tables["codebook"], on="code_id")
    got = sorted(
        zip(
            joined["coder"],
            joined["path"].str.replace(" > ", "/"),
            joined["quote"],
            joined["start"],
            joined["end"],
            strict=True,
        )
    )
    assert got == sorted((c["coder"], c["code"], c["quote"], c["start_cp"], c["end_cp"]) for c in expected["codings"])
    assert found.tables["turns"]["speaker"].tolist() == ["Moderator", "Dana", "Dana"]
    for name, frame in found.tables.items():
        assert set(frame.columns) <= set(TABLES[name].names) | KEYS


def test_another_text_under_the_same_name_is_refused(vectors: list[Path], tmp_path: Path) -> None:
    project = read_qdpx(vectors[0])
    project.sources[0].text = (project.sources[0].text or "") + "More.\n"
    write_qdpx(project, tmp_path / "b.qdpx")
    with pytest.raises(BadInput, match="another text"):
        REFI_QDA.read([vectors[0], tmp_path / "b.qdpx"], source("refi_qda"), CONTEXT)


def coded(tmp_path: Path, cells: list[str], header: str = "Codes", **settings: Any) -> list[str]:
    """Paths of the codings of a table in which each row has its cell of codes."""
    rows = [{"Document": "P1", "Text Content": f"words {i}", header: cell} for i, cell in enumerate(cells)]
    (tmp_path / "q.json").write_text(json.dumps(rows))
    found = CODINGS_CSV.read([tmp_path / "q.json"], source("codings_csv", columns={"document_id": "Document", "code": header, "quote": "Text Content"}, settings=settings), CONTEXT)
    report = found.report
    assert report.rows_read == report.rows_kept["codings"] + sum(report.dropped.values())
    return found.tables["codings"].merge(found.tables["codebook"], on="code_id", how="left")["path"].tolist()


@pytest.mark.parametrize(
    ("cells", "header", "settings", "paths"),
    [
        (["pain: slots\nemotion", "gain: staff"], "Codes", {"separator": ": "}, ["pain > slots", "emotion", "gain > staff"]),
        (["● slots\n● speed, price", "a; b"], "Codes", {}, ["slots", "speed, price", "a; b"]),
        (["slots; emotion", "staff"], "Codes", {}, ["slots", "emotion", "staff"]),
        (["slots;emotion;slots", "slots"], "code", {}, ["slots", "emotion", "slots"]),
        (['["slots","emotion"]', '["slots"]'], "x", {}, ["slots", "emotion", "slots"]),
        (["slots|emotion", "staff"], "Tags", {"code_separator": "|"}, ["slots", "emotion", "staff"]),
        (["wait; long", "staff"], "Codes", {"code_separator": "none"}, ["wait; long", "staff"]),
        (["speed, price", "staff"], "code", {}, ["speed, price", "staff"]),
    ],
)
def test_several_codes_in_a_cell(tmp_path: Path, cells: list[str], header: str, settings: dict[str, Any], paths: list[str]) -> None:
    assert coded(tmp_path, cells, header, **settings) == paths


@pytest.mark.parametrize(("cells", "header"), [(["wait; long", "staff"], "code"), (["wait, staff", "wait", "staff"], "code"), (["slots, emotion", "staff"], "Tags"), (["a | b", "c"], "Codes")])
def test_a_sign_that_may_part_codes_is_asked(tmp_path: Path, cells: list[str], header: str) -> None:
    with pytest.raises(BadInput, match="one code of that name, or several"):
        coded(tmp_path, cells, header)


def test_documents_are_named_without_their_ending(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("document,code,quote\nP01.txt,a,x\nv1.2,a,y\n")
    found = CODINGS_CSV.read([tmp_path / "q.csv"], source("codings_csv"), CONTEXT)
    assert found.tables["codings"]["document_id"].tolist() == ["P01", "v1.2"]


def project(tmp_path: Path, name: str, users: list[tuple[str, str]], by: list[str], book_only: bool = False) -> Path:
    """A small project; each user in `by` codes the same words, in turn."""
    def g(n: object) -> str:
        return new_guid("test", n)

    selections = "".join(
        f'<PlainTextSelection guid="{g((name, i))}" startPosition="0" endPosition="2"><Coding guid="{g((name, "c", i))}" creatingUser="{g(user)}">'
        f'<CodeRef targetGUID="{g("code")}"/></Coding></PlainTextSelection>' for i, user in enumerate(by))
    text = "" if book_only else f'<Sources><TextSource guid="{g("text")}" name="P1"><PlainTextContent>We waited.</PlainTextContent>{selections}</TextSource></Sources>'
    listed = "".join(f'<User guid="{g(u)}" name="{n}"/>' for u, n in users)
    xml = (f'<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="p"><Users>{listed}</Users>'
           f'<CodeBook><Codes><Code guid="{g("code")}" name="Waiting" isCodable="true"/></Codes></CodeBook>{text}</Project>')
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("project.qde", xml)
    return tmp_path / name


def test_a_coders_id_beside_a_name_is_never_digits_only(tmp_path: Path) -> None:
    ids = [i for n in range(20_000) if (i := new_guid("test", n))[:8].isdigit()][:1] + [new_guid("test", "b")]
    text = (project(tmp_path, "a.qdpx", [("a", "default"), ("b", "default")], ["a", "b"])).read_bytes()
    with zipfile.ZipFile(io.BytesIO(text)) as archive:
        xml = archive.read("project.qde").decode().replace(new_guid("test", "a"), ids[0])
    with zipfile.ZipFile(tmp_path / "a.qdpx", "w") as archive:
        archive.writestr("project.qde", xml)
    coders = REFI_QDA.read([tmp_path / "a.qdpx"], source("refi_qda"), CONTEXT).tables["codings"]["coder"].tolist()
    assert coders[0].startswith(f"default ({ids[0][:8]}-") and all(any(c.isalpha() for c in coder[9:-1]) for coder in coders)


def test_coders_are_told_apart_by_their_id(tmp_path: Path) -> None:
    one, two = (new_guid("test", u) for u in "ab")
    path = project(tmp_path, "a.qdpx", [("a", "default"), ("b", "default")], ["a", "b"])
    found = REFI_QDA.read([path], source("refi_qda"), CONTEXT)
    assert found.tables["codings"]["coder"].tolist() == [f"default ({one[:8]})", f"default ({two[:8]})"]
    assert any("2 users are called 'default' and stay 2 coders" in n for n in found.report.notes)
    tied = REFI_QDA.read([path], source("refi_qda", settings={"coders": {"default": "Ana"}}), CONTEXT)
    assert tied.tables["codings"]["coder"].tolist() == ["Ana", "Ana"]
    half = REFI_QDA.read([path], source("refi_qda", settings={"coders": {one.lower(): "Ana"}, "synthetic_coders": ["Ana"]}), CONTEXT)
    assert half.tables["codings"]["coder"].tolist() == ["Ana", "default"] and half.tables["codings"]["is_synthetic"].tolist() == [True, False]


def test_a_coder_who_was_renamed_is_one(tmp_path: Path) -> None:
    files = [project(tmp_path, "a.qdpx", [("a", "ana"), ("b", "ben")], ["a"]), project(tmp_path, "b.qdpx", [("a", "Ana Berg"), ("c", "ben")], ["a", "c"])]
    found = REFI_QDA.read(files, source("refi_qda"), CONTEXT)
    names = found.tables["codings"]["coder"].tolist()
    assert names[0] == names[1] == "Ana Berg" and names[2] == f"ben ({new_guid('test', 'c')[:8]})"
    assert any("'Ana Berg' is called 'ana' in another file" in n for n in found.report.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_codebook_alone_is_welcome(tmp_path: Path, encoding: str) -> None:
    declared = "utf-16" if encoding == "utf-16" else "utf-8"
    xml = (f'<?xml version="1.0" encoding="{declared}"?>\n<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes><Code guid="{new_guid(1)}" name="Pain" isCodable="true">'
           f'<Code guid="{new_guid(2)}" name="Délai &amp; coût" isCodable="true"/></Code><Code guid="{new_guid(3)}" name="Gain" isCodable="true">'
           f'<Code guid="{new_guid(4)}" name="Délai &amp; coût" isCodable="true"/></Code></Codes></CodeBook>')
    (tmp_path / "c.qdc").write_bytes(xml.encode(encoding))
    found = REFI_QDA.read([tmp_path / "c.qdc"], source("refi_qda"), CONTEXT)
    assert found.tables["codebook"]["path"].tolist() == ["Pain", "Pain > Délai & coût", "Gain", "Gain > Délai & coût"]
    assert found.report.rows_read == 4 and "c.qdc: a codebook of 4 codes, without texts" in found.report.notes
    only = REFI_QDA.read([project(tmp_path, "e.qdpx", [], [], book_only=True)], source("refi_qda"), CONTEXT)
    assert only.report.rows_read == 1


def _small(tmp_path: Path, users: str, codings: list[tuple[str, str]], name: str = "p.qdpx", of: str = "") -> Path:
    """A project with one text and a selection for each (attributes of the selection, attributes of its coding)."""
    code = new_guid("code")
    selections = "".join(f'<PlainTextSelection guid="{new_guid("s", i)}" startPosition="{2 * i}" endPosition="{2 * i + 1}" {a}><Coding guid="{new_guid("c", i)}" {b}>'
                         f'<CodeRef targetGUID="{code}"/></Coding></PlainTextSelection>' for i, (a, b) in enumerate(codings))
    xml = (f'<?xml version="1.0" encoding="utf-8"?>\n<Project xmlns="urn:QDA-XML:project:1.0" name="p">{users}<CodeBook><Codes><Code guid="{code}" name="Pain" isCodable="true"/></Codes></CodeBook>'
           f'<Sources><TextSource guid="{new_guid("t")}" name="P1" plainTextPath="internal://t.txt" {of}>{selections}</TextSource></Sources></Project>')
    with zipfile.ZipFile(tmp_path / name, "w") as file:
        file.writestr("project.qde", xml)
        file.writestr("sources/t.txt", "a b c d e f\n")
    return tmp_path / name


def test_who_coded_is_told_where_the_coding_does_not_say(tmp_path: Path) -> None:
    user = {n: new_guid("user", n) for n in ("Ana", "ana ", "Ben", "gone")}
    users = "<Users>" + "".join(f'<User guid="{g}" name="{n}"/>' for n, g in user.items() if n != "gone") + "</Users>"
    path = _small(tmp_path, users, [("", f'creatingUser="{user["Ben"]}"'), (f'modifyingUser="{user["Ben"]}"', ""), (f'creatingUser="{user["ana "]}"', ""),
                                    ("", f'creatingUser="{user["gone"]}"'), ("", "")], of=f'creatingUser="{user["Ana"]}"')
    found = REFI_QDA.read([path], source("refi_qda"), CONTEXT)
    assert found.tables["codings"].sort_values("start")["coder"].tolist() == ["Ben", "Ben", "ana", user["gone"], "Ana"]
    told = " ".join(found.report.notes)
    assert "1 codings are by 1 users whom the project does not list" in told and "1 codings name no user; whoever created their document" in told
    assert "coders 'Ana', 'ana' differ only by capitals and stay 2 coders" in told
    nobody = REFI_QDA.read([_small(tmp_path, "", [("", "")], "q.qdpx")], source("refi_qda"), CONTEXT)
    assert nobody.tables["codings"]["coder"].tolist() == ["unknown coder"] and any("stand under 'unknown coder'" in n for n in nobody.report.notes)


def test_projects_and_codebooks_are_told_by_their_bytes(tmp_path: Path) -> None:
    book = f'<?xml version="1.0"?>\n<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes><Code guid="{new_guid(1)}" name="Pain" isCodable="true"/></Codes></CodeBook>'
    for name in ("c.xml", "c.qdpx", "c"):
        (tmp_path / name).write_text(book)
        assert REFI_QDA.read([tmp_path / name], source("refi_qda"), CONTEXT).tables["codebook"]["path"].tolist() == ["Pain"]
    for name in ("p.qdc", "p.zip"):
        assert len(REFI_QDA.read([_small(tmp_path, "", [("", "")], name)], source("refi_qda"), CONTEXT).tables["codings"]) == 1
    for content, what in ((b"code,parent\nA,\n", "no XML"), (b"%PDF-1.4", "a PDF"), (b"\x1f\x8b\x08", "a gzip file"), (b'<?xml version="1.0"?><Project name="p"/>', "without the texts")):
        (tmp_path / "x.qdc").write_bytes(content)
        with pytest.raises(BadInput, match=what):
            REFI_QDA.read([tmp_path / "x.qdc"], source("refi_qda"), CONTEXT)
