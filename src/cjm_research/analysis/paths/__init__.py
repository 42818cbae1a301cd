"""Paths: transitions, step matrix, Sankey flows, variants, loops, the way to a goal, and two groups compared."""

from .answer import path_graph, paths

__all__ = ["path_graph", "paths"]
