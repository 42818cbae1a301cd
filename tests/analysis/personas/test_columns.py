"""Which columns may form segments: every refusal says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cjm_research.analysis.personas.columns import OTHER, columns_frame, judge
from cjm_research.errors import BadInput

N = 200


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def reason(values: object, name: str = "x", **options: object) -> str:
    frame = pd.DataFrame({name: values})
    _, judged = judge(frame, **options)  # type: ignore[arg-type]
    return judged[0].refused


def test_what_cannot_be_a_feature_is_refused_in_words(rng: np.random.Generator) -> None:
    assert reason([None] * N) == "no value at all"
    assert reason([np.nan] * N) == "no value at all"
    assert reason([7] * N) == "the same value for everybody"
    assert reason(["a"] * 198 + ["b"] * 2, "x").startswith("nearly constant: 99.0\u202f%")
    assert reason([1.0] * 80 + [None] * 120) == "missing for 60.0\u202f% of customers"
    assert "an id or free text" in reason([f"person {i}" for i in range(N)])
    assert "an id" in reason(np.arange(1000, 1000 + N))
    assert "an id" in reason(rng.permutation(np.arange(N)))
    assert "an id or code by its name" in reason(rng.integers(0, 10**6, N), "customer_id")
    assert "earlier segmentation" in reason(rng.choice(["a", "b"], N), "attributes.segment")
    assert "dates as text" in reason([f"2024-0{1 + i % 9}-1{i % 10}" for i in range(N)])
    assert "dates as text" in reason([f"{1 + i % 28}.{1 + i % 12}.2023" for i in range(N)])
    assert "dates as text" in reason([f"2024-0{1 + i % 9}-11T10:{10 + i % 50}:00Z" for i in range(N)])
    assert "times" in reason(pd.date_range("2024-01-01", periods=N))


def test_usable_columns_are_typed_and_cleaned(rng: np.random.Generator) -> None:
    money = rng.integers(10, 90_000, N)
    frame = pd.DataFrame({
        "age": rng.integers(18, 90, N), "spend": [f"{m:,}" for m in money], "flag": rng.choice([0, 1], N), "yes": rng.random(N) > 0.4,
        "channel": rng.choice(["app", "web ", "store"], N), "income": rng.permutation(np.arange(20_000, 20_000 + 37 * N, 37))})
    table, judged = judge(frame)
    kinds = {c.name: c.kind for c in judged if c.usable}
    assert kinds == {"age": "number", "spend": "number", "flag": "binary", "yes": "binary", "channel": "category", "income": "number"}
    assert table["spend"].tolist() == money.tolist()  # thousands separators read
    assert set(table["flag"]) == {"0", "1"} and set(table["yes"]) == {"yes", "no"} and "web" in set(table["channel"])


def test_numbers_called_codes_are_categories(rng: np.random.Generator) -> None:
    frame = pd.DataFrame({"purpose_code": rng.choice([1, 2, 7], N), "visits": rng.choice([1, 2, 7], N), "area_code": rng.choice(np.arange(100, 190), N)})
    judged = {c.name: c for c in judge(frame)[1]}
    assert judged["purpose_code"].kind == "category" and "a code by its name" in judged["purpose_code"].note
    assert judged["visits"].kind == "number" and judged["area_code"].kind == "number"


def test_a_name_may_overrule_only_what_its_name_says(rng: np.random.Generator) -> None:
    zips = rng.integers(10_000, 99_999, N)
    assert reason(zips, "zip") and not reason(zips, "zip", named=["zip"])
    assert reason([3] * N, "zip", named=["zip"]) == "the same value for everybody"


def test_copies_are_refused_and_named(rng: np.random.Generator) -> None:
    x = rng.gamma(2, size=N)
    kind = rng.choice(list("abc"), N)
    frame = pd.DataFrame({"days": x, "hours": 24 * x + 1, "log": np.log(x), "other": rng.normal(size=N), "kind": kind,
                          "kind_de": pd.Series(kind).map({"a": "x", "b": "y", "c": "z"}), "half": rng.choice(list("pqr"), N)})
    judged = {c.name: c.refused for c in judge(frame)[1]}
    assert judged["hours"] == "repeats days" and judged["log"] == "repeats days" and judged["kind_de"] == "repeats kind"
    assert not judged["other"] and not judged["half"]


def test_rare_values_are_pooled_and_said(rng: np.random.Generator) -> None:
    values = ["a"] * 100 + ["b"] * 94 + ["c", "d", "e", "f", "g", "h"]
    table, judged = judge(pd.DataFrame({"x": values}))
    assert set(table["x"]) == {"a", "b", OTHER}
    assert "6 rare values" in judged[0].note


def test_missing_values_are_said_and_the_frame_tells_all(rng: np.random.Generator) -> None:
    frame = pd.DataFrame({"x": np.where(rng.random(N) < 0.2, np.nan, rng.normal(size=N)), "id": [f"c{i}" for i in range(N)]})
    said = columns_frame(judge(frame, exclude=["y"])[1]).set_index("feature")
    assert "missing, filled with the median" in said.loc["x", "reason"] and bool(said.loc["x", "used"])
    assert said.loc["x", "missing_share"] == frame["x"].isna().mean()
    assert not said.loc["id", "used"]


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(BadInput, match="two columns named x"):
        judge(pd.DataFrame([[1, 2]], columns=["x", "x"]))
