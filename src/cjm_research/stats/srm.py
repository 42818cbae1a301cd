"""Sample-ratio mismatch: do the arms have the sizes that were planned? One joint test for all arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import chdtrc

from cjm_research.errors import BadInput

ALPHA = 0.001  # a daily check at .05 raises a false alarm in 28 % of 28-day experiments, at .001 in .8 %
LEAST_EXPECTED = 5  # below this the χ² approximation does not hold (Cochran 1954)


@dataclass(frozen=True)
class Split:
    """The joint χ² of the counts against the plan; p None where an expected count is below five."""

    counts: tuple[int, ...]
    expected: tuple[float, ...]
    chi2: float | None
    df: int
    p: float | None
    method: str


def srm(counts: Sequence[int], weights: Sequence[float]) -> Split:
    """The test of units per arm against the planned split (`weights`, any positive scale).

    Fabijan et al. 2019 (KDD). Raises BadInput for fewer than two arms, a negative count or a weight of 0.
    """
    if len(counts) != len(weights) or len(counts) < 2:
        raise BadInput("sample ratio", f"{len(counts)} counts and {len(weights)} weights", "two arms or more, one weight each", "correct variants of the experiment: each arm with its planned share")
    if min(counts) < 0 or min(weights) <= 0:
        raise BadInput("sample ratio", f"counts {list(counts)}, weights {list(weights)}", "counts ≥ 0 and weights > 0", "correct variants of the experiment: each arm with its planned share")
    total, scale = sum(counts), sum(weights)
    expected = tuple(total * w / scale for w in weights)
    df = len(counts) - 1
    if min(expected) < LEAST_EXPECTED:
        return Split(tuple(counts), expected, None, df, None, f"not computed: an expected count is below {LEAST_EXPECTED}")
    chi2 = sum((c - e) ** 2 / e for c, e in zip(counts, expected, strict=True))
    return Split(tuple(counts), expected, chi2, df, float(chdtrc(df, chi2)), "joint χ² goodness of fit")
