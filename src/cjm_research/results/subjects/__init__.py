"""What a finding is about, as data: the step of a funnel, the quote, the question.

A question makes the subject where it knows it; whoever composes, labels or compares findings reads it from there. Keys and
sentences of findings are never taken apart. In `findings.json` a subject is its fields and its `type`, the name of its class.
"""

from .behaviour import Action, Arrival, FunnelStep, GoingOn, Loop, Reach, Retention, Stake, TimeOnward
from .by_hand import Assumption, Backing, Backstage
from .pains_and_chances import (
    Benchmark,
    Compared,
    DataBreak,
    ExperimentEffect,
    Flag,
    FunnelSegment,
    Importance,
    Opportunity,
    Pain,
    Sales,
    ShippedChange,
    Target,
    ThemeSince,
    Watched,
)
from .personas import Persona, PersonaJourney
from .said import Agreement, Code, CustomerOutcome, Driver, Emotion, FeedbackText, LowRatings, Quote, SurveyQuestion
from .subject import Rank, Subject

__all__ = ["Action", "Agreement", "Arrival", "Assumption", "Backing", "Backstage", "Benchmark", "Code", "Compared", "CustomerOutcome", "DataBreak", "Driver", "Emotion", "ExperimentEffect", "FeedbackText", "Flag", "FunnelSegment", "FunnelStep", "GoingOn", "Importance", "Loop", "LowRatings", "Opportunity", "Pain", "Persona", "PersonaJourney", "Quote", "Rank", "Reach", "Retention", "Sales", "ShippedChange", "Stake", "Subject", "SurveyQuestion", "Target", "ThemeSince", "TimeOnward", "Watched"]
