"""Generated from the list of questions by `cjm docs`: what `study.ask.` offers, for editors."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Signature
from typing import Any, Literal

import pandas as pd

from ..results.result import Result
from ..study import Study
from .chapter import Missing
from .listing import Listing

def chapter_listing() -> Listing: ...
def signature_of(function: Callable[..., Any]) -> Signature: ...
def bound(name: str, function: Callable[..., Any], study: Study, asks: str = ...) -> Callable[..., Any]: ...

class Asked:
    """The questions of a study."""

    def __init__(self, study: Study) -> None: ...
    def __call__(self, question: Callable[..., Any], **options: Any) -> Result | Missing: ...
    def data_health(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Can the data be trusted?"""
    def data_traps(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Which columns mislead?"""
    def personas(self, *, segments: int | None = None, method: str | None = None, seed: int | None = None, max_segments: int | None = None, bootstraps: int = 40, replicas: int = 99, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Who are the customers, and how natural are these groups?"""
    def persona_sheets(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Who are the personas, in one page each?"""
    def persona_journeys(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How do the personas' journeys differ?"""
    def persona_expectations(self, *, pairs: Mapping[str, Sequence[str]] | None = None, draws: int = 2000, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What matters to whom and is not well served?"""
    def coding_progress(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Who coded what?"""
    def themes(self, *, coders: Sequence[str] | None = None, near: int = 200, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do participants say, and how many of them?"""
    def emotion(self, *, coders: Sequence[str] | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How do participants feel along the journey?"""
    def quotes(self, *, codes: Sequence[str] | None = None, per_code: int = 2, per_participant: int = 4, coders: Sequence[str] | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do participants say in their own words?"""
    def agreement(self, *, coders: Sequence[str] | None = None, unit: Literal['character', 'turn', 'sentence', 'document'] = 'turn', samples: int = 1000, seed: int = 20260101, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Do coders see the same?"""
    def saturation(self, *, base: int = 4, run: int = 2, threshold: float = 0.05, coders: Sequence[str] | None = None, orders: int = 2000, seed: int = 20260101, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Would more interviews bring new codes?"""
    def suggestions(self, *, codes: Sequence[str] | None = None, count: int = 20, coders: Sequence[str] | None = None, embed: Any = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Which uncoded passages resemble what is coded?"""
    def satisfaction(self, *, weighted: bool = False, of_group: bool = False, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How satisfied are customers, and where?"""
    def survey_answers(self, *, questions: list[str] | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What did respondents answer?"""
    def survey_maxdiff(self, *, seed: int = 20260101, draws: int = 1000, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Which of several things matter most and least?"""
    def survey_choices(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do respondents choose, and where?"""
    def open_answers(self, *, questions: list[str] | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do respondents write, and how many of them?"""
    def survey_banner(self, *, by: str | Sequence[str] | None = None, questions: Sequence[str] | None = None, correction: str = 'bh', alpha: float = 0.05, members: pd.DataFrame | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How do groups of respondents differ?"""
    def survey_waves(self, *, questions: Sequence[str] | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What changed from wave to wave?"""
    def survey_drivers(self, *, outcome: str | None = None, drivers: Sequence[str] | None = None, draws: int = 1000, seed: int = 20260101, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What goes together with recommendation?"""
    def survey_behaviour(self, within: str = '', *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What did satisfied and dissatisfied respondents do afterwards?"""
    def feedback(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do people say unasked?"""
    def written_themes(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do people write about, and how many of them?"""
    def comparison(self, name: str, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Does the outcome differ between journeys of two kinds?"""
    def outcomes(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What became of customers, by group?"""
    def funnel(self, name: str, *, window: str | None = None, order: str | None = None, start: str | None = None, unit: str | None = None, preset: str | None = None, breakdown: str | Sequence[str | Sequence[str]] | None = None, at: str = 'first', compare: str | Sequence[str] | None = None, customers: bool | None = None, attempts: bool = False, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How many get through a funnel, and where are they lost?"""
    def funnel_by(self, name: str, members: pd.DataFrame, column: str = 'persona', *, persona: str | None = None, quiet: bool = False, **options: Any) -> Result | Missing:
        """How do given groups of customers get through a funnel?"""
    def funnels(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How many customers get through each funnel?"""
    def paths(self, *, by: str = 'event', unit: str = 'session', timeout: float | None = None, nodes: int = 12, edges: int = 60, steps: int = 6, repeats: bool = False, ignore: Sequence[str] = (), goal: str | None = None, compare: str | None = None, conversion: str | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Which paths do customers take?"""
    def path_graph(self, *, by: str = 'event', unit: str = 'session', timeout: float | None = None, nodes: int = 12, edges: int = 60, repeats: bool = False, ignore: Sequence[str] = (), persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What comes after what?"""
    def retention(self, *, kind: str = 'n_day', period: str = 'week', periods: int = 8, brackets: Sequence[int] = (1, 7, 30, 90), start: str | None = None, back: str | Sequence[str] | None = None, by: str | None = None, inactive: int | None = None, calendar: bool = False, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Who comes back, and for how long do customers stay?"""
    def attribution(self, conversion: str, *, touch: str = 'channel', models: Sequence[str] = ('first', 'last', 'linear', 'u_shaped', 'time_decay', 'markov', 'shapley'), lookback: str | None = '30d', touch_events: Sequence[str] | None = None, half_life_days: float = 7.0, custom: Mapping[str, float] | None = None, draws: int = 500, seed: int = 20260101, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Which touches precede a conversion?"""
    def experiment(self, name: str, *, earlier: Sequence[dict[str, Any]] | None = None, metrics: Sequence[str] | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Which variant should customers get?"""
    def experiment_design(self, name: str, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What was planned for an experiment?"""
    def experiment_plan(self, name: str, *, baseline: float | None = None, sd: float | None = None, per_day: float | None = None, effect: float | None = None, cluster_size: float = 1.0, icc: float = 0.0, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How long must an experiment run?"""
    def experiment_looks(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What did experiments say at their looks, and what may be concluded now?"""
    def change(self, name: str, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What moved after a change that went to everybody?"""
    def shipped(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What moved after what was shipped, all changes taken together?"""
    def experiments(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What was tried, and what came of it?"""
    def monitoring(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What moved, and is it more than the usual ups and downs?"""
    def feedback_since(self, *, since: str | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do people write since, that they did not before?"""
    def sales(self, *, horizon_days: int | None = None, seed: int = 20260101, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do customers buy, and what is it worth?"""
    def endings(self, *, days: float | None = None, by: str | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How do journeys end, and when?"""
    def return_outlook(self, *, horizon_days: int | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Who will buy again, and can that be told?"""
    def customer_value(self, *, weeks: int | None = None, seed: int = 20260101, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What may customers be worth in the time to come?"""
    def stage_metrics(self, *, half: str | None = None, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """How far do customers come, and how long does it take?"""
    def customer_actions(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What do customers do?"""
    def pain_points(self, *, flags: bool = True, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """Where does it hurt most?"""
    def stakes(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What is at stake where customers stop?"""
    def opportunities(self, *, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What could be done about it?"""
    def journey_map(self, *, by_persona: bool = True, by_channel: bool = True, by_period: bool = True, persona: str | None = None, quiet: bool = False) -> Result | Missing:
        """What is the journey like, and where does it hurt?"""
