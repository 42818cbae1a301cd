"""The traps, each from the profile or by one more query; rows of the frame `traps`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...engine.conditions import literal
from ...log.calendar_bound import FOLLOWS, LEAST
from ...privacy.small_counts import countable
from ...results import words
from ...shapes import Row
from ...sources.reading.marked import NOT_MARKED, VALUES, marks
from ...tables import TABLES
from .declared import FEWEST, FEWEST_LEAK, LEAK_FROM, LEAK_RARER, ONE_ID_FROM, SENTINEL_FROM
from .profile import MINUS, NINES, PROFILED, columns_of, value_of

if TYPE_CHECKING:
    from ...study import Study

MOST_EVENTS = 40  # events that columns are set against: the commonest
_LEVELS = 10  # different values up to which a column may tell an event; of one with more, whether it is given
_RECORD = {"interactions": "interaction_id", "feedback": "feedback_id", "deals": "deal_id"}


def _row(trap: str, r: Mapping[str, Any], n: int, base: int, said: str, next: str, column: str | None = None) -> Row:
    return {"trap": trap, "table": r["table"], "source": r["source"], "column": r["column"] if column is None else column, "n": n, "base": base,
            "share": n / base if base else None, "said": said, "next": next}


def _of(n: int, base: int) -> str:
    """`39,673 of 41,188 rows (96.3 %)`; of few rows without the percentage."""
    from ...results import policy

    return f"{n:,} of {words.some(base, 'rows')}" + ("" if policy.counts_only("share", base) else f" ({words.percent(n / base)})")


def is_number(r: Mapping[str, Any]) -> bool:
    """Whether a column is one of numbers: 95 % of what is given."""
    return bool(r["given"]) and r["numbers"] >= 0.95 * r["given"]


def is_days(r: Mapping[str, Any]) -> bool:
    """Whether a column is one of days or times."""
    return bool(r["given"]) and not is_number(r) and r["days"] >= 0.95 * r["given"]


# --- duplicates --------------------------------------------------------------------------------------------------------------


def duplicates(study: Study, frame: pd.DataFrame) -> Iterator[Row]:
    """Rows that equal another in everything that was read but a number of the row.

    Looked at where the export gives each row an id or one of its fields is a number of the row; of rows without either, the import says it.
    Whole days as times tell no two events of a day apart, and are left out.
    """
    for table, record in _RECORD.items():
        part = frame[frame["table"] == table]
        for source in sorted(part["source"].unique()):
            own = part[part["source"] == source]
            said = next((s for s in study.params.sources if s.name == source), None)
            mapped = said is not None and record in said.columns
            numbers = [r["column"] for r in own.to_dict("records") if r["column"] not in TABLES[table].names and _numbers_rows(r)]
            if not (mapped or numbers) or (table == "deals" and not mapped):
                continue
            at = PROFILED[table][0]
            left = {record, *numbers, *(("session_id",) if _each(own, "session_id") else ())}
            columns = {c: sql for c, sql in columns_of(study, table).items() if c not in left and (not mapped or c != record)}
            text = ", text" if "text" in TABLES[table].names else ""
            known = " AND customer_id IS NOT NULL" if table == "deals" else " AND text IS NOT NULL" if text else ""  # nothing ties the others to one record
            got = study.query(f"""SELECT coalesce(sum(n - 1), 0) AS again, coalesce(sum(n), 0) AS looked FROM (SELECT *, count(*) AS n FROM
                (SELECT {', '.join(f'{sql} AS c{k}' for k, sql in enumerate(columns.values()))}{text} FROM {table} WHERE source = {literal(source)} AND {at} IS NOT NULL{known}
                    AND strftime(timezone({literal(study.params.timezone)}, {at}), '%H%M%S') <> '000000' AND strftime(timezone('UTC', {at}), '%H%M%S') <> '000000') GROUP BY ALL)""").iloc[0]
            again, base = int(got["again"]), int(own["rows"].iloc[0])
            if again:
                by = words.listing([record if mapped else "", *numbers][0 if mapped else 1:])
                yield _row("duplicates", {"table": table, "source": source}, again, base,
                           f"{_of(again, base)} equal another in everything that was read except {by}.",
                           "Ask whether the export was joined or delivered twice; map an id of the event instead of a number of the row, or set `deduplicate: rows` without it.", by)


def _numbers_rows(r: Mapping[str, Any]) -> bool:
    """Whether a column numbers the rows: whole numbers, each once, with few gaps."""
    return bool(is_number(r) and r["whole"] and r["given"] == r["rows"] == r["different"] > 1 and r["high"] - r["low"] < 2 * r["rows"])


def _each(own: pd.DataFrame, column: str) -> bool:
    found = own[own["column"] == column]
    return bool(len(found)) and bool((found["different"] == found["rows"]).iloc[0])


# --- what marks records and ids ----------------------------------------------------------------------------------------------


def marked(study: Study, frame: pd.DataFrame) -> Iterator[Row]:
    """Records that the export itself calls deleted, merged or duplicates, and that were counted all the same."""
    for r in frame[~frame["column"].isin(["customer_id"])].to_dict("records"):
        if r["table"] == "responses" or not (how := marks(str(r["column"]))) or (r["table"] == "deals" and r["column"] == "stage"):
            continue
        columns = columns_of(study, r["table"])
        if r["column"] not in columns:
            continue
        value = f"lower(trim({columns[r['column']]}))"
        test = f"{value} NOT IN ({', '.join(map(literal, NOT_MARKED))})" if how == "flag" else f"{value} IN ({', '.join(map(literal, VALUES))})"
        where = f"source = {literal(r['source'])} AND " if r["source"] else ""
        n = int(study.scalar(f"SELECT count(*) FROM {r['table']} WHERE {where}{test}") or 0)
        if n:
            yield _row("marked", r, n, int(r["rows"]), f"{_of(n, int(r['rows']))} are marked by {r['column']!r} as deleted, merged or duplicates, and are counted.",
                       "Leave them out with `filter:` of the source, or tie merged ones by their keys.")


def one_id(frame: pd.DataFrame) -> Iterator[Row]:
    """Ids of which one stands in half of the rows or more."""
    for r in frame[frame["id"] == "apart"].to_dict("records"):
        if r["table"] == "responses" or r["given"] < FEWEST or r["common_rows"] < ONE_ID_FROM * r["given"]:
            continue
        n, given = int(r["common_rows"]), int(r["given"])
        yield _row("one id", r, n, given, f"One {r['column']!r} stands in {_of(n, given)}; an id tells nothing apart then.",
                   "See whether it is a placeholder (settings.null_keys), or map the column that tells records apart.")


# --- values ------------------------------------------------------------------------------------------------------------------


def sentinels(study: Study, frame: pd.DataFrame) -> Iterator[Row]:
    """Values that tools write for none: all nines or a lone negative at the end of a column's numbers, days such as 1900-01-01, and words."""
    for r in frame[frame["id"] == ""].to_dict("records"):
        given = int(r["given"])
        if given < FEWEST or (r["table"] == "responses"):
            continue
        if is_number(r):
            seen = _odd_numbers(r)
        else:
            n = int(r["word_rows"])
            seen = [(str(r["word"]), n)] if n >= SENTINEL_FROM * given else []
        for value, n in seen:
            setting = f"settings: {{missing: {{{str(r['column']).rsplit('.', 1)[-1]}: [{value}]}}}}"
            own = r["column"] in TABLES[r["table"]].names
            yield _row("sentinel", r, n, given, f"{r['column']!r} is {value} in {_of(n, given)}: it looks like a value that stands for none.",
                       f"If it does, say so with `missing` of the source ({setting if not own else 'settings: {missing: {<column of the export>: [' + value + ']}}'}); else means and groups count it.")


def _odd_numbers(r: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Sentinels among a column's numbers, with their rows."""
    out = []
    lows, highs = list(r["lows"]), list(r["highs"])
    for value, n in (r["odd"] if isinstance(r["odd"], (list, tuple)) or hasattr(r["odd"], "__len__") else []):
        enough = n >= SENTINEL_FROM * r["given"] and r["different"] > 1
        # all others lie well below: a price of 99 among dearer ones, or an age of 99 behind one of 98, is a value
        top = value in NINES and value == r["high"] and len(highs) > 1 and highs[1] <= 0.9 * value
        # −1, 0 and 1 are a scale; a lone negative below numbers from 0 on is none
        lone = value in MINUS and value == r["low"] and len(lows) > 1 and lows[1] >= 0 and (value != -1 or r["high"] > 1)
        if enough and (top or lone):
            out.append((f"{value:g}", int(n)))
    return out


def outcomes(study: Study, frame: pd.DataFrame) -> Iterator[Row]:
    """Attributes that the params call outcomes."""
    named = {str(k): o.name for o in study.params.outcomes for k in o.when}
    for r in frame[frame["table"] == "customers"].to_dict("records"):
        if r["column"] in named:
            yield _row("outcome", r, int(r["given"]), int(r["rows"]), f"{r['column']!r} is the outcome {named[r['column']]!r} of this report.", "It is set aside as a feature of personas.")


def leaks(study: Study, frame: pd.DataFrame) -> Iterator[Row]:
    """Attributes that tell who has an event, as if written after it."""
    attributes = frame[(frame["table"] == "customers") & (frame["id"] == "") & frame["column"].str.startswith("attributes.")]
    if attributes.empty or not study.has("interactions"):
        return
    few = attributes["different"] <= _LEVELS
    levels = [*attributes.loc[few, "column"]]
    given = [c for c in attributes["column"] if c not in levels]
    sql = {c: (f"coalesce({value_of('attributes', c.removeprefix('attributes.'))}, '')" if c in levels else
               f"CASE WHEN {value_of('attributes', c.removeprefix('attributes.'))} IS NULL THEN '' ELSE 'given' END") for c in [*levels, *given]}
    names = ", ".join(map(literal, sql))
    got = study.query(f"""
        WITH seen AS (SELECT DISTINCT source, customer_id FROM interactions),
        who AS (SELECT source, customer_id, attributes FROM customers JOIN seen USING (customer_id)),
        long AS (SELECT source, customer_id, unnest([{names}]) AS col, unnest([{', '.join(sql.values())}]) AS value FROM who),
        done AS (SELECT DISTINCT source, customer_id, event FROM interactions WHERE customer_id IN (SELECT customer_id FROM who)),
        common AS (SELECT source, event, count(*) AS n FROM done GROUP BY source, event ORDER BY n DESC, source, event LIMIT {MOST_EVENTS}),
        level AS (SELECT source, col, value, count(*) AS n FROM long GROUP BY source, col, value),
        met AS (SELECT source, col, value, event, count(*) AS k FROM long JOIN done USING (source, customer_id) GROUP BY source, col, value, event)
        SELECT l.source, l.col, c.event, sum(greatest(coalesce(k, 0), l.n - coalesce(k, 0))) AS told, sum(l.n) AS base, any_value(c.n) AS with_it
        FROM level l JOIN common c ON c.source = l.source LEFT JOIN met m ON m.source = l.source AND m.col = l.col AND m.value = l.value AND m.event = c.event
        GROUP BY l.source, l.col, c.event ORDER BY l.col, told / base DESC, c.event""")
    least = study.params.privacy.min_cell
    telling: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for column, part in got.groupby("col", sort=True):
        for e in part.to_dict("records"):
            told, base, with_it = int(e["told"]), int(e["base"]), int(e["with_it"])
            if base < FEWEST_LEAK or told < LEAK_FROM * base or max(with_it, base - with_it) > LEAK_RARER * base or not countable(base, with_it, least):
                continue
            telling.setdefault((str(e["source"]), str(e["event"])), []).append((str(column), base))
            break
    for (source, event), columns in telling.items():
        named = ", ".join(c for c, _ in columns)
        # who does not fit are few persons by definition: their number is not told
        yield _row("leak", {"table": "customers", "source": source}, columns[0][1], columns[0][1],
                   f"{words.listing([repr(c) for c, _ in columns])} tell{'s' if len(columns) == 1 else ''} for at least {words.percent(LEAK_FROM)} of {words.some(columns[0][1], 'customers')} of {source} "
                   f"whether they have {event!r}: written after the event, or the event itself.",
                   "Do not explain the event by it; name it under `outcomes:`, or exclude it with `personas.exclude`.", named)


def calendar(frame: pd.DataFrame) -> Iterator[Row]:
    """Columns that follow the time of their rows."""
    for r in frame[frame["id"] == ""].to_dict("records"):
        own = r["table"] != "responses" and r["column"] in TABLES[r["table"]].names
        # a day that an event carries is a time of its own; a day that is said of a person tells when they came
        if (own and TABLES[r["table"]][r["column"]].type == "time") or (is_days(r) and r["table"] != "customers") or not (r["timed"] or 0) >= LEAST or r["instants"] < 3 or r["different"] < 2:
            continue
        measured = [(abs(v), f"{name} {v:.2f}".replace("-", "−")) for v, name in ((r["trend"] if is_number(r) or is_days(r) else None, "rank correlation"), (r["level_trend"], "correlation ratio"))
                    if v is not None and pd.notna(v)]
        strongest = max(measured, default=(0.0, ""))
        if strongest[0] >= FOLLOWS:
            yield _row("calendar", r, int(r["timed"]), int(r["rows"]), f"{r['column']!r} follows the time of its rows ({strongest[1]}): it tells when, not who.",
                       "Compare groups by it only within one time." + (" It is no feature of personas." if r["table"] == "customers" else ""))
