"""Headers inside of a file: repeated ones are dropped and counted, those of other exports refused; files of one source have one header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput

from .helpers import read

EVENTS: dict[str, Any] = {"columns": {"customer_id": "user", "occurred_at": "at", "event": "what"}}
ROWS = "".join(f"u{n},2026-01-{n:02} 10:00,look\n" for n in range(1, 31))
#: kind → header, two rows, a third, how it is read
FILES: dict[str, tuple[str, str, str, str, dict[str, Any]]] = {
    "events": ("user,at,what", "u1,2026-01-01,look\nu2,2026-01-02,buy", "u3,2026-01-03,buy", "interactions", EVENTS),
    "customers": ("user,plan", "u1,a\nu2,b", "u3,c", "customers", {"columns": {"customer_id": "user"}}),
    "survey": ("n,why", "1,price\n2,style", "3,help", "responses", {"columns": {"response_id": "n"}, "questions": [{"column": "why", "instrument": "text"}]}),
    "feedback": ("n,said", "1,good\n2,bad", "3,so so", "feedback", {"columns": {"feedback_id": "n", "text": "said"}}),
    "crm": ("deal,stage,at", "1,new,2026-01-01\n2,new,2026-01-02", "3,won,2026-01-03", "deals", {"columns": {"deal_id": "deal", "stage": "stage", "entered_at": "at"}}),
    "experiment": ("unit,arm,spend", "1,a,1\n2,b,2", "3,a,3", "assignments", {"columns": {"unit_id": "unit", "variant": "arm"}, "settings": {"metrics": ["spend"]}}),
    "codings_csv": ("doc,code,quote", "P1,price,too high\nP2,help,slow", "P3,help,none", "codings", {"columns": {"document_id": "doc", "code": "code", "quote": "quote"}}),
}


@pytest.mark.parametrize("again", ["", "UPPER"])
@pytest.mark.parametrize("kind", FILES)
def test_a_repeated_header_is_no_record(kind: str, again: str, tmp_path: Path) -> None:
    header, two, third, table, options = FILES[kind]
    repeated = header.upper() if again else header
    whole = read(kind, tmp_path / "a", {"x.csv": f"{header}\n{two}\n{third}\n"}, **options)
    pasted = read(kind, tmp_path / "b", {"x.csv": f"{header}\n{two}\n{repeated}\n{third}\n"}, **options)
    assert pasted.tables[table].astype("string").equals(whole.tables[table].astype("string"))
    assert pasted.report.dropped == {"header repeated inside the file": 1} and pasted.report.rows_read == whole.report.rows_read + 1 == 4
    assert any("1 row repeats the header, the first in row 3" in n for n in pasted.report.notes)


@pytest.mark.parametrize("other", ["customer,time,event", "at,user,what", "user_id,timestamp,event_name", "Kunde,Zeit,Ereignis"])
def test_the_header_of_another_export_is_refused(other: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="looks like the header of another export") as told:
        read("events", tmp_path, {"x.csv": f"user,at,what\n{ROWS}{other}\nu3,2026-02-03 10:00,buy\n"}, **EVENTS)
    assert told.value.where.endswith("x.csv, row 31")


@pytest.mark.parametrize("row", ["guest-a,2026-02-03 10:00,look", "anna,2026-02-03 10:00,event", "user,2026-02-03 10:00,at"])
def test_odd_rows_are_no_headers(row: str, tmp_path: Path) -> None:
    assert len(read("events", tmp_path, {"x.csv": f"user,at,what\n{ROWS}{row}\n"}, **EVENTS).tables["interactions"]) == 31


def test_a_column_of_words_may_hold_its_own_name(tmp_path: Path) -> None:
    read_ = read("survey", tmp_path, {"x.csv": "word\nprice\nword\n"}, questions=[{"column": "word", "instrument": "text"}])
    assert read_.tables["responses"]["answer"].tolist() == ["price", "word"]


def test_files_of_one_source_have_one_header(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no column 'user', which is mapped as customer_id"):
        read("events", tmp_path, {"a.csv": "user,at,what\nu1,2026-01-01,look\n", "b.csv": "customer,time,event\nu2,2026-01-02,buy\n"}, files=["a.csv", "b.csv"], **EVENTS)
