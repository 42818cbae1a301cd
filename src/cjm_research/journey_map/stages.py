"""How far do customers come, and how long does it take? Reach, conversion and time by stage and touchpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import NotEnoughData
from ..results import words
from ..results.declared import declares
from ..results.result import ESTIMATE_COLUMNS, Estimate, Finding, Result, estimates_frame
from ..results.subjects import GoingOn, Reach, TimeOnward
from ..stats.quantiles import quantile
from ..stats.shares import share
from . import declared
from .onward import Places, Seen, places_of, through

if TYPE_CHECKING:
    from ..study import Study

METHOD = ("Reach: customers with an interaction in the stage, of all customers with an interaction. Conversion: of those, "
          "customers with an interaction in any later stage at or after their first one here. Both with Wilson intervals. "
          "Time: median from the first interaction here to the first later interaction in a later stage, among those who "
          "went on, with an order-statistic interval; customers still on their way are not in it. By channel: seen here "
          "through the channel, going on through any.")
UNPLACED = 0.05  # share of interactions on no stage from which a reader must know


@declares(declared.STAGES, declared.TOUCHPOINTS, declared.CHANNELS)
def stage_metrics(study: Study) -> Result:
    """Reach of every stage and touchpoint, conversion to the next stage, time to it; reach and conversion by channel.

    Reach: customers with an interaction there, of all customers with an interaction. Conversion of a stage: of the
    customers seen there, those with an interaction in a later stage at or after their first one in this stage; for
    the last stage none. Time: median from the first interaction in the stage to the first later one in a later
    stage, among those who went on. Frames: `stages`, `touchpoints` (estimates), `channels` (estimates by stage and
    channel; groups below privacy.min_cell are left out). Raises `NotEnoughData` without interactions or stages.
    """
    study.need("interactions", what="stages of the journey")
    if not study.stages:
        raise NotEnoughData("stages of the journey", "no stage is defined", "at least one",
                            f"journey.stages in params/{study.client}.yaml")
    places = places_of(study)
    if not places.everybody:
        raise NotEnoughData("stages of the journey", "no interaction in this part of the data", "at least one", "cjm check says what data there is")
    stages = _by_stage(study, places)
    touchpoints = [({"touchpoint": t, "stage": s}, *_reach(places, f"touchpoint:{t}", t, Reach("touchpoint", t), stage=s, touchpoint=t))
                   for t, s in study.touchpoint_stage.items()]
    channels = _by_channel(study, places)
    result = Result(
        "How far do customers come, and how long does it take?",
        {"stages": estimates_frame([(place, e) for place, e, _ in stages]),
         "touchpoints": _frame(touchpoints, ["touchpoint", "stage"]),
         "channels": _frame(channels, ["stage", "channel", "measure"])},
        facts={"customers": places.everybody, "channels": places.channels}, method=METHOD,
        findings=[f for *_, f in (*stages, *touchpoints, *channels)])
    result.sentences = _sentences(result)
    unplaced = study.scalar("SELECT count(*) FILTER (stage IS NULL) * 1.0 / count(*) FROM interactions")
    if unplaced and unplaced > UNPLACED:
        result.caveats.append(f"{words.percent(unplaced)} of interactions lie on no stage; the match rules do not cover them.")
    return result


Row = tuple[dict[str, Any], Estimate, Finding]


def _by_stage(study: Study, places: Places) -> list[Row]:
    out: list[Row] = []
    seconds = places.seconds()
    for stage in study.stages:
        seen = places.seen[f"stage:{stage}"]
        out.append(({"stage": stage, "measure": "reach"}, *_reach(places, f"stage:{stage}", stage, Reach("stage", stage), stage=stage)))
        if not seen.place.later:
            continue
        out.append(({"stage": stage, "measure": "conversion"}, *_conversion(seen, stage)))
        time = quantile(seconds[stage].tolist(), 0.5, "s")
        out.append(({"stage": stage, "measure": "time"}, time, Finding(
            f"time:stage:{stage}", f"Median time from {stage} onward: {words.estimate(time)}", "metric", time,
            stage=stage, evidence=(seen.evidence["time"],), lane="time", label="", subject=TimeOnward(stage))))
    return out


def _by_channel(study: Study, places: Places) -> list[Row]:
    least, out = study.params.privacy.min_cell, []
    for stage in study.stages:
        for channel in places.channels:
            seen = places.seen[through(stage, channel)]
            if seen.base < least:
                continue
            name = f"{stage} through {channel}"
            place = {"stage": stage, "channel": channel}
            out.append(({**place, "measure": "reach"}, *_reach(places, seen.place.name, name, Reach("stage", stage), **place)))
            if seen.place.later:
                out.append(({**place, "measure": "conversion"}, *_conversion(seen, stage, channel)))
    return out


def _reach(places: Places, name: str, said: str, subject: Reach, **place: str) -> tuple[Estimate, Finding]:
    seen = places.seen[name]
    estimate = share(seen.base, places.everybody)
    return estimate, Finding(f"reach:{subject.place}:{subject.name}", f"{words.estimate(estimate)} of customers were seen at {said}", "metric",
                             estimate, evidence=(seen.evidence["reach"],), lane="reach" if subject.place == "stage" else "touchpoints",
                             label="" if subject.place == "stage" else subject.name, subject=subject, **place)


def _conversion(seen: Seen, stage: str, channel: str | None = None) -> tuple[Estimate, Finding]:
    estimate = share(seen.onward, seen.base)
    return estimate, Finding(f"conversion:stage:{stage}", f"{words.estimate(estimate)} of customers seen at {seen.place.words} went on",
                             "metric", estimate, stage=stage, channel=channel, evidence=(seen.evidence["conversion"],), lane="conversion", label="",
                             subject=GoingOn(stage))


def _frame(rows: list[Row], columns: list[str]) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=[*columns, *ESTIMATE_COLUMNS])
    return estimates_frame([(place, e) for place, e, _ in rows])


def _sentences(result: Result) -> list[str]:
    frame = result["stages"]
    reached = [f"{words.percent(r['value'])} in {r['stage']}"
               for r in frame[frame["measure"] == "reach"].to_dict("records") if r["base"]]
    out = [f"{words.some(result.facts['customers'], 'customers')} {'was' if result.facts['customers'] == 1 else 'were'} seen; {words.listing(reached)}."]
    conversion = frame[(frame["measure"] == "conversion") & (frame["base"] > 0)]
    if len(conversion):
        least = conversion.loc[conversion["value"].idxmin()]
        out.append(f"The fewest go on from {least['stage']}: {words.percent(least['value'])} "
                   f"({words.interval(least['low'], least['high'], 'share')}; {least['n']:,} of {least['base']:,}).")
    return out
