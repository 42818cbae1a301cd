"""What happens to each person: the first journey step by step, what follows a purchase, and what was expected.

Whoever does not buy never comes back to buy in the period; so the furthest step of the first journey is
the furthest step for good, and a funnel's counts have a known expectation whatever attempt it looks at.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import business as b
from .people import DAY_S, Floats, day_shape, of_persona, opening_hours

MAX_LOOKS, MAX_RETRIES, MAX_RETURNS = 5, 2, 6
RETURN_PAUSE_DAYS = 10.0  # nobody comes back sooner: the test measures conversion within 7 days


def logit_shift(p: npt.ArrayLike, shift: npt.ArrayLike) -> Floats:
    """A probability moved by a shift on the log-odds scale."""
    p = np.asarray(p, dtype=float)
    return 1 / (1 + (1 - p) / p * np.exp(-np.asarray(shift, dtype=float)))


def first_journeys(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """One row a person: times (local seconds), outcomes, and `e_…`, the probability of each step given the last."""
    n = len(people)
    mode = people["mode"].to_numpy()
    online = mode != "store"
    j = pd.DataFrame({"person": people["person"], "online": online})
    chance = rng.random((8, n))

    j["e_consider"] = logit_shift(of_persona(people, "consider"), people["channel"].map(b.CHANNEL_LOGIT).to_numpy())
    j["considers"] = chance[0] < j["e_consider"]
    j["looks_online"] = j["considers"] & (online | (chance[7] < 0.6))
    finds = of_persona(people, "finder") * online
    j["finder"] = j["considers"] & (chance[1] < finds)
    j["finder_done"] = j["finder"] & (rng.random(n) < b.FINDER_COMPLETES)
    plain, with_finder = of_persona(people, "basket"), logit_shift(of_persona(people, "basket"), b.FINDER_LOGIT)
    j["e_basket"] = np.where(online, finds * with_finder + (1 - finds) * plain, 0.0)
    j["basket"] = j["considers"] & online & (chance[2] < np.where(j["finder"], with_finder, plain))
    j["e_checkout"] = of_persona(people, "checkout") * online
    j["checkout"] = j["basket"] & (chance[3] < j["e_checkout"])
    _times(rng, people, j)

    j["in_test"] = people["registered"].to_numpy() & online & in_test(j["attempt_s"])
    j["e_slot"] = slot_probability(people, j["in_test"] & (people["arm"] == 1).to_numpy()) * online
    j["slot"] = j["checkout"] & (chance[4] < j["e_slot"])
    j["trouble"] = j["checkout"] & (rng.random(n) < np.where(j["slot"], b.TROUBLE_GIVEN_PASS, b.TROUBLE_GIVEN_FAIL))
    j["retries"] = np.where(j["trouble"], rng.choice(MAX_RETRIES + 1, n, p=[0.4, 0.4, 0.2]), 0)
    j["last_attempt_s"] = day_shape((j["attempt_days"] + j["retries"] * j["retry_days"]).to_numpy())
    j["e_pay"] = of_persona(people, "pay") * online
    j["pays"] = j["slot"] & (chance[5] < j["e_pay"])

    j["e_reserve"] = of_persona(people, "reserve") * ~online
    j["e_buy"] = of_persona(people, "buy") * ~online
    j["reserves"] = j["considers"] & ~online & (chance[3] < j["e_reserve"])
    j["buys_in_store"] = j["reserves"] & (chance[4] < j["e_buy"])
    j["buys"] = j["pays"] | j["buys_in_store"]
    j["bought_s"] = np.where(online, j["last_attempt_s"], j["till_s"])
    j["order_eur"] = order_values(rng, people)
    return j


def slot_probability(people: pd.DataFrame, with_picker: npt.ArrayLike) -> Floats:
    """Probability of leaving the delivery-slot page with a slot, with the list or with the new picker."""
    base = people["mode"].map(b.SLOT_PASSES).fillna(0.5).to_numpy()
    return logit_shift(base, of_persona(people, "slot") + b.TEST.slot_logit * np.asarray(with_picker, dtype=float))


def order_values(rng: np.random.Generator, people: pd.DataFrame) -> Floats:
    """Money of an order: log-normal around the persona's, higher for people of that taste."""
    noise = rng.standard_normal(len(people))
    return np.round(
        of_persona(people, "order_eur") * np.exp(b.ORDER_SPREAD_PERSON * people["taste"] + b.ORDER_SPREAD * noise), 2
    )


def expected_order(people: pd.DataFrame) -> Floats:
    """The mean of `order_values` given persona and taste."""
    return np.asarray(
        of_persona(people, "order_eur") * np.exp(b.ORDER_SPREAD_PERSON * people["taste"] + b.ORDER_SPREAD**2 / 2)
    )


def in_test(local_s: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether an instant lies in the days of the test."""
    day = np.floor(np.asarray(local_s, dtype=float) / DAY_S)
    return np.asarray((day >= (b.TEST.start - b.FIRST_DAY).days) & (day <= (b.TEST.end - b.FIRST_DAY).days))


def _times(rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame) -> None:
    """Times as they would be if the person got that far: they say nothing about whether they do."""
    n = len(people)
    entry = people["entry_s"].to_numpy() / DAY_S
    research = of_persona(people, "research_days")
    j["touches"] = 1 + np.minimum(rng.poisson(0.7, n), 3)
    span = np.where(j["touches"] > 1, rng.exponential(3.0, n).clip(0.05, 15), 0.0)
    first_look = entry + span + rng.exponential(research / 2).clip(0.03, 15)
    j["awareness_days"] = span
    j["looks"] = 1 + np.minimum(rng.poisson(of_persona(people, "research_visits")), MAX_LOOKS - 1)
    length = np.where(j["looks"] > 1, rng.exponential(research * 1.44).clip(0.05, b.RESEARCH_DAYS_MAX), 0.0)
    decision = np.exp(np.log(of_persona(people, "decision_days")) + b.DECISION_SPREAD * rng.standard_normal(n))
    decision = decision.clip(0.04, b.DECISION_DAYS_MAX)
    j["look_days"], j["look_length"] = first_look, length
    j["first_look_s"], j["last_look_s"] = day_shape(first_look), day_shape(first_look + length)
    j["attempt_days"] = first_look + length + decision
    j["attempt_s"] = day_shape(j["attempt_days"].to_numpy())
    j["decision_s"] = j["attempt_s"] - j["last_look_s"]
    j["retry_days"] = rng.exponential(0.9, n).clip(0.05, b.RETRY_DAYS_MAX / MAX_RETRIES)
    # in the store: advice some days after the last look online, the till the same day or when decided
    j["advice_s"] = opening_hours(np.floor(first_look + length) + rng.integers(1, 5, n) + rng.random(n) * 0.8)
    later = np.where(rng.random(n) < 0.55, 0.0, np.ceil(decision))
    j["till_s"] = opening_hours(np.floor(j["advice_s"] / DAY_S) + later + 0.85 + 0.1 * rng.random(n))
    j["till_s"] = np.maximum(j["till_s"], j["advice_s"] + 2400)


def after_purchase(rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame) -> pd.DataFrame:
    """What follows a first purchase, by person: tracking, calling, club, referral, days until churn."""
    n = len(people)
    a = pd.DataFrame({"person": people["person"]})
    online = j["online"].to_numpy()
    day = np.floor(j["bought_s"] / DAY_S)
    late = day >= (b.SHIPPED.on - b.FIRST_DAY).days
    a["e_calls"] = np.where(online, np.where(late, b.SHIPPED.calls_after, b.SHIPPED.calls_before), b.STORE_CALLS)
    a["e_tracks"] = of_persona(people, "tracks") * online
    a["e_club"], a["e_refers"] = of_persona(people, "club"), of_persona(people, "refers")
    for name in ("tracks", "calls", "club", "refers"):
        a[name] = j["buys"] & (rng.random(n) < a[f"e_{name}"])
    a["tracks_s"] = j["bought_s"] + rng.uniform(1.0, 3.0, n) * DAY_S
    a["calls_s"] = opening_hours(j["bought_s"] / DAY_S + rng.integers(3, 9, n))
    a["club_s"] = day_shape(j["bought_s"] / DAY_S + rng.uniform(4, 20, n))
    a["refers_s"] = day_shape(j["bought_s"] / DAY_S + rng.uniform(6, 30, n))
    a["churn_per_30d"] = of_persona(people, "churn") * np.where(j["trouble"], b.CHURN_AFTER_TROUBLE, 1.0)
    a["churn_days"] = rng.exponential(30 / a["churn_per_30d"])
    return a


def returns(rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Later visits, one row each: person, time, whether they order, how the order ends.

    Buyers return until they churn, after a pause and then at their persona's rate; others look in now and
    then without filling a basket.
    """
    n = len(people)
    gap = RETURN_PAUSE_DAYS + rng.exponential((30 / of_persona(people, "visits"))[:, None], (n, MAX_RETURNS))
    offset = gap.cumsum(axis=1)
    buyer = j["buys"].to_numpy()
    stays = np.where(
        buyer[:, None],
        offset < after["churn_days"].to_numpy()[:, None],
        (np.arange(MAX_RETURNS) < 1)[None, :] & (rng.random((n, MAX_RETURNS)) < 0.3),
    )
    start = np.where(buyer, j["bought_s"], j["last_look_s"]) / DAY_S
    stays &= (j["considers"].to_numpy())[:, None]
    who, visit = np.nonzero(stays)
    days = start[who] + offset[who, visit]
    inside = days < b.DAYS
    who, days = who[inside], days[inside]
    r = pd.DataFrame({"person": who, "buyer": buyer[who], "online": j["online"].to_numpy()[who]})
    r["at_s"] = np.where(r["online"], day_shape(days), opening_hours(days))
    them = people.iloc[who].reset_index(drop=True)
    r["orders"] = r["buyer"] & (rng.random(len(r)) < of_persona(them, "buys_again"))
    r["in_test"] = them["registered"] & r["online"] & in_test(r["at_s"])
    r["slot"] = r["orders"] & (
        ~r["online"] | (rng.random(len(r)) < slot_probability(them, r["in_test"] & (them["arm"] == 1)))
    )
    r["pays"] = r["slot"] & (~r["online"] | (rng.random(len(r)) < of_persona(them, "pay")))
    r["order_eur"] = order_values(rng, them)
    return r
