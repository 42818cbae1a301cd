"""Paths: transitions, step matrix, Sankey flows, variants, loops, the way to a goal, and two groups compared."""

from .answer import paths

__all__ = ["paths"]
