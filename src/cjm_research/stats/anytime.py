"""Unplanned looks: confidence sequences that hold at every look at once, however often one looks."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import log_ndtr

from cjm_research.errors import BadInput
from cjm_research.stats.comparison import Comparison, check_level


def rho_for(n_star: float, alpha: float = 0.05) -> float:
    """The mixture parameter ρ that makes the sequence tightest near n_star units. Waudby-Smith et al. 2024, eq. 161."""
    if n_star <= 0:
        raise BadInput("confidence sequence", f"tightest at {n_star!r} units", "a number above 0", "check how many units each arm has and whether their values vary")
    check_level(alpha)
    a = -2 * math.log(alpha)
    return math.sqrt((a + math.log(a + 1)) / n_star)


def widening(n: float, rho: float, alpha: float = 0.05) -> float:
    """How many standard errors the sequence's half-width is at n units; it replaces z. Waudby-Smith et al. 2024, eq. 9."""
    v = n * rho * rho
    return math.sqrt(2 * (v + 1) / v * math.log(math.sqrt(v + 1) / alpha))


def anytime_p(z: float, n: float, rho: float) -> float:
    """The p-value that stays valid at every look: the inverse of the mixture likelihood ratio, at most 1."""
    v = n * rho * rho
    log_ratio = z * z * v / (2 * (v + 1)) - 0.5 * math.log(v + 1)
    return min(1.0, math.exp(-log_ratio))


def confidence_sequence(value: float, se: float, n: int, n_star: float, alpha: float = 0.05, unit: str = "score",
                        first: int | None = None) -> Comparison:
    """value ± the asymptotic confidence sequence at n units (both groups together), tightest near n_star.

    Holds at all looks at once with probability 1 − alpha, in the limit of many units. Waudby-Smith, Arbour,
    Sinha, Kennedy & Ramdas 2024 (arXiv:2103.06476v7).
    """
    if se <= 0 or n <= 0:
        raise BadInput("confidence sequence", f"standard error {se!r} at {n} units", "both above 0", "check how many units each arm has and whether their values vary")
    rho = rho_for(n_star, alpha)
    half = se * widening(n, rho, alpha)
    return Comparison(value, value - half, value + half, anytime_p(value / se, n, rho), n if first is None else first, n,
                      unit, f"asymptotic confidence sequence, {1 - alpha:.3g}, tightest at {n_star:g} units",
                      1 - alpha, 0.0, se, None, value / se)


def mixture_rho(v_opt: float, alpha: float = 0.05, sides: int = 2) -> float:
    """The ρ of a normal mixture whose bound is tightest at intrinsic time v_opt. Howard et al. 2021 (Ann. Stat.)."""
    a = 2 * math.log(1 / (alpha if sides == 2 else min(0.999, 2 * alpha)))
    return v_opt / (a + math.log1p(a))


def mixture_log(s: float, v: float, rho: float, sides: int = 2) -> float:
    """The log of the normal-mixture supermartingale at sum s and intrinsic time v."""
    two = 0.5 * math.log(rho / (v + rho)) + s * s / (2 * (v + rho))
    if sides == 2:
        return two
    return math.log(2) + two + float(log_ndtr(s / math.sqrt(v + rho)))


def mixture_bound(v: float, rho: float, alpha: float = 0.05, sides: int = 2) -> float:
    """The bound on the sum at intrinsic time v, crossed ever with probability at most alpha."""
    if sides == 2:
        return math.sqrt((v + rho) * math.log((v + rho) / (rho * alpha * alpha)))
    top = 2 * mixture_bound(v, rho, alpha, 2) + 1
    return float(brentq(lambda s: mixture_log(s, v, rho, 1) + math.log(alpha), 0.0, top, xtol=1e-10))


def msprt(value: float, se: float, tau: float, alpha: float = 0.05, unit: str = "score", n: int = 0) -> Comparison:
    """The mixture sequential test of `value` with a normal prior of sd tau around no effect. Johari et al. 2022.

    The same bound as `confidence_sequence` with tau² = ρ²·n·se².
    """
    if se <= 0 or tau <= 0:
        raise BadInput("mSPRT", f"standard error {se!r}, prior sd {tau!r}", "both above 0", "check how many units each arm has and whether their values vary")
    v = tau * tau / (se * se)
    half = se * math.sqrt(2 * (v + 1) / v * math.log(math.sqrt(v + 1) / alpha))
    return Comparison(value, value - half, value + half, anytime_p(value / se, 1, math.sqrt(v)), n, n, unit,
                      f"mSPRT, prior sd {tau:g}, {1 - alpha:.3g}", 1 - alpha, 0.0, se, None, value / se)
