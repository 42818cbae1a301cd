"""Where coders differ, both readings side by side: the list from which a codebook gets better."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pandas as pd

from ...shapes import Row
from .quotes import shorten

COLUMNS = [
    "document_id",
    "participant",
    "start",
    "end",
    "passage",
    "coder_a",
    "reading_a",
    "coder_b",
    "reading_b",
    "kind",
    "excerpt",
    "one",
    "other",
]
EXCERPT = 180  # characters of a passage that are shown beside the two readings
_ORDER = {"another code": 0, "only one coded": 1, "boundaries": 2}


def disagreements(rows: pd.DataFrame) -> pd.DataFrame:
    """Every passage two coders of one document read differently; one row a difference and pair of coders.

    rows: located codings with document_id, participant, coder, path, start, end, quote. Kinds: "another code" (both
    coded the passage, not alike), "only one coded", "boundaries" (same code, other ends). The passage spans both;
    `excerpt` is its begin, `one` and `other` are the readings with who reads so.
    """
    found: list[Row] = []
    placed = rows.dropna(subset=["start", "end"]).drop_duplicates(["document_id", "coder", "path", "start", "end"])
    for _, inside in placed.groupby("document_id", sort=True):
        texts = dict(zip(zip(inside["start"], inside["end"], strict=True), inside["quote"], strict=True))
        by_coder = {
            c: r.sort_values(["start", "end"]).to_dict("records") for c, r in inside.groupby("coder", sort=True)
        }
        for a, b in combinations(by_coder, 2):
            found += _between(by_coder[a], by_coder[b], a, b, texts)
    frame = pd.DataFrame(found, columns=COLUMNS)
    order = frame["kind"].map(_ORDER)
    return (
        frame.assign(order=order)
        .sort_values(["document_id", "start", "end", "order"], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )


def examples(found: pd.DataFrame, of_each: int = 5) -> pd.DataFrame:
    """Some differences of each kind, the ones about meaning first, taken from as many documents as possible."""
    turn = found.groupby(["kind", "document_id"]).cumcount()
    spread = found.assign(order=found["kind"].map(_ORDER), turn=turn).sort_values(["order", "turn", "document_id", "start"], kind="stable")
    return spread.groupby("order", sort=False).head(of_each).drop(columns=["order", "turn"]).reset_index(drop=True)


def _between(
    ones: list[Row], twos: list[Row], a: str, b: str, texts: dict[Any, str]
) -> list[Row]:
    alike = _pairs(ones, twos, lambda x, y: x["path"] == y["path"])
    found = [
        _row(ones[i], twos[j], a, b, "boundaries", texts)
        for i, j in alike.items()
        if (ones[i]["start"], ones[i]["end"]) != (twos[j]["start"], twos[j]["end"])
    ]
    left_a = [x for i, x in enumerate(ones) if i not in alike]
    left_b = [y for j, y in enumerate(twos) if j not in alike.values()]
    other = _pairs(left_a, left_b, lambda x, y: True)
    found += [_row(left_a[i], left_b[j], a, b, "another code", texts) for i, j in other.items()]
    found += [_row(x, None, a, b, "only one coded", texts) for i, x in enumerate(left_a) if i not in other]
    found += [_row(None, y, a, b, "only one coded", texts) for j, y in enumerate(left_b) if j not in other.values()]
    return found


def _pairs(
    ones: list[Row], twos: list[Row], fit: Callable[[Row, Row], bool]
) -> dict[int, int]:
    """Passages of one coder matched to the other's, those that cover each other most first; each at most once."""
    ranked = sorted(
        (
            (-_likeness(x, y), i, j)
            for i, x in enumerate(ones)
            for j, y in enumerate(twos)
            if fit(x, y) and _shared(x, y)
        )
    )
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in ranked:
        if i not in matched and j not in taken:
            matched[i] = j
            taken.add(j)
    return matched


def _likeness(one: Row, two: Row) -> float:
    """Shared characters of all that either covers (Jaccard)."""
    return _shared(one, two) / (int(max(one["end"], two["end"])) - int(min(one["start"], two["start"])))


def _shared(one: Row, two: Row) -> int:
    return max(0, int(min(one["end"], two["end"])) - int(max(one["start"], two["start"])))


def _row(
    one: Row | None, two: Row | None, a: str, b: str, kind: str, texts: dict[Any, str]
) -> Row:
    sides = [s for s in (one, two) if s is not None]
    start, end = min(int(s["start"]) for s in sides), max(int(s["end"]) for s in sides)
    longest = max(sides, key=lambda s: int(s["end"]) - int(s["start"]))

    def reading(side: Row | None) -> str:
        if side is None:
            return "not coded so"
        return str(side["path"]) + (f" ({int(side['start'])}–{int(side['end'])})" if kind == "boundaries" else "")

    passage = texts.get((start, end), str(longest["quote"]))
    return {
        "document_id": sides[0]["document_id"],
        "participant": sides[0]["participant"],
        "start": start,
        "end": end,
        "passage": passage,
        "coder_a": a,
        "reading_a": reading(one),
        "coder_b": b,
        "reading_b": reading(two),
        "kind": kind,
        "excerpt": shorten(passage, EXCERPT),
        "one": f"{a}: {reading(one)}",
        "other": f"{b}: {reading(two)}",
    }
