"""How much of a chapter's outputs is kept: they are cut while they arrive, and the page says what was cut.

A page that is too large to be opened shows nothing. A block of ours has room for a large map; texts, HTML and images of a
chapter's own have what a person may look through. What was written altogether is counted to the end, so that equal chapters
say equal things; a chapter that writes without end is ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...page.blocks import MIME
from ...shapes import Json

PRINTED = 200_000  # characters that a cell prints, on each of its streams
SHOWN = 2_000_000  # characters of one HTML, Markdown, SVG or other output
IMAGE = 8_000_000  # characters of one image
BLOCK = 30_000_000  # characters of one of our blocks: a large map with all its findings
OUTPUTS = 300  # displays of a cell
CHAPTER = 80_000_000  # characters of all displays of a chapter
MESSAGE = 4_000  # characters of an error's message, and of a line of its traceback
WITHOUT_END = 1_000_000_000  # characters that a chapter writes altogether; above, it is ended
WITHOUT_END_MESSAGES = 500_000
_SHOWN_TYPES = ("display_data", "execute_result", "update_display_data")


@dataclass
class _Cell:
    """What a cell wrote: characters by stream, displays; and what of it was cut."""

    printed: dict[str, int] = field(default_factory=dict)
    displays: int = 0
    too_many: int = 0
    too_large: int = 0
    past_chapter: int = 0
    kept: int = 0

    def cleared(self) -> None:
        """Forget what the cell itself took off its page again (progress bars, animations)."""
        self.printed, self.displays, self.too_many, self.too_large, self.past_chapter, self.kept = {}, 0, 0, 0, 0, 0


class Caps:
    """The limits of one chapter; `admit` is asked for every message before it becomes an output."""

    def __init__(self) -> None:
        self._cells: dict[int, _Cell] = {}
        self._kept = 0
        self._updated: dict[str, int] = {}  # display → its characters, of those that are written over
        self._written = 0
        self._messages = 0

    @property
    def endless(self) -> str:
        """Why the chapter is to be ended, or an empty text."""
        if self._written > WITHOUT_END:
            return f"The chapter wrote more than {WITHOUT_END:,} characters and was ended; print less, or write to a file."
        if self._messages > WITHOUT_END_MESSAGES:
            return f"The chapter showed more than {WITHOUT_END_MESSAGES:,} outputs and was ended; show what is to be read."
        return ""

    def admit(self, message: Mapping[str, Any], position: int) -> bool:
        """Whether a message is to become an output; its content is cut in place where it is too long. position: of the cell."""
        kind, content = message["msg_type"], message["content"]
        cell = self._cells.setdefault(position, _Cell())
        if kind == "stream":
            return self._stream(cell, content)
        if kind in _SHOWN_TYPES:
            return self._display(cell, kind, content)
        if kind == "error":
            self._messages += 1
            content["evalue"] = shortened(str(content.get("evalue", "")))
            lines = [shortened(str(line)) for line in content.get("traceback", [])]
            content["traceback"] = lines if len(lines) <= 100 else [*lines[:50], "…", *lines[-49:]]
        elif kind == "clear_output":
            self._kept -= cell.kept
            cell.cleared()
        elif kind.startswith("comm"):
            self._messages += 1
            size = _size(content.get("data")) + sum(len(b) for b in message.get("buffers") or ())
            self._written += size
            self._kept += size
            if self._kept > CHAPTER:
                cell.past_chapter += 1
                return False
        return True

    def _stream(self, cell: _Cell, content: Json) -> bool:
        text, name = str(content.get("text", "")), str(content.get("name", ""))
        before = cell.printed.get(name, 0)
        cell.printed[name] = before + len(text)
        self._messages += 1
        self._written += len(text)
        room = PRINTED - before
        if room <= 0:
            return False
        content["text"] = text[:room]
        return True

    def _display(self, cell: _Cell, kind: str, content: Json) -> bool:
        data = content.get("data") or {}
        shown = (content.get("transient") or {}).get("display_id") or ""
        self._messages += 1
        size = _size(data)
        self._written += size
        if kind != "update_display_data":
            cell.displays += 1
            if cell.displays > OUTPUTS:
                cell.too_many += 1
                return False
        if not _fit(data, size):
            cell.too_large += 1
            if not data:
                return False
            size = _size(data)
        before = self._updated.get(shown, 0) if kind == "update_display_data" else 0
        if self._kept + size - before > CHAPTER:
            cell.past_chapter += 1
            return False
        self._kept += size - before
        cell.kept += size - before
        if shown:
            self._updated[shown] = size
        return True

    def add_notes(self, notebook: Any) -> None:
        """Say in every cell what was cut."""
        import nbformat

        for position, cell in self._cells.items():
            lines = _notes(cell)
            if lines and position < len(notebook.cells) and "outputs" in notebook.cells[position]:
                text = "\n\n".join(f"**Cut:** {line}" for line in lines)
                notebook.cells[position].outputs.append(nbformat.v4.new_output("display_data", {"text/markdown": text, "text/plain": text}))


def shortened(text: str, most: int = MESSAGE) -> str:
    """A text of at most so many characters, with how long it was."""
    return text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"


def _notes(cell: _Cell) -> list[str]:
    lines = []
    for name, count in sorted(cell.printed.items(), reverse=True):
        if count > PRINTED:
            what = "printed" if name == "stdout" else "wrote to its error stream"
            lines.append(f"this cell {what} {count:,} characters; the first {PRINTED:,} are kept. Print less, or write it to a file.")
    if cell.too_many:
        lines.append(f"this cell showed {cell.displays:,} outputs; the first {OUTPUTS:,} are kept. Show what is to be read, or a table of it.")
    if cell.too_large:
        lines.append(f"{_outputs(cell.too_large)} of this cell larger than a page can hold ({SHOWN:,} characters of text, {IMAGE:,} of an image) "
                     f"{'was' if cell.too_large == 1 else 'were'} left out or shortened. Show a part of it, or a smaller image.")
    if cell.past_chapter:
        lines.append(f"{_outputs(cell.past_chapter)} of this cell {'was' if cell.past_chapter == 1 else 'were'} left out: the chapter shows more than "
                     f"{CHAPTER:,} characters already. Show less, or make two chapters of it.")
    return lines


def _outputs(count: int) -> str:
    return "one output" if count == 1 else f"{count:,} outputs"


def _fit(data: Json, size: int | None = None) -> bool:
    """Leave of a display's forms those that are not too large, plain text shortened; False where something was cut. size: of all, where it is known."""
    if MIME in data:
        if (_size(data) if size is None else size) <= BLOCK:
            return True
        data.clear()
        return False
    whole = True
    for kind in list(data):
        most = IMAGE if kind.startswith("image/") and kind != "image/svg+xml" else PRINTED if kind == "text/plain" else SHOWN
        if _size(data[kind]) <= most:
            continue
        whole = False
        if kind == "text/plain":
            data[kind] = shortened(str(data[kind]), most)
        else:
            del data[kind]
    return whole


def _size(value: Any) -> int:
    """Characters of a value as it is written, about."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(str(k)) + _size(v) + 4 for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return sum(_size(v) + 2 for v in value)
    return 8
