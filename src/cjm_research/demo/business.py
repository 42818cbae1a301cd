"""The demo's business, written down: Birkfell Outdoor, a made-up shop for outdoor gear with app and stores.

These numbers are the truth. `simulate` draws from them, `truth` turns them into what every customer was
expected to do, and an analysis of the exports has to find them again within its intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

NAME = "Birkfell Outdoor"
TIMEZONE = "Europe/Berlin"
CURRENCY = "EUR"
FIRST_DAY = date(2026, 1, 5)  # a Monday
DAYS = 175  # 25 full weeks; the last day is Sunday, 28 June 2026
CUSTOMERS = 6_000

STAGES = ("Awareness", "Consideration", "Decision", "Purchase", "Post-purchase", "Loyalty and advocacy")
TOUCHPOINTS: Mapping[str, tuple[str, ...]] = {
    "Awareness": ("Social ad", "Trail guide", "Newsletter"),
    "Consideration": ("Product page", "Gear finder", "Store advice"),
    "Decision": ("Basket", "Delivery slot", "Reservation"),
    "Purchase": ("Payment", "Store till"),
    "Post-purchase": ("Delivery tracking", "Support call"),
    "Loyalty and advocacy": ("Gear Club", "Referral"),
}
PAINFUL = "Delivery slot"  # leaks in the funnel, scores low, is complained about, is coded as pain
LOVED_BUT_LEAKING = "Gear finder"  # praised in interviews, yet its users buy less: sources disagree

MODES = ("web", "app", "store")
CHANNELS = ("social", "organic", "paid_search", "email")


@dataclass(frozen=True)
class Persona:
    """One kind of customer.

    share: of all customers. mode, channel: shares in the order of `MODES` and `CHANNELS`. consider … buy:
    probabilities of the next step, given the one before. slot: logit shift of passing the delivery slot.
    Attributes are (mean, standard deviation); *_days are medians; rates are per 30 days.
    """

    name: str
    share: float
    mode: tuple[float, float, float]
    channel: tuple[float, float, float, float]
    consider: float
    finder: float
    basket: float
    checkout: float
    slot: float
    pay: float
    reserve: float
    buy: float
    research_visits: float
    research_days: float
    decision_days: float
    order_eur: float
    age: tuple[float, float]
    outdoor_days: tuple[float, float]
    yearly_budget_eur: tuple[float, float]
    price_focus: tuple[float, float]
    research_hours: tuple[float, float]
    answers: float
    nps: float
    liking: float
    tracks: float
    club: float
    refers: float
    visits: float
    churn: float
    buys_again: float


PERSONAS = (
    Persona("Trail planner", 0.30, (0.68, 0.17, 0.15), (0.15, 0.50, 0.20, 0.15),
            consider=0.80, finder=0.45, basket=0.60, checkout=0.80, slot=-0.15, pay=0.92, reserve=0.62, buy=0.84,
            research_visits=1.6, research_days=2.2, decision_days=3.5, order_eur=190,
            age=(44, 6), outdoor_days=(38, 8), yearly_budget_eur=(900, 190), price_focus=(3.2, 0.8),
            research_hours=(7.5, 1.6), answers=0.55, nps=7.7, liking=0.0, tracks=0.85, club=0.30, refers=0.16,
            visits=0.8, churn=0.10, buys_again=0.40),
    Persona("Spontaneous weekender", 0.28, (0.25, 0.70, 0.05), (0.50, 0.20, 0.20, 0.10),
            consider=0.74, finder=0.30, basket=0.66, checkout=0.82, slot=-0.25, pay=0.93, reserve=0.55, buy=0.82,
            research_visits=0.5, research_days=0.8, decision_days=0.7, order_eur=75,
            age=(28, 4.5), outdoor_days=(25, 6), yearly_budget_eur=(520, 120), price_focus=(3.9, 0.8),
            research_hours=(1.6, 0.7), answers=0.42, nps=7.1, liking=-0.1, tracks=0.70, club=0.22, refers=0.20,
            visits=1.6, churn=0.18, buys_again=0.45),
    Persona("Store loyalist", 0.22, (0.25, 0.05, 0.70), (0.10, 0.35, 0.15, 0.40),
            consider=0.85, finder=0.15, basket=0.62, checkout=0.78, slot=0.10, pay=0.94, reserve=0.70, buy=0.88,
            research_visits=0.6, research_days=1.5, decision_days=2.0, order_eur=140,
            age=(59, 6), outdoor_days=(30, 7), yearly_budget_eur=(780, 170), price_focus=(2.4, 0.7),
            research_hours=(2.6, 0.9), answers=0.60, nps=8.9, liking=0.2, tracks=0.60, club=0.55, refers=0.18,
            visits=1.1, churn=0.05, buys_again=0.55),
    Persona("Bargain seeker", 0.20, (0.66, 0.30, 0.04), (0.25, 0.15, 0.25, 0.35),
            consider=0.70, finder=0.20, basket=0.58, checkout=0.72, slot=0.10, pay=0.88, reserve=0.45, buy=0.75,
            research_visits=1.1, research_days=1.8, decision_days=4.5, order_eur=58,
            age=(37, 7), outdoor_days=(11, 4), yearly_budget_eur=(220, 75), price_focus=(5.9, 0.6),
            research_hours=(4.3, 1.2), answers=0.38, nps=6.4, liking=-0.25, tracks=0.75, club=0.12, refers=0.08,
            visits=0.8, churn=0.30, buys_again=0.35),
)

CHANNEL_LOGIT = {"social": -0.5, "organic": 0.0, "paid_search": 0.1, "email": 0.5}
"""Effect of the first channel on considering, as log odds against organic search."""

FINDER_LOGIT = -0.7
"""Effect of using the gear finder on filling a basket, as log odds: it delights and it distracts."""
FINDER_COMPLETES = 0.42

SLOT_PASSES = {"web": 0.56, "app": 0.48}
"""Probability of leaving the delivery-slot page with a slot; every other step of the checkout passes 0.72 and more."""
TROUBLE_GIVEN_PASS, TROUBLE_GIVEN_FAIL = 0.35, 0.85  # shown "no slot available" at least once

REGISTERS = 0.85  # opens an account at the first visit, whatever follows; people of the store mode always do
DECISION_SPREAD = 0.7  # sigma of the log of days from the last look to the checkout
DECISION_DAYS_MAX, RESEARCH_DAYS_MAX, RETRY_DAYS_MAX = 12.0, 10.0, 4.0  # so that 30 days hold every whole journey
ORDER_SPREAD_PERSON, ORDER_SPREAD = 0.45, 0.35  # sigma of the log of an order: between persons, within
CHURN_AFTER_TROUBLE = 1.8  # factor on the churn rate of buyers who met "no slot available"


@dataclass(frozen=True)
class Test:
    """The A/B test of the new slot picker; effects are those of the picker against the list."""

    name: str = "slot_picker"
    control: str = "list"
    variant: str = "picker"
    start: date = date(2026, 3, 2)
    end: date = date(2026, 5, 3)
    slot_logit: float = 0.85
    seconds: tuple[float, float] = (245.0, 210.0)  # mean time in the checkout: list, picker
    seconds_sd: float = 85.0
    complaint: float = 0.03  # share who complain within 14 days: the same in both arms
    missing_seconds: float = 0.03


TEST = Test()


@dataclass(frozen=True)
class Shipped:
    """A change without a control group: tracking mails with a map make fewer buyers call."""

    name: str = "Tracking mails with a live map"
    on: date = date(2026, 5, 4)
    calls_before: float = 0.34
    calls_after: float = 0.16


SHIPPED = Shipped()
STORE_CALLS = 0.10

CSAT = {
    "Trail guide": 4.2, "Product page": 4.0, "Gear finder": 4.4, "Store advice": 4.7, "Delivery slot": 3.0,
    "Payment": 4.2, "Store till": 4.3, "Delivery tracking": 4.0, "Support call": 3.6,
}
"""Centre of a normal latent score on 1…5, rounded and cut to the scale; `liking` of the persona is added."""
CSAT_SD = 0.95
CSAT_TROUBLE = -1.1  # on "Delivery slot", for those who were shown "no slot available"
NPS_SD, NPS_TROUBLE = 1.9, -1.5
CES, CES_SD, CES_TROUBLE = 5.5, 1.3, -1.4  # 1…7, "made it easy", higher is better
NOT_APPLICABLE = 0.03  # share of asked touchpoints answered "does not apply" (code 6)

OUTCOMES = {  # wanted outcome: centre of importance, of satisfaction (1…5), shift of both by trouble
    "Get the parcel when I am at home": (4.5, 3.0, 0.2, -0.8),
    "Find gear that fits my trip": (4.3, 4.2, 0.0, 0.0),
    "Get advice I can trust": (3.9, 4.1, 0.0, 0.0),
    "Pay a fair price": (4.0, 3.5, 0.0, 0.0),
    "Return things without effort": (3.5, 3.8, 0.0, 0.0),
}
OUTCOME_SD = 0.9

REVIEW_TOPICS = {  # topic: share of reviews with text, probabilities of 1…5 stars
    "delivery slot": (0.34, (0.46, 0.30, 0.15, 0.06, 0.03)),
    "gear finder": (0.14, (0.01, 0.03, 0.10, 0.36, 0.50)),
    "app": (0.16, (0.10, 0.16, 0.24, 0.30, 0.20)),
    "product": (0.18, (0.04, 0.06, 0.12, 0.33, 0.45)),
    "support": (0.10, (0.22, 0.22, 0.20, 0.22, 0.14)),
    "price": (0.08, (0.14, 0.22, 0.28, 0.24, 0.12)),
}
REVIEWS_PER_CUSTOMER = 0.09
REVIEWS_WITHOUT_TEXT = 0.2
