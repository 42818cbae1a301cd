"""What a funnel says on the map: conversions, times and the leakiest steps, each with evidence that gives it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine.conditions import literal, match_sql
from ...engine.funnel_sql import SqlExclusion, SqlStep, chains_sql
from ...log.ends import ends_sql
from ...log.events import json_key
from ...results import words
from ...results.evidence import looked_at
from ...results.result import Estimate, Evidence, Finding
from ...results.subjects import FunnelStep
from ...tables import IN_ORDER, TABLES
from .definition import Definition
from .passage import SESSION_ENDS, Passage
from .timing import Group, before, everybody

if TYPE_CHECKING:
    from ...study import Study

#: a step is called a pain point from this share of lost customers on; below, losing some is what funnels do
LEAKY = 0.2
SMALL_BASE = 30


def findings_of(study: Study, passage: Passage) -> list[Finding]:
    """The findings of a funnel: its conversion, every step's, the times between, and its largest losses."""
    d, group = passage.definition, everybody(passage)
    proof = _Proof(study, passage)
    last = d.last_needed
    who = d.who
    total = group.of_entrants(last)
    still = still_open(int(passage.ended.sum()), int(passage.pending.sum())) + unmatched(passage)
    out = [Finding(f"funnel:{d.name}:conversion", f"{d.title}: {words.of_whom(total, who)} who entered reach {d.names[last]!r}{still}",
                   "metric", total, *_place(study, passage, last), caveats=_caveats(total),
                   evidence=proof.share(f"{who} who entered the funnel {d.title!r}; counted: reached {d.names[last]!r}", None, last),
                   lane="conversion", label=f"{d.names[0]} → {d.names[-1]}", subject=FunnelStep(d.name, d.title, "conversion"))]
    if d.is_share:
        return [replace(out[0], statement=f"{d.title}: {words.of_whom(total, who)} have {d.names[1]!r}{still}", label=d.names[1],
                        evidence=proof.share(f"{who} with any event; counted: have {d.names[1]!r}", None, 1))]
    for k in range(1, len(d.steps)):
        previous = 0 if d.rule.order != "unordered" and before(passage, k) is None else _before(passage, k)
        e = group.of_previous(k)
        place, label = _place(study, passage, k), f"{d.names[previous]} → {d.names[k]}"
        if e.base:
            out.append(Finding(f"funnel:{d.name}:step:{k + 1}", f"{d.title}: {words.estimate(e)} go on from {d.names[previous]!r} to {d.names[k]!r}{still_open(*group.lost(k)[1:])}{unmatched(passage, k)}",
                               "metric", e, *place, caveats=_caveats(e),
                               evidence=proof.share(f"{who} who reached {d.names[previous]!r}; counted: went on to {d.names[k]!r}", previous, k),
                               lane="conversion", label=label, subject=FunnelStep(d.name, d.title, "step", k + 1)))
        t = group.time_from(k, previous)
        if t.value is not None and not d.rule.grace and not (not passage.disjoint and d.rule.order != "unordered"):
            out.append(Finding(f"funnel:{d.name}:time:{k + 1}", f"{d.title}: half of those who go on from {d.names[previous]!r} to {d.names[k]!r} "
                               f"do so within {words.estimate(t)}", "metric", t, *place, caveats=_caveats(t),
                               evidence=proof.seconds(f"seconds from {d.names[previous]!r} to {d.names[k]!r}", previous, k),
                               lane="time", label=label, subject=FunnelStep(d.name, d.title, "time", k + 1)))
    return out + _losses(study, passage, group, proof)


def _losses(study: Study, passage: Passage, group: Group, proof: _Proof) -> list[Finding]:
    d, who, out = passage.definition, passage.definition.who, []
    for k, previous, e in _lost(passage, group):
        definition = f"{who} {_chance(d)} and reached {d.names[previous]!r}; counted: never reached {d.names[k]!r}".replace("  and", " who")
        out.append(Finding(f"funnel:{d.name}:loss:{k + 1}", f"{d.title}: {_loss(d, k, previous, e)}", "pain", e, *_place(study, passage, previous),
                           caveats=_caveats(e), evidence=proof.loss(definition, previous, k),
                           lane="pain", label=f"never get from {d.names[previous]} to {d.names[k]}", subject=FunnelStep(d.name, d.title, "loss", k + 1)))
    return out


def largest_loss(passage: Passage) -> str | None:
    """The step that loses most, in words that leave out the funnel's name; None where none is called leaky."""
    return next((_loss(passage.definition, *lost) for lost in _lost(passage, everybody(passage))), None)


def _lost(passage: Passage, group: Group) -> list[tuple[int, int, Estimate]]:
    """(step, the step before, share lost) of the steps that lose most of those who had their chance, most first: the largest
    loss, and all whose interval reaches its own."""
    d = passage.definition
    found: list[tuple[int, int, Estimate]] = []
    for k in range(1, len(d.steps)):
        previous = before(passage, k)
        if previous is None or d.rule.is_optional(k) or d.rule.order in ("unordered", "share") or unmatched(passage, k):
            continue  # of a step that nothing matches nobody knows who is lost before it
        e = group.loss(k)
        if e.value is not None and e.base:
            found.append((k, previous, e))
    worst = max((e.value or 0.0 for *_, e in found), default=0.0)
    return [x for x in sorted(found, key=lambda x: -(x[2].value or 0.0)) if (x[2].value or 0.0) >= LEAKY and (x[2].high or 0.0) >= worst]


def _chance(d: Definition) -> str:
    return "whose session is over" if d.unit == "session" else f"who first entered at least {words.span(d.window)} ago" if d.window else ""


def _loss(d: Definition, k: int, previous: int, e: Estimate) -> str:
    return f"{words.estimate(e)} of those at {d.names[previous]!r} {_chance(d)} never reach {d.names[k]!r}".replace("  ", " ")


def _before(passage: Passage, k: int) -> int:
    return k - 1 if passage.definition.rule.order == "unordered" else (before(passage, k) or 0)


def _place(study: Study, passage: Passage, step: int) -> tuple[str | None, str | None, str | None]:
    """Where a step lies: as its params say, else where most of its events lie (stage, touchpoint, channel)."""
    if passage.definition.rule.order == "unordered":
        return None, None, None
    s = passage.definition.steps[step]
    touchpoint = s.touchpoint[0] if len(s.touchpoint) == 1 else _mostly(passage, step, "touchpoint")
    stage = s.stage[0] if len(s.stage) == 1 else None
    if stage is None and touchpoint is not None:
        stage = study.touchpoint_stage.get(touchpoint)
    return stage or _mostly(passage, step, "stage"), touchpoint, s.channel[0] if len(s.channel) == 1 else None


def _mostly(passage: Passage, step: int, column: str) -> str | None:
    if passage.remote is not None:
        return passage.remote.mostly(step, column)
    names = passage.index.names[column]
    if not names or not len(passage.steps[step]):
        return None
    codes, known = _codes(passage, step, column)
    counts = np.bincount(codes, minlength=len(known))
    top = int(counts.argmax())
    return known[top] if top and counts[top] * 2 > len(codes) else None


def _codes(passage: Passage, step: int, column: str) -> tuple[np.ndarray, list[str]]:
    from .segments import values_at

    return values_at(passage, column, passage.steps[step])


def _caveats(e: Estimate) -> tuple[str, ...]:
    out = []
    if e.base < SMALL_BASE:
        out.append(f"fewer than {SMALL_BASE} cases")
    return tuple(out)


def still_open(ended: int, pending: int) -> str:
    """What became of those not through who were not lost, as the end of a sentence: `; 3 have ended before; 12 more still can`."""
    return "".join([f"; {words.count(ended)} {'has' if ended == 1 else 'have'} ended before" if ended else "", f"; {words.count(pending)} more still can" if pending else ""])


def unmatched(passage: Passage, step: int | None = None) -> str:
    """That nothing in the data matches a step (or some needed one), as the end of a sentence: a share of nobody may be a misspelt event."""
    d = passage.definition
    steps = range(len(passage.matched)) if step is None else [step]
    names = [d.steps[k].name for k in steps if k < len(passage.matched) and not passage.matched[k] and not d.rule.is_optional(k)]
    return f"; nothing in the data matches {words.listing([repr(n) for n in names])}" if names else ""


class _Proof:
    """Evidence of one funnel. Rows are counted and hashed from the walk; the SQL gives the same rows."""

    def __init__(self, study: Study, passage: Passage) -> None:
        self.study, self.passage = study, passage
        self.sql = chains_of(passage)
        chains = passage.chains
        self.ids = passage.ids(chains.u)

    def share(self, definition: str, base: int | None, counted: int) -> tuple[Evidence, ...]:
        chains = self.passage.chains
        inside = np.ones(len(chains), dtype=bool) if base is None else chains.reached[:, base]
        where = "" if base is None else f" WHERE t{base + 1} IS NOT NULL"
        sql = f"SELECT id, t{counted + 1} IS NOT NULL AS counted FROM ({self.sql}){where}" if self.sql else None
        return self._rows(definition, sql, inside, "counted", chains.reached[:, counted])

    def loss(self, definition: str, base: int, counted: int) -> tuple[Evidence, ...]:
        w = self.passage
        inside = w.chains.reached[:, base] & w.ripe
        sql = None
        if self.sql:
            closed = f"(t{w.definition.last_needed + 1} IS NOT NULL OR coalesce(open_until <= {w.end}, true))" if w.definition.can_end else "true"
            ripe = closed if w.definition.window is None else f"first_start <= {w.end - (w.definition.rule.window or 0)}"
            if w.definition.unit == "session":
                ripe = f"last + {SESSION_ENDS} <= {w.end}"
            sql = f"SELECT id, t{counted + 1} IS NULL AS counted FROM ({self.sql}) WHERE t{base + 1} IS NOT NULL AND {ripe}"
        return self._rows(definition, sql, inside, "counted", ~w.chains.reached[:, counted])

    def seconds(self, definition: str, since: int, step: int) -> tuple[Evidence, ...]:
        chains = self.passage.chains
        inside = chains.reached[:, since] & chains.reached[:, step]
        value = np.where(inside, np.maximum(chains.times[:, step] - chains.times[:, since], 0) / 1e6, 0.0)
        sql = None
        if self.sql:
            sql = (f"SELECT id, greatest(t{step + 1} - t{since + 1}, 0) / 1e6 AS value FROM ({self.sql}) "
                   f"WHERE t{step + 1} IS NOT NULL AND t{since + 1} IS NOT NULL")
        return self._rows(definition, sql, inside, "value", value)

    def _rows(self, definition: str, sql: str | None, inside: np.ndarray, column: str, values: np.ndarray) -> tuple[Evidence, ...]:
        frame = pd.DataFrame({"id": self.ids[inside], column: values[inside]})
        self.study.engine.register("funnel_evidence", frame)
        rows, digest, sample = looked_at(self.study, "interactions", definition, f'SELECT id, "{column}" FROM funnel_evidence')
        return (Evidence("rows", f"{definition}. {self.passage.definition.words()}", table="interactions",
                         sql=" ".join(sql.split()) if sql else None, rows=rows, rows_sha256=digest, sample=sample),)


def chains_of(passage: Passage) -> str | None:
    """The funnel as one SQL statement over the study's views, or None where its rule has none."""
    d = passage.definition
    columns = TABLES["interactions"].names
    steps = [SqlStep(match_sql(s, columns), s.first_ever) for s in d.steps]
    exclusions = [SqlExclusion(match_sql(e, columns), d.step_index(e.after), d.step_index(e.before),
                               e.mode == "drop_person") for e in d.exclusions]
    unit, source = "customer_id", "interactions"
    if d.unit == "account":
        path = literal("$." + json_key(passage.account))
        unit, source = "account", (f"(SELECT i.*, nullif(json_extract_string(c.attributes, {path}), '') AS account FROM interactions i JOIN customers c USING (customer_id))")
    elif passage.sessions is not None:
        unit, source = ("session_id", source) if passage.sessions.ids is not None else ("session", _SESSIONS)
    ends = ends_sql(d.ends, d.closed_deals, [f"({s.condition})" for s in steps])
    sql = chains_sql(steps, d.rule, exclusions, shared=not passage.disjoint, unit=unit, source=source, ends=ends)
    if sql is None or d.unit != "session":
        return sql
    last = f"SELECT {unit} AS id, max(epoch_us(occurred_at)) AS last FROM {source} WHERE {unit} IS NOT NULL GROUP BY 1"
    return f"SELECT c.*, last FROM ({sql}) c JOIN ({last}) USING (id)"


_SESSIONS = f"""(SELECT *, customer_id || ' #' || CAST(sum(begins) OVER (PARTITION BY customer_id ORDER BY {IN_ORDER}) AS VARCHAR)
    AS session FROM (SELECT *, CASE WHEN occurred_at - lag(occurred_at) OVER (PARTITION BY customer_id ORDER BY {IN_ORDER})
    <= INTERVAL {SESSION_ENDS // 1_000_000} SECOND THEN 0 ELSE 1 END AS begins FROM interactions_all)
    QUALIFY interaction_id IN (SELECT interaction_id FROM interactions))"""
