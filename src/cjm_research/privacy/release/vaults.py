"""What a client's vault knows: whose identifiers must not be published, and whether it knows all of them."""

from __future__ import annotations

import contextlib
import csv
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import WouldExposePerson
from ...params import Workspace
from ..masking.roles import is_role
from ..pseudonyms import Vault
from .known import fold

IDENTITIES = "identities.parquet"  # of a vault: every key and whose it is
COMMON_WORDS = "common_words.csv"  # of a vault: identifiers that are words of the exports, so that they tell nobody
_TRIES = 60  # a vault is read in less than a second; a build changes it in a few instants
#: raw ids in what was read from the exports, which tables hold as pseudonyms
_RAW_IDS = {"responses": "response_id", "deals": "deal_id", "assignments": "unit_id"}
_PARTICIPANT = frozenset(("participant", "participant_id", "participantid", "interviewee"))  # key types


def vault_identifiers(folder: Path, common: bool = False) -> set[str]:
    """Every raw identifier a vault holds: the keys of persons, and the ids of questionnaires, deals and experiments' units.

    Numbers of participants ("P07") are left out, see `participants`; so are words of the exports ("open"), unless `common`.
    Read of one state of the vault, also where a build changes it meanwhile.
    """
    for attempt in range(_TRIES):
        with contextlib.suppress(FileNotFoundError):
            before = _state(folder)
            known = _read.get((folder, common))
            if known is not None and known[0] == before:
                return set(known[1])
            found = frozenset(_identifiers(folder, common))
            if _state(folder) == before:  # what was read while the vault changed is kept by nobody
                if len(_read) > 1:
                    _read.clear()
                _read[folder, common] = (before, found)
                return set(found)
        time.sleep(0.005 * attempt)
    raise WouldExposePerson(f"release check of {folder.name}", "the vault is being changed all the time", "no build of the same client at the same time",
                            "run again when nobody builds this client; nothing was published")


State = tuple[tuple[str, int, int, int], ...]
#: what was read last: a report asks three times, for its pages, its client's list of runs and the list of all clients
_read: dict[tuple[Path, bool], tuple[State, frozenset[str]]] = {}


def _state(folder: Path) -> State:
    """What tells one state of a vault's identifiers from another."""
    found = [*folder.glob("identities*.parquet"), *folder.glob(COMMON_WORDS), *(path for path in folder.glob("staged/*") if not path.name.startswith("."))]
    return tuple(sorted((path.name, at.st_ino, at.st_mtime_ns, at.st_size) for path in found for at in [path.stat()]))


def _delivery(folder: Path, name: str) -> list[Path]:
    """A file of every delivery that lies in the vault; what is still being written, or was when its process was killed, is none."""
    return [path for path in folder.glob(f"staged/*/{name}") if not path.parent.name.startswith(".")]


def _identifiers(folder: Path, common: bool) -> set[str]:
    is_participant = participants(folder)
    wanted = [(path, "key") for path in folder.glob("identities*.parquet")]
    wanted += [(path, "key") for path in _delivery(folder, "keys.parquet")]
    wanted += [(path, column) for table, column in _RAW_IDS.items() for path in _delivery(folder, f"{table}.parquet")]
    words = set() if common else kept_common_words(folder)
    pairs = _pairs_of(wanted)
    return {key for kind, key in pairs if not is_participant(kind, key) and not (words and fold(key).strip() in words)}


def kept_common_words(folder: Path) -> set[str]:
    """The identifiers, folded, that the last build found to be words of the exports."""
    path = folder / COMMON_WORDS
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8", newline="") as file:
        return {row["word"] for row in csv.DictReader(file) if row.get("word")}


def participants(folder: Path) -> Callable[[str, str], bool]:
    """Whether a key (its type, itself) is only what a participant of interviews is called by ("P07"), which may be read.

    It is one by its type, or where documents call their participant so and no other export has it as a key: "user_12" is a
    customer's id, whatever it looks like.
    """
    called = {fold(v).strip() for path in _delivery(folder, "documents.parquet") for _, v in _pairs(path, "participant_id")}
    customers: set[str] = set()
    if called:
        for path in _delivery(folder, "keys.parquet"):
            if not (path.parent / "documents.parquet").is_file():
                customers.update(fold(key).strip() for kind, key in _pairs(path, "key") if kind.casefold() not in _PARTICIPANT)

    def is_one(kind: str, key: str) -> bool:
        if kind.casefold() in _PARTICIPANT:
            return is_role(key)
        if not called:
            return False
        plain = fold(key).strip()
        return plain in called and plain not in customers and is_role(key)

    return is_one


def _pairs(path: Path, column: str) -> Iterator[tuple[str, str]]:
    """The distinct values of a column with the type of key beside each; nothing where the file or the column is not there."""
    yield from _pairs_of([(path, column)])


def _pairs_of(wanted: Iterable[tuple[Path, str]]) -> Iterator[tuple[str, str]]:
    """The same of columns of several files, of which most hold the same keys."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = []
    for path, column in wanted:
        have = pq.read_schema(path).names if path.is_file() else []
        if column not in have:
            continue
        kind = "key_type" if column == "key" and "key_type" in have else ""
        table = pq.read_table(path, columns=[kind, column] if kind else [column])
        kinds = table.column(kind).cast(pa.string()) if kind else pa.nulls(len(table), pa.string())
        values = table.column(column)
        texts = values.cast(pa.string()) if pa.types.is_string(values.type) or pa.types.is_large_string(values.type) else \
            pa.array([None if v is None else str(v) for v in values.to_pylist()], pa.string())
        found.append(pa.table({"kind": kinds, "value": texts}).group_by(["kind", "value"]).aggregate([]))
    if found:
        all_found = pa.concat_tables(found).group_by(["kind", "value"]).aggregate([])
        for kind, value in zip(all_found.column("kind").to_pylist(), all_found.column("value").to_pylist(), strict=True):
            if value is not None:
                yield str(kind or ""), str(value)


def require_whole_vault(client: str, workspace: Workspace, build: Mapping[str, Any]) -> None:
    """Raise `WouldExposePerson` unless the vault holds the identifiers of all that the tables were built from.

    A check against a vault that knows nobody would pass everything. build: what `build.json` says.
    """
    folder = workspace.vault(client)
    wanted = {str(s["source"]) for s in build.get("sources", [])}
    if not wanted:
        return  # the interactions lie elsewhere: nobody's key was read
    if build.get("vault") and (why := Vault(folder).incomplete(build)):
        raise WouldExposePerson(f"release check of {client}", why, "the vault that the tables were built with",
                                f"cjm build {client} --force, then run again; nothing was published")
    missing = sorted(wanted - _delivered(folder))
    if missing or not (folder / IDENTITIES).is_file():
        found = f"the vault has no identifiers of {', '.join(missing)}" if missing else "the vault does not say who is who"
        raise WouldExposePerson(f"release check of {client}", found, "the vault that the tables were built with",
                                f"cjm build {client} --force, then run again; nothing was published")


def _delivered(folder: Path) -> set[str]:
    """The sources whose delivery lies in the vault with its keys."""
    found = set()
    for path in _delivery(folder, "staged.json"):
        try:
            if (path.parent / "keys.parquet").is_file():
                found.add(str(json.loads(path.read_text(encoding="utf-8"))["name"]))
        except (OSError, ValueError, KeyError):
            continue
    return found


def masked_names(folder: Path) -> list[str]:
    """The names that masking knows: speakers and those that the settings list."""
    from ..masking.saved import FILE

    try:
        return list(json.loads((folder / FILE).read_text(encoding="utf-8"))["names"])
    except (OSError, ValueError, KeyError):
        return []
