"""Counts of trials and successes: the units that they count; arms from names of files; numbers of rows as ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import BadInput

from .helpers import read

COUNTS: dict[str, Any] = {"files": "*.csv", "constants": {"experiment": "t"}, "columns": {"assigned_at": "day"},
                          "settings": {"trials": "clicks", "successes": {"enrolled": "enrolled"}, "variant_by_file": {"control*": "a", "variant*": "b"}}}


def test_counts_by_arm_and_day(tmp_path: Path) -> None:
    files = {"control_1.csv": "day,clicks,enrolled\n2024-03-01,5,2\n2024-03-02,3,\n", "variant_1.csv": "day,clicks,enrolled\n2024-03-01,4,4\n2024-03-02,,1\n"}
    found = read("experiment", tmp_path, files, **COUNTS)
    arms, values = found.tables["assignments"], found.tables["measurements"]
    assert arms["variant"].value_counts().to_dict() == {"a": 8, "b": 4} and arms["unit_id"].is_unique
    joined = values.merge(arms, on="unit_id")
    assert joined.groupby("variant")["value"].agg(["sum", "count", "size"]).to_numpy().tolist() == [[2, 5, 8], [4, 4, 4]]  # three were not observed
    assert found.report.rows_read == 4 and found.report.dropped == {"no number of trials": 1}
    assert any("enrolled was not observed for 3 of 12 trials" in n for n in found.report.notes)


@pytest.mark.parametrize(("row", "said"), [("2024-03-01,5,6", "6 is no number of successes"), ("2024-03-01,5,2.5", "2.5 is no number"), ("2024-03-01,-1,0", "-1 is no number of trials")])
def test_what_is_no_count(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as told:
        read("experiment", tmp_path, {"control.csv": f"day,clicks,enrolled\n{row}\n"}, **COUNTS)
    assert told.value.allowed and told.value.next


def test_a_file_without_an_arm(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"other.csv fits no pattern"):
        read("experiment", tmp_path, {"other.csv": "day,clicks,enrolled\n2024-03-01,5,2\n"}, **COUNTS)


def test_numbers_of_rows_in_two_files_are_two_units(tmp_path: Path) -> None:
    files = {"a.csv": "id,arm,m\n1,a,3\n2,a,4\n", "b.csv": "id,arm,m\n1,b,5\n2,b,6\n"}
    said: dict[str, Any] = {"files": "*.csv", "columns": {"unit_id": "id", "variant": "arm"}, "settings": {"metrics": ["m"]}}
    assert read("experiment", tmp_path, files, **said).tables["assignments"]["unit_id"].tolist() == ["a.csv row 1", "a.csv row 2", "b.csv row 1", "b.csv row 2"]
    # real ids stay: u1 was in both arms
    files = {name: text.replace("1,", "u1,").replace("2,", "u2,") for name, text in files.items()}
    assert read("experiment", tmp_path / "ids", files, **said).tables["assignments"]["unit_id"].tolist() == ["u1", "u2", "u1", "u2"]
    # and without an id column two sources of one test share none
    one = read("experiment", tmp_path / "none", {"a.csv": "arm,m\na,3\n"}, columns={"variant": "arm"}, settings={"metrics": ["m"]})
    assert one.tables["assignments"]["unit_id"].tolist() == ["s row 1"]


def test_totals_are_no_trials(tmp_path: Path) -> None:
    files = {"control.csv": "day,clicks,enrolled\n2024-03-01,5,2\n2024-03-02,3,1\nTotal,8,3\n", "variant.csv": "day,clicks,enrolled\n2024-03-01,4,4\n2024-03-02,2,1\nGesamt,6,5\n"}
    found = read("experiment", tmp_path, files, **COUNTS)
    assert len(found.tables["assignments"]) == 14 and found.report.rows_read == 6 and found.report.dropped == {"rows that sum up the others": 2}
    dated = read("experiment", tmp_path / "day", {"control.csv": "day,clicks,enrolled\n2024-03-01,5,2\n2024-03-02,3,1\n2024-03-03,8,3\n"}, **COUNTS)
    assert any("in row 3 holds 8 trials, the sum of the 2 others" in n for n in dated.report.notes)
    with pytest.raises(BadInput, match="the sum of the 2 others"):
        read("experiment", tmp_path / "sum", {"control.csv": "clicks,enrolled\n5,2\n3,1\n8,3\n"}, **(COUNTS | {"columns": {}}))


@pytest.mark.parametrize("cell", ["10%", "10 %", "1,5 %", "100 ‰"])
def test_rates_are_no_successes(tmp_path: Path, cell: str) -> None:
    with pytest.raises(BadInput, match="is a rate, not a number of successes") as told:
        read("experiment", tmp_path, {"control.csv": f'day,clicks,enrolled\n2024-03-01,1000,"{cell}"\n'}, **COUNTS)
    assert "in row 1" in told.value.found


def test_rows_that_may_count_twice_are_told(tmp_path: Path) -> None:
    def notes(name: str, control: str, variant: str) -> list[str]:
        return read("experiment", tmp_path / name, {f"{arm}.csv": "day,clicks,enrolled\n" + rows for arm, rows in (("control", control), ("variant", variant))}, **COUNTS).report.notes

    days = [f"2024-03-0{d}" for d in range(1, 6)]
    total = "".join(f"{day},{10 * n},{n}\n" for n, day in enumerate(days, 1))
    assert any("running totals" in n for n in notes("total", total, total.replace("0,", "2,")))
    daily = "".join(f"{day},{n},{n // 3}\n" for day, n in zip(days, (9, 12, 10, 14, 11), strict=True))
    assert not any("running totals" in n for n in notes("daily", daily, total))
    assert not any("equal another" in n for n in notes("once", daily, daily))
    assert any("1 rows equal another of the same arm, day and counts" in n for n in notes("twice", daily, daily + "2024-03-02,12,4\n"))
