"""A client's tables built whole: the order of the steps, what the tables rest on, and the swap.

The tables are written beside the old ones and swapped in when whole; `build.json` says what they rest on.
What was read from an export lies in the vault (it holds raw identifiers) and is reused while export and
settings are the same.
"""

from __future__ import annotations

import functools
import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..engine.duck import Engine, share_of_memory
from ..errors import BadInput
from ..files import files_below, put_in_place, remove_abandoned, remove_scratch, scratch_folder
from ..params import Params, Workspace, load_params, params_sha256
from ..pins import pinned_builds
from ..privacy import Vault
from ..privacy.erasures import CERTIFICATES, Erasures
from ..privacy.release import kept_common_words
from ..shapes import Json
from ..study import BUILD_FILE
from ..version import VERSION
from .erasing import find_gone, finish, forget, remember_called
from .masking import mask_inputs, mask_reports
from .merges import write_merges
from .persons import customer_ids, register_persons, who_is_who
from .reading import input_hashes, read_sources, source_files
from .remote import placed_sql, remote_log
from .since import what_is_new
from .staging import remove_other_staged
from .writing import write_tables

Progress = Callable[[str], None]


@dataclass
class BuildReport:
    """What a build did. tables: name → rows and content hash; sources: the import reports."""

    client: str
    changed: bool
    tables: dict[str, Json] = field(default_factory=dict)
    sources: list[Json] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    key: str = ""  # of exports, settings and code the tables rest on
    merges: dict[str, int] = field(default_factory=dict)  # pairs of keys that were tied, by reason
    timezone: str = "UTC"  # the client's
    since: list[str] = field(default_factory=list)  # what the newest delivery changed, beside the build before


def build(client: str, workspace: Workspace, *, force: bool = False, progress: Progress | None = None) -> BuildReport:
    """Build a client's canonical tables from its exports. Does nothing where nothing changed.

    Holds the client's lock. Raises `BadInput(s)` with everything that is wrong with params and exports; nothing is written then.
    """
    say = progress or (lambda _: None)
    load_params(client, workspace)  # a slip is told without waiting for others
    with workspace.writing(client, "cjm build", progress):
        return _build(client, workspace, force, say)


def _build(client: str, workspace: Workspace, force: bool, say: Progress) -> BuildReport:
    params = load_params(client, workspace)
    folder, vault = workspace.tables(client), Vault(workspace.vault(client))
    files = source_files(params, workspace)
    inputs = input_hashes(params, workspace)
    log = remote_log(params, say)
    erasures = Erasures(workspace.erasures(client))
    if pending := erasures.pending:
        say("going on with an erasure")
        erasures.add(pending["hashes"])
    rests_on = inputs | {"log": log["sha256"]} if log else inputs
    key = _build_key(params, rests_on, vault, erasures)
    old = _read_build(folder)
    if not force and old and old.get("key") == key and all((folder / f"{t}.parquet").is_file() or "lies" in found for t, found in old["tables"].items()):
        say("nothing changed")
        _tidy(client, workspace, params)
        return BuildReport(client, False, old["tables"], old["sources"], old["notes"], old["inputs"], key, old.get("merges", {}), params.timezone, old.get("since", []))
    staged = read_sources(params, workspace, files, vault, inputs, say)
    if log and (both := [s.name for s in staged if "interactions" in s.tables]):
        raise BadInput("engine", f"the interactions lie in {params.engine.remote!r}, and {', '.join(both)} delivers some too", "interactions from one place: there, or from sources",
                       "leave out engine.path or engine.table to count those that are built here")
    say("who is who")
    identities = who_is_who(staged, params, vault, erasures)
    notes, keys = list(identities.notes), identities.keys
    gone = find_gone(staged, keys, erasures, vault)
    if gone:
        staged = forget(staged, gone)
        remember_called(gone, keys, erasures, kept_common_words(vault.folder))
        keys = keys[[pair not in gone.keys for pair in zip(keys["key_type"].astype(str), keys["key"].astype(str), strict=True)]]
        notes.append("persons who asked to be erased are left out, with all their records and interviews")
    key = _build_key(params, rests_on, vault, erasures)  # the list may have grown by what is tied to them now
    say("writing tables")
    remove_abandoned(folder.parent)
    remove_abandoned(vault.folder)
    partial, spill = scratch_folder("tables", folder.parent), scratch_folder("spill", vault.folder)  # beyond memory lie raw identifiers
    try:
        engine = Engine(None, params.engine.memory_limit or share_of_memory(), params.engine.threads, spill=spill)
        named = customer_ids(keys, vault)
        register_persons(engine, named, vault)
        tables, finders = write_tables(engine, staged, params, vault, partial, notes, erasures)
        engine.close()
        remove_scratch(spill)
        placed = {"placed": placed_sql(params)} if log else {}
        if log:
            tables["interactions"] = log
            notes.append(f"the interactions are read where they lie ({params.engine.remote}); their customer ids are shown as they are")
        speakers: set[str] = set().union(*(s.speakers for s in staged))
        report = BuildReport(client, True, tables, mask_reports([s.report for s in staged], speakers, params, vault, erasures, finders), notes,
                             mask_inputs(inputs, speakers, params, vault, erasures, finders), key, write_merges(identities, named if len(named) == len(identities.keys) else customer_ids(identities.keys, vault), gone.keys, params.identity.kinds, vault), params.timezone)
        meta = {"key": key, "version": VERSION, "client": client, "tables": tables, "sources": report.sources,
                "notes": notes, "merges": report.merges, "inputs": report.inputs, "params_sha256": params_sha256(params), "erasures": erasures.sha256, **placed,
                "vault": vault.keep_identities(keys, key)}
        meta["since"] = report.since = what_is_new(old, meta, folder, partial, params.timezone)
        (partial / BUILD_FILE).write_text(json.dumps(meta, indent=1, ensure_ascii=False), encoding="utf-8")
        put_in_place(partial, folder, BUILD_FILE)
    finally:
        remove_scratch(partial)  # nothing where it was put in its place
        remove_scratch(spill)
    vault.forget_identities(old, *pinned_builds(client, workspace))
    _tidy(client, workspace, params)
    return report


def _tidy(client: str, workspace: Workspace, params: Params) -> None:
    """After the tables are right: remove what removed sources delivered and what killed processes left, and go on with an erasure.

    What runs at work were built from stays until they end: what they publish is checked against it.
    """
    vault = workspace.vault(client)
    for folder in (workspace.live.tables(client).parent, workspace.live.tables(client), vault, workspace.erasures(client), workspace.erasures(client) / CERTIFICATES, workspace.cache(client),
                   workspace.lab(client), workspace.codings(client), Path(tempfile.gettempdir())):
        remove_abandoned(folder)
    erasures = Erasures(workspace.erasures(client)).sha256
    at_work = [b for b in pinned_builds(client, workspace) if b.get("erasures", "") == erasures]  # runs of before an erasure publish nothing
    names = [*(source.name for source in params.sources), *(str(s.get("source")) for b in at_work for s in b.get("sources", []))]
    remove_other_staged(vault / "staged", [workspace.staged(client, name) for name in names])
    finish(client, workspace)


def _build_key(params: Params, inputs: Mapping[str, str], vault: Vault, erasures: Erasures) -> str:
    settings = params.model_dump_json(include={"client", "sources", "identity", "journey", "privacy", "timezone", "currency", "raw"})
    return hashlib.sha256(json.dumps([settings, dict(inputs), _code_sha256(), sorted(vault.erased()), erasures.sha256]).encode()).hexdigest()


@functools.cache
def _code_sha256() -> str:
    """A hash of the code that builds tables."""
    root = Path(__file__).resolve().parents[1]
    parts = [p for pattern in ("*.py", "build/*.py", "engine/*.py") for p in sorted(root.glob(pattern))]
    parts += [p for folder in ("privacy", "sources") for p in files_below(root / folder, ".py")]
    return hashlib.sha256(b"".join(p.read_bytes() for p in parts)).hexdigest()


def _read_build(folder: Path) -> Json | None:
    try:
        return dict(json.loads((folder / BUILD_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
