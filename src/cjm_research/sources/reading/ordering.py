"""Which of several events of one instant came first: what an export says of it, decided in one place.

An export says it by a column of its own (`SourceTables.order` is "told"), or by the order of its rows, where these stand
in the order of time. That is looked at person by person: of neighbouring rows of different instants, `MEASURE` must
run the same way. Rows that stand newest first count from the last to the first; rows in no order claim none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ..contract import SourceTables

MEASURE = 0.99  # share of steps from row to row that must run one way; a log has some late rows


def order_events(delivered: SourceTables) -> None:
    """Fill in `sequence` and `order_known` of the interactions that a source delivers, and say in its report what stands for the order.

    sequence: ascending in the order that counts among events of one person and instant; missing where none does.
    order_known: whether the export itself says so.
    """
    frame = delivered.tables.get("interactions")
    if frame is None or not len(frame):
        return
    given = "sequence" in frame
    place = frame["sequence"].astype("Int64") if given else pd.Series(np.arange(len(frame)), index=frame.index, dtype="Int64")
    kinds, keys = (pd.factorize(frame[c], use_na_sentinel=False)[0] for c in ("key_type", "customer_key"))
    person = kinds * np.int64(len(frame) + 1) + keys
    at = frame["occurred_at"].astype("int64").to_numpy()
    moment = pd.DataFrame({"person": person, "at": at})
    tied = moment.duplicated(keep=False).to_numpy()
    if delivered.order == "told":
        # rows that the export gives one place are as little in order as those it gives none
        known = place.notna().to_numpy() & ~moment.assign(place=place.to_numpy()).duplicated(keep=False).to_numpy()
        said = "their order is the export's own"
        if unknown := int((tied & ~known).sum()):
            said += f", which is missing or equal for {unknown:,} of them"
    else:
        place, known, said = _of_rows(place, person, at)
    delivered.tables["interactions"] = frame.assign(sequence=place, order_known=pd.array(known, dtype="boolean"))
    if tied.any():
        delivered.report.notes.append(tie_note(int(tied.sum()), len(frame), said))


def rows_in_order(of: pd.Series, at: pd.Series) -> pd.Series:
    """Places of rows as they stand in the order of time: the number of the row, counted from the last one where the export stands
    newest first; all missing where rows stand in no order.

    of: what the rows are a history of; at: when.
    """
    place = pd.Series(np.arange(len(at)), index=at.index, dtype="Int64")
    found, known, _ = _of_rows(place, pd.factorize(of)[0], at.astype("int64").to_numpy())
    return found.where(pd.Series(known, index=at.index))


def ranked(columns: Sequence[pd.Series]) -> pd.Series:
    """Places by several columns of whole numbers, the first one first; rows that agree in all have the same place, missing counts as 0."""
    values = [c.astype("Int64").fillna(0).to_numpy(dtype=np.int64) for c in columns]
    order = np.lexsort(values[::-1])
    new = np.zeros(len(order), dtype=bool)
    for v in values:
        new[1:] |= v[order][1:] != v[order][:-1]
    out = np.empty(len(order), dtype=np.int64)
    out[order] = np.cumsum(new)
    return pd.Series(out, index=columns[0].index, dtype="Int64")


def _of_rows(place: pd.Series, person: np.ndarray, at: np.ndarray) -> tuple[pd.Series, np.ndarray, str]:
    """The order that rows claim by standing in the order of time: places, whether they are known, and the words for it."""
    numbers = place.fillna(-1).to_numpy(dtype=np.int64)
    order = np.lexsort((numbers, person))
    step = np.diff(at[order])[np.diff(person[order]) == 0]
    up, down = int((step > 0).sum()), int((step < 0).sum())
    yes, no = np.ones(len(place), dtype=bool), np.zeros(len(place), dtype=bool)
    way, said = way_of_rows(up, down)
    if way == "up":
        return place, yes, said
    if way == "down":
        return place.max() - place, yes, said
    return place if way == "unknown" else place.mask(place.notna()), no, said


def way_of_rows(up: int, down: int) -> tuple[Literal["up", "down", "unknown", "none"], str]:
    """Which way rows run, and the words for it. up, down: steps from row to row of one person that go on in time, or back."""
    if up and up >= MEASURE * (up + down):
        return "up", "the rows stand in the order of time, so their order is that of the rows"
    if down and down >= MEASURE * (up + down):
        return "down", "the rows stand newest first, so their order is that of the rows from the last to the first"
    if not up and not down:
        return "unknown", ("which of them came first is not known: no person has events of two instants that would show whether the rows stand in "
                           "order; the order of the rows stands for it; where a column says which came first, map it as columns.sequence")
    return "none", ("which of them came first is not known, since the rows do not stand in the order of time; they are taken by "
                    "the name of the event; where a column says which came first, map it as columns.sequence")


def tie_note(tied: int, rows: int, said: str) -> str:
    """What is told of events of one person that share their instant."""
    return f"{tied:,} of {rows:,} events share their instant with another event of the same person; {said}"
