"""PDF of a chapter or of the whole report: headless Chromium, tagged, with bookmarks, without network or scripts."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape, unescape
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import BadInput, CjmError, unknown
from ...files import Scratch, write_bytes_whole
from ..pages.frame import css_string
from ..record.receipt import Receipt, read_receipt

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_TAG = re.compile(r"<[a-zA-Z](?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_IDS = re.compile(r"(\s(?:id|for|aria-labelledby|aria-describedby|aria-controls)=)\"([^\"]*)\"")
_HREF = re.compile(r"(\shref=)\"([^\"]*)\"")
_IMAGE = re.compile(r"(\ssrc='data:[^']*')")  # a document of its own, whose ids and references stay together
#: disclosures that paper cannot open; code stays out
_OPENED = ("<details><summary>How this", "<details class=evidence>", '<details class="glossary">')
TIMEOUT_MS = 120_000
_NAMED = re.compile(r"@page ([a-z]+)\{([^{}]*)\}")
_USES = re.compile(r"([{;\s])page:([a-z]+)\b")
_SMALL = "font:8.5pt system-ui,sans-serif;color:#5b6372"


def export_pdf(folder: Path, target: Path | None = None, chapter: str | None = None) -> Path:
    """Write the PDF of a run, or of one of its chapters. Returns the file.

    folder: a run's. target: folder to write into, default the run's. chapter: a chapter's name; default: the whole
    report, in the order of its contents. Raises `BadInput` for an unknown chapter and where there is no browser.
    """
    receipt = read_receipt(folder)
    names = [c.name for c in receipt.chapters]
    if chapter is not None:
        from ..record.plan import match_chapter

        if not any(chapter.removesuffix(".ipynb") in (n, n[3:], n[:2]) for n in names):
            raise unknown(f"run {receipt.run}", "chapter", chapter, names, "name a chapter of this run, or leave --chapter out for all")
        names = [match_chapter(chapter, names, f"run {receipt.run}")]
    pages = names if chapter else ["index", *(["map"] if (folder / "map.html").is_file() else []), *names, "about"]
    out = (target or folder) / (f"{names[0]}.pdf" if chapter else f"{receipt.client}_{receipt.run}.pdf")
    return printed(combined_html(folder, receipt, pages), out)


def printed(html: str, out: Path) -> Path:
    """Print a page of HTML into a PDF file, whole or not at all. Raises `BadInput` where there is no browser."""
    with Scratch("pdf") as scratch:
        source = scratch / "report.html"
        source.write_text(html, encoding="utf-8")
        with ThreadPoolExecutor(1) as own:  # playwright refuses a thread with a running loop, as in a notebook
            own.submit(_print, source, scratch / "report.pdf").result()
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_whole(out, (scratch / "report.pdf").read_bytes(), 0o644)
    return out


def combined_html(folder: Path, receipt: Receipt, pages: list[str]) -> str:
    """Several pages of a run as one document; links between them become links within it."""
    parts: list[Part] = []
    styles: dict[str, None] = {}
    for page in pages:
        html = (folder / f"{page}.html").read_text(encoding="utf-8")
        styles.setdefault(style_of(html))  # the first page and that of the map have more than others
        title = unescape(html.partition("<title>")[2].partition(" · ")[0])
        parts.append(Part(page, title, within(main_of(html), page, pages), "map" if page == "map" else ""))
    return document(receipt.title, list(styles), parts)


class Part(NamedTuple):
    """A part of a document that is printed: its name, what stands above its pages, and its HTML."""

    name: str
    title: str
    html: str
    page: str = ""  # the named page it is printed on


def main_of(html: str) -> str:
    """What a published page says, without its frame."""
    return html.partition('<main id="main">')[2].rpartition("</main>")[0]


def style_of(html: str) -> str:
    """The styles of a published page."""
    return html.partition("<style>")[2].partition("</style>")[0]


def document(title: str, styles: Sequence[str], parts: Sequence[Part], css: str = "") -> str:
    """Parts as one document, each beginning on a new page with its own title above its pages, whatever their format.

    styles: of published pages; their named pages (`@page map`, `@page sheet`) are given to each part by a name of its own, since what
    stands above a page belongs to its name. css: more, for this document alone.
    """
    sheet = _USES.sub(r"\1page:var(--page-\2,\2)", "\n".join([*styles, css]))
    named = dict(_NAMED.findall(sheet))
    heads = []
    for k, part in enumerate(parts):
        above = f"@top-right{{content:{css_string(part.title)};{_SMALL}}}"
        own = "".join(f"--page-{name}:p{k}{name};" for name in named)
        heads.append(f".p{k}{{page:p{k}{part.page};{own}}}@page p{k}{{{above}}}" + "".join(f"@page p{k}{name}{{{what};{above}}}" for name, what in named.items()))
    # the padding keeps tall letters off the page before, where Chromium would count the heading twice
    sheet += "\n" + "\n".join(heads)
    sheet += "\n.part{break-before:page;padding-top:3pt}.part:first-child{break-before:auto}.evidence ul ul{display:none}"
    sheet += "\n.cjm .evidence{font-size:7.5pt}.cjm .evidence>ul{columns:2;max-width:none}.cjm .evidence .kicker{font-size:7pt}"
    body = "".join(f'<section class="part p{k}" id="{escape(part.name)}--top">{part.html}</section>' for k, part in enumerate(parts))
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f"<title>{escape(title)}</title><style>{sheet}</style></head>"
            f'<body class="cjm"><main>{body}</main></body></html>')


def within(main: str, page: str, pages: Sequence[str]) -> str:
    """A page's HTML with ids and links as they are within a document of several pages; what paper cannot open is open."""
    for mark in _OPENED:
        main = main.replace(mark, mark.replace("<details", "<details open", 1))

    def tag(found: re.Match[str]) -> str:
        parts = _IMAGE.split(found[0])
        return "".join(part if k % 2 else _HREF.sub(_link(page, pages), _IDS.sub(_renamed(page), part)) for k, part in enumerate(parts))

    return _TAG.sub(tag, main)


def _renamed(page: str) -> Callable[[re.Match[str]], str]:
    return lambda m: f'{m[1]}"{" ".join(f"{page}--{name}" for name in m[2].split())}"'


def _link(page: str, pages: Sequence[str]) -> Callable[[re.Match[str]], str]:
    def replace(found: re.Match[str]) -> str:
        href = found[2]
        if href.startswith("#"):
            return f'{found[1]}"#{page}--{href[1:]}"'
        name, _, anchor = href.partition(".html")
        if name in pages and (not anchor or anchor.startswith("#")):
            return f'{found[1]}"#{name}--{anchor[1:] or "top"}"'
        if re.fullmatch(r"\w+\.html(#.*)?", href):
            return ""  # a page that is not part of this document
        return found[0]

    return replace


def _print(source: Path, out: Path) -> None:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BadInput("PDF", "the package playwright is not installed", "the package with its extra pdf", "pip install 'cjm-research[pdf]'") from None
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            try:
                page = browser.new_context(offline=True, java_script_enabled=False, color_scheme="light").new_page()
                page.goto(source.as_uri(), timeout=TIMEOUT_MS)
                page.pdf(path=out, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
            finally:
                browser.close()
    except Error as error:
        raise CjmError("PDF", f"the browser failed: {str(error).splitlines()[0]}", "a browser that prints the page", "try again, or print the page from a browser") from None


def launch(playwright: Any) -> Any:
    """A headless browser: the one named by CJM_CHROMIUM, an installed one, or playwright's own. Raises `BadInput` where there is none."""
    found = os.environ.get("CJM_CHROMIUM") or next((p for p in map(shutil.which, BROWSERS) if p), None)
    if found:
        return playwright.chromium.launch(executable_path=found)
    if not Path(playwright.chromium.executable_path).is_file():
        raise BadInput("PDF", "no Chromium is installed", ", ".join(BROWSERS), "install Chromium, or: playwright install chromium")
    return playwright.chromium.launch()
