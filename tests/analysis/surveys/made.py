"""Answers of a survey from columns, small enough to check by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "likert": (1, 5)}


def scored(question: str, kind: str, scores: Sequence[float | None], up: bool = True, **more: Any) -> pd.DataFrame:
    """Answers on a scale, one a respondent; None: no answer."""
    low, high = SCALES[kind]
    rows = [{"response_id": f"r{i:05d}", "customer_id": f"c{i:05d}", "source": "survey", "question_id": question, "question": f"about {question}", "instrument": kind,
             "scale_min": low, "scale_max": high, "higher_is_better": up, "box": 2 if kind == "csat" else None, "score": s, "answer": None if s is None else str(s),
             **{k: v[i] if isinstance(v, list | tuple) else v for k, v in more.items()}} for i, s in enumerate(scores) if s is not None]
    return pd.DataFrame(rows)


def chosen(question: str, answers: Sequence[Sequence[str] | str | None], **more: Any) -> pd.DataFrame:
    """Answers to a choice question: a text, or several, a respondent."""
    rows = [{"response_id": f"r{i:05d}", "customer_id": f"c{i:05d}", "source": "survey", "question_id": question, "question": f"which {question}", "instrument": "choice", "answer": a,
             **{k: v[i] if isinstance(v, list | tuple) else v for k, v in more.items()}}
            for i, given in enumerate(answers) if given is not None for a in ([given] if isinstance(given, str) else given)]
    return pd.DataFrame(rows)


def wrote(question: str, texts: Sequence[str | None], **more: Any) -> pd.DataFrame:
    """What respondents wrote; None: nothing."""
    rows = chosen(question, texts, **more)
    return rows.assign(instrument="text")


def people(**attributes: Sequence[Any]) -> pd.DataFrame:
    """Customers with these attributes."""
    import json

    n = len(next(iter(attributes.values())))
    return pd.DataFrame([{"customer_id": f"c{i:05d}", "attributes": json.dumps({k: v[i] for k, v in attributes.items() if v[i] is not None})} for i in range(n)])
