"""The report of one client, as `cjm report` and batches make it."""

from __future__ import annotations

import json
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import CjmError
from ..params import Workspace
from ..pins import pin_run, release
from ..privacy.erasures import Erasures
from .execution.runner import Isolation
from .pages.site import ATTEMPT_FILE
from .progress import Display
from .record.guard import redacted
from .record.plan import check_request
from .record.publish import write_whole
from .record.slips import GivenWrong, refuse_since
from .run import Interrupted, RunOutcome, run_report


@dataclass
class ClientOutcome:
    """How one client of a batch went: its report, or why there is no new one."""

    client: str
    report: RunOutcome | None = None
    error: str = ""
    exit_code: int = 0
    seconds: float = 0.0
    resumed: bool = False  # done before the batch was interrupted

    @property
    def state(self) -> str:
        """published, unchanged, done before, or failed."""
        return "done before" if self.resumed else self.report.state if self.report else "failed"

    @property
    def note(self) -> str:
        """What is not as it should be, in one line."""
        if self.report is None:
            return self.error.splitlines()[0] if self.error else ""
        failed = self.report.receipt.failed
        first = failed[0].reason.splitlines()[0] if failed and failed[0].reason else ""
        return f"{', '.join(c.name for c in failed)} failed: {first}" if failed else ""


def report_client(client: str, workspace: Workspace, options: dict[str, Any], build: bool, runner: Any, shown: Display,
                  jobs: int = 1, isolation: Isolation = "auto", surprise: bool = False) -> ClientOutcome:
    """Build and report one client; what goes wrong becomes the outcome's error.

    surprise: let an error that is no `CjmError` (one of ours, then) through, with its traceback.
    """
    began = time.monotonic()
    result = ClientOutcome(client)
    try:
        check_request(client, workspace, options["only"] or None, options["sets"] or None)  # before anything slow
        refuse_since(client, workspace, options.get("since"))
        result.report = _reported(client, workspace, options, build, runner, shown, jobs, isolation)
        result.exit_code = result.report.exit_code
    except Interrupted:
        result.error, result.exit_code = "interrupted", 1
        return result
    except GivenWrong as slip:
        result.error, result.exit_code = slip.text(), slip.exit_code
        return result  # no attempt: readers of the pages have nothing to do with what was typed
    except CjmError as error:
        result.error, result.exit_code = error.text(), error.exit_code or 1
    except Exception as error:
        if surprise:
            raise
        where = traceback.extract_tb(error.__traceback__)[-1]
        result.error = f"{client}: {type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno})"
        result.exit_code = 1
    result.seconds = time.monotonic() - began
    _note_attempt(workspace, result)
    return result


def _reported(client: str, workspace: Workspace, options: dict[str, Any], build: bool, runner: Any, shown: Display, jobs: int, isolation: Isolation) -> RunOutcome:
    """Build and run; begun once more where persons are erased meanwhile, since what was found until then counts them."""
    for last in (False, True):
        erasures = Erasures(workspace.erasures(client)).sha256
        pinned: Workspace | None = None
        try:
            pinned = pin_run(client, workspace, (lambda place: _built(client, place, shown)) if build else None)
            return run_report(
                client, pinned, options["only"] or None, options["sets"] or None, jobs, runner=runner, force=options["force"],
                code=options["code"], progress=shown.chapter, site=False, isolation=isolation, since=options.get("since"))
        except Exception as error:
            if last or isinstance(error, Interrupted) or Erasures(workspace.erasures(client)).sha256 == erasures:
                raise
            shown.step(client, "persons were erased meanwhile: beginning again without them")
        finally:
            if pinned is not None:
                release(pinned)
    raise AssertionError("the second time returns or raises")


def _built(client: str, workspace: Workspace, shown: Display) -> str:
    """Renew the tables by settings that are pinned already; returns the key they were built by."""
    from ..build import build, refuse_unanswered

    def step(text: str) -> None:
        shown.step(client, text)

    with workspace.writing(client, "cjm report", step):
        built = build(client, workspace, progress=step)
    refuse_unanswered(built)
    return built.key


def _note_attempt(workspace: Workspace, result: ClientOutcome) -> None:
    """Let the site say why a client has no new report; gone with the next success."""
    path = workspace.report(result.client) / ATTEMPT_FILE
    try:
        if result.report is not None:
            path.unlink(missing_ok=True)
        elif workspace.params_file(result.client).is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            write_whole(path, json.dumps({"at": at, "error": redacted(result.client, workspace, result.error)}, ensure_ascii=False, indent=1) + "\n")
    except OSError:
        pass  # the disk refuses: the outcome says so already
