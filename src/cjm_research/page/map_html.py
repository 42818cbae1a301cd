"""The journey map as HTML: a real table under the drawing, so that it reads, prints and works by keyboard.

The table holds what is true of all customers over the whole period. What personas, channels, halves of the period
and the future state show lies beside it in inert templates that the page's script fetches on demand; without
scripts the default view is all there. Nothing here computes a number. Every number and quote links to its evidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from ..results import policy
from .map_cells import Cells
from .map_curve import curve_row

MARKS = "●■▲◆★"  # of personas, besides their colours


def map_html(data: Mapping[str, Any], links: Mapping[str, str], *, scripted: bool = True) -> str:
    """The map.

    data: what `analysis.journey_map` returned (its facts), with `findings` (as `Finding.to_dict`) and, where there was
    a run before, `changes`: {"since": day, "marks", "vanished"} of `analysis.changes.since`. links: finding id → address of its
    place in a chapter. scripted: the page's script is there; else only what needs none.
    """
    with policy.following(data.get("policy")):
        return _drawn(data, Cells(data, links, scripted), scripted)


def _drawn(data: Mapping[str, Any], cells: Cells, scripted: bool) -> str:
    stages, lanes = data["stages"], data["lanes"]
    head = "".join(_stage_head(s) for s in stages)
    rows: list[str] = []
    for lane in lanes:
        if lane.get("backstage") and cells.used(lane):
            rows.append(f'<tr class="visibility{"" if lane["shown"] else " more"}"><td colspan="{len(stages) + 1}"><span>line of visibility: '
                        "what lies below, customers do not see</span></td></tr>")
        if lane["name"] == "emotion":
            rows.append(curve_row(data, cells.by_id, scripted))
        rows.append(_row(lane, stages, cells))
    title = escape(str(data.get("title") or "Journey map"), quote=True)
    classes = "map" if scripted else "map static"
    return (
        f'<section class="{classes}" aria-label="Journey map: {title}">{_controls(data, cells) if scripted else ""}'
        f"{_people(data) if scripted else ''}"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Journey map, scrollable">'
        f'<table style="--stages:{len(stages)}"><caption>{_caption(data, cells)}</caption>'
        f'<thead><tr><th scope="col" class="corner">Lane</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        f"{_legend(data, cells)}{_missing(data)}{_vanished(data)}{_texts(data, cells) if scripted else ''}</section>")


def _stage_head(stage: Mapping[str, Any]) -> str:
    name, goal = str(stage["name"]), stage.get("goal")
    return (f'<th scope="col" data-stage="{escape(name, quote=True)}"><span class="stage">{escape(name)}</span>'
            + (f'<span class="goal">{escape(str(goal))}</span>' if goal else "") + "</th>")


def _row(lane: Mapping[str, Any], stages: list[Mapping[str, Any]], cells: Cells) -> str:
    classes = " ".join(c for c, on in (("more", not lane["shown"]), ("empty", not cells.used(lane))) if on)
    inside = "".join(cells.cell(lane, str(stage["name"])) for stage in stages)
    return (f'<tr{f" class={chr(34)}{classes}{chr(34)}" if classes else ""} data-lane="{escape(str(lane["name"]), quote=True)}" data-limit="{int(lane["limit"])}">'
            f'<th scope="row">{escape(lane["title"])}<span class="meaning">{escape(lane["meaning"])}</span></th>{inside}</tr>')


def _caption(data: Mapping[str, Any], cells: Cells) -> str:
    own = cells.default_items()
    numbers = sum(1 for f in own if f.get("estimate"))
    quotes = sum(1 for f in own if f["kind"] == "quote")
    told = '<span class="screen"> Hover or focus shows n, interval and method.</span>' if cells.scripted else ""
    return (f"{len(data['stages'])} stages, {numbers} numbers with their intervals and {quotes} quotes about all customers. "
            f"Each links to its evidence.{told}")


# --- controls ------------------------------------------------------------------------------------------------------


def _controls(data: Mapping[str, Any], cells: Cells) -> str:
    """What the page's script reveals: filters, the drill into a stage, the future state, changes, all lanes, paper."""
    parts = []
    personas = data.get("personas") or []
    if personas:
        each = "".join(_option("p:" + p["name"], f"{MARKS[i % len(MARKS)]} {p['name']} ({p['size']:,}{' participants' if p.get('of') == 'participants' else ''})")
                       for i, p in enumerate(personas))
        compare = _option("*over", "All, one over the other") + _option("*side", "All, side by side") if len(personas) > 1 else ""
        parts.append(_select("persona", "Persona", "All customers", each + (f'<optgroup label="Compare personas">{compare}</optgroup>' if compare else "")))
    channels = data.get("channels") or sorted({str(f["channel"]) for f in data["findings"] if f.get("channel")})
    if channels:
        parts.append(_select("channel", "Channel", "All channels", "".join(_option(c, c) for c in channels)))
    periods = data.get("periods") or []
    if periods:
        parts.append(_select("period", "Period", "Whole period", "".join(_option(p["name"], f"{p['name'].capitalize()} half, {p['label']}") for p in periods)))
    parts.append(_select("stage", "Stage", "All stages", "".join(_option(s["name"], s["name"]) for s in data["stages"] if s.get("touchpoints"))))
    if data.get("future"):
        parts.append(_button("future", "Future state"))
    if changed := sum(1 for fid in cells.changes if fid in cells.by_id):
        parts.append(_button("changes", "Changes since last run", f" ({changed})"))
    if hidden := sum(1 for lane in data["lanes"] if not lane["shown"] and cells.used(lane)):
        parts.append(_button("more", "All lanes", f" ({hidden} more)"))
    parts.append(f'<span class="print">{_select("paper", "Print", "A4", _option("A3", "A3"))}<button type="button" data-map="print">Print</button></span>')
    return f'<div class="controls" role="group" aria-label="View of the map" hidden>{"".join(parts)}<p class="note" role="status" data-map="status"></p></div>'


def _select(name: str, label: str, first: str, options: str) -> str:
    return f'<label>{escape(label)} <select data-map="{name}"><option value="">{escape(first)}</option>{options}</select></label>'


def _option(value: object, text: object) -> str:
    return f'<option value="{escape(str(value), quote=True)}">{escape(str(text))}</option>'


def _button(name: str, text: str, note: str = "") -> str:
    return f'<button type="button" data-map="{name}" aria-pressed="false">{escape(text)}<span class="note">{escape(note)}</span></button>'


def _people(data: Mapping[str, Any]) -> str:
    """Whose shape and colour is whose; shown where personas are compared."""
    each = "".join(f'<span class="p{i + 1}">{MARKS[i % len(MARKS)]} {escape(p["name"])}</span>' for i, p in enumerate(data.get("personas") or []))
    return f'<p class="people"><span>● all customers</span>{each}</p>' if each else ""


# --- around the table ----------------------------------------------------------------------------------------------


def _legend(data: Mapping[str, Any], cells: Cells) -> str:
    lines = ["Bars show shares, the darker part their 95 % interval.",
             '<span class="chip assumed">assumed</span> written by hand, without data.',
             '<span class="chip partly">partly backed</span> from few or unsolicited voices, or under an assumption.']
    if cells.moved:
        lines.append('<span class="chip">▲ ▼</span> the current half of the period against the half before, where the difference lies beyond its '
                     "uncertainty; one in twenty does by chance alone.")
    if data.get("changes"):
        lines.append(f'<span class="chip change">new</span> <span class="chip change">+1.2 pp</span> since the last run ({escape(str(data["changes"]["since"]))}), '
                     "where beyond its uncertainty.")
    return f'<p class="legend note">{" ".join(lines)}</p>'


def _missing(data: Mapping[str, Any]) -> str:
    missing = data.get("missing") or {}
    if not missing:
        return ""
    items = "".join(f"<li>{escape(str(k))}: {escape(str(v))}</li>" for k, v in missing.items())
    refused = sum(str(v).startswith("refused") for v in missing.values())
    told = f"No data for {len(missing) - refused} question{'s' if len(missing) - refused > 1 else ''}" if len(missing) > refused else ""
    told += f"{'; ' if told else ''}{refused} could not be answered as {'they were' if refused > 1 else 'it was'} set up" if refused else ""
    return f'<details class="note"{" open" if refused else ""}><summary>{told}</summary><ul>{items}</ul></details>'


def _vanished(data: Mapping[str, Any]) -> str:
    """Entries about all customers that the run before had and this one has not."""
    gone = [v for v in (data.get("changes") or {}).get("vanished") or () if v.get("stage") and not (v.get("persona") or v.get("channel") or v.get("period"))]
    if not gone:
        return ""
    items = "".join(f"<li>{escape(str(v['stage']))}: {escape(str(v['statement']))}</li>" for v in gone)
    return f'<details class="note"><summary>{len(gone)} of the last run\'s entries {"is" if len(gone) == 1 else "are"} gone</summary><ul>{items}</ul></details>'


def _texts(data: Mapping[str, Any], cells: Cells) -> str:
    """What the script shows on hover and focus, and what it needs to zoom; text of a template is inert."""
    content = {"s": cells.strings, "t": cells.tips, "personas": [p["name"] for p in data.get("personas") or []],
               "periods": {p["name"]: p["label"] for p in data.get("periods") or []},
               "stages": {s["name"]: [_touchpoint(data, t) for t in s.get("touchpoints") or []] for s in data["stages"]},
               "channels": {name: t.get("channels") or [t["channel"]] for name, t in (data.get("touchpoints") or {}).items() if t.get("channels") or t.get("channel")}}
    return f'<template class="texts">{escape(json.dumps(content, ensure_ascii=False, separators=(",", ":")), quote=False)}</template>'


def _touchpoint(data: Mapping[str, Any], name: str) -> list[str]:
    t = (data.get("touchpoints") or {}).get(name) or {}
    return [name, " · ".join(x for x in (t.get("channel"), t.get("owner")) if x)]
