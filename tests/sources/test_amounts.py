"""Amounts in several currencies: values are in the client's, others stand beside them, and contradictions are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources.contract import Context
from cjm_research.sources.kinds import crm, events

COLUMNS = {"customer_id": "u", "occurred_at": "at", "event": "e", "value": "v"}


def read(tmp_path: Path, rows: list[str], head: str = "v;c", *, client: str = "EUR", kind: str = "events", **source: object):
    path = tmp_path / "x.csv"
    lines = [f"u{i};2024-01-{i + 1:02d}T10:00:00Z;buy;{row}" for i, row in enumerate(rows)]
    path.write_text("\n".join([f"u;at;e;{head}", *lines]) + "\n", encoding="utf-8")
    given = Source.model_validate({"name": "s", "kind": kind, "files": "x.csv", "columns": COLUMNS, **source})
    return (crm if kind == "crm" else events).read([path], given, Context("c", "UTC", client))


def worth(tables, name: str = "interactions", column: str = "value") -> list[tuple[float | None, dict]]:
    frame = tables.tables[name]
    values = frame[column] if column in frame else pd.Series(pd.NA, index=frame.index)
    return [(None if pd.isna(v) else float(v), {} if pd.isna(p) else json.loads(p)) for v, p in zip(values, frame["properties"], strict=True)]


@pytest.mark.parametrize("mapped", [{}, {"columns": {**COLUMNS, "currency": "currency"}}])
def test_a_column_of_currencies_keeps_amounts_apart(tmp_path: Path, mapped: dict) -> None:
    found = read(tmp_path, ["1.250,00;EUR", "1,300.50;USD", "3,00;€"], "v;currency", **mapped)
    assert worth(found) == [(1250.0, {"currency": "EUR"}), (None, {"currency": "USD", "other_value": 1300.5}), (3.0, {"currency": "EUR"})]
    assert any("1 amounts are not in EUR (1 in US dollars (USD))" in n for n in found.report.notes)


def test_a_declared_currency_and_signs(tmp_path: Path) -> None:
    assert worth(read(tmp_path, ["1;x", "2;x"], settings={"currency": "usd"})) == [(None, {"c": "x", "currency": "USD", "other_value": v}) for v in (1, 2)]
    assert worth(read(tmp_path, ["$1;x", "$2;x"])) == [(None, {"c": "x", "currency": "USD", "other_value": v}) for v in (1, 2)]
    assert worth(read(tmp_path, ["$1;x", "$2;x"], client="USD")) == [(1, {"c": "x"}), (2, {"c": "x"})]


def test_deals_in_two_currencies(tmp_path: Path) -> None:
    columns = {"deal_id": "u", "entered_at": "at", "stage": "e", "amount": "v", "currency": "c"}
    assert worth(read(tmp_path, ["5;EUR", "7;GBP"], kind="crm", columns=columns), "deals", "amount") == [
        (5, {"currency": "EUR"}), (None, {"currency": "GBP", "other_value": 7})]


@pytest.mark.parametrize(("rows", "source"), [
    (["€1;USD", "€2;USD"], {"columns": {**COLUMNS, "currency": "c"}}), (["1;Dollar", "2;x"], {"columns": {**COLUMNS, "currency": "c"}}),
    (["$1;x", "€2;x"], {}), (["€1;x", "€2;x"], {"settings": {"currency": "USD"}}), (["1;x"], {"settings": {"currency": "Dollar"}})])
def test_contradictions_are_refused(tmp_path: Path, rows: list[str], source: dict) -> None:
    with pytest.raises(BadInput):
        read(tmp_path, rows, **source)
