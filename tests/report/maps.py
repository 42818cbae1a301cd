"""Made-up maps of any size, published as runs: what exports and run differences are tested on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cjm_research.page.blocks import MIME, Map, Sheets
from cjm_research.params import Workspace
from cjm_research.results import words
from cjm_research.results.lanes import LANES
from cjm_research.results.result import Estimate, Evidence, Finding
from cjm_research.results.subjects import Assumption, GoingOn, Opportunity, Pain, Rank, Stake
from cjm_research.stats.shares import share

ROWS = Evidence("rows", "customers", table="interactions", rows=10, rows_sha256="ab", sql="SELECT 1")
BY_HAND = Evidence("assumption", "written by hand")


def valence(value: float, n: int = 9) -> Estimate:
    return Estimate(value, value - 0.4, value + 0.4, n, n, "score", "mean, Student's interval")


def findings(stages: int = 2, touchpoints: int = 2, personas: Sequence[str] = ("Movers",), text: str = "Too slow", names: Sequence[str] = ()) -> list[Finding]:
    """A map with an entry in every lane of every stage; `text` stands where words of data stand."""
    out: list[Finding] = []
    for s in range(stages):
        stage = names[s] if names else f"Stage {s + 1}"
        for who in (None, *personas):
            shift = 0 if who is None else 10 * (1 + list(personas).index(who))
            more: dict[str, Any] = {"stage": stage, "persona": who, "evidence": (ROWS,)}
            out += [Finding(f"reach:stage:{stage}", f"{stage} reach", "metric", share(900 - 40 * s - shift, 1000), lane="reach", label="", **more),
                    Finding(f"conversion:stage:{stage}", f"{stage} going on", "metric", share(700 - 30 * s + shift, 900), lane="conversion", label="",
                            subject=GoingOn(stage), **more),
                    Finding(f"emotion:stage:{stage}", f"Mean valence at {stage}", "emotion", valence((-1) ** s * 1.2), source="interview", lane="emotion", label="", **more)]
        for t in range(touchpoints):
            name = f"{stage} touchpoint {t + 1}"
            place: dict[str, Any] = {"stage": stage, "touchpoint": name, "evidence": (ROWS,)}
            out += [Finding(f"reach:touchpoint:{name}", f"{name} reach", "metric", share(500 - t, 1000), lane="touchpoints", label=name, **place),
                    Finding(f"pain:survey:{name}", f"{text}; rank {t + 1} of 9 by survey", "pain", share(300 - t, 1000), source="survey", lane="pain",
                            label=f"not satisfied with {name}", subject=Pain("survey", name, Rank(t + 1, t + 1, t + 1, 9)), **place),
                    Finding(f"actions:{stage}:act_{t}", f"act {t}", "action", share(200 - t, 1000), lane="actions", label=f"act {t}", **place),
                    Finding(f"backstage:{name}", f"{name}: owner: {text}", "action", stage=stage, touchpoint=name, source="assumption", status="assumed", evidence=(BY_HAND,),
                            lane="backstage"),
                    Finding(f"target:{name}", f"{name}: below its target; mean", "metric", Estimate(3.9, 3.8, 4.0, 50, 50, "score", "mean"), source="survey", lane="metrics",
                            label=f"{name}: below its target", **place)]
        here: dict[str, Any] = {"stage": stage}
        out += [Finding(f"quote:{s}", text, "quote", source="interview", evidence=(Evidence("quote", "said", quote=text, document_id="P1", start=0, end=4),),
                        lane="quotes", label=words.quoted(text), **here),
                Finding(f"theme:Gains > {text} {s}", text, "gain", share(4, 12), source="interview", evidence=(ROWS,), lane="gain", label=f"{text} {s}", **here),
                Finding(f"assumption:thoughts:{text}", text, "thought", source="assumption", status="assumed", evidence=(BY_HAND,), lane="needs", **here),
                Finding(f"time:stage:{stage}", "Median time", "metric", Estimate(3600.0 * (s + 1), 3000.0, 90_000.0, 40, 40, "s", "median"), evidence=(ROWS,), lane="time", label="", **here),
                Finding(f"satisfaction:q{s}:csat", f"CSAT, {text}", "metric", share(60, 80), source="survey", evidence=(ROWS,), lane="satisfaction", label="CSAT", **here),
                Finding(f"stake:persona:{stage}", f"Going on from {stage} as often as persona X (…)", "metric", Estimate(9e4, 8e4, 1e5, 9, 9, "EUR", "simulated"), status="partly", evidence=(ROWS,),
                        lane="stake", label="as often as persona X", subject=Stake(stage, "persona"), **here),
                Finding(f"opportunity:{text} {s}", f"How might we {text}? (proposed, owner {text}, RICE 42, rank {s + 1})", "opportunity", source="assumption", status="assumed",
                        evidence=(BY_HAND,), lane="opportunities", label=f"How might we {text}?",
                        subject=Opportunity(f"How might we {text}?", "proposed", f"owner {text}", f"RICE 42, rank {s + 1}", rank=Rank(s + 1, s + 1, s + 1)), **here),
                Finding(f"future:assumption:actions:{s}", f"{text} in future", "action", source="assumption", status="assumed", evidence=(BY_HAND,),
                        lane="actions", subject=Assumption("actions", text, future=True), **here)]
    return out


def map_data(found: Sequence[Finding], title: str = "Acme", personas: Sequence[str] = ("Movers",), size: int = 400) -> dict[str, Any]:
    """What `analysis.journey_map` gives for these findings."""
    stages = list(dict.fromkeys(f.stage for f in found if f.stage))
    cells: dict[str, list[str]] = {}
    for f in found:
        cells.setdefault(f"{f.lane}|{f.stage}", []).append(f.id)
    touchpoints = {f.touchpoint: f.stage for f in found if f.touchpoint}
    return {"title": title, "client": "acme", "stages": [{"name": s, "goal": f"Goal of {s}", "touchpoints": [t for t, at in touchpoints.items() if at == s]} for s in stages],
            "touchpoints": {t: {"stage": s, "channel": "web", "channels": ["web"], "owner": ""} for t, s in touchpoints.items()},
            "lanes": [{"name": lane.name, "title": lane.title, "meaning": lane.meaning, "shown": lane.shown, "limit": lane.limit, "backstage": lane.backstage} for lane in LANES],
            "personas": [{"name": p, "size": size, "of": "customers"} for p in personas], "periods": [], "channels": [], "missing": {}, "cells": cells,
            "labels": {f.id: f.in_cell for f in found}, "tags": {}, "links": {}, "moves": {}, "future": [f.id for f in found if isinstance(f.subject, Assumption)],
            "findings": [f.to_dict() for f in found]}


def sheet(name: str, text: str) -> dict[str, Any]:
    """A persona sheet."""
    return {"name": name, "number": 1, "size": "40 % of customers", "summary": text, "natural": True, "rule": [text], "glyph": [{"label": text, "text": text, "position": 0.5}],
            "sections": {"needs": [{"text": text, "status": "partly", "evidence": text, "finding": ""}] * 4}, "empathy": {"says": [{"text": text, "status": "backed"}]},
            "quotes": [{"text": text, "who": "P1", "where": "P1, characters 0–4", "id": "x"}], "counts": {"partly": 4}}


def publish(root: Path, found: Sequence[Finding], data: dict[str, Any] | None, run: str = "20260101T000000Z-aa", sheets: Sequence[dict[str, Any]] = ()) -> Workspace:
    """A workspace with one run of the client acme."""
    place = Workspace(root)
    folder = place.reports / "acme" / run
    folder.mkdir(parents=True)
    blocks: list[Any] = [*([Sheets(list(sheets))] if sheets else []), *([Map(data)] if data is not None else [])]
    notebook = {"cells": [{"cell_type": "code", "outputs": [{"data": {MIME: b.to_dict()}}]} for b in blocks]}
    (folder / "60_journey_map.ipynb").write_text(json.dumps(notebook))
    (folder / "findings.json").write_text(json.dumps({"findings": [f.to_dict() for f in found]}))
    (folder / "index.html").write_text("<p>hello</p>")
    place.params.mkdir(exist_ok=True)
    (place.params / "acme.yaml").write_text("client: acme\n")
    return place
