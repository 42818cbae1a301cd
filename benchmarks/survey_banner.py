"""What all banners of a large survey cost, beside pandas that only counts the same cells.

Run with `python -m benchmarks.survey_banner [--respondents 50000] [--questions 200]`. Half of the questions are scales, a third choices, the rest several
answers; four attributes group the respondents, who have weights. The peer makes a weighted and a plain `pivot_table` of every question by every group from the
same table, loaded once, and computes no interval, no test and no letter; its counts are compared first.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from cjm_research.analysis.surveys import survey_banner
from cjm_research.engine import Engine
from cjm_research.params import Params, Workspace
from cjm_research.study import BUILD_FILE, Study
from cjm_research.tables import DUCKDB_TYPES, TABLES

GROUPS = {"region": 4, "age": 6, "contract": 3, "segment": 8}


def made(folder: Path, respondents: int, questions: int, seed: int = 1) -> tuple[Study, pd.DataFrame]:
    """A study with such a survey, and its responses."""
    rng = np.random.default_rng(seed)
    who = np.array([f"c{i:07d}" for i in range(respondents)])
    weight = rng.uniform(0.4, 2.5, respondents)
    attributes = pd.DataFrame({g: [f"{g} {k}" for k in rng.integers(0, n, respondents)] for g, n in GROUPS.items()})
    people = pd.DataFrame({"customer_id": who, "attributes": [json.dumps(dict(zip(GROUPS, row, strict=True))) for row in attributes.itertuples(index=False)]})
    parts = []
    for q in range(questions):
        at = np.flatnonzero(rng.random(respondents) < 0.9)
        base = {"response_id": who[at], "customer_id": who[at], "source": "survey", "question_id": f"q{q:03d}", "question": f"question {q}", "weight": weight[at]}
        if q % 6 < 3:
            score = rng.integers(1, 6, len(at))
            parts.append(pd.DataFrame({**base, "instrument": "csat", "scale_min": 1.0, "scale_max": 5.0, "higher_is_better": True, "box": 2, "score": score.astype(float), "answer": score.astype(str)}))
        elif q % 6 < 5:
            parts.append(pd.DataFrame({**base, "instrument": "choice", "answer": [f"option {k}" for k in rng.integers(0, 7, len(at))]}))
        else:
            several = [pd.DataFrame({**base, "instrument": "choice", "answer": f"item {k}"})[rng.random(len(at)) < 0.3] for k in range(6)]
            parts.append(pd.concat(several))
    tables = {"customers": people, "responses": pd.concat(parts, ignore_index=True)}
    place = Workspace(folder)
    target = place.tables("large")
    target.mkdir(parents=True)
    place.params.mkdir()
    counts = {}
    for name, frame in tables.items():
        engine = Engine(None)
        engine.register("given", frame)
        columns = ", ".join(f'CAST({chr(34) + c.name + chr(34) if c.name in frame else "NULL"} AS {DUCKDB_TYPES[c.type]}) AS "{c.name}"' for c in TABLES[name].columns)
        counts[name] = {"rows": engine.copy_to(f"SELECT {columns} FROM given ORDER BY {', '.join(TABLES[name].sort)}", target / f"{name}.parquet"), "sha256": name}
        engine.close()
    settings = {"client": "large", "survey": {"banner": [f"attributes.{g}" for g in GROUPS]}}
    (place.params / "large.yaml").write_text(yaml.safe_dump(settings))
    (target / BUILD_FILE).write_text(json.dumps(build := {"tables": counts, "sources": [], "notes": []}))
    return Study(Params.model_validate(settings), place, build), tables["responses"].join(pd.concat([people[["customer_id"]], attributes], axis=1).set_index("customer_id"), on="customer_id")


def cpu_s() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def counted(responses: pd.DataFrame) -> int:
    """All cells of all banners by pandas: respondents and weights by answer and group; the number of respondents in them."""
    total = 0
    for _, own in responses.groupby("question_id", sort=False):
        for group in GROUPS:
            total += int(own.pivot_table(index="answer", columns=group, values="weight", aggfunc="count").to_numpy().sum())
            own.pivot_table(index="answer", columns=group, values="weight", aggfunc="sum")
    return total


def main() -> None:
    """Print CPU and clock of both, and the peak memory of this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study, responses = made(Path(folder), asked.respondents, asked.questions)
        begun, clock = cpu_s(), time.perf_counter()
        result = survey_banner(study)
        ours, ours_clock = cpu_s() - begun, time.perf_counter() - clock
        begun, clock = cpu_s(), time.perf_counter()
        people = counted(responses)
        theirs, theirs_clock = cpu_s() - begun, time.perf_counter() - clock
    cells = result["cells"]
    own = cells[(cells["group"] != "Total") & ~cells["answer"].isin(["mean", "satisfied", "dissatisfied"])]
    assert int(own["n"].sum()) == people, (int(own["n"].sum()), people)
    print(f"{asked.respondents:,} respondents, {asked.questions} questions, {len(GROUPS)} groupings, {len(responses):,} answers, {len(cells):,} cells")
    print(f"all banners: {ours:.1f} CPU s, {ours_clock:.1f} s; pandas, counts only: {theirs:.1f} CPU s, {theirs_clock:.1f} s; ratio {ours / theirs:.2f}")
    print(f"peak memory of the process, data and peer included: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
