"""Retention: who comes back, by period since the entry or of the calendar, by segment, and how long customers stay."""

from .answer import retention

__all__ = ["retention"]
