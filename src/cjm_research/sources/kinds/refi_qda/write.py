"""Writing REFI-QDA 1.0: XSD-valid `.qdpx` and `.qdc` that other programs read.

Upper-case GUIDs without braces, `project.qde`, a flat `sources` folder, UTF-8 without byte order mark, LF,
code points, end exclusive: the reading of the standard that its own examples follow. `line_ends="crlf"`
serves programs that count a line end as two (MAXQDA).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from cjm_research.errors import BadInput

from ...reading.archives import parse_xml
from .elements import CODEBOOK_NS, ORIGIN, PROJECT_NS
from .model import Case, Code, Coding, Project, Selection, TextSource

XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMAS = {
    PROJECT_NS: "http://schema.qdasoftware.org/versions/Project/v1.0/Project.xsd",
    CODEBOOK_NS: "http://schema.qdasoftware.org/versions/Codebook/v1.0/Codebook.xsd",
}
VALUE_TAGS = {
    "Text": "TextValue",
    "Boolean": "BooleanValue",
    "Integer": "IntegerValue",
    "Float": "FloatValue",
    "Date": "DateValue",
    "DateTime": "DateTimeValue",
}
COLOR = re.compile(r"#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})")
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
STAMP = (1980, 1, 1, 0, 0, 0)  # of zip members: the same project gives the same bytes


def write_qdpx(
    project: Project,
    path: Path | str,
    line_ends: Literal["lf", "crlf"] = "lf",
    unlocated: Literal["refuse", "skip"] = "refuse",
) -> Path:
    """Write a project. Reading it back gives the same codes, texts, spans, coders, cases, sets and notes.

    The format cannot express a selection without a position: such ones raise `BadInput`, or are left out
    with `unlocated="skip"` (the caller then exports them otherwise). Where the source has no text either, the
    stored positions are written back as they came. `origin` becomes this package, which wrote the file.
    """
    path, files = Path(path), dict(project.attachments)
    names = project.attributes | {"name": project.name or path.stem, "origin": ORIGIN}
    root = Element(
        "Project",
        {
            "xmlns": PROJECT_NS,
            "xmlns:xsi": XSI,
            "xsi:schemaLocation": f"{PROJECT_NS} {SCHEMAS[PROJECT_NS]}",
            **_clean(names),
        },
    )
    _list(root, "Users", (_element("User", guid=u.guid, name=u.name, id=u.id) for u in project.users))
    if project.codes:
        _list(SubElement(root, "CodeBook"), "Codes", (_code(c) for c in project.codes))
    _list(
        root,
        "Variables",
        (
            _described(_element("Variable", guid=v.guid, name=v.name, typeOfVariable=v.type), v.description)
            for v in project.variables
        ),
    )
    types = {v.guid: v.type for v in project.variables}
    _list(root, "Cases", (_case(c, types) for c in project.cases))
    own = [_text("TextSource", s, types, files, line_ends, unlocated) for s in project.sources if s.container is None]
    _list(root, "Sources", [*own, *(_carried(xml) for xml in project.carried.get("Sources", []))])
    _list(root, "Notes", (_text("Note", n, types, files, line_ends, unlocated) for n in project.notes))
    _list(root, "Links", (_carried(xml) for xml in project.carried.get("Links", [])))
    sets = []
    for s in project.sets:
        sets.append(_described(_element("Set", guid=s.guid, name=s.name), s.description))
        for tag, refs in (("MemberCode", s.codes), ("MemberSource", s.sources), ("MemberNote", s.notes)):
            _references(sets[-1], tag, refs)
    _list(root, "Sets", sets)
    _list(root, "Graphs", (_carried(xml) for xml in project.carried.get("Graphs", [])))
    _described(root, project.description)
    _references(root, "NoteRef", project.note_refs)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "project.qde", _document(root))
        for name, content in sorted(files.items()):
            _add(archive, f"sources/{name}", content)
    return path


def write_qdc(project: Project, path: Path | str) -> Path:
    """Write the codes and their sets as a codebook. Raises `BadInput` for a project without codes."""
    if not project.codes:
        raise BadInput("write_qdc", "a project without codes", "at least one code; the format has no empty codebook", "add a code first")
    root = Element(
        "CodeBook",
        {
            "xmlns": CODEBOOK_NS,
            "xmlns:xsi": XSI,
            "xsi:schemaLocation": f"{CODEBOOK_NS} {SCHEMAS[CODEBOOK_NS]}",
            **_clean({"origin": ORIGIN}),
        },
    )
    _list(root, "Codes", (_code(c, notes=False) for c in project.codes))
    sets = []
    for s in project.sets:
        if s.codes:
            sets.append(_described(_element("Set", guid=s.guid, name=s.name), s.description))
            for ref in s.codes:
                SubElement(sets[-1], "MemberCode", {"guid": ref})
    _list(root, "Sets", sets)
    Path(path).write_bytes(_document(root))
    return Path(path)


def _carried(xml: str) -> Element:
    """An element kept as text when the project was read."""
    return parse_xml(xml.encode("utf-8"), "REFI-QDA")


def _code(code: Code, notes: bool = True) -> Element:
    color = code.color if code.color and COLOR.fullmatch(code.color) else None
    element = _element("Code", guid=code.guid, name=code.name, isCodable=str(code.is_codable).lower(), color=color)
    _described(element, code.description)
    if notes:
        _references(element, "NoteRef", code.note_refs)
    element.extend(_code(child, notes) for child in code.children)
    return element


def _case(case: Case, types: dict[str, str]) -> Element:
    element = _described(_element("Case", guid=case.guid, name=case.name), case.description)
    _references(element, "CodeRef", case.code_refs)
    element.extend(_value(ref, value, types) for ref, value in case.values)
    _references(element, "SourceRef", case.source_refs)
    _references(element, "SelectionRef", case.selection_refs)
    return element


def _value(ref: str, value: str | None, types: dict[str, str]) -> Element:
    element = Element("VariableValue")
    SubElement(element, "VariableRef", {"targetGUID": ref})
    if value is not None:
        SubElement(element, VALUE_TAGS[types.get(ref, "Text")]).text = _xml_text(value)
    return element


def _text(
    tag: str, source: TextSource, types: dict[str, str], files: dict[str, bytes], line_ends: str, unlocated: str
) -> Element:
    attributes = dict(source.attributes)
    if source.text is not None:
        attributes.pop("plainTextPath", None)
        # XML cannot hold control characters and turns CR into LF, so such texts go into a file.
        if source.in_line and not NOT_XML.search(source.text) and (line_ends == "lf" or not source.selections):
            content: str | None = source.text
        else:
            content = None
            name = f"{source.guid}.txt"
            attributes["plainTextPath"] = f"internal://{name}"
            files[name] = (source.text.replace("\n", "\r\n") if line_ends == "crlf" else source.text).encode("utf-8")
    else:
        content = None
    element = _described(_element(tag, guid=source.guid, name=source.name, **attributes), source.description)
    if content is not None:
        SubElement(element, "PlainTextContent").text = content
    for selection in source.selections:
        if unlocated == "skip" and source.text is not None and selection.start is None:
            continue
        element.append(_selection(selection, source, line_ends))
    element.extend(_coding(c) for c in source.codings)
    _references(element, "NoteRef", source.note_refs)
    element.extend(_value(ref, value, types) for ref, value in source.values)
    return element


def _selection(selection: Selection, source: TextSource, line_ends: str) -> Element:
    start, end = selection.start, selection.end
    if source.text is None:
        start, end = selection.raw
    elif start is None or end is None:
        raise BadInput(
            "write_qdpx",
            f"{source.name or source.guid}: a coding without a position ({(selection.name or '')[:60]!r})",
            "located codings; REFI-QDA has no others",
            "locate them or leave them out, and export the codings as CSV too",
        )
    elif line_ends == "crlf":
        start, end = (at + source.text.count("\n", 0, at) for at in (start, end))
    element = _element(
        "PlainTextSelection",
        guid=selection.guid,
        name=selection.name,
        startPosition=str(start),
        endPosition=str(end),
        **selection.attributes,
    )
    _described(element, selection.description)
    element.extend(_coding(c) for c in selection.codings)
    _references(element, "NoteRef", selection.note_refs)
    return element


def _coding(coding: Coding) -> Element:
    element = _element("Coding", guid=coding.guid, creatingUser=coding.created_by, creationDateTime=coding.created_at)
    SubElement(element, "CodeRef", {"targetGUID": coding.code_ref})
    _references(element, "NoteRef", coding.note_refs)
    return element


def _element(tag: str, **attributes: str | None) -> Element:
    return Element(tag, _clean({k: v for k, v in attributes.items() if v is not None}))


def _clean(attributes: dict[str, str]) -> dict[str, str]:
    return {k: _xml_text(v) for k, v in attributes.items()}


def _xml_text(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)


def _described(element: Element, description: str | None) -> Element:
    if description is not None:
        SubElement(element, "Description").text = _xml_text(description)
    return element


def _references(element: Element, tag: str, refs: Iterable[str]) -> None:
    for ref in refs:
        SubElement(element, tag, {"targetGUID": ref})


def _list(parent: Element, tag: str, children: Iterable[Element]) -> None:
    found = list(children)
    if found:  # the schema allows no empty lists
        SubElement(parent, tag).extend(found)


def _document(root: Element) -> bytes:
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, STAMP)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)
