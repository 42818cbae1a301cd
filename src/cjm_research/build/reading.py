"""The exports of a client: their files, their hashes, and what each source delivers, read or taken from the vault."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ..engine.duck import share_of_memory
from ..errors import BadInput, BadInputs, CjmError, keep_details, unforeseen, unknown
from ..files import remove_scratch, scratch_folder
from ..params import Params, Workspace
from ..params.schema import Source
from ..privacy import Vault
from ..sources import SOURCES
from ..sources.contract import Context, SourceTables, find_files
from ..sources.frozen import check_frozen, check_unchanged
from ..sources.limits import Unpacking
from ..sources.reading.joins import input_files
from ..sources.reading.ordering import order_events
from ..tables import TABLES
from .staging import Staged, kept_staged, load_staged, save_staged, staged_key

STILL_S = 3600.0  # seconds a file must have been left alone before it was hashed, not to be hashed again after it was read


def source_files(params: Params, workspace: Workspace) -> dict[str, list[Path]]:
    """The files of every source. Raises `BadInput(s)` telling all that are missing or of an unknown kind."""
    problems: list[CjmError] = []
    files: dict[str, list[Path]] = {}
    if not params.sources and not params.engine.remote:
        raise BadInput(f"params/{params.client}.yaml: sources", "no source is given", "at least one export under `sources`", "cjm sources lists the kinds; add at least one")
    raw = workspace.raw(params.client, params.raw)
    for source in params.sources:
        try:
            if source.kind not in SOURCES:
                raise unknown(f"source {source.name!r}: kind", "kind of source", source.kind, SOURCES, "cjm sources")
            SOURCES[source.kind].check(source)
            if source.database:
                check_frozen(source, raw, params.client)
            files[source.name] = find_files(source, raw)
            input_files(source, raw)  # tells joined files that are missing
        except CjmError as problem:
            problems.append(problem)
    if problems:
        raise BadInputs(problems)
    return files


def input_hashes(params: Params, workspace: Workspace) -> dict[str, str]:
    """The content hash of every file a source reads, joined ones included, by source and path. Raises `BadInput` for rows that are not as fetched."""
    raw = workspace.raw(params.client, params.raw).resolve()
    hashes: dict[Path, str] = {}
    inputs = {}
    for source in params.sources:
        for path in input_files(source, raw):
            hashes[path] = hashes.get(path) or file_sha256(path)
            inputs[f"{source.name}/{path.relative_to(raw).as_posix()}"] = hashes[path]
        if source.database:
            check_unchanged(source, check_frozen(source, raw, params.client), inputs[f"{source.name}/{source.files}"], params.client)
    return inputs


def read_sources(params: Params, workspace: Workspace, files: Mapping[str, list[Path]], vault: Vault,
                 inputs: Mapping[str, str], say: Callable[[str], None]) -> list[Staged]:
    """Every source read, or taken from the vault where neither export nor settings changed. Tells all problems at once."""
    declared = "timezone" in params.model_fields_set
    problems: list[CjmError] = []
    staged: list[Staged] = []
    began = time.time()
    for source in params.sources:
        context = Context(params.client, source.timezone or (params.timezone if declared else None), params.currency, kinds=params.identity.kinds,
                          unpacking=Unpacking(params.limits.unpacked_mb << 20, params.limits.unpack_ratio))
        hashes = {k: v for k, v in inputs.items() if k.startswith(f"{source.name}/")}
        key = staged_key(source, context, hashes)
        place = workspace.staged(params.client, source.name)
        found = load_staged(place, key)
        if found is None:
            say(f"reading {source.name} ({source.kind})")
            scratch = scratch_folder("read", vault.folder)  # raw rows lie in it
            context = replace(context, scratch=scratch, memory=params.engine.memory_limit or share_of_memory())
            try:
                delivered = SOURCES[source.kind].read(files[source.name], source, context)
                if source.database:
                    delivered.report.notes[:0] = check_frozen(source, workspace.raw(params.client, params.raw), params.client).said()
                _check_delivery(source, delivered)
                _check_unchanged(source, workspace.raw(params.client, params.raw), hashes, began)
                order_events(delivered)
                found = save_staged(place, key, source.name, delivered)
            except CjmError as problem:
                problems.append(keep_details(problem, workspace.logs))
                continue
            except (ValueError, TypeError, OverflowError) as error:  # what was read cannot be written as a table
                problems.append(keep_details(unforeseen(
                    f"source {source.name!r}", error, f"what the reader of kind {source.kind} delivered cannot be kept",
                    f"an export as `cjm sources {source.kind}` describes it", "look for odd characters, numbers and times in the export"), workspace.logs))
                continue
            finally:
                remove_scratch(scratch)
        staged.append(found)
    if problems:
        raise BadInputs(problems)
    return staged


def kept_sources(params: Params, workspace: Workspace) -> list[Staged]:
    """What the sources delivered, as the last build left it in the vault."""
    found = (kept_staged(workspace.staged(params.client, source.name)) for source in params.sources)
    return [s for s in found if s is not None]


def _check_delivery(source: Source, delivered: SourceTables) -> None:
    for name, frame in delivered.tables.items():
        extra = set(frame.columns) - set(TABLES[name].names) - {"key_type", "customer_key"}
        if extra:
            raise RuntimeError(f"source kind {source.kind!r} delivers unknown columns of {name}: {sorted(extra)}")


def _check_unchanged(source: Source, raw: Path, hashes: Mapping[str, str], began: float) -> None:
    """Raise where a file is not what was hashed before it was read: the tables would rest on what no hash tells."""
    where = f"source {source.name!r}"
    try:
        now = {f"{source.name}/{path.relative_to(raw.resolve()).as_posix()}": path for path in input_files(source, raw.resolve())}
        changed = sorted({*now} ^ {*hashes})
        # the system counts times in steps: a file that lay still well before it was hashed needs no second look
        changed += [name for name, path in now.items()
                    if name in hashes and _touched(path) > began - STILL_S and file_sha256(path) != hashes[name]]
    except (FileNotFoundError, CjmError) as error:
        changed = [str(error)] if isinstance(error, CjmError) else [f"{source.name}/{Path(error.filename or '').name}"]
    if changed:
        raise BadInput(where, f"{', '.join(changed[:3])} changed while it was read", "an export that is written whole before it is read",
                       "wait until nothing writes to the client's raw folder, then run again")


def _touched(path: Path) -> float:
    """When a file was last written, or put in the place of another."""
    found = path.stat()
    return max(found.st_mtime, found.st_ctime)


def file_sha256(path: Path) -> str:
    """The content hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
