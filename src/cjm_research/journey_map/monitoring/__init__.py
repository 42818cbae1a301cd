"""Monitoring: key figures of the journey against their baseline, by the map's definitions."""

from .answer import monitoring

__all__ = ["monitoring"]
