"""Masking of the free text in tables that are being built; the log that could undo it goes into the vault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import pandas as pd

from ..engine.duck import Engine
from ..files import write_parquet_whole, write_text_whole
from ..params import Params
from ..privacy import Vault
from ..privacy.erasures import Erasures
from ..privacy.later import later_masker
from ..privacy.masking import Masker, Register, countries_of, known_ids, load_masker, mask_documents, names_of, save_masker
from ..privacy.masking.masker import Suspect
from ..privacy.masking.roles import persons
from ..privacy.masking.saved import FILE
from ..privacy.release import Finder, fold, kept_common_words, own_words, participants
from ..privacy.reviewed import MAY_IDENTIFY, REVIEW, review_list
from ..shapes import Json
from ..tables import TABLES
from .fields import FieldMasker

_T = TypeVar("_T")
LOG = "masking.parquet"  # what stood where: it undoes the masking, so it stays in the vault
REVIEWED = 20_000  # texts of a column that the review list is drawn from; people read the list, not the texts
#: free text outside of documents: table → (column, condition)
_TEXTS = {"feedback": ("text", "TRUE"), "responses": ("answer", "instrument = 'text'"),
          "codebook": ("memo", "TRUE")}


#: what an import report quotes of the export: cells, headings, labels
_QUOTING = frozenset(("notes", "dropped", "renamed", "columns", "asks", "answers"))


@dataclass(frozen=True)
class Finders:
    """Of the identifiers of this build's vault: in free text, and in fields (see `Known`)."""

    in_text: Finder
    in_fields: Finder


def mask_tables(engine: Engine, params: Params, vault: Vault, register: Register, finder: Finder | None = None,
                labels: Mapping[str, int] = MappingProxyType({})) -> list[str]:
    """Mask transcripts (spans move along), codings, feedback and open answers; returns notes for the build report.

    register: of the pseudonyms. finder: the raw identifiers of the client, which texts may hold. labels: of speakers, perhaps: they
    were not taken and stand in the texts.
    """
    documents, turns, codings = (_frame(engine, name) for name in ("documents", "turns", "codings"))
    names = {**(names_of(documents, turns) if documents is not None and turns is not None else {}), **dict.fromkeys(params.privacy.names)}
    countries = countries_of(params.privacy.countries, params.timezone, params.language)
    masker = Masker(names, params.privacy.places, params.privacy.keep, countries, known_ids(_keys(engine, vault)), register)
    if finder is not None:
        masker.identifiers = finder.spans
    logs: list[pd.DataFrame] = []
    texts: list[str] = []
    if documents is not None:
        empty = {name: pd.DataFrame({c: pd.Series(dtype=object) for c in TABLES[name].names}) for name in ("turns", "codings")}
        masked = mask_documents(documents, turns if turns is not None else empty["turns"], codings if codings is not None else empty["codings"], masker)
        for name, frame, given in zip(("documents", "turns", "codings"), masked, (documents, turns, codings), strict=False):
            if given is not None:
                _replace(engine, name, frame)
        logs.append(masked[3])
        texts += masked[0]["text"].tolist()
        texts += [f"the file {name}" for name in masked[0]["document_id"].astype(str).str.replace("_", " ")]
    for name, (column, condition) in _TEXTS.items():
        found = _mask_column(engine, name, column, condition, masker)
        if found is not None:
            logs.append(found[0])
            texts += found[1][:REVIEWED]
    untaken = [Suspect(label, count, "looks like a speaker's label and was not taken for one", "") for label, count in labels.items() if persons(label) and label not in masker.names]
    _write(vault, masker, logs, texts, params.language[:2], untaken)
    register.save()
    save_masker(masker, vault.folder)
    count = sum(len(log) for log in logs)
    notes = [f"{count:,} names, contacts, addresses and numbers of persons in free text were masked"] if count else []
    left = review_list(vault.folder)
    if left.words:
        notes.append(f"{left.words:,} words in the texts {MAY_IDENTIFY}: look through `data/vault/{params.client}/{REVIEW}`, then set "
                     f"`privacy.reviewed: {left.code}` (an approved report needs it)" if left.code != params.privacy.reviewed else
                     f"{left.words:,} words of the review list were looked through (privacy.reviewed)")
    return notes


def _keys(engine: Engine, vault: Vault) -> dict[str, list[str]]:
    """key type → the raw identifiers of all customers; not those of interviews' participants, who are called by them."""
    rows = engine.query("SELECT key_type, key FROM person WHERE key IS NOT NULL").itertuples(index=False, name=None)
    keys: dict[str, list[str]] = {}
    is_participant, words = participants(vault.folder), kept_common_words(vault.folder)
    for key_type, key in rows:
        if not is_participant(str(key_type), str(key)) and not (words and fold(str(key)).strip() in words):
            keys.setdefault(str(key_type), []).append(str(key))
    keys["erased"] = sorted(vault.erased())
    return keys


def mask_reports(reports: Sequence[Json], speakers: set[str], params: Params, vault: Vault, erasures: Erasures, finders: Finders) -> list[Json]:
    """Import reports as they may be shown: their notes name speakers and quote what was left over, and their counts are told by columns and reasons.

    speakers: in all transcripts, as delivered. Those of interviews that are left out (erased persons) have no pseudonym any more and get none here.
    """
    masker = _masker_of_reports(params, vault, erasures, finders.in_text)
    if masker is None:
        return list(reports)
    others = Masker(dict.fromkeys(speakers - set(masker.names), "left out"), keep=masker.keep)
    of_files = _masker_of_reports(params, vault, erasures, finders.in_fields) or masker

    def shown(text: str, labels: Iterable[str]) -> str:
        for number, label in enumerate(labels, start=1):
            text = text.replace(repr(label), f"[Label {number}]")  # the review list in the vault names it
        text = _labels(labels).mask(text).text
        return others.mask_id(masker.mask_id(others.mask(masker.mask(text).text).text))  # the latter for names of files in it

    def deep(value: Any, labels: Sequence[str]) -> Any:
        if isinstance(value, str):
            return shown(value, labels)
        if isinstance(value, list):
            return [deep(v, labels) for v in value]
        if isinstance(value, dict):
            return numbered((shown(str(k), labels), deep(v, labels)) for k, v in value.items())
        return value

    return [{**{k: deep(v, labels_of(report)) if k in _QUOTING else v for k, v in report.items() if k != "labels"},
             "files": [others.mask_id(of_files.mask_id(str(f))) for f in report.get("files", [])]} for report in reports]


def labels_of(report: Mapping[str, Any]) -> list[str]:
    """What a report calls labels that may be persons; those with roles only are none."""
    return [label for label in report.get("labels") or {} if persons(label)]


def _labels(labels: Iterable[str]) -> Masker:
    """Masks labels in what a note quotes of a transcript, but for words that notes say themselves."""
    words = {label: re.findall(r"[^\W\d_]+", label.casefold()) for label in labels}
    said = own_words(w for found in words.values() for w in found)
    return Masker({label: "a label" for label, found in words.items() if label[:1].isupper() and said.isdisjoint(found)})


def mask_inputs(inputs: Mapping[str, str], speakers: set[str], params: Params, vault: Vault, erasures: Erasures, finders: Finders) -> dict[str, str]:
    """Hashes by file as they may be shown: transcripts are often named after who speaks in them."""
    masker = _masker_of_reports(params, vault, erasures, finders.in_fields)
    if masker is None:
        return dict(inputs)
    others = Masker(dict.fromkeys(speakers - set(masker.names), "left out"), keep=masker.keep)
    return numbered((others.mask_id(masker.mask_id(name)), sha256) for name, sha256 in inputs.items())


def numbered(pairs: Iterable[tuple[str, _T]]) -> dict[str, _T]:
    """A mapping of names that were masked; those that became equal are numbered, and none is lost."""
    out: dict[str, _T] = {}
    for plain, value in pairs:
        name, number = plain, 2
        while name in out:
            name, number = f"{plain} ({number})", number + 1
        out[name] = value
    return out


def _masker_of_reports(params: Params, vault: Vault, erasures: Erasures, finder: Finder) -> Masker | None:
    return later_masker(vault.folder, erasures, pseudonymise=params.privacy.pseudonymise, finder=finder) if params.privacy.mask_text else None


def masker_of_fields(params: Params, vault: Vault, register: Register, finder: Finder | None) -> FieldMasker:
    """What cleans the fields that are no free text: the masker of this build's texts, and the client's raw identifiers."""
    masker = load_masker(vault.folder) if params.privacy.mask_text else None
    if masker is not None:
        masker.register = register
    return FieldMasker(masker, finder, vault, frozenset(k.casefold() for k in params.privacy.keep))


def forget_masking(vault: Vault) -> None:
    """Remove what the masking of earlier builds left."""
    for path in (vault.folder / LOG, vault.folder / REVIEW, vault.folder / FILE):
        path.unlink(missing_ok=True)


def _mask_column(engine: Engine, name: str, column: str, condition: str, masker: Masker) -> tuple[pd.DataFrame, list[str]] | None:
    """The log of what was masked in a column, and its distinct texts as they are now."""
    if _frame(engine, name, "LIMIT 0") is None:
        return None
    raw = engine.query(f"SELECT DISTINCT {column} AS raw FROM in_{name} WHERE {column} IS NOT NULL AND ({condition})")
    if raw.empty:
        return None
    masked = [masker.mask(str(text)) for text in raw["raw"]]
    changed = raw.assign(masked=[m.text for m in masked])[[bool(m.edits) for m in masked]]
    if len(changed):
        engine.register("masked_text", changed)
        engine.con.execute(f"UPDATE in_{name} SET {column} = m.masked FROM masked_text m WHERE in_{name}.{column} = m.raw AND ({condition})")
    log = pd.DataFrame([{"document_id": name, "kind": e.kind, "original": e.original, "replacement": e.replacement, "start": e.start, "end": e.end}
                         for m in masked for e in m.edits], columns=["document_id", "kind", "original", "replacement", "start", "end"])
    return log, [m.text for m in masked]


def _frame(engine: Engine, name: str, tail: str = "") -> pd.DataFrame | None:
    """A table being built with all canonical columns, or None where the client has none."""
    if not engine.columns(f"in_{name}"):
        return None
    frame = engine.query(f"SELECT * FROM in_{name} {tail}")
    for column in TABLES[name].names:
        if column not in frame:
            frame[column] = None
    return frame


def _replace(engine: Engine, name: str, frame: pd.DataFrame) -> None:
    engine.register("masked_frame", frame)
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE in_{name} AS SELECT * FROM masked_frame")


def _write(vault: Vault, masker: Masker, logs: list[pd.DataFrame], texts: list[str], language: str, more: Sequence[Suspect] = ()) -> None:
    if logs:
        log = pd.concat(logs, ignore_index=True)
        # what erased persons were called stands in others' texts; the log keeps where, not what
        log["original"] = [None if masker.register.stand_in(str(o).casefold()) != str(o).casefold() else o for o in log["original"]]
        write_parquet_whole(vault.folder / LOG, log)
    else:
        (vault.folder / LOG).unlink(missing_ok=True)  # of texts that are no more
    kept = {k.casefold() for k in masker.keep}
    suspects = [vars(s) for s in (*(m for m in more if m.word.casefold() not in kept), *masker.review(texts, language))]
    write_text_whole(vault.folder / REVIEW, pd.DataFrame(suspects, columns=["word", "count", "reason", "context"]).to_csv(index=False))
