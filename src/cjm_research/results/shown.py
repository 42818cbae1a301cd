"""How an answer shows itself: its words, the frames with their shapes, and the charts that draw it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ..errors import shortened

if TYPE_CHECKING:
    from .result import Result

LONGEST = 240  # characters of a sentence in a short text


def frames_of(result: Result) -> str:
    """`steps 5 × 12, breakdown 20 × 14`."""
    return ", ".join(f"{name} {len(f):,} × {len(f.columns)}" for name, f in result.frames.items()) or "none"


def holds_text(result: Result) -> str:
    """What can be taken from the answer, in a line or two."""
    charts = f"; charts: {', '.join(result.charts)}" if result.charts else ""
    return shortened(f"frames (rows × columns): {frames_of(result)}{charts}; findings: {len(result.findings):,}", 600)


def as_text(result: Result) -> str:
    """The answer in a few lines."""
    first = shortened(result.sentences[0], LONGEST) if result.sentences else ""
    more = f" (and {len(result.sentences) - 1} more sentences)" if len(result.sentences) > 1 else ""
    return "\n".join(line for line in (shortened(result.question, LONGEST), f"{first}{more}", holds_text(result)) if line)


def holds_html(result: Result) -> str:
    """What can be taken from the answer, as a list."""
    frames = ", ".join(f"<code>.{escape(name)}</code> {len(f):,} × {len(f.columns)}" for name, f in result.frames.items()) or "none"
    charts = f"<li>Charts: {', '.join(f'<code>{escape(c)}</code>' for c in result.charts)}</li>" if result.charts else ""
    return f"<ul><li>Frames (rows × columns): {frames}</li>{charts}<li>Findings: {len(result.findings):,} (<code>.findings</code>)</li></ul>"


def as_html(result: Result) -> str:
    """The whole answer: question, sentences, caveats, and what it holds."""
    said = "".join(f"<p>{escape(s)}</p>" for s in result.sentences)
    mind = "".join(f"<li>{escape(c)}</li>" for c in result.caveats)
    return f"<p><strong>{escape(result.question)}</strong></p>{said}{f'<ul>{mind}</ul>' if mind else ''}{holds_html(result)}"
