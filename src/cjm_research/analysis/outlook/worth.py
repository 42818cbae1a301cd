"""What customers may be worth in the time to come: BG/NBD and Gamma–Gamma, shown only where they held on a later period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import NotEnoughData
from ...privacy.small_counts import hidden_cells
from ...results import words
from ...results.declared import declares
from ...results.result import Estimate, Result, estimates_frame
from ...stats.lifetime import Buying, Spending, fit_buying, fit_spending
from ...stats.means import Sample, mean
from . import declared
from .orders import Orders, orders_of

if TYPE_CHECKING:
    from ...study import Study

WRONG = 0.20  # share of the later purchases by which the forecast may miss them
TIED = 0.20  # correlation of how often and how much, beyond which amounts cannot be forecast apart
LEAST = 100  # customers, and repeat purchases
DRAWS = 60
METHOD = ("One purchase a customer and day. BG/NBD by maximum likelihood (Fader, Hardie & Lee 2005), without any penalty, fitted to the first half of the time and held against the second: value is "
          "shown only where the total misses by at most 20 %. Mean spend: Gamma–Gamma (Fader & Hardie 2013), where how often and how much do not go together. Revenue, not margin, undiscounted, over at "
          "most the length of the data. Intervals: customers drawn anew, the model fitted anew. Definitions: docs/methods/outlook.md.")


@declares(*declared.VALUED)
def customer_value(study: Study, *, weeks: int | None = None, seed: int = 20260101) -> Result:
    """What today's customers may spend in the next weeks, if the model holds on a later period; else that it does not.

    weeks: to look ahead, default half the data's length, at most its length. Frames: `fit`, `by_frequency`, `worth` (fifths of
    customers). facts: `fits`. Raises `NotEnoughData` below 100 customers or repeat purchases.
    """
    orders = orders_of(study, "what customers may be worth")
    length = (orders.end - orders.start).days / 7
    half = orders.start + (orders.end - orders.start) // 2
    first = history(orders.frame, half)
    if len(first) < LEAST or first["x"].sum() < LEAST:
        raise NotEnoughData("what customers may be worth", f"{len(first):,} customers and {int(first['x'].sum()):,} repeat purchases in the first half of the time", f"{LEAST} of each", "a longer export")
    model = fit_buying(first["x"], first["t_x"], first["T"])
    ahead = (orders.end - half).days / 7
    expected = model.expected(first["x"], first["t_x"], first["T"], ahead)
    later = orders.frame[orders.frame["day"] > half].groupby("id").size().reindex(first.index, fill_value=0)
    miss = float(expected.sum() / later.sum() - 1) if later.sum() else float("inf")
    together = float(np.corrcoef(expected, later)[0, 1]) if later.std() > 0 and expected.std() > 0 else 0.0
    fits = bool(np.isfinite(expected).all()) and abs(miss) <= WRONG
    result = Result("What may customers be worth in the time to come?", method=METHOD)
    result.frames = {"fit": _fit(model, later, expected, miss, together), "by_frequency": _by_frequency(first, later, expected, study.params.privacy.min_cell), "worth": pd.DataFrame(columns=list(declared.WORTH.stored))}
    result.facts = {"fits": fits, "miss": miss, "customers": len(first), "weeks": None, "total": None}
    said = f"{words.count(expected.sum())} purchases were expected in the second half, {words.count(later.sum())} came ({words.number(miss, 'relative change')})"
    by = result.frames["by_frequency"]
    off = by[((by["expected"] < by["low"]) | (by["expected"] > by["high"])).fillna(False).astype(bool)]
    if len(off):
        result.caveats.append(f"The total may hold and customers not: for {len(off)} of {len(by)} groups by repeat purchases the forecast lies outside of what was seen ({int(off['customers'].sum()):,} of "
                              f"{len(first):,} customers).")
    if model.edge:
        result.caveats.append(f"The fit lies at the edge of the model: customers {model.edge}.")
    if not fits:
        result.sentences = [f"The model does not fit, so no customer's value is forecast: {said}."]
        return result
    _worth(orders, result, min(weeks or length / 2, length), seed, study.params.currency)
    what = "What customers will spend in all" if result.facts["total"] is not None else "How often customers will buy in all, but not what they will spend,"
    result.sentences = [f"{what} can be forecast.", f"The model held on the second half of the time: {said}.", *result.sentences]
    result.caveats.append("Of who bought once the model cannot say whether they are still customers; it says how often such customers buy on average.")
    if study.params.period.start is None:
        result.caveats.append("Customers from before the first day of the data look new.")
    return result


def history(frame: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """What the model needs of each customer up to a day, in weeks: x repeat purchases, t_x the last one, T observed, mean spend of the repeats.

    Customers of the last day have no time observed and are left out.
    """
    seen = frame[frame["day"] <= until].sort_values(["id", "day"])
    by = seen.groupby("id")
    first = by["day"].min()
    out = pd.DataFrame({"x": (by.size() - 1).astype(float), "t_x": (by["day"].max() - first).dt.days / 7, "T": (until - first).dt.days / 7})
    repeats = seen[by.cumcount() > 0]
    out["spend"] = repeats.groupby("id")["spend"].mean().reindex(out.index)
    return out[out["T"] > 0]


def _worth(orders: Orders, result: Result, weeks: float, seed: int, currency: str) -> None:
    now = history(orders.frame, orders.end)
    paid = now[(now["x"] > 0) & (now["spend"] > 0)]
    if orders.priced < 0.95 * len(orders.frame) or len(paid) < LEAST:
        result.caveats.append("Purchases carry no amounts, or too few do; value is not forecast.")
        return
    tied = float(np.corrcoef(paid["x"], paid["spend"])[0, 1]) if paid["x"].std() > 0 else 0.0
    if abs(tied) > TIED:
        result.caveats.append(f"How often and how much go together (r = {tied:.2f}): the model of spend does not fit, and value is not forecast.")
        return

    def fitted(frame: pd.DataFrame, near: tuple[Buying, Spending] | None = None) -> tuple[Buying, Spending]:
        spent = frame[(frame["x"] > 0) & (frame["spend"] > 0)]
        return (fit_buying(frame["x"], frame["t_x"], frame["T"], near[0] if near else None), fit_spending(spent["x"], spent["spend"], near[1] if near else None))

    def totals(models: tuple[Buying, Spending]) -> np.ndarray:
        return models[0].expected(now["x"], now["t_x"], now["T"], weeks) * models[1].expected(now["x"].where(now["spend"] > 0, 0), now["spend"].fillna(0))

    best = fitted(now)
    value = totals(best)
    rng, draws = np.random.default_rng(seed), []
    order = np.array_split(np.argsort(value, kind="stable"), 5)
    for _ in range(DRAWS if len(now) < 20_000 else 20):
        drawn = totals(fitted(now.iloc[rng.integers(0, len(now), len(now))], best))
        draws.append([drawn[part].mean() for part in order] + [drawn.sum()])
    low, high = np.quantile(np.array(draws), [0.025, 0.975], axis=0)
    method = f"BG/NBD × Gamma–Gamma, {weeks:.0f} weeks ahead, revenue, undiscounted; customers drawn anew, 0.95"
    result.frames["worth"] = estimates_frame([({"group": k + 1, "customers": len(part), "of_all": float(value[part].sum() / value.sum())},
                                               Estimate(float(value[part].mean()), float(low[k]), float(high[k]), len(part), len(now), currency, method)) for k, part in enumerate(order)])
    total = Estimate(float(value.sum()), float(low[5]), float(high[5]), len(now), len(now), currency, method)
    result.facts |= {"weeks": round(weeks), "total": total.value}
    result.sentences.append(f"In the next {weeks:.0f} weeks {words.some(len(now), 'customers')} may spend {words.estimate(total)} in all; the fifth who are worth most bring {words.percent(float(value[order[-1]].sum() / value.sum()))} of it.")


def _fit(model: Any, later: pd.Series, expected: np.ndarray, miss: float, together: float) -> pd.DataFrame:
    rows = [("r", model.r, None, "shape of the rates of buying"), ("alpha", model.alpha, None, "scale of the rates, weeks"), ("a", model.a, None, "leaving after a purchase, against b"), ("b", model.b, None, "staying after a purchase"),
            ("log-likelihood", model.loglik, None, ""), ("purchases in the later half", float(later.sum()), float(expected.sum()), f"the forecast misses by {words.number(miss, 'relative change')}"),
            ("correlation by customer", together, None, "of purchases expected and made")]
    return pd.DataFrame(rows, columns=["what", "value", "expected", "reads"])


def _by_frequency(first: pd.DataFrame, later: pd.Series, expected: np.ndarray, least: int) -> pd.DataFrame:
    group = first["x"].clip(upper=4)
    rows = []
    each = [(k, (group == k).to_numpy()) for k in sorted(group.unique())]
    small = hidden_cells([("", int(mine.sum()), None) for _, mine in each], least)
    for (k, mine), few in zip(each, small, strict=True):
        if few:
            continue
        rows.append(({"repeats": f"{int(k)}" + (" or more" if k == 4 else ""), "customers": int(mine.sum()), "expected": float(expected[mine].mean())},
                     mean(Sample.from_values(later.to_numpy(float)[mine].tolist()), "purchases")))
    return estimates_frame(rows)
