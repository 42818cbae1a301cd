"""Fields that are no free text: categories, names of events and pages, properties, attributes, coders, codes, ids of documents.

Nobody expects a person in them, and exports put persons there all the same: an address in the path of a page, a customer's
number as the name of a segment. Every distinct value is looked at once. A value that is an identifier of the vault becomes a
pseudonym ("x_…"), so that counts by it stay right; an identifier, a contact or a known name within a longer value becomes a
label ("[E-mail 3]"), the same one for the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import pandas as pd

from ..coding_log.codes import PATH_SEPARATOR
from ..engine.duck import Engine
from ..privacy import Vault
from ..privacy.masking import Edit, Masker, apply_edits
from ..privacy.masking.patterns import plain_key
from ..privacy.release import Finder, fold, formed
from ..tables import TABLES
from .rows import exchange

#: columns that are protected elsewhere (pseudonyms, free text and its spans), or hold nothing of an export
_ELSEWHERE = frozenset((
    "customer_id", "interaction_id", "session_id", "response_id", "feedback_id", "deal_id", "unit_id", "text", "text_sha256", "quote", "source",
    "instrument", "color", "coding_id", "score"))
#: ids that several tables share: no two of them may become one
_SHARED = {"document_id": ("documents", "turns", "codings"), "code_id": ("codebook", "codings")}
_SEPARATORS = re.compile(r"[-_+./%=&?]")
_ANY = re.compile(r"[^\W\d_]{2}|[\d@]")


@dataclass
class FieldMasker:
    """Replaces what identifies a person in the value of a field. finder: identifiers of the vault; masker: None where text is not to be masked."""

    masker: Masker | None
    finder: Finder | None
    vault: Vault
    keep: frozenset[str] = frozenset()
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def clean(self, value: str, name: str = "") -> str:
        """The value as it may be shown. name: of the field."""
        found = self._known.get((value, name))
        if found is None:
            found = self._known[value, name] = self._clean(value, name)
        return found

    def _clean(self, value: str, name: str) -> str:
        if not _ANY.search(value) or value.casefold() in self.keep:
            return value
        if self.finder is not None and (key := self.finder.key_of(value)) is not None:
            return self.vault.pseudonym(key, "x")
        new = apply_edits(value, (e for e in self._edits(value, name) if e.original.casefold() not in self.keep)).text
        plain = unquote(new, errors="replace") if "%" in new else new
        return new if plain == new or (shown := self.clean(plain, name)) == plain else shown

    def _edits(self, value: str, name: str) -> Iterable[Edit]:
        if self.finder is not None and self.masker is not None:
            for start, end in self.finder.spans(value):
                yield self._edit(start, end, "customer", value)
        elif self.finder is not None:
            yield from (Edit(a, z, self.vault.pseudonym(fold(value[a:z]), "x"), "identifier", value[a:z]) for a, z in self.finder.spans(value))
        if self.masker is None:
            return
        for start, end, kind, _ in formed(value, self.masker.countries, name):
            yield self._edit(start, end, kind, value)
        probe = _SEPARATORS.sub(" ", value)  # "/users/anna-meier" and "anna_meier" hold a name too
        for edit in (*self.masker.names_in(value), *(self.masker.names_in(probe) if probe != value else ())):
            yield Edit(edit.start, edit.end, edit.replacement, "name", value[edit.start:edit.end])

    def _edit(self, start: int, end: int, kind: str, value: str) -> Edit:
        assert self.masker is not None
        key = plain_key(kind, value[start:end])
        return Edit(start, end, f"[{self.masker.register.label(kind[0].upper() + kind[1:], key)}]", kind, value[start:end])


def mask_fields(engine: Engine, masker: FieldMasker) -> list[str]:
    """Clean every field of the tables being built; returns notes for the build report."""
    changed: dict[str, int] = {}
    for column, tables in _SHARED.items():
        _shared(engine, column, [t for t in tables if column in engine.columns(f"in_{t}")], masker, changed)
    for name, table in TABLES.items():
        have = engine.columns(f"in_{name}")
        fields = [c for c in table.columns if c.name in have and c.name not in _ELSEWHERE and c.name not in _SHARED]
        texts = [c.name for c in fields if c.type == "text"]
        rows = f"in_{name}"
        if name == "interactions" and texts:  # very many rows, which are made anew each time: read once for all columns
            rows = "texts_of_interactions"
            engine.con.execute(f"CREATE OR REPLACE TEMP TABLE {rows} AS SELECT DISTINCT {', '.join(texts)} FROM in_{name}")
        for c in fields:
            if c.type == "json":
                _json_column(engine, name, c.name, masker, changed)
            elif c.type == "text":
                _text_column(engine, name, c.name, masker, changed, rows)
    if not changed:
        return []
    told = ", ".join(f"{n:,} of {name}" for name, n in sorted(changed.items()))
    return [f"values that name a person or hold an identifier stand as pseudonyms: {told}"]


def _clean(value: str, table: str, column: str, masker: FieldMasker) -> str:
    if (table, column) == ("codebook", "path"):  # each level as the code of that name
        return PATH_SEPARATOR.join(masker.clean(part, "name") for part in value.split(PATH_SEPARATOR))
    return masker.clean(value, column)


def _text_column(engine: Engine, table: str, column: str, masker: FieldMasker, changed: dict[str, int], rows: str) -> None:
    """Clean the values of a column of text. rows: where they stand."""
    where = "" if (table, column) != ("responses", "answer") else " AND instrument <> 'text'"  # open answers are masked as free text
    raw = engine.query(f'SELECT DISTINCT CAST("{column}" AS VARCHAR) AS raw FROM {rows} WHERE "{column}" IS NOT NULL{where}')["raw"]
    _put(engine, table, column, {str(v): _clean(str(v), table, column, masker) for v in raw}, changed)


def _shared(engine: Engine, column: str, tables: list[str], masker: FieldMasker, changed: dict[str, int]) -> None:
    """Ids that must stay different: values that would become equal are numbered."""
    if not tables:
        return
    union = " UNION ".join(f'SELECT CAST("{column}" AS VARCHAR) AS raw FROM in_{t} WHERE "{column}" IS NOT NULL' for t in tables)
    new: dict[str, str] = {}
    for value in sorted(engine.query(union)["raw"].astype(str)):
        plain = shown = masker.clean(value, column).replace("[", "").replace("]", "") if masker.clean(value, column) != value else value
        number = 2
        while shown in new.values():
            shown, number = f"{plain} ({number})", number + 1
        new[value] = shown
    for table in tables:
        _put(engine, table, column, new, changed)
    if column == "code_id" and "parent_id" in engine.columns("in_codebook"):
        _put(engine, "codebook", "parent_id", new, changed)


def _put(engine: Engine, table: str, column: str, new: dict[str, str], changed: dict[str, int]) -> None:
    rows = [(old, shown) for old, shown in new.items() if shown != old]
    if not rows:
        return
    where = "" if (table, column) != ("responses", "answer") else " AND instrument <> 'text'"
    values = pd.DataFrame(rows, columns=["raw", "shown"], dtype="string")
    changed[f"{table}.{column}"] = changed.get(f"{table}.{column}", 0) + len(rows)
    if table == "interactions":
        exchange(engine, column, values)
        return
    engine.register("field_values", values)
    engine.con.execute(f'UPDATE in_{table} SET "{column}" = f.shown FROM field_values f WHERE CAST(in_{table}."{column}" AS VARCHAR) = f.raw{where}')


def _json_column(engine: Engine, table: str, column: str, masker: FieldMasker, changed: dict[str, int]) -> None:
    """Clean the values of JSON. What stands between quotation marks is told apart in the engine; only rows that hold something are rewritten."""
    pieces = json_pieces(engine, table, column)
    dirty = [p for p in pieces.astype(str) if _is_dirty(p, masker)]
    if not dirty:
        return
    engine.register("dirty_pieces", pd.DataFrame({"piece": pd.Series(dirty, dtype="string")}))
    rows = engine.query(f"""SELECT DISTINCT "{column}" AS raw FROM in_{table} WHERE "{column}" IS NOT NULL
        AND list_has_any(string_split("{column}", '"'), (SELECT list(piece) FROM dirty_pieces))""")["raw"].astype(str)
    _put(engine, table, column, {raw: _rewritten(raw, masker) for raw in rows}, changed)


_SAMPLE, _REPEATED = 20_000, 0.5  # rows that are looked at, and the part of them that may be different where it pays to count each text once


def json_pieces(engine: Engine, table: str, column: str) -> pd.Series:
    """What stands between quotation marks in a column of JSON, each once."""
    rows = f'SELECT "{column}" AS held FROM in_{table} WHERE "{column}" IS NOT NULL'
    different, looked = engine.con.execute(f"SELECT count(DISTINCT held), count(*) FROM ({rows} LIMIT {_SAMPLE})").fetchall()[0]
    each = f"SELECT DISTINCT held FROM ({rows})" if different < _REPEATED * looked else rows
    return engine.query(f"""SELECT DISTINCT unnest(string_split(held, '"')) AS piece FROM ({each})""")["piece"]


def _is_dirty(piece: str, masker: FieldMasker) -> bool:
    # numbers stand outside of quotation marks: ":12,"
    bare = re.sub(r"[\s:,{}\[\]]|true|false|null", "", piece)
    plain = json.loads(f'"{piece}"') if "\\" in piece and _is_string(piece) else piece
    return bool(bare) and masker.clean(plain) != plain


def _is_string(piece: str) -> bool:
    try:
        json.loads(f'"{piece}"')
    except ValueError:
        return False
    return True


def _rewritten(raw: str, masker: FieldMasker) -> str:
    def shown(value: Any, name: str = "") -> Any:
        if isinstance(value, str):
            return masker.clean(value, name)
        if isinstance(value, list):
            return [shown(v, name) for v in value]
        if isinstance(value, dict):
            return {masker.clean(k): shown(v, k) for k, v in value.items()}
        if isinstance(value, int | float) and not isinstance(value, bool) and masker.finder is not None and str(value) in masker.finder:
            return masker.clean(str(value), name)  # 48296698.0 too
        return value

    try:
        data = json.loads(raw)
    except ValueError:
        return masker.clean(raw)
    new = shown(data)
    return raw if new == data else json.dumps(new, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
