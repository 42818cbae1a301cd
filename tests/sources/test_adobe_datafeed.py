"""Adobe data feeds: a published day to the unit, a manifest that is held to, and fields that hold tabs and lines."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, SourceTables, find_files

TINY = Path(__file__).parent / "data" / "adobe_datafeed"


def _read(folder: Path, files: str | list[str] = "*", **more: Any) -> SourceTables:
    source = Source.model_validate({"name": "web", "kind": "adobe_datafeed", "files": files} | more)
    SOURCES["adobe_datafeed"].check(source)
    return SOURCES["adobe_datafeed"].read(find_files(source, folder), source, Context("acme", None))


def test_a_published_day_to_the_unit(shared: Path) -> None:
    delivered = _read(shared / "data" / "adobe_datafeed", "*zwitchdev*", settings={"properties": {"login": "post_evar1"}})
    rows = delivered.tables["interactions"]
    assert len(rows) == delivered.report.rows_read == 592 and not delivered.report.dropped
    assert rows["customer_key"].nunique() == 338 and rows["session_id"].nunique() == 357
    assert rows["event"].value_counts().to_dict() == {"page view": 555, "exit link": 27, "download link": 10}
    assert (str(rows["occurred_at"].min()), str(rows["occurred_at"].max())) == ("2015-07-13 04:04:38+00:00", "2015-07-14 03:57:38+00:00")
    assert rows["properties"].str.contains('"login":"logged-out"').sum() == 583 and rows["properties"].str.contains('"login":"logged-in"').sum() == 9
    assert not rows["event"].str.contains("Instance").any() and not any("200" in n and "only the client" in n for n in delivered.report.notes)
    assert any("2 files are as the manifest says" in n for n in delivered.report.notes)
    assert rows["customer_key"].str.fullmatch(r"\d+:\d+").all()


def _delivery(folder: Path, hits: bytes, **wrong: Any) -> None:
    """A delivery as Adobe puts it: packed hits, packed lookups, and a manifest of both."""
    folder.mkdir(exist_ok=True)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in ("column_headers.tsv", "event.tsv", "browser.tsv"):
            tar.add(TINY / name, name)
    files = {"shop_2026-03-02-lookup_data.tar.gz": packed.getvalue(), "01-shop_2026-03-02.tsv.gz": gzip.compress(hits, mtime=0)}
    blocks = ["Datafeed-Manifest-Version: 1.0\nLookup-Files: 1\nData-Files: 1\n"]
    for name, content in files.items():
        kind = "Lookup-File" if "lookup" in name else "Data-File"
        count = f"Record-Count: {wrong.get('count', hits.count(10))}\n" if kind == "Data-File" else ""
        blocks.append(f"{kind}: {name}\nMD5-Digest: {wrong.get('md5') or hashlib.md5(content).hexdigest()}\nFile-Size: {wrong.get('size', len(content))}\n{count}")
        if name != wrong.get("without"):
            (folder / name).write_bytes(content)
    (folder / "shop_2026-03-02.txt").write_text("\n".join(blocks))


def test_a_delivery_is_read_as_its_plain_files_are(tmp_path: Path) -> None:
    hits = (TINY / "hit_data.tsv").read_bytes()
    _delivery(tmp_path / "d", hits)
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        for path in TINY.glob("*.tsv"):
            archive.write(path, f"2026-03-02/{path.name}")
    plain = _read(TINY, "*.tsv").tables["interactions"]
    for delivered in (_read(tmp_path / "d"), _read(tmp_path, "one.zip")):
        assert delivered.tables["interactions"].equals(plain)


@pytest.mark.parametrize(("wrong", "said"), [
    ({"md5": "0" * 32}, "MD5 is not the one"), ({"count": 7}, "6 hits, its manifest says 7"), ({"size": 3}, "its manifest says 3"),
    ({"without": "01-shop_2026-03-02.tsv.gz"}, "names '01-shop_2026-03-02.tsv.gz', which `files` does not match"), ({"without": "shop_2026-03-02-lookup_data.tar.gz"}, "does not match")])
def test_what_is_not_as_the_manifest_says_is_one_message(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    _delivery(tmp_path / "d", (TINY / "hit_data.tsv").read_bytes(), **wrong)
    with pytest.raises(BadInput) as caught:
        _read(tmp_path / "d")
    assert said in caught.value.text()


def test_hits_of_another_header_and_lines_within_fields(tmp_path: Path) -> None:
    first, *others = (TINY / "hit_data.tsv").read_bytes().splitlines(keepends=True)
    for path in TINY.glob("*.tsv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "hit_data.tsv").write_bytes(first.replace(b"Home", b"Ho\\\nme \\\\ \xe9 \"x") + others[0])
    delivered = _read(tmp_path)
    assert delivered.report.rows_read == 2 and '"page":"Ho\\nme \\\\ é \\"x"' in delivered.tables["interactions"]["properties"][0]
    (tmp_path / "hit_data.tsv").write_bytes(first + others[0].replace(b"\t1772442060", b"\t1772442060\textra", 1))
    with pytest.raises(BadInput, match="hit 2 has 19 fields, the header has 18"):
        _read(tmp_path)
    assert _read(tmp_path, rows="skip").report.dropped == {"ragged row": 1}


def test_events_that_only_the_client_can_name_are_told_and_named(tmp_path: Path) -> None:
    told = _read(TINY, "*.tsv")
    assert any("201 (Custom Event 2)" in n for n in told.report.notes) and told.tables["interactions"]["event"][0] == "page view"
    named = _read(TINY, "*.tsv", settings={"events": {"event201": "newsletter seen"}})
    assert named.tables["interactions"]["event"].tolist()[:3] == ["newsletter seen", "product viewed", "purchase"]
    assert not any("only the client" in n for n in named.report.notes)


def test_further_columns_are_a_list_or_have_names() -> None:
    listed = _read(TINY, "*.tsv", settings={"properties": ["post_evar1"]}).tables["interactions"]["properties"]
    named = _read(TINY, "*.tsv", settings={"properties": {"login": "post_evar1"}}).tables["interactions"]["properties"]
    assert '"post_evar1":"guest"' in listed[0] and '"login":"guest"' in named[0]


def test_a_purchase_that_is_told_twice_is_worth_something_once(tmp_path: Path) -> None:
    for path in TINY.glob("*.tsv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "hit_data.tsv").write_bytes((TINY / "hit_data.tsv").read_bytes().replace(b"20.00\t0\t", b"20.00\t1\t"))
    assert "value" not in _read(tmp_path).tables["interactions"]


def test_what_is_packed_twice_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        archive.write(TINY / "column_headers.tsv", "column_headers.tsv")
        archive.writestr("01-shop.tsv.gz", gzip.compress((TINY / "hit_data.tsv").read_bytes()))
    with pytest.raises(BadInput, match="a packed file lies in an archive"):
        _read(tmp_path)


@pytest.mark.parametrize("cut", [200, 600, 40_000])
def test_a_cut_archive_is_told(shared: Path, tmp_path: Path, cut: int) -> None:
    folder = shared / "data" / "adobe_datafeed"
    (tmp_path / "lookup.tar.gz").write_bytes((folder / "zwitchdev_2015-07-13-lookup_data.tar.gz").read_bytes()[:cut])
    (tmp_path / "01-z.tsv.gz").write_bytes((folder / "01-zwitchdev_2015-07-13.tsv.gz").read_bytes())
    with pytest.raises(BadInput) as caught:
        _read(tmp_path)
    assert "damaged" in caught.value.text() or "column_headers" in caught.value.text()
