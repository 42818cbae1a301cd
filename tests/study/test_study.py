"""A study as a researcher types it: tables, own queries, other settings, and what it shows of itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.study import Study
from cjm_research.study.tables import Lazy
from cjm_research.tables import TABLES
from tests.studies import interactions, make_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path, {"interactions": interactions(("a", "view", "2026-01-01"), ("b", "view", "2026-01-02"), ("b", "buy", "2026-01-03"))},
                      title="Baskets & more")


def test_every_table_is_a_frame_and_tab_finds_it(study: Study) -> None:
    for name, table in TABLES.items():
        assert list(getattr(study.tables, name).columns) == list(table.names) == list(getattr(study, name).columns)
        assert name in dir(study) and name in dir(study.tables)
        assert isinstance(vars(Study)[name], Lazy), f"{name} is both a table and something else of a study"
    assert len(study.interactions) == len(study.tables["interactions"]) == 3


def test_tables_are_seen_as_the_study_sees_them(study: Study) -> None:
    assert set(study.only("one", ["a"]).interactions["customer_id"]) == {"a"}


def test_a_slip_in_a_name_is_answered_with_the_nearest(study: Study) -> None:
    with pytest.raises(AttributeError, match="interactions"):
        study.tables.interaction  # noqa: B018
    with pytest.raises(BadInput, match="interactions"):
        study.tables["interaction"]


def test_own_queries_take_values_and_frames_by_name(study: Study) -> None:
    mine = pd.DataFrame({"customer_id": ["b"], "city": ["Ulm"]})
    found = study.sql("SELECT city, count(*) AS n FROM interactions JOIN mine USING (customer_id) WHERE event = $e GROUP BY city", e="buy", mine=mine)
    assert found.to_dict("records") == [{"city": "Ulm", "n": 1}]
    assert study.sql("SELECT count(*) AS n FROM interactions WHERE event IN $e", e=["buy", "view"])["n"][0] == 3
    with pytest.raises(BadInput, match="mine"):  # known for that query only
        study.sql("SELECT * FROM mine")


@pytest.mark.parametrize(("query", "given", "told"), [
    ("SELECT * FROM interaction", {}, "Did you mean 'interactions'"),
    ("SELECT evnt FROM interactions", {}, "Did you mean 'event'"),
    ("SELECT * FROM interactions WHERE event = $event", {"evnt": "buy"}, r"Did you mean 'evnt'"),
    ("SELECT * FROM interactions", {"e": "buy"}, r"no \$e"),
    ("SELEC 1", {}, "syntax error"),
    ("", {}, "0 statements"),
    ("SELECT 1; SELECT 2", {}, "2 statements"),
    ("DROP VIEW interactions", {}, "only read"),
    ("CREATE TABLE x AS SELECT 1", {}, "only read"),
    ("COPY interactions TO 'x.csv'", {}, "only read"),
    ("SELECT 'a'::INTEGER", {}, "onver"),
    ("SELECT * FROM customers", {"customers": pd.DataFrame({"a": [1]})}, "name of a table"),
])
def test_a_query_that_cannot_be_answered_is_refused_in_four_parts(study: Study, query: str, given: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told) as problem:
        study.sql(query, **given)
    assert problem.value.where and problem.value.found and problem.value.allowed and problem.value.next
    assert study.sql("SELECT count(*) AS n FROM interactions")["n"][0] == 3


def test_other_settings_are_checked_as_a_params_file_is(study: Study) -> None:
    later = study.with_params(period={"start": "2026-01-02"})
    assert len(later.interactions) == 2 and len(study.interactions) == 3
    for changes, told in (({"perod": {}}, "Did you mean 'period'"), ({"period": {"strt": "2026-01-02"}}, "Did you mean 'start'"), ({"timezone": "Mars/Base"}, "Mars"),
                          ({"period": {"start": "soon"}}, "soon"), ({"funnels": [{"name": "x"}]}, "steps"), ({"client": "other"}, "client")):
        with pytest.raises(BadInput, match=told) as problem:
            study.with_params(**changes)
        assert "with_params" in problem.value.where


def test_it_shows_itself_in_few_lines(study: Study, tmp_path: Path) -> None:
    text = repr(study)
    assert len(text) < 500 and len(text.splitlines()) == 2
    for part in ("tiny", "Baskets & more", "2026-01-01 to 2026-01-03", "3 interactions", "next:"):
        assert part in text
    page = study._repr_html_()
    assert "Baskets &amp; more" in page and "<td>3</td>" in page and "study.ask." in page
    assert "no rows" in repr(make_study(tmp_path / "empty", {}))
