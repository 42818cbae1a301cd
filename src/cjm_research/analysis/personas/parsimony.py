"""How many segments the data can tell apart: a mixture model's likelihood against what it costs in parameters.

Cutting one cloud in two, or a segment by one of its flags, fits closer but describes nothing new; the mixture
likelihood gains nothing from it, so Schwarz's criterion refuses it (Fraley & Raftery 2002; for mixed types the
location model with local independence, Hunt & Jorgensen 1999).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .methods import Data, Labels

Array = npt.NDArray[np.float64]

_STEPS = 15  # of EM from the segments; more would wander off to segments of its own
_RIDGE = 0.02  # of a number's variance: rounded and heaped values must not earn infinite likelihood
_PRIOR = 0.5  # pseudo-customers a level


def bic(data: Data, labels: Labels, k: int) -> float:
    """Schwarz's criterion, smaller is better, of the better of two shapes of segments.

    Numbers are normal within a segment, either independent with variances of their own or with one covariance
    for all segments; categories are independent of the rest within a segment. Missing categories are left out.
    """
    x = data.x[:, data.number_columns].astype(float)
    flags = [_indicators(data.codes[:, j], data.levels[j]) for j in data.category_features]
    start = np.zeros((len(data), k))
    start[np.arange(len(data)), labels] = 1.0
    shapes = (False, True) if x.shape[1] > 1 else (False,)
    return min(_criterion(x, flags, start, shared) for shared in shapes)


def _criterion(x: Array, flags: list[Array], belongs: Array, shared: bool) -> float:
    n, k = belongs.shape
    floor = _RIDGE * np.maximum(x.var(axis=0), 1e-9) if x.shape[1] else np.empty(0)
    likelihood = -np.inf
    for _ in range(_STEPS):
        joint = _log_joint(x, flags, belongs, floor, shared)
        top = joint.max(axis=1)
        row = top + np.log(np.exp(joint - top[:, None]).sum(axis=1))
        new = float(row.sum())
        if new - likelihood < 1e-6 * n:
            likelihood = max(new, likelihood)
            break
        likelihood, belongs = new, np.exp(joint - row[:, None])
    d = x.shape[1]
    free = k - 1 + k * d + (d * (d + 1) / 2 if shared else k * d) + k * sum(f.shape[1] - 1 for f in flags)
    return -2 * likelihood + free * float(np.log(n))


def _log_joint(x: Array, flags: list[Array], belongs: Array, floor: Array, shared: bool) -> Array:
    n = len(belongs)
    size = np.maximum(belongs.sum(axis=0), 1e-9)
    joint = np.tile(np.log(size / n), (n, 1))
    if x.shape[1]:
        means = belongs.T @ x / size[:, None]
        joint += _shared_normal(x, belongs, means, floor) if shared else _own_normal(x, belongs, means, size, floor)
    for f in flags:
        p = (belongs.T @ f + _PRIOR / f.shape[1]) / (size[:, None] + _PRIOR)
        joint += f @ np.log(p).T
    return joint


def _own_normal(x: Array, belongs: Array, means: Array, size: Array, floor: Array) -> Array:
    var = np.maximum(belongs.T @ x**2 / size[:, None] - means**2, 0) + floor
    squared = x**2 @ (1 / var).T - 2 * x @ (means / var).T + (means**2 / var).sum(axis=1)
    out: Array = -0.5 * (squared + np.log(2 * np.pi * var).sum(axis=1))
    return out


def _shared_normal(x: Array, belongs: Array, means: Array, floor: Array) -> Array:
    rest = x.T @ x / len(x) - (means.T * (belongs.sum(axis=0) / len(x))) @ means
    covariance = (rest + rest.T) / 2 + np.diag(floor)
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values, float(floor.min()))
    root = vectors / np.sqrt(values)
    y, m = x @ root, means @ root
    squared = (y**2).sum(axis=1)[:, None] - 2 * y @ m.T + (m**2).sum(axis=1)
    out: Array = -0.5 * (squared + float(np.log(2 * np.pi * values).sum()))
    return out


def _indicators(codes: npt.NDArray[np.int16], levels: int) -> Array:
    out = np.zeros((len(codes), levels))
    rows = np.flatnonzero(codes >= 0)
    out[rows, codes[rows]] = 1.0
    return out
