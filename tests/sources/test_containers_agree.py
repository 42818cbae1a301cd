"""The same rows in every container: equal tables, equal counts, and rows in the file = kept + dropped by reason."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, SourceTables, find_files

from .test_headers import FILES

Rows = list[dict[str, str]]


def _lines(rows: Rows) -> str:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


def _text(rows: Rows, delimiter: str = ",", line: str = "\n") -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator=line)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _parquet(rows: Rows) -> bytes:
    out = io.BytesIO()
    pd.DataFrame(rows, dtype="string").to_parquet(out)
    return out.getvalue()


CONTAINERS: dict[str, tuple[str, Callable[[Rows], bytes]]] = {
    "csv packed": ("x.csv.gz", lambda rows: gzip.compress(_text(rows).encode())),
    "packed under the name of a csv": ("x.csv", lambda rows: gzip.compress(_text(rows).encode())),
    "with a byte order mark": ("x.csv", lambda rows: _text(rows).encode("utf-8-sig")),
    "utf-16 with tabs": ("x.csv", lambda rows: _text(rows, "\t", "\r\n").encode("utf-16")),
    "semicolons and sep=": ("x.csv", lambda rows: ("sep=;\r\n" + _text(rows, ";", "\r\n")).encode()),
    "lines that end with CR": ("x.csv", lambda rows: _text(rows, line="\r").encode()),
    "json lines": ("x.jsonl", lambda rows: _lines(rows).encode()),
    "json lines packed": ("x.jsonl.gz", lambda rows: gzip.compress(_lines(rows).encode())),
    "a json list": ("x.json", lambda rows: json.dumps(rows, indent=1).encode()),
    "an envelope": ("x.json", lambda rows: json.dumps({"data": rows, "links": {}}).encode()),
    "parquet": ("x.parquet", _parquet),
}


def deliver(kind: str, folder: Path, name: str, content: bytes) -> SourceTables:
    folder.mkdir()
    (folder / name).write_bytes(content)
    source = Source.model_validate({"name": "s", "kind": kind, "files": name, "timezone": "UTC"} | FILES[kind][-1])
    return SOURCES[kind].read(find_files(source, folder), source, Context("acme", "UTC"))


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("kind", FILES)
def test_the_same_rows_in_every_container(kind: str, container: str, tmp_path: Path) -> None:
    header, two, third, table, _ = FILES[kind]
    rows = list(csv.DictReader(io.StringIO(f"{header}\n{two}\n{third}\n")))
    name, written = CONTAINERS[container]
    plain, found = deliver(kind, tmp_path / "plain", "x.csv", _text(rows).encode()), deliver(kind, tmp_path / "other", name, written(rows))
    assert found.report.rows_read == len(rows) == found.report.rows_kept[table] + sum(found.report.dropped.values())
    assert set(found.tables) == set(plain.tables)
    for one, frame in plain.tables.items():
        assert frame.astype("string").equals(found.tables[one].astype("string")), one


def test_parts_of_an_archive_are_of_one_table_as_files_are(tmp_path: Path) -> None:
    """A part that lacks a column its rows need is refused, in an archive as beside one; any other column is told."""
    mapped = {"customer_id": "u", "occurred_at": "at", "event": "ev"}
    for other, refused in (("u,at,name\nb,2024-03-02,y\n", True), ("u,at,ev,more\nb,2024-03-02,y,1\n", False)):
        packed = tmp_path / f"{refused}"
        packed.mkdir()
        with zipfile.ZipFile(packed / "e.zip", "w") as archive:
            archive.writestr("a.csv", "u,at,ev\na,2024-03-01,x\n")
            archive.writestr("b.csv", other)
        source = Source.model_validate({"name": "s", "kind": "events", "files": "e.zip", "timezone": "UTC", "columns": mapped})
        if refused:
            with pytest.raises(BadInput, match="b.csv: the file has no column 'ev'"):
                SOURCES["events"].read([packed / "e.zip"], source, Context("acme", "UTC"))
        else:
            found = SOURCES["events"].read([packed / "e.zip"], source, Context("acme", "UTC"))
            assert list(found.tables["interactions"]["event"]) == ["x", "y"] and "e.zip > a.csv has no column 'more'; empty there" in found.report.notes
