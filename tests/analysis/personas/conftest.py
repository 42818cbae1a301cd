"""One thread: fits of milliseconds wait longer for each other than they compute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cjm_research.analysis.personas.threads import in_one_thread


@pytest.fixture(autouse=True)
def fits_in_one_thread() -> Iterator[None]:
    with in_one_thread():
        yield
