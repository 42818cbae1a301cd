"""Charts: a result in, a `Chart` out. Nothing here computes a number.

`from cjm_research import charts`, then `charts.funnels.steps`: the modules are imported when they are named.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from ..errors import did_you_mean
from ..questions import QUESTIONS

#: as the list of questions names them
_MODULES = tuple(sorted({chart.partition(":")[0].removeprefix("plots.") for q in QUESTIONS for chart in q.charts if chart.startswith("plots.")}))


def __getattr__(name: str) -> ModuleType:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"there is no module of charts {name!r}.{did_you_mean(name, _MODULES)} There are {', '.join(_MODULES)}")


def __dir__() -> list[str]:
    return list(_MODULES)
