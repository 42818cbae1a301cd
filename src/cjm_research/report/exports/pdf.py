"""PDF of a chapter or of the whole report: headless Chromium, tagged, with bookmarks, without network or scripts."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import escape, unescape
from pathlib import Path
from typing import Any

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
    with Scratch("pdf") as scratch:
        source = scratch / "report.html"
        source.write_text(combined_html(folder, receipt, pages), encoding="utf-8")
        with ThreadPoolExecutor(1) as own:  # playwright refuses a thread with a running loop, as in a notebook
            own.submit(_print, source, scratch / "report.pdf").result()
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_whole(out, (scratch / "report.pdf").read_bytes(), 0o644)
    return out


def combined_html(folder: Path, receipt: Receipt, pages: list[str]) -> str:
    """Several pages of a run as one document; links between them become links within it."""
    parts, css, lang = [], "", "en"
    styles: dict[str, None] = {}
    for number, page in enumerate(pages):
        html = (folder / f"{page}.html").read_text(encoding="utf-8")
        styles.setdefault(html.partition("<style>")[2].partition("</style>")[0])  # the first page and that of the map have more than others
        main = html.partition('<main id="main">')[2].rpartition("</main>")[0]
        title = unescape(html.partition("<title>")[2].partition(" · ")[0])
        parts.append(f'<section class="part p{number}" id="{page}--top">{_within(main, page, pages)}</section>')
        css += (f"\n.p{number}{{page:p{number}}}@page p{number}{{@top-right{{content:{css_string(title)};"
                "font:8.5pt system-ui,sans-serif;color:#5b6372}}")
    # the padding keeps tall letters off the page before, where Chromium would count the heading twice
    css = "\n".join(styles) + css
    css += "\n.part{break-before:page;padding-top:3pt}.part:first-child{break-before:auto}.evidence ul ul{display:none}"
    css += "\n.cjm .evidence{font-size:7.5pt}.cjm .evidence>ul{columns:2;max-width:none}.cjm .evidence .kicker{font-size:7pt}"
    return (f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f"<title>{escape(receipt.title)}</title><style>{css}</style></head>"
            f'<body class="cjm"><main>{"".join(parts)}</main></body></html>')


def _within(main: str, page: str, pages: list[str]) -> str:
    for mark in _OPENED:
        main = main.replace(mark, mark.replace("<details", "<details open", 1))

    def tag(found: re.Match[str]) -> str:
        parts = _IMAGE.split(found[0])
        return "".join(part if k % 2 else _HREF.sub(_link(page, pages), _IDS.sub(_renamed(page), part)) for k, part in enumerate(parts))

    return _TAG.sub(tag, main)


def _renamed(page: str) -> Callable[[re.Match[str]], str]:
    return lambda m: f'{m[1]}"{" ".join(f"{page}--{name}" for name in m[2].split())}"'


def _link(page: str, pages: list[str]) -> Callable[[re.Match[str]], str]:
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
