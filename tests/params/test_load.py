"""Params: strict, and every problem told with file, line and a suggestion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from cjm_research.errors import BadInput
from cjm_research.params import Workspace, json_schema, load_params
from cjm_research.params.load import merge


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "_defaults.yaml").write_text("chapters: [10_data_health]\nprivacy: {min_cell: 7}\n")
    return Workspace(tmp_path)


def write(place: Workspace, text: str, name: str = "acme") -> None:
    (place.params / f"{name}.yaml").write_text(text, encoding="utf-8")


def problem(place: Workspace, text: str) -> str:
    write(place, text)
    with pytest.raises(BadInput) as caught:
        load_params("acme", place)
    return str(caught.value)


def test_client_lies_over_defaults(place: Workspace) -> None:
    write(place, "client: acme\nprivacy: {mask_text: false}\n")
    params = load_params("acme", place)
    assert params.chapters == ["10_data_health"]
    assert (params.privacy.min_cell, params.privacy.mask_text) == (7, False)


def test_merge_replaces_lists_and_keeps_the_rest() -> None:
    assert merge({"a": {"b": 1, "c": [1]}, "d": 2}, {"a": {"c": [2]}}) == {"a": {"b": 1, "c": [2]}, "d": 2}


@pytest.mark.parametrize(("text", "words"), [
    ("client: acme\ntimezoen: UTC\n", ["acme.yaml:2", "unknown key 'timezoen'", "Did you mean 'timezone'?"]),
    ("client: acme\nfunnels:\n  - name: a\n    windw: 7d\n    steps: [{name: x, event: e}, {name: y, event: f}]\n",
     ["acme.yaml:4", "Did you mean 'window'?"]),
    ("client: acme\ntimezone: Mars/Base\n", ["acme.yaml:2", "no known time zone"]),
    ("client: acme\ntitle: a\ntitle: b\n", ["acme.yaml:3", "given twice"]),
    ("client: other\n", ["acme.yaml:1", "the file's name"]),
    ("client: acme\nsources:\n  - name: x\n    kind: events\n", ["'files' is missing"]),
    ("client: acme\nfunnels:\n  - name: a\n    window: 7\n    steps: [{name: x, event: e}, {name: y, event: f}]\n", ["acme.yaml:4", "duration with a unit"]),
    ("client: acme\nfunnels:\n  - name: a\n    steps: [{name: x, event: {a: 5}}, {name: y}]\n", ["acme.yaml:4", "a list: [a, b]", "no condition is given"]),
    ("client: acme\nfunnels:\n  - name: a\n    steps: [{name: x, event: e}, {name: y, event: f}]\n    exclusions: [{event: g, after: y, before: x}]\n",
     ["acme.yaml:3", "after an earlier and before a later step"]),
    ("client: acme\nfunnels:\n  - name: a\n    window: 9999999w\n    steps: [{name: x, event: e}, {name: y, event: f}]\n", ["acme.yaml:4", "a thousand years"]),
    ("client: acme\nfunnels:\n  - name: a\n    steps: [{name: x, event: e, window: 1d}, {name: y, event: f}]\n", ["acme.yaml:3", "no step before it"]),
    ("client: [\n", ["acme.yaml", "not readable as YAML"]),
    ("just text\n", ["a mapping"]),
    ("client: acme\nengine: {api_key: 1}\n", ["looks like a secret"]),
    ("client: acme\nreview: {status: final}\n", ["'draft' or 'approved'"]),
    ("client: acme\nexperiments:\n  - {name: e, control: a, variants: {a: 1, b: 1}, primary: zz, metrics: [{name: m}]}\n", ["unknown metric 'zz'"]),
])
def test_what_is_wrong_is_told_in_words(place: Workspace, text: str, words: list[str]) -> None:
    message = problem(place, text)
    assert "Traceback" not in message
    for word in words:
        assert word in message, message


def test_all_problems_at_once(place: Workspace) -> None:
    message = problem(place, "client: acme\ntitel: x\ncurency: EUR\n")
    assert "titel" in message and "curency" in message


def test_wrong_encoding_and_size(place: Workspace) -> None:
    (place.params / "acme.yaml").write_bytes("client: acme\ntitle: Müller\n".encode("cp1252"))
    with pytest.raises(BadInput, match="UTF-8"):
        load_params("acme", place)
    (place.params / "acme.yaml").write_text("#" * 1_100_000)
    with pytest.raises(BadInput, match="at most"):
        load_params("acme", place)


def test_alias_bomb_is_refused(place: Workspace) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 8)]
    assert "too many values" in problem(place, "\n".join(lines))


@pytest.mark.parametrize("name", ["../acme", "/etc/passwd", "Acme", "", "a b", "x" * 80, "{client.__class__}"])
def test_a_client_name_is_no_path(place: Workspace, name: str) -> None:
    with pytest.raises(BadInput, match="not a client name"):
        load_params(name, place)


def test_unknown_client_is_suggested(place: Workspace) -> None:
    write(place, "client: acme\n")
    with pytest.raises(BadInput, match="Did you mean 'acme'"):
        load_params("acmee", place)


def test_json_schema_describes_every_key() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    for name, definition in {"Params": schema, **schema["$defs"]}.items():
        for key, entry in definition.get("properties", {}).items():
            # a description equal to that of the section it refers to is left out by pydantic
            section = schema["$defs"].get(entry.get("$ref", "").rsplit("/", 1)[-1], {})
            assert entry.get("description") or section.get("description"), f"{name}.{key} has no description"
    json.dumps(schema)


@pytest.mark.parametrize(("key", "value", "said"), [
    ("period", "2024-01-01..2024-06-30", "a section: `key: value` lines, indented with keys of start, end"),
    ("funnels", {"name": "f"}, "a list: [a, b], or one entry a line"), ("sources", ["events.csv"], "keys of name, kind"),
    ("privacy", {"min_cell": "five"}, "a whole number"), ("period", {"start": "03/04/2024"}, "a day as 2026-01-31")])
def test_what_a_key_takes_is_told_without_programmers_words(tmp_path: Path, key: str, value: object, said: str) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "acme.yaml").write_text(yaml.safe_dump({"client": "acme", key: value}))
    with pytest.raises(BadInput) as caught:
        load_params("acme", Workspace(tmp_path))
    text = caught.value.text()
    assert said in text and "cannot stand here" in text and not any(w in text for w in ("dictionary", "instance", "Input should", "parse"))


def test_truth_values_of_other_schemas_are_texts(place: Workspace) -> None:
    write(place, "client: acme\nexperiments:\n  - {name: e, control: off, variants: {off: 1, on: 1}, primary: m, metrics: [{name: m}]}\n"
                 "  - {name: f, control: 0, variants: {0: 1, 1: 1}, primary: m, metrics: [{name: m}]}\n"
                 "sources:\n  - {name: s, kind: events, files: a.csv, filter: {country: [NO, SE]}, constants: {event: off}}\n"
                 "funnels:\n  - {name: f, steps: [{name: yes, event: 404}, {name: no, event: [1.10, on]}]}\nprivacy: {mask_text: no}\n")
    params = load_params("acme", place)
    assert [(e.control, dict(e.variants)) for e in params.experiments] == [("off", {"off": 1, "on": 1}), ("0", {"0": 1, "1": 1})]
    assert params.sources[0].filter == {"country": ["NO", "SE"]} and params.sources[0].constants == {"event": "off"}
    assert [(s.name, s.event) for s in params.funnels[0].steps] == [("yes", ["404"]), ("no", ["1.10", "on"])]
    assert params.privacy.mask_text is False


def test_a_truth_value_where_text_is_meant_is_told_how_to_quote(place: Workspace) -> None:
    assert "put it into quotes: 'true'" in problem(place, "client: acme\ntitle: true\n")


def test_many_faults_cost_and_say_as_little_as_ten(place: Workspace) -> None:
    text = problem(place, "client: acme\n" + "".join(f"wrong{i}: 1\n" for i in range(20_000)))
    shown = text.count("unknown key")
    assert 5 <= shown <= 10 and f"and {20_000 - shown:,} more problems" in text and len(text) < 3_500
    steps = ", ".join("{name: x, evnt: y}" for _ in range(3_000))
    assert len(problem(place, f"client: acme\nfunnels: [{{name: f, steps: [{steps}]}}]\n")) < 12_000


@pytest.mark.parametrize(("line", "said"), [
    ("timezone: Mars/Phobos", "no known time zone"), ("timezone: ../../etc", "no known time zone"), ("encoding: base64", "no character encoding"),
    ("encoding: undefined", "no character encoding"), ("encoding: rot13", "no character encoding"), ("encoding: x", "no character encoding"),
    ("delimiter: €", "cannot separate"), ("delimiter: '||'", "cannot separate"), ("delimiter: ''", "cannot separate"), ("delimiter: '\"'", "cannot separate")])
def test_how_a_source_is_read_is_checked_before(place: Workspace, line: str, said: str) -> None:
    text = problem(place, f"client: acme\nsources:\n  - name: s\n    kind: events\n    files: a.csv\n    {line}\n")
    assert "acme.yaml:6" in text and said in text and "allowed:" in text and "next:" in text


def test_a_tab_may_be_written_in_words(place: Workspace) -> None:
    write(place, "client: acme\nsources: [{name: s, kind: events, files: a.csv, delimiter: '\\t', encoding: latin-1}]\n")
    assert load_params("acme", place).sources[0].delimiter == "\t"


@pytest.mark.parametrize("text", ["client: acme\nperiod: {start: 0001-01-01}", "client: acme\nlimits: {chapter_memory_mb: 1e400}", "client: acme\nexperiments: [{name: e, alpha: .nan}]",
                                  "client: acme\nbenchmarks: [.inf]", "client: acme\nbrand: {color: '#" + "f" * 100_000 + "'}"])
def test_odd_values_end_in_words(place: Workspace, text: str) -> None:
    write(place, text)
    try:
        load_params("acme", place)
    except BadInput as told:
        assert told.text() and len(told.text()) < 3_500


BENCHMARK = "client: acme\nbenchmarks: [{metric: nps, value: %s, source: x}]\n"
FUNNEL = "client: acme\nfunnels: [{name: f, title: %s, steps: [{name: a, event: e}, {name: b, event: g}]}]\n"


@pytest.mark.parametrize(("text", "words"), [
    (BENCHMARK % ".nan", ["benchmarks.0.value", "nan is no number", "a finite number"]), (BENCHMARK % "-.inf", ["-inf is no number"]), (BENCHMARK % "1e300", ["too large"]),
    (BENCHMARK % "1e999", ["is no number"]), ("client: acme\npersonas: {seed: %s}\n" % ("7" * 400), ["personas.seed", "4294967295"]), ("client: acme\npersonas: {seed: -1}\n", ["personas.seed"]),
    ("client: acme\nprivacy: {min_cell: %s}\n" % ("9" * 400), ["privacy.min_cell", "a number of 400 digits is too large"]), ("client: acme\nengine: {threads: 1000000}\n", ["threads"]),
    ("client: acme\nchapter_params: {10_a: {most: .nan}}\n", ["10_a: most: nan is no number"]),
    ("client: acme\nexperiments:\n  - {name: e, control: a, variants: {a: 1, b: .inf}, primary: m, metrics: [{name: m}]}\n", ["variants", "b: inf is no number"]),
    ("client: acme\nexperiments:\n  - {name: e, looks: 1000000000, control: a, variants: {a: 1, b: 1}, primary: m, metrics: [{name: m}]}\n", ["1,000,000,000 looks"]),
    ("client: acme\nsources: [{name: s, kind: events, files: a.csv, constants: {value: .nan}}]\n", ["constants", "value: nan"]),
    ("client: acme\nsources: [{name: s, kind: events, files: a.csv, settings: {most: [1, .inf]}}]\n", ["settings", "inf is no number"]),
    ('client: acme\ntitle: "a\\0b"\n', ["acme.yaml:2", "control character"]), ('client: acme\nbrand: {name: "a\\u202Eb"}\n', ["brand.name", "control character"]),
    ('client: acme\nobjective: "a\\e[31mb"\n', ["objective", "control character"]), ('client: acme\ntitle: "a\\nb"\n', ["control character"]),
    (FUNNEL % '"\\u2066x"', ["control character"]), ('client: acme\nreview: {reviewers: ["Kim\\x07"]}\n', ["reviewers", "control character"]),
    ('client: acme\njourney: {stages: [{name: A, goal: "x\\x00"}]}\n', ["goal", "control character"]), ('client: acme\nprivacy: {keep: ["a\\x1b"]}\n', ["keep"]),
    ('client: acme\nsources: [{name: s, kind: events, files: "a\\0b"}]\n', ["files", "control character"]),
    ("client: acme\nbrand: {logo: ../../etc/passwd}\n", ["brand.logo", "outside of the params folder"]), ("client: acme\nbrand: {logo: /etc/passwd}\n", ["outside of the params folder"]),
    ("client: acme\nbrand: {logo: 'file:///etc/passwd'}\n", ["outside"]), ("client: acme\nreview: {comments: 'a/../../b.yaml'}\n", ["review.comments", "outside"]),
])
def test_values_that_no_key_takes(place: Workspace, text: str, words: list[str]) -> None:
    message = problem(place, text)
    for word in words:
        assert word in message, message


def test_texts_of_several_lines_and_of_exports_are_taken_as_they_are(place: Workspace) -> None:
    write(place, 'client: acme\nobjective: |\n  one\n  two\n\tthree\nbrand: {logo: art/logo.svg}\nprivacy: {min_cell: 1000000}\n'.replace("\tthree", "  three\tfour")
          + 'sources: [{name: s, kind: events, files: a.csv, columns: {event: "what\\nhappened"}, filter: {"\\u202aplan\\u202c": ["\\u202bא"]}}]\n')
    params = load_params("acme", place)
    assert params.objective == "one\ntwo\nthree\tfour" and params.sources[0].columns == {"event": "what\nhappened"} and list(params.sources[0].filter) == ["\u202aplan\u202c"]


def test_every_section_has_the_rules_of_all() -> None:
    """A section of its own base class would take what the others refuse."""
    from cjm_research.params.schema import Params, Section

    def sections(model: type) -> set[type]:
        found = {model}
        for field in model.model_fields.values():  # type: ignore[attr-defined]
            parts = [field.annotation]
            while parts:
                part = parts.pop()
                parts += getattr(part, "__args__", ())
                if hasattr(part, "model_fields") and part not in found:
                    found |= sections(part)
        return found

    assert len(sections(Params)) > 20 and all(issubclass(s, Section) for s in sections(Params))
