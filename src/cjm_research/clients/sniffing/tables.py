"""The tables in a folder, each with its first rows as the real readers read them.

Of long files the first 4 MiB are looked at (a JSON list and a workbook are read whole), links are not followed, and nothing is changed.
"""

from __future__ import annotations

import glob
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from ...errors import BadInput, CjmError
from ...files import Scratch
from ...files.names import unusable
from ...params.schema import Source
from ...sources.contract import ImportReport
from ...sources.reading.archives import Archive
from ...sources.reading.containers import HEAD, known_format
from ...sources.reading.databases import is_database, read_database, tables_of
from ...sources.reading.packed import is_packed, parts_of
from ...sources.reading.statistical import is_statistical, read_statistical
from ...sources.reading.tabular import read_table
from ...sources.reading.workbooks import is_workbook, likely_header, sheets

STATISTICAL = "a file of SPSS or Stata"
_HEAD = 4 << 20
_MOST_JSON = 64 << 20
_ROWS = 2_000
_IGNORED = re.compile(r"(?:^|[_. -])(?:readme|licen[sc]e|notice|changelog|thumbs|desktop)(?:[_. -]|$)", re.I)
_ENCODINGS = ("cp1252", "cp1250", "mac_roman")
_JSON = re.compile(rb'\{\s*"|\[\s*[\[{]')
_HOLES = re.compile(r"\d{4}-\d\d-\d\d|\d{6,8}|(?<![A-Za-z])\d+(?![A-Za-z])")


@dataclass
class Sample:
    """One table: the files that hold it, its first rows, and the settings that reading them took.

    frame is None where the file is no table that can be read; said tells why, in the reader's words.
    """

    files: list[str]
    frame: pd.DataFrame | None = None
    said: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    encoding: str = ""
    odd: tuple[str, ...] = ()
    container: str = ""
    size: int = 0
    path: Path | None = None
    title: str = ""

    @property
    def name(self) -> str:
        """A short name: the file's stem, with its sheet or table."""
        stem = self.title or PurePosixPath(self.files[0]).name
        while (cut := PurePosixPath(stem)).suffix and len(cut.suffix) < 9:
            stem = cut.stem
        stem = _HOLES.sub("", stem) if len(self.files) > 1 else stem
        part = self.settings.get("sheet", self.settings.get("table"))
        text = f"{stem} {part}" if part else stem
        return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40] or "export"

    @property
    def pattern(self) -> str | list[str]:
        """The files as params name them; characters that patterns are made of stand for themselves."""
        names = [glob.escape(f) for f in self.files]
        return names[0] if len(names) == 1 else names


def samples(folder: Path) -> list[Sample]:
    """Every table of a folder, in the order of names; files of one pattern and one header are one table."""
    found: list[Sample] = []
    for path in sorted(_walk(folder)):
        found += of_file(path, path.relative_to(folder).as_posix())
    return _grouped(found)


def _walk(folder: Path) -> Iterator[Path]:
    for inside, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__MACOSX")) and not (Path(inside) / f).is_symlink())
        yield from (Path(inside) / f for f in files if not f.startswith((".", "~$")) and not (Path(inside) / f).is_symlink())


def _grouped(found: list[Sample]) -> list[Sample]:
    """Files whose names differ in digits only and whose columns are the same are one export."""
    out: dict[Any, Sample] = {}
    for sample in found:
        columns = tuple(map(str, sample.frame.columns)) if sample.frame is not None else None
        key = (_HOLES.sub("#", sample.files[0]), columns, str(sample.settings), sample.encoding) if columns else sample.files[0]
        if key in out:
            out[key].files += sample.files
            out[key].size += sample.size
        else:
            out[key] = sample
    return list(out.values())


def of_file(path: Path, relative: str) -> list[Sample]:
    """The tables of one file."""
    size = path.stat().st_size
    sample = Sample([relative], size=size, path=path)
    if why := unusable(relative):
        sample.said, sample.container = f"its name {why.split(' ', 1)[-1] if why.startswith(repr(relative[:60])) else why}; rename it", "ignored"
        return [sample]
    if not size:
        sample.said = "the file is empty"
        return [sample]
    if (_IGNORED.search(path.stem) and path.suffix.lower() in ("", ".txt", ".md", ".pdf", ".ini", ".db")) or path.suffix.lower() in (".md", ".py", ".ipynb", ".html", ".htm", ".yaml", ".yml"):
        sample.said, sample.container = "a note or a program, no export", "ignored"
        return [sample]
    if relative.lower().endswith((".sql", ".sql.gz")):
        sample.said = "SQL statements, no rows: load them into a database and export its tables as CSV or Parquet"
        return [sample]
    try:
        if is_workbook(path):
            return _of_workbook(path, sample) or [sample]
        if is_database(path):
            return _of_database(path, sample)
        if is_statistical(path):
            sample.frame, sample.container = read_statistical(path, ImportReport("sniffed", "sniffed"), path.name).head(_ROWS), STATISTICAL
            return [sample]
        if is_packed(path):
            return _of_archive(path, sample)
        head = _beginning(path, HEAD)  # of what a gzip file holds
        known = known_format(head, path, path.name) if not head.startswith((b"\x1f\x8b", b"PAR1")) else None
        if known or head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"WEBVTT")):
            sample.container, sample.said = (known or ("text", ""))[0], f"this is {known[0]}" if known else ""
            return [sample]
        _read(path, sample)
    except (BadInput, OSError, EOFError, zlib.error) as problem:
        sample.said = _words(problem)
    return [sample]


def _words(problem: Exception) -> str:
    return problem.found if isinstance(problem, CjmError) else str(problem)[:120]


def _of_workbook(path: Path, whole: Sample) -> list[Sample]:
    names, cells = sheets(path, path.name, _ROWS)
    out = []
    for name in names:
        top = likely_header(cells[name])
        if top is None:
            continue
        settings: dict[str, Any] = ({"sheet": name} if len(names) > 1 else {}) | ({"skip_lines": top} if top else {})
        sample = Sample(list(whole.files), settings=settings, container="workbook", size=whole.size)
        try:
            sample.frame = read_table(path, _source(sample, path), ImportReport("sniffed", "sniffed"))
        except BadInput as problem:
            sample.said = _words(problem)
        out.append(sample)
    if not out:
        whole.said = "no sheet has a header with rows below it"
    return out


def _of_database(path: Path, whole: Sample) -> list[Sample]:
    tables = {n: rows for n, rows in tables_of(path, path.name).items() if rows}
    out = []
    for name in tables:
        sample = Sample(list(whole.files), settings={"table": name} if len(tables) > 1 else {}, container="database", size=whole.size)
        try:
            sample.frame = read_database(path, _source(sample, path), ImportReport("sniffed", "sniffed"), path.name, _ROWS)
        except BadInput as problem:
            sample.said = _words(problem)
        out.append(sample)
    if not out:
        whole.said = "a database without rows"
    return out or [whole]


def _ending(member: str) -> str:
    """The ending of a member's name, as far as it can end a file's: the rest of the name is the archive's own affair."""
    suffixes = PurePosixPath(member.lower()).suffixes[-2 if member.lower().endswith(".gz") else -1:]
    return re.sub(r"[^a-z0-9.]", "", "".join(suffixes))[:20]


def _of_archive(path: Path, whole: Sample) -> list[Sample]:
    names = parts_of(path)
    if not names:
        whole.said, whole.container = "an archive without tables", "a zip archive"
        return [whole]
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_HOLES.sub("#", name), []).append(name)
    out = []
    with Archive(path) as archive, Scratch("sniff") as folder:
        for number, (pattern, members) in enumerate(groups.items()):
            sample = Sample(list(whole.files), container="zip", size=whole.size, settings={"members": pattern.replace("#", "*")} if len(groups) > 1 else {})
            part = folder / f"{number}{_ending(members[0])}"
            part.write_bytes(archive.read(members[0]))
            try:
                _read(part, sample)
            except (BadInput, OSError, EOFError, zlib.error) as problem:
                sample.said = _words(problem)
            part.unlink()
            out.append(sample)
    return out


def _read(path: Path, sample: Sample) -> None:
    """Put the first rows into the sample, read as the build will read them."""
    with Scratch("sniff") as folder:
        head = _head(path, folder)
        try:
            sample.frame = read_table(head, _source(sample, head), ImportReport("sniffed", "sniffed")).head(_ROWS)
        except BadInput as problem:
            if "not utf-8 text" not in problem.found:
                raise
            raw = head.read_bytes()
            sample.odd = tuple(dict.fromkeys(m.decode("latin-1") for m in re.findall(rb"[\w]*[\x80-\xff]+[\w\x80-\xff]*", raw)[:3]))
            sample.encoding = next(e for e in _ENCODINGS if _decodes(raw, e))
            sample.frame = read_table(head, _source(sample, head), ImportReport("sniffed", "sniffed")).head(_ROWS)


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return encoding == _ENCODINGS[-1]
    return True


def _source(sample: Sample, path: Path) -> Source:
    settings = {k: v for k, v in sample.settings.items() if k != "members"}
    return Source(name="sniffed", kind="events", files=path.name, settings=settings, encoding=sample.encoding or None, rows="skip")


def _head(path: Path, folder: Path) -> Path:
    """A copy of the beginning of a file, cut between two rows, under a name that tells its format."""
    raw = _beginning(path)
    if raw.startswith(b"PAR1"):
        return _parquet_head(path, folder)
    whole = len(raw) < _HEAD
    text = raw.lstrip(b"\xef\xbb\xbf \r\n\t")
    if _JSON.match(text):
        lines = raw.split(b"\n")
        by_line = text.startswith(b"{") and len(lines) > 1 and lines[0].rstrip().endswith(b"}")
        if not whole:  # a list can only be read to its end
            raw = b"\n".join(lines[:-1]) if by_line else _beginning(path, _MOST_JSON)
        target = folder / ("head.jsonl" if by_line else "head.json")
    else:
        target = folder / "head.csv"
        if not whole:
            raw = raw[: _between_rows(raw)]
    target.write_bytes(raw)
    return target


def _between_rows(raw: bytes) -> int:
    """The last line end outside quotation marks."""
    wide = 2 if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else 1
    end = len(raw)
    for _ in range(2_000):
        end = raw.rfind(b"\n", 0, end)
        if end < 0:
            return len(raw)
        if raw.count(b'"', 0, end) % 2 == 0:
            return end + wide
    return len(raw)


def _beginning(path: Path, most: int = _HEAD) -> bytes:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if packed:
        with gzip.open(path) as stream:
            return stream.read(most)
    with path.open("rb") as file:
        return file.read(most)


def _parquet_head(path: Path, folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = folder / "head.parquet"
    try:
        batch = next(pq.ParquetFile(path).iter_batches(_ROWS), None)
        if batch is None:
            pq.write_table(pq.ParquetFile(path).schema_arrow.empty_table(), target)
        else:
            pq.write_table(pa.Table.from_batches([batch]), target)
    except pa.ArrowException as error:
        raise BadInput(path.name, f"not a readable Parquet file ({str(error).splitlines()[0][:80]})", "an intact Parquet file", "export it again") from None
    return target
