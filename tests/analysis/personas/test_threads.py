"""The limit holds in a fresh process too, where scikit-learn's own OpenMP is not loaded before it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json
from cjm_research.analysis.personas.threads import in_one_thread
with in_one_thread():
    from threadpoolctl import threadpool_info
    print(json.dumps([(p["user_api"], p["num_threads"]) for p in threadpool_info()]))
"""


def test_a_fresh_process_fits_in_one_thread() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    pools = json.loads(said)
    assert {"blas", "openmp"} <= {api for api, _ in pools}
    assert all(threads == 1 for _, threads in pools)
