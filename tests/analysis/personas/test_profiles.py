"""What sets a persona apart, recomputed with scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from cjm_research.analysis.personas.profiles import DESCRIBES, FORMED, clearest, in_words, profile, telling


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame({"age": np.where(rng.random(90) < 0.1, np.nan, rng.normal(1e6, 3, 90)), "club": rng.choice(["yes", "no"], 90),
                         "channel": rng.choice(["app", "web", "store"], 90), "formed": rng.normal(size=90)})


PERSONA = ["A"] * 50 + ["B"] * 30 + [None] * 10


def lines(frame: pd.DataFrame, min_cell: int = 1) -> pd.DataFrame:
    return profile(frame, PERSONA, ["formed"], str.upper, lambda n: "years" if n == "age" else "", min_cell)


def test_means_against_all_others(frame: pd.DataFrame) -> None:
    found = lines(frame).set_index(["persona", "feature"]).loc[("A", "age")]
    a, b = frame["age"].iloc[:50].dropna(), frame["age"].iloc[50:80].dropna()
    assert found["value"] == pytest.approx(a.mean()) and found["others"] == pytest.approx(b.mean())
    assert found["n"] == found["base"] == len(a) and found["unit"] == "years" and found["label"] == "AGE"
    peer = ttest_ind(a, b, equal_var=False)
    assert found["p"] == pytest.approx(peer.pvalue, rel=1e-6)  # though the mean is a million times the spread
    assert (found["difference_low"], found["difference_high"]) == pytest.approx(tuple(peer.confidence_interval(0.95)), rel=1e-6)
    assert found["effect"] == pytest.approx((a.mean() - b.mean()) / pd.concat([a, b]).std(ddof=0))


def test_shares_against_all_others(frame: pd.DataFrame) -> None:
    found = lines(frame).set_index(["persona", "feature", "level"]).loc[("B", "channel", "app")]
    own, rest = int((frame["channel"].iloc[50:80] == "app").sum()), int((frame["channel"].iloc[:50] == "app").sum())
    assert (found["n"], found["base"]) == (own, 30)
    assert (found["low"], found["high"]) == pytest.approx(proportion_confint(own, 30, method="wilson"))
    assert (found["difference_low"], found["difference_high"]) == pytest.approx(confint_proportions_2indep(own, 30, rest, 50, method="newcomb"))
    assert found["lift"] == pytest.approx(own / 30 / ((own + rest) / 80))
    assert found["p"] == pytest.approx(proportions_ztest([own, rest], [30, 50])[1])
    assert found["effect"] == pytest.approx(2 * np.arcsin(np.sqrt(own / 30)) - 2 * np.arcsin(np.sqrt(rest / 50)))


def test_p_is_adjusted_over_all_lines_and_absent_where_the_feature_formed_the_personas(frame: pd.DataFrame) -> None:
    found = lines(frame)
    tested = found["p"].notna()
    assert (found.loc[found["feature"] == "formed", "role"] == FORMED).all() and not tested[found["feature"] == "formed"].any()
    assert (found.loc[tested, "role"] == DESCRIBES).all() and tested.sum() == 2 * (1 + 1 + 3)
    assert found.loc[tested, "p_adjusted"].astype(float).to_numpy() == pytest.approx(multipletests(found.loc[tested, "p"].astype(float), method="fdr_bh")[1])


def test_strongest_first_and_no_infinite_or_missing_number(frame: pd.DataFrame) -> None:
    found = lines(frame.assign(empty=np.nan, all_b=[np.nan] * 50 + [1.0] * 40))
    assert found["persona"].drop_duplicates().tolist() == ["A", "B"]
    for _, own in found.groupby("persona"):
        strength = own["effect"].abs().dropna()
        assert strength.is_monotonic_decreasing
    numbers = found[["value", "low", "high", "others", "difference", "effect"]].astype(float)
    assert not np.isinf(numbers).any().any()


def test_small_counts_are_not_shown(frame: pd.DataFrame) -> None:
    few = frame.assign(rare=["yes"] * 3 + ["no"] * 87)
    found = lines(few, min_cell=5).set_index(["persona", "feature"]).loc[("A", "rare")]
    assert pd.isna(found["value"]) and found["n"] == 0 and "fewer than 5" in found["method"]
    shown = lines(few, min_cell=2).set_index(["persona", "feature"]).loc[("A", "rare")]
    assert shown["value"] == pytest.approx(3 / 50)


def test_lines_in_two_or_three_words() -> None:
    assert in_words("age", "", 1.2) == "high age" and in_words("age", "", -1) == "low age"
    assert in_words("club", "yes", 1) == "club" and in_words("club", "yes", -1) == "no club" and in_words("club", "no", 1) == "no club"
    assert in_words("channel", "app", 1) == "channel: app" and in_words("channel", "app", -1) == "channel: not app"
    assert in_words("share of contacts by app", "", 1, "behaviour.channel_app") == "mostly app"


def test_lines_worth_words_say_each_thing_once() -> None:
    """Half have internet; of these half fibre. Two services need internet, so that "none" counts the same customers thrice."""
    persona = ["off"] * 100 + ["slow"] * 50 + ["fast"] * 50
    net = ["none"] * 100 + ["dsl"] * 50 + ["fibre"] * 50
    rng = np.random.default_rng(1)
    service = [[("no net" if n == "none" else rng.choice(["yes", "no"])) for n in net] for _ in range(2)]
    frame = pd.DataFrame({"tv": service[0], "net": net, "films": service[1], "age": rng.normal(40, 5, 200) + [10 if p == "off" else 0 for p in persona]})
    lines = telling(profile(frame, persona, list(frame), str, lambda n: ""))
    off = lines[lines["persona"] == "off"]
    assert len(off) == 2 and set(off["feature"]) & {"tv", "net", "films"} and "age" in set(off["feature"])
    fast = lines[lines["persona"] == "fast"].set_index("feature")
    assert fast["level"]["net"] == "fibre"  # rather than "not none", which is as far from the others
    assert not lines.duplicated(["persona", "feature"]).any()
    shown = clearest(profile(frame, persona, ["net"], str, lambda n: ""), most=2)
    assert shown.groupby("persona").size().max() <= 2 and set(shown.loc[shown["line"].str.startswith("net"), "tested"]) <= {"formed them"}
