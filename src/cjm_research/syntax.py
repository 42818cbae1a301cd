"""Parse Python text: one door, since Python's own parser is not safe for threads.

CPython counts the depth of the tree that it makes in one place for all threads. A thread that takes its turn in the
middle of another's tree makes `ast.parse` fail there with `SystemError: AST constructor recursion depth mismatch`
(seen with 3.11 in two reports that ran at once in one process).
"""

from __future__ import annotations

import ast
import threading
from typing import Any

_ALONE = threading.Lock()


def parsed(source: str) -> ast.Module:
    """Return the tree of a program's text; raise as `ast.parse` does."""
    with _ALONE:
        return ast.parse(source)


def parsed_expression(source: str) -> ast.expr:
    """Return the tree of one expression; raise as `ast.parse` does."""
    with _ALONE:
        return ast.parse(source, mode="eval").body


def literal(text: str) -> Any:
    """Return the value that a text writes as a literal; raise as `ast.literal_eval` does."""
    with _ALONE:
        return ast.literal_eval(text)
