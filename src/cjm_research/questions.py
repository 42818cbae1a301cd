"""The questions that can be asked of a study: one visible list.

    question("funnel").answers          the function: f(study, **options) -> Result
    question("funnel").frames           the frames it gives, as they are declared beside it

Importing this module imports no question: modules are named here and imported when one is used. `docs/questions.md` is generated
from it. A question that is not listed fails a test.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .errors import unknown

if TYPE_CHECKING:
    from .results.declared import Frame
    from .results.result import Result


@dataclass(frozen=True)
class Question:
    """One question.

    asks: what it asks, in one sentence. function: where it is answered, "module:function" within this package. needs: the tables
    without which it raises `NotEnoughData`, each of them; needs_any: tables of which one is enough. named_in: the section of the
    params whose entries its option `name` names. charts: what `show` draws of its answer, "module:function". lanes: the lanes of
    the map that show its findings; the map asks every question
    that names a lane, with the question's defaults or under each name of `named_in`.
    """

    name: str
    asks: str
    function: str
    needs: tuple[str, ...] = ()
    needs_any: tuple[str, ...] = ()
    named_in: str = ""
    charts: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()

    @property
    def answers(self) -> Callable[..., Result]:
        """The function that answers; its module is imported at the first use."""
        found: Callable[..., Result] = resolve(self.function)
        return found

    @property
    def frames(self) -> Mapping[str, Frame]:
        """The frames of its answer by name, as they are declared."""
        found: Mapping[str, Frame] = getattr(self.answers, "frames", {})  # as `results.declared.declares` tied them
        return found

    @property
    def options(self) -> Mapping[str, inspect.Parameter]:
        """Its options by name: the parameters of the function after the study."""
        return dict(list(inspect.signature(self.answers).parameters.items())[1:])


QUESTIONS: tuple[Question, ...] = (
    Question("data_health", "Can the data be trusted?", "analysis.health:data_health", charts=("plots.health:days",)),
    Question("data_traps", "Which columns mislead?", "analysis.traps:data_traps",
             needs_any=("customers", "interactions", "responses", "feedback", "deals", "assignments")),
    # who the customers are
    Question("personas", "Who are the customers, and how natural are these groups?", "analysis.personas:personas",
             needs_any=("customers", "interactions", "responses"),
             charts=("plots.personas:sizes", "plots.personas:profile", "plots.personas:candidates", "plots.personas:drift")),
    Question("persona_sheets", "Who are the personas, in one page each?", "analysis.personas:sheets", charts=("page.sheets_html:persona_sheets",)),
    Question("persona_journeys", "How do the personas' journeys differ?", "analysis.personas:journeys",
             needs_any=("interactions", "responses"), charts=("plots.personas:stages", "plots.personas:differences")),
    Question("persona_expectations", "What matters to whom and is not well served?", "analysis.personas:expectations", ("responses",),
             charts=("plots.personas:opportunities",)),
    # what they say
    Question("coding_progress", "Who coded what?", "analysis.coding:progress", needs_any=("documents", "codings")),
    Question("themes", "What do participants say, and how many of them?", "analysis.coding:themes", ("documents", "codings"),
             charts=("plots.coding:codes", "plots.coding:participants", "plots.coding:stages", "plots.coding:personas"),
             lanes=("pain", "gain", "needs", "actions")),
    Question("emotion", "How do participants feel along the journey?", "analysis.coding:emotion", ("documents", "codebook", "codings"), charts=("plots.coding:emotion",),
             lanes=("emotion",)),
    Question("quotes", "What do participants say in their own words?", "analysis.coding:quotes", ("documents", "codings"),
             charts=("notebook.chapter:quotes_block",), lanes=("quotes",)),
    Question("agreement", "Do coders see the same?", "analysis.coding:agreement", ("documents", "codings"), charts=("plots.coding:agreement",)),
    Question("saturation", "Would more interviews bring new codes?", "analysis.coding:saturation", ("documents", "codings"), charts=("plots.coding:saturation",)),
    Question("suggestions", "Which uncoded passages resemble what is coded?", "analysis.coding:suggestions", ("documents", "codings")),
    Question("satisfaction", "How satisfied are customers, and where?", "analysis.satisfaction:satisfaction", ("responses",),
             charts=("plots.satisfaction:scores",), lanes=("satisfaction",)),
    Question("survey_answers", "What did respondents answer?", "analysis.surveys:survey_answers", ("responses",), charts=("plots.surveys:answers",)),
    Question("survey_maxdiff", "Which of several things matter most and least?", "analysis.surveys:survey_maxdiff", ("responses",)),
    Question("survey_choices", "What do respondents choose, and where?", "analysis.surveys:survey_choices", ("responses",), lanes=("answers",)),
    Question("open_answers", "What do respondents write, and how many of them?", "analysis.surveys:open_answers", ("responses", "answer_codings"),
             lanes=("pain", "gain", "needs", "quotes")),
    Question("survey_banner", "How do groups of respondents differ?", "analysis.surveys:survey_banner", ("responses",)),
    Question("survey_waves", "What changed from wave to wave?", "analysis.surveys:survey_waves", ("responses",), charts=("plots.surveys:waves",)),
    Question("survey_drivers", "What goes together with recommendation?", "analysis.surveys:survey_drivers", ("responses",),
             charts=("plots.surveys:drivers", "plots.surveys:quadrants"), lanes=("drivers",)),
    Question("survey_behaviour", "What did satisfied and dissatisfied respondents do afterwards?", "analysis.surveys:survey_behaviour", ("responses", "interactions"),
             charts=("plots.surveys:behaviour",)),
    Question("feedback", "What do people say unasked?", "analysis.feedback:feedback", ("feedback",), lanes=("satisfaction", "pain", "quotes")),
    Question("written_themes", "What do people write about, and how many of them?", "analysis.voices:written_themes", ("feedback",),
             charts=("plots.voices:shares", "plots.voices:months")),
    Question("comparison", "Does the outcome differ between journeys of two kinds?", "analysis.outcomes:comparison", ("interactions",), named_in="comparisons",
             lanes=("pain", "satisfaction", "metrics")),
    Question("outcomes", "What became of customers, by group?", "analysis.surveys:outcomes", needs_any=("customers", "interactions"), lanes=("outcomes",)),
    # what they do
    Question("funnel", "How many get through a funnel, and where are they lost?", "analysis.funnels:funnel", ("interactions",),
             named_in="funnels", charts=("plots.funnels:steps", "plots.funnels:after_drop", "plots.funnels:breakdown"),
             lanes=("conversion", "time", "pain")),
    Question("funnel_by", "How do given groups of customers get through a funnel?", "analysis.funnels:funnel_by", ("interactions",),
             named_in="funnels", charts=("plots.funnels:breakdown",)),
    Question("funnels", "How many customers get through each funnel?", "analysis.funnels:funnels", ("interactions",)),
    Question("paths", "Which paths do customers take?", "analysis.paths:paths", ("interactions",),
             charts=("plots.paths:sankey", "plots.path_graph:transitions", "plots.path_graph:step_matrix")),
    Question("path_graph", "What comes after what?", "analysis.paths:path_graph", ("interactions",),
             charts=("plots.path_graph:transitions", "plots.path_graph:step_matrix")),
    Question("retention", "Who comes back, and for how long do customers stay?", "analysis.retention:retention", ("interactions",),
             charts=("plots.paths:retention", "plots.paths:cohorts")),
    Question("attribution", "Which touches precede a conversion?", "analysis.attribution:attribution", ("interactions",),
             charts=("plots.paths:attribution",)),
    # what was tried
    Question("experiment", "Which variant should customers get?", "analysis.experiments:evaluate", ("assignments",), named_in="experiments",
             charts=("plots.experiments:forest", "plots.experiments:sensitivity", "plots.experiments:over_looks", "plots.experiments:over_days"),
             lanes=("experiments",)),
    Question("experiment_design", "What was planned for an experiment?", "analysis.experiments:stated", named_in="experiments"),
    Question("experiment_plan", "How long must an experiment run?", "analysis.experiments:plan", named_in="experiments"),
    Question("experiment_looks", "What did experiments say at their looks, and what may be concluded now?",
             "analysis.experiments:from_aggregates", ("checkpoints",), charts=("plots.experiments:peeking",)),
    Question("change", "What moved after a change that went to everybody?", "analysis.experiments:evaluate_change", named_in="changes",
             charts=("plots.experiments:series",), lanes=("experiments",)),
    Question("shipped", "What moved after what was shipped, all changes taken together?", "analysis.experiments:shipped", charts=("plots.monitoring:before_after",)),
    Question("experiments", "What was tried, and what came of it?", "analysis.experiments:overview"),
    # what moved
    Question("monitoring", "What moved, and is it more than the usual ups and downs?", "journey_map.monitoring:monitoring",
             needs_any=("interactions", "responses", "feedback"), charts=("plots.monitoring:control", "plots.monitoring:shifts")),
    Question("feedback_since", "What do people write since, that they did not before?", "analysis.feedback_since:feedback_since", ("feedback",)),
    # what may come
    Question("sales", "What do customers buy, and what is it worth?", "analysis.outlook:sales", ("interactions",), charts=("plots.outlook:spend",)),
    Question("endings", "How do journeys end, and when?", "analysis.outlook:endings", ("interactions",), charts=("plots.outlook:endings",)),
    Question("return_outlook", "Who will buy again, and can that be told?", "analysis.outlook:return_outlook", ("interactions",), charts=("plots.outlook:groups", "plots.outlook:calibration")),
    Question("customer_value", "What may customers be worth in the time to come?", "analysis.outlook:customer_value", ("interactions",), charts=("plots.outlook:frequency",)),
    # the journey
    Question("stage_metrics", "How far do customers come, and how long does it take?", "journey_map:stage_metrics", ("interactions",),
             lanes=("touchpoints", "reach", "conversion", "time")),
    Question("customer_actions", "What do customers do?", "journey_map:customer_actions", ("interactions",), lanes=("actions",)),
    Question("pain_points", "Where does it hurt most?", "journey_map:pain_points",
             needs_any=("interactions", "responses", "codings", "feedback"), lanes=("pain",)),
    Question("stakes", "What is at stake where customers stop?", "journey_map:stakes", ("interactions",), lanes=("stake",)),
    Question("opportunities", "What could be done about it?", "journey_map:opportunities", lanes=("opportunities", "experiments")),
    Question("journey_map", "What is the journey like, and where does it hurt?", "journey_map:journey_map",
             charts=("notebook.chapter:journey_map_block",)),
)


def question(name: str) -> Question:
    """Look a question up by its name.

    Args:
        name: As `questions()` lists it.

    Returns:
        The question: what it asks, the function that answers it, its frames and options.

    Raises:
        BadInput: It is not listed; the nearest name is suggested.

    Example:
        >>> question("funnel").options
    """
    found = next((q for q in QUESTIONS if q.name == name), None)
    if found is None:
        raise unknown("questions", "question", name, [q.name for q in QUESTIONS], "docs/questions.md says what each asks")
    return found


def resolve(function: str) -> Callable[..., Any]:
    """Find the function behind "module:function", a module of this package."""
    module, _, name = function.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(f"{__package__}.{module}"), name)
    return found


class _Listed(ModuleType):
    """This module, which can be called: `questions()` lists what can be asked."""

    def __call__(self) -> Any:
        return importlib.import_module(f"{__package__}.notebook.listing").Listing(QUESTIONS)


sys.modules[__name__].__class__ = _Listed  # `cjm_research.questions` is this module as soon as anything imports it
