"""Strict reading of delimited text and JSON: against Python's own csv and json, and the refusals."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.params.schema import Join, Source
from cjm_research.sources.contract import ImportReport
from cjm_research.sources.reading import summaries
from cjm_research.sources.reading.joins import input_files, raw_folder
from cjm_research.sources.reading.records import flatten, json_rows, read_records
from cjm_research.sources.reading.tabular import column_of, mapped_columns, read_rows


def source(**options: Any) -> Source:
    return Source(**({"name": "s", "kind": "events", "files": "*"} | options))


def read(path: Path, **options: Any) -> tuple[pd.DataFrame, ImportReport]:
    report = ImportReport("s", "events")
    return read_rows([path], source(**options), report, path.parent), report


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


#: any text but a word for a sum, whose row is a record or not by the rule of the test below
CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=8).filter(lambda c: summaries._fold(c) not in summaries.WORDS)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_any_text_comes_back(tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str, end: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *rows])
    frame, report = read(write(tmp_path / "x.csv", out.getvalue()), delimiter=delimiter)
    expected = [[c if c not in ("", "\\N") else None for c in row] for row in rows]
    kept = [row for row in expected if any(c is not None for c in row)]
    assert [[None if pd.isna(v) else v for v in row] for row in frame.to_numpy().tolist()] == kept
    assert report.rows_read == len(rows)
    assert report.dropped.get("rows without any value", 0) == len(rows) - len(kept)


@pytest.mark.parametrize(("last", "sums"), [("Total,8,", True), ("Ø,,1.5", True), ("Total,,", False), ("Ø,,", False), ("Total,x,", False), ("7,8,", False)])
def test_a_last_row_sums_up_only_with_a_figure(tmp_path: Path, last: str, sums: bool) -> None:
    frame, report = read(write(tmp_path / "x.csv", f"a,b,c\n1,3,1\n2,5,2\n{last}\n"))
    assert report.rows_read == 3 and len(frame) == 3 - sums and report.dropped == ({"rows that sum up the others": 1} if sums else {})


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("utf-16-be", b"\xfe\xff"), ("utf-32", b"")])
def test_marks_say_the_encoding(tmp_path: Path, encoding: str, mark: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(mark + "größe,ok\nß,é\n".encode(encoding))
    frame, _ = read(path)
    assert frame.to_dict("list") == {"größe": ["ß"], "ok": ["é"]}
    path.with_suffix(".csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert read(path.with_suffix(".csv.gz"))[0].equals(frame)


def test_a_declared_encoding(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "a\nMünchen\n", "cp1252")
    with pytest.raises(BadInput, match="line 2, byte 3: not utf-8 text") as told:
        read(path)
    assert "encoding: cp1252" in told.value.next
    assert read(path, encoding="cp1252")[0]["a"].tolist() == ["München"]
    with pytest.raises(ValueError, match="'klingon' is no character encoding"):
        read(path, encoding="klingon")
    assert read(write(tmp_path / "y.csv", "a,b\n1,2\n", "utf-16-le"), encoding="utf-16-le")[0]["b"].tolist() == ["2"]
    with pytest.raises(BadInput, match="UTF-16 without a mark"):
        read(tmp_path / "y.csv")


def test_dialects(tmp_path: Path) -> None:
    assert list(read(write(tmp_path / "a.csv", "a;b,c;d\n1;2,5;3\n"))[0].columns) == ["a", "b,c", "d"]
    assert read(write(tmp_path / "b.csv", "sep=;\na;b\n1;2\n"))[0].to_dict("list") == {"a": ["1"], "b": ["2"]}
    assert read(write(tmp_path / "c.csv", "# report\n# 2026\na,b\n1,2\n"), settings={"skip_lines": 2})[0].columns.tolist() == ["a", "b"]
    frame, report = read(write(tmp_path / "d.csv", "ID,,ID,x,\n1,2,3,4,5\n"))
    assert list(frame.columns) == ["ID (1)", "column 2", "ID (2)", "x", "column 5"]
    assert report.renamed == {"ID (column 1)": "ID (1)", "ID (column 3)": "ID (2)"}


def test_ragged_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", 'a,b\n1,2\n"x\ny",4\n5\n6,7,8\n9,10\n')
    with pytest.raises(BadInput, match=r"line 5 has 1 fields, the header 2 \(2 such rows\): '5'"):
        read(path)
    frame, report = read(path, rows="skip")
    assert frame["a"].tolist() == ["1", "x\ny", "9"] and report.dropped == {"ragged rows": 2} and report.rows_read == 5


@pytest.mark.parametrize(("raw", "said"), [
    (b"", "empty"), (b"  \n \n", "empty"), (b"PK\x03\x04xx", "zip archive"), (b"%PDF-1.7", "PDF"),
    (b"<!DOCTYPE html><html><body>sign in</body></html>", "web page"), (b"\x1f\x8b\x08xxxx", "gzip file is damaged"), (b",,\n1,2,3\n", "no column names"),
    (b'"a,b\n1,2\n', "header cannot be read"),
])
def test_what_is_no_table(tmp_path: Path, raw: bytes, said: str) -> None:
    (tmp_path / "x.csv").write_bytes(raw)
    with pytest.raises(BadInput, match=said):
        read(tmp_path / "x.csv")


def test_report_footers_are_no_records(tmp_path: Path) -> None:
    body = '"Id","Name"\n"1","a"\n"2","b"\n'
    footer = '\n"Grand Totals (2 records)"\n\n"Confidential Information - Do Not Distribute"\n"Copyright (c) 2000-2026 salesforce.com, inc."\n'
    frame, report = read(write(tmp_path / "x.csv", body + footer))
    assert frame["Id"].tolist() == ["1", "2"] and "footer" in report.notes[0]
    # the same words inside a text are a text
    inside = '"Id","Name"\n"1","a\n\nCopyright (c) 2020 me\nbye"\n'
    assert read(write(tmp_path / "y.csv", inside))[0]["Name"].tolist() == ["a\n\nCopyright (c) 2020 me\nbye"]


# --- JSON -------------------------------------------------------------------------------------------------------------

KEYS = st.text(st.characters(whitelist_categories=["Ll", "Nd"], whitelist_characters="_$ -"), min_size=1, max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10**9, 10**9) | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=6),
    lambda inner: st.lists(st.integers(0, 9), max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), min_size=1, max_size=5))
def test_json_lines_read_fast_equal_those_read_slowly(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    kinds: dict[str, set[type]] = {}
    for row in rows:
        _kinds(row, "", kinds)
    path = write(tmp_path / "x.jsonl", "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))
    frame = read_records(path, source(), "x")
    flat = [flatten(r) for r in json_rows(path, source())]
    # a key that is an object here and a value there stays JSON; an empty object has no fields
    for name in {n for f in flat for n in f}:
        if not any(name == k or name.startswith(f"{k}.") or k.startswith(f"{name}.") for k, t in kinds.items() if dict in t and len(t - {type(None)}) > 1):
            expected = [f.get(name) for f in flat]
            found = [None if pd.isna(v) else v for v in frame[name]] if name in frame else [None] * len(rows)
            assert found == expected, name


def _kinds(value: dict[str, Any], prefix: str, kinds: dict[str, set[type]]) -> None:
    for key, inner in value.items():
        kinds.setdefault(prefix + key, set()).add(type(inner))
        if isinstance(inner, dict):
            _kinds(inner, f"{prefix}{key}.", kinds)


def test_json_in_other_shapes(tmp_path: Path) -> None:
    rows = [{"id": "1", "attributes": {"rating": 5, "tags": ["a", "b"], "ok": True}}, {"id": "2", "attributes": {"rating": None}}]
    expected = {"id": ["1", "2"], "attributes.rating": ["5", None], "attributes.tags": ['["a","b"]', None], "attributes.ok": ["true", None]}
    for name, text in {"list.json": json.dumps(rows, indent=1), "envelope.json": json.dumps({"data": rows, "links": {"next": None}}),
                       "lines.json": "\n".join(map(json.dumps, rows)), "lines.jsonl": "\n".join(map(json.dumps, rows)) + "\n\n"}.items():
        frame = read_records(write(tmp_path / name, text), source(), "x")
        assert {c: [None if pd.isna(v) else v for v in frame[c]] for c in frame} == expected, name
    assert read_records(write(tmp_path / "empty.json", "[]"), source(), "x").empty
    with pytest.raises(BadInput, match="line 2: not valid JSON"):
        read_records(write(tmp_path / "cut.jsonl", '{"a": 1}\n{"a": \n'), source(), "x")
    (tmp_path / "latin.jsonl").write_bytes('{"a": "é"}\n'.encode("latin-1"))
    with pytest.raises(BadInput, match="line 1, byte 7: not utf-8"):
        read_records(tmp_path / "latin.jsonl", source(), "x")
    assert read_records(tmp_path / "latin.jsonl", source(encoding="latin-1"), "x")["a"].tolist() == ["é"]
    with pytest.raises(BadInput, match="not objects"):
        read_records(write(tmp_path / "numbers.jsonl", "1\n2\n"), source(), "x")
    with pytest.raises(BadInput, match="different keys"):
        read_records(write(tmp_path / "wide.jsonl", json.dumps({f"k{i}": 1 for i in range(3000)})), source(), "x")


# --- columns, joins, filters ------------------------------------------------------------------------------------------


def test_columns_of_the_map() -> None:
    frame = pd.DataFrame({"store": ["a", None], "till": ["1", "2"], "Time": ["x", "y"]}, dtype="string")
    report = ImportReport("s", "events")
    mapped = source(columns={"unit_id": "{store}-{till}", "occurred_at": "time", "event": "Time"}, constants={"value": 3.0})
    assert column_of(frame, mapped, "unit_id", report).fillna("-").tolist() == ["a-1", "-"]  # type: ignore[union-attr]
    assert column_of(frame, mapped, "value", report).tolist() == [3.0, 3.0]  # type: ignore[union-attr]
    assert column_of(frame, mapped, "stage", report) is None
    assert mapped_columns(mapped) >= {"store", "till", "time", "Time"}
    with pytest.raises(BadInput, match="unknown column 'time'. Did you mean 'Time'"):
        column_of(frame, mapped, "occurred_at", report)
    with pytest.raises(BadInput, match="not mapped") as told:
        column_of(frame, mapped, "customer_id", report, required=True)
    assert told.value.allowed == "one of: store, till, Time"


def test_joins(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    orders = write(tmp_path / "sub" / "orders.csv", "order,customer\n1,a\n2,b\n3,\n")
    write(tmp_path / "items.csv", "order_id,price,name\n1,2.5,z\n1,4,y\n2,x,x\n")
    write(tmp_path / "people.csv", "customer,city\na,Bonn\n,Nowhere\n")
    joins = [Join(files="items.csv", by={"order": "order_id"}, columns={"total": "sum(price)", "n": "count(name)", "first": "first(name)", "least": "min(name)"}),
             Join(files="people.csv", by="customer", columns=["city"])]
    report = ImportReport("s", "events")
    assert raw_folder([orders], source(files="sub/orders.csv")) == tmp_path
    frame = read_rows([orders], source(joins=joins, files="sub/orders.csv", settings={"unreadable": 0.4}), report)
    assert frame["total"].fillna(-1).tolist() == [6.5, -1, -1] and frame["n"].fillna(0).tolist() == [2, 1, 0]
    assert frame["first"].fillna("").tolist() == ["z", "x", ""] and frame["least"].fillna("").tolist() == ["y", "x", ""]
    assert frame["city"].fillna("").tolist() == ["Bonn", "", ""]
    assert [p.name for p in input_files(source(joins=joins, files="sub/*"), tmp_path)] == ["items.csv", "people.csv", "orders.csv"]
    for bad, said in ((Join(files="items.csv", by={"order": "order_id"}, columns=["price"]), "occurs more than once"),
                      (Join(files="items.csv", by={"order": "order_id"}, columns={"a": "sum(price)", "b": "name"}), "has no aggregate"),
                      (Join(files="../x", by="order", columns=["a"]), "outside"), (Join(files="no.csv", by="order", columns=["a"]), "nothing matches"),
                      (Join(files="items.csv", by="order", columns=["price"]), "unknown column of the joined file 'order'"),
                      (Join(files="people.csv", by="customer", columns=["town"]), "unknown column of the joined file 'town'"),
                      (Join(files="people.csv", by="customer", columns={"order": "city"}), "is there already")):
        with pytest.raises(BadInput, match=said):
            read_rows([orders], source(files="sub/*", joins=[bad]), report)


def test_joined_numbers_are_numbers(tmp_path: Path) -> None:
    """As text "9" would be the most of 9 and 10, and 1.250,50 no number at all."""
    orders = write(tmp_path / "orders.csv", "order\n1\n2\n")
    write(tmp_path / "items.csv", 'order,price,n,day,when\n1,"1.250,50",9,2024-01-09,9.1.2024\n1,"2,5",10,2024-01-10,10.1.2024\n2,(40),7,2024-01-01,1.1.2024\n')
    columns = {"total": "sum(price)", "most": "max(n)", "least": "min(price)", "last": "max(day)"}
    frame = read_rows([orders], source(joins=[Join(files="items.csv", by="order", columns=columns)], files="orders.csv"), ImportReport("s", "events"))
    assert frame["total"].tolist() == [1253.0, -40.0] and frame["most"].tolist() == [10, 7] and frame["least"].tolist() == [2.5, -40]
    assert frame["last"].tolist() == ["2024-01-10", "2024-01-01"]
    with pytest.raises(BadInput, match="'9.1.2024' cannot be compared as text"):
        read_rows([orders], source(joins=[Join(files="items.csv", by="order", columns={"x": "max(when)"})], files="orders.csv"), ImportReport("s", "events"))


def test_filters_count_what_they_drop(tmp_path: Path) -> None:
    path = write(tmp_path / "x.csv", "a,n\nx,1\ny,20\n,3\n")
    frame, report = read(path, filter={"a": ["x", None], "n": {">": 2}})
    assert frame["n"].tolist() == ["3"] and report.dropped == {"filtered by params": 2} and report.rows_read == 3
    with pytest.raises(BadInput, match="unknown column 'b'"):
        read(path, filter={"b": 1})


def test_files_that_differ_in_columns_are_noted(tmp_path: Path) -> None:
    one, two = write(tmp_path / "1.csv", "a,b\n1,2\n"), write(tmp_path / "2.csv", "a\n3\n")
    report = ImportReport("s", "events")
    frame = read_rows([one, two], source(), report)
    assert frame["b"].fillna("-").tolist() == ["2", "-"] and report.notes == ["2.csv has no column 'b'; empty there"]
    assert report.files == ["1.csv", "2.csv"] and report.rows_read == 2


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "t": pd.to_datetime(["2026-01-01", None]), "s": ["a", None]}).to_parquet(tmp_path / "x.parquet")
    frame, _ = read(tmp_path / "x.parquet")
    assert str(frame["n"].dtype) == "Int64" and frame["n"][0] == 1 and str(frame["t"].dtype).startswith("datetime64")
    (tmp_path / "y.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(BadInput, match="not a readable Parquet file"):
        read(tmp_path / "y.parquet")
