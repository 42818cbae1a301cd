"""The journey in one picture, at most 520 px high: arrows, feelings, one gain and one pain a stage; on a phone a card a stage."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping
from html import escape
from typing import Any

from ...results import policy
from ...results.subjects import Opportunity
from .content import Feeling, Map, Moment, Picture, Share, StageView, Voice, opportunities, picture_of
from .curve import Half, clip, halves, people, shapes, signed
from .icons import channel_icon, definitions, face, icon

ARROW = 56  # px of an arrow that all customers reach
CURVE = 144  # px of the curve
REST = 30  # px above the highest and below the lowest point, for their labels
LETTERS, LETTERS_HIGH, EDGE = 40, 17, 9  # of a quote: letters of a line, px of a line, px between it and the edge of the curve
WIDE = 1.45  # widths of a stage that a quote takes
LEAST = 5  # px of an arrow that hardly anybody reaches
STEPS = 2  # opportunities of a stage
_SIDES = {"gain": ("up", "Gain"), "pain": ("down", "Pain"), "leaving": ("out", "Leaving")}


def journey_picture(data: Mapping[str, Any], links: Mapping[str, str], steps: bool = False) -> str:
    """The picture of a map as HTML, empty where nothing is known.

    data: as of a `Map` block; links: finding id → address; steps: with what could be done in each stage, and whose it is.
    """
    with policy.following(data.get("policy")):
        return _drawn(picture_of(data), links, _steps(Map(data), links) if steps else [])


def _drawn(picture: Picture, links: Mapping[str, str], steps: list[str]) -> str:
    if not picture.shown:
        return ""
    drawn = halves([s.feeling for s in picture.stages])
    stages = "".join(_stage(picture, i, drawn[i], links, steps[i] if steps else "") for i in range(len(picture.stages)))
    rows = 3 + picture.felt + len(_sides(picture)) + bool(steps)
    classes = "jny" + ("" if picture.felt else " unfelt")
    return (f'<section class="pic" aria-labelledby="h-pic">{definitions()}<div class="sech"><h2 id="h-pic">{escape(picture.title)}</h2>{_legend(picture)}</div>'
            f'<div class="reel" tabindex="0" role="region" aria-label="The journey, stage by stage"><ol class="{classes}" style="--n:{len(picture.stages)};--rows:{rows}">{stages}</ol></div></section>')


def _legend(picture: Picture) -> str:
    arrow = "; arrow: who arrive in the next one" if any(s.arrival for s in picture.stages) else ""
    parts = [f'<span>{icon("go")}height: customers who reach the stage{arrow}</span>'] if any(s.reach for s in picture.stages) else []
    if picture.felt:
        thin = f"; hollow: fewer than {policy.now().percent_from} people" if any(s.feeling and s.feeling.hollow for s in picture.stages) else ""
        parts.append(f'<span>{icon("f4", "v4")}mean feeling in interviews, −2 to +2; band: 95 % interval{thin}</span>')
    return f'<p class="leg">{"".join(parts)}</p>' if parts else ""


def _stage(picture: Picture, i: int, drawn: list[Half], links: Mapping[str, str], steps: str) -> str:
    s = picture.stages[i]
    goal = f"<p>{escape(s.goal)}</p>" if s.goal else ""
    parts = [f'<div class="sh"><h3>{escape(s.name)}</h3>{goal}</div>', _flow(s, i, links), _reach(s, i, links)]
    if picture.felt:
        parts.append(_feelings(picture, i, drawn, links))
    parts += [_moment(getattr(s, side), side, links) for side in _sides(picture)]
    hot = i in picture.bad and picture.low == i
    return f'<li class="stg{" hot" if hot else ""}">{"".join(parts)}{steps}</li>'


def _sides(picture: Picture) -> list[str]:
    """The rows of moments that have any."""
    return [side for side in ("gain", "pain") if any(getattr(s, side) for s in picture.stages)]


def _flow(s: StageView, i: int, links: Mapping[str, str]) -> str:
    arrow = ""
    if s.reach:
        half = max(LEAST, ARROW * s.reach.value) / 2
        middle, tail = ARROW / 2, ",12" if i else ""
        back = f" 12,{middle:.0f}" if tail else ""
        points = f"0,{middle - half:.1f} 86,{middle - half:.1f} 100,{middle:.0f} 86,{middle + half:.1f} 0,{middle + half:.1f}{back}"
        arrow = f'<svg class="chev" viewBox="0 0 100 {ARROW}" preserveAspectRatio="none" aria-hidden="true"><polygon points="{points}"/></svg>'
    onward = ""
    if s.arrival:
        said = f'{_percent(s.arrival)}<span class="vh"> arrive in {escape(s.next)}</span>'
        onward = f'<span class="nx">{_link(s.arrival.finding, said, links, s.arrival.statement)}{icon("go")}</span>'
    return f'<div class="flow">{arrow}{onward}</div>'


def _reach(s: StageView, i: int, links: Mapping[str, str]) -> str:
    if s.reach is None:
        return f'<p class="rch"><span class="mu">{escape(s.absent or "reach not known")}</span></p>'
    share = "" if i == 0 and s.reach.value == 1 else f' <span class="mu">{escape(s.reach.text)}</span>'
    return f'<p class="rch">{_link(s.reach.finding, f"<b>{escape(s.count)}</b>", links, s.reach.statement)}{share or " <span class=mu>customers</span>"}</p>'


# --- feelings ----------------------------------------------------------------------------------------------------------


def _y(value: float) -> float:
    return CURVE / 2 - clip(value) * (CURVE / 2 - REST) / 2


def _feelings(picture: Picture, i: int, drawn: list[Half], links: Mapping[str, str]) -> str:
    s = picture.stages[i]
    said = '<p class="vh">Nobody was heard about this stage.</p>'
    inner = ""
    if s.feeling:
        said = _said(s.feeling, links)
        y = _y(s.feeling.value)
        name, _ = face(s.feeling.value)
        up = s.feeling.value >= 0
        inner = (f'<svg x="50%" y="{y:.1f}" class="v{name[1]}{" hol" if s.feeling.hollow else ""}"><use href="#i-{name}" x="-12" y="-12" width="24" height="24"/></svg>'
                 f'<text class="lab" x="50%" y="{y - 18 if up else y + 26:.1f}">{signed(s.feeling.value)}<tspan class="sub" dx="4">{people(s.feeling.people)}</tspan></text>')
    lines = "".join(shapes(h, float, _y) for h in drawn)
    quote = _voice(s.voice, "low" if i == picture.low else "high", places(picture).get(i, "off"), links) if s.voice and i in (picture.low, picture.high) else ""
    return (f'<div class="ew">{said}<svg class="emo" height="{CURVE}" width="100%" aria-hidden="true"><svg viewBox="0 0 100 {CURVE}" preserveAspectRatio="none" '
            f'width="100%" height="{CURVE}">{lines}<line class="zero" x1="0" x2="100" y1="{CURVE / 2}" y2="{CURVE / 2}"/></svg>{inner}</svg>{quote}</div>')


def _said(f: Feeling, links: Mapping[str, str]) -> str:
    name, feeling = face(f.value)
    inside = f", 95 % interval {signed(f.low)} to {signed(f.high)}" if f.low is not None and f.high is not None else ""
    words = f"{icon(name, f'fi v{name[1]}')}<b>{signed(f.value)}</b> <span>{feeling}, {people(f.people)}{inside}</span>"
    return f'<p class="ef">{_link(f.finding, words, links, "")}</p>'


def places(picture: Picture) -> dict[int, str]:
    """Number of a stage with a quote → where it stands, "left", "right", "left above" or "right above", so that none lies on another, outside, or on
    the curve and its labels. A quote without a place is shown where stages are cards, on small screens.
    """
    said = [i for i in (picture.low, picture.high) if i is not None and picture.stages[i].voice]
    for choice in itertools.product(("left", "right", "left above", "right above"), repeat=len(said)):
        spans = [(i - WIDE, i) if side.startswith("left") else (i + 1, i + 1 + WIDE) for i, side in zip(said, choice, strict=True)]
        inside = all(a >= 0 and b <= len(picture.stages) for a, b in spans)
        free = all(_free(picture, i, span, side.endswith("above")) for i, span, side in zip(said, spans, choice, strict=True))
        if inside and free and all(a[1] <= b[0] or b[1] <= a[0] for a, b in itertools.combinations(spans, 2)):
            return dict(zip(said, choice, strict=True))
    return places(dataclasses.replace(picture, high=None)) or places(dataclasses.replace(picture, low=None)) if len(said) > 1 else {}


def _free(picture: Picture, i: int, span: tuple[float, float], above: bool) -> bool:
    """Whether a quote over these stages, below or above the curve, keeps clear of the line, the faces and their labels."""
    voice = picture.stages[i].voice
    tall = LETTERS_HIGH * (math.ceil(len(voice.text if voice else "") / LETTERS) + 1)
    top, bottom = (EDGE, EDGE + tall) if above else (CURVE - EDGE - tall, CURVE - EDGE)
    points = [(k + 0.5, _y(s.feeling.value), s.feeling.value >= 0) for k, s in enumerate(picture.stages) if s.feeling]
    for at, y, up in points:
        if span[0] < at < span[1] and (y - (32 if up else 13) < bottom and top < y + (13 if up else 32)):
            return False
    return not any(b - a == 1 and span[0] < (at := a + part) < span[1] and top < y + (z - y) * part < bottom
                   for (a, y, _), (b, z, _) in itertools.pairwise(points) for part in (0.1, 0.3, 0.5, 0.7, 0.9))


def _voice(v: Voice, which: str, side: str, links: Mapping[str, str]) -> str:
    return (f'<blockquote class="q {which}q {side}"><p>“{escape(v.text.strip("“”"))}”</p>'
            f'<footer>{_link(v.finding, escape(v.who or "a participant"), links, "")}</footer></blockquote>')


# --- what could be done ------------------------------------------------------------------------------------------------


def _steps(read: Map, links: Mapping[str, str]) -> list[str]:
    """A stage's first opportunities with status and owner; empty where no stage has any."""
    found = [opportunities(read, str(s["name"]))[:STEPS] for s in read.data["stages"]]
    return [f'<div class="todo"><p class="eh"><span class="sort">To do</span></p>{"".join(_todo(f, s, links) for f, s in each) or "<p class=mu>none yet</p>"}</div>'
            for each in found] if any(found) else []


def _todo(f: Mapping[str, Any], s: Opportunity, links: Mapping[str, str]) -> str:
    chips = "".join(f'<span class="chip">{escape(c)}</span>' for c in (s.status.split(":")[0], s.owner.removeprefix("owner ")) if c)
    return f'<p>{_link(str(f["id"]), escape(s.name), links, str(f["statement"]))} <span class="chips">{chips}</span></p>'


# --- moments -----------------------------------------------------------------------------------------------------------


def _moment(m: Moment | None, side: str, links: Mapping[str, str]) -> str:
    if m is None:
        return f'<p class="mom none {side}"><span class="vh">{side.capitalize()}: </span>none found</p>'
    mark, name = _SIDES[m.side]
    head = f'<span class="eh">{icon(mark)}<span class="sort">{name}</span>{channel_icon(m.channel)}</span>'
    return f'<p class="mom {m.side}">{_link(m.finding, f"{head}<span><b>{escape(m.number)}</b> {escape(m.text)}</span>", links, m.statement)}</p>'


def _link(finding: str, inner: str, links: Mapping[str, str], title: str) -> str:
    told = f' title="{escape(title, quote=True)}"' if title else ""
    address = links.get(finding)
    return f'<a href="{escape(address, quote=True)}"{told}>{inner}</a>' if address else f"<span{told}>{inner}</span>"


def _percent(share: Share) -> str:
    """As short as an arrow needs it: a whole per cent, a count where the base is small."""
    if policy.counts_only("share", share.base):
        return f"{share.text}"
    hundred = 100 * share.value
    return "<1\u202f%".replace("<", "&lt;") if 0 < hundred < 1 else "&gt;99\u202f%" if 99 < hundred < 100 else f"{hundred:.0f}\u202f%"
