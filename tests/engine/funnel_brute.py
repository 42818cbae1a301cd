"""The funnel's rule by enumeration of every chain, one journey at a time: slow, and short enough to check by eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Journey = Sequence[tuple[int, str]]  # (time, event)


@dataclass(frozen=True)
class Answer:
    """Depth of the journey, and start and end of its deciding attempt (None: never entered)."""

    depth: int
    start: int | None = None
    end: int | None = None


def ordered(journey: Journey, steps: Sequence[set[str]], window: int | None = None, strict: bool = False,
            step_windows: Sequence[int | None] = (), start: str = "best", optional: Sequence[bool] = ()) -> Answer:
    """Deepest chain of different events; then the earliest end; then the latest start."""
    times = sorted({t for t, _ in journey})
    entries = [t for t, e in journey if e in steps[0]]
    allowed = {"best": entries, "first": entries[:0] or [min(entries, default=0)],
               "latest": [max(entries, default=0)]}[start]
    best: list[tuple[int, int, int]] = []  # (depth, end, start)

    def extend(step: int, used: frozenset[int], begun: int, last: int) -> None:
        best.append((step + 1, last, begun))
        for following in range(step + 1, len(steps)):
            if following > step + 1 and not (following - 1 < len(optional) and optional[following - 1]):
                break
            for i, (t, e) in enumerate(journey):
                if i in used or e not in steps[following] or t < last:
                    continue
                if window is not None and t - begun > window:
                    continue
                limit = step_windows[following] if following < len(step_windows) else None
                if limit is not None and t - last > limit:
                    continue
                if strict and any(last < x < t for x in times):
                    continue
                extend(following, used | {i}, begun, t)

    for i, (t, e) in enumerate(journey):
        if e in steps[0] and t in allowed:
            extend(0, frozenset([i]), t, t)
    if not best:
        return Answer(0)
    depth = max(d for d, _, _ in best)
    end = min(e for d, e, _ in best if d == depth)
    return Answer(depth, max(s for d, e, s in best if (d, e) == (depth, end)), end)


def unordered(journey: Journey, steps: Sequence[set[str]], window: int | None = None,
              exclude: set[str] = frozenset(), drops: bool = False) -> Answer:  # type: ignore[assignment]
    """Most steps matched by different events of one window without an excluded event strictly inside it.

    drops: an excluded event later in the window discards what it had matched, unless that was everything.
    """
    best: list[tuple[int, int, int]] = []
    events = [(t, e) for t, e in journey if any(e in s for s in steps)]

    def match(todo: list[int], used: frozenset[int], got: int, inside: list[tuple[int, int, str]]) -> int:
        if not todo:
            return got
        most = match(todo[1:], used, got, inside)
        for i, _, e in inside:
            if i not in used and e in steps[todo[0]]:
                most = max(most, match(todo[1:], used | {i}, got + 1, inside))
        return most

    moments = sorted({t for t, _ in events})
    for begun in moments:
        found: list[tuple[int, int, int]] = []
        for last in (t for t in moments if t >= begun and (window is None or t - begun <= window)):
            if any(e in exclude and begun < t < last for t, e in journey):
                continue
            inside = [(i, t, e) for i, (t, e) in enumerate(events) if begun <= t <= last]
            found.append((match(list(range(len(steps))), frozenset(), 0, inside), last, begun))
        met = drops and any(e in exclude and begun < t and (window is None or t - begun <= window) for t, e in journey)
        if not met or max(found)[0] == len(steps):
            best += found
    if not best:
        return Answer(0)
    depth = max(d for d, _, _ in best)
    end = min(e for d, e, _ in best if d == depth)
    return Answer(depth, max(s for d, e, s in best if (d, e) == (depth, end)), end)


def with_exclusions(journey: Journey, steps: Sequence[set[str]], window: int | None,
                    exclusions: Sequence[tuple[set[str], int, int, bool]]) -> Answer:
    """The deciding attempt under exclusions (events, after, before, drops), instant by instant; depth 0 for a dropped customer.

    One attempt stands at each step: the last to arrive, of those of one instant the one with the latest start. It goes on with
    the first instant that follows, or within its own instant by events not used yet, and never comes to a step twice. An
    excluded event strictly between ends it.
    """
    stands: list[list[tuple[int, int]]] = [[] for _ in steps]  # (start, time) of those who came to each step, in order of time
    spoiled = 0

    def crossed(step: int, low: int, high: float, drops_only: bool) -> bool:
        return any(e in events and low < t < high for events, after, before, drops in exclusions
                   if after < step <= before and (drops or not drops_only) for t, e in journey)

    for now in sorted({t for t, _ in journey}):
        here = [(i, e) for i, (t, e) in enumerate(journey) if t == now]
        came: list[set[tuple[int, frozenset[int]]]] = []  # to each step at this instant: (start, events used here)
        for k, names in enumerate(steps):
            found = {(now, frozenset([i])) for i, e in here if e in names} if k == 0 else set()
            if k:
                found |= {(start, used | {i}) for start, used in came[k - 1] for i, e in here if e in names and i not in used}
            if k and stands[k - 1] and any(e in names for _, e in here):
                start, at = stands[k - 1][-1]
                if window is None or now - start <= window:
                    if not crossed(k, at, now, False):
                        found |= {(start, frozenset([i])) for i, e in here if e in names}
                    elif crossed(k, at, now, True) and not found:
                        spoiled = max(spoiled, k + 1)
            came.append({(start, used) for start, used in found if all(start != earlier for earlier, _ in stands[k])})
        for k, found in enumerate(came):
            if found:
                stands[k].append((max(start for start, _ in found), now))
    depth = sum(bool(s) for s in stands)
    if depth == 0 or spoiled > depth:
        return Answer(0)
    limit = float("inf") if window is None else window + 1
    clean = [(at, -start) for start, at in stands[depth - 1]
             if depth == len(steps) or not crossed(depth, at, start + limit, True)]
    return Answer(depth, -min(clean)[1], min(clean)[0]) if clean else Answer(0)
