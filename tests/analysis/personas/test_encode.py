"""Every feature with the same say; one common scale is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.personas.columns import judge
from cjm_research.analysis.personas.encode import CLIP, SPLIT_GAIN, Encoder

N = 4_000


def encoder_of(frame: pd.DataFrame) -> tuple[Encoder, pd.DataFrame]:
    table, judged = judge(frame)
    return Encoder.fit(table, {c.name: c.kind for c in judged if c.usable}), table


def test_mixed_features_carry_equal_weight() -> None:
    rng = np.random.default_rng(1)
    encoder, table = encoder_of(pd.DataFrame({
        "money": np.exp(2 + rng.normal(size=N)), "age": rng.normal(40, 10, N), "flag": rng.choice(["no", "yes"], N, p=[0.7, 0.3]),
        "channel": rng.choice(["app", "store", "web"], N)}))
    x = encoder.transform(table)
    spread = {b.name: float(x[:, b.start:b.stop].var(axis=0).sum()) for b in encoder.blocks}
    assert spread["money"] == pytest.approx(1, abs=0.02) and spread["age"] == pytest.approx(1, abs=0.02)
    # a flag gives up all of its variance when it is split, a normal number 2/π of it: so both gain the same
    assert spread["flag"] == pytest.approx(SPLIT_GAIN**2, abs=0.01) and spread["channel"] == pytest.approx(SPLIT_GAIN**2, abs=0.01)
    assert "Yeo–Johnson" in encoder.notes["money"] and "age" not in encoder.notes


def test_a_scale_all_features_share_is_kept() -> None:
    rng = np.random.default_rng(2)
    flags = pd.DataFrame({f"q{i}": rng.choice(["No", "Yes"], 300, p=[0.8, 0.2]) for i in range(4)})
    encoder, table = encoder_of(flags)
    assert encoder.common_scale
    assert np.array_equal(encoder.transform(table), (flags == "Yes").to_numpy(np.float32))
    ratings = pd.DataFrame({f"q{i}": rng.permutation(np.tile([1, 2, 3, 4, 5], 60)) for i in range(3)})
    encoder, table = encoder_of(ratings)
    assert encoder.common_scale and np.array_equal(encoder.transform(table), ratings.to_numpy(np.float32))
    assert not encoder_of(ratings.assign(q0=ratings["q0"] * 10))[0].common_scale


def test_new_customers_are_encoded_like_the_fitted_ones() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=500), "c": rng.choice(["a", "b", "c"], 500)})
    encoder, table = encoder_of(frame)
    new = pd.DataFrame({"x": [np.nan, 1e9], "c": pd.array([pd.NA, "never seen"], dtype="string")})
    x = encoder.transform(new)
    assert x[0, 0] == pytest.approx((np.median(frame["x"]) - frame["x"].mean()) / frame["x"].std(ddof=0), abs=1e-5)
    assert x[1, 0] == CLIP  # one extreme customer is no segment
    assert (x[0, 1:] > 0).sum() == 1 and not x[1, 1:].any()
    assert encoder.filled(new).isna().sum().sum() == 0


def test_codes_cut_numbers_and_keep_missing_apart() -> None:
    frame = pd.DataFrame({"x": [*np.linspace(0, 1, 99), np.nan], "c": ["a", "b"] * 50})
    encoder, table = encoder_of(frame)
    codes, levels = encoder.codes(table)
    assert levels == [3, 2] and codes[-1, 0] == -1
    assert np.bincount(codes[:-1, 0]).tolist() == [33, 33, 33]
