"""What surveys say: distributions, banners, waves, drivers of an outcome, and outcomes by group.

    survey_answers(study)     every question with its bases, shares and score
    survey_choices(study)     what respondents choose, at the touchpoint that a question names
    survey_maxdiff(study)     what is chosen as best and as worst
    open_answers(study)       what respondents write, by the codes that researchers gave
    survey_banner(study)      any question by any group, with letters for what differs
    survey_waves(study)       scores from wave to wave
    survey_drivers(study)     which answers go together with recommendation
    survey_behaviour(study)   what satisfied and dissatisfied respondents did afterwards
    outcomes(study)           who left, by contract
"""

from __future__ import annotations

from .banner import survey_banner
from .behaviour import survey_behaviour
from .choices import survey_choices
from .drivers import survey_drivers
from .frequencies import survey_answers
from .maxdiff import survey_maxdiff
from .open_answers import open_answers
from .outcomes import outcomes
from .waves import survey_waves

__all__ = ["open_answers", "outcomes", "survey_answers", "survey_banner", "survey_behaviour", "survey_choices", "survey_drivers", "survey_maxdiff", "survey_waves"]
