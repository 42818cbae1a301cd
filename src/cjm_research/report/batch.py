"""Reports of many clients: build, run, go on after failures, and say at the end how all went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import CjmError
from ..params import Workspace
from .run import RunOutcome, run_report


@dataclass
class BatchOutcome:
    """How a batch went. errors: client → why it has no new report."""

    reports: dict[str, RunOutcome] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0, or 1 where any client or chapter failed; a single client's own error keeps its code."""
        if self.errors and len(self.errors) + len(self.reports) == 1:
            return getattr(next(iter(self.errors.values())), "exit_code", 1) or 1
        return 1 if self.errors or any(r.exit_code for r in self.reports.values()) else 0


def run_batch(clients: Sequence[str], workspace: Workspace, *, only: Sequence[str] | None = None, jobs: int = 2,
              sets: Sequence[str] | None = None, resume: bool = False, limit: int | None = None, force: bool = False,
              no_code: bool = False, **options: Any) -> BatchOutcome:
    """Build and report clients, one after the other; a client that fails does not stop the others."""
    import sys

    from ..build import build

    outcome = BatchOutcome()
    for client in list(clients)[:limit]:
        try:
            build(client, workspace)
            done = outcome.reports[client] = run_report(
                client, workspace, only, sets, jobs, force=force, no_code=no_code,
                progress=lambda c, chapter, what: print(f"{c}: {chapter}: {what}", file=sys.stderr))
            print(f"{client}: {done.state}: {done.index}")
            for chapter in done.receipt.failed:
                print(f"  {chapter.name} failed: {chapter.reason}", file=sys.stderr)
        except CjmError as error:
            outcome.errors[client] = error
            print(f"cjm: {error.text()}", file=sys.stderr)
    return outcome
