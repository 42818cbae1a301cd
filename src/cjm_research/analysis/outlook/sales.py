"""What do customers buy? Purchases, revenue, baskets, repeat rates, concentration; by channel and by month of the first purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...privacy.small_counts import hidden_cells
from ...results import words
from ...results.caveats import Note
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Finding, Result, estimates_frame
from ...results.subjects import Subject
from ...stats.means import Sample, mean
from ...stats.shares import share
from . import declared
from .orders import Orders, horizon_of, orders_of, orders_sql

if TYPE_CHECKING:
    from ...study import Study

DRAWS = 300
TOP = 0.1  # of the buyers, whose share of the revenue is told
METHOD = ("Purchases are the events of `returns` in the params, one a customer and day; their positive values are revenue, negative ones are refunds and told apart. Spend a buyer and basket: means with "
          "Student's interval (baskets by buyer: customers drawn anew). Buying again: of buyers whose first purchase lies a horizon before the end, those who bought again within it; Wilson. "
          "The horizon covers nine in ten of the gaps between purchases. Definitions: docs/methods/outlook.md.")


@dataclass(frozen=True)
class Sales(Subject):
    """A figure of what customers buy."""

    figure: str


@declares(*declared.SOLD)
def sales(study: Study, *, horizon_days: int | None = None, seed: int = 20260101) -> Result:
    """Purchases, buyers, revenue, baskets, buying again, concentration. Frames: `figures`, `by`, `rfm`.

    Raises `NotEnoughData` where params name no event of purchase (`returns`) or none happened. Revenue is left out where fewer
    than half of the purchases carry a value.
    """
    orders = orders_of(study, "what customers buy")
    horizon = horizon_of(orders, horizon_days)
    frame, currency = orders.frame, study.params.currency
    per = frame.groupby("id").agg(n=("day", "size"), spend=("spend", "sum"), first=("day", "min"), last=("day", "max"))
    priced = orders.priced >= 0.5 * len(frame)
    rows = [({"what": "purchases a buyer"}, mean(Sample.from_values(per["n"].tolist()), "purchases"))]
    second = frame.groupby("id")["day"].nth(1)
    second.index = frame.loc[second.index, "id"]
    mature = per[per["first"] <= orders.end - pd.Timedelta(days=horizon)]
    again = ((second.reindex(mature.index) - mature["first"]).dt.days <= horizon).sum()
    repeat = share(int(again), len(mature))
    rows.append(({"what": f"bought again within {horizon} days"}, repeat))
    findings: list[Finding] = []
    if priced:
        rows += _money(frame, per, currency, seed)
        # the last digits of a sum depend on who adds first; evidence is hashed and must not
        sql = f"SELECT id, round(sum(spend), 6) AS value FROM ({orders_sql(study)}) GROUP BY id"
        spend = next(e for r, e in rows if r["what"] == "spend a buyer")
        findings.append(Finding("sales:spend", f"Spend a buyer: {words.estimate(spend)}", "metric", spend, stage=_stage(study),
                                evidence=(rows_evidence(study, "interactions", "buyers with the sum of their purchases' values", sql),), label="spend a buyer", subject=Sales("spend")))
    by = pd.concat([_by(frame, per, "channel", frame["channel"].fillna("not known"), currency, study.params.privacy.min_cell),
                    _by(frame, per, "first purchase in", frame["id"].map(per["first"].dt.strftime("%Y-%m")), currency, study.params.privacy.min_cell)], ignore_index=True)
    result = Result("What do customers buy, and what is it worth?", {"figures": estimates_frame(rows), "by": by, "rfm": _rfm(per, orders, horizon, study.params.privacy.min_cell)}, method=METHOD, findings=findings,
                    facts={"purchases": len(frame), "buyers": len(per), "horizon_days": horizon, "events": list(orders.events), "revenue": float(per["spend"].sum()) if priced else None})
    result.sentences = _sentences(result, repeat, horizon, priced, currency)
    result.caveats.append(Note("Who first bought in earlier months has had more time to spend; months of the first purchase are not compared."))
    if orders.refunds:
        result.caveats.append(f"{words.some(orders.refunds, 'refunds')} of {words.number(-orders.back, currency)} in all are not taken off.")
    if not priced:
        result.caveats.append(f"{f'Only {orders.priced:,}' if orders.priced else 'None'} of {len(frame):,} purchases {'carries' if orders.priced < 2 else 'carry'} a value; revenue is not told.")
    elif orders.priced < len(frame):
        result.caveats.append(f"{len(frame) - orders.priced:,} of {len(frame):,} purchases carry no value and count as 0 in revenue.")
    return result


def _money(frame: pd.DataFrame, per: pd.DataFrame, currency: str, seed: int) -> list[tuple[dict[str, str], Estimate]]:
    spend, n = per["spend"].to_numpy(), per["n"].to_numpy()
    rng = np.random.default_rng(seed)
    baskets, tops, totals = [], [], []
    for _ in range(DRAWS if len(per) < 200_000 else 50):
        at = rng.integers(0, len(per), len(per))
        baskets.append(spend[at].sum() / n[at].sum())
        tops.append(_top(spend[at]))
        totals.append(spend[at].sum())
    many = len(per) > 1

    def drawn(value: float, draws: list[float], unit: str, count: int, base: int) -> Estimate:
        low, high = np.quantile(draws, [0.025, 0.975]) if many else (None, None)
        return Estimate(value, None if low is None else float(low), None if high is None else float(high), count, base, unit, "customers drawn anew, 0.95" if many else "one buyer has no spread")

    top = max(1, round(TOP * len(per)))
    return [({"what": "revenue"}, drawn(float(spend.sum()), totals, currency, len(frame), len(frame))), ({"what": "spend a buyer"}, mean(Sample.from_values(spend.tolist()), currency)),
            ({"what": "a purchase's value"}, drawn(float(spend.sum() / n.sum()), baskets, currency, len(frame), len(frame))),
            ({"what": "revenue from the tenth of buyers who spend most"}, drawn(_top(spend), tops, "share", top, len(per)))]


def _top(spend: np.ndarray) -> float:
    total = spend.sum()
    return float(np.sort(spend)[::-1][:max(1, round(TOP * len(spend)))].sum() / total) if total > 0 else 0.0


def _by(frame: pd.DataFrame, per: pd.DataFrame, by: str, level: pd.Series, currency: str, least: int) -> pd.DataFrame:
    rows, total = [], float(frame["spend"].sum())
    parts = [(name, part, part.groupby("id")["spend"].sum()) for name, part in frame.groupby(level, sort=True)]
    small = hidden_cells([("", len(buyers), None) for *_, buyers in parts], least)
    for (name, part, buyers), hide in zip(parts, small, strict=True):
        if hide:
            continue
        rows.append(({"by": by, "level": str(name), "buyers": len(buyers), "orders": len(part), "revenue": float(part["spend"].sum()), "of_revenue": float(part["spend"].sum() / total) if total else None},
                     mean(Sample.from_values(buyers.tolist()), currency)))
    return estimates_frame(rows) if rows else pd.DataFrame(columns=list(declared.BY.stored))


def _rfm(per: pd.DataFrame, orders: Orders, horizon: int, least: int) -> pd.DataFrame:
    middle = float(per["spend"].median())
    recency = np.where((orders.end - per["last"]).dt.days <= horizon, f"within {horizon} days", f"more than {horizon} days ago")
    frequency = np.where(per["n"] > 1, "two or more", "one")
    spend = np.where(per["spend"] > middle, f"above {words.number(middle)}", f"up to {words.number(middle)}")
    found = per.assign(recency=recency, frequency=frequency, amount=spend).groupby(["recency", "frequency", "amount"]).agg(buyers=("spend", "size"), revenue=("spend", "sum")).reset_index()
    total = float(per["spend"].sum())
    found = found[~np.array(hidden_cells([("", int(n), None) for n in found["buyers"]], least), dtype=bool)]
    return found.assign(spend=found["amount"], of_buyers=found["buyers"] / len(per), of_revenue=found["revenue"] / total if total else np.nan)[list(declared.RFM.stored)].reset_index(drop=True)


def _stage(study: Study) -> str | None:
    from ...engine import literal

    found = study.query(f"SELECT stage, count(*) AS n FROM interactions WHERE event IN ({', '.join(map(literal, study.params.returns))}) AND stage IS NOT NULL GROUP BY stage ORDER BY n DESC, stage LIMIT 1")
    return str(found["stage"].iloc[0]) if len(found) else None


def _sentences(result: Result, repeat: Estimate, horizon: int, priced: bool, currency: str) -> list[str]:
    f = result.facts
    out = [f"{words.some(f['buyers'], 'customers')} bought {words.some(f['purchases'], 'times')}" + (f", for {words.number(f['revenue'], currency)} in all." if priced else ".")]
    if priced:
        figures = result.frames["figures"].set_index("what")
        spend, top = Estimate.of(figures.loc["spend a buyer"]), Estimate.of(figures.loc["revenue from the tenth of buyers who spend most"])
        out.append(f"A buyer spent {words.estimate(spend)} on average; the tenth who spend most brought {words.percent(top.value or 0)} of the revenue.")
    if repeat.base:
        out.append(f"{words.of_whom(repeat, 'buyers')} bought again within {horizon} days of their first purchase.")
    else:
        out.append(f"Nobody's first purchase lies {horizon} days back: too early to say who buys again.")
    return out
