"""What exports read of a published run: its map and its findings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from ...decisions import Decisions
from ...errors import BadInput, NotEnoughData, unknown
from ...page.blocks import MIME
from ...params import Workspace, client_names
from ...shapes import Json
from .compare import runs_of
from .executed import whole
from .receipt import Receipt, read_receipt

DECISIONS = "decisions.json"  # beside a run's pages: what its first page says


@dataclass(frozen=True)
class Look:
    """How a client's exports look. logo: PNG or SVG as a data address, or empty; colour: #RRGGBB, or empty for ours;
    portraits: persona → picture as a data address."""

    name: str = ""
    logo: str = ""
    colour: str = ""
    portraits: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunData:
    """A published run. map: the map block's data, or None where the report has none; sheets: its persona sheets.

    decisions: what its first page says; None for a run of before there was any. look: as the params say now.
    """

    client: str
    run: str
    folder: Path
    title: str
    findings: list[Json]
    map: Json | None
    sheets: list[Json] = field(default_factory=list)
    decisions: Decisions | None = None
    receipt: Receipt | None = None
    look: Look = Look()

    @property
    def by_id(self) -> dict[str, Json]:
        """Findings of the map by id."""
        return {f["id"]: f for f in (self.map or {}).get("findings", [])}

    def need_decisions(self) -> Decisions:
        """What the first page says. Raises `NotEnoughData` for a run of before there was any."""
        if self.decisions is None:
            raise NotEnoughData(f"cjm export {self.client}", f"the run {self.run} has no {DECISIONS} that can be read: it is from before the first page said what to do",
                                "a run of this version", f"cjm report {self.client} --force")
        return self.decisions

    def need_map(self) -> Json:
        """The map. Raises `NotEnoughData` where the run has none."""
        if self.map is None:
            raise NotEnoughData(f"cjm export {self.client}", f"the run {self.run} has no journey map", "a report with the chapter 60_journey_map",
                                f"cjm report {self.client}")
        return self.map


def read_run(client: str, workspace: Workspace, run: str | None = None) -> RunData:
    """A published run, the latest unless named. Raises `BadInput` where there is none."""
    known = runs_of(client, workspace)
    if not known:
        if client not in client_names(workspace):
            raise unknown("cjm export", "client", client, client_names(workspace), "cjm list")
        raise BadInput(f"cjm export {client}", "the client has no published report yet", "a client with a published report", f"cjm report {client}")
    if run is not None and run not in known:
        raise unknown(f"cjm export {client}", "run", run, known, "name one of these runs, or leave it out for the latest")
    chosen = run or known[-1]
    folder = workspace.run(client, chosen)
    found = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    findings = found["findings"] if isinstance(found, dict) else found
    found_blocks = [b for path in sorted(folder.glob("*.ipynb")) for b in blocks(path)]
    map_data = next((dict(b["data"]) for b in found_blocks if b.get("kind") == "map"), None)
    sheets = next(([dict(i) for i in b["items"]] for b in found_blocks if b.get("kind") == "sheets"), [])
    receipt = _receipt(folder)
    title = str((map_data or {}).get("title") or (receipt.title if receipt else "") or client)
    return RunData(client, chosen, folder, title, findings, map_data, sheets, _decisions(folder), receipt)


def _receipt(folder: Path) -> Receipt | None:
    try:
        return read_receipt(folder)
    except BadInput:
        return None  # of another version


def _decisions(folder: Path) -> Decisions | None:
    try:
        return Decisions.from_dict(json.loads((folder / DECISIONS).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # of a run of before, or of another version


def blocks(path: Path) -> list[Json]:
    """The blocks of an executed notebook, in their order; none where it cannot be read."""
    try:
        notebook = whole(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError):
        return []
    outputs = [o for cell in notebook["cells"] for o in cell.get("outputs", [])]
    return [o["data"][MIME] for o in outputs if isinstance(o.get("data", {}).get(MIME), dict)]
