"""Persons left out for good, as a build does it: their keys and interviews go from what sources delivered, then from all that was kept.

The list says who (`privacy.erasures`); it comes first, so that a build that is killed anywhere is followed by one that leaves
them out too. What was kept outside of the tables (results, coders' logs, names of speakers, outputs in the lab) is cleaned
after the tables are swapped; the journal is closed last.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from ..coding_log import erase_documents
from ..coding_log.answers import is_answer
from ..coding_log.store import SUFFIX
from ..files import files_below, remove_folder, remove_owned, write_text_whole
from ..params import Workspace
from ..pins import held
from ..privacy import Known, Vault
from ..privacy.erased_words import ErasedWords, remember_words
from ..privacy.erasures import Erasures
from ..privacy.masking import Masker, Register
from ..privacy.masking.roles import is_role
from ..privacy.masking.saved import REGISTER
from ..privacy.release import fold, own_words
from ..shapes import Json
from .said_of import said_of_erased
from .staging import Staged, rewrite_staged


@dataclass
class Gone:
    """What goes: keys as (type, key), documents as sources name them, units of experiments."""

    keys: set[tuple[str, str]] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    speakers: set[str] = field(default_factory=set)  # in these documents alone

    def __bool__(self) -> bool:
        return bool(self.keys or self.documents)


def find_gone(staged: Sequence[Staged], keys: pd.DataFrame, erasures: Erasures, vault: Vault) -> Gone:
    """What of the deliveries belongs to erased persons; what is new of it is put on the list, so that it stays away alone, too.

    keys: key_type, key, person. A person goes with all keys where one of them was named; a key that was theirs goes itself.
    """
    gone = Gone()
    if not erasures:
        return gone
    said = (keys["key_type"].astype(str) + "|" + keys["key"].astype(str)).tolist()
    named = pd.Series(erasures.holds("named", said), index=keys.index, dtype=bool)
    whole = keys["person"].isin(keys.loc[named, "person"])
    single = pd.Series(erasures.holds("key", said), index=keys.index, dtype=bool)
    chosen = keys[whole | single]
    gone.keys = set(zip(chosen["key_type"].astype(str), chosen["key"].astype(str), strict=True))
    for source in staged:
        for document, participant, kind, key in delivered_documents(source):
            if (kind, key) in gone.keys or any(erasures.holds("document", [document.lower()])) or any(erasures.holds("participant", [participant.lower()])):
                gone.documents.add(document)
    # settings (identity.keep_apart) may go on naming a key, or its pseudonym, that is no longer in the exports
    settings = [erasures.hash("setting", n) for t, k in gone.keys for n in (k.strip().lower(), vault.pseudonym(f"{t}|{k}", "k"))]
    erasures.add([*(erasures.hash("key", f"{t}|{k}") for t, k in gone.keys), *(erasures.hash("document", d.lower()) for d in gone.documents), *settings])
    return gone


def delivered_documents(source: Staged) -> list[tuple[str, str, str, str]]:
    """(document, participant, key type, key) of the documents of a source; what it does not say is empty."""
    if "documents" not in source.tables:
        return []
    frame = source.read("documents")
    columns = [frame[c].astype("string").fillna("") if c in frame else pd.Series("", index=frame.index)
               for c in ("document_id", "participant_id", "key_type", "customer_key")]
    return list(zip(*(c.astype(str) for c in columns), strict=True))


def forget(staged: Sequence[Staged], gone: Gone) -> list[Staged]:
    """The deliveries without what goes, on the disk too."""
    for source in staged:
        if "assignments" in source.tables:
            frame = source.read("assignments")
            if "customer_key" in frame and "unit_id" in frame:
                gone.units |= set(frame.loc[_of(frame, gone), "unit_id"].dropna().astype(str))
        if "turns" in source.tables:
            turns = source.read("turns")
            theirs = turns["document_id"].astype(str).isin(gone.documents)
            gone.speakers |= set(turns.loc[theirs, "speaker"].dropna().astype(str)) - set(turns.loc[~theirs, "speaker"].dropna().astype(str))
    names = Masker(dict.fromkeys(gone.speakers, "left out"))
    answers = [d for d in gone.documents if is_answer(d)]

    def shown(report: Json) -> Json:
        """An import report names speakers and files, and the answers that a coding program had; those of the persons who go are no more."""
        if answers:
            report = {**report, "notes": [n for n in report.get("notes", []) if not any(a in str(n) for a in answers)]}
        return {**report, "notes": [names.mask_id(names.mask(str(n)).text) for n in report.get("notes", [])],
                "files": [names.mask_id(str(f)) for f in report.get("files", [])]} if gone.speakers else report

    return [rewrite_staged(source, lambda name, frame: frame[~_mask(name, frame, gone)], shown) for source in staged]


def remember_called(gone: Gone, keys: pd.DataFrame, erasures: Erasures, words: Set[str] = frozenset()) -> None:
    """Put what the persons who go were called on the list, so that what others say of them stays masked.

    keys: of all persons. words: identifiers that are words of the exports, which stay as they are.
    """
    everybody = Known(keys["key"].dropna().astype(str)).whole()  # knows which numbers and words nobody can tell from others
    called = {fold(k).strip() for _, k in gone.keys if k in everybody and not is_role(k)} - words
    remember_words(erasures, called - own_words(called), gone.speakers)


def _of(frame: pd.DataFrame, gone: Gone, key_type: str = "key_type", key: str = "customer_key") -> pd.Series:
    pairs = pd.MultiIndex.from_arrays([frame[key_type].astype(str), frame[key].astype(str)])
    return pd.Series(pairs.isin(list(gone.keys)) if gone.keys else False, index=frame.index)


def _mask(name: str, frame: pd.DataFrame, gone: Gone) -> pd.Series:
    mask = pd.Series(False, index=frame.index)
    if name == "keys":
        return _of(frame, gone, "key_type", "key")
    if name == "same_person":
        return _of(frame, gone, "key_type_a", "key_a") | _of(frame, gone, "key_type_b", "key_b")
    if "customer_key" in frame:
        mask |= _of(frame, gone)
    if "document_id" in frame:
        mask |= frame["document_id"].astype(str).isin(gone.documents)
    if name == "measurements" and "unit_id" in frame:
        mask |= frame["unit_id"].astype(str).isin(gone.units)
    return mask


def finish(client: str, workspace: Workspace) -> Json | None:
    """Clean what was kept outside of the tables and close the journal; None where no erasure is under way. May be repeated."""
    workspace = workspace.live
    erasures = Erasures(workspace.erasures(client))
    entry = erasures.pending
    if entry is None:
        return None
    results = _clear_cache(workspace.cache(client))
    outputs = clear_outputs(workspace.lab(client))
    lines = int(entry.get("log_lines", 0)) + erase_documents(workspace.codings(client), entry["documents"])
    erasures.note(log_lines=lines)  # a repetition finds none any more
    register = Register(Vault(workspace.vault(client)).folder / REGISTER)
    if register.forget(entry["labels"]):
        register.save()
    Vault(workspace.vault(client)).forget_identities()
    runs = _release_studies(client, workspace)
    certificate = {
        "id": entry["id"], "client": client, "at": entry["at"], "finished_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "persons": entry["persons"], "person_hashes": entry["person_hashes"], "customers": entry["customers"], "interviews": sum(not is_answer(d) for d in entry["documents"]),
        "runs": entry.get("runs", []), "exports": entry.get("exports", 0),
        "log_lines": lines,
        "removed": {"data/tables": "built anew without them", "data/vault": "deliveries, identities, masking log and names of speakers without them",
                    "data/cache": f"{results} results", "data/lab": f"outputs of {outputs} notebooks", "data/codings": f"{lines} entries of coders' logs"},
        "not_removed": {**_others(client, workspace),
                        "data/raw": "the client's own exports are not changed; their persons are left out of every build",
                        **({"data/pins": f"{runs} runs at work at that time; what they pinned goes when they end, and they count as published before"} if runs else {}),
                        "reports": "runs and exports published before: cjm erase CLIENT --published list, and --published withdraw"}}
    erasures.end(certificate)
    return certificate


def _others(client: str, workspace: Workspace) -> dict[str, str]:
    """What others wrote of the persons, and where it stays: place → words."""
    gone = Known((), gone=ErasedWords(Erasures(workspace.erasures(client)))).whole()
    lines = sum(any(True for _ in gone.find(line)) for path in sorted(workspace.codings(client).glob(f"*{SUFFIX}"))
                for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    told = {}
    if said := said_of_erased(Vault(workspace.vault(client)).folder / "staged", Erasures(workspace.erasures(client))):
        places = ", ".join(f"{count:,} of {place}" for place, count in said.items())
        told["data/vault"] = (f"what others say of them in deliveries of sources: {places}. Tables, reports and exports show it masked; to take it out, "
                              f"change it in the exports of these sources in data/raw/{client}, then: cjm build {client}")
    if lines:
        told["data/codings"] = f"{lines:,} lines of coders' logs about other documents may name them; they are masked when they are read, coders can change their memos"
    return told


def _release_studies(client: str, workspace: Workspace) -> int:
    """Remove what open studies (notebooks) pinned, which must be opened again; returns how many runs are at work, whose pins stay."""
    runs = 0
    for pin in held(client, workspace):
        if (pin / "params").is_dir():  # a run pins its settings, too
            runs += 1
        else:
            with contextlib.suppress(OSError):  # it ended just now
                remove_owned(pin)
    return runs


def _clear_cache(folder: Path) -> int:
    count = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink() and (path / "meta.json").is_file():
            remove_folder(path, "meta.json")
            count += 1
        elif path.name == "personas.json":
            path.unlink(missing_ok=True)
    return count


def clear_outputs(folder: Path) -> int:
    """Take the outputs out of all notebooks of a folder, which may show what was erased; returns how many had some."""
    cleared = 0
    for path in files_below(folder, ".ipynb"):
        try:
            notebook = json.loads(path.read_text(encoding="utf-8"))
            cells = [c for c in notebook["cells"] if c.get("cell_type") == "code"]
            shown = any(c.get("outputs") for c in cells)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
        if not shown:
            continue
        for cell in cells:
            cell["outputs"], cell["execution_count"] = [], None
        notebook.get("metadata", {}).pop("widgets", None)
        write_text_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
        cleared += 1
    return cleared
