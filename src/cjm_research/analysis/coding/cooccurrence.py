"""Which codes go together, and how their passages lie: exactly, one inside the other, overlapping, near."""

from __future__ import annotations

import pandas as pd

from ...results.result import estimates_frame
from ...stats.shares import share


def cooccurrence(rows: pd.DataFrame, participants: int, near: int) -> pd.DataFrame:
    """Pairs of different codes on passages of one document, one row a pair of codes and relation.

    rows: codings with document_id, participant, path, start, end; passages without a place are left out.
    exact: same span; inclusion: one span inside the other; overlap: they share characters; near: at most `near`
    characters lie between. `pairs` counts pairs of passages; the estimate counts participants who have such a
    pair, of `participants`.
    """
    found: dict[tuple[str, str, str], tuple[int, set[str]]] = {}
    # Two coders who give one passage the same pair of codes give one pair.
    placed = rows.dropna(subset=["start", "end"]).drop_duplicates(["document_id", "path", "start", "end"])
    for _, inside in placed.groupby("document_id", sort=False):
        spans = sorted(
            zip(
                inside["start"].astype(int),
                inside["end"].astype(int),
                inside["path"],
                inside["participant"],
                strict=True,
            )
        )
        for i, (start, end, path, participant) in enumerate(spans):
            for other_start, other_end, other, _ in spans[i + 1 :]:
                if other_start > end + near:
                    break
                if other != path:
                    relation = relate((start, end), (other_start, other_end))
                    one, two = sorted((path, other))
                    pairs, people = found.get((one, two, relation), (0, set()))
                    found[one, two, relation] = (pairs + 1, people | {participant})
    estimates = [
        ({"path_a": a, "path_b": b, "relation": r, "pairs": n, "participants": f"{len(people)} of {participants}"}, share(len(people), participants))
        for (a, b, r), (n, people) in sorted(found.items(), key=lambda f: (-len(f[1][1]), -f[1][0], f[0]))
    ]
    if estimates:
        return estimates_frame(estimates)
    return pd.DataFrame(
        columns=["path_a", "path_b", "relation", "pairs", "participants", "value", "low", "high", "n", "base", "unit", "method"]
    )


def relate(one: tuple[int, int], two: tuple[int, int]) -> str:
    """How two spans lie; spans that only touch are near."""
    if one == two:
        return "exact"
    if max(one[0], two[0]) >= min(one[1], two[1]):
        return "near"
    if (one[0] <= two[0] and two[1] <= one[1]) or (two[0] <= one[0] and one[1] <= two[1]):
        return "inclusion"
    return "overlap"
