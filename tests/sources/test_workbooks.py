"""Sheets of workbooks: values as written, the table proven or asked, bombs refused."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources.contract import ImportReport
from cjm_research.sources.reading.tabular import read_rows


def _source(files: str = "a.xlsx", **settings: Any) -> Source:
    return Source(name="desk", kind="events", files=files, settings=settings)


def _book(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _read(path: Path, **settings: Any) -> tuple[Any, ImportReport]:
    report = ImportReport("desk", "events")
    return read_rows([path], _source(path.name, **settings), report), report


ROWS = [["id", "at", "amount", "paid", "card"],
        ["007", dt.datetime(2026, 1, 5, 9, 30), 12.5, True, 4],
        [8, dt.date(2026, 1, 6), 100000.0, False, None]]


def test_values_are_as_the_sheet_says(tmp_path: Path) -> None:
    frame, report = _read(_book(tmp_path / "a.xlsx", Orders=ROWS))
    assert frame.columns.tolist() == ["id", "at", "amount", "paid", "card"]
    assert frame["id"].tolist() == ["007", "8"]  # no point behind whole numbers, no zero lost
    assert frame["at"].tolist() == ["2026-01-05 09:30:00", "2026-01-06 00:00:00"] or frame["at"].tolist() == ["2026-01-05 09:30:00", "2026-01-06"]
    assert frame["amount"].tolist() == ["12.5", "100000"]
    assert frame["paid"].tolist() == ["true", "false"]
    assert frame["card"].isna().tolist() == [False, True]
    assert report.rows_read == 2 and "sheet 'Orders', header in row 1" in report.notes[0]


def test_the_name_of_the_file_does_not_matter(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsx", Orders=ROWS)
    path.rename(tmp_path / "export.csv")
    assert len(_read(tmp_path / "export.csv")[0]) == 2


def test_of_several_sheets_one_is_named(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsx", Orders=ROWS, Returns=ROWS[:2], Empty=[], Title=[["only a title"]])
    with pytest.raises(BadInput, match=r"(?s)2 sheets hold rows: 'Orders', 'Returns'.*sheet: Orders") as told:
        _read(path)
    assert "Empty" not in str(told.value)
    assert len(_read(path, sheet="Returns")[0]) == 1
    with pytest.raises(BadInput, match="Orders"):
        _read(path, sheet="Order")


def test_lines_above_the_header_are_asked_for(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsx", Orders=[["Orders of May"], [], *ROWS])
    with pytest.raises(BadInput, match=r"(?s)row 1 names no columns \(Orders of May\).*skip_lines: 2.*row 3 \(id, at"):
        _read(path)
    assert len(_read(path, skip_lines=2)[0]) == 2


def test_notes_below_the_table_are_counted_and_rows_of_few_cells_stay(tmp_path: Path) -> None:
    frame, report = _read(_book(tmp_path / "a.xlsx", Orders=[*ROWS, [], ["as of 7 January"]]))
    assert frame["id"].tolist() == ["007", "8"] and report.dropped == {"notes below the table": 1, "rows without any value": 1}
    assert report.rows_read == 4
    frame, report = _read(_book(tmp_path / "b.xlsx", Orders=[*ROWS, [9], [10]]))
    assert frame["id"].tolist() == ["007", "8", "9", "10"]  # numbers are no notes
    frame, report = _read(_book(tmp_path / "c.xlsx", Orders=[["who", "q1", "q2", "q3"], [1, "x", "y", "z"], [2, None, None, None]]))
    assert frame["who"].tolist() == ["1", "2"] and not report.dropped


def test_blank_rows_inside_are_counted(tmp_path: Path) -> None:
    frame, report = _read(_book(tmp_path / "a.xlsx", Orders=[ROWS[0], ROWS[1], [], ROWS[2]]))
    assert len(frame) == 2 and report.dropped == {"rows without any value": 1} and report.rows_read == 3


def test_errors_of_formulas_and_cut_numbers_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ([["id", "x"], [1234567890123456789, "#DIV/0!"], [2, 1]]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    frame, report = _read(tmp_path / "a.xlsx")
    assert frame["x"].isna().tolist() == [True, False]
    assert any("1 cells hold an error (#DIV/0! 1)" in n for n in report.notes)
    assert "e+18" in frame["id"][0] and any("more digits than a workbook keeps" in n for n in report.notes)


def test_a_cell_far_away_is_refused_before_it_is_laid_out(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "id", "x"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(BadInput, match=r"spread over 1,048,576 rows and 16,384 columns"):
        _read(tmp_path / "a.xlsx")


UNFOLDING = [  # (a cell, a row of it, what is told)
    ('<table:table-cell office:value-type="string" table:number-columns-repeated="16000"><text:p>x</text:p></table:table-cell>', ' table:number-rows-repeated="1000000"', "1,000,000 rows and 16,000 columns"),
    ('<table:table-cell office:value-type="string"><text:p>a<text:s text:c="900000000"/>b</text:p></table:table-cell>', "", "unpacks to 858 MiB"),
    ('<table:table-cell office:value-type="string"><text:p>2026-01-01 10:00:00</text:p></table:table-cell>', ' table:number-rows-repeated="1000000"', "unpacks to 18 MiB")]


@pytest.mark.parametrize(("cell", "repeated", "told"), UNFOLDING)
def test_a_sheet_of_opendocument_that_unfolds_is_refused(tmp_path: Path, cell: str, repeated: str, told: str) -> None:
    head = ('<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
            '<office:body><office:spreadsheet><table:table table:name="S">')
    rows = f"<table:table-row{repeated}>{cell}</table:table-row>"
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", head + rows + "</table:table></office:spreadsheet></office:body></office:document-content>")
    with pytest.raises(BadInput, match=told):
        _read(tmp_path / "a.ods")


@pytest.mark.parametrize("cut", [50, 400, 2000])
def test_a_damaged_workbook_is_one_message(tmp_path: Path, cut: int) -> None:
    path = _book(tmp_path / "a.xlsx", Orders=ROWS)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(BadInput):
        _read(path)


def test_hidden_sheets_are_no_candidates(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(_book(tmp_path / "a.xlsx", Orders=ROWS, Notes=ROWS).read_bytes()))
    book["Notes"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    assert len(_read(tmp_path / "a.xlsx")[0]) == 2


def test_a_published_workbook_with_prose_around_the_table(shared: Path) -> None:
    path = shared / "data" / "xlsx" / "deaths.xlsx"
    with pytest.raises(BadInput, match="2 sheets hold rows: 'arts', 'other'"):
        _read(path)
    with pytest.raises(BadInput, match="skip_lines: 4"):
        _read(path, sheet="arts")
    for sheet in ("arts", "other"):
        frame, report = _read(path, sheet=sheet, skip_lines=4)
        assert len(frame) == 10 and report.dropped["notes below the table"] >= 3
        assert frame.columns.tolist() == ["Name", "Profession", "Age", "Has kids", "Date of birth", "Date of death"]
        assert frame["Age"].str.fullmatch(r"\d+").all() and frame["Date of birth"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    clean, _ = _read(shared / "data" / "xlsx" / "datasets.xlsx", sheet="quakes")
    assert len(clean) == 1000
