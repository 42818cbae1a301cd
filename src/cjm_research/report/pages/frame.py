"""The frame of every page: head with its security policy, header, contents, footer; one file without requests."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...page.colour import accent_css
from ...page.render import ASSETS
from ...params import Params, Workspace
from ...shapes import Json
from .embedded import logo_of, portraits_of

TEMPLATES = Path(__file__).parent / "templates" / "pages"


@dataclass(frozen=True)
class Brand:
    """What a client's pages have in common. logo: a data address or empty; portraits: persona → data address."""

    title: str
    name: str = ""
    logo: str = ""
    colour: str | None = None
    status: str = ""
    portraits: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """What a page's frame shows: where it is, and the pages beside it."""

    title: str
    home: str = "index.html"
    about: str = ""
    nav: list[Json] = field(default_factory=list)
    extras: tuple[str, ...] = ()  # assets beyond the common ones: "map"


def brand_of(params: Params, workspace: Workspace) -> Brand:
    """The client's brand. Raises `BadInput` where the logo or a portrait cannot be used."""
    brand, folder = params.brand, workspace.settings(params.client)
    return Brand(params.title, brand.name or "", logo_of(params, folder), brand.color, params.review.status, portraits_of(params, folder))


def render_page(template: str, brand: Brand, page: Page, **values: Any) -> str:
    """A whole page. Values are escaped; only `Markup` made by our own renderers is taken as it is."""
    from markupsafe import Markup

    css, script = _css(brand, page), _script(page.extras)
    policy = ("default-src 'none'; img-src data:; "
              f"style-src-elem '{_sha256(css)}'; style-src-attr 'unsafe-inline'; script-src '{_sha256(script)}'; "
              "base-uri 'none'; form-action 'none'")
    # ours: escaping would change what the hash was taken of
    trusted = {"css": Markup(css), "script": Markup(script), "csp": Markup(policy)}  # noqa: S704
    html = _environment().get_template(f"{template}.html.j2").render(
        {"title": page.title, "report_title": brand.title, "brand": brand.name, "logo": brand.logo, "home": page.home,
         "about": page.about, "nav": page.nav, "extras": page.extras, "status": brand.status, **values, **trusted})
    return re.sub(r"\n[ \t]*(?=\n)", "", html).strip() + "\n"


def markup(html: str) -> Any:
    """HTML that `page.render` or the chapter exporter made, as a value that is not escaped again."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - escaped or sanitised where it was made


@functools.cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    class Lenient(StrictUndefined):
        """Missing values may be asked for with `if`, but never printed."""

        def __bool__(self) -> bool:  # type: ignore[override]
            return False

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=Lenient, trim_blocks=True,
                       lstrip_blocks=True)


@functools.cache
def _asset(name: str) -> str:
    path = ASSETS / name
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def _css(brand: Brand, page: Page) -> str:
    parts = [_asset("blocks.css"), _asset("page.css"), *(_asset(f"{e}.css") for e in page.extras)]
    if brand.colour:
        parts.append(f"body{{--brand:{accent_css(brand.colour)}}}")
    left, right = css_string(brand.title), css_string(page.title)
    small = "font:8.5pt system-ui,sans-serif;color:#5b6372"
    parts.append(f"@page{{size:A4;margin:20mm 16mm 18mm;@top-left{{content:{left};{small}}}@top-right{{content:{right};{small}}}"
                 f"@bottom-left{{content:{css_string(brand.name)};{small}}}"
                 f'@bottom-right{{content:counter(page)" / "counter(pages);{small}}}}}')
    return "\n".join(p for p in parts if p)


def _script(extras: tuple[str, ...]) -> str:
    return "\n".join(p for p in (_asset("page.js"), *(_asset(f"{e}.js") for e in extras)) if p)


def css_string(text: str, longest: int = 80) -> str:
    """Text as a CSS string: everything but letters, digits and spaces is written as an escape."""
    short = text if len(text) <= longest else text[:longest - 1] + "…"
    return '"' + "".join(c if (c.isalnum() and c.isascii()) or c == " " else f"\\{ord(c):x} " for c in short if c.isprintable()) + '"'


def _sha256(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

