"""All of a client's experiments and changes in one table, and one experiment's design before it has data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...errors import NotEnoughData
from ...results.cache import answered
from ...results.declared import declares
from ...results.result import Result
from ...results.words import listing
from ...shapes import Row
from . import declared
from . import design as designs
from .change import evaluate_change
from .evaluate import evaluate

if TYPE_CHECKING:
    from ...study import Study

COLUMNS = ["name", "how", "variant", "verdict", "metric", "value", "low", "high", "n", "base", "unit", "method", "opportunity"]


@declares(declared.DESIGN)
def stated(study: Study, name: str) -> Result:
    """The design of an experiment as params state it; needs no data. Frame `design`: item, value, whether it was stated.

    Raises BadInput for an unknown name.
    """
    design = designs.find(study, name)
    unsaid = designs.missing_statements(design)
    title = design.title or design.name
    if unsaid:
        said = (f"Not pre-registered: {listing(unsaid)} of {title} {'is' if len(unsaid) == 1 else 'are'} not stated, so what follows could have "
                "been chosen after seeing the data.")
    else:
        said = f"{title} states its hypothesis, its size and the smallest effect that matters."
    return Result(f"What was planned for {title}?", {"design": designs.stated(design, study.params.currency)}, {"pre_registered": not unsaid, "missing": unsaid}, [said],
                  "As in the settings; a report cannot see when they were written. Version control of their file can.")


@declares(declared.OVERVIEW)
def overview(study: Study) -> Result:
    """Every experiment's verdicts and every change's effect; frame `overview`. Raises NotEnoughData where params name
    none, or none has data."""
    params = study.params
    if not params.experiments and not params.changes:
        raise NotEnoughData("experiments", "none is defined", "at least one under experiments: or changes:",
                            "docs/params.md says how")
    rows: list[Row] = []
    for design in params.experiments:
        rows += _experiment(study, design.name)
    for change in params.changes:
        rows.append(_change(study, change.name))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    tally = frame["verdict"].value_counts()
    if set(tally.index) == {"no data yet"}:
        raise NotEnoughData("experiments", f"no data yet of {listing([str(n) for n in frame['name'].unique()])}", "units or days of at least one", "cjm check says what data there is")
    parts = [f"{len(items)} {word}{'s' if len(items) != 1 else ''}" for items, word in (
        (params.experiments, "A/B test"), (params.changes, "change to everybody")) if items]
    said = f"{listing(parts)}, by variant: ".replace("change to everybodys", "changes to everybody") + ", ".join(
        f"{v} ({n})" for v, n in tally.items()) + "."
    return Result("What was tried, and what came of it?", {"overview": frame}, {"verdicts": {str(k): int(n) for k, n in tally.items()}}, [said],
                  "One row a variant or change, as its own evaluation says.")


def _experiment(study: Study, name: str) -> list[Row]:
    design = designs.find(study, name)
    opportunity = next((o.name for o in study.params.opportunities if o.experiment == name), design.opportunity)
    shared = {"name": design.title or name, "how": "A/B test", "metric": design.primary, "opportunity": opportunity}
    try:
        found = answered(evaluate, study, name=name)["verdicts"]
    except NotEnoughData as reason:
        return [{**shared, "variant": None, "verdict": "no data yet", "method": reason.found}]
    return [{**shared, **{c: r[c] for c in ("variant", "verdict", "value", "low", "high", "n", "base", "unit", "method")}} for r in found.to_dict("records")]


def _change(study: Study, name: str) -> Row:
    change = next(c for c in study.params.changes if c.name == name)
    shared = {"name": name, "how": "before and after", "variant": None, "metric": change.metric, "opportunity": None}
    try:
        result = answered(evaluate_change, study, name=name)
    except NotEnoughData as reason:
        return {**shared, "verdict": "no data yet", "method": reason.found}
    first = result["effects"].iloc[0].to_dict()
    return {**shared, "verdict": "moved" if result.facts["clear"] else "did not clearly move",
            **{c: first[c] for c in ("value", "low", "high", "n", "base", "unit", "method")}}
