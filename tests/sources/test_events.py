"""Events: times, sessions, values and properties of the tiny export; wide moments; speed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context

from .helpers import read, tiny


def test_the_tiny_export_by_hand() -> None:
    delivered = tiny("events")
    rows = delivered.tables["interactions"].set_index("interaction_id")
    assert list(rows.index) == ["e1", "e2", "e3", "e5", "e8", "e9"]
    # Berlin: CET in January, CEST in July; 02:30 of 25 October happens twice, the first is CEST
    assert [t.isoformat() for t in rows["occurred_at"]] == [
        "2026-01-05T09:00:00+00:00", "2026-01-05T09:01:30+00:00", "2026-01-05T10:00:00+00:00", "2026-01-05T11:00:00+00:00",
        "2026-07-05T10:05:00+00:00", "2026-10-25T00:30:00+00:00"]
    assert rows["value"].dropna().to_dict() == {"e2": 1059.90}
    assert rows["session_id"].to_dict() == {"e1": "u1|1", "e2": "u1|1", "e3": "d2|1", "e5": "u2|1", "e8": "u2|2", "e9": "u3|1"}
    assert rows.loc["e3", ["key_type", "customer_key"]].tolist() == ["device", "d2"]
    assert json.loads(rows.loc["e8", "properties"]) == {"seite": '/bags; "red"'}
    assert pd.isna(rows.loc["e5", "properties"])
    pairs = delivered.same_person
    assert pairs is not None
    assert set(zip(pairs["key_a"], pairs["key_b"], strict=True)) == {("u1", "d1"), ("u2", "d3"), ("u3", "d1")}
    assert any("cannot be read as times: 'gestern' 1×" in n for n in delivered.report.notes)
    assert any("E-Mail" in n for n in delivered.report.notes)


WIDE = "order,buyer,bought,paid,due,total,state\n1,a,2026-01-05 10:00,2026-01-05 11:00,2026-02-01,9.5,ok\n2,b,2026-01-06 10:00,,2026-02-01,3,ok\n3,c,,,,1,gone\n"
WIDE_PARAMS = {"columns": {"interaction_id": "order", "customer_id": "buyer", "value": "total"},
               "settings": {"time_columns": {"bought": "order placed", "paid": "order paid"}, "value_event": "order paid"}}


def test_wide_moments(tmp_path: Path) -> None:
    delivered = read("events", tmp_path, {"orders.csv": WIDE}, **WIDE_PARAMS)
    rows = delivered.tables["interactions"].sort_values("interaction_id").reset_index(drop=True)
    assert rows["interaction_id"].tolist() == ["1:order paid", "1:order placed", "2:order placed"]
    assert rows["event"].tolist() == ["order paid", "order placed", "order placed"]
    assert rows["value"].fillna(-1).tolist() == [9.5, -1, -1]
    assert json.loads(rows["properties"][0]) == {"due": "2026-02-01", "state": "ok"}
    assert delivered.report.rows_read == 3 and delivered.report.dropped == {"no readable time": 1}


@pytest.mark.parametrize(("settings", "columns", "said"), [
    ({"value_event": "paid"}, {}, "'paid' is none of the events"), ({"value_event": None}, {}, "does not say which moment"),
    ({}, {"occurred_at": "bought"}, "is mapped although"), ({"time_columns": {"paidd": "x"}}, {}, "Did you mean 'paid'"),
    ({"deduplicate": "maybe"}, {}, "'maybe' is not understood")])
def test_wide_settings_that_contradict(tmp_path: Path, settings: dict[str, object], columns: dict[str, str], said: str) -> None:
    params = {"columns": WIDE_PARAMS["columns"] | columns, "settings": WIDE_PARAMS["settings"] | settings}
    with pytest.raises(BadInput, match=said):
        read("events", tmp_path, {"orders.csv": WIDE}, **params)


LONG = "user,at,what\na,2026-01-05 10:00,view\na,2026-01-05 10:00,view\nb,2026-01-05 10:00,view\n"
LONG_PARAMS = {"columns": {"customer_id": "user", "occurred_at": "at", "event": "what"}}


def test_identical_rows_are_kept_unless_asked(tmp_path: Path) -> None:
    kept = read("events", tmp_path, {"x.csv": LONG}, **LONG_PARAMS)
    assert len(kept.tables["interactions"]) == 3 and kept.tables["interactions"]["interaction_id"].is_unique
    assert any("1 rows equal another in every column and are kept" in n for n in kept.report.notes)
    once = read("events", tmp_path, {"x.csv": LONG}, **LONG_PARAMS, settings={"deduplicate": "rows"})
    assert len(once.tables["interactions"]) == 2 and once.report.duplicates == 1 and once.report.dropped == {"duplicate row": 1}
    # the ids of what is there do not change when more is exported
    more = read("events", tmp_path, {"x.csv": LONG + "c,2026-01-05 10:00,view\n"}, **LONG_PARAMS)
    assert set(kept.tables["interactions"]["interaction_id"]) < set(more.tables["interactions"]["interaction_id"])


def test_rows_that_equal_in_the_mapped_columns_only_are_different_events(tmp_path: Path) -> None:
    till = "who,at,basket,product\n1,2026-01-05 10:00,b1,milk\n1,2026-01-05 10:00,b1,bread\n1,2026-01-05 10:00,b1,eggs\n2,2026-01-05 10:00,b2,milk\n"
    params = {"columns": {"customer_id": "who", "occurred_at": "at", "session_id": "basket"}, "constants": {"event": "purchase"}}
    for deduplicate in (True, "rows", False):
        read_ = read("events", tmp_path, {"x.csv": till}, **params, settings={"properties": [], "deduplicate": deduplicate})
        assert len(read_.tables["interactions"]) == 4 and not read_.report.dropped
        assert "2 rows equal another in the mapped columns and differ in others ('product'): they are different events" in read_.report.notes[-1]
    both = read("events", tmp_path, {"x.csv": till + "2,2026-01-05 10:00,b2,milk\n"}, **params, settings={"properties": []})
    assert "1 rows equal another in every column and are kept; 2 rows equal another in the mapped columns" in both.report.notes[-1]


@pytest.mark.parametrize("word", ["undefined", "null", "0", "[object Object]"])
def test_ids_of_sessions_and_records_may_name_nothing_too(tmp_path: Path, word: str) -> None:
    """A record id "null" does not make one event of many, nor a session of many."""
    text = "id,who,at,what,visit\n" + "".join(f"{word},u{i},2026-01-05 10:0{i},view,{word}\n" for i in range(4))
    columns = {"interaction_id": "id", "customer_id": "who", "occurred_at": "at", "event": "what", "session_id": "visit"}
    delivered = read("events", tmp_path, {"x.csv": text}, columns=columns)
    rows = delivered.tables["interactions"]
    assert len(rows) == 4 and rows["session_id"].isna().all() and rows["interaction_id"].is_unique
    assert sum("4 rows hold a word for 'no id'" in n for n in delivered.report.notes) == 2


def test_constants_and_places(tmp_path: Path) -> None:
    delivered = read("events", tmp_path, {"x.csv": "user,at,how\na,2026-01-05,phone\n"}, columns={"customer_id": "user", "occurred_at": "at", "channel": "how"},
                     constants={"event": "call", "touchpoint": "Hotline"})
    row = delivered.tables["interactions"].iloc[0]
    assert (row["event"], row["channel"], row["touchpoint"]) == ("call", "phone", "Hotline")


def test_unmapped_columns_are_told(tmp_path: Path) -> None:
    for missing in ("customer_id", "occurred_at", "event"):
        columns = {k: v for k, v in LONG_PARAMS["columns"].items() if k != missing}
        with pytest.raises(BadInput, match=f"columns.{missing}: the column is not mapped"):
            read("events", tmp_path, {"x.csv": LONG}, columns=columns)
    with pytest.raises(BadInput, match="not one of 1 values can be read as numbers"):
        read("events", tmp_path, {"x.csv": "user,at,what,v\na,2026-01-05,x,free\n"}, columns=LONG_PARAMS["columns"] | {"value": "v"})


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_reads_alike_and_fast_in_all_formats(tmp_path: Path, ending: str) -> None:
    """200,000 rows in CPU seconds far below what a loop over rows takes, and the same whatever the format."""
    rng, n = np.random.default_rng(1), 200_000
    frame = pd.DataFrame({
        "user": ("u" + pd.Series(rng.integers(0, 20_000, n).astype(str))), "at": pd.Series(
            np.datetime_as_string(np.datetime64("2026-01-01T00:00:00") + rng.integers(0, 10**7, n).astype("timedelta64[s]"))),
        "what": np.array(["view", "cart"])[rng.integers(0, 2, n)], "page": "/p/" + pd.Series(rng.integers(0, 500, n).astype(str))})
    path = tmp_path / f"x.{ending}"
    {"csv": lambda: frame.to_csv(path, index=False), "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
     "parquet": lambda: frame.to_parquet(path)}[ending]()
    source = Source.model_validate({"name": "s", "kind": "events", "files": "x", "timezone": "UTC", **LONG_PARAMS})
    start = time.process_time()
    delivered = SOURCES["events"].read([path], source, Context("c", None))
    seconds = time.process_time() - start
    rows = delivered.tables["interactions"]
    assert rows["customer_key"].tolist() == frame["user"].tolist()
    assert (rows["occurred_at"] == pd.to_datetime(frame["at"], utc=True)).all()
    assert rows["properties"].tolist() == [f'{{"page":"{p}"}}' for p in frame["page"]]
    assert seconds < 10, f"{seconds:.1f} s of CPU for {n:,} rows"
