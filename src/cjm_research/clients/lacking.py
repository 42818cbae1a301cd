"""What a client lacks, and what that costs: questions of the report without an answer, and questions to the client without one."""

from __future__ import annotations

import re
from typing import Any

from ..params import Workspace
from ..questions import QUESTIONS
from ..shapes import Row
from ..sources import SOURCES
from ..tables import TABLES

_ASKED = re.compile(r"\s*#\s*QUESTION: (.+)")
_OTHER_KEY = re.compile(r"(?!sources\b)\w+:")
_SOURCE = re.compile(r"\s*(?:# ?)?\s*- \{?name: ([^\s,}]+)")


def without_answer(study: Any) -> list[Row]:
    """What is missing, one row each: what it is, what brings it, and the questions (by name and in words) that cannot be answered without it.

    A question that lacks several things stands under each. What most questions wait for comes first.
    """
    lacks: dict[tuple[str, ...], list[str]] = {}
    for question in QUESTIONS:
        for table in question.needs:
            if not study.has(table):
                lacks.setdefault((table,), []).append(question.name)
        if question.needs_any and not any(study.has(t) for t in question.needs_any):
            lacks.setdefault(question.needs_any, []).append(question.name)
        if question.named_in and not getattr(study.params, question.named_in):
            lacks.setdefault((f"params: {question.named_in}",), []).append(question.name)
    asks = {q.name: q.asks for q in QUESTIONS}
    rows = [Row(missing=" or ".join(what), brings=_brings(what), questions=[{"question": n, "asks": asks[n]} for n in names]) for what, names in lacks.items()]
    return sorted(rows, key=lambda r: (-len(r["questions"]), r["missing"]))


def _brings(what: tuple[str, ...]) -> str:
    """What to add, in words: an entry of the params, or kinds of sources that deliver the table."""
    if what[0].startswith("params: "):
        return f"an entry under {what[0].removeprefix('params: ')} in the params"
    kinds = [k.name for k in SOURCES.values() if not k.reader and set(what) & set(k.tables)]
    return f"a source of kind {', '.join(kinds)}" if kinds else " or ".join(TABLES[t].meaning for t in what)


def unanswered(client: str, workspace: Workspace) -> list[Row]:
    """The questions that stand as QUESTION in the client's params: line, source and question. Whoever has answered one takes its comment away."""
    try:
        lines = workspace.params_file(client).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    out: list[Row] = []
    for number, line in enumerate(lines):
        if asked := _ASKED.fullmatch(line):
            out.append({"line": number + 1, "source": _source_below(lines[number + 1:]), "asks": asked[1]})
    return out


def _source_below(lines: list[str]) -> str:
    """The source that a question stands above; empty where it stands above another key of the params."""
    for line in lines:
        if found := _SOURCE.match(line):
            return found[1]
        if _OTHER_KEY.match(line):
            return ""
    return ""
