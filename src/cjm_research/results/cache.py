"""Results computed once: kept as Parquet and JSON, and used again only where everything they rest on is as it was.

An answer rests on the question and its options (`identity`), the package's code, the settings, whom the study looks through, and
the tables it read (`engine.reads`). The tables are known once it is answered: they are noted beside the answer with the state
they were in, and looked at before the answer is used again. An answer made of other answers has read all that they read. What
cannot be known (a function that reads a file of its own, an option of an unknown kind) is computed each time.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine import reads
from ..errors import BadInput
from ..files import files_below, remove_abandoned, remove_folder, remove_scratch, scratch_folder
from ..params import params_sha256
from . import earlier as _earlier  # noqa: F401 (registers how the state of earlier reports is found out)
from . import policy
from .declared import check_answer, check_options, frames_of
from .identity import Unknowable, identity
from .released import Source

if TYPE_CHECKING:
    from ..study import Study
    from .result import Result

Question = Callable[..., "Result"]
META = "meta.json"  # written last into a result's folder
READS = "reads.json"  # what the answer read: name → state
KEEP = 400  # results kept for a client; the oldest go first


def answered(question: Question, study: Study, **options: Any) -> Result:
    """`question(study, **options)`, from the cache where inputs, options and code are the same.

    Every chapter and the map ask through here, so that one question has one answer in a report. Raises `BadInput` for an option
    that the question does not have.
    """
    check_options(question, options, "ask")
    if os.environ.get("CJM_CACHE") == "off":  # a verification computes everything anew
        return _asked(question, study, options)
    try:
        key = _key(question, study, options)
    except Unknowable as why:
        reads.note_unknown(str(why))
        return _asked(question, study, options)
    folder = study.workspace.cache(study.client)
    for path in _kept(folder, key, study):
        if (found := _load(path)) is not None:
            found.declared, found.asked_of = frames_of(question), Source.of(study)
            return found
    with reads.recorded() as read:
        result = _asked(question, study, options)
    if not read.unknown and all(study.state(name) == state for name, state in read.states.items()):
        _save(result, folder, key, read.states)
    return result


def _asked(question: Question, study: Study, options: dict[str, Any]) -> Result:
    from ..engine.sequence.memory import reused_memory

    try:
        with reused_memory(), policy.following(study.params.evidence):
            result = question(study, **options)
    except Exception:
        study.check_kept()  # tables that an erasure took meanwhile fail in many ways; this names the cause
        raise
    check_answer(question, result)
    result.declared, result.asked_of = frames_of(question), Source.of(study)
    return result


@functools.cache
def code_sha256() -> str:
    """A hash of the package's own source."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in files_below(root, ".py"):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def _versions() -> list[str]:
    """Python and the libraries that compute."""
    return [platform.python_version(), *(version(name) for name in ("duckdb", "numpy", "pandas", "scipy", "scikit-learn", "statsmodels"))]


def _key(question: Question, study: Study, options: Mapping[str, Any]) -> str:
    """What an answer rests on before any table is read. Raises `Unknowable`."""
    parts = [identity(question), params_sha256(study.params), study.view_key, identity(dict(sorted(options.items()))), code_sha256(), _versions()]
    name = "".join(c for c in getattr(question, "__name__", "question") if c.isalnum() or c in "_-")[:40]
    return f"{name}-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]}"


def _kept(folder: Path, key: str, study: Study) -> list[Path]:
    """The kept answers of a key whose tables are as they were; what they had read is noted as read again."""
    for path in sorted(folder.glob(f"{key}-*"), reverse=True) if folder.is_dir() else ():
        try:
            states: dict[str, str] = json.loads((path / READS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if all(study.state(name) == state for name, state in states.items()):
            reads.note_all(states)
            return [path]
    return []


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


def _save(result: Result, folder: Path, key: str, states: Mapping[str, str]) -> None:
    path = folder / f"{key}-{hashlib.sha256(json.dumps(states, sort_keys=True).encode()).hexdigest()[:12]}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path.parent)
        temporary = scratch_folder("result", path.parent)
        for i, frame in enumerate(result.frames.values()):
            frame.to_parquet(temporary / f"{i}.parquet")
        (temporary / READS).write_text(json.dumps(states, sort_keys=True), encoding="utf-8")
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
