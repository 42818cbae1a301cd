"""All database sources of a client, read before any of their rows is put into the raw folder.

The URL is read from the environment here and goes to the driver, nowhere else: no message, receipt or log holds any part of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...build.reading import file_sha256
from ...errors import BadInput, unknown
from ...files import remove_abandoned, remove_scratch, scratch_folder
from ...files.writing import sync_folder
from ...params import Params, Workspace, load_params
from ...params.schema import Source
from ...sources.frozen import Receipt, read_receipt, receipt_path
from .model import Read
from .postgres import fetch_postgres
from .sqlite import fetch_sqlite

_ALLOWED = "a URL: postgresql://user:password@host:5432/database or sqlite:////path/to/file.db"


@dataclass(frozen=True)
class Fetched:
    """What was fetched for a source. same: the rows are those of the fetch before, which stay with its time."""

    source: str
    file: str
    receipt: Receipt
    same: bool

    def lines(self) -> list[str]:
        """What the command says of it."""
        at = f"{self.receipt.fetched_at[:16].replace('T', ' ')} UTC"
        said = f"the same {self.receipt.rows:,} rows as at {at}, which stay" if self.same else f"{self.receipt.rows:,} rows of {self.receipt.what} of {self.receipt.system}, as at {at}"
        return [f"{self.source}: {said} ({self.file})", *(f"  {note}" for note in self.receipt.notes)]


def fetch_client(client: str, workspace: Workspace, names: Sequence[str] = (), say: Callable[[str], None] | None = None) -> list[Fetched]:
    """Fetch the rows of the client's database sources, or of those that are named, and put them into its raw folder.

    Sources of one environment variable are read in one snapshot. Raises `BadInput` where anything fails; the raw folder is as it was then, unless the disk fails while rows are put there: each file is put whole.
    """
    params = load_params(client, workspace)
    wanted = _wanted(params, names)
    with workspace.writing(client, "cjm fetch", say):
        raw = workspace.raw(client, params.raw)
        folder = raw / Path(str(wanted[0].files)).parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_abandoned(folder)
        scratch = scratch_folder("fetch", folder)
        try:
            read: dict[str, Read] = {}
            for variable in dict.fromkeys(s.database.variable for s in wanted if s.database):
                sources = [s for s in wanted if s.database and s.database.variable == variable]
                if say:
                    say(f"reading {', '.join(s.name for s in sources)} from the database that {variable} names")
                read |= _read(variable, sources, scratch)
            return [_put(source, read[source.name], raw) for source in wanted]
        finally:
            remove_scratch(scratch)


def _wanted(params: Params, names: Sequence[str]) -> list[Source]:
    sources = {s.name: s for s in params.sources if s.database}
    if not sources:
        raise BadInput(f"params/{params.client}.yaml: sources", "no source has a database", "a source with `database: {variable: …, table: …}`",
                       "describe one, or put exports into the raw folder")
    for name in names:
        if name not in sources:
            raise unknown("cjm fetch", "source with a database", name, sources, "correct the name, or give none to fetch all")
    return [s for n, s in sources.items() if not names or n in names]


def _read(variable: str, sources: Sequence[Source], scratch: Path) -> dict[str, Read]:
    where = f"sources {', '.join(s.name for s in sources)}: database" if len(sources) > 1 else f"source {sources[0].name!r}: database"
    url = os.environ.get(variable, "").strip()
    if not url:
        raise BadInput(where, f"the environment variable {variable} is not set", _ALLOWED, f"set {variable} where cjm fetch runs; nothing else needs it")
    scheme = url.partition("://")[0].partition("+")[0]
    if scheme in ("postgresql", "postgres") and "://" in url:
        return fetch_postgres(f"postgresql://{url.partition('://')[2]}", sources, scratch, where)
    if url.startswith("sqlite:////"):
        return fetch_sqlite(Path(url.removeprefix("sqlite:///")), sources, scratch, where)
    raise BadInput(where, f"what {variable} holds begins neither as a URL of PostgreSQL nor as one of SQLite with an absolute path", _ALLOWED,
                   "correct the variable; of other databases export the rows as CSV or Parquet")


def _put(source: Source, read: Read, raw: Path) -> Fetched:
    """Put fetched rows into their place; equal ones of the same question stay as they are."""
    assert source.database is not None and isinstance(source.files, str)
    target, before = raw / source.files, read_receipt(raw / source.files)
    sha256 = file_sha256(read.path)
    receipt = Receipt(source.name, source.database.variable, read.system, source.database.asked, read.sent, datetime.fromtimestamp(read.at, UTC).isoformat(timespec="seconds"),
                      read.rows, read.columns, sha256, read.notes)
    if before and target.is_file() and before.sha256 == sha256 and dict(before.asked) == dict(receipt.asked) and before.notes == receipt.notes and file_sha256(target) == sha256:
        return Fetched(source.name, source.files, before, True)
    notes = read.path.with_suffix(".receipt.json")
    notes.write_text(receipt.text(), encoding="utf-8")
    for path in (read.path, notes):
        path.chmod(0o600)
    os.replace(read.path, target)
    os.replace(notes, receipt_path(target))  # last: rows without their receipt are fetched again
    sync_folder(target.parent)
    return Fetched(source.name, source.files, receipt, False)
