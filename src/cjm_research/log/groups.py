"""Who of each group came to a stage, who was seen in the next, how long it took: by the rules that hold for everybody together.

A group is a row of a view that the study's engine knows: customer_id and the group's name in `column`. All groups are observed
as long as everybody must be (`onward.horizons_of`), so that figures of a group are those of the map seen through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..engine import literal
from .contacts import contacts_sql
from .onward import places_of

if TYPE_CHECKING:
    from ..study import Study


def customers_of(study: Study, view: str, column: str) -> pd.DataFrame:
    """Group, n: customers with a contact in the period."""
    return _of(study, f"SELECT DISTINCT id FROM ({contacts_sql(study)})", view, column, f"{column}, count(*) AS n", column)


def reached_of(study: Study, view: str, column: str) -> pd.DataFrame:
    """Group, stage, n: customers with a contact in the stage in the period."""
    return _of(study, f"SELECT DISTINCT id, stage FROM ({contacts_sql(study)}) WHERE stage IS NOT NULL", view, column,
               f"{column}, stage, count(*) AS n", f"{column}, stage")


def channels_of(study: Study, view: str, column: str) -> pd.DataFrame:
    """Group, channel, n: customers with a contact through the channel in the period."""
    return _of(study, f"SELECT DISTINCT id, channel FROM ({contacts_sql(study)}) WHERE channel IS NOT NULL", view, column,
               f"{column}, channel, count(*) AS n", f"{column}, channel")


def arrived_of(study: Study, view: str, column: str) -> pd.DataFrame:
    """Group, stage, following, n, base: of those who came to the stage and were observed for its horizon, who was seen in the next one.

    Stages that nobody could be seen at, those before one, and those where nobody knows what came first (`Seen.order_unknown`) have no row.
    """
    places = places_of(study)
    following = {stage: seen.place.later[0] for stage in study.stages
                 if (seen := places.seen[f"stage:{stage}"]).place.later and not (seen.unobserved or seen.order_unknown) and not places.seen[f"stage:{seen.place.later[0]}"].unobserved}
    found = _of(study, f"SELECT id, place, next_at IS NOT NULL AS arrived FROM ({places.went_by_stage_sql()}) WHERE place IN ({', '.join(literal(f'stage:{s}') for s in following) or 'NULL'})",
                view, column, f"{column}, substr(place, 7) AS stage, count(*) FILTER (arrived) AS n, count(*) AS base", f"{column}, place")
    return found.assign(following=found["stage"].map(following))


def days_of(study: Study, view: str, column: str) -> pd.DataFrame:
    """Group, stage, days: from the first contact anywhere to the first one in the stage, of those who got there.

    Counted are customers whose first contact lies in the period and who were observed for as long as nine in ten of those who
    ever get to the stage take.
    """
    places = places_of(study)
    return _of(study, places.came_to_sql(), view, column, f"{column}, stage, days", "")


def _of(study: Study, rows: str, view: str, column: str, what: str, by: str) -> pd.DataFrame:
    return study.query(f"SELECT {what} FROM ({rows}) r JOIN {view} g ON g.customer_id = r.id" + (f" GROUP BY {by}" if by else ""))
