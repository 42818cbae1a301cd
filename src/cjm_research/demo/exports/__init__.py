"""The demo's raw exports, each in the shape its vendor gives it: see docs/demo.md for the list and the quirks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..simulate import Simulation
from .feedback import write_reviews, write_tickets
from .ga4 import write_ga4
from .qualtrics import write_survey
from .refi import write_codings
from .systems import write_app, write_crm, write_customers, write_emails, write_phone, write_store, write_test
from .transcripts import write_transcripts

WRITERS: dict[str, Callable[[Simulation, Path], dict[str, int]]] = {
    "web": write_ga4,
    "app": write_app,
    "store": write_store,
    "phone": write_phone,
    "email": write_emails,
    "customers": write_customers,
    "crm": write_crm,
    "experiment": write_test,
    "survey": write_survey,
    "reviews": write_reviews,
    "tickets": write_tickets,
}


def write_exports(sim: Simulation, raw: Path) -> dict[str, dict[str, int]]:
    """Write every export below `raw`; returns their rows, with duplicates and rows without an id, by source.

    The same simulation gives the same bytes.
    """
    rows = {source: write(sim, raw) for source, write in WRITERS.items()}
    documents = write_transcripts(sim, raw)
    write_codings(sim, raw, documents)
    return {**rows, "interviews": {"documents": len(documents)}, "codings": {"rows": len(sim.codings)}}
