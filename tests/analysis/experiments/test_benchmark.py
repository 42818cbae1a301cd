"""The benchmark of experiments measures what it says: its simulation, its bars, its tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmarks import experiments as bench

from cjm_research.analysis.experiments import evaluate
from cjm_research.params import Params, Workspace
from cjm_research.study import Study


def test_blocks_cumulate_to_the_moments_of_the_values() -> None:
    kept: list[list[np.ndarray]] = []

    def blocks(rng: np.random.Generator, runs: int, sizes: Any, shift: float) -> tuple[np.ndarray, np.ndarray]:
        values = [rng.normal(shift, 1, (runs, int(s))) for s in sizes]
        kept.append(values)
        return tuple(np.stack([(v**k).sum(1) for v in values], axis=1) for k in (1, 2))  # type: ignore[return-value]

    seen = bench.draw(blocks, 3, 4, 1.0, 5)
    for arm, values in enumerate(kept):
        for look in range(4):
            until = np.concatenate(values[: look + 1], axis=1)
            assert until.shape[1] == seen.n[look]
            assert seen.means[arm][:, look] == pytest.approx(until.mean(1)) and seen.variances[arm][:, look] == pytest.approx(until.var(1, ddof=1))


def test_simulation_holds_its_bars_and_can_fail() -> None:
    lines = {line.what: line for line in bench.over_looks(1000)}
    assert all(line.holds for line in lines.values()), [line for line in lines.values() if not line.holds]
    naive = bench.rejected(bench.draw(bench.normal_blocks, 1000, 14, 0.0, 3))["naive"]
    assert not bench._near("peeking", naive, .05, .005).holds and not bench._most("peeking", naive, .05).holds
    shifted = bench.draw(bench.normal_blocks, 1000, 14, 0.2, 3)
    assert not bench._most("an effect", bench.rejected(shifted)["lan_demets"], .05).holds


def test_unit_mismatch_is_seen_and_mended() -> None:
    naive, right = bench.unit_mismatch(300, users=500)
    assert naive.holds and right.holds and naive.share > right.share


def test_a_a_says_where_data_are_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str], shared: Path) -> None:
    assert list(bench.real_data(tmp_path, 5)) == [] and "not run, there is no hillstrom" in capsys.readouterr().out
    assert all(line.holds for line in bench.real_data(shared / "data/experiments", 200))


def test_tables_of_scale_say_the_same_long_and_wide(tmp_path: Path) -> None:
    bench.write_tables(tmp_path, 3000, 3, 3)
    params = {"client": "scale", "experiments": [{"name": "scale", "control": "v0", "variants": {"v0": 1, "v1": 1, "v2": 1}, "primary": "m0",
              "metrics": [{"name": "m0", "kind": "proportion"}, {"name": "m1", "kind": "proportion"}, {"name": "m2"}]}]}
    built = json.loads((tmp_path / "data/tables/scale/build.json").read_text())
    found = evaluate(Study(Params.model_validate(params), Workspace(tmp_path), built), "scale")["effects"].set_index(["metric", "variant"])
    wide = pd.read_parquet(tmp_path / "wide.parquet").groupby("variant").mean()
    for (metric, variant), row in found.iterrows():
        assert row.value == pytest.approx(wide[metric][variant] - wide[metric]["v0"], abs=1e-9)


def test_differences_and_missing_numbers_are_bad() -> None:
    ours = [{"effects": {"m v": [1.0, .1]}}]
    assert not bench._differences({"cjm evaluate, long tables": ours, "peer": [{"effects": {"m v": [1.0 + 1e-12, None]}}]})
    for wrong in (1.001, float("nan")):
        assert bench._differences({"cjm evaluate, long tables": ours, "peer": [{"effects": {"m v": [wrong, None]}}]})
