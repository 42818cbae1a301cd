"""Looking through a study that an erasure may overtake: the tables of before are gone then, and those of after are looked through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..errors import TablesGone
from ..params import Workspace
from .opened import Study
from .opening import open_study

Seen = TypeVar("Seen")


def looked_through(client: str, workspace: Workspace, look: Callable[[Study], Seen]) -> Seen:
    """What `look` sees of the client's study, which is opened, closed, and opened once more where an erasure came between."""
    try:
        return _once(client, workspace, look)
    except TablesGone:
        return _once(client, workspace, look)


def _once(client: str, workspace: Workspace, look: Callable[[Study], Seen]) -> Seen:
    study = open_study(client, workspace)
    try:
        return look(study)
    except Exception:
        study.check_kept()  # what is gone fails in many ways; this names the cause
        raise
    finally:
        study.close()
