"""Subjects of findings: personas."""

from __future__ import annotations

from dataclasses import dataclass

from .subject import Subject


@dataclass(frozen=True)
class Persona(Subject):
    """A persona and its size."""

    name: str
