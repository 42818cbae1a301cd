"""A chapter's notebook as the content of its page, through nbconvert with our template.

Only blocks are trusted. Everything else a notebook may hold is escaped, sanitised or turned into an inert
image, and JavaScript is left out whatever it says.
"""

from __future__ import annotations

import base64
import copy
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from ...page.blocks import MIME, from_dict
from ...page.figure_html import svg_image
from ...page.numbering import Numbering
from ...page.render import render
from ...page.sanitise import clean_html
from ..execution.fast_imports import skip_slow_imports
from .markdown import code_html, markdown_html, text_html

skip_slow_imports()

from nbconvert.exporters.templateexporter import TemplateExporter  # noqa: E402

TEMPLATES = Path(__file__).parent / "templates"
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
MIN_ALT_WORDS = 3


@dataclass
class Content:
    """A chapter's content: HTML, what it numbers and links to, and what keeps it from being published as it is."""

    html: str
    title: str
    headings: list[tuple[int, str, str]]  # (level, text, anchor)
    numbering: Numbering
    problems: list[str] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)  # (question, what there is none of) of the parts without data


class ChapterExporter(TemplateExporter):
    """nbconvert's exporter with the template `cjm`; its filters draw one page at a time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(template_name="cjm", extra_template_basedirs=[str(TEMPLATES)], **options)
        self._page: _Page | None = None
        for name in ("markdown", "code", "code_shown", "output", "text", "error"):
            self.register_filter(f"chapter_{name}", getattr(self, f"_{name}"))

    def _file_extension_default(self) -> str:
        return ".html"

    def _template_extension_default(self) -> str:
        return ".html.j2"

    @property
    def page(self) -> _Page:
        """The page being drawn."""
        if self._page is None:
            raise RuntimeError("filters are used only while a chapter is drawn")
        return self._page

    def _markdown(self, source: str, cell: Any) -> str:
        return self.page.markdown(source, cell)

    def _code(self, source: str) -> str:
        if source.strip():
            self.page.code.append(source.strip())
        return ""

    def _code_shown(self, cell: Any) -> str:
        return self.page.code_shown(cell)

    def _output(self, output: Any) -> str:
        return self.page.output(output)

    def _text(self, text: str) -> str:
        return text_html(text)

    def _error(self, output: Any) -> str:
        return self.page.error(output)


class _Page:
    def __init__(self, links: Mapping[str, str], code: bool, titles: frozenset[str], on_map: frozenset[str],
                 remarks: Mapping[str, Sequence[str]], portraits: Mapping[str, str]) -> None:
        self.links, self.with_code = dict(links), code
        self.numbering = Numbering(readers=True, titles=titles, on_map=on_map, remarks=remarks, portraits=portraits)
        self.code: list[str] = []  # of cells whose output is still to come
        self.title = ""
        self.headings: list[tuple[int, str, str]] = []
        self.problems: list[str] = []

    def markdown(self, source: str, cell: Any) -> str:
        try:
            return markdown_html(source, self.heading, cell.get("attachments"))
        except ValueError as problem:
            self.problems.append(str(problem))
            return f"<pre>{text_html(source)}</pre>"

    def heading(self, level: int, inner: str) -> str:
        text = _plain(inner)
        if level == 1 and not self.title:
            self.title = text
            return ""  # the page's frame shows it
        level = max(level, 2)  # one h1 a page
        anchor = self.numbering.anchor("h", text)
        self.numbering.begin(text)
        self.headings.append((level, text, anchor))
        return f'<h{level} id="{anchor}">{inner}</h{level}>'

    def code_shown(self, cell: Any) -> str:
        """The code up to here behind a disclosure, after what it shows."""
        shows = cell is None or any(o.output_type != "stream" or o.name == "stdout" for o in cell.outputs)
        if not shows or not self.code:
            return ""
        source, self.code = "\n\n".join(self.code), []
        return "" if not self.with_code else f'<details class="code"><summary>Code</summary>{code_html(source)}</details>'

    def output(self, output: Any) -> str:
        data = output.get("data", {})
        if MIME in data:
            return self.block(data[MIME])
        for mime in (*_IMAGES, "image/svg+xml"):
            if mime in data:
                return self.image(mime, data[mime], output.get("metadata", {}))
        if "text/html" in data:
            return _tables_scroll(clean_html(_joined(data["text/html"])), self.numbering)
        if "text/markdown" in data:
            return self.markdown(_joined(data["text/markdown"]), {})
        if "text/plain" in data and "application/javascript" not in data:
            return f'<pre class="result" tabindex="0">{text_html(_joined(data["text/plain"]))}</pre>'
        return ""

    def block(self, data: Any) -> str:
        try:
            return render(from_dict(data), self.numbering, self.links)
        except Exception as problem:  # a block another version wrote, or one made by hand
            self.problems.append(f"a block of kind {str(data.get('kind') if isinstance(data, dict) else data)[:40]!r} "
                                 f"cannot be drawn: {type(problem).__name__}: {problem}")
            return ""

    def image(self, mime: str, data: Any, metadata: Any) -> str:
        own = metadata.get(mime, {}) if isinstance(metadata.get(mime), dict) else {}
        alt = str(own.get("alt") or metadata.get("alt") or "").strip()
        if len(alt.split()) < MIN_ALT_WORDS:
            self.problems.append("an image is shown without a text that says what it shows: draw it with show(…)")
            return '<p class="note">An image without a text alternative is left out here.</p>'
        caption = str(own.get("caption") or metadata.get("caption") or alt)
        label, anchor = self.numbering.figure(caption)
        self.numbering.shown += 1
        if mime == "image/svg+xml":
            image = svg_image(_joined(data), alt)
        else:
            try:
                raw = base64.b64encode(base64.b64decode(_joined(data), validate=False)).decode()
            except ValueError:
                self.problems.append("an image cannot be read")
                return ""
            image = clean_html(f'<img src="data:{mime};base64,{raw}" alt="{escape(alt, quote=True)}">')
        return f'<figure class="chart" id="{anchor}">{image}<figcaption><b>{label}.</b> {escape(caption)}</figcaption></figure>'

    def error(self, output: Any) -> str:
        return ""  # the failed chapter's banner shows it, without this machine's folders


def _joined(data: Any) -> str:
    return data if isinstance(data, str) else "".join(data)


def _plain(html: str) -> str:
    from html import unescape
    from re import sub

    return unescape(sub(r"<[^>]*>", "", html)).strip()


def _tables_scroll(html: str, numbering: Numbering) -> str:
    """Make wide tables of other libraries reachable by keyboard and their empty corner no heading."""
    if "<table" not in html:
        return html
    anchor = numbering.anchor("output", "table")
    html = html.replace("<th></th>", "<td></td>")
    return f'<div class="scroll" tabindex="0" role="region" aria-label="Table {escape(anchor)}">{html}</div>'


_LOCAL = threading.local()


def _sections(cells: list[Any]) -> list[tuple[int, int]]:
    """(heading, end) of the parts whose heading is a line of its own."""
    heads = [i for i, c in enumerate(cells) if c.cell_type == "markdown"]
    spans = zip(heads, [*heads[1:], len(cells)], strict=True)
    return [(i, end) for i, end in spans if cells[i].source.strip().startswith("## ") and "\n" not in cells[i].source.strip() and end > i + 1]


def _shortened(notebook: Any) -> tuple[Any, list[tuple[str, str]], list[str]]:
    """The notebook without the parts for which a client has no data, those parts (question, what there is none of), and their cards' titles.

    A part goes where every cell ran and showed nothing, or nothing but cards.
    """
    cells, gone, missing, titles = list(notebook.cells), set(), [], []
    for i, end in _sections(cells):
        below = cells[i + 1:end]
        if not all(c.cell_type == "code" and c.execution_count is not None for c in below):
            continue
        shown = [o.get("data", {}).get(MIME) for c in below for o in c.outputs if o.output_type != "stream"]
        if not all(isinstance(b, Mapping) and b.get("kind") == "card" for b in shown):
            continue
        gone.add(i)
        if not any(c.outputs for c in below):
            continue
        for k in range(i + 1, end):  # their code goes on to what is shown next
            cells[k] = copy.copy(cells[k])
            cells[k]["outputs"] = []
        missing.append((cells[i].source.strip().removeprefix("## "), str(shown[0].get("found", "")) if shown else ""))
        titles += [str(b.get("title", "")) for b in shown]
    if not gone:
        return notebook, [], []
    out = copy.copy(notebook)
    out["cells"] = [c for i, c in enumerate(cells) if i not in gone]
    return out, missing, titles


def _titles(notebook: Any) -> frozenset[str]:
    """What the figures of a chapter are headed with."""
    blocks = (o.get("data", {}).get(MIME) for c in notebook.cells for o in c.get("outputs", []))
    return frozenset(str(b["title"]) for b in blocks if isinstance(b, Mapping) and b.get("kind") == "figure" and b.get("title"))


def chapter_content(notebook: Any, links: Mapping[str, str] | None = None, code: bool = False, on_map: frozenset[str] = frozenset(),
                    remarks: Mapping[str, Sequence[str]] | None = None, portraits: Mapping[str, str] | None = None) -> Content:
    """The content of a chapter's page.

    links: finding id → address, for maps and quotes. code: with the code, behind a disclosure. on_map: ids of findings that the map shows.
    remarks, portraits: see `Numbering`.
    """
    if not hasattr(_LOCAL, "exporter"):
        _LOCAL.exporter = ChapterExporter()  # compiled once a thread
    exporter: ChapterExporter = _LOCAL.exporter
    shortened, missing, cards = _shortened(notebook)
    page = exporter._page = _Page(links or {}, code, _titles(shortened), on_map, remarks or {}, portraits or {})
    page.numbering.cards += cards
    try:
        html, _ = exporter.from_notebook_node(shortened, resources={})
    finally:
        exporter._page = None
    return Content(html, page.title, page.headings, page.numbering, page.problems, missing)
