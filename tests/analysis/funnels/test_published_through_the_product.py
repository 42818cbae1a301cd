"""The published funnel cases as a consultant would meet them: an export in a folder, a params file, `build`, `funnel`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cjm_research.analysis.funnels import funnel
from cjm_research.build import build
from cjm_research.log.events import NONE
from cjm_research.params import Workspace
from cjm_research.study import Study, open_study


def definition(asked: dict[str, Any]) -> dict[str, Any]:
    """A case's funnel as it stands in params."""
    steps: list[dict[str, Any]] = [{"name": f"step {k}", "event": s} for k, s in enumerate(asked["steps"], 1)]
    for k, step in enumerate(steps):
        if step["event"] == "*":  # any event at all
            step.pop("event")
            step["where"] = {"source": "web"}
        step |= {"optional": k in asked.get("optional_steps", []), "first_ever": k in asked.get("first_time_for_user", [])}
    return {"name": "f", "order": asked["order"], "window": f"{asked['window_seconds']}s", "steps": steps, "exclusions": [
        {"event": e["event"], "after": steps[e["from_step"]]["name"], "before": steps[e["to_step"]]["name"], "mode": "drop_person"} for e in asked["exclusions"]]}


def tag_of(case: dict[str, Any], who: Any) -> str:
    """A word that stands for a customer in the events' texts, where an id itself is masked."""
    order = list(dict.fromkeys(str(event[0]) for event in case["events"]))
    return "tag " + "x" * (order.index(str(who)) + 1)


def study_of(case: dict[str, Any], root: Path) -> Study:
    """A client whose export holds a case's events, built."""
    asked = case["funnel"]
    raw = root / "data" / "raw" / "client"
    raw.mkdir(parents=True)
    with (raw / "log.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["who", "what", "at", "label", "browser"], *(
            ["" if who is None else who, what, at, tag_of(case, who), *(more or [""])] for who, what, at, *more in case["events"])])
    period = {k: v for k, v in (("start", asked.get("date_from")), ("end", asked.get("date_to"))) if v}
    settings = {"client": "client", "timezone": asked.get("timezone", "UTC"), "period": period, "privacy": {"min_cell": 1}, "funnels": [definition(asked)], "sources": [
        {"name": "web", "kind": "events", "files": "log.csv", "columns": {"customer_id": "who", "event": "what", "occurred_at": "at"},
         "settings": {"deduplicate": False, "null_keys": [str(n) for n in case.get("null_ids", [])]}}]}
    (root / "params").mkdir()
    (root / "params" / "client.yaml").write_text(yaml.safe_dump(settings))
    build("client", Workspace(root))
    return open_study("client", Workspace(root))


def people_of(study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frame `steps`, and the customers with the time of each step and their own ids."""
    answer = funnel(study, "f", breakdown=[], customers=True)
    labels = study.query("SELECT customer_id AS id, any_value(json_extract_string(properties, '$.label')) AS label FROM interactions_all GROUP BY ALL")
    return answer["steps"], answer["customers"].merge(labels, on="id")


def test_every_case_through_the_product(oracle: Any, tmp_path: Path) -> None:
    cases = oracle("funnel_cases")["cases"]
    wrong = {}
    for number, case in enumerate(cases):
        steps, people = people_of(study_of(case, tmp_path / str(number)))
        got: list[Any] = [steps["n"].tolist()]
        want: list[Any] = [case["expected"]]
        times = people[[f"step_{k + 1}" for k in range(len(steps))]]
        for step, who in case.get("expected_persons", {}).items():
            got.append(sorted(people.loc[times.iloc[:, int(step) - 1].notna(), "label"]))
            want.append(sorted(tag_of(case, w) for w in who))
        for key, middle in (("expected_avg_seconds", "mean"), ("expected_median_seconds", "median")):
            for k, seconds in enumerate(case.get(key) or []):
                if seconds is not None:
                    got.append(getattr((times.iloc[:, k] - times.iloc[:, k - 1]).dt.total_seconds().dropna(), middle)())
                    want.append(seconds)
        if got != want:
            wrong[case["name"]] = (got, want)
    assert not wrong
    assert len(cases) >= 27


def test_every_breakdown_through_the_product(oracle: Any, tmp_path: Path) -> None:
    cases = oracle("funnel_cases")["breakdown_cases"]
    for number, case in enumerate(cases):
        study = study_of(case, tmp_path / str(number))
        way = case["breakdown"]
        at = {"first_touch": "first", "last_touch": "last", "all_events": "all"}.get(way["attribution"]) or f"step:step {way['step'] + 1}"
        for order in [case["funnel"]["order"], *case.get("also_asserted_for_order", [])]:
            frame = funnel(study, "f", order=order, breakdown="properties.browser", at=at)["breakdown"]
            found = {"" if s == NONE else s: rows.sort_values("step")["n"].tolist() for s, rows in frame.groupby("segment")}
            assert found == case["expected_by_value"], (case["name"], order)
    assert len(cases) >= 4
