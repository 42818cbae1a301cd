"""The schema of `params/<client>.yaml`. `docs/params.md` and `params/schema.json` are generated from it.

Strict: an unknown key is an error with a suggestion (see `load`). Every field has a description, since
that text is what an editor shows and what `docs/params.md` prints.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .values import OPERATORS, Condition, DurationField

Name = Annotated[str, Field(min_length=1, max_length=120)]


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _strings(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Period(Section):
    """Which part of the data the study looks at."""

    start: date | None = Field(None, description="First day, in the client's time zone. Default: first day of the data.")
    end: date | None = Field(None, description="Last day, included. Default: last day of the data.")


class Match(Section):
    """Which records a touchpoint is made of; all given keys must hold, a list means any of its values."""

    event: list[str] = Field([], description="Event names.")
    source: list[str] = Field([], description="Names of sources.")
    channel: list[str] = Field([], description="Channels.")
    where: Condition = Field({}, description=f"Conditions on columns or `properties.<key>`; operators: {', '.join(OPERATORS)}.")

    _lists = field_validator("event", "source", "channel", mode="before")(_strings)


class Touchpoint(Section):
    """Where customer and brand meet."""

    name: Name = Field(description="Name on the map.")
    channel: str | None = Field(None, description="The medium it happens through; set on its records where they have none.")
    match: list[Match] = Field([], description="Rules that select its interactions; any of them. May be one mapping.")
    questions: list[str] = Field([], description="Ids of survey questions about it.")
    codes: list[str] = Field([], description="Codes (name or path) that speak of it.")
    feedback: list[str] = Field([], description="Labels or sources of feedback about it.")
    owner: str | None = Field(None, description="Who answers for it.")
    backstage: list[str] = Field([], description="Systems and processes behind the line of visibility.")
    target: float | None = Field(None, description="Target of its satisfaction score, on the score's own scale.")

    _lists = field_validator("questions", "codes", "feedback", "backstage", mode="before")(_strings)
    _match = field_validator("match", mode="before")(lambda v: [v] if isinstance(v, dict) else v)


class Stage(Section):
    """A high-level period of the journey."""

    name: Name = Field(description="Name on the map.")
    goal: str | None = Field(None, description="What the customer wants to get done here.")
    touchpoints: list[Touchpoint] = Field([], description="Touchpoints of the stage, in order.")
    match: list[Match] = Field([], description="Interactions of the stage that belong to no touchpoint of it.")
    questions: list[str] = Field([], description="Survey questions about the stage as a whole.")
    codes: list[str] = Field([], description="Codes that speak of the stage as a whole.")
    deals: list[str] = Field([], description="CRM stages that belong to it.")

    _lists = field_validator("questions", "codes", "deals", mode="before")(_strings)
    _match = field_validator("match", mode="before")(lambda v: [v] if isinstance(v, dict) else v)


class Assumption(Section):
    """A hand-written line of the map; shown as `assumed`, never mixed with numbers."""

    stage: str = Field(description="Stage it belongs to.")
    lane: Literal["actions", "pain", "gain", "thoughts", "emotion", "opportunity", "backstage"] = Field(
        description="Lane it is written into.")
    text: str = Field(description="The statement.")
    touchpoint: str | None = Field(None, description="Touchpoint it belongs to.")
    persona: str | None = Field(None, description="Persona it is about.")
    valence: float | None = Field(None, ge=-2, le=2, description="For the emotion lane: −2 … +2.")
    state: Literal["current", "future"] = Field("current", description="The journey as it is, or as it should become.")


class Journey(Section):
    """Stages and touchpoints, and which records belong to them."""

    stages: list[Stage] = Field([], description="Stages in order.")
    assumptions: list[Assumption] = Field([], description="Hand-written lines, marked `assumed`.")

    @model_validator(mode="after")
    def _unique(self) -> Journey:
        names = [s.name for s in self.stages]
        touchpoints = [t.name for s in self.stages for t in s.touchpoints]
        for what, found in (("stage", names), ("touchpoint", touchpoints)):
            twice = sorted({n for n in found if found.count(n) > 1})
            if twice:
                raise ValueError(f"{what} names must be unique; twice: {', '.join(twice)}")
        for a in self.assumptions:
            if a.stage not in names:
                raise ValueError(f"assumption {a.text[:40]!r} names the unknown stage {a.stage!r}; stages: {', '.join(names)}")
        return self


class Question(Section):
    """One question of a survey: which column, which instrument, which scale."""

    column: str = Field(description="Column of the export; with * (Q8COM*) several columns of one multiple-response question.")
    id: str | None = Field(None, description="Short id; default: the column.")
    text: str | None = Field(None, description="Wording; default: from the export, else the column.")
    instrument: Literal["nps", "csat", "ces", "likert", "choice", "text"] = Field(description="What kind of question it is.")
    scale: tuple[float, float] | None = Field(None, description="Lowest and highest answer; nps: 0 and 10.")
    higher_is_better: bool | None = Field(None, description="Direction; must be given for ces.")
    missing: list[str | float | int] = Field([], description="Values that mean no answer, e.g. 0, 6, 'Blank'.")
    labels: dict[str, float] = Field({}, description="Text labels and the score each stands for.")
    separator: str | None = Field(None, description="For choice: what separates several answers in one cell, e.g. ';'.")
    touchpoint: str | None = Field(None, description="Touchpoint it asks about.")
    stage: str | None = Field(None, description="Stage it asks about.")

    @model_validator(mode="after")
    def _direction(self) -> Question:
        if self.instrument == "ces" and self.higher_is_better is None:
            raise ValueError(f"question {self.id or self.column!r}: ces needs higher_is_better (2.0 'easy': true, 1.0 'effort': false)")
        if self.instrument in ("csat", "ces", "likert") and self.scale is None:
            raise ValueError(f"question {self.id or self.column!r}: {self.instrument} needs scale: [lowest, highest]")
        return self


class Join(Section):
    """Another file of the same export whose columns are added by a key."""

    files: str = Field(description="Path or pattern, relative to the client's raw folder.")
    by: dict[str, str] | str = Field(description="Key column, or {column here: column there}.")
    columns: list[str] | dict[str, str] = Field(description="Columns to add, or {new name: column there}.")


class Source(Section):
    """One export: its kind, its files, and how its columns map to the canonical tables."""

    name: Name = Field(description="Short name; shown as the source of every number from it.")
    kind: str = Field(description="Kind of export; `cjm sources` lists them.")
    files: str | list[str] = Field(description="Path or pattern (or several), relative to the client's raw folder.")
    columns: dict[str, str] = Field({}, description="Canonical column → column of the export.")
    constants: dict[str, str | float | bool] = Field({}, description="Canonical column → one value for all rows.")
    joins: list[Join] = Field([], description="Other files of the export to add columns from.")
    timezone: str | None = Field(None, description="Zone of times without one; default: the client's timezone.")
    encoding: str | None = Field(None, description="Encoding, where it is not UTF-8 and has no byte order mark.")
    delimiter: str | None = Field(None, description="Field delimiter, where it is not found by itself.")
    filter: Condition = Field({}, description="Keep only rows where this holds; dropped rows are counted.")
    rows: Literal["strict", "skip"] = Field("strict", description="Ragged rows: refuse the file (strict) or drop and count them (skip).")
    questions: list[Question] = Field([], description="For surveys: the instrument map.")
    settings: dict[str, Any] = Field({}, description="Settings of this kind; `cjm sources KIND` explains them.")


class Exclusion(Section):
    """Events that must not happen between two steps."""

    event: list[str] = Field(description="Event names.")
    after: str = Field(description="Step after which it counts.")
    before: str = Field(description="Step before which it counts.")
    mode: Literal["drop_person", "stop"] = Field("drop_person", description="drop_person: leaves the funnel; stop: keeps earlier steps.")

    _lists = field_validator("event", mode="before")(_strings)


class Step(Section):
    """One condition of a funnel; all given keys must hold."""

    name: Name = Field(description="Name of the step.")
    event: list[str] = Field([], description="Any of these events.")
    touchpoint: list[str] = Field([], description="Any of these touchpoints.")
    channel: list[str] = Field([], description="Any of these channels.")
    stage: list[str] = Field([], description="Any of these stages.")
    source: list[str] = Field([], description="Any of these sources.")
    where: Condition = Field({}, description="Conditions on columns or `properties.<key>`.")
    optional: bool = Field(False, description="May be skipped.")
    first_ever: bool = Field(False, description="Only the customer's first such event ever.")
    window: DurationField | None = Field(None, description="Longest time since the previous step.")

    _lists = field_validator("event", "touchpoint", "channel", "stage", "source", mode="before")(_strings)


class Funnel(Section):
    """An ordered list of steps and the rule by which customers pass them."""

    name: Name = Field(description="Short name.")
    title: str | None = Field(None, description="Title in the report.")
    steps: list[Step] = Field(min_length=2, description="Steps in order.")
    order: Literal["ordered", "strict", "unordered"] = Field("ordered", description="Order rule.")
    window: DurationField | None = Field(None, description="Longest time from first to last step; default: no limit.")
    unit: Literal["customer", "session"] = Field("customer", description="What is counted.")
    start: Literal["best", "first", "latest"] = Field("best", description="Which attempt counts: the one that gets furthest, the first, the latest.")
    exclusions: list[Exclusion] = Field([], description="Events that must not happen between steps.")
    breakdown: list[str] = Field([], description="Columns, `properties.<key>` or `attributes.<key>` to break down by.")
    preset: Literal["cjm", "posthog", "mixpanel"] = Field("cjm", description="Whose rules; differences are documented.")

    _lists = field_validator("breakdown", mode="before")(_strings)

    @model_validator(mode="after")
    def _steps(self) -> Funnel:
        names = [s.name for s in self.steps]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"funnel {self.name!r}: step names must be unique; twice: {', '.join(twice)}")
        for e in self.exclusions:
            for n in (e.after, e.before):
                if n not in names:
                    raise ValueError(f"funnel {self.name!r}: exclusion names the unknown step {n!r}; steps: {', '.join(names)}")
        if all(s.optional for s in self.steps) or self.steps[0].optional:
            raise ValueError(f"funnel {self.name!r}: the first step cannot be optional")
        return self


class ExperimentMetric(Section):
    """One metric of an experiment."""

    name: Name = Field(description="Name in the measurements, or of the metric computed from interactions.")
    kind: Literal["proportion", "mean", "ratio", "quantile", "time_to_event", "nps", "csat", "ces"] = Field("mean", description="What kind of number it is.")
    unit: str | None = Field(None, description="Unit for the report, e.g. EUR, share, s.")
    higher_is_better: bool = Field(True, description="Direction.")
    numerator: str | None = Field(None, description="For ratio: metric above the line.")
    denominator: str | None = Field(None, description="For ratio: metric below the line.")
    quantile: float | None = Field(None, gt=0, lt=1, description="For quantile: which one.")
    event: list[str] = Field([], description="Compute from interactions: these events after assignment.")
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

    _lists = field_validator("event", mode="before")(_strings)


class Experiment(Section):
    """The design of an A/B test, stated before its data."""

    name: Name = Field(description="Name in the assignments.")
    title: str | None = Field(None, description="Title in the report.")
    hypothesis: str | None = Field(None, description="What was expected and why; missing: stamped 'not pre-registered'.")
    unit: str = Field("customer", description="Unit of randomisation.")
    cluster: str | None = Field(None, description="Column of the unit's cluster, where analysis rows are finer than the randomised unit.")
    control: str = Field(description="Variant that is the control.")
    variants: dict[str, float] = Field(description="Planned share of each variant; any positive weights.")
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

    @model_validator(mode="after")
    def _names(self) -> Experiment:
        metrics = [m.name for m in self.metrics]
        for what, found in (("primary", [self.primary]), ("guardrails", self.guardrails)):
            for n in found:
                if n not in metrics:
                    raise ValueError(f"experiment {self.name!r}: {what} names the unknown metric {n!r}; metrics: {', '.join(metrics)}")
        if self.control not in self.variants:
            raise ValueError(f"experiment {self.name!r}: control {self.control!r} is none of the variants {', '.join(self.variants)}")
        if len(self.variants) < 2:
            raise ValueError(f"experiment {self.name!r}: needs at least two variants")
        if any(v <= 0 for v in self.variants.values()):
            raise ValueError(f"experiment {self.name!r}: planned shares must be positive")
        return self


class PersonaLine(Section):
    """An assumption-based line of a persona sheet."""

    section: Literal["goals", "needs", "pains", "gains", "channels", "habits", "says", "thinks", "does", "feels", "demographics"] = Field(description="Section of the sheet.")
    text: str = Field(description="The statement; shown as `assumed`.")


class PersonaName(Section):
    """A name for a persona and what it is matched to."""

    name: Name = Field(description="Name on sheets and map.")
    match: dict[str, Any] = Field({}, description="Typical values of the segment it names, e.g. {channel: store}.")
    lines: list[PersonaLine] = Field([], description="Assumption-based lines.")


class Personas(Section):
    """How customers are segmented."""

    features: list[str] = Field([], description="attributes.<key>, behaviour.<name> or score.<question>; default: all usable.")
    exclude: list[str] = Field([], description="Attributes never used (ids, protected characteristics).")
    method: Literal["auto", "kmeans", "kprototypes", "gower_medoids", "latent_class"] = Field("auto", description="Segmentation method.")
    segments: int | None = Field(None, ge=1, le=12, description="Fixed number of segments; default: chosen by stability.")
    max_segments: int = Field(6, ge=2, le=12, description="Largest number tried.")
    attribute: str | None = Field(None, description="Use this given attribute as the persona instead of segmenting.")
    names: list[PersonaName] = Field([], description="Names and assumption-based lines.")
    seed: int = Field(20260101, description="Seed of all random steps.")


class Benchmark(Section):
    """A published or internal figure to compare with."""

    metric: str = Field(description="Name of the metric, e.g. nps, csat:delivery, funnel:purchase.")
    value: float = Field(description="The figure.")
    unit: str = Field("share", description="Its unit.")
    source: str = Field(description="Where it comes from.")
    n: int | None = Field(None, gt=0, description="Its sample size, where published.")


class Opportunity(Section):
    """A positively framed problem."""

    name: Name = Field(description="How might we …")
    stage: str | None = Field(None, description="Stage.")
    touchpoint: str | None = Field(None, description="Touchpoint.")
    persona: str | None = Field(None, description="Persona.")
    reach: float | None = Field(None, ge=0, description="Customers per period it touches.")
    impact: float | None = Field(None, description="RICE impact: 0.25 minimal, 0.5 low, 1 medium, 2 high, 3 massive.")
    confidence: float | None = Field(None, ge=0, le=1, description="RICE confidence, 0…1.")
    effort: float | None = Field(None, gt=0, description="Person-months.")
    owner: str | None = Field(None, description="Who drives it.")
    metric: str | None = Field(None, description="Metric that will show it.")
    status: Literal["proposed", "tested", "shipped", "measured"] = Field("proposed", description="Where it stands.")
    experiment: str | None = Field(None, description="Experiment that tests it.")
    review_on: date | None = Field(None, description="Next review.")

    @field_validator("impact")
    @classmethod
    def _impact(cls, value: float | None) -> float | None:
        if value is not None and value not in (0.25, 0.5, 1, 2, 3):
            raise ValueError(f"impact {value:g} is not on the RICE scale: 0.25, 0.5, 1, 2 or 3")
        return value


class Change(Section):
    """A change that was not randomised, evaluated before/after."""

    name: Name = Field(description="Name of the change.")
    shipped_on: date = Field(description="Day it went live.")
    metric: str = Field(description="Metric, e.g. event:purchase, nps, csat:<question>.")
    control: str | None = Field(None, description="Metric of a series that the change cannot have touched.")
    touchpoint: str | None = Field(None, description="Touchpoint it changes.")
    stage: str | None = Field(None, description="Stage it changes.")


class Privacy(Section):
    """How persons are protected."""

    pseudonymise: bool = Field(True, description="Replace identifiers by pseudonyms; identifiers stay in the vault.")
    min_cell: int = Field(5, ge=1, description="Counts of persons below this are not shown by segment.")
    mask_text: bool = Field(True, description="Mask names, e-mail, phone numbers, … in free text.")
    names: list[str] = Field([], description="Names to mask in addition.")
    places: list[str] = Field([], description="Places to mask.")
    keep: list[str] = Field([], description="Words never masked (brand names).")


class Engine(Section):
    """Where queries run. `engine: spark` alone is short for `kind: spark`."""

    kind: Literal["duckdb", "spark"] = Field("duckdb", description="Embedded DuckDB, or Spark for funnels, paths, retention and attribution.")
    memory_limit: str | None = Field(None, description="Cap of the embedded engine, e.g. 2GB; it spills to disk beyond.")
    threads: int | None = Field(None, ge=1, description="Threads of the embedded engine.")
    master: str | None = Field(None, description="For spark: local[2], spark://host:7077, yarn, sc://host:15002, …; default: the session there is, else local[2].")
    path: str | None = Field(None, description="For spark: Parquet file or folder (or its URI) of the interactions; default: those built from the sources.")
    table: str | None = Field(None, description="For spark: table of the interactions in Spark's catalogue, instead of a path.")
    options: dict[str, str] = Field({}, description="For spark: its settings by name, e.g. spark.executor.memory: 4g.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _spark_only(self) -> Engine:
        given = [n for n in ("master", "path", "table", "options") if getattr(self, n)]
        if given and self.kind != "spark":
            raise ValueError(f"{', '.join(given)} only mean something with kind: spark")
        if self.path and self.table:
            raise ValueError("path and table are both given; the interactions lie in one of them")
        if odd := [k for k in self.options if not k.startswith("spark.")]:
            raise ValueError(f"options: {', '.join(odd)}: names of Spark settings begin with spark.")
        return self

    @property
    def remote(self) -> str | None:
        """The path or table the interactions lie in, where no source delivers them."""
        return (self.path or self.table) if self.kind == "spark" else None


class Brand(Section):
    """How the report looks."""

    name: str | None = Field(None, description="Name in the header.")
    logo: str | None = Field(None, description="PNG or SVG file, relative to the params folder.")
    color: str | None = Field(None, pattern=r"^#[0-9a-fA-F]{6}$", description="Accent colour, #RRGGBB.")


class Review(Section):
    """State of the report and who looked at it."""

    status: Literal["draft", "approved"] = Field("draft", description="Banner of the report.")
    reviewers: list[str] = Field([], description="Names shown on the report.")
    approved_on: date | None = Field(None, description="Day of approval.")
    comments: str | None = Field(None, description="File with reviewers' comments (YAML or CSV), relative to the params folder.")


class Limits(Section):
    """Limits of one chapter's execution."""

    chapter_time: DurationField | None = Field(None, description="Longest run of a chapter; default 20m.")
    chapter_memory_mb: int | None = Field(None, gt=0, description="Memory of a chapter's kernel in MB; default: no limit.")


class Params(Section):
    """Everything that differs between clients."""

    client: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="The client; must equal the file's name.")
    title: str = Field("Customer journey report", description="Title of the report.")
    objective: str | None = Field(None, description="What the study should decide.")
    language: str = Field("en", pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="Language of the client's texts.")
    period: Period = Field(Period(), description="Part of the data looked at.")
    timezone: str = Field("UTC", description="Zone of days and of naive times in exports, e.g. Europe/Berlin.")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="Currency of values, ISO 4217.")
    raw: str | None = Field(None, description="Folder of the exports, relative to the workspace; default data/raw/<client>.")
    sources: list[Source] = Field([], description="The exports.")
    journey: Journey = Field(Journey(), description="Stages and touchpoints.")
    personas: Personas = Field(Personas(), description="Segmentation.")
    funnels: list[Funnel] = Field([], description="Funnels.")
    experiments: list[Experiment] = Field([], description="A/B tests.")
    changes: list[Change] = Field([], description="Changes to evaluate before/after.")
    benchmarks: list[Benchmark] = Field([], description="Figures to compare with.")
    opportunities: list[Opportunity] = Field([], description="Opportunities known already.")
    privacy: Privacy = Field(Privacy(), description="Protection of persons.")
    engine: Engine = Field(Engine(), description="Where queries run.")
    chapters: list[str] = Field([], description="Chapters of the report, in order.")
    chapter_params: dict[str, dict[str, str | int | float | bool | None]] = Field({}, description="Notebook parameters by chapter.")
    brand: Brand = Field(Brand(), description="Look of the report.")
    review: Review = Field(Review(), description="Draft or approved, reviewers, comments.")
    limits: Limits = Field(Limits(), description="Limits of execution.")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(f"{value!r} is no known time zone; write e.g. Europe/Berlin or UTC") from error
        return value

    @model_validator(mode="after")
    def _unique(self) -> Params:
        for what, found in (
            ("sources", [s.name for s in self.sources]), ("funnels", [f.name for f in self.funnels]),
            ("experiments", [e.name for e in self.experiments]), ("opportunities", [o.name for o in self.opportunities]),
        ):
            twice = sorted({n for n in found if found.count(n) > 1})
            if twice:
                raise ValueError(f"{what}: names must be unique; twice: {', '.join(twice)}")
        return self
