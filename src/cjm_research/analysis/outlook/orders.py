"""Purchases: one a customer and day, from the events that params name as those by which customers come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...engine import literal
from ...errors import NotEnoughData
from ...results import words

if TYPE_CHECKING:
    from ...study import Study


@dataclass(frozen=True)
class Orders:
    """frame: id, day, spend, channel; one row a customer and day, in the client's time zone. start, end: first and last day of the data.

    priced: rows whose events carry a value. back: refunds (negative values), summed apart and not in `spend`.
    """

    frame: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    events: tuple[str, ...]
    priced: int
    refunds: int
    back: float


def orders_sql(study: Study) -> str:
    """The SQL of the purchases: id, day, spend, channel, priced."""
    events = ", ".join(literal(e) for e in study.params.returns)
    day = f"CAST(timezone({literal(study.params.timezone)}, occurred_at) AS DATE)"
    return (f"SELECT customer_id AS id, {day} AS day, round(coalesce(sum(value) FILTER (value > 0), 0.0), 6) AS spend, arg_min(channel, occurred_at) AS channel, count(*) FILTER (value > 0) > 0 AS priced "
            f"FROM interactions WHERE event IN ({events}) AND customer_id IS NOT NULL AND occurred_at IS NOT NULL GROUP BY 1, 2")


def orders_of(study: Study, what: str) -> Orders:
    """All purchases. Raises `NotEnoughData` where params name no event of purchase, or none is in the data."""
    study.need("interactions", what=what)
    if not study.params.returns:
        raise NotEnoughData(what, "params do not say by which events customers come back (orders, visits)", "at least one event", f"`returns:` in params/{study.client}.yaml names them")
    frame = study.query(f"SELECT * FROM ({orders_sql(study)}) ORDER BY id, day")
    if frame.empty:
        raise NotEnoughData(what, f"no {words.listing(list(study.params.returns), 'or')} of a known customer", "an event that `returns:` names, with a customer", "name in `returns:` events that this client has; cjm check lists them")
    zone = literal(study.params.timezone)
    span = study.query(f"SELECT min(CAST(timezone({zone}, occurred_at) AS DATE)) AS a, max(CAST(timezone({zone}, occurred_at) AS DATE)) AS b FROM interactions").iloc[0]
    back = study.query(f"SELECT count(*) AS n, coalesce(sum(value), 0.0) AS v FROM interactions WHERE value < 0 AND event IN ({', '.join(map(literal, study.params.returns))})").iloc[0]
    frame["day"] = pd.to_datetime(frame["day"])
    return Orders(frame, pd.Timestamp(span["a"]), pd.Timestamp(span["b"]), tuple(study.params.returns), int(frame["priced"].sum()), int(back["n"]), float(back["v"]))


def horizon_of(orders: Orders, given: int | None) -> int:
    """Days within which a customer who comes back does so: as given, else nine in ten of the gaps between purchases that are seen.

    At most a third of the data's length, since a split by time needs three of them.
    """
    if given:
        return given
    gaps = orders.frame.groupby("id")["day"].diff().dt.days.dropna()
    longest = (orders.end - orders.start).days // 3
    return int(min(longest, max(14, np.quantile(gaps, 0.9)))) if len(gaps) else longest
