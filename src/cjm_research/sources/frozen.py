"""Rows of a database as `cjm fetch` froze them in the raw folder, and the receipt beside them: what was asked, when, and the rows' hash.

A build reads the frozen rows and never the database, so that a report runs again without it. The receipt holds neither URL nor password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadInput

if TYPE_CHECKING:
    from ..params.schema import Source

ENDING = ".receipt.json"  # in the place of .parquet


@dataclass(frozen=True)
class Receipt:
    """What was fetched. asked: the params' table or query; sent: the statement; columns: name → type in the database; sha256: of the Parquet file."""

    source: str
    variable: str
    system: str
    asked: Mapping[str, str]
    sent: str
    fetched_at: str
    rows: int
    columns: Mapping[str, str]
    sha256: str
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """As it is written beside the rows."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @property
    def what(self) -> str:
        """The table, or that it is a query's answer."""
        return f"table {self.asked['table']}" if "table" in self.asked else "the rows of database.query"

    def said(self) -> list[str]:
        """What the import report says of where the rows come from."""
        return [f"{self.what} of {self.system}, as it was at {self.fetched_at[:16].replace('T', ' ')} UTC ({self.rows:,} rows)", *self.notes]


def receipt_path(rows: Path) -> Path:
    """Where the receipt of a file of frozen rows lies."""
    return rows.with_suffix(ENDING)


def read_receipt(rows: Path) -> Receipt | None:
    """The receipt of a file of frozen rows; None where there is none that can be read."""
    try:
        return Receipt(**json.loads(receipt_path(rows).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def check_frozen(source: Source, raw: Path, client: str) -> Receipt:
    """The receipt of the source's frozen rows. Raises `BadInput` where nothing was fetched yet, or something else."""
    assert source.database is not None and isinstance(source.files, str)
    where, rows, again = f"source {source.name!r}: database", raw / source.files, f"cjm fetch {client}"
    receipt = read_receipt(rows)
    if not rows.is_file() or receipt is None:
        raise BadInput(where, "its rows were not fetched yet", "rows that lie in the raw folder: a build connects to no database", again)
    if dict(receipt.asked) != source.database.asked:
        raise BadInput(where, f"the rows in the raw folder are those of another {'table' if 'table' in receipt.asked else 'query'}", "rows of what the params name", again)
    return receipt


def check_unchanged(source: Source, receipt: Receipt, sha256: str, client: str) -> None:
    """Raise `BadInput` where frozen rows are not those that the receipt tells of."""
    if sha256 != receipt.sha256:
        raise BadInput(f"source {source.name!r}: database", f"{source.files} is not what was fetched: its hash differs from the receipt's", "the rows as they were fetched",
                       f"cjm fetch {client}; what is to be changed in them belongs into database.query or filter")
