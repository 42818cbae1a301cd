"""The events of a coding log, one JSON object a line, and what each must carry.

Every event names itself, its coder and its time (UTC). Events about a coding carry the document, the hash of
its text, the span (code points, end exclusive), the quote and 32 characters of context on either side, so
that a line can be read, and its place found again, without any other file.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

VERSION = 1
CONTEXT = 32  # characters kept on either side of a quote, enough to tell apart repeated short answers

_SPAN = {"coding_id": str, "document_id": str, "text_sha256": str, "start": int, "end": int, "quote": str,
         "before": str, "after": str}
#: event → the fields it must have, by type
REQUIRED: Mapping[str, Mapping[str, type]] = MappingProxyType({
    "add": {**_SPAN, "code_id": str},
    "remove": _SPAN,
    "move": _SPAN,
    "recode": {**_SPAN, "code_id": str},
    "memo": {**_SPAN, "memo": str},
    "undo": {"targets": list},
    "redo": {"targets": list},
    "code_add": {"code_id": str, "name": str},
    "code_rename": {"code_id": str, "name": str},
    "code_move": {"code_id": str},
    "code_merge": {"code_id": str, "into": str},
    "code_split": {"code_id": str, "new_code_id": str, "name": str, "coding_ids": list},
    "code_memo": {"code_id": str, "memo": str},
    "code_set": {"code_id": str},
    "number": {"code_id": str, "number": int},
    "finish": {"document_id": str},
    "reopen": {"document_id": str},
})
CODE_FIELDS = ("kind", "valence", "color", "stage", "touchpoint")  # what code_add may and code_set does carry
CODE_EVENTS = frozenset(e for e in REQUIRED if e.startswith("code_"))
MARK_EVENTS = frozenset(("finish", "reopen"))  # whether a coder is done with a document
CODING_EVENTS = frozenset(("add", "remove", "move", "recode", "memo"))


@dataclass(frozen=True)
class Event:
    """One line of a log. Events with the same `group` are one step to undo."""

    event_id: str
    event: str
    coder: str
    at: datetime
    group: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A field that an event may lack."""
        return self.fields.get(name, default)

    def line(self) -> bytes:
        """The event as it stands in the log, with its line end."""
        whole = {"v": VERSION, "event_id": self.event_id, "event": self.event, "coder": self.coder,
                 "at": self.at.isoformat(timespec="microseconds"), "group": self.group, **self.fields}
        return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def new_id() -> str:
    """A random id in the form of REFI-QDA GUIDs, so that ids survive an export and import unchanged."""
    return str(uuid.uuid4()).upper()


def parse(line: bytes) -> Event | str:
    """The event of a line, or in words what is wrong with it."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return "not readable as JSON"
    if not isinstance(data, dict):
        return "not a JSON object"
    if data.pop("v", None) != VERSION:
        return "written in a form this version does not know"
    head: dict[str, str] = {}
    for name in ("event_id", "event", "coder", "at", "group"):
        value = data.pop(name, None)
        if not isinstance(value, str) or not value:
            return f"{name} is missing"
        head[name] = value
    if head["event"] not in REQUIRED:
        return f"unknown event {head['event'][:40]!r}"
    try:
        at = datetime.fromisoformat(head["at"])
    except ValueError:
        return f"at is not a time: {head['at'][:40]!r}"
    if at.tzinfo is None:
        return "at has no time zone"
    wrong = _wrong_field(head["event"], data)
    if wrong:
        return wrong
    return Event(head["event_id"], head["event"], head["coder"], at.astimezone(UTC), head["group"], data)


def _wrong_field(event: str, data: Mapping[str, Any]) -> str:
    placed = event in ("add", "move")  # the others may be about a coding whose place was lost
    for name, kind in REQUIRED[event].items():
        value = data.get(name)
        if name in ("start", "end") and not placed and data.get("start") is None and data.get("end") is None:
            continue
        if not isinstance(value, kind) or isinstance(value, bool):
            return f"{name} of {event!r} is missing or not {_WORDS[kind]}"
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            return f"{name} of {event!r} holds something else than ids"
    if data.get("start") is not None and "start" in REQUIRED[event] and not 0 <= data["start"] < data["end"]:
        return f"the span {data['start']} to {data['end']} is empty or negative"
    for name in (*CODE_FIELDS, "parent_id", "memo"):
        value = data.get(name)
        if value is None:
            continue
        if name == "valence":
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not -2 <= value <= 2:  # NaN fails too
                return f"valence of {event!r} is not a number from −2 to 2"
        elif not isinstance(value, str):
            return f"{name} of {event!r} is not text"
    return ""


_WORDS = {str: "text", int: "a whole number", list: "a list"}
