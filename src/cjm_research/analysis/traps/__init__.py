"""Which columns of the data mislead: each column's profile, and the traps that it shows."""

from .question import data_traps

__all__ = ["data_traps"]
