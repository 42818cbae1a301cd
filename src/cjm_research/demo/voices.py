"""What customers write unasked: app reviews, support tickets; and the comment field of the survey."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from . import business as b
from . import phrases
from .events import PRODUCTS
from .people import DAY_S, REGIONS, day_shape, to_utc_us

PRODUCT_NAMES = tuple(p[1] for p in PRODUCTS)


def reviews(rng: np.random.Generator, customers: int) -> pd.DataFrame:
    """App reviews, by nobody we know: topic (the truth), stars, title, text (empty for a rating only), time."""
    count = int(customers * b.REVIEWS_PER_CUSTOMER)
    topics = list(b.REVIEW_TOPICS)
    topic = rng.choice(len(topics), count, p=[b.REVIEW_TOPICS[t][0] for t in topics])
    stars = 1 + (
        rng.random(count)[:, None] > np.array([b.REVIEW_TOPICS[t][1] for t in topics])[topic].cumsum(axis=1)
    ).sum(axis=1)
    r = pd.DataFrame({"topic": np.array(topics, dtype=object)[topic], "stars": np.minimum(stars, 5)})
    r["has_text"] = rng.random(count) >= b.REVIEWS_WITHOUT_TEXT
    texts, titles = [], []
    for name, score, has_text in zip(r["topic"].astype(str), r["stars"], r["has_text"], strict=True):
        mood = "low" if score <= 2 else "mid" if score == 3 else "high"
        parts = [
            _one(rng, phrases.REVIEW_OPENERS[mood]),
            _one(rng, phrases.REVIEW_CORES[name][mood]),
            _one(rng, phrases.REVIEW_CLOSERS[mood]),
        ]
        text, title = _fill(rng, " ".join(x for x in parts if x)), _one(rng, phrases.TITLES[name][mood])
        texts.append(text if has_text else None)
        titles.append(title if has_text and rng.random() < 0.6 else None)
    r["text"], r["title"] = texts, titles
    r["at_s"] = np.sort(day_shape(rng.random(count) * b.DAYS))
    r["us"] = to_utc_us(r["at_s"].to_numpy())
    r["replied"] = r["has_text"] & (r["stars"] <= 2) & (rng.random(count) < 0.3)
    return r


def tickets(rng: np.random.Generator, people: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """A ticket for every call of a customer with an account: topic, text with the usual personal details, time."""
    topics = list(phrases.TICKET_TOPICS)
    who = calls["person"].to_numpy()
    topic = rng.choice(len(topics), len(who), p=[phrases.TICKET_TOPICS[t][0] for t in topics])
    rows = []
    for person, at, index in zip(people.iloc[who].itertuples(), calls["t"], topic, strict=True):
        name = topics[index]
        phone = f"+49 151 {rng.integers(20_000_000, 29_999_999)}"
        core = _fill(rng, _one(rng, phrases.TICKET_TOPICS[name][1]))
        closer = _one(rng, phrases.TICKET_CLOSERS).format(phone=phone, email=person.email)
        rows.append(
            {
                "person": person.person,
                "email": person.email,
                "topic": name,
                "t": at + float(rng.uniform(60, 900)),
                "text": f"{_one(rng, phrases.TICKET_OPENERS)}\n{core}\n{closer}",
            }
        )
    found = pd.DataFrame(rows, columns=["person", "email", "topic", "t", "text"])
    found = found[found["t"] < b.DAYS * DAY_S].reset_index(drop=True)
    found["us"] = to_utc_us(found["t"].to_numpy())
    return found


def comments(rng: np.random.Generator, answers: pd.DataFrame) -> list[str | None]:
    """The survey's last field: empty for two thirds."""
    found: list[str | None] = []
    for score, trouble, finished, chance in zip(
        answers["Q1"], answers["trouble"], answers["finished"], rng.random(len(answers)), strict=True
    ):
        if not finished or chance > 0.36:
            found.append(None)
            continue
        kind = "trouble" if trouble and chance < 0.26 else "happy" if score >= 9 else "plain"
        found.append(_one(rng, phrases.SURVEY_COMMENTS[kind]))
    return found


def _one(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(0, len(options)))]


def _fill(rng: np.random.Generator, text: str) -> str:
    return text.format(
        day=_one(rng, phrases.DAYS),
        product=_one(rng, PRODUCT_NAMES),
        minutes=int(rng.integers(10, 50)),
        city=REGIONS[int(rng.integers(0, len(REGIONS)))][1],
    )
