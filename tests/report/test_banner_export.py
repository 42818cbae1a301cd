"""Banner tables as a workbook: each figure, base and letter is that of the answer; text is inert; CSV and Parquet hold every cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from cjm_research.analysis.surveys import survey_banner
from cjm_research.clients import export_client
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.params import Workspace
from cjm_research.report.exports.banner import crosstabs
from cjm_research.study import Study
from tests.analysis.surveys.made import chosen, people, scored
from tests.studies import make_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    n = 80
    frame = pd.concat([
        chosen("like", ["=1+1" if k % 4 else "no" for k in range(n)]), scored("mood", "csat", [float(1 + k % 5) if k < 40 else 5.0 for k in range(n)]),
        scored("rec", "nps", [10.0 if k % 2 else 0.0 for k in range(n)])])
    return make_study(tmp_path, {"responses": frame, "customers": people(age=["young"] * 40 + ["old"] * 40)}, survey={"banner": ["attributes.age"]})


def test_the_workbook_is_the_answer(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    study.close()
    files = export_client(study.client, study.workspace, formats=["banner"], to=out)
    assert [f.name for f in files] == ["banner.xlsx", "banner.csv", "banner.parquet"] and all(f.exists() for f in files)
    cells = pd.read_parquet(out / "banner.parquet")
    book = load_workbook(out / "banner.xlsx")
    assert book.sheetnames == ["Contents", "T1", "T2", "T3"]
    links = {c.value: c.hyperlink.location for row in book["Contents"].iter_rows() for c in row if c.hyperlink}
    assert links == {f"T{k}": f"'T{k}'!A1" for k in (1, 2, 3)}
    for name in book.sheetnames[1:]:
        sheet = book[name]
        own = cells[cells["question"] == sheet["A1"].value]
        head = {sheet.cell(6, c).value: c for c in range(2, 5)}
        assert set(head) == {"Total", "young", "old"} and [sheet.cell(7, head[g]).value for g in ("old", "young")] == ["A", "B"]
        assert {g: sheet.cell(8, c).value for g, c in head.items()} == {g: own.loc[own["group"] == g, "base"].max() for g in head}
        rows = {str(sheet.cell(r, 1).value): r for r in range(9, sheet.max_row + 1) if sheet.cell(r, 1).value}
        for cell in own.to_dict("records"):
            r, c = rows[str(cell["answer"])], head[cell["group"]]
            shown: Any = sheet.cell(r, c).value
            assert shown == "–" if pd.isna(cell["value"]) else shown == pytest.approx(cell["value"])
            if cell["letters"]:
                assert sheet.cell(r + 1, c).value == cell["letters"]
    assert (cells["letters"] != "").any()
    odd = next(c for sheet in book for row in sheet.iter_rows() for c in row if c.value == "=1+1")
    assert odd.data_type == "s" and odd.quotePrefix
    text = (out / "banner.csv").read_text(encoding="utf-8-sig")
    assert "'=1+1" in text and len(text.splitlines()) == len(cells) + 1


def test_bases_stand_where_a_figure_is_hidden_nowhere(study: Study) -> None:
    tables = crosstabs(survey_banner(study))
    assert [t.bases for t in tables] == [[80, 40, 40]] * 3 and all(t.effective is None for t in tables)
    assert all(line.bases is None for t in tables for line in t.lines)
    assert any(t.apart for t in tables)


def test_nothing_to_break_down_by_is_said_and_nothing_written(tmp_path: Path) -> None:
    made = make_study(tmp_path, {"responses": scored("rec", "nps", [10.0, 0.0])})
    made.close()
    with pytest.raises(NotEnoughData, match="nothing that groups respondents"):
        export_client(made.client, made.workspace, formats=["banner"], to=tmp_path / "out")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    with pytest.raises(BadInput, match="banner"):
        export_client(made.client, Workspace(tmp_path), formats=["baner"], to=tmp_path / "out")
