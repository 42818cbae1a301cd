"""What a template holds, and how it is laid on the events that a client has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...errors import unknown


@dataclass(frozen=True)
class TouchpointWords:
    """A typical touchpoint. words: parts of event names, in lower case, that mean it; no other touchpoint of the template has one of them."""

    name: str
    words: tuple[str, ...]
    unwanted: bool = False


@dataclass(frozen=True)
class StageWords:
    """A typical stage. does: what customers do in it, as a line that the map marks as assumed."""

    name: str
    does: str
    touchpoints: tuple[TouchpointWords, ...]


@dataclass(frozen=True)
class Template:
    """An industry's typical journey. people: what customers are called; instruments: surveys that such a client often has; opportunities: how they are worded."""

    name: str
    title: str
    people: str
    stages: tuple[StageWords, ...]
    instruments: tuple[str, ...]
    opportunities: tuple[str, ...]


@dataclass
class Fitted:
    """A template on a client's events. events: touchpoint → its events; missing: touchpoints that no event means; unplaced: events that mean none."""

    events: dict[str, list[str]] = field(default_factory=dict)
    missing: list[TouchpointWords] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)


def fitted(template: Template, events: Iterable[str]) -> Fitted:
    """Lay a template on names of events: each goes to the touchpoint with the longest of its words, of equal ones to the first of the journey."""
    out = Fitted()
    touchpoints = [t for stage in template.stages for t in stage.touchpoints]
    for event in events:
        name = spelled(event)
        length, at = max(((len(w), -i) for i, t in enumerate(touchpoints) for w in map(spelled, t.words) if w in name), default=(0, 0))
        if length:
            out.events.setdefault(touchpoints[-at].name, []).append(event)
        else:
            out.unplaced.append(event)
    out.missing = [t for t in touchpoints if t.name not in out.events]
    return out


def spelled(event: str) -> str:
    """A name of an event in lower case with single spaces between its words: AddToCart and add_to_cart are one."""
    return " ".join(re.sub(r"[_\-./:]+|(?<=[a-z])(?=[A-Z])", " ", event).lower().split())


def template_named(name: str, known: Mapping[str, Template]) -> Template:
    """The template of a name. Raises `BadInput` for a name that there is not."""
    if name not in known:
        raise unknown("cjm new --template", "template", name, known, "name one of these, or leave --template out")
    return known[name]
