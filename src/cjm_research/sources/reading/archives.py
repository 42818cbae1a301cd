"""Opening zip files and XML that strangers made: traversal, bombs and entities are refused in words."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any, Self
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

import defusedxml.ElementTree as safe_xml
from defusedxml.common import DefusedXmlException

from cjm_research.errors import BadInput

from ..limits import check_unpacked

MAX_MEMBER_BYTES = 256 * 2**20  # one file inside an archive; a 3-hour transcript has less than 1 MB
MAX_TOTAL_BYTES = 2**30  # everything an archive unpacks to
MAX_MEMBERS = 20_000
MAX_RATIO = 200  # unpacked : packed, of members above 1 MiB; text packs at most some 20 : 1
MAX_XML_DEPTH = 500
MAX_XML_BYTES = 128 * 2**20
MAX_XML_ELEMENTS = 1_000_000  # an element takes some hundred bytes of memory, however short it is written


class Archive:
    """A zip file read member by member, each checked before a byte is unpacked. Use as a context manager.

    Raises `BadInput` for what is no zip, is encrypted or damaged, holds names that leave the archive or
    would unpack to more than the limits above.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, NotImplementedError) as cause:
            raise BadInput(
                path.name,
                f"cannot be opened as a zip archive ({cause})",
                "an intact zip file",
                "export it again and copy the file as it is",
            ) from cause
        try:
            self._members = self._checked()
        except BadInput:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """The member files' names, folders left out."""
        return list(self._members)

    def find(self, name: str) -> str | None:
        """The member of that name, upper and lower case not told apart; None where there is none."""
        wanted = name.casefold()
        return next(
            (n for n in self._members if n == name), next((n for n in self._members if n.casefold() == wanted), None)
        )

    def read(self, name: str) -> bytes:
        """The content of a member."""
        info = self._members[name]
        try:
            with self._zip.open(info) as file:
                # The directory may lie about the size, so what is read is limited too.
                content = file.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, NotImplementedError) as cause:
            raise BadInput(
                f"{self.path.name} > {name}", f"is damaged or encrypted ({cause})", "an intact member", "export it again"
            ) from cause
        if len(content) > info.file_size:
            raise BadInput(f"{self.path.name} > {name}", "is longer than the archive says", "an intact member", "export it again")
        return content

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        infos = [i for i in self._zip.infolist() if not i.is_dir()]
        where = self.path.name
        if len(infos) > MAX_MEMBERS:
            raise BadInput(where, f"{len(infos):,} files inside", f"at most {MAX_MEMBERS:,}", "export a part, or put the files that count into the raw folder by themselves")
        total = 0
        for info in infos:
            name = PurePosixPath(info.filename.replace("\\", "/"))
            if (
                name.is_absolute()
                or ".." in name.parts
                or (name.parts and ":" in name.parts[0])
                or "\0" in info.filename
            ):
                raise BadInput(
                    where,
                    f"member {info.filename!r} points outside the archive",
                    "relative names inside the archive",
                    "do not trust this file; ask its sender for a new export",
                )
            if info.flag_bits & 1:
                raise BadInput(where, f"member {info.filename!r} is encrypted", "an export without a password", "export it again without one")
            total += info.file_size
            packed = max(info.compress_size, 1)
            if (
                info.file_size > MAX_MEMBER_BYTES
                or total > MAX_TOTAL_BYTES
                or (info.file_size > 2**20 and info.file_size / packed > MAX_RATIO)
            ):
                raise BadInput(
                    where,
                    f"member {info.filename!r} unpacks to {info.file_size:,} bytes from {packed:,}",
                    f"at most {MAX_MEMBER_BYTES:,} bytes a file, {MAX_TOTAL_BYTES:,} in all and {MAX_RATIO} : 1",
                    "leave out audio and video of a project, save a large sheet as CSV, or put the files of an archive into the raw folder by themselves",
                )
        check_unpacked(total, self.path.stat().st_size, where)
        return {i.filename.replace("\\", "/"): i for i in infos}


def parse_xml(content: bytes, where: str) -> Element:
    """The root element; entities, DTDs and external references are refused, not resolved.

    Raises `BadInput` for malformed XML, for entities and for trees larger or deeper than any real file.
    """
    if len(content) > MAX_XML_BYTES:
        raise BadInput(where, f"{len(content):,} bytes of XML", f"at most {MAX_XML_BYTES:,}", "export a part of the project")
    try:
        parser = safe_xml.XMLParser(target=_Counting(where), forbid_dtd=True)
        parser.feed(content)
        root: Element = parser.close()
    except BadInput:
        raise
    except DefusedXmlException as cause:
        raise BadInput(
            where,
            f"declares entities or a DTD ({type(cause).__name__})",
            "plain XML without a DTD",
            "do not trust this file; ask its sender for a new export",
        ) from cause
    except (ParseError, ValueError, LookupError, RecursionError) as cause:
        raise BadInput(
            where, f"is not well-formed XML ({cause})", "the XML as the program exported it", "export it again"
        ) from cause
    return root


class _Counting(TreeBuilder):
    """Builds a tree and stops while it grows beyond the limits."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where, self._depth, self._count = where, 0, 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_XML_DEPTH:
            raise BadInput(self._where, f"is nested deeper than {MAX_XML_DEPTH} levels", f"at most {MAX_XML_DEPTH}", "export it again")
        if self._count > MAX_XML_ELEMENTS:
            raise BadInput(self._where, f"has more than {MAX_XML_ELEMENTS:,} elements", f"at most {MAX_XML_ELEMENTS:,}", "export a part of the project")
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Element:
        self._depth -= 1
        return super().end(tag)
