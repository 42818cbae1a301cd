"""What is read while a question is answered: the tables its queries name, each with the state it was in.

An answer kept on disk says what it read; it is used again only while all of that is as it was. Who reads something else than a
table (a published run, say) notes it under a name `kind:which` and registers in `STATES` how its state is found out later.
What cannot be noted (a file of the researcher's own, the clock) makes the answer one that is not kept.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..tables import TABLES

#: kind of a noted name → its state for a study
STATES: dict[str, Callable[[Any, str], str]] = {}
_NAMED = re.compile(rf"\b({'|'.join(TABLES)})(?:_by_event|_all|_overlay)?\b|\b(delivered)\b", re.IGNORECASE)
#: SQL whose answer rests on more than tables: files, the clock, chance, settings of the machine, names put together
_BEYOND = re.compile(r"\b(read_\w+|parquet_scan|glob|getenv|now|today|get_current_\w+|random|uuid|gen_random_uuid|query|query_table)\s*\(|"
                     r"\bcurrent_(?:date|time|timestamp|localtime)\b|\bfrom\s+'", re.IGNORECASE)


@dataclass(eq=False)
class Reads:
    """What was read: name → state. unknown: why it cannot be said; empty where it can."""

    states: dict[str, str] = field(default_factory=dict)
    unknown: str = ""

    def note(self, name: str, state: str) -> None:
        """Note a name; one that is read in two states (of two clients, say) cannot be told."""
        if self.states.setdefault(name, state) != state:
            self.unknown = self.unknown or f"{name} was read in two states"


_open: list[Reads] = []  # of the whole process: a question may ask from several threads
_lock = threading.Lock()
_muted = threading.local()


@contextmanager
def recorded() -> Iterator[Reads]:
    """Note all that is read within, also what a question within it asks of others."""
    mine = Reads()
    with _lock:
        _open.append(mine)
    try:
        yield mine
    finally:
        with _lock:
            _open.remove(mine)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Within, this thread notes nothing: for what opens a study, whoever asks first."""
    depth = getattr(_muted, "depth", 0)
    _muted.depth = depth + 1
    try:
        yield
    finally:
        _muted.depth = depth


def note(name: str, state: str) -> None:
    """Note that something was read, in which state."""
    if getattr(_muted, "depth", 0):
        return
    with _lock:
        for reads in _open:
            reads.note(name, state)


def note_all(states: Mapping[str, str]) -> None:
    """Note what an answer taken from the cache had read."""
    for name, state in states.items():
        note(name, state)


def note_unknown(why: str) -> None:
    """Note that something was read whose state cannot be told."""
    if getattr(_muted, "depth", 0):
        return
    with _lock:
        for reads in _open:
            reads.unknown = reads.unknown or why


def is_recorded() -> bool:
    """Whether anybody takes note."""
    return bool(_open) and not getattr(_muted, "depth", 0)


def named_tables(sql: str) -> set[str]:
    """The canonical tables that a query names, by their own names or as their views."""
    return {(m[1] or "interactions").lower() for m in _NAMED.finditer(sql)}


def beyond_tables(sql: str, folder: str) -> str:
    """What a query reads that no table is, in words; empty for one that reads tables only. folder: where the tables lie."""
    rest = sql.replace(f"read_parquet('{folder}/", "tables('") if folder else sql
    found = _BEYOND.search(_without_texts(rest))
    return f"a query with {found[0].strip()!r}" if found else ""


def _without_texts(sql: str) -> str:
    return re.sub(r"(?<!from )(?<!FROM )'(?:[^']|'')*'", "''", sql)
