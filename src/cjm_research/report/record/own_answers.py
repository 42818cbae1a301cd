"""What own questions of a client's chapters answered: from the kernels that define them to the kernels that draw the map.

A chapter's answers travel in the metadata of its executed notebook, so that a chapter taken over from the last run brings them along.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...files import write_text_whole
from ...pins import OWN_ANSWERS
from ...shapes import Json
from .notebook import Chapter

KEY = "cjm_own_answers"  # in a notebook's metadata


def answers_of(scratch: Path) -> list[Json] | None:
    """What a kernel's own questions answered, from its scratch folder; None where it defined none."""
    path = scratch / OWN_ANSWERS
    found: list[Json] | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    return found


def hand_on(pin: Path, ran: Iterable[tuple[Chapter, Any, str]]) -> None:
    """Write the answers of chapters that ran (chapter, notebook, state) into the run's pin, where the other kernels read them."""
    answers: list[Json] = []
    for chapter, notebook, state in ran:
        if state in ("ok", "no data"):
            answers += (notebook["metadata"].get(KEY) or []) if notebook is not None else []
        else:
            why = "failed" if state == "failed" else "was not run"
            answers += [{"name": name or f"of {chapter.name}", "findings": [], "missing": f"its chapter {chapter.name} {why}"} for name in chapter.own_questions]
    write_text_whole(pin / OWN_ANSWERS, json.dumps(answers, ensure_ascii=False, sort_keys=True))
