"""Files that readers see old or new, never half."""

from __future__ import annotations

from pathlib import Path

from ...files import scratch_file


def write_text(path: Path, text: str) -> Path:
    """Write a text file in one step; what UTF-8 cannot hold (half of a surrogate pair) becomes a question mark."""
    temporary = scratch_file(path)
    temporary.write_bytes(text.encode("utf-8", errors="replace"))
    temporary.replace(path)
    return path
