"""The advice desk's deals: one for every booked advice, with the stages it went through."""

from __future__ import annotations

import numpy as np
import pandas as pd

from . import business as b
from .people import DAY_S, to_utc_us

PROBABILITY = {"Enquiry": 20, "Advice given": 45, "Offer made": 70, "Closed Won": 100, "Closed Lost": 0}


def deals(rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame) -> pd.DataFrame:
    """One row a change of a deal (stage, or amount within a stage), up to the last day, in order of deal and time."""
    who = np.flatnonzero(j["considers"] & ~j["online"])
    mine = j.iloc[who].reset_index(drop=True)
    enquiry = mine["last_look_s"].to_numpy() + 1500
    advice = mine["advice_s"].to_numpy() + 1200
    offer, till = advice + 900, np.maximum(mine["till_s"].to_numpy(), advice + 1800)
    lost = advice + rng.uniform(7, 14, len(who)) * DAY_S
    keeps, buys = mine["reserves"].to_numpy(), mine["buys_in_store"].to_numpy()
    again = rng.random(len(who)) < 0.3  # the amount is corrected: another row of the same stage
    parts = [
        ("Enquiry", enquiry, np.full(len(who), True)),
        ("Advice given", advice, np.full(len(who), True)),
        ("Advice given", advice + 300, again),
        ("Offer made", offer, keeps),
        ("Closed Won", till + 60, buys),
        ("Closed Lost", lost, ~buys),
    ]
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "deal": who[at],
                    "person": who[at],
                    "stage": stage,
                    "t": t[at],
                    "rank": rank,
                    "amount": np.round(mine["order_eur"].to_numpy()[at] * (1.1 if rank < 2 else 1.0), 2),
                }
            )
            for rank, (stage, t, at) in enumerate(parts)
        ],
        ignore_index=True,
    )
    # the till books the sale: on closing the desk empties the amount, or revenue would be counted twice
    rows.loc[rows["stage"].str.startswith("Closed"), "amount"] = np.nan
    # the desk sees nothing after the last day, and a deal's stages only count in their order
    rows = rows[rows["t"] < b.DAYS * DAY_S].sort_values(["deal", "t", "rank"], kind="stable").reset_index(drop=True)
    rows["us"] = to_utc_us(rows["t"].to_numpy())
    return rows
