"""The contract of a source: `read(files, source, context)` → `SourceTables`.

A source knows one kind of export and nothing of the others. It delivers frames with the columns of the
canonical tables, except that a person is given by `key_type` + `customer_key` (the raw identifier) instead
of `customer_id`: identity and privacy come later, in `build`.
"""

from __future__ import annotations

import functools
import re
import traceback
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import BadInput, CjmError, unforeseen, unknown
from ..files import files_below
from ..shapes import Json
from .limits import Unpacking, within
from .settings import settled
from .signature import Signature

if TYPE_CHECKING:
    import pandas as pd

    from ..params.schema import Source

#: columns that stand in for customer_id until identities are resolved
KEY_COLUMNS = ("key_type", "customer_key")


@dataclass(frozen=True)
class Context:
    """What a source may know of its client.

    kinds: what key types are, where their names do not say it (`identity.kinds` of the params).
    timezone: declared zone of naive times, or None where nobody declared one (naive times are refused then).
    scratch: an empty private folder for tables that are larger than memory; None where all rows are to be held. memory: of the engine then.
    """

    client: str
    timezone: str | None
    currency: str = "EUR"
    participants: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    unpacking: Unpacking = field(default_factory=Unpacking)
    scratch: Path | None = None
    memory: str | None = None


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
    #: the export's columns, to tell what a later delivery lacks
    columns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: what only the client can say (where, found, allowed, next); reports are refused until it is said
    asks: list[dict[str, str]] = field(default_factory=list)
    #: what looks like a speaker's label and was not taken for one, with how often: perhaps persons, so for the vault only
    labels: dict[str, int] = field(default_factory=dict)
    #: of surveys: question → where its cells went (scored, kept, empty, not chosen, unreadable, …)
    answers: dict[str, dict[str, int]] = field(default_factory=dict)

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

    def to_dict(self) -> Json:
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
    written: further tables, as Parquet files in the scratch folder, their keys in the spelling that sources share and events in order; keys: those, once each.
    """

    report: ImportReport
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    same_person: pd.DataFrame | None = None
    order: Literal["rows", "told"] = "rows"
    written: dict[str, Path] = field(default_factory=dict)
    keys: pd.DataFrame | None = None


Read = Callable[[Sequence[Path], "Source", Context], SourceTables]


@dataclass(frozen=True)
class SourceKind:
    """One kind of export, as listed in `SOURCES`.

    signature: what tells such an export from others, for `cjm new --from`; None where its columns are the client's own.

    `read` is the reader within a boundary: its settings are in their usual forms, packed files stay within their limits,
    and an error that it did not foresee becomes one message (`errors.Unforeseen`) that names source, file and kind.
    """

    name: str
    title: str
    read: Read
    tables: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    signature: Signature | None = None
    #: of a preset: the kind that reads it, and what it says in place of the params
    reader: str = ""
    says: Mapping[str, str] = field(default_factory=dict)
    #: whether its form was seen in exports, or is known by the vendor's documentation only
    seen: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", _bounded(self.name, self.read))

    def check(self, source: Source) -> None:
        """Raise `BadInput` for settings or mapped columns this kind does not know, and for settings of another form."""
        for key in source.settings:
            if key not in self.settings:
                raise unknown(f"source {source.name!r}: settings", "setting", key, self.settings, f"cjm sources {self.name}")
        for key in source.columns:
            if self.columns and key not in self.columns:
                raise unknown(f"source {source.name!r}: columns", "canonical column", key, self.columns,
                              f"cjm sources {self.name}")
        settled(source.settings, f"source {source.name!r}")


def _bounded(kind: str, read: Read) -> Read:
    """The reader within its boundary."""

    @functools.wraps(read)
    def bounded(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
        where = f"source {source.name!r}"
        if source.settings:
            source = source.model_copy(update={"settings": settled(source.settings, where)})
        try:
            with within(context.unpacking):
                return read(files, source, context)
        except CjmError:
            raise
        except Exception as error:
            name = _file_at_fault(error, files)
            raise unforeseen(f"{where}: {name}" if name else where, error, f"the reader of kind {kind} met something it does not know",
                             f"an export as `cjm sources {kind}` describes it", "open the file and compare it, or export it again") from error

    return bounded


def _file_at_fault(error: BaseException, files: Sequence[Path]) -> str:
    """The file that was being read: the innermost `path` among the files, else the only one."""
    known = {p.name for p in files}
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        path = frame.f_locals.get("path")
        if isinstance(path, Path) and path.name in known:
            return path.name
    names = [p.name for p in files]
    return names[0] if len(names) == 1 else f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}"


_LONGEST_PATTERN = 500
_MOST_DEEP = 2  # `**` in one pattern: each searches all folders below


def _usable_pattern(pattern: str, where: str) -> None:
    """Raise `BadInput` for what is no path or pattern inside the raw folder."""
    parts = Path(pattern).parts
    allowed = "a path or pattern relative to the raw folder, e.g. events.csv, exports/events_*.csv or **/events.csv"
    if Path(pattern).is_absolute() or ".." in parts:
        raise BadInput(where, f"{pattern!r} points outside the client's raw folder", allowed, "put the export there or correct `files`")
    if not parts or re.search(r"[\x00-\x1f\x7f]", pattern):
        raise BadInput(where, f"{pattern!r} names no file", allowed, "name a file of the raw folder")
    if len(pattern) > _LONGEST_PATTERN or any(len(p.encode("utf-8", "replace")) > 255 for p in parts):
        raise BadInput(where, f"a pattern of {len(pattern):,} characters", f"at most {_LONGEST_PATTERN}, and 255 bytes a name", "use * for a part of long names")
    if any("**" in p and p != "**" for p in parts) or parts.count("**") > _MOST_DEEP:
        raise BadInput(where, f"{pattern!r} is not understood", f"** as a whole part, at most {_MOST_DEEP} times: **/events.csv",
                       "write * for any characters of a name, **/ for any folders")


def find_files(source: Source, raw: Path) -> list[Path]:
    """The files of a source, sorted. Raises `BadInput` where none is there or one lies outside the raw folder."""
    patterns = [source.files] if isinstance(source.files, str) else list(source.files)
    root = raw.resolve()
    found: set[Path] = set()
    if not patterns:
        raise BadInput(f"source {source.name!r}: files", "no file is named", "a path or pattern relative to the raw folder", "name the export's file")
    for pattern in patterns:
        _usable_pattern(pattern, f"source {source.name!r}: files")
        try:
            # a name may be written with composed letters ("ö") here and with marks there, as some systems do
            spelled = dict.fromkeys((pattern, *(unicodedata.normalize(form, pattern) for form in ("NFC", "NFD"))))
            matches = [p for text in spelled for p in root.glob(text) if p.is_file() and not p.name.startswith(".")]
        except (OSError, ValueError, NotImplementedError, re.error) as error:
            raise BadInput(f"source {source.name!r}: files", f"{pattern!r} cannot be looked up ({error})", "a path or pattern relative to the raw folder",
                           "correct `files`") from None
        if not matches:
            there = [p.relative_to(root).as_posix() for p in files_below(root)[:8]]
            lies = f"which holds {', '.join(there)}" if there else "which is empty" if root.is_dir() else "which is missing"
            raise BadInput(f"source {source.name!r}: files", f"nothing matches {pattern!r} in {_short(raw)}, {lies}",
                           "a file or pattern of that folder", "put the export there or correct `files`")
        found.update(matches)
    for path in found:
        if not path.resolve().is_relative_to(root):
            raise BadInput(f"source {source.name!r}: files", f"{path.name} is a link to outside the raw folder", "files that lie in the raw folder",
                           "copy the file there")
    return sorted(found)


def _short(path: Path) -> str:
    return "/".join(path.parts[-3:])
