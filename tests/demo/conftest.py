"""A small demo for the tests that look at its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cjm_research.demo import Truth, write_demo

SMALL = 900  # customers


@dataclass(frozen=True)
class Small:
    raw: Path
    truth: Truth


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    raw = tmp_path_factory.mktemp("demo") / "data" / "raw" / "demo"
    return Small(raw, write_demo(raw, customers=SMALL))
