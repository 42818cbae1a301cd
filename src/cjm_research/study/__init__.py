"""A client's tables and settings, opened: what every analysis asks, and what a researcher types."""

from .opened import BUILD_FILE, Study, open_study

__all__ = ["BUILD_FILE", "Study", "open_study"]
