"""A REFI-QDA project in memory: canonical texts, code points, end-exclusive spans.

What this package does not compute with (links, graphs, pictures, audio, video) is carried as XML and
bytes, so that reading and writing a project loses nothing.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from cjm_research.errors import BadInput

GUID = re.compile(r"\{?([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\}?")
PATH_SEPARATOR = " > "
NAMESPACE = uuid.UUID("6f1a52b0-6b7f-5d0e-9a55-54b1c1f6a0f1")  # of ids this package derives from names


def guid(text: str, where: str = "REFI-QDA") -> str:
    """A GUID in one form: upper case, without braces. Raises `BadInput` for anything else."""
    match = GUID.fullmatch(text.strip())
    if not match:
        raise BadInput(where, f"GUID {text[:60]!r}", "8-4-4-4-12 hexadecimal digits, with or without braces", "export the project again")
    return match[1].upper()


def new_guid(*parts: object) -> str:
    """A GUID derived from names, the same every time."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(str(p) for p in parts))).upper()


@dataclass
class User:
    """Someone who coded."""

    guid: str
    name: str | None = None
    id: str | None = None


@dataclass
class Code:
    """A code or (not `is_codable`) a folder of codes, with the codes below it."""

    guid: str
    name: str
    is_codable: bool = True
    color: str | None = None
    description: str | None = None
    note_refs: list[str] = field(default_factory=list)
    children: list[Code] = field(default_factory=list)

    def walk(
        self, above: tuple[str, ...] = (), parent: Code | None = None
    ) -> Iterator[tuple[Code, Code | None, tuple[str, ...]]]:
        """This code and all below it: (code, parent, names from the root)."""
        path = (*above, self.name)
        yield self, parent, path
        for child in self.children:
            yield from child.walk(path, self)


@dataclass
class Variable:
    """A property of cases or sources; `type` is Text, Boolean, Integer, Float, Date or DateTime."""

    guid: str
    name: str
    type: str = "Text"
    description: str | None = None


@dataclass
class Case:
    """A case: mostly a participant, with its variables' values and its sources."""

    guid: str
    name: str | None = None
    description: str | None = None
    code_refs: list[str] = field(default_factory=list)
    values: list[tuple[str, str | None]] = field(default_factory=list)
    source_refs: list[str] = field(default_factory=list)
    selection_refs: list[str] = field(default_factory=list)


@dataclass
class Coding:
    """One code given by one user at one time."""

    guid: str
    code_ref: str
    created_by: str | None = None
    created_at: str | None = None
    note_refs: list[str] = field(default_factory=list)


@dataclass
class Selection:
    """A span of a source's canonical text: code points, end exclusive.

    `start` and `end` are None where the stored positions could not be placed in the text; `raw` keeps
    them as stored. `name` is what the program wrote, often the quote.
    """

    guid: str
    start: int | None
    end: int | None
    raw: tuple[int, int]
    name: str | None = None
    description: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    codings: list[Coding] = field(default_factory=list)
    note_refs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Convention:
    """How a source's positions count, and why that is believed.

    `unit`: code point or utf-16; `line_end`: 1 or 2 positions per line end; `bom`: whether a byte order
    mark counts; `end_inclusive`: whether the end names the last character. `evidence` says it in words.
    """

    unit: str = "code point"
    line_end: int = 1
    bom: bool = False
    end_inclusive: bool = False
    evidence: str = field(default="", compare=False)
    basis: str = field(default="none", compare=False)  # none, quotes, boundaries, elsewhere, origin or settings

    @property
    def name(self) -> str:
        """In words."""
        words = [f"{self.unit}s" if self.unit == "code point" else "UTF-16 units", f"{self.line_end} per line end"]
        return ", ".join(words + ["byte order mark counted"] * self.bom + ["end inclusive"] * self.end_inclusive)


@dataclass
class TextSource:
    """A text with its selections. `text` is canonical (LF) or None where the export lacks the file.

    `container` is the GUID of the PDF, audio or video whose text this is; such texts are written back
    with their container, unchanged.
    """

    guid: str
    name: str | None = None
    text: str | None = None
    description: str | None = None
    selections: list[Selection] = field(default_factory=list)
    codings: list[Coding] = field(default_factory=list)
    note_refs: list[str] = field(default_factory=list)
    values: list[tuple[str, str | None]] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    in_line: bool = False
    container: str | None = None
    convention: Convention | None = None

    @property
    def text_sha256(self) -> str | None:
        """SHA-256 of the canonical text as UTF-8."""
        return None if self.text is None else hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class Set:
    """A named group of codes, sources or notes."""

    guid: str
    name: str
    description: str | None = None
    codes: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CodedSpan:
    """A coding with everything it refers to, resolved."""

    coding_id: str
    source: TextSource
    code: Code
    path: tuple[str, ...]
    coder: str
    start: int | None
    end: int | None
    quote: str
    memo: str | None
    created_at: str | None
    whole_document: bool = False
    coder_guid: str | None = None
    coder_of: str = "coding"  # what names the coder: the coding (or its selection), the source, or nothing

    @property
    def code_path(self) -> str:
        """The code's names from the root."""
        return PATH_SEPARATOR.join(self.path)


@dataclass
class Project:
    """A project as exchanged between programs. `limitations` says what was found and could not be used."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    users: list[User] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    sources: list[TextSource] = field(default_factory=list)
    notes: list[TextSource] = field(default_factory=list)
    sets: list[Set] = field(default_factory=list)
    description: str | None = None
    note_refs: list[str] = field(default_factory=list)
    carried: dict[str, list[str]] = field(default_factory=dict)  # container → XML elements written back as read
    attachments: dict[str, bytes] = field(default_factory=dict)  # files those elements name
    limitations: list[str] = field(default_factory=list)
    aside: Counter[str] = field(default_factory=Counter)  # codings that are not of texts: why → how many

    def walk_codes(self) -> Iterator[tuple[Code, Code | None, tuple[str, ...]]]:
        """All codes, parents first: (code, parent, names from the root)."""
        for code in self.codes:
            yield from code.walk()

    def codings(self) -> Iterator[CodedSpan]:
        """All codings of texts, by source and position; a coding of a whole source spans its text."""
        codes = {code.guid: (code, path) for code, _, path in self.walk_codes()}
        users = {user.guid: user.name or user.id or user.guid for user in self.users}
        notes = {note.guid: note.text or note.description or "" for note in self.notes}

        def resolved(source: TextSource, coding: Coding, selection: Selection | None) -> CodedSpan:
            code, path = codes[coding.code_ref]
            text = source.text or ""
            start, end = (
                (selection.start, selection.end) if selection else (0 if source.text is not None else None, None)
            )
            end = len(text) if selection is None and source.text is not None else end
            marked = selection.attributes if selection else {}
            own = coding.created_by or marked.get("creatingUser") or marked.get("modifyingUser")
            by = own or source.attributes.get("creatingUser")
            refs = [*coding.note_refs, *(selection.note_refs if selection else [])]
            memo = "\n".join(
                t for t in [selection.description if selection else None, *(notes.get(r, "") for r in refs)] if t
            )
            quote = (
                text[start:end]
                if start is not None and end is not None
                else (selection.name or "" if selection else "")
            )
            at = coding.created_at or (selection.attributes.get("creationDateTime") if selection else None)
            return CodedSpan(
                coding.guid,
                source,
                code,
                path,
                users.get(by, by) if by else "unknown coder",
                start,
                end,
                quote,
                memo or None,
                at,
                selection is None,
                by,
                "coding" if own else "source" if by else "nothing",
            )

        for source in self.sources:
            found = [resolved(source, c, s) for s in source.selections for c in s.codings]
            found += [resolved(source, c, None) for c in source.codings]
            yield from sorted(found, key=lambda c: (c.start is None, c.start or 0, c.end or 0))

    def variables_of(self, source: TextSource) -> dict[str, str]:
        """A source's variables by name: its own, those of its cases, and the names of its case and sets.

        Programs use three routes (a value on the source, a named case, a nameless case with one source)
        and document groups as sets; all are followed, the nearest wins.
        """
        names = {v.guid: v.name for v in self.variables}
        mine = {source.guid, source.container}
        cases = [
            c
            for c in self.cases
            if mine & set(c.source_refs) or {s.guid for s in source.selections} & set(c.selection_refs)
        ]
        found: dict[str, str] = {}
        for values in [source.values, *(c.values for c in cases)]:
            for ref, value in values:
                if value is not None:
                    found.setdefault(names.get(ref, ref), value)
        named = [c.name for c in cases if c.name]
        if named:
            found.setdefault("Case", "; ".join(named))
        groups = [s.name for s in self.sets if mine & set(s.sources)]
        if groups:
            found.setdefault("Sets", "; ".join(groups))
        return found
