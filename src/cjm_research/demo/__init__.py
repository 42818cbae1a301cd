"""A made-up shop with a known truth, written as the exports its systems would give: `write_demo`."""

from __future__ import annotations

import shutil
from pathlib import Path

from .business import CUSTOMERS
from .truth import Truth, truth_of

__all__ = ["CUSTOMERS", "Truth", "write_demo"]


def write_demo(raw: Path, seed: int = 7, customers: int = CUSTOMERS) -> Truth:
    """Write the demo client's raw exports into the folder `raw` (emptied before) and return what is true about them.

    The same seed and size give the same bytes. Raises `BadInput` for a size the business cannot be shown with.
    """
    from ..errors import BadInput
    from .exports import write_exports
    from .simulate import simulate

    if customers < 300:
        raise BadInput("demo: customers", f"{customers}", "at least 300, so that every persona has buyers to interview")
    simulation = simulate(seed, customers)
    if raw.exists():
        shutil.rmtree(raw)
    return truth_of(simulation, write_exports(simulation, raw))
