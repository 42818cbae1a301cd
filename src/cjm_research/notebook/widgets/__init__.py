"""Widgets for JupyterLab. Each has a twin that works without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["Coder", "MapViewer", "PathViewer"]

if TYPE_CHECKING:
    from .coder import Coder
    from .map_viewer import MapViewer
    from .path_viewer import PathViewer


def __getattr__(name: str) -> Any:
    if name == "Coder":
        from .coder import Coder

        return Coder
    if name == "MapViewer":
        from .map_viewer import MapViewer

        return MapViewer
    if name == "PathViewer":
        from .path_viewer import PathViewer

        return PathViewer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
