"""Where records lie on the journey: touchpoint, channel and stage by the rules of the params.

The first rule that matches wins, in the order of the journey. What a source says itself is kept.
"""

from __future__ import annotations

from .engine import literal, match_sql
from .engine.duck import Engine
from .params import Params
from .tables import TABLES


def place_interactions_sql(params: Params, body: str, *more: str) -> str:
    """A query over interactions with touchpoint, channel and stage filled in by the journey's match rules. more: columns of the body beside those of the table."""
    columns = TABLES["interactions"].names
    touchpoints, channels, stages_of, stages = [], [], [], []
    for stage in params.journey.stages:
        for t in stage.touchpoints:
            where = f"journey: touchpoint {t.name!r}: match"
            for rule in t.match:
                touchpoints.append(f"WHEN {match_sql(rule, columns, where)} THEN {literal(t.name)}")
            stages_of.append(f"WHEN touchpoint_ = {literal(t.name)} THEN {literal(stage.name)}")
            if t.channel:
                channels.append(f"WHEN touchpoint_ = {literal(t.name)} THEN {literal(t.channel)}")
        for rule in stage.match:
            stages.append(f"WHEN {match_sql(rule, columns, f'journey: stage {stage.name!r}: match')} THEN {literal(stage.name)}")
        if stage.deals:
            names = ", ".join(literal(f"deal: {d}") for d in stage.deals)
            stages.append(f"WHEN event IN ({names}) THEN {literal(stage.name)}")
    touchpoint = _case("touchpoint", touchpoints)
    placed = f"SELECT *, {touchpoint} AS touchpoint_ FROM ({body})"
    order = ", ".join(
        {"touchpoint": "touchpoint_ AS touchpoint", "channel": f"{_case('channel', channels)} AS channel",
         "stage": f"{_case('stage', stages_of + stages)} AS stage"}.get(c, f'"{c}"') for c in (*columns, *more))
    return f"SELECT {order} FROM ({placed})"


def _case(column: str, whens: list[str]) -> str:
    return f"coalesce({column}, CASE {' '.join(whens)} END)" if whens else column


def _update(engine: Engine, table: str, column: str, whens: list[str]) -> None:
    if column not in engine.columns(table):
        engine.con.execute(f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR")
    engine.con.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR")
    if whens:
        engine.con.execute(f"UPDATE {table} SET {column} = coalesce({column}, CASE {' '.join(whens)} END)")


def _place(engine: Engine, table: str, params: Params, touchpoint_rules: dict[str, str], stage_rules: dict[str, str]) -> None:
    """touchpoint_rules, stage_rules: name → SQL condition."""
    if not engine.columns(table):
        return
    _update(engine, table, "touchpoint", [f"WHEN {sql} THEN {literal(name)}" for name, sql in touchpoint_rules.items()])
    stages = [f"WHEN touchpoint = {literal(t.name)} THEN {literal(s.name)}" for s in params.journey.stages for t in s.touchpoints]
    _update(engine, table, "stage", stages + [f"WHEN {sql} THEN {literal(name)}" for name, sql in stage_rules.items()])


def _in(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(literal(v) for v in values)})"


def place_responses(engine: Engine, params: Params) -> None:
    """Responses by the questions of touchpoints and stages."""
    _place(engine, "in_responses", params,
           {t.name: _in("question_id", t.questions) for s in params.journey.stages for t in s.touchpoints if t.questions},
           {s.name: _in("question_id", s.questions) for s in params.journey.stages if s.questions})


def place_feedback(engine: Engine, params: Params) -> None:
    """Feedback by its label or source."""
    label = "CAST(label AS VARCHAR)" if "label" in engine.columns("in_feedback") else "NULL"
    _place(engine, "in_feedback", params,
           {t.name: f"({_in(label, t.feedback)} OR {_in('source', t.feedback)})"
            for s in params.journey.stages for t in s.touchpoints if t.feedback}, {})


def place_codings(engine: Engine, params: Params) -> None:
    """Codes by name or path; a code takes the place of the nearest code above it; codings take their code's."""
    if not engine.columns("in_codebook"):
        return

    def rule(codes: list[str]) -> str:
        under = " OR ".join(f"starts_with(path, {literal(c + ' > ')})" for c in codes)
        return f"({_in('name', codes)} OR {_in('path', codes)} OR {under})"

    _place(engine, "in_codebook", params,
           {t.name: rule(t.codes) for s in params.journey.stages for t in s.touchpoints if t.codes},
           {s.name: rule(s.codes) for s in params.journey.stages if s.codes})
    if engine.columns("in_codings"):
        for column in ("touchpoint", "stage"):
            _update(engine, "in_codings", column, [])
            engine.con.execute(f"""UPDATE in_codings SET {column} = coalesce(in_codings.{column}, b.{column})
                FROM in_codebook b WHERE b.code_id = in_codings.code_id""")
