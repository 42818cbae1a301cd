"""Other solutions with the same number of segments that fit nearly as well."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .methods import Data, Labels, Method, Model

NEAR = 0.005  # relative loss above the best that still counts as a tie
SAME_SHARE = 0.001  # share of customers that may differ between two runs of the same solution
MOST = 5  # solutions shown
SMALL = 5_000  # rows up to which twice as many starts cost little


def other_solutions(data: Data, method: Method, k: int, rng: np.random.Generator) -> tuple[Model, pd.DataFrame]:
    """The best of many single starts, and the different solutions within 0.5 % of its loss.

    frame: rank, loss, loss_above (relative), sizes, moved (customers in another segment than in the best), base, starts.
    """
    times = method.starts * (2 if len(data) <= SMALL else 1)
    runs = [method.fit(data, k, rng, 1) for _ in range(times)]
    runs.sort(key=lambda m: m.loss)
    best = runs[0]
    kept: list[tuple[Model, Labels]] = [(best, best.assign(data))]
    starts = [0]
    for model in runs:
        if _above(model, best) > NEAR:
            break
        labels = model.assign(data)
        known = next((i for i, (_, other) in enumerate(kept) if moved(other, labels, k) <= SAME_SHARE * len(data)), None)
        if known is not None:
            starts[known] += 1
        elif len(kept) < MOST:
            kept.append((model, labels))
            starts.append(1)
    rows = []
    for i, (model, labels) in enumerate(kept):
        sizes = sorted(np.bincount(labels, minlength=k).tolist(), reverse=True)
        rows.append({"rank": i + 1, "loss": model.loss, "loss_above": _above(model, best), "loss_above_share": _above(model, best),
                     "sizes": " / ".join(f"{s:,}" for s in sizes), "moved": moved(kept[0][1], labels, k),
                     "base": len(data), "starts": starts[i]})
    return best, pd.DataFrame(rows)


def moved(a: Labels, b: Labels, k: int) -> int:
    """Rows in different segments after the segments are matched as well as possible."""
    from scipy.optimize import linear_sum_assignment

    both = np.zeros((k, k))
    np.add.at(both, (a, b), 1.0)
    rows, columns = linear_sum_assignment(-both)
    return int(len(a) - both[rows, columns].sum())


def _above(model: Model, best: Model) -> float:
    return (model.loss - best.loss) / max(abs(best.loss), 1e-12)

