"""The sums of a log on Spark: its tasks build the journeys and credit them, block by block of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...engine.attribution import Models
from ...engine.attribution.common import touches_of
from ...engine.attribution.tasks import READS, Credits, Rule, Sizes, sums_from
from ...engine.portable.touches import paths_sql, sizes_sql, sums_sql, touches_sql
from ...engine.portable.units import GAP
from ...log.on_spark import event_in, remote_of
from ...log.segments import OTHER
from .counted import MOST_PATHS, Counted
from .journeys import Asked, none_to_divide, shown_of

if TYPE_CHECKING:
    from ...study import Study


def counted_on_spark(study: Study, asked: Asked, models: Models, drawn: int) -> Counted:
    """As `counted` of `journeys_of`. What comes back: a row a group (at most `drawn`) and block, the largest values and the common paths."""
    from ...engine.spark.grouped import grouped

    events = remote_of(study)
    asked.check(events)
    column = events.column(asked.touch, "attribution: touch")
    if asked.no_touch and not asked.touch_events:
        column = f"CASE WHEN NOT coalesce({asked.no_touch}, FALSE) THEN {column} END"
    touched = event_in(asked.touch_events) if asked.touch_events else None
    rows = touches_sql(column, touched, event_in([asked.conversion]), events.own_sessions, GAP, asked.same_session, events.end)
    rule = Rule(asked.window, events.end, asked.same_session, events.low)
    with grouped(events.spark, rows, drawn, READS) as spread:
        spread.answer("touch_sizes", Sizes(rule))
        found = events.spark.query(sizes_sql("touch_sizes", asked.most + 1))
        facts = {c: int(found[c].iloc[0]) if len(found) else 0 for c in ("customers", "conversions", "pending")}
        sizes = found.iloc[1:].query("journeys > 0")
        none_to_divide(asked, facts["conversions"], len(sizes))
        shown = shown_of(dict(zip(sizes["v"], sizes["journeys"], strict=True)), asked)
        names = [*shown, *([OTHER] if len(shown) < len(sizes) else [])]
        spread.answer("touch_credits", Credits(rule, models, tuple(shown), len(shown) < len(sizes), facts["customers"] <= drawn), kept=True)
        sums = sums_from(events.spark.table(sums_sql("touch_credits")), models, len(names), drawn)
        common = events.spark.table(paths_sql("touch_credits", MOST_PATHS)).to_pylist()
    return Counted(names, sums, [(touches_of(p["path"], len(names)), p["converted"], p["total"]) for p in common], facts["customers"],
                   facts["conversions"] - sums.conversions, facts["pending"])
