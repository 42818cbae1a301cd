"""Options of a question, checked before anything is computed: names, kinds, listed values, durations."""

from __future__ import annotations

import contextlib
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from datetime import timedelta
from numbers import Integral, Real
from typing import Any

from ..errors import BadInput, unknown
from ..params.values import Refused, seconds
from ..results.declared import parameters_of
from ..shapes import Json

if typing.TYPE_CHECKING:
    from ..study import Study

#: options that are numbers of a unit of time: a duration may be given instead, and is counted in so many seconds
_TIMES = {"timeout": 1, "inactive": 86_400, "half_life_days": 86_400}
_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "True or False"}


def checked_options(question: Callable[..., Any], study: Study, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as the question takes them. Raises `BadInput` for an unknown name, a missing one, a value of another kind."""
    where = getattr(question, "__name__", "question")
    known = parameters_of(question, options, f"ask {where}", ("persona", "quiet"), f"help(study.ask.{where}) says what each means")
    hints = _hints(question)
    out: Json = {}
    for name, value in options.items():
        out[name] = _checked(f"{where}: {name}", _in_seconds(where, name, value), hints.get(name)) if value is not None else None
    if missing := [p.name for p in known.values() if p.default is p.empty and out.get(p.name) is None]:
        raise BadInput(where, f"{missing[0]} is not given", _what_may(missing[0], where, study), f"study.ask.{where}({missing[0]}=...)")
    return out


def _what_may(option: str, where: str, study: Study) -> str:
    from ..questions import QUESTIONS

    section = next((q.named_in for q in QUESTIONS if q.function.endswith(f":{where}")), "")
    names = [str(getattr(item, "name", "")) for item in getattr(study.params, section, [])] if section and option == "name" else []
    return ", ".join(names) or "a value for it"


def _hints(question: Callable[..., Any]) -> dict[str, Any]:
    function = inspect.unwrap(question)
    try:
        return typing.get_type_hints(function)
    except Exception:  # names known to type checkers only
        return _plain_hints(function)


def _plain_hints(function: Any) -> dict[str, Any]:
    """The hints that can be read without the modules that only a type checker imports."""
    out: Json = {}
    known = {**getattr(function, "__globals__", {}), "Any": Any, "Sequence": typing.Sequence, "Mapping": typing.Mapping}
    for name, hint in getattr(function, "__annotations__", {}).items():
        with contextlib.suppress(Exception):
            out[name] = eval(hint, known) if isinstance(hint, str) else hint  # noqa: S307 (an annotation of this package or the notebook)
    return out


def _in_seconds(where: str, name: str, value: Any) -> Any:
    """A duration as the number or the text that the option takes."""
    if name in _TIMES and isinstance(value, str | timedelta):
        try:
            counted = (value.total_seconds() if isinstance(value, timedelta) else seconds(value)) / _TIMES[name]
        except Refused as problem:
            raise BadInput(f"{where}: {name}", problem.found, problem.allowed, problem.next) from None
        return int(counted) if counted == int(counted) else counted
    return f"{value.total_seconds():g}s" if isinstance(value, timedelta) else value


def _checked(where: str, value: Any, hint: Any) -> Any:
    if hint is None or _fits(value, hint):
        return value
    words = [w for h in _parts(hint) if typing.get_origin(h) is typing.Literal for w in typing.get_args(h)]
    if words and isinstance(value, str):
        raise unknown(where, "value", value, words, "write one of these, in quotes")
    raise BadInput(where, f"{value!r} cannot stand here"[:200], _told(hint), "help of the question says what it takes")


def _parts(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _fits(value: Any, hint: Any) -> bool:
    return any(_fits_one(value, h) for h in _parts(hint))


def _fits_one(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if hint is bool:
        return isinstance(value, bool) or type(value).__name__ == "bool"
    if hint is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if hint is float:
        return isinstance(value, Real) and not isinstance(value, bool)
    if hint is str:
        return isinstance(value, str)
    if hint is type(None):
        return value is None
    if origin is not None and getattr(origin, "__name__", "") in ("Sequence", "list", "tuple"):
        return not isinstance(value, str | bytes | Real) and hasattr(value, "__len__")
    if origin is not None and getattr(origin, "__name__", "") in ("Mapping", "dict"):
        return isinstance(value, Mapping)
    return True


def _told(hint: Any) -> str:
    return " or ".join(_KINDS.get(h) or ("a list" if "Sequence" in str(h) else "a mapping" if "Mapping" in str(h) else str(h)) for h in _parts(hint) if h is not type(None))
