"""Tab on a study: what it has, what can be asked of it, and what a query or an answer gives before it is run.

Jedi, whom IPython asks by default, reads the sources of pandas to know what `study.sql("…").` gives: ten seconds of computing the first
time on a machine. What a study gives is known here without reading anything, so Jedi is not asked about it.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import live
from ..questions import QUESTIONS, question
from ..results.result import Result
from ..study import Study
from ..syntax import parsed_expression
from ..tables import TABLES

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult

_NAMES = {q.name for q in QUESTIONS}
#: what a researcher types most, before all else that a study has
_FIRST = ("ask", "tables", "sql", "question", "share", "mean", "with_params", "params", "stages", *TABLES)
#: where an expression on a variable begins
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
    for start in reversed(list(_START.finditer(before))):
        study = namespace.get(start.group(1))
        if isinstance(study, Study):
            try:
                tree = parsed_expression(before[start.start():-1] if before.endswith(".") else before[start.start():] + ")")
            except (SyntaxError, ValueError):
                continue
            names = _attributes_of(tree, study) if before.endswith(".") else _options_of(tree, study, namespace)
            return None if names is None else ([n for n in names if n.startswith(typed) and (typed or not n.startswith("_"))], typed)
    return None


def _attributes_of(tree: ast.expr, study: Study) -> Iterable[str] | None:
    """The attributes of what an expression on a study gives, without evaluating it; None: that is not known here."""
    if isinstance(tree, ast.Name):
        return dict.fromkeys([*_FIRST, *dir(study)])
    path = ast.unparse(tree.func if isinstance(tree, ast.Call) else tree).split(".")[1:]
    if not isinstance(tree, ast.Call):
        if path == ["ask"]:
            return [n for n in dir(study.ask) if not n.startswith("_")]
        table = TABLES.get(path[-1]) if len(path) == 1 or (len(path) == 2 and path[0] == "tables") else None
        return None if table is None else _of_frame(table.names)
    if path == ["sql"]:
        return _of_frame(())
    if len(path) == 2 and path[0] == "ask" and path[1] in _NAMES:
        return sorted({*dir(Result), *Result.__dataclass_fields__, *question(path[1]).frames})
    return None


def _of_frame(columns: Iterable[str]) -> list[str]:
    import pandas as pd

    return sorted({*columns, *dir(pd.DataFrame)})


def _options_of(tree: ast.expr, study: Study, namespace: dict[str, Any]) -> list[str] | None:
    """The options of the question that is being asked which are not given yet, before the variables that might be given."""
    if not isinstance(tree, ast.Call):
        return None
    path = ast.unparse(tree.func).split(".")[1:]
    if len(path) != 2 or path[0] != "ask" or path[1] not in _NAMES:
        return None
    given = {k.arg for k in tree.keywords}
    names = [n for i, n in enumerate(inspect.signature(getattr(study.ask, path[1])).parameters) if i >= len(tree.args) and n not in given]
    return [*(f"{n}=" for n in names), *(n for n in namespace if not n.startswith("_") and n not in ("In", "Out", "exit", "quit", "get_ipython", "open"))]


def _matches(context: CompletionContext) -> SimpleMatcherResult:
    """Answer IPython's completer; asks nobody else where the code is about a study."""
    from IPython.core.completer import SimpleCompletion

    lines = context.full_text.split("\n")
    code = "\n".join([*lines[:context.cursor_line], context.text_until_cursor])
    found = names_after(code, getattr(live.shell(), "user_ns", {}))
    if found is None:
        return {"completions": [], "suppress": False}
    names, typed = found
    return {"completions": [SimpleCompletion(n, type="param" if n.endswith("=") else "instance") for n in names], "matched_fragment": typed, "suppress": bool(names),
            "ordered": True}  # type: ignore[typeddict-unknown-key]


_matches.matcher_api_version = 2  # type: ignore[attr-defined]
_matches.matcher_identifier = "cjm_research.studies"  # type: ignore[attr-defined]
_matches.matcher_priority = 100  # type: ignore[attr-defined]  # before Jedi, who is not asked then
