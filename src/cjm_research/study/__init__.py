"""A client's tables and settings, opened: what every analysis asks, and what a researcher types."""

from ..pins import BUILD_FILE
from .opened import Study
from .opening import open_study

__all__ = ["BUILD_FILE", "Study", "open_study"]
