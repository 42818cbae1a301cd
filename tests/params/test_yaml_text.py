"""YAML 1.2 as people mean it: what is text stays text, and no file can exhaust the machine."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from cjm_research.errors import BadInput
from cjm_research.params.yaml_text import WrittenFloat, read_yaml, write_yaml


@pytest.mark.parametrize(("written", "meant"), [
    ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("On", "On"), ("off", "off"), ("y", "y"), ("N", "N"),
    ("true", True), ("False", False), ("TRUE", True), ("null", None), ("~", None), ("", None), ("none", "none"),
    ("10", 10), ("-3", -3), ("0", 0), ("010", "010"), ("0o10", 8), ("0x1F", 31), ("1_000", "1_000"), ("12:30", "12:30"), ("190:20:30", "190:20:30"),
    ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("00.5", "00.5"), ("2024-01-31", "2024-01-31"), ("2024-01-31 10:00:00", "2024-01-31 10:00:00"),
    ("12345678901234567890", "12345678901234567890"), ("9" * 5_000, "9" * 5_000), ("=", "="), ("'5'", "5"), ('"no"', "no"), ("!!str 5", "5")])
def test_scalars_mean_what_yaml_1_2_says(written: str, meant: Any) -> None:
    value = read_yaml(f"a: {written}\n", "f").value["a"]
    assert value == meant and isinstance(value, type(meant))
    assert read_yaml(f"- {written}\n", "f").value == [meant]


@pytest.mark.parametrize("key", ["0", "1", "off", "on", "NO", "true", "2024-01-31", "1.10", "010", "3e2"])
def test_keys_are_text_as_written(key: str) -> None:
    assert read_yaml(f"{{{key}: 1, other: 2}}", "f").value == {key: 1, "other": 2}


def test_numbers_know_how_they_were_written() -> None:
    version, code = read_yaml("[1.10, 0x1F]", "f").value
    assert (str(version), str(code)) == ("1.10", "0x1F") and isinstance(version, WrittenFloat) and version == 1.1


def test_lines_are_those_of_the_file() -> None:
    node = read_yaml("a:\n  - x: 1\n    y: 2\n  -\n    z: 3\nb: {c: 4}\n", "f")
    assert [node.line_of(p) for p in ((), ("a", 0), ("a", 0, "y"), ("a", 1, "z"), ("b", "c"), ("a", 0, "union member", "y"))] == [1, 2, 3, 5, 6, 3]


@pytest.mark.parametrize(("text", "said"), [
    ("a: 1\nb: 2\na: 3\n", "f:3: not readable as YAML: the key 'a' is given twice"), ("1: a\n'1': b", "'1' is given twice"),
    ("base: &b {x: 1}\nc:\n  <<: *b\n", "f:3: not readable as YAML: the merge key <<"), ("a: *b", "*b is not defined"), ("a: &a [*a]", "stands inside itself"),
    ("a: !!python/object:os.system x", "tag"), ("a: !secret x", "tag"), ("a: 1\n---\nb: 2", "several documents"), ("[a]: 1", "a list or a mapping"),
    ("? {a: 1}\n: 1", "a list or a mapping"), ("~: 1", "a key is empty"), ("a: [", "not readable"), ("[" * 50_000, "nested deeper than 50"),
    ("{a: " * 50_000, "nested deeper"), ('a: "\\ud83d"', "not readable"), ("a: \x00", "not readable"), ("x" * 1_000_001, "at most 1,000,000"),
    ("\n".join(["a0: &a0 [1]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 200))]), "nested deeper"),
    ("\n".join(["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 8)}]" for i in range(1, 12))]), "too many values")])
def test_what_cannot_be_read_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadInput) as told:
        read_yaml(text, "f")
    assert said in told.value.text() and told.value.allowed and told.value.next


def test_what_is_written_is_read_back() -> None:
    texts = ["NO", "1e3", "0o17", "010", "12:30", "5", "true", ".inf", "0x1", "~", "", "2024-01-01", "<<", "a: b", "ä\nb", "1.10", "+5", "1_000"]
    value = {"texts": texts, "numbers": [5, 1.5, -2], "truth": True, "nothing": None}
    assert read_yaml(write_yaml(value), "f").value == value


def test_other_programs_agree_where_the_schemas_agree() -> None:
    text = "a: [1, 2.5, 'x', true, null]\nb: {c: hello world, d: \"q\\n\"}\n"
    assert read_yaml(text, "f").value == yaml.safe_load(text)
