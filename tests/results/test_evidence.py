"""The rows that a reader is shown of an evidence: some, by pseudonym, and none that would single somebody out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from cjm_research.results.evidence import SAMPLED, fingerprint, looked_at, rows_evidence
from cjm_research.results.result import Estimate, Finding


class Small:
    """A study of one table and a limit of five."""

    def __init__(self, rows: str) -> None:
        self.db = duckdb.connect()
        self.db.execute(f"CREATE TABLE t AS {rows}")
        self.params = SimpleNamespace(privacy=SimpleNamespace(min_cell=5))

    def query(self, sql: str) -> Any:
        return self.db.sql(sql).df()


def persons(n: int, hits: int) -> Any:
    return Small(f"SELECT 'c_' || i AS id, i < {hits} AS counted FROM range({n}) r(i)")


def test_twenty_rows_are_shown_and_are_rows_of_the_query() -> None:
    study = persons(100, 40)
    found = rows_evidence(study, "interactions", "customers; counted: some", "SELECT * FROM t")
    assert len(found.sample) == SAMPLED == len({r["id"] for r in found.sample})
    assert all(r["counted"] == (int(r["id"][2:]) < 40) for r in found.sample)
    assert (found.rows, found.rows_sha256) == fingerprint(study, "SELECT * FROM t")


def test_the_same_rows_come_again_and_other_definitions_draw_others() -> None:
    study = persons(1000, 400)
    ids = [{r["id"] for r in looked_at(study, "interactions", d, "SELECT * FROM t")[2]} for d in ("a", "a", "b")]
    assert ids[0] == ids[1] and len(ids[0] & ids[2]) < 5


@pytest.mark.parametrize(("n", "hits", "listed"), [(4, 0, 0), (5, 0, 5), (12, 4, 0), (12, 5, 12), (12, 8, 0), (12, 12, 12), (0, 0, 0)])
def test_few_persons_are_not_listed(n: int, hits: int, listed: int) -> None:
    assert len(rows_evidence(persons(n, hits), "interactions", "d", "SELECT * FROM t").sample) == listed


def test_participants_of_interviews_are_listed_however_few() -> None:
    assert len(rows_evidence(persons(7, 2), "codings", "d", "SELECT * FROM t").sample) == 7


def test_what_is_shown_survives_findings_json_and_has_no_numbers_that_are_none() -> None:
    study: Any = Small("SELECT 'c_' || i AS id, CASE i WHEN 0 THEN 'nan'::DOUBLE ELSE i / 2 END AS value FROM range(6) r(i)")
    evidence = rows_evidence(study, "interactions", "d", "SELECT * FROM t")
    assert sorted((r["id"], r["value"]) for r in evidence.sample if r["value"]) == [(f"c_{i}", i / 2) for i in range(1, 6)]
    assert [r["value"] for r in evidence.sample if r["id"] == "c_0"] == [None]
    finding = Finding("k", "s", "metric", Estimate(1.0, None, None, 6, 6, "s", "mean"), evidence=(evidence,))
    import json

    again = Finding.from_dict(json.loads(json.dumps(finding.to_dict(), allow_nan=False)))
    assert list(again.evidence[0].sample) == list(evidence.sample)
