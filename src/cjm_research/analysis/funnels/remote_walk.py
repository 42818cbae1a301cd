"""The walk of a funnel whose log lies on Spark: the kernel runs in its tasks, one row a customer who entered comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...engine.conditions import literal
from ...engine.portable.funnels import matched_sql, only_matching, rows_sql
from ...engine.portable.units import units_sql
from ...engine.sequence import Chains, Log, Rule
from ...engine.sequence.attempts import check_attempts
from ...engine.sequence.rows import Bools, Ints
from ...engine.sequence.tasks import Attempts, ByValue, Task, attempts_from, chains_from
from ...errors import BadInput
from ...log.ends import ends_sql
from ...log.events import NONE, Sessions
from ...log.on_spark import RemoteEvents, by_id, remote_of, text_codes
from ...results.caveats import Note
from .definition import Definition, without_grace
from .passage import Passage, absent, finished

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ...study import Study


@dataclass(frozen=True)
class RemoteSteps:
    """The steps of a walk as conditions, and the ids behind its codes.

    units, customers: id of the unit (customer or session) and of its customer, by code. last: the unit's last event, µs
    (sessions only).
    """

    events: RemoteEvents
    definition: Definition
    conditions: tuple[str, ...]
    units: pa.Array
    customers: pa.Array
    last: Ints
    _found: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def people(self, u: Ints) -> tuple[RemoteEvents, Ints]:
        """Events whose index knows the customers, and the codes of units there."""
        return self.events.with_ids(self.customers), u

    @property
    def _log(self) -> str:
        """The log by unit."""
        unit = self.definition.unit
        return units_sql(unit, unit == "session" and self.events.own_sessions)

    def _step_events(self, steps: Sequence[int], columns: str) -> str:
        """The seen events of steps: unit, t, o and more columns."""
        d = self.definition
        parts = []
        for k in steps:
            ever = ""
            if d.steps[k].first_ever:
                ever = f" AND o IN (SELECT o FROM (SELECT o, ROW_NUMBER() OVER (PARTITION BY u ORDER BY t, o) AS r FROM log_all WHERE {self.conditions[k]}) e WHERE r = 1)"
            parts.append(f"SELECT unit, t, o, {columns} FROM ({self._log}) y WHERE seen AND {self.conditions[k]}{ever}")
        return " UNION ALL ".join(parts)

    def values(self, by: str, at: str, chains: Chains) -> tuple[Ints, list[str]]:
        """The value of a column at each unit's `first` or `last` funnel event that has one, or at its `entry`: codes and values."""
        column = self.events.column(by)
        spark, n = self.events.spark, len(self.definition.steps)
        value = f"NULLIF(CAST({column} AS VARCHAR), '') AS v"
        if at == "entry":
            import pyarrow as pa

            ids = self.units.take(pa.array(chains.u))
            spark.register("entry", pa.table({"id": ids, "entry_t": pa.array(chains.times[:, 0], pa.int64())}))
            steps = range(n) if self.definition.rule.order == "unordered" else (0,)
            text = f"SELECT unit, o, v, t FROM ({self._step_events(steps, value)}) x JOIN entry ON unit = id AND t = entry_t"
            order = "t, o"
        else:
            text = f"SELECT unit, t, o, v FROM ({self._step_events(range(n), value)}) x WHERE v IS NOT NULL"
            order = "t, o" if at == "first" else "t DESC, o DESC"
        found = spark.table(f"SELECT unit, v FROM (SELECT unit, v, ROW_NUMBER() OVER (PARTITION BY unit ORDER BY {order}) AS r FROM ({text}) w) z WHERE r = 1")
        return text_codes(self._of(chains, found, "v")[0])

    def recounted(self, by: str, step: int | None) -> Iterator[tuple[str, Chains]]:
        """The funnel counted once per value of a column (see `walk_by_value`): each value, and the chains of the units of this walk."""
        import pyarrow.compute as pc

        d = self.definition
        # a value named as what stands for none joins it
        rows = _rows(self.events, d, self.conditions, f"NULLIF(CAST({self.events.column(by)} AS VARCHAR), {literal(NONE)})")
        chains, table = chains_from(self.events.spark.walk(rows, ByValue(*_task(d), step=step)), len(d.steps))
        chains = replace(chains, u=np.asarray(pc.index_in(table.column("u").combine_chunks(), value_set=self.units)))
        codes, names = text_codes(table.column("v").combine_chunks())
        order = np.argsort(codes, kind="stable")
        for which in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
            if len(which) and (step is not None or names[codes[which[0]]] != NONE):
                yield names[codes[which[0]]], chains.take(which)

    def attempts(self) -> Ints:
        """How many attempts reached each step, counted in the tasks."""
        d = self.definition
        check_attempts(d.rule)
        return attempts_from(self.events.spark.walk(_rows(self.events, d, self.conditions), Attempts(*_task(d))), len(d.steps))

    def after(self, chains: Chains, which: Ints, t: Ints, end: int) -> tuple[np.ndarray, Ints, Bools]:
        """What came next for some of the chains: (event names, µs when, whether anything did) after times t."""
        import pyarrow as pa

        spark = self.events.spark
        spark.register("stopped", pa.table({"id": self.units.take(pa.array(chains.u[which])), "stopped_t": pa.array(t, pa.int64())}))
        text = f"SELECT unit, t, event, o FROM ({self._log}) y JOIN stopped ON unit = id AND t > stopped_t WHERE t <= {end}"
        found = spark.table("SELECT unit, t, event FROM (SELECT unit, t, event, ROW_NUMBER() OVER (PARTITION BY unit ORDER BY t, o) AS r "
                            f"FROM ({text}) w) z WHERE r = 1")
        when, event = self._of(chains.take(which), found, "t", "event")
        there = np.asarray(when.is_valid())
        return np.asarray(event.fill_null("").to_pylist(), dtype=object), np.asarray(when.fill_null(0)), there

    def mostly(self, step: int, column: str) -> str | None:
        """The value that more than half of a step's events have, if any."""
        own = self._places(step)
        counts = own.groupby(own[column].fillna(""))["n"].sum()
        if counts.empty or not counts.sum():
            return None
        top = str(counts.idxmax())
        return top if top and counts.max() * 2 > counts.sum() else None

    def _places(self, step: int) -> pd.DataFrame:
        """touchpoint, stage, n: where the events of a step lie; all steps in one pass, but first-ever ones."""
        spark = self.events.spark
        if self.definition.steps[step].first_ever:
            return spark.query(f"SELECT touchpoint, stage, COUNT(*) AS n FROM ({self._step_events([step], 'touchpoint, stage')}) x GROUP BY touchpoint, stage")
        if "places" not in self._found:
            sums = ", ".join(f"SUM(CASE WHEN {c} THEN 1 ELSE 0 END) AS n{k}" for k, c in enumerate(self.conditions))
            self._found["places"] = spark.query(f"SELECT touchpoint, stage, {sums} FROM ({self._log}) y WHERE seen GROUP BY touchpoint, stage")
        frame = self._found["places"]
        return frame[["touchpoint", "stage"]].assign(n=frame[f"n{step}"].astype("int64"))

    def _of(self, chains: Chains, found: pa.Table, *columns: str) -> list[pa.Array]:
        import pyarrow as pa

        return by_id(self.units.take(pa.array(chains.u)), found, "unit", columns)


def remote_walk(study: Study, definition: Definition) -> Passage:
    """Walk a funnel on Spark. Raises `NotEnoughData` without interactions."""
    if definition.unit == "account":
        raise BadInput(f"funnel {definition.name!r}: unit", "counts accounts, and the log lies on Spark, where accounts of customers are not known",
                       "customer or session there", "build the tables here (leave out engine.remote), or count customers")
    events, d = remote_of(study), definition
    notes: list[str] = []
    conditions = tuple(events.condition(s, f"funnel {d.name!r}, step {s.name!r}") for s in d.steps)
    matched, shared = _matched(events, d, conditions)
    for step, n in zip(d.steps, matched, strict=True):
        notes += absent(events, step.event, f"step {step.name!r}")
        if not n:
            notes.append(f"Nothing matches step {step.name!r}; it and all that needs it count zero.")
    for e in d.exclusions:
        notes += absent(events, e.event, "an exclusion")
    if d.rule.grace and shared:
        d = without_grace(d)
        notes.append(Note("Steps share events, so consecutive steps must come in order here even within two seconds."))
    sessions = _sessions(events, d, notes)
    if events.index.without_customer:
        notes.append(Note(f"{events.index.without_customer:,} events name no customer; they are left out, not pooled."))
    chains, table = chains_from(events.spark.walk(_rows(events, d, conditions), Task(*_task(d))), len(d.steps))
    remote = RemoteSteps(events, d, conditions, table.column("u").combine_chunks(), table.column("customer").combine_chunks(),
                         np.asarray(table.column("last").fill_null(0).to_numpy()))
    none = np.empty(0, dtype=np.int64)
    out = Passage(d, events.with_ids(remote.units), Log(none, none, none, np.zeros(1, dtype=np.int64)), (), (), Chains.empty(len(d.steps)),
                 np.empty(0, bool), np.empty(0, bool), 0, None, sessions, not shared, tuple(notes), matched, remote)
    return finished(out, chains)


def _rows(events: RemoteEvents, d: Definition, conditions: Sequence[str], value: str | None = None) -> str:
    """The rows that the kernel walks. value: a column whose values are told apart."""
    strict, by_session = d.rule.order == "strict", d.unit == "session"
    ever = _first_ever(d)
    rows = rows_sql(conditions, [*(events.condition(e, f"funnel {d.name!r}, an exclusion") for e in d.exclusions),
                                  *([ends_sql(d.ends, but=[f"({c})" for c in conditions])] if d.ends else [])], unit=d.unit, own=by_session and events.own_sessions,
                    whole=strict or bool(ever), first_ever=ever if by_session else (), value=value)
    return rows if strict else only_matching(rows)


def _task(d: Definition) -> tuple[Rule, int, tuple[tuple[int, int, bool], ...], tuple[bool, ...], bool]:
    """The funnel as `Task` takes it."""
    ever = tuple(s.first_ever and d.unit == "customer" for s in d.steps)
    return (d.rule, len(d.steps), tuple((d.step_index(e.after), d.step_index(e.before), e.mode == "drop_person") for e in d.exclusions),
            ever if any(ever) else (), bool(d.ends))


def _matched(events: RemoteEvents, d: Definition, conditions: Sequence[str]) -> tuple[tuple[int, ...], bool]:
    """How many events match each step, and whether any event matches two."""
    row = events.spark.query(matched_sql(conditions, _first_ever(d))).iloc[0]
    return tuple(int(row[f"n{k}"]) for k in range(len(d.steps))), bool(row["shared"])


def _first_ever(d: Definition) -> list[int]:
    """The steps of which only a customer's first event ever counts."""
    return [k for k, s in enumerate(d.steps) if s.first_ever]


def _sessions(events: RemoteEvents, d: Definition, notes: list[str]) -> Sessions | None:
    if d.unit != "session":
        return None
    none = np.empty(0, dtype=np.int64)
    if events.own_sessions:
        rule, without = "sessions as the source delivers them", int(events.spark.query("SELECT COUNT(*) AS n FROM log WHERE session_id IS NULL")["n"].iloc[0])
        sessions = Sessions(none, 0, (), without, rule)
    else:
        sessions = Sessions(none, 0, None, 0, "a session ends after 30 minutes without an event")
    notes.append(Note(f"Counted are sessions: {sessions.rule}."))
    if sessions.without:
        notes.append(Note(f"{sessions.without:,} events belong to no session and are left out."))
    return sessions
