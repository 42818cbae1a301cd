"""The banner tables of a client's surveys: a workbook with a sheet a question, and every cell as a row of CSV and Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...analysis.surveys import survey_banner
from ...privacy.exported import claim
from ...results import words
from ...results.result import Result
from ..record.guard import guard_of
from .codings import inert
from .crosstab import Crosstab, Crosstabs, Head, Line
from .layout import ACCENT

if TYPE_CHECKING:
    from ...study import Study

FILES = ("banner.xlsx", "banner.csv", "banner.parquet")  # all that may be written: an erasure lists and withdraws them
TOTAL = "Total"


def export_banner(study: Study, folder: Path) -> list[Path]:
    """Write `banner.xlsx`, `banner.csv` and `banner.parquet` from the data as they are now; returns the files.

    The columns are those of `survey.banner` in the params, else the usual ones. Raises `NotEnoughData` where nothing groups respondents, `WouldExposePerson` where an identifier
    of a person would stand in a file.
    """
    study.need("responses", what="banner tables")
    result = survey_banner(study)
    cells = result["cells"]
    with guard_of(study.client, study.workspace, study.params).staged(folder) as scratch:
        written = [scratch / "banner.xlsx", scratch / "banner.csv", scratch / "banner.parquet"]
        _workbook(study.params.title, study.client, result, written[0])
        inert(cells).to_csv(written[1], index=False, encoding="utf-8-sig")
        cells.to_parquet(written[2], index=False)
        claim(study.workspace.exports(study.client), "", (folder / path.relative_to(scratch) for path in written), study.client, study.workspace.reports)
    return [folder / path.relative_to(scratch) for path in written]


def _workbook(title: str, client: str, result: Result, path: Path) -> None:
    tables = crosstabs(result)
    book = Crosstabs(path, f"{title}: banner tables", f"client {client}", ACCENT)
    book.contents(f"{title}: banner tables", [*result.sentences, *map(str, result.caveats), result.method], tables)
    for number, table in enumerate(tables, start=1):
        book.crosstab(number, table)
    book.close()


def crosstabs(result: Result) -> list[Crosstab]:
    """A table for each question, in the order of the questionnaire, with the columns of every banner side by side."""
    cells = result["cells"]
    return [_table(part, result) for _, part in cells.groupby(["source", "question_id"], sort=False)]


def _table(cells: pd.DataFrame, result: Result) -> Crosstab:
    groups = cells.drop_duplicates(["by", "group"])
    banners = list(dict.fromkeys(groups["by"]))
    heads = [Head("", TOTAL, ""), *(Head(b, str(g.group), str(g.letter)) for b in banners for g in groups[(groups["by"] == b) & (groups["group"] != TOTAL)].itertuples())]
    keys = [(h.by or banners[0], h.group) for h in heads]
    lines: list[Line] = []
    found = {(r["answer"], r["by"], r["group"]): r for r in cells.to_dict("records")}
    # a figure that is not shown has no base either; the largest of a column is that of its question
    most = cells.groupby(["by", "group"])[["base", "effective"]].max()
    bases = [int(most.loc[k, "base"]) or None for k in keys]
    for answer in dict.fromkeys(cells["answer"]):
        row = [found.get((answer, *k)) for k in keys]
        own = [_base(r) for r in row]
        fewer = any(n is not None and n != b for n, b in zip(own, bases, strict=True))
        lines.append(Line(str(answer), str(next(r["unit"] for r in row if r)), [None if r is None or pd.isna(r["value"]) else float(r["value"]) for r in row],
                          ["" if r is None else str(r["letters"]) for r in row], own if fewer else None))
    effective = [float(most.loc[k, "effective"]) or None for k in keys]
    weighted = any(e is not None and n and abs(e - n) > 0.5 for e, n in zip(effective, bases, strict=True))
    units = [str(u) for u in dict.fromkeys(cells["unit"]) if u != "share"]
    about = "Shares are of the respondents who answered" + (f"; {words.listing(['NPS' if u == 'points' else 'means' if u == 'score' else f'means in {u}' for u in units])} beside them" if units else "") + "."
    letters = f"Letters: the columns that are lower beyond chance at p ≤ {result.facts['alpha']:g}, within one banner and one row. –: too few people to show."
    return Crosstab(str(cells["question"].iloc[0]), about, heads, bases, effective if weighted else None, lines, [letters, result.method], _most_apart(result, str(cells["question_id"].iloc[0])))


def _most_apart(result: Result, question: str) -> str:
    """The row of a question whose columns differ most surely, in words; empty where none does beyond chance."""
    rows = result["rows"]
    rows = rows[(rows["question_id"] == question) & (rows["p"] <= result.facts["alpha"])]
    if rows.empty:
        return ""
    r = rows.iloc[0]
    unit = "share" if r["unit"] == "share difference" else str(r["unit"])
    return f"{r['answer']}: {words.number(r['high_value'], unit)} for {r['by']} {r['highest']}, {words.number(r['low_value'], unit)} for {r['lowest']}"


def _base(row: dict[str, object] | None) -> int | None:
    return None if row is None or not row["base"] else int(str(row["base"]))
