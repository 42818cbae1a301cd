"""The map as one picture: SVG with live text, and PNG drawn from it by the browser."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path
from typing import Any

from ...analysis import words
from ...errors import BadInput
from .flow import _write
from .run_data import RunData

COLUMN, LANE, LINE, PAD = 250, 150, 16, 12  # pixels
CHARS = 38  # of body text that fit a column
INK, MUTED, RULE, ACCENT, PANEL, BAD = "#1f2430", "#5b6372", "#d9dde4", "#00598c", "#f5f6f8", "#a3300a"


def write_svg(data: RunData, target: Path) -> Path:
    """Write `journey_map.svg`: the lanes of the default view, all customers."""
    return _write(target / "journey_map.svg", map_svg(data))


def write_png(data: RunData, target: Path) -> Path:
    """Write `journey_map.png`. Raises `BadInput` where no browser is installed."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise BadInput("cjm export --format png", "no chromium is installed", "", "Debian: apt-get install chromium; or export svg")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise BadInput("cjm export --format png", "playwright is not installed", "", "pip install 'cjm-research[pdf]'") from None
    svg = map_svg(data)
    path = target / "journey_map.png"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        page = running.new_page(device_scale_factor=2)
        page.set_content(f"<style>body{{margin:0}}</style>{svg}")
        page.locator("svg").first.screenshot(path=str(path))
        running.close()
    return path


def map_svg(data: RunData) -> str:
    """The picture as SVG text."""
    found = data.need_map()
    lanes = [lane for lane in found["lanes"] if lane["shown"] and any(found["cells"].get(f"{lane['name']}|{s['name']}") for s in found["stages"])]
    parts: list[str] = []
    width = LANE + COLUMN * len(found["stages"]) + PAD
    y = 60
    parts.append(f'<text x="{PAD}" y="30" class="title">{escape(_wrap(data.title, 300)[0])}</text><text x="{PAD}" y="48" class="muted">run {escape(data.run)}; '
                 "95 % intervals; assumed lines are marked</text>")
    parts.append(f'<rect x="0" y="{y}" width="{width}" height="30" fill="{PANEL}"/>')
    for i, stage in enumerate(found["stages"]):
        parts.append(f'<text x="{LANE + i * COLUMN + PAD}" y="{y + 20}" class="stage">{escape(stage["name"])}</text>')
    y += 30
    for lane in lanes:
        columns = [_cell_lines(found["cells"].get(f"{lane['name']}|{s['name']}", []), data, lane) for s in found["stages"]]
        height = max(1, *(len(c) for c in columns)) * LINE + 2 * PAD
        if lane["name"] == "emotion":
            curve = _curve(found, data, y)
            if curve:
                parts.append(curve)
                y += 90
        parts.append(f'<line x1="0" x2="{width}" y1="{y}" y2="{y}" stroke="{RULE}"/>')
        for k, line in enumerate(_wrap(lane["title"], 18)):
            parts.append(f'<text x="{PAD}" y="{y + PAD + 12 + k * LINE}" class="lane">{escape(line)}</text>')
        for i, lines in enumerate(columns):
            for k, (text, style) in enumerate(lines):
                parts.append(f'<text x="{LANE + i * COLUMN + PAD}" y="{y + PAD + 12 + k * LINE}" class="{style}">{escape(text)}</text>')
        y += height
    style = (f"text{{font:13px system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:{INK}}}.title{{font-size:20px;font-weight:650}}"
             f".stage{{font-size:15px;font-weight:650}}.lane{{font-weight:600;fill:{MUTED}}}.muted,.small{{fill:{MUTED};font-size:12px}}"
             f".value{{font-size:15px;font-weight:650}}.quote{{font-style:italic}}.pain{{fill:{BAD}}}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + PAD}" viewBox="0 0 {width} {y + PAD}" role="img" '
            f'aria-label="{escape(_wrap("Journey map: " + data.title, 300)[0], quote=True)}"><style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n')


def _cell_lines(ids: list[str], data: RunData, lane: dict[str, Any]) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    items = [f for f in (data.by_id[i] for i in ids) if not f.get("persona")]
    for f in items[: lane["limit"]]:
        e = f.get("estimate")
        if e and e.get("value") is not None and lane["name"] in ("reach", "conversion", "time", "satisfaction", "touchpoints", "emotion"):
            name = f.get("touchpoint") if lane["name"] in ("touchpoints", "satisfaction") else ""
            lines.append((f"{words.number(e['value'], e['unit'])} {name or ''}".strip(), "value"))
            lines.append((f"{words.interval(e['low'], e['high'], e['unit'])} · n {e['base']:,}".strip(" ·"), "small"))
            continue
        style = "quote" if f["kind"] == "quote" else "pain" if lane["name"] == "pain" else "body"
        text = f"“{f['statement']}”" if f["kind"] == "quote" else f["statement"] + (" [assumed]" if f["status"] == "assumed" else "")
        lines += [(line, style) for line in _wrap(text, CHARS)[:4]]
    more = len(items) - lane["limit"]
    if more > 0:
        lines.append((f"and {more} more", "small"))
    return lines or [("–", "muted")]


def _wrap(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(" ".join("".join(c if c.isprintable() else " " for c in str(text)).split()), width) or [""]


def _curve(found: dict[str, Any], data: RunData, top: int) -> str:
    points = []
    for i, stage in enumerate(found["stages"]):
        for fid in found["cells"].get(f"emotion|{stage['name']}", []):
            f = data.by_id[fid]
            e = f.get("estimate")
            if e and e.get("value") is not None and not f.get("persona"):
                points.append((LANE + i * COLUMN + COLUMN // 2, top + 45 - max(-2.0, min(2.0, e["value"])) * 18))
                break
    if not points:
        return ""
    zero = f'<line x1="{LANE}" x2="{LANE + COLUMN * len(found["stages"])}" y1="{top + 45}" y2="{top + 45}" stroke="{RULE}"/>'
    path = " ".join(f"{'M' if k == 0 else 'L'}{x} {y:.1f}" for k, (x, y) in enumerate(points))
    dots = "".join(f'<circle cx="{x}" cy="{y:.1f}" r="5" fill="{ACCENT}"/>' for x, y in points)
    return f'{zero}<path d="{path}" fill="none" stroke="{ACCENT}" stroke-width="2.5"/>{dots}'
