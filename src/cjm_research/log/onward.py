"""Who came to a place of the journey, who went on from it, who left, and who can still come.

A place is a stage, a touchpoint, or a stage through one channel. The definitions stand in docs/methods/journey-map.md; every
count comes with the evidence that gives it back. All places are counted in a few readings.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine import literal, reads
from ..results.evidence import SAMPLED, drawn_sql, rows_sha256, sample_of, sums_sql
from ..results.result import Evidence
from ..shapes import Row
from .contacts import contacts_sql, everybody, unobserved
from .outcomes import ends_sql, goals, is_unwanted, wanted_stages
from .places import Half, Place, Seen, is_order_unknown, through

if TYPE_CHECKING:
    from ..study import Study

_horizons: dict[str, dict[str, float]] = {}  # by hash of tables and settings: groups are observed as long as everybody must be
MATURE_SHARE = 0.9  # of those who ever go on have gone on by the horizon


class Places:
    """All places of a study, counted together; `half` counts those who came first in one half of the period."""

    def __init__(self, study: Study, half: Half | None = None) -> None:
        self.study, self.half = study, half

    @cached_property
    def everybody(self) -> int:
        """Customers with a contact in the period; of a half, those who came first in it."""
        return int(self.study.scalar(f"SELECT count(*) FROM ({self._came_sql()}) WHERE {self._came_here}"))

    @cached_property
    def channels(self) -> list[str]:
        """The channels of contacts on the journey, most customers first."""
        found = self.study.query(f"SELECT channel, count(DISTINCT id) AS n FROM ({contacts_sql(self.study)}) WHERE stage IS NOT NULL "
                                 "AND channel IS NOT NULL GROUP BY channel ORDER BY n DESC, channel")
        return [str(c) for c in found["channel"]]

    @cached_property
    def horizons(self) -> dict[str, float]:
        """Seconds by place after which an entrant counts as observed long enough; of everybody, whoever is looked at."""
        return horizons_of(self.study)

    @cached_property
    def goals(self) -> set[str]:
        """Touchpoints that are what the journey is for."""
        return goals(self.study)

    @cached_property
    def seen(self) -> dict[str, Seen]:
        """By name: `stage:<stage>`, `touchpoint:<touchpoint>`, and `through(stage, channel)`."""
        study = self.study
        hidden = unobserved(study)
        counts, sums = [], []
        for name, (where, value) in self._measures().items():
            counts.append(f"count(*) FILTER ({where}) AS {name}_rows" + ("" if value == SECONDS else f", count(*) FILTER ({where} AND {value}) AS {name}_n"))
            column = "value" if value == SECONDS else "counted"
            row = f"struct_pack(id := id, {column} := {value})"
            sums.append(sums_sql(f"CASE WHEN {where} THEN hash({row}) END", name))
            sums.append(f"{drawn_sql(row, f'id, w.place, {literal(name)}', where)} AS {name}_sample")
        sql = (f"SELECT w.place, count(*) AS entered, {', '.join([*counts, *sums])}, count(*) FILTER (tied) AS tied, "
               f"count(*) FILTER ({_EARLY} AND {_WENT} IS NULL AND ended_at IS NULL) AS pending, count(*) FILTER ({_EARLY} AND {_WENT} IS NOT NULL) AS early, "
               f"count(*) FILTER ({_MATURE} AND {_WENT} IS NULL AND ended_at IS NOT NULL) AS ended "
               f"FROM ({self._with_horizon(self._passages_sql())}) w WHERE {self._entered_here} GROUP BY w.place")
        by_place = {str(r["place"]): r for r in study.query(sql).to_dict("records")}
        reach = self._reach()
        return {p.name: self._seen(p, by_place.get(p.name), reach, hidden.get(p.observed_by, "")) for p in self.places}

    def seconds(self) -> dict[str, np.ndarray]:
        """Seconds from the first contact to the onward one, of the observed who went on, by stage."""
        read = self.study.arrays(f"SELECT place, {SECONDS} AS s FROM ({self._with_horizon(self._passages_sql(stages=True))}) "
                                 f"WHERE {self._entered_here} AND {_MATURE} AND onward_at IS NOT NULL")
        place, s = read["place"].astype(str), np.asarray(read["s"], dtype=float)
        return {stage: s[place == f"stage:{stage}"] for stage in self.study.stages}

    # --- SQL ----------------------------------------------------------------------------------------------------------

    def _measures(self) -> dict[str, tuple[str, str]]:
        """Measure → (which entrants are its rows, what is counted of them)."""
        within = f"onward_at IS NOT NULL{_within(self.half, 'onward_at')}"
        return {
            "conversion": (_MATURE, within),
            "arrived": (_MATURE, f"next_at IS NOT NULL{_within(self.half, 'next_at')}"),
            "stopped": (f"{_MATURE} AND NOT further", "(other_at IS NULL AND ended_at IS NULL)"),
            "time": (f"{_MATURE} AND onward_at IS NOT NULL", SECONDS),
        }

    @property
    def _entered_here(self) -> str:
        return "entered" + (f" AND {_day(self.study, 'first_at')} BETWEEN DATE '{self.half.start}' AND DATE '{self.half.end}'" if self.half else "")

    @property
    def _came_here(self) -> str:
        return f"{_day(self.study, 'came_at')} BETWEEN DATE '{self.half.start}' AND DATE '{self.half.end}'" if self.half else "true"

    def _came_sql(self) -> str:
        """One row a customer: id, came_at (the first contact ever; NULL where none has a time)."""
        return f"SELECT id, min(moment) AS came_at FROM ({contacts_sql(self.study, history=bool(self.half))}) GROUP BY id"

    def _contact_sql(self) -> str:
        """The contacts as they are compared: k, the position of the stage; wanted, whether being there is getting further."""
        study = self.study
        position = " ".join(f"WHEN {literal(s)} THEN {i}" for i, s in enumerate(study.stages))
        bad = [t.name for s in study.params.journey.stages for t in s.touchpoints if is_unwanted(s, t)]
        stages = [s.name for s in study.params.journey.stages if is_unwanted(s)]
        wanted = " AND ".join([*([f"coalesce(touchpoint, '') NOT IN ({', '.join(map(literal, bad))})"] if bad else []),
                               *([f"stage NOT IN ({', '.join(map(literal, stages))})"] if stages else [])]) or "true"
        return (f"SELECT id, moment, touchpoint, channel, stage, CASE stage {position or 'WHEN NULL THEN 0'} END AS k, {wanted} AS wanted, source_table, said, {_ORDER} AS place_in_time "
                f"FROM ({contacts_sql(study, history=True)})")

    def _passages_sql(self, place: Place | None = None, *, stages: bool = False) -> str:
        """One row a customer and place (or of one place): place, id, first_at, onward_at, next_at, other_at, ended_at, further, tied, entered.

        Later than the first contact is a contact of a later moment, and one of the same moment that its source says came after. tied: that
        nobody says whether a contact further on the journey came before or after the first one here.

        stages: only whole stages, which are a third of the places or fewer.
        """
        study = self.study
        next_of = {p.position: p.later[0] for p in self.places if p.later}
        next_k = "CASE f.k " + " ".join(f"WHEN {k} THEN {study.stages.index(s)}" for k, s in next_of.items()) + " END" if next_of else "NULL"
        if place is None:
            own = " ".join(f"WHEN {literal(t)} THEN {study.stages.index(s)}" for t, s in study.touchpoint_stage.items())
            firsts = [f"SELECT id, 'stage:' || stage AS place, k, NULL AS tp, {_FIRST} FROM contact WHERE k IS NOT NULL GROUP BY ALL",
                      *([] if stages else [f"SELECT id, 'stage:' || stage || chr(31) || channel AS place, k, NULL AS tp, {_FIRST} FROM contact "
                                           "WHERE k IS NOT NULL AND channel IS NOT NULL GROUP BY ALL"])]
            if own and not stages:
                firsts.append(f"SELECT id, 'touchpoint:' || touchpoint AS place, CASE touchpoint {own} END AS k, touchpoint AS tp, "
                              f"{_FIRST} FROM contact WHERE touchpoint IS NOT NULL GROUP BY ALL")
        else:
            tp = literal(place.touchpoint) if place.touchpoint else "NULL"
            firsts = [f"SELECT id, {literal(place.name)} AS place, {place.position} AS k, {tp} AS tp, {_FIRST} FROM contact "
                      f"WHERE {place.where} GROUP BY id"]
        period = _in_period(study)
        further = "i.k > f.k AND i.wanted"
        other = "i.k >= f.k AND i.wanted AND coalesce(i.touchpoint <> f.tp, i.k > f.k OR f.tp IS NULL)"
        return (f"WITH contact AS ({self._contact_sql()}), first AS ({' UNION ALL '.join(firsts)}), stop AS ({ends_sql(study)}) "
                f"SELECT f.place, f.id, any_value(f.first_at) AS first_at, "
                f"min(i.moment) FILTER ({further} AND {_LATER}) AS onward_at, "
                f"min(i.moment) FILTER (i.k = {next_k} AND i.wanted AND {_LATER}) AS next_at, "
                f"min(i.moment) FILTER ({other} AND {_LATER}) AS other_at, "
                f"(SELECT min(s.moment) FROM stop s WHERE s.id = f.id AND s.moment >= any_value(f.first_at)) AS ended_at, "
                f"coalesce(bool_or({further} AND i.place_in_time < f.first_in_time AND {_KNOWN}), false) AS further, "
                f"coalesce(bool_or(i.moment = f.first_at AND NOT {_KNOWN} AND CASE WHEN f.tp IS NULL THEN {further} ELSE {other} END), false) AS tied, "
                f"{period.format(at='any_value(f.first_at)')} AS entered "
                f"FROM first f LEFT JOIN contact i ON i.id = f.id WHERE f.first_at IS NOT NULL GROUP BY f.place, f.id")

    def _with_horizon(self, passages: str) -> str:
        """Passages with `observed`: whether an entrant was seen for as long as the place's horizon."""
        until = self.study.observed_until
        if until is None:
            return f"SELECT *, true AS observed, NULL::DOUBLE AS horizon FROM ({passages})"
        whens = " ".join(f"WHEN {literal(p.name)} THEN {self.horizons[p.observed_by]!r}" for p in self.places if p.observed_by in self.horizons)
        horizon = f"CASE place {whens} END" if whens else "NULL::DOUBLE"
        return (f"SELECT *, coalesce(first_at + to_microseconds(CAST(horizon * 1e6 AS BIGINT)) <= TIMESTAMPTZ {literal(until.isoformat())}, false) AS observed "
                f"FROM (SELECT *, {horizon} AS horizon FROM ({passages}))")

    def _reach(self) -> dict[str, Row]:
        """By place: base, n and the sums of hashes of customers (id, counted)."""
        study = self.study
        found = study.query(f"WITH came AS ({self._came_sql()}), at_place AS ({self._first_seen_sql()}), "
                            f"pair AS (SELECT p.place, c.id, {self._counted_sql('p.first_at', 'p.id')} AS counted, {self._base_sql('p.place')} AS based "
                            f"FROM at_place p JOIN came c USING (id) WHERE {self._came_here}) "
                            f"SELECT place, count(*) FILTER (counted AND based) AS n, {sums_sql('CASE WHEN counted AND based THEN hash(struct_pack(id := id, counted := true)) END', 'here')}, "
                            f"{sums_sql('CASE WHEN counted AND based THEN hash(struct_pack(id := id, counted := false)) END', 'away')} FROM pair GROUP BY place")
        by_place = {str(r["place"]): r for r in found.to_dict("records")}
        hash_of = "hash(struct_pack(id := id, counted := false))"
        base_cases = {p.name: self._base_sql(literal(p.name)) for p in self.places}
        distinct = {sql: i for i, sql in enumerate(dict.fromkeys(base_cases.values()))}
        columns = ", ".join(f"count(*) FILTER ({sql}) AS base_{i}, {sums_sql(f'CASE WHEN {sql} THEN {hash_of} END', f'nobody_{i}')}" for sql, i in distinct.items())
        nobody = study.query(f"SELECT {columns} FROM ({self._came_sql()}) c WHERE {self._came_here}").iloc[0]
        out = {}
        for p in self.places:
            i, r = distinct[base_cases[p.name]], by_place.get(p.name)
            sums = [tuple(int(r[f"{k}_{end}"]) for end in ("xor", "sum")) if r else (0, 0) for k in ("away", "here")]
            base = int(nobody[f"base_{i}"])
            digest = exchanged_sha256(base, (int(nobody[f"nobody_{i}_xor"]), int(nobody[f"nobody_{i}_sum"])), *sums)
            out[p.name] = {"n": int(r["n"]) if r else 0, "base": base, "sha256": digest}
        for name, sample in self._drawn(base_cases).items():
            out[name]["sample"] = sample
        return out

    def _drawn(self, base_cases: dict[str, str]) -> dict[str, str]:
        """By place: some of the customers of its base as JSON, with whether they were seen there."""
        study = self.study
        picks = ", ".join(f"arg_min(c.id, hash(c.id, {literal(place)}), {SAMPLED}) FILTER ({sql}) AS s{i}" for i, (place, sql) in enumerate(base_cases.items()))
        found = study.query(f"SELECT {picks} FROM ({self._came_sql()}) c WHERE {self._came_here}").iloc[0]
        ids = {place: [str(x) for x in each] if isinstance(each := found[f"s{i}"], list | np.ndarray) else [] for i, place in enumerate(base_cases)}
        anybody = sorted({x for each in ids.values() for x in each})
        if not anybody:
            return {}
        some = f"id IN ({', '.join(map(literal, anybody))})"
        seen = study.query(f"WITH came AS (SELECT * FROM ({self._came_sql()}) WHERE {some}), at_place AS (SELECT * FROM ({self._first_seen_sql()}) WHERE {some}) "
                           f"SELECT p.place, c.id FROM at_place p JOIN came c USING (id) WHERE {self._counted_sql('p.first_at', 'p.id')}")
        counted = set(zip(seen["place"].astype(str), seen["id"].astype(str), strict=True))
        return {place: json.dumps([{"id": x, "counted": (place, x) in counted} for x in each]) for place, each in ids.items()}

    def _first_seen_sql(self, place: Place | None = None) -> str:
        """id, place, first_at of the contacts that reach counts: those within the period, of a half all."""
        contact = contacts_sql(self.study, history=bool(self.half))
        if place is not None:
            return f"SELECT id, {literal(place.name)} AS place, min(moment) AS first_at FROM ({contact}) WHERE {place.where} GROUP BY id"
        known = f"stage IN ({', '.join(map(literal, self.study.stages))})"
        return (f"SELECT id, 'stage:' || stage AS place, min(moment) AS first_at FROM ({contact}) WHERE {known} GROUP BY ALL UNION ALL "
                f"SELECT id, 'stage:' || stage || chr(31) || channel AS place, min(moment) AS first_at FROM ({contact}) WHERE {known} AND channel IS NOT NULL GROUP BY ALL UNION ALL "
                f"SELECT id, 'touchpoint:' || touchpoint AS place, min(moment) AS first_at FROM ({contact}) WHERE touchpoint IS NOT NULL GROUP BY ALL")

    def _counted_sql(self, first_at: str, known: str) -> str:
        """Whether a customer reached a place; of a half, within the horizon of its reach."""
        if self.half is None:
            return f"({known} IS NOT NULL)"
        return f"coalesce({first_at} <= c.came_at + to_microseconds(CAST({self._reach_horizon('p.place')} * 1e6 AS BIGINT)), false)"

    def _base_sql(self, place: str) -> str:
        """Whether a customer is in the base of reach; of a half, whether newcomers were observed long enough."""
        until = self.study.observed_until
        if self.half is None or until is None:
            return "true"
        return f"c.came_at + to_microseconds(CAST({self._reach_horizon(place)} * 1e6 AS BIGINT)) <= TIMESTAMPTZ {literal(until.isoformat())}"

    def _reach_horizon(self, place: str) -> str:
        """Seconds from the first contact anywhere by which nine in ten of those who get to a place have got there."""
        if place.startswith("'"):
            return repr(self.horizons.get(f"reach:{place[1:-1].replace(chr(39) * 2, chr(39))}", 0.0))
        whens = " ".join(f"WHEN {literal(p.name)} THEN {self.horizons.get(f'reach:{p.name}', 0.0)!r}" for p in self.places)
        return f"CASE {place} {whens} ELSE 0.0 END"

    @cached_property
    def places(self) -> list[Place]:
        """Stages, stages through a channel, touchpoints."""
        study, out = self.study, []
        wanted = wanted_stages(study)
        for i, stage in enumerate(study.stages):
            later, here = tuple(s for s in study.stages[i + 1:] if s in wanted) if stage in wanted else (), f"stage = {literal(stage)}"
            out.append(Place(f"stage:{stage}", stage, here, stage, None, i, later, f"stage:{stage}"))
            out += [Place(through(stage, c), f"{stage} through {c}", f"{here} AND channel = {literal(c)}", stage, None, i, later, f"stage:{stage}")
                    for c in self.channels]
        for touchpoint, stage in study.touchpoint_stage.items():
            i = study.stages.index(stage)
            later = tuple(s for s in study.stages[i + 1:] if s in wanted)
            out.append(Place(f"touchpoint:{touchpoint}", touchpoint, f"touchpoint = {literal(touchpoint)}", stage, touchpoint, i, later, f"touchpoint:{touchpoint}"))
        return out

    def ahead(self, place: Place) -> tuple[str, ...]:
        """The stages behind a place that customers can be seen in; of none of them where nobody could be seen to go on."""
        return tuple(s for s in place.later if not self.seen[f"stage:{s}"].unobserved)

    def counts_as(self, measure: str) -> str:
        """The condition on the rows of `went_sql` that a measure counts."""
        return self._measures()[measure][1]

    def went_sql(self, place: Place) -> str:
        """SQL, one row an entrant of a place who was observed long enough: id, first_at, onward_at, next_at, other_at, ended_at, further."""
        return f"SELECT * FROM ({self._with_horizon(self._passages_sql(place))}) WHERE {self._entered_here} AND {_MATURE}"

    def went_by_stage_sql(self) -> str:
        """As `went_sql`, of every stage at once, with its `place`."""
        return f"SELECT * FROM ({self._with_horizon(self._passages_sql(stages=True))}) WHERE {self._entered_here} AND {_MATURE}"

    def came_to_sql(self) -> str:
        """SQL, one row a newcomer of the period and stage: id, stage, days from the first contact anywhere to the first one there; of those observed
        for as long as nine in ten of those who ever get there take.
        """
        study, until = self.study, self.study.observed_until
        horizon = " ".join(f"WHEN {literal(s)} THEN {self.horizons.get(f'reach:stage:{s}', 0.0)!r}" for s in study.stages) or "WHEN NULL THEN 0.0"
        observed = (f" AND came_at + to_microseconds(CAST((CASE stage {horizon} ELSE 0.0 END) * 1e6 AS BIGINT)) <= TIMESTAMPTZ {literal(until.isoformat())}"
                    if until is not None else "")
        return (f"WITH contact AS ({contacts_sql(study, history=True)}), came AS (SELECT id, min(moment) AS came_at FROM contact GROUP BY id) "
                f"SELECT id, stage, (epoch(first_at) - epoch(came_at)) / 86400 AS days "
                f"FROM (SELECT id, stage, min(moment) AS first_at FROM contact WHERE stage IS NOT NULL AND moment IS NOT NULL GROUP BY id, stage) JOIN came USING (id) "
                f"WHERE {_in_period(study).format(at='came_at')}{observed}")

    def cohorts_sql(self, place: Place | None = None) -> str:
        """SQL, one row an entrant of the period: place, id, first_at, went_at (going on within the horizon), observed (for that long), horizon (s)."""
        within = "CASE WHEN coalesce(onward_at <= first_at + to_microseconds(CAST(horizon * 1e6 AS BIGINT)), true) THEN onward_at END"
        return f"SELECT place, id, first_at, {within} AS went_at, observed, horizon FROM ({self._with_horizon(self._passages_sql(place))}) WHERE {self._entered_here} AND NOT tied"

    def _seen(self, place: Place, r: dict[Any, Any] | None, reach: dict[str, Row], hidden: str) -> Seen:
        def count(name: str) -> int:
            return int(r[name]) if r else 0

        horizon = self.horizons.get(place.observed_by)
        said = {
            "conversion": f"customers who came first to {place.words} long enough before the end of observation; counted: seen in a later stage afterwards",
            "arrived": f"customers who came first to {place.words} long enough before the end of observation; counted: seen in {place.later[0] if place.later else 'no stage'} afterwards",
            "stopped": f"customers for whom {place.words} was progress; counted: seen at no other touchpoint of this or a later stage afterwards",
            "time": f"seconds from the first contact at {place.words} to the first later one in a later stage",
        }
        evidence, least = {}, self.study.params.privacy.min_cell
        for measure, (where, value) in self._measures().items():
            column = "value" if value == SECONDS else "counted"
            rows = count(f"{measure}_rows")
            sql = f"SELECT id, {value} AS {column} FROM ({self.went_sql(place)}) WHERE {where}"
            digest = rows_sha256(rows, count(f"{measure}_xor"), count(f"{measure}_sum"))
            sample = sample_of(r[f"{measure}_sample"] if r else None, rows, None if value == SECONDS else count(f"{measure}_n"), least)
            evidence[measure] = Evidence("rows", said[measure], table="interactions", sql=" ".join(sql.split()), rows=rows, rows_sha256=digest, sample=sample)
        at = reach[place.name]
        came = (f"SELECT c.id, {self._counted_sql('p.first_at', 'p.id')} AS counted FROM ({self._came_sql()}) c LEFT JOIN ({self._first_seen_sql(place)}) p "
                f"ON p.id = c.id WHERE {self._came_here} AND {self._base_sql(literal(place.name))}")
        who = "customers" if self.half is None else f"customers who came first in the {self.half.name} half and were observed long enough"
        evidence["reach"] = Evidence("rows", f"{who}; counted: seen at {place.words}", table="interactions", sql=" ".join(came.split()), rows=at["base"], rows_sha256=at["sha256"],
                                     sample=sample_of(at.get("sample"), at["base"], at["n"], least))
        if is_order_unknown(count("tied"), count("entered")):  # what is left would be told of those who take their time
            return Seen(place, at["n"], at["base"], count("entered"), 0, 0, 0, 0, 0, 0, count("tied"), 0, 0, horizon, hidden, evidence)
        return Seen(place, at["n"], at["base"], count("entered"), count("conversion_rows"), count("conversion_n"), count("arrived_n"), count("ended"),
                    count("pending"), count("early"), count("tied"), count("stopped_rows"), count("stopped_n"), horizon, hidden, evidence)


SECONDS = "date_diff('microsecond', first_at, onward_at) / 1e6"
_MATURE = "(observed AND NOT tied)"
_EARLY = "(NOT observed AND NOT tied)"
#: where a contact stands among those of its customer: by time, in one instant as its source says (see docs/decisions/0008)
_ORDER = f"CAST(epoch_us(moment) AS HUGEINT) * {2 ** 40} + coalesce(sequence, {2 ** 40 - 1})"
_FIRST = "min(moment) AS first_at, min(place_in_time) AS first_in_time, arg_min(said, place_in_time) AS first_said"
_KNOWN = "(i.moment <> f.first_at OR (i.said = f.first_said AND i.said <> ''))"  # whether anybody says which of two contacts came first
_LATER = f"i.place_in_time > f.first_in_time AND {_KNOWN}"
_WENT = "(CASE WHEN place LIKE 'touchpoint:%' THEN other_at ELSE onward_at END)"  # when somebody got further from a place


def _within(half: Half | None, at: str) -> str:
    """Halves are compared by what happened within the horizon, so that neither had more time."""
    return f" AND coalesce({at} <= first_at + to_microseconds(CAST(horizon * 1e6 AS BIGINT)), true)" if half else ""


def _day(study: Study, at: str) -> str:
    return f"CAST(timezone({literal(study.params.timezone)}, {at}) AS DATE)"


def _in_period(study: Study) -> str:
    """The condition that a time {at} lies in the study's period."""
    period, day = study.params.period, _day(study, "{at}")
    parts = [*([f"{day} >= DATE '{period.start}'"] if period.start else []), *([f"{day} <= DATE '{period.end}'"] if period.end else [])]
    return f"({' AND '.join(parts)})" if parts else "true"


def places_of(study: Study, half: Half | None = None) -> Places:
    """The places of a study, counted once while it is open."""
    for table in ("interactions", "feedback", "responses"):
        study.note(table)
    return study.kept(("places", half.name if half else ""), lambda: Places(study, half))


def horizons_of(study: Study) -> dict[str, float]:
    """Seconds by place: those of the params, else the time by which nine in ten of those who ever went on have gone on.

    `reach:<place>`: from the first contact anywhere to the first one there. They are those of all customers, so that groups are
    compared over equal time. A place that nobody went on from has the longest of the stages; where nobody went on from any, there
    is none, and nobody counts as observed long enough: what has not happened yet says nothing of how long it takes.
    """
    key = study.sha256
    if key not in _horizons:
        with reads.unrecorded(), everybody(study) as whole:  # `places_of` notes the tables
            _horizons[key] = _measured(whole)
    return _horizons[key]


def _measured(study: Study) -> dict[str, float]:
    places = Places(study)
    given = {f"stage:{s.name}": s.horizon for s in study.params.journey.stages if s.horizon is not None}
    found = study.query(f"SELECT place, quantile_disc(date_diff('microsecond', first_at, {_WENT}) / 1e6, {MATURE_SHARE}) AS s "
                        f"FROM ({places._passages_sql()}) WHERE entered AND {_WENT} IS NOT NULL AND NOT tied GROUP BY place")
    out = {str(r["place"]): float(r["s"]) for r in found.to_dict("records")}
    out |= given | {f"touchpoint:{t}": given[f"stage:{s}"] for t, s in study.touchpoint_stage.items() if f"stage:{s}" in given}
    own = {p.observed_by: out[p.observed_by] for p in places.places if p.observed_by in out}
    if longest := [s for name, s in own.items() if name.startswith("stage:")] or list(own.values()):
        out = {p.observed_by: out.get(p.observed_by, max(longest)) for p in places.places}
    reached = study.query(f"WITH came AS (SELECT id, min(moment) AS came_at FROM ({contacts_sql(study, history=True)}) GROUP BY id) "
                          f"SELECT place, quantile_disc(date_diff('microsecond', came_at, first_at) / 1e6, {MATURE_SHARE}) AS s "
                          f"FROM ({places._passages_sql()}) JOIN came USING (id) GROUP BY place")
    return out | {f"reach:{r['place']}": float(r["s"]) for r in reached.to_dict("records")}


def exchanged_sha256(rows: int, nobody: tuple[int, int], away: tuple[int, int], here: tuple[int, int]) -> str:
    """The hash of everybody's rows (id, counted), from the sums (xor, sum) of their hashes: `nobody` counted, with the
    rows of the persons counted exchanged from `away` to `here`. So a group need not read everybody again.
    """
    return rows_sha256(rows, nobody[0] ^ away[0] ^ here[0], nobody[1] - away[1] + here[1])
