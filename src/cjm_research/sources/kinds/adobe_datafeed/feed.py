"""The files of a data feed: manifest, lookups and hits, plain or packed (gzip, tar, zip), checked against each other.

A hit is a line of fields parted by tabs; a backslash before a tab, a line's end or a backslash says that it is part of a field. Nothing is quoted. Source: Adobe's
documentation of data feeds ("Data feed contents", "Special characters"), and one published day of a real site.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ....errors import BadInput
from ...limits import GZIP, Gunzip, check_unpacked, is_gzip, read_packed
from ...reading.archives import Archive
from ...reading.containers import first_bytes

MANIFEST = b"Datafeed-Manifest-Version"
HEADER = "column_headers.tsv"
_LOOKUPS = ("event", "browser", "operating_systems", "referrer_type")  # of the tables, those that are used
_LONGEST_LOOKUP = 64 << 20
_MOST_COLUMNS = 5_000
_KEPT = {"\x00": "\\", "\x01": "\t", "\x02": "\n"}  # what an escaped character is while lines and fields are parted


@dataclass
class Feed:
    """What the files hold. header: names of the columns; lookups: table → number → words; hits: name of each file with hits and its text; checked: files that a manifest vouches for."""

    header: list[str] = field(default_factory=list)
    lookups: dict[str, dict[str, str]] = field(default_factory=dict)
    hits: list[tuple[str, bytes]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    checked: int = 0
    ignored: list[str] = field(default_factory=list)


def read_feed(files: Sequence[Path], where: str) -> Feed:
    """All files of a feed. Raises `BadInput` where one is missing, damaged, or not what its manifest says."""
    feed = Feed()
    for path in files:
        if not path.stat().st_size:
            raise BadInput(f"{where}: {path.name}", "the file is empty (0 bytes)", "the file as it was delivered", "copy it again")
    manifests = [p for p in files if first_bytes(p).startswith(MANIFEST)]
    for path in manifests:
        _check(path, {p.name: p for p in files}, feed, where)
    for path in (p for p in files if p not in manifests):
        for name, content in _members(path, f"{where}: {path.name}"):
            _take(name, content, feed, f"{where}: {name}")
    if not feed.header:
        raise BadInput(where, f"no file holds the names of the columns ({HEADER})", "hits together with the lookup files of their delivery", f"add the file …-lookup_data.tar.gz, or {HEADER}, to `files`")
    if not feed.hits:
        raise BadInput(where, "no file holds hits", "hit_data.tsv, or files such as 01-<report suite>_<day>.tsv.gz", "add the data files of the delivery to `files`")
    return feed


def _check(path: Path, there: dict[str, Path], feed: Feed, where: str) -> None:
    """Hold the files against a manifest: all there, and each as long and as it was delivered."""
    at = f"{where}: {path.name}"
    blocks: list[dict[str, str]] = [{}]
    for line in path.read_bytes().decode("latin-1").splitlines():
        key, _, value = line.partition(":")
        if key in ("Lookup-File", "Data-File"):
            blocks.append({"file": value.strip()})
        elif value:
            blocks[-1][key.strip()] = value.strip()
    for block in blocks[1:]:
        name = block["file"]
        if (found := there.get(name)) is None:
            raise BadInput(at, f"it names {name[:100]!r}, which `files` does not match", "all files that the manifest names", "copy the file beside it, and match it by `files`")
        content = found.read_bytes()
        if (size := block.get("File-Size")) and size.isdecimal() and int(size) != len(content):
            raise BadInput(f"{where}: {name}", f"the file has {len(content):,} bytes, its manifest says {int(size):,}", "the file as it was delivered", "copy it again")
        if (digest := block.get("MD5-Digest", "").lower()) and hashlib.md5(content, usedforsecurity=False).hexdigest() != digest:
            raise BadInput(f"{where}: {name}", "its MD5 is not the one of its manifest", "the file as it was delivered", "copy it again")
        if (count := block.get("Record-Count", "")).isdecimal():
            feed.counts[name] = int(count)
        feed.checked += 1


def _members(path: Path, where: str) -> Iterator[tuple[str, bytes]]:
    """The files in a file: those of an archive, else itself, unpacked."""
    head = first_bytes(path)
    if head.startswith(b"PK\x03\x04"):
        with Archive(path) as archive:
            for name in archive.names:
                yield PurePosixPath(name).name, archive.read(name)
    elif _is_tar(path, where):
        yield from _of_tar(path, where)
    else:
        yield path.name, read_packed(path, where)


def _is_tar(path: Path, where: str) -> bool:
    if not is_gzip(path):
        return first_bytes(path)[257:262] == b"ustar"
    with Gunzip(path, where) as file:
        return file.read(512)[257:262] == b"ustar"


def _of_tar(path: Path, where: str) -> Iterator[tuple[str, bytes]]:
    """The plain files of a tar archive, read as a stream: nothing is written, so no name of a member leads anywhere."""
    stream, unpacked = (Gunzip(path, where) if is_gzip(path) else path.open("rb")), 0
    try:
        with stream, tarfile.open(fileobj=stream, mode="r|") as archive:  # type: ignore[call-overload]
            for member in archive:
                unpacked += member.size
                check_unpacked(unpacked, path.stat().st_size, where)
                if member.isfile() and (file := archive.extractfile(member)) is not None:
                    yield PurePosixPath(member.name).name, file.read()
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise BadInput(where, f"the tar archive is damaged ({type(error).__name__})", "an intact archive", "copy it again") from None


def _take(name: str, content: bytes, feed: Feed, where: str) -> None:
    if content.startswith(GZIP):
        raise BadInput(where, "a packed file lies in an archive", "files packed once", "unpack the archive into the raw folder")
    low = name.lower()
    table = low.removesuffix(".tsv")
    if low == HEADER:
        feed.header = _text(content[:_LONGEST_LOOKUP], None).strip("\r\n").split("\t")
        if len(feed.header) > _MOST_COLUMNS or len(set(feed.header)) < len(feed.header) or not all(feed.header):
            raise BadInput(where, "it is no line of column names, each once", "names of columns, parted by tabs", "copy the lookup files again")
    elif table in _LOOKUPS:
        rows = (line.split("\t") for line in _text(content[:_LONGEST_LOOKUP], None).splitlines())
        feed.lookups[table] = {row[0]: row[1] for row in rows if len(row) > 1}
    elif low.startswith("hit_data") or (low.endswith((".tsv", ".tsv.gz")) and low[:1].isdigit()) or name in feed.counts:
        feed.hits.append((name, content))
    elif not low.endswith(".tsv"):
        feed.ignored.append(name)


def rows_of(name: str, content: bytes, feed: Feed, encoding: str | None, where: str) -> Iterator[list[str]]:
    """The fields of each hit. Raises `BadInput` where there are fewer or more than the manifest says."""
    text = _text(content, encoding)
    escaped = "\\" in text
    if escaped:
        for mark, kept in _KEPT.items():
            text = text.replace(f"\\{kept}", mark)
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    if (said := feed.counts.get(name)) is not None and said != len(lines):
        raise BadInput(where, f"{len(lines):,} hits, its manifest says {said:,}", "all hits of the delivery", "copy the file again")
    for line in lines:
        fields = line.removesuffix("\r").split("\t")
        yield ["".join(_KEPT.get(c, c) for c in f) if any(m in f for m in _KEPT) else f for f in fields] if escaped else fields


def _text(content: bytes, encoding: str | None) -> str:
    """Text as the params say, else UTF-8 where it is, else ISO-8859-1, which Adobe writes by its documentation."""
    if encoding:
        return content.decode(encoding, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
