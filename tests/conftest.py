"""Fixtures shared by all tests: the real data sets and oracles, where the folder lies beside the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data sets and oracles; tests that need it are skipped where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the folder ../shared with the real data sets and oracles is not here")
    return SHARED


@pytest.fixture(scope="session")
def oracle(shared: Path) -> Any:
    """A function that reads `../shared/oracles/<name>.json`."""
    return lambda name: json.loads((shared / "oracles" / f"{name}.json").read_text())
