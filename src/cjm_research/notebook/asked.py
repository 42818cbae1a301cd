"""`study.ask`: the questions as methods that Tab finds, with their real signatures.

The stub beside this file, which editors read, is generated from the list of questions.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import did_you_mean, stoppable
from ..questions import QUESTIONS
from ..study import Study
from . import chapter

_MORE = (inspect.Parameter("persona", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None"),
         inspect.Parameter("quiet", inspect.Parameter.KEYWORD_ONLY, default=False, annotation="bool"))


class Asked:
    """The questions of a study: `study.ask.funnel("purchase", window="7d")` is `ask(funnels.funnel, study, ...)`."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def __call__(self, question: Callable[..., Any], **options: Any) -> Any:
        """Ask any question of this study, also one of your own."""
        return chapter.ask(question, self._study, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found = next((q for q in QUESTIONS if q.name == name), None)
        if found is None:
            names = [q.name for q in QUESTIONS]
            raise AttributeError(f"no question is called {name!r}.{did_you_mean(name, names)} questions() lists them")
        with stoppable(name):
            function = found.answers  # imports what it needs
        return bound(found.name, function, self._study, found.asks)

    def __dir__(self) -> list[str]:
        return [q.name for q in QUESTIONS]

    def __repr__(self) -> str:
        return repr(chapter_listing())

    def _repr_html_(self) -> str:
        return chapter_listing()._repr_html_()


def chapter_listing() -> Any:
    """The list of questions, to be shown."""
    from .listing import Listing

    return Listing(QUESTIONS)


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """A question's signature as it is asked: without the study, with what every question takes."""
    own = inspect.signature(function)
    parameters = list(own.parameters.values())[1:]
    names = {p.name for p in parameters}
    parameters += [p for p in _MORE if p.name not in names]
    return own.replace(parameters=sorted(parameters, key=lambda p: (p.kind, p.kind is not p.KEYWORD_ONLY and p.default is not p.empty)),
                       return_annotation="Result | Missing")


def bound(name: str, function: Callable[..., Any], study: Study, asks: str = "") -> Callable[..., Any]:
    """A question of one study, with its own signature and its own words."""
    signature = signature_of(function)

    def asked(*given: Any, **options: Any) -> Any:
        positional = [p.name for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        if len(given) > len(positional):
            from ..errors import BadInput

            raise BadInput(name, f"{len(given)} values without a name", f"{len(positional)} ({', '.join(positional) or 'none'}); all others by name",
                           f"study.ask.{name}(option=value)")
        with stoppable(name):
            return chapter.ask(function, study, **dict(zip(positional, given, strict=False)), **options)

    asked.__name__, asked.__qualname__ = name, f"ask.{name}"
    asked.__doc__ = "\n\n".join(part for part in (asks, inspect.getdoc(function)) if part)
    asked.__signature__ = signature  # type: ignore[attr-defined]
    return asked
