"""Names of files from text that a user wrote: a slug and a hash, so that no text is a path and no two texts share a file."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path

from ..errors import BadInput

SEPARATORS = "/\\"
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they make a name look like another
_CONTROL = ("Cc", "Cs", "Zl", "Zp")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
#: names that Windows keeps for devices, whatever ending follows
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_SLUG = 40  # letters of the text that stay readable


def unusable(text: str, *, separators: bool = False, directions: bool = True) -> str:
    """Why a text cannot be a name, in words; empty where it can.

    separators: also those of paths are refused. directions: characters that turn the direction of writing are.
    """
    if any(unicodedata.category(c) in _CONTROL or (directions and c in _DIRECTIONS) for c in text if not c.isalnum()):
        return f"{text[:60]!r} holds a control character"
    if separators and any(c in SEPARATORS for c in text):
        return f"{text[:60]!r} is a path"
    if separators and not any(c.isalnum() for c in text):
        return f"{text[:60]!r} has neither a letter nor a digit"
    return ""


def is_device(name: str) -> bool:
    """Whether Windows keeps the name for a device ("con", "nul.txt"): a workspace moves between systems."""
    return _DEVICES.fullmatch(name) is not None


def file_name(text: str, suffix: str = "") -> str:
    """A name for a file or folder that stands for a text: readable letters of it, and a hash of all of it.

    Equal on every file system for equal texts; different for texts that differ in anything, in case too.
    """
    text = unicodedata.normalize("NFC", text)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG].strip("-") or "name"
    return f"{slug}~{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}{suffix}"


def plain_file_name(text: str, where: str, what: str, next: str = "") -> str:
    """The text itself where it is a plain file name. Raises `BadInput` where it is a path or holds other characters."""
    if not _PLAIN.fullmatch(text) or ".." in text:
        raise BadInput(where, f"{text[:60]!r} is no {what}", "up to 100 letters, digits, dots, hyphens and underscores, the first a letter or a digit",
                       next or "write the name as it is listed")
    if is_device(text):
        raise BadInput(where, f"{text!r} is a name that Windows keeps for a device", "a name that every system can write", next or "write the name as it is listed")
    return text


def inside(folder: Path, text: str, where: str, next: str) -> Path:
    """The path in `folder` that a text names. Raises `BadInput` where it lies outside; links in it are the user's own doing."""
    if any(unicodedata.category(c) in _CONTROL for c in text):
        raise BadInput(where, f"{text[:60]!r} holds a control character", "a path of visible characters", next)
    path = Path(os.path.abspath(folder / text))
    if not path.is_relative_to(os.path.abspath(folder)):
        raise BadInput(where, f"{text[:100]!r} lies outside the folder {folder.name}", f"a path relative to {folder.name}/, without leading / and ..", next)
    return path


def beside(folder: Path, text: str, where: str) -> Path:
    """A file of the folder that a text names, links followed. Raises `BadInput` where it lies outside."""
    path = inside(folder, text, where, "put the file there or correct the name").resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadInput(where, f"{text[:100]!r} is a link to outside the folder {folder.name}", f"a file of {folder.name}/", "put the file itself there")
    return path
