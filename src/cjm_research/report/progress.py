"""One progress display for a batch: a live bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, TextIO

from ..errors import printable


def duration(seconds: float) -> str:
    """`42 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


class Display:
    """Plain lines: one a chapter for a single client, one a client for several."""

    def __init__(self, clients: Sequence[str], stream: TextIO | None = None) -> None:
        self.total, self.done, self.stream = len(clients), 0, stream or sys.stderr
        self.began, self._lock = time.monotonic(), threading.Lock()
        self.running: dict[tuple[str, str], float] = {}

    def __enter__(self) -> Display:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def step(self, client: str, text: str) -> None:
        """Something long begins (a step of the build)."""
        if self.total == 1:
            self.say(f"{client}: {text}")

    def chapter(self, client: str, chapter: str, what: str) -> None:
        """A chapter starts or has ended."""
        with self._lock:
            if what == "start":
                self.running[client, chapter] = time.monotonic()
                return
            started = self.running.pop((client, chapter), None)
        if self.total == 1:
            took = f" in {duration(time.monotonic() - started)}" if started and what in ("ok", "no data", "failed") else ""
            self.say(f"{client}: {chapter}: {what}{took}")

    def client(self, client: str, text: str) -> None:
        """A client is done."""
        with self._lock:
            self.done += 1
            done = self.done
        if self.total > 1:
            self.say(f"[{done:>{len(str(self.total))}}/{self.total}] {client}: {text}{self.remaining()}")

    def remaining(self) -> str:
        """The time still to go, from the time the clients done have taken."""
        if not 0 < self.done < self.total:
            return ""
        left = (time.monotonic() - self.began) / self.done * (self.total - self.done)
        return f" (about {duration(left)} to go)"

    def say(self, text: str) -> None:
        """A line of its own."""
        with self._lock:
            print(printable(text), file=self.stream, flush=True)


class LiveDisplay(Display):
    """A bar with what runs now, in a terminal."""

    def __init__(self, clients: Sequence[str], chapters: int = 0) -> None:
        super().__init__(clients)
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.console = Console(stderr=True)
        self.bar: Any = Progress(
            SpinnerColumn(), BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"), TextColumn("{task.fields[now]}", style="dim", markup=False),
            console=self.console, transient=True)
        self.unit = self.bar.add_task("", total=self.total if self.total > 1 else None, left="", now="")
        self._seen: Counter[str] = Counter()
        self._chapters = 0

    def __enter__(self) -> LiveDisplay:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def plan(self, chapters: int) -> None:
        """A single client's bar counts chapters."""
        if self.total == 1:
            self.bar.update(self.unit, total=chapters)

    def step(self, client: str, text: str) -> None:
        self.bar.update(self.unit, now=printable(f"{client}: {text}"))

    def chapter(self, client: str, chapter: str, what: str) -> None:
        super().chapter(client, chapter, what)
        if what != "start" and self.total == 1:
            self.bar.advance(self.unit)
        self._now()

    def client(self, client: str, text: str) -> None:
        super().client(client, text)
        if self.total > 1:
            self.bar.update(self.unit, completed=self.done, left=self.remaining().strip(" ()"))

    def _now(self) -> None:
        with self._lock:
            names = [f"{c} {n}" if self.total > 1 else n for c, n in self.running]
        self.bar.update(self.unit, now=", ".join(names[:4]) + (" …" if len(names) > 4 else ""))

    def say(self, text: str) -> None:
        self.console.print(printable(text), markup=False, highlight=False)


def display_for(clients: Sequence[str]) -> Display:
    """The display that fits where errors are written to."""
    return LiveDisplay(clients) if sys.stderr.isatty() else Display(clients)


def summary_table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """Rows as aligned text, for the end of a batch."""
    widths = [max(len(printable(row[i])) for row in (head, *rows)) for i in range(len(head))]
    lines = ["  ".join(printable(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    return "\n".join([lines[0], "  ".join("-" * w for w in widths), *lines[1:]])
