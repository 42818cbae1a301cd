"""Personas of a million customers: what does it cost, and how close is it to the solution of all rows?

    python -m benchmarks.personas_scale [--customers 1e6] [--folder DIR] [--starts 5]

Canonical tables are simulated: 24 attributes of mixed types (3 % missing) and about five interactions a customer, which make
seven features more; five overlapping segments lie behind them. `ours` answers `personas(study)` from these tables in a fresh process:
features, number of segments, assignment, profiles, rule. `full` then fits k-means from `--starts` starts to all rows in the same
encoding and says how much better its sum of squares is, and how well the two partitions agree.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import MEASURE

SHARES = (0.30, 0.25, 0.20, 0.15, 0.10)
CHANNELS = ("web", "app", "store")
DAYS = 180


def write_tables(folder: Path, customers: int) -> dict[str, Any]:
    """Canonical customers and interactions of a client "scale" under `folder`; bytes of each. The truth lies beside them."""
    import duckdb

    tables = folder / "data" / "tables" / "scale"
    tables.mkdir(parents=True)
    con = duckdb.connect(str(folder / "scratch.duckdb"))
    con.execute(f"SET TimeZone='UTC'; SET temp_directory='{folder / 'spill'}'; SET memory_limit='4GB'")
    rng = np.random.default_rng(4)

    def uniform(key: int, row: str = "i") -> str:
        return f"((hash({row} * 1000003 + {key}) >> 11) / 9007199254740992.0)"

    def normal(key: int) -> str:
        return f"(sqrt(-2 * ln(1 - {uniform(2 * key)})) * cos(2 * pi() * {uniform(2 * key + 1)}))"

    def by_segment(values: Any) -> str:
        return "CASE segment " + " ".join(f"WHEN {s} THEN {float(v):.3f}" for s, v in enumerate(values)) + " END"

    key = iter(range(100, 10_000))
    columns: dict[str, str] = {}
    for j in range(10):
        columns[f"number_{j}"] = f"round(50 + 10 * ({normal(next(key))} + {by_segment(rng.normal(0, 0.9, 5))}), 1)"
    for j in range(4):
        columns[f"amount_{j}"] = f"round(exp(3 + 0.6 * ({normal(next(key))} + {by_segment(rng.normal(0, 0.9, 5))})), 2)"
    for j in range(4):
        columns[f"rating_{j}"] = f"greatest(1, least(7, round(4 + {normal(next(key))} + {by_segment(rng.normal(0, 0.9, 5))})))"
    for j in range(4):
        columns[f"flag_{j}"] = f"CASE WHEN {uniform(next(key))} < {by_segment(rng.uniform(0.15, 0.85, 5))} THEN 'yes' ELSE 'no' END"
    for j in range(2):
        u = uniform(next(key))
        columns[f"kind_{j}"] = f"CASE WHEN {u} < {by_segment(rng.uniform(0.1, 0.6, 5))} THEN 'a' WHEN {u} < 0.75 THEN 'b' ELSE 'c' END"
    known = ", ".join(f"'{name}': CASE WHEN {uniform(next(key))} < 0.03 THEN NULL ELSE {sql} END" for name, sql in columns.items())
    edges = np.cumsum(SHARES)
    pick = uniform(7)
    segment = "CASE " + " ".join(f"WHEN {pick} < {e:.3f} THEN {s}" for s, e in enumerate(edges[:-1])) + f" ELSE {len(edges) - 1} END"
    con.execute(f"CREATE TABLE people AS SELECT i, substring(md5(i::VARCHAR), 1, 16) AS customer_id, {segment} AS segment FROM range({customers}) t(i)")
    options = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    con.execute(f"""COPY (SELECT customer_id, NULL::TIMESTAMPTZ AS first_seen, NULL::TIMESTAMPTZ AS last_seen, NULL::BOOLEAN AS consent,
        to_json({{{known}}})::VARCHAR AS attributes FROM people ORDER BY customer_id) TO '{tables / 'customers.parquet'}' {options}""")
    row = "(i * 16 + j)"
    often = by_segment((3, 6, 4, 9, 5))
    channel = (f"CASE WHEN {uniform(51, row)} < {by_segment((0.7, 0.2, 0.3, 0.5, 0.1))} THEN 'web' "
               f"WHEN {uniform(51, row)} < {by_segment((0.85, 0.9, 0.5, 0.8, 0.3))} THEN 'app' ELSE 'store' END")
    con.execute(f"""COPY (SELECT 'e' || {row} AS interaction_id, customer_id,
        TIMESTAMPTZ '2026-01-01' + to_microseconds(CAST({uniform(52, row)} * {DAYS} * 86400e6 AS BIGINT)) AS occurred_at, 'scale' AS source,
        'visit' AS event, NULL::VARCHAR AS touchpoint, {channel} AS channel, NULL::VARCHAR AS stage, NULL::VARCHAR AS session_id,
        CASE WHEN {uniform(53, row)} < 0.3 THEN round(exp(3 + {uniform(54, row)}), 2) END AS value, NULL::VARCHAR AS properties
        FROM (SELECT *, unnest(range(1 + CAST({uniform(50)} * ({often}) AS INTEGER) + 1)) AS j FROM people) ORDER BY customer_id, occurred_at)
        TO '{tables / 'interactions.parquet'}' {options}""")
    con.execute(f"COPY (SELECT customer_id, segment FROM people ORDER BY customer_id) TO '{folder / 'truth.parquet'}' {options}")
    events = int(con.execute(f"SELECT count(*) FROM '{tables / 'interactions.parquet'}'").fetchall()[0][0])
    con.close()
    (folder / "scratch.duckdb").unlink()
    (tables / "build.json").write_text(json.dumps({"tables": {
        "customers": {"rows": customers, "sha256": "0"}, "interactions": {"rows": events, "sha256": "0"}}}))
    return {"customers": customers, "interactions": events, "bytes": sum(p.stat().st_size for p in tables.glob("*.parquet"))}


_BEGIN = MEASURE + """
import json, os, time
os.environ["CJM_CACHE"] = "off"
import numpy as np, pandas as pd
from sklearn.metrics import adjusted_rand_score
from cjm_research.params import Params, Workspace
from cjm_research.study import Study
folder, starts = Path(sys.argv[1]), int(sys.argv[2])
tables = folder / "data" / "tables" / "scale"
params = Params.model_validate({"client": "scale", "engine": {"threads": 2, "memory_limit": "2GB"}})
study = Study(params, Workspace(folder), json.loads((tables / "build.json").read_text()))
truth = pd.read_parquet(folder / "truth.parquet").set_index("customer_id")["segment"]
clock, begin = time.perf_counter(), cpu()
def done(**found):
    print(); print(json.dumps({"wall_s": time.perf_counter() - clock, "cpu_s": cpu() - begin, "peak_mb": peak(), **found}))
"""
_OURS = _BEGIN + """
from cjm_research.analysis import personas
result = personas.personas(study)
members = result["members"].set_index("customer_id")["persona"].dropna()
done(segments=result.facts["segments"], natural=result.facts["natural"], features=len(result.facts["features"]), lines=len(result["profile"]),
     typed=len(members), sizes=result["personas"]["n"].tolist(), rule=(result.facts.get("rule_accuracy") or {}).get("value"),
     ari_truth=float(adjusted_rand_score(truth.loc[members.index], members)))
"""
_FULL = _BEGIN + """
from sklearn.cluster import KMeans
from cjm_research.analysis.personas import segment
from cjm_research.analysis.personas.features import features_of
from cjm_research.analysis.personas.methods import Data
frame = features_of(study).frame
found = segment(frame, seed=params.personas.seed)
typed = np.flatnonzero(found.labels >= 0)
x = np.concatenate([found.encoder.transform(found.table.iloc[typed[a:a + 100_000]]) for a in range(0, len(typed), 100_000)])
own = found.labels[typed]
def loss(labels):
    k = labels.max() + 1
    counts = np.bincount(labels, minlength=k)
    return sum(float(((x[labels == s] - x[labels == s].mean(axis=0, dtype=float)) ** 2).sum(dtype=float)) for s in range(k))
best = None
for s in range(starts):
    model = KMeans(found.k, n_init=1, random_state=s).fit(x)
    best = model if best is None or model.inertia_ < best.inertia_ else best
full = best.labels_
done(segments=found.k, sizes=np.bincount(own).tolist(), full_sizes=sorted(np.bincount(full).tolist(), reverse=True),
     loss_above=loss(own) / loss(full) - 1, ari_full=float(adjusted_rand_score(full, own)), moved=float((own != match(full, own)).mean()),
     ari_truth_full=float(adjusted_rand_score(truth.to_numpy()[typed] if list(truth.index) == list(frame.index) else truth.loc[frame.index].to_numpy()[typed], full)))
"""
_MATCH = """
def match(labels, to):
    from scipy.optimize import linear_sum_assignment
    both = np.zeros((labels.max() + 1, to.max() + 1)); np.add.at(both, (labels, to), 1)
    return linear_sum_assignment(-both)[1][labels]
"""


def run(code: str, folder: Path, starts: int) -> dict[str, Any]:
    """One step in a fresh process; its last line is what it found."""
    out = subprocess.run([sys.executable, "-c", code, str(folder), str(starts)], check=True, capture_output=True, text=True).stdout
    return dict(json.loads(out.strip().splitlines()[-1]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=float, default=1e6)
    parser.add_argument("--starts", type=int, default=5, help="starts of the fit to all rows")
    parser.add_argument("--folder", type=Path, help="keep tables here; taken as they are where they exist")
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = settings.folder or Path(scratch)
        if not (folder / "truth.parquet").exists():
            print("tables:", json.dumps(write_tables(folder, int(settings.customers))), flush=True)
        ours = run(_OURS, folder, settings.starts)
        print("ours:", json.dumps(ours), flush=True)
        full = run(_MATCH + _FULL, folder, settings.starts)
        print("full:", json.dumps(full), flush=True)
    print(f"\n{ours['features']} features, {ours['typed']:,} customers typed into {ours['segments']}: {ours['wall_s']:.0f} s, {ours['cpu_s']:.0f} CPU s, "
          f"{ours['peak_mb']:,.0f} MB; sum of squares {full['loss_above']:.3%} above the fit to all rows, adjusted Rand {full['ari_full']:.4f} with it "
          f"({full['moved']:.2%} of customers elsewhere); against the truth {ours['ari_truth']:.3f}, fit to all rows {full['ari_truth_full']:.3f}")
    return 0 if ours["peak_mb"] < 8_000 else 1


if __name__ == "__main__":
    sys.exit(main())
