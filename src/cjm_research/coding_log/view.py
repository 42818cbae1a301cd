"""What one coder sees: documents, codes, the own codings, and (only where asked) those of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadInput, unknown
from .codes import Code
from .frames import State, coding_records, frames, records
from .replay import Coding, Replay, replay, steps
from .store import SUFFIX, LogFile, Problem, log_path
from .words import described

if TYPE_CHECKING:
    import pandas as pd

    from ..params.schema import Journey

NUMBER_KEYS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 0)  # as they lie on a keyboard


class View:
    """A coder's view of a client's documents, codes and codings.

    documents, codebook, codings: the built tables. see_others: show other coders' codings too (to read only);
    without it a coder codes blind. journey: places codes that coders make or move.
    """

    def __init__(self, folder: Path, coder: str, documents: pd.DataFrame, codebook: pd.DataFrame,
                 codings: pd.DataFrame, see_others: bool = False, journey: Journey | None = None) -> None:
        self.folder, self.coder, self.see_others = folder, coder.strip(), see_others
        self._journey = journey
        self.log = LogFile(log_path(folder, coder))
        self.texts = {str(d): (str(h), str(t)) for d, h, t in
                      documents[["document_id", "text_sha256", "text"]].itertuples(index=False)}
        self._codebook, self._codings = records(codebook), coding_records(codings)
        self._others: dict[Path, LogFile] = {}
        self._seen: object = None
        self.now: Replay
        self.refresh()

    # --- what is there -----------------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Take in what other processes and coders wrote meanwhile; True where something was new."""
        if self.folder.is_dir():
            for path in sorted(self.folder.glob(f"*{SUFFIX}")):
                if path != self.log.path and path not in self._others:
                    self._others[path] = LogFile(path)
        for log in (self.log, *self._others.values()):
            log.refresh()
        if self.log.coder not in (None, self.coder):
            raise BadInput(f"coder {self.coder}", f"{self.log.path.name} is the log of {self.log.coder!r}",
                           "one file a coder", "name the coder as in the file")
        seen = tuple((str(log.path), log.sha256) for log in self.logs)
        if seen == self._seen:
            return False
        self._seen = seen
        self.now = replay(self.logs, self._codebook, [replace(c) for c in self._codings], self.texts, self._journey)
        return True

    @property
    def logs(self) -> list[LogFile]:
        """The logs of all coders, this coder's first."""
        return [self.log, *self._others.values()]

    @property
    def problems(self) -> list[Problem]:
        """What in the logs could not be used; what others coded is told only to those who see it."""
        return [p for p in self.now.problems if self.see_others or p.coder in (None, self.coder)]

    @property
    def state(self) -> State:
        """What all coders have coded, as frames."""
        return frames(self.now)

    def codings(self, document_id: str | None = None) -> list[Coding]:
        """The codings this coder sees, in the order of the text; those without a place last."""
        seen = [c for c in self.now.codings.values()
                if (document_id is None or c.document_id == document_id) and (self.see_others or c.coder == self.coder)]
        return sorted(seen, key=lambda c: (c.document_id, c.start is None, c.start or 0, c.end or 0, c.coding_id))

    def numbers(self) -> dict[int, str]:
        """Number key → code: as the coder gave them, the free keys in the order of the tree."""
        keys = {n: i for n, i in ((n, self.now.codes.now(i)) for n, i in self.now.numbers.get(self.coder, {}).items())
                if i in self.now.codes.by_id}
        free = [c.code_id for c, _ in self.now.codes.tree() if c.code_id not in keys.values()]
        for number in NUMBER_KEYS:
            if number not in keys and free:
                keys[number] = free.pop(0)
        return keys

    def code(self, name: str) -> Code:
        """A code by id, path ("Pain > Cost") or, where only one has it, name."""
        codes = self.now.codes
        code_id = codes.now(name)
        if code_id in codes.by_id:
            return codes.by_id[code_id]
        paths = {codes.path(i): c for i, c in codes.by_id.items()}
        if name in paths:
            return paths[name]
        named = [c for c in codes.by_id.values() if c.name == name]
        if len(named) > 1:
            raise BadInput("code", f"{len(named)} codes are named {name!r}",
                           ", ".join(sorted(codes.path(c.code_id) for c in named)), "give the whole path")
        if not named:
            raise unknown("code", "code", name, paths, "write the code with its whole path, or add it to the codebook first")
        return named[0]

    @property
    def undoable(self) -> str:
        """In words what undo would take back; empty where there is nothing."""
        done, _ = steps(self.log.events)
        return described(done[-1], self.now) if done else ""

    @property
    def redoable(self) -> str:
        """In words what redo would do again; empty where there is nothing."""
        _, undone = steps(self.log.events)
        return described(undone[-1], self.now) if undone else ""

    def history(self, coding_id: str | None = None) -> pd.DataFrame:
        """Every event the coder may see, oldest first: at, coder, event, what, holds, coding_id, quote."""
        import pandas as pd

        rows = []
        for log in self.logs if self.see_others else [self.log]:
            holds = {e.event_id for step in steps(log.events)[0] for e in step}
            rows += [(e.at, e.coder, e.event, described([e], self.now), e.event_id in holds, e.get("coding_id"),
                      e.get("quote")) for e in log.events if coding_id is None or e.get("coding_id") == coding_id]
        rows.sort(key=lambda row: (row[0], row[1]))
        return pd.DataFrame(rows, columns=["at", "coder", "event", "what", "holds", "coding_id", "quote"])
