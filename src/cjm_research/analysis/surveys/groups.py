"""Whom answers are broken down by: attributes, personas, waves, or the answers to another question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import BadInput, NotEnoughData
from .loaded import Flags, Survey

FEWEST, MOST = 2, 8  # values of an attribute that is taken where nobody names any
MOST_COLUMNS = 26
CHOSEN = ("single", "multiple", "coded")  # questions whose answers part respondents


@dataclass(frozen=True)
class Groups:
    """Columns of a banner: their names and who is in them. overlap: whether somebody can be in several."""

    by: str
    title: str
    names: list[str]
    members: Flags  # respondents × columns
    overlap: bool = False
    rest: int = 0  # groups beyond the largest that have no column


def groups_of(survey: Survey, by: str, members: pd.DataFrame | None = None) -> Groups:
    """The groups that `by` names: attributes.<key>, persona (of `members`: customer_id, persona), wave, or the id of a choice question or of the codes of an open one (`<id>_codes`).

    Raises `BadInput` for anything else.
    """
    if by.startswith("attributes."):
        return _from(by, by.removeprefix("attributes.").replace("_", " "), survey.attribute(by))
    if by == "wave":
        if survey.people["wave"].notna().sum() == 0:
            raise NotEnoughData("banner by wave", "the survey has no waves", "a wave for every respondent", "map `columns: {wave: …}` of the survey")
        return _from(by, "wave", survey.people["wave"].astype("string"), ordered=True)
    if by == "persona" and members is not None:
        of = pd.Series(members["persona"].astype("string").to_numpy(), index=members["customer_id"].astype("string"))
        who = survey.people["customer_id"].astype("string").fillna(survey.people["response_id"].astype("string"))
        return _from(by, "persona", pd.Series(of[~of.index.duplicated()].reindex(who).to_numpy(), dtype="string"))
    found = next((q for q in survey.questions if q.id == by and q.kind in CHOSEN), None)
    if found is None:
        choices = [q.id for q in survey.questions if q.kind in CHOSEN]
        raise BadInput(f"banner: by {by!r}", "it names no group of respondents", f"attributes.<key>, persona, wave, or a choice question ({', '.join(choices[:10]) or 'none here'})",
                       "correct survey.banner or the chapter's first cell")
    answers = survey.answers(found)
    hits = answers.hits & answers.answered[:, None]
    return Groups(by, found.text, answers.options[:MOST_COLUMNS], hits[:, :MOST_COLUMNS], bool((hits.sum(1) > 1).any()), max(0, len(answers.options) - MOST_COLUMNS))


def usual(survey: Survey) -> list[str]:
    """What a survey is broken down by where nobody says: attributes of a few values that most respondents have."""
    keys = survey.study.query("SELECT DISTINCT unnest(json_keys(attributes)) AS key FROM customers WHERE attributes IS NOT NULL ORDER BY key")["key"].tolist()
    out = []
    for key in keys:
        values = survey.attribute(f"attributes.{key}")
        counts = values.value_counts()
        large = int((counts >= 30).sum())
        if FEWEST <= len(counts) <= MOST and large >= FEWEST and values.notna().mean() >= 0.5:
            out.append((f"attributes.{key}", large))
    waves = ["wave"] if survey.people["wave"].nunique() > 1 else []
    return waves + [name for name, _ in out]


def named(survey: Survey, by: str | Sequence[str] | None) -> list[str]:
    """The groups to break down by: those given, else the params', else the usual ones."""
    given = [by] if isinstance(by, str) and by else list(by or [])
    return given or list(survey.study.params.survey.banner) or usual(survey)


def _from(by: str, title: str, values: pd.Series, ordered: bool = False) -> Groups:
    counts = values.dropna().value_counts()
    names = sorted(map(str, counts.index), key=_natural)
    rest = 0
    if len(names) > MOST_COLUMNS:
        kept = set(sorted(names, key=lambda n: (-int(counts[n]), n))[:MOST_COLUMNS])
        rest, names = len(names) - MOST_COLUMNS, [n for n in names if n in kept]
    members = np.stack([(values == n).fillna(False).to_numpy(bool) for n in names], axis=1) if names else np.zeros((len(values), 0), bool)
    return Groups(by, title, names, members, rest=rest)


def _natural(name: str) -> tuple[int, float, str]:
    """Numbers by value before words by letter."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name
