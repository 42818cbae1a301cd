"""What a file is by its first bytes, whatever its name says, and what to do with one that is no table."""

from __future__ import annotations

import re
from pathlib import Path

from ...errors import BadInput

HEAD = 4096  # bytes at the beginning that tell a format
_TAIL = 1 << 16  # a zip file lists its members at its end
_CSV = "in Excel or LibreOffice: File > Save as > CSV UTF-8 (comma delimited)"
_AGAIN = "export the data as delimited text (CSV), JSON lines or Parquet"
_ZIPS = (
    (rb"xl/workbook\.xml|xl/worksheets/|xl/_rels", "an Excel workbook (.xlsx)", f"save the sheet as CSV UTF-8, {_CSV}"),
    (rb"xl/workbook\.bin", "a binary Excel workbook (.xlsb)", f"save the sheet as CSV UTF-8, {_CSV}"),
    (rb"opendocument\.spreadsheet", "a LibreOffice spreadsheet (.ods)", f"save the sheet as CSV UTF-8, {_CSV}"),
    (rb"Index/[A-Za-z/]*\.iwa", "a Numbers or Pages document", "export it as CSV: File > Export To > CSV"),
    (rb"word/document|opendocument\.text", "a text document (.docx or .odt)", "save a table as CSV UTF-8; for an interview use kind: transcripts and .docx"),
    (rb"ppt/presentation", "a PowerPoint file", _AGAIN),
    (rb"\.qde", "a REFI-QDA project (.qdpx)", "use kind: refi_qda and the ending .qdpx"),
)
_STARTS = (
    (rb"PAR1", "a Parquet file", "name it .parquet"),
    (rb"%PDF-|\s{0,64}%PDF-", "a PDF", f"{_AGAIN}; for an interview use kind: transcripts and the ending .pdf"),
    (rb"\x1f\x8b", "a gzip file", "unpack it, or export it once more"),
    (rb"BZh[1-9]1AY&SY", "a bzip2 archive", "unpack it, or pack it with gzip"),
    (rb"\xfd7zXZ\x00", "an xz archive", "unpack it, or pack it with gzip"),
    (rb"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it, or pack it with gzip"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it"),
    (rb"Rar!\x1a\x07", "a RAR archive", "unpack it"),
    (rb"ARROW1|FEA1", "an Arrow or Feather file", "write it as Parquet"),
    (rb"ORC", "an ORC file", "write it as Parquet"),
    (rb"Obj\x01", "an Avro file", "write it as Parquet or JSON lines"),
    (rb"SQLite format 3\x00", "a SQLite database", "use a kind made of rows (events, feedback, customers, …), or export the table as CSV"),
    (rb"Hyper", "a Tableau extract (.hyper)", "export the table as CSV, or write it as Parquet with Tableau's tools"),
    (rb"\$FL[23]", "an SPSS file (.sav)", "use a kind made of rows (survey, customers, …), or export it as CSV, with value labels"),
    (rb"<stata_dta>", "a Stata file", "use a kind made of rows (survey, customers, …), or export it as CSV, with value labels"),
    (rb"\x89HDF", "an HDF5 file", "export the table as CSV or Parquet"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "a picture", _AGAIN),
    (rb"\s{0,64}(?:<\?xml[^>]{0,200}>\s{0,64})?<tt[\s:>]", "a TTML subtitle file", "save the subtitles as .vtt or .srt"),
    (rb"\{\\rtf", "an RTF document", "save it as .docx or plain text"),
    (rb"\x04\x22\x4d\x18|\xff\x06\x00\x00sNaPpY", "an LZ4 or Snappy archive", "unpack it, or pack it with gzip"),
    (rb"RD[AX][23]\n", "a file of R (.rds, .RData)", "export the table as CSV or Parquet"),
    (rb"\x80[\x02-\x05][\x95\x63\x7d\x5d\x28\x71]", "a pickle of Python", "export the table as CSV or Parquet; such a file may run code and is never opened"),
    (rb"\x00{12}\xc2\xea\x81\x60", "a SAS file (.sas7bdat)", "export it as CSV"),
    (rb"\x00\x01\x00\x00Standard (?:Jet|ACE)", "an Access database", "export the table as CSV"),
    (rb"ID3|\xff[\xfb\xf3\xf2]|OggS|RIFF....WAVE|fLaC|.{4}ftyp", "a recording (audio or video)", "give the transcript: .docx, .vtt, .srt or plain text"),
    (rb"MZ[\x00-\xff]{2}\x00|\x7fELF", "a program", _AGAIN),
)
#: texts that are no rows; a kind that reads one of them looks for it itself
_TEXTS = (
    (rb"\s{0,64}<\?xml|\s{0,64}<[A-Za-z][\w.:-]{0,40}[\s>/]", "XML", f"{_AGAIN}; event logs in XES are read by kind: xes, codebooks by kind: refi_qda"),
    (rb"WEBVTT\b", "a WebVTT caption file", "use kind: transcripts and the ending .vtt"),
    (rb"(?:--[^\n]{0,80}\b(?:dump|SQL)\b|(?:CREATE TABLE|INSERT INTO|DROP TABLE|SET NAMES)\s)", "an SQL dump", "export the table as CSV, or load the dump into SQLite"),
    (rb"(?:From|Received|Return-Path|Delivered-To|Subject): [^\n]{0,200}\n(?:[A-Z][\w-]+: |[ \t])", "a mail", "save its attachment and give that"),
)
_OLE = b"\xd0\xcf\x11\xe0"
_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html|head|body|table|meta|title|script|div)\b", re.I | re.S)
_SHEET_XML = re.compile(rb"Excel\.Sheet|office:spreadsheet")
_MAIL = re.compile(rb"\s*MIME-Version:", re.I)
_JSON = re.compile(rb'\s*(?:\{\s*"|\[\s*[\[{])')


def first_bytes(path: Path) -> bytes:
    """The beginning of a file."""
    with path.open("rb") as file:
        return file.read(HEAD)


def known_format(raw: bytes, whole: Path | bytes | None = None, name: str = "") -> tuple[str, str] | None:
    """What a file is that is no delimited text, and what to do: ("an Excel workbook (.xlsx)", "save …"); None for others.

    raw: its first bytes; whole: the file itself, where the members of an archive shall be told; name: the file's name.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        around = raw[:HEAD] + _tail(whole)
        return next(((what, next_) for inside, what, next_ in _ZIPS if re.search(inside, around)), ("a zip archive", "unpack it; put the files inside it into the raw folder"))
    if raw.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in _content(whole, raw):
            return "an Office file with a password", f"open it with the password and save the sheet as CSV UTF-8, {_CSV}"
        return "an old Office file (.xls or .doc)", f"save the sheet as CSV UTF-8, {_CSV}"
    for start, what, next_ in _STARTS:
        if re.match(start, raw, re.S):
            return what, next_
    if raw[257:262] == b"ustar":
        return "a tar archive", "unpack it; put the files inside it into the raw folder"
    if _SHEET_XML.search(raw) and raw.lstrip().startswith((b"<", b"\xff\xfe<")):
        return "an Excel workbook written as XML or HTML", f"open it and save the sheet as CSV UTF-8, {_CSV}"
    if _HTML.match(raw):
        if name.lower().endswith((".xls", ".xlsx")):
            return "a web page (HTML table) under the name of a workbook", f"open it and save the sheet as CSV UTF-8, {_CSV}"
        return "a web page, perhaps a login page saved in place of the export", "export it again while signed in"
    if _MAIL.match(raw):
        return "a saved web page or mail (MIME)", f"open it and save the table as CSV UTF-8, {_CSV}"
    return None


def refuse_other_formats(raw: bytes, where: str, whole: Path | bytes | None = None, name: str = "",
                         allowed: str = "delimited text, JSON lines or Parquet") -> None:
    """Raise `BadInput` for what is no text of rows, by its first bytes."""
    if found := known_format(raw, whole, name):
        raise BadInput(where, f"this is {found[0]}", allowed, found[1])


def begins_as_json(raw: bytes) -> bool:
    """Whether a text begins as objects of JSON, or a list of them, do."""
    return bool(_JSON.match(raw.removeprefix(b"\xef\xbb\xbf")))


def refuse_other_texts(raw: bytes, where: str) -> None:
    """Raise `BadInput` where what should be delimited text begins as JSON, XML or another text without rows does."""
    if _JSON.match(raw):
        raise BadInput(where, "this is JSON", "delimited text under this name", "name it .json, or .jsonl where each line is one object")
    for start, what, next_ in _TEXTS:
        if re.match(start, raw.removeprefix(b"\xef\xbb\xbf"), re.I if "SQL" in what else 0):
            raise BadInput(where, f"this is {what}", "delimited text, JSON lines or Parquet", next_)


def _tail(whole: Path | bytes | None) -> bytes:
    if isinstance(whole, Path):
        with whole.open("rb") as file:
            file.seek(max(0, whole.stat().st_size - _TAIL))
            return file.read()
    return (whole or b"")[-_TAIL:]


def _content(whole: Path | bytes | None, raw: bytes) -> bytes:
    if isinstance(whole, Path):
        with whole.open("rb") as file:
            return file.read(64 << 20)
    return whole or raw
