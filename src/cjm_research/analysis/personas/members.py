"""The members of the personas: as a table that queries can join, and as a view of the whole study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...errors import NotEnoughData, unknown
from ...results.cache import answered
from ...results.result import Result

if TYPE_CHECKING:
    from ...study import Study

VIEW = "persona_of"  # customer_id, persona; known to this study's engine only


def typed(study: Study, fewest: int = 2) -> tuple[Result, list[str]]:
    """The answer to "who are the customers" and the personas' names, largest first; `VIEW` is made known.

    Raises `NotEnoughData` where there are fewer than `fewest` personas.
    """
    from .question import personas

    answer = answered(personas, study)
    titles = [str(p) for p in answer["personas"]["persona"]]
    if len(titles) < fewest:
        raise NotEnoughData("personas", "there are no natural segments, so there is nothing to compare", "at least two personas",
                            "set personas.segments to work with slices, or personas.attribute to use groups that exist")
    members: pd.DataFrame = answer["members"].dropna(subset=["persona"])
    study.engine.register(VIEW, members.astype({"customer_id": "string", "persona": "string"}))
    return answer, titles


def through(study: Study, persona: str) -> Study:
    """The study seen through one persona: its customers (or respondents), their records, tests and interviews.

    An interview belongs to the persona that the participant sheet, the customer record or the rule says, as on the
    persona sheets. Raises `BadInput` for a name that no persona has, `NotEnoughData` where nothing is known about customers.
    """
    from .question import personas
    from .voices import participants

    answer = answered(personas, study)
    members: pd.DataFrame = answer["members"]
    titles = [str(p) for p in answer["personas"]["persona"]]
    if persona not in titles:
        raise unknown(f"{study.client}: persona", "persona", persona, titles, "the chapter 20_personas lists them")
    talks = participants(study, members, titles, answer.facts.get("rule_tree")).frame
    return study.only(f"persona {persona}", members.loc[members["persona"] == persona, "customer_id"].tolist(),
                      talks.loc[talks["persona"] == persona, "document_id"].tolist())
