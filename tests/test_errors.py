"""The shape of messages: four parts, cut to a length that can be read, and no traceback for what nobody foresaw."""

from __future__ import annotations

import ast
import pickle
import re
import stat
from collections import Counter
from pathlib import Path

import pytest

from cjm_research.errors import BadInput, BadInputs, Unforeseen, keep_details, shortened, unforeseen


def test_long_lists_say_how_many_more() -> None:
    names = [f"column {i}" for i in range(1, 401)]
    text = BadInput("here", "unknown column 'x'", ", ".join(names), "correct it").text()
    assert "column 1, column 2," in text and len(text) < 1_000
    shown = text.count("column ") - 1
    assert f"… and {400 - shown} more" in text


def test_long_values_keep_both_ends() -> None:
    text = BadInput("here", f"'{'x' * 9_000}' is no number", "numbers", "correct it").text()
    assert len(text) < 1_200 and "xxx … " not in text[:100] and text.split("\n")[0].endswith("is no number")


def test_unseen_characters_are_written_out() -> None:
    text = BadInput("a\x1b[31m", "b\ud83d\u202e", "\x07", "\x00").text()
    assert text.encode("utf-8").isascii() and "\\x1b[31m" in text and "\\ud83d" in text


def test_of_many_problems_ten_are_shown_and_the_rest_counted() -> None:
    text = BadInputs(BadInput(f"line {i}", "wrong", "right", "mend it") for i in range(1, 41)).text()
    assert "line 10:" in text and "line 11:" not in text and "and 30 more problems" in text
    long = BadInputs(BadInput(f"line {i}", "w" * 5_000, "r" * 5_000, "m" * 5_000) for i in range(1, 41)).text()
    assert len(long) < 5_500 and "more problems" in long


def _fault() -> Unforeseen:
    try:
        raise KeyError("a customer's name")
    except KeyError as error:
        return unforeseen("source 'a': a.csv", error, "the reader met something", "an export", "export it again")


def test_what_nobody_foresaw_has_an_id_and_its_details_are_private(tmp_path: Path) -> None:
    one, two = _fault(), _fault()
    assert one.report == two.report and len(one.report) == 8 and one.report in one.text()
    assert "Traceback" in one.details and "Traceback" not in one.text()
    keep_details(BadInputs([BadInput("a", "b", "c", "d"), one]), tmp_path / "logs")
    kept = tmp_path / "logs" / f"{one.report}.txt"
    assert kept.read_text() == one.details
    assert (stat.S_IMODE(kept.stat().st_mode), stat.S_IMODE(kept.parent.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.parametrize("problem", [_fault(), BadInputs([BadInput("a", "b", "c", "d")], more=3)])
def test_problems_cross_processes(problem: BadInput) -> None:
    assert pickle.loads(pickle.dumps(problem)).text() == problem.text()


def test_a_short_text_stays_as_it_is() -> None:
    assert shortened("a, b, c", 100) == "a, b, c"


MESSAGES = {"BadInput": ("where", "found", "allowed", "next"), "CjmError": ("where", "found", "allowed", "next"), "NotEnoughData": ("where", "found", "allowed", "next"),
            "WouldExposePerson": ("where", "found", "allowed", "next"), "Refused": ("found", "allowed", "next"), "unknown": ("where", "what", "word", "known", "next")}


def test_every_message_says_what_is_allowed_and_what_to_do_next() -> None:
    """Over the source itself: each place that makes a message gives all its parts, none of them an empty text."""
    lacking, seen = [], 0
    for path in sorted((Path(__file__).parents[1] / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name not in MESSAGES or any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
                continue  # parts handed on as they came
            seen += 1
            given = {**dict(zip(MESSAGES[name], node.args, strict=False)), **{k.arg: k.value for k in node.keywords}}
            empty = [p for p in MESSAGES[name] if p not in given or (isinstance(given[p], ast.Constant) and not given[p].value)]
            if empty:
                lacking.append(f"{path.name}:{node.lineno}: {name} without {', '.join(empty)}")
    assert seen > 400 and lacking == []


#: texts that would fit any message, so that they say nothing
GENERIC = re.compile(r"(please )?(correct|fix|mend|check|change|adjust) (it|this|them|that|the (input|value|values|setting|settings|command|params|data|option|options|file|argument))"
                     r"( and try again)?( or the params| or the chapter's first cell)*|(please )?try again( later)?|choose one of them|see (the )?docs?|contact .*|"
                     r"at least one|one of (the two|them|these)|another (one|value)|a (valid|correct|right|proper) \w+|valid (input|values?)|something else|as documented", re.IGNORECASE)
#: of `next`: more often than this one text cannot be about the place it stands at; for what a client's data lack there is one answer
MOST_OFTEN, EVERYWHERE = 20, {"cjm check says what data there is"}


def _said() -> list[tuple[str, str, str]]:
    """(place, part, text) of what messages say in words that are fixed."""
    found = []
    for path in sorted((Path(__file__).parents[1] / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MESSAGES):
                continue
            given = {**dict(zip(MESSAGES[node.func.id], node.args, strict=False)), **{k.arg: k.value for k in node.keywords}}
            found += [(f"{path.name}:{node.lineno}", part, value.value) for part in ("allowed", "next")
                      if isinstance(value := given.get(part), ast.Constant) and isinstance(value.value, str)]
    return found


def test_no_message_says_what_fits_any() -> None:
    said = _said()
    assert len(said) > 700
    assert [s for s in said if GENERIC.fullmatch(s[2].strip(" ."))] == []
    often = Counter(text for _, part, text in said if part == "next")
    assert {text: n for text, n in often.items() if n > MOST_OFTEN and text not in EVERYWHERE} == {}


@pytest.mark.parametrize("text", ["correct it and try again", "correct the command or the params", "correct the params or the chapter's first cell", "choose one of them",
                                  "at least one", "a valid value", "one of the two", "Try again.", "check the settings"])
def test_what_fits_any_message_is_told(text: str) -> None:
    assert GENERIC.fullmatch(text.strip(" ."))
