"""Numbers of a params file that stand for cells of an export: the cell is found as it is spelled, and as the number that it is."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cjm_research.params.schema import Question, Source
from cjm_research.params.yaml_text import read_yaml
from tests.sources.helpers import read

BASE = {"name": "s", "kind": "events", "files": "e.csv"}


def said(text: str) -> dict[str, object]:
    return dict(read_yaml(text, "f").value)


@pytest.mark.parametrize(("condition", "kept"), [
    ("ev: 1e3", ["1e3", "1000"]), ("ev: 0x1F", ["0x1F", "31"]), ("ev: 1.10", ["1.1", "1.10"]), ("ev: 017", ["017"]), ("ev: 12:30", ["12:30"]), ("ev: NO", ["NO"]),
    ("ev: {'!=': 1e3}", ["017", "0x1F", "1.1", "1.10", "12:30", "31", "NO"]), ("ev: [no, 0x1F]", ["0x1F", "31"]), ("ev: {in: [1.10]}", ["1.1", "1.10"]),
    ("ev: {contains: 1.1}", ["1.1", "1.10"]), ("ev: {starts: 1.10}", ["1.10"]), ("ev: {'>': 1e2}", ["1000", "1e3"])])
def test_conditions(tmp_path: Path, condition: str, kept: list[str]) -> None:
    events = ["1e3", "1000", "0x1F", "31", "1.10", "1.1", "017", "12:30", "NO"]
    rows = "".join(f"u{i},2024-03-01 10:0{i},{e}\n" for i, e in enumerate(events))
    if "'>'" in condition:  # a column of numbers, since others are refused there
        rows = "u,2024-03-01,1e3\nv,2024-03-02,1000\nw,2024-03-03,99\n"
    delivered = read("events", tmp_path, {"e.csv": "u,at,ev\n" + rows}, columns={"customer_id": "u", "occurred_at": "at", "event": "ev"}, filter=said(condition))
    assert sorted(delivered.tables["interactions"]["event"]) == sorted(kept)


def test_constants_and_labels_are_text_as_written(tmp_path: Path) -> None:
    source = Source.model_validate({**BASE, "constants": said("{a: 12, b: 1.10, c: 0x1F, d: NO, e: 9.5, f: true}")})
    assert source.constants == {"a": "12", "b": "1.10", "c": "0x1F", "d": "NO", "e": 9.5, "f": True}
    assert Source.model_validate(source.model_dump()) == source
    choice = Question.model_validate({"column": "q", "instrument": "choice", "labels": said("{1: 7, 2: 1.10, 03: no, 4: 12:30}")})
    assert choice.labels == {"1": "7", "2": "1.10", "03": "no", "4": "12:30"}
    delivered = read("events", tmp_path, {"e.csv": "u,at,ev\na,2024-03-01,x\n"}, columns={"customer_id": "u", "occurred_at": "at", "event": "ev"},
                     constants=said("{channel: 12, value: 9.5, touchpoint: 0o17}"), settings={"decimal": ","})
    row = delivered.tables["interactions"].iloc[0]
    assert (row["channel"], row["value"], row["touchpoint"]) == ("12", 9.5, "0o17")


def test_missing_answers_and_who_was_asked(tmp_path: Path) -> None:
    question = said("{column: q, instrument: choice, missing: [1e3, 0x1F, 010, no]}")
    cells = ["1e3", "1000", "0x1F", "010", "no", "NO", "yes", "32"]
    delivered = read("survey", tmp_path, {"s.csv": "q\n" + "\n".join(cells) + "\n"}, questions=[question])
    assert list(delivered.tables["responses"]["answer"]) == ["yes", "32"]
    asked = Question.model_validate(said("{column: q, instrument: choice, asked: {g: 1e3}}")).asked
    assert asked == {"g": ["1e3", 1000.0]}


def test_a_filter_that_fits_nothing_is_not_an_empty_export(tmp_path: Path) -> None:
    delivered = read("events", tmp_path, {"e.csv": "u,at,ev\na,2024-03-01,x\n"}, columns={"customer_id": "u", "occurred_at": "at", "event": "ev"}, filter={"ev": "z"})
    assert delivered.report.notes == ["no row fits the filter of the params"] and isinstance(delivered.tables["interactions"], pd.DataFrame)
