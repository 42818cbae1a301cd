"""Opening PDF files: what the library would write to the terminal is collected, so that we can say it in our words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Collects(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.found) < 1_000:
            self.found.append(record.getMessage()[:200])


@contextmanager
def pdf_warnings() -> Iterator[list[str]]:
    """What pypdf warns of inside the block; nothing reaches the terminal."""
    log, collects = logging.getLogger("pypdf"), _Collects()
    before = log.propagate
    log.addHandler(collects)
    log.propagate = False
    try:
        yield collects.found
    finally:
        log.propagate = before
        log.removeHandler(collects)
