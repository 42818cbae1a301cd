"""The journey map as HTML: a real table under the drawing, so that it reads, prints and works by keyboard.

Nothing here computes a number except where a mark is drawn. Every number and quote links to its evidence: the
finding in its chapter, where one is published, else the list below the map.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from ..analysis import words

Finding = Mapping[str, Any]
SHORT = 150  # characters of a statement shown in a cell; the whole of it is in the tip and in the chapter


def map_html(data: Mapping[str, Any], links: Mapping[str, str]) -> str:
    """The map.

    data: what `analysis.journey_map` returned: stages, lanes, personas, cells, missing and `findings` (as
    `Finding.to_dict`). links: finding id → address of its place in a chapter.
    """
    findings = {f["id"]: f for f in data["findings"]}
    stages, lanes = data["stages"], data["lanes"]
    used = [lane for lane in lanes if any(data["cells"].get(f"{lane['name']}|{s['name']}") for s in stages)]
    head = "".join(f'<th scope="col"><span class="stage">{escape(s["name"])}</span>'
                   + (f'<span class="goal">{escape(s["goal"])}</span>' if s.get("goal") else "") + "</th>" for s in stages)
    rows = []
    line_drawn = False
    for lane in lanes:
        if lane.get("backstage") and not line_drawn and lane in used:
            rows.append(f'<tr class="line-of-visibility more" aria-hidden="true"><td colspan="{len(stages) + 1}">line of visibility</td></tr>')
            line_drawn = True
        if lane["name"] == "emotion" and lane in used:
            rows.append(_curve_row(lane, stages, data, findings))
        rows.append(_row(lane, stages, data, findings, links))
    title = escape(str(data.get("title") or "Journey map"))
    return (
        f'<section class="map" aria-label="Journey map: {title}">{_controls(data, used)}'
        f'<div class="scroll" tabindex="0" role="region" aria-label="Journey map, scrollable">'
        f'<table style="--stages:{len(stages)}"><caption>{escape(_caption(data, findings))}</caption>'
        f'<thead><tr><th scope="col" class="corner">Lane</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        f"{_legend()}{_missing(data)}</section>")


def _caption(data: Mapping[str, Any], findings: Mapping[str, Finding]) -> str:
    numbers = sum(1 for f in findings.values() if f.get("estimate"))
    quotes = sum(1 for f in findings.values() if f["kind"] == "quote")
    return (f"{len(data['stages'])} stages, {numbers} numbers with their intervals and {quotes} quotes. "
            "Every entry links to its evidence; hover or focus shows n, interval and method.")


def _controls(data: Mapping[str, Any], used: list[Mapping[str, Any]]) -> str:
    """Filters; they appear only where scripts run, the whole map is there without."""
    options = "".join(f'<option value="{escape(p["name"], quote=True)}">{escape(p["name"])} ({p["size"]:,})</option>' for p in data.get("personas", []))
    persona = f'<label>Persona <select data-map="persona"><option value="">All customers</option>{options}</select></label>' if options else ""
    channels = sorted({str(f["channel"]) for f in data["findings"] if f.get("channel")})
    channel = ""
    if channels:
        items = "".join(f'<option value="{escape(c, quote=True)}">{escape(c)}</option>' for c in channels)
        channel = f'<label>Channel <select data-map="channel"><option value="">All channels</option>{items}</select></label>'
    hidden = [lane["title"] for lane in used if not lane["shown"]]
    more = (f'<button type="button" data-map="more" aria-pressed="false">All lanes<span class="note"> ({len(hidden)} more)</span></button>' if hidden else "")
    return f'<div class="controls" hidden>{persona}{channel}{more}<span class="note" role="status" data-map="status"></span></div>'


def _row(lane: Mapping[str, Any], stages: list[Mapping[str, Any]], data: Mapping[str, Any], findings: Mapping[str, Finding],
         links: Mapping[str, str]) -> str:
    cells = []
    empty = True
    for stage in stages:
        ids = data["cells"].get(f"{lane['name']}|{stage['name']}", [])
        empty = empty and not ids
        cells.append(_cell(lane, stage, [findings[i] for i in ids], links))
    classes = " ".join(c for c, on in (("more", not lane["shown"]), ("empty", empty), (f"lane-{lane['name']}", True)) if on)
    return (f'<tr class="{classes}"><th scope="row">{escape(lane["title"])}<span class="meaning">{escape(lane["meaning"])}</span></th>'
            f'{"".join(cells)}</tr>')


def _cell(lane: Mapping[str, Any], stage: Mapping[str, Any], items: list[Finding], links: Mapping[str, str]) -> str:
    if not items:
        return '<td class="none"><span aria-label="no data">–</span></td>'
    shown: list[str] = []
    rest: list[str] = []
    counts: dict[str, int] = {}
    for f in items:
        view = "|".join(str(f.get(k) or "") for k in ("persona", "channel", "period"))
        counts[view] = counts.get(view, 0) + 1
        (shown if counts[view] <= lane["limit"] else rest).append(_item(f, lane, links))
    body = f'<ul>{"".join(shown)}</ul>'
    if rest:
        body += f'<details><summary>{len(rest)} more</summary><ul>{"".join(rest)}</ul></details>'
    return f'<td data-stage="{escape(str(stage["name"]), quote=True)}">{body}</td>'


def _item(f: Finding, lane: Mapping[str, Any], links: Mapping[str, str]) -> str:
    e = f.get("estimate")
    address = links.get(f["id"])
    text = _label(f, lane)
    attributes = "".join(f' data-{k}="{escape(str(f[k]), quote=True)}"' for k in ("persona", "channel", "period") if f.get(k))
    # what holds for a part only is shown when the reader asks for that part
    hidden = " hidden" if any(f.get(k) for k in ("persona", "channel", "period")) else ""
    tip = _tip(f)
    inner = f'{_number(e, lane["name"]) if e else ""}<span class="what">{escape(text)}</span>' if text or e else escape(f["statement"][:SHORT])
    if address:
        body = f'<a href="{escape(address, quote=True)}">{inner}</a>'
    else:
        body = f'<span class="item" tabindex="0">{inner}</span>'
    marks = '<span class="mark assumed">assumed</span>' if f.get("status") == "assumed" and lane["name"] != "backstage" else (
        '<span class="mark partly">partly backed</span>' if f.get("status") == "partly" and f["kind"] != "quote" else "")
    kind = "quote" if f["kind"] == "quote" else "number" if e else "line"
    return f'<li class="{kind} from-{escape(str(f["source"]))}" id="m-{f["id"]}"{attributes}{hidden}>{body}{marks}{tip}</li>'


def _label(f: Finding, lane: Mapping[str, Any]) -> str:
    name = lane["name"]
    statement = str(f["statement"])
    if f["kind"] == "quote":
        return f"“{_cut(_quoted(f))}”"
    if name in ("reach", "conversion", "time"):
        return ""
    if name == "emotion":
        return str(f.get("touchpoint") or "")
    if name == "touchpoints":
        return str(f.get("touchpoint") or "")
    if name == "satisfaction" and f.get("estimate"):
        unit = f["estimate"]["unit"]
        score = "NPS" if unit == "points" else statement.split(",", 1)[0] if "," in statement else ""
        return " ".join(x for x in (score, str(f.get("touchpoint") or "")) if x) or _cut(statement)
    if f.get("estimate"):
        return _cut(_without_number(statement))
    return _cut(statement)


def _quoted(f: Finding) -> str:
    """What was said; who said it stands in the tip."""
    said = next((str(e["quote"]) for e in f.get("evidence") or () if e.get("kind") == "quote" and e.get("quote")), str(f["statement"]))
    return said.strip("“”\" ")


def _without_number(statement: str) -> str:
    """The statement up to its estimate in brackets: the number stands beside it already."""
    head = statement.split(" (95", 1)[0]
    return head.rsplit(":", 1)[0] if ":" in head and any(c.isdigit() for c in head.rsplit(":", 1)[1]) else head


def _cut(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1].rsplit(" ", 1)[0] + " …"


def _number(e: Mapping[str, Any], lane: str) -> str:
    value, unit = e.get("value"), "valence" if lane == "emotion" else str(e.get("unit") or "")
    inside = words.interval(e.get("low"), e.get("high"), unit)
    bar = ""
    if unit == "share" and value is not None and lane in ("reach", "conversion", "satisfaction", "touchpoints"):
        low, high = (e.get("low") if e.get("low") is not None else value), (e.get("high") if e.get("high") is not None else value)
        bar = (f'<span class="bar" aria-hidden="true"><i style="width:{value * 100:.1f}%"></i>'
               f'<b style="left:{low * 100:.1f}%;width:{max(0.6, (high - low) * 100):.1f}%"></b></span>')
    size = f"{e['n']:,} of {e['base']:,}" if unit == "share" else f"n {e['base']:,}"
    small = f'<span class="small">{escape(inside)}{" · " if inside else ""}{size}</span>'
    return f'<strong>{escape(words.number(value, unit))}</strong>{bar}{small}'


def _tip(f: Finding) -> str:
    e = f.get("estimate")
    lines = [f"<b>{escape(str(f['statement']))}</b>"]
    if e:
        lines.append(escape(f"{words.number(e.get('value'), str(e.get('unit') or ''))}; "
                            + (f"95 % interval {words.interval(e.get('low'), e.get('high'), str(e.get('unit') or ''))}; " if e.get("low") is not None else "no interval; ")
                            + f"n {e['n']:,} of base {e['base']:,}; {e['method']}"))
    for evidence in (f.get("evidence") or ())[:1]:
        if evidence.get("kind") == "quote":
            who = ", ".join(str(x) for x in (evidence.get("speaker"), evidence.get("document_id")) if x)
            lines.append(escape(f"quote: {who}" if who else "quote"))
        elif evidence.get("rows") is not None:
            lines.append(escape(f"{evidence['rows']:,} rows of {evidence.get('table')}: {evidence['definition']}"))
        else:
            lines.append(escape(str(evidence.get("definition") or "")))
    lines += [escape(str(c)) for c in f.get("caveats") or ()]
    return f'<span class="tip" role="tooltip">{"<br>".join(lines)}</span>'


def _curve_row(lane: Mapping[str, Any], stages: list[Mapping[str, Any]], data: Mapping[str, Any], findings: Mapping[str, Finding]) -> str:
    """The emotion curve over the stages: mean valence with its interval; the numbers stand in the row below."""
    points = []
    for i, stage in enumerate(stages):
        for fid in data["cells"].get(f"emotion|{stage['name']}", []):
            f = findings[fid]
            e = f.get("estimate")
            if e and e.get("value") is not None and not f.get("persona") and -2 <= e["value"] <= 2:
                points.append((100 * i + 50, e["value"], e.get("low"), e.get("high")))
                break
    if not points:
        return ""
    y = lambda v: 60 - max(-2.0, min(2.0, v)) * 25
    path = " ".join(f"{'M' if k == 0 else 'L'}{x} {y(v):.1f}" for k, (x, v, _, _) in enumerate(points))
    whiskers = "".join(f'<line x1="{x}" x2="{x}" y1="{y(lo):.1f}" y2="{y(hi):.1f}" class="whisker"/>' for x, _, lo, hi in points if lo is not None and hi is not None)
    # circles would be stretched with the drawing; a zero-length round line stays round
    dots = "".join(f'<line x1="{x}" x2="{x}" y1="{y(v):.1f}" y2="{y(v):.1f}" class="dot"/>' for x, v, _, _ in points)
    width = 100 * len(stages)
    svg = (f'<svg viewBox="0 0 {width} 120" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
           f'<line x1="0" x2="{width}" y1="60" y2="60" class="zero"/>{whiskers}<path d="{path}" class="curve"/>{dots}</svg>')
    return (f'<tr class="curve-row" aria-hidden="true"><td class="axis"><span>+2</span><span>{escape(lane["title"])}</span><span>−2</span></td>'
            f'<td colspan="{len(stages)}">{svg}</td></tr>')


def _legend() -> str:
    return ('<p class="legend note">Bars show shares, the darker part their 95 % interval. '
            '<span class="mark assumed">assumed</span> written by hand, without data. '
            '<span class="mark partly">partly backed</span> from few or unsolicited voices.</p>')


def _missing(data: Mapping[str, Any]) -> str:
    missing = data.get("missing") or {}
    if not missing:
        return ""
    items = "".join(f"<li>{escape(str(k))}: {escape(str(v))}</li>" for k, v in missing.items())
    return f'<details class="note"><summary>No data for {len(missing)} questions</summary><ul>{items}</ul></details>'
