"""The whole file, and the sections that say how it is run and shown."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from ..values import DurationField, Refused, known_zone
from .base import BesideFile, Names, Section, Title, repeated
from .comparisons import Comparison
from .experiments import Experiment
from .funnels import Funnel, ManyEvents
from .identity import Identity
from .journey import Journey
from .monitoring import Monitoring
from .personas import Personas
from .questions import MOST_QUESTIONS, ClientQuestion, subjects_of
from .sources import Source
from .surveys import Outcome, Survey
from .targets import Benchmark, Change, Opportunity


class Period(Section):
    """Which part of the data the study looks at."""

    start: date | None = Field(None, description="First day, in the client's time zone. Default: first day of the data.")
    end: date | None = Field(None, description="Last day, included. Default: last day of the data.")


class Privacy(Section):
    """How persons are protected."""

    pseudonymise: bool = Field(True, description="Replace identifiers by pseudonyms; identifiers stay in the vault.")
    min_cell: int = Field(5, ge=1, description="By group (persona, channel, half of the period, week, wave, segment, cohort, touch, column of a banner), counts of fewer persons are not shown: neither as a group (base), nor as those counted of it, nor as those left of it; 0 and all are. Where one group's figure is hidden, the next smallest of the same measure goes too, so that totals do not give it back. Funnels, retention and attribution join smaller segments as (other). What it does not guard is said in docs/methods/privacy.md.")
    mask_text: bool = Field(True, description="Mask names, e-mail, phone numbers, … in free text.")
    names: list[str] = Field([], description="Names to mask in addition.")
    places: list[str] = Field([], description="Places to mask.")
    keep: list[str] = Field([], description="Words never masked (brand names).")
    countries: list[str] = Field([], description="Countries (ISO 3166, e.g. [DE, AT]) whose national phone numbers the texts hold; default: the one of language or time zone.")
    reviewed: str | None = Field(None, description="Code of the review list (data/vault/<client>/masking_review.csv) that somebody has looked through; an approved report needs it.")


class LeastEvidence(Section):
    """How little evidence is enough to say something."""

    percent_from: int = Field(20, ge=1, description="Smallest base that is told in per cent, with an interval; below it stand counts (“5 of 7”).")
    headline_from: int = Field(20, ge=1, description="Smallest base of a headline, a pain point or a proposed opportunity.")
    curve_from: int = Field(3, ge=1, description="Fewest people behind a point of a curve; points of fewer than `percent_from` are drawn hollow.")


class Engine(Section):
    """Where queries run. `engine: spark` alone is short for `kind: spark`."""

    kind: Literal["duckdb", "spark"] = Field("duckdb", description="Embedded DuckDB, or Spark for funnels, paths, retention and attribution.")
    memory_limit: str | None = Field(None, description="Cap of the embedded engine, e.g. 2GB; it spills to disk beyond. Default of building: 40 % of the machine, at most 3 GB.")
    threads: int | None = Field(None, ge=1, le=4096, description="Threads of the embedded engine.")
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
            raise Refused(f"{', '.join(given)} only mean something with kind: spark", "memory_limit and threads with DuckDB", "add `kind: spark`, or leave them out")
        if self.path and self.table:
            raise Refused("path and table are both given; the interactions lie in one of them", "path alone, or table alone", "leave engine.path or engine.table out")
        if odd := [k for k in self.options if not k.startswith("spark.")]:
            raise Refused(f"options: {', '.join(odd)} are no settings of Spark", "names that begin with spark.", "correct the names")
        return self

    @property
    def remote(self) -> str | None:
        """The path or table the interactions lie in, where no source delivers them."""
        return (self.path or self.table) if self.kind == "spark" else None


class Actors(Section):
    """Who did which events, where it was not the customer. Conditions, or names of events."""

    company: ManyEvents = Field([], description="What the company does or has done: a shipment scanned, an e-mail sent, a reminder.")
    system: ManyEvents = Field([], description="What a system does by itself: an opening by a mailbox's proxy, a time-out.")
    customer: ManyEvents = Field([], description="What customers do although it is named as tools name the company's events (`cjm` knows shipment scans and messages sent).")


class Brand(Section):
    """How the report looks."""

    name: Title | None = Field(None, description="Name in the header.")
    logo: BesideFile | None = Field(None, description="PNG, JPEG or SVG file of at most 60 kB, relative to the params folder.")
    color: str | None = Field(None, pattern=r"^#[0-9a-fA-F]{6}$", description="Accent colour, #RRGGBB.")


class Review(Section):
    """State of the report and who looked at it."""

    status: Literal["draft", "approved"] = Field("draft", description="Banner of the report; approved only together with `numbers`.")
    numbers: str | None = Field(None, pattern=r"^[a-p]{12}$", description="Code of the numbers that are approved, as the draft shows it; an approved report needs it, and is a draft again where numbers change.")
    reviewers: list[Title] = Field([], description="Names shown on the report.")
    approved_on: date | None = Field(None, description="Day of approval.")
    comments: BesideFile | None = Field(None, description="File with reviewers' comments (YAML or CSV), relative to the params folder.")


class Limits(Section):
    """Limits of one chapter's execution, and of what packed exports may unpack to."""

    chapter_time: DurationField | None = Field(None, description="Longest run of a chapter; default 20m.")
    chapter_memory_mb: int | None = Field(None, gt=0, description="Memory of a chapter's kernel in MB; default: no limit.")
    unpacked_mb: int = Field(1024, gt=0, le=1_000_000, description="Most MiB that one packed export (gzip, Parquet) may unpack to.")
    unpack_ratio: int = Field(100, gt=0, le=100_000, description="Most bytes that one packed byte may unpack to, beyond the first 16 MiB.")


class Params(Section):
    """Everything that differs between clients."""

    client: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="The client; must equal the file's name.")
    title: Title = Field("Customer journey report", description="Title of the report.")
    objective: str | None = Field(None, description="What the study should decide.")
    questions: list[ClientQuestion] = Field([], max_length=MOST_QUESTIONS, description="The client's questions in their order; the first page answers each, or says what is missing.")
    people: Title = Field("customers", min_length=3, description="What customers are called in sentences, in the plural: passengers, applicants, buyers.")
    language: str = Field("en", pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="Language of the client's texts.")
    period: Period = Field(Period(), description="Part of the data looked at.")
    timezone: str = Field("UTC", description="Zone of days and of naive times in exports, e.g. Europe/Berlin.")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="Currency of values, ISO 4217.")
    raw: str | None = Field(None, description="Folder of the exports, relative to the workspace; default data/raw/<client>. One outside the workspace must be allowed by whoever runs the command: `cjm --allow-raw FOLDER …`, or CJM_ALLOW_RAW.")
    sources: list[Source] = Field([], description="The exports.")
    identity: Identity = Field(Identity(), description="Which keys tie records to one person.")
    journey: Journey = Field(Journey(), description="Stages and touchpoints.")
    personas: Personas = Field(Personas(), description="Segmentation.")
    survey: Survey = Field(Survey(), description="How survey answers are weighted, broken down and explained.")
    outcomes: list[Outcome] = Field([], description="What became of customers (left, bought again), told by group.")
    actors: Actors = Field(Actors(), description="Who did which events; reach, paths, retention and attribution count what customers did.")
    returns: Names = Field([], description="Events by which a customer comes back (an order, a visit). Without one retention counts any event and makes no headline.")
    no_touches: ManyEvents = Field([], description="Events that are no touches in attribution, beside those at the conversion's own touchpoint.")
    funnels: list[Funnel] = Field([], description="Funnels.")
    experiments: list[Experiment] = Field([], description="A/B tests.")
    comparisons: list[Comparison] = Field([], description="Outcomes compared by a property of the journey: review scores of late orders, say.")
    changes: list[Change] = Field([], description="Changes to evaluate before/after.")
    benchmarks: list[Benchmark] = Field([], description="Figures to compare with.")
    opportunities: list[Opportunity] = Field([], description="Opportunities known already.")
    monitoring: Monitoring = Field(Monitoring(), description="How key figures are watched.")
    privacy: Privacy = Field(Privacy(), description="Protection of persons.")
    evidence: LeastEvidence = Field(LeastEvidence(), description="How little evidence is enough.")
    engine: Engine = Field(Engine(), description="Where queries run.")
    chapters: list[str] = Field([], description="Chapters of the report, in order. `..` stands for the chapters of `_defaults.yaml`, `+90_baskets` adds one of the workspace's own folder notebooks/.")
    chapter_params: dict[str, dict[str, str | int | float | bool | None]] = Field({}, description="Notebook parameters by chapter.")
    brand: Brand = Field(Brand(), description="Look of the report.")
    review: Review = Field(Review(), description="Draft or approved, reviewers, comments.")
    limits: Limits = Field(Limits(), description="Limits of execution.")

    @property
    def files(self) -> list[str]:
        """The files beside the params that a report takes in: logo, portraits, comments."""
        return [name for name in (self.brand.logo, *(p.image for p in self.personas.names), self.review.comments) if name]

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return known_zone(value)

    @model_validator(mode="after")
    def _unique(self) -> Params:
        for what, found in (
            ("sources", [s.name for s in self.sources]), ("funnels", [f.name for f in self.funnels]),
            ("experiments", [e.name for e in self.experiments]), ("outcomes", [o.name for o in self.outcomes]), ("comparisons", [c.name for c in self.comparisons]),
            ("opportunities", [o.name for o in self.opportunities]),
        ):
            if twice := repeated(found):
                raise Refused(f"{what}: names stand twice: {twice}", f"{what} with names of their own", "rename one")
        if alike := repeated([s.name.casefold() for s in self.sources]):
            raise Refused(f"sources: names differ in upper and lower case only: {alike}", "names that readers can tell apart", "rename one")
        for asked in self.questions:
            subjects_of(asked, self)
        return self
