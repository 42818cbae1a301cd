"""How far do customers come, and how long does it take? Reach, conversion and time by stage and touchpoint."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import NotEnoughData
from ..log.onward import Places, places_of
from ..log.outcomes import unwanted_places, wanted_stages
from ..log.places import Seen, through
from ..privacy.small_counts import countable
from ..results import policy, words
from ..results.declared import declares
from ..results.prose import many_of
from ..results.result import ESTIMATE_COLUMNS, Estimate, Finding, Result, estimates_frame
from ..results.subjects import Arrival, GoingOn, Reach, TimeOnward
from ..stats.quantiles import quantile
from ..stats.shares import share
from . import declared
from .instants import tied
from .views import half_named

if TYPE_CHECKING:
    from ..study import Study

METHOD = ("Reach: customers with a contact in the stage, of all customers with a contact. Going on: of those who came first in the period and were "
          "observed for at least the stage's horizon (the time by which nine in ten of those who ever went on had gone on, unless the params give "
          "another), those seen in any later stage after their first contact here; who came later and has not gone on yet is pending and in "
          "no share, nor is who was seen here and further on in one instant of which no source says what came first. Both with Wilson intervals. Time: median from the first contact here to the first later one in a later stage, among those who "
          "went on, with an order-statistic interval. By channel: seen here through the channel, going on through any. Halves of the period: who came "
          "first in the half, over equally long times. Definitions: docs/methods/journey-map.md.")
UNPLACED = 0.05  # share of interactions on no stage from which a reader must know


@declares(declared.STAGES, declared.TOUCHPOINTS, declared.CHANNELS)
def stage_metrics(study: Study, *, half: str | None = None) -> Result:
    """Reach of every stage and touchpoint, going on from each stage, time to it; reach and going on by channel.

    half: "previous" or "current" counts those who came first in one half of the period, over equally long times. The
    definitions stand in `onward` and docs/methods/journey-map.md; a place where nobody could be seen has no number. Frames: `stages`, `touchpoints` (estimates), `channels` (estimates by stage and
    channel; groups below privacy.min_cell are left out). Raises `NotEnoughData` without interactions or stages.
    """
    if not (study.has("feedback") or study.has("responses")):
        study.need("interactions", what="stages of the journey")
    if not study.stages:
        raise NotEnoughData("stages of the journey", "no stage is defined", "at least one stage under journey.stages",
                            f"journey.stages in params/{study.client}.yaml")
    places = places_of(study, None if half is None else half_named(study, half))
    if not places.everybody:
        raise NotEnoughData("stages of the journey", "no interaction in this part of the data", "at least one interaction", "cjm check says what data there is")
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
    # to stay where the journey leads is nothing to be told
    result.sentences = _sentences(result, {s.name for s in study.params.journey.stages if s.touchpoints and all(t.name in places.goals for t in s.touchpoints)}, wanted_stages(study))
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
        if not seen.place.later or seen.unobserved:
            continue
        if not places.ahead(seen.place):
            if places.half is None:
                out.append(({"stage": stage, "measure": "conversion"}, *_unseen(seen, stage)))
            continue
        following = seen.place.later[0]
        observed = not places.seen[f"stage:{following}"].unobserved
        same = observed and (len(seen.place.later) == 1 or seen.arrived == seen.onward)
        out.append(({"stage": stage, "measure": "conversion"}, *_conversion(seen, stage, arrives=following if same else "", least=_least(study, places))))
        if observed and not same and places.half is None and not seen.order_unknown:  # the same number is not said twice
            out.append(({"stage": stage, "measure": "next"}, *_arrival(seen, stage)))
        time = quantile(seconds[stage].tolist(), 0.5, "s")
        if time.value is None or seen.order_unknown:
            continue
        out.append(({"stage": stage, "measure": "time"}, time, Finding(
            f"time:stage:{stage}", f"Median time from {stage} onward: {words.estimate(time)}", "metric", time,
            stage=stage, evidence=(seen.evidence["time"],), lane="time", label="", subject=TimeOnward(stage))))
    return out


def _by_channel(study: Study, places: Places) -> list[Row]:
    least, out = study.params.privacy.min_cell, []
    for stage in study.stages:
        for channel in places.channels:
            seen = places.seen[through(stage, channel)]
            if places.half is not None or seen.reached < least or not countable(seen.customers, seen.reached, least):
                continue
            name = f"{stage} through {channel}"
            place = {"stage": stage, "channel": channel}
            out.append(({**place, "measure": "reach"}, *_reach(places, seen.place.name, name, Reach("stage", stage), **place)))
            if places.ahead(seen.place) and not seen.order_unknown and countable(seen.base, seen.onward, least):
                out.append(({**place, "measure": "conversion"}, *_conversion(seen, stage, channel, least=least)))
    return out


def _reach(places: Places, name: str, said: str, subject: Reach, **place: str) -> tuple[Estimate, Finding]:
    seen, lane = places.seen[name], "reach" if subject.place == "stage" else "touchpoints"
    own = "" if subject.place == "stage" else subject.name
    key = f"reach:{subject.place}:{subject.name}"
    if seen.unobserved:
        estimate = Estimate(None, None, None, 0, 0, "share", f"not observed: {seen.unobserved}")
        return estimate, Finding(key, f"{said} was not observed: {seen.unobserved}", "quality", lane=lane, subject=subject, status="partly",
                                 evidence=(seen.evidence["reach"],),
                                 label=f"{own}: not observed ({seen.unobserved})" if own else f"not observed ({seen.unobserved})", **place)
    estimate = share(seen.reached, seen.customers)
    if places.half is None:
        who = f"were seen at {said}"
    else:
        within = places.horizons.get(f"reach:{seen.place.observed_by}", 0.0)
        who = f"who came first in the {places.half.name} half were seen at {said}" + (f" within {words.duration(within)}" if within else "")
    unwanted = subject.name in unwanted_places(places.study)
    return estimate, Finding(key, f"{words.of_whom(estimate, 'customers')} {who}", "pain" if unwanted and not place.get("channel") else "metric", estimate,
                             evidence=(seen.evidence["reach"],), lane=lane, label=own, subject=subject, **place)


def _least(study: Study, places: Places) -> int:
    """The fewest persons of whom a count may be told: of a persona or half `privacy.min_cell`, of everybody one."""
    return study.params.privacy.min_cell if study.members or places.half is not None else 1


def _conversion(seen: Seen, stage: str, channel: str | None = None, arrives: str = "", least: int = 1) -> tuple[Estimate, Finding]:
    """arrives: the next stage, where all who go on are seen there. least: the fewest persons of whom a count is told (see `small_counts`)."""
    estimate = share(seen.onward, seen.base) if seen.base else Estimate(None, None, None, 0, 0, "share", "too early to say")
    if seen.order_unknown:
        return _unordered(seen, stage, channel, least)
    still = still_can(seen, least)
    told = 0 if 0 < seen.pending < least else seen.pending
    if not seen.base and still:
        said, label = f"Too early to say who goes on from {seen.place.words}: {still}", "too early to say"
    elif not seen.base:
        said, label = f"Nobody came to {seen.place.words} for the first time", "nobody came"
    else:
        ended = f"; {seen.ended:,} met an end" if seen.ended >= max(1, least) else ""
        said, label = f"{words.of_whom(estimate, 'customers')} who came to {seen.place.words} went on to a later stage{ended}" + "".join(f"; {more}" for more in (still, tied(seen, least)) if more), f"{told:,} still can" if told else ""
    return estimate, Finding(f"conversion:stage:{stage}", said, "metric", estimate if seen.base else None, stage=stage, channel=channel,
                             evidence=(seen.evidence["conversion"],), lane="conversion", label=label, subject=GoingOn(stage, arrives))


def _unseen(seen: Seen, stage: str) -> tuple[Estimate, Finding]:
    """Going on from a stage where none of those behind it can be observed."""
    why = f"nobody could be seen in {words.listing(list(seen.place.later), 'or')}"
    return Estimate(None, None, None, 0, 0, "share", f"not observed: {why}"), Finding(
        f"conversion:stage:{stage}", f"Who goes on from {stage} was not observed: {why}", "quality", stage=stage, evidence=(seen.evidence["reach"],), status="partly",
        lane="conversion", label=f"not observed ({why})", subject=GoingOn(stage, ""))


def _unordered(seen: Seen, stage: str, channel: str | None, least: int) -> tuple[Estimate, Finding]:
    """Going on from a stage where nobody knows what came first: too many were there and further on in one instant."""
    why = "nobody knows what came first"
    return Estimate(None, None, None, 0, 0, "share", why), Finding(
        f"conversion:stage:{stage}", f"Who goes on from {seen.place.words} cannot be told: {tied(seen, least, of=True)}", "quality", stage=stage, channel=channel, evidence=(seen.evidence["reach"],),
        status="partly", lane="conversion", label=why, subject=GoingOn(stage, ordered=False))


def _arrival(seen: Seen, stage: str) -> tuple[Estimate, Finding]:
    following = seen.place.later[0]
    estimate = share(seen.arrived, seen.base) if seen.base else Estimate(None, None, None, 0, 0, "share", "too early to say")
    return estimate, Finding(f"next:stage:{stage}", f"{words.of_whom(estimate, 'customers')} who came to {stage} were seen in {following} afterwards", "metric",
                             estimate if seen.base else None, stage=stage, evidence=(seen.evidence["arrived"],), lane="conversion", label=f"to {following}",
                             subject=Arrival(stage, following))


def still_can(seen: Seen, least: int = 1) -> str:
    """Those who came too recently, in words; empty where there are none. least: the fewest persons of whom a count is told."""
    late = seen.pending + seen.early
    if not late:
        return ""
    if seen.horizon_s is None:
        return "nobody has gone on from any stage yet, so that nothing says how long it takes"
    when = f"came less than {words.duration(seen.horizon_s)} before the end of observation and are left out"
    if any(0 < n < least for n in (seen.early, seen.pending)):
        return f"others {when}"
    return f"{late:,} more {when}: {seen.early:,} had gone on, {seen.pending:,} still can"


def _frame(rows: list[Row], columns: list[str]) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=[*columns, *ESTIMATE_COLUMNS])
    return estimates_frame([(place, e) for place, e, _ in rows])


def _sentences(result: Result, goals: set[str], wanted: Collection[str]) -> list[str]:
    frame = result["stages"]
    shown = [r for r in frame[frame["measure"] == "reach"].to_dict("records") if policy.carries_headline(r["base"])]
    reached = [f"{words.part(r)} in {r['stage']}" for r in shown]
    customers = result.facts["customers"]
    farthest = [r for r in shown if r["stage"] in wanted]  # of a stage that nobody wants nobody comes "as far"
    out = [f"{words.begun(many_of(farthest[-1]))} customers come as far as {farthest[-1]['stage']}."] if len(farthest) > 1 else []
    out += [f"{words.some(customers, 'customers')} {'was' if customers == 1 else 'were'} seen" + (f"; {words.listing(reached)}." if reached else ".")]
    conversion = frame[(frame["measure"] == "conversion") & frame["base"].map(policy.carries_headline) & ~frame["stage"].isin(goals)]
    if len(conversion):
        least = conversion.loc[conversion["value"].idxmin()]
        out.append(f"The fewest go on from {least['stage']}: {words.percent(least['value'])} "
                   f"({words.interval(least['low'], least['high'], 'share')}; {least['n']:,} of {least['base']:,}).")
    return out
