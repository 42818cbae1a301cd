"""What a batch has done so far, so that an interrupted one can be gone on with."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...files import remove_abandoned, write_bytes_whole
from .publish import refusals

JOURNAL_FILE = ".batch.jsonl"


class Journal:
    """A file with one line a client done; written line by line, so that any interruption leaves it readable."""

    def __init__(self, reports: Path, options: dict[str, Any], resume: bool) -> None:
        self._path, self._lock = reports / JOURNAL_FILE, threading.Lock()
        self._head = json.dumps({"options": options}, sort_keys=True)
        self.done: set[str] = self._read() if resume else set()
        lines = [self._head, *(json.dumps({"client": c, "ok": True}) for c in sorted(self.done))]
        with refusals("batch of reports", reports):
            reports.mkdir(parents=True, exist_ok=True)
            remove_abandoned(reports)
            write_bytes_whole(self._path, "".join(f"{line}\n" for line in lines).encode(), 0o644)

    def _read(self) -> set[str]:
        """The clients an interrupted batch with the same options has done well."""
        done: set[str] = set()
        try:
            head, *lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return done
        if head != self._head:
            return done  # other options: everything is to be done
        for line in lines:
            with contextlib.suppress(ValueError):  # the last line may be cut off
                entry = json.loads(line)
                (done.add if entry.get("ok") else done.discard)(entry["client"])
        return done

    def note(self, client: str, ok: bool) -> None:
        """Note a client as done."""
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"client": client, "ok": ok}) + "\n")

    def close(self, clients: Sequence[str]) -> None:
        """The batch is complete: nothing is left to go on with."""
        self._path.unlink(missing_ok=True)
