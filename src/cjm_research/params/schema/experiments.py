"""Experiments and their metrics."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from ..values import DurationField, Refused
from .base import Name, Names, Section, Title

MOST_LOOKS = 1_000


class ExperimentMetric(Section):
    """One metric of an experiment."""

    name: Name = Field(description="Name in the measurements, or of the metric computed from interactions.")
    says: Title | None = Field(None, description="What those do whom it counts, as a verb for sentences: order, visit the shop; of other kinds what it measures: the time at the checkout.")
    kind: Literal["proportion", "mean", "ratio", "quantile", "time_to_event", "nps", "csat", "ces"] = Field("mean", description="What kind of number it is.")
    unit: str | None = Field(None, description="Unit for the report, e.g. EUR, share, s.")
    higher_is_better: bool = Field(True, description="Direction.")
    numerator: str | None = Field(None, description="For ratio: metric above the line.")
    denominator: str | None = Field(None, description="For ratio: metric below the line.")
    quantile: float | None = Field(None, gt=0, lt=1, description="For quantile: which one.")
    event: Names = Field([], description="Compute from interactions: these events after assignment.")
    window: DurationField | None = Field(None, description="Time after assignment that counts.")
    winsorise: float | None = Field(None, gt=0.5, lt=1, description="Cap at this pooled quantile.")
    covariate: str | None = Field(None, description="Pre-period metric for CUPED; default: the same metric in period pre.")
    margin: float | None = Field(None, description="Non-inferiority margin for a guardrail, in the metric's unit (or relative, see margin_kind).")
    margin_kind: Literal["absolute", "relative"] = Field("absolute", description="Meaning of margin.")
    scale: tuple[float, float] | None = Field(None, description="For scores: lowest and highest answer.")
    box: int = Field(2, ge=1, description="For csat: how many points at the favourable end count as satisfied.")
    aggregate: Literal["sum", "mean", "max", "min", "last"] | None = Field(None, description="How several measurements of a unit become one value; default by kind: sum, for proportion max, for scores last, for time_to_event min.")
    absent: Literal["missing", "zero"] = Field("missing", description="What a unit without a measurement means; zero where the export lists only those who did something.")
    counts: Literal["events", "value"] = Field("events", description="From interactions: count the events, or add up their value.")
    funnel: str | None = Field(None, description="Compute from interactions: whether the customer reaches `step` of this funnel after assignment.")
    step: str | None = Field(None, description="For funnel: the step; default: the last.")
    question: str | None = Field(None, description="Compute from responses: the first answer to this question after assignment.")


class Experiment(Section):
    """The design of an A/B test, stated before its data."""

    name: Name = Field(description="Name in the assignments.")
    title: Title | None = Field(None, description="Title in the report.")
    hypothesis: str | None = Field(None, description="What was expected and why; missing: stamped 'not pre-registered'.")
    unit: str = Field("customer", description="Unit of randomisation.")
    cluster: str | None = Field(None, description="Column of the unit's cluster, where analysis rows are finer than the randomised unit.")
    control: str = Field(description="Variant that is the control.")
    variants: dict[str, float] = Field(description="Planned share of each variant; any positive weights.")
    labels: dict[str, Title] = Field({}, description="What each variant is called in sentences: {picker: the slot picker, list: the list of slots}.")
    actions: dict[str, Name] = Field({}, description="What it means to give a variant to everybody, verb first: {picker: Replace the list of slots with the slot picker}.")
    primary: str = Field(description="Name of the primary metric.")
    metrics: list[ExperimentMetric] = Field(min_length=1, description="All metrics.")
    guardrails: list[str] = Field([], description="Names of guardrail metrics (they need a margin).")
    segments: list[str] = Field([], description="Properties of units for segment analysis.")
    start: date | None = Field(None, description="First day.")
    end: date | None = Field(None, description="Planned last day.")
    planned_n: int | None = Field(None, gt=0, description="Planned units in all.")
    looks: list[float] | int | None = Field(None, description="Planned looks: number, or shares of the planned n.")
    method: Literal["fixed", "lan_demets", "asympcs", "bayes"] = Field("fixed", description="How looks are accounted for.")
    alpha: float = Field(0.05, gt=0, lt=1, description="Two-sided level.")
    power: float = Field(0.8, gt=0, lt=1, description="Planned power.")
    mde: float | None = Field(None, description="Smallest effect that matters, absolute, in the primary metric's unit.")
    prior_sd: float | None = Field(None, gt=0, description="For bayes: standard deviation of the prior of the absolute effect.")
    trigger: str | None = Field(None, description="Metric (0 or 1) saying that the unit could notice the change; its effect is then also shown undiluted.")
    touchpoint: str | None = Field(None, description="Touchpoint it changes.")
    stage: str | None = Field(None, description="Stage it changes.")
    opportunity: str | None = Field(None, description="Opportunity it tests.")

    def called(self, variant: str) -> str:
        """What a variant is called in sentences."""
        return self.labels.get(variant, variant)

    def action(self, variant: str) -> str:
        """What it means to give a variant to everybody, verb first."""
        return self.actions.get(variant) or f"Use {self.called(variant)} instead of {self.called(self.control)}"

    @model_validator(mode="after")
    def _names(self) -> Experiment:
        metrics = [m.name for m in self.metrics]
        for what, found in (("primary", [self.primary]), ("guardrails", self.guardrails)):
            for n in found:
                if n not in metrics:
                    raise Refused(f"experiment {self.name!r}: {what} names the unknown metric {n!r}", f"the metrics: {', '.join(metrics)}", f"correct `{what}`")
        if self.control not in self.variants:
            raise Refused(f"experiment {self.name!r}: control {self.control!r} is none of the variants", f"the variants: {', '.join(self.variants)}", "correct `control`")
        if (count := self.looks if isinstance(self.looks, int) else len(self.looks or [0])) not in range(1, MOST_LOOKS + 1):
            raise Refused(f"experiment {self.name!r}: {count:,} looks are planned", f"1 to {MOST_LOOKS}", "correct `looks`, or leave it out for one at the end")
        for what, given in (("labels", self.labels), ("actions", self.actions)):
            if odd := [v for v in given if v not in self.variants]:
                raise Refused(f"experiment {self.name!r}: {what} name the unknown variant {odd[0]!r}", f"the variants: {', '.join(self.variants)}", f"correct `{what}`")
        if len(self.variants) < 2:
            raise Refused(f"experiment {self.name!r}: it has fewer than two variants", "two or more", "add the other arm with its planned share")
        if any(v <= 0 for v in self.variants.values()):
            raise Refused(f"experiment {self.name!r}: a planned share is not positive", "shares or weights above 0", "leave out variants that nobody gets")
        return self
