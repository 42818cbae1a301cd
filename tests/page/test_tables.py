"""Frames as tables: what says the same everywhere is said once, every estimate keeps its interval, names are words."""

from __future__ import annotations

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.page.blocks import Table
from cjm_research.page.numbering import Numbering
from cjm_research.page.render import render
from cjm_research.page.tables import table_block
from cjm_research.results import words
from cjm_research.results.declared import Frame, day, estimate, interval, seconds, share, text

ESTIMATE = {"value": 0.4, "low": 0.35, "high": 0.45, "n": 40, "base": 100, "unit": "share", "method": "Wilson"}
SEGMENTS = Frame("segments", "Segments", (text("by", "By", worded=words.column), text("segment", "Segment"), *estimate("Share")))


def frame(rows: int, **more: object) -> pd.DataFrame:
    return pd.DataFrame([{"by": "attributes.preferred_channel", "segment": f"s{k}", **ESTIMATE, **more} for k in range(rows)])


def texts(block: Table) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in block.rows]


def test_what_every_row_says_is_said_once() -> None:
    block = table_block(frame(4), "Segments", declared=SEGMENTS)
    # the row's own figures stay, though they are equal here
    assert [c["label"] for c in block.columns] == ["Segment", "Share", "95 % interval", "n"]
    assert block.same == "In every row: By preferred channel · Base 100"
    assert table_block(frame(9), "Segments", rows=4, declared=SEGMENTS).same.startswith("In every row shown: By"), "of the others nothing is known"
    html = render(block, Numbering())
    assert "In every row: By preferred channel · Base 100" in html
    assert 'id="table-segments"' in html, "an anchor is made from the caption's words alone"


@pytest.mark.parametrize("changed", [frame(3), pd.concat([frame(4), frame(1, base=101, by="channel")])])
def test_short_tables_and_columns_that_differ_stay_whole(changed: pd.DataFrame) -> None:
    assert len(table_block(changed, "Segments", declared=SEGMENTS).columns) == len(SEGMENTS.default)


def test_an_unknown_value_is_not_said_for_all() -> None:
    assert "Base" in [c["label"] for c in table_block(frame(5, base=None), "Segments", declared=SEGMENTS).columns]


def test_a_second_estimate_of_a_row_has_its_interval() -> None:
    f = frame(1, of_previous=0.5, of_previous_low=0.4123, of_previous_high=0.5877, median_s=120.0, median_s_low=90.0, median_s_high=7200.0)
    steps = Frame("steps", "Steps", (text("segment", "Step"), share("of_previous", "Of step before"), interval("of_previous"),
                                     seconds("median_s", "Median time"), interval("median_s")))
    block = table_block(f, "Steps", declared=steps)
    assert texts(block) == [["s0", "50.0\u202f%", "41.2 to 58.8\u202f%", "2.0\u202fmin", "1.5\u202fmin to 2.0\u202fh"]]
    assert [c["align"] for c in block.columns] == ["left", "right", "right", "right", "right"]
    assert texts(table_block(f.assign(of_previous_low=None), "Steps", ["of_previous_interval"], declared=steps)) == [["–"]]


def test_names_are_written_as_their_column_says() -> None:
    f = pd.DataFrame({"model": ["u_shaped", "time_decay", "markov"]})
    assert texts(table_block(f, "Credit", declared=Frame("f", "", (text("model", "Model", worded=words.model),)))) == [["U-shaped"], ["time decay"], ["Markov"]]


def test_a_name_says_nothing_of_a_unit() -> None:
    named = pd.DataFrame({"wait_s": [3600.0], "conversion_share": [0.25], "p_adjusted": [0.0001], "reach": [0.5], "model": ["u_shaped"], "first": [True],
                          "at": [pd.Timestamp("2026-03-01", tz="UTC")], "visits": [1200]})
    assert texts(table_block(named, "Mine")) == [["3,600", "0.25", "0.00010", "0.50", "u_shaped", "yes", "2026-03-01", "1,200"]]


def test_an_estimate_that_nobody_declared_has_its_interval_and_unit() -> None:
    block = table_block(frame(1), "Mine")
    assert [c["label"] for c in block.columns] == ["By", "Segment", "Value", "95 % interval", "n", "Base"]
    assert texts(block) == [["attributes.preferred_channel", "s0", "40.0\u202f%", "35.0 to 45.0\u202f%", "40", "100"]]
    assert [c["label"] for c in table_block(frame(1).drop(columns="method"), "Mine").columns][2:5] == ["Value", "Low", "High"], "not one whole estimate"


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"(?s)table segments: unknown column 'segmnt'\. Did you mean 'segment'\?.*allowed: base, by,"):
        table_block(frame(1), "Segments", ["segmnt"], declared=SEGMENTS)


def test_columns_that_the_data_name_are_shown_in_the_unit_declared_for_them() -> None:
    days = Frame("days", "Days", (day("day", "Day"),), more="share")
    block = table_block(pd.DataFrame({"day": ["2026-03-01"], "web": [0.5]}), "Days", declared=days)
    assert ([c["label"] for c in block.columns], texts(block)) == (["Day", "Web"], [["2026-03-01", "50.0\u202f%"]])


def test_a_cut_table_says_how_many_rows_there_are() -> None:
    assert table_block(frame(9), "Segments", rows=4, declared=SEGMENTS).note.startswith("The first 4 of 9 rows;")
