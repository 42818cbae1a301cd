"""Frames as tables: what says the same everywhere is said once, every estimate keeps its interval, names are words."""

from __future__ import annotations

import pandas as pd
import pytest

from cjm_research.page.blocks import Table
from cjm_research.page.numbering import Numbering
from cjm_research.page.render import render
from cjm_research.page.tables import table_block

ESTIMATE = {"value": 0.4, "low": 0.35, "high": 0.45, "n": 40, "base": 100, "unit": "share", "method": "Wilson"}
COLUMNS = {"by": "By", "segment": "Segment", "value": "Share", "interval": "95 % interval", "n": "n", "base": "Base"}


def frame(rows: int, **more: object) -> pd.DataFrame:
    return pd.DataFrame([{"by": "attributes.preferred_channel", "segment": f"s{k}", **ESTIMATE, **more} for k in range(rows)])


def texts(block: Table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in block.rows]


def test_what_every_row_says_is_said_once() -> None:
    block = table_block(frame(4), "Segments", COLUMNS)
    # the row's own figures stay, though they are equal here
    assert [c["label"] for c in block.columns] == ["Segment", "Share", "95 % interval", "n"]
    assert block.same == "In every row: By preferred channel · Base 100"
    assert table_block(frame(9), "Segments", COLUMNS, rows=4).same.startswith("In every row shown: By"), "of the others nothing is known"
    html = render(block, Numbering())
    assert "In every row: By preferred channel · Base 100" in html
    assert 'id="table-segments"' in html, "an anchor is made from the caption's words alone"


@pytest.mark.parametrize("changed", [frame(3), pd.concat([frame(4), frame(1, base=101, by="channel")])])
def test_short_tables_and_columns_that_differ_stay_whole(changed: pd.DataFrame) -> None:
    assert len(table_block(changed, "Segments", COLUMNS).columns) == len(COLUMNS)


def test_an_unknown_value_is_not_said_for_all() -> None:
    assert "Base" in [c["label"] for c in table_block(frame(5, base=None), "Segments", COLUMNS).columns]


def test_a_second_estimate_of_a_row_has_its_interval() -> None:
    f = frame(1, of_previous=0.5, of_previous_low=0.4123, of_previous_high=0.5877, median_s=120.0, median_s_low=90.0, median_s_high=7200.0)
    block = table_block(f, "Steps", {"segment": "Step", "of_previous": "Of step before", "of_previous_interval": "95 % interval",
                                     "median_s": "Median time", "median_s_interval": "95 % interval"})
    assert texts(block) == [["s0", "50.0\u202f%", "41.2 to 58.8\u202f%", "2.0\u202fmin", "1.5\u202fmin to 2.0\u202fh"]]
    assert [c["align"] for c in block.columns] == ["left", "right", "right", "right", "right"]
    assert texts(table_block(f.assign(of_previous_low=None), "Steps", {"of_previous_interval": "95 % interval"})) == [["–"]]


def test_models_and_kinds_are_words() -> None:
    f = pd.DataFrame({"model": ["u_shaped", "time_decay", "markov"], "what": ["node", "transition", "node"]})
    assert texts(table_block(f, "Credit")) == [["U-shaped", "visit"], ["time decay", "move"], ["Markov", "visit"]]


def test_a_cut_table_says_how_many_rows_there_are() -> None:
    assert table_block(frame(9), "Segments", COLUMNS, rows=4).note.startswith("4 of 9 rows;")
