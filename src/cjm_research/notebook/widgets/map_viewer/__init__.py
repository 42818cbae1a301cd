"""The journey map in JupyterLab, where its rules and assumptions can be tried out."""

from .what_if import placed_anew
from .widget import MapViewer

__all__ = ["MapViewer", "placed_anew"]
