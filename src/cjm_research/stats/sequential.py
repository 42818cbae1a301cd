"""Planned looks: group-sequential bounds by exact recursion, spending functions, repeated intervals.

Looks are given by their share of the planned information, t in (0, 1], increasing. The recursion integrates
the joint normal density of the partial sums (Armitage, McPherson & Rowe 1969; Jennison & Turnbull 2000, ch. 19)
on Gauss–Legendre nodes, fine enough for the narrowest step. It assumes independent increments: analyse matured
cohorts only, where outcomes arrive late.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from cjm_research.errors import BadInput

Array = npt.NDArray[np.float64]
Spending = Literal["obf", "pocock", "power", "hsd"]
_FAR = 9.0  # standard deviations beyond which nothing is integrated (mass 2e-19)
_NEVER = 1e-16  # error to spend below which a look stops nothing
_MOST_NODES = 3000


@dataclass(frozen=True)
class Crossing:
    """Probability of crossing first at each look: above the upper, below the lower bound."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]

    @property
    def total(self) -> float:
        """Probability of crossing at any look."""
        return sum(self.upper) + sum(self.lower)


class _Walk:
    """The density of the partial sum B(t) while no bound has been crossed, look after look."""

    def __init__(self, drift: float) -> None:
        self.drift, self.t = drift, 0.0
        self.nodes: Array = np.zeros(1)
        self.mass: Array = np.ones(1)

    def tail(self, z: float, t: float, above: bool) -> float:
        """Probability that z is crossed at t, not having crossed before."""
        if math.isinf(z):
            return 0.0
        step = t - self.t
        gap = (z * math.sqrt(t) - self.nodes - self.drift * step) / math.sqrt(step)
        return float(self.mass @ ndtr(-gap if above else gap))

    def go(self, low: float, high: float, t: float) -> None:
        """Continue past the look at t between the bounds low and high (z scale)."""
        step, root = t - self.t, math.sqrt(t)
        centre = self.drift * t
        a = max(low * root, centre - _FAR * root)
        b = min(high * root, centre + _FAR * root)
        if b <= a:
            self.nodes, self.mass, self.t = np.zeros(1), np.zeros(1), t
            return
        # nodes no further apart than a fifth of the step's sd
        count = int(min(_MOST_NODES, max(60, math.ceil((b - a) / (0.2 * math.sqrt(step))))))
        x, w = _legendre(count)
        nodes = a + (b - a) * (x + 1) / 2
        spread = math.sqrt(step)
        kernel = np.exp(-0.5 * ((nodes[:, None] - self.nodes - self.drift * step) / spread) ** 2)
        density = kernel @ self.mass / (spread * math.sqrt(2 * math.pi))
        self.nodes, self.mass, self.t = nodes, density * w * (b - a) / 2, t


def crossing(t: Sequence[float], upper: Sequence[float], lower: Sequence[float] | None = None,
             drift: float = 0.0) -> Crossing:
    """Probabilities of first crossing bounds on the z scale; lower defaults to −upper, ±inf never stops.

    drift: the expected z at full information (0 under the null hypothesis).
    """
    times = _times(t)
    below = [-u for u in upper] if lower is None else list(lower)
    if len(upper) != len(times) or len(below) != len(times):
        raise BadInput("looks", f"{len(times)} looks, {len(upper)} upper and {len(below)} lower bounds", "as many of each", "correct looks of the experiment in params, or spending in the cell")
    walk, up, down = _Walk(drift), [], []
    for look, high, low in zip(times, upper, below, strict=True):
        up.append(walk.tail(high, look, above=True))
        down.append(walk.tail(low, look, above=False))
        walk.go(low, high, look)
    return Crossing(tuple(up), tuple(down))


def spent(t: float, alpha: float = 0.05, spending: Spending = "obf", rho: float = 2.0) -> float:
    """The error of one side that may be spent up to t; `alpha` is that side's. Lan & DeMets 1983.

    obf: 2 − 2Φ(z(1−alpha/2)/√t). pocock: alpha·ln(1 + (e−1)t). power: alpha·t^rho (Kim & DeMets 1987).
    hsd: alpha·(1−e^(−rho·t))/(1−e^(−rho)) (Hwang, Shih & DeCani 1990; rho −4 is near obf, 1 near pocock).
    """
    if t <= 0:
        return 0.0
    if t >= 1:
        return alpha
    if spending == "obf":
        return 2 * float(ndtr(-float(ndtri(1 - alpha / 2)) / math.sqrt(t)))
    if spending == "pocock":
        return alpha * math.log(1 + (math.e - 1) * t)
    if spending == "power":
        return alpha * float(t**rho)
    if spending == "hsd":
        return alpha * t if rho == 0 else alpha * math.expm1(-rho * t) / math.expm1(-rho)
    raise BadInput("looks", f"unknown spending {spending!r}", "obf, pocock, power, hsd", "correct looks of the experiment in params, or spending in the cell")


def bounds(t: Sequence[float], alpha: float = 0.05, spending: Spending = "obf", sides: Literal[1, 2] = 2,
           rho: float = 2.0) -> tuple[float, ...]:
    """Upper bounds on z at the looks t, symmetric below when two-sided (alpha/2 a side). Lan & DeMets 1983.

    The looks need not be those planned: only past and present ones enter. A last look at t < 1 leaves error unspent.
    """
    side = alpha / sides
    return _bounds(_times(t), side, spending, sides, rho)


@lru_cache(maxsize=256)
def _bounds(times: tuple[float, ...], side: float, spending: Spending, sides: int, rho: float) -> tuple[float, ...]:
    walk, found, before = _Walk(0.0), [], 0.0
    for look in times:
        now = spent(look, side, spending, rho)
        z = _next_bound(walk, look, now - before)
        found.append(z)
        walk.go(-z if sides == 2 else -math.inf, z, look)
        before = now
    return tuple(found)


def _next_bound(walk: _Walk, look: float, spend: float) -> float:
    if spend < _NEVER:
        return math.inf

    def miss(z: float) -> float:
        return walk.tail(z, look, above=True) - spend

    return float(brentq(miss, -_FAR, _FAR, xtol=1e-10)) if miss(_FAR) < 0 else math.inf


def pocock(looks: int, alpha: float = 0.05) -> float:
    """Pocock's constant: reject when |z| exceeds it at any of equally spaced looks. Pocock 1977."""
    return _constant(looks, alpha, lambda c, k: [c] * k)


def obrien_fleming(looks: int, alpha: float = 0.05) -> float:
    """O'Brien & Fleming's constant C: reject at look k of K when |z| exceeds C·√(K/k). O'Brien & Fleming 1979."""
    return _constant(looks, alpha, lambda c, k: [c * math.sqrt(k / i) for i in range(1, k + 1)])


def repeated_error(looks: int, alpha: float = 0.05) -> float:
    """The type-I error of testing at `alpha` at each of equally spaced looks. Armitage, McPherson & Rowe 1969."""
    z = float(ndtri(1 - alpha / 2))
    return crossing(_equal(looks), [z] * looks).total


def power_of(t: Sequence[float], upper: Sequence[float], drift: float, lower: Sequence[float] | None = None) -> float:
    """Probability of ever crossing the upper bound; drift = z expected at full information."""
    return sum(crossing(t, upper, lower, drift).upper)


def drift_for_power(t: Sequence[float], upper: Sequence[float], power: float = 0.8) -> float:
    """The expected z at full information that gives `power`."""
    return float(brentq(lambda d: power_of(t, upper, d) - power, 0.0, 20.0, xtol=1e-8))


def inflation(t: Sequence[float], upper: Sequence[float], alpha: float = 0.05, power: float = 0.8) -> float:
    """How many times the units of a fixed design the looks cost at most, for the same power."""
    fixed = float(ndtri(1 - alpha / 2) + ndtri(power))
    return (drift_for_power(t, upper, power) / fixed) ** 2


def expected_information(t: Sequence[float], upper: Sequence[float], drift: float) -> float:
    """The mean share of the planned information at which the design stops."""
    times = _times(t)
    found = crossing(times, upper, None, drift)
    stops = [u + d for u, d in zip(found.upper, found.lower, strict=True)]
    stops[-1] = 1 - sum(stops[:-1])
    return sum(p * look for p, look in zip(stops, times, strict=True))


def stagewise_p(t: Sequence[float], upper: Sequence[float], z: float) -> float:
    """The two-sided p of stopping at the last look of t with z, more extreme being earlier or further.

    `upper` are the (symmetric) bounds of the looks before; the last one is not used. Fairbanks & Madsen 1982.
    """
    times = _times(t)
    at = [*list(upper)[: len(times) - 1], abs(z)]
    return min(1.0, crossing(times, at).total)


def _constant(looks: int, alpha: float, shape: object) -> float:
    times = _equal(looks)

    def miss(c: float) -> float:
        return crossing(times, shape(c, looks)).total - alpha  # type: ignore[operator]

    return float(brentq(miss, 0.5, 8.0, xtol=1e-9))


def _equal(looks: int) -> tuple[float, ...]:
    if looks < 1:
        raise BadInput("looks", f"{looks}", "one or more", "correct looks of the experiment in params, or spending in the cell")
    return tuple(i / looks for i in range(1, looks + 1))


def _times(t: Sequence[float]) -> tuple[float, ...]:
    times = tuple(float(x) for x in t)
    if not times or times[0] <= 0 or times[-1] > 1 + 1e-9 or any(b <= a for a, b in itertools.pairwise(times)):
        raise BadInput("looks", f"information {list(times)}", "shares of the planned information, increasing, in (0, 1]",
                       "divide each look's units (or date) by the planned total")
    return times


@lru_cache(maxsize=64)
def _legendre(count: int) -> tuple[Array, Array]:
    from scipy.special import roots_legendre

    x, w = roots_legendre(count)
    return np.asarray(x), np.asarray(w)
