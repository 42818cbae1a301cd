"""Customers told apart by a value: the largest values are segments, the others one segment together."""

from __future__ import annotations

import numpy as np

from ..engine.sequence.rows import Ints

OTHER = "(other)"  # the values that are no segments of their own, and those of this name


def one_code_a_name(codes: Ints, names: list[str]) -> Ints:
    """Codes of which no two have one name: a value may be named as our marks are, as GA4's (none) and (other)."""
    first = {name: c for c, name in reversed(list(enumerate(names)))}
    return np.array([first[name] for name in names], dtype=np.int64)[codes]


def largest(codes: Ints, names: list[str], most: int, least: int) -> tuple[Ints, list[str], int]:
    """Codes and names of at most `most` segments of at least `least` customers, and of `OTHER` behind them; and how many values are joined there.

    A rest of fewer than `least` could be read off the total, so the smallest segment joins it.
    """
    codes = one_code_a_name(codes, names)
    counts = np.bincount(codes, minlength=len(names))
    order = sorted((int(c) for c in np.flatnonzero(counts)), key=lambda c: (names[c] == OTHER, -counts[c], names[c]))
    shown = [c for c in order[:most] if counts[c] >= least and names[c] != OTHER]
    rest = [c for c in order if c not in set(shown)]
    if rest and shown and counts[rest].sum() < least:
        rest.append(shown.pop())
    table = np.full(len(names), len(shown), dtype=np.int64)
    table[shown] = np.arange(len(shown))
    return table[codes], [names[c] for c in shown] + ([OTHER] if rest else []), sum(names[c] != OTHER for c in rest)
