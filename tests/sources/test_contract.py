"""What every kind of source keeps: right tables and types, UTC, nothing lost uncounted, bad input answered in words.

Each kind has a tiny export in `data/<kind>/`, with the source's params and the counts it must give in `source.yaml`. There, `values`
says what the rows become, worked out by hand, column by column; `lines: false` that the files are not rows of text whose order says
nothing, and `zoned: true` that no time in them lacks a zone. A kind that says neither is held to all of it.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from cjm_research.errors import BadInput, CjmError
from cjm_research.params.schema import Source
from cjm_research.sources import KINDS, SOURCES, sources_markdown
from cjm_research.sources.contract import KEY_COLUMNS, Context, SourceTables, find_files
from cjm_research.tables import TABLES

from .test_against_plain_readers import FIRST, OTHERS

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).resolve().parents[2]
READ_PLAINLY = {*FIRST, *OTHERS}
DTYPES = {"text": "string", "json": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean", "time": "datetime64[us, UTC]"}
#: columns that `build` fills in
LATER = {"customer_id"}
SAID = {kind: yaml.safe_load(path.read_text(encoding="utf-8")) if (path := DATA / kind / "source.yaml").is_file() else {} for kind in sorted(KINDS)}
#: kinds whose rows may stand in any order and whose files are lines of text
LINES = [kind for kind, said in SAID.items() if said.get("lines", True)]
#: kinds whose tiny export holds times without a zone
NAIVE = [kind for kind, said in SAID.items() if not said.get("zoned", False)]
#: of the columns delivered, those that a reader makes and no cell of an export says
MADE = {"source", "key_type", "interaction_id", "sequence"}


@dataclass
class Case:
    """A kind's tiny export."""

    kind: str
    folder: Path
    source: Source
    expected: dict[str, Any]

    def read(self, zone: str | None = "UTC", folder: Path | None = None, **changes: Any) -> SourceTables:
        source = self.source.model_copy(update=changes)
        SOURCES[self.kind].check(source)
        return SOURCES[self.kind].read(find_files(source, folder or self.folder), source, Context("acme", zone))

    def files(self) -> list[Path]:
        return find_files(self.source, self.folder)


@pytest.fixture(params=sorted(KINDS))
def case(request: pytest.FixtureRequest) -> Case:
    folder = DATA / request.param
    assert (folder / "source.yaml").is_file(), f"a kind of source needs a tiny export in {folder.relative_to(ROOT)}"
    said = yaml.safe_load((folder / "source.yaml").read_text(encoding="utf-8"))
    return Case(request.param, folder, Source.model_validate(said.pop("source")), said)


def test_every_kind_is_listed() -> None:
    folder = ROOT / "src" / "cjm_research" / "sources" / "kinds"
    for path in sorted(folder.iterdir()):
        text = (path / "__init__.py" if path.is_dir() else path).read_text(encoding="utf-8") if path.is_dir() and (path / "__init__.py").is_file() or path.suffix == ".py" else ""
        if path.name != "__init__.py" and ("SourceKind(" in text or path.is_dir() and text):
            delivered = {kind.read.__module__ for kind in SOURCES.values()}
            assert any(f".kinds.{path.stem}." in f"{m}." for m in delivered), f"{path.name} is in no line of SOURCES (src/cjm_research/sources/__init__.py)"


def test_delivers_what_it_says(case: Case) -> None:
    kind, delivered = SOURCES[case.kind], case.read()
    assert set(delivered.tables) <= set(kind.tables)
    for name, frame in delivered.tables.items():
        table = TABLES[name]
        keys = set(KEY_COLUMNS) if "customer_id" in table.names else set()
        assert set(frame.columns) <= set(table.names) - {"customer_id"} | keys
        assert not keys or "customer_key" in frame or case.kind in ("refi_qda", "codings_csv")
        for column in table.columns:
            if not column.nullable and column.name not in LATER:
                assert frame[column.name].notna().all(), f"{name}.{column.name} is empty somewhere"
            if column.type == "time" and column.name in frame and frame[column.name].notna().any():
                assert str(frame[column.name].dtype).endswith("UTC]")
        key = [c for c in table.key if c in frame]
        assert not key or not frame.duplicated(key).any()
        assert frame.index.equals(pd.RangeIndex(len(frame)))


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("transcripts", "refi_qda", "codings_csv")])
def test_types_are_the_tables_own(kind: str) -> None:
    said = yaml.safe_load((DATA / kind / "source.yaml").read_text(encoding="utf-8"))
    delivered = Case(kind, DATA / kind, Source.model_validate(said["source"]), said).read()
    for name, frame in delivered.tables.items():
        types = {c.name: DTYPES[c.type] for c in TABLES[name].columns} | dict.fromkeys(KEY_COLUMNS, "string")
        assert {c: str(t) for c, t in frame.dtypes.items()} == {str(c): types[str(c)] for c in frame}


def test_nothing_is_lost_uncounted(case: Case) -> None:
    delivered = case.read()
    report = delivered.report
    for name, frame in delivered.tables.items():
        assert report.rows_kept[name] == len(frame)
    assert report.rows_read == case.expected["rows_read"]
    for name, rows in case.expected["kept"].items():
        assert report.rows_kept[name] == rows, name
    dropped = case.expected.get("dropped", {})
    assert report.dropped == dropped
    first = next(iter(case.expected["kept"]))
    assert report.rows_read == report.rows_kept[first] + sum(report.dropped.values())
    for field, value in case.expected.get("report", {}).items():
        assert getattr(report, field) == value, field
    assert report.files and report.source == case.source.name and report.kind == case.kind


def test_values_are_those_worked_out_by_hand(case: Case) -> None:
    said = case.expected.get("values", {})
    assert said or case.kind in READ_PLAINLY, (
        "what do its rows become? say it in source.yaml, values: {table: {column: [a value a row]}}, worked out by hand, or write a plain reader in test_against_plain_readers.py")
    if said:
        tables = {name: {str(c): [plainly(v) for v in frame[c]] for c in frame if c not in MADE and frame[c].notna().any()} for name, frame in case.read().tables.items()}
        assert tables == {name: {c: [plainly(v) for v in values] for c, values in columns.items()} for name, columns in said.items()}


def plainly(value: Any) -> Any:
    """A cell as YAML would hold it; times in UTC."""
    if pd.isna(value):
        return None
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, pd.Timestamp | datetime) else value


def test_reads_the_same_twice(case: Case) -> None:
    one, two = case.read(), case.read()
    assert one.report == two.report
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, two.tables[name])


def test_settings_and_columns_are_known_by_name(case: Case) -> None:
    kind = SOURCES[case.kind]
    with pytest.raises(BadInput, match="unknown setting 'propertiez'"):
        kind.check(case.source.model_copy(update={"settings": {"propertiez": []}}))
    for key in case.source.settings:
        assert key in kind.settings
    if kind.columns:
        with pytest.raises(BadInput, match="unknown canonical column 'costumer_id'"):
            kind.check(case.source.model_copy(update={"columns": {"costumer_id": "x"}}))


def test_missing_files_are_told(case: Case) -> None:
    with pytest.raises(BadInput, match="nothing matches 'nothing.csv'"):
        find_files(case.source.model_copy(update={"files": "nothing.csv"}), case.folder)
    with pytest.raises(BadInput, match="outside"):
        find_files(case.source.model_copy(update={"files": "../events/*"}), case.folder)


def _copy(case: Case, folder: Path) -> list[Path]:
    shutil.copytree(case.folder, folder, dirs_exist_ok=True)
    return find_files(case.source, folder)


def test_empty_and_broken_files_are_answered_in_words(case: Case, tmp_path: Path) -> None:
    """An empty file is refused; damaged ones are refused or read in part, never a traceback."""
    path = _copy(case, tmp_path)[0]
    whole = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(BadInput) as told:
        case.read(folder=tmp_path)
    assert path.name in told.value.where and told.value.found
    noise = random.Random(7)
    damaged = [whole[: len(whole) * k // 10] for k in range(1, 10)]
    damaged += [b"\x00" * 100, b"\xff\xfe\xff\xff\x00", b"PK\x03\x04rest", b"\x1f\x8b\x08broken", b"<!DOCTYPE html><html>", b"\n\n\n", b"{", b"[]"]
    damaged += [bytes(b if noise.random() > 0.01 else noise.randrange(256) for b in whole) for _ in range(12)]
    for raw in damaged:
        path.write_bytes(raw)
        try:
            case.read(folder=tmp_path)
        except CjmError as error:
            assert error.where and error.found


@pytest.mark.parametrize("kind", LINES)
def test_a_header_without_rows_is_no_failure(kind: str, tmp_path: Path) -> None:
    case = _case(kind)
    path = _copy(case, tmp_path)[0]
    raw = path.read_bytes()
    encoding = "utf-16" if raw.startswith(b"\xff\xfe") else "utf-8"
    path.write_text(raw.decode(encoding).splitlines()[0] + "\n", encoding=encoding)
    delivered = case.read(folder=tmp_path)
    assert all(len(frame) == 0 for frame in delivered.tables.values())
    assert "the export has no rows" in delivered.report.notes


@pytest.mark.parametrize("kind", LINES)
def test_ragged_rows_are_refused_or_counted(kind: str, tmp_path: Path) -> None:
    case = _case(kind)
    path = _copy(case, tmp_path)[0]
    raw = path.read_bytes()
    encoding = "utf-16" if raw.startswith(b"\xff\xfe") else "utf-8"
    lines = raw.decode(encoding).split("\n")
    path.write_bytes("\n".join([lines[0], "one;two,three", *lines[1:]]).encode(encoding))
    with pytest.raises(BadInput, match="line 2 has [12] fields") as told:
        case.read(folder=tmp_path)
    assert "rows: skip" in told.value.next
    report = case.read(folder=tmp_path, rows="skip").report
    assert report.dropped["ragged rows"] == 1
    assert report.rows_read == case.expected["rows_read"] + 1


@pytest.mark.parametrize("kind", LINES)
def test_the_order_of_rows_does_not_matter(kind: str, tmp_path: Path) -> None:
    case = _case(kind)
    path = _copy(case, tmp_path)[0]
    text, delimiter = _text(path)
    head, _, footer = text.partition('\n\n"Grand')
    header, *rows = csv.reader(io.StringIO(head), delimiter=delimiter)
    random.Random(3).shuffle(rows)
    _write(path, [header, *rows], delimiter, f'\n"Grand{footer}' if footer else "")
    straight, shuffled = case.read(), case.read(folder=tmp_path)
    assert straight.report.dropped == shuffled.report.dropped
    for name, frame in straight.tables.items():
        order = [c for c in TABLES[name].key if c in frame] or list(frame.columns)
        a, b = (f.sort_values(order).reset_index(drop=True) for f in (frame, shuffled.tables[name]))
        pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize("kind", NAIVE)
def test_times_without_a_zone_need_a_declared_one(kind: str) -> None:
    with pytest.raises(BadInput, match="have no time zone") as told:
        _case(kind).read(zone=None, timezone=None)
    assert "timezone" in told.value.next


@pytest.mark.parametrize("kind", [k for k in LINES if SAID[k]["source"].get("columns")])  # else its tiny export is known by its own columns
def test_repeated_headers_are_refused_where_they_matter(kind: str, tmp_path: Path) -> None:
    case = _case(kind)
    path = _copy(case, tmp_path)[0]
    column = next(iter(case.source.columns.values()))
    text, delimiter = _text(path)
    header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    _write(path, [[*header, column], *([*row, "x"] if len(row) == len(header) else row for row in rows)], delimiter)
    with pytest.raises(BadInput, match="more than once") as told:
        case.read(folder=tmp_path)
    assert f"{column} (1)" in told.value.allowed and f"{column} (2)" in told.value.allowed


def _text(path: Path) -> tuple[str, str]:
    """A table as text, and what parts its cells."""
    raw = path.read_bytes()
    text = raw.decode("utf-16" if raw.startswith(b"\xff\xfe") else "utf-8")
    return text, ";" if ";" in text.split("\n")[0] else ","


def _write(path: Path, rows: list[list[str]], delimiter: str, footer: str = "") -> None:
    encoding = "utf-16" if path.read_bytes().startswith(b"\xff\xfe") else "utf-8"
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path.write_bytes((out.getvalue() + footer).encode(encoding))


def _case(kind: str) -> Case:
    said = yaml.safe_load((DATA / kind / "source.yaml").read_text(encoding="utf-8"))
    return Case(kind, DATA / kind, Source.model_validate(said.pop("source")), said)


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "sources.md").read_text(encoding="utf-8") == sources_markdown(SOURCES), "run: cjm docs"


def test_every_kind_is_documented() -> None:
    page = sources_markdown(SOURCES)
    for kind in SOURCES.values():
        assert f"## {kind.name}" in page
        for key in (*kind.columns, *kind.settings):
            assert f"`{key}`" in page
