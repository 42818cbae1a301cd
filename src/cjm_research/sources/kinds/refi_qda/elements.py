"""The small elements of REFI-QDA files, read one by one, in whatever form programs write them."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

from cjm_research.errors import BadInput

from .model import Case, Code, Coding, guid

PROJECT_NS, CODEBOOK_NS = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
ORIGIN = "cjm_research"
GUID_ATTRIBUTES = (
    "guid",
    "targetGUID",
    "creatingUser",
    "modifyingUser",
    "creatingUserGUID",
    "modifyingUserGUID",
    "representedGUID",
    "sourceVertex",
    "targetVertex",
    "originGUID",
    "fromSyncPoint",
    "toSyncPoint",
)


def check_root(root: Element, tag: str, namespace: str, where: str) -> None:
    """Check the root and strip namespaces. Some programs write an older namespace or only a schemaLocation."""
    space, _, name = root.tag.rpartition("}")
    if name != tag or (space and not space.startswith("{urn:QDA-XML:")):
        raise BadInput(
            where,
            f"root element {root.tag!r}",
            f"{tag} in namespace {namespace}",
            "export it as REFI-QDA " + ("project (.qdpx)" if tag == "Project" else "codebook (.qdc)"),
        )
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
        for key in [k for k in element.attrib if k.startswith("{")]:
            del element.attrib[key]


def normal_guids(root: Element, where: str) -> None:
    """Bring every GUID of the tree into one form. Raises `BadInput` for what is none."""
    for element in root.iter():
        for key in GUID_ATTRIBUTES:
            value = element.get(key)
            if value == "" and key != "guid":
                del element.attrib[key]
            elif value is not None:
                element.set(key, guid(value, f"{where}: {element.tag}"))


def read_code(element: Element, where: str) -> Code:
    """A code with all below it."""
    color = element.get("color")
    return Code(
        need(element, "guid", where),
        element.get("name", ""),
        element.get("isCodable", "true").strip() in ("true", "1"),
        color,
        element.findtext("Description"),
        refs(element, "NoteRef"),
        [read_code(child, where) for child in element.iterfind("Code")],
    )


def read_coding(element: Element, where: str) -> Coding:
    """A coding; one without a code is refused."""
    ref = element.find("CodeRef")
    if ref is None or not ref.get("targetGUID"):
        raise BadInput(where, f"coding {element.get('guid')} names no code", "one CodeRef in every Coding", "export the project again")
    return Coding(
        need(element, "guid", where),
        ref.get("targetGUID", ""),
        element.get("creatingUser"),
        element.get("creationDateTime"),
        refs(element, "NoteRef"),
    )


def read_case(element: Element, where: str) -> Case:
    """A case with its variables."""
    return Case(
        need(element, "guid", where),
        element.get("name"),
        element.findtext("Description"),
        refs(element, "CodeRef"),
        read_values(element),
        refs(element, "SourceRef"),
        refs(element, "SelectionRef"),
    )


def read_values(element: Element) -> list[tuple[str, str | None]]:
    """(variable, value as text) pairs; a value that is not given is None."""
    found = []
    for value in element.iterfind("VariableValue"):
        ref = value.find("VariableRef")
        held = next((child.text or "" for child in value if child.tag != "VariableRef"), None)
        if ref is not None:
            found.append((ref.get("targetGUID", ""), held))
    return found


def refs(element: Element, tag: str) -> list[str]:
    """The GUIDs that the children of a kind refer to."""
    return [ref.get("targetGUID", "") for ref in element.iterfind(tag)]


def need(element: Element, key: str, where: str) -> str:
    """An attribute that must be there."""
    value = element.get(key)
    if not value:
        raise BadInput(
            where, f"{element.tag} {element.get('name', '')!r} has no {key}", f"a {key} on every {element.tag}",
            "export the project again"
        )
    return value


def integer(element: Element, key: str, where: str) -> int:
    """A position."""
    value = element.get(key, "")
    try:
        return int(value)
    except ValueError:
        raise BadInput(where, f"{element.tag} {element.get('guid')}: {key} {value[:40]!r}", "a whole number", "export the project again") from None


def as_text(element: Element) -> str:
    """The element as XML, to be written back as it came."""
    element.tail = None
    return tostring(element, encoding="unicode")
