"""What must not move a number of the map does not: order of rows, names of ids, cut of files; a source taken away takes only what is its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from cjm_research.build import build
from cjm_research.journey_map import journey_map
from cjm_research.params import Workspace
from cjm_research.results.result import Result
from cjm_research.study import open_study

JOURNEY = {"stages": [
    {"name": "Look", "touchpoints": [{"name": "Ad", "match": {"event": "ad"}}, {"name": "Page", "match": {"event": "view"}, "questions": "page", "feedback": "page"}]},
    {"name": "Buy", "touchpoints": [{"name": "Cart", "match": {"event": "cart"}, "questions": "cart"}, {"name": "Pay", "match": {"event": "pay"}, "feedback": "pay"}]},
    {"name": "Use", "touchpoints": [{"name": "Help", "match": {"event": "help"}, "questions": "help", "feedback": "help", "owner": "Care"}]}],
    "assumptions": [{"stage": "Use", "lane": "thoughts", "text": "Somebody will answer."}]}
SOURCES = {
    "web": {"name": "web", "kind": "events", "files": "events*.csv", "columns": {"customer_id": "who", "occurred_at": "at", "event": "what", "channel": "medium"}},
    "asked": {"name": "asked", "kind": "survey", "files": "answers*.csv", "columns": {"response_id": "id", "customer_id": "who", "answered_at": "at"},
              "questions": [{"column": c, "id": c, "instrument": "csat", "scale": [1, 5], "higher_is_better": True} for c in ("page", "cart", "help")]},
    "reviews": {"name": "reviews", "kind": "feedback", "files": "reviews*.csv",
                "columns": {"feedback_id": "id", "published_at": "at", "text": "said", "rating": "stars", "label": "about"}, "constants": {"rating_max": 5}}}


# the lane of evidence counts entries, flags and proposals weigh all sources: what they say follows from what is there
DERIVED = ("evidence:", "flag:", "opportunity:")


def exports() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(8)
    start = pd.Timestamp("2026-01-01", tz="UTC")
    events, answers, reviews = [], [], []
    for k in range(400):
        at, medium = start + pd.Timedelta(hours=int(rng.integers(0, 24 * 80))), ("web", "app")[int(rng.random() < 0.4)]
        for i, (what, going) in enumerate((("ad", 0.8), ("view", 0.6), ("cart", 0.7), ("pay", 0.4), ("help", 0.0))):
            events.append({"who": f"c{k}", "at": (at + pd.Timedelta(minutes=37 * i + k % 29)).isoformat(), "what": what, "medium": medium})
            if rng.random() > going:
                break
    for k in range(150):
        answers.append({"id": f"r{k}", "who": f"c{k * 2}", "at": (start + pd.Timedelta(hours=13 * k)).isoformat(), **{c: int(rng.integers(1, 6)) for c in ("page", "cart", "help")}})
    for k in range(60):
        reviews.append({"id": f"f{k}", "at": (start + pd.Timedelta(hours=29 * k)).isoformat(), "said": f"It was number {k}.", "stars": int(rng.integers(1, 6)), "about": ("page", "pay", "help")[k % 3]})
    return {"events": pd.DataFrame(events), "answers": pd.DataFrame(answers), "reviews": pd.DataFrame(reviews)}


def mapped(root: Path, frames: dict[str, pd.DataFrame], without: str = "", parts: int = 1) -> Result:
    place = Workspace(root)
    place.params.mkdir(parents=True)
    settings: dict[str, Any] = {"client": "shop", "title": "Shop", "timezone": "UTC", "currency": "EUR", "privacy": {"min_cell": 1}, "journey": JOURNEY,
                                "sources": [s for name, s in SOURCES.items() if name != without]}
    (place.params / "shop.yaml").write_text(yaml.safe_dump(settings))
    raw = place.raw("shop")
    raw.mkdir(parents=True)
    for name, frame in frames.items():
        for i in range(parts):
            frame.iloc[i::parts].to_csv(raw / f"{name}{i}.csv", index=False)
    build("shop", place)
    # how personas are found has tests of its own
    return journey_map(open_study("shop", place), by_persona=False)


def numbers(result: Result) -> dict[str, Any]:
    """Finding id → what it says, with its number and how many rows it rests on."""
    return {f.id: (f.statement, f.estimate, [e.rows for e in f.evidence]) for f in result.findings}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Result:
    result = mapped(tmp_path_factory.mktemp("first"), exports())
    assert {f.lane for f in result.findings} >= {"reach", "conversion", "time", "satisfaction", "pain", "actions", "evidence", "touchpoints"}
    return result


def test_order_of_rows_moves_nothing(first: Result, tmp_path: Path) -> None:
    other = mapped(tmp_path, {n: f.sample(frac=1, random_state=4) for n, f in exports().items()})
    assert numbers(other) == numbers(first) and other.facts == first.facts


def test_names_of_ids_move_nothing(first: Result, tmp_path: Path) -> None:
    def renamed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{c: frame[c].map(lambda v, c=c: f"{c}-{v[::-1]}#") for c in ("who", "id") if c in frame})

    other = mapped(tmp_path, {n: renamed(f) for n, f in exports().items()})
    # which of equally good quotes is shown may hang on an id; numbers may not
    mine, theirs = numbers(first), numbers(other)
    assert {k: v for k, v in theirs.items() if v[1]} == {k: v for k, v in mine.items() if v[1]}


def test_cut_of_files_moves_nothing(first: Result, tmp_path: Path) -> None:
    other = mapped(tmp_path, exports(), parts=3)
    assert numbers(other) == numbers(first) and other.facts == first.facts


@pytest.mark.parametrize(("gone", "source", "questions"), [("asked", "survey", {"satisfaction"}), ("reviews", "feedback", {"feedback"})])
def test_a_source_taken_away_takes_its_own_and_nothing_else(first: Result, tmp_path: Path, gone: str, source: str, questions: set[str]) -> None:
    other = mapped(tmp_path, exports(), without=gone)
    kept = {f.id: v for f, v in zip(first.findings, numbers(first).values(), strict=True) if f.source != source and not f.key.startswith(DERIVED)}
    left = {f.id: v for f, v in zip(other.findings, numbers(other).values(), strict=True) if not f.key.startswith(DERIVED)}
    assert left == kept
    assert not [f.key for f in other.findings if f.source == source]
    assert questions <= set(other.facts["missing"]) and not questions & set(first.facts["missing"])
    lanes = {f.lane for f in first.findings if f.source == source} - {f.lane for f in first.findings if f.source != source}
    assert not [k for k in other.facts["cells"] if k.partition("|")[0] in lanes]


def test_events_taken_away_leave_what_people_said(first: Result, tmp_path: Path) -> None:
    other = mapped(tmp_path, exports(), without="web")
    mine, theirs = {f.id: f for f in first.findings}, {f.id: f for f in other.findings}
    assert {f.lane for f in other.findings} & {"reach", "conversion", "time", "actions", "touchpoints", "stake"} == set()
    said = [f for f in mine.values() if f.source in ("survey", "feedback") and f.period is None and not f.key.startswith(DERIVED)]
    assert said and all(f.id in theirs and theirs[f.id].estimate == f.estimate for f in said)
    assert {"stages", "customer actions"} <= set(other.facts["missing"])
