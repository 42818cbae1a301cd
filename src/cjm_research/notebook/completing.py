"""Tab on a study: what it has, what can be asked of it, and what a query or an answer gives before it is run.

Jedi, whom IPython asks by default, reads the sources of pandas to know what `study.sql("…").` gives: ten seconds of computing the first
time on a machine. What a study gives is known here without reading anything, so Jedi is not asked about it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import live
from ..questions import QUESTIONS, question
from ..results.result import Result
from ..study import Study

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult

_NAMES = {q.name for q in QUESTIONS}
#: the start of what ends in a dot and perhaps the beginning of a name: a variable, then nothing, `.ask`, or a call of `.sql` or of a question
_START = re.compile(r"(?<![\w.])([^\W\d]\w*)(?=\.)")


def complete_studies() -> None:
    """Let Tab in this notebook know studies; once is enough."""
    completer = getattr(live.shell(), "Completer", None)
    if completer is not None and _matches not in getattr(completer, "custom_matchers", [_matches]):
        completer.custom_matchers.append(_matches)


def names_after(code: str, namespace: dict[str, Any]) -> tuple[list[str], str] | None:
    """What may follow the code, and the beginning of it that stands there already; None where it is about no study."""
    begun = re.search(r"[^\W\d]?\w*$", code)
    typed = begun.group() if begun else ""
    before = code[:len(code) - len(typed)]
    if not before.endswith("."):
        return None
    for start in reversed(list(_START.finditer(before))):
        study = namespace.get(start.group(1))
        if isinstance(study, Study):
            try:
                tree = ast.parse(before[start.start():-1], mode="eval").body
            except (SyntaxError, ValueError):
                continue
            names = _names_of(tree, study)
            return None if names is None else ([n for n in names if n.startswith(typed) and (typed or not n.startswith("_"))], typed)
    return None


def _names_of(tree: ast.expr, study: Study) -> Iterable[str] | None:
    """The attributes of what an expression on a study gives, without evaluating it; None: that is not known here."""
    if isinstance(tree, ast.Name):
        return dir(study)
    path = ast.unparse(tree.func if isinstance(tree, ast.Call) else tree).split(".")[1:]
    if path == ["ask"] and not isinstance(tree, ast.Call):
        return [n for n in dir(study.ask) if not n.startswith("_")]
    if isinstance(tree, ast.Call) and path == ["sql"]:
        import pandas as pd

        return dir(pd.DataFrame)
    if isinstance(tree, ast.Call) and len(path) == 2 and path[0] == "ask" and path[1] in _NAMES:
        return sorted({*dir(Result), *Result.__dataclass_fields__, *question(path[1]).frames})
    return None


def _matches(context: CompletionContext) -> SimpleMatcherResult:
    """Answer IPython's completer; asks nobody else where the code is about a study."""
    from IPython.core.completer import SimpleCompletion

    lines = context.full_text.split("\n")
    code = "\n".join([*lines[:context.cursor_line], context.text_until_cursor])
    found = names_after(code, getattr(live.shell(), "user_ns", {}))
    if found is None:
        return {"completions": [], "suppress": False}
    names, typed = found
    return {"completions": [SimpleCompletion(n, type="instance") for n in names], "matched_fragment": typed, "suppress": bool(names)}  # type: ignore[typeddict-unknown-key]


_matches.matcher_api_version = 2  # type: ignore[attr-defined]
_matches.matcher_identifier = "cjm_research.studies"  # type: ignore[attr-defined]
_matches.matcher_priority = 100  # type: ignore[attr-defined]  # before Jedi, who is not asked then
