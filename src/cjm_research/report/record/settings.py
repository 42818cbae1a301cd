"""The settings of a run, each by its path: numbers and switches as they are, words as a short hash, so that a receipt quotes nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...params import Params
from ...results import words
from .receipt import letters

_NAMED = ("name", "id", "column", "event", "ask")  # what tells one item of a list from the others
_PLAIN = re.compile(r"(?!.*\d{5})[a-z0-9_.+]{1,40}")  # an item that is a name by itself, wherever in its list it stands
_LEFT_OUT = ("review",)  # no number rests on it
SHOWN = 8  # settings named; more are counted


def settings_of(params: Params) -> dict[str, str]:
    """Path → value of every setting that a run follows."""
    data = params.model_dump(mode="json", exclude=set(_LEFT_OUT))
    return dict(sorted(_leaves("", data)))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for k, v in value.items():
            yield from _leaves(f"{path}.{k}" if path else str(k), v)
    elif isinstance(value, list):
        for n, v in enumerate(value):
            name = next((str(v[k]) for k in _NAMED if v.get(k)), "") if isinstance(v, Mapping) else v if isinstance(v, str) and _PLAIN.fullmatch(v) else ""
            yield from _leaves(f"{path}[{name or n + 1}]", v)
    elif value is None or isinstance(value, bool):
        yield path, json.dumps(value)
    elif isinstance(value, int | float):
        yield path, f"{value:,}"  # long numbers without marks look like identifiers
    else:
        yield path, "#" + letters(str(value), 8)


def changed_settings(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Which settings differ, in words: `Setting map.window: 14 (before 7).`"""
    differing = [p for p in sorted(old.keys() | new.keys()) if old.get(p) != new.get(p)]
    paths = list(dict.fromkeys(_whole(p, old, new) for p in differing))
    said = [f"Setting {p}: {_told(old.get(p), new.get(p)) if p in old and p in new else 'new' if _below(p, new) else 'gone'}." for p in paths[:SHOWN]]
    return [*said, *([f"{words.some(len(paths) - SHOWN, 'more settings')} changed."] if len(paths) > SHOWN else [])]


def _whole(path: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The widest part of the settings around a path that only one of the two has: a new comparison is one change, not one for each of its keys."""
    if path in old and path in new:
        return path
    without = old if path not in old else new
    parts = re.split(r"\.(?![^\[]*\])", path)  # a name in brackets may hold points
    return next((p for k in range(1, len(parts)) if not _below(p := ".".join(parts[:k]), without)), path)


def _below(path: str, settings: Mapping[str, str]) -> bool:
    return any(p == path or p.startswith((f"{path}.", f"{path}[")) for p in settings)


def _told(old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return "new" if old is None else "gone"
    if old.startswith("#") or new.startswith("#"):
        return "other words"
    return f"{_value(new)} (before {_value(old)})"


def _value(text: str) -> str:
    return {"null": "not set", "true": "on", "false": "off"}.get(text, text)
