"""The segmentation methods: the whole list, visible. Each: fit(data, k, rng, starts) → a model that assigns rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import kmeans, latent_class, medoids, prototypes
from .data import Data, Labels, Model, Rows

Fit = Callable[[Data, int, np.random.Generator, int], Model]


@dataclass(frozen=True)
class Method:
    """A method. starts: for the final fit; rows: most it is fitted on; refit: the fit to another sample, for stability."""

    name: str
    title: str
    fit: Fit
    starts: int
    rows: int
    refit: Fit


METHODS: dict[str, Method] = {m.name: m for m in (
    Method("kmeans", "k-means on encoded features (Lloyd, k-means++ starts)", kmeans.fit, 50, 20_000, kmeans.fit),
    Method("kprototypes", "k-prototypes (Huang 1998)", prototypes.fit, 10, 10_000, prototypes.fit),
    Method("gower_medoids", "medoids on Gower's distance (PAM, CLARA; Kaufman & Rousseeuw 1990)", medoids.fit, 3, 5_000, medoids.fit),
    Method("latent_class", "latent class analysis (EM)", latent_class.fit, 20, 20_000, latent_class.refit),
)}

__all__ = ["METHODS", "Data", "Labels", "Method", "Model", "Rows"]
