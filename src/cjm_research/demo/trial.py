"""The A/B test of the slot picker: one row a customer who came to the checkout while it ran."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import business as b
from .journey import expected_order, order_values, slot_probability
from .people import DAY_S, of_persona, to_utc_us

PRE_DAYS = 84  # revenue of the twelve weeks before


def trial(rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Enrolled customers with arm, outcomes, revenue before, and expected outcomes under either arm (`e_…_0`, `e_…_1`).

    Assigned at the first checkout in the test's days; converted and revenue are of that checkout (its
    attempts end within 7 days and nobody returns sooner than after 10).
    """
    first = j[j["checkout"] & j["in_test"]]
    again = later[later["orders"] & later["in_test"]]
    tries = pd.concat(
        [
            pd.DataFrame(
                {
                    "person": first["person"],
                    "at_s": first["attempt_s"],
                    "converted": first["pays"],
                    "order_eur": first["order_eur"],
                }
            ),
            pd.DataFrame(
                {
                    "person": again["person"],
                    "at_s": again["at_s"],
                    "converted": again["pays"],
                    "order_eur": again["order_eur"],
                }
            ),
        ],
        ignore_index=True,
    ).sort_values(["at_s", "person"])
    t = tries.drop_duplicates("person").reset_index(drop=True)
    t["at_s"] += 90.0  # the slot page opens a moment after the checkout
    them = people.iloc[t["person"].to_numpy()].reset_index(drop=True)
    count = len(t)
    t["arm"] = them["arm"]
    t["variant"] = np.where(t["arm"] == 1, b.TEST.variant, b.TEST.control)
    t["device"] = np.where(them["mode"] == "app", "app", np.where(rng.random(count) < 0.4, "mobile", "desktop"))
    t["revenue"] = np.where(t["converted"], t["order_eur"], 0.0)
    t["pre_revenue"] = _before(rng, people, them, j, t)
    seconds = np.array(b.TEST.seconds)[t["arm"].to_numpy()]
    t["checkout_seconds"] = np.maximum(
        rng.gamma((seconds / b.TEST.seconds_sd) ** 2, b.TEST.seconds_sd**2 / seconds), 20
    ).round(1)
    t.loc[rng.random(count) < b.TEST.missing_seconds, "checkout_seconds"] = np.nan
    t["complaint"] = rng.random(count) < b.TEST.complaint
    for arm in (0, 1):
        buys = slot_probability(them, np.full(count, arm == 1)) * of_persona(them, "pay")
        t[f"e_converted_{arm}"] = buys
        t[f"e_revenue_{arm}"] = buys * expected_order(them)
    t["assigned_us"] = to_utc_us(t["at_s"].to_numpy())
    t["customer_no"] = them["customer_no"]
    t["persona_name"] = them["persona_name"]
    return t


def _before(
    rng: np.random.Generator, people: pd.DataFrame, them: pd.DataFrame, j: pd.DataFrame, t: pd.DataFrame
) -> np.ndarray:
    """Revenue of the twelve weeks before: orders older than the exports, and the first purchase within them."""
    orders = np.where(them["existing"], rng.poisson(1.4, len(t)), 0)
    old = sum(np.where(orders > k, order_values(rng, them), 0.0) for k in range(4))
    mine = j.iloc[t["person"].to_numpy()].reset_index(drop=True)
    ago = t["at_s"] - mine["bought_s"]
    recent = mine["buys"] & (ago > DAY_S) & (ago < PRE_DAYS * DAY_S)
    return np.round(old + np.where(recent, mine["order_eur"], 0.0), 2)
