"""The look of all figures, and the `Chart` they are handed over as.

Figures become SVG with live text: small, sharp, printable, and the same bytes for the same numbers. Ink and
grid colours are written as CSS variables, so that a figure follows a dark page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import NotEnoughData
from ..results import policy
from ..results.words import THIN

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from ..results.result import Result

INK, MUTED, GRID, PAPER = "#1f2430", "#5b6372", "#d9dde4", "#ffffff"
DARK = {INK: "#e8eaf0", MUTED: "#a9b1c0", GRID: "#3a4150", PAPER: "#16181d"}
# Okabe & Ito (2008), reordered; distinguishable with the common colour-vision deficiencies
PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#666666"]
GOOD, BAD, NEUTRAL = "#0072b2", "#d55e00", "#8a93a3"
ON_DARK, ON_LIGHT = "#fefefe", "#16181d"  # text on coloured cells, which keep their colours on a dark page
WIDTH = 7.6  # inches; the text column of a page
_SEAM = "seam-"  # prefix of the ids of texts that lie on drawn things

RC: dict[str, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "cjm", "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"], "font.size": 9.5,
    "axes.edgecolor": GRID, "axes.labelcolor": MUTED, "axes.titlesize": 10.5, "axes.titlecolor": INK,
    "axes.titlelocation": "left", "axes.titleweight": "bold", "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": False, "grid.color": GRID, "grid.linewidth": 0.8, "axes.axisbelow": True,
    "xtick.color": MUTED, "ytick.color": INK, "xtick.major.size": 0, "ytick.major.size": 0,
    "text.color": INK, "legend.frameon": False, "figure.facecolor": "none", "axes.facecolor": "none",
    "savefig.facecolor": "none", "figure.dpi": 100,
    "text.parse_math": False,  # "from $5 to $9" is a name, not a formula
}
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@dataclass
class Chart:
    """A figure with the words that belong to it. alt: what it shows, with its main numbers; title: what it found, in the words of its answer."""

    figure: Figure
    alt: str
    caption: str
    title: str = ""

    def svg(self) -> str:
        """The figure as SVG text, byte-identical for equal figures."""
        import matplotlib

        with matplotlib.rc_context(RC):
            buffer = io.StringIO()
            self.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight",
                                pad_inches=0.06)
        return _adapt(buffer.getvalue())


def sentence(result: Result, *words: str) -> str:
    """The first sentence of an answer that holds one of the texts; they are tried in order. Empty where none does."""
    return next((s for w in words for s in result.sentences if w in s), "")


def new_figure(height: float = 3.2, width: float = WIDTH, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    """A figure and its axes in the project's theme, outside of pyplot so that nothing stays behind in a kernel."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, **options)
    return figure, axes


def themed() -> Any:
    """A context in which seaborn and matplotlib draw in the project's theme."""
    import matplotlib

    return matplotlib.rc_context(RC)


def percent_axis(axis: Any) -> None:
    """Label an axis of shares in per cent, with a decimal where its ticks need one."""
    from matplotlib.ticker import FuncFormatter

    def label(value: float, _: int) -> str:
        fine = any(abs(100 * x - round(100 * x)) > 0.01 for x in axis.get_majorticklocs())
        return f"{100 * value:.{1 if fine else 0}f}{THIN}%".replace("-", "−")

    axis.set_major_formatter(FuncFormatter(label))


def count_axis(axis: Any) -> None:
    """Label an axis of counts as the text writes them: `12,500`, whole numbers only."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def legend_above(ax: Axes, columns: int = 6, **options: Any) -> None:
    """The legend over the axes, where it covers no data."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, borderaxespad=0.2, handletextpad=0.4, columnspacing=1.4, **options)


def over(text: Text, number: int) -> None:
    """Keep a text that lies on drawn things readable: it gets a seam in the colour of the page. number: unique in its figure."""
    text.set_gid(f"{_SEAM}{number}")


def shorten(name: str, longest: int) -> str:
    """A name on one line, of at most so many characters; what is cut ends in …."""
    name = " ".join(name.split()) or name
    return name if len(name) <= longest else name[:longest - 1].rstrip() + "…"


def shades(names: Sequence[str]) -> dict[str, str]:
    """A colour a name, no two alike up to 21 names and none of them grey, which is for what is not told apart."""
    hues = PALETTE[:-1]
    return {name: _toned(hues[k % len(hues)], k // len(hues) % 3) for k, name in enumerate(names)}


def _toned(color: str, tone: int) -> str:
    """A hue as it is (0), mixed with white (1) or with black (2)."""
    toward, part = ((0, 0.0), (255, 0.5), (0, 0.42))[tone]
    return "#" + "".join(f"{round(int(color[i:i + 2], 16) * (1 - part) + toward * part):02x}" for i in (1, 3, 5))


def light_grid(ax: Axes, axis: Any = "x") -> None:
    """A light grid along one axis, no spines across it."""
    ax.grid(True, axis=axis)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def _adapt(svg: str) -> str:
    """Strip what differs between machines and let ink follow the colour scheme."""
    svg = re.sub(r"<\?xml.*?\?>\s*|<!DOCTYPE.*?>\s*|<metadata>.*?</metadata>\s*", "", svg, flags=re.S)
    svg = re.sub(r"font: ([^;\"]*?)'DejaVu Sans'(?:, [^;\"]*)?", rf"font: \1{_FONTS}", svg)
    svg = re.sub(r"font-family: ?'DejaVu Sans'(?:, [^;\"]*)?;? ?", "", svg)  # the style below says it once
    svg = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", svg)
    svg = re.sub(r'(?<= d=")[^"]+(?=")', _shorter, svg)
    names = {INK: "ink", MUTED: "muted", GRID: "grid", PAPER: "paper"}
    for color, name in names.items():
        svg = svg.replace(f": {color}", f": var(--{name})")
    light = "".join(f"--{n}:{c};" for c, n in names.items())
    dark = "".join(f"--{n}:{DARK[c]};" for c, n in names.items())
    seam = f"[id^={_SEAM}] text{{paint-order:stroke;stroke:var(--paper);stroke-width:2.6px;stroke-linejoin:round}}" if f'id="{_SEAM}' in svg else ""
    style = f"<style>:root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}text{{fill:var(--ink);font-family:{_FONTS}}}{seam}</style>"
    return re.sub(r"(<svg[^>]*>)", lambda m: m[1] + style, svg, count=1)


def _shorter(match: re.Match[str]) -> str:
    """The coordinates of a path to a hundredth of a point, on one line."""
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), " ".join(match[0].split()))


def drawable(frame: pd.DataFrame, what: str) -> pd.DataFrame:
    """The rows of a frame of shares that enough people stand behind for a point on an axis of per cent.

    Raises `NotEnoughData` where there are none; the tables tell them as counts.
    """
    enough = frame[~frame["base"].map(lambda base: policy.counts_only("share", base))]
    if enough.empty:
        least = policy.now().percent_from
        raise NotEnoughData(what, f"every share is one of fewer than {least}; the table tells them as counts", f"{least} or more", "evidence.percent_from in the params")
    return enough
