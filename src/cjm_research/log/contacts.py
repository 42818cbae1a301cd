"""Contacts of customers along the journey: who was where, when, and where nobody could have been seen.

A contact is an interaction of a known customer on the journey that the customer did, not the company or a system. At a
touchpoint without match rules, which no interaction can lie on, answers and feedback of known customers are its contacts, at
the time they were given: they are all that can tell of it. Where a touchpoint has rules, these alone say who was there; an answer tells of the past.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..engine import literal, reads
from .actors import not_theirs

if TYPE_CHECKING:
    from ..study import Study

_hidden: dict[str, dict[str, str]] = {}  # by hash of tables and settings: where nobody could be seen
NO_EVENT = "no event in the data matches its rule"
#: other tables that hold contacts, with the time of each
_OTHER = {"feedback": "published_at", "responses": "answered_at"}


def contacts_sql(study: Study, *, history: bool = False) -> str:
    """SQL over the contacts: id, moment (may be NULL), touchpoint, channel, stage, source_table, said (the source, where it says the order
    of its events of one instant, else empty) and sequence (their order).

    history: all that the customers seen in the study's period had until its end, not only those within it.
    """
    within = _union(study, "")
    if not history or not study.params.period.start:
        return within  # what lies behind the period's end is not known yet
    end = study.observed_until if study.params.period.end else None
    before = f" AND (moment IS NULL OR moment < TIMESTAMPTZ {literal(end.isoformat())})" if end is not None else ""
    return f"SELECT * FROM ({_union(study, '_all')}) WHERE id IN (SELECT id FROM ({within})){before}"


def _union(study: Study, views: str) -> str:
    others = not_theirs(study)
    did = f"NOT coalesce({others}, FALSE)" if others else "true"
    parts = [_select("interactions", views, "occurred_at", "touchpoint, channel, stage", did, "CASE WHEN order_known THEN source ELSE '' END AS said, sequence")]
    parts += [_select(table, views, time, "touchpoint, NULL AS channel, stage", where, "'' AS said, NULL AS sequence")
              for table, time in _OTHER.items() if study.has(table) and (where := _of_places_without_rules(study))]
    return " UNION ALL ".join(parts)


def _select(table: str, views: str, time: str, columns: str, where: str, order: str) -> str:
    return (f"SELECT customer_id AS id, {time} AS moment, {columns}, '{table}' AS source_table, {order} FROM {table}{views} "
            f"WHERE customer_id IS NOT NULL AND {where}")


def _of_places_without_rules(study: Study) -> str:
    """The condition of answers and feedback that are contacts; empty where there are none."""
    touchpoints = [t.name for s in study.params.journey.stages for t in s.touchpoints if not t.match]
    stages = [s.name for s in study.params.journey.stages if not _has_rules(study, s.name)]
    parts = [f"touchpoint IN ({', '.join(map(literal, touchpoints))})"] if touchpoints else []
    parts += [f"(touchpoint IS NULL AND stage IN ({', '.join(map(literal, stages))}))"] if stages else []
    return f"({' OR '.join(parts)})" if parts else ""


def _has_rules(study: Study, stage: str) -> bool:
    """Whether rules say which interactions lie on a stage."""
    s = next(s for s in study.params.journey.stages if s.name == stage)
    return bool(s.match or s.deals or any(t.match for t in s.touchpoints))


def unobserved(study: Study) -> dict[str, str]:
    """Places at which no customer could have been seen, with the reason: `stage:<stage>` and `touchpoint:<touchpoint>`.

    A place with match rules can be observed where an event of the data matches them: of one that none matches nobody can say whether no customer
    came or the event is called otherwise. One without rules is observed where a source places records of known customers there itself. It is the
    same for every group: that none of a persona was there is a number.
    """
    for table in ("interactions", *_OTHER):
        study.note(table)
    key = study.sha256
    if key not in _hidden:
        with reads.unrecorded(), everybody(study) as whole:
            _hidden[key] = _unobserved(whole)
    return _hidden[key]


@contextmanager
def everybody(study: Study) -> Iterator[Study]:
    """The study with all its customers, where it is looked at through some."""
    if not study.members:
        yield study
        return
    from ..study import Study as Opened

    whole = Opened(study.params, study.workspace, study.build)
    try:
        yield whole
    finally:
        whole.close()


def _unobserved(study: Study) -> dict[str, str]:
    found = study.query(f"SELECT DISTINCT stage, touchpoint FROM ({contacts_sql(study, history=True)})")
    stages, touchpoints = set(found["stage"].dropna()), set(found["touchpoint"].dropna())
    out: dict[str, str] = {}
    if others := not_theirs(study):
        done = study.query(f"SELECT DISTINCT stage, touchpoint FROM interactions_all WHERE {others}")
        why = "only what the company or systems did lies there"
        out |= {f"stage:{s}": why for s in done["stage"].dropna() if s not in stages}
        out |= {f"touchpoint:{t}": why for t in done["touchpoint"].dropna() if t not in touchpoints}
    placed = study.query("SELECT DISTINCT stage, touchpoint FROM interactions_all") if study.has("interactions") else found.iloc[:0]
    for s in study.params.journey.stages:
        for t in s.touchpoints:
            if t.match and t.name not in touchpoints and t.name not in set(placed["touchpoint"]):
                out.setdefault(f"touchpoint:{t.name}", NO_EVENT)
            if not t.match and t.name not in touchpoints:
                out[f"touchpoint:{t.name}"] = "no match rule leads to it" + (", and what tells of it names no customer" if t.questions or t.feedback or t.codes else "")
        if _has_rules(study, s.name) and s.name not in stages and s.name not in set(placed["stage"]):
            out.setdefault(f"stage:{s.name}", NO_EVENT)
        if not _has_rules(study, s.name) and s.name not in stages:
            out[f"stage:{s.name}"] = "no rule leads to it, and what tells of it names no customer" if s.touchpoints else "it has no touchpoint and no rule"
    return out
