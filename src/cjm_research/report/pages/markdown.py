"""Markdown cells as HTML: mistune, then an allow-list."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from ...page.sanitise import clean_html

_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.S)
_IMAGE = re.compile(r"<img(?![^>]*\salt=\"[^\"]*\S[^\"]*\")[^>]*>")


@functools.cache
def _parser() -> Callable[[str], Any]:
    import mistune

    return mistune.create_markdown(escape=False, plugins=["table", "footnotes", "strikethrough", "def_list", "abbr"])


def markdown_html(source: str, heading: Callable[[int, str], str], attachments: Mapping[str, Any] | None = None) -> str:
    """Safe HTML of Markdown. heading: (level, inner HTML) → the heading's element. Raw HTML is sanitised.

    Raises ValueError for an image without a text alternative.
    """
    html = clean_html(str(_parser()(_attached(source, attachments or {}))))
    if _IMAGE.search(html):
        raise ValueError("an image in the text has no alternative text: write ![what it shows](file)")
    html = _HEADING.sub(lambda m: heading(int(m[1]), m[2]), html)
    return html.replace("<table>", '<div class="scroll" tabindex="0" role="region" aria-label="Table in the text"><table>').replace(
        "</table>", "</table></div>")


def _attached(source: str, attachments: Mapping[str, Any]) -> str:
    for name, bundle in attachments.items():
        for mime, data in bundle.items():
            if re.fullmatch(r"image/(png|jpeg|gif|webp)", mime) and re.fullmatch(r"[A-Za-z0-9+/=\s]*", str(data)):
                data = base64.b64encode(base64.b64decode(str(data))).decode()
                source = source.replace(f"attachment:{name}", f"data:{mime};base64,{data}")
    return source


@functools.cache
def _code_parts() -> tuple[Any, Any]:
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return PythonLexer(), HtmlFormatter(nowrap=True, classprefix="")


#: token classes that have a colour in page.css; the others stay plain, which keeps pages small
_SHOWN = {"k", "kn", "ow", "s1", "s2", "sa", "se", "sd", "c1", "mi", "mf", "kc", "nf", "nc"}
_TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')


def code_html(source: str) -> str:
    """Python source, highlighted."""
    from pygments import highlight

    lexer, formatter = _code_parts()
    html = _TOKEN.sub(lambda m: m[0] if m[1] in _SHOWN else m[2], highlight(source, lexer, formatter))
    return f'<pre tabindex="0"><code>{html.rstrip()}</code></pre>'


def text_html(text: str) -> str:
    """Plain text without terminal colours, escaped."""
    return escape(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).rstrip())
