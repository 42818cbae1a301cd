"""The first page's map marks what is other than in the run before, beyond its uncertainty."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cjm_research.page.map_html import map_html
from cjm_research.report.pages.map_page import _marked
from cjm_research.results.result import Estimate, Finding
from tests.page.maps import small_map


def finding(key: str, n: int) -> dict[str, Any]:
    share = Estimate(n / 1000, n / 1000 - 0.03, n / 1000 + 0.03, n, 1000, "share", "Wilson")
    return Finding(f"reach:{key}", f"{key}: {n}", "metric", share, stage="Aw").to_dict()


def test_changed_new_and_vanished_entries_are_marked(tmp_path: Path) -> None:
    old = tmp_path / "20260901T101500.000Z-abcdef"
    old.mkdir()
    before = [finding("more", 200), finding("same", 500), finding("within", 500), finding("gone", 100)]
    after = [finding("more", 400), finding("same", 500), finding("within", 510), finding("fresh", 300)]
    (old / "findings.json").write_text(json.dumps({"findings": before}))
    data = {**small_map("w"), "findings": after, "cells": {"reach|Aw": [f["id"] for f in after]}, "labels": {}, "moves": {}, "links": {}, "tags": {}, "future": []}
    data.pop("changes")
    data["lanes"] = [{**data["lanes"][0], "limit": 9}]
    chapter: Any = SimpleNamespace(name="60_journey_map", state="ok", content=SimpleNamespace(numbering=SimpleNamespace(findings=after)))
    marked = _marked(data, [chapter], old)
    assert marked["changes"]["since"] == "2026-09-01"
    assert {k: v["state"] for k, v in marked["changes"]["marks"].items()} == {after[0]["id"]: "changed", after[3]["id"]: "appeared"}
    html = map_html(marked, {})
    assert sum("chip change" in e for e in html.split("<p class=\"legend")[0].split("<li ")) == 2
    assert "(2)" in html and "gone: 100" in html and "2026-09-01" in html


def test_without_a_run_before_nothing_is_marked(tmp_path: Path) -> None:
    data = small_map("w")
    assert _marked(data, [], None) is data
    assert _marked({"a": 1}, [], tmp_path) == {"a": 1}, "files of the run before were taken away"
