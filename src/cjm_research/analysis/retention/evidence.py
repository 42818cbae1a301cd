"""What retention says of a client, with the query that counts it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine.conditions import literal
from ...engine.sequence import NEVER
from ...log.events import DAY, Events
from ...log.on_spark import log_evidence
from ...results import words
from ...results.result import Estimate, Finding
from ...results.subjects import Retention
from .calendar import calendar_numbers, calendar_sql

if TYPE_CHECKING:
    from ...study import Study


def findings_of(study: Study, curve: pd.DataFrame, events: Events, start: str | None, back: Sequence[str], did: str, kind: str,
                calendar: tuple[str, str, int] | None) -> list[Finding]:
    """The first period that is over for anybody, of n-day retention. calendar: period, zone and first entry (µs), where periods are
    those of the calendar. back: the events that count as a return. did: a condition on the first event."""
    if kind != "n_day":
        return []
    out = []
    for r in curve[curve["base"] > 0].head(1).to_dict("records"):
        e = Estimate.of(r)
        begin, until = (round(x * DAY) for x in (r["from_day"], r["from_day"] * 2))  # the first period begins one length after the entry
        entry = f"event = {literal(start)}" if start else did
        returned = f"i.event IN ({', '.join(map(literal, back))}) AND "
        entries = (f"SELECT customer_id, min(epoch_us(occurred_at)) AS t0 FROM interactions_all WHERE {entry} GROUP BY customer_id"
                   + (f" HAVING t0 >= {events.low}" if events.low != NEVER else ""))
        inside, over = f"epoch_us(occurred_at) - t0 >= {begin} AND epoch_us(occurred_at) - t0 < {until}", f"t0 + {until} <= {events.end + 1}"
        if calendar:
            period, zone, first = calendar
            of_return, of_entry = (calendar_sql(t, period, zone, first, events.end + 1) for t in ("epoch_us(occurred_at)", "t0"))
            after = calendar_numbers(np.array([events.end + 1]), period, zone)[0]
            inside, over = f"{of_return} = {of_entry} + 1", f"{of_entry} + 2 <= {after}"
        query = f"""SELECT customer_id AS id, coalesce(bool_or({returned}{inside}), false) AS counted
            FROM interactions i JOIN ({entries}) e USING (customer_id) WHERE {over} GROUP BY customer_id"""
        out.append(Finding(f"retention:{r['label']}", f"{words.estimate(e)} come back in {r['label']} after their first {start or 'visit'}", "metric", e,
                           evidence=(log_evidence(study, f"customers whose {r['label']} is over; counted: came back in it", query, e.base),),
                           subject=Retention(str(r["label"]))))
    return out
