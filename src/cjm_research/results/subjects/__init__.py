"""What a finding is about, as data: the step of a funnel, the quote, the question.

A question makes the subject where it knows it; whoever composes, labels or compares findings reads it from there. Keys and
sentences of findings are never taken apart. In `findings.json` a subject is its fields and its `type`, the name of its class.
"""

from .behaviour import Action, Arrival, FunnelStep, GoingOn, Reach, Retention, Stake, TimeOnward
from .by_hand import Assumption, Backing, Backstage
from .pains_and_chances import (
    Benchmark,
    Compared,
    ExperimentEffect,
    Flag,
    FunnelSegment,
    Importance,
    Opportunity,
    Pain,
    ShippedChange,
    Target,
)
from .personas import Persona
from .said import Agreement, AnswerCode, ChosenAnswer, Code, CustomerOutcome, Driver, Emotion, FeedbackText, LowRatings, Quote, SurveyQuestion
from .subject import Rank, Subject, subject_names

__all__ = ["Action", "Agreement", "AnswerCode", "Arrival", "Assumption", "Backing", "Backstage", "Benchmark", "ChosenAnswer", "Code", "Compared", "CustomerOutcome", "Driver", "Emotion", "ExperimentEffect", "FeedbackText", "Flag", "FunnelSegment", "FunnelStep", "GoingOn", "Importance", "LowRatings", "Opportunity", "Pain", "Persona", "Quote", "Rank", "Reach", "Retention", "ShippedChange", "Stake", "Subject", "SurveyQuestion", "Target", "TimeOnward", "subject_names"]
