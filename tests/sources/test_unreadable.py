"""Cells that cannot be read, of every type of column: above a small share the source is refused, be it a single cell; below it they are counted and told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput

from .helpers import read

#: (kind, header, a good row with {n} its number, the same with an odd cell, options, whether some odd cells may pass)
COLUMNS: dict[str, tuple[str, str, str, str, dict[str, Any], bool]] = {
    "times": ("events", "u,at,e", "u{n},2026-01-01,look", "u{n},soon,look", {"columns": {"customer_id": "u", "occurred_at": "at", "event": "e"}}, True),
    "times by a format": ("events", "u,at,e", "u{n},03/04/2026,look", "u{n},13/04/2026,look",
                          {"columns": {"customer_id": "u", "occurred_at": "at", "event": "e"}, "settings": {"time_format": "%m/%d/%Y"}}, True),
    "times by a unit": ("events", "u,at,e", "u{n},45306.5,look", "u{n},2024-01-15,look",
                        {"columns": {"customer_id": "u", "occurred_at": "at", "event": "e"}, "settings": {"time_unit": "excel_days"}}, True),
    "money": ("events", "u,at,e,v", "u{n},2026-01-01,buy,12.50", "u{n},2026-01-01,buy,twelve",
              {"columns": {"customer_id": "u", "occurred_at": "at", "event": "e", "value": "v"}}, True),
    "deal amounts": ("crm", "d,s,at,v", "d{n},new,2026-01-01,7", "d{n},new,2026-01-01,7 to 9", {"columns": {"deal_id": "d", "stage": "s", "entered_at": "at", "amount": "v"}}, True),
    "measurements": ("experiment", "u,arm,m", "{n},a,1", "{n},a,one", {"columns": {"unit_id": "u", "variant": "arm"}, "settings": {"metrics": ["m"]}}, True),
    "ratings": ("feedback", "n,r,t", "{n},5,good", "{n},great,good", {"columns": {"feedback_id": "n", "rating": "r", "text": "t"}}, True),
    "ratings beside the scale": ("feedback", "n,r,t", "{n},5,good", "{n},10,good", {"columns": {"feedback_id": "n", "rating": "r", "text": "t"}}, True),
    "weights": ("survey", "n,q,w", "{n},5,1.5", "{n},5,heavy", {"columns": {"response_id": "n", "weight": "w"}, "questions": [{"column": "q", "instrument": "text"}]}, True),
    "respondents": ("survey", "n,q", "{n},5", "7,other\n7,another", {"columns": {"response_id": "n"}, "questions": [{"column": "q", "instrument": "text"}]}, True),
    "answers": ("survey", "n,q", "{n},5", "{n},five or six", {"columns": {"response_id": "n"}, "questions": [{"column": "q", "instrument": "nps"}]}, False),
    "answers beside the scale": ("survey", "n,q", "{n},5", "{n},11", {"columns": {"response_id": "n"}, "questions": [{"column": "q", "instrument": "nps"}]}, False),
    # what becomes of a person, a deal or a test is never guessed, not even once
    "consent": ("customers", "u,ok", "u{n},yes", "u{n},perhaps", {"columns": {"customer_id": "u", "consent": "ok"}}, False),
    "flags": ("crm", "d,s,at,won", "d{n},new,2026-01-01,yes", "d{n},new,2026-01-01,nearly",
              {"columns": {"deal_id": "d", "stage": "s", "entered_at": "at", "is_won": "won"}}, False),
    "currencies": ("events", "u,at,e,v,c", "u{n},2026-01-01,buy,12.50,EUR", "u{n},2026-01-01,buy,12.50,shells",
                   {"columns": {"customer_id": "u", "occurred_at": "at", "event": "e", "value": "v", "currency": "c"}}, False),
    "places": ("events", "u,at,e,k", "u{n},2026-01-01,look,{n}", "u{n},2026-01-01,look,next",
               {"columns": {"customer_id": "u", "occurred_at": "at", "event": "e", "sequence": "k"}}, False),
    "periods": ("experiment", "u,arm,m,v,p", "{n},a,spend,1,post", "{n},a,spend,1,during",
                {"columns": {"unit_id": "u", "variant": "arm", "metric": "m", "value": "v", "period": "p"}, "settings": {"long": True}}, False),
    "counts": ("experiment", "arm,n,hits", "a,{n}5,3", "a,many,3", {"columns": {"variant": "arm"}, "settings": {"trials": "n", "successes": {"sale": "hits"}}}, True),
    "cut ids": ("events", "u,at,e", "u{n},2026-01-01,look", "4.91235E+12,2026-01-01,look", {"columns": {"customer_id": "u", "occurred_at": "at", "event": "e"}}, False),
}


def _export(name: str, good: int) -> tuple[str, str, dict[str, Any]]:
    kind, header, row, odd, options, _ = COLUMNS[name]
    rows = [row.format(n=1000 + n) for n in range(good)]
    return kind, "\n".join([header, *rows[:-1], odd.format(n=9), *rows[-1:]]) + "\n", options


@pytest.mark.parametrize("name", COLUMNS)
def test_above_the_share_it_is_refused(name: str, tmp_path: Path) -> None:
    kind, text, options = _export(name, 9)
    with pytest.raises(BadInput) as told:
        read(kind, tmp_path, {"x.csv": text}, **options)
    assert told.value.where and told.value.found and told.value.allowed and told.value.next


@pytest.mark.parametrize("name", COLUMNS)
def test_below_it_it_is_counted_and_told(name: str, tmp_path: Path) -> None:
    kind, text, options = _export(name, 60)
    if COLUMNS[name][-1]:
        found = read(kind, tmp_path, {"x.csv": text}, **options).report
        assert any(said in n for n in found.notes for said in ("cannot be read as", "with different contents")), found.notes
    else:
        with pytest.raises(BadInput):
            read(kind, tmp_path, {"x.csv": text}, **options)


def test_the_share_can_be_declared(tmp_path: Path) -> None:
    kind, text, options = _export("money", 9)
    found = read(kind, tmp_path, {"x.csv": text}, **options, settings={"unreadable": 0.2})
    assert int(found.tables["interactions"]["value"].isna().sum()) == 1
