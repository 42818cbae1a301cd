"""Personas: how often is one cloud called several segments, and how often are real segments found?

    python -m benchmarks.personas_null [--runs 12] [--most-customers 1500] [--kind NAME …] [--json FILE]

Every kind of cloud in `tests/analysis/personas/populations.py` (normal, uniform, skewed, heavy-tailed, flags, ratings, counts,
categories, mixed types, a banana) is drawn anew `--runs` times with 200 to 1,500 customers and segmented with the product's
defaults. Bar: "no natural segments" in at least 95 % of all draws. Then the other side: clouds that are several ones, at falling
distances, and the demo client's customers over seeds, with the adjusted Rand index against the truth. The exit code says whether
the bar holds.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student
from sklearn.metrics import adjusted_rand_score

from cjm_research.analysis.personas import segment
from cjm_research.demo.people import draw_people
from cjm_research.stats.shares import share
from tests.analysis.personas.populations import CLOUDS, numbers, shoppers

BAR = 0.95
SIZES = (200, 500, 1_500)  # customers, in turn
Truth = npt.NDArray[np.int64]
Draw = Callable[[np.random.Generator, int], tuple[pd.DataFrame, Truth]]


@dataclass(frozen=True)
class Run:
    """One segmentation. true: segments drawn; found: segments answered (1: none); ari: against the truth."""

    kind: str
    customers: int
    seed: int
    true: int
    found: int
    ari: float
    cpu_s: float


def apart(distance: float) -> Draw:
    """Three round clouds in four columns, their centres `distance` standard deviations from each other."""

    def draw(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, Truth]:
        truth = rng.integers(0, 3, n)
        centres = np.zeros((3, 4))
        centres[[0, 1, 2], [0, 1, 2]] = distance / math.sqrt(2)
        return numbers(centres[truth] + rng.standard_normal((n, 4))), truth

    return draw


def demo_customers(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, Truth]:
    """Customers of the demo client and the persona each was drawn from."""
    people = draw_people(rng, n)
    names = ["age", "outdoor_days", "yearly_budget_eur", "price_focus", "research_hours", "preferred_channel"]
    return people[names], people["persona"].to_numpy(np.int64)


GROUPS: dict[str, tuple[int, Draw]] = {
    "demo client": (4, demo_customers),
    "shoppers, mixed types": (4, shoppers),
    "three clouds, 6 sd apart": (3, apart(6)),
    "three clouds, 4.5 sd apart": (3, apart(4.5)),
    "three clouds, 3.5 sd apart": (3, apart(3.5)),
    "three clouds, 2.5 sd apart": (3, apart(2.5)),
}


def run(kind: str, true: int, frame: pd.DataFrame, truth: Truth, seed: int) -> Run:
    begun = time.process_time()
    found = segment(frame, seed=seed)
    typed = found.labels >= 0
    ari = float(adjusted_rand_score(truth[typed], found.labels[typed])) if true > 1 else float("nan")
    return Run(kind, len(frame), seed, true, found.k, ari, time.process_time() - begun)


def interval(k: int, n: int) -> str:
    e = share(k, n)
    return f"{k} of {n}" if e.value is None or e.low is None or e.high is None else f"{e.value:.1%} ({e.low:.1%} to {e.high:.1%}; {k} of {n})"


def mean_interval(values: Sequence[float]) -> str:
    mean = statistics.fmean(values)
    half = float(student.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else float("nan")
    return f"{mean:.3f} ± {half:.3f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=12, help="draws of every kind of cloud")
    parser.add_argument("--power-runs", type=int, default=12, help="draws of every kind of groups")
    parser.add_argument("--most-customers", type=int, default=SIZES[-1])
    parser.add_argument("--kind", action="append", help="only this kind (repeatable)")
    parser.add_argument("--json", type=Path, help="append every run to this file, one JSON line each")
    settings = parser.parse_args()
    sizes = [min(s, settings.most_customers) for s in SIZES]
    done: list[Run] = []

    def keep(one: Run) -> None:
        done.append(one)
        if settings.json:
            with settings.json.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(one)) + "\n")
        print(f"{one.kind:28} n={one.customers:<5} seed={one.seed:<6} true {one.true} found {one.found}  {one.cpu_s:5.1f} CPU s", file=sys.stderr, flush=True)

    for i in range(max(settings.runs, settings.power_runs)):
        n = sizes[i % len(sizes)]
        for number, (kind, cloud) in enumerate(CLOUDS.items()):
            if i < settings.runs and kind in (settings.kind or CLOUDS):
                seed = 1_000 * (number + 1) + i
                keep(run(kind, 1, cloud(np.random.default_rng(seed), n), np.zeros(n, np.int64), seed))
        for number, (kind, (true, draw)) in enumerate(GROUPS.items()):
            if i < settings.power_runs and kind in (settings.kind or GROUPS):
                seed = 100_000 + 1_000 * number + i
                frame, truth = draw(np.random.default_rng(seed), n)
                keep(run(kind, true, frame, truth, seed))
    report(done)
    null = [r for r in done if r.true == 1]
    return 0 if not null or sum(r.found == 1 for r in null) >= BAR * len(null) else 1


def report(done: Sequence[Run]) -> None:
    """Two tables: one cloud, and several."""
    null = [r for r in done if r.true == 1]
    print("| one cloud | no natural segments | CPU s, median |\n|---|---:|---:|")
    for kind in dict.fromkeys(r.kind for r in null):
        own = [r for r in null if r.kind == kind]
        print(f"| {kind} | {sum(r.found == 1 for r in own)} of {len(own)} | {statistics.median(r.cpu_s for r in own):.1f} |")
    if null:
        print(f"| **all** | **{interval(sum(r.found == 1 for r in null), len(null))}** | {statistics.median(r.cpu_s for r in null):.1f} |")
    groups = [r for r in done if r.true > 1]
    print("\n| several clouds | their number found | none | adjusted Rand, where any were found | CPU s, median |\n|---|---:|---:|---:|---:|")
    for kind in dict.fromkeys(r.kind for r in groups):
        own = [r for r in groups if r.kind == kind]
        some = [r.ari for r in own if r.found > 1]
        print(f"| {kind} | {sum(r.found == r.true for r in own)} of {len(own)} | {sum(r.found == 1 for r in own)} | "
              f"{mean_interval(some) if some else ''} | {statistics.median(r.cpu_s for r in own):.1f} |")


if __name__ == "__main__":
    sys.exit(main())
