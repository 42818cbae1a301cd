"""A sheet as HTML: head, personas, stages and lanes, what stands behind them. No number is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ....page.picture.content import Map, Picture, picture_of
from ....page.picture.icons import definitions, icon
from ....page.portraits import portrait_html
from ....shapes import Json
from ...record.run_data import RunData
from ..text import clean
from . import lanes
from .emotion import emotion_svg
from .lanes import Most

CSS = Path(__file__).parent / "poster.css"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
LANE = 168  # px of the lanes' names
EDGE = 48  # px around the sheet
MARKS = "●■▲◆★"


@dataclass(frozen=True)
class Sheet:
    """A paper size in CSS pixels (96 to the inch), landscape. zoom: how much larger than 9 points and more everything is."""

    name: str
    width: int
    height: int
    zoom: float = 1.0
    edge: int = EDGE

    @property
    def room(self) -> float:
        """Width of the stages beside the lanes' names."""
        return self.width / self.zoom - 2 * self.edge - LANE


SHEETS = (Sheet("A2", 2245, 1587), Sheet("A1", 3179, 2245), Sheet("A0", 4494, 3179))
A3 = Sheet("A3", 1587, 1123, edge=32)  # for what is read in the hand: fewer entries in letters of the same size
ZOOMS = (2.0, 1.8, 1.65, 1.5, 1.4, 1.3, 1.2, 1.13, 1.07)  # tried first, so that a short journey fills its sheet
TILES = 3  # numbers beside the title


def journey(data: RunData, sheet: Sheet, most: Most, persona: str | None = None) -> str:
    """The journey of all customers, or of a persona. most: entries of its cells."""
    content = data.need_map()
    read, picture = Map(content), picture_of(content, persona)
    rows = [lanes.reach(picture), "" if persona else lanes.actions(read, most.actions), lanes.touchpoints(read, most.touchpoints, persona)]
    if picture.felt:
        svg = emotion_svg(read, picture, persona, sheet.room / len(picture.stages))
        rows.append(lanes.across("How they feel", _legend(picture, persona), svg))
    rows += [lanes.said(read, "pain", most.said, persona), lanes.said(read, "gain", most.said - (most.said > 2), persona), lanes.satisfied(read, most.scores, persona),
             lanes.opportunities(read, most.chances), lanes.behind(read, most.behind)]
    head = _head(data, picture, persona) + (_people(data) if persona is None else _person(data, persona))
    return _document(data, sheet, head, _grid(picture, rows), f"Journey: {data.title}")


def blueprint(data: RunData, sheet: Sheet, most: Most) -> str:
    """The service blueprint: actions, touchpoints, owners, systems, with the three lines between them."""
    content = data.need_map()
    read, picture = Map(content), picture_of(content)
    rows = [lanes.actions(read, most.actions), lanes.line("line of interaction"), lanes.touchpoints(read, most.touchpoints, None), lanes.line("line of visibility"),
            lanes.owners(read, most.behind), lanes.line("line of internal interaction"), lanes.systems(read, 2 * most.behind)]
    return _document(data, sheet, _head(data, picture, None, "Service blueprint"), _grid(picture, rows), f"Service blueprint: {data.title}")


def _legend(picture: Picture, persona: str | None) -> str:
    """What the curve's marks mean, of those that it has."""
    points = [f for s in picture.stages for f in (s.feeling, *s.faces) if f]
    said = ["−2 to +2, from interviews.", f"Thick: {'their mean' if persona else 'all'}; band: 95 % interval."]
    said += ["Faces: touchpoints."] if any(s.faces for s in picture.stages) else []
    said += ["Thin: personas."] if persona is None else []
    return " ".join([*said, *(["Hollow: few people."] if any(f.hollow for f in points) else [])])


def _head(data: RunData, picture: Picture, persona: str | None, title: str = "") -> str:
    """What to do first with its numbers, where the report knows it, over how the journey feels; a sheet of its own subject is headed by that."""
    told = title or (f"The journey of {persona}" if persona else picture.title)
    first = data.decisions.first if data.decisions and not persona and not title else None
    if first is None:
        return f'<header><div><p class="kicker">{lanes.short(data.title)}</p><h1>{lanes.short(told)}</h1></div></header>'
    tiles = "".join(f'<li class="{"good" if r.good else ""}"><b>{lanes.short(r.value)}</b> <b class="of">{lanes.short(r.of)}</b><span>{lanes.short(r.says)}</span></li>' for r in first.why[:TILES])
    return (f'<header><div><p class="kicker">{lanes.short(data.title)}</p><h1>{lanes.short(first.title)}</h1><p class="sub">{lanes.short(told)}.</p></div>'
            f'{f"<ul class=tiles>{tiles}</ul>" if tiles else ""}</header>')


def _people(data: RunData) -> str:
    cards = "".join(_card(str(p["name"]), k, data) for k, p in enumerate(data.need_map().get("personas") or []))
    return f'<ul class="people">{cards}</ul>' if cards else ""


def _person(data: RunData, persona: str) -> str:
    names = [str(p["name"]) for p in data.need_map().get("personas") or []]
    return f'<ul class="people one">{_card(persona, names.index(persona), data, whole=True)}</ul>'


def _card(name: str, k: int, data: RunData, whole: bool = False) -> str:
    sheet = next((s for s in data.sheets if str(s.get("name")) == name), {})
    known: Json = next((p for p in data.need_map().get("personas") or [] if p["name"] == name), {})
    size = clean(sheet.get("size") or f"{known.get('size', 0):,} {known.get('of') or 'customers'}")
    quote = next((str(q.get("text") or "") for q in sheet.get("quotes") or () if isinstance(q, dict)), "")
    said = f'<p class="said">“{lanes.short(quote).strip("“”")}”</p>' if quote else ""
    summary = f"<p>{lanes.short(sheet['summary'])}</p>" if sheet.get("summary") else ""
    more = _sections(sheet) if whole else ""
    return (f'<li class="p{k % 5 + 1}">{portrait_html(name, data.look.portraits)}<div><h2><span aria-hidden="true">{MARKS[k % 5]}</span> {lanes.short(name, 60)}</h2>'
            f'{summary}{said}<p class="size">{lanes.short(size)}</p></div>{more}</li>')


def _sections(sheet: Json) -> str:
    """Needs, pains and goals of the persona, those the data back first."""
    given = sheet.get("sections")
    sections = given if isinstance(given, dict) else {}
    out = []
    for key in ("needs", "pains", "goals", "channels"):
        lines = [x for x in sections.get(key) or () if isinstance(x, dict) and x.get("text")]
        lines.sort(key=lambda x: ("backed", "partly", "assumed").index(x["status"]) if x.get("status") in ("backed", "partly", "assumed") else 3)
        if lines:
            items = "".join(f"<li>{lanes.short(x['text'])}{lanes.unbacked(str(x.get('status') or ''))}</li>" for x in lines[:3])
            out.append(f"<div><h3>{key.capitalize()}</h3><ul>{items}</ul></div>")
    return "".join(out)


def _grid(picture: Picture, rows: list[str]) -> str:
    heads = "".join(_stage_head(s.name, s.goal, picture.low == i and i in picture.bad) for i, s in enumerate(picture.stages))
    return f'<main style="--n:{len(picture.stages)}"><div class="lane"></div>{heads}{"".join(rows)}</main>'


def _stage_head(name: str, goal: str, low: bool) -> str:
    told = f"<p>{lanes.short(goal, 90)}</p>" if goal else ""
    chip = f'<span class="chip">{icon("f2", "v2")}people feel worst here</span>' if low else ""
    return f'<div class="stage{" low" if low else ""}"><h2>{lanes.short(name, 60)}</h2>{told}{chip}</div>'


def _document(data: RunData, sheet: Sheet, head: str, grid: str, title: str) -> str:
    css = CSS.read_text(encoding="utf-8")
    small = sheet.name == A3.name
    print_ = "small print: source and base, with 95 % intervals on the poster of size A2" if small else "small print: 95 % interval and base"
    foot = (f"<footer>Shares are of customers unless another base is named; {print_}. Hand-written lines are marked assumed. "
            f"Every number has its evidence in the report, run {lanes.short(data.run)}.</footer>")
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>{lanes.short(title)}</title>'
            f"<style>@page{{size:{sheet.width}px {sheet.height}px;margin:0}}:root{{--lane:{LANE}px;--edge:{sheet.edge}px}}body{{zoom:{sheet.zoom};min-height:{sheet.height / sheet.zoom - 1:.0f}px}}{css}</style></head>"
            f'<body{" class=a3" if small else ""}>{definitions()}{head}{grid}{foot}</body></html>')
