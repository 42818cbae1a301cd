"""Daily series of a metric, for changes that were not randomised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...engine import literal
from ...errors import BadInput, NotEnoughData, unknown
from ...results.words import event, quoted

if TYPE_CHECKING:
    from ...study import Study

#: what `metric` of a change may be: prefix → (unit, meaning)
SERIES = {
    "event": ("customers a day", "customers a day with that event"),
    "rate": ("share", "share of the day's active customers with that event"),
    "value": ("value a day", "sum of the values of that event a day"),
    "nps": ("points", "Net Promoter Score of the day's answers"),
    "csat": ("score", "mean answer of the day"),
    "ces": ("score", "mean answer of the day"),
    "score": ("score", "mean answer of the day"),
}


def daily(study: Study, metric: str) -> tuple[pd.DataFrame, str, str]:
    """(frame of day, value, n and for scores weight; unit; meaning) of `event:<name>`, `rate:<name>`, `value:<name>`, `nps`, `csat:<question>`, ….

    Days are in the client's time zone, the first and last ones left out since they are rarely whole. Days without
    events count 0, days without answers are absent. Raises BadInput for another metric, NotEnoughData for no rows.
    """
    kind, _, name = metric.partition(":")
    if kind not in SERIES:
        raise unknown("change: metric", "kind of series", kind, SERIES, "write e.g. event:purchase, nps or csat:<question>")
    if not name and kind in ("event", "rate", "value", "csat", "ces", "score"):
        raise BadInput("change: metric", f"{metric!r} names no {'event' if kind in ('event', 'rate', 'value') else 'question'}", f"{kind}:<name>", "correct metric of the change under changes in params")
    frame = _events(study, metric) if kind in ("event", "rate", "value") else _read(study, metric)
    unit, meaning = SERIES[kind]
    frame = frame.iloc[1:-1].reset_index(drop=True) if len(frame) > 2 else frame.iloc[:0]
    if frame.empty or not frame["value"].any():
        raise NotEnoughData(f"series {metric}", "no rows on at least one whole day", "data that this question is asked of", "check the name in params")
    return frame, study.params.currency + " a day" if kind == "value" else unit, meaning


def in_words(metric: str) -> str:
    """A metric as a sentence names it: `event:support_call` → `customers a day with “support call”`."""
    kind, _, name = metric.partition(":")
    if kind in ("event", "rate", "value"):
        return {"event": "customers a day with", "rate": "the share of customers with", "value": "the value a day of"}[kind] + f" {quoted(event(name))}"
    return {"nps": "NPS", "csat": "CSAT", "ces": "CES"}.get(kind, "the mean answer") + (f" of {quoted(name)}" if name else "")


def daily_sql(study: Study, metric: str) -> tuple[str, str]:
    """(table, query) of a metric's days: id (the day), value, n; days without rows are not in it."""
    kind, _, name = metric.partition(":")
    zone = literal(study.params.timezone)
    if kind not in ("event", "rate", "value"):
        value = "CASE WHEN score >= 9 THEN 100.0 WHEN score <= 6 THEN -100.0 ELSE 0.0 END" if kind == "nps" else "score"
        where = f"question_id = {literal(name)}" if name else f"instrument = {literal(kind)}"
        return "responses", (f"SELECT CAST(timezone({zone}, answered_at) AS DATE) AS id, avg({value}) AS value, count(*) AS n FROM responses "
                             f"WHERE score IS NOT NULL AND answered_at IS NOT NULL AND {where} GROUP BY 1")
    such = f"event = {literal(name)}"
    value = {"event": f"count(DISTINCT customer_id) FILTER (WHERE {such})",
             "rate": f"count(DISTINCT customer_id) FILTER (WHERE {such}) / count(DISTINCT customer_id)",
             "value": f"coalesce(sum(value) FILTER (WHERE {such}), 0)"}[kind]
    return "interactions", (f"SELECT CAST(timezone({zone}, occurred_at) AS DATE) AS id, {value} AS value, count(DISTINCT customer_id) AS n "
                            "FROM interactions WHERE occurred_at IS NOT NULL GROUP BY 1")


def _events(study: Study, metric: str) -> pd.DataFrame:
    frame = _read(study, metric)
    if metric.startswith("rate:") or frame.empty:
        return frame
    # a day without any interaction is a day with none of these
    whole = pd.date_range(frame["day"].min(), frame["day"].max(), freq="D", name="day")
    return frame.set_index("day").reindex(whole, fill_value=0).reset_index().astype({"value": float})


def _read(study: Study, metric: str) -> pd.DataFrame:
    frame = study.query(f"SELECT id AS day, value, n FROM ({daily_sql(study, metric)[1]}) ORDER BY day")
    frame["day"] = pd.to_datetime(frame["day"])
    if metric.partition(":")[0] in ("nps", "csat", "ces", "score"):
        frame["weight"] = frame["n"].astype(float)  # a day of two answers says less than one of two hundred
    return frame.astype({"value": float})
