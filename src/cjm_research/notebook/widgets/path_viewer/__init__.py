"""Paths in the notebook, more or less of them by a slider."""

from .widget import PathViewer

__all__ = ["PathViewer"]
