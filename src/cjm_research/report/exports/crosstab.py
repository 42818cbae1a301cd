"""A workbook of banner tables as researchers know it: contents with links, a sheet a question, columns by group with their letters and bases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .sheet import LINE_HEIGHT, Book, lines_of, on_paper

CONTENTS = "Contents"
_LABEL, _CELL = 46, 13  # widths of the rows' names and of the columns


@dataclass(frozen=True)
class Head:
    """A column: what it groups by (empty: the total), its group, its letter."""

    by: str
    group: str
    letter: str


@dataclass(frozen=True)
class Line:
    """A row: its name, a figure and letters a column (None: not shown). unit: "share" or another; bases: where they are not the table's."""

    name: str
    unit: str
    values: Sequence[float | None]
    letters: Sequence[str]
    bases: Sequence[int | None] | None = None


@dataclass(frozen=True)
class Crosstab:
    """A question by groups. bases: respondents a column; effective: Kish's, where the survey is weighted; notes: what stands below; apart: where its columns differ most, in words."""

    title: str
    about: str
    heads: Sequence[Head]
    bases: Sequence[int | None]
    effective: Sequence[float | None] | None
    lines: Sequence[Line]
    notes: Sequence[str]
    apart: str = ""


class Crosstabs(Book):
    """A workbook of crosstabs."""

    def __init__(self, path: Path, title: str, comment: str, colour: str) -> None:
        super().__init__(path, title, comment, colour)
        base = {"font_name": "Arial", "font_size": 10, "valign": "top", "align": "right"}
        column = base | {"bold": True, "bg_color": colour, "font_color": "#FFFFFF", "text_wrap": True}
        for looks, more in ((self._looks, {}), (self._inert, {"quote_prefix": True})):
            looks["mark"] = self._book.add_format({**base, "font_color": "#5B6372", **more})
            looks["column"] = self._book.add_format({**column, **more})

    def contents(self, title: str, said: Sequence[str], tables: Sequence[Crosstab]) -> None:
        """The first sheet: what this is, and a link to each table."""
        sheet = self._book.add_worksheet(CONTENTS)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 8)
        sheet.set_column(1, 1, 56)
        sheet.set_column(2, 2, 12)
        sheet.set_column(3, 3, 60)
        self._text(sheet, 0, 0, title, "title")
        r = 2
        for text in said:
            sheet.merge_range(r, 0, r, 3, "", self._looks["wrapped"])
            self._text(sheet, r, 0, text, "wrapped")
            sheet.set_row(r, lines_of(text, 130) * LINE_HEIGHT)
            r += 1
        r += 1
        for c, text in enumerate(("Table", "Question", "Respondents", "Differ most")):
            self._text(sheet, r, c, text, "head")
        link = self._book.add_format({"font_name": "Arial", "font_size": 10, "font_color": "#00598c", "underline": 1, "valign": "top"})
        for k, table in enumerate(tables, start=1):
            sheet.write_url(r + k, 0, f"internal:'{name_of(k)}'!A1", link, name_of(k))
            self._text(sheet, r + k, 1, table.title, "wrapped")
            self._figure(sheet, r + k, 2, table.bases[0], self._looks["count"])
            self._text(sheet, r + k, 3, table.apart or "nothing beyond chance", "wrapped" if table.apart else "muted")
            sheet.set_row(r + k, max(lines_of(table.title, 56), lines_of(table.apart, 60)) * LINE_HEIGHT)
        on_paper(sheet, 4, head=r + 1, rows=r + len(tables))

    def crosstab(self, number: int, table: Crosstab) -> None:
        """The sheet of one question."""
        sheet = self._book.add_worksheet(name_of(number))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, _LABEL)
        sheet.set_column(1, max(1, len(table.heads)), _CELL)
        self._text(sheet, 0, 0, table.title, "title")
        self._text(sheet, 1, 0, table.about, "muted")
        sheet.write_url(2, 0, f"internal:'{CONTENTS}'!A1", self._looks["muted"], "Contents")
        r = self._heads(sheet, 4, table.heads)
        sheet.freeze_panes(r, 2)
        base = self._book.add_format({"font_name": "Arial", "font_size": 10, "num_format": "#,##0", "font_color": "#5B6372", "bottom": 1, "bottom_color": "#D9DDE4"})
        for name, values in (("Respondents", table.bases), *((("Effective base", table.effective),) if table.effective else ())):
            sheet.write_string(r, 0, name, base)
            for c, value in enumerate(values, start=1):
                self._figure(sheet, r, c, value, base)
            r += 1
        for line in table.lines:
            self._text(sheet, r, 0, line.name, "wrapped")
            sheet.set_row(r, lines_of(line.name, _LABEL) * LINE_HEIGHT)
            for c, (value, mark) in enumerate(zip(line.values, line.letters, strict=True), start=1):
                self._figure(sheet, r, c, value, self._looks["share" if line.unit == "share" else "number"])
                self._mark(sheet, r + 1, c, mark)
            r += 2 if any(line.letters) else 1
            if line.bases is not None:
                sheet.write_string(r, 0, "    n", base)
                for c, value in enumerate(line.bases, start=1):
                    self._figure(sheet, r, c, value, base)
                r += 1
        last = r
        for note in table.notes:
            r += 1
            sheet.merge_range(r, 0, r, min(12, max(4, len(table.heads))), "", self._looks["muted"])
            self._text(sheet, r, 0, note, "muted")
            sheet.set_row(r, lines_of(note, _LABEL + _CELL * min(12, max(4, len(table.heads)))) * LINE_HEIGHT)
        on_paper(sheet, max(5, len(table.heads) + 1), head=7, rows=max(last, r))
        sheet.repeat_columns(0)

    def _heads(self, sheet: Any, r: int, heads: Sequence[Head]) -> int:
        """Three rows: what is grouped by, the groups, the letters; returns the row below."""
        start = 0
        for k, head in enumerate(heads):
            if k + 1 == len(heads) or heads[k + 1].by != head.by:
                if k > start:
                    sheet.merge_range(r, start + 1, r, k + 1, "", self._looks["head"])
                self._text(sheet, r, start + 1, head.by or " ", "head")
                start = k + 1
        for row, texts in ((r, None), (r + 1, [h.group for h in heads]), (r + 2, [h.letter for h in heads])):
            self._text(sheet, row, 0, " ", "head")
            for c, text in enumerate(texts or (), start=1):
                self._text(sheet, row, c, text or " ", "column")
        sheet.set_row(r + 1, max(lines_of(h.group, _CELL) for h in heads) * LINE_HEIGHT)
        return r + 3

    def _mark(self, sheet: Any, r: int, c: int, text: str) -> None:
        if text:
            sheet.write_string(r, c, text, self._looks["mark"])

    def _figure(self, sheet: Any, r: int, c: int, value: float | None, look: Any) -> None:
        if value is None:
            self._mark(sheet, r, c, "–")
        else:
            sheet.write_number(r, c, value, look)


def name_of(number: int) -> str:
    """The name of a table's sheet."""
    return f"T{number}"


