"""The cells of the map: what stands in one, in which order, and what hover or focus tells more of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ..results import policy, words
from ..results.older import subject_of
from ..results.subjects import Opportunity

Finding = Mapping[str, Any]
SHORT = 150  # characters of a statement shown in a cell; the whole of it is in the tip and in the chapter
BARS = ("reach", "conversion", "satisfaction", "touchpoints", "pain", "actions", "evidence")  # lanes whose shares are drawn
HALF = 0.5  # fewer satisfied than this are drawn in the colour of pain
ARROWS = {"up": "▲", "down": "▼", "same": "≈"}


class Cells:
    """Renders cells; collects on the way what the script shows (`strings`, `tips`: finding id → places in `strings`)."""

    def __init__(self, data: Mapping[str, Any], links: Mapping[str, str], scripted: bool) -> None:
        self.data, self.links, self.scripted = data, links, scripted
        self.by_id: dict[str, Finding] = {f["id"]: f for f in data["findings"]}
        self.future = set(data.get("future") or ())
        self.labels, self.tags = data.get("labels") or {}, data.get("tags") or {}
        self.changes: Mapping[str, Any] = (data.get("changes") or {}).get("marks") or {}
        self.remarks: Mapping[str, Any] = data.get("remarks") or {}
        self.moves: Mapping[str, Any] = data.get("moves") or {}
        self.moved = self._moved()
        self.personas = {p["name"]: i + 1 for i, p in enumerate(data.get("personas") or [])}
        self.strings: list[str] = []
        self.tips: dict[str, list[int]] = {}
        self._places: dict[str, int] = {}

    def used(self, lane: Mapping[str, Any]) -> bool:
        """Whether the lane has any entry."""
        return any(self.data["cells"].get(f"{lane['name']}|{s['name']}") for s in self.data["stages"])

    def default_items(self) -> list[Finding]:
        """The entries of the default view."""
        return [self.by_id[i] for ids in self.data["cells"].values() for i in ids if self._default(self.by_id[i])]

    def cell(self, lane: Mapping[str, Any], stage: str) -> str:
        """One cell: the most important entries, more in a disclosure, other views in a template."""
        items = [self.by_id[i] for i in self.data["cells"].get(f"{lane['name']}|{stage}", [])]
        shown = [self._item(f, lane) for f in items if self._default(f)]
        other = [self._item(f, lane) for f in items if not self._default(f)] if self.scripted else []
        limit = int(lane["limit"])
        body = f"<ul>{''.join(shown[:limit])}</ul>" if shown else '<span class="none"><span aria-hidden="true">–</span><span class="vh">no data</span></span>'
        if shown[limit:]:
            body += f"<details><summary>{len(shown) - limit} more</summary><ul>{''.join(shown[limit:])}</ul></details>"
        if other:
            body += f"<template>{''.join(other)}</template>"
        return f"<td>{body}{self._said(lane, stage, items)}</td>"

    def _said(self, lane: Mapping[str, Any], stage: str, items: Sequence[Finding]) -> str:
        """What reviewers say of the cell and of its entries."""
        about = [*self.remarks.get(f"{lane['name']}|{stage}", ()), *(r for f in items for r in self.remarks.get(f["id"], ()))]
        return f'<ul class="remarks">{"".join(f"<li>{escape(r)}</li>" for r in about)}</ul>' if about else ""

    def _default(self, f: Finding) -> bool:
        """Whether it is about all customers, the whole period, now; hand-written lines may name a persona."""
        part = f.get("channel") or f.get("period") or (f.get("persona") and f["source"] != "assumption")
        return not part and f["id"] not in self.future

    def _moved(self) -> dict[str, Mapping[str, Any]]:
        """Finding id of the whole period → how its current half differs, where beyond its uncertainty."""
        place = {_place(f): f["id"] for f in self.data["findings"] if not f.get("period")}
        out = {}
        for fid, move in self.moves.items():
            whole = place.get(_place(self.by_id[fid])) if fid in self.by_id else None
            if whole and move["state"] != "same":
                out[whole] = move
        return out

    # --- one entry -------------------------------------------------------------------------------------------------

    def _item(self, f: Finding, lane: Mapping[str, Any]) -> str:
        fid, estimate = f["id"], f.get("estimate")
        text = _cut(str(self.labels.get(fid, f["statement"])))
        number = _number(estimate, lane["name"]) if estimate else ("", _standing(f))
        inner = f'{number[0]}{f"<span>{escape(text)}</span>" if text else ""}{number[1]}'
        address = self.links.get(fid)
        title = "" if self.scripted else f' title="{escape(self._plain(f), quote=True)}"'
        body = (f'<a href="{escape(address, quote=True)}"{title}>{inner}</a>' if address else
                f'<span class="item"{title}>{inner}</span>' if not self.scripted else f'<span class="item" tabindex="0" role="note">{inner}</span>')
        if self.scripted:
            self._tip(f)
        kind = "quote" if f["kind"] == "quote" else "line" if not estimate else "number" if text and lane["name"] != "stake" else "number big"
        return f'<li class="{kind}" id="m-{escape(fid, quote=True)}"{self._attributes(f)}>{body}{self._chips(f, lane)}{self._outcome(fid)}</li>'

    def _attributes(self, f: Finding) -> str:
        """Where it belongs, for the script: p persona, c channel, h half, t touchpoint, g persona it is from, f future."""
        persona = f.get("persona")
        given = {"p": None if f["source"] == "assumption" else persona, "c": f.get("channel"), "h": f.get("period"), "t": f.get("touchpoint"),
                 "g": persona if f["source"] == "assumption" else self.tags.get(f["id"], {}).get("persona"),
                 "f": "1" if f["id"] in self.future else None, "n": (self.changes.get(f["id"]) or {}).get("state")}
        return "".join(f' data-{k}="{escape(str(v), quote=True)}"' for k, v in given.items() if v) if self.scripted else ""

    def _chips(self, f: Finding, lane: Mapping[str, Any]) -> str:
        chips = []
        move = self.moves.get(f["id"]) or self.moved.get(f["id"])
        if move:
            chips.append(_chip(f"{ARROWS[move['state']]} {str(move['short']).lstrip('+−')}", "move", {"up": "up ", "down": "down "}.get(move["state"], "about the same, ")))
        if change := self.changes.get(f["id"]):
            chips.append(_chip(str(change["short"]), "change", "" if change["state"] == "appeared" else "since the last run "))
        if f["source"] == "assumption" and f.get("persona"):
            chips.append(_chip(str(f["persona"]), ""))
        if f.get("status") == "assumed" and lane["name"] != "backstage":
            chips.append(_chip("assumed", "assumed"))
        elif f.get("status") == "partly" and f["kind"] != "quote" and lane["name"] not in ("evidence", "stake"):
            chips.append(_chip("partly backed", "partly"))
        return f'<span class="chips">{"".join(chips)}</span>' if chips else ""

    def _outcome(self, fid: str) -> str:
        """What came of an opportunity: its experiment's and its change's results."""
        results = [self.by_id[i] for i in (self.data.get("links") or {}).get(fid, ()) if i in self.by_id]
        if not results:
            return ""
        items = []
        for r in results:
            text = escape(_cut(str(r["statement"]), 170))
            address = self.links.get(r["id"])
            items.append(f'<li>→ {f"<a href={chr(34)}{escape(address, quote=True)}{chr(34)}>{text}</a>" if address else text}</li>')
        return f'<ul class="outcome">{"".join(items)}</ul>'

    # --- what is told on demand --------------------------------------------------------------------------------------

    def _tip(self, f: Finding) -> None:
        estimate = f.get("estimate")
        lines = [str(f["statement"]), str(estimate["method"]) if estimate else "", *self._more(f)]
        self.tips[f["id"]] = [self._string(x) for x in lines]

    def _more(self, f: Finding) -> list[str]:
        return [x for x in (_evidence(f), *map(str, f.get("caveats") or ()), (self.moves.get(f["id"]) or self.moved.get(f["id"]) or {}).get("text"),
                            (self.changes.get(f["id"]) or {}).get("text")) if x]

    def _plain(self, f: Finding) -> str:
        e = f.get("estimate")
        return "\n".join([str(f["statement"]), *([str(e["method"])] if e else []), *self._more(f)])

    def _string(self, text: str) -> int:
        if text not in self._places:
            self._places[text] = len(self.strings)
            self.strings.append(text)
        return self._places[text]


def _place(f: Finding) -> tuple[Any, ...]:
    return tuple(f.get(k) or None for k in ("key", "stage", "touchpoint", "channel", "persona"))


def _chip(text: str, kind: str, spoken: str = "") -> str:
    return f'<span class="chip {kind}">{f"<span class=vh>{escape(spoken)}</span>" if spoken else ""}{escape(text)}</span>'


def _number(e: Mapping[str, Any], lane: str) -> tuple[str, str]:
    """(the number, what stands below it: a bar, interval and n)."""
    value, unit = e.get("value"), "valence" if lane == "emotion" else str(e.get("unit") or "")
    low, high = e.get("low"), e.get("high")
    bar = ""
    if value is not None and unit == "share" and lane in BARS and not policy.counts_only(unit, e.get("base")):
        bar = _bar(value, low, high, 0.0, 1.0, "bar low" if lane == "satisfaction" and value < HALF else "bar")
    elif value is not None and lane == "emotion":
        bar = _bar(value, low, high, -2.0, 2.0, "bar scale low" if value < 0 else "bar scale")
    said, inside, size = words.figure(value, low, high, e["n"], e["base"], unit)
    # each part stays whole where the line breaks
    below = " ".join(f"<span>{escape(part)}</span>" for part in (inside, size) if part)
    return f"<b>{escape(said)}</b> ", f"{bar}<small>{below}</small>" if bar or below else ""


def _standing(f: Finding) -> str:
    """Status, owner, rank and next review of an opportunity."""
    subject = subject_of(f)
    return f"<small>{escape(' · '.join(subject.standing))}</small>" if isinstance(subject, Opportunity) and subject.standing else ""


def _bar(value: float, low: float | None, high: float | None, least: float, most: float, css: str) -> str:
    def at(x: float) -> str:
        return f"{100 * (min(max(x, least), most) - least) / (most - least):.1f}%"

    return f'<i class="{css}" style="--v:{at(value)};--l:{at(low if low is not None else value)};--h:{at(high if high is not None else value)}"></i>'


def _cut(text: str, longest: int = SHORT) -> str:
    return text if len(text) <= longest else text[: longest - 1].rsplit(" ", 1)[0] + " …"


def _evidence(f: Finding) -> str:
    for evidence in (f.get("evidence") or ())[:1]:
        if evidence.get("kind") == "quote":
            who = ", ".join(str(x) for x in (evidence.get("speaker"), evidence.get("document_id")) if x)
            return f"Quote: {who}" if who else "Quote"
        if evidence.get("rows") is not None:
            return f"{evidence['rows']:,} rows of {evidence.get('table')}: {evidence['definition']}"
        return str(evidence.get("definition") or "")
    return ""
