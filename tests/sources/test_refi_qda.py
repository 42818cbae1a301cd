"""REFI-QDA: the test vectors, deviating exports made here, round trips, and files that must be refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cjm_research.errors import BadInput
from cjm_research.sources.kinds.refi_qda import (
    Code,
    Coding,
    Project,
    Selection,
    TextSource,
    User,
    iter_evidence,
    read_qdc,
    read_qdpx,
    write_qdc,
    write_qdpx,
)
from cjm_research.sources.kinds.refi_qda.model import new_guid

NS = 'xmlns="urn:QDA-XML:project:1.0"'
VECTORS = ("vector_standard_codepoint_lf", "vector_nvivo_win_utf16_crlf_bom")
ANNEX = "skyloom_TestProject_annexA2"
TEXT = "Moderator: How was it? 😀\nDana: It froze twice.\nDana: “I gave up” — honestly 👩‍💻, yes.\nModerator: Thanks.\n"
QUOTES = ("froze twice", "“I gave up”", "honestly 👩‍💻", "Thanks", "How was it", "It froze")


@pytest.fixture(scope="module")
def vectors(shared: Path) -> Path:
    return shared / "oracles" / "refi_qda"


@pytest.fixture(scope="module")
def schema(vectors: Path) -> Callable[[str, bytes], None]:
    def check(name: str, document: bytes) -> None:
        etree.XMLSchema(etree.parse(vectors / f"{name}.xsd")).assertValid(etree.fromstring(document))

    return check


def found(project: Project) -> list[dict[str, Any]]:
    rows = [
        {"coder": c.coder, "code": "/".join(c.path), "quote": c.quote, "start_cp": c.start, "end_cp": c.end}
        for c in project.codings()
    ]
    return sorted(rows, key=lambda r: (r["coder"], r["start_cp"] or 0))


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def package(
    path: Path,
    text: str,
    spans: list[tuple[int, int]],
    *,
    names: list[str] | None = None,
    bom: bool = False,
    crlf: bool = False,
    inner: str = "project.qde",
    folder: str = "sources",
    form: Callable[[str], str] = str,
) -> Path:
    """A project file as some program might write it."""
    g = {k: form(new_guid(k)) for k in ("user", "code", "source")}
    selections = "".join(
        f'<PlainTextSelection guid="{form(new_guid("s", i))}" name="{names[i] if names else ""}" startPosition="{a}" endPosition="{b}">'
        f'<Coding guid="{form(new_guid("c", i))}" creatingUser="{g["user"]}"><CodeRef targetGUID="{g["code"]}"/></Coding>'
        "</PlainTextSelection>"
        for i, (a, b) in enumerate(spans)
    )
    xml = (
        f'<Project {NS} name="p"><Users><User guid="{g["user"]}" name="Ana"/></Users><CodeBook><Codes>'
        f'<Code guid="{g["code"]}" name="Pain" isCodable="true"/></Codes></CodeBook><Sources>'
        f'<TextSource guid="{g["source"]}" name="t" plainTextPath="internal://{g["source"]}.txt">{selections}</TextSource>'
        "</Sources></Project>"
    )
    stored = (text.replace("\n", "\r\n") if crlf else text).encode("utf-8-sig" if bom else "utf-8")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, xml)
        archive.writestr(f"{folder}/{g['source']}.txt", stored)
    return path


def counted(measure: Callable[[str], int], quotes: tuple[str, ...] = QUOTES) -> list[tuple[int, int]]:
    at = [TEXT.index(q) for q in quotes]
    return [(measure(TEXT[:a]), measure(TEXT[: a + len(q)])) for a, q in zip(at, quotes, strict=True)]


@pytest.mark.parametrize("name", VECTORS)
def test_vectors(vectors: Path, name: str) -> None:
    expected = json.loads((vectors / "vectors_expected.json").read_text())
    project = read_qdpx(vectors / f"{name}.qdpx")
    assert project.sources[0].text == expected["text"]
    assert found(project) == sorted(expected["codings"], key=lambda r: (r["coder"], r["start_cp"]))
    assert project.variables_of(project.sources[0]) == {
        "Persona": "Bargain hunter",
        "Tenure": "3",
        "Case": "Dana",
        "Sets": "Wave 1",
    }
    evidence = list(iter_evidence(project))
    assert (
        len(evidence) == 1
        and ("UTF-16 units, 2 per line end" if "nvivo" in name else "code points, 1 per line end") in evidence[0]
    )


def test_annex_keeps_what_it_cannot_place(vectors: Path) -> None:
    project = read_qdpx(vectors / f"{ANNEX}.qdpx")
    codings = list(project.codings())
    assert len(codings) == 9 and all(c.start is None for c in codings)
    granola = next(c for c in codings if c.quote == "granola")
    assert granola.code_path == "waste of time" and granola.coder == "Friedrich Markgraf"
    assert any("4 codings" in line and "PDFSource" in line for line in project.limitations)
    assert next(c for c in codings if c.memo).memo == "why does Simon feel the need to do this?"


@pytest.mark.parametrize(
    "case",
    [
        {"crlf": True, "inner": "My Project.qde", "measure": len},  # ATLAS.ti: CRLF stored, one position per line end
        {"crlf": True, "measure": lambda t: len(t.replace("\n", "\r\n"))},  # MAXQDA
        {
            "crlf": True,
            "bom": True,
            "folder": "Sources",
            "measure": lambda t: utf16(t.replace("\n", "\r\n")),
        },  # NVivo for Windows
        {"form": lambda g: "{" + g.lower() + "}", "measure": len},
        {"bom": True, "measure": lambda t: len(t)},  # QualCoder
        {"bom": True, "measure": lambda t: len(t) + 1},
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_conventions_are_found(tmp_path: Path, case: dict[str, Any], named: bool) -> None:
    options = {k: v for k, v in case.items() if k != "measure"}
    path = package(
        tmp_path / "p.qdpx", TEXT, counted(case["measure"]), names=list(QUOTES) if named else None, **options
    )
    project = read_qdpx(path)
    assert {c.quote for c in project.codings()} == set(QUOTES)
    assert project.sources[0].text == TEXT


def test_inclusive_ends_need_quotes(tmp_path: Path) -> None:
    spans = [(a, b - 1) for a, b in counted(len)]
    assert {c.quote for c in read_qdpx(package(tmp_path / "p.qdpx", TEXT, spans, names=list(QUOTES))).codings()} == set(
        QUOTES
    )


def test_mixed_line_ends(tmp_path: Path) -> None:
    text = TEXT.replace("\nDana", "\r\nDana", 1)
    spans = [(text.index(q), text.index(q) + len(q)) for q in QUOTES]
    path = package(tmp_path / "p.qdpx", text, spans)
    assert {c.quote for c in read_qdpx(path).codings()} == set(QUOTES)


def test_ambiguous_is_refused_with_samples(tmp_path: Path) -> None:
    path = package(tmp_path / "p.qdpx", "😀 «…!?…» or so", [(3, 5), (4, 6)])
    with pytest.raises(BadInput) as refusal:
        read_qdpx(path)
    assert "UTF-16 units" in str(refusal.value) and "'…!'" in str(refusal.value)
    forced = read_qdpx(path, {"unit": "utf-16"})
    assert [c.quote for c in forced.codings()] != [c.quote for c in read_qdpx(path, {"unit": "code point"}).codings()]
    with pytest.raises(BadInput):
        read_qdpx(path, {"unit": "byte"})


@pytest.mark.parametrize("name", [*VECTORS, ANNEX])
@pytest.mark.parametrize("line_ends", ["lf", "crlf"])
def test_round_trip(
    vectors: Path, schema: Callable[[str, bytes], None], tmp_path: Path, name: str, line_ends: Any
) -> None:
    before = read_qdpx(vectors / f"{name}.qdpx")
    path = write_qdpx(before, tmp_path / "out.qdpx", line_ends)
    with zipfile.ZipFile(path) as archive:
        schema("Project", archive.read("project.qde"))
        assert all(n == "project.qde" or n.startswith("sources/") for n in archive.namelist())
        texts = [archive.read(n) for n in archive.namelist() if n.endswith(".txt")]
    assert all((b"\r\n" in t) == (line_ends == "crlf") and not t.startswith(b"\xef\xbb\xbf") for t in texts)
    after = read_qdpx(path)
    assert found(after) == found(before)
    for part in ("users", "codes", "variables", "cases", "sets", "notes", "carried", "note_refs", "description"):
        assert getattr(after, part) == getattr(before, part), part
    for one, two in zip(before.sources, after.sources, strict=True):
        assert (one.guid, one.name, one.text_sha256, one.values) == (two.guid, two.name, two.text_sha256, two.values)
        keep = ("guid", "name", "description", "attributes", "codings", "note_refs")
        assert [[getattr(s, k) for k in keep] for s in one.selections] == [
            [getattr(s, k) for k in keep] for s in two.selections
        ]


def test_codebook_round_trip(vectors: Path, schema: Callable[[str, bytes], None], tmp_path: Path) -> None:
    before = read_qdpx(vectors / f"{ANNEX}.qdpx")
    path = write_qdc(before, tmp_path / "out.qdc")
    schema("Codebook", path.read_bytes())
    after = read_qdc(path)
    assert after.codes == before.codes
    assert [s for s in before.sets if s.codes] == after.sets
    with pytest.raises(BadInput):
        write_qdc(Project("empty"), path)


@pytest.mark.parametrize(
    "space",
    [
        'xmlns="urn:QDA-XML:codebook:0:4"',
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="urn:QDA-XML:codebook:0:4 Codebook.xsd"',
        'xmlns="urn:QDA-XML:codebook:1.0"',
    ],
)
def test_codebooks_of_older_namespaces(tmp_path: Path, space: str) -> None:
    path = tmp_path / "book.qdc"
    path.write_text(
        f'<CodeBook {space}><Codes><Code guid="{new_guid(1).lower()}" name="A" isCodable="true">'
        f'<Code guid="{{{new_guid(2)}}}" name="B" isCodable="1"/></Code></Codes></CodeBook>'
    )
    codes = [(path, code.guid) for code, _, path in read_qdc(path).walk_codes()]
    assert codes == [(("A",), new_guid(1)), (("A", "B"), new_guid(2))]


character = st.characters(codec="utf-8", exclude_characters="\r", exclude_categories=("Cs",))


@settings(max_examples=60)
@given(
    text=st.text(character, min_size=1, max_size=60),
    data=st.data(),
    line_ends=st.sampled_from(["lf", "crlf"]),
    in_line=st.booleans(),
)
def test_any_text_survives(
    tmp_path_factory: pytest.TempPathFactory, text: str, data: st.DataObject, line_ends: Any, in_line: bool
) -> None:
    ends = data.draw(
        st.lists(
            st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(lambda s: s[0] < s[1]),
            max_size=4,
        )
    )
    code, user = Code(new_guid("c"), data.draw(st.text(min_size=1))), User(new_guid("u"), "Ana")
    selections = [
        Selection(new_guid("s", i), a, b, (a, b), codings=[Coding(new_guid("k", i), code.guid, user.guid)])
        for i, (a, b) in enumerate(ends)
    ]
    project = Project(
        "p",
        users=[user],
        codes=[code],
        sources=[TextSource(new_guid("t"), "t", text, selections=selections, in_line=in_line)],
    )
    path = write_qdpx(project, tmp_path_factory.mktemp("q") / "p.qdpx", line_ends)
    again = read_qdpx(path)
    assert again.sources[0].text == text
    assert [(s.start, s.end) for s in again.sources[0].selections] == ends


def test_position_beyond_the_text(tmp_path: Path) -> None:
    spans = [*counted(len), (900, 950), (901, 903)]
    project = read_qdpx(package(tmp_path / "p.qdpx", TEXT, spans, names=[*QUOTES, "Moderator: Thanks", "nowhere"]))
    codings = list(project.codings())
    assert len(codings) == len(spans)
    assert next(c for c in codings if c.quote == "Moderator: Thanks").start == TEXT.index("Moderator: Thanks")
    lost = next(c for c in codings if c.quote == "nowhere")
    assert lost.start is None and any("1 keep no position" in line for line in project.limitations)
    with pytest.raises(BadInput):
        write_qdpx(project, tmp_path / "out.qdpx")
    assert (
        len(list(read_qdpx(write_qdpx(project, tmp_path / "out.qdpx", unlocated="skip")).codings())) == len(spans) - 1
    )


def test_unknown_code_is_kept(tmp_path: Path) -> None:
    path = package(tmp_path / "p.qdpx", TEXT, counted(len))
    with zipfile.ZipFile(path) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    parts["project.qde"] = parts["project.qde"].replace(
        f'<Code guid="{new_guid("code")}"'.encode(), f'<Code guid="{new_guid("other")}"'.encode()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    project = read_qdpx(path)
    assert len(list(project.codings())) == len(QUOTES) and "unknown code" in project.limitations[0]


def hostile(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


BOMB = b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><Project>&b;</Project>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/hostname">]><Project>&x;</Project>'
DUPLICATE = (
    f'<Project {NS} name="p"><CodeBook><Codes><Code guid="{new_guid(1)}" name="a" isCodable="true">'
    f'<Code guid="{new_guid(1)}" name="b" isCodable="true"/></Code></Codes></CodeBook></Project>'
).encode()


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"project.qde": BOMB}, "entities"),
        ({"project.qde": OUTSIDE}, "entities"),
        ({"project.qde": b"<Project"}, "well-formed"),
        ({"../../project.qde": b"<a/>"}, "outside"),
        ({"/project.qde": b"<a/>"}, "outside"),
        ({"C:\\project.qde": b"<a/>"}, "outside"),
        ({"readme.txt": b""}, "no .qde"),
        ({"a.qde": b"<a/>", "b.qde": b"<a/>"}, "several projects"),
        ({"project.qde": b"<CodeBook/>"}, "root element"),
        ({"project.qde": b'<Project xmlns="http://example.org"/>'}, "root element"),
        ({"project.qde": f'<Project {NS}><Users><User guid="12"/></Users></Project>'.encode()}, "GUID"),
        ({"project.qde": DUPLICATE}, "more than once"),
        ({"project.qde": b"<a>" * 3000 + b"</a>" * 3000}, "deeper"),
        ({"project.qde": b"<a/>", "sources/big.txt": b"\0" * (3 * 2**20)}, "unpacks to"),
    ],
)
def test_hostile_files_are_refused(tmp_path: Path, members: dict[str, bytes], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        read_qdpx(hostile(tmp_path / "p.qdpx", members))


def test_broken_zip_is_refused(tmp_path: Path, vectors: Path) -> None:
    whole = (vectors / f"{VECTORS[0]}.qdpx").read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 30):
        path = tmp_path / "cut.qdpx"
        path.write_bytes(whole[:cut])
        with pytest.raises(BadInput):
            read_qdpx(path)
    path.write_bytes(whole[:400] + bytes(50) + whole[450:])
    with pytest.raises(BadInput):
        read_qdpx(path)
