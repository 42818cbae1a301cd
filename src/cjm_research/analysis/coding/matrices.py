"""Codes against participants, groups and places, counted in participants.

A code counts with everything below it: each coding is taken once for its code and once for every code above.
"""

from __future__ import annotations

import pandas as pd

from ...results.result import ESTIMATE_COLUMNS, Estimate, estimates_frame
from ...shapes import Row
from ...stats.shares import share
from .coded import SEPARATOR, Coded


def with_codes_above(rows: pd.DataFrame) -> pd.DataFrame:
    """Codings repeated for every code above theirs; `path` is the code they count for, `own` whether it is their own."""
    above = [
        [SEPARATOR.join(parts[:i]) for i in range(1, len(parts) + 1)] for parts in rows["path"].str.split(SEPARATOR)
    ]
    spread = rows.assign(leaf=rows["path"], path=above).explode("path", ignore_index=True)
    spread["own"] = spread["path"] == spread["leaf"]
    return spread


def tree_order(paths: pd.Series) -> list[str]:
    """Paths as the code tree shows them: every code right before those below it."""
    return sorted(paths.unique(), key=lambda p: tuple(p.split(SEPARATOR)))


def codes_frame(spread: pd.DataFrame, participants: int) -> pd.DataFrame:
    """One row a code: path, code, depth, kind, valence, passages, passages_own and an estimate."""
    rows = []
    by_path = dict(iter(spread.groupby("path")))
    for path in tree_order(spread["path"]):
        inside = by_path[path]
        own = inside[inside["own"]]
        first = own.iloc[0] if len(own) else None
        plain = {
            "path": path,
            "code": path.split(SEPARATOR)[-1],
            "depth": path.count(SEPARATOR),
            "kind": None if first is None else first["kind"],
            "valence": None if first is None else first["valence"],
            "passages": len(inside),
            "passages_own": len(own),
        }
        rows.append((plain, share(int(inside["participant"].nunique()), participants)))
    return counted(rows)


def by_participant(spread: pd.DataFrame, participants: list[str]) -> pd.DataFrame:
    """path, participant, passages; with zeros."""
    wide = spread.groupby(["path", "participant"]).size().unstack(fill_value=0)
    wide = wide.reindex(index=tree_order(spread["path"]), columns=participants, fill_value=0)
    return wide.rename_axis("path").reset_index().melt("path", var_name="participant", value_name="passages")


def by_group(spread: pd.DataFrame, base: Coded, column: str) -> pd.DataFrame:
    """path, group and an estimate; the base is the group's coded participants."""
    sizes = base.rows.dropna(subset=[column]).groupby(column)["participant"].nunique()
    hits = spread.dropna(subset=[column]).groupby(["path", column])["participant"].nunique()
    rows = [
        ({"path": path, column: group}, share(int(hits.get((path, group), 0)), int(n)))
        for group, n in sizes.items()
        for path in tree_order(spread["path"])
    ]
    return counted(rows) if rows else empty("path", column)


def by_place(spread: pd.DataFrame, participants: int, column: str, order: list[str]) -> pd.DataFrame:
    """path, place of the passage, passages and an estimate; the base is every coded participant."""
    placed = spread.dropna(subset=[column]).groupby([column, "path"])["participant"].agg(["nunique", "size"])
    places = [*order, *sorted(set(placed.index.get_level_values(0)) - set(order))]
    rows = []
    for place in places:
        for path in tree_order(spread["path"]):
            if (place, path) in placed.index:
                found = placed.loc[(place, path)]
                plain = {"path": path, column: place, "passages": int(found["size"])}
                rows.append((plain, share(int(found["nunique"]), participants)))
    return counted(rows) if rows else empty("path", column, "passages")


def ranked(frame: pd.DataFrame, group: str | None = None, most: int | None = None) -> pd.DataFrame:
    """The rows by participants, then passages; with a `group` its own order stays and each has at most `most` rows."""
    ordered = frame.sort_values(["n", "passages"], ascending=False, kind="stable")
    if group is None:
        return ordered.reset_index(drop=True)
    parts = [ordered[ordered[group] == g].head(most or len(ordered)) for g in frame[group].unique()]
    return pd.concat(parts, ignore_index=True) if parts else frame


def counted(rows: list[tuple[Row, Estimate]]) -> pd.DataFrame:
    """The rows as estimates, each with `participants`: the count as it is said, "5 of 12"."""
    return estimates_frame([({**plain, "participants": f"{e.n} of {e.base}"}, e) for plain, e in rows])


def empty(*columns: str) -> pd.DataFrame:
    """A frame of estimates without rows."""
    return pd.DataFrame(columns=[*columns, "participants", *ESTIMATE_COLUMNS])
