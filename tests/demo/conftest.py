"""One small demo for all tests that look at its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cjm_research.demo import Truth, write_demo

SMALL = 900


@dataclass(frozen=True)
class Demo:
    raw: Path
    truth: Truth


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    raw = tmp_path_factory.mktemp("demo") / "data" / "raw" / "demo"
    return Demo(raw, write_demo(raw, customers=SMALL))
