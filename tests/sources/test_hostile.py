"""Files made to mislead, to crash or to exhaust the machine: each ends in words that name the file and help."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cjm_research.errors import BadInput, Unforeseen
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, SourceKind, find_files
from cjm_research.sources.kinds.transcripts import parse_text
from cjm_research.sources.limits import Unpacking
from cjm_research.sources.settings import FORMS

COLUMNS = {"customer_id": "u", "occurred_at": "t", "event": "e"}
HEAD, ROW = "u,t,e\n", "a,2026-01-05T10:00:00Z,buy\n"


def read(folder: Path, name: str, raw: bytes, kind: str = "events", *, unpacking: Unpacking | None = None, **options: object):
    (folder / name).write_bytes(raw)
    source = Source.model_validate({"name": "s", "kind": kind, "files": name} | ({"columns": COLUMNS} if kind == "events" else {}) | options)
    return SOURCES[kind].read(find_files(source, folder), source, Context("c", "UTC", unpacking=unpacking or Unpacking()))


def told(folder: Path, name: str, raw: bytes, kind: str = "events", **options: object) -> str:
    with pytest.raises(BadInput) as caught:
        read(folder, name, raw, kind, **options)
    problem = caught.value
    assert not isinstance(problem, Unforeseen), problem.details
    assert problem.where and problem.found and problem.allowed and problem.next, problem.text()
    return problem.text()


# --- what readers meet -------------------------------------------------------------------------------------------------


def named(value: object) -> str | None:
    """Ids without the bytes: archives hold the time of their making, and every worker must find the same tests."""
    return "raw" if isinstance(value, bytes) else None


@pytest.mark.parametrize(("name", "raw", "said"), [
    ("a.json", b"5", "one value"), ("a.json", b'"text"', "one value"), ("a.json", b"null", "one value"), ("a.json", b"[1, 2]", "not objects"),
    ("a.jsonl", b'{"u": "\\ud83d", "t": "x", "e": "y"}\n{"u": "b"}\n', "record 1: half a character, \\ud83d"), ("a.json", b'[{"u": "x\\ude00"}]', "half a character"),
    ("a.json", b'[{"u": ' + b"9" * 5_000 + b"}]", "a number of 5,000 digits"), ("a.json", b'{"u":\n ' + b"9" * 5_000 + b"}", "5,000 digits"),
    ("a.json", b'{"a":' * 200 + b"1" + b"}" * 200, "nested too deep"), ("a.json", b"[" * 100_000, "nested too deep"),
    ("a.csv.gz", gzip.compress(HEAD.encode() + ROW.encode() * 2_000)[:-12], "gzip file is damaged"), ("a.csv", b"\x1f\x8b\x08\x00" + b"\xff" * 80, "gzip file is damaged"),
    ("a.csv", HEAD.encode("utf-16-le") * 3, "UTF-16"), ("a.csv", b"u,u,t,e\n1,2,3,4\n", "more than once"),
    ("a.csv", b"u," * 20_000 + b"t\n", "columns"), ("a.csv", b'"u\n' + b"x\n" * 20 + b'",t,e\n', "column's name holds")], ids=named)
def test_damaged_and_odd_exports(tmp_path: Path, name: str, raw: bytes, said: str) -> None:
    assert said in told(tmp_path, name, raw)


def test_parquet_of_strangers(tmp_path: Path) -> None:
    times = ["2026-01-05T10:00:00Z"]
    twice = pa.table([pa.array(["a"]), pa.array(["b"]), pa.array(times), pa.array(["buy"])], names=["u", "u", "t", "e"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    assert "u (1), u (2)" in told(tmp_path, "a.parquet", (tmp_path / "twice.parquet").read_bytes())
    for cell, good in ((b"\xff\xfe", False), (b"anna", True)):
        pq.write_table(pa.table({"u": pa.array([cell], pa.binary()), "t": times, "e": ["buy"]}), tmp_path / "bytes.parquet")
        raw = (tmp_path / "bytes.parquet").read_bytes()
        if good:
            assert read(tmp_path, "b.parquet", raw).tables["interactions"]["customer_key"].tolist() == ["anna"]
        else:
            assert "'u' holds bytes" in told(tmp_path, "b.parquet", raw)
    nested = pa.table({"u": ["a"], "t": times, "e": ["buy"], "more": [{"x": 1, "list": [1, 2]}]})
    pq.write_table(nested, tmp_path / "nested.parquet")
    rows = read(tmp_path, "c.parquet", (tmp_path / "nested.parquet").read_bytes()).tables["interactions"]
    assert json.loads(rows["properties"][0]) == {"more.x": 1, "more.list": "[1,2]"}


@pytest.mark.parametrize("encoding", ["x", "undefined", "idna", "utf-7"])
def test_xml_of_unknown_encodings(tmp_path: Path, encoding: str) -> None:
    assert "XML" in told(tmp_path, "a.xes", f'<?xml version="1.0" encoding="{encoding}"?><log></log>'.encode(), "xes")


@pytest.mark.parametrize("settings", [{"skip_lines": "two"}, {"skip_lines": {"a": 1}}, {"skip_lines": -1}, {"skip_lines": True}, {"keys": 5}, {"null_keys": 5}, {"time_format": {"a": 1}},
                                      {"properties": 3}, {"deduplicate": "maybe"}, {"time_columns": ["t"]}, {"decimal": [1]}])
def test_settings_have_forms(tmp_path: Path, settings: dict[str, object]) -> None:
    text = told(tmp_path, "a.csv", (HEAD + ROW).encode(), settings=settings)
    assert f"settings.{next(iter(settings))}" in text


def test_every_setting_has_a_form() -> None:
    assert [f"{k.name}: {s}" for k in SOURCES.values() for s in k.settings if s not in FORMS] == []


@pytest.mark.parametrize("pattern", [".", "", "***", "a**", "[!", "a\0b", "x" * 300, "y/" * 400, "**/**/**/**/a", "/etc/passwd", "../a", "\x1b[31m", []])
def test_patterns_of_files(tmp_path: Path, pattern: object) -> None:
    source = Source.model_construct(name="s", kind="events", files=pattern)  # params refuse control characters before
    with pytest.raises(BadInput) as caught:
        find_files(source, tmp_path)
    assert caught.value.allowed and caught.value.next


def test_what_nobody_foresaw_names_source_file_and_kind(tmp_path: Path) -> None:
    def broken(files, source, context):
        for path in files:
            if path.name == "b.csv":
                raise ZeroDivisionError("secret of the export")

    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("x")
    kind = SourceKind("odd", "Odd", broken, ())
    with pytest.raises(Unforeseen) as caught:
        kind.read(sorted(tmp_path.glob("*.csv")), Source(name="s", kind="odd", files="*"), Context("c", None))
    text = caught.value.text()
    assert "source 's': b.csv" in text and "kind odd" in text and caught.value.report in text and "Traceback" in caught.value.details


# --- quotes ------------------------------------------------------------------------------------------------------------


SURVEY = 'u,t,e\n{}' + "".join(f"{i},2026-01-05T10:00:00Z,fine\n" for i in range(2, 60)) + '{}61,2026-01-05T10:00:00Z,bad\n'


@pytest.mark.parametrize(("first", "last", "said"), [
    ('1,2026-01-05T10:00:00Z,"I said ok\n', '60,2026-01-05T10:00:00Z,"good"\n', "line 2"), ('1,2026-01-05T10:00:00Z,"I said ""ok""\n', "", "not closed before the end"),
    ('1,2026-01-05T10:00:00Z,"I said ok\n', '60,2026-01-05T10:00:00Z,good"\n', "look like rows")])
def test_an_unclosed_quote_is_told_with_its_line(tmp_path: Path, first: str, last: str, said: str) -> None:
    text = told(tmp_path, "a.csv", SURVEY.format(first, last).encode())
    assert said in text and "line 2" in text and "quote" in text


def test_a_cell_of_many_lines_is_refused_until_allowed(tmp_path: Path) -> None:
    raw = (HEAD + 'a,2026-01-05T10:00:00Z,"' + "line\n" * 600 + '"\n').encode()
    assert "a cell of 600 lines" in told(tmp_path, "a.csv", raw)
    assert read(tmp_path, "a.csv", raw, settings={"cell_lines": 1_000}).report.rows_read == 1


def test_comments_of_several_lines_are_read(tmp_path: Path) -> None:
    said = 'Dear team,\nit was "good", cheap, fast\n\nbut late.\nBest, Anna'
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([["u", "t", "e"], ["a", "2026-01-05T10:00:00Z", said], ["b", "2026-01-05T10:00:00Z", '5" screen']])
    assert read(tmp_path, "a.csv", out.getvalue().encode()).tables["interactions"]["event"].tolist() == [said, '5" screen']
    assert read(tmp_path, "b.csv", b'u,t,e\na,2026-01-05T10:00:00Z,5" screen\n').tables["interactions"]["event"].tolist() == ['5" screen']


@pytest.mark.parametrize("seed", range(40))
def test_rows_are_counted_as_the_csv_module_counts_them(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    cells = [[f"u{i}", "2026-01-05T10:00:00Z", "x" + "".join(chance.choice('ab",\n ;"\'') for _ in range(chance.randrange(9)))] for i in range(chance.randrange(1, 9))]
    out = io.StringIO()
    csv.writer(out, lineterminator=chance.choice(["\n", "\r\n"]), quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).writerows([["u", "t", "e"], *cells])
    delivered = read(tmp_path, "a.csv", out.getvalue().encode(), settings={"cell_lines": 99, "deduplicate": False})
    assert delivered.report.rows_read == len(cells) == len(list(csv.reader(io.StringIO(out.getvalue(), newline="")))) - 1
    assert delivered.tables["interactions"]["event"].tolist() == [row[2].strip() for row in cells]


# --- containers --------------------------------------------------------------------------------------------------------


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.spreadsheet" if name == "mimetype" else "<x/>")
    return out.getvalue()


WEB = b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'><table><tr><td>u</td></tr></table></html>"


@pytest.mark.parametrize(("name", "raw", "said", "advice"), [
    ("a.csv", _zip("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook", "CSV UTF-8"), ("a.xlsx", _zip("xl/workbook.xml"), "an Excel workbook", "CSV UTF-8"),
    ("a.json", _zip("xl/workbook.xml"), "an Excel workbook", "CSV UTF-8"), ("a.parquet", _zip("xl/workbook.xml"), "an Excel workbook", "CSV UTF-8"),
    ("a.csv.gz", gzip.compress(_zip("xl/workbook.xml")), "an Excel workbook", "CSV UTF-8"), ("a.ods", _zip("mimetype", "content.xml"), "a LibreOffice spreadsheet", "CSV UTF-8"),
    ("a.csv", _zip("photo.png"), "no file inside is a table", "unpack"), ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Office file", "CSV UTF-8"),
    ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "with a password", "password"),
    ("a.csv", b"PAR1" + b"\0" * 20, "a Parquet file", "name it .parquet"), ("a.csv", b"%PDF-1.7\n", "a PDF", "CSV"), ("a.csv", b"\xef\xbb\xbf%PDF-1.7\n", "a PDF", "CSV"),
    ("a.xls", WEB, "under the name of a workbook", "CSV UTF-8"), ("a.csv", b"<!DOCTYPE html><html>", "a web page", "signed in"),
    ("a.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "written as XML", "CSV UTF-8"),
    ("a.csv", b"SQLite format 3\x00", "SQLite", "CSV"), ("a.csv", b"7z\xbc\xaf\x27\x1c", "7-Zip", "unpack"), ("a.csv", b'[{"u": 1}]', "this is JSON", ".json"),
    ("a.csv", gzip.compress(gzip.compress(b"u,t,e\n")), "a gzip file", "unpack"), ("a.parquet", b"u,t,e\n", "Parquet", "ending"),
    ("a.csv", b"\x04\x22\x4d\x18" + b"0" * 40, "LZ4", "gzip"), ("a.csv", b"RDX3\nX\n000", "a file of R", "CSV"), ("a.csv", b"\x80\x04\x95\x0f\x00", "a pickle", "CSV"),
    ("a.csv", b"\0" * 12 + b"\xc2\xea\x81\x60" + b"0" * 40, "a SAS file", "CSV"), ("a.csv", b"\0\1\0\0Standard Jet DB\0", "an Access database", "CSV"), ("a.csv", b"MZ\x90\0\0", "a program", "CSV"),
    ("a.csv", b"ID3\x04\0", "a recording", "transcript"), ("a.json", b"\0\0\0 ftypisom\0", "a recording", "transcript"), ("a.csv", b'<?xml version="1.0"?><rows><row u="1"/></rows>', "XML", "CSV"),
    ("a.csv", b"\xef\xbb\xbf<log xes.version='1.0'>", "XML", "kind: xes"), ("a.csv", b"WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n", "WebVTT", "transcripts"),
    ("a.csv", b"-- MySQL dump 10.13\nINSERT INTO e VALUES (1);\n", "SQL dump", "CSV"), ("a.csv", b"From: a@b.example\nTo: c@d.example\nSubject: export\n\nu,t,e\n", "a mail", "attachment")], ids=named)
@pytest.mark.parametrize("encoding", [None, "cp1252"])
def test_containers_are_recognised_before_they_are_decoded(tmp_path: Path, name: str, raw: bytes, said: str, advice: str, encoding: str | None) -> None:
    text = told(tmp_path, name, raw, encoding=encoding)
    assert said in text and advice in text


@pytest.mark.parametrize(("kind", "name"), [("xes", "a.xes"), ("ga4", "a.json"), ("transcripts", "a.txt"), ("transcripts", "a.docx")])
def test_containers_under_other_kinds(tmp_path: Path, kind: str, name: str) -> None:
    text = told(tmp_path, name, _zip("xl/workbook.xml"), kind)
    assert "an Excel workbook" in text and str(tmp_path) not in text and (kind != "transcripts" or "plain text" in text)


def test_a_broken_archive_is_told_by_its_name(tmp_path: Path) -> None:
    for name, kind in (("a.xlsx", "events"), ("a.docx", "transcripts"), ("a.qdpx", "refi_qda")):
        text = told(tmp_path, name, b"PK\x03\x04" + b"xl/workbook.xml" * 9 if kind == "events" else b"PK\x03\x04", kind)
        assert name in text and str(tmp_path) not in text


# --- bombs -------------------------------------------------------------------------------------------------------------


ZEROS = gzip.compress(b"0" * (40 << 20), 9)


@pytest.mark.parametrize(("kind", "name"), [("events", "a.csv.gz"), ("events", "a.jsonl.gz"), ("events", "a.json"), ("xes", "a.xes.gz"), ("ga4", "a.json.gz")])
def test_a_gzip_bomb_is_stopped_as_it_unpacks(tmp_path: Path, kind: str, name: str) -> None:
    text = told(tmp_path, name, ZEROS, kind)
    assert "unpacks to 1" in text and "limits:" in text  # stopped at 17 MiB of 40


def test_limits_are_the_params(tmp_path: Path) -> None:
    raw = gzip.compress((HEAD + ROW * 20_000).encode())
    assert read(tmp_path, "a.csv.gz", raw).report.rows_read == 20_000
    assert "unpacks to" in told(tmp_path, "a.csv.gz", raw, unpacking=Unpacking(size=100_000))


def test_many_tiny_elements_are_stopped_by_their_number(tmp_path: Path) -> None:
    """They unpack to few bytes each and cost far more."""
    (tmp_path / "a.xes.gz").write_bytes(gzip.compress(b"<log>" + b"<trace/>" * 600_000 + b"</log>"))
    source = Source.model_validate({"name": "s", "kind": "xes", "files": "a.xes.gz"})
    with pytest.raises(BadInput, match="elements and more"):
        SOURCES["xes"].read(find_files(source, tmp_path), source, Context("c", "UTC"))
    (tmp_path / "a.xes.gz").write_bytes(gzip.compress(b"<log>" + b"".join(
        b'<trace><string key="concept:name" value="%d"/><event><string key="concept:name" value="buy"/><date key="time:timestamp" value="2026-01-05T10:%02d:00Z"/></event></trace>' % (n, n % 60)
        for n in range(70_000)) + b"</log>"))
    assert SOURCES["xes"].read(find_files(source, tmp_path), source, Context("c", "UTC")).report.rows_read == 70_000


def test_a_parquet_bomb_is_counted_before_it_unpacks(tmp_path: Path) -> None:
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 4_000, pa.int32()), pa.array(["x" * 20_000]))
    pq.write_table(pa.table({"u": long.cast(pa.string()), "t": ["2026-01-05"] * 4_000, "e": ["buy"] * 4_000}), tmp_path / "bomb.parquet")
    raw = (tmp_path / "bomb.parquet").read_bytes()
    assert len(raw) < 200_000 and "unpacks to 76 MiB" in told(tmp_path, "a.parquet", raw)


def test_keys_that_are_data_are_no_columns(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({f"k{i % 1_500}": 1}) for i in range(20_000))
    assert "different keys" in told(tmp_path, "a.jsonl", lines.encode())


# --- expressions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [" ", "\t", "a ", "A: ", "[", "12:00 ", "-", "*", "#1 ", "a:", "A"])
def test_a_long_line_costs_no_more_than_its_length(unit: str) -> None:
    """A quadratic expression would take hours here; the test then ends by the suite's own limit, not by a clock."""
    found = parse_text("Anna: hi\nBob: yes\nAnna: so\nBob: x" + unit * (100_000 // len(unit)) + "y\nAnna: end\n")
    assert found.turns


@pytest.mark.parametrize("blanks", ["\n" * 6_000, "\r\n" * 40_000])
def test_blank_lines_before_the_rows_hide_none(tmp_path: Path, blanks: str) -> None:
    found = read(tmp_path, "a.csv", (HEAD + blanks + ROW * 30).encode())
    report = found.report
    assert report.rows_read == 30 == sum(report.rows_kept.values()) + sum(report.dropped.values()) and report.rows_kept["interactions"] == 30


def test_a_line_of_blanks_before_the_rows_is_told(tmp_path: Path) -> None:
    assert "line 2 has 1 field" in told(tmp_path, "a.csv", (HEAD + " " * 6_000 + "\n" + ROW * 30).encode())


@pytest.mark.parametrize(("kind", "day"), [(pa.date32(), 2**31 - 1), (pa.date32(), -719_163), (pa.date64(), 10**17)])
def test_days_that_no_calendar_has(tmp_path: Path, kind: pa.DataType, day: int) -> None:
    raw = io.BytesIO()
    pq.write_table(pa.table({"u": ["a"], "t": pa.array([day], kind), "e": ["x"]}), raw)
    assert "the column 't' holds a day before the year 1" in told(tmp_path, "a.parquet", raw.getvalue())
