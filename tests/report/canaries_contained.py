"""Planted identifiers in what containers say beside their cells: labels and wordings of SPSS, sheets, parts, documents, headings of grids."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pyreadstat
from docx import Document

if TYPE_CHECKING:
    from .canaries import Plants

MAIL, PHONE, NUMBER, LOGIN = range(4)
BY_USER = {"customer_id": "user"}


def contained(p: Plants, raw: Path) -> list[dict[str, Any]]:
    """The sources, whose files are written into the raw folder."""
    return [_labelled(p, raw), _grid(p, raw), *_tables(p, raw), _talks(p, raw)]


def _labelled(p: Plants, raw: Path) -> dict[str, Any]:
    """A file of SPSS: wordings, values' labels, the file's own label and notes."""
    users = [p(NUMBER if n % 2 else LOGIN) for n in range(6)]
    frame = pd.DataFrame({"id": [f"s{n}" for n in range(6)], "user": users, "mood": [1.0, 5.0, 3.0, 5.0, 1.0, 2.0], "reason": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0], "t_1": [1.0, 0.0] * 3, "t_2": [0.0, 1.0] * 3,
                          "g_1": [1.0, 2.0, 3.0] * 2, "g_2": [3.0, 2.0, 1.0] * 2, "r_1": [1.0, 2.0] * 3, "r_2": [2.0, 1.0] * 3, "p_1": [40.0, 60.0] * 3, "p_2": [60.0, 40.0] * 3, "team": [1.0, 2.0] * 3, "note": [f"ask {p(n % 2)}" for n in range(6)]})
    wordings = {c: f"{c}: how is {p(n % 4)}?" for n, c in enumerate(("mood", "reason", "t_1", "t_2", "g_1", "g_2", "r_1", "r_2", "p_1", "p_2", "note"))}
    labels = {"mood": {1.0: "Very bad", 5.0: "Very good"}, "reason": {1.0: p(MAIL), 2.0: p(NUMBER)}, "team": {1.0: p(LOGIN), 2.0: p(PHONE)}, "t_1": {0.0: "no", 1.0: "yes"}, "t_2": {0.0: "no", 1.0: "yes"}}
    pyreadstat.write_sav(frame, str(raw / f"wave {p(MAIL)}.sav"), column_labels=wordings, variable_value_labels=labels, file_label=p(MAIL), note=f"by {p(MAIL)}")
    asked: list[dict[str, Any]] = [{"column": "mood", "instrument": "csat", "scale": [1, 5], "higher_is_better": True}, {"column": "reason", "instrument": "choice"}, {"column": "t_*", "id": "used", "instrument": "choice"},
                                   {"column": "g_*", "instrument": "likert", "scale": [1, 5], "higher_is_better": True}, {"column": "r_*", "id": "order", "instrument": "ranking"},
                                   {"column": "p_*", "id": "sum", "instrument": "points"}, {"column": "note", "instrument": "text"}]
    return {"name": "wave", "kind": "survey", "files": "wave*.sav", "columns": {"response_id": "id"} | BY_USER, "settings": {"attributes": ["team"]}, "questions": asked}


def _grid(p: Plants, raw: Path) -> dict[str, Any]:
    """Headings of a grid, a ranking and a sum."""
    heads = ["id", "user", *(f"{stem} {p(n % 4)}" for stem in ("Like", "Rank", "Share") for n in range(3))]
    rows = [[f"g{n}", p(2 + n % 2), 1 + n % 5, 2, 3, 1, 2, 3, 50, 30, 20] for n in range(4)]
    pd.DataFrame(rows, columns=heads).to_csv(raw / f"grid {p(MAIL)}.csv", index=False)
    return {"name": "grid", "kind": "survey", "files": "grid*.csv", "columns": {"response_id": "id"} | BY_USER, "questions": [
        {"column": "Like *", "instrument": "likert", "scale": [1, 5], "higher_is_better": True}, {"column": "Rank *", "instrument": "ranking"}, {"column": "Share *", "instrument": "points"}]}


def _tables(p: Plants, raw: Path) -> list[dict[str, Any]]:
    """A workbook with a sheet's name, properties and a remark; a database; a zip of parts."""
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.title = p(MAIL), p(NUMBER)
    sheet = book.active
    assert sheet is not None
    sheet.title = p(LOGIN)[:31]
    sheet.append(["user", "at", "what", "via"])
    for n in range(4):
        sheet.append([p(2 + n % 2), f"2026-01-{n + 1:02d} 10:00:00", f"tap {p()}", p()])
    sheet["A1"].comment = openpyxl.comments.Comment(f"from {p(MAIL)}", p(MAIL))
    book.save(raw / f"book {p(MAIL)}.xlsx")
    with sqlite3.connect(raw / f"kept {p(MAIL)}.db") as database:
        database.execute(f'CREATE TABLE "of {p(MAIL)}" (id TEXT, user TEXT, at TEXT, said TEXT, label TEXT)')
        name = database.execute("SELECT name FROM sqlite_master").fetchone()[0]
        database.executemany(f'INSERT INTO "{name}" VALUES (?, ?, ?, ?, ?)', [(p(), p(2 + n % 2), "2026-01-05 10:00:00", f"Call {p(PHONE)}", p()) for n in range(3)])
    database.close()
    with zipfile.ZipFile(raw / f"packed {p(MAIL)}.zip", "w") as archive:
        for n in range(2):
            archive.writestr(f"part {p(MAIL)}/{n} {p(NUMBER)}.csv", f"user,at,what,via\n{p(2 + n)},2026-01-07 10:00:00,press {p()},{p()}\n")
    events = {"kind": "events", "timezone": "UTC", "columns": BY_USER | {"occurred_at": "at", "event": "what", "channel": "via"}}
    return [{"name": "book", "files": "book*.xlsx", **events}, {"name": "packed", "files": "packed*.zip", **events},
            {"name": "kept", "kind": "feedback", "files": "kept*.db", "timezone": "UTC", "columns": BY_USER | {"feedback_id": "id", "published_at": "at", "text": "said", "label": "label"}}]


def _talks(p: Plants, raw: Path) -> dict[str, Any]:
    """A Word document with an author, a title and keywords."""
    document = Document()
    who = p(LOGIN)
    for line in ("Interviewer: How was it?", f"{who}: I am {who}, write to {p(MAIL)}.", "Interviewer: And then?", f"{who}: Call {p(PHONE)}."):
        document.add_paragraph(line)
    document.core_properties.author, document.core_properties.title, document.core_properties.keywords = p(MAIL), p(NUMBER), p(MAIL)
    document.save(str(raw / f"word {p(MAIL)}.docx"))
    return {"name": "words", "kind": "transcripts", "files": "word*.docx", "settings": {"interviewers": ["Interviewer"]}}
