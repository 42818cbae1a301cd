"""The coded project as REFI-QDA (`.qdpx`), as a coding program exports it: two coders, code tree, cases.

The elements stand in the order the schema wants; positions are code points, the end is exclusive.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from ..codes import CODES, COLORS, EMOTION_MEMOS, FOLDERS, VALENCES
from ..interviews import CODERS, Coding
from ..simulate import Simulation
from .files import write_zip
from .transcripts import Document, held_on

NAMESPACE = UUID("a8b7c4de-31f5-4f55-9b36-6f3a1d2b9c01")
SCHEMA = "urn:QDA-XML:project:1.0 http://schema.qdasoftware.org/versions/Project/v1.0/Project.xsd"
PROJECT_DATE = "2026-06-29T09:00:00Z"


def write_codings(sim: Simulation, raw: Path, documents: Sequence[Document]) -> None:
    """`interviews/codings.qdpx`."""
    root = Element(
        "Project",
        {
            "xmlns": "urn:QDA-XML:project:1.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": SCHEMA,
            "name": "Birkfell interviews 2026",
            "origin": "Birkfell research",
            "creatingUserGUID": _guid("user", CODERS[0]),
            "creationDateTime": PROJECT_DATE,
        },
    )
    users = SubElement(root, "Users")
    for coder in CODERS:
        SubElement(users, "User", {"guid": _guid("user", coder), "name": coder})
    _codebook(SubElement(SubElement(root, "CodeBook"), "Codes"))
    variables = SubElement(root, "Variables")
    for name, kind in (("Persona", "Text"), ("Age", "Integer")):
        SubElement(variables, "Variable", {"guid": _guid("variable", name), "name": name, "typeOfVariable": kind})
    cases = SubElement(root, "Cases")
    sources = SubElement(root, "Sources")
    members: dict[str, bytes] = {}
    for document in documents:
        talk = document.interview
        source = _guid("source", document.name)
        case = SubElement(cases, "Case", {"guid": _guid("case", document.name), "name": talk.participant})
        for name, tag, value in (("Persona", "TextValue", talk.persona), ("Age", "IntegerValue", str(talk.age))):
            holder = SubElement(case, "VariableValue")
            SubElement(holder, "VariableRef", {"targetGUID": _guid("variable", name)})
            SubElement(holder, tag).text = value
        SubElement(case, "SourceRef", {"targetGUID": source})
        members[f"sources/{source}.txt"] = document.text.encode()
        _source(sources, source, document, [c for c in sim.codings if c.participant == talk.participant])
    xml = b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="utf-8")
    write_zip(raw / "interviews" / "codings.qdpx", {"project.qde": xml, **members})


def _codebook(codes: Element) -> None:
    for kind, folder in FOLDERS.items():
        top = SubElement(
            codes,
            "Code",
            {"guid": _guid("folder", folder), "name": folder, "isCodable": "false", "color": COLORS[kind]},
        )
        members = (
            [(name, f"Valence {value:+d}. {EMOTION_MEMOS[name]}") for name, value in VALENCES.items()]
            if kind == "emotion"
            else [(c.name, c.memo) for c in CODES if c.kind == kind]
        )
        for name, memo in members:
            code = SubElement(
                top, "Code", {"guid": _guid("code", name), "name": name, "isCodable": "true", "color": COLORS[kind]}
            )
            SubElement(code, "Description").text = memo


def _source(sources: Element, guid: str, document: Document, codings: Sequence[Coding]) -> None:
    made = f"{held_on(document.interview)}T18:00:00Z"
    source = SubElement(
        sources,
        "TextSource",
        {
            "guid": guid,
            "name": document.name,
            "plainTextPath": f"internal://{guid}.txt",
            "creatingUser": _guid("user", CODERS[0]),
            "creationDateTime": made,
        },
    )
    for i, c in enumerate(sorted(codings, key=lambda c: (c.turn, c.first, c.last, c.coder, c.code))):
        start, end = document.spans[c.turn][c.first][0], document.spans[c.turn][c.last][1]
        coder = _guid("user", CODERS[c.coder])
        at = f"2026-06-{15 + c.coder:02d}T{9 + i // 60:02d}:{i % 60:02d}:00Z"
        selection = SubElement(
            source,
            "PlainTextSelection",
            {
                "guid": _guid("selection", document.name, i),
                "name": document.text[start:end],
                "startPosition": str(start),
                "endPosition": str(end),
                "creatingUser": coder,
                "creationDateTime": at,
            },
        )
        coding = SubElement(
            selection,
            "Coding",
            {"guid": _guid("coding", document.name, i), "creatingUser": coder, "creationDateTime": at},
        )
        SubElement(coding, "CodeRef", {"targetGUID": _guid("code", c.code)})


def _guid(*parts: object) -> str:
    return str(uuid5(NAMESPACE, "\x1f".join(str(p) for p in parts))).upper()
