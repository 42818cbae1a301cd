"""The rule that tells a persona: a shallow tree in the features' own units, with how often it is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...results import words
from ...results.result import Estimate
from ...stats.shares import share

Tree = dict[str, Any]  # {"persona", "n", "right"} or {"feature", "below" | "is", "yes", "no", "persona", "n", "right"}

DEPTH, LEAVES_EACH = 4, 2
FIT_ROWS = 20_000
FOLDS = 5
_LEAST_LEAF = 0.01  # of the rows; smaller leaves are special cases nobody remembers


@dataclass(frozen=True)
class Rule:
    """The tree as plain values, how often it is right for customers it was not made from, and by chance."""

    tree: Tree
    accuracy: Estimate
    baseline: float


def fit_rule(frame: pd.DataFrame, persona: Sequence[str], seed: int) -> Rule:
    """A tree of at most two leaves a persona and four questions in a row (CART; Breiman et al. 1984).

    frame: features in their own units, missing values filled. accuracy: cross-validated in five folds, with
    Wilson's interval. baseline: the share of the largest persona, what always guessing it would reach.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(seed)
    names = np.asarray(persona, object)
    rows = np.arange(len(frame)) if len(frame) <= FIT_ROWS else np.sort(rng.choice(len(frame), FIT_ROWS, replace=False))
    x, columns = _flags(frame.iloc[rows])
    y = names[rows].astype(str)
    kinds, counts = np.unique(y, return_counts=True)
    tree = DecisionTreeClassifier(max_depth=DEPTH, max_leaf_nodes=max(2, LEAVES_EACH * len(kinds)),
                                  min_samples_leaf=max(3, int(_LEAST_LEAF * len(y))), random_state=0)
    folds = int(min(FOLDS, counts.min()))
    right = 0
    if folds >= 2:
        again = cross_val_predict(tree, x, y, cv=StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32))
        right = int((again == y).sum())
    tree.fit(x, y)
    found = share(right, len(y)) if folds >= 2 else Estimate(None, None, None, 0, len(y), "share", "not computed: a persona of one")
    accuracy = Estimate(found.value, found.low, found.high, found.n, found.base, found.unit, f"{folds}-fold cross-validation, {found.method}")
    return Rule(_plain(tree, columns, 0), accuracy, float(counts.max() / len(y)))


def _flags(frame: pd.DataFrame) -> tuple[np.ndarray, list[tuple[str, str | None]]]:
    parts: list[np.ndarray] = []
    columns: list[tuple[str, str | None]] = []
    for name in map(str, frame.columns):
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values):
            parts.append(values.to_numpy(np.float32))
            columns.append((name, None))
            continue
        levels = sorted(map(str, values.dropna().unique()))
        for level in levels[1:] if len(levels) == 2 else levels:
            parts.append((values.astype(str) == level).to_numpy(np.float32))
            columns.append((name, level))
    return np.column_stack(parts), columns


def _plain(model: Any, columns: Sequence[tuple[str, str | None]], node: int) -> Tree:
    t = model.tree_
    counts = t.value[node][0] * t.weighted_n_node_samples[node] if t.value[node][0].sum() <= 1.0001 else t.value[node][0]
    best = int(np.argmax(counts))
    leaf: Tree = {"persona": str(model.classes_[best]), "n": int(t.n_node_samples[node]), "right": round(float(counts[best]))}
    if t.children_left[node] < 0:
        return leaf
    name, level = columns[t.feature[node]]
    low, high = (_plain(model, columns, int(c)) for c in (t.children_left[node], t.children_right[node]))
    if "feature" not in low and "feature" not in high and low["persona"] == high["persona"]:
        return leaf  # a question whose answers lead to the same persona
    if level is not None:
        return {"feature": name, "is": level, "yes": high, "no": low, **leaf}
    return {"feature": name, "below": _round(float(t.threshold[node])), "yes": low, "no": high, **leaf}


def _round(value: float) -> float:
    """Three significant digits, whole where large: a threshold somebody can say."""
    return float(f"{value:.3g}") if abs(value) < 1000 else float(f"{value:.4g}")


def assign(tree: Tree, record: Mapping[str, Any]) -> tuple[str | None, list[str]]:
    """The persona of one customer by the rule, and the features asked for but unknown.

    Where a feature is unknown both answers are followed; the persona is given only if they agree.
    """
    if "feature" not in tree:
        return tree["persona"], []
    value = record.get(tree["feature"])
    if value is None or (isinstance(value, float) and np.isnan(value)):
        first, missing = assign(tree["yes"], record)
        second, more = assign(tree["no"], record)
        return (first if first == second else None), [tree["feature"], *missing, *more]
    if "is" in tree:
        yes = _text(value) == str(tree["is"]).lower()
    else:
        try:
            yes = float(value) <= tree["below"]
        except (TypeError, ValueError):
            return assign(tree, {**record, tree["feature"]: None})
    return assign(tree["yes" if yes else "no"], record)


def assign_frame(tree: Tree, frame: pd.DataFrame) -> np.ndarray:
    """The persona of every row by the rule; no value may be missing."""
    out = np.empty(len(frame), object)
    _place(tree, frame, np.arange(len(frame)), out)
    return out


def _place(tree: Tree, frame: pd.DataFrame, rows: np.ndarray, out: np.ndarray) -> None:
    if "feature" not in tree:
        out[rows] = tree["persona"]
        return
    values = frame[tree["feature"]].iloc[rows]
    yes = (values.astype(str) == tree["is"]).to_numpy() if "is" in tree else (values <= tree["below"]).to_numpy()
    _place(tree["yes"], frame, rows[yes], out)
    _place(tree["no"], frame, rows[~yes], out)


def rule_frame(tree: Tree, label: Callable[[str], str]) -> pd.DataFrame:
    """The leaves in words: persona, rule, and of those it catches how many are right (Wilson)."""
    rows = []
    for conditions, leaf in _leaves(tree, []):
        rows.append({"persona": leaf["persona"], "rule": sentence(conditions, label), **share(leaf["right"], leaf["n"]).row()})
    frame = pd.DataFrame(rows)
    return frame.sort_values(["persona", "base"], ascending=[True, False], kind="stable").reset_index(drop=True)


Condition = tuple[str, str, Any]  # feature, "is" | "is not" | "at most" | "above", value


def _leaves(tree: Tree, path: list[Condition]) -> list[tuple[list[Condition], Tree]]:
    if "feature" not in tree:
        return [(path, tree)]
    name = tree["feature"]
    yes, no = (("is", tree["is"]), ("is not", tree["is"])) if "is" in tree else (("at most", tree["below"]), ("above", tree["below"]))
    return _leaves(tree["yes"], [*path, (name, *yes)]) + _leaves(tree["no"], [*path, (name, *no)])


def sentence(conditions: Sequence[Condition], label: Callable[[str], str]) -> str:
    """Conditions as words; several on one number become one range."""
    if not conditions:
        return "everybody"
    out = []
    for name in dict.fromkeys(c[0] for c in conditions):
        own = [c for c in conditions if c[0] == name]
        low = max((c[2] for c in own if c[1] == "above"), default=None)
        high = min((c[2] for c in own if c[1] == "at most"), default=None)
        said = next((c[2] for c in own if c[1] == "is"), None)
        if low is not None or high is not None:
            out.append(f"{label(name)} " + (f"above {words.number(low)} up to {words.number(high)}" if low is not None and high is not None
                                            else f"above {words.number(low)}" if low is not None else f"up to {words.number(high)}"))
        elif said is not None:
            out.append(f"{label(name)} is {said}")
        else:
            out.append(f"{label(name)} is not {words.listing([str(c[2]) for c in own], 'or')}")
    return words.listing(out)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (f"{value:g}" if isinstance(value, (int, float)) else str(value)).strip().lower()
