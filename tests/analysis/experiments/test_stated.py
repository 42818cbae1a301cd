"""A design that was written after a report on its data is stated afterwards; one that stood before them stays stated, whatever was tried in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cjm_research.analysis.experiments import evaluate
from cjm_research.analysis.experiments.design import sha256
from cjm_research.params.schema import Experiment
from cjm_research.results.result import Result

from .conftest import design, two_arms

SAID = {"hypothesis": "h", "planned_n": 400, "mde": 0.2}
RNG = np.random.default_rng(1)
NOW, OLDER = "0", "f" * 64  # hashes of the assignments: as they are now, and of an earlier delivery


def hash_of(**changes: Any) -> str:
    return sha256(Experiment.model_validate(design(**{**SAID, **changes})))


def report(folder: Path, sequence: int, design_hash: str | None, data: str | None, shown: bool = False) -> None:
    """A published run: the design it had, the assignments it read, and whether its findings show the experiment."""
    run = folder / "reports" / "acme" / f"2026010{sequence}T000000.000Z-{sequence}-abcdef"
    run.mkdir(parents=True)
    tables = {} if data is None else {"assignments": {"rows": 400, "sha256": data}}
    (run / "run.json").write_text(json.dumps({"sequence": sequence, "tables": tables, "designs": {} if design_hash is None else {"x": design_hash}}))
    effect = {"key": "experiment:x:verdict:B", "kind": "experiment", "statement": "s", "lane": "experiments", "label": "", "estimate": {"base": 200, "value": 0.1},
              "subject": {"type": "ExperimentEffect", "experiment": "x", "variant": "B"}}
    (run / "findings.json").write_text(json.dumps({"findings": [effect] if shown else []}))


@pytest.fixture
def state(make: Any, tmp_path: Path) -> Any:
    assignments, measurements = two_arms(RNG.normal(0, 1, 200), RNG.normal(0, 1, 200))

    def of(*runs: tuple[str | None, str | None, bool], **changes: Any) -> tuple[str, str]:
        for i, (design_hash, data, shown) in enumerate(runs, 1):
            report(tmp_path, i, design_hash, data, shown)
        answer: Result = evaluate(make(design(**{**SAID, **changes}), assignments=assignments, measurements=measurements), "x")
        check = next(r for r in answer.frames["checks"].to_dict("records") if r["check"] == "design stated")
        return check["state"], check["reason"]
    return of


A, B = hash_of(), hash_of(mde=0.5)


@pytest.mark.parametrize(("runs", "right"), [
    ((), "pass"),
    (((A, NOW, True),), "pass"),
    (((B, NOW, True),), "warn"),  # another smallest effect, once the data were known
    (((None, NOW, False),), "warn"),  # no design at all when the data were reported
    (((A, NOW, True), (B, NOW, True)), "pass"),  # tried another, and went back to what stood first
    (((B, None, False), (A, NOW, True)), "pass"),  # changed while there were no data
    (((B, OLDER, False),), "pass"),  # assignments of other tests, nothing of this one shown
    (((B, OLDER, True),), "warn"),  # shown on the first half of its data
    (((None, OLDER, False), (A, NOW, True)), "pass"),
    ((("0123456789abcdef", NOW, True),), "pass"),  # a hash made in another way is not compared
])
def test_what_the_receipts_know(state: Any, runs: Any, right: str) -> None:
    found, reason = state(*runs)
    assert found == right, reason
    assert ("stated afterwards" in reason) == (right == "warn") and (right == "pass" or "20260101T" in reason)


def test_words_and_ways_to_write_are_no_part_of_a_design() -> None:
    assert A == hash_of(variants={"A": 50, "B": 50}, labels={"A": "as it was"}, actions={"B": "Take it"}, title="T", metrics=[{"name": "m", "says": "order"}], alpha=0.05)
    assert len({A, B, hash_of(variants={"A": 60, "B": 40}), hash_of(alpha=0.1), hash_of(metrics=[{"name": "m", "winsorise": 0.9}]), hash_of(hypothesis="other"),
                hash_of(looks=2), hash_of(planned_n=401)}) == 8
