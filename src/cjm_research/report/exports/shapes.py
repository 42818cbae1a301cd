"""Editable shapes on a slide, in points: boxes of paragraphs, rules, bars, chevrons and curves."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

from .layout import ACCENT, LEADING, RULE, STYLES, Line
from .text import clean, fold, wrap

FONT = "Arial"
LEAST = 12.0  # points: what can be read from the back of a room
BOLD = {name for name, style in STYLES.items() if style.bold}
Runs = Sequence[tuple[str, str]]


def points(value: float) -> Any:
    """A length in points."""
    from pptx.util import Emu

    return Emu(round(value * 12_700))


def paint(target: Any, css: str) -> None:
    """Give a fill, a line or letters a colour; the accent is the theme's, so that a deck changes it in one place."""
    from pptx.dml.color import RGBColor
    from pptx.enum.dml import MSO_THEME_COLOR

    if css == ACCENT:
        target.theme_color = MSO_THEME_COLOR.ACCENT_1
    else:
        target.rgb = RGBColor.from_string(css.lstrip("#").upper())


def brand(show: Any, css: str) -> None:
    """Make a colour the accent of the deck's theme."""
    from pptx.opc.constants import RELATIONSHIP_TYPE as RT

    theme = show.slide_masters[0].part.part_related_by(RT.THEME)
    accent = f'<a:accent1><a:srgbClr val="{css.lstrip("#").upper()}"/></a:accent1>'
    theme._blob = re.sub(rb"<a:accent1>.*?</a:accent1>", accent.encode(), theme.blob, flags=re.DOTALL)


def new_slide(show: Any, title: str, sub: str = "", large: bool = False) -> Any:
    """A slide with its title in the title's placeholder, so that outline and screen readers have it.

    large: the title is a message, of two lines and below `sub`; else of one line above it.
    """
    slide = show.slides.add_slide(show.slide_layouts[5])
    holder = slide.shapes.title
    holder.left, holder.top, holder.width, holder.height = points(28), points(18), points(904), points(30)
    frame = holder.text_frame
    _margins(frame)
    frame.word_wrap = True
    if large:
        box(slide, 40, 16, 700, 18, [([(clean(sub), "lane")], 13 * LEADING, 0.0)], 13, "Part")
        holder.left, holder.top, holder.width, holder.height = points(40), points(36), points(880), points(62)
        size = next((s for s in (24, 22, 20) if len(wrap(clean(title), 860, s, True, most=3)) <= 2), 18)
        _paragraph(frame.paragraphs[0], [(fold(clean(title), 860, size, True, most=2)[1], "title")], size / STYLES["title"].size, size * 1.2)
        return slide
    line = fold(clean(title), 900, 20, True, most=1)[1]
    _paragraph(frame.paragraphs[0], [(line, "title")], 10)
    if sub:
        box(slide, 28, 46, 904, 18, [([(fold(clean(sub), 900, LEAST, most=1)[1], "none")], LEAST * LEADING, 0.0)], LEAST, "Subtitle")
    return slide


def picture(slide: Any, raw: bytes, x: float, y: float, width: float, height: float, alt: str) -> None:
    """A picture as large as it fits into a box, at the box's right and in its middle."""
    import io

    shape = slide.shapes.add_picture(io.BytesIO(raw), 0, 0)
    scale = min(width * 12_700 / shape.width, height * 12_700 / shape.height)
    shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)
    shape.left, shape.top = points(x + width) - shape.width, points(y) + (points(height) - shape.height) // 2
    shape.name = "Logo"
    shape._element.nvPicPr.cNvPr.set("descr", clean(alt))


def portrait(slide: Any, raw: bytes, x: float, y: float, width: float, alt: str) -> None:
    """A picture as a circle: its middle, where it is no square."""
    import io

    from pptx.enum.shapes import MSO_SHAPE

    shape = slide.shapes.add_picture(io.BytesIO(raw), 0, 0)
    beyond = 1 - min(shape.width, shape.height) / max(shape.width, shape.height)
    if shape.width > shape.height:
        shape.crop_left = shape.crop_right = beyond / 2
    else:
        shape.crop_top = shape.crop_bottom = beyond / 2
    shape.left, shape.top, shape.width, shape.height = points(x), points(y), points(width), points(width)
    shape.auto_shape_type = MSO_SHAPE.OVAL
    shape.name = "Portrait"
    shape._element.nvPicPr.cNvPr.set("descr", clean(alt))


def box(slide: Any, x: float, y: float, width: float, height: float, paragraphs: Sequence[tuple[Runs, float, float]], size: float, name: str, *,
        fill: str | None = None, margin: float = 0.0, middle: bool = False, sizes: Sequence[float] = ()) -> Any:
    """A text box. paragraphs: (runs of (text, style), line height, space above); size: type size of style 1; sizes: of each paragraph, whatever its style."""
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE

    shape = slide.shapes.add_textbox(points(x), points(y), points(width), points(height))
    shape.name = clean(name)[:120]
    if fill:
        shape.fill.solid()
        paint(shape.fill.fore_color, fill)
    frame = shape.text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    if middle:
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _margins(frame, margin)
    fill_frame(frame, paragraphs, size, sizes)
    return shape


def fill_frame(frame: Any, paragraphs: Sequence[tuple[Runs, float, float]], size: float, sizes: Sequence[float] = ()) -> None:
    """Write paragraphs into a text frame; see `box`."""
    for k, (runs, height, space) in enumerate(paragraphs):
        _paragraph(frame.paragraphs[0] if k == 0 else frame.add_paragraph(), runs, sizes[k] / STYLES[runs[0][1]].size if sizes else size, height, space)


def paragraphs_of(lines: Sequence[Line]) -> list[tuple[Runs, float, float]]:
    """A cell's lines as paragraphs."""
    return [(line.paragraph, line.height, line.space) for line in lines if line.paragraph is not None]


def rule(slide: Any, x: float, y: float, x2: float, y2: float, name: str, css: str = RULE, weight: float = 0.75, dashed: bool = False) -> Any:
    """A straight line."""
    from pptx.enum.dml import MSO_LINE

    line = slide.shapes.add_connector(1, points(x), points(y), points(x2), points(y2))
    line.name = clean(name)[:120]
    _plain(line)
    paint(line.line.color, css)
    line.line.width = points(weight)
    if dashed:
        line.line.dash_style = MSO_LINE.DASH
    return line


def block(slide: Any, x: float, y: float, width: float, height: float, css: str, name: str, *, kind: str = "rectangle", text: Runs = (), size: float = 10,
          outline: bool = False, alt: str = "") -> Any:
    """A filled shape: rectangle, oval or chevron, perhaps with text in its middle."""
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.enum.text import MSO_ANCHOR

    kinds = {"rectangle": MSO_SHAPE.RECTANGLE, "oval": MSO_SHAPE.OVAL, "chevron": MSO_SHAPE.PENTAGON}
    shape = slide.shapes.add_shape(kinds[kind], points(x), points(y), points(max(width, 0.5)), points(height))
    shape.name = clean(name)[:120]
    if kind == "chevron":
        shape.adjustments[0] = min(0.5, 6 / max(1.0, height))
    if outline:
        shape.fill.background()
        paint(shape.line.color, css)
        shape.line.width = points(1)
    else:
        shape.fill.solid()
        paint(shape.fill.fore_color, css)
        shape.line.fill.background()
    _plain(shape)
    if alt:
        shape._element.nvSpPr.cNvPr.set("descr", clean(alt))
    if text:
        frame = shape.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
        _margins(frame, 4)
        _paragraph(frame.paragraphs[0], text, size)
    return shape


def curve(slide: Any, places: Sequence[tuple[float, float, float | None, float | None, bool]], name: str, css: str = ACCENT, whiskers: bool = True) -> None:
    """Points joined by lines, each with its interval. places: (x, y, y of low, y of high, whether it is drawn hollow)."""
    for (x, y, *_), (x2, y2, *_) in itertools.pairwise(places):
        rule(slide, x, y, x2, y2, name, css, 2)
    for x, y, low, high, hollow in places:
        if whiskers and low is not None and high is not None and abs(low - high) > 0.5:
            rule(slide, x, low, x, high, f"{name}, interval", css, 1)
        block(slide, x - 3, y - 3, 6, 6, css, name, kind="oval", outline=hollow)


def _plain(shape: Any) -> None:
    """Take the theme's style away: its shadow would lie under every line."""
    style = shape._element.find("{http://schemas.openxmlformats.org/presentationml/2006/main}style")
    if style is not None:
        shape._element.remove(style)


def _margins(frame: Any, margin: float = 0.0) -> None:
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = points(margin)


def _paragraph(paragraph: Any, runs: Runs, size: float, height: float = 0.0, space: float = 0.0) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    paragraph.alignment = PP_ALIGN.LEFT
    if height:
        paragraph.line_spacing = Pt(round(height, 1))
    paragraph.space_before, paragraph.space_after = Pt(round(space, 1)), Pt(0)
    for text, style in runs:
        look = STYLES[style]
        run = paragraph.add_run()
        run.text = clean(text, keep=" ") if text.strip() == text else "  " + clean(text)
        font = run.font
        font.name, font.size, font.bold, font.italic = FONT, Pt(round(max(LEAST, size * look.size), 1)), look.bold, look.italic
        paint(font.color, look.colour)


