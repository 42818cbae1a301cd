"""Maps made up for tests: as large as a workshop's wall, and with hostile words everywhere."""

from __future__ import annotations

from typing import Any

from cjm_research.journey_map import LANES

FIFTEEN = [lane for lane in LANES if lane.name not in ("experiments", "metrics")]
BY_STAGE = ("reach", "conversion", "time", "emotion", "stake", "evidence")
BY_PERSONA = ("reach", "conversion", "time", "emotion", "satisfaction", "pain")
KINDS = {"pain": "pain", "gain": "gain", "needs": "need", "quotes": "quote", "opportunities": "opportunity", "actions": "action", "emotion": "emotion", "backstage": "action"}
SAID = "They took the slot away after the payment page had opened, and nobody told me why"


def large_map(stages: int = 12, touchpoints: int = 60, personas: int = 5, channels: int = 6) -> dict[str, Any]:
    """As `analysis.journey_map` returns: every lane at every touchpoint or stage; most also by persona, channel and half."""
    places = {f"Stage {s + 1}": [f"Touchpoint {t + 1}" for t in range(touchpoints) if t * stages // touchpoints == s] for s in range(stages)}
    people = [f"Persona number {p + 1}" for p in range(personas)]
    media = [f"channel {c + 1}" for c in range(channels)]
    findings: list[dict[str, Any]] = []
    cells: dict[str, list[str]] = {}
    moves: dict[str, Any] = {}
    for stage, inside in places.items():
        for lane in FIFTEEN:
            spots = [None] if lane.name in BY_STAGE else inside
            eyes: list[dict[str, str]] = [{}]
            if lane.name in BY_PERSONA:
                eyes += [{"persona": p} for p in people]
            if lane.name in ("reach", "conversion"):
                eyes += [{"channel": c} for c in media]
            if lane.name in ("reach", "conversion", "time", "satisfaction"):
                eyes += [{"period": h} for h in ("previous", "current")]
            for eye in eyes:
                for spot in spots:
                    f = _finding(len(findings), lane.name, stage, spot, eye)
                    findings.append(f)
                    cells.setdefault(f"{lane.name}|{stage}", []).append(f["id"])
                    if eye.get("period") == "current":
                        moves[f["id"]] = {"state": ("up", "down", "same")[len(moves) % 3], "short": "+2.1 pp", "text": "+2.1 pp against the half before (95 % interval 0.4 to 3.8 pp)"}
    return {
        "title": "A large journey", "client": "large", "findings": findings, "cells": cells, "moves": moves, "missing": {}, "future": [],
        "stages": [{"name": s, "goal": "What the customer wants to get done here", "touchpoints": t} for s, t in places.items()],
        "touchpoints": {t: {"stage": s, "channel": media[i % channels], "channels": [media[i % channels]], "owner": "E-commerce"}
                        for s, inside in places.items() for i, t in enumerate(inside)},
        "lanes": [{"name": x.name, "title": x.title, "meaning": x.meaning, "shown": x.shown, "limit": x.limit, "backstage": x.backstage} for x in FIFTEEN],
        "personas": [{"name": p, "size": 1000 + i, "of": "customers"} for i, p in enumerate(people)], "channels": media,
        "periods": [{"name": "previous", "label": "6 Jan – 2 Apr 2026"}, {"name": "current", "label": "3 Apr – 28 Jun 2026"}],
        "labels": {f["id"]: f["statement"] if f["kind"] in ("quote", "opportunity") else f["touchpoint"] or "" for f in findings},
        "tags": {f["id"]: {"persona": people[i % personas]} for i, f in enumerate(findings) if f["kind"] == "quote"}, "links": {}}


def _finding(n: int, lane: str, stage: str, touchpoint: str | None, eye: dict[str, str]) -> dict[str, Any]:
    kind = KINDS.get(lane, "metric")
    value = (n * 37 % 100) / 100
    estimate: dict[str, Any] | None = {"value": value, "low": max(0, value - 0.04), "high": min(1, value + 0.04), "n": round(value * 4000), "base": 4000, "unit": "share",
                                       "method": "Wilson score interval (1927)"}
    if lane == "emotion":
        estimate = {**(estimate or {}), "value": 4 * value - 2, "low": max(-2.0, 4 * value - 2.6), "high": min(2.0, 4 * value - 1.4), "n": 12, "base": 12, "unit": "score"}
    if kind in ("quote", "opportunity", "need") or lane == "backstage":
        estimate = None
    where = f"{touchpoint or stage}{', ' + next(iter(eye.values())) if eye else ''}"
    statement = f"{SAID} ({n})" if kind == "quote" else f"{100 * value:.1f} % (95 % interval 3.0 to 12.4 %; n = {n} of 4,000) of customers were seen at {where}"
    return {"id": f"F-{n:010x}", "key": f"{lane}:{touchpoint or stage}", "lane": lane, "label": None, "subject": None, "statement": statement, "kind": kind, "estimate": estimate, "stage": stage,
            "touchpoint": touchpoint, "channel": None, "persona": None, "period": None, "source": "assumption" if lane in ("backstage", "opportunities") else "behaviour",
            "status": "assumed" if lane == "backstage" else "backed", "caveats": [], "evidence": [
                {"kind": "quote", "quote": f"{SAID} ({n})", "speaker": "P7", "document_id": "P7"} if kind == "quote" else
                {"kind": "rows", "definition": f"customers seen at {where}; counted: seen in a later stage afterwards", "rows": 4000, "table": "interactions"}], **eye}


def small_map(text: str = "words") -> dict[str, Any]:
    """Two stages, two lanes and one of everything; every text of it is `text` or holds it."""
    def finding(fid: str, lane: str, **more: Any) -> dict[str, Any]:
        return {"id": fid, "key": lane, "statement": text, "kind": "metric", "stage": "A" + text, "touchpoint": text, "channel": None, "persona": None, "period": None,
                "source": "behaviour", "status": "backed", "caveats": [text], "evidence": [{"kind": "rows", "definition": text, "rows": 3, "table": text}],
                "estimate": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 5, "base": 10, "unit": "share", "method": text}, **more}

    stage = "A" + text
    findings = [finding("F-1", "reach"), finding("F-2", "reach", persona=text), finding("F-3", "reach", channel=text), finding("F-4", "reach", period="current"),
                finding("F-5", "opportunity", kind="opportunity", source="assumption", status="assumed", estimate=None, persona=text),
                finding("F-6", "experiment", kind="experiment"), finding("F-7", "future", kind="pain", source="assumption", status="assumed", estimate=None),
                finding("F-8", "quote", kind="quote", estimate=None, evidence=[{"kind": "quote", "quote": text, "speaker": text, "document_id": text}])]
    cells = {f"reach|{stage}": ["F-1", "F-2", "F-3", "F-4"], f"opportunities|{stage}": ["F-5", "F-6"], f"pain|{stage}": ["F-7", "F-8"]}
    return {"title": text, "client": text, "findings": findings, "cells": cells, "missing": {text: text}, "future": ["F-7"], "links": {"F-5": ["F-6"]},
            "labels": {f["id"]: text for f in findings}, "tags": {"F-8": {"persona": text}}, "moves": {"F-4": {"state": "up", "short": text, "text": text}},
            "stages": [{"name": stage, "goal": text, "touchpoints": [text]}, {"name": "B" + text, "goal": "", "touchpoints": []}],
            "touchpoints": {text: {"stage": stage, "channel": text, "channels": [text], "owner": text}},
            "lanes": [{"name": n, "title": text, "meaning": text, "shown": True, "limit": 1, "backstage": n == "pain"} for n in ("reach", "opportunities", "pain")],
            "personas": [{"name": text, "size": 10, "of": "customers"}], "channels": [text], "periods": [{"name": "current", "label": text}],
            "changes": {"since": text, "marks": {"F-1": {"state": "changed", "short": text, "text": text}},
                        "vanished": [{"id": "F-0", "stage": text, "touchpoint": None, "persona": None, "channel": None, "period": None, "statement": text}]}}
