"""`segment(frame)`: a frame of customers and features in, stable segments (or the answer "none") out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ...errors import BadInput, NotEnoughData, unknown
from ...results.caveats import Note
from ...shapes import Row
from .choose import Choice, choose
from .columns import Column, columns_frame, judge
from .encode import Encoder
from .methods import METHODS, Data, Labels, Method, Model
from .other_solutions import other_solutions
from .threads import in_one_thread

WHERE = "personas"
FEWEST = 30  # customers below which nothing about segments can be said
FEWEST_EACH = 10  # customers a segment must be able to have
FIT_ROWS = 20_000  # customers the segmentation is fitted on; all others are assigned by it
ROW_MISSING = 0.5  # share of features missing above which a customer is not typed
ADVISED_EACH = 60  # customers a feature (Dolnicar, Grün, Leisch & Schmidt 2014), below which a caveat is given


@dataclass
class Segmentation:
    """Segments of the rows of a frame.

    labels: 0…k−1 by size (largest first), −1 for rows too empty to be typed. natural: whether the segments are
    in the data rather than cut through one cloud. fixed: whether the number was asked for. frames: features,
    candidates, segments (size and stability), other_solutions, methods.
    """

    labels: Labels
    k: int
    natural: bool
    fixed: bool
    why: str
    method: Method
    encoder: Encoder
    model: Model | None
    columns: list[Column]
    choice: Choice
    table: pd.DataFrame
    fitted: Labels  # labels of the rows it was fitted on
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    caveats: list[str] = field(default_factory=list)

    def assign(self, frame: pd.DataFrame) -> Labels:
        """The segment of other customers, by the same features; BadInput where one is missing."""
        absent = [b.name for b in self.encoder.blocks if b.name not in frame]
        if absent:
            raise BadInput(WHERE, f"the frame lacks {', '.join(absent)}", "all features the segments were formed on", "correct the section personas in params, or the options of the cell that asks")
        if self.model is None:
            return np.zeros(len(frame), np.int64)
        clean = pd.DataFrame({b.name: _as_fitted(frame[b.name], b.kind) for b in self.encoder.blocks}, index=frame.index)
        return self.model.assign(Data.of(clean, self.encoder))


def segment(frame: pd.DataFrame, *, features: Sequence[str] = (), exclude: Sequence[str] = (), method: str = "auto",
            segments: int | None = None, max_segments: int = 6, seed: int = 20260101, bootstraps: int = 40,
            replicas: int = 99) -> Segmentation:
    """Find the segments of a frame with one row a customer and one column a feature.

    features: use only these columns (default: all usable). segments: ask for a number; whether these are natural
    is still tested and said. All random steps start from `seed`. Raises BadInput for settings that cannot be
    met and NotEnoughData for too few customers.
    """
    with in_one_thread():
        return _segment(frame, features, exclude, method, segments, max_segments, seed, bootstraps, replicas)


def _segment(frame: pd.DataFrame, features: Sequence[str], exclude: Sequence[str], method: str, segments: int | None,
             max_segments: int, seed: int, bootstraps: int, replicas: int) -> Segmentation:
    rng = np.random.default_rng(seed)
    _check(frame, features, method, segments)
    table, judged = judge(frame[list(features)] if features else frame, features, exclude)
    if table.shape[1] == 0:
        reasons = "; ".join(f"{c.name}: {c.refused}" for c in judged[:12])
        # named features that do not work are a mistake, a client without usable ones is a client without data
        problem = BadInput if features else NotEnoughData
        raise problem(f"{WHERE}.features", f"no feature can be used ({reasons})",
                       "at least one number or category that differs between customers",
                       "name other attributes in personas.features, or add a source that delivers some")
    typed = (table.isna().mean(axis=1) <= ROW_MISSING).to_numpy()
    rows = np.flatnonzero(typed)
    if len(rows) < max(FEWEST, segments or 0):
        raise NotEnoughData(WHERE, f"{len(rows):,} customers with known features", f"at least {FEWEST}", "cjm check says what data there is")
    sample = rows if len(rows) <= FIT_ROWS else np.sort(rng.choice(rows, FIT_ROWS, replace=False))
    kinds = {c.name: c.kind for c in judged if c.usable}
    encoder = Encoder.fit(table.iloc[sample], kinds)
    chosen = _method(method, kinds)
    small = sample if len(sample) <= chosen.rows else np.sort(rng.choice(sample, chosen.rows, replace=False))
    data = Data.of(table.iloc[small], encoder)
    most = _most(data, max_segments, segments)
    numbers = list(range(2, most + 1))
    choice = choose(data, encoder.filled(table.iloc[small]), chosen, numbers, rng, bootstraps, replicas)
    k = segments or choice.k
    labels = np.full(len(frame), -1, np.int64)
    labels[rows] = 0
    model: Model | None = None
    frames: dict[str, pd.DataFrame] = {}
    if k == 1 and choice.slices:  # what one would get by asking for a number all the same
        _, frames["other_solutions"] = other_solutions(data, chosen, choice.slices, rng)
    if k > 1:
        fitted, frames["other_solutions"] = other_solutions(data, chosen, k, rng)
        labels[rows] = _assign_all(fitted, table, rows, encoder)
        order = np.argsort(-np.bincount(labels[rows], minlength=k), kind="stable")
        labels[rows] = np.argsort(order)[labels[rows]]
        model = _Ordered(fitted, np.argsort(order))
        frames["methods"] = _other_methods(data, chosen, model.assign(data), k, kinds, rng)
    frames["features"] = _features(judged, encoder)
    frames["candidates"] = pd.DataFrame([c.row | {"chosen": c.k == k, "reason": choice.reason(c)} for c in choice.candidates])
    found = Segmentation(labels, k, choice.natural and choice.k == k, segments is not None, choice.why, chosen, encoder,
                         model, judged, choice, table, labels[small], frames)
    frames["segments"] = _segments(found, rows)
    found.caveats = _caveats(found, len(frame), rows, len(small))
    return found


@dataclass(frozen=True)
class _Ordered:
    """A model whose segments are numbered by size."""

    inner: Model
    order: Labels

    @property
    def k(self) -> int:
        return self.inner.k

    @property
    def loss(self) -> float:
        return self.inner.loss

    def assign(self, data: Data) -> Labels:
        return self.order[self.inner.assign(data)]


def _check(frame: pd.DataFrame, features: Sequence[str], method: str, segments: int | None) -> None:
    if method != "auto" and method not in METHODS:
        raise unknown(f"{WHERE}.method", "method", method, ["auto", *METHODS], "correct the section personas in params, or the options of the cell that asks")
    for name in features:
        if name not in frame.columns:
            raise unknown(f"{WHERE}.features", "feature", name, map(str, frame.columns), "correct the section personas in params, or the options of the cell that asks")
    if segments is not None and segments < 1:
        raise BadInput(f"{WHERE}.segments", f"{segments} segments", "1 or more", "correct the section personas in params, or the options of the cell that asks")
    if segments is not None and len(frame) < segments:
        raise BadInput(f"{WHERE}.segments", f"{segments} segments asked of {len(frame):,} customers",
                       f"segments of {FEWEST_EACH} customers or more each",
                       "lower personas.segments, or leave it out")
    if len(frame) < FEWEST:
        raise NotEnoughData(WHERE, f"{len(frame):,} customers", f"at least {FEWEST}", "cjm check says what data there is")


def _method(name: str, kinds: dict[str, Any]) -> Method:
    if name != "auto":
        return METHODS[name]
    categories = all(k != "number" for k in kinds.values())
    # with several named values a mean says little; flags and numbers have meaningful means
    return METHODS["latent_class" if categories and "category" in kinds.values() else "kmeans"]


def _most(data: Data, max_segments: int, segments: int | None) -> int:
    distinct = len(np.unique(data.x, axis=0))
    if segments is not None and segments > distinct:
        raise BadInput(f"{WHERE}.segments", f"{segments} segments, but the features show only {distinct} different customers",
                       f"at most {distinct}", "lower personas.segments, or use more features")
    possible = min(max_segments, distinct, max(2, len(data) // FEWEST_EACH))
    return max(possible, segments or 2)


def _assign_all(model: Model, table: pd.DataFrame, rows: np.ndarray, encoder: Encoder, chunk: int = 100_000) -> Labels:
    parts = [model.assign(Data.of(table.iloc[rows[a:a + chunk]], encoder)) for a in range(0, len(rows), chunk)]
    return np.concatenate(parts)


def _as_fitted(values: pd.Series, kind: str) -> pd.Series:
    if kind == "number":
        return pd.to_numeric(values, errors="coerce").astype("float64")
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "yes", False: "no"}).astype("string")
    if pd.api.types.is_numeric_dtype(values):
        return values.map(lambda x: f"{x:g}", na_action="ignore").astype("string")
    return values.astype("string").str.strip()


def _other_methods(data: Data, chosen: Method, labels: Labels, k: int, kinds: dict[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """How far other methods agree on the same number of segments; low agreement: the segments are the method's."""
    from sklearn.metrics import adjusted_rand_score

    part = np.arange(len(data)) if len(data) <= 2_000 else np.sort(rng.choice(len(data), 2_000, replace=False))
    rows = []
    mixed = len(set(kinds.values()) - {"binary"}) > 1 or ("number" in kinds.values() and "binary" in kinds.values())
    for method in METHODS.values():
        if method.name == chosen.name or (method.name == "kprototypes" and not mixed):
            continue
        small = data.take(part)
        other = method.fit(small, k, rng, min(5, method.starts)).assign(small)
        rows.append({"method": method.title, "agreement": float(adjusted_rand_score(labels[part], other)), "n": len(part)})
    return pd.DataFrame(rows, columns=["method", "agreement", "n"])


def _features(judged: Sequence[Column], encoder: Encoder) -> pd.DataFrame:
    frame = columns_frame(judged)
    for name, note in encoder.notes.items():
        at = frame["feature"] == name
        before = frame.loc[at, "reason"].iloc[0]
        frame.loc[at, "reason"] = f"{before}; {note}" if before else note
    return frame


def _segments(found: Segmentation, rows: np.ndarray) -> pd.DataFrame:
    """Size of every segment with its interval, how often it comes back, and its size over the refits."""
    from ...stats.shares import share

    stability = next((c for c in found.choice.candidates if c.k == found.k), None)
    out = []
    for s in range(found.k):
        n = int((found.labels == s).sum())
        row: Row = {"segment": s, **share(n, len(rows)).row(), "jaccard": None, "refit_low": None, "refit_high": None}
        if stability is not None and found.model is not None:
            at = _same(found, stability.labels, s)
            sizes = stability.stability.sizes[:, at]
            row |= {"jaccard": float(stability.stability.segments[at]), "refit_low": float(np.quantile(sizes, 0.025)),
                    "refit_high": float(np.quantile(sizes, 0.975))}
        out.append(row)
    return pd.DataFrame(out)


def _same(found: Segmentation, labels: Labels, s: int) -> int:
    """The candidate's segment that is segment `s` of the final model (they may be numbered differently)."""
    both = np.bincount(labels[found.fitted == s], minlength=found.k) / np.maximum(np.bincount(labels, minlength=found.k), 1)
    return int(both.argmax())


def _caveats(found: Segmentation, n: int, rows: np.ndarray, fitted: int) -> list[str]:
    out = []
    if len(rows) < n:
        out.append(f"{n - len(rows):,} of {n:,} customers are not typed: more than half of their features are missing.")
    width = len(found.encoder.blocks)
    if len(rows) < ADVISED_EACH * width:
        out.append(f"{len(rows):,} customers for {width} features; at least {ADVISED_EACH} for each are advised.")
    if fitted < len(rows):
        out.append(Note(f"Fitted on a random {fitted:,} of {len(rows):,} customers; the others are assigned by the fit."))
    if found.k > 1 and not found.natural:
        out.append("These are slices of one cloud, useful to work with but not natural groups: their borders are drawn, not found.")
    near = found.choice.near()
    if found.natural and near:
        out.append(Note(f"{', '.join(str(c.k) for c in near)} segments would be nearly as good as {found.k}."))
    ties = found.frames.get("other_solutions")
    if ties is not None and len(ties) > 1:
        k = found.k if found.k > 1 else found.choice.slices
        out.append(Note(f"{len(ties) - 1} other solution{'s' if len(ties) > 2 else ''} with {k} segments fit nearly as well; up to "
                   f"{int(ties['moved'].max()):,} of {int(ties['base'].iloc[0]):,} customers would change segment."))
    return out
