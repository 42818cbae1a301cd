"""One document out of several sources: a transcript, and the copy of it that a coding program exports.

The text that was coded is kept, since the codings lie in it; participant, persona, date and times in the
recording are taken from wherever they are known.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from ..engine.duck import Engine
from ..errors import BadInput
from .staging import ORDER


def merge_documents(engine: Engine, tables: set[str], notes: list[str]) -> None:
    """Leave one row a document in `in_documents` and one set of turns in `in_turns`; drops the column `ORDER`.

    Raises `BadInput` where two sources bring codings of one document in different texts.
    """
    if "documents" in tables:
        rows = engine.query(f"SELECT * FROM in_documents ORDER BY document_id, {ORDER}")
        if rows["document_id"].duplicated().any():
            coded = _pairs(engine, "in_codings") if "codings" in tables else set()
            spoken = _pairs(engine, "in_turns") if "turns" in tables else set()
            _merge(engine, rows, coded, spoken, notes)
    for name in ("documents", "turns", "codings"):
        if name in tables:
            engine.con.execute(f"ALTER TABLE in_{name} DROP COLUMN {ORDER}")


def forget_documents(engine: Engine, delivered: Sequence[str], erased: Collection[str], notes: list[str]) -> None:
    """Take interviews of erased persons, and of those who refused, out of `in_documents`, `in_turns` and `in_codings`.

    delivered: queries of the documents as the sources deliver them. An interview goes, with every source's copy of it,
    where a source ties it to a key that is no `person` any more, or where it or its participant is named in `erased`.
    """
    if not delivered:
        return
    parts = []
    for select in delivered:
        have = {r[0] for r in engine.con.execute(f"DESCRIBE {select}").fetchall()}
        columns = (f"CAST({c if c in have else 'NULL'} AS VARCHAR) AS {c}" for c in ("document_id", "participant_id", "key_type", "customer_key"))
        parts.append(f"SELECT {', '.join(columns)} FROM ({select})")
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE delivered_documents AS {' UNION ALL '.join(parts)}")
    names = sorted({name.lower() for name in erased})
    gone = engine.query("""SELECT DISTINCT d.document_id FROM delivered_documents d
        LEFT JOIN person p ON p.key_type = d.key_type AND p.key = d.customer_key
        WHERE (d.customer_key IS NOT NULL AND p.customer_id IS NULL) OR list_contains(?, lower(d.document_id)) OR list_contains(?, lower(d.participant_id))""",
                        [names, names])
    if gone.empty:
        return
    engine.register("gone_documents", gone)
    for name in ("documents", "turns", "codings"):
        if engine.columns(f"in_{name}"):
            engine.con.execute(f"DELETE FROM in_{name} WHERE document_id IN (SELECT document_id FROM gone_documents)")
    interviews = "interview" if len(gone) == 1 else "interviews"
    notes.append(f"{len(gone):,} {interviews} of persons who were erased or did not consent: left out, with what was coded there")


def _pairs(engine: Engine, table: str) -> set[tuple[str, int]]:
    found = engine.query(f"SELECT DISTINCT document_id, {ORDER} FROM {table}")
    return set(found.itertuples(index=False, name=None))


def _merge(engine: Engine, rows: pd.DataFrame, coded: set[tuple[str, int]], spoken: set[tuple[str, int]], notes: list[str]) -> None:
    kept, turns_from, differing = [], [], []
    for document, group in rows.groupby("document_id", sort=True):
        mine = [(document, n) in coded for n in group[ORDER]]
        texts = group.loc[mine, "text_sha256"].nunique()
        if texts > 1:
            raise BadInput(f"document {document!r}", "two sources bring codings of it in different texts", "one text for each document name",
                           "export both from the same text, or rename one of the documents")
        first = group[mine].iloc[0] if any(mine) else group.iloc[0]
        same = group[group["text_sha256"] == first["text_sha256"]]
        if len(same) < len(group):
            differing.append(str(document))
        filled = pd.concat([first.to_frame().T, group]).bfill().iloc[0]
        filled[["text", "text_sha256"]] = first[["text", "text_sha256"]]
        kept.append(filled)
        # of equal texts the first source knows most: a recorder's file has times, a coding program's copy has not
        turns_from.append((document, next((n for n in same[ORDER] if (document, n) in spoken), int(first[ORDER]))))
    engine.register("merged_documents", pd.DataFrame(kept).astype(rows.dtypes.to_dict()))
    engine.con.execute("CREATE OR REPLACE TEMP TABLE in_documents AS SELECT * FROM merged_documents")
    if spoken:
        engine.register("turns_from", pd.DataFrame(turns_from, columns=["document_id", ORDER]))
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE in_turns AS SELECT t.* FROM in_turns t JOIN turns_from USING (document_id, {ORDER})")
    several = int(rows["document_id"].duplicated(keep=False).sum() - rows["document_id"].duplicated().sum())
    notes.append(f"{several:,} documents came from several sources and were joined by name")
    if differing:
        notes.append(f"{len(differing):,} of them have different texts in different sources ({', '.join(differing[:5])}); the coded text was kept")
