"""A made-up shop with a known truth, written as the exports its systems would give: `write_demo`."""

from __future__ import annotations

from pathlib import Path

from ..files import remove_folder
from .business import CUSTOMERS
from .truth import Truth, truth_of

MARK = ".seed"  # in the folder of the exports that were simulated, and in no other; `cjm demo` writes seed and size into it

__all__ = ["CUSTOMERS", "Truth", "write_demo"]


def write_demo(raw: Path, seed: int = 7, customers: int = CUSTOMERS) -> Truth:
    """Write the demo client's raw exports into the folder `raw` (what an earlier call wrote there goes first) and return what is true about them.

    The same seed and size give the same bytes. Raises `BadInput` for a size the business cannot be shown with, and where `raw`
    holds files that no such call wrote: they are somebody's exports.
    """
    from ..errors import BadInput
    from .exports import write_exports
    from .simulate import simulate

    if customers < 300:
        raise BadInput("demo: customers", f"{customers}", "at least 300, so that every persona has buyers to interview", "cjm demo --customers 300, or leave it out")
    simulation = simulate(seed, customers)
    remove_folder(raw, MARK)
    raw.mkdir(parents=True)
    (raw / MARK).write_text(f"{seed} {customers}", encoding="utf-8")
    return truth_of(simulation, write_exports(simulation, raw))
