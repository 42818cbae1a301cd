"""A small run of the fuzzer; the full one is `python -m tests.fuzz`."""

from __future__ import annotations

import pytest

from cjm_research.sources import SOURCES
from tests.fuzz import fuzz_kind, fuzz_params
from tests.fuzz_clients import fuzz_check


@pytest.mark.parametrize("kind", list(SOURCES))
def test_mutated_exports_are_read_or_refused_in_words(kind: str) -> None:
    assert fuzz_kind(kind, 12, seed=1).failures == []


def test_mutated_params_are_read_or_refused_in_words() -> None:
    assert fuzz_params(30, seed=1).failures == []


def test_mutated_params_are_checked_or_refused_in_words() -> None:
    assert fuzz_check(20, seed=1).failures == []
