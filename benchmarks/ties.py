"""The order of events of one instant at a size where readers work in parallel: the file's own order, in two workspaces, in every form.

Run with `python -m benchmarks.ties [rows] [form …]`. Every person has all events at a few instants, in an order that only the rows tell. What the build
keeps is compared with the rows as they were written, by the index of the log and by the SQL of evidence; two workspaces have two keys.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from cjm_research.analysis.paths.walks import walk_nodes
from cjm_research.build import build
from cjm_research.params import Workspace
from cjm_research.study import Study, open_study

EVENTS, A_PERSON = 7, 10  # kinds of events, and events of one person; half of them at each of two instants
START = 1_700_000_000


def log(rows: int, seed: int = 1) -> pd.DataFrame:
    """who, at (seconds) and event, by time: the rows of one instant stand in an order of their own for each person."""
    rng = np.random.default_rng(seed)
    persons = max(1, rows // A_PERSON)
    return pd.DataFrame({
        "who": np.repeat([f"p{i:07d}x" for i in range(persons)], A_PERSON), "at": START + np.tile(np.repeat([0, 86_400], A_PERSON // 2), persons) + np.repeat(np.arange(persons), A_PERSON),
        "event": [f"e{n}" for n in rng.integers(0, EVENTS, persons * A_PERSON)]})


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(at=pd.to_datetime(frame["at"], unit="s", utc=True).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _ga4(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{"event_timestamp": at * 1_000_000, "event_name": event, "user_pseudo_id": who, "event_params": [{"key": "n", "value": {"string_value": str(n)}}]}
            for n, (who, at, event) in enumerate(frame.itertuples(index=False))]


def _lines(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(r) + "\n" for r in rows).encode()


#: form → (kind, how the file is written)
FORMS: dict[str, tuple[str, Callable[[pd.DataFrame, Path], Any]]] = {
    "csv": ("events", lambda frame, path: _table(frame).to_csv(path, index=False)),
    "jsonl": ("events", lambda frame, path: _table(frame).to_json(path, orient="records", lines=True)),
    "parquet": ("events", lambda frame, path: _table(frame).to_parquet(path, row_group_size=10_000)),
    "ga4.jsonl": ("ga4", lambda frame, path: path.write_bytes(_lines(_ga4(frame)))),
    "ga4.parquet": ("ga4", lambda frame, path: pd.DataFrame(_ga4(frame)).to_parquet(path, row_group_size=10_000)),
}


def built(place: Path, form: str, frame: pd.DataFrame) -> Study:
    """A client of this log in a workspace of its own, whose vault has a key of its own."""
    kind, write = FORMS[form]
    raw = place / "data" / "raw" / "tied"
    raw.mkdir(parents=True)
    (place / "params").mkdir()
    write(frame, raw / f"e.{form.rpartition('.')[2]}")
    mapped = {"columns": {"customer_id": "who", "occurred_at": "at", "event": "event"}} if kind == "events" else {}
    (place / "params" / "tied.yaml").write_text(yaml.safe_dump({"client": "tied", "timezone": "UTC", "sources": [{"name": "e", "kind": kind, "files": "e.*", **mapped}]}))
    build("tied", Workspace(place))
    return open_study("tied", Workspace(place))


def told(study: Study) -> tuple[Counter[str], Counter[str]]:
    """Ways → customers: by the index that the kernels read, and by the SQL of evidence."""
    walks = walk_nodes(study, unit="customer", nodes=50, repeats=True)
    index = Counter(" ".join(walks.names[n] for n in walks.node[a:b]) for a, b in itertools.pairwise(walks.first))
    rows = study.query("SELECT string_agg(event, ' ' ORDER BY occurred_at, sequence, interaction_id) AS way FROM interactions GROUP BY customer_id")
    return index, Counter(rows["way"])


def check(form: str, rows: int, folder: Path) -> int:
    """Compare two workspaces with the rows as written; returns how many ways there are. Raises `AssertionError`."""
    frame = log(rows)
    written = Counter(frame.groupby("who", sort=False)["event"].agg(" ".join))
    for name in ("one", "two"):
        index, sql = told(built(folder / form / name, form, frame))
        assert index == written, f"{form}: the index has another order than the file"
        assert sql == written, f"{form}: the table has another order than the file"
        shutil.rmtree(folder / form / name)
    return len(written)


def main() -> None:
    """Print a line for each form."""
    rows = int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    for form in sys.argv[2:] or FORMS:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            ways = check(form, rows, Path(folder))
        print(f"{form}: {rows:,} rows, {ways:,} ways, equal to the file in two workspaces, by index and by SQL ({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
