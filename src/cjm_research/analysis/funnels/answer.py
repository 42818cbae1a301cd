"""How many customers get through, how long it takes, who is still on the way, and where the others go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...errors import BadInput, NotEnoughData, unknown
from ...log.ends import ends_words
from ...log.events import NONE, need_events
from ...results import policy, words
from ...results.caveats import Note, like
from ...results.declared import declares
from ...results.prose import many_of
from ...results.result import Estimate, Result, estimates_frame
from . import declared
from .definition import Definition, define
from .findings import SMALL_BASE, findings_of, largest_loss, still_open, unmatched
from .frames import (
    breakdown_frame,
    comparison_frame,
    customers_frame,
    decomposition_frame,
    facts,
    few_compared,
    few_hidden,
    next_frame,
    steps_frame,
)
from .passage import Passage
from .segment_findings import segment_findings
from .segments import CROSS, Split, split_at, split_by
from .structure import cannot_take
from .timing import everybody
from .walking import walk_funnel

if TYPE_CHECKING:
    from ...study import Study

#: settings of the params that a call may replace
_REPLACED = ("window", "order", "start", "unit", "preset")
OPEN = Note("Shares of all entrants count the pending as not through. The share of those whose window is over leaves everybody out who first entered "
        "too recently; Kaplan–Meier counts everybody for as long as they were seen.")
#: beyond this many, the frame of single customers is only made when asked for
MANY = 200_000


@declares(*declared.ONE_FUNNEL)
def funnel(study: Study, name: str, *, window: str | None = None, order: str | None = None, start: str | None = None,
           unit: str | None = None, preset: str | None = None, breakdown: str | Sequence[str | Sequence[str]] | None = None, at: str = "first",
           compare: str | Sequence[str] | None = None, customers: bool | None = None, attempts: bool = False) -> Result:
    """One funnel of the client's params; window, order, start, unit and preset replace what the params say.

    breakdown: columns of interactions, `properties.<key>` or `attributes.<key>`; a list of them inside the list crosses them; default: the params'. at: whose value
    of an event counts (see `segments.split_by`). compare: one such column, or days (ISO) that part the entrants
    into periods; default: the breakdowns. customers: whether to give the single customers; default: up to 200,000.
    attempts: count also every attempt, where a customer who completed, timed out or met an exclusion enters again.
    Frames: `steps`, `breakdown`, `comparison`, `decomposition` (of two periods or groups, by the breakdowns),
    `next_after_drop`, `customers`, `attempts`. Raises `BadInput` for unknown names, `NotEnoughData` without any event of any step.
    """
    d = define(study, name, window=window, order=order, start=start, unit=unit, preset=preset)
    w = walk_funnel(study, d)
    need_events(w.events, w.matched, f"funnel {d.title!r}")
    asked: Any = next(f.breakdown for f in study.params.funnels if f.name == name) if breakdown is None else breakdown
    crossed = {CROSS.join(one): tuple(_texts(d, "breakdown", list(one))) for one in (asked if not isinstance(asked, str) and isinstance(asked, Sequence) else ())
               if not isinstance(one, str) and isinstance(one, Sequence) and all(isinstance(x, str) for x in one)}
    columns = _texts(d, "breakdown", asked if isinstance(asked, str) or not isinstance(asked, Sequence) else
                     [CROSS.join(one) if not isinstance(one, str) and isinstance(one, Sequence) and CROSS.join(map(str, one)) in crossed else one for one in asked])
    least = study.params.privacy.min_cell
    splits = {by: split_by(w, by, at, least=least, crossed=crossed.get(by, ())) for by in columns}
    compared = _compared(study, w, compare, at, least)
    result = _answer(study, w, splits, compared, len(w.chains) <= MANY if customers is None else customers)
    if attempts:
        result.frames["attempts"] = _attempts(w)
    return result


@declares(declared.STEPS, declared.BREAKDOWN, declared.COMPARISON, declared.NEXT_AFTER_DROP)
def funnel_by(study: Study, name: str, members: pd.DataFrame, column: str = "persona", **options: Any) -> Result:
    """As `funnel`, broken down and compared by given segments. members: a frame with customer_id and `column`.

    options: window, order, start, unit and preset, as of `funnel`. Raises `BadInput` for other options, for a frame without
    these columns and for a customer in two segments.
    """
    for option in options:
        if option not in _REPLACED:
            raise unknown(f"funnel {name!r}", "option", option, _REPLACED, "correct the options of the funnel in the cell that asks, or in chapter_params")
    for needed in ("customer_id", column):
        if needed not in members.columns:
            raise unknown("members", "column", needed, members.columns, "give customer_id and the segment of each customer")
    d = define(study, name, **options)
    w = walk_funnel(study, d)
    need_events(w.events, w.matched, f"funnel {d.title!r}")
    if d.unit == "account":
        raise BadInput(f"funnel {name!r}: by {column}", "counts accounts, of which nobody says the segment", "segments of customers with unit: customer or session",
                       "give unit='customer'")
    known = members.dropna(subset=["customer_id", column]).drop_duplicates(["customer_id", column])
    twice = known["customer_id"][known["customer_id"].duplicated()]
    if len(twice):
        raise BadInput("members", f"{len(twice):,} customers have two values of {column!r}, e.g. {twice.iloc[0]}", "one row a customer", "correct the options of the funnel in the cell that asks, or in chapter_params")
    given = dict(zip(known["customer_id"].astype(str), known[column].astype(str), strict=True))
    split = split_by(w, column, given=given, least=study.params.privacy.min_cell)
    return _answer(study, w, {column: split}, None, False)


@declares(declared.FUNNELS)
def funnels(study: Study) -> Result:
    """All funnels of the client: frame `funnels` with one row each (entrants, conversion, pending, largest loss)."""
    if not study.params.funnels:
        raise NotEnoughData("funnels", "no funnel is defined", "at least one funnel, of one step or more", f"funnels: in params/{study.client}.yaml")
    study.need("interactions", what="customers' behaviour")
    rows, result, explained = [], Result("How many customers get through each funnel?"), False
    for f in study.params.funnels:
        try:
            answer = funnel(study, f.name, breakdown=[], customers=False)
        except NotEnoughData as reason:
            result.caveats.append(f"{f.title or f.name}: {reason.found}.")
            continue
        steps = answer["steps"]
        last = steps.iloc[max(k for k in range(len(f.steps)) if not f.steps[k].optional)]
        rows.append({"funnel": f.name, "title": f.title or f.name, **{c: last[c] for c in ("value", "low", "high", "n", "base", "unit", "method")},
                     "ended": answer.facts["ended"], "pending": answer.facts["pending"], "largest_loss": answer.facts["largest_loss"]})
        result.sentences += answer.sentences[:2 if len(answer["steps"]) else 1]
        result.findings += answer.findings
        result.caveats += [like(c, f"{f.title or f.name}: {c}") for c in answer.caveats if c != OPEN]
        explained = explained or OPEN in answer.caveats
    if not rows:
        raise NotEnoughData("funnels", "no funnel has an event", "at least one event of one step", "cjm check lists the absent events")
    result.caveats += [OPEN] if explained else []
    result.frames["funnels"] = estimates_frame(rows)
    result.facts["funnels"] = [r["funnel"] for r in rows]
    result.method = "Each funnel by its own rule; see its own answer."
    return result


def _attempts(w: Passage) -> pd.DataFrame:
    """One row a step: the share of attempts that reach it. No interval: attempts of one customer are not independent."""
    counts = w.attempts()
    base = int(counts[0])
    return estimates_frame([({"step": k + 1, "name": name}, Estimate(int(n) / base if base else None, None, None, int(n), base, "share",
                              "attempts; no interval, those of one customer are not independent"))
                            for k, (name, n) in enumerate(zip(w.definition.names, counts, strict=True))])


def _texts(d: Definition, what: str, given: Any) -> list[str]:
    """One text or several as a list without repeats. Raises `BadInput` for anything else."""
    found = [given] if isinstance(given, str) else list(given) if isinstance(given, Sequence) else [given]
    for value in found:
        if not isinstance(value, str):
            raise BadInput(f"funnel {d.name!r}: {what}", f"{value!r}", "one text or a list of texts", "correct the options of the funnel in the cell that asks, or in chapter_params")
    return list(dict.fromkeys(found))


def _compared(study: Study, w: Passage, compare: str | Sequence[str] | None, at: str, least: int) -> Split | None:
    if compare is None:
        return None
    parts = _texts(w.definition, "compare", compare)
    if not parts:
        return None
    if len(parts) == 1 and not _is_day(parts[0]):
        return split_by(w, parts[0], at, least=least)
    moments = []
    for day in parts:
        if not _is_day(day):
            raise BadInput(f"funnel {w.definition.name!r}: compare", f"{day!r}", "days as 2024-05-31, or one column", "correct the options of the funnel in the cell that asks, or in chapter_params")
        moments.append((day, int(pd.Timestamp(day).tz_localize(study.params.timezone).value // 1000)))
    return split_at(w, sorted(moments, key=lambda m: m[1]))


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and pd.Timestamp(text).strftime("%Y-%m-%d") == text
    except ValueError:
        return False


def _answer(study: Study, w: Passage, splits: Mapping[str, Split], compared: Split | None, with_customers: bool) -> Result:
    d = w.definition
    steps = steps_frame(w)
    result = Result(f"How many get through {d.title!r}, and where do they stop?", {"steps": steps},
                    facts={**facts(w, splits), "largest_loss": largest_loss(w)})
    least = study.params.privacy.min_cell
    result.frames["breakdown"] = few_hidden(breakdown_frame(list(splits.values())), least)
    to_compare = [compared] if compared else [s for s in splits.values() if s.partition]
    barred = {s.by: cannot_take(s) for s in to_compare if len(s.segments) > 1}
    tables = [few_compared(comparison_frame(s, cannot=barred[s.by]), result.frames["breakdown"], least) for s in to_compare if len(s.segments) > 1]
    result.frames["comparison"] = pd.concat(tables, ignore_index=True) if tables else comparison_frame(Split("", "", (), True))
    if compared is not None and compared.partition and len(compared.segments) == 2:
        result.frames["decomposition"] = _decomposed(w, compared, splits)
    result.frames["next_after_drop"] = next_frame(w)
    if with_customers:
        result.frames["customers"] = customers_frame(w, [*splits.values(), *([compared] if compared else [])])
    result.findings = [*findings_of(study, w), *segment_findings(study, w, splits, result.frames["comparison"])]
    result.method = (d.words() + " Shares with Wilson intervals (Wilson 1927); differences: Newcombe 1998, p adjusted after Holm; times: medians of those "
                     "who go on, limits from order statistics. Pending: not complete, and an attempt can still go on after the last event observed.")
    result.sentences = _sentences(w, steps, result)
    result.caveats = [*_caveats(w, splits), *(f"Not compared by {words.column(by)} at {d.names[k]!r}, which they cannot take: {words.listing(names)}."
                                              for by, steps_ in barred.items() for k, names in steps_.items())]
    return result


def _decomposed(w: Passage, compared: Split, splits: Mapping[str, Split]) -> pd.DataFrame:
    import numpy as np

    from .segments import Segment

    tables = []
    for by, split in splits.items():
        if not split.partition or by == compared.by:
            continue
        halves = [Split(by, split.at, tuple(Segment(s.name, w, np.intersect1d(s.which, part.which)) for s in split.segments), True)
                  for part in compared.segments]
        tables.append(decomposition_frame(*halves))
    return pd.concat(tables, ignore_index=True) if tables else decomposition_frame(Split("", "", (), True), Split("", "", (), True))


def _sentences(w: Passage, steps: pd.DataFrame, result: Result) -> list[str]:
    d, group = w.definition, everybody(w)
    who = d.who
    total = group.of_entrants(d.last_needed)
    if not len(w.chains):
        return [f"No {who[:-1]} entered {d.title!r}."]
    still = still_open(int(w.ended.sum()), int(w.pending.sum())) + unmatched(w)
    if d.is_share:
        led = [] if policy.counts_only("share", total.base) else [f"{many_of(total)} {who} have {words.quoted(d.names[1])}."]
        return [*led, f"Of {words.some(total.base, who)}, {words.estimate(total)} have {d.names[1]!r}{still}."]
    lead = f"{many_of(total)} {who} {'who' if d.unit == 'customer' else 'that'} enter {words.quoted(d.title)} reach {words.quoted(d.names[d.last_needed])}."
    first = f"Of {words.some(total.base, who)} {'who' if d.unit == 'customer' else 'that'} entered {d.title!r}, {words.estimate(total)} reached {d.names[d.last_needed]!r}"
    out = [lead, f"{first}{still}."]
    if result.facts["largest_loss"]:
        out.append(f"The largest loss: {result.facts['largest_loss']}.")
    time = group.time_from(d.last_needed, 0)
    if time.value is not None:
        out.append(f"Half of those who get through need at most {words.estimate(time)}.")
    changed = result["comparison"]
    if len(changed):
        sure = changed[(changed["p_adjusted"] < 0.05) & (changed["of"] == "previous")].sort_values("p_adjusted")
        for r in sure.head(2).to_dict("records"):
            e = Estimate.of(r)
            out.append(f"By {words.column(r['by'])}, {str(r['segment']).replace('_', ' ')} against {str(r['against']).replace('_', ' ')}: {_level(r['share'], r['n'])} against {_level(r['other_share'], r['base'] - r['n'])} "
                       f"of those at the step before go on to {r['name']!r}; difference {words.estimate(e)}, adjusted {words.p_value(r['p_adjusted'])}.")
    return out


def _level(share: float, base: int) -> str:
    return words.part(Estimate(share, None, None, round(share * base), base, "share", ""))


def _caveats(w: Passage, splits: Mapping[str, Split]) -> list[str]:
    d = w.definition
    out = list(w.notes)
    who = d.who
    entered, pending = len(w.chains), int(w.pending.sum())
    if d.can_end and d.window is None and d.unit != "session" and entered:
        out.append(f"No conversion window is set: who has no end ({ends_words(d.ends, d.closed_deals)}) and is not through counts as pending, {pending:,} of {entered:,}.")
    elif d.is_share and not pending:
        pass
    elif d.window is None and d.unit != "session" and entered:
        out.append("No conversion window is set: nobody counts as pending, and dropped means not by the end of the data.")
    elif pending:
        still = "the session is not over" if d.unit == "session" else f"an attempt of theirs is younger than {words.span(d.window or 0)} and can still go on"
        out += [Note(f"{pending:,} of {words.some(entered, who)} {'is' if pending == 1 else 'are'} pending: {still}."), OPEN]
    times = w.chains.times
    tied = int(((times[:, 1:] == times[:, :-1]) & w.chains.reached[:, 1:] & w.chains.reached[:, :-1]).any(axis=1).sum()) if d.rule.order in ("ordered", "strict") else 0
    if tied:
        out.append(Note(f"{tied:,} of {words.some(entered, who)} {'has' if tied == 1 else 'have'} two steps at one instant; they count as passed in order, whichever came first."))
    if w.excluded:
        out.append(Note(f"{words.some(w.excluded, who)} {'is' if w.excluded == 1 else 'are'} left out by an exclusion."))
    if 0 < entered < SMALL_BASE:
        out.append(f"Only {words.some(entered, who)} entered; read the intervals, not the values.")
    out += [Note(f"Breakdown by {words.column(by)}: {split.note}.") for by, split in splits.items() if split.note]
    out += [f"Nothing here has a value of {by}; all are in one segment." for by, split in splits.items()
            if [s.name for s in split.segments] == [NONE]]
    if any(not s.partition for s in splits.values()):
        out.append("Segments of that breakdown do not add up to the total.")
    return out
