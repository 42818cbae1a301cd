"""Files that readers see old or new, never half."""

from __future__ import annotations

from pathlib import Path


def write_text(path: Path, text: str) -> Path:
    """Write a text file in one step; what UTF-8 cannot hold (half of a surrogate pair) becomes a question mark."""
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_bytes(text.encode("utf-8", errors="replace"))
    temporary.replace(path)
    return path
