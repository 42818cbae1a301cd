"""The map's markup: everything of the analysis is in it, each entry once, text is text, and it says what it is without scripts."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjm_research.page.map_html import map_html
from tests.page.maps import large_map, small_map
from tests.page.markup import Reader


@pytest.fixture(scope="module")
def large() -> dict[str, Any]:
    return large_map()


def outside_templates(html: str) -> str:
    return re.sub(r"<template.*?</template>", "", html, flags=re.S)


def test_every_entry_is_there_once_and_links_to_its_evidence(large: dict[str, Any]) -> None:
    links = {f["id"]: f"60_map.html#f-{f['id']}" for f in large["findings"]}
    html = map_html(large, links)
    ids = [str(a["id"]) for _, a in Reader(html).tags if a.get("id")]
    assert sorted(ids) == sorted("m-" + f["id"] for f in large["findings"])
    assert {a["href"] for t, a in Reader(html).tags if t == "a"} == set(links.values())
    assert len(html.encode()) < 1_000_000


def test_the_default_view_is_all_customers_and_stands_without_scripts(large: dict[str, Any]) -> None:
    html = outside_templates(map_html(large, {}))
    default = {f["id"] for f in large["findings"] if not (f["persona"] or f["channel"] or f["period"])}
    assert {str(a["id"])[2:] for t, a in Reader(html).tags if t == "li"} == default
    assert "controls" in html and '<div class="controls" role="group" aria-label="View of the map" hidden>' in html


def test_a_table_tells_its_rows_and_columns(large: dict[str, Any]) -> None:
    tags = Reader(outside_templates(map_html(large, {}))).tags
    assert sum(t == "th" and a.get("scope") == "col" for t, a in tags) == 13
    assert sum(t == "th" and a.get("scope") == "row" for t, a in tags) == len(large["lanes"])
    assert sum(t == "caption" for t, _ in tags) == 1


def test_line_of_visibility_comes_before_backstage(large: dict[str, Any]) -> None:
    html = map_html(large, {})
    assert html.index("line of visibility") < html.index('data-lane="backstage"')
    assert html.index('data-lane="evidence"') < html.index("line of visibility")


def test_what_hover_tells_is_complete() -> None:
    html = map_html(small_map("w"), {})
    texts = json.loads(unescape(html.partition('<template class="texts">')[2].partition("</template>")[0]))
    told = {fid: [texts["s"][i] for i in places] for fid, places in texts["t"].items()}
    assert told["F-1"] == ["w", "w", "3 rows of w: w", "w", "w", "w"]  # statement, method, evidence, caveat, move, change
    assert told["F-8"] == ["w", "", "Quote: w, w", "w"]


def test_marks_of_status_change_and_move_and_what_came_of_an_opportunity() -> None:
    html = map_html(small_map("w"), {"F-6": "50.html#f-F-6"})
    item = {fid: re.search(rf'<li class="\w+" id="m-{fid}".*?(?=<li class="\w+" id|</template>|</td>)', html, re.S)[0] for fid in ("F-1", "F-5", "F-7")}  # type: ignore[index]
    assert '<span class="chip change"><span class=vh>since the last run </span>w</span>' in item["F-1"]
    assert "1 of the last run&#x27;s entries is gone" in html or "1 of the last run's entries is gone" in html
    assert "▲" in item["F-1"] and "up " in item["F-1"], "the whole period tells how its current half moved"
    assert '<li>→ <a href="50.html#f-F-6">w</a></li>' in item["F-5"]
    assert '<span class="chip ">w</span>' in item["F-5"], "a hand-written line names its persona and is shown"
    assert 'data-f="1"' in item["F-7"] and "assumed" in item["F-7"]


PLAIN = [t for t, _ in Reader(map_html(small_map("word"), {})).tags]


@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(str.strip))
def test_text_of_the_data_is_text_of_the_page(text: str) -> None:
    read = Reader(map_html(small_map(text), {}))
    assert [t for t, _ in read.tags] == PLAIN or " (" in text  # a bracket is read as the standing of an opportunity
    assert text in unescape(read.text) or "\\" in json.dumps(text, ensure_ascii=False)


def test_in_a_notebook_nothing_waits_for_a_script() -> None:
    html = map_html(small_map("w"), {}, scripted=False)
    assert "<template" not in html and "controls" not in html and "data-p" not in html
    assert 'title="w&#10;' in html or 'title="w\n' in html


def test_maps_of_earlier_runs_are_drawn_too() -> None:
    data = small_map("w")
    for name in ("touchpoints", "periods", "future", "labels", "tags", "links", "moves", "changes", "channels"):
        data.pop(name)
    assert 'id="m-F-1"' in map_html(data, {})
