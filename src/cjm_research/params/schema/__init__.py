"""The schema of `params/<client>.yaml`. `docs/params.md` and `params/schema.json` are generated from it.

Strict: an unknown key is an error with a suggestion (see `load`). Every field has a description, since
that text is what an editor shows and what `docs/params.md` prints.
"""

from .base import Name, Section
from .comparisons import ComparedOutcome, Comparison, Property
from .databases import Database
from .experiments import Experiment, ExperimentMetric
from .file import Actors, Brand, Engine, LeastEvidence, Limits, Params, Period, Privacy, Review
from .funnels import End, Events, Exclusion, Funnel, Step
from .identity import Identity, kind_of
from .journey import Assumption, Journey, Match, Stage, Touchpoint
from .monitoring import KnownCause, Monitoring
from .personas import PersonaLine, PersonaName, Personas
from .questions import About, ClientQuestion, subjects_of
from .sources import Join, Question, Source
from .surveys import Outcome, Survey
from .targets import Benchmark, Change, Opportunity

__all__ = [
    "About", "Actors", "Assumption", "Benchmark", "Brand", "Change", "ClientQuestion", "ComparedOutcome", "Comparison", "Database", "End", "Engine", "Events", "Exclusion", "Experiment", "ExperimentMetric", "Funnel", "Identity",
    "Join", "Journey", "KnownCause", "LeastEvidence", "Limits", "Match", "Monitoring", "Name", "Opportunity", "Outcome", "Params", "Period", "PersonaLine", "PersonaName", "Personas", "Privacy", "Property", "Question", "Review",
    "Section", "Source", "Stage", "Step", "Survey", "Touchpoint", "kind_of", "subjects_of",
]
