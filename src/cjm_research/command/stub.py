"""The stub of `study.ask` for editors: every listed question as a method with its real signature."""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Callable
from typing import Any

from ..notebook.asked import signature_of
from ..questions import QUESTIONS, Question

PATH = "src/cjm_research/notebook/asked.pyi"
_KNOWN = {"str", "int", "float", "bool", "None", "Any", "Sequence", "Mapping", "dict", "list", "tuple", "object"}
_HEAD = '''"""Generated from the list of questions by `cjm docs`: what `study.ask.` offers, for editors."""

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
'''


def stub_text() -> str:
    """The text of the stub."""
    return _HEAD + "\n".join(_method(q) for q in QUESTIONS) + "\n"


def _method(q: Question) -> str:
    function = inspect.unwrap(q.answers)
    parts, starred = ["self"], False
    for p in signature_of(function).parameters.values():
        if p.kind is p.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        mark = "**" if p.kind is p.VAR_KEYWORD else ""
        default = "" if p.default is p.empty else f" = {p.default!r}"
        parts.append(f"{mark}{p.name}: {_hint(function, p.annotation)}{default}")
    return f'    def {q.name}({", ".join(parts)}) -> Result | Missing:\n        """{q.asks}"""'


def _hint(function: Callable[..., Any], annotation: Any) -> str:
    """An annotation in names that the stub imports; an alias of listed values written out."""
    if annotation is inspect.Parameter.empty:
        return "Any"
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "Any")
    for word in set(re.findall(r"[A-Za-z_][\w.]*", text)) - _KNOWN - {"pd.DataFrame"}:
        value = getattr(sys.modules[function.__module__], word, None)
        if typing.get_origin(value) is typing.Literal:
            text = re.sub(rf"\b{word}\b", f"Literal[{', '.join(map(repr, typing.get_args(value)))}]", text)
        else:
            return "Any"
    return text
