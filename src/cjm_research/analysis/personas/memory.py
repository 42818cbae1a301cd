"""What the segments of the last runs looked like, so that the same segment keeps its name.

Only means and shares of whole segments are kept, no customer. An answer rests on what was recalled, too: it is noted as read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...engine import reads
from ...files import write_text_whole
from ...shapes import Row

if TYPE_CHECKING:
    from ...study import Study

RUNS = 12
FILE = "personas.json"
READ = "earlier personas"  # the kind of state (`engine.reads`)


def recall(study: Study) -> list[Row]:
    """The personas of the last run on other data or settings: name, share, customers, profile; empty where none."""
    study.note(f"{READ}:")
    return _last(study)


def _last(study: Study) -> list[Row]:
    runs = [r for r in _read(_path(study)) if r.get("key") != study.sha256]
    return list(runs[-1]["personas"]) if runs else []


def _state(study: Study, _: str) -> str:
    return hashlib.sha256(json.dumps(_last(study), sort_keys=True).encode()).hexdigest()


reads.STATES[READ] = _state


def remember(study: Study, personas: Sequence[Row]) -> None:
    """Keep this run's personas; a run on the same data and settings replaces itself."""
    path = _path(study)
    runs = [r for r in _read(path) if r.get("key") != study.sha256][-(RUNS - 1):]
    runs.append({"key": study.sha256, "personas": list(personas)})
    try:
        write_text_whole(path, json.dumps({"runs": runs}, ensure_ascii=False))
    except OSError:
        pass  # without the file names are made anew, nothing else


def _path(study: Study) -> Path:
    return study.workspace.cache(study.client) / FILE


def _read(path: Path) -> list[Row]:
    try:
        runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
        return [r for r in runs if isinstance(r.get("personas"), list)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
