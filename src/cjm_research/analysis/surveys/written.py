"""What people wrote where a survey asked for words: answers that several gave alike, and examples by a rule."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from ...results import words
from ...results.result import Estimate
from .estimates import share_of
from .loaded import Asked, Survey

MOST_ALIKE, EXAMPLES = 8, 4  # answers shown of one question
SHORTEST, LONGEST = 12, 400  # characters of an example, where there are such


def in_words(survey: Survey, asked: Asked) -> list[tuple[dict[str, Any], Estimate]]:
    """Rows of `written` for an open question.

    Answers that differ in case, blanks and a full stop only are one; those of at least two people (and of `privacy.min_cell`) are counted, of those who wrote anything. Examples are
    drawn by a hash of their words, those of a sentence's length first: no one chooses them, and a run repeats them.
    """
    texts = survey.written(asked)
    said = texts.str.strip()
    said = said[said.str.len() > 0]
    keys = said.str.casefold().str.replace(r"\s+", " ", regex=True).str.rstrip(".")
    inside = np.zeros(len(survey), bool)
    inside[said.index.to_numpy()] = True
    place = {"source": survey.source, "question_id": asked.id, "question": asked.text}
    people = keys.rename("key").reset_index().drop_duplicates()["key"].value_counts()
    least = max(2, survey.study.params.privacy.min_cell)
    alike = sorted(((str(k), int(n)) for k, n in people.items() if n >= least), key=lambda x: (-x[1], x[0]))[:MOST_ALIKE]
    rows = []
    for key, _ in alike:
        hits = np.zeros(len(survey), bool)
        hits[keys.index[keys == key].to_numpy()] = True
        spelled = said[keys == key].value_counts()
        first = sorted(spelled.index[spelled == spelled.max()])[0]  # as most people write it
        rows.append((place | {"answer": str(first), "example": False}, share_of(survey, hits, inside)))
    taken = {key for key, _ in alike}
    rest = {str(k): str(t) for t, k in zip(said, keys, strict=True) if k not in taken}
    drawn = sorted(rest, key=lambda k: (not SHORTEST <= len(rest[k]) <= LONGEST, hashlib.sha256(k.encode()).hexdigest()))[:EXAMPLES]
    return rows + [(place | {"answer": words.cut(rest[k], LONGEST), "example": True}, Estimate(None, None, None, 0, 0, "share", "an example")) for k in drawn]
