"""The codebook after all code events: what each did to the tree, and which code stands for which since merges.

A code that was merged away lives on as the code it went into, for codings of every coder and age. A code
whose adding was undone stays as long as somebody's coding or another code needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .events import CODE_FIELDS, Event
from .store import Problem

PATH_SEPARATOR = " > "


@dataclass
class Code:
    """A code as it is now; `order` is its place of birth, which orders siblings."""

    code_id: str
    name: str
    parent_id: str | None = None
    kind: str | None = None
    valence: float | None = None
    memo: str | None = None
    color: str | None = None
    stage: str | None = None
    touchpoint: str | None = None
    guessed: str | None = None  # which of kind and valence nobody has confirmed
    order: int = 0
    set_by_hand: frozenset[str] = frozenset()  # properties a coder chose, which no rule overrides


@dataclass
class Codes:
    """The codes by id; `merged`: code that is gone → code that took it over; `touched`: whom events changed."""

    by_id: dict[str, Code] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    undone: dict[str, Code] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)

    def now(self, code_id: str) -> str:
        """The code that stands for a code today: itself, or what it was merged into."""
        while code_id in self.merged:
            code_id = self.merged[code_id]
        return code_id

    def children(self, parent_id: str | None) -> list[Code]:
        """The codes right below one (None: the roots), oldest first."""
        return sorted((c for c in self.by_id.values() if c.parent_id == parent_id), key=lambda c: c.order)

    def tree(self) -> list[tuple[Code, int]]:
        """All codes as one reads the tree, with their depth from 0."""
        below: dict[str | None, list[Code]] = {}
        for code in sorted(self.by_id.values(), key=lambda c: c.order):
            below.setdefault(code.parent_id, []).append(code)
        out: list[tuple[Code, int]] = []
        stack = [(code, 0) for code in reversed(below.get(None, []))]
        while stack:
            code, depth = stack.pop()
            out.append((code, depth))
            stack.extend((child, depth + 1) for child in reversed(below.get(code.code_id, [])))
        return out

    def above(self, code_id: str | None) -> list[str]:
        """The ids from a code up to its root, itself first."""
        out: list[str] = []
        while code_id is not None and code_id in self.by_id and code_id not in out:
            out.append(code_id)
            code_id = self.by_id[code_id].parent_id
        return out

    def path(self, code_id: str) -> str:
        """The names from the root, joined."""
        return PATH_SEPARATOR.join(self.by_id[i].name for i in reversed(self.above(code_id)))

    def keep(self, code_id: str, why: str) -> bool:
        """Bring back a code whose adding was undone, because it is needed; False where no such code ever was."""
        code = self.undone.pop(code_id, None)
        if code is None:
            return False
        self.by_id[code_id] = code
        self.touched.add(code_id)
        if code.parent_id is not None and code.parent_id not in self.by_id and not self.keep(code.parent_id, why):
            code.parent_id = None
        self.problems.append(Problem(f"code {code.name!r}", f"its adding was undone, but it is kept: {why}"))
        return True


def base_codes(rows: Iterable[Mapping[str, Any]]) -> Codes:
    """The codes of the built codebook. A parent that is missing, or above itself, makes a root, and is told."""
    codes = Codes()
    for order, row in enumerate(rows):
        values = {name: row.get(name) for name in (*CODE_FIELDS, "memo", "parent_id", "guessed")}
        codes.by_id[str(row["code_id"])] = Code(str(row["code_id"]), str(row["name"]), order=order, **values)
    for code in codes.by_id.values():
        if code.parent_id is not None and code.parent_id not in codes.by_id:
            codes.problems.append(Problem(f"code {code.name!r}", "its parent is not in the codebook; now at the top"))
            code.parent_id = None
        if code.parent_id is not None and code.code_id in codes.above(code.parent_id):
            codes.problems.append(Problem(f"code {code.name!r}", "it lies below itself; now at the top"))
            code.parent_id = None
    return codes


def apply(codes: Codes, events: Iterable[Event], undone: Iterable[Event] = ()) -> Codes:
    """The codes after the events, in their order. What no longer fits is left out and told in `problems`."""
    for event in undone:
        for code_id, name in _born(event):
            codes.undone[code_id] = Code(code_id, name, event.get("parent_id"), order=10**9)
    for number, event in enumerate(events):
        why = _APPLY[event.event](codes, event, 10**6 + number)
        if why:
            codes.problems.append(Problem(f"{event.event} by {event.coder}, {event.at:%Y-%m-%d %H:%M}", why))
    for code in list(codes.by_id.values()):
        if code.parent_id is not None and code.parent_id not in codes.by_id \
                and not codes.keep(code.parent_id, f"{code.name!r} lies below it"):
            code.parent_id = None
    return codes


def _born(event: Event) -> list[tuple[str, str]]:
    if event.event == "code_add":
        return [(event["code_id"], event["name"])]
    return [(event["new_code_id"], event["name"])] if event.event == "code_split" else []


def _find(codes: Codes, code_id: str) -> Code | None:
    code_id = codes.now(code_id)
    if code_id not in codes.by_id and code_id in codes.undone:
        codes.keep(code_id, "another coder changed it")
    return codes.by_id.get(code_id)


def _add(codes: Codes, event: Event, order: int) -> str:
    parent = event.get("parent_id")
    if event["code_id"] in codes.by_id or event["code_id"] in codes.merged:
        return "the code is there already"
    parent = codes.now(parent) if parent is not None else None
    values = {name: event.get(name) for name in (*CODE_FIELDS, "memo")}
    codes.undone.pop(event["code_id"], None)
    codes.by_id[event["code_id"]] = Code(event["code_id"], event["name"], parent, order=order, **values)
    codes.touched.add(event["code_id"])
    return ""


def _rename(codes: Codes, event: Event, order: int) -> str:
    code = _find(codes, event["code_id"])
    if code is None:
        return "the code is not there"
    code.name = event["name"]
    codes.touched.add(code.code_id)
    return ""


def _move(codes: Codes, event: Event, order: int) -> str:
    code, parent_id = _find(codes, event["code_id"]), event.get("parent_id")
    if code is None:
        return "the code is not there"
    parent = _find(codes, parent_id) if parent_id is not None else None
    if parent_id is not None and parent is None:
        return "the code it should lie below is not there"
    if parent is not None and code.code_id in codes.above(parent.code_id):
        return f"{code.name!r} would lie below itself"
    code.parent_id = parent.code_id if parent else None
    codes.touched.add(code.code_id)
    return ""


def _merge(codes: Codes, event: Event, order: int) -> str:
    code, into = _find(codes, event["code_id"]), _find(codes, event["into"])
    if code is None or into is None:
        return "one of the codes is not there"
    if code is into:
        return "the codes are one already"
    if code.code_id in codes.above(into.code_id):
        codes.touched.add(into.code_id)
        into.parent_id = code.parent_id  # a code merged into one below it must not take that one away
    for child in codes.children(code.code_id):
        child.parent_id = into.code_id
        codes.touched.add(child.code_id)
    del codes.by_id[code.code_id]
    codes.merged[code.code_id] = into.code_id
    return ""


def _split(codes: Codes, event: Event, order: int) -> str:
    code = _find(codes, event["code_id"])
    if code is None:
        return "the code is not there"
    if event["new_code_id"] in codes.by_id or event["new_code_id"] in codes.merged:
        return "the new code is there already"
    values = {name: getattr(code, name) for name in CODE_FIELDS}
    codes.undone.pop(event["new_code_id"], None)
    codes.by_id[event["new_code_id"]] = Code(event["new_code_id"], event["name"], code.parent_id, order=order, **values)
    codes.touched.add(event["new_code_id"])
    return ""


def _memo(codes: Codes, event: Event, order: int) -> str:
    code = _find(codes, event["code_id"])
    if code is None:
        return "the code is not there"
    code.memo = event["memo"] or None
    return ""


def _set(codes: Codes, event: Event, order: int) -> str:
    code = _find(codes, event["code_id"])
    if code is None:
        return "the code is not there"
    for name in CODE_FIELDS:
        if name in event.fields:
            setattr(code, name, event[name])
            code.set_by_hand |= {name}
    code.guessed = ", ".join(g for g in (code.guessed or "").split(", ") if g and g not in event.fields) or None
    codes.touched.add(code.code_id)
    return ""


_APPLY = {"code_add": _add, "code_rename": _rename, "code_move": _move, "code_merge": _merge, "code_split": _split,
          "code_memo": _memo, "code_set": _set}
