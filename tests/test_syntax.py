"""Python's parser is asked by one thread at a time, and by nobody but `syntax`."""

from __future__ import annotations

import ast
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cjm_research import syntax

SOURCE = Path(__file__).resolve().parents[1] / "src" / "cjm_research"


def test_one_thread_parses_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, plain = [0], [0], ast.parse
    count = threading.Lock()

    def watched(*given: Any, **more: Any) -> Any:
        with count:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.002)  # gives way in the middle, as a finaliser that the collector runs may do
        with count:
            inside[0] -= 1
        return plain(*given, **more)

    monkeypatch.setattr(ast, "parse", watched)
    asked = [syntax.parsed, syntax.parsed_expression, syntax.literal] * 20
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda ask: ask("[1, 2]"), asked))
    assert most == [1]
    assert ast.dump(found[0]) == ast.dump(plain("[1, 2]")) and ast.dump(found[1]) == ast.dump(plain("[1, 2]").body[0].value) and found[2] == [1, 2]


def test_what_is_no_python_is_refused_as_python_does_and_the_next_is_read() -> None:
    for ask in (syntax.parsed, syntax.parsed_expression, syntax.literal):
        with pytest.raises(SyntaxError):
            ask("1 +")
    with pytest.raises(ValueError):
        syntax.literal("len('a')")
    assert syntax.literal("(1, 'a')") == (1, "a")


def test_nobody_else_parses_text() -> None:
    # a tree that exists already may be read anywhere: `literal_eval` of a node parses nothing
    found = {p.relative_to(SOURCE).as_posix(): m.group() for p in SOURCE.rglob("*.py") if (m := re.search(r"ast\.parse\(|PyCF_ONLY_AST|literal_eval\((?!value\))", p.read_text(encoding="utf-8")))}
    assert list(found) == ["syntax.py"]
