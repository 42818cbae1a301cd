"""Charts: a result in, a `Chart` out. Nothing here computes a number.

`from cjm_research import charts`, then `charts.funnels.steps`: the modules are imported when they are named.
"""

from __future__ import annotations

import importlib
from types import ModuleType

_MODULES = ("coding", "experiments", "funnels", "health", "path_graph", "paths", "personas", "satisfaction", "surveys")


def __getattr__(name: str) -> ModuleType:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"there is no module of charts {name!r}; there are {', '.join(_MODULES)}")


def __dir__() -> list[str]:
    return list(_MODULES)
