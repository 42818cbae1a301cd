"""What coders did since a study's tables were built: their logs, and codings and codebook with all that the logs say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..coding_log import State, logs_sha256, read_logs, state
from ..coding_log.answers import beside, is_answer, open_answers
from ..params import Workspace

if TYPE_CHECKING:
    from .opened import Study


def parted(state: State) -> dict[str, Any]:
    """The tables that a state of coding gives: codings of interviews, those of open answers, and the codebook."""
    answers = state.codings["document_id"].map(lambda d: is_answer(str(d))).astype(bool)
    return {"codings": state.codings[~answers], "answer_codings": state.codings[answers], "codebook": state.codebook}


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
    codings, documents = beside(built("codings"), built("answer_codings")), built("documents")
    if any(is_answer(str(e.get("document_id") or "")) for log in logs.logs for e in log.events):  # the survey's words are read only where somebody coded some
        texts = study._engine.query(f"SELECT document_id, text_sha256, text FROM ({open_answers('responses_all')})")
        documents = beside(documents[["document_id", "text_sha256", "text"]], texts)
    found = state(logs.logs, built("codebook"), codings, documents, study.params.journey)
    if not logs.sha256:
        return found
    from ..privacy.erasures import Erasures
    from ..privacy.later import later_masker

    # memos, and quotes whose place was lost, were written before or beside the masking of the tables
    erasures = Erasures(study.workspace.live.erasures(study.client))
    masker = later_masker(study.workspace.vault(study.client), erasures, pseudonymise=study.params.privacy.pseudonymise) if study.params.privacy.mask_text else None
    return found.masked(lambda text: masker.mask(text).text) if masker else found
