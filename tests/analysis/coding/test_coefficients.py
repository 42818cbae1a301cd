"""Agreement coefficients against published values, a peer library and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from cjm_research.analysis.coding.coefficients import (
    LEVELS,
    cohen_kappa,
    confusion,
    fleiss_kappa,
    fleiss_of_counts,
    kappa_of,
    krippendorff_alpha,
    percent,
)
from cjm_research.analysis.coding.unitizing import concatenate, unitizing_alpha
from cjm_research.errors import BadInput


@pytest.fixture(scope="module")
def cases(oracle: Any) -> dict[str, Any]:
    return {case["id"]: case for case in oracle("agreement_cases")["datasets"]}


@pytest.mark.parametrize(
    "name", ["krippendorff2011_C", "krippendorff2004_binary_jon_han", "hayes_krippendorff_2007_table1"]
)
def test_alpha_of_published_data(cases: dict[str, Any], name: str) -> None:
    case = cases[name]
    for level, exact in case["exact"].items():
        found = krippendorff_alpha(case["data"], level)
        assert found == pytest.approx(case["expected_alpha"][level], abs=case["tolerance"])
        assert found == pytest.approx(exact["recomputed"], abs=1e-6)
    for level, value in case.get("also_recomputed", {}).items():
        assert krippendorff_alpha(case["data"], level) == pytest.approx(value, abs=1e-6)
    if "expected_percent_agreement" in case:
        assert percent(case["data"]) == pytest.approx(case["expected_percent_agreement"])


def test_alpha_does_not_change_with_weights_that_repeat_a_unit() -> None:
    data = [[1, 2, 3, None], [1, 3, 3, 2], [2, 3, 3, 2]]
    repeated = [[row[i] for i in (0, 0, 0, 1, 2, 2, 3)] for row in data]
    for level in LEVELS:
        assert krippendorff_alpha(data, level, [3, 1, 2, 1]) == pytest.approx(krippendorff_alpha(repeated, level))


def test_kappas_of_published_tables(cases: dict[str, Any]) -> None:
    case = cases["wikipedia_cohen_0.4"]
    assert kappa_of(np.array(case["data"], float)) == pytest.approx(case["exact"]["kappa"], abs=case["tolerance"])
    case = cases["wikipedia_fleiss"]
    assert fleiss_of_counts(np.array(case["data"], float)) == pytest.approx(case["exact"]["fleiss_kappa"], abs=1e-6)


def test_characters_as_units(cases: dict[str, Any]) -> None:
    case = cases["nvivo_doc_percent_agreement"]
    for split, expected in case["kappa_depends_on_split"].items():
        only_a, only_b = map(int, split.split("/"))
        a, b, lengths = [1, 1, 0, 0], [1, 0, 1, 0], [50, only_a, only_b, 800]
        assert percent([a, b], lengths) == pytest.approx(case["expected"]["percent_agreement"])
        assert cohen_kappa(a, b, lengths) == pytest.approx(expected, abs=1e-6)


def test_kappa_is_not_the_migrated_tools_formula(cases: dict[str, Any]) -> None:
    control = cases["qualcoder_kappa_negative_control"]["cases"]
    a, b = np.zeros(1000, int), np.zeros(1000, int)
    a[100:200], b[150:250] = 1, 1
    assert cohen_kappa(a, b) == pytest.approx(control[0]["cohen_kappa"], abs=5e-5)
    coins = [np.random.default_rng(seed).random(1000) < 0.5 for seed in (1, 2)]
    assert cohen_kappa(*coins) == pytest.approx(control[1]["cohen_kappa"], abs=5e-5)


def test_random_coders_agree_by_chance_only() -> None:
    rng = np.random.default_rng(7)
    ratings = rng.choice(3, size=(3, 20_000), p=[0.7, 0.2, 0.1])
    assert abs(cohen_kappa(ratings[0], ratings[1]) or 0) < 0.05
    assert abs(fleiss_kappa(ratings) or 0) < 0.05
    for level in LEVELS:
        assert abs(krippendorff_alpha(ratings, level) or 0) < 0.05


def test_peer_libraries_agree() -> None:
    rng = np.random.default_rng(11)
    a = rng.integers(0, 4, 300)
    b = np.where(rng.random(300) < 0.7, a, rng.integers(0, 4, 300))
    c = np.where(rng.random(300) < 0.5, a, rng.integers(0, 4, 300))
    assert cohen_kappa(a, b) == pytest.approx(cohen_kappa_score(a, b))
    counts, _ = inter_rater.aggregate_raters(np.array([a, b, c]).T)
    assert fleiss_kappa([a, b, c]) == pytest.approx(inter_rater.fleiss_kappa(counts))


def test_missing_is_never_a_category() -> None:
    a, b = ["x", None, "y", "y", float("nan")], ["x", "x", "y", "x", "y"]
    keep = [0, 2, 3]
    assert cohen_kappa(a, b) == pytest.approx(cohen_kappa_score([a[i] for i in keep], [b[i] for i in keep]))
    assert krippendorff_alpha([a, b]) == pytest.approx(krippendorff_alpha([[a[i] for i in keep], [b[i] for i in keep]]))
    assert fleiss_kappa([a, b]) == pytest.approx(fleiss_kappa([[a[i] for i in keep], [b[i] for i in keep]]))


def test_undefined_is_none_and_bad_input_says_so() -> None:
    assert cohen_kappa([1, 1], [1, 1]) is None
    assert krippendorff_alpha([[1, 1], [1, 1]]) is None
    assert krippendorff_alpha([[1, None], [None, 2]]) is None
    assert percent([[None], [None]]) is None
    assert confusion([1], [None], [1]).sum() == 0
    for bad in (
        lambda: krippendorff_alpha([["a"], ["b"]], "ratio"),
        lambda: krippendorff_alpha([[1], [2, 3]]),
        lambda: fleiss_of_counts(np.array([[1.0, 2.0], [1.0, 1.0]])),
        lambda: krippendorff_alpha([[-1], [1]], "ratio"),
        lambda: krippendorff_alpha([[1], [2]], "cardinal"),
    ):  # type: ignore[arg-type]
        with pytest.raises(BadInput):
            bad()


def test_unitizing_family_of_the_published_figure(cases: dict[str, Any]) -> None:
    case = cases["krippendorff2019_fig12_11"]
    spans = {coder: [tuple(s) for s in found] for coder, found in case["data"].items()}
    found, exact = unitizing_alpha(spans, case["continuum_length"]), case["exact"]
    assert found.u_alpha == pytest.approx(exact["u_alpha_nominal"], abs=1e-6)
    assert found.u_alpha_binary == pytest.approx(exact["u_alpha_binary"], abs=1e-6)
    assert found.cu_alpha == pytest.approx(exact["cu_alpha_nominal"], abs=1e-6)
    assert found.coverage == pytest.approx(exact["cu_coverage"], abs=1e-6)
    for value, expected in exact["per_value"].items():
        assert found.value_coverage[value] == pytest.approx(expected["coverage"], abs=1e-6)
        assert found.per_value[value] == (
            None if expected["alpha"] is None else pytest.approx(expected["alpha"], abs=1e-6)
        )


def test_unitizing_edges() -> None:
    same = unitizing_alpha({"a": [(0, 4, "x"), (6, 8, "y")], "b": [(0, 4, "x"), (6, 8, "y")]}, 10)
    assert same.u_alpha == same.u_alpha_binary == same.cu_alpha == pytest.approx(1.0)
    nothing = unitizing_alpha({"a": [], "b": []}, 10)
    assert nothing.u_alpha is None and nothing.cu_alpha is None
    joined, length = concatenate([({"a": [(0, 2, "x")]}, 5), ({"a": [(1, 3, "y")], "b": [(0, 1, "x")]}, 4)])
    assert (joined, length) == ({"a": [(0, 2, "x"), (6, 8, "y")], "b": [(5, 6, "x")]}, 9)
    for bad in ({"a": []}, {"a": [(0, 3, "x"), (2, 4, "y")], "b": []}, {"a": [(5, 11, "x")], "b": []}):
        with pytest.raises(BadInput):
            unitizing_alpha(bad, 10)


def test_unitizing_random_spans_agree_by_chance_only() -> None:
    rng = np.random.default_rng(3)

    def coder() -> list[tuple[int, int, str]]:
        cuts = np.sort(rng.choice(20_000, 2_000, replace=False))
        return [(int(s), int(e), str(rng.integers(3))) for s, e in zip(cuts[::2], cuts[1::2], strict=True)]

    found = unitizing_alpha({"a": coder(), "b": coder()}, 20_000)
    assert abs(found.u_alpha or 0) < 0.05 and abs(found.u_alpha_binary or 0) < 0.05 and abs(found.cu_alpha or 0) < 0.05
