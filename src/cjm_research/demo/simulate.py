"""One run of the demo's business: people, what they did, and what they said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import business as b
from .answers import survey
from .deals import deals
from .events import write_log
from .interviews import Coding, Interview, code_interviews, hold_interviews
from .journey import after_purchase, first_journeys, returns
from .people import DAY_S, draw_people
from .trial import trial
from .voices import comments, reviews, tickets

PARTS = (
    "people",
    "journeys",
    "after",
    "returns",
    "log",
    "survey",
    "trial",
    "voices",
    "interviews",
    "codings",
    "deals",
    "exports",
)


@dataclass(frozen=True, eq=False)
class Simulation:
    """Everything that happened. Times are local seconds since the first day (`…_s`, `t`) or µs UTC (`us`).

    people, journeys, after: a row a person, in the same order; returns: a row a later visit; log: a row an
    event; answers, trial, reviews, tickets, deals: as their modules say.
    """

    seed: int
    people: pd.DataFrame
    journeys: pd.DataFrame
    after: pd.DataFrame
    returns: pd.DataFrame
    log: pd.DataFrame
    answers: pd.DataFrame
    trial: pd.DataFrame
    reviews: pd.DataFrame
    tickets: pd.DataFrame
    interviews: list[Interview]
    codings: list[Coding]
    deals: pd.DataFrame
    exports_rng: np.random.Generator


def simulate(seed: int = 7, customers: int = b.CUSTOMERS) -> Simulation:
    """The business in one draw; the same seed gives the same draw. Every part has random numbers of its own."""
    rng = {
        part: np.random.default_rng(s)
        for part, s in zip(PARTS, np.random.SeedSequence(seed).spawn(len(PARTS)), strict=True)
    }
    people = draw_people(rng["people"], customers)
    journeys = first_journeys(rng["journeys"], people)
    after = after_purchase(rng["after"], people, journeys)
    later = returns(rng["returns"], people, journeys, after)
    log = write_log(rng["log"], people, journeys, after, later)
    answers = survey(rng["survey"], people, journeys, after, b.DAYS * DAY_S)
    answers["comment"] = comments(rng["voices"], answers)
    calls = log[(log["event"] == "support_call") & log["logged_in"]]
    talks = hold_interviews(rng["interviews"], people, journeys)
    return Simulation(
        seed,
        people,
        journeys,
        after,
        later,
        log,
        answers,
        trial(rng["trial"], people, journeys, later),
        reviews(rng["voices"], customers),
        tickets(rng["voices"], people, calls),
        talks,
        code_interviews(rng["codings"], talks),
        deals(rng["deals"], people, journeys),
        rng["exports"],
    )
