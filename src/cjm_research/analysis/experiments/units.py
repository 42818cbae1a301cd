"""The randomised units inside the engine: one row each, its arm, its day; what does not fit is counted.

Works in temporary tables of the study's connection, so nothing is pulled and nothing is left behind.
"""

from __future__ import annotations

import functools
import itertools
import json
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...engine import literal
from ...errors import BadInput, NotEnoughData
from ...params.schema import Experiment
from ...shapes import Row

if TYPE_CHECKING:
    from ...study import Study

_numbers = itertools.count()  # two evaluations may share a connection
UNPLANNED, TWO_ARMS = -1, -2  # arms of units that are counted but not analysed


def plain(value: Any) -> Any:
    """A value of a query's frame as a plain Python one; anything missing is None."""
    if value is None or pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


class Units:
    """The units of an experiment as a temporary table `table`, used within `with`.

    Columns: unit_id, arm (position in `arms`, else UNPLANNED or TWO_ARMS), assigned, day (in the client's zone), customer,
    cluster, s0, s1, … (the design's segments). `facts` counts rows, units, duplicates and units in two arms.
    """

    def __init__(self, study: Study, design: Experiment) -> None:
        self.study, self.design = study, design
        self.arms = list(design.variants)
        self.number = next(_numbers)
        self.table = f"experiment_units_{self.number}"
        self.facts: dict[str, Any] = {}
        self._tables: list[str] = []

    def __enter__(self) -> Units:
        where = f"experiment {self.design.name!r}"
        self._fill()
        if not int(self.study.query(f"SELECT count(*) AS n FROM {self.table}")["n"][0]):
            self.drop(self.table)
            known = self.study.query("SELECT DISTINCT experiment FROM assignments ORDER BY 1 LIMIT 20")["experiment"].tolist()
            raise NotEnoughData(where, "no unit is assigned to it",
                                "experiments with assignments: " + (", ".join(map(str, known)) or "none"),
                                "if it has begun, check the experiment's name in the assignments' source; before, see how long it must run")
        self.facts = self._count()
        filled = [a for a, n in zip(self.arms, self.facts["units_by_arm"], strict=True) if n]
        if len(filled) < 2:
            seen = self.facts["variants_found"]
            raise BadInput(where, f"units in {len(filled)} planned arm(s) only; variants in the data: {', '.join(seen)}",
                           f"two arms of {', '.join(self.arms)}",
                           "spell the variants in params as they are in the data")
        if self.design.control not in filled:
            raise BadInput(where, f"the control {self.design.control!r} has no units", f"one of {', '.join(filled)}", "correct control of the experiment in params, or check the arms in the export")
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        for name in reversed(self._tables):
            self.study.query(f"DROP TABLE IF EXISTS {name}")

    def create(self, name: str, sql: str, params: list[Any] | None = None) -> None:
        """A temporary table from a query; dropped when the units are left."""
        self._tables.append(name)
        self.study.query(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", params)

    def drop(self, name: str) -> None:
        """Drop one temporary table early; the metrics of ten million units need not lie beside each other."""
        self.study.query(f"DROP TABLE IF EXISTS {name}")
        self._tables.remove(name)

    @property
    def live_treatments(self) -> list[str]:
        """Variants other than the control that have units."""
        return [a for a, n in zip(self.arms, self.facts["units_by_arm"], strict=True) if n and a != self.design.control]

    @property
    def segment_columns(self) -> dict[str, str]:
        """Segment name → column of the table."""
        return {name: f"s{i}" for i, name in enumerate(self.design.segments)}

    def _fill(self) -> None:
        """The table: the rows as they are where every unit has one (they lie sorted by unit), else grouped by unit."""
        once = """SELECT unit_id, variant AS one, variant AS other, assigned_at AS assigned, customer_id AS customer, cluster,
                         1::INTEGER AS records, properties FROM assignments WHERE experiment = ?"""
        self.create(self.table, self._sql(once), [self.design.name])
        # ever larger unit ids can hold none twice; seeing that costs a tenth of grouping ten million
        if self.study.scalar(f"SELECT count(*) FROM (SELECT unit_id > lag(unit_id, 1, '') OVER () AS later FROM {self.table}) "
                             "WHERE later IS NOT TRUE") == 0:
            return
        self.drop(self.table)
        grouped = """SELECT unit_id, min(variant) AS one, max(variant) AS other, min(assigned_at) AS assigned, min(customer_id) AS customer,
                            min(cluster) AS cluster, count(*)::INTEGER AS records,
                            arg_min(properties, coalesce(assigned_at, TIMESTAMPTZ 'epoch')) AS properties
                     FROM assignments WHERE experiment = ? GROUP BY unit_id"""
        self.create(self.table, self._sql(grouped), [self.design.name])

    def _sql(self, rows: str) -> str:
        cases = " ".join(f"WHEN {literal(a)} THEN {i}" for i, a in enumerate(self.arms))
        zone = literal(self.study.params.timezone)
        segments = "".join(
            f", json_extract_string(properties, {literal('$.' + json.dumps(name, ensure_ascii=False))}) AS s{i}"
            for i, name in enumerate(self.design.segments))
        return f"""
            SELECT unit_id, CASE WHEN one <> other THEN {TWO_ARMS} ELSE CASE one {cases} ELSE {UNPLANNED} END END::TINYINT AS arm,
                   assigned, CAST(timezone({zone}, assigned) AS DATE) AS day, customer, cluster, records{segments} FROM ({rows})"""

    def _count(self) -> Row:
        by_arm = self.study.query(f"""
            SELECT arm, count(*) AS n, sum(records) AS records, count(assigned) AS timed, count(cluster) AS clustered,
                   count(customer) AS customers, min(day) AS first_day, max(day) AS last_day FROM {self.table} GROUP BY arm""")
        n = dict(zip(by_arm["arm"].tolist(), by_arm["n"].tolist(), strict=True))
        two = int(n.get(TWO_ARMS, 0))
        single = by_arm[by_arm["arm"] != TWO_ARMS]
        found = self.study.query("SELECT variant, count(*) AS n FROM assignments WHERE experiment = ? GROUP BY 1 ORDER BY 2 DESC "
                                 "LIMIT 50", [self.design.name])
        kept = by_arm[by_arm["arm"] >= 0]
        days = [d for d in (*kept["first_day"], *kept["last_day"]) if not pd.isna(d)]
        return {
            "rows": int(by_arm["records"].sum()), "units": int(by_arm["n"].sum()), "two_arms": two, "unplanned": int(n.get(UNPLANNED, 0)),
            "duplicates": int(single["records"].sum() - single["n"].sum()),
            "units_by_arm": [int(n.get(i, 0)) for i in range(len(self.arms))],
            "variants_found": [str(v) for v in found["variant"]], "rows_by_variant": dict(zip(
                found["variant"].astype(str), found["n"].astype(int).tolist(), strict=True)),
            "timed": int(kept["timed"].sum()), "clustered": int(kept["clustered"].sum()),
            "customers": int(kept["customers"].sum()),
            "first_day": min(days).date() if days else None, "last_day": max(days).date() if days else None,
        }

    @functools.cached_property
    def measured(self) -> list[str]:
        """The metrics that were measured, fifty of them at most."""
        return [str(x) for x in self.study.query("SELECT DISTINCT metric FROM measurements WHERE experiment = ? ORDER BY 1 LIMIT 50",
                                                 [self.design.name])["metric"]]

    @functools.cached_property
    def measured_before(self) -> set[str]:
        """The metrics that were measured before assignment."""
        return {str(x) for x in self.study.query("SELECT DISTINCT metric FROM measurements WHERE experiment = ? AND period = 'pre'",
                                                 [self.design.name])["metric"]}

    @functools.cached_property
    def measured_until(self) -> pd.Timestamp | None:
        """The time of the last measurement, or None where measurements carry no time."""
        found = self.study.query("SELECT max(measured_at) AS t FROM measurements WHERE experiment = ?", [self.design.name])["t"][0]
        return None if found is None or pd.isna(found) else pd.Timestamp(found)

    def by_day(self) -> pd.DataFrame:
        """Units by day and arm: day, arm, n."""
        return self.study.query(f"SELECT day, arm, count(*) AS n FROM {self.table} WHERE arm >= 0 AND day IS NOT NULL "
                                "GROUP BY ALL ORDER BY ALL")

    def by_segment(self, name: str) -> pd.DataFrame:
        """Units by level of a segment and arm: level, arm, n."""
        column = self.segment_columns[name]
        return self.study.query(f"SELECT {column} AS level, arm, count(*) AS n FROM {self.table} "
                                f"WHERE arm >= 0 AND {column} IS NOT NULL GROUP BY ALL ORDER BY ALL")

    @functools.cached_property
    def _cluster(self) -> str | None:
        if self.facts["clustered"]:
            return "cluster"
        if self.design.unit.lower() in ("customer", "user", "person") and self.facts["customers"]:
            n = self.study.query(f"SELECT count(customer) AS units, count(DISTINCT customer) AS people FROM {self.table} WHERE arm >= 0")
            return "customer" if int(n["people"][0]) < int(n["units"][0]) else None
        return None

    def cluster_column(self) -> str | None:
        """The column whose values share fate: the cluster where given, else the customer where one has several units."""
        return self._cluster
