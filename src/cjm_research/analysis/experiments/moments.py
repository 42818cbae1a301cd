"""Sufficient statistics of a metric per arm (and per day, segment, …), aggregated by the engine."""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...results.result import Estimate
from ...shapes import Row
from ...stats import quantiles
from ...stats.means import Sample
from ...stats.ratios import Pairs
from ...stats.survival import Times
from .units import plain
from .values import Values

if TYPE_CHECKING:
    from ...study import Study

_STEPS = 5000  # distinct times a curve is drawn on; finer ones are rounded down


@dataclass(frozen=True)
class Group:
    """An arm (of a day, a segment): its units, the observed ones, and the moments of their values.

    covariate: (value, value before); ratio: (numerator, denominator); clusters: (Σ value, units) per cluster, or
    (Σ numerator, Σ denominator) for a ratio.
    """

    units: int
    pending: int
    sample: Sample
    total: float = 0.0
    least: float | None = None
    most: float | None = None
    skew: float | None = None
    covariate: Pairs | None = None
    ratio: Pairs | None = None
    clusters: Pairs | None = None
    quantile: Estimate | None = None
    times: Times | None = None

    @property
    def n(self) -> int:
        """Units with a value."""
        return self.sample.n

    @property
    def missing(self) -> int:
        """Units without a value that should have one."""
        return self.units - self.pending - self.n

    @property
    def hits(self) -> int:
        """Units with value 1, for shares."""
        return round(self.total)


def by(study: Study, values: Values, keys: str = "arm", where: str = "TRUE", expression: str | None = None,
       join: str = "", bottom: str | None = None) -> dict[Any, Group]:
    """The groups of a metric by one or two columns; keys as in the query's rows (a tuple for two).

    expression, bottom: another reading of y and of the denominator (a different cap). join: more columns from the units (`JOIN … u ON …`).
    """
    y = expression or values.expression
    if values.metric.kind == "time_to_event":
        y = "CASE WHEN y <= coalesce(follow, y) THEN y END"
    if values.metric.kind == "ratio":
        y = f"CASE WHEN d IS NOT NULL THEN {y} END"
    centre = f"(SELECT avg(x) FROM {values.table})"
    columns = [c.strip() for c in keys.split(",")]
    parts = ["count(*) AS units", "count(*) FILTER (WHERE pending) AS pending", "count(v) AS n", "avg(v) AS mean",
             "var_samp(v) AS var", "sum(v) AS total", "min(v) AS least", "max(v) AS most", "skewness(v) AS skew"]
    if values.has_before:
        parts += _pair("c", "before")
    if values.metric.kind == "ratio":
        parts += _pair(bottom or values.bottom, "bottom")
    before = f", coalesce(x, {centre}) AS c" if values.has_before else ""
    frame = study.query(f"""SELECT {keys}, {', '.join(parts)} FROM (
        SELECT *, {y} AS v{before} FROM {values.table} m {join}) WHERE {where} GROUP BY {keys} ORDER BY {keys}""")
    found: dict[Any, Group] = {}
    for row in frame.to_dict("records"):
        key: Hashable = tuple(plain(row[c]) for c in columns) if len(columns) > 1 else plain(row[columns[0]])
        found[key] = group_of(row, values)
    return found


def group_of(row: Row, values: Values) -> Group:
    """A group from the engine's row of moments."""
    n = int(row["n"])
    return Group(int(row["units"]), int(row["pending"]), Sample(n, _number(row["mean"]), _number(row["var"])),
                 _number(row["total"]) or 0.0, _number(row["least"]), _number(row["most"]), _number(row["skew"]),
                 _pairs(row, n, "before") if values.has_before else None,
                 _pairs(row, n, "bottom") if values.metric.kind == "ratio" else None)


def arms(study: Study, values: Values) -> dict[int, Group]:
    """The groups by arm, with what only whole arms have: clusters, quantiles, times."""
    found = by(study, values)
    kind = values.metric.kind
    if values.has_cluster and kind not in ("quantile", "time_to_event"):
        clusters = _clusters(study, values)
        found = {a: _with(g, clusters=clusters.get(a)) for a, g in found.items()}
    if kind == "quantile":
        found = {a: _with(g, quantile=_quantile(study, values, a, g.n)) for a, g in found.items()}
    if kind == "time_to_event":
        found = {a: _with(g, times=_times(study, values, a)) for a, g in found.items()}
    return found


def together(groups: Iterable[Group]) -> Group:
    """Groups of disjoint units as one (days up to a look): pooled n, mean, variance and covariances. Chan et al. 1983."""
    return functools.reduce(_join, groups)


def _join(a: Group, b: Group) -> Group:
    return Group(a.units + b.units, a.pending + b.pending, _join_samples(a.sample, b.sample), a.total + b.total,
                 covariate=_join_pairs(a.covariate, b.covariate), ratio=_join_pairs(a.ratio, b.ratio))


def _join_samples(a: Sample, b: Sample) -> Sample:
    if not a.n or a.mean is None:
        return b
    if not b.n or b.mean is None:
        return a
    n, gap = a.n + b.n, b.mean - a.mean
    squares = (a.var or 0.0) * (a.n - 1) + (b.var or 0.0) * (b.n - 1) + gap * gap * a.n * b.n / n
    return Sample(n, a.mean + gap * b.n / n, squares / (n - 1))


def _join_pairs(a: Pairs | None, b: Pairs | None) -> Pairs | None:
    if a is None or b is None:
        return a or b
    n = a.n + b.n
    gy, gx = b.mean_y - a.mean_y, b.mean_x - a.mean_x
    weight = a.n * b.n / n

    def pooled(u: float, v: float, between: float) -> float:
        return (u * (a.n - 1) + v * (b.n - 1) + between * weight) / (n - 1)

    return Pairs(n, a.mean_y + gy * b.n / n, a.mean_x + gx * b.n / n, pooled(a.var_y, b.var_y, gy * gy),
                 pooled(a.var_x, b.var_x, gx * gx), pooled(a.cov, b.cov, gy * gx))


def influence(study: Study, values: Values, first: int, second: int, centres: tuple[float, float],
              sizes: tuple[int, int]) -> tuple[float, int]:
    """The squared error of a difference of means where clusters lie in both arms, and the number of clusters.

    Sums of (y − mean)/n per cluster, signed by arm: the sandwich of Liang & Zeger 1986 with C/(C−1).
    """
    row = study.query(f"""
        SELECT count(*) AS clusters, sum(s * s) AS squares FROM (
            SELECT sum(CASE arm WHEN {first} THEN (v - {centres[0]!r}) / {sizes[0]} ELSE -(v - {centres[1]!r}) / {sizes[1]} END) AS s
            FROM (SELECT *, {values.expression} AS v FROM {values.table})
            WHERE arm IN ({first}, {second}) AND v IS NOT NULL GROUP BY coalesce(cluster, 'unit ' || i))""").iloc[0]
    clusters = int(row["clusters"])
    return (float(row["squares"]) * clusters / (clusters - 1) if clusters > 1 else 0.0), clusters


def shared_clusters(study: Study, values: Values) -> int:
    """How many clusters have units in more than one arm."""
    return int(study.query(f"SELECT count(*) AS n FROM (SELECT cluster FROM {values.table} WHERE cluster IS NOT NULL "
                           "GROUP BY cluster HAVING min(arm) <> max(arm))")["n"][0])


def _clusters(study: Study, values: Values) -> dict[int, Pairs]:
    below = f"sum({values.bottom})" if values.metric.kind == "ratio" else "count(v)::DOUBLE"
    frame = study.query(f"""
        SELECT arm, count(*) AS n, avg(s) AS mean, var_samp(s) AS var, avg(k) AS bottom_mean, var_samp(k) AS bottom_var,
               covar_samp(s, k) AS bottom_cov
        FROM (SELECT arm, sum(v) AS s, {below} AS k FROM (SELECT *, {values.expression} AS v FROM {values.table})
              WHERE v IS NOT NULL GROUP BY arm, coalesce(cluster, 'unit ' || i)) GROUP BY arm""")
    found = {int(r["arm"]): _pairs(r, int(r["n"]), "bottom") for r in frame.to_dict("records")}
    return {a: p for a, p in found.items() if p is not None}


def _quantile(study: Study, values: Values, arm: int, n: int) -> Estimate | None:
    q, unit = values.metric.quantile or 0.5, values.metric.unit or "per unit"
    if n == 0:
        return None
    low, (a, b), high = quantiles.ranks(n, q)
    # the (r−½)/n discrete quantile is the value of rank r
    wanted = [(r - 0.5) / n for r in (low or a, a, b, high or b)]
    row = study.query(f"SELECT quantile_disc({values.expression}, {wanted!r}) AS v FROM {values.table} WHERE arm = {arm}")["v"][0]
    return quantiles.from_order_statistics(n, q, (float(row[1]) + float(row[2])) / 2, None if low is None else float(row[0]),
                                           None if high is None else float(row[3]), unit)


def _times(study: Study, values: Values, arm: int) -> Times:
    frame = study.query(f"""
        WITH c AS (SELECT CASE WHEN y IS NOT NULL AND y <= coalesce(follow, y) THEN y ELSE follow END AS t,
                          coalesce(y <= coalesce(follow, y), FALSE) AS event FROM {values.table} WHERE arm = {arm}),
             r AS (SELECT greatest(max(t) / {_STEPS}, 1e-9) AS step FROM c)
        SELECT floor(c.t / step) * step AS at_time, count(*) FILTER (WHERE event) AS events, count(*) FILTER (WHERE NOT event) AS open
        FROM c, r WHERE t IS NOT NULL AND t >= 0 GROUP BY 1 ORDER BY 1""")
    return Times(tuple(frame["at_time"].astype(float)), tuple(frame["events"].astype(int)), tuple(frame["open"].astype(int)))


def _pair(column: str, name: str) -> list[str]:
    seen = "FILTER (WHERE v IS NOT NULL)"
    return [f"avg({column}) {seen} AS {name}_mean", f"var_samp({column}) {seen} AS {name}_var", f"covar_samp(v, {column}) AS {name}_cov"]


def _pairs(row: Row, n: int, name: str) -> Pairs | None:
    numbers = [_number(row[k]) for k in ("mean", f"{name}_mean", "var", f"{name}_var", f"{name}_cov")]
    if n < 2 or any(x is None for x in numbers):
        return None
    return Pairs(n, *(float(x) for x in numbers if x is not None))


def _with(group: Group, **changes: Any) -> Group:
    from dataclasses import replace

    return replace(group, **changes)


def _number(value: Any) -> float | None:
    found = plain(value)
    return None if found is None or not math.isfinite(found) else float(found)

