"""The journey's part of a params file as text: read, checked, and written back in its place."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from pydantic import ValidationError

from ....errors import BadInput
from ....params import Workspace, load_params
from ....params.schema import Journey
from ....params.yaml_text import read_yaml, write_yaml

KEY = "journey:"


def journey_text(path: Path, journey: Journey) -> str:
    """The section as it stands in the file, comments and all; written anew where the file has none of its own."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
    span = _span(lines)
    if span is None:
        plain = journey.model_dump(mode="json", exclude_unset=True)
        return write_yaml({"journey": plain})
    return "".join(lines[span[0]:span[1]]).rstrip("\n") + "\n"


def read_journey(text: str) -> Journey:
    """The journey that a text says. Raises `BadInput` with the line of what is wrong."""
    data = read_yaml(text, "journey").value
    if not isinstance(data, dict) or set(data) != {"journey"}:
        raise BadInput("journey", "the text is not one section", "one section that begins with `journey:`", "paste the whole section, from `journey:` to its end")
    try:
        return Journey.model_validate(data["journey"] or {})
    except ValidationError as error:
        first = error.errors()[0]
        place = " › ".join(str(p + 1) if isinstance(p, int) else str(p) for p in first["loc"])
        raise BadInput(f"journey{' › ' + place if place else ''}", str(first["msg"]).removeprefix("Value error, "),
                       "stages, touchpoints and rules that fit each other", "mend what is told here in the text, then look at the map again") from None


def changed_lines(path: Path, text: str) -> str:
    """What writing would change in the file, as a unified difference; empty where nothing."""
    before = path.read_text(encoding="utf-8")
    return "".join(difflib.unified_diff(before.splitlines(keepends=True), _with(before, text).splitlines(keepends=True), f"{path.name} (now)",
                                        f"{path.name} (with this journey)", n=2))


def write_journey(path: Path, text: str, client: str, workspace: Workspace, expected: str) -> None:
    """Put the section in its place; everything else of the file stays as it is, byte for byte.

    expected: the file as it was when its difference was shown. Raises `BadInput` where the file is another by now, or where
    the whole would not be read; nothing is written then.
    """
    before = path.read_text(encoding="utf-8")
    if before != expected:
        raise BadInput(path.name, "the file was changed by somebody else meanwhile", "the file as it was shown", "look at the difference again")
    read_journey(text)
    raw = path.read_bytes()
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(_with(before, text), encoding="utf-8", newline="")
    try:
        os.replace(partial, path)
        load_params(client, workspace)
    except BaseException:
        path.write_bytes(raw)
        raise
    finally:
        partial.unlink(missing_ok=True)


def _with(before: str, text: str) -> str:
    lines = before.splitlines(keepends=True)
    span = _span(lines)
    new = text.rstrip("\n") + "\n"
    if span is None:
        return before.rstrip("\n") + "\n\n" + new
    tail = "".join(lines[span[0]:span[1]])
    blank = tail[len(tail.rstrip("\n")) + 1:]
    return "".join(lines[:span[0]]) + new + blank + "".join(lines[span[1]:])


def _span(lines: list[str]) -> tuple[int, int] | None:
    """Lines of the section: from its key to the next key at the margin; comments before that key belong to it."""
    start = next((i for i, line in enumerate(lines) if line.startswith(KEY)), None)
    if start is None:
        return None
    end = next((i for i in range(start + 1, len(lines)) if lines[i][:1] not in (" ", "\t", "\n", "\r", "#", "-")), len(lines))
    while end > start + 1 and lines[end - 1].startswith("#"):
        end -= 1
    return start, end
