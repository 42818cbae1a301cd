"""What the kernel and the browser tell each other, as plain data. Offsets are code points here; the browser converts.

Browser → kernel: `{"type": "ready"}`, `{"type": "open", "document_id"}`, `{"type": "do", "id", "action", "args"}`,
`{"type": "list", "id", "code"}`. Kernel → browser: `snapshot` (everything), `change` (what an action changed, in
words), `refused` (why not), `listed` (the codings of a code).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....coding_log import Session
from ....coding_log.replay import Coding
from ....shapes import Json

#: what the browser may ask of a session, and the arguments it may give
ACTIONS: Mapping[str, Sequence[str]] = {
    "add": ("document_id", "start", "end", "code", "memo"),
    "add_new": ("document_id", "start", "end", "name", "parent"),
    "remove": ("coding_id",),
    "move": ("coding_id", "start", "end"),
    "recode": ("coding_id", "code"),
    "memo": ("coding_id", "memo"),
    "undo": (),
    "redo": (),
    "code_add": ("name", "parent", "memo", "kind", "valence", "color", "stage", "touchpoint"),
    "code_edit": ("code", "name", "parent", "memo", "kind", "valence", "color", "stage", "touchpoint"),
    "code_merge": ("code", "into"),
    "code_split": ("code", "name", "coding_ids"),
    "number": ("code", "number"),
    "finish": ("document_id",),
    "reopen": ("document_id",),
}


def arguments(action: str, given: Any) -> Json:
    """The arguments of an action. Raises ValueError for anything a well-meaning browser would not send."""
    allowed = ACTIONS.get(action)
    if allowed is None or not isinstance(given, dict):
        raise ValueError(f"unknown action {action!r}")
    for name, value in given.items():
        if name not in allowed:
            raise ValueError(f"{action}: unknown argument {name!r}")
        if name in ("start", "end", "number"):
            right = isinstance(value, int) and not isinstance(value, bool)
        elif name == "valence":
            right = value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
        elif name == "coding_ids":
            right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        else:
            needed = name in ("document_id", "code", "coding_id", "name")
            right = isinstance(value, str) or (value is None and not needed)
        if not right:
            raise ValueError(f"{action}: {name} is a {type(value).__name__}")
    return given


def coding_message(coding: Coding, coder: str) -> Json:
    """A coding as the browser draws it."""
    return {"id": coding.coding_id, "code": coding.code_id, "start": coding.start, "end": coding.end,
            "coder": coding.coder, "own": coding.coder == coder, "memo": coding.memo or "",
            "quote": coding.quote if coding.start is None else ""}


def code_messages(session: Session, document_id: str) -> list[Json]:
    """The code tree as one reads it, with number keys and how often the coder used each code."""
    codes, keys = session.now.codes, {code_id: number for number, code_id in session.numbers().items()}
    here: dict[str, int] = {}
    total: dict[str, int] = {}
    for coding in session.codings():
        total[coding.code_id] = total.get(coding.code_id, 0) + 1
        if coding.document_id == document_id:
            here[coding.code_id] = here.get(coding.code_id, 0) + 1
    return [{"id": c.code_id, "name": c.name, "path": codes.path(c.code_id), "parent": c.parent_id, "depth": depth,
             "kind": c.kind, "valence": c.valence, "memo": c.memo or "", "color": c.color, "stage": c.stage,
             "touchpoint": c.touchpoint, "number": keys.get(c.code_id), "here": here.get(c.code_id, 0),
             "total": total.get(c.code_id, 0)} for c, depth in codes.tree()]
