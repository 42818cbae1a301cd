"""One door for all transcript files."""

from __future__ import annotations

import codecs
import hashlib
import json
from dataclasses import replace
from pathlib import Path

from cjm_research.errors import BadInput

from ...reading.containers import HEAD, begins_as_json, known_format
from .cues import has_timed_lines, parse_cues
from .model import MAX_BYTES, Settings, Transcript
from .pdf import pdf_text
from .text import parse_text
from .word import docx_text

ENDINGS = (".txt", ".md", ".vtt", ".srt", ".sbv", ".docx", ".pdf")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def parse_transcript(path: Path | str, settings: Settings | None = None) -> Transcript:
    """A transcript from a .txt, .md, .vtt, .srt, .sbv, .docx or .pdf file.

    The canonical text has LF line ends; turns are spans of it in code points, end exclusive. What belongs to
    no turn is in `leftovers`, what nobody said in `memos`. Raises `BadInput` for files that are empty, too
    large, binary, encrypted, damaged or of another kind.
    """
    path, settings = Path(path), settings or Settings()
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise BadInput(
            path.name,
            f"a transcript of kind {ending or 'without ending'!r}",
            ", ".join(ENDINGS),
            "save it as .txt or .docx",
        )
    if not path.is_file():
        raise BadInput(path.name, "no such file", "an existing transcript", "correct the path")
    size = path.stat().st_size
    if not size or size > MAX_BYTES:
        raise BadInput(
            path.name,
            "the file is empty" if not size else f"{size:,} bytes",
            f"1 to {MAX_BYTES:,} bytes",
            "export it again",
        )
    content = path.read_bytes()
    format_ = known_format(content[:HEAD], content, path.name)
    if format_ and not (ending == ".docx" and "text document" in format_[0]) and not (ending == ".pdf" and "PDF" in format_[0]):
        next_ = "give it the ending .pdf" if "PDF" in format_[0] else "give it the ending .docx" if "text document" in format_[0] else (
            format_[1] if any(w in format_[0] for w in ("archive", "gzip", "TTML", "recording")) else "save the transcript as .docx, .vtt, .srt or plain text (Name: words)")
        raise BadInput(path.name, f"this is {format_[0]} under the name of a transcript", ", ".join(ENDINGS), next_)
    notes: list[str] = []
    if ending == ".docx":
        text, notes = docx_text(path, content)
        found = _lines(text, settings)
    elif ending == ".pdf":
        text, leftovers, notes = pdf_text(path, content, settings)
        found = parse_text(text, settings)
        found = replace(found, leftovers=(*leftovers, *found.leftovers))
    else:
        text, notes = decode(content, path.name, settings.encoding)
        if ending == ".vtt" or text.startswith("WEBVTT"):
            if not text.startswith("WEBVTT"):
                notes.append("the WEBVTT line is missing; read as WebVTT by its ending")
            found = parse_cues(text, "webvtt", settings)
        elif ending in (".srt", ".sbv"):
            found = parse_cues(text, "srt", settings)
        else:
            _refuse_data(text, path.name)
            found = _lines(text, settings)
    if not found.turns:
        raise BadInput(
            path.name,
            f"no turn could be read ({len(found.leftovers)} lines left over)",
            "a transcript with words",
            "look at the file; is it another format under this name?",
        )
    return replace(found, notes=(*notes, *found.notes), raw_sha256=hashlib.sha256(content).hexdigest())


def _refuse_data(text: str, where: str) -> None:
    """Raise `BadInput` for a transcript that a program wrote as data: its keys and brackets are nobody's words."""
    if begins_as_json(text.encode("utf-8", "replace")[:HEAD]):
        try:
            json.loads(text)
        except ValueError:
            try:
                json.loads(text.strip().partition("\n")[0])
            except ValueError:
                return
        raise BadInput(where, "this is JSON under the name of a transcript", ", ".join(ENDINGS), "export the transcript as .vtt, .srt, .docx or plain text (Name: words)")


def _lines(text: str, settings: Settings) -> Transcript:
    """A document's transcript; one that holds lines of times is read as cues, since times are no words."""
    return parse_cues(text, "lines", settings) if has_timed_lines(text) and not settings.style else parse_text(text, settings)


def decode(content: bytes, where: str, encoding: str | None = None) -> tuple[str, list[str]]:
    """Canonical text of bytes (LF, no byte order mark) and notes on how it was decoded.

    UTF-8, or what a byte order mark says, or `encoding`; otherwise Windows-1252 with a note. Raises
    `BadInput` for binary content.
    """
    notes: list[str] = []
    mark = next(((m, e) for m, e in _MARKS if content.startswith(m)), None)
    if mark:
        text = _strict(content[len(mark[0]) :], mark[1], where)
    elif encoding:
        text = _strict(content, encoding, where)
    else:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as bad:
            if b"\0" in content:
                raise BadInput(where, "binary content", "a text file", "export it as UTF-8 text") from None
            text = content.decode("cp1252", errors="replace")
            notes.append(f"not UTF-8 (byte {bad.start}); read as Windows-1252, set `encoding` if that is wrong")
    if "\0" in text:
        raise BadInput(where, "binary content (NUL characters)", "a text file", "export it as UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def _strict(content: bytes, encoding: str, where: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as cause:
        raise BadInput(
            where,
            f"is not {encoding} ({cause})",
            "the encoding it was written in",
            "set `encoding`, or save it as UTF-8",
        ) from cause
