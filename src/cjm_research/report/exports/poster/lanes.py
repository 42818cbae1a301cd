"""The lanes of a sheet: name and meaning on the left, a cell a stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ....page.picture.content import Finding, Map, Picture, counted, gains, pains
from ....page.picture.content import opportunities as followed
from ....page.picture.icons import channel_icon, icon
from ....results import words
from ....results.older import subject_of
from ....results.subjects import Backstage, SurveyQuestion
from ..text import clean


@dataclass(frozen=True)
class Most:
    """Entries of a cell that a sheet has room for, lane by lane."""

    actions: int
    touchpoints: int
    said: int
    scores: int
    chances: int
    behind: int


#: from the densest sheet to the sparsest
DENSITIES = (Most(5, 6, 5, 5, 3, 6), Most(4, 5, 4, 4, 2, 4), Most(3, 4, 3, 3, 2, 3), Most(3, 3, 3, 2, 1, 3), Most(2, 3, 3, 2, 1, 3), Most(2, 3, 2, 2, 1, 2),
             Most(1, 2, 2, 1, 1, 2), Most(1, 1, 1, 1, 1, 1))
#: the least that makes a poster, for small sheets: what is done and what stands behind it go first, then scores
SPARSE = (Most(0, 2, 2, 1, 1, 0), Most(0, 2, 1, 1, 1, 0), Most(0, 1, 1, 1, 1, 0), Most(0, 1, 1, 0, 1, 0), Most(0, 0, 1, 0, 1, 0))
ARROW = 44  # px of an arrow that everybody reaches
HALF = 0.5  # fewer satisfied than this are drawn in the colour of pain
FROM = {"behaviour": "by behaviour", "survey": "in the survey", "interview": "in interviews", "feedback": "in feedback"}


def short(text: object, longest: int = 110) -> str:
    """Text as it stands on a sheet: on one line, cut at a word where it is long, escaped."""
    told = clean(text)
    cut = told if len(told) <= longest else (told[:longest - 1].rsplit(" ", 1)[0] + " …")
    return escape(cut)


def across(title: str, meaning: str, inside: str) -> str:
    """A lane whose content runs over all stages."""
    return f'{_name(title, meaning)}<div class="across">{inside}</div>'


def line(name: str) -> str:
    """A dashed line over the whole sheet, with its name."""
    return f'<div class="rule"><span>{escape(name)}</span></div>'


def _name(title: str, meaning: str) -> str:
    return f'<div class="lane"><b>{escape(title)}</b><span>{escape(meaning)}</span></div>'


def _lane(title: str, meaning: str, cells: Sequence[str]) -> str:
    """Empty where no stage has an entry."""
    if not any(cells):
        return ""
    return _name(title, meaning) + "".join(f'<div class="cell">{c or "<p class=none>none found</p>"}</div>' for c in cells)


def _each(read: Map, cell: Callable[[str], str]) -> list[str]:
    return [cell(str(s["name"])) for s in read.data["stages"]]


def reach(picture: Picture) -> str:
    """Arrows as high as the share that reaches the stage, with who arrives in the next one."""
    cells = []
    for i, s in enumerate(picture.stages):
        if s.reach is None:
            cells.append(f'<p class="none">{short(s.absent)}</p>' if s.absent else "")
            continue
        half, middle = max(4.0, ARROW * s.reach.value) / 2, ARROW / 2
        back = f" 5,{middle:.0f}" if i else ""
        onward = f'<span><b>{escape(s.arrival.text)}</b> go to {short(s.next, 40)} {icon("go")}</span>' if s.arrival else ""
        cells.append(f'<p class="ends"><span><b>{escape(s.count)}</b> · {escape(s.reach.text)}</span>{onward}</p><svg class="arrow" viewBox="0 0 100 {ARROW}" preserveAspectRatio="none">'
                     f'<polygon points="0,{middle - half:.1f} 94,{middle - half:.1f} 100,{middle:.0f} 94,{middle + half:.1f} 0,{middle + half:.1f}{back}"/></svg>')
    return _lane("Reach", "customers seen in the stage; how many of those who came arrive in the next one", cells)


def actions(read: Map, limit: int) -> str:
    """What customers do, most frequent first."""
    def cell(stage: str) -> str:
        found = read.cell("actions", stage)[:limit]
        return _list(f"<li>{_figure(f)}{short(read.label(f))}{_unbacked(f)}</li>" for f in found)

    return _lane("What they do", "of customers in the stage", _each(read, cell))


def touchpoints(read: Map, limit: int, persona: str | None) -> str:
    """Touchpoints with channel and the share of all customers, or of the persona, seen there."""
    def cell(stage: str) -> str:
        found = read.cell("touchpoints", stage, persona)
        rows = [_bar(f, channel_icon(read.channel(f.get("touchpoint"))) + short(f.get("touchpoint") or read.label(f)), small=False) for f in found[:limit]]
        return f'<ul class="bars">{"".join(rows)}</ul>' if rows else ""

    return _lane("Touchpoints", f"of {persona or 'all customers'}, seen there; the darker part of a bar is the 95 % interval", _each(read, cell))


def said(read: Map, lane: str, limit: int, persona: str | None) -> str:
    """Pains or gains: each with its number and where it is known from."""
    def cell(stage: str) -> str:
        found = [f for part in pains(read, stage, persona) for f in part] if lane == "pain" else gains(read, stage, persona)
        guessed = [f for f in read.cell(lane, stage, persona) if f.get("status") == "assumed"]
        kind = [f"{lane} leaving" if f["source"] == "behaviour" else lane for f in found]
        rows = [f'<li class="{k}">{icon("out" if "leaving" in k else "down" if lane == "pain" else "up")}<span>{_figure(f)}{short(read.label(f))} <small>{_small(f)}</small></span></li>'
                for f, k in zip(found, kind, strict=True)]
        rows += [f'<li class="guess"><span>{short(read.label(f))}{_unbacked(f)}</span></li>' for f in guessed]
        return f'<ul class="said">{"".join(rows[:limit])}</ul>' if rows else ""

    title, meaning = ("What hurts", "and where people leave, which is no pain by itself") if lane == "pain" else ("What delights", "gains people name")
    return _lane(title, meaning, _each(read, cell))


def satisfied(read: Map, limit: int, persona: str | None) -> str:
    """Scores by question; fewer than half satisfied are drawn in the colour of pain."""
    def cell(stage: str) -> str:
        found = [f for f in read.cell("satisfaction", stage, persona) if isinstance(subject_of(f), SurveyQuestion)]
        rows = [_bar(f, short(read.label(f)), "bad" if (f["estimate"]["value"] or 0) < HALF else "good") if (f.get("estimate") or {}).get("unit") == "share" else
                f'<li>{_figure(f)}{short(read.label(f))} <small>{_small(f)}</small></li>' for f in found[:limit]]
        return f'<ul class="bars">{"".join(rows)}</ul>' if rows else ""

    return _lane("Satisfied", "surveys, each question by itself", _each(read, cell))


def opportunities(read: Map, limit: int) -> str:
    """What could be done: question, status, owner, next review."""
    def cell(stage: str) -> str:
        found = followed(read, stage)
        rows = [f'<li><b>{short(s.name)}</b><span class="chips">{"".join(f"<i>{short(x)}</i>" for x in (s.status.split(":")[0], s.owner.removeprefix("owner "), s.review) if x)}</span></li>'
                for _, s in found[:limit]]
        return f'<ul class="todo">{"".join(rows)}</ul>' if rows else ""

    return _lane("What to do", "status, owner, review", _each(read, cell))


def behind(read: Map, limit: int) -> str:
    """Owner and systems of each touchpoint, below the line of visibility."""
    def cell(stage: str) -> str:
        found = [(f, s) for f in read.cell("backstage", stage) if isinstance(s := subject_of(f), Backstage)]
        return _list(f"<li><b>{short(s.touchpoint)}</b> {short(', '.join(x for x in (s.owner, *s.behind) if x))}</li>" for _, s in found[:limit])

    lane = _lane("Behind it", "owner and systems, as stated by the team", _each(read, cell))
    return line("line of visibility: customers do not see what lies below") + lane if lane else ""


def owners(read: Map, limit: int) -> str:
    """Who answers for each touchpoint."""
    def cell(stage: str) -> str:
        found = [s for f in read.cell("backstage", stage) if isinstance(s := subject_of(f), Backstage) and s.owner]
        each = {owner: [s.touchpoint for s in found if s.owner == owner] for owner in dict.fromkeys(s.owner for s in found)}
        return _list(f'<li>{icon("person")} <b>{short(o)}</b> <small>{short(", ".join(t))}</small></li>' for o, t in list(each.items())[:limit])

    return _lane("Backstage", "who works for it, unseen by customers", _each(read, cell))


def systems(read: Map, limit: int) -> str:
    """Systems and processes, each once a stage, and what was written by hand about the stage as a whole."""
    def cell(stage: str) -> str:
        found = [s for f in read.cell("backstage", stage) if isinstance(s := subject_of(f), Backstage)]
        each = list(dict.fromkeys(x for s in found for x in s.behind))
        return _list(f"<li>{short(x)}</li>" for x in each[:limit])

    return _lane("Support processes", "systems and processes behind the team", _each(read, cell))


# --- entries -----------------------------------------------------------------------------------------------------------


def _list(items: Any) -> str:
    inside = "".join(items)
    return f"<ul>{inside}</ul>" if inside else ""


def _figure(f: Finding) -> str:
    e = f.get("estimate") or {}
    if e.get("value") is None:
        return ""
    return f"<b>{escape(counted(e) if e.get('unit') == 'share' else words.number(e['value'], str(e.get('unit') or '')))}</b> "


def _small(f: Finding) -> str:
    e = f.get("estimate") or {}
    if e.get("value") is None:
        return ""
    interval = words.interval(e.get("low"), e.get("high"), str(e.get("unit") or ""))
    based = (f'<span class="iv">{escape(interval)} · </span>' if interval else "") + f"n {e['base']:,}"
    return " · ".join(p for p in (escape(FROM.get(str(f["source"]), "")), based) if p)


def _bar(f: Finding, name: str, css: str = "", small: bool = True) -> str:
    e = f.get("estimate") or {}
    if e.get("value") is None:
        return f"<li>{name}</li>"
    v, low, high = (100 * float(e["value"] if e.get(k) is None else e[k]) for k in ("value", "low", "high"))
    below = f"<small>{_small(f)}</small>" if small else ""
    return f'<li class="{css}"><span class="name">{name}</span><i style="--v:{v:.1f}%;--l:{low:.1f}%;--h:{high:.1f}%"></i><b>{escape(counted(e))}</b>{below}</li>'


def unbacked(status: str) -> str:
    """The mark of a line that data do not back, or not wholly."""
    return f' <em>{ {"assumed": "assumed", "partly": "partly backed"}[status] }</em>' if status in ("assumed", "partly") else ""


def _unbacked(f: Finding) -> str:
    return unbacked(str(f.get("status") or ""))
