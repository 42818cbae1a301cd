"""A small run of the fuzzer; the full one is `python -m tests.fuzz`."""

from __future__ import annotations

import time

import pytest

from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, _bounded
from tests.fuzz import Outcome, _run, fuzz_kind
from tests.fuzz_clients import fuzz_check
from tests.fuzz_params import fuzz_params, lost


@pytest.mark.parametrize("kind", list(SOURCES))
def test_mutated_exports_are_read_or_refused_in_words(kind: str) -> None:
    assert fuzz_kind(kind, 12, seed=1).failures == []


def test_changed_params_are_read_as_written_or_refused_in_words() -> None:
    found = fuzz_params(30, seed=1)
    assert found.failures == []
    assert found.counts["read"] >= 8, "most changes must leave a file that is read, or nothing lost in silence could be seen"


@pytest.mark.parametrize(("text", "read", "what"), [
    ("a: 1\na: 2", {"a": 2}, "'a' is given twice"), ("a: {b: 1}", {"a": {}}, "holds ['b']"), ("a: [x, y]", {"a": ["x"]}, "holds 2 entries"),
    ("a: 1.10", {"a": "1.1"}, "is '1.10'"), ("a: NO", {"a": False}, "is 'NO'"), ("a: 7d", {"a": "7m"}, "is '7d'"), ("a: x", {"a": None}, "is 'x'"),
])
def test_what_params_lose_is_seen(text: str, read: object, what: str) -> None:
    assert what in str(lost(text.encode(), read))


def test_short_forms_lose_nothing() -> None:
    assert lost(b"a: buy\nb: [x, 0x1F]\nc: 5min\nd: ~", {"a": [{"event": ["buy"]}], "b": ["x", 31], "c": "5m", "d": None}) is None


def test_mutated_params_are_checked_or_refused_in_words() -> None:
    assert fuzz_check(20, seed=1).failures == []


def test_a_reader_that_hangs_is_counted_as_a_hang() -> None:
    """The boundary around readers catches every error that it does not know: a hang must not pass for a refusal."""
    slow, outcome = _bounded("events", lambda *_: time.sleep(60)), Outcome("events")  # type: ignore[arg-type, return-value]
    source = Source(name="x", kind="events", files="x.csv")
    assert _run(outcome, lambda: slow([], source, Context("fuzz", "UTC")), 1) == "longer than 1 s"
    assert outcome.counts == {"hang": 1}
