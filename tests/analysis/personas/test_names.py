"""Names: by the settings, kept from run to run, or made up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.personas import names

BASE = {"age": 42.0, "channel": {"web": 0.5, "store": 0.5}}
YOUNG = {"age": 26.0, "channel": {"web": 0.9, "store": 0.1}}
OLD = {"age": 61.0, "channel": {"web": 0.2, "store": 0.8}}
SPREAD = {"age": 15.0}


def test_distance_by_hand() -> None:
    assert names.distance(YOUNG, OLD, SPREAD) == pytest.approx(np.sqrt(((35 / 15) ** 2 + 0.7**2) / 2))
    assert names.distance(YOUNG, YOUNG, SPREAD) == 0
    assert names.distance({"a": 1.0}, {"b": 1.0}, {}) == float("inf")


def test_profiles_are_means_and_shares_of_known_values() -> None:
    frame = pd.DataFrame({"x": [1.0, 3.0, np.nan, 10.0], "c": ["a", "b", None, "b"]})
    assert names.profiles_of(frame, np.array([0, 0, 0, 1]), 2) == [{"x": 2.0, "c": {"a": 0.5, "b": 0.5}}, {"x": 10.0, "c": {"b": 1.0}}]


def test_names_of_the_settings_go_where_their_values_fit_best() -> None:
    given = [("Grey hair", {"age": 60, "channel": "store"}), ("Youngster", {"age": 25}), ("Nobody", {}), ("Martian", {"age": 43})]
    assert names.by_settings([YOUNG, OLD], BASE, SPREAD, given) == {0: "Youngster", 1: "Grey hair"}
    assert names.by_settings([YOUNG, OLD], BASE, SPREAD, [("Martian", {"age": 42})]) == {}  # describes everybody better


def test_a_flag_may_be_written_as_yaml_does() -> None:
    profile = {"club": {"yes": 0.9, "no": 0.1}}
    assert names.by_settings([profile], {"club": {"yes": 0.3, "no": 0.7}}, {}, [("Member", {"club": True})]) == {0: "Member"}


def test_a_segment_keeps_its_name_while_it_is_the_same() -> None:
    before = [{"name": "Silver", "profile": OLD, "share": 0.4}, {"name": "Spring", "profile": YOUNG, "share": 0.6}]
    moved = {"age": 29.0, "channel": {"web": 0.85, "store": 0.15}}
    kept = names.as_before([moved, OLD], SPREAD, before, {})
    assert {i: n for i, (n, _) in kept.items()} == {0: "Spring", 1: "Silver"}
    assert kept[1][1] == 0 and kept[0][1] == pytest.approx(np.sqrt((0.2**2 + 0.05**2) / 2))
    stranger = {"age": 43.0, "channel": {"web": 0.5, "store": 0.5}}
    assert names.as_before([stranger, OLD], SPREAD, before, {}).keys() == {1}
    assert 1 not in names.as_before([moved, OLD], SPREAD, before, {1: "Named"})


def test_made_up_names_say_what_sets_apart_and_differ() -> None:
    lines = pd.DataFrame([{"persona": "#0", "feature": f, "words": w} for f, w in (("a", "high age"), ("a", "high age again"), ("b", "mostly app"), ("c", "no club"))])
    first = names.made_up(lines, "#0", set())
    assert first == "High age, mostly app"
    second = names.made_up(lines, "#0", {first})
    assert second == "High age, mostly app, no club" and names.made_up(lines, "#0", {first, second}) not in {first, second}
