"""Made-up customers with known segments, and clouds without any."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

Cloud = Callable[[np.random.Generator, int], pd.DataFrame]


def shoppers(rng: np.random.Generator, n: int, segments: int = 4) -> tuple[pd.DataFrame, np.ndarray]:
    """Mixed features: age, spend (skewed), price focus (rating), channel and club; and the true segment."""
    truth = rng.integers(0, segments, n)
    age = np.array([27, 45, 62, 36])[truth] + 5 * rng.standard_normal(n)
    spend = np.exp(np.array([4.0, 5.6, 5.0, 3.2])[truth] + 0.35 * rng.standard_normal(n))
    focus = np.clip(np.round(np.array([4, 3, 2, 6.4])[truth] + 0.7 * rng.standard_normal(n)), 1, 7)
    home = np.array(["app", "web", "store", "web"], object)[truth]
    channel = np.where(rng.random(n) < 0.8, home, rng.choice(["app", "web", "store"], n))
    club = np.where(rng.random(n) < np.array([0.2, 0.3, 0.75, 0.1])[truth], "yes", "no")
    return pd.DataFrame({"age": age.round(), "spend": spend.round(2), "focus": focus, "channel": channel, "club": club}), truth


def numbers(x: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(x, columns=[f"v{i}" for i in range(x.shape[1])])


def normal(rng: np.random.Generator, n: int, width: int, r: float) -> np.ndarray:
    return rng.multivariate_normal(np.zeros(width), np.full((width, width), r) + (1 - r) * np.eye(width), n)


def mixed(rng: np.random.Generator, n: int) -> pd.DataFrame:
    z = normal(rng, n, 7, 0.5)
    return pd.DataFrame({
        "age": 45 + 12 * z[:, 0], "spend": np.exp(5 + z[:, 1]), "visits": np.floor(np.exp(1 + 0.7 * z[:, 2])),
        "score": np.clip(np.round(4 + z[:, 3]), 1, 5), "app": np.where(z[:, 4] > 0.3, "yes", "no"),
        "club": np.where(z[:, 5] > 1, "yes", "no"), "channel": np.select([z[:, 6] < -0.5, z[:, 6] < 0.7], ["web", "store"], "app"),
        "region": rng.choice(list("nsew"), n)})


def banana(rng: np.random.Generator, n: int) -> pd.DataFrame:
    z = rng.standard_normal(n)
    return numbers(np.column_stack([z, z**2 + 0.5 * rng.standard_normal(n), rng.standard_normal((n, 2))]))


CLOUDS: dict[str, Cloud] = {
    "round": lambda rng, n: numbers(rng.standard_normal((n, 4))),
    "correlated": lambda rng, n: numbers(normal(rng, n, 5, 0.75)),
    "skewed and correlated": lambda rng, n: numbers(np.exp(normal(rng, n, 4, 0.6))),
    "gamma": lambda rng, n: numbers(rng.gamma(0.5, size=(n, 4))),
    "shared exponential": lambda rng, n: numbers(2 * rng.exponential(size=(n, 1)) + rng.exponential(size=(n, 4))),
    "heavy tails": lambda rng, n: numbers(normal(rng, n, 4, 0.4) / np.sqrt(rng.chisquare(3, size=(n, 1)) / 3)),
    "uniform": lambda rng, n: numbers(rng.random((n, 4))),
    "flags with one trait": lambda rng, n: numbers((normal(rng, n, 8, 0.5) > rng.normal(size=8) * 0.7).astype(int)),
    "ratings with one trait": lambda rng, n: numbers(np.clip(np.round(3.6 + 1.2 * normal(rng, n, 6, 0.5)), 1, 5)),
    "many zeros": lambda rng, n: numbers(np.where((z := normal(rng, n, 4, 0.5)) > 0, np.exp(z), 0)),
    "counts": lambda rng, n: numbers(rng.poisson(np.exp(0.5 * normal(rng, n, 4, 0.5) + 1)).astype(float)),
    "categories": lambda rng, n: pd.DataFrame({f"c{i}": rng.choice(list("abcd"), n, p=[0.4, 0.3, 0.2, 0.1]) for i in range(5)}),
    "mixed": mixed,
    "banana": banana,
}
