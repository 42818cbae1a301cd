"""SQLite databases as sources: the rows of a table or of one SELECT, and nothing that does more than read."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cjm_research.clients.sniffing import propose
from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, ImportReport
from cjm_research.sources.reading import databases
from cjm_research.sources.reading.tabular import read_table


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE person (person_id TEXT PRIMARY KEY, town TEXT, face BLOB)")
        db.execute('CREATE TABLE "order" (person_id TEXT, at TEXT, what TEXT, price REAL, pieces INTEGER)')
        db.execute("CREATE TABLE empty (x)")
        db.executemany("INSERT INTO person VALUES (?, ?, ?)", [("007", "Ulm", b"\x89"), ("8", None, None)])
        db.executemany('INSERT INTO "order" VALUES (?, ?, ?, ?, ?)', [("007", "2026-01-02 10:00:00", "look", None, 1), ("007", "2026-01-02 11:00:00", "buy", 9.5, 12345678901234567), ("8", "2026-01-03 10:00:00", "look", None, 2)])
    db.close()
    return path


def _read(path: Path, report: ImportReport | None = None, **settings: str) -> Any:
    return read_table(path, Source(name="s", kind="events", files="shop", settings=settings), report or ImportReport("s", "events"))


def test_a_table_is_read_as_text_whatever_the_file_is_called(shop: Path) -> None:
    frame = _read(shop, table="order")
    assert frame.astype(object).where(frame.notna(), None).to_dict("list") == {"person_id": ["007", "007", "8"], "at": ["2026-01-02 10:00:00", "2026-01-02 11:00:00", "2026-01-03 10:00:00"], "what": ["look", "buy", "look"],
                                     "price": [None, "9.5", None], "pieces": ["1", "12345678901234567", "2"]}  # no digit of an id is lost
    report = ImportReport("s", "events")
    assert list(_read(shop, report, table="person").columns) == ["person_id", "town"]
    assert any("binary" in n and "face" in n for n in report.notes)


def test_the_only_table_with_rows_needs_no_name_and_several_do(shop: Path) -> None:
    with pytest.raises(BadInput, match=r"order \(3 rows\), person \(2 rows\)"):
        _read(shop)
    with pytest.raises(BadInput, match="Did you mean 'order'"):
        _read(shop, table="orders")
    with sqlite3.connect(shop) as db:
        db.execute("DELETE FROM person")
    db.close()
    assert len(_read(shop)) == 3


def test_one_select_joins_tables_and_its_events_are_counted(shop: Path) -> None:
    query = 'SELECT o.*, p.town FROM "order" o JOIN person p USING (person_id) WHERE what = \'look\''
    source = Source(name="s", kind="events", files="shop", timezone="UTC", settings={"query": query}, columns={"customer_id": "person_id", "occurred_at": "at", "event": "what"})
    tables = SOURCES["events"].read([shop], source, Context("acme", None))
    assert tables.tables["interactions"]["customer_key"].tolist() == ["007", "8"] and tables.report.rows_read == 2


@pytest.mark.parametrize("query", ["DELETE FROM person", "SELECT 1; DROP TABLE person", "WITH a AS (SELECT 1) DELETE FROM person", "PRAGMA user_version = 3", "ATTACH '/tmp/other' AS o",
                                   "SELECT load_extension('x')", "SELECT readfile('/etc/passwd')", "WITH a AS (SELECT 1) INSERT INTO person SELECT 1, 2, 3", "", "SELECT", "SELECT * FROM nothing"])
def test_whatever_is_no_reading_is_refused_in_words_and_changes_nothing(query: str, shop: Path) -> None:
    before = shop.read_bytes()
    with pytest.raises(BadInput) as told:
        _read(shop, query=query)
    assert told.value.allowed and told.value.next and shop.read_bytes() == before
    assert sorted(p.name for p in shop.parent.iterdir()) == ["shop"]


@pytest.mark.parametrize(("query", "told"), [
    ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS person_id, 'x' AS what FROM c", "elements and more"),
    ("SELECT printf('%0*d', 9000000, 1) AS person_id, a.what FROM \"order\" a, \"order\" b", "unpacks to"),
    ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) AS person_id FROM c", "more steps")])
def test_a_small_file_gives_no_more_than_a_packed_one(query: str, told: str, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_FREE_STEPS", 30_000_000)
    with pytest.raises(BadInput, match=told) as caught:
        _read(shop, query=query)
    assert caught.value.allowed and caught.value.next


def test_a_query_without_end_is_stopped_by_its_steps(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_MOST_STEPS", 1_000_000)
    with pytest.raises(BadInput, match="more steps"):
        _read(shop, query="WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n")


def test_both_table_and_query_an_open_log_and_damage_are_told(shop: Path) -> None:
    with pytest.raises(BadInput, match="both"):
        _read(shop, table="order", query="SELECT 1")
    whole = shop.read_bytes()
    for at in (20, 100, 1000, 4096, len(whole) - 1):
        shop.write_bytes(whole[:at] + (b"" if at < 2000 else bytes(len(whole) - at)))
        try:
            assert len(_read(shop, table="order")) <= 3
        except BadInput as told:
            assert told.next
    shop.write_bytes(whole)
    shop.with_name("shop-wal").write_bytes(b"x")
    with pytest.raises(BadInput, match="still writing"):
        _read(shop, table="order")


def test_every_table_of_a_database_is_looked_at(shop: Path) -> None:
    found = {r.sample.settings["table"]: (r.kind, r.proven) for r, _ in propose(shop.parent).trials}
    assert found["order"] == ("events", False)


def test_a_shop_in_sqlite_has_its_published_figures(shared: Path) -> None:
    path = shared / "data" / "sql" / "Chinook_Sqlite.sqlite"
    counts = databases.tables_of(path, path.name)
    assert (len(counts), counts["Customer"], counts["Invoice"], counts["InvoiceLine"]) == (11, 59, 412, 2240)
    source = Source(name="s", kind="events", files=path.name, timezone="UTC", settings={"table": "Invoice", "value_event": "invoice"}, columns={"customer_id": "CustomerId", "occurred_at": "InvoiceDate", "value": "Total"},
                    constants={"event": "invoice"})
    made = SOURCES["events"].read([path], source, Context("acme", None)).tables["interactions"]
    assert (len(made), made["customer_key"].nunique(), round(float(made["value"].sum()), 2)) == (412, 59, 2328.60)
    assert (str(made["occurred_at"].min())[:10], str(made["occurred_at"].max())[:10]) == ("2021-01-01", "2025-12-22")
