"""Conditions of params as SQL: they select what they say, and nothing in them is run."""

from __future__ import annotations

import pandas as pd
import pytest

from cjm_research.engine import Engine, condition_sql
from cjm_research.errors import BadInput

ROWS = pd.DataFrame({"event": ["a", "b", "c", None], "value": [1.0, 5.0, None, 20.0],
                     "properties": ['{"x": 1, "it\'s": "q", "flag": true}', '{"x": 30}', None, '{"x": "1"}']})


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = Engine(None)
    engine.register("rows", ROWS.reset_index(names="k"))
    return engine


def chosen(engine: Engine, condition: dict) -> list[int]:
    return engine.query(f"SELECT k FROM rows WHERE {condition_sql(condition, list(ROWS.columns))} ORDER BY k")["k"].tolist()


@pytest.mark.parametrize(("condition", "rows"), [
    ({"event": "a"}, [0]), ({"event": ["a", "b"]}, [0, 1]), ({"event": None}, [3]), ({"event": ["a", None]}, [0, 3]),
    ({"event": {"!=": "a"}}, [1, 2, 3]), ({"event": {"not in": ["a", None]}}, [1, 2]),
    ({"value": {">": 4}}, [1, 3]), ({"value": {">=": 5, "<": 20}}, [1]), ({"value": {"is null": True}}, [2]),
    ({"properties.x": 1}, [0, 3]), ({"properties.x": {">": 2}}, [1]), ({"properties.flag": True}, [0]),
    ({"event": {"contains": "A"}}, [0]), ({"event": {"starts": "b"}}, [1]), ({}, [0, 1, 2, 3]),
    ({"value": 5}, [1]), ({"value": [1, 20.0]}, [0, 3]), ({"value": {"!=": 5}}, [0, 2, 3]), ({"event": "a", "value": {"<": 1}}, []), ({"event": []}, []),
    ({"event": "x' OR 1=1 --"}, []), ({"event": {"contains": "'; DROP TABLE rows"}}, []),
])
def test_selects_what_it_says(engine: Engine, condition: dict, rows: list[int]) -> None:
    assert chosen(engine, condition) == rows


@pytest.mark.parametrize("condition", [{"evnt": "a"}, {"event": {"like": "a"}}, {"properties.a'b": 1}, {'event" OR 1=1 --': 1}])
def test_unknown_is_refused(engine: Engine, condition: dict) -> None:
    with pytest.raises(BadInput):
        chosen(engine, condition)


def test_absent_tables_are_empty_and_nothing_is_fetched() -> None:
    engine = Engine(None)
    assert engine.scalar("SELECT count(*) FROM interactions") == 0
    assert engine.scalar("SELECT current_setting('autoinstall_known_extensions')") is False
    assert engine.scalar("SELECT current_setting('TimeZone')") == "UTC"
