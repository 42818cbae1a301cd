"""The design of an experiment as it was stated, and what was left unsaid."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pandas as pd

from ...errors import unknown
from ...params.schema import Experiment, ExperimentMetric
from ...results.words import column, count, number, percent

if TYPE_CHECKING:
    from ...study import Study

#: what a design must say before its data to count as pre-registered
REQUIRED = ("the hypothesis", "the planned size or end", "the smallest effect that matters")
_DESIGN_HASH = "s"  # how hashes of designs are made, no hexadecimal digit: see `sha256`
#: kinds whose value is a mean over units, so that sums, clusters, segments and looks apply to them
MEAN_KINDS = ("proportion", "mean", "nps", "csat", "ces")


def find(study: Study, name: str) -> Experiment:
    """The experiment of that name in params. Raises BadInput with the names there are."""
    for design in study.params.experiments:
        if design.name == name:
            return design
    raise unknown(f"{study.client}: experiments", "experiment", name, [d.name for d in study.params.experiments],
                  f"add it under experiments: in params/{study.client}.yaml")


def metric(design: Experiment, name: str) -> ExperimentMetric:
    """A metric of the design. Raises BadInput with the names there are."""
    for found in design.metrics:
        if found.name == name:
            return found
    raise unknown(f"experiment {design.name!r}", "metric", name, [m.name for m in design.metrics], "name a metric of the design, or add it under experiments in params")


def role(design: Experiment, name: str) -> str:
    """`primary`, `guardrail` or `secondary`."""
    return "primary" if name == design.primary else "guardrail" if name in design.guardrails else "secondary"


def unit_of(m: ExperimentMetric, currency: str = "") -> str:
    """The unit a metric's own value is shown in."""
    if m.kind in ("proportion", "csat"):
        return "share"
    return {"nps": "points", "ces": "score", "time_to_event": "share"}.get(m.kind) or m.unit or (
        currency if m.counts == "value" and m.event else f"per {_one(m.denominator)}" if m.kind == "ratio" and m.denominator else "per unit")


def _one(name: str) -> str:
    """One of what a metric counts: `clicks` → `click`."""
    said = name.replace("_", " ").strip()
    return said[:-1] if said.endswith("s") and not said.endswith("ss") else said


def difference_unit(unit: str) -> str:
    """The unit of a difference of two such values."""
    return "share difference" if unit == "share" else unit


def missing_statements(design: Experiment) -> list[str]:
    """What the design leaves unsaid; empty means pre-registered."""
    said = (design.hypothesis, design.planned_n or design.end, design.mde)
    return [name for name, value in zip(REQUIRED, said, strict=True) if not value]


def sha256(design: Experiment) -> str:
    """A hash of what has to be said before the data: hypothesis, size, the effect that matters, metrics, guardrails and how looks count.

    Words for sentences are no part of it, nor is how shares are written (1 and 1, 50 and 50). What was left to a default is left
    out, so that a key that a later version knows changes no hash. The first letter says how it was made: others are not compared.
    """
    said = design.model_dump(mode="json", exclude_defaults=True, exclude={"title", "segments", "touchpoint", "stage", "opportunity", "labels", "actions"})
    said["variants"] = {v: round(w / sum(design.variants.values()), 9) for v, w in design.variants.items()}
    said["metrics"] = sorted(({k: v for k, v in m.items() if k != "says"} for m in said["metrics"]), key=lambda m: str(m["name"]))
    return _DESIGN_HASH + hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def margin_words(m: ExperimentMetric, currency: str = "") -> str:
    """`0.1 pp worse`: how much worse a guardrail may be."""
    unit = "relative change" if m.margin_kind == "relative" else difference_unit(unit_of(m, currency))
    return f"{number(abs(m.margin or 0.0), unit).lstrip('+')} worse".replace("\u202fper unit", "")


def stated(design: Experiment, currency: str = "") -> pd.DataFrame:
    """The design as a frame: item, value, and whether it was stated."""
    total = sum(design.variants.values())
    split = ", ".join(f"{v} {percent(w / total)}" for v, w in design.variants.items())
    guards = [f"{column(g)} (at most {margin_words(m, currency)})" if m.margin is not None else f"{column(g)} (no margin)"
              for g in design.guardrails for m in [metric(design, g)]]
    unit = difference_unit(unit_of(metric(design, design.primary), currency))
    looks = design.looks if design.looks is not None else "one, at the end"
    rows: list[tuple[str, object]] = [
        ("hypothesis", design.hypothesis), ("unit of randomisation", design.unit), ("variants and split", split),
        ("control", design.control), ("primary metric", column(design.primary)), ("guardrails", ", ".join(guards) or None),
        ("other metrics", ", ".join(column(m.name) for m in design.metrics if role(design, m.name) == "secondary") or None),
        ("start", design.start), ("end", design.end), ("planned units", count(design.planned_n) if design.planned_n else None), ("looks", looks),
        ("looks accounted for by", design.method), ("alpha, two-sided", design.alpha), ("power", design.power),
        ("smallest effect that matters", None if design.mde is None else number(abs(design.mde), unit).lstrip("+").replace("\u202fper unit", "")), ("opportunity", design.opportunity),
    ]
    return pd.DataFrame([(k, "not stated" if v is None else str(v), v is not None) for k, v in rows],
                        columns=["item", "value", "stated"])
