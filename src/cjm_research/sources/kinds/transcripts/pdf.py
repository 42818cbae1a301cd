"""Text out of .pdf files, as lines for the text styles to tell apart."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

from cjm_research.errors import BadInput
from cjm_research.files import pdf_warnings

from . import labels
from .mixed import declared
from .model import Leftover, Settings
from .speakers import Known, Seen, judged
from .styles import STYLES

MAX_PAGES = 5_000
MAX_STEPS = 2_000_000  # drawing operators of a .pdf; a page of text has some hundred, and forms in forms multiply them
REPEATED_ON = 3  # pages a line must stand on at the top or bottom to be a header or footer


def pdf_text(path: Path, content: bytes, settings: Settings) -> tuple[str, list[Leftover], list[str]]:
    """The text of a PDF rebuilt: wrapped lines joined, page numbers and running heads taken out and told."""
    import pypdf

    try:
        with pdf_warnings() as warned:
            reader = pypdf.PdfReader(io.BytesIO(content))
            if reader.is_encrypted and not reader.decrypt(""):
                raise BadInput(path.name, "is protected by a password", "a PDF without a password", "save it without a password")
            if len(reader.pages) > MAX_PAGES:
                raise BadInput(path.name, f"{len(reader.pages):,} pages", f"at most {MAX_PAGES:,}", "split the document")
            work = _Work(path.name)
            pages = [[_spaces(line) for line in (page.extract_text(visitor_operand_before=work.step) or "").splitlines()] for page in reader.pages]
    except BadInput:
        raise
    except Exception as cause:
        raise BadInput(
            path.name, f"is no readable PDF ({type(cause).__name__})", "an intact PDF with text", "export it again"
        ) from cause
    if not any(line for page in pages for line in page):
        raise BadInput(
            path.name,
            f"has no text on its {len(pages)} pages (a scan?)",
            "a PDF with text",
            "run text recognition on it first",
        )
    lines, leftovers = _without_furniture(pages)
    notes = [f"text rebuilt from {len(pages)} PDF pages: line and page breaks may differ from the original"]
    if warned:
        notes.append(f"the PDF may be damaged ({warned[0].strip().rstrip('.')}) and was read as far as possible: compare the text with the original, or export it again")
    return _unwrap(lines, settings), leftovers, notes


class _Work:
    """Counts what a PDF makes its reader do, and stops it in words: small files can ask for endless work."""

    def __init__(self, where: str) -> None:
        self.where, self.steps = where, 0

    def step(self, *_: object) -> None:
        """One drawing operator."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise BadInput(self.where, f"more than {MAX_STEPS:,} drawing operators", "a PDF with text", "print it to a new PDF, or save it as .txt")


def _spaces(line: str) -> str:
    return re.sub(r"[ \t\u00a0]+", " ", line).strip()


def _without_furniture(pages: list[list[str]]) -> tuple[list[str], list[Leftover]]:
    """The lines without page numbers and lines that repeat at the edge of pages."""
    edges = Counter(re.sub(r"\d+", "#", line) for page in pages for line in {*_edge(page)})
    lines, leftovers, number = [], [], 0
    for page in pages:
        edge = _edge(page)
        for i, line in enumerate(page):
            number += 1
            outermost = line in edge and (i < 2 or i >= len(page) - 2)
            shape = re.sub(r"\d+", "#", line)
            if outermost and re.fullmatch(r"(?:(?:page|seite) )?#(?: ?(?:/|of|von) ?#)?|- ?# ?-", shape, re.IGNORECASE):
                leftovers.append(Leftover(number, line, "a page number"))
            elif outermost and edges[shape] >= REPEATED_ON and 2 * edges[shape] > len(pages):
                leftovers.append(Leftover(number, line, "a running head"))
            else:
                lines.append(line)
    return lines, leftovers


def _edge(page: list[str]) -> list[str]:
    filled = [line for line in page if line]
    return [*filled[:1], *filled[-1:]]


def _unwrap(lines: list[str], settings: Settings) -> str:
    """Join wrapped lines: a new line of the canonical text begins at a speaker or after a blank line."""
    known = settings.known()
    heads = [_head(line, known) for line in lines]
    taken = judged([Seen(h, i) for i, h in enumerate(heads) if h], known, "\n".join(lines), filled=len(lines)).names
    joined: list[str] = []
    fresh = True
    for line, head in zip(lines, heads, strict=True):
        if not line:
            fresh = True
        elif fresh or (head in taken) or not joined:
            joined.append(line)
            fresh = False
        else:
            joined[-1] += " " + line
    return "\n".join(joined) + "\n"


def _head(line: str, known: Known) -> str | None:
    if (own := declared(line, known)) and not own[3]:
        return own[0]
    for style in ("time name: text", "name time: text", "name time", "name: text"):
        if (match := STYLES[style].match(line)) and labels.possible(name := labels.clean(match["speaker"])):
            return name
    return None
