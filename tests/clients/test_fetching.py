"""Databases as sources: what is fetched from a real PostgreSQL and from SQLite, frozen, and read again without them; and a password that appears nowhere."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from cjm_research.build import build
from cjm_research.clients.fetching import fetch_client
from cjm_research.command import cli
from cjm_research.errors import BadInput, CjmError
from cjm_research.params import Workspace, load_params
from tests.postgres import PASSWORD, Server, programs, running

EVENTS = {"customer_id": "person", "occurred_at": "at", "event": "what"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if programs() is None:
        pytest.skip("no PostgreSQL here (Debian: apt-get install postgresql)")
    with running() as found:
        found.run("CREATE TABLE visit (id int PRIMARY KEY, person text, at timestamptz, what text, price numeric(10, 2))",
                  "INSERT INTO visit VALUES (2, '8', '2026-01-03 10:00+01', 'look', NULL), (1, '007', '2026-01-02 11:00+01', 'buy', 9.50)")
        yield found


@pytest.fixture
def place(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    workspace = tmp_path / "workspace"
    (workspace / "params").mkdir(parents=True)
    (workspace / "params" / "_defaults.yaml").write_bytes((root / "params" / "_defaults.yaml").read_bytes())
    monkeypatch.setenv("CJM_WORKSPACE", str(workspace))
    yield Workspace(workspace)
    canaries = [p for p in workspace.rglob("*") if p.is_file() and PASSWORD.encode() in p.read_bytes()]
    assert not canaries, "the password stands in a file"


def _client(place: Workspace, *sources: dict[str, Any], **more: Any) -> None:
    said = [{"kind": "events", "columns": EVENTS} | s for s in sources]
    (place.root / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "title": "Acme", "sources": said, **more}))


def _rows(place: Workspace, source: str = "shop") -> pd.DataFrame:
    [path] = (place.raw("acme") / "fetched").glob(f"{source}~*.parquet")
    return pq.read_table(path).to_pandas()


def _receipt(place: Workspace, source: str = "shop") -> dict[str, Any]:
    [path] = (place.raw("acme") / "fetched").glob(f"{source}~*.receipt.json")
    return dict(json.loads(path.read_text()))


def _refused(act: Callable[[], Any]) -> str:
    with pytest.raises(BadInput) as caught:
        act()
    said = "".join([caught.value.text(), repr(caught.value), str(caught.value.__cause__ or "")])
    assert PASSWORD not in said and "Canary" not in said
    return caught.value.text()


def _fetch(place: Workspace, **database: Any) -> None:
    _client(place, {"name": "shop", "database": {"variable": "SHOP_DB", **database}})
    fetch_client("acme", place)


# --- what is fetched, and read again ------------------------------------------------------------------------------


def test_a_table_is_frozen_with_its_receipt_and_a_build_needs_no_server(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    if programs() is None:
        pytest.skip("no PostgreSQL here (Debian: apt-get install postgresql)")
    with running() as own:
        own.run("CREATE TABLE visit (id int PRIMARY KEY, person text, at timestamptz, what text, price numeric(10, 2))",
                "INSERT INTO visit VALUES (2, '8', '2026-01-03 10:00+01', 'look', NULL), (1, '007', '2026-01-02 11:00+01', 'buy', 9.50)")
        monkeypatch.setenv("SHOP_DB", own.url())
        _client(place, {"name": "shop", "database": {"variable": "SHOP_DB", "table": "visit"}, "columns": EVENTS | {"value": "price"}})
        assert "were not fetched yet" in _refused(lambda: build("acme", place))
        [fetched] = fetch_client("acme", place)
    monkeypatch.delenv("SHOP_DB")
    assert _rows(place)["person"].tolist() == ["007", "8"]  # in the order of the key
    receipt = _receipt(place)
    assert receipt["rows"] == 2 and receipt["asked"] == {"table": "visit"} and receipt["columns"]["price"] == "numeric" and receipt["system"].startswith("PostgreSQL ")
    assert abs((dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(receipt["fetched_at"])).total_seconds()) < 120
    assert "postgresql://" not in json.dumps(receipt)
    built = build("acme", place)
    found = pd.read_parquet(place.tables("acme") / "interactions.parquet")
    assert sorted(found["event"]) == ["buy", "look"] and found["value"].sum() == 9.5
    assert str(found["occurred_at"].min()) == "2026-01-02 10:00:00+00:00"
    assert built.sources[0]["notes"][0].startswith("table visit of PostgreSQL ") and "2 rows" in built.sources[0]["notes"][0]
    assert not fetched.same and not build("acme", place).changed


def test_the_same_rows_stay_with_their_time_and_others_are_a_new_delivery(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DB", server.url())
    _client(place, {"name": "shop", "database": {"variable": "SHOP_DB", "query": "SELECT * FROM visit WHERE id < 3 ORDER BY id -- newest last"}})
    assert not fetch_client("acme", place)[0].same
    before = _receipt(place)
    build("acme", place)
    assert fetch_client("acme", place)[0].same and _receipt(place) == before and not build("acme", place).changed
    server.run("INSERT INTO visit VALUES (0, '9', '2026-02-03 10:00+01', 'look', NULL)")
    try:
        assert not fetch_client("acme", place)[0].same
    finally:
        server.run("DELETE FROM visit WHERE id = 0")
    built = build("acme", place)
    assert built.changed and any("3 rows, 1 more than before" in line for line in built.since)


def test_rows_of_another_question_and_rows_that_were_changed_are_refused(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DB", server.url())
    _fetch(place, table="visit")
    _client(place, {"name": "shop", "database": {"variable": "SHOP_DB", "query": "SELECT * FROM visit WHERE id = 1"}})
    assert "those of another table" in _refused(lambda: build("acme", place))
    _fetch(place, table="visit")
    [path] = (place.raw("acme") / "fetched").glob("*.parquet")
    pq.write_table(pq.read_table(path).slice(1), path)
    assert "not what was fetched" in _refused(lambda: build("acme", place))


def test_several_tables_are_of_one_moment(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is written between two reads stands in neither."""
    server.run("DROP TABLE IF EXISTS a, b", "CREATE TABLE a (person text, at timestamptz, what text)", "CREATE TABLE b (LIKE a)")
    monkeypatch.setenv("SHOP_DB", server.url())
    slow = "SELECT a.* FROM a, (SELECT pg_sleep(2)) AS wait"
    _client(place, {"name": "shop", "database": {"variable": "SHOP_DB", "query": slow}}, {"name": "till", "database": {"variable": "SHOP_DB", "table": "b"}})
    writer = threading.Timer(0.8, lambda: server.run("INSERT INTO b VALUES ('1', now(), 'late')"))
    writer.start()
    fetch_client("acme", place)
    writer.join()
    assert server.rows("SELECT count(*) FROM b") == [(1,)] and not len(_rows(place, "till"))


def test_chinook_is_equal_from_postgresql_sqlite_and_the_file(server: Server, place: Workspace, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = gzip.decompress((shared / "data" / "sql" / "Chinook_PostgreSql.sql.gz").read_bytes()).decode()
    script = "\n".join(line for line in script.splitlines() if not line.startswith(("\\c", "CREATE DATABASE", "DROP DATABASE")))
    server.load(script, "chinook")
    file = shared / "data" / "sql" / "Chinook_Sqlite.sqlite"
    monkeypatch.setenv("PG", server.url("chinook"))
    monkeypatch.setenv("LITE", f"sqlite:///{file}")
    place.raw("acme").mkdir(parents=True)
    (place.raw("acme") / "chinook").write_bytes(file.read_bytes())
    lite = {"customer_id": "CustomerId", "occurred_at": "InvoiceDate", "value": "Total", "interaction_id": "InvoiceId"}
    small = {"customer_id": "customer_id", "occurred_at": "invoice_date", "value": "total", "interaction_id": "invoice_id"}
    shape = {"constants": {"event": "invoice"}, "settings": {"properties": []}}
    _client(place, {"name": "pg", "database": {"variable": "PG", "table": "invoice"}, "columns": small, **shape},
            {"name": "lite", "database": {"variable": "LITE", "table": "Invoice"}, "columns": lite, **shape},
            {"name": "file", "files": "chinook", "columns": lite, "constants": {"event": "invoice"}, "settings": {"properties": [], "table": "Invoice"}}, timezone="UTC")
    fetch_client("acme", place)
    build("acme", place)
    found = pd.read_parquet(place.tables("acme") / "interactions.parquet")
    parts = {name: part.sort_values(["occurred_at", "value"]) for name, part in found.groupby("source")}
    for part in parts.values():
        assert len(part) == 412 and round(part["value"].sum(), 2) == 2328.60
        assert (str(part["occurred_at"].min())[:10], str(part["occurred_at"].max())[:10]) == ("2021-01-01", "2025-12-22")
        assert part[["occurred_at", "value"]].to_numpy().tolist() == parts["pg"][["occurred_at", "value"]].to_numpy().tolist()
    assert parts["lite"]["customer_id"].nunique() == 59
    people = [_rows(place, n) for n in ("pg", "lite")]
    assert people[0]["customer_id"].astype(str).tolist() == people[1]["CustomerId"].tolist()


# --- types --------------------------------------------------------------------------------------------------------


def test_types_of_postgresql(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every value against what the server itself writes for it."""
    server.run("DROP TABLE IF EXISTS kinds", "DROP TYPE IF EXISTS mood", "CREATE TYPE mood AS ENUM ('good', 'bad')",
               """CREATE TABLE kinds (tz timestamptz, naive timestamp, day date, exact numeric, whole numeric(20), long numeric, iv interval, j json, jb jsonb, u uuid, raw bytea,
                  ia int[], ta text[], grid int[][], m mood, p point, ip inet, yes bool, f float8, f4 float4, cash money, t time, ttz timetz, r int4range, "Two Words" text, small int2, big int8, na numeric[])""",
               """INSERT INTO kinds VALUES ('2026-03-29 03:30+02', '2026-03-29 02:30', '2026-03-29', 12.340, 12345678901234567, 0.12345678901234567890, '1 year 2 days 03:04:05.5', '{"a": [1, null]}', '{"b": 1}',
                  '00000000-0000-0000-0000-0000000000ab', '\\x89', '{1,NULL,3}', '{"a b",NULL}', '{{1,2},{3,4}}', 'bad', '(1,2)', '10.0.0.1', true, 'NaN', 1.5, 3.2, '10:00', '10:00+02', '[1,5)', 'ä', 7, 9007199254740993, '{1.20}')""",
               f"INSERT INTO kinds VALUES ({', '.join(['NULL'] * 28)})")
    monkeypatch.setenv("SHOP_DB", server.url())
    _fetch(place, query='SELECT * FROM kinds ORDER BY tz NULLS LAST')
    [path] = (place.raw("acme") / "fetched").glob("*.parquet")
    table = pq.read_table(path)
    assert {f.name: str(f.type) for f in table.schema if str(f.type) != "string"} == {
        "tz": "timestamp[us, tz=UTC]", "naive": "timestamp[us]", "day": "date32[day]", "exact": "double", "whole": "int64", "yes": "bool", "f": "double", "f4": "float", "cash": "double", "small": "int16", "big": "int64"}
    first, second = table.to_pylist()
    assert first.pop("tz") == dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC) and first.pop("naive") == dt.datetime(2026, 3, 29, 2, 30) and first.pop("day") == dt.date(2026, 3, 29)
    assert first == {"exact": 12.34, "whole": 12345678901234567, "long": "0.12345678901234567890", "iv": "P1Y2DT3H4M5.5S", "j": '{"a": [1, null]}', "jb": '{"b": 1}',
                     "u": "00000000-0000-0000-0000-0000000000ab", "ia": "[1,null,3]", "ta": '["a b",null]', "grid": "[[1,2],[3,4]]", "m": "bad", "p": "(1,2)", "ip": "10.0.0.1/32", "yes": True, "f": None,
                     "f4": 1.5, "cash": 3.2, "t": "10:00:00", "ttz": "10:00:00+02", "r": "[1,5)", "Two Words": "ä", "small": 7, "big": 9007199254740993, "na": "[1.20]"}
    assert set(second.values()) == {None}
    assert _receipt(place)["notes"] == ["columns that hold binary data are left out: raw", "f: 1 cell with NaN, which is no number, is empty here",
                                        "long: kept as text, since numbers of more than 15 digits would be rounded"]


@pytest.mark.parametrize(("query", "said"), [
    ("SELECT 'infinity'::timestamptz AS at", "the column 'at' holds 1 time that is infinite"), ("SELECT '-infinity'::date AS day", "the column 'day' holds 1 time that is infinite"),
    ("SELECT timestamp '0044-03-15 BC' AS at", "in no year from 1 to 9999"), ("SELECT 'infinity'::float8 AS x UNION ALL SELECT 1", "'x' holds 1 infinite number"),
    ("SELECT '-infinity'::numeric AS x", "'x' holds 1 infinite number"), ("SELECT 1 AS a, 2 AS a", "several columns have the name 'a'"), ("SELECT", "gives no columns"),
    ("SELECT 'x'::bytea AS raw", "gives no columns")])
def test_what_cannot_be_kept_is_refused_in_words(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch, query: str, said: str) -> None:
    monkeypatch.setenv("SHOP_DB", server.url())
    assert said in _refused(lambda: _fetch(place, query=query))
    assert not list((place.raw("acme") / "fetched").iterdir())


# --- reading only -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [
    "DELETE FROM visit RETURNING *", "WITH gone AS (DELETE FROM visit RETURNING *) SELECT * FROM gone", "SELECT 1; DELETE FROM visit", "SELECT 1) AS x; DELETE FROM visit; SELECT (1",
    "SELECT 1) TO STDOUT; DELETE FROM visit; COPY (SELECT 1", "SELECT 1\n) AS asked(c0); DELETE FROM visit; --", "TRUNCATE visit", "SELECT nextval('numbers')", "SELECT * INTO other FROM visit",
    "SELECT set_config('transaction_read_only', 'off', true), nextval('numbers')", "EXPLAIN ANALYZE DELETE FROM visit", "SELECT * FROM visit FOR UPDATE"])
def test_nothing_but_reading(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    server.run("CREATE SEQUENCE IF NOT EXISTS numbers")
    monkeypatch.setenv("SHOP_DB", server.url())
    said = _refused(lambda: _fetch(place, query=query))
    assert "SELECT" in said
    assert server.rows("SELECT count(*), (SELECT is_called FROM numbers), to_regclass('other') IS NULL FROM visit") == [(2, False, True)]


def test_a_statement_that_takes_too_long_is_ended_by_the_server(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DB", server.url())
    said = _refused(lambda: _fetch(place, query="SELECT pg_sleep(30)::text AS x", timeout_s=0.5))
    assert "took longer than database.timeout_s" in said and "0.5 s" in said


def test_names_that_the_database_does_not_have(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    server.run("CREATE SCHEMA IF NOT EXISTS one", "CREATE SCHEMA IF NOT EXISTS two", 'CREATE TABLE IF NOT EXISTS one."Odd ""name" (x int)', 'CREATE TABLE IF NOT EXISTS two."Odd ""name" (x int)')
    monkeypatch.setenv("SHOP_DB", server.url())
    assert "Did you mean 'visit'?" in _refused(lambda: _fetch(place, table="visits"))
    assert "several tables have the name" in _refused(lambda: _fetch(place, table='Odd "name'))
    _fetch(place, table='two.Odd "name')
    assert 'column "nope" does not exist' in _refused(lambda: _fetch(place, query="SELECT nope FROM visit"))
    said = _refused(lambda: _fetch(place, query="SELECT what::int AS x FROM visit"))
    assert "does not end as it should" in said and "look" not in said and "buy" not in said  # cells are not quoted


# --- a password that appears nowhere -------------------------------------------------------------------------------


def _everything(place: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], url: str, query: str = "SELECT * FROM visit", seconds: float = 300) -> str:
    """What `cjm fetch` says, standard output and error together; the workspace is looked through by the fixture."""
    monkeypatch.setenv("SHOP_DB", url)
    _client(place, {"name": "shop", "database": {"variable": "SHOP_DB", "query": query, "timeout_s": seconds}})
    monkeypatch.setattr("sys.argv", ["cjm", "fetch", "acme"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capfd.readouterr()
    assert ended.value.code == 2, out + err
    said = out + err
    assert PASSWORD not in said and "Canary" not in said and "7f3e" not in said
    assert "report" not in said.partition("next:")[0].replace("reports", "")  # nothing that nobody foresaw
    return said


def test_the_password_is_in_no_message(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def said(url: str, **more: Any) -> str:
        return _everything(place, monkeypatch, capfd, url, **more)

    server.run("CREATE DATABASE closed ALLOW_CONNECTIONS false")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = free.getsockname()[1]
    assert "refuses the user or the password" in said(server.url(password="wrong-Canary-7f3e"))
    assert "refuses the user or the password" in said(server.url(user="nobody"))
    assert "host is not known" in said(server.url(host="no-such-host.invalid"))
    assert "nothing answers" in said(server.url(port=nobody))
    assert "no such database" in said(server.url("missing"))
    assert "cannot be reached" in said(server.url("closed"))
    assert "not written as PostgreSQL reads it" in said(f"postgresql://owner:{PASSWORD}/x@{server.host}:{server.port}/postgres")  # a slash that was not written as %2F
    assert "not written" in said(f"postgresql://owner:{PASSWORD}@{server.host}:{server.port}/postgres?password2={PASSWORD}")
    assert "begins neither" in said(f"postgresql:/owner:{PASSWORD}@{server.host}/postgres")
    assert "begins neither" in said(PASSWORD) and "begins neither" in said(f"mysql://owner:{PASSWORD}@host/x")
    assert "is not set" in said("")
    assert "no file where the URL points to" in said(f"sqlite:////tmp/{PASSWORD}/shop.db")
    assert "does not take it" in said(server.url(), query="SELECT nope FROM visit")
    assert "does not take it" in said(server.url(), query="SELECT 1 AS x GROUP BY")
    assert "took longer" in said(server.url(), query="SELECT pg_sleep(20)::text AS x", seconds=0.3)
    server.run("CREATE SEQUENCE IF NOT EXISTS numbers")
    assert "does more than read" in said(server.url(), query="SELECT nextval('numbers')")


def test_a_server_that_goes_away_is_told(server: Server, place: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    said = _everything(place, monkeypatch, capfd, server.url(), query="SELECT pg_terminate_backend(pg_backend_pid())::text AS x, pg_sleep(3)::text AS y")
    assert "does not end as it should" in said


def test_a_url_in_params_is_refused_and_not_shown(place: Workspace) -> None:
    for variable in (f"postgresql://owner:{PASSWORD}@host/db", "postgresql://host/canary-db", f"owner {PASSWORD}"):
        (place.root / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", "sources": [{"name": "shop", "kind": "events", "database": {"variable": variable, "table": "x"}}]}))
        with pytest.raises(CjmError) as caught:
            load_params("acme", place)
        assert PASSWORD not in caught.value.text() and "canary-db" not in caught.value.text()
    (place.root / "params" / "acme.yaml").unlink()


def test_params_say_one_of_two(place: Workspace) -> None:
    for wrong, said in (({"files": "a.csv", "database": {"variable": "X", "table": "t"}}, "both files and database"), ({"database": {"variable": "X"}}, "neither table nor query"),
                        ({"database": {"variable": "X", "table": "t", "query": "SELECT 1"}}, "both table and query"), ({}, "'files' is missing"),
                        ({"database": {"variable": "X", "table": "t", "password": "s"}}, "looks like a secret")):
        _client(place, {"name": "shop", **wrong})
        with pytest.raises(CjmError, match=said):
            load_params("acme", place)
    _client(place, {"name": "shop", "files": "a.csv"})
    assert "no source has a database" in _refused(lambda: fetch_client("acme", place))


# --- SQLite -------------------------------------------------------------------------------------------------------


@pytest.fixture
def lite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "a shop?.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = wal")
        db.execute("CREATE TABLE visit (person TEXT, at TEXT, what TEXT, face BLOB, price REAL)")
        db.executemany("INSERT INTO visit VALUES (?, ?, ?, ?, ?)", [("007", "2026-01-02T10:00:00Z", "buy", b"\x89", 9.5), ("8", "2026-01-03T10:00:00Z", "look", None, None)])
    db.close()
    monkeypatch.setenv("SHOP_DB", f"sqlite:///{path}")
    return path


def test_a_sqlite_database_of_a_running_program_is_fetched(place: Workspace, lite: Path) -> None:
    with sqlite3.connect(lite) as writing:  # its log is not empty: a file in the raw folder would be refused
        writing.execute("INSERT INTO visit VALUES ('9', '2026-01-04T10:00:00Z', 'look', NULL, NULL)")
        writing.commit()
        _fetch(place, table="visit")
    writing.close()
    rows = _rows(place)
    assert rows["person"].tolist() == ["007", "8", "9"] and rows["price"].tolist()[0] == "9.5" and "face" not in rows
    assert _receipt(place)["notes"] == ["columns that hold binary data are left out: face"] and str(lite) not in json.dumps(_receipt(place))
    assert build("acme", place).tables["interactions"]["rows"] == 3


@pytest.mark.parametrize(("asked", "said"), [
    ({"query": "DELETE FROM visit"}, "is no SELECT"), ({"query": "WITH x AS (SELECT 1) DELETE FROM visit"}, "more than read"), ({"query": "SELECT 1; DELETE FROM visit"}, "more than read"),
    ({"query": "SELECT nope FROM visit"}, "no such column"), ({"table": "visits"}, "Did you mean 'visit'"), ({"query": "SELECT load_extension('x')"}, "more than read"),
    ({"query": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", "timeout_s": 0.3}, "took longer")])
def test_sqlite_is_only_read(place: Workspace, lite: Path, asked: dict[str, Any], said: str) -> None:
    before = lite.read_bytes()
    assert said in _refused(lambda: _fetch(place, **asked))
    assert lite.read_bytes() == before and not list((place.raw("acme") / "fetched").iterdir())
