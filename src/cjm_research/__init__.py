"""Customer journey mapping in Jupyter: raw exports in, a traceable journey report out.

The menu for notebooks; importing it connects to nothing and reads nothing.

    from cjm_research import open_study, ask, show, table
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .version import VERSION as __version__

__all__ = ["__version__", "ask", "open_coder", "open_study", "show", "table"]

if TYPE_CHECKING:
    from .notebook.chapter import ask, open_coder, show, table
    from .study import open_study


def __getattr__(name: str) -> Any:
    if name == "open_study":
        from .study import open_study

        return open_study
    if name in ("ask", "open_coder", "show", "table"):
        from .notebook import chapter

        return getattr(chapter, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
