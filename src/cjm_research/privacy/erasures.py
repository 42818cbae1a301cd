"""Who was left out for good, and what is still to be done for it: outside the vault, so that it survives the vault.

Nobody is named here: `erased.json` holds salted hashes of keys, documents and participants. `journal.json` is there while an
erasure is under way and says what is left to do; the next build of the client goes on with it. `certificates/` says what
was removed where.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..files import write_text_whole
from ..shapes import Json

LIST, JOURNAL, CERTIFICATES = "erased.json", "journal.json", "certificates"


def run_ids(run: Path) -> set[str]:
    """The ids a published run goes by: its folder's name, and what its receipt says; "" where that cannot be read."""
    try:
        return {run.name, str(json.loads((run / "run.json").read_text(encoding="utf-8")).get("run", run.name))}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {run.name, ""}


class Erasures:
    """A client's list of erased persons, its journal and its certificates. Kinds: see `keys`, `document`, `participant`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = self._read(folder / LIST) or {"salt": secrets.token_hex(16), "hashes": []}
        try:
            self._salt, self._hashes = bytes.fromhex(found["salt"]), set(found["hashes"])
        except (KeyError, TypeError, ValueError):
            raise self._damaged(folder / LIST) from None

    def __bool__(self) -> bool:
        return bool(self._hashes)

    @property
    def sha256(self) -> str:
        """What tells one state of the list from another; empty where nobody was erased."""
        return hashlib.sha256("".join(sorted(self._hashes)).encode()).hexdigest() if self._hashes else ""

    def hash(self, kind: str, value: str) -> str:
        """The hash that stands for a value: kind "named" (a key whose person goes), "key" (a key that goes), "document", "participant"."""
        return hashlib.blake2b(f"{kind}\0{value}".encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16).hexdigest()

    def holds(self, kind: str, values: Iterable[str]) -> list[bool]:
        """Whether each value is on the list."""
        if not self._hashes:
            return [False for _ in values]
        return [self.hash(kind, v) in self._hashes for v in values]

    def add(self, hashes: Iterable[str]) -> None:
        """Put hashes on the list; they are on the disk when this returns."""
        new = set(hashes) - self._hashes
        if not new:
            return
        self._hashes |= new
        write_text_whole(self.folder / LIST, json.dumps({"salt": self._salt.hex(), "hashes": sorted(self._hashes)}, indent=0))

    # --- what is under way ------------------------------------------------------------------------------------------

    @property
    def pending(self) -> Json | None:
        """The erasure that is under way, if one is."""
        return self._read(self.folder / JOURNAL)

    def begin(self, entry: Json) -> None:
        """Note an erasure as under way, then put its hashes on the list: from here on every build leaves them out."""
        if not self._hashes:  # the salt must not change between the two
            write_text_whole(self.folder / LIST, json.dumps({"salt": self._salt.hex(), "hashes": []}, indent=0))
        write_text_whole(self.folder / JOURNAL, json.dumps(entry))
        self.add(entry["hashes"])

    def note(self, **more: Any) -> None:
        """Add to what the journal says of the erasure under way."""
        write_text_whole(self.folder / JOURNAL, json.dumps({**(self.pending or {}), **more}))

    def end(self, certificate: Json) -> None:
        """Write the certificate and take the erasure out of the journal."""
        write_text_whole(self.folder / CERTIFICATES / f"{certificate['id']}.json", json.dumps(certificate, indent=1) + "\n")
        (self.folder / JOURNAL).unlink(missing_ok=True)

    def certificates(self) -> list[Json]:
        """What was done, oldest first."""
        folder = self.folder / CERTIFICATES
        found = [self._read(p) for p in sorted(folder.glob("*.json"))] if folder.is_dir() else []
        return sorted((c for c in found if c), key=lambda c: (c["at"], c["id"]))

    def before(self) -> tuple[set[str], int] | None:
        """What was there when the last erasure began: the ids of published runs (of earlier erasures too), and how many exports had been
        noted (`exported`); None where there was none. Counted, not dated: a clock that was wrong makes no run newer.
        """
        entries = [*self.certificates(), *([self.pending] if self.pending else [])]
        if not entries:
            return None
        return {str(r) for c in entries for r in c.get("runs", [])}, max(int(c.get("exports", 0)) for c in entries)

    def is_before(self, run: Path) -> bool:
        """Whether a published run is from before the last erasure; one whose receipt cannot be read counts as such."""
        there = self.before()
        return there is not None and not run_ids(run).isdisjoint(there[0] | {""})

    def _read(self, path: Path) -> Json | None:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            raise self._damaged(path) from None
        return found if isinstance(found, dict) else None

    @staticmethod
    def _damaged(path: Path) -> BadInput:
        return BadInput(f"data/erasures/{path.parent.name}/{path.name}", "is damaged, so that it is not known who was left out for good",
                        "the file as cjm wrote it", "restore it from a backup; nothing is built without it")
