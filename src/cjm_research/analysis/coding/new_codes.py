"""Code saturation after Guest, Namey & Chen (2020), and how much it owes to the order of the interviews.

It measures *code* saturation (no new codes), not meaning saturation (Hennink, Kaiser & Marconi 2017), and is
rejected for reflexive thematic analysis (Braun & Clarke 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt
import pandas as pd

from cjm_research.errors import BadInput, NotEnoughData

ALL_ORDERS_UP_TO = 7  # interviews; 7! = 5,040 orders are cheap to try one by one, more are sampled


@dataclass(frozen=True)
class Saturation:
    """New information by run of interviews, and over other orders of the same interviews.

    `interviews`: interview, position, codes, new_codes, cumulative; `runs`: first, last (positions),
    new_codes, base_codes, ratio, saturated, and ratio_low, ratio_median, ratio_high over orders (2.5 %, 50 %,
    97.5 %). `reached_at` is the number of interviews at which the threshold was met ("6+2": reached at 6,
    confirmed by 2 more), None where it was not. `share_of_orders` is the share of orders that saturate at all.
    """

    interviews: pd.DataFrame
    runs: pd.DataFrame
    codes: int
    base_codes: int
    base: int
    run: int
    threshold: float
    reached_at: int | None
    orders: int
    every_order: bool
    share_of_orders: float
    reached_at_over_orders: dict[int, int]


def guest_namey_chen(
    codes: Sequence[tuple[str, frozenset[str] | set[str]]],
    *,
    base: int = 4,
    run: int = 2,
    threshold: float = 0.05,
    orders: int = 2000,
    seed: int = 0,
) -> Saturation:
    """Saturation of interviews in the order given: (name, the set of codes found in it).

    Base: codes found in the first `base` interviews, a fixed denominator. Run: `run` consecutive later
    interviews; numerator: codes new to all before the run, summed over the run. Runs slide by one interview;
    saturated at the first run whose ratio is at most `threshold`. All orders are tried up to seven
    interviews, otherwise `orders` random ones (`seed`). Raises `NotEnoughData` for fewer than base + run.
    """
    if base < 1 or run < 1 or not 0 <= threshold < 1:
        raise BadInput(
            "saturation",
            f"base {base}, run {run}, threshold {threshold}",
            "base ≥ 1 and run ≥ 1 interviews, 0 ≤ threshold < 1",
            "base 4, run 2, threshold 0.05 are the authors'",
        )
    n = len(codes)
    if n < base + run:
        raise NotEnoughData("saturation", f"{n} coded interviews", f"at least {base + run} (base {base} + run {run})", "cjm check says what data there is")
    names = sorted({code for _, found in codes for code in found})
    column = {code: i for i, code in enumerate(names)}
    has = np.zeros((n, len(names)), dtype=bool)
    for i, (_, found) in enumerate(codes):
        has[i, [column[c] for c in found]] = True
    new, base_codes = _new_codes(has, base)
    if not base_codes:
        raise NotEnoughData(
            "saturation", f"no code in the first {base} interviews", "codes in the base, which is the denominator",
            "cjm check says what data there is"
        )
    ratios = _ratios(new, base_codes, base, run)
    tried, every = _orders(n, orders, seed)
    all_ratios = np.empty((len(tried), n - base - run + 1))
    reached: dict[int, int] = {}
    for i, order in enumerate(tried):
        new_i, base_i = _new_codes(has[order], base)
        all_ratios[i] = _ratios(new_i, base_i, base, run)
        at = _first(all_ratios[i], base, threshold)
        if at is not None:
            reached[at] = reached.get(at, 0) + 1
    low, median, high = np.quantile(all_ratios, [0.025, 0.5, 0.975], axis=0, method="inverted_cdf")
    starts = np.arange(base, n - run + 1)
    runs = pd.DataFrame(
        {
            "first": starts + 1,
            "last": starts + run,
            "new_codes": [int(new[s : s + run].sum()) for s in starts],
            "base_codes": base_codes,
            "ratio": ratios,
            "saturated": ratios <= threshold,
            "ratio_low": low,
            "ratio_median": median,
            "ratio_high": high,
        }
    )
    interviews = pd.DataFrame(
        {
            "interview": [name for name, _ in codes],
            "position": np.arange(1, n + 1),
            "codes": has.sum(1),
            "new_codes": new,
            "cumulative": new.cumsum(),
        }
    )
    return Saturation(
        interviews=interviews,
        runs=runs,
        codes=len(names),
        base_codes=base_codes,
        base=base,
        run=run,
        threshold=threshold,
        reached_at=_first(ratios, base, threshold),
        orders=len(tried),
        every_order=every,
        share_of_orders=sum(reached.values()) / len(tried),
        reached_at_over_orders=dict(sorted(reached.items())),
    )


def _new_codes(has: npt.NDArray[np.bool_], base: int) -> tuple[npt.NDArray[np.int_], int]:
    """Codes first seen in each interview, and the number of codes in the base."""
    first = np.where(has.any(0), has.argmax(0), -1)
    new = np.bincount(first[first >= 0], minlength=len(has))
    return new, int(new[:base].sum())


def _ratios(new: npt.NDArray[np.int_], base_codes: int, base: int, run: int) -> npt.NDArray[np.float64]:
    sums = np.convolve(new[base:], np.ones(run), "valid")
    # An order whose base holds no code has no denominator and so never counts as saturated.
    return sums / base_codes if base_codes else np.full(len(sums), np.inf)


def _first(ratios: npt.NDArray[np.float64], base: int, threshold: float) -> int | None:
    hits = np.flatnonzero(ratios <= threshold)
    return int(base + hits[0]) if hits.size else None


def _orders(n: int, orders: int, seed: int) -> tuple[list[npt.NDArray[np.int_]], bool]:
    if n <= ALL_ORDERS_UP_TO or math.factorial(n) <= orders:
        return [np.array(p) for p in permutations(range(n))], True
    rng = np.random.default_rng(seed)
    return [rng.permutation(n) for _ in range(orders)], False
