"""Pictures that the params name, as data addresses: they are part of the pages, which fetch nothing."""

from __future__ import annotations

import base64
from pathlib import Path

from ...errors import BadInput
from ...files import beside
from ...params import Params

MAX_LOGO_BYTES = 60_000  # the logo is in every page
MAX_PORTRAIT_BYTES = 60_000  # a portrait is in the pages that show its persona
_BEGINS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def logo_of(params: Params, folder: Path) -> str:
    """The client's logo, empty where there is none. Raises `BadInput` where it cannot be used. folder: of the params."""
    return _embedded(folder, params.brand.logo, "brand.logo", MAX_LOGO_BYTES, "part of every page")


def portraits_of(params: Params, folder: Path) -> dict[str, str]:
    """Persona → its portrait, for those that have one. Raises `BadInput` where one cannot be used."""
    return {p.name: _embedded(folder, p.image, f"personas.names.{k}.image", MAX_PORTRAIT_BYTES, "part of every page that shows the persona")
            for k, p in enumerate(params.personas.names) if p.image}


def _embedded(folder: Path, named: str | None, key: str, most: int, why: str) -> str:
    if not named:
        return ""
    where = f"{key} ({named})"
    path = beside(folder, named, where)
    if not path.is_file():
        raise BadInput(where, "there is no such file in the params folder", "a PNG, JPEG or SVG file beside the params", "put the file there or correct the name")
    raw = path.read_bytes()
    if len(raw) > most:
        raise BadInput(where, f"the file has {len(raw):,} bytes", f"at most {most:,}: it is {why}", "make the picture smaller")
    mime = next((m for begin, m in _BEGINS.items() if raw.startswith(begin)), "")
    if not mime and b"<svg" in raw[:2000].lower():
        mime = "image/svg+xml"  # as an image it cannot run scripts or fetch anything
    if not mime:
        raise BadInput(where, "it is no PNG, JPEG or SVG", "a PNG, JPEG or SVG file", "save the picture as PNG, JPEG or SVG")
    return f"data:{mime};base64,{base64.b64encode(raw).decode()}"
