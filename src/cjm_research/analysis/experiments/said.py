"""The verdict of a test as its client reads it first: what to do, and how many did what with either variant."""

from __future__ import annotations

from ...params.schema import Experiment
from ...results.prose import whole
from . import design as designs
from . import effects
from .effects import Measured
from .units import Units
from .verdict import Verdict


def first(units: Units, primary: Measured, v: Verdict) -> str:
    """One or two sentences, to stand before those with intervals and p."""
    design = units.design
    named, control = design.called(v.variant), design.called(design.control)
    lead = {"ship": f"{design.action(v.variant)}.", "do not ship": f"Keep {control}.", "inconclusive": f"The data cannot say yet whether {named} does better than {control}.",
            "too early": f"It is too early to judge {named}.", "withheld": f"Do not use this test of {named}; its verdict is withheld: {v.reason}."}[v.choice]
    counted = _counted(design, units, primary, v)
    return f"{lead} {counted}" if counted and v.choice != "withheld" else lead


def _counted(design: Experiment, units: Units, primary: Measured, v: Verdict) -> str:
    """`63 of 100 order with the slot picker, 46 with the list of slots.`; empty where the metric is no share."""
    if designs.unit_of(primary.metric) != "share":
        return ""
    levels = [effects.level(primary.metric, primary.groups[units.arms.index(a)], primary.contrasts[v.variant]) for a in (v.variant, design.control)]
    if None in levels:
        return ""
    says = primary.metric.says or primary.metric.name.replace("_", " ")
    with_, without = (x if x.startswith(("with", "without")) else f"with {x}" for x in (design.called(v.variant), design.called(design.control)))
    (value, of), (other, of_other) = whole(levels[0] or 0.0), whole(levels[1] or 0.0)
    return f"{value} {of} {says} {with_}, {other}{'' if of == of_other else f' {of_other}'} {without}."
