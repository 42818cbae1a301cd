"""A business in which nothing changes shows no change, and one with a planted change shows it where it was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom

from cjm_research.journey_map.moves import moves
from cjm_research.journey_map.stages import stage_metrics
from cjm_research.journey_map.views import CURRENT, PREVIOUS
from cjm_research.results.result import Finding
from tests.studies import make_study

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2026-01-01T00:00", tz="UTC")
DAYS, SEEDS = 120, 24
JOURNEY = {"stages": [{"name": n, "touchpoints": [{"name": n + " page", "match": {"event": n.lower()}}]} for n in ("Look", "Buy", "Use")]}


def log(seed: int, changed: float = 0.0) -> pd.DataFrame:
    """Customers arrive evenly, go on with fixed chances after some days, and often come back to look around.

    changed: by how much the chance of going on from Look falls in the second half.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for c in range(400):
        at = float(rng.uniform(0, DAYS))
        chance = 0.6 - (changed if at >= DAYS / 2 else 0.0)
        rows.append((c, "Look", at))
        if rng.random() < chance:
            at_buy = at + rng.exponential(6)
            rows.append((c, "Buy", at_buy))
            if rng.random() < 0.5:
                rows.append((c, "Use", at_buy + rng.exponential(4)))
        if rng.random() < 0.5:
            rows += [(c, "Look", at + k * rng.uniform(15, 40)) for k in range(1, 4)]  # returning, and rarely starting over
    kept = [r for r in rows if r[2] < DAYS]
    return pd.DataFrame({"interaction_id": [f"i{k}" for k in range(len(kept))], "customer_id": [f"c{c}" for c, *_ in kept], "event": [s.lower() for _, s, _ in kept],
                         "occurred_at": [START + DAY * t for *_, t in kept], "stage": [s for _, s, _ in kept], "touchpoint": [s + " page" for _, s, _ in kept], "source": "web"})


def changes(folder: Path, seed: int, changed: float = 0.0) -> dict[str, str]:
    """Lane and stage → up, down or same."""
    study = make_study(folder, {"interactions": log(seed, changed)}, journey=JOURNEY, timezone="UTC")
    findings: list[Finding] = []
    for half in (PREVIOUS, CURRENT):
        findings += [f.at(period=half) for f in stage_metrics(study, half=half).findings if f.touchpoint is None]
    study.close()
    by_id = {f.id: f for f in findings}
    return {f"{by_id[i].lane} {by_id[i].stage}": m["state"] for i, m in moves(findings, PREVIOUS, CURRENT).items()}


def test_where_nothing_changes_marks_are_chance(tmp_path: Path) -> None:
    states = [s for seed in range(SEEDS) for s in changes(tmp_path / str(seed), seed).values()]
    marks = sum(s != "same" for s in states)
    assert len(states) >= 6 * SEEDS
    # one in twenty by chance; a rate of .05 exceeds this bound once in a thousand runs
    assert marks <= binom.ppf(0.999, len(states), 0.05), f"{marks} of {len(states)}"


def test_a_planted_change_is_found_at_its_place(tmp_path: Path) -> None:
    elsewhere = 0
    for seed in range(4):
        found = changes(tmp_path / str(seed), 1000 + seed, changed=0.3)
        assert found["conversion Look"] == "down" and found["reach Buy"] == "down"
        elsewhere += (found["conversion Buy"] != "same") + (found["reach Look"] != "same")
    assert elsewhere <= binom.ppf(0.999, 8, 0.05)
