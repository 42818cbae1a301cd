"""The truth of one run of the demo: what analyses of its exports have to find within their intervals.

Two kinds of numbers. *Expectations* follow from `business` for exactly the people who were drawn (how likely
each was to take a step): an interval around an estimate should hold them at its stated rate. *Counts* are
what the exports contain, to the row: an import should find them exactly.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..shapes import Json
from . import business as b
from .answers import QUESTION_OF, WANTS_OF, opportunity_scores
from .codes import CODES
from .interviews import MISSES, MOVES, SWAPS, emotion_by_touchpoint, participants_by_code
from .journey import logit_shift
from .people import DAY_S, of_persona, to_utc_us
from .simulate import Simulation

ONLINE_WINDOW_DAYS, CHECKOUT_WINDOW_DAYS, FINDER_WINDOW_DAYS = 30, 7, 14


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true about the demo.

    exports: rows of every export, with duplicates and rows without an id. interactions: rows a build keeps,
    by source. reach: customers with at least one interaction, by stage and by touchpoint (counts).
    personas: share, customers, expected share of buyers. channels: odds ratio of considering against
    organic search, expected share that considers. funnels: entrants and expected shares of entrants at
    each later step (entrants whose window is over). decision_hours: median from filling the basket to the
    checkout. experiment, change, survey, reviews, interviews: as named inside. `people` has a row a person
    with persona, identifiers, outcomes and expectations (`e_…`); it is not written to truth.json.
    """

    seed: int
    customers: int
    consenting: int
    registered: int
    painful: str
    loved_but_leaking: str
    exports: Mapping[str, Mapping[str, int]]
    interactions: Mapping[str, int]
    reach: Mapping[str, Mapping[str, int]]
    personas: Mapping[str, Mapping[str, float]]
    channels: Mapping[str, Mapping[str, float]]
    funnels: Mapping[str, Mapping[str, Any]]
    decision_hours: Mapping[str, float]
    experiment: Mapping[str, Any]
    change: Mapping[str, Any]
    survey: Mapping[str, Any]
    reviews: Mapping[str, float]
    interviews: Mapping[str, Any]
    loyalty: Mapping[str, Mapping[str, float]]
    people: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)

    def to_dict(self) -> Json:
        """Plain values, without `people`."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "people"}

    def write(self, path: Path) -> Path:
        """Write the truth as JSON; never into the folder of the exports."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return path


def truth_of(sim: Simulation, exports: Mapping[str, Mapping[str, int]]) -> Truth:
    """The truth of a simulation whose exports have these rows."""
    people = _people(sim)
    consents = people["consents"].to_numpy()
    return Truth(
        seed=sim.seed,
        customers=len(people),
        consenting=int(consents.sum()),
        registered=int(people["registered"].sum()),
        painful=b.PAINFUL,
        loved_but_leaking=b.LOVED_BUT_LEAKING,
        exports=exports,
        interactions=_interactions(sim, consents),
        reach=_reach(sim, consents),
        personas=_personas(people),
        channels=_channels(people),
        funnels=_funnels(sim, people),
        decision_hours=_decision_hours(sim),
        experiment=_experiment(sim),
        change=asdict(b.SHIPPED) | {"on": b.SHIPPED.on.isoformat()},
        survey=_survey(sim),
        reviews=_reviews(sim),
        interviews=_interviews(sim),
        loyalty=_loyalty(),
        people=people,
    )


def _people(sim: Simulation) -> pd.DataFrame:
    j, p = sim.journeys, sim.people
    out = p[
        [
            "person",
            "persona_name",
            "mode",
            "channel",
            "registered",
            "consents",
            "customer_no",
            "email",
            "web_id",
            "app_id",
        ]
    ].copy()
    for name in (
        "considers",
        "looks_online",
        "finder",
        "finder_done",
        "basket",
        "checkout",
        "slot",
        "pays",
        "reserves",
        "buys",
        "trouble",
    ):
        out[name] = j[name]
    out["entered_us"] = to_utc_us(p["entry_s"].to_numpy())
    out["e_considers"] = j["e_consider"]
    out["e_decides"] = j["e_consider"] * np.where(j["online"], j["e_basket"], j["e_reserve"])
    out["e_buys"] = out["e_decides"] * np.where(j["online"], j["e_checkout"] * j["e_slot"] * j["e_pay"], j["e_buy"])
    known_call = sim.after["e_calls"] * p["registered"]
    out["e_after"] = out["e_buys"] * (1 - (1 - sim.after["e_tracks"]) * (1 - known_call))
    out["e_loyal"] = out["e_buys"] * (1 - (1 - sim.after["e_club"]) * (1 - sim.after["e_refers"]))
    for name in ("e_basket", "e_checkout", "e_slot", "e_pay"):
        out[name] = j[name]
    return out


def _interactions(sim: Simulation, consents: np.ndarray) -> dict[str, int]:
    log = sim.log[consents[sim.log["person"]]]
    known = (log["system"] != "phone") | log["logged_in"]
    rows = log[known].groupby("system").size()
    deals = sim.deals[consents[sim.deals["person"]]].drop_duplicates(["deal", "stage"])
    return {**{str(k): int(v) for k, v in rows.items()}, "crm": len(deals)}


def _reach(sim: Simulation, consents: np.ndarray) -> dict[str, dict[str, int]]:
    log = sim.log[consents[sim.log["person"]] & ((sim.log["system"] != "phone") | sim.log["logged_in"])]
    stage_of = {t: s for s, names in b.TOUCHPOINTS.items() for t in names}
    touched = log.dropna(subset=["touchpoint"])[["person", "touchpoint"]].drop_duplicates()
    by_touchpoint = touched["touchpoint"].value_counts()
    by_stage = touched.assign(stage=touched["touchpoint"].map(stage_of)).groupby("stage")["person"].nunique()
    return {
        "stage": {s: int(by_stage.get(s, 0)) for s in b.STAGES},
        "touchpoint": {t: int(by_touchpoint.get(t, 0)) for names in b.TOUCHPOINTS.values() for t in names},
    }


def _personas(people: pd.DataFrame) -> dict[str, dict[str, float]]:
    found = {}
    for persona in b.PERSONAS:
        mine = people[people["persona_name"] == persona.name]
        found[persona.name] = {
            "share": persona.share,
            "customers": len(mine),
            "considers": float(mine["e_considers"].mean()),
            "buys": float(mine["e_buys"].mean()),
        }
    return found


def _channels(people: pd.DataFrame) -> dict[str, dict[str, float]]:
    return {
        c: {
            "odds_ratio": float(np.exp(b.CHANNEL_LOGIT[c])),
            "considers": float(people.loc[people["channel"] == c, "e_considers"].mean()),
        }
        for c in b.CHANNELS
    }


def _funnels(sim: Simulation, people: pd.DataFrame) -> dict[str, Json]:
    """Expected shares of entrants, for entrants whose window was over when the exports end."""
    j, end = sim.journeys, b.DAYS * DAY_S
    keep = people["consents"]

    def funnel(entrants: pd.Series, steps: Mapping[str, Any], window_days: int) -> Json:
        share, shares = np.ones(len(people)), {}
        for name, chance in steps.items():
            share = share * np.asarray(chance, dtype=float)
            shares[name] = float(share[entrants.to_numpy()].mean())
        return {"window_days": window_days, "entrants": int(entrants.sum()), "shares": shares}

    with_finder = logit_shift(of_persona(sim.people, "basket"), b.FINDER_LOGIT)
    day = DAY_S
    return {
        "online_purchase": funnel(
            keep & j["looks_online"] & (j["first_look_s"] < end - ONLINE_WINDOW_DAYS * day),
            {
                "add_to_cart": j["e_basket"],
                "begin_checkout": j["e_checkout"],
                "add_shipping_info": j["e_slot"],
                "purchase": j["e_pay"],
            },
            ONLINE_WINDOW_DAYS,
        ),
        "checkout": funnel(
            keep & j["checkout"] & (j["attempt_s"] < end - CHECKOUT_WINDOW_DAYS * day),
            {"add_shipping_info": j["e_slot"], "purchase": j["e_pay"]},
            CHECKOUT_WINDOW_DAYS,
        ),
        "gear_finder": funnel(
            keep & j["finder"] & (j["first_look_s"] < end - FINDER_WINDOW_DAYS * day),
            {"gear_finder_result": np.full(len(people), b.FINDER_COMPLETES), "add_to_cart": with_finder},
            FINDER_WINDOW_DAYS,
        ),
    }


def _decision_hours(sim: Simulation) -> dict[str, float]:
    """Medians of everyone who shops online, whether they got that far or not; the time says nothing about that."""
    wait = (
        sim.journeys["decision_s"] - 475
    ) / 3600  # the basket is filled 520 s into a visit, the checkout begins after 45 s
    online = sim.journeys["online"]
    names = sim.people["persona_name"]
    return {
        "all": float(wait[online].median()),
        **{p.name: float(wait[online & (names == p.name)].median()) for p in b.PERSONAS},
    }


def _experiment(sim: Simulation) -> Json:
    t = sim.trial[sim.people["consents"].to_numpy()[sim.trial["person"]]]
    return {
        "name": b.TEST.name,
        "control": b.TEST.control,
        "variant": b.TEST.variant,
        "units": len(t),
        "control_rate": float(t["e_converted_0"].mean()),
        "effects": {
            "converted": float((t["e_converted_1"] - t["e_converted_0"]).mean()),
            "revenue": float((t["e_revenue_1"] - t["e_revenue_0"]).mean()),
            "checkout_seconds": b.TEST.seconds[1] - b.TEST.seconds[0],
            "complaint": 0.0,
        },
    }


def _survey(sim: Simulation) -> Json:
    a = sim.answers[sim.answers["finished"] & sim.people["consents"].to_numpy()[sim.answers["person"]]]
    names = sim.people["persona_name"].to_numpy()[a["person"]]

    def nps(rows: pd.DataFrame) -> float:
        return float(100 * (rows["top_Q1"] - rows["low_Q1"]).mean())

    csat = {}
    for touchpoint, q in QUESTION_OF.items():
        given = a[a[q].between(1, 5)]
        csat[touchpoint] = {
            "answers": len(given),
            "top_2": float(given[f"top_{q}"].mean()),
            "mean": float(given[f"mean_{q}"].mean()),
        }
    return {
        "responses": len(a),
        "nps": nps(a),
        "nps_by_persona": {p.name: nps(a[names == p.name]) for p in b.PERSONAS},
        "csat": csat,
        "ces": {"mean": float(a["mean_Q3"].mean()), "easy": float(a["top_Q3"].mean())},
        "opportunity": opportunity_scores(a),
        "importance": {n: float(a[f"top_{q}"].mean()) for n, (q, _) in WANTS_OF.items()},
        "satisfaction": {n: float(a[f"top_{q}"].mean()) for n, (_, q) in WANTS_OF.items()},
    }


def _reviews(sim: Simulation) -> dict[str, float]:
    low = {t: share * sum(stars[:2]) for t, (share, stars) in b.REVIEW_TOPICS.items()}
    written = sim.reviews[sim.reviews["has_text"]]
    return {
        "share_about_slots": b.REVIEW_TOPICS["delivery slot"][0],
        "share_low": sum(low.values()),
        "share_of_low_about_slots": low["delivery slot"] / sum(low.values()),
        "written": len(written),
        "written_about_slots": int((written["topic"] == "delivery slot").sum()),
    }


def _interviews(sim: Simulation) -> Json:
    return {
        "participants": len(sim.interviews),
        "personas": {t.participant: t.persona for t in sim.interviews},
        "participants_by_code": participants_by_code(sim.codings),
        "by_either_coder": participants_by_code(sim.codings, None),
        "designed": {c.name: c.participants for c in CODES},
        "codings": len(sim.codings),
        "codings_first_coder": sum(c.coder == 0 for c in sim.codings),
        "second_coder": {"misses": MISSES, "moves": MOVES, "swaps": SWAPS},
        "emotion_by_touchpoint": emotion_by_touchpoint(sim.interviews),
    }


def _loyalty() -> dict[str, dict[str, float]]:
    return {
        p.name: {
            "joins_club": p.club,
            "refers": p.refers,
            "visits_per_30d": p.visits,
            "churn_per_30d": p.churn,
            "churn_factor_after_trouble": b.CHURN_AFTER_TROUBLE,
        }
        for p in b.PERSONAS
    }
