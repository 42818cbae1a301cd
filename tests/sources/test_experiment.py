"""Experiments: wide and long tables, missing values, contradictions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cjm_research.errors import BadInput

from .helpers import read, tiny


def test_the_tiny_experiment_by_hand() -> None:
    delivered = tiny("experiment")
    units = delivered.tables["assignments"]
    assert units[["unit_id", "variant", "cluster"]].to_numpy().tolist() == [["v1", "A", "s1"], ["v2", "B", "s1"], ["v3", "B", "s2"], ["v4", "A", "s2"]]
    assert set(units["experiment"]) == {"one page checkout"} and units["properties"].map(json.loads)[0] == {"device": "mobile"}
    values = delivered.tables["measurements"].pivot(index="unit_id", columns=["metric", "period"], values="value")
    assert values["converted", "post"].fillna(-1).tolist() == [1, 0, -1, 1]  # never 0 for what was not seen
    assert values["revenue", "post"].fillna(-1).tolist() == [20.5, 0, -1, 7]
    assert values["revenue", "pre"].fillna(-1).tolist() == [3, -1, 5, 0]
    assert len(delivered.tables["measurements"]) == 12
    assert "revenue (pre) was not observed for 1 of 4 units" in delivered.report.notes


LONG = "u,g,m,v,p,t\n1,A,visits,3,pre,2026-01-01\n1,A,visits,5,post,2026-02-01\n1,A,visits,6,post,2026-02-08\n2,B,visits,,post,2026-02-01\n2,B,visits,,post,2026-02-01\n"
LONG_MAP = {"unit_id": "u", "variant": "g", "metric": "m", "value": "v", "period": "p", "measured_at": "t"}


def test_long_tables(tmp_path: Path) -> None:
    delivered = read("experiment", tmp_path, {"x.csv": LONG}, columns=LONG_MAP, settings={"long": True})
    assert delivered.tables["assignments"][["unit_id", "variant"]].to_numpy().tolist() == [["1", "A"], ["2", "B"]]
    assert delivered.tables["measurements"]["value"].fillna(-1).tolist() == [3, 5, 6, -1]
    assert delivered.report.duplicates == 1 and delivered.report.dropped == {"duplicate measurement": 1}
    with pytest.raises(BadInput, match="unknown period 'during'"):
        read("experiment", tmp_path, {"x.csv": LONG.replace("pre", "during")}, columns=LONG_MAP, settings={"long": True})
    with pytest.raises(BadInput, match="several values of one metric"):
        read("experiment", tmp_path, {"x.csv": LONG + "1,A,visits,9,pre,2026-01-01\n"}, columns=LONG_MAP, settings={"long": True})


def test_contradictions(tmp_path: Path) -> None:
    weekly = "store,promo,week,sales\n1,A,1,5\n1,A,2,6\n2,B,1,7\n"
    with pytest.raises(BadInput, match="unit '1' stands in several rows with different values") as told:
        read("experiment", tmp_path, {"x.csv": weekly}, columns={"unit_id": "store", "variant": "promo"}, settings={"metrics": ["sales"]})
    assert "cluster" in told.value.next
    finer = read("experiment", tmp_path, {"x.csv": weekly}, columns={"unit_id": "{store}-{week}", "variant": "promo", "cluster": "store"}, settings={"metrics": ["sales"]})
    assert finer.tables["assignments"]["unit_id"].tolist() == ["1-1", "1-2", "2-1"]
    both = read("experiment", tmp_path, {"x.csv": "u,g,m\n1,A,1\n1,B,1\n"}, columns={"unit_id": "u", "variant": "g"}, settings={"metrics": ["m"]})
    assert len(both.tables["assignments"]) == 2 and any("2 assignments are of units in more than one variant" in n for n in both.report.notes)


def test_what_must_be_said(tmp_path: Path) -> None:
    text = "u,g,m\n1,A,x\n"
    with pytest.raises(BadInput, match="no metric is named"):
        read("experiment", tmp_path, {"x.csv": text}, columns={"unit_id": "u", "variant": "g"})
    with pytest.raises(BadInput, match="columns.variant: the column is not mapped"):
        read("experiment", tmp_path, {"x.csv": text}, settings={"metrics": ["m"]})
    with pytest.raises(BadInput, match="not one of 1 values can be read as numbers"):
        read("experiment", tmp_path, {"x.csv": text}, columns={"unit_id": "u", "variant": "g"}, settings={"metrics": ["m"]})
    named = read("experiment", tmp_path, {"x.csv": "g,m\nA,1\nB,2\n"}, columns={"variant": "g"}, settings={"metrics": ["m"]})
    assert named.tables["assignments"]["unit_id"].tolist() == ["s row 1", "s row 2"] and set(named.tables["assignments"]["experiment"]) == {"s"}
