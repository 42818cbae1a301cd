"""What segments are called: by the settings, as in the last run, or after what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

EVERYBODY = "All customers"
KEEPS_NAME = 0.5  # distance to its former self, relative to the distance between segments, up to which a name stays
LONGEST = 60  # characters of a name made up here
Profile = dict[str, Any]  # feature → mean, or {level: share}


def profiles_of(frame: pd.DataFrame, labels: np.ndarray, k: int) -> list[Profile]:
    """What is typical of every segment: the mean of numbers, the shares of categories (known values only)."""
    out: list[Profile] = []
    for s in range(k):
        part = frame[labels == s]
        profile: Profile = {}
        for name in map(str, frame.columns):
            known = part[name].dropna()
            if known.empty:
                continue
            if pd.api.types.is_numeric_dtype(known):
                profile[name] = float(known.mean())
            else:
                profile[name] = {str(v): float(p) for v, p in known.value_counts(normalize=True).items()}
        out.append(profile)
    return out


def spreads_of(frame: pd.DataFrame) -> dict[str, float]:
    """The standard deviation of every number, which distances are measured in."""
    return {str(c): float(frame[c].std()) or 1.0 for c in frame if pd.api.types.is_numeric_dtype(frame[c])}


def distance(a: Profile, b: Profile, spreads: Mapping[str, float]) -> float:
    """Root mean square over the features both have: standardised difference, or total variation of shares.

    Infinite where they have none in common.
    """
    parts = []
    for name in a.keys() & b.keys():
        x, y = a[name], b[name]
        if isinstance(x, dict) and isinstance(y, dict):
            parts.append(sum(abs(x.get(v, 0.0) - y.get(v, 0.0)) for v in x.keys() | y.keys()) / 2)
        elif not isinstance(x, dict) and not isinstance(y, dict):
            parts.append((x - y) / spreads.get(name, 1.0))
    return float(np.sqrt(np.mean(np.square(parts)))) if parts else float("inf")


def matched(rows: Sequence[Any], columns: Sequence[Any], cost: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (row, column) of least total cost, each used once; infinite costs are never paired."""
    from scipy.optimize import linear_sum_assignment

    if not len(rows) or not len(columns):
        return []
    big = 1e6
    finite = np.where(np.isfinite(cost), cost, big)
    return [(int(i), int(j)) for i, j in zip(*linear_sum_assignment(finite), strict=True) if cost[i, j] < big]


def by_settings(profiles: Sequence[Profile], base: Profile, spreads: Mapping[str, float],
                given: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[int, str]:
    """Segment → name, for the names of the settings; `given`: (name, typical values by full feature name).

    Each name goes to the segment its values fit best, numbers measured in standard deviations and values by
    the share who have them; a name whose values describe everybody better than any segment is not given.
    """
    usable = [(name, match) for name, match in given if match]
    cost = np.full((len(profiles), len(usable)), np.inf)
    for j, (_, match) in enumerate(usable):
        all_fit = _misfit(base, match, spreads)
        for i, profile in enumerate(profiles):
            misfit = _misfit(profile, match, spreads)
            if misfit < all_fit:
                cost[i, j] = misfit
    return {i: usable[j][0] for i, j in matched(profiles, usable, cost)}


def _misfit(profile: Profile, match: Mapping[str, Any], spreads: Mapping[str, float]) -> float:
    parts = []
    for name, wanted in match.items():
        found = profile.get(name)
        if isinstance(found, dict):
            values = wanted if isinstance(wanted, (list, tuple)) else [wanted]
            text = {("yes" if v is True else "no" if v is False else str(v)).lower() for v in values}
            parts.append(1.0 - sum(p for v, p in found.items() if v.lower() in text))
        elif found is not None and isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
            parts.append(abs(found - float(wanted)) / spreads.get(name, 1.0))
    return float(np.mean(parts)) if parts else float("inf")


def as_before(profiles: Sequence[Profile], spreads: Mapping[str, float], previous: Sequence[Mapping[str, Any]],
              taken: Mapping[int, str]) -> dict[int, tuple[str, float]]:
    """Segment → (its name in the last run, how far it has moved), where it is still the same segment.

    A segment is the same while it has moved less than half of the way to the nearest other segment.
    """
    free = [i for i in range(len(profiles)) if i not in taken]
    old = [p for p in previous if p["name"] not in set(taken.values())]
    cost = np.array([[distance(profiles[i], p["profile"], spreads) for p in old] for i in free]).reshape(len(free), len(old))
    apart = [min((distance(profiles[i], other, spreads) for j, other in enumerate(profiles) if j != i), default=1.0) for i in free]
    return {free[a]: (str(old[b]["name"]), float(cost[a, b])) for a, b in matched(free, old, cost)
            if cost[a, b] <= KEEPS_NAME * apart[a]}


def made_up(lines: pd.DataFrame, segment: str, taken: set[str], parts: int = 2) -> str:
    """A name from what sets a segment apart most: "high price focus, mostly app".

    lines: frame of profile lines with persona, words and strength, strongest first.
    """
    own = lines[lines["persona"] == segment].drop_duplicates("feature")
    for count in (*range(parts, len(own) + 1), len(own)):
        name = ", ".join(own["words"].head(count))[:LONGEST].rstrip(", ") or segment
        name = name[:1].upper() + name[1:]
        if name not in taken:
            return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"
