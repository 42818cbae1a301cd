"""The survey after a purchase: who answers, what they answer, and what each was expected to answer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import business as b
from .people import DAY_S, Floats, of_persona, opening_hours

QUESTION_OF = {name: f"Q2_{i}" for i, name in enumerate(b.CSAT, start=1)}
WANTS_OF = {name: (f"Q4_{i}", f"Q5_{i}") for i, name in enumerate(b.OUTCOMES, start=1)}


def scale_probabilities(centre: npt.ArrayLike, sd: float, low: int, high: int) -> Floats:
    """Probabilities of each answer low…high of a normal latent score that is rounded and cut to the scale.

    Shape (people, answers); exact, by the normal distribution function.
    """
    from scipy.special import ndtr

    edges = np.arange(low, high) + 0.5
    below = ndtr((edges[None, :] - np.atleast_1d(np.asarray(centre, dtype=float))[:, None]) / sd)
    ones = np.ones((len(below), 1))
    return np.asarray(np.diff(np.hstack([0 * ones, below, ones]), axis=1))


def survey(
    rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame, after: pd.DataFrame, count_s: float
) -> pd.DataFrame:
    """One row a respondent: the person, the time (local seconds before `count_s`), answers, and `e_…` expectations.

    Answers of touchpoints a person did not meet are empty; code 6 stands for "does not apply".
    """
    n = len(people)
    sent = j["bought_s"] / DAY_S + rng.uniform(10, 14, n)
    asked = j["buys"] & people["registered"] & (rng.random(n) < of_persona(people, "answers"))
    answered_s = opening_hours(sent.to_numpy() + rng.exponential(1.2, n).clip(0, 8))
    liking, trouble = of_persona(people, "liking"), j["trouble"].to_numpy()
    s = pd.DataFrame(
        {"person": people["person"], "answered_s": answered_s, "seconds": rng.lognormal(5.2, 0.4, n).round()}
    )

    def answer(name: str, centre: Floats, sd: float, low: int, high: int, top: tuple[int, ...]) -> None:
        chance = scale_probabilities(centre, sd, low, high)
        s[name] = np.clip(np.rint(rng.normal(centre, sd)), low, high)
        s[f"mean_{name}"] = chance @ np.arange(low, high + 1)
        s[f"top_{name}"] = chance[:, [t - low for t in top]].sum(axis=1)

    nps = of_persona(people, "nps") + b.NPS_TROUBLE * trouble
    answer("Q1", nps, b.NPS_SD, 0, 10, (9, 10))
    s["low_Q1"] = scale_probabilities(nps, b.NPS_SD, 0, 10)[:, :7].sum(axis=1)
    met = {
        "Trail guide": people["channel"].isin(["organic", "paid_search"]),
        "Product page": j["looks_online"],
        "Gear finder": j["finder"],
        "Store advice": ~j["online"],
        "Delivery slot": j["online"],
        "Payment": j["online"],
        "Store till": ~j["online"],
        "Delivery tracking": after["tracks"],
        "Support call": after["calls"],
    }
    for touchpoint, question in QUESTION_OF.items():
        hurt = b.CSAT_TROUBLE * trouble if touchpoint == b.PAINFUL else 0.0
        answer(question, b.CSAT[touchpoint] + liking + hurt, b.CSAT_SD, 1, 5, (4, 5))
        s[question] = s[question].where(rng.random(n) >= b.NOT_APPLICABLE, 6).where(met[touchpoint])
    answer("Q3", b.CES + liking + b.CES_TROUBLE * trouble, b.CES_SD, 1, 7, (5, 6, 7))
    for name, (wanted, got, more, less) in b.OUTCOMES.items():
        importance, satisfaction = WANTS_OF[name]
        answer(importance, wanted + more * trouble, b.OUTCOME_SD, 1, 5, (4, 5))
        answer(satisfaction, got + less * trouble + liking, b.OUTCOME_SD, 1, 5, (4, 5))
    s["trouble"] = trouble
    # a few close the questionnaire after the first page: not finished, to be left out
    s["finished"] = rng.random(n) >= 0.06
    later = [c for c in s if str(c)[:2] in ("Q3", "Q4", "Q5")]
    s.loc[~s["finished"], later] = np.nan
    return s[asked & (s["answered_s"] < count_s)].sort_values(["answered_s", "person"]).reset_index(drop=True)


def opportunity_scores(answers: pd.DataFrame) -> dict[str, float]:
    """The expected opportunity score of every wanted outcome among these respondents (Ulwick 2005, 0…20)."""
    found = {}
    for name, (importance, satisfaction) in WANTS_OF.items():
        wanted, got = 10 * answers[f"top_{importance}"].mean(), 10 * answers[f"top_{satisfaction}"].mean()
        found[name] = float(wanted + max(wanted - got, 0))
    return found
