"""What a chapter costs: ours (forked and ordinary kernels) against papermill + nbconvert, as commands and as an API.

    python benchmarks/execution.py [--runs 20] [--rounds 2] [--json FILE]

One notebook (pandas, seaborn, statsmodels, duckdb; three tables, two figures) is executed and turned into a page
`--runs` times by each design, two at a time where the design can; designs take turns within a round, so that they
meet the same machine. CPU seconds are those of all processes of a design, from start to end, as the system counts
them. "ours" includes everything a report does: plan, preloading, kernels, pages, summary, receipt, site.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import Any

import nbformat

JOBS = 2
CELLS = ["""
import base64, io
import duckdb, numpy as np, pandas as pd, seaborn as sns, statsmodels.formula.api as smf
import matplotlib.pyplot as plt
from IPython.display import display

def show(alt):
    data = io.BytesIO(); plt.savefig(data, format="png", dpi=100, metadata={"Software": None}); plt.close()
    display({"image/png": base64.b64encode(data.getvalue()).decode(), "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True)
""", """
rng = np.random.default_rng(7)
n = 4000
customers = pd.DataFrame({"channel": rng.choice(["web", "store", "phone"], n), "age": rng.integers(18, 80, n), "visits": rng.poisson(3, n)})
customers["bought"] = rng.random(n) < 1 / (1 + np.exp(3 - 0.02 * customers.age - 0.3 * customers.visits))
""", "by = duckdb.sql('SELECT channel, count(*) AS n, avg(bought::INT) AS share FROM customers GROUP BY channel ORDER BY channel').df()\nby",
    "plt.figure(figsize=(8, 4.5)); sns.barplot(customers, x='channel', y='bought', errorbar=('ci', 95), n_boot=200, seed=1); show('Bars: share of buyers by channel')",
    "table = customers.pivot_table(index='channel', columns=pd.cut(customers.age, 4).astype(str), values='bought', aggfunc='mean').round(3)\ntable",
    "plt.figure(figsize=(8, 4.5)); sns.heatmap(table, annot=True, cmap='Blues'); show('Shares of buyers by channel and age')",
    "model = smf.logit('bought ~ age + visits + channel', customers.assign(bought=customers.bought.astype(int))).fit(disp=0)\nmodel.params.round(4).to_frame('estimate')"]


def write_notebook(path: Path, title: str) -> None:
    cells = [nbformat.v4.new_markdown_cell(f"# {title}"), nbformat.v4.new_code_cell('client = "demo"', metadata={"tags": ["parameters"]}),
             *(nbformat.v4.new_code_cell(textwrap.dedent(c).strip()) for c in CELLS)]
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nbformat.write(made, path)


def workspace(root: Path, runs: int) -> None:
    for folder in ("notebooks", "params", "data/tables/demo"):
        (root / folder).mkdir(parents=True)
    for number in range(runs):
        write_notebook(root / "notebooks" / f"{10 + number}_chapter.ipynb", f"Chapter {number}")
    (root / "params" / "demo.yaml").write_text("client: demo\n")
    (root / "params" / "_defaults.yaml").write_text("title: Benchmark\n")
    (root / "data" / "tables" / "demo" / "build.json").write_text('{"tables": {}}')


OURS = """
import sys
from pathlib import Path
from cjm_research.params import Workspace
from cjm_research.report.run import run_report
done = run_report("demo", Workspace(Path(sys.argv[1])), jobs={jobs}, isolation="{isolation}")
assert done.exit_code == 0 and all(c.kernel == "{isolation}" for c in done.chapters), [c.reason for c in done.chapters]
"""
API = """
import sys
from pathlib import Path
import papermill
from nbconvert import HTMLExporter
for path in sorted(Path(sys.argv[1]).glob("notebooks/*.ipynb")):
    out = Path(sys.argv[1]) / path.name
    papermill.execute_notebook(str(path), str(out), parameters={"client": "demo"}, progress_bar=False)
    out.with_suffix(".html").write_text(HTMLExporter().from_filename(str(out))[0])
"""
COMMANDS = """
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
root, bin = Path(sys.argv[1]), Path(sys.executable).parent
def one(path):
    out = root / path.name
    subprocess.run([bin / "papermill", path, out, "-p", "client", "demo", "--no-progress-bar"], check=True, capture_output=True)
    subprocess.run([bin / "jupyter", "nbconvert", "--to", "html", out], check=True, capture_output=True)
with ThreadPoolExecutor({jobs}) as pool:
    list(pool.map(one, sorted(root.glob("notebooks/*.ipynb"))))
"""
DESIGNS = {"ours, forked kernels": OURS.replace("{jobs}", str(JOBS)).replace("{isolation}", "fork"),
           "ours, ordinary kernels": OURS.replace("{jobs}", str(JOBS)).replace("{isolation}", "process"),
           "papermill + nbconvert, API, one process": API, "papermill + nbconvert, commands": COMMANDS.replace("{jobs}", str(JOBS))}


def measured(code: str, root: Path) -> tuple[float, float]:
    """CPU and wall seconds of a Python process with all its descendants."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-c", code, str(root)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(error.decode()[-3000:])
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began


def execution(runs: int, rounds: int) -> dict[str, dict[str, float]]:
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in DESIGNS}
    for round_ in range(rounds + 1):
        for name, code in DESIGNS.items():
            with tempfile.TemporaryDirectory() as folder:
                root, n = Path(folder) / "w", 1 if round_ == 0 else runs  # the first round only warms caches
                workspace(root, n)
                cpu, wall = measured(code, root)
                if round_:
                    seen[name].append((cpu / n, wall / n))
                    print(f"round {round_}: {name:42s} {cpu / n:6.2f} CPU s  {wall / n:6.2f} s wall per chapter", flush=True)
    return {name: {"cpu_s": statistics.median(c for c, _ in values), "wall_s": statistics.median(w for _, w in values)} for name, values in seen.items()}


def identical() -> bool:
    """Whether forked and fresh kernels give the same executed notebooks and pages, byte for byte."""
    pages = []
    for isolation in ("fork", "process"):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "w"
            workspace(root, 2)
            measured(OURS.replace("{jobs}", "2").replace("{isolation}", isolation), root)
            run = next(root.glob("reports/demo/2*"))
            pages.append({p.name: p.read_bytes() for p in run.iterdir() if p.name not in ("run.json", "about.html")})
    return pages[0] == pages[1]


def memory() -> dict[str, float]:
    """Unique memory of the preloaded process and of each kernel, in MB, while two forked chapters have done their work."""
    import psutil

    from cjm_research.report.execution.execute import Kernel
    from cjm_research.report.execution.runner import Runner
    from cjm_research.report.record.notebook import read_chapter

    found: dict[str, list[float]] = {"fork": [], "process": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "10_a.ipynb"
        write_notebook(path, "A")
        made = nbformat.read(path, as_version=4)
        made.cells.append(nbformat.v4.new_code_cell("import psutil, time; time.sleep(1); print(psutil.Process().memory_full_info().uss / 1e6); time.sleep(2)"))
        nbformat.write(made, path)
        for isolation in ("fork", "process"):
            with Runner(2, isolation) as runner:
                kernel = Kernel(Path(folder), provisioner=runner.provisioner)
                done = [f.result() for f in [runner.submit(read_chapter(path), {"client": "demo"}, kernel) for _ in range(2)]]
                found[isolation] = [float(d.notebook.cells[-1].outputs[0].text) for d in done]
                if isolation == "fork":
                    from cjm_research.report.execution.fork_provisioner import fork_server

                    server = psutil.Process(fork_server()._server.pid).memory_full_info().uss / 1e6
    return {"per forked kernel, unique MB": statistics.mean(found["fork"]), "per ordinary kernel, unique MB": statistics.mean(found["process"]), "preloaded process, MB": server}


def command_start() -> float:
    """Seconds until `cjm --help` has answered; the least of seven."""
    cjm = Path(sys.executable).parent / "cjm"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times = []
    for _ in range(7):
        began = time.monotonic()
        subprocess.run([cjm, "--help"], check=True, capture_output=True, env=environment)
        times.append(time.monotonic() - began)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    result: dict[str, Any] = {"runs": options.runs, "rounds": options.rounds, "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    result["cjm --help, s"] = command_start()
    result["identical to fresh kernels"] = identical()
    result["memory"] = memory()
    result["per chapter"] = execution(options.runs, options.rounds)
    forked = result["per chapter"]["ours, forked kernels"]["cpu_s"]
    result["times fewer CPU seconds than the commands"] = result["per chapter"]["papermill + nbconvert, commands"]["cpu_s"] / forked
    print(json.dumps(result, indent=1))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
