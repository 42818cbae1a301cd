"""What coders did since a study's tables were built: their logs, and codings and codebook with all that the logs say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..coding_log import State, logs_sha256, read_logs, state
from ..params import Workspace

if TYPE_CHECKING:
    from .opened import Study


@dataclass(frozen=True)
class Logs:
    """The coding logs of a client as they lay there once, and their hash; empty where there are none."""

    logs: Any
    sha256: str


def logs_of(client: str, workspace: Workspace) -> Logs:
    """Read a client's coding logs."""
    logs = read_logs(workspace.codings(client))
    return Logs(logs, logs_sha256(logs))


def coded_since(study: Study, logs: Logs) -> State:
    """Codings and codebook of the study's tables, with all that the logs say."""
    built = study._engine.built
    found = state(logs.logs, built("codebook"), built("codings"), built("documents"), study.params.journey)
    if not logs.sha256:
        return found
    from ..privacy.erasures import Erasures
    from ..privacy.later import later_masker

    # memos, and quotes whose place was lost, were written before or beside the masking of the tables
    erasures = Erasures(study.workspace.live.erasures(study.client))
    masker = later_masker(study.workspace.vault(study.client), erasures, pseudonymise=study.params.privacy.pseudonymise) if study.params.privacy.mask_text else None
    return found.masked(lambda text: masker.mask(text).text) if masker else found
