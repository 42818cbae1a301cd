"""The frames of a funnel's answer: every number with its n, base, interval, unit and method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from ...engine.sequence import NEVER
from ...log.events import frame_times
from ...log.segments import OTHER
from ...privacy.small_counts import countable, hide
from ...results.result import Estimate, estimates_frame
from ...shapes import Row
from ...stats.multiplicity import adjust
from ...stats.quantiles import value_at
from ...stats.share_differences import share_difference
from .passage import Passage
from .segments import Segment, Split
from .timing import Group, S, everybody

NOTHING = "(nothing further)"


def steps_frame(passage: Passage) -> pd.DataFrame:
    """One row a step. value: share of the customers who entered; of_previous: of those at the step before.

    dropped, ended and pending: those who stopped at the step before, by what became of them. window_complete: as
    value, among those who entered at least a window before the end of observation. within_window: share within a
    window of the first entry (Kaplan–Meier). median_s, p25_s, p75_s: time since the step before; from_start_s: since
    the first, medians in seconds, with limits for the former.
    """
    return _steps(passage, everybody(passage))


def _steps(passage: Passage, group: Group) -> pd.DataFrame:
    rows = []
    for k, name in passage.definition.shown:
        previous, ripe, km = group.of_previous(k), group.window_complete(k), group.within_window(k)
        dropped, ended, pending = group.lost(k)
        own: dict[str, Any] = {"step": k + 1 - passage.definition.is_share, "name": name, "optional": passage.definition.rule.is_optional(k)}
        rest: Row = {"of_previous": previous.value, "of_previous_low": previous.low, "of_previous_high": previous.high,
                                "previous": previous.base, "dropped": dropped, "ended": ended, "pending": pending}
        for column, e in (("window_complete", ripe), ("within_window", km)):
            rest |= {column: e.value, f"{column}_low": e.low, f"{column}_high": e.high, f"{column}_base": e.base}
        rest |= _times(passage, group, k)
        rows.append({**own, **group.of_entrants(k).row(), **rest})
    return _typed(pd.DataFrame(rows))


def _times(passage: Passage, group: Group, step: int) -> dict[str, float | int | None]:
    out: dict[str, float | int | None] = dict.fromkeys(
        ("median_s", "median_s_low", "median_s_high", "p25_s", "p75_s", "from_start_s", "timed"))
    if step == 0 or passage.definition.is_share:
        return out
    since = _since(passage, step)
    seconds = group.seconds(step, since)
    if len(seconds):
        e = group.time_from(step, since)
        quarter, three = (value_at(seconds, q) for q in (0.25, 0.75))  # they are sorted
        out |= {"median_s": e.value, "median_s_low": e.low, "median_s_high": e.high, "p25_s": quarter,
                "p75_s": three, "from_start_s": group.time_from(step, 0).value}
    return out | {"timed": len(seconds)}


def _since(passage: Passage, step: int) -> int:
    return step - 1 if passage.definition.rule.order == "unordered" else _needed(passage, step)


def _needed(passage: Passage, step: int) -> int:
    from .timing import before

    return before(passage, step) or 0


def breakdown_frame(splits: list[Split]) -> pd.DataFrame:
    """One row a segment and step: by, at, segment, step, name, the share of the segment's entrants, pending, median_s."""
    rows: list[Row] = []
    for split in splits:
        for segment in split.segments:
            group = Group(segment.passage, segment.which)
            for k, name in segment.passage.definition.shown:
                previous = group.of_previous(k)
                dropped, ended, pending = group.lost(k)
                seconds = group.seconds(k, _since(segment.passage, k)) if k else np.empty(0)
                rows.append({"by": split.by, "at": split.at, "segment": segment.name, "step": k + 1 - segment.passage.definition.is_share, "name": name,
                             **group.of_entrants(k).row(), "of_previous": previous.value, "of_previous_low": previous.low,
                             "of_previous_high": previous.high, "previous": previous.base, "dropped": dropped, "ended": ended, "pending": pending,
                             "median_s": value_at(seconds) if len(seconds) else None})
    columns = ["by", "at", "segment", "step", "name", "value", "low", "high", "n", "base", "unit", "method", "of_previous",
               "of_previous_low", "of_previous_high", "previous", "dropped", "ended", "pending", "median_s"]
    return _typed(pd.DataFrame(rows, columns=columns))


def few_hidden(frame: pd.DataFrame, least: int) -> pd.DataFrame:
    """A breakdown without what tells of few persons (see `small_counts`): who got to a step, who did not, and the parts of those."""
    if frame.empty:
        return frame
    small = frame[["dropped", "ended", "pending"]].apply(lambda c: c.between(1, least - 1)).any(axis=1)
    small |= np.array([not countable(int(base), int(n), least) for base, n in zip(frame["base"], frame["n"], strict=True)], dtype=bool)
    # what gets through from the step before and what does not, where both are shown
    small |= np.array([bool(before) and not countable(int(before), int(n), least) for before, n in zip(frame["previous"], frame["n"], strict=True)], dtype=bool)
    parts = ("of_previous", "of_previous_low", "of_previous_high", "previous", "dropped", "ended", "pending", "median_s")
    out = hide(frame, least, table=["by", "step"], blank=parts, also=list(small))
    # the step after a hidden one starts from its count
    hidden = out["value"].isna() & (frame["value"].notna())
    after = hidden.groupby([frame["by"], frame["segment"]]).shift(1, fill_value=False).astype(bool)
    for column in parts[:-1]:
        out[column] = pd.to_numeric(out[column].astype(object).mask(after, None))
    return _typed(out)


def few_compared(frame: pd.DataFrame, shown: pd.DataFrame, least: int) -> pd.DataFrame:
    """A comparison without the rows from which few persons could be told: of either side, or of a segment whose share is not shown."""
    if frame.empty:
        return frame
    of = {(r["by"], r["segment"], r["step"]) for r in shown.to_dict("records") if pd.isna(r["value"])}
    rows = frame.to_dict("records")
    small = [(r["by"], r["segment"], r["step"]) in of or not all(
        countable(int(base), None if part is None or pd.isna(part) else round(part * base), least) or not base
        for base, part in ((r["n"], r["share"]), (r["base"] - r["n"], r["other_share"]))) for r in rows]
    return frame[~np.array(small, dtype=bool)].reset_index(drop=True)


def comparison_frame(split: Split, conf: float = 0.95, cannot: Mapping[int, Sequence[str]] = MappingProxyType({})) -> pd.DataFrame:
    """Every segment against all others, step by step: differences of shares (Newcombe), adjusted after Holm.

    Two rows a segment and step: `of` entrants and `of` previous. value: the segment's share minus that of the
    others; share, other_share; p and p_adjusted (over all rows). Two segments are compared once. Only those whose
    window is over are compared, where there is a window, so that a young segment is not made to look worse. cannot: by step the
    segments that cannot take it (see `structure`); they are not compared there, nor are entrants at a later step.
    """
    rows: list[Row] = []
    parts = [_ripe(s) for s in split.segments]
    chosen = parts[:1] if len(parts) == 2 else parts
    for segment in chosen:
        for k in range(1, len(segment.passage.definition.names)):
            for of in ("entrants",) if segment.passage.definition.is_share else ("entrants", "previous"):
                barred = {n for step, names in cannot.items() if step == k or (of == "entrants" and step < k) for n in names}
                others = [p for p in parts if p is not segment and p.name not in barred]
                if segment.name in barred or not others:
                    continue
                n1, b1 = _counts(segment, k, of)
                n2, b2 = (sum(x) for x in zip(*(_counts(p, k, of) for p in others), strict=True))
                c = share_difference(n1, b1, n2, b2, conf)
                rows.append({"by": split.by, "segment": segment.name, "against": others[0].name if len(parts) == 2 else "all others",
                             "step": k + 1 - segment.passage.definition.is_share, "name": segment.passage.definition.names[k], "of": of, "value": c.value, "low": c.low,
                             "high": c.high, "n": b1, "base": b1 + b2, "unit": "share difference", "method": c.method,
                             "share": n1 / b1 if b1 else None, "other_share": n2 / b2 if b2 else None, "p": c.p})
    corrected = adjust([r["p"] for r in rows])
    frame = pd.DataFrame([{**r, "p_adjusted": p} for r, p in zip(rows, corrected, strict=True)], columns=[
        "by", "segment", "against", "step", "name", "of", "value", "low", "high", "n", "base", "unit", "method", "share",
        "other_share", "p", "p_adjusted"])
    return _typed(frame)


def _ripe(segment: Segment) -> Segment:
    which = segment.which[segment.passage.ripe[segment.which]]
    return Segment(segment.name, segment.passage, which)


def _counts(segment: Segment, step: int, of: str) -> tuple[int, int]:
    group = Group(segment.passage, segment.which)
    e = group.of_entrants(step) if of == "entrants" else group.of_previous(step)
    return e.n, e.base


def decomposition_frame(first: Split, second: Split) -> pd.DataFrame:
    """How the conversion of two groups differs: by who entered (mix) and by how each segment converts (rate).

    `first` and `second` split the two groups by the same thing. One row a segment: its share of entrants and its
    conversion in both, and the parts of the difference (second minus first) due to mix and to rate, each weighted
    by the mean of the other (Kitagawa 1955); the parts of all segments add up to the difference. A segment that one
    of the groups lacks counts wholly as mix.
    """
    tables = [_conversions(first), _conversions(second)]
    totals = [max(1, sum(base for _, base in t.values())) for t in tables]
    rows = []
    for name in sorted(set(tables[0]) | set(tables[1])):
        (n1, b1), (n2, b2) = (t.get(name, (0, 0)) for t in tables)
        w1, w2 = b1 / totals[0], b2 / totals[1]
        # without entrants there is no rate; the other group's makes the whole difference one of mix
        r1 = n1 / b1 if b1 else n2 / b2
        r2 = n2 / b2 if b2 else n1 / b1
        rows.append({"by": first.by, "segment": name, "entrants_first": b1, "entrants_second": b2, "share_first": w1, "share_second": w2,
                     "conversion_first": n1 / b1 if b1 else None, "conversion_second": n2 / b2 if b2 else None,
                     "mix": (w2 - w1) * (r1 + r2) / 2, "rate": (r2 - r1) * (w1 + w2) / 2})
    return _typed(pd.DataFrame(rows))


def _conversions(split: Split) -> dict[str, tuple[int, int]]:
    out = {}
    for segment in map(_ripe, split.segments):
        if len(segment.which):
            step = segment.passage.definition.last_needed
            out[segment.name] = (Group(segment.passage, segment.which).count(step), len(segment.which))
    return out


def next_frame(passage: Passage, most: int = 8) -> pd.DataFrame:
    """What came next for those who dropped out at a step: the first event of any kind after their last step.

    after_step, name: the last step they reached. event: the next one, `(nothing further)`, or `(other)`. value: its
    share of those who dropped there (pending ones are not among them); median_s: time until it.
    """
    if passage.definition.rule.order in ("unordered", "share"):
        return estimates_frame([]).reindex(columns=_NEXT)
    from ...stats.shares import share

    names = [NOTHING, *passage.events.index.names["event"]]
    stopped = ~passage.completed & ~passage.pending
    next_of = _next_remote if passage.remote is not None else _next_here
    found = next_of(passage, np.flatnonzero(stopped), names)
    rows: list[tuple[Row, Estimate]] = []
    for k in range(passage.definition.last_needed):
        inside_step = passage.chains.depth[stopped] == k + 1
        which = np.flatnonzero(inside_step)
        if not len(which):
            continue
        event, gap, there = (x[which] for x in found)
        counts = np.bincount(event, minlength=len(names))
        order = sorted(np.flatnonzero(counts), key=lambda c: (-counts[c], names[c]))
        labels = [names[c] for c in order[:most]] + ([OTHER] if order[most:] else [])
        label_of = np.full(len(names), most, dtype=np.int16)
        label_of[order[:most]] = np.arange(len(order[:most]))
        shown = label_of[event]
        for number, label in enumerate(labels):
            inside = shown == number
            known = gap[inside & there]
            rows.append(({"after_step": k + 1, "name": passage.definition.names[k], "event": label,
                          "median_s": float(np.median(known)) if len(known) else None},
                         share(int(inside.sum()), len(which))))
    return _typed(estimates_frame(rows).reindex(columns=_NEXT))


def _next_here(passage: Passage, which: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For some of the chains: the next event (code into `names`), seconds until it, and whether there is one."""
    chains, log = passage.chains, passage.log
    codes = passage.events.index.codes("event")
    if passage.sessions is not None:
        from .passage import session_positions

        codes = codes[session_positions(passage.sessions)]
    u, t = chains.u[which], chains.times[which, chains.depth[which] - 1]
    if not len(which):
        return u, t.astype(float), np.zeros(0, dtype=bool)
    at = log.after(u, t)
    last = np.minimum(at, len(log) - 1)
    there = (at < log.first[u + 1]) & (log.t[last] <= passage.end)
    return np.where(there, codes[last], 0), (log.t[last] - t) / S, there


def _next_remote(passage: Passage, which: np.ndarray, names: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chains, remote = passage.chains, passage.remote
    assert remote is not None
    t = chains.times[which, chains.depth[which] - 1]
    if not len(which):
        return which, t.astype(float), np.zeros(0, dtype=bool)
    event, when, there = remote.after(chains, which, t, passage.end)
    code = {name: k for k, name in enumerate(names)}
    return np.array([code.get(e, 0) if h else 0 for e, h in zip(event, there, strict=True)]), (when - t) / S, there


_NEXT = ["after_step", "name", "event", "value", "low", "high", "n", "base", "unit", "method", "median_s"]


def customers_frame(passage: Passage, splits: Iterable[Split] = ()) -> pd.DataFrame:
    """The people behind the counts: one row a customer (or session) who entered, by pseudonym.

    depth: furthest step; state: completed, pending, ended or dropped; one column a step with the time of the deciding
    attempt (missing where it does not hold the step), and one a way to split, named as it is, with the segment; ways by
    which customers lie in several segments or in none have no column.
    """
    chains = passage.chains
    state = np.select([passage.completed, passage.pending, passage.ended], ["completed", "pending", "ended"], "dropped")
    frame = pd.DataFrame({"id": passage.ids(chains.u), "depth": chains.depth.astype("int64"),
                          "state": pd.Series(state, dtype="string")})
    for k in range(chains.times.shape[1]):
        times = frame_times(chains.times[:, k])
        frame[f"step_{k + 1}"] = times.where(chains.times[:, k] != NEVER)
    for split in splits:
        if split.partition:
            segment = np.full(len(chains), None, dtype=object)
            for s in split.segments:
                segment[s.which] = s.name
            frame[split.by] = pd.Series(segment, dtype="string")
    return frame


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as numbers also where some are absent."""
    for column in frame.columns:
        if frame[column].dtype == object and column not in _TEXT:
            frame[column] = pd.to_numeric(frame[column])
    return frame


_TEXT = {"name", "unit", "method", "by", "at", "segment", "against", "of", "event", "state"}


def facts(passage: Passage, splits: Mapping[str, Split]) -> dict[str, Any]:
    """Plain values of the answer."""
    last = passage.definition.last_needed
    return {
        "funnel": passage.definition.name, "title": passage.definition.title, "unit": passage.definition.unit,
        "order": passage.definition.rule.order, "window_s": passage.definition.window, "start": passage.definition.rule.start,
        "preset": passage.definition.preset, "entrants": len(passage.chains), "completed": int(passage.chains.reached[:, last].sum()),
        "pending": int(passage.pending.sum()), "ended": int(passage.ended.sum()), "excluded": passage.excluded, "without_customer": passage.events.index.without_customer,
        "observed_until": pd.Timestamp(passage.end, unit="us", tz="UTC").isoformat() if len(passage.chains) or passage.end else None,
        "partitions": {by: split.partition for by, split in splits.items()},
    }
