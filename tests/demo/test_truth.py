"""The truth is in the exports: 95 % intervals around estimates from the files hold it at that rate, over several seeds.

Expectations are those of the people drawn, so their spread is not in the estimates' errors and intervals hold
the truth a little more often than they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cjm_research.demo import Truth, write_demo
from cjm_research.demo.answers import QUESTION_OF, WANTS_OF
from cjm_research.demo.business import DAYS, PERSONAS
from tests.demo.reading import depth, events, survey

SEEDS = (1, 2, 3, 4, 5)
CUSTOMERS = 2_500
DAY = 86_400.0
Check = tuple[str, float, float, float]  # name, truth, low, high


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    rows = []
    for seed in SEEDS:
        raw = tmp_path_factory.mktemp(f"seed{seed}") / "raw"
        truth = write_demo(raw, seed, CUSTOMERS)
        rows += [(seed, *c) for c in _all(raw, truth)]
    return pd.DataFrame(rows, columns=["seed", "name", "truth", "low", "high"])


def test_intervals_hold_the_truth_at_their_rate(checks: pd.DataFrame) -> None:
    missed = ~checks["truth"].between(checks["low"], checks["high"])
    allowed = stats.binom.ppf(0.999, len(checks), 0.05)
    assert len(checks) > 250
    assert missed.sum() <= allowed, checks[missed].to_string()


def test_no_estimate_is_biased(checks: pd.DataFrame) -> None:
    """For each number: its misses over the seeds are no more than chance allows (all numbers together at 1 in 1,000)."""
    missed = (~checks["truth"].between(checks["low"], checks["high"])).groupby(checks["name"]).sum()
    limit = stats.binom.ppf(1 - 0.001 / len(missed), len(SEEDS), 0.05)
    assert (missed <= limit).all(), missed[missed > limit]


def test_intervals_are_not_empty_promises(checks: pd.DataFrame) -> None:
    """An interval that holds everything would pass the tests above."""
    width = (checks["high"] - checks["low"])[checks["name"].str.startswith("funnel")]
    assert width.median() < 0.12


def test_planted_stories(checks: pd.DataFrame) -> None:
    """What the map has to find is large enough to be found in every seed."""
    by = checks.set_index(["name", "seed"])
    for seed in SEEDS:
        assert by.loc[("experiment converted", seed), "truth"] > 0.1
        assert by.loc[("csat Delivery slot", seed), "high"] < by.loc[("csat Store advice", seed), "low"]
        assert by.loc[("funnel checkout add_shipping_info", seed), "high"] < by.loc[("step begin_checkout", seed), "low"]
        assert by.loc[("finder users fill a basket", seed), "high"] < by.loc[("others fill a basket", seed), "high"]


def _all(raw: Path, truth: Truth) -> Iterator[Check]:
    log = events(raw, truth)
    yield from _funnels(log, truth)
    yield from _segments(log, truth)
    yield from _survey(raw, truth)
    yield from _experiment(raw, truth)
    yield from _rest(raw, log, truth)


def _share(name: str, truth: float, k: float, n: float) -> Check:
    low, high = proportion_confint(k, n, method="wilson")
    return name, truth, low, high


def _funnels(log: pd.DataFrame, truth: Truth) -> Iterator[Check]:
    end = log["at"].max()
    start = {"online_purchase": "view_item", "checkout": "begin_checkout", "gear_finder": "gear_finder_start"}
    consents = truth.people["consents"].to_numpy()
    for name, funnel in truth.funnels.items():
        window = funnel["window_days"] * DAY
        first, reached = depth(log, truth.customers, [start[name], *funnel["shares"]], window)
        whole = (first < end - window) & consents
        assert abs(whole.sum() - funnel["entrants"]) <= 3  # people at the edge of the last window
        for i, (step, share) in enumerate(funnel["shares"].items(), start=2):
            yield _share(f"funnel {name} {step}", share, (reached[whole] >= i).sum(), whole.sum())
        if name == "online_purchase":
            shares = list(funnel["shares"].values())
            yield _share("step begin_checkout", shares[1] / shares[0], (reached[whole] >= 3).sum(), (reached[whole] >= 2).sum())


def _segments(log: pd.DataFrame, truth: Truth) -> Iterator[Check]:
    p = truth.people
    old = p["entered_us"] / 1e6 < log["at"].max() - 60 * DAY  # far enough back for everything to have happened
    looked = p["person"].isin(log.loc[log["event"].isin(["view_item", "book_advice"]), "person"])
    bought = p["person"].isin(log.loc[log["event"].isin(["purchase", "till_purchase"]), "person"])
    for persona in PERSONAS:
        mine = old & (p["persona_name"] == persona.name)
        yield _share(f"{persona.name} considers", p.loc[mine, "e_considers"].mean(), looked[mine].sum(), mine.sum())
        yield _share(f"{persona.name} buys", p.loc[mine, "e_buys"].mean(), bought[mine].sum(), mine.sum())
    for channel in truth.channels:
        mine = old & (p["channel"] == channel)
        yield _share(f"{channel} considers", p.loc[mine, "e_considers"].mean(), looked[mine].sum(), mine.sum())
    filled = p["person"].isin(log.loc[log["event"] == "add_to_cart", "person"])
    tried = p["person"].isin(log.loc[log["event"] == "gear_finder_start", "person"])
    online = old & looked & (p["mode"] != "store")
    base = np.array([x.basket for x in PERSONAS])[p["persona_name"].map({x.name: i for i, x in enumerate(PERSONAS)})]
    used = 1 / (1 + (1 - base) / base * np.exp(0.7))
    yield _share("finder users fill a basket", used[online & tried].mean(), filled[online & tried].sum(), (online & tried).sum())
    yield _share("others fill a basket", base[online & ~tried].mean(), filled[online & ~tried].sum(), (online & ~tried).sum())
    yield from _decision(log, truth)


def _decision(log: pd.DataFrame, truth: Truth) -> Iterator[Check]:
    """Hours from filling the basket to the first checkout: medians by order statistics."""
    end = log["at"].max()
    basket = log[log["event"] == "add_to_cart"].groupby("person")["at"].min()
    start = log[log["event"] == "begin_checkout"].groupby("person")["at"].min()
    hours = ((start - basket) / 3600).dropna()[basket < end - 15 * DAY]
    names = truth.people["persona_name"].to_numpy()[hours.index.astype(int)]
    for persona in PERSONAS:
        x = np.sort(hours[names == persona.name])
        low, high = stats.binom.ppf([0.025, 0.975], len(x), 0.5).astype(int)
        yield f"{persona.name} decides", truth.decision_hours[persona.name], x[max(low - 1, 0)], x[min(high, len(x) - 1)]


def _survey(raw: Path, truth: Truth) -> Iterator[Check]:
    s, t = survey(raw), truth.survey
    refuses = set(truth.people.loc[~truth.people["consents"], "email"])
    s = s[~s["RecipientEmail"].isin(refuses)]
    assert len(s) == t["responses"]
    yield "nps", t["nps"], *_nps(s["Q1"])
    persona = dict(zip(truth.people["email"], truth.people["persona_name"]))
    for name, value in t["nps_by_persona"].items():
        yield f"nps {name}", value, *_nps(s.loc[s["RecipientEmail"].map(persona) == name, "Q1"])
    for touchpoint, q in QUESTION_OF.items():
        given = s.loc[s[q].between(1, 5), q]
        assert len(given) == t["csat"][touchpoint]["answers"]
        yield _share(f"csat {touchpoint}", t["csat"][touchpoint]["top_2"], (given >= 4).sum(), len(given))
        yield f"csat mean {touchpoint}", t["csat"][touchpoint]["mean"], *_mean(given)
    yield "ces mean", t["ces"]["mean"], *_mean(s["Q3"])
    yield _share("ces easy", t["ces"]["easy"], (s["Q3"] >= 5).sum(), len(s))
    for name, (wanted, got) in WANTS_OF.items():
        yield _share(f"importance {name}", t["importance"][name], (s[wanted] >= 4).sum(), len(s))
        yield _share(f"satisfaction {name}", t["satisfaction"][name], (s[got] >= 4).sum(), len(s))


def _nps(scores: pd.Series) -> tuple[float, float]:
    """Adjusted Wald (Rocks 2016)."""
    n = len(scores) + 3
    p, d = ((scores >= 9).sum() + 0.75) / n, ((scores <= 6).sum() + 0.75) / n
    half = 1.96 * np.sqrt((p + d - (p - d) ** 2) / n)
    return 100 * (p - d - half), 100 * (p - d + half)


def _mean(x: pd.Series) -> tuple[float, float]:
    low, high = stats.t.interval(0.95, len(x) - 1, x.mean(), x.std(ddof=1) / np.sqrt(len(x)))
    return float(low), float(high)


def _experiment(raw: Path, truth: Truth) -> Iterator[Check]:
    x = pd.read_csv(raw / "experiments" / "checkout_test.csv")
    x = x[~x["customer_no"].isin(truth.people.loc[~truth.people["consents"], "customer_no"])]
    assert len(x) == truth.experiment["units"] and x["customer_no"].is_unique
    a, b = (x[x["variant"] == truth.experiment[v]] for v in ("variant", "control"))
    effects = truth.experiment["effects"]
    for name in ("converted", "complaint"):
        low, high = confint_proportions_2indep(a[name].sum(), len(a), b[name].sum(), len(b), method="newcomb")
        yield f"experiment {name}", effects[name], low, high
    for name in ("revenue", "checkout_seconds"):
        ci = stats.ttest_ind(a[name].dropna(), b[name].dropna(), equal_var=False).confidence_interval()
        yield f"experiment {name}", effects[name], ci.low, ci.high
    assert stats.chisquare([len(a), len(b)]).pvalue > 1e-4


def _rest(raw: Path, log: pd.DataFrame, truth: Truth) -> Iterator[Check]:
    reviews = pd.read_csv(raw / "reviews" / "google_play.csv", encoding="utf-16")
    written = reviews["Review Text"].dropna()
    about = written.str.contains("slot", case=False)
    assert about.sum() == truth.reviews["written_about_slots"]
    yield _share("reviews about slots", truth.reviews["share_about_slots"], about.sum(), len(written))
    low_stars = reviews["Star Rating"] <= 2
    yield _share("low reviews", truth.reviews["share_low"], low_stars.sum(), len(reviews))
    calls = pd.read_csv(raw / "support" / "calls.csv")
    callers = set(calls["customer_no"].dropna())
    buys = log[log["event"] == "purchase"].groupby("person")["at"].min()
    buys = buys[buys < log["at"].max() - 10 * DAY]
    people = truth.people.set_index("person").loc[buys.index]
    called = people["customer_no"].isin(callers) & people["registered"]
    shipped = pd.Timestamp(truth.change["on"], tz="Europe/Berlin").timestamp()
    for name, mine in (("calls_before", buys < shipped), ("calls_after", buys >= shipped)):
        mine &= people["registered"]
        yield _share(name, truth.change[name], called[mine].sum(), mine.sum())
    assert log["at"].max() < pd.Timestamp("2026-01-05", tz="Europe/Berlin").timestamp() + DAYS * DAY
