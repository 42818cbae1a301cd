"""Texts that say the same in the same words: which are copies of which.

Copies are the same text but for case, spaces and marks, or share at least 0.8 of their runs of five characters (Jaccard), with the same numbers and the same
negations: "refund arrived" and "refund not arrived" are alike in any measure of characters, and say the opposite. Candidates are found by minhash in bands
(Broder 1997), and each is then compared itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .function_words import NEGATIONS

ALIKE = 0.8
_RUN = 5
_BANDS, _ROWS = 10, 3  # a pair of Jaccard 0.8 is a candidate with a chance of 0.999
_NEIGHBOURS = 20  # of a candidate that it is compared with, so that a form letter does not cost its square
_SEED = 20260101
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")


def copies(texts: Sequence[str]) -> np.ndarray:
    """For each text the index of the first text it is a copy of, itself where it is none of an earlier one."""
    said = [" ".join(_WORD.findall(t.casefold())) for t in texts]
    first: dict[str, int] = {}
    root = np.array([first.setdefault(s, i) for i, s in enumerate(said)], dtype=np.int64)
    distinct = np.flatnonzero(root == np.arange(len(said)))
    if len(distinct) < 2:
        return root
    kept = [said[i] for i in distinct]
    runs = [_runs(s) for s in kept]
    keys = [_turning(s) for s in kept]
    parent = np.arange(len(kept))

    def top(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    for band in _bands(runs):
        _, where, size = np.unique(band, return_inverse=True, return_counts=True)
        order = np.argsort(where, kind="stable")
        starts = np.concatenate(([0], np.cumsum(size)))
        for g in np.flatnonzero(size > 1):
            members = order[starts[g]:starts[g + 1]]
            for at, j in enumerate(members[1:].tolist(), 1):
                for i in members[:min(at, _NEIGHBOURS)].tolist():
                    a, b = top(i), top(j)
                    if a != b and keys[i] == keys[j] and _jaccard(runs[i], runs[j]) >= ALIKE:
                        parent[max(a, b)] = min(a, b)
    tops = np.array([distinct[top(i)] for i in range(len(kept))])
    back = dict(zip(distinct.tolist(), tops.tolist(), strict=True))
    return np.array([back[int(r)] for r in root], dtype=np.int64)


def _runs(said: str) -> np.ndarray:
    """The distinct runs of five characters, hashed."""
    codes = np.frombuffer(said.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < _RUN:
        return np.array([hash_of(codes)], dtype=np.uint64)
    mixed = np.zeros(len(codes) - _RUN + 1, dtype=np.uint64)
    for k in range(_RUN):
        mixed = mixed * np.uint64(1_000_003) + codes[k:len(codes) - _RUN + 1 + k]
    return np.unique(mixed * np.uint64(0x9E3779B97F4A7C15))


def hash_of(codes: np.ndarray) -> np.uint64:
    """A hash of a few characters."""
    mixed = np.uint64(len(codes))
    with np.errstate(over="ignore"):
        for c in codes:
            mixed = mixed * np.uint64(1_000_003) + c
        return np.uint64(mixed * np.uint64(0x9E3779B97F4A7C15))


def _turning(said: str) -> tuple[str, ...]:
    """The numbers and negations of a text, in order."""
    return tuple(w for w in said.split() if w[0].isdigit() or w in NEGATIONS or w.endswith(("n't", "n’t")))


def _bands(runs: list[np.ndarray]) -> list[np.ndarray]:
    flat, starts = np.concatenate(runs), np.concatenate(([0], np.cumsum([len(r) for r in runs])[:-1]))
    rng = np.random.default_rng(_SEED)
    found = []
    with np.errstate(over="ignore"):
        for _ in range(_BANDS):
            band = np.zeros(len(runs), dtype=np.uint64)
            for _ in range(_ROWS):
                a, b = (np.uint64(rng.integers(1, 2**63)) for _ in range(2))
                mixed = (flat ^ b) * (a | np.uint64(1))
                band = band * np.uint64(1_000_003) + np.minimum.reduceat(mixed ^ (mixed >> np.uint64(29)), starts)
            found.append(band)
    return found


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both / (len(a) + len(b) - both)
