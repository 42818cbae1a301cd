"""The logs of a client and what they make of the built tables: the codings and codebook that analyses count."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..shapes import Row
from ..tables import TABLES, Table
from .codes import Codes
from .replay import Coding, Replay, replay
from .store import SUFFIX, LogFile

if TYPE_CHECKING:
    import pandas as pd

    from ..params.schema import Journey

_PANDAS = {"text": "str", "integer": "Int64", "number": "float64", "boolean": "boolean", "json": "str"}


@dataclass(frozen=True)
class State:
    """What is coded now, in the columns of the canonical tables; `problems` (where, found) tells what was left out.

    finished: coder → the documents that coder is done with, of coders who marked any.
    """

    codings: pd.DataFrame
    codebook: pd.DataFrame
    problems: pd.DataFrame
    finished: Mapping[str, frozenset[str]]

    def masked(self, mask: Callable[[str], str]) -> State:
        """The same with `mask` over all that coders wrote or that is no text of a document any more: memos of codings
        and codes, names of codes, quotes without a place, and what problems say of them."""
        codings, codebook, problems = self.codings.copy(), self.codebook.copy(), self.problems.copy()
        lost = codings["start"].isna()
        codings.loc[lost, "quote"] = [mask(q) for q in codings.loc[lost, "quote"]]
        for frame, columns in ((codings, ("memo",)), (codebook, ("memo", "name", "path")), (problems, ("where", "found"))):
            for column in columns:
                given = frame[column].notna()
                frame.loc[given, column] = [mask(t) for t in frame.loc[given, column]]
        return State(codings, codebook, problems, self.finished)


def read_logs(folder: Path) -> list[LogFile]:
    """The logs of all coders in a folder, none where there is no folder."""
    logs = [LogFile(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    for log in logs:
        log.refresh()
    return logs


def logs_sha256(logs: Iterable[LogFile]) -> str:
    """A hash of all that the logs hold; empty for no log, or only empty ones."""
    parts = [f"{log.path.name} {log.sha256}" for log in logs if not log.empty]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest() if parts else ""


def state(logs: Iterable[LogFile], codebook: pd.DataFrame, codings: pd.DataFrame,
          documents: pd.DataFrame | None = None, journey: Journey | None = None) -> State:
    """What is coded now: the logs of all coders over the built codebook and codings.

    documents: with document_id, text_sha256 and text; given, spans set in a text that has changed are searched
    again and left empty where they cannot be found. journey: the client's stages with their rules for codes, which
    place what coders made or moved. Frames come in the canonical columns and order.
    """
    texts = None
    if documents is not None:
        texts = {str(d): (str(h), str(t)) for d, h, t in
                 documents[["document_id", "text_sha256", "text"]].itertuples(index=False)}
    return frames(replay(list(logs), records(codebook), coding_records(codings), texts, journey))


def frames(done: Replay) -> State:
    """A replay as frames."""
    import pandas as pd

    codings = [{name: getattr(c, name) for name in TABLES["codings"].names} for c in done.codings.values()]
    problems = pd.DataFrame([(p.where, p.found) for p in done.problems], columns=["where", "found"], dtype="str")
    return State(_frame(codings, TABLES["codings"]), _frame(code_rows(done.codes), TABLES["codebook"]), problems,
                 {coder: frozenset(documents) for coder, documents in done.finished.items()})


def code_rows(codes: Codes) -> list[Row]:
    """The codes as rows of the codebook, in tree order, with their paths."""
    return [{**{n: getattr(c, n) for n in TABLES["codebook"].names if n != "path"}, "path": codes.path(c.code_id)}
            for c, _ in codes.tree()]


def records(frame: pd.DataFrame) -> list[Row]:
    """A frame's rows as mappings, with None for what is empty."""
    pairs = [zip(frame[c].tolist(), frame[c].isna().tolist(), strict=True) for c in frame.columns]
    columns = [[None if empty else value for value, empty in pair] for pair in pairs]
    return [dict(zip(map(str, frame.columns), row, strict=True)) for row in zip(*columns, strict=True)]


def coding_records(codings: pd.DataFrame) -> list[Coding]:
    """The built codings as records."""
    names = TABLES["codings"].names
    return [_coding({name: row.get(name) for name in names}) for row in records(codings)]


def _coding(row: Mapping[str, Any]) -> Coding:
    whole = {**row, "is_synthetic": bool(row["is_synthetic"]), "quote": row["quote"] or ""}
    return Coding(**whole)


def _frame(rows: list[Row], table: Table) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {}
    for column in table.columns:
        values = [row[column.name] for row in rows]
        if column.type == "time":
            times = pd.to_datetime(pd.Series(values, dtype="object"), utc=True)
            columns[column.name] = times.astype("datetime64[us, UTC]")
        else:
            columns[column.name] = pd.Series(values, dtype=_PANDAS[column.type])
    out = pd.DataFrame(columns)
    return out.sort_values(list(table.sort), kind="stable", ignore_index=True) if len(out) else out
