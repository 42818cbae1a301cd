"""Reading `.qdpx` projects and `.qdc` codebooks of any program into one model.

What deviates from the standard in real exports (inner file name, upper case, GUID forms, namespaces,
line ends, offsets) is accepted and told; what would lose or shift a coding is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from cjm_research.errors import BadInput

from ...reading.archives import Archive, parse_xml
from ...reading.containers import first_bytes, known_format
from .elements import (
    CODEBOOK_NS,
    ORIGIN,
    PROJECT_NS,
    as_text,
    check_root,
    integer,
    need,
    normal_guids,
    read_case,
    read_code,
    read_coding,
    read_values,
    refs,
)
from .model import Convention, Project, Selection, Set, TextSource, User, Variable
from .offsets import RawSpan, RawText, Reading, ambiguous, detect, settle, standard
from .texts import decode, forced_by
from .whole import complete, place, unique, unique_codes

MEDIA = ("PDFSource", "PictureSource", "AudioSource", "VideoSource")
TEXT_ATTRIBUTES = (
    "richTextPath",
    "plainTextPath",
    "creatingUser",
    "creationDateTime",
    "modifyingUser",
    "modifiedDateTime",
)


def read_qdpx(path: Path | str, convention: Mapping[str, Any] | None = None) -> Project:
    """A REFI-QDA project with canonical texts and code-point, end-exclusive spans (standard 1.0/1.5).

    `convention` forces how positions count ({unit: "code point" | "utf-16", line_end: 1 | 2, bom: bool,
    end_inclusive: bool}) where a file is ambiguous; by default it is detected per source and its evidence
    kept in `TextSource.convention`. Raises `BadInput` for hostile or broken files, another schema,
    duplicate code or source ids, and positions that cannot be read with confidence.
    """
    path = Path(path)
    with Archive(path) as archive:
        inner = _project_file(archive)
        root = parse_xml(archive.read(inner), f"{path.name} > {inner}")
        check_root(root, "Project", PROJECT_NS, f"{path.name} > {inner}")
        forced = forced_by(convention, path.name)
        return _Reader(root, archive, path.name, forced, root.get("origin", "").startswith(ORIGIN)).project()


def read_qdc(path: Path | str) -> Project:
    """A REFI-QDA codebook as a project with codes and sets only. Raises `BadInput` as `read_qdpx`."""
    path = Path(path)
    root = parse_xml(path.read_bytes(), path.name)
    check_root(root, "CodeBook", CODEBOOK_NS, path.name)
    normal_guids(root, path.name)
    project = Project(name=path.stem, attributes={k: v for k, v in root.attrib.items() if k == "origin"})
    project.codes = [read_code(e, path.name) for e in root.iterfind("Codes/Code")]
    for e in root.iterfind("Sets/Set"):
        members = [m.get("guid") or m.get("targetGUID") or "" for m in e.iterfind("MemberCode")]
        project.sets.append(
            Set(need(e, "guid", path.name), e.get("name", ""), e.findtext("Description"), codes=members)
        )
    unique_codes(project, path.name)
    return project


def read_any(path: Path, where: str, convention: Mapping[str, Any] | None = None) -> Project:
    """A project or a codebook, by the file's first bytes, whatever its name. Raises `BadInput` for another format."""
    head = first_bytes(path)
    if head.startswith(b"PK"):
        if (found := known_format(head, path, path.name)) and not ("REFI-QDA" in found[0] or "zip" in found[0]):
            raise BadInput(where, f"this is {found[0]}", "a REFI-QDA project (.qdpx) or codebook (.qdc)", "export the project as REFI-QDA")
        return read_qdpx(path, convention)
    if found := known_format(head, path, path.name):
        raise BadInput(where, f"this is {found[0]}", "a REFI-QDA project (.qdpx) or codebook (.qdc)", "export the project as REFI-QDA")
    if re.search(rb"<(?:\w+:)?Project[\s>]", head.replace(b"\0", b"")):
        raise BadInput(where, "this is the inner file of a REFI-QDA project, without the texts", "a REFI-QDA project (.qdpx) or codebook (.qdc)",
                       "give the .qdpx it was taken from, or zip it together with its folder of sources")
    if not head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        raise BadInput(where, "this is no XML", "a REFI-QDA project (.qdpx) or codebook (.qdc)", "export the codebook as REFI-QDA; tables of codes are read by kind: codings_csv")
    return read_qdc(path)


def _project_file(archive: Archive) -> str:
    found = [n for n in archive.names if n.casefold().endswith(".qde")]
    found.sort(key=lambda n: (n.count("/"), n.casefold() != "project.qde"))
    if not found:
        raise BadInput(
            archive.path.name,
            "holds no .qde file",
            "a REFI-QDA project: one .qde beside a folder of sources",
            "export the project as REFI-QDA (.qdpx)",
        )
    if len(found) > 1 and "/" not in found[1]:
        raise BadInput(
            archive.path.name,
            f"holds several projects: {', '.join(found[:5])}",
            "one .qde file",
            "export one project a file",
        )
    return found[0]


@dataclass
class _Reader:
    root: Element
    archive: Archive
    where: str
    forced: Convention | None
    ours: bool  # written by this package, which says how it counts
    clear: list[frozenset[Convention]] = field(default_factory=list)  # of each clear source, the ways of counting that give its spans
    undecided: list[tuple[TextSource, RawText, list[RawSpan], list[Reading]]] = field(default_factory=list)

    def project(self) -> Project:
        normal_guids(self.root, self.where)
        root, p = self.root, Project(self.root.get("name", ""), dict(self.root.attrib))
        p.users = [User(need(e, "guid", self.where), e.get("name"), e.get("id")) for e in root.iterfind("Users/User")]
        p.codes = [read_code(e, self.where) for e in root.iterfind("CodeBook/Codes/Code")]
        p.variables = [
            Variable(
                need(e, "guid", self.where),
                e.get("name", ""),
                e.get("typeOfVariable", "Text"),
                e.findtext("Description"),
            )
            for e in root.iterfind("Variables/Variable")
        ]
        p.cases = [read_case(e, self.where) for e in root.iterfind("Cases/Case")]
        self._sources(p)
        p.notes = [self._text(e, p) for e in root.iterfind("Notes/Note")]
        if noted := sum(1 for _ in root.iterfind("Notes/Note//Coding")):
            p.limitations.append(f"{noted} codings of notes are kept for export, not analysed: a note is the researcher's")
            p.aside["codings of notes"] += noted
        p.sets = [
            Set(
                need(e, "guid", self.where),
                e.get("name", ""),
                e.findtext("Description"),
                refs(e, "MemberCode"),
                refs(e, "MemberSource"),
                refs(e, "MemberNote"),
            )
            for e in root.iterfind("Sets/Set")
        ]
        for tag in ("Links", "Graphs"):
            if (element := root.find(tag)) is not None:
                p.carried[tag] = [as_text(child) for child in element]
        p.description, p.note_refs = root.findtext("Description"), refs(root, "NoteRef")
        unique_codes(p, self.where)
        unique([s.guid for s in p.sources], "source", self.where)
        self._settle(p)
        complete(p)
        return p

    def _sources(self, p: Project) -> None:
        media = Counter[str]()
        for element in self.root.iterfind("Sources/*"):
            if element.tag == "TextSource":
                p.sources.append(self._text(element, p))
                continue
            if element.tag not in MEDIA:
                p.limitations.append(f"{element.tag}: unknown kind of source, left out")
                p.aside[f"codings of {element.tag}, an unknown kind of source"] += len(list(element.iter("Coding")))
                continue
            p.carried.setdefault("Sources", []).append(as_text(element))
            self._attach(element, p)
            box = need(element, "guid", self.where)
            inner = [e for e in element if e.tag in ("Representation", "Transcript", "TextDescription")]
            for text in inner:
                source = self._text(text, p, container=box)
                named = element.get("name")
                # "Representation_for_report.pdf" is nobody's name for a document; the PDF's own is.
                source.name = (named if element.tag == "PDFSource" else source.name) or named or source.name
                p.sources.append(source)
            here = sum(len(s.findall("Coding")) for s in element if s.tag.endswith("Selection"))
            media[element.tag] += here + len(element.findall("Coding"))
            media[element.tag] += sum(len(t.findall("TranscriptSelection/Coding")) for t in inner)
        for tag, count in media.items():
            if count:
                p.limitations.append(f"{count} codings of areas or times in {tag} are kept for export, not analysed")
                p.aside[f"codings of areas or times in {tag}"] += count

    def _text(self, e: Element, p: Project, container: str | None = None) -> TextSource:
        attributes = {k: v for k in TEXT_ATTRIBUTES if (v := e.get(k)) is not None}
        source = TextSource(
            need(e, "guid", self.where),
            e.get("name"),
            description=e.findtext("Description"),
            codings=[read_coding(c, self.where) for c in e.iterfind("Coding")],
            note_refs=refs(e, "NoteRef"),
            values=read_values(e),
            attributes=attributes,
            container=container,
        )
        raw = self._raw_text(e, source, p)
        if rich := attributes.get("richTextPath"):
            self._attach_path(rich, p)
        spans = []
        for s in e.iterfind("PlainTextSelection"):
            at = (integer(s, "startPosition", self.where), integer(s, "endPosition", self.where))
            spans.append(RawSpan(*at, s.get("name") or None))
            source.selections.append(
                Selection(
                    need(s, "guid", self.where),
                    None,
                    None,
                    at,
                    s.get("name"),
                    s.findtext("Description"),
                    {k: v for k in TEXT_ATTRIBUTES[2:] if (v := s.get(k)) is not None},
                    [read_coding(c, self.where) for c in s.iterfind("Coding")],
                    refs(s, "NoteRef"),
                )
            )
        if raw is None:
            return source
        source.text = raw.canonical
        forced = self.forced or (standard(raw) if self.ours else None)
        found = detect(raw, spans, forced)
        if isinstance(found, Reading):
            place(source, found)
            if found.convention.basis in ("quotes", "boundaries"):
                self.clear.append(found.also)
        else:
            self.undecided.append((source, raw, spans, found))
        return source

    def _raw_text(self, e: Element, source: TextSource, p: Project) -> RawText | None:
        content, path = e.findtext("PlainTextContent"), e.get("plainTextPath")
        if content is not None and not path:
            source.in_line = True
            return RawText(content)  # XML parsers have turned CRLF into LF already
        name = self._member(path) if path else None
        if name is None:
            lost = len(e.findall("PlainTextSelection"))
            p.limitations.append(
                f"{source.name or source.guid}: its text {path or ''} is not in the file"
                + (f"; {lost} selections keep their quotes but no position" if lost else "")
            )
            return None
        return decode(self.archive.read(name), f"{self.where} > {name}")

    def _member(self, path: str) -> str | None:
        """The archive member of an internal path; NVivo writes `Sources/`, some programs no scheme at all."""
        if path.startswith(("absolute:", "relative:")):
            return None  # files beside the project are never opened: a project must not reach into the disk
        name = unquote(path.removeprefix("internal://")).lstrip("/")
        return self.archive.find(f"sources/{name}") or self.archive.find(name)

    def _attach(self, element: Element, p: Project) -> None:
        for part in element.iter():
            for key in ("path", "currentPath", "plainTextPath", "richTextPath"):
                if value := part.get(key):
                    self._attach_path(value, p)

    def _attach_path(self, path: str, p: Project) -> None:
        if path.startswith("internal://") and (name := self._member(path)):
            p.attachments[path.removeprefix("internal://")] = self.archive.read(name)

    def _settle(self, p: Project) -> None:
        for source, raw, spans, rivals in self.undecided:
            reading = settle(rivals, self.clear)
            if reading is None:
                raise ambiguous(raw, spans, rivals, f"{self.where}: {source.name or source.guid}")
            place(source, reading)
