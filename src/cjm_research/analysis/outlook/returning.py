"""Who will buy again, and can that be told at all? A prediction that a later period has tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...errors import NotEnoughData
from ...privacy.small_counts import countable
from ...results import words
from ...results.declared import declares
from ...results.result import Estimate, Result, estimates_frame
from ...stats.prediction import auc_estimate, lift, reliability
from ...stats.shares import share
from . import declared
from .orders import Orders, horizon_of, orders_of
from .split import Cut, Tested, cuts_of, judged

if TYPE_CHECKING:
    from ...study import Study

METHOD = ("Features of purchases up to a cut, the outcome (any purchase) in the days after it; the model is fitted at an earlier cut whose outcomes were all known at the later one, and is "
          "judged there only. Where there are three cuts, the middle one sets the level. Logistic regression; gradient boosting only where it is better beyond chance. Chances are shown where their "
          "mean lies within two points of what happened (or its interval) and their slope between .8 and 1.25; else five groups in order; else nothing. AUC with DeLong's interval, Brier score, "
          "calibration (Cox 1958). A feature that predicts alone with an AUC above .95 knows what it cannot know and is left out. What goes along is association, no cause. "
          "Definitions: docs/methods/outlook.md.")


@declares(*declared.RETURNING)
def return_outlook(study: Study, *, horizon_days: int | None = None) -> Result:
    """Who buys again within a horizon after the last day, as tested on a later period than the one it was learned from.

    horizon_days: days in which a purchase counts as coming back; default: nine in ten of the gaps between purchases, at most a
    third of the data. Frames: `test`, `groups`, `calibration`, `drivers`, `cuts`, `card`. facts: `state` ("chances", "ranks", "nothing"). Raises
    `NotEnoughData` where there are no two cuts, or too few come back or stay away.
    """
    orders = orders_of(study, "who buys again")
    horizon = horizon_of(orders, horizon_days)
    cuts = cuts_of(orders.frame, orders.start, orders.end, horizon)
    if len(cuts) < 2:
        raise NotEnoughData("who buys again", f"{(orders.end - orders.start).days} days of data, and {horizon} days in which a purchase counts", "three times as many days as that",
                            "a longer export, or a shorter horizon_days in the chapter's first cell")
    # with three cuts the middle one sets the level, if it has enough of both
    between = cuts[1] if len(cuts) == 3 else None
    found = judged(cuts[0], cuts[-1], between)
    return _result(study, orders, horizon, cuts, found)


def _result(study: Study, orders: Orders, horizon: int, cuts: list[Cut], t: Tested) -> Result:
    last = cuts[-1]
    y = last.outcome
    rank = auc_estimate(y.to_numpy(), t.p.to_numpy())
    n, base = t.scores.events, t.scores.n
    method = f"{t.model}, learned until {cuts[0].end.date()}, judged from {last.cut.date()}"

    def plain(value: float, how: str = method) -> Estimate:
        return Estimate(value, None, None, n, base, "score", f"{how}; no interval")

    rows = [({"what": "order (AUC)", "model": t.model}, rank), ({"what": "order (AUC)", "model": "days since the last purchase alone"}, plain(t.recency)),
            ({"what": "error (Brier)", "model": t.model}, plain(t.scores.brier)), ({"what": "error (Brier)", "model": "everybody the earlier rate"}, plain(t.baseline.brier)),
            ({"what": "mean chance", "model": t.model}, Estimate(t.scores.mean_p, None, None, n, base, "share", method)),
            ({"what": "came back", "model": "observed"}, share(n, base)),
            ({"what": "lift of the tenth most likely", "model": t.model}, lift(y, t.p)), ({"what": "calibration slope", "model": t.model}, plain(t.scores.slope)), ({"what": "calibration error (ECE)", "model": t.model}, plain(t.scores.ece)),
            ({"what": "calibration error (ECE)", "model": "as a random split would have shown"}, plain(t.random_ece, "random halves of the earlier cut"))]
    groups = _groups(y, t)
    names = list(cuts[0].features.columns)
    drivers = [{"feature": f, "weight": float(t.weights[f]) if f in t.weights else None, "used": "no: it knows what it cannot know" if f in t.leaks else "yes" if f in t.weights else "no: it does not vary",
                "reads": _reads(f, float(t.weights[f])) if f in t.weights else ""} for f in names]
    roles = ["learned"] + ([("level" if t.recalibrated else "not used")] if len(cuts) == 3 else []) + ["judged"]
    result = Result("Who will buy again, and can that be told?", {
        "test": estimates_frame(rows), "groups": groups, "calibration": _calibration(y, t, study.params.privacy.min_cell), "card": _card(study, orders, horizon, cuts, t, rank), "drivers": pd.DataFrame(drivers, columns=list(declared.DRIVERS.stored)),
        "cuts": estimates_frame([({"role": r, "cut": str(c.cut.date()), "end": str(c.end.date())}, share(int(c.outcome.sum()), len(c.outcome))) for r, c in zip(roles, cuts, strict=True)])},
        method=METHOD, facts={"state": t.state, "why": t.why, "horizon_days": horizon, "auc": t.scores.auc, "slope": t.scores.slope, "ece": t.scores.ece, "random_ece": t.random_ece,
                              "leaks": list(t.leaks), "model": t.model, "customers": base})
    said = f"{words.of_whom(share(n, base), 'customers')} bought again within {horizon} days after {last.cut.date()}"
    order = f"AUC {rank.value:.2f}" + (f", 95 % interval {rank.low:.2f} to {rank.high:.2f}" if rank.low is not None and rank.high is not None else "")
    if t.state == "nothing":
        result.sentences = ["Not worth predicting who comes back: the past says too little.", f"Not worth predicting: {t.why} ({order}). {said}; that rate is the best forecast for everybody."]
    elif t.state == "ranks":
        top, low = groups.iloc[-1], groups.iloc[0]
        result.sentences = ["We can say who is more likely to buy again, not how likely.", f"Who buys again can be put in order ({order}), but no chance can be named: {t.why}. Of the fifth most likely {words.percent(top['value'])} came back, of the least "
                            f"likely {words.percent(low['value'])}; {said}."]
    else:
        result.sentences = ["We can say how likely each customer is to buy again.", f"Chances of buying again held on a later period: {words.percent(t.scores.mean_p)} predicted, {words.percent(t.scores.rate)} observed ({order}; slope {t.scores.slope:.2f}). {said}."]
    if t.state != "nothing" and np.isfinite(t.recency) and t.scores.auc - t.recency < 0.02:
        result.sentences.append(f"The days since the last purchase alone order customers as well (AUC {t.recency:.2f}): the model adds almost nothing.")
    result.caveats = [*t.notes, "What goes along with coming back is association: changing it need not bring anybody back."]
    if t.leaks:
        result.caveats.insert(0, f"Left out, since they know what they cannot know before the outcome: {words.listing(list(t.leaks))}.")
    if np.isfinite(t.random_ece) and t.scores.ece > 2 * t.random_ece and t.scores.ece > 0.03:
        result.caveats.append(f"A random split would have shown a calibration error of {t.random_ece:.3f}; the later period shows {t.scores.ece:.3f}.")
    if t.state == "chances" and (said_of := _worst_group(result["calibration"])):
        result.caveats.append(said_of)
    if study.params.period.start is None:
        result.caveats.append("Customers from before the first day of the data look new.")
    return result


def _groups(y: pd.Series, t: Tested) -> pd.DataFrame:
    order = np.array_split(np.argsort(t.p.to_numpy(), kind="stable"), 5)
    return estimates_frame([({"group": k + 1, "predicted": float(t.p.to_numpy()[part].mean()) if t.state == "chances" else None}, share(int(y.to_numpy()[part].sum()), len(part)))
                            for k, part in enumerate(order)])


def _calibration(y: pd.Series, t: Tested, least: int) -> pd.DataFrame:
    """The calibration curve, in as many groups as leave fifty customers in each; empty where that is fewer than three or a group tells of few."""
    bins = min(10, len(y) // 50)
    found = reliability(y, t.p, bins) if bins >= 3 else []
    if not all(countable(e.base, e.n, least) for _, e in found):
        found = []
    rows = [({"bin": k + 1, "predicted": p}, e) for k, (p, e) in enumerate(found)]
    return estimates_frame(rows) if rows else pd.DataFrame(columns=list(declared.CALIBRATION.stored))


def _worst_group(curve: pd.DataFrame) -> str:
    """What is to be known of a group whose chances missed by five points or more beyond chance (99.5 %), all groups looked at; the largest miss."""
    if curve.empty:
        return ""
    gap = (curve["predicted"] - curve["value"].astype(float)).abs()
    noise = 2.81 * np.sqrt(curve["predicted"] * (1 - curve["predicted"]) / curve["base"])
    off = curve[(gap > 0.05) & (gap > noise)]
    if off.empty:
        return ""
    worst = off.loc[(off["predicted"] - off["value"].astype(float)).abs().idxmax()]
    return (f"Level and slope held, single groups did not all: where {words.percent(float(worst['predicted']))} were predicted, {words.percent(float(worst['value']))} came back. "
            "Read chances by groups, in the calibration curve.")


def _card(study: Study, orders: Orders, horizon: int, cuts: list[Cut], t: Tested, rank: Estimate) -> pd.DataFrame:
    """The model card (Mitchell et al. 2019): what it says, of whom, how it did, and what it is not for."""
    first, last = cuts[0], cuts[-1]
    use = {"chances": "Chances and an order of customers, for whom to write to first.", "ranks": "An order of customers only; no chance of a single one.", "nothing": "None: the rate of everybody is the best forecast."}
    between = f"AUC {rank.value:.2f}" + (f" ({rank.low:.2f} to {rank.high:.2f})" if rank.low is not None and rank.high is not None else "")
    rows = [("What it says", f"Whether a customer has {words.listing([words.event(e) for e in orders.events], 'or')} again within {horizon} days"),
            ("Of whom", f"Customers with a purchase between {orders.start.date()} and {orders.end.date()}"),
            ("Learned from", f"{len(first.outcome):,} customers known until {first.cut.date()}, by what they did until {first.end.date()}"),
            ("Judged on", f"{len(last.outcome):,} customers known until {last.cut.date()}, by what they did until {last.end.date()}; nothing of that was known when it was learned"),
            ("Prediction", t.model + (", level set at a cut between" if t.recalibrated else "")),
            ("What it knows", words.listing([str(c) for c in first.features if c not in t.leaks])),
            ("What it must not know", f"{words.listing(list(t.leaks))}: left out, for {'it knows' if len(t.leaks) == 1 else 'they know'} the outcome" if t.leaks else "Attributes of customers: exports do not say since when they are known, and protected ones would come in unasked"),
            ("How it did", f"{between}; slope {t.scores.slope:.2f}, Brier {t.scores.brier:.3f} against {t.baseline.brier:.3f} of one rate for everybody"),
            ("Fit for", use[t.state]),
            ("Not fit for", "Prices, refusals or any decision against a single customer; saying what would bring anybody back"),
            ("Good until", f"A later delivery has judged it again: customers and seasons change, and it has seen {(orders.end - orders.start).days} days")]
    return pd.DataFrame(rows, columns=["item", "says"])


def _reads(feature: str, weight: float) -> str:
    return f"{'more' if weight > 0 else 'fewer'} come back where it is {'larger' if feature != 'bought once' else 'so'}, the others equal"
