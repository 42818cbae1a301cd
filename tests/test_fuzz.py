"""A small run of the fuzzer; the full one is `python -m tests.fuzz`."""

from __future__ import annotations

import time

import pytest

from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, _bounded
from tests.fuzz import Outcome, _run, fuzz_kind, fuzz_params
from tests.fuzz_clients import fuzz_check


@pytest.mark.parametrize("kind", list(SOURCES))
def test_mutated_exports_are_read_or_refused_in_words(kind: str) -> None:
    assert fuzz_kind(kind, 12, seed=1).failures == []


def test_mutated_params_are_read_or_refused_in_words() -> None:
    assert fuzz_params(30, seed=1).failures == []


def test_mutated_params_are_checked_or_refused_in_words() -> None:
    assert fuzz_check(20, seed=1).failures == []


def test_a_reader_that_hangs_is_counted_as_a_hang() -> None:
    """The boundary around readers catches every error that it does not know: a hang must not pass for a refusal."""
    slow, outcome = _bounded("events", lambda *_: time.sleep(60)), Outcome("events")  # type: ignore[arg-type, return-value]
    source = Source(name="x", kind="events", files="x.csv")
    assert _run(outcome, lambda: slow([], source, Context("fuzz", "UTC")), 1) == "longer than 1 s"
    assert outcome.counts == {"hang": 1}
