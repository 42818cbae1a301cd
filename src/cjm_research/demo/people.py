"""Who the demo's customers are: persona, way of shopping, attributes, identifiers, first day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import business as b

Floats = npt.NDArray[np.float64]
DAY_S = 86_400.0
FIRST_INSTANT = datetime(b.FIRST_DAY.year, b.FIRST_DAY.month, b.FIRST_DAY.day, tzinfo=UTC)
WEEKDAY_WEIGHTS = (0.90, 0.85, 0.90, 0.95, 1.05, 1.25, 1.20)
REFUSES = 0.01
SPRING = 0.3  # growth of arrivals over the period

FIRST_NAMES = tuple(
    """Anna Ben Clara David Elif Felix Greta Hannes Ida Jonas Karin Lukas Maja Nils Olga Paul Rosa Stefan Tilda
Uwe Vera Walter Yusuf Zoe Britta Carsten Daria Emil Frieda Georg Helga Ivo Jana Kilian Lotte Marek Nora Oskar Petra
Quirin Ruth Sami Thea Ulrich Valentin Wiebke Xenia Aylin""".split()  # noqa: SIM905 - as a list it fills the screen
)
LAST_NAMES = tuple(
    """Albers Bauer Conrad Demir Ebert Fuchs Gruber Hahn Imhof Jansen Keller Lang Maurer Neumann Ott Pohl Richter
Sauer Thaler Urban Vogt Winkler Yilmaz Zeller Brandl Dietrich Engel Frank Graf Hofer Jung Kraus Lorenz Mayr Nowak Peters
Roth Seidel Trautmann Ullrich Weiss Ziegler Arnold Busch Ernst Haas Kuhn Moser Reiter Stark""".split()  # noqa: SIM905
)
REGIONS = (
    ("Bavaria", "Munich", 0.30),
    ("Baden-Wurttemberg", "Freiburg", 0.22),
    ("North Rhine-Westphalia", "Cologne", 0.20),
    ("Saxony", "Dresden", 0.12),
    ("Berlin", "Berlin", 0.16),
)
STORES = ("München", "Köln", "Freiburg", "Dresden")
MAIL_DOMAINS = ("example.org", "example.com", "example.net")  # reserved: nobody's address


def draw_people(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """One row a person: latent traits, attributes and identifiers.

    Persona and first channel are independent of what happens later except through the probabilities of
    `business`; whether someone registers is independent of it given the mode, so that registered
    customers are a fair sample.
    """
    persona = rng.choice(len(b.PERSONAS), count, p=[p.share for p in b.PERSONAS])
    people = pd.DataFrame({"person": np.arange(count), "persona": persona})
    people["persona_name"] = np.array([p.name for p in b.PERSONAS], dtype=object)[persona]
    people["mode"] = _pick(rng, persona, "mode", b.MODES)
    people["channel"] = _pick(rng, persona, "channel", b.CHANNELS)
    people["entry_s"] = _entries(rng, count)
    people["registered"] = (rng.random(count) < b.REGISTERS) | (people["mode"] == "store").to_numpy()
    # an account opened after the exports end is in none of them
    people["registered"] &= people["entry_s"] < b.DAYS * DAY_S - 300
    people["taste"] = rng.standard_normal(count)  # how much this person spends, in standard deviations
    people["arm"] = rng.integers(0, 2, count)
    people["opted_in"] = rng.random(count) < np.where(people["channel"] == "email", 0.9, 0.45)
    people["existing"] = rng.random(count) < 0.45
    # a few with an account refuse to be analysed; a build leaves them out
    people["consents"] = ~(people["registered"] & (rng.random(count) < REFUSES))
    _attributes(rng, people)
    _identifiers(rng, people)
    return people


def of_persona(people: pd.DataFrame, name: str) -> Floats:
    """A number of the persona for every person."""
    return np.array([getattr(p, name) for p in b.PERSONAS], dtype=float)[people["persona"].to_numpy()]


def day_shape(days: Floats) -> Floats:
    """Days with an evenly used clock → seconds in which people sleep; order and date stay."""
    whole = np.floor(days)
    return (whole + np.interp(days - whole, (0, 0.03, 0.35, 0.97, 1), (0, 6.5 / 24, 15 / 24, 23.3 / 24, 1))) * DAY_S


def opening_hours(days: Floats) -> Floats:
    """Days → seconds within 10:00 and 18:45, Sundays moved to Monday."""
    whole = np.floor(days)
    return (whole + np.where(whole % 7 == 6, 1, 0) + (10 + 8.75 * (days - whole)) / 24) * DAY_S


def to_utc_us(local_s: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Seconds since the first day's local midnight → microseconds since 1970, UTC."""
    local = np.asarray(local_s, dtype=float)
    summer_s = (datetime(2026, 3, 29, 2, tzinfo=UTC) - FIRST_INSTANT).total_seconds()
    offset = np.where(local >= summer_s, 7200.0, 3600.0)
    start = int(FIRST_INSTANT.timestamp()) * 1_000_000
    return (start + np.round((local - offset) * 1e6)).astype(np.int64)


def _pick(rng: np.random.Generator, persona: npt.NDArray[Any], name: str, labels: tuple[str, ...]) -> npt.NDArray[Any]:
    shares = np.array([getattr(p, name) for p in b.PERSONAS]).cumsum(axis=1)[persona]
    index = (rng.random(len(persona))[:, None] > shares).sum(axis=1)
    return np.array(labels, dtype=object)[np.minimum(index, len(labels) - 1)]


def _entries(rng: np.random.Generator, count: int) -> Floats:
    day = np.arange(b.DAYS)
    weight = np.array(WEEKDAY_WEIGHTS)[day % 7] * (1 + SPRING * day / b.DAYS)
    return day_shape(np.sort(rng.choice(b.DAYS, count, p=weight / weight.sum()) + rng.random(count)))


def _attributes(rng: np.random.Generator, people: pd.DataFrame) -> None:
    count = len(people)
    for name, low, high, digits in (
        ("age", 18, 84, 0),
        ("outdoor_days", 0, 120, 0),
        ("yearly_budget_eur", 20, 3000, -1),
        ("price_focus", 1, 7, 0),
        ("research_hours", 0, 20, 1),
    ):
        mean_sd = np.array([getattr(p, name) for p in b.PERSONAS])[people["persona"].to_numpy()]
        people[name] = np.round(np.clip(rng.normal(mean_sd[:, 0], mean_sd[:, 1]), low, high), digits)
    shares = np.array([r[2] for r in REGIONS])
    place = rng.choice(len(REGIONS), count, p=shares)
    people["region"] = np.array([r[0] for r in REGIONS], dtype=object)[place]
    people["city"] = np.array([r[1] for r in REGIONS], dtype=object)[place]
    people["household"] = np.array(["single", "couple", "family"], dtype=object)[
        rng.choice(3, count, p=[0.35, 0.35, 0.30])
    ]
    stays = rng.random(count) < 0.85
    people["preferred_channel"] = np.where(
        stays, people["mode"], np.array(b.MODES, dtype=object)[rng.integers(0, 3, count)]
    )
    people["store"] = np.array(STORES, dtype=object)[rng.integers(0, len(STORES), count)]


def _identifiers(rng: np.random.Generator, people: pd.DataFrame) -> None:
    count = len(people)
    numbers = 200_000 + rng.permutation(max(700_000, 2 * count))[:count]
    people["customer_no"] = [f"BK{n}" for n in numbers]
    first = np.array(FIRST_NAMES, dtype=object)[rng.integers(0, len(FIRST_NAMES), count)]
    last = np.array(LAST_NAMES, dtype=object)[rng.integers(0, len(LAST_NAMES), count)]
    domain = np.array(MAIL_DOMAINS, dtype=object)[rng.integers(0, len(MAIL_DOMAINS), count)]
    people["first_name"], people["last_name"] = first, last
    # the number keeps two people of one name apart
    people["email"] = [
        f"{f.lower()}.{n.lower()}{i}@{d}" for i, (f, n, d) in enumerate(zip(first, last, domain, strict=True))
    ]
    birth_s = to_utc_us(people["entry_s"]) // 1_000_000
    ids = rng.integers(10**8, 2 * 10**9, count)
    people["web_id"] = [f"{i}.{s}" for i, s in zip(ids, birth_s, strict=True)]
    raw = rng.bytes(16 * count).hex()
    people["app_id"] = [
        f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}" for h in (raw[32 * i : 32 * i + 32] for i in range(count))
    ]
    app = (people["mode"] == "app").to_numpy()
    people["second_device"] = people["registered"].to_numpy() & (rng.random(count) < np.where(app, 0.30, 0.18))
