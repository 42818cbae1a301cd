"""Worksheets: tables with typed columns, a matrix of texts, a page of words; all text is inert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .text import clean, is_formula

CELL_LIMIT = 32_000  # characters a spreadsheet cell takes
ROW_LIMIT = 1_048_575  # rows of a worksheet below its head
CHARS_A_LINE = 1.15  # characters of body text per unit of column width
LINE_HEIGHT = 13.2  # points


@dataclass(frozen=True)
class Column:
    """A column of a table.

    width: in characters; wrap: long text is broken into lines; grows: and makes its row higher. unit: of its numbers, "count" or,
    where the row's own `unit` names it, "estimate".
    """

    name: str
    width: float
    wrap: bool = False
    grows: bool = True
    unit: str = "count"


@dataclass(frozen=True)
class Said:
    """A line of a summary: what it is about, and what is said."""

    about: str
    text: str
    strong: bool = False
    muted: bool = False


@dataclass(frozen=True)
class Chart:
    """A column for each row of (name, value). unit: "share" or another."""

    title: str
    rows: Sequence[tuple[str, float]]
    unit: str


class Book:
    """A workbook being written. colour: of heads and columns, dark enough for white letters."""

    def __init__(self, path: Path, title: str, comment: str, colour: str = "#00598c") -> None:
        import xlsxwriter

        self._colour = colour
        self._book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False})
        # a fixed time: equal runs give equal files
        self._book.set_properties({"title": clean(title)[:250], "comments": clean(comment)[:250], "created": datetime(1980, 1, 1)})
        base = {"valign": "top", "font_name": "Arial", "font_size": 10}
        looks: dict[str, dict[str, Any]] = {
            "title": {"bold": True, "font_size": 14}, "head": {"bold": True, "bg_color": colour, "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"},
            "text": {}, "wrapped": {"text_wrap": True}, "lane": {"bold": True, "text_wrap": True, "bottom": 1, "bottom_color": "#D9DDE4"},
            "cell": {"text_wrap": True, "bottom": 1, "bottom_color": "#D9DDE4"}, "goal": {"italic": True, "font_color": "#5B6372", "text_wrap": True},
            "strong": {"text_wrap": True, "bold": True, "font_size": 12}, "muted": {"text_wrap": True, "font_color": "#5B6372"},
            "share": {"num_format": "0.0%_)"}, "number": {"num_format": "#,##0.00_)"}, "count": {"num_format": "#,##0_)"}}
        self._looks = {name: self._book.add_format({**base, **look}) for name, look in looks.items()}
        self._inert = {name: self._book.add_format({**base, **look, "quote_prefix": True}) for name, look in looks.items()}

    def close(self) -> None:
        """Write the file."""
        self._book.close()

    def summary(self, name: str, title: str, lines: Sequence[Said], chart: Chart | None) -> None:
        """A worksheet of what matters, with one chart beside the numbers that it draws."""
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 78)
        self._text(sheet, 0, 0, title, "title")
        r = 2
        for line in lines:
            self._text(sheet, r, 0, line.about, "wrapped" if not line.strong else "strong")
            self._text(sheet, r, 1, line.text, "strong" if line.strong else "muted" if line.muted else "wrapped")
            sheet.set_row(r, max(lines_of(line.about, 30), lines_of(line.text, 64 if line.strong else 78)) * (LINE_HEIGHT + 2))
            r += 1
        if chart is not None:
            r = self._chart(sheet, name, chart, r + 1)
        on_paper(sheet, 2, rows=r)
        sheet.set_portrait()
        sheet.set_paper(9)

    def _chart(self, sheet: Any, name: str, chart: Chart, r: int) -> int:
        """The numbers of a chart and the chart below them; returns the row where it ends."""
        self._text(sheet, r, 0, "Stage", "head")
        self._text(sheet, r, 1, chart.title, "head")
        look = self._looks["share" if chart.unit == "share" else "number"]
        for k, (row, value) in enumerate(chart.rows, start=r + 1):
            self._text(sheet, k, 0, row, "text")
            sheet.write_number(k, 1, value, look)
        last = r + len(chart.rows)
        drawn = self._book.add_chart({"type": "column"})
        drawn.add_series({"name": [name, r, 1], "categories": [name, r + 1, 0, last, 0], "values": [name, r + 1, 1, last, 1], "fill": {"color": self._colour},
                          "gap": 60, "data_labels": {"value": True, "num_format": "0%" if chart.unit == "share" else "+0.0;−0.0;0.0"}})
        drawn.set_title({"name": chart.title, "name_font": {"size": 12, "bold": True}})
        drawn.set_legend({"none": True})
        drawn.set_y_axis({"num_format": "0%" if chart.unit == "share" else "0.0", "major_gridlines": {"visible": True, "line": {"color": "#D9DDE4"}},
                          **({"min": 0, "max": 1} if chart.unit == "share" else {"min": -2, "max": 2})})
        drawn.set_x_axis({"label_position": "low"})
        drawn.set_size({"width": 760, "height": 300})
        sheet.insert_chart(last + 2, 0, drawn, {"description": f"{chart.title}: a column for each of {len(chart.rows)} stages; the numbers stand above."})
        return last + 2 + 17

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], freeze: int = 0) -> None:
        """A worksheet of rows with a head, a filter and typed cells. Text is text, numbers are numbers in their unit's format."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, freeze)
        sheet.set_row(0, 20)
        for c, column in enumerate(columns):
            sheet.set_column(c, c, column.width)
            self._text(sheet, 0, c, column.name, "head")
        r = 0
        for r, row in enumerate(rows, start=1):
            if r > ROW_LIMIT:
                break
            lines = 1
            for c, column in enumerate(columns):
                value = row.get(column.name)
                if value is None or value == "":
                    continue
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    if value == value and abs(value) != float("inf"):
                        sheet.write_number(r, c, value, self._looks[_number(column.unit, row)])
                    continue
                self._text(sheet, r, c, value, "wrapped" if column.wrap else "text")
                if column.wrap and column.grows:
                    lines = max(lines, lines_of(str(value), column.width))
            sheet.set_row(r, min(lines, 12) * LINE_HEIGHT)
        sheet.autofilter(0, 0, max(1, r), len(columns) - 1)
        on_paper(sheet, len(columns), rows=r)

    def matrix(self, name: str, corner: str, head: Sequence[str], rows: Sequence[Sequence[str]], goals: Sequence[str] = ()) -> None:
        """A worksheet of texts with heads above and on the left."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, max(1, len(head)), _MATRIX)
        sheet.freeze_panes(2 if any(goals) else 1, 1)
        for c, text in enumerate([corner, *head]):
            self._text(sheet, 0, c, text, "head")
        sheet.set_row(0, max(2, *(lines_of(t, _MATRIX if c else 20) for c, t in enumerate([corner, *head]))) * LINE_HEIGHT)
        first = 1
        if any(goals):
            self._text(sheet, 1, 0, "Goal", "goal")
            for c, text in enumerate(goals, start=1):
                self._text(sheet, 1, c, text, "goal")
            sheet.set_row(1, max(lines_of(t, _MATRIX) for t in goals) * LINE_HEIGHT)
            first = 2
        for r, row in enumerate(rows, start=first):
            for c, text in enumerate(row):
                self._text(sheet, r, c, text, "cell" if c else "lane")
            sheet.set_row(r, min(400.0, max(lines_of(t, _MATRIX if c else 20) for c, t in enumerate(row)) * LINE_HEIGHT))
        on_paper(sheet, len(head) + 1, first, first + len(rows) - 1)

    def text_page(self, name: str, title: str, parts: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        """A worksheet of words: headings, and below each pairs of a term and what it means."""
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 100)
        self._text(sheet, 0, 0, title, "title")
        r = 2
        for heading, pairs in parts:
            if not pairs:
                continue
            self._text(sheet, r, 0, heading, "head")
            self._text(sheet, r, 1, " ", "head")
            r += 1
            for term, meaning in pairs:
                self._text(sheet, r, 0, term, "wrapped")
                self._text(sheet, r, 1, meaning, "wrapped")
                sheet.set_row(r, max(lines_of(term, 26), lines_of(meaning, 100)) * LINE_HEIGHT)
                r += 1
            r += 1
        on_paper(sheet, 2, rows=r)

    def _text(self, sheet: Any, row: int, column: int, value: Any, look: str) -> None:
        text = clean(value, keep="\n")[:CELL_LIMIT]
        if text or look == "head":
            sheet.write_string(row, column, text, (self._inert if is_formula(text) else self._looks)[look])


_MATRIX = 40.0  # width of a stage's column


def _number(unit: str, row: Mapping[str, Any]) -> str:
    if unit == "estimate":
        return "share" if row.get("unit") == "share" else "number"
    return "count"


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column of this width."""
    return sum(max(1, -(-len(part) // max(1, int(width * CHARS_A_LINE)))) for part in str(text).split("\n"))


def on_paper(sheet: Any, columns: int, head: int = 1, rows: int = 1) -> None:
    """On paper: what is filled, on A3, as wide as one page where that can be read, heads on every page. rows: number of the last row, from 0."""
    sheet.print_area(0, 0, max(1, min(rows, ROW_LIMIT)), columns - 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.fit_to_pages(1 if columns <= 14 else 2, 0)
    sheet.repeat_rows(0, head - 1)
    sheet.set_footer("&L&8&A&R&8&P / &N")
