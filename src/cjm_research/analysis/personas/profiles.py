"""What sets each persona apart from all other customers, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...privacy.small_counts import hide
from ...results import words
from ...results.result import Estimate
from ...shapes import Row
from ...stats.comparison import Comparison
from ...stats.means import Sample, mean, mean_difference
from ...stats.multiplicity import adjust
from ...stats.share_differences import share_difference
from ...stats.shares import share

FORMED, DESCRIBES = "forms the personas", "describes them"
LACKING = 0.5  # weight of "few have this one of several" beside "many have this one"
CLEAR = 0.2  # standardised difference from which a line is worth words (Cohen's small effect)
_COLUMNS = ["persona", "feature", "label", "level", "role", "value", "low", "high", "n", "base", "unit", "method",
            "others", "lift", "difference", "difference_low", "difference_high", "effect", "p", "p_adjusted", "words"]


def profile(frame: pd.DataFrame, persona: Sequence[str | None], formed: Sequence[str], label: Callable[[str], str],
            unit: Callable[[str], str], min_cell: int = 1) -> pd.DataFrame:
    """Every feature of every persona against all other customers, the strongest difference of each persona first.

    frame: known values as they are (missing ones are left out of n). value: the persona's mean (Student's t) or
    share (Wilson); others: that of all other customers; lift: the share over that of all customers; difference:
    persona − others (Welch; Newcombe); effect: standardised difference, for shares Cohen's h.
    p: of the difference, adjusted over all lines (Benjamini–Hochberg). Features in `formed` made the personas, so
    that their difference is a description and no test: they have no p. Counts of fewer than `min_cell` persons
    are not shown.
    """
    codes, names = pd.factorize(np.asarray(persona, object))
    order = pd.Series(codes[codes >= 0]).value_counts().index
    rows: list[Row] = []
    for name in map(str, frame.columns):
        values = frame[name]
        role = FORMED if name in formed else DESCRIBES
        common = {"feature": name, "label": label(name), "role": role}
        found = _numbers(values, codes, len(names), unit(name)) if pd.api.types.is_numeric_dtype(values) else _levels(values, codes, len(names))
        for s, level, estimate, others, lift, comparison, effect in found:
            rows.append({**common, "persona": str(names[s]), "level": level, **estimate.row(), "others": others, "lift": lift,
                         "difference": comparison.value, "difference_low": comparison.low, "difference_high": comparison.high,
                         "effect": effect, "p": None if role == FORMED else comparison.p,
                         "words": in_words(label(name), level, effect, name)})
    out = pd.DataFrame(rows, columns=_COLUMNS)
    out["p_adjusted"] = pd.Series(adjust([None if p is None or pd.isna(p) else float(p) for p in out["p"]], "bh"), dtype="float64")
    out = hide_small(out, min_cell)
    rank = {str(names[i]): position for position, i in enumerate(order)}
    out["_rank"], out["_strength"] = out["persona"].map(rank), out["effect"].abs()
    out = out.sort_values(["_rank", "_strength"], ascending=[True, False], kind="stable").drop(columns=["_rank", "_strength"])
    return out.reset_index(drop=True)


def hide_small(frame: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """The same without what `privacy.small_counts` hides; `method` then says so. Personas part the customers, so the lines of one measure are one table."""
    return hide(frame, min_cell, table=[c for c in ("measure", "key", "feature", "level") if c in frame], blank=("others", "lift", "difference", "difference_low", "difference_high"))


def in_words(label: str, level: str, effect: float | None, name: str = "") -> str:
    """ "high age", "channel: store", "no newsletter": a line in two or three words."""
    high = (effect or 0) > 0
    if not level:
        if name.startswith("behaviour.channel_"):
            channel = name.removeprefix("behaviour.channel_")
            return f"mostly {channel}" if high else f"little {channel}"
        return f"{'high' if high else 'low'} {label}"
    if level.lower() in ("yes", "true", "1"):
        return label if high else f"no {label}"
    if level.lower() in ("no", "false", "0"):
        return f"no {label}" if high else label
    said = level.replace("_", " ")
    return f"{label}: {said}" if high else f"{label}: not {said}"


def telling(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines worth words, persona by persona, the most telling first.

    One a feature: of several levels rather one that many of the persona have than one that they lack ("fibre" says more than
    "not: no internet"). None that counts the same customers as a line before it, as six services that need internet do.
    """
    if lines.empty:
        return lines
    known = lines[lines["value"].notna() & lines["effect"].notna()].copy()
    levels = known.groupby("feature")["level"].transform("nunique")
    lacking = (levels > 1) & (known["effect"] < 0)
    known["_strength"] = known["effect"].abs() * np.where(lacking, LACKING, 1.0)
    known["_rank"] = known["persona"].map({n: i for i, n in enumerate(dict.fromkeys(lines["persona"]))})
    known = known.sort_values(["_rank", "_strength"], ascending=[True, False], kind="stable").drop_duplicates(["persona", "feature"])
    # a share is told by whom it counts: the same persons in and outside of the persona
    counted = known["n"].astype(str) + "/" + known["base"].astype(str) + "/" + known["others"].round(3).astype(str)
    same = pd.DataFrame({"persona": known["persona"], "who": np.where(known["level"] != "", counted, known["feature"]), "up": known["effect"] > 0})
    return known[~same.duplicated()].drop(columns=["_strength", "_rank"])


def clearest(lines: pd.DataFrame, most: int = 8) -> pd.DataFrame:
    """The lines to show of each persona: its strongest differences, one a feature.

    Columns: persona, line (feature and level), the estimate, others_value (in the same unit), tested ("formed them", or the
    corrected p).
    """
    columns = ["persona", "line", "value", "low", "high", "n", "base", "unit", "method", "others_value", "tested"]
    if lines.empty:
        return pd.DataFrame(columns=columns)
    shown = telling(lines).groupby("persona", sort=False).head(most)
    return shown.assign(
        line=[f"{a}: {b}" if b else a for a, b in zip(shown["label"], shown["level"], strict=True)], others_value=shown["others"],
        tested=["formed them" if r == FORMED else p_words(p) for r, p in zip(shown["role"], shown["p_adjusted"], strict=True)],
    )[columns].reset_index(drop=True)


def p_words(p: float | None) -> str:
    """A corrected p-value in words."""
    return "not tested" if p is None or pd.isna(p) else words.p_value(float(p))


_Line = tuple[int, str, Estimate, float | None, float | None, Comparison, float | None]


def _numbers(values: pd.Series, codes: npt.NDArray[np.int64], k: int, unit: str) -> list[_Line]:
    x = values.to_numpy(float, na_value=np.nan)
    known = ~np.isnan(x) & (codes >= 0)
    x, c = x[known], codes[known]
    if not len(x):
        return []
    # centred first: squares of large numbers cancel
    middle = float(x.mean())
    n = np.bincount(c, minlength=k)
    s1, s2 = np.bincount(c, weights=x - middle, minlength=k), np.bincount(c, weights=(x - middle) ** 2, minlength=k)
    sd = float(x.std())
    out: list[_Line] = []
    for s in range(k):
        own = _moved(Sample.from_sums(int(n[s]), float(s1[s]), float(s2[s])), middle)
        rest = _moved(Sample.from_sums(int(n.sum() - n[s]), float(s1.sum() - s1[s]), float(s2.sum() - s2[s])), middle)
        comparison = mean_difference(own, rest, unit or "score")
        effect = comparison.value / sd if comparison.value is not None and sd > 0 else None
        out.append((s, "", mean(own, unit), rest.mean, None, comparison, effect))
    return out


def _moved(sample: Sample, by: float) -> Sample:
    return Sample(sample.n, None if sample.mean is None else sample.mean + by, sample.var)


def _levels(values: pd.Series, codes: npt.NDArray[np.int64], k: int) -> list[_Line]:
    known = (values.notna() & (codes >= 0)).to_numpy()
    level_codes, levels = pd.factorize(values[known].astype(str), sort=True)
    table = np.zeros((k, len(levels)), np.int64)
    np.add.at(table, (codes[known], level_codes), 1)
    n = table.sum(axis=1)
    # of two levels one says it all
    shown = range(1, 2) if len(levels) == 2 else range(len(levels))
    out: list[_Line] = []
    for s in range(k):
        for j in shown:
            own, others, rest = int(table[s, j]), int(table[:, j].sum() - table[s, j]), int(n.sum() - n[s])
            base = float(table[:, j].sum() / n.sum())
            estimate = share(own, int(n[s]))
            comparison = share_difference(own, int(n[s]), others, rest)
            p1, p2 = (own / n[s] if n[s] else 0.0), (others / rest if rest else 0.0)
            effect = float(2 * np.arcsin(np.sqrt(p1)) - 2 * np.arcsin(np.sqrt(p2))) if n[s] and rest else None
            lift = estimate.value / base if estimate.value is not None and base > 0 else None
            out.append((s, str(levels[j]), estimate, p2 if rest else None, lift, comparison, effect))
    return out


def lift_words(row: Mapping[str, Any]) -> str:
    """A line as a sentence part: "age 44.1 (others 37.2)" or "channel is store: 62 % (others 21 %, lift 2.1)"."""
    name = f"{row['label']} is {str(row['level']).replace('_', ' ')}" if row["level"] else str(row["label"])
    value = words.number(row["value"], row["unit"])
    known = row["lift"] is not None and not pd.isna(row["lift"]) and row["unit"] == "share"
    lift = f", {words.number(row['lift'])} times the base" if known else ""
    return f"{name}: {value} (others {words.number(row['others'], row['unit'])}{lift})"
