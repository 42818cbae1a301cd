"""Which charts draw an answer: the list of questions says so."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..errors import unknown
from ..questions import QUESTIONS, Question, resolve
from ..results.result import Result


def listed(function: Callable[..., Any]) -> Question | None:
    """The listed question that a function answers, None for one of the researcher's own."""
    for q in QUESTIONS:
        module, _, name = q.function.partition(":")
        if name == getattr(function, "__name__", "") and getattr(sys.modules.get(f"{__package__.rsplit('.', 1)[0]}.{module}"), name, None) is function:
            return q
    return None


def charts_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The charts of a question, as they are called: `charts.funnels.steps`."""
    found = listed(function)
    return tuple(c.removeprefix("plots.").replace(":", ".") if c.startswith("plots.") else c.replace(":", ".") for c in found.charts) if found else ()


def named_chart(name: str, result: Result) -> Callable[..., Any]:
    """The chart of an answer by its name, whole or only its last word. Raises `BadInput` with a suggestion for an unknown one."""
    word = name.removeprefix("charts.")
    for chart in result.charts:
        if word in (chart, chart.rsplit(".", 1)[-1]):
            module, _, function = chart.rpartition(".")
            known = {c.replace(":", "."): c for q in QUESTIONS for c in q.charts}
            return resolve(known.get(chart) or known.get(f"plots.{chart}") or f"{module}:{function}")
    raise unknown("show", "chart", name, [c if "." in word else c.rsplit(".", 1)[-1] for c in result.charts], "answer.charts lists the charts of an answer")
