"""Figures as inert images: nothing inside an `<img>` can run or fetch, whatever the SVG holds."""

from __future__ import annotations

import re
from html import escape

_UNSAFE = re.compile(r"[%#'\x00-\x1f\x7f\"&]")


def svg_image(svg: str, alt: str) -> str:
    """An `<img>` with the SVG as its data address.

    Characters are percent-encoded only where address or attribute need it, so that the page stays small and
    compresses well. The figure keeps its own width as its largest.
    """
    width, height = _size(svg)
    sized = f' width="{width}" height="{height}"' if width and height else ""
    return f"<img alt=\"{escape(alt, quote=True)}\"{sized} src='data:image/svg+xml,{_encode(_small(svg))}'>"


def _encode(svg: str) -> str:
    # the attribute is in single quotes: double quotes, < and > may stay as they are
    return _UNSAFE.sub(lambda m: '"' if m[0] == '"' else f"%{ord(m[0]):02X}", svg)


def _small(svg: str) -> str:
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    return re.sub(r">\s+<", "><", svg).strip().replace("\n", " ")


def _size(svg: str) -> tuple[int, int]:
    """Width and height in CSS pixels; (0, 0) where the SVG does not say."""
    head = svg[: svg.find(">", svg.find("<svg")) + 1]
    sizes = [_pixels(re.search(rf'\s{name}="([\d.]+)(pt|px)?"', head)) for name in ("width", "height")]
    return sizes[0], sizes[1]


def _pixels(found: re.Match[str] | None) -> int:
    return 0 if found is None else round(float(found[1]) * (4 / 3 if found[2] == "pt" else 1))
