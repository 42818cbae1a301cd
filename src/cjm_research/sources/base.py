"""The contract of a source: `read(files, source, context)` → `SourceTables`.

A source knows one kind of export and nothing of the others. It delivers frames with the columns of the
canonical tables, except that a person is given by `key_type` + `customer_key` (the raw identifier) instead
of `customer_id`: identity and privacy come later, in `build`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import BadInput, unknown

if TYPE_CHECKING:
    import pandas as pd

    from ..params.schema import Source

#: columns that stand in for customer_id until identities are resolved
KEY_COLUMNS = ("key_type", "customer_key")


@dataclass(frozen=True)
class Context:
    """What a source may know of its client.

    timezone: declared zone of naive times, or None where nobody declared one (naive times are refused then).
    """

    client: str
    timezone: str | None
    currency: str = "EUR"
    participants: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ImportReport:
    """What happened to an export: nothing is dropped without being counted here."""

    source: str
    kind: str
    files: list[str] = field(default_factory=list)
    rows_read: int = 0
    rows_kept: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    null_ids: int = 0
    duplicates: int = 0
    first: str | None = None
    last: str | None = None
    timezone: str | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def drop(self, reason: str, count: int) -> None:
        """Count rows that were dropped, by reason."""
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + int(count)

    def span(self, times: pd.Series) -> None:
        """Widen the time span by a series of UTC times."""
        if len(times) and times.notna().any():
            low, high = times.min().isoformat(), times.max().isoformat()
            self.first = min(filter(None, (self.first, low)))
            self.last = max(filter(None, (self.last, high)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass
class SourceTables:
    """What a source delivers.

    tables: canonical table → frame (with `KEY_COLUMNS` in place of customer_id; columns not delivered are empty).
    same_person: pairs of keys that the export itself says belong to one person, with columns
    key_type_a, key_a, key_type_b, key_b, reason; or None.
    order: what `sequence` of the interactions is: the place of a row in the export ("rows"; default: the place in the frame), which
    counts only where rows stand in the order of time, or what the export itself says ("told"); see `ordering`.
    """

    report: ImportReport
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    same_person: pd.DataFrame | None = None
    order: Literal["rows", "told"] = "rows"


Read = Callable[[Sequence[Path], "Source", Context], SourceTables]


@dataclass(frozen=True)
class SourceKind:
    """One kind of export, as listed in `SOURCES`."""

    name: str
    title: str
    read: Read
    tables: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def check(self, source: Source) -> None:
        """Raise `BadInput` for settings or mapped columns this kind does not know."""
        for key in source.settings:
            if key not in self.settings:
                raise unknown(f"source {source.name!r}: settings", "setting", key, self.settings, f"cjm sources {self.name}")
        for key in source.columns:
            if self.columns and key not in self.columns:
                raise unknown(f"source {source.name!r}: columns", "canonical column", key, self.columns,
                              f"cjm sources {self.name}")


def find_files(source: Source, raw: Path) -> list[Path]:
    """The files of a source, sorted. Raises `BadInput` where none is there or one lies outside the raw folder."""
    patterns = [source.files] if isinstance(source.files, str) else list(source.files)
    root = raw.resolve()
    found: set[Path] = set()
    for pattern in patterns:
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise BadInput(f"source {source.name!r}: files", f"{pattern!r} points outside the client's raw folder",
                           "a path or pattern relative to it")
        matches = [p for p in root.glob(pattern) if p.is_file() and not p.name.startswith(".")]
        if not matches:
            there = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())[:8] if root.is_dir() else []
            lies = f"which holds {', '.join(there)}" if there else "which is empty" if root.is_dir() else "which is missing"
            raise BadInput(f"source {source.name!r}: files", f"nothing matches {pattern!r} in {_short(raw)}, {lies}",
                           "a file or pattern of that folder", "put the export there or correct `files`")
        found.update(matches)
    for path in found:
        if not path.resolve().is_relative_to(root):
            raise BadInput(f"source {source.name!r}: files", f"{path.name} is a link to outside the raw folder")
    return sorted(found)


def _short(path: Path) -> str:
    return "/".join(path.parts[-3:])
