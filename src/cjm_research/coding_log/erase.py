"""Forgetting what was coded in documents of erased persons: the one thing that takes lines out of a log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..files import write_bytes_whole
from .events import parse
from .frames import read_logs


def erase_documents(folder: Path, document_ids: Iterable[str]) -> int:
    """Take all events about these documents (quotes, contexts, memos) out of all logs for good; returns how many.

    Everything else stays as it is, also lines that cannot be read unless they name one of the documents. A log is
    replaced whole, under its lock; coders at work go on with what is left.
    """
    gone = set(document_ids)
    count = 0
    for log in read_logs(folder):
        with log.writing():
            lines = log.path.read_bytes().splitlines(keepends=True)
            kept = [line for line in lines if not _about(line, gone)]
            if len(kept) == len(lines):
                continue
            write_bytes_whole(log.path, b"".join(kept))
            count += len(lines) - len(kept)
    return count


def _about(line: bytes, documents: set[str]) -> bool:
    event = parse(line)
    if isinstance(event, str):
        return any(f'"{document}"'.encode() in line for document in documents)
    return event.get("document_id") in documents
