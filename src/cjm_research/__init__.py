"""Customer journey mapping in Jupyter: raw exports in, a traceable journey report out.

The menu for notebooks; importing it connects to nothing and reads nothing.

    from cjm_research import open_study, ask, show, table

    study = open_study("demo")
    answer = study.ask.funnel("purchase", window="7 days")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .version import VERSION as __version__

if TYPE_CHECKING:
    from . import plots as charts
    from .notebook.chapter import ask, show, table
    from .notebook.listing import Listing
    from .notebook.open_widgets import open_coder
    from .notebook.opened import open_studies, open_study

    def questions() -> Listing:
        """List the questions."""
        ...

_MENU = {"open_study": "notebook.opened", "open_studies": "notebook.opened", "ask": "notebook.chapter", "show": "notebook.chapter",
         "table": "notebook.chapter", "open_coder": "notebook.open_widgets"}

__all__ = ["__version__", "ask", "charts", "open_coder", "open_studies", "open_study", "questions", "show", "table"]


def __getattr__(name: str) -> Any:
    if name in _MENU:
        return getattr(importlib.import_module(f".{_MENU[name]}", __name__), name)
    if name == "questions":
        return importlib.import_module(".questions", __name__)
    if name == "charts":
        return importlib.import_module(".plots", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return ["ask", "charts", "open_coder", "open_studies", "open_study", "questions", "show", "table"]
