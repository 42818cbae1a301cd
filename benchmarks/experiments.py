"""A/B tests: do the methods hold their level, and what does an evaluation cost?

    python -m benchmarks.experiments simulate [--runs 20000] [--data ../shared/data/experiments]
    python -m benchmarks.experiments scale --units 1e6 [--metrics 10] [--arms 3] [--rounds 3] [--peer-python VENV/bin/python]

`simulate`: type-I error, power and coverage over looks (naive peeking is among them, so that the harness is seen to fail), the
wrong and the right unit of analysis, and A/A tests on real data. Every line has its bar; the exit code says whether all hold.

`scale`: one experiment in canonical tables, evaluated by `experiments.evaluate`, and by tea-tasting on DuckDB in an environment
of its own (`pip install "tea-tasting==1.14.0" "ibis-framework[duckdb]" "duckdb<2" "sqlglot<30.18"`): from the same long tables,
and, for honesty, from a wide table that somebody made ready before. Each run is a fresh process, the contestants take turns, the
effects are compared before any time is.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.measure import MEASURE

Array = npt.NDArray[np.float64]
ALPHA, PER_ARM, SHIFT = 0.05, 5000, 0.056  # the reference setting: a fixed look has power .80
COLUMNS = ("series", "time", "n_control", "n_variant", "mean_control", "mean_variant", "var_control", "var_variant")


# --- simulate ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One simulated share: what, share, its Monte Carlo error, the bar in words, and whether it holds."""

    what: str
    share: float
    error: float
    bar: str
    holds: bool


@dataclass(frozen=True)
class Looks:
    """Cumulative statistics of many two-armed tests at their looks; arrays are runs × looks."""

    n: Array
    means: tuple[Array, Array]
    variances: tuple[Array, Array]

    @property
    def difference(self) -> Array:
        """Variant minus control."""
        return self.means[1] - self.means[0]

    @property
    def se(self) -> Array:
        """Welch's standard error."""
        return np.sqrt((self.variances[0] + self.variances[1]) / self.n)


def normal_blocks(rng: np.random.Generator, runs: int, sizes: Array, shift: float) -> tuple[Array, Array]:
    """Sums and sums of squares of normal values per block, by their exact distributions."""
    mean = rng.normal(shift, 1 / np.sqrt(sizes), (runs, len(sizes)))
    return mean * sizes, rng.chisquare(sizes - 1, (runs, len(sizes))) + sizes * mean**2


def bernoulli_blocks(rng: np.random.Generator, runs: int, sizes: Array, shift: float) -> tuple[Array, Array]:
    """Sums of zeros and ones, a share of .05."""
    hits = rng.binomial(sizes.astype(int), 0.05 + shift, (runs, len(sizes))).astype(float)
    return hits, hits


def revenue_blocks(rng: np.random.Generator, runs: int, sizes: Array, shift: float) -> tuple[Array, Array]:
    """Revenue of which 5 % of the units have any: lognormal(3, 1), nothing else."""
    buyers = rng.binomial(sizes.astype(int), 0.05, (runs, len(sizes)))
    spent = rng.lognormal(3, 1, int(buyers.sum())) + shift
    starts = np.concatenate(([0], np.cumsum(buyers.ravel())))
    return tuple((np.diff(np.concatenate(([0.0], np.cumsum(x)))[starts])).reshape(buyers.shape) for x in (spent, spent**2))  # type: ignore[return-value]


Blocks = Callable[[np.random.Generator, int, Array, float], tuple[Array, Array]]


def draw(blocks: Blocks, runs: int, looks: int, shift: float, seed: int) -> Looks:
    """So many tests of PER_ARM units an arm, looked at so often, equally spaced."""
    rng = np.random.default_rng(seed)
    n = np.round(PER_ARM * np.arange(1, looks + 1) / looks)
    sizes = np.diff(np.concatenate(([0], n)))
    means, variances = [], []
    for moved in (0.0, shift):
        s, q = (np.cumsum(x, axis=1) for x in blocks(rng, runs, sizes, moved))
        means.append(s / n)
        variances.append((q - s * s / n) / (n - 1))
    return Looks(n, (means[0], means[1]), (variances[0], variances[1]))


def rejected(seen: Looks) -> dict[str, npt.NDArray[np.bool_]]:
    """Method → whether it ever rejected, per run; the bounds are the product's own."""
    from cjm_research.stats import sequential

    z = np.abs(seen.difference / seen.se)
    bounds = np.array(sequential.bounds(list(seen.n / PER_ARM), ALPHA))
    return {"fixed": z[:, -1] > 1.959964, "naive": (z > 1.959964).any(1), "lan_demets": (z > bounds).any(1),
            "asympcs": (np.abs(seen.difference) > sequence(seen)).any(1)}


def sequence(seen: Looks) -> Array:
    """Half-widths of the asymptotic confidence sequence, tightest at the planned size."""
    from cjm_research.stats import anytime

    rho = anytime.rho_for(2 * PER_ARM, ALPHA)
    return seen.se * np.array([anytime.widening(2 * n, rho, ALPHA) for n in seen.n])


def same_as_the_report(seen: Looks, runs: int = 100) -> bool:
    """Whether `experiments.checkpoints.read`, what a reader sees, says of some runs what the vectors say."""
    import pandas as pd

    from cjm_research.analysis.experiments import checkpoints

    rows = [(run, k, n, n, seen.means[0][run, k], seen.means[1][run, k], seen.variances[0][run, k], seen.variances[1][run, k])
            for run in range(runs) for k, n in enumerate(seen.n)]
    _, found = checkpoints.read(pd.DataFrame(rows, columns=list(COLUMNS)), planned=True)
    ours = rejected(seen)
    return bool((found.bound_crossed.to_numpy(bool) == ours["lan_demets"][:runs]).all()
                and (found.anytime_ever.to_numpy(bool) == ours["asympcs"][:runs]).all())


def over_looks(runs: int) -> Iterator[Line]:
    """Type-I error, power and coverage at 14 and 28 looks."""
    from cjm_research.stats import sequential

    for looks, seed in ((14, 11), (28, 12)):
        seen = draw(normal_blocks, runs, looks, 0.0, seed)
        if not same_as_the_report(seen, min(100, runs)):
            raise SystemExit("the vectors and experiments.checkpoints.read disagree: nothing below would mean anything")
        found, exact = rejected(seen), sequential.repeated_error(looks, ALPHA)
        yield _near(f"normal, {looks} looks: one look at the end", found["fixed"], 0.05, 0.005)
        yield _near(f"normal, {looks} looks: naive peeking", found["naive"], exact, 0.0, f"exact recursion {exact:.4f}")
        yield _near(f"normal, {looks} looks: Lan–DeMets", found["lan_demets"], 0.05, 0.005)
        yield _most(f"normal, {looks} looks: AsympCS", found["asympcs"], 0.05)
    for name, blocks, seed in (("5 % share", bernoulli_blocks, 13), ("revenue of 5 % buyers", revenue_blocks, 14)):
        found = rejected(draw(blocks, runs, 14, 0.0, seed))
        yield _near(f"{name}, 14 looks: naive peeking", found["naive"], sequential.repeated_error(14, ALPHA), 0.01)
        yield _near(f"{name}, 14 looks: Lan–DeMets", found["lan_demets"], 0.05, 0.005)
        yield _most(f"{name}, 14 looks: AsympCS", found["asympcs"], 0.05)
    seen = draw(normal_blocks, runs, 14, SHIFT, 15)
    found = rejected(seen)
    yield _least(f"power at d = {SHIFT}, 14 looks: one look at the end", found["fixed"], 0.78)
    yield _least(f"power at d = {SHIFT}, 14 looks: Lan–DeMets", found["lan_demets"], 0.77)
    yield _least(f"power at d = {SHIFT}, 14 looks: AsympCS", found["asympcs"], 0.45)
    inside = (np.abs(seen.difference - SHIFT) <= sequence(seen)).all(1)
    yield _least("AsympCS covers the true effect at all 14 looks", inside, 0.95)


def unit_mismatch(runs: int, users: int = 2000, seed: int = 16) -> Iterator[Line]:
    """Users are randomised, sessions compared: Beta(1, 9) users with geometric sessions, five on average; no effect."""
    from scipy.special import ndtr

    from cjm_research.stats.means import Sample, mean_difference
    from cjm_research.stats.ratios import Pairs, ratio_difference

    rng = np.random.default_rng(seed)
    naive, right = np.zeros(runs, bool), np.zeros(runs, bool)
    for run in range(runs):
        pairs, shares = [], []
        for _ in range(2):
            sessions = rng.geometric(0.2, users)
            hits = rng.binomial(sessions, rng.beta(1, 9, users))
            pairs.append(Pairs.from_values(hits, sessions))
            shares.append(Sample.from_share(int(hits.sum()), int(sessions.sum())))
        naive[run] = _p(mean_difference(shares[0], shares[1])) < ALPHA
        right[run] = _p(ratio_difference(pairs[0], pairs[1])) < ALPHA
    # correlation in a user 1/(1+9+1); E m²/E m = 9 for the geometric: the design effect of Kish 1965
    theory = 2 * float(ndtr(-1.959964 / math.sqrt(1 + (9 - 1) / 11)))
    yield _near("users randomised, sessions compared: z-test of sessions", naive, theory, 0.005, f"theory {theory:.3f}")
    yield _near("users randomised, sessions compared: delta method", right, 0.05, 0.005)


def real_data(folder: Path, runs: int, seed: int = 17) -> Iterator[Line]:
    """A/A: the arm without an e-mail (Hillstrom), split at random again and again."""
    import pandas as pd

    from cjm_research.stats.means import Sample, mean_difference
    from cjm_research.stats.share_differences import score_test

    path = folder / "hillstrom.csv.gz"
    if not path.is_file():
        print(f"A/A on real data: not run, there is no {path.name} in {folder} (--data says where)")
        return
    frame = pd.read_csv(path)
    none = frame[frame.segment == "No E-Mail"]
    rng = np.random.default_rng(seed)
    visit, spend = none.visit.to_numpy(), none.spend.to_numpy()
    visits, spends = np.zeros(runs, bool), np.zeros(runs, bool)
    for run in range(runs):
        half = rng.random(len(none)) < 0.5
        a, b = visit[half], visit[~half]
        visits[run] = _p(score_test(int(a.sum()), len(a), int(b.sum()), len(b))) < ALPHA
        spends[run] = _p(mean_difference(Sample.from_values(spend[half]), Sample.from_values(spend[~half]))) < ALPHA
    yield _near(f"A/A, Hillstrom's control ({len(none):,} customers): visit, score test", visits, 0.05, 0.005)
    # nine in a thousand spend: Welch is a little strict, never loose
    yield _near(f"A/A, Hillstrom's control ({len(none):,} customers): spend, Welch", spends, 0.05, 0.01)


def _p(comparison: Any) -> float:
    found = comparison if isinstance(comparison, float) else comparison[1] if isinstance(comparison, tuple) else comparison.p
    return 1.0 if found is None else float(found)


def _line(what: str, hits: npt.NDArray[np.bool_]) -> tuple[float, float]:
    share = float(hits.mean())
    return share, math.sqrt(max(share * (1 - share), 1e-9) / len(hits))


def _near(what: str, hits: npt.NDArray[np.bool_], aim: float, slack: float, words: str = "") -> Line:
    """Within the slack, or within three Monte Carlo errors where that is wider (few runs)."""
    share, error = _line(what, hits)
    allowed = max(slack, 3 * error)
    return Line(what, share, error, f"{words or f'{aim:.3f}'} ± {allowed:.3f}", abs(share - aim) <= allowed)


def _most(what: str, hits: npt.NDArray[np.bool_], aim: float) -> Line:
    share, error = _line(what, hits)
    return Line(what, share, error, f"at most {aim:.3f}", share <= aim)


def _least(what: str, hits: npt.NDArray[np.bool_], aim: float) -> Line:
    share, error = _line(what, hits)
    return Line(what, share, error, f"at least {aim:.3f}", share >= aim - (3 * error if len(hits) < 2000 else 0))


def simulate(runs: int, data: Path) -> int:
    """Print every line with its bar; 1 where one does not hold."""
    began, bad = time.perf_counter(), 0
    print(f"{'':72} {'share':>6}  {'±':>5}  bar")
    for source in (over_looks(runs), unit_mismatch(max(200, runs * 2 // 5)), real_data(data, max(200, runs // 5))):
        for line in source:
            bad += not line.holds
            print(f"{line.what:72} {line.share:6.4f}  {line.error:.4f} {line.bar}{'' if line.holds else '   DOES NOT HOLD'}", flush=True)
    print(f"{runs:,} runs (mismatch {max(200, runs * 2 // 5):,}, A/A {max(200, runs // 5):,}) in {time.perf_counter() - began:.0f} s; "
          f"{f'{bad} do not hold' if bad else 'all hold'}")
    return int(bad > 0)


# --- scale ------------------------------------------------------------------------------------------------------------


def write_tables(folder: Path, units: int, metrics: int, arms: int) -> dict[str, int]:
    """Canonical assignments and measurements under `folder`, and the same pivoted as `wide.parquet`; bytes of each.

    Ids are 16 hexadecimal digits as pseudonyms are; four metrics in ten are shares, the others skewed amounts;
    measurements are sorted by metric and unit, as `cjm build` writes them.
    """
    import duckdb

    tables = folder / "data" / "tables" / "scale"
    tables.mkdir(parents=True)
    con = duckdb.connect(str(folder / "scratch.duckdb"))
    con.execute(f"SET TimeZone='UTC'; SET temp_directory='{folder / 'spill'}'")

    def uniform(key: str) -> str:
        return f"((hash(i * 1000003 + {key}) >> 11) / 9007199254740992.0)"

    values = {f"m{k}": f"CAST({uniform(k)} < {0.10 + 0.02 * k} + 0.002 * arm AS DOUBLE)" if k % 5 < 2
              else f"round(-ln(1 - {uniform(k)}) * ({10 * (k + 1)} + 0.1 * arm), 2)" for k in range(metrics)}
    con.execute(f"""CREATE TABLE wide AS SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in values.items())} FROM (
        SELECT i, substring(md5(i::VARCHAR), 1, 16) AS unit_id, (hash(i * 7919 + 77) % {arms})::INTEGER AS arm,
               TIMESTAMPTZ '2024-03-04' + to_seconds(floor({uniform('991')} * 14 * 86400)) AS assigned_at FROM range({units}) t(i))
        ORDER BY unit_id""")
    options = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    con.execute(f"""COPY (SELECT 'scale' AS experiment, unit_id, NULL::VARCHAR AS customer_id, 'v' || arm AS variant, assigned_at,
        NULL::VARCHAR AS cluster, NULL::VARCHAR AS properties FROM wide) TO '{tables / 'assignments.parquet'}' {options}""")
    long = " UNION ALL ".join(f"SELECT 'scale' AS experiment, unit_id, '{name}' AS metric, {name} AS value, 'post' AS period, "
                              "NULL::TIMESTAMPTZ AS measured_at FROM wide" for name in values)
    con.execute(f"COPY ({long}) TO '{tables / 'measurements.parquet'}' {options}")
    con.execute(f"COPY (SELECT 'v' || arm AS variant, {', '.join(values)} FROM wide) TO '{folder / 'wide.parquet'}' {options}")
    con.close()
    (folder / "scratch.duckdb").unlink()
    (tables / "build.json").write_text(json.dumps({"tables": {
        "assignments": {"rows": units, "sha256": "0"}, "measurements": {"rows": units * metrics, "sha256": "0"}}}))
    return {p.name: p.stat().st_size for p in (tables / "assignments.parquet", tables / "measurements.parquet", folder / "wide.parquet")}


# every contestant: prepare (imports, connection), then clock what answers, then print what was found
_BEGIN = MEASURE + """
import json, time
folder, metrics, arms, threads, memory = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
tables = folder / "data" / "tables" / "scale"
names = [f"m{k}" for k in range(metrics)]
def start():
    global clock, begin
    clock, begin = time.perf_counter(), cpu()
def done(effects=None):
    print(); print(json.dumps({"wall_s": time.perf_counter() - clock, "cpu_s": cpu() - begin, "effects": effects, "peak_mb": peak()}))
"""
_OURS = _BEGIN + """
from cjm_research.analysis import experiments
from cjm_research.params import Params, Workspace
from cjm_research.study import Study
params = Params.model_validate({"client": "scale", "engine": {"threads": threads, "memory_limit": memory}, "experiments": [{
    "name": "scale", "control": "v0", "variants": {f"v{a}": 1 for a in range(arms)}, "primary": "m0",
    "metrics": [{"name": m, "kind": "proportion" if k % 5 < 2 else "mean"} for k, m in enumerate(names)]}]})
study = Study(params, Workspace(folder), json.loads((tables / "build.json").read_text()))
import scipy.stats, scipy.optimize
start()
result = experiments.evaluate(study, "scale")
done({f"{r.metric} {r.variant}": [r.value, (r.high - r.low) / 2] for r in result["effects"].itertuples()})
"""
_PEER = _BEGIN + """
import ibis, tea_tasting as tt
con = ibis.duckdb.connect()
con.raw_sql(f"SET threads={threads}; SET memory_limit='{memory}'; SET temp_directory='{folder / 'spill'}'")
experiment = tt.Experiment({m: tt.Mean(m) for m in names})
start()
if LONG:
    columns = ", ".join(f"max(value) FILTER (WHERE metric = '{m}') AS {m}" for m in names)
    data = con.sql(f'''SELECT a.variant, p.* EXCLUDE (unit_id) FROM (
        SELECT unit_id, {columns} FROM '{tables / "measurements.parquet"}' WHERE experiment = 'scale' AND period = 'post' GROUP BY unit_id) p
        JOIN '{tables / "assignments.parquet"}' a ON a.experiment = 'scale' AND a.unit_id = p.unit_id''', dialect="duckdb")
else:
    data = con.read_parquet(folder / "wide.parquet")
found = experiment.analyze(data, control="v0", all_variants=True) if arms > 2 else {("v0", "v1"): experiment.analyze(data, control="v0")}
done({f"{m} {v}": [r[m].treatment - r[m].control, None] for (c, v), r in found.items() if c == "v0" for m in names})
"""
_FLOOR = _BEGIN + """
import duckdb
con = duckdb.connect()
con.execute(f"SET threads={threads}; SET memory_limit='{memory}'")
start()
if STEP == "bytes":
    for name in ("assignments", "measurements"):
        with open(tables / f"{name}.parquet", "rb", buffering=0) as f:
            while f.read(1 << 22): pass
elif STEP == "scan":
    con.execute(f"SELECT metric, min(unit_id), min(period), avg(value), var_samp(value) FROM '{tables / 'measurements.parquet'}' WHERE experiment = 'scale' GROUP BY metric").fetchall()
    con.execute(f"SELECT variant, min(unit_id), max(epoch(assigned_at)) FROM '{tables / 'assignments.parquet'}' GROUP BY variant").fetchall()
else:
    con.execute(f'''SELECT metric, variant, count(*), avg(value), var_samp(value) FROM '{tables / 'measurements.parquet'}' m
        JOIN '{tables / 'assignments.parquet'}' a ON a.unit_id = m.unit_id GROUP BY ALL''').fetchall()
done()
"""


def contestants(peer: str | None) -> dict[str, tuple[str, str]]:
    """Name → (interpreter, code)."""
    here = sys.executable
    found = {"cjm evaluate, long tables": (here, _OURS)}
    if peer:
        found["tea-tasting, long tables"] = peer, "LONG = True\n" + _PEER
        found["tea-tasting, wide table made before"] = peer, "LONG = False\n" + _PEER
    for step, words in (("bytes", "limit: read the bytes"), ("scan", "limit: scan the columns"), ("join", "limit: join, moments by arm")):
        found[words] = here, f"STEP = {step!r}\n" + _FLOOR
    return found


def scale(units: int, metrics: int, arms: int, rounds: int, peer: str | None, folder: Path, threads: int, memory: str) -> int:
    """Interleaved rounds, medians, ratios; 1 where somebody failed or the effects differ."""
    began = time.perf_counter()
    sizes = write_tables(folder, units, metrics, arms)
    print(f"{units:,} units × {metrics} metrics × {arms} arms = {units * metrics:,} measurements; "
          + ", ".join(f"{k} {v / 1e6:,.0f} MB" for k, v in sizes.items()) + f"; written in {time.perf_counter() - began:.0f} s")
    print(f"{threads} threads, memory limit {memory}; load at the start {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {_versions(peer)}", flush=True)
    taken: dict[str, list[dict[str, Any]]] = {}
    running = contestants(peer)
    for number in range(rounds):
        for name in list(running):
            interpreter, code = running[name]
            run = subprocess.run([interpreter, "-c", code, str(folder), str(metrics), str(arms), str(threads), memory], capture_output=True, text=True)
            if run.returncode:
                print(f"{name}: failed: {(run.stderr.strip().splitlines() or ['no reason given'])[-1]}")
                del running[name]
                continue
            taken.setdefault(name, []).append(_last(run.stdout))
            print(f"  round {number + 1}: {name}: {taken[name][-1]['wall_s']:.2f} s", flush=True)
    ours = taken.get("cjm evaluate, long tables")
    if not ours:
        return 1
    bad = _differences(taken)
    print(f"\n| {'median of ' + str(rounds):38} | wall s | CPU s | peak MB | wall ÷ ours | CPU ÷ ours |\n|---|---:|---:|---:|---:|---:|")
    own = {k: statistics.median(r[k] for r in ours) for k in ("wall_s", "cpu_s", "peak_mb")}
    for name, runs in taken.items():
        m = {k: statistics.median(r[k] for r in runs) for k in own}
        print(f"| {name:38} | {m['wall_s']:.2f} | {m['cpu_s']:.2f} | {m['peak_mb']:,.0f} | {m['wall_s'] / own['wall_s']:.2f} | {m['cpu_s'] / own['cpu_s']:.2f} |")
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    return int(bad or len(running) < len(contestants(peer)))


def _last(stdout: str) -> dict[str, Any]:
    """What a contestant reported; engines may draw progress on the same stream."""
    found: dict[str, Any] = json.loads(next(line for line in reversed(stdout.splitlines()) if line.startswith("{")))
    return found


def _differences(taken: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether any contestant's effects differ from ours by more than 1e-9 of their interval."""
    ours = taken["cjm evaluate, long tables"][0]["effects"]
    bad = False
    for name, runs in taken.items():
        other = runs[0]["effects"]
        if other is None or other is ours:
            continue
        far = [abs(other[k][0] - ours[k][0]) / ours[k][1] for k in ours]
        print(f"{name}: {len(ours)} effects, largest difference {max(far):.1e} half intervals")
        bad = bad or not all(x <= 1e-9 for x in far)  # so that not-a-number is bad too
    return bad


def _versions(peer: str | None) -> str:
    code = "import sys, importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    said = [subprocess.run([python, "-c", code, *names], capture_output=True, text=True).stdout.strip()
            for python, names in ((sys.executable, ("duckdb",)), (peer, ("tea-tasting", "ibis-framework", "duckdb", "sqlglot"))) if python]
    return "; peer: ".join(said)


def main(argv: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("simulate")
    first.add_argument("--runs", type=lambda x: int(float(x)), default=20_000)
    first.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "experiments")
    second = commands.add_parser("scale")
    for name, default in (("--units", 1_000_000), ("--metrics", 10), ("--arms", 3), ("--rounds", 3), ("--threads", os.cpu_count() or 1)):
        second.add_argument(name, type=lambda x: int(float(x)), default=default)
    second.add_argument("--memory", default="8GB", help="memory limit of every engine")
    second.add_argument("--peer-python", help="the interpreter of an environment with tea-tasting and its ibis backend")
    second.add_argument("--folder", type=Path, help="where the temporary folder is made")
    given = parser.parse_args(argv)
    if given.command == "simulate":
        return simulate(given.runs, given.data)
    if not given.peer_python:
        print("tea-tasting: left out, --peer-python names no environment with it")
    with tempfile.TemporaryDirectory(prefix="cjm-experiments-", dir=given.folder) as folder:
        return scale(given.units, given.metrics, given.arms, given.rounds, given.peer_python, Path(folder), given.threads, given.memory)


if __name__ == "__main__":
    sys.exit(main())
