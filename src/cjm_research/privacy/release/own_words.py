"""The words that pages are written with by ourselves: an identifier such as "report" cannot be told from them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType

from ...files import files_below

_ROOT = Path(__file__).resolve().parents[2]
_TEMPLATES = (".j2", ".css", ".js")
_SAY_NOTHING = frozenset(("demo", "privacy", "sources", "build", "widgets", "static", "identity.py", "function_words.py"))  # on pages; some hold names of persons
_WORD = re.compile(r"[a-z]{3,40}")


def own_words(identifiers: Iterable[str]) -> set[str]:
    """Those of the identifiers that are one lower-case word which our pages say."""
    asked = {i for i in identifiers if _WORD.fullmatch(i)}
    return asked & _said() if asked else set()


@functools.cache
def _said() -> frozenset[str]:
    return frozenset(word for text in _texts() for word in _WORD.findall(text.casefold()))


def _texts() -> Iterator[str]:
    """Templates, scripts and styles of pages, and the texts in code, without its docstrings and comments."""
    for path in files_below(_ROOT):
        if not _SAY_NOTHING.isdisjoint(path.relative_to(_ROOT).parts):
            continue
        if path.suffix in _TEMPLATES:
            yield path.read_text(encoding="utf-8")
        elif path.suffix == ".py":
            yield from _constants(compile(path.read_text(encoding="utf-8"), path.name, "exec", optimize=2))  # without docstrings


def _constants(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple | frozenset):
        for one in part:
            yield from _constants(one)
    elif isinstance(part, CodeType):
        yield from _constants(part.co_consts)
