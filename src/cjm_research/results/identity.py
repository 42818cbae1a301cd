"""What an answer is made by: a question and its options as text that is equal only where the answers must be.

A question of this package is known by its name, since the package's code is hashed as a whole. A function of the researcher's own
is known by its code and by all that the code rests on: constants, defaults, closure, the globals it names, and the functions
among these in turn. Where that cannot be known (a file is read, the clock asked, a class of one's own used) `Unknowable` says
why, and the answer is computed each time.
"""

from __future__ import annotations

import builtins
import dis
import enum
import functools
import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
#: modules whose functions give the same answer for the same input, but for the names below
_PURE = {"numpy", "pandas", "scipy", "sklearn", "statsmodels", "pyarrow", "math", "cmath", "statistics", "itertools", "functools", "operator",
         "collections", "re", "json", "string", "textwrap", "decimal", "fractions", "datetime", "typing", "dataclasses", "enum", "warnings",
         "abc", "bisect", "heapq", "html", "unicodedata", "difflib", "calendar", "zoneinfo", "copy", "cjm_research", "__future__"}
#: names that reach beyond the tables: files, the clock, chance, the machine, and code made at run time
_BEYOND = {"open", "input", "eval", "exec", "compile", "__import__", "globals", "locals", "vars", "breakpoint",
           "now", "today", "utcnow", "time", "perf_counter", "monotonic", "random", "rand", "randn", "randint", "choice", "shuffle", "sample",
           "urlopen", "environ", "getenv", "getcwd", "system", "popen", "load", "loadtxt", "genfromtxt", "fromfile", "memmap",
           "workspace", "folder", "engine", "con", "_engine", "_build", "sys", "os", "subprocess", "pathlib", "requests", "open_study"}
_PLAIN = (type(None), bool, int, float, complex, str, bytes, Decimal, Fraction, date, time, datetime, timedelta, PurePath, range, slice, type(...))


class Unknowable(Exception):
    """What a function rests on cannot be told; the text says what."""


def identity(value: Any) -> str:
    """A hash of a value, whole. Raises `Unknowable` where what it is cannot be told."""
    return hashlib.sha256(json.dumps(_told(value, ())).encode()).hexdigest()


def _told(value: Any, within: tuple[int, ...]) -> Any:
    """A value as plain JSON in which different values differ."""
    if isinstance(value, enum.Enum):
        return ["enum", type(value).__module__, type(value).__qualname__, value.name]
    if isinstance(value, _PLAIN):
        return [type(value).__name__, repr(value)]
    if id(value) in within:
        return ["again", within.index(id(value))]
    inner = (*within, id(value))
    if isinstance(value, tuple | list):
        return [type(value).__qualname__, [_told(v, inner) for v in value]]
    if isinstance(value, set | frozenset):
        return [type(value).__name__, sorted(json.dumps(_told(v, inner)) for v in value)]
    if isinstance(value, Mapping) and type(value).__module__ in ("builtins", "collections", "types"):
        return [type(value).__name__, [[_told(k, inner), _told(v, inner)] for k, v in value.items()]]
    if isinstance(value, FunctionType):
        return _function(value, inner)
    if isinstance(value, MethodType):
        return ["method", _function(value.__func__, inner), _told(value.__self__, inner)]
    if isinstance(value, functools.partial):
        return ["partial", _told(value.func, inner), _told(value.args, inner), _told(value.keywords, inner)]
    if isinstance(value, CodeType):
        return _code(value)
    if isinstance(value, ModuleType):
        return ["module", _pure_module(value.__name__)]
    if isinstance(value, type | BuiltinFunctionType) or type(value).__name__ in ("ufunc", "builtin_function_or_method", "wrapper_descriptor", "method_descriptor"):
        return ["name", _pure_module(getattr(value, "__module__", None) or "builtins"), getattr(value, "__qualname__", getattr(value, "__name__", ""))]
    return _object(value, inner)


def _object(value: Any, inner: tuple[int, ...]) -> Any:
    from ..study import Study

    module = type(value).__module__.split(".")[0]
    if isinstance(value, Study):  # what it reads is noted when it is read
        return ["study", value.client, str(value.workspace.root), value.sha256, value.view_key]
    if module in ("numpy", "pandas", "pyarrow"):
        return _data(value, inner)
    if hasattr(value, "model_dump_json") and module == "cjm_research":
        return ["section", type(value).__qualname__, value.model_dump_json()]
    if is_dataclass(value) and module == "cjm_research":
        return ["record", type(value).__qualname__, [[f.name, _told(getattr(value, f.name), inner)] for f in fields(value)]]
    if hasattr(value, "__wrapped__"):
        raise Unknowable(f"{getattr(value, '__qualname__', type(value).__qualname__)} is wrapped in a {type(value).__name__}")
    raise Unknowable(f"a value of the kind {type(value).__module__}.{type(value).__qualname__}")


def _data(value: Any, inner: tuple[int, ...]) -> Any:
    """Arrays and frames, whole: every value, type, name and label."""
    import numpy as np
    import pandas as pd

    kind = type(value).__qualname__
    if isinstance(value, np.generic) or value is pd.NaT or value is pd.NA or isinstance(value, pd.Timestamp | pd.Timedelta | pd.Interval | pd.Period):
        return [kind, repr(value)]
    if isinstance(value, np.dtype | pd.api.extensions.ExtensionDtype):
        return ["dtype", repr(value)]
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            return [kind, list(value.shape), _told(value.tolist(), inner)]
        return [kind, str(value.dtype), list(value.shape), hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
    if isinstance(value, pd.DataFrame):
        columns = [_data(value.iloc[:, i], inner) for i in range(value.shape[1])]
        return [kind, _told(list(value.columns), inner), _data(value.index, inner), columns, _told(dict(value.attrs), inner)]
    if isinstance(value, pd.Series):
        return [kind, repr(value.dtype), _told(value.name, inner), _data(value.index, inner), _values(value, inner)]
    if isinstance(value, pd.MultiIndex):
        return [kind, _told(list(value.names), inner), [_data(value.get_level_values(i), inner) for i in range(value.nlevels)]]
    if isinstance(value, pd.Index):
        return [kind, repr(value.dtype), _told(value.name, inner), _values(value, inner)]
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return [kind, repr(value.dtype), _values(value, inner)]
    if type(value).__module__.startswith("pyarrow") and hasattr(value, "schema"):
        return [kind, str(value.schema), _told(value.to_pydict(), inner)]
    raise Unknowable(f"a value of the kind {type(value).__module__}.{kind}")


def _values(column: Any, inner: tuple[int, ...]) -> Any:
    """The values of a series, an index or an extension array, as one hash."""
    import numpy as np
    import pandas as pd

    if isinstance(column.dtype, np.dtype) and not column.dtype.hasobject:
        return hashlib.sha256(np.ascontiguousarray(column.to_numpy()).tobytes()).hexdigest()
    groups = [_told(list(column.dtype.categories), inner), bool(column.dtype.ordered)] if isinstance(column.dtype, pd.CategoricalDtype) else []
    return hashlib.sha256(json.dumps([groups, [_told(v, inner) for v in column.tolist()]]).encode()).hexdigest()


# --- functions -------------------------------------------------------------------------------------------------------


def is_ours(function: Callable[..., Any]) -> bool:
    """Whether a function stands in this package, under its own name, and holds nothing of its own."""
    code = getattr(function, "__code__", None)
    if code is None or getattr(function, "__closure__", None):
        return False
    if not Path(code.co_filename).is_relative_to(PACKAGE):
        return False
    found: Any = sys.modules.get(function.__module__)
    for part in function.__qualname__.split("."):
        found = getattr(found, part, None)
    return inspect.unwrap(found) is function if callable(found) else False


def _function(function: FunctionType, inner: tuple[int, ...]) -> Any:
    if is_ours(function):
        return ["ours", function.__module__, function.__qualname__]
    cells = []
    for cell in function.__closure__ or ():
        try:
            cells.append(_told(cell.cell_contents, inner))
        except ValueError:
            cells.append("empty")
    parts = [function.__module__, function.__qualname__, _code(function.__code__), _told(function.__defaults__, inner),
             _told(function.__kwdefaults__, inner), cells]
    if Path(function.__code__.co_filename).is_relative_to(PACKAGE):  # made by a function of this package: its globals are the package's
        return ["made", *parts]
    return ["function", *parts, _globals(function, inner)]


def _code(code: CodeType) -> Any:
    constants = [_code(c) if isinstance(c, CodeType) else _told(c, ()) for c in code.co_consts]
    return ["code", code.co_name, code.co_code.hex(), code.co_exceptiontable.hex(), code.co_flags, code.co_argcount, code.co_posonlyargcount,
            code.co_kwonlyargcount, list(code.co_names), list(code.co_varnames), list(code.co_freevars), list(code.co_cellvars), constants]


def _codes(code: CodeType) -> Iterable[CodeType]:
    yield code
    for c in code.co_consts:
        if isinstance(c, CodeType):
            yield from _codes(c)


def _globals(function: FunctionType, inner: tuple[int, ...]) -> list[Any]:
    """What the globals that a function names stand for, in turn. Raises `Unknowable` for one that reaches beyond the tables."""
    names = sorted({n for code in _codes(function.__code__) for n in code.co_names})
    if beyond := [n for n in names if n in _BEYOND or n.startswith(("read_", "fetch"))]:
        raise Unknowable(f"{function.__qualname__} uses {', '.join(beyond)}")
    for code in _codes(function.__code__):
        for step in dis.get_instructions(code):
            if step.opname == "IMPORT_NAME":
                _pure_module(str(step.argval))
            elif step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                raise Unknowable(f"{function.__qualname__} sets the global {step.argval}")
    out: list[Any] = []
    for name in names:
        if name not in function.__globals__:
            out.append([name, "builtin" if hasattr(builtins, name) else "attribute"])
            continue
        value = function.__globals__[name]
        if isinstance(value, ModuleType) and not _is_pure(value.__name__):
            out += [[name, n, _told(vars(value)[n], inner)] for n in _of_own_module(value, names)]
        else:
            out.append([name, _told(value, inner)])
    return out


def _of_own_module(module: ModuleType, names: list[str]) -> list[str]:
    """Those of the names that a module of the researcher's own defines. Raises `Unknowable` for any other module."""
    path = getattr(module, "__file__", None)
    if not path or "site-packages" in path or Path(path).is_relative_to(Path(sys.base_prefix) / "lib"):
        raise Unknowable(f"the module {module.__name__}")
    return [n for n in names if n in vars(module)]


def _is_pure(name: str) -> bool:
    return name.split(".")[0] in _PURE and name not in ("numpy.random",)


def _pure_module(name: str) -> str:
    if name != "builtins" and not _is_pure(name):
        raise Unknowable(f"the module or class of {name}")
    return name
