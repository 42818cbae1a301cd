"""One thread: fits of milliseconds wait longer for each other than they compute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cjm_research.analysis.personas.one_thread import one_thread


@pytest.fixture(autouse=True)
def in_one_thread() -> Iterator[None]:
    with one_thread():
        yield
