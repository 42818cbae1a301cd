"""Personas: segments of customers, their lines and names."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .base import BesideFile, Name, Section, Seed


class PersonaLine(Section):
    """An assumption-based line of a persona sheet."""

    section: Literal["goals", "needs", "pains", "gains", "channels", "habits", "says", "thinks", "does", "feels", "demographics"] = Field(description="Section of the sheet.")
    text: str = Field(description="The statement; shown as `assumed`.")


class PersonaName(Section):
    """A name for a persona and what it is matched to."""

    name: Name = Field(description="Name on sheets and map.")
    match: dict[str, Any] = Field({}, description="Typical values of the segment it names, e.g. {channel: store}.")
    lines: list[PersonaLine] = Field([], description="Assumption-based lines.")
    image: BesideFile | None = Field(None, description="Portrait on sheets, map, poster and slides: a PNG, JPEG or SVG file of at most 60 kB, relative to the params folder. Without one: the initials.")


class Personas(Section):
    """How customers are segmented."""

    features: list[str] = Field([], description="attributes.<key>, score.<question> or behaviour.<name>: recency (days since the last contact), frequency (contacts), value (amount spent), stage_depth (share of the stages), tempo (days from one active day to the next), channel_<channel> (share of contacts). Default: all usable ones, without outcomes and those that follow the date of entry, and without recency where most journeys have ended.")
    exclude: list[str] = Field([], description="Attributes never used (ids, protected characteristics).")
    method: Literal["auto", "kmeans", "kprototypes", "gower_medoids", "latent_class"] = Field("auto", description="Segmentation method.")
    segments: int | None = Field(None, ge=1, le=12, description="Fixed number of segments; default: chosen by stability.")
    max_segments: int = Field(6, ge=2, le=12, description="Largest number tried.")
    attribute: str | None = Field(None, description="Use this given attribute as the persona instead of segmenting.")
    names: list[PersonaName] = Field([], description="Names and assumption-based lines.")
    seed: Seed = Field(20260101, description="Seed of all random steps.")
