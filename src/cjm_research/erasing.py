"""`cjm erase`: find whom the words name, leave them out for good, and say where published runs may still show them."""

from __future__ import annotations

import os
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from .coding_log.answers import open_answers
from .errors import BadInput
from .files import files_below
from .params import Params, Workspace, load_params


@dataclass(frozen=True)
class Erased:
    """What an erasure left out: customers and interviews of the tables, lines of coders' logs; where its certificate lies."""

    customers: int
    interviews: int
    log_lines: int
    certificate: Path | None = None
    already: list[str] = field(default_factory=list)  # words that named nobody who was still there
    stay: list[str] = field(default_factory=list)  # pseudonyms of customers whose interview went, and who were not named themselves
    remains: dict[str, str] = field(default_factory=dict)  # place → what an erasure leaves there


def erase_persons(client: str, names: Iterable[str], workspace: Workspace) -> Erased:
    """Leave persons out of the tables for good, and forget what was kept of them.

    names: identifiers of an export in any spelling that a build takes for the same, pseudonyms, or participants and documents
    of interviews. What is done is noted first: killed anywhere, the next command on the client goes on with it. Deliveries,
    tables, results, coders' logs, names of speakers and outputs in the lab are cleaned; a certificate says what was done.
    The exports themselves are the client's and are not changed; published runs are listed by `published`. Raises `BadInput`
    where one of the names is nobody's; nothing is erased then.
    """
    from .build import build
    from .privacy.erasures import Erasures, run_ids
    from .privacy.exported import exported

    wanted = list(dict.fromkeys(_composed(n.strip()) for n in names if n.strip()))
    if not wanted:
        raise BadInput("cjm erase", "no person is named", "an identifier of an export, a pseudonym such as c_…, or a participant",
                       f"cjm erase {client} <identifier>")
    if odd := [n for n in wanted if any("\ud800" <= c <= "\udfff" for c in n)]:  # bytes of the shell that are no UTF-8
        raise BadInput("cjm erase", f"{odd[0]!a} is no text in UTF-8; nothing was erased", "an identifier as the export spells it", "type it in a terminal whose encoding is UTF-8, or name the pseudonym (c_…)")
    load_params(client, workspace)
    with workspace.writing(client, "cjm erase"):
        build(client, workspace)  # finishes what was begun, and makes what is found below that of the exports
        found = _Finder(client, workspace).find(wanted)
        if not found.hashes:
            return Erased(0, 0, 0, None, wanted)
        erasures = Erasures(workspace.erasures(client))
        number = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        erasures.begin({
            "id": number, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "persons": len(wanted) - len(found.already), "customers": len(found.customers),
            "person_hashes": sorted(erasures.hash("customer", c) for c in found.customers), "hashes": [erasures.hash(k, v) for k, v in found.hashes],
            "documents": sorted(found.documents), "labels": sorted(found.labels),
            "runs": sorted({i for run in _runs(workspace.report(client)) for i in run_ids(run)} - {""}), "exports": len(exported(workspace.exports(client)))})
        build(client, workspace)
        done = next(c for c in erasures.certificates() if c["id"] == number)
        return Erased(done["customers"], done["interviews"], done["log_lines"], workspace.erasures(client) / "certificates" / f"{number}.json", found.already,
                      sorted(found.stay), {place: what for place, what in done["not_removed"].items() if place != "reports"})


@dataclass
class _Found:
    hashes: set[tuple[str, str]] = field(default_factory=set)  # (kind, value) for the list
    customers: set[str] = field(default_factory=set)  # pseudonyms in the tables
    documents: set[str] = field(default_factory=set)  # as the tables name them
    labels: set[str] = field(default_factory=set)  # of speakers in these documents alone
    already: list[str] = field(default_factory=list)
    stay: set[str] = field(default_factory=set)  # customers of these documents who are not named


class _Finder:
    """Whom words name, among keys, pseudonyms, participants and documents of the built tables and what sources delivered."""

    def __init__(self, client: str, workspace: Workspace) -> None:
        from .build.persons import customer_ids
        from .build.reading import kept_sources
        from .privacy import Vault
        from .privacy.erasures import Erasures
        from .privacy.masking import Register
        from .privacy.masking.saved import REGISTER
        from .study import open_study

        self.client, self.params = client, load_params(client, workspace)
        vault = Vault(workspace.vault(client))
        self.erasures = Erasures(workspace.erasures(client))
        self.legacy = vault.erased()
        study = open_study(client, workspace)
        try:
            self.keys = customer_ids(pd.read_parquet(vault.folder / study.build["vault"]["identities"]), vault)
            self.documents = study.query("SELECT document_id, participant_id, customer_id FROM documents")
            self.answers = study.query(f"SELECT document_id, customer_id FROM ({open_answers()}) WHERE customer_id IS NOT NULL")
            self.speakers = study.query("SELECT DISTINCT document_id, speaker FROM turns WHERE speaker IS NOT NULL")
            self.known = set(study.query("SELECT customer_id FROM customers")["customer_id"])
        finally:
            study.close()
        self.raw = _raw_documents(kept_sources(self.params, workspace), vault, self.params)
        self.register = Register(vault.folder / REGISTER)

    def find(self, names: list[str]) -> _Found:
        found, unknown = _Found(), []
        for name in names:
            if self._one(name, found):
                continue
            if self._erased(name):
                found.already.append(name)
            else:
                unknown.append(name)
        if unknown:
            raise self._nobody(unknown)
        found.documents |= set(self.documents.loc[self.documents["customer_id"].isin(found.customers), "document_id"])
        found.stay = set(self.documents.loc[self.documents["document_id"].isin(found.documents), "customer_id"].dropna()) - found.customers
        theirs = set(self.answers.loc[self.answers["customer_id"].isin(found.customers), "document_id"])
        found.hashes |= {("document", d.lower()) for d in theirs}  # a coding program's copy of an answer goes from what it delivers, too
        found.documents |= theirs
        only = self.speakers["document_id"].isin(found.documents)
        found.labels = set(self.speakers.loc[only, "speaker"]) - set(self.speakers.loc[~only, "speaker"])
        return found

    def _one(self, name: str, found: _Found) -> bool:
        keys = self.keys
        hit = pd.Series(False, index=keys.index)
        for key_type in keys["key_type"].dropna().unique():
            hit |= (keys["key_type"] == key_type) & keys["key"].isin(_spellings(str(key_type), name))
        hit |= keys["customer_id"].eq(name) | keys["key_pseudonym"].eq(name)
        hit = hit.fillna(False).astype(bool)
        whole = keys["person"].isin(keys.loc[hit, "person"])
        found.hashes |= {("named", f"{t}|{k}") for t, k in zip(keys.loc[hit, "key_type"], keys.loc[hit, "key"], strict=True)}
        found.hashes |= {("key", f"{t}|{k}") for t, k in zip(keys.loc[whole, "key_type"], keys.loc[whole, "key"], strict=True)}
        found.customers |= set(keys.loc[whole, "customer_id"]) & self.known
        words = {name.lower(), *self.register.named([name])}
        talks = False
        for document, participant, shown in self.raw:
            if words & {_composed(w.lower()) for w in (document, participant, shown)} - {""}:
                talks = True
                found.hashes.add(("document", document.lower()))
                if participant and _composed(participant.lower()) in words:
                    found.hashes.add(("participant", participant.lower()))
                found.documents |= {shown} & set(self.documents["document_id"])
        chosen = self.documents["participant_id"].astype("string").str.lower().isin(words).fillna(False)
        for document, _, shown in self.raw:
            if shown in set(self.documents.loc[chosen, "document_id"]):
                talks = True
                found.hashes.add(("document", document.lower()))
                found.documents.add(shown)
        return bool(hit.any()) or talks

    def _erased(self, name: str) -> bool:
        """Whether the name is on the list already."""
        types = {"email", "phone", *self.keys["key_type"].dropna().astype(str)}
        said = [f"{t}|{k}" for t in types for k in _spellings(t, name)]
        return (name in self.legacy or any(self.erasures.holds("named", said)) or any(self.erasures.holds("key", said))
                or any(any(self.erasures.holds(kind, [name.lower(), unicodedata.normalize("NFD", name.lower())])) for kind in ("document", "participant"))
                or self.erasures.hash("customer", name) in {h for c in self.erasures.certificates() for h in c["person_hashes"]})

    def _nobody(self, names: list[str]) -> BadInput:
        types = sorted(self.keys["key_type"].dropna().astype(str).unique())
        looked = [f"keys of the types {', '.join(types)}" if types else "no keys, as no source has any", "pseudonyms of customers (c_…) and keys (k_…)",
                  f"participants and documents of {len(self.documents):,} interviews"]
        shown = ", ".join(repr(n[:80]) for n in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        return BadInput(f"cjm erase {self.client}", f"nobody is named {shown} in the data; nothing was erased", f"looked through: {'; '.join(looked)}",
                        "write the identifier as an export has it; cjm check shows what was read")


def _composed(text: str) -> str:
    """The text with its letters composed, as keys are: a name of a file may hold an "o" and a mark where a keyboard types "ö"."""
    return unicodedata.normalize("NFC", text)


def _spellings(key_type: str, name: str) -> list[str]:
    """How a build would spell a name as a key of a type, and the name as it is."""
    from .ids import normal_key

    normal = normal_key(key_type, pd.Series([name], dtype="string")).iloc[0]
    return [name] if pd.isna(normal) else list(dict.fromkeys([str(normal), name]))


def _raw_documents(staged: list[Any], vault: Any, params: Params) -> list[tuple[str, str, str]]:
    """(document, participant, the document as the tables name it) of what the sources delivered."""
    from .build.erasing import delivered_documents
    from .privacy.masking import load_masker

    masker = load_masker(vault.folder) if params.privacy.mask_text else None
    return [(d, p, masker.mask_id(d) if masker else d) for source in staged for d, p, _, _ in delivered_documents(source)]


# --- what was published before --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """A run, a page that compares runs, or exports from before the last erasure: they count the persons, and may quote them.

    ours: whether it lies in the client's folder of reports, where `withdraw` removes it; what was written elsewhere is only told.
    """

    name: str
    folder: Path
    files: int
    ours: bool = True


def published(client: str, workspace: Workspace) -> list[Published]:
    """What a client published and exported before its last erasure. Raises `BadInput` for an unknown client."""
    from .privacy.erasures import Erasures
    from .privacy.exported import exported

    load_params(client, workspace)
    erasures, home = Erasures(workspace.erasures(client)), workspace.report(client)
    if (there := erasures.before()) is None:
        return []
    runs, count = there
    found = [Published(run.name, run, _files(run)) for run in _runs(home) if erasures.is_before(run)]
    names = [run.name for run in _runs(home) if erasures.is_before(run)]
    found += [Published(page.name, page, 1) for page in sorted(home.glob("changes_*.html")) if any(n in page.name for n in names)]
    state: dict[Path, bool] = {}  # file → from before; the last export of a file counts
    for i, export in enumerate(exported(workspace.exports(client))):
        state |= dict.fromkeys(export.files, i < count or export.run in runs)
    for kind, names_of in _of_data().items():
        if left := [p for name in names_of if (p := home / kind / name).is_file() and state.get(Path(os.path.abspath(p)), True)]:
            found.append(Published(kind, home / kind, len(left)))
    own = {Path(os.path.abspath(home / kind / name)) for kind, names_of in _of_data().items() for name in names_of}
    elsewhere = sorted(p for p, old in state.items() if old and p not in own and p.is_file())
    return found + [Published(str(folder), folder, sum(p.parent == folder for p in elsewhere), False) for folder in dict.fromkeys(p.parent for p in elsewhere)]


def _of_data() -> dict[str, tuple[str, ...]]:
    """The folders beside the runs that hold exports of the data as they were then, and the files that may lie there."""
    from .report.exports import banner, codings

    return {"codings": codings.FILES, "banner": banner.FILES}


def _runs(home: Path) -> list[Path]:
    return sorted(p for p in home.iterdir() if (p / "run.json").is_file() and not p.name.startswith(".")) if home.is_dir() else []


def _files(folder: Path) -> int:
    return len(files_below(folder))


def withdraw(client: str, workspace: Workspace) -> list[Published]:
    """Remove what `published` lists and is ours; returns all of it. Other files stay, also exports that were written elsewhere."""
    from .files import remove_folder
    from .report.pages.site import build_site

    with workspace.writing(client, "cjm erase"):
        gone = published(client, workspace)
        for item in gone:
            if not item.ours:
                continue
            if (item.folder / "run.json").is_file():
                remove_folder(item.folder, "run.json")
            elif item.folder.is_file():
                item.folder.unlink()
            else:
                for name in _of_data()[item.folder.name]:
                    (item.folder / name).unlink(missing_ok=True)
    build_site(workspace, [client])
    return gone
