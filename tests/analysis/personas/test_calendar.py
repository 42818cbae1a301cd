"""What tells when somebody came is no feature of who they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cjm_research.analysis.personas.features import features_of
from tests.studies import interactions, make_study


def study_of(folder: Path, **params: Any) -> Any:
    """Sixty cases, one a day: opened, decided a day later; a running number grows with the days, the age does not."""
    days = pd.date_range("2026-01-01", periods=60, freq="D")
    rows = [(f"c{k:02}", event, str(day + pd.Timedelta(days=lag))) for k, day in enumerate(days) for event, lag in (("open", 0), ("closed", 1 if k % 3 else 2))]
    rng = np.random.default_rng(3)
    customers = pd.DataFrame({"customer_id": [f"c{k:02}" for k in range(60)],
                              "attributes": [f'{{"number": {1000 + 3 * k}, "age": {int(rng.integers(20, 70))}}}' for k in range(60)]})
    return make_study(folder, {"interactions": interactions(*rows), "customers": customers}, journey={"stages": [{"name": "Case"}], **params.pop("journey", {})}, **params)


def test_what_follows_the_date_of_entry_is_set_aside_and_told(tmp_path: Path) -> None:
    found = features_of(study_of(tmp_path))
    assert "attributes.number" not in found.frame and "behaviour.recency" not in found.frame and {"attributes.age", "behaviour.tempo"} <= set(found.frame)
    said = [s for s in found.left_out if "set aside" in s]
    assert len(said) == 2 and any(s.startswith("Number is set aside as a feature: it follows the date of entry (rank correlation 1.00)") for s in said)


def test_ended_journeys_have_no_recency(tmp_path: Path) -> None:
    found = features_of(study_of(tmp_path, journey={"ends": [{"event": "closed"}]}))
    assert any(s.startswith("Recency is set aside") and "have ended" in s for s in found.left_out)


def test_what_is_named_stays(tmp_path: Path) -> None:
    found = features_of(study_of(tmp_path, personas={"features": ["recency", "attributes.number"]}))
    assert {"behaviour.recency", "attributes.number"} <= set(found.frame) and not any("set aside" in s for s in found.left_out)


def with_attribute(folder: Path, name: str, value: Any, **params: Any) -> Any:
    """Sixty customers, one a day, with an attribute by their number."""
    days = pd.date_range("2026-01-01", periods=60, freq="D")
    rng = np.random.default_rng(3)
    customers = pd.DataFrame({"customer_id": [f"c{k:02}" for k in range(60)], "attributes": [f'{{"{name}": "{value(k)}", "age": {int(rng.integers(20, 70))}}}' for k in range(60)]})
    return make_study(folder, {"interactions": interactions(*((f"c{k:02}", "open", str(day)) for k, day in enumerate(days))), "customers": customers}, **params)


def test_a_category_that_is_a_period_is_set_aside(tmp_path: Path) -> None:
    found = features_of(with_attribute(tmp_path / "two", "season", lambda k: "winter" if k < 30 else "spring"))
    assert "attributes.season" not in found.frame and any(s.startswith("Season is set aside as a feature: each of its values has a time of entry") for s in found.left_out)
    assert "attributes.season" in features_of(with_attribute(tmp_path / "mixed", "season", lambda k: "winter" if k % 2 else "spring")).frame


def test_outcomes_are_set_aside_unless_they_are_named(tmp_path: Path) -> None:
    outcome = {"outcomes": [{"name": "churn", "when": {"attributes.left": "yes"}}]}
    value = lambda k: "yes" if k % 3 else "no"  # noqa: E731
    found = features_of(with_attribute(tmp_path / "a", "left", value, **outcome))
    assert "attributes.left" not in found.frame and any("Left is set aside as a feature: it is the outcome “churn”" in s for s in found.left_out)
    assert "attributes.left" in features_of(with_attribute(tmp_path / "b", "left", value)).frame
    assert "attributes.left" in features_of(with_attribute(tmp_path / "c", "left", value, personas={"features": ["left", "age"]}, **outcome)).frame
