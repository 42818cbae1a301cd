"""Events read by the engine and by the reader that holds all rows: the same delivery and import report, or the file is left to the latter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources.contract import Context, find_files
from cjm_research.sources.reading.streamed import Unproven
from cjm_research.sources.reading.streamed import rows as landing

from ..helpers import assert_same, both_ways, streamed

COLUMNS = {"customer_id": "user", "occurred_at": "when", "event": "what", "interaction_id": "id", "session_id": "visit", "value": "worth"}
HEAD = "id,user,device,when,what,visit,worth,shop\n"
ROWS = ("e1,u1,d1,2026-01-05T10:00:00Z,open,s1,,Bonn\ne2,u1,d1,2026-01-05T10:00:00Z,buy,s1,12.5,\ne3,,d2,2026-01-06T08:00:00.250Z,open,s2,,Köln\n"
        "e4,u2,,2026-01-07T09:30:00+01:00, open ,,3,\"Bonn, \"\"Mitte\"\"\"\ne5,,,2026-01-07T09:30:00Z,open,s3,,\n")


def said(folder: Path, text: str | dict[str, str], **options: Any) -> tuple[list[Path], Source]:
    """Files and their source."""
    files = {"a.csv": text} if isinstance(text, str) else text
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    given: dict[str, Any] = {"name": "s", "kind": "events", "files": list(files), "timezone": "UTC", "columns": COLUMNS, "settings": {"keys": {"device": "device"}}}
    source = Source.model_validate(given | options)
    return find_files(source, folder), source


def local(first: int, count: int, step: int = 1) -> str:
    """Events at local clocks without a zone, so many minutes apart, from the minute on (of 25 October 2026)."""
    day = pd.Timestamp("2026-10-25")
    return HEAD + "".join(f"e{i + 1},u{i % 3 + 1},d{i % 3 + 1},{day + pd.Timedelta(minutes=first + i * step):%Y-%m-%d %H:%M},open,s{i % 5 + 1},,\n" for i in range(count))


def line(id_: str, user: str, **more: Any) -> str:
    """A line of JSON."""
    return json.dumps({"id": id_, "user": user, "device": "d1", "when": "2026-01-05T10:00:00Z", "what": "open", "visit": "s1", "worth": 2} | more) + "\n"


SHOWN: dict[str, tuple[Any, dict[str, Any]]] = {
    "plain": (HEAD + ROWS, {}),
    "no ids": (HEAD + ROWS, {"columns": {k: v for k, v in COLUMNS.items() if k != "interaction_id"}}),
    "no sessions, no amounts": (HEAD + ROWS, {"columns": {k: v for k, v in COLUMNS.items() if k not in ("session_id", "value")}}),
    "properties listed": (HEAD + ROWS, {"settings": {"keys": {"device": "device"}, "properties": {"branch": "shop", "w": "worth"}}}),
    "words for nobody": (HEAD + ROWS + "e6,unknown,d3,2026-01-08T10:00:00Z,open,s7,,\ne7,unknown,(not set),2026-01-08T10:00:00Z,open,s7,,\n", {}),
    "declared words for nobody": (HEAD + ROWS + "e6,guest1,d3,2026-01-08T10:00:00Z,open,s7,,\n", {"settings": {"keys": {"device": "device"}, "null_keys": ["guest1"]}}),
    "a placeholder": (HEAD + ROWS + "e6,test1,d3,2026-01-08T10:00:00Z,open,s7,,\n", {}),
    "addresses in two spellings": (HEAD + ROWS.replace("u1", "A@b.de").replace("u2", "a@B.de"), {"settings": {"key_type": "email", "keys": {"device": "device"}}}),
    "keys that need a second look": (HEAD + ROWS.replace("u1", "-1").replace("u2", "12.0"), {}),
    "an account is a group": (HEAD + ROWS, {"settings": {"keys": {"account_id": "shop", "device": "device"}}}),
    "newest first": (HEAD + "".join(reversed((ROWS + "e6,u1,d1,2026-01-01T00:00:00Z,open,s9,,\n").splitlines(keepends=True)[-1:0:-1])), {}),
    "in no order": (HEAD + "".join(f"e{i},u{i % 2 + 1},d1,2026-01-{1 + (i * 7) % 11:02d}T10:00:00Z,open,s1,,\n" for i in range(1, 40)), {}),
    "one moment each": (HEAD + "e1,u1,d1,2026-01-05,open,s1,,\ne2,u1,d1,2026-01-05,buy,s1,,\ne3,u2,d2,2026-01-05,buy,s1,,\n", {}),
    "clocks of a zone": (local(0, 60), {"timezone": "Europe/Berlin"}),
    "an hour that comes twice": (local(100, 60, 3), {"timezone": "Europe/Berlin"}),
    "an hour that is skipped": (local(0, 60, 7).replace("2026-10-25", "2026-03-29"), {"timezone": "Europe/Berlin"}),
    "half an hour from others": (local(100, 60, 3).replace("2026-10-25", "2026-04-05"), {"timezone": "Australia/Lord_Howe"}),
    "a header of the same name twice": (HEAD.replace("shop", "shop,shop") + "e1,u1,d1,2026-01-05,open,s1,,a,b\ne2,u1,d1,2026-01-06,open,s1,,a,c\n", {}),
    "names of persons stay out": (HEAD.replace("shop", "First Name") + ROWS, {}),
    "cells of several lines": (HEAD + ROWS + 'e6,u1,d1,2026-01-08T10:00:00Z,open,s7,,"one\ntwo"\n', {}),
    "a mark at the beginning": ("\ufeff" + HEAD + ROWS, {}),
    "two files": ({"a.csv": HEAD + ROWS, "b.csv": HEAD + ROWS.replace("e", "f")}, {}),
    "constants": (HEAD + ROWS, {"columns": {k: v for k, v in COLUMNS.items() if k != "event"}, "constants": {"event": " seen ", "channel": "web"}}),
    "a semicolon": (HEAD.replace(",", ";") + "e1;u1;d1;2026-01-05;open;s1;;a\n", {}),
    "lines of JSON": ({"a.jsonl": '{"id":"e1","user":"u1","device":null,"when":"2026-01-05T10:00:00Z","what":"open","visit":"s1","worth":2,"p":{"a":" x ","b":[1,2]}}\n'
                                  '{"id":"e2","user":"u2","device":"d1","when":"2026-01-05T10:00:00Z","what":"open","worth":3.25,"visit":"","p":{"a":""}}\n'}, {}),
    "lines of JSON with keys that come late": ({"a.jsonl": line("e1", "u1", p={"c": 1}) + line("e2", "u2", p={"a": "x"}) + line("e3", "u2", p=None) + line("e4", "u1", p={}) + line("e5", "u1", late=7, p={"b": 1e5})}, {}),
}
#: what only those can judge who hold all rows: they drop, refuse or read it, or say that they do not understand it
LEFT: dict[str, tuple[Any, dict[str, Any]]] = {
    "an id twice": (HEAD + ROWS + ROWS, {}),
    "a row as another, without ids": (HEAD + ROWS + ROWS, {"columns": {k: v for k, v in COLUMNS.items() if k != "interaction_id"}}),
    "a time that is none": (HEAD + ROWS.replace("2026-01-05T10:00:00Z,buy", "gestern,buy"), {"settings": {"keys": {"device": "device"}, "unreadable": 0.5}}),
    "a far year": (HEAD + ROWS.replace("2026-01-05T10:00:00Z,buy", "1970-01-01T00:00:00Z,buy"), {}),
    "a comma in amounts": (HEAD + ROWS.replace("12.5", '"12,5"'), {}),
    "thousands or decimals": (HEAD + ROWS.replace("12.5", "1.250").replace(",3,", ",,"), {"settings": {"keys": {"device": "device"}, "decimal": "."}}),
    "a footer": (HEAD + ROWS + "\nTotal Records: 5\n", {"rows": "skip"}),
    "a row that sums up": (HEAD + ROWS + "Total,,,,,,15.5,\n", {}),
    "a header inside": (HEAD + ROWS + HEAD + ROWS.replace("e", "f"), {}),
    "an empty row": (HEAD + ROWS + ",,,,,,,\n", {}),
    "a ragged row": (HEAD + ROWS + "e9,u1\n", {"rows": "skip"}),
    "a column of currencies": (HEAD.replace("shop", "currency") + "e1,u1,d1,2026-01-05,open,s1,3,EUR\n", {}),
    "lines of JSON with a value for an object": ({"a.jsonl": line("e1", "u1", p={"a": "x"}) + line("e2", "u2", p=7)}, {}),
    "lines of JSON with an object for a value": ({"a.jsonl": line("e1", "u1", p="x") + line("e2", "u2", p={"a": 1})}, {}),
    "a filter": (HEAD + ROWS, {"filter": {"shop": "Bonn"}}),
}
REFUSED = {
    "clocks without a zone": (HEAD + ROWS.replace("Z,", ",").replace("+01:00", ""), {"timezone": None}),
    "a quote that is not closed": (HEAD + ROWS + 'e6,"u1,d1,2026-01-08T10:00:00Z,open,s7,,\n', {}),
    "no such column": (HEAD + ROWS, {"columns": COLUMNS | {"value": "price"}}),
    "a line of JSON that is no object": ({"a.jsonl": line("e1", "u1") + "[1]\n"}, {}),
    "ids that were cut": (HEAD + ROWS.replace("u1", "4.91235E+12"), {}),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_the_engine_shows_is_what_the_other_reader_says(tmp_path: Path, name: str) -> None:
    text, options = SHOWN[name]
    files, source = said(tmp_path, text, **options)
    held = both_ways("events", files, source)
    staged, frames = streamed(files, source, Context("acme", "UTC"))
    assert_same(held, staged, frames)
    assert len(frames["interactions"])


@pytest.mark.parametrize("name", [n for n in SHOWN if n.startswith("lines of JSON")])
def test_keys_of_objects_are_learnt_from_all_lines(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_LOOKED", 1)  # the values of the first line only
    test_what_the_engine_shows_is_what_the_other_reader_says(tmp_path, name)


@pytest.mark.parametrize("name", [n for n in LEFT if "of JSON" in n])
def test_another_form_than_that_of_the_first_line_is_left_to_who_holds_them(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_LOOKED", 1)
    test_what_needs_all_rows_is_left_to_who_holds_them(tmp_path, name)


@pytest.mark.parametrize("name", LEFT)
def test_what_needs_all_rows_is_left_to_who_holds_them(tmp_path: Path, name: str) -> None:
    text, options = LEFT[name]
    files, source = said(tmp_path, text, **options)
    with pytest.raises(Unproven):
        streamed(files, source, Context("acme", "UTC"))
    both_ways("events", files, source)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_by_who_has_the_words(tmp_path: Path, name: str) -> None:
    text, options = REFUSED[name]
    files, source = said(tmp_path, text, **options)
    with pytest.raises(Unproven):
        streamed(files, source, Context("acme", None if options.get("timezone", "") is None else "UTC"))
    if "timezone" not in options:
        with pytest.raises(BadInput):
            both_ways("events", files, source)


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [f"e{i}" for i in range(1, 5)], "user": pd.array([11, 12, None, 11], dtype="Int64"), "device": ["d1", None, "d2", "d1"],
                          "when": pd.to_datetime(["2026-01-05T10:00Z", "2026-01-05T10:00Z", "2026-01-06T10:00Z", None], utc=True).astype("datetime64[us, UTC]"), "what": "open",
                          "visit": [1, 2, 3, 4], "worth": [1.5, None, float("inf"), 2], "flag": [True, False, None, True], "part": [{"a": "x", "n": 1}, {"a": " ", "n": None}, None, {"a": "y", "n": 2}]})
    frame.to_parquet(tmp_path / "a.parquet")
    files, source = said(tmp_path, {}, files="a.parquet")
    held = both_ways("events", files, source)
    assert_same(held, *streamed(files, source, Context("acme", "UTC")))
    assert held.report.dropped == {"no readable time": 1}
