"""Results computed once: kept as Parquet and JSON by the hash of tables, settings, options and code."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..files import remove_abandoned, remove_folder, remove_scratch, scratch_folder
from .declared import check_answer, frames_of

if TYPE_CHECKING:
    from ..study import Study
    from .result import Result

Question = Callable[..., "Result"]
META = "meta.json"  # written last into a result's folder
KEEP = 200  # results kept for a client; the oldest go first


def answered(question: Question, study: Study, **options: Any) -> Result:
    """`question(study, **options)`, from the cache where inputs, options and code are the same.

    Every chapter and the map ask through here, so that one question has one answer in a report.
    """
    if os.environ.get("CJM_CACHE") == "off":  # a verification computes everything anew
        return _asked(question, study, options)
    folder = study.workspace.cache(study.client)
    path = folder / _key(question, study, options)
    if (found := _load(path)) is not None:
        found.declared = frames_of(question)
        return found
    result = _asked(question, study, options)
    _save(result, path)
    return result


def _asked(question: Question, study: Study, options: dict[str, Any]) -> Result:
    from ..engine.sequence.memory import reused_memory

    with reused_memory():
        result = question(study, **options)
    check_answer(question, result)
    result.declared = frames_of(question)
    return result


@functools.cache
def code_sha256() -> str:
    """A hash of the package's own source."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _key(question: Question, study: Study, options: dict[str, Any]) -> str:
    name = f"{question.__module__}.{question.__qualname__}"
    text = json.dumps([name, study.sha256, study.view_key, options, code_sha256()], sort_keys=True, default=str)
    return f"{question.__name__}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def _load(path: Path) -> Result | None:
    import pandas as pd

    from .result import Result

    try:
        meta = json.loads((path / META).read_text(encoding="utf-8"))
        frames = {name: pd.read_parquet(path / f"{i}.parquet") for i, name in enumerate(meta["frames"])}
        for name, frame in frames.items():
            frame.attrs.update(meta.get("attrs", {}).get(name, {}))
        return Result.from_meta(meta, frames)
    except (OSError, ValueError, KeyError):
        return None


def _save(result: Result, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path.parent)
        temporary = scratch_folder("result", path.parent)
        for i, frame in enumerate(result.frames.values()):
            frame.to_parquet(temporary / f"{i}.parquet")
        (temporary / META).write_text(json.dumps(result.meta(), default=_plain), encoding="utf-8")
        try:
            os.rename(temporary, path)
        except OSError:  # another kernel was faster
            remove_scratch(temporary)
        _prune(path.parent)
    except OSError:
        pass  # a cache that cannot be written costs time, not correctness


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be kept in a result; use plain values")


def _prune(folder: Path) -> None:
    entries = sorted((p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")),
                     key=lambda p: p.stat().st_mtime)
    for old in entries[:-KEEP]:
        with contextlib.suppress(BadInput):  # not ours
            remove_folder(old, META)
