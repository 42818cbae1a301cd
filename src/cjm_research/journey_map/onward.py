"""Who was seen at a place of the journey and who went on from it, for all places of a study in a few readings.

A place is a stage, a touchpoint, or a stage through one channel. A customer goes on from it who is seen in a later
stage at or after the first interaction there. Every count comes with the evidence that gives it back.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine import literal
from ..results.evidence import rows_sha256, sums_sql
from ..results.result import Evidence

if TYPE_CHECKING:
    from ..study import Study

_kept: weakref.WeakKeyDictionary[Study, Places] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Place:
    """A place: how it is called, the SQL condition of its interactions, and the stages that lie later."""

    name: str
    words: str
    where: str
    later: tuple[str, ...]

    def onward(self, source: str = "interactions") -> str:
        """SQL, one row a customer seen here: id, first_at, onward_at (when first seen later, or NULL)."""
        later = ", ".join(literal(s) for s in self.later) or "NULL"
        return (f"SELECT f.customer_id AS id, any_value(f.first_at) AS first_at, min(i.occurred_at) AS onward_at FROM "
                f"(SELECT customer_id, min(occurred_at) AS first_at FROM {source} s WHERE customer_id IS NOT NULL "
                f"AND {self.where} GROUP BY customer_id) f LEFT JOIN {source} i ON i.customer_id = f.customer_id "
                f"AND i.stage IN ({later}) AND i.occurred_at >= f.first_at GROUP BY f.customer_id")


@dataclass(frozen=True)
class Seen:
    """Customers seen at a place (`base`), those of them who went on, and the evidence by measure."""

    place: Place
    base: int
    onward: int
    evidence: Mapping[str, Evidence]  # reach, conversion, time, stopped


class Places:
    """All places of a study, counted in one reading of the interactions."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @cached_property
    def everybody(self) -> int:
        """Customers with an interaction."""
        return int(self.study.scalar("SELECT count(DISTINCT customer_id) FROM interactions"))

    @cached_property
    def channels(self) -> list[str]:
        """The channels of interactions on the journey, most customers first."""
        found = self.study.query("SELECT channel, count(DISTINCT customer_id) AS n FROM interactions WHERE stage IS NOT NULL "
                                 "AND channel IS NOT NULL GROUP BY channel ORDER BY n DESC, channel")
        return [str(c) for c in found["channel"]]

    @cached_property
    def seen(self) -> dict[str, Seen]:
        """By name: `stage:<stage>`, `touchpoint:<touchpoint>`, and `through(stage, channel)`."""
        hashes = {"reach": ("true", "true"), "away": ("false", "true"), "conversion": ("onward_at IS NOT NULL", "true"),
                  "stopped": ("onward_at IS NULL", "true"), "time": (_SECONDS, "onward_at IS NOT NULL")}
        rows = ", ".join(f"CASE WHEN {where} THEN hash(struct_pack(id := id, {'value' if name == 'time' else 'counted'} := {sql})) "
                         f"END AS {name}" for name, (sql, where) in hashes.items())
        sums = ", ".join(sums_sql(name, name) for name in hashes)
        found = self.study.query(f"SELECT place, count(*) AS base, count(onward_at) AS onward, {sums} FROM "
                                 f"(SELECT place, onward_at, {rows} FROM ({self._went_sql()})) GROUP BY place")
        by_place = {str(r["place"]): r for r in found.to_dict("records")}
        nobody = self.study.query(f"SELECT {sums_sql('h', 'away')} FROM (SELECT hash(struct_pack(id := customer_id, counted := false)) AS h "
                                  "FROM interactions WHERE customer_id IS NOT NULL GROUP BY customer_id)").iloc[0]
        return {p.name: _seen(p, by_place.get(p.name), nobody, self.everybody) for p in self._places()}

    def seconds(self) -> dict[str, np.ndarray]:
        """Seconds from the first interaction to the onward one, of those who went on, by stage."""
        read = self.study.arrays(f"SELECT place, {_SECONDS} AS s FROM ({self._went_sql(stages_only=True)}) WHERE onward_at IS NOT NULL")
        place, s = read["place"].astype(str), np.asarray(read["s"], dtype=float)
        return {stage: s[place == f"stage:{stage}"] for stage in self.study.stages}

    def _went_sql(self, stages_only: bool = False) -> str:
        """One row a customer and place: id, place, first_at, onward_at."""
        study = self.study
        position = " ".join(f"WHEN {literal(s)} THEN {i}" for i, s in enumerate(study.stages))
        own = " ".join(f"WHEN {literal(t)} THEN {study.stages.index(s)}" for t, s in study.touchpoint_stage.items())
        firsts = ["SELECT customer_id, 'stage:' || stage AS place, k, min(occurred_at) AS first_at FROM row WHERE k IS NOT NULL GROUP BY ALL"]
        if not stages_only:
            firsts.append("SELECT customer_id, 'stage:' || stage || chr(31) || channel AS place, k, min(occurred_at) AS first_at "
                          "FROM row WHERE k IS NOT NULL AND channel IS NOT NULL GROUP BY ALL")
            if own:
                firsts.append(f"SELECT customer_id, 'touchpoint:' || touchpoint AS place, CASE touchpoint {own} END AS k, "
                              "min(occurred_at) AS first_at FROM row WHERE touchpoint IS NOT NULL GROUP BY ALL")
        return (f"WITH row AS (SELECT customer_id, occurred_at, touchpoint, channel, stage, CASE stage {position} END AS k "
                f"FROM interactions WHERE customer_id IS NOT NULL), first AS ({' UNION ALL '.join(firsts)}) "
                "SELECT f.customer_id AS id, f.place, any_value(f.first_at) AS first_at, min(i.occurred_at) AS onward_at "
                "FROM first f LEFT JOIN row i ON i.customer_id = f.customer_id AND i.k > f.k AND i.occurred_at >= f.first_at "
                "GROUP BY f.customer_id, f.place")

    def _places(self) -> list[Place]:
        study, out = self.study, []
        for i, stage in enumerate(study.stages):
            later, here = tuple(study.stages[i + 1:]), f"stage = {literal(stage)}"
            out.append(Place(f"stage:{stage}", stage, here, later))
            out += [Place(through(stage, c), f"{stage} through {c}", f"{here} AND channel = {literal(c)}", later) for c in self.channels]
        for touchpoint, stage in study.touchpoint_stage.items():
            later = tuple(study.stages[study.stages.index(stage) + 1:])
            out.append(Place(f"touchpoint:{touchpoint}", touchpoint, f"touchpoint = {literal(touchpoint)}", later))
        return out


_SECONDS = "date_diff('microsecond', first_at, onward_at) / 1e6"


def through(stage: str, channel: str) -> str:
    """The name of a stage as seen through one channel."""
    return f"stage:{stage}\x1f{channel}"


def places_of(study: Study) -> Places:
    """The places of a study, counted once while it is open."""
    study.note("interactions")
    if study not in _kept:
        _kept[study] = Places(study)
    return _kept[study]


def _seen(place: Place, r: dict[Any, Any] | None, nobody: Any, everybody: int) -> Seen:
    base, onward = (int(r["base"]), int(r["onward"])) if r else (0, 0)
    went = place.onward()
    queries = {
        "reach": (f"customers; counted: seen at {place.words}", everybody,
                  f"SELECT customer_id AS id, bool_or(coalesce({place.where}, false)) AS counted FROM interactions "
                  f"WHERE customer_id IS NOT NULL GROUP BY customer_id"),
        "conversion": (f"customers seen at {place.words}; counted: seen in a later stage afterwards", base,
                       f"SELECT id, onward_at IS NOT NULL AS counted FROM ({went})"),
        "stopped": (f"customers seen at {place.words}; counted: not seen in a later stage afterwards", base,
                    f"SELECT id, onward_at IS NULL AS counted FROM ({went})"),
        "time": (f"seconds from the first interaction at {place.words} to the first later one in a later stage", onward,
                 f"SELECT id, {_SECONDS} AS value FROM ({went}) WHERE onward_at IS NOT NULL"),
    }
    evidence = {}
    for measure, (definition, rows, sql) in queries.items():
        xor, total = (int(r[f"{measure}_xor"]), int(r[f"{measure}_sum"])) if r else (0, 0)
        digest = rows_sha256(rows, xor, total)
        if measure == "reach":
            away = (int(r["away_xor"]), int(r["away_sum"])) if r else (0, 0)
            digest = exchanged_sha256(rows, (int(nobody["away_xor"]), int(nobody["away_sum"])), away, (xor, total))
        evidence[measure] = Evidence("rows", definition, table="interactions", sql=sql, rows=rows, rows_sha256=digest)
    return Seen(place, base, onward, evidence)


def exchanged_sha256(rows: int, nobody: tuple[int, int], away: tuple[int, int], here: tuple[int, int]) -> str:
    """The hash of everybody's rows (id, counted), from the sums (xor, sum) of their hashes: `nobody` counted, with the
    rows of the persons counted exchanged from `away` to `here`. So a group need not read everybody again.
    """
    return rows_sha256(rows, nobody[0] ^ away[0] ^ here[0], nobody[1] - away[1] + here[1])
