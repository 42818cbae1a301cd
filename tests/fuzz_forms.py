"""The forms that an export comes in beside its own: a workbook, a sheet of LibreOffice, a zip of parts; and changes inside of archives.

A change of a packed byte is found by its checksum. What a reader must stand is a member that is changed and packed again.
"""

from __future__ import annotations

import copy
import csv
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

XML_TOKENS = [b"<", b"</", b"/>", b"&amp;", b"&x;", b"&#0;", b"&#x110000;", b"]]>", b"<![CDATA[", b"<!-- -->", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<a " * 40, b"<a>" * 300, b'guid="x"', b' guid=""', b' r="ZZZ9999999"',
              b' r="A0"', b' t="s"', b' t="e"', b' t="inlineStr"', b'number-rows-repeated="99999999"', b"-1", b"9" * 400, b"1e999", b"NaN", b"\0", b"\xff", b"\xed\xa0\xbd", b"\xef\xbb\xbf", b"<?xml version='1.0' encoding='utf-16'?>",
              b"<row/>", b"<c/>", b"<v></v>", b"startPosition", b"endPosition", b"../../x", b"internal://", b"\xf0\x9f\x98\x80", b"\r\n", b" " * 3_000]
VALUES: list[str] = ["", " ", "-1", "0", "1", "9" * 30, "1e999", "NaN", "true", "x", "x" * 20_000, "..", "../../x", "internal://../x.txt", "internal://x", "relative:///x", "{}", "00000000-0000-0000-0000-000000000000",
                    "2026-13-45T99:99:99Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "\u202eabc", "\U0001f4a5", "e\u0301", "<b>", "#ff", "a\tb\nc", "ZZZ9999999", "s", "e", "d"]
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def as_workbook(raw: bytes) -> bytes:
    """A CSV as the only sheet of an .xlsx; numbers as numbers."""
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Rows")
        for i, row in enumerate(_rows(raw)):
            for j, cell in enumerate(row):
                if i and cell.isdigit() and len(cell) < 10 and str(int(cell)) == cell:
                    sheet.write_number(i, j, int(cell))
                elif cell:
                    sheet.write_string(i, j, cell)
    return made.getvalue()


def as_open_document(raw: bytes) -> bytes:
    """A CSV as the only sheet of an .ods."""
    rows = "".join(f"<table:table-row>{''.join(_cell(c) for c in row)}</table:table-row>" for row in _rows(raw))
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{_OFFICE}office:1.0" xmlns:table="{_OFFICE}table:1.0" xmlns:text="{_OFFICE}text:1.0">'
               f'<office:body><office:spreadsheet><table:table table:name="Rows">{rows}</table:table></office:spreadsheet></office:body></office:document-content>')
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode("utf-8", "replace")})


def as_parts(name: str, raw: bytes) -> bytes:
    """The lines in two files of one archive; those of a CSV under one header."""
    ending = name.rpartition(".")[2]
    lines = raw.splitlines(keepends=True)
    if ending == "csv" and (b'"' not in raw or all(line.count(b'"') % 2 == 0 for line in lines)):
        half = (len(lines) + 1) // 2
        return zipped({"out/part-1.csv": b"".join(lines[:half]), "out/part-2.csv": b"".join([*lines[:1], *lines[half:]]), "out/readme.md": b"two parts"})
    if ending == "jsonl" and len(lines) > 1:
        return zipped({"a.jsonl": b"".join(lines[:1]), "b.jsonl": b"".join(lines[1:])})
    return zipped({f"a.{ending}": raw})


def zipped(members: dict[str, bytes]) -> bytes:
    """An archive of these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def unzipped(raw: bytes) -> dict[str, bytes] | None:
    """The members by name; None for what is no intact archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}
    except Exception:  # whatever a damaged archive raises
        return None


def inside(raw: bytes, chance: random.Random, mutated: Callable[[bytes, random.Random, list[bytes]], bytes], tokens: list[bytes]) -> bytes:
    """The archive with its members changed and packed again: their bytes, their names, which there are."""
    members = unzipped(raw)
    if not members:
        return mutated(raw, chance, tokens)
    names = sorted(members)
    for _ in range(chance.choice([1, 1, 2, 4])):
        name, what = chance.choice(names), chance.random()
        if name not in members:
            continue
        if what < 0.8:
            is_xml = members[name].lstrip().startswith((b"<", b"\xef\xbb\xbf<"))
            members[name] = xml_changed(members[name], chance) if is_xml and chance.random() < 0.6 else mutated(members[name], chance, [*XML_TOKENS, *tokens] if is_xml else tokens)
        elif what < 0.85:
            del members[name]
        elif what < 0.9:
            members[name] = members[chance.choice(sorted(members))]
        elif what < 0.95:
            members[chance.choice(["../x", "/x", "x" * 300, "a\0b.csv", "C:\\x.csv", ".hidden.csv", "more.csv", "more.json", "__MACOSX/a.csv", "caf\u00e9.csv", name.upper()])] = members.pop(name)
        else:
            members[name] = zipped({"inner.csv": members[name]})
    return zipped(members)


def xml_changed(raw: bytes, chance: random.Random) -> bytes:
    """XML that stays well-formed: elements gone, twice, elsewhere or of another name; values gone, hostile or taken from elsewhere."""
    from xml.etree import ElementTree  # its own output or the project's, not a stranger's

    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, ValueError):
        return raw
    for _ in range(chance.choice([1, 1, 2, 4])):
        every = list(root.iter())
        parents = [e for e in every if len(e)]
        node, other = chance.choice(every), chance.choice(every)
        what = chance.randrange(8)
        if what == 0 and parents:
            parent = chance.choice(parents)
            parent.remove(chance.choice(list(parent)))
        elif what == 1 and parents:
            parent = chance.choice(parents)
            parent.extend([copy.deepcopy(chance.choice(list(parent)))] * chance.choice([1, 3, 200]))
        elif what == 2:
            node.append(copy.deepcopy(other) if len(list(other.iter())) < 50 else ElementTree.Element(other.tag))
        elif what == 3:
            node.tag = other.tag
        elif what == 4:
            node.text = chance.choice([*VALUES, other.text])
        elif what == 5 and node.attrib:
            del node.attrib[chance.choice(sorted(node.attrib))]
        elif node.attrib:
            taken = list(other.attrib.values())
            node.attrib[chance.choice(sorted(node.attrib))] = str(chance.choice([*VALUES, *taken]) or "")
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def rows_inside(raw: bytes) -> int | None:
    """Rows below the header of the only sheet, by another reader of workbooks; None where it cannot tell."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheets = [[row for row in sheet.iter_rows(values_only=True) if any(v is not None and str(v).strip() for v in row)] for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except Exception:  # whatever a damaged workbook raises
        return None
    full = [rows for rows in sheets if len(rows) > 1]
    return len(full[0]) - 1 if len(full) == 1 else None


def forms_of(path: Path) -> list[str]:
    """The forms that a file may come in beside its own."""
    return [*FORMS] if path.suffix == ".csv" else ["parts"] if path.suffix in (".json", ".jsonl") else []


def _rows(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig", "replace"), newline="")))


def _cell(text: str) -> str:
    shown = escape("".join(c for c in text if c >= " "))
    return f'<table:table-cell office:value-type="string"><text:p>{shown}</text:p></table:table-cell>' if text else "<table:table-cell/>"


FORMS: dict[str, Callable[[str, bytes], Any]] = {"workbook": lambda _, raw: as_workbook(raw), "open document": lambda _, raw: as_open_document(raw), "parts": as_parts}
