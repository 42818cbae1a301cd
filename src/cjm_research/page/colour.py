"""Colours that can be read: WCAG 2 contrast, and an accent made readable on light and on dark."""

from __future__ import annotations

import colorsys

LIGHT_PAPER, DARK_PAPER = "#ffffff", "#16181d"
READABLE = 4.5  # contrast of normal text, WCAG 2.2 success criterion 1.4.3
_STEPS = 200


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, 1 to 21 (WCAG 2.2)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, paper: str, ratio: float = READABLE) -> str:
    """The colour itself where it can be read on `paper`, else the nearest lightness of its hue that can."""
    if contrast(colour, paper) >= ratio:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    target = 0.0 if _luminance(paper) > 0.5 else 1.0
    for step in range(1, _STEPS + 1):
        moved = light + (target - light) * step / _STEPS
        found = _hex(colorsys.hls_to_rgb(hue, moved, saturation))
        if contrast(found, paper) >= ratio:
            return found
    return "#000000" if target == 0.0 else "#ffffff"


def accent_css(colour: str) -> str:
    """A client's accent as a CSS value that can be read in both schemes."""
    return f"light-dark({readable(colour, LIGHT_PAPER)},{readable(colour, DARK_PAPER)})"


def _rgb(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in rgb)


def _luminance(colour: str) -> float:
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
