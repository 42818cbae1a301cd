"""Values that a question takes only some of, looked at before anything is built or run: no chapter has to fail to tell a slip.

Which question a parameter feeds is read from the chapter (`ask(retention, study, period=period)`), so own chapters count, too. What only
the data can tell (a persona, a node of paths) is found in the chapter; see `slips.refuse_given`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from ...errors import BadInput, unknown
from ...params import Params
from ...params.values import seconds
from ...syntax import parsed
from .notebook import Chapter, Scalar, cell_text

Check = Callable[[Scalar, Params, str], None]
_NEXT = "correct chapter_params or --set"
_ASKING = ("ask", "show", "table")


def check_choice(chapter: Chapter, name: str, value: Scalar, params: Params, where: str) -> None:
    """Raise `BadInput` for a value that a question of the chapter is known to refuse; the default is the chapter's own business."""
    if value == chapter.parameters[name].default or value is None:
        return
    for question, option, empty in _fed(chapter, name):
        check = _CHECKS.get((question, option))
        if check is not None and not (empty and not value):
            check(value, params, f"{where}: {name}")


def _fed(chapter: Chapter, name: str) -> Iterator[tuple[str, str, bool]]:
    """The options that a parameter feeds: question or chart, option, and whether an empty value means that it is not given."""
    for cell in json.loads(chapter.raw.decode("utf-8"))["cells"] if chapter.raw else ():
        try:
            tree = parsed(cell_text(cell.get("source", ""))) if cell["cell_type"] == "code" else None
        except SyntaxError:
            continue
        for call in ast.walk(tree) if tree else ():
            if not isinstance(call, ast.Call):
                continue
            called = _last(call.func)
            asked = _last(call.args[0]) if called in _ASKING and call.args else called
            for word in call.keywords:
                value, empty = (word.value.values[0], True) if isinstance(word.value, ast.BoolOp) and isinstance(word.value.op, ast.Or) else (word.value, False)
                if word.arg and isinstance(value, ast.Name) and value.id == name:
                    yield asked, word.arg, empty


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _among(what: str, allowed: Callable[[Params], Iterable[str]]) -> Check:
    def check(value: Scalar, params: Params, where: str) -> None:
        known = list(allowed(params))
        if value not in known:
            raise unknown(where, what, str(value), known, _NEXT)

    return check


def _whole(value: Scalar, params: Params, where: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadInput(where, repr(value), "a whole number, 1 or more", _NEXT)


def _positive(value: Scalar, params: Params, where: str) -> None:
    if not isinstance(value, int | float) or value <= 0:
        raise BadInput(where, repr(value), "a number above 0", _NEXT)


def _duration(value: Scalar, params: Params, where: str) -> None:
    try:
        if value != "none":
            seconds(value)
    except ValueError:
        raise BadInput(where, f"{value!r} is no duration", "a number with a unit: 30m, 12h, 7d or 2w; none for no limit", _NEXT) from None


def _day(value: Scalar, params: Params, where: str) -> None:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        raise BadInput(where, f"{value!r} is no day", "a day such as 2026-05-01", _NEXT) from None


def _periods(_: Params) -> Iterable[str]:
    from ...analysis.retention.counting import LENGTHS

    return LENGTHS


def _walks(_: Params) -> Iterable[str]:
    from ...analysis.paths.walks import UNITS

    return UNITS


def _passages(_: Params) -> Iterable[str]:
    from ...analysis.coding.units import UNITS

    return UNITS


def _methods(_: Params) -> Iterable[str]:
    from ...analysis.personas.methods import METHODS

    return ["auto", *METHODS]


_EXPERIMENT = _among("experiment", lambda p: [e.name for e in p.experiments])
_CHECKS: dict[tuple[str, str], Check] = {
    ("retention", "period"): _among("period", _periods), ("paths", "unit"): _among("unit", _walks), ("agreement", "unit"): _among("unit", _passages),
    ("personas", "method"): _among("method", _methods), ("personas", "segments"): _whole, ("funnel", "name"): _among("funnel", lambda p: [f.name for f in p.funnels]),
    ("funnel", "window"): _duration, ("evaluate", "name"): _EXPERIMENT, ("stated", "name"): _EXPERIMENT, ("plan", "name"): _EXPERIMENT,
    ("evaluate_change", "name"): _among("change", lambda p: [c.name for c in p.changes]), ("feedback_since", "since"): _day,
    ("paths", "nodes"): _whole, ("transitions", "edges"): _whole, ("retention", "periods"): _whole, ("retention", "inactive"): _whole,
    ("sales", "horizon_days"): _whole, ("return_outlook", "horizon_days"): _whole, ("customer_value", "weeks"): _whole,
    ("endings", "days"): _positive, ("plan", "sd"): _positive, ("plan", "per_day"): _positive,
}
