"""Would another reasonable analysis say otherwise? The primary effect by other tests, caps, covariates and priors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from ...stats import bayes, means, ratios, share_differences, survival
from ...stats.comparison import Comparison
from . import contrasts, moments
from . import design as designs
from .effects import Measured, error_of
from .looks import prior_sd
from .units import Units
from .values import capped, caps_of

CAPS = (0.99, 0.999)  # pooled quantiles at which large values are capped
COLUMNS = ["variant", "analysis", "value", "low", "high", "p", "n", "base", "unit", "method"]


def table(units: Units, primary: Measured) -> pd.DataFrame:
    """The primary contrast by every analysis that applies; the first row is the one the verdict rests on."""
    rows = []
    control = units.arms.index(units.design.control)
    for variant in units.live_treatments:
        arm = units.arms.index(variant)
        for name, c in _analyses(units, primary, variant, arm, control):
            rows.append({"variant": variant, "analysis": name, **c.estimate().row(), "p": c.p})
    return pd.DataFrame(rows, columns=COLUMNS)


def _analyses(units: Units, primary: Measured, variant: str, arm: int, control: int) -> list[tuple[str, Comparison]]:
    m, a, b = primary.metric, primary.groups[arm], primary.groups[control]
    chosen, conf = primary.contrasts[variant], 1 - units.design.alpha
    unit = chosen.absolute.unit
    found: list[tuple[str, Comparison]] = [("as planned", chosen.absolute)]
    if chosen.adjusted is not None and a.covariate is not None and b.covariate is not None:
        found.append(("without the covariate", chosen.plain))
        found.append(("a slope per arm", ratios.adjusted_difference(a.covariate, b.covariate, "by_arm", unit, conf).adjusted))
        found.append(("pooled slope", ratios.adjusted_difference(a.covariate, b.covariate, "total", unit, conf).adjusted))
    if primary.values.has_cluster and m.kind in designs.MEAN_KINDS:
        naive = means.mean_difference(a.sample, b.sample, unit, conf)
        found.append(("clusters ignored (wrong, for comparison)", replace(naive, method=f"{naive.method}, as if units were independent")))
        return found
    if m.kind in ("proportion", "csat"):
        counts = (a.hits, a.n, b.hits, b.n)
        for method in ("newcombe", "agresti_caffo", "wald"):
            c = share_differences.share_difference(*counts, conf=conf, method=method)  # type: ignore[arg-type]
            found.append((c.method.split(",")[0], c))
    if m.kind == "nps":
        found.append(("mean of ±100", means.mean_difference(a.sample, b.sample, unit, conf)))
    if m.kind in ("mean", "ratio"):
        found += _capped(units, primary, arm, control, conf)
    if m.kind == "time_to_event" and a.times is not None and b.times is not None:
        tested = survival.log_rank([a.times, b.times])
        if tested:
            found.append(("whole curve", replace(chosen.absolute, p=tested[2], method=f"log-rank, χ² = {tested[0]:.2f}")))
    if m.kind in (*designs.MEAN_KINDS, "ratio") and units.facts["timed"] and units.facts["first_day"] != units.facts["last_day"]:
        found += _without_first_day(units, primary, arm, control, conf)
    shrunk = posterior(units, chosen.absolute)
    if shrunk is not None and chosen.absolute.value is not None:
        found.append(("shrunk by the prior", Comparison(shrunk.value, shrunk.low, shrunk.high, None, a.n, a.n + b.n, unit,
                                                        f"posterior, prior {shrunk.prior}", conf)))
    return found


def posterior(units: Units, c: Comparison) -> bayes.Posterior | None:
    """The effect under the design's prior (`prior_sd`, else the smallest effect that matters as its sd); None without either."""
    sd, se = prior_sd(units.design), error_of(c)
    if not sd or c.value is None or not se:
        return None
    return bayes.normal_posterior(c.value, se, sd, 0.0, 1 - units.design.alpha)


def _capped(units: Units, primary: Measured, arm: int, control: int, conf: float) -> list[tuple[str, Comparison]]:
    found, v = [], primary.values
    if v.cap is not None:
        raw = moments.by(units.study, v, expression="y", bottom="d")
        found.append(("without the cap", _absolute(units, primary, raw, arm, control, conf)))
    asked = [v.metric.winsorise] if v.metric.winsorise is not None and v.unused_cap else []
    for q in dict.fromkeys([*CAPS, *asked]):
        if v.metric.winsorise == q and not v.unused_cap:
            continue
        caps = caps_of(units.study, v.metric, v.table, q)
        cap = caps.get("y")
        if cap is None or cap >= (v.facts["most"] or 0):
            continue
        groups = moments.by(units.study, v, expression=capped("y", cap), bottom=capped("d", caps.get("d")))
        c = _absolute(units, primary, groups, arm, control, conf)
        found.append((f"capped at the {q:.1%} quantile", replace(c, method=f"{c.method}; values above {cap:,.6g} count as that, one threshold for all arms")))
    return found


def _without_first_day(units: Units, primary: Measured, arm: int, control: int, conf: float) -> list[tuple[str, Comparison]]:
    first = units.facts["first_day"]
    groups = moments.by(units.study, primary.values, where=f"day > DATE '{first}'")
    if arm not in groups or control not in groups:
        return []
    return [("without the first day", _absolute(units, primary, groups, arm, control, conf))]


def _absolute(units: Units, primary: Measured, groups: dict[Any, Any], arm: int, control: int, conf: float) -> Comparison:
    return contrasts.compare(primary.metric, groups[arm], groups[control], conf, units.study.params.currency).absolute
