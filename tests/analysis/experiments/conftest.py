"""A study made of an experiment's frames: written as canonical Parquet tables, opened as any client's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.engine import Engine
from cjm_research.params import Params, Workspace
from cjm_research.study import Study
from cjm_research.tables import DUCKDB_TYPES, TABLES

Make = Callable[..., Study]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A function: params (a mapping, or one experiment) and frames by table → an open study."""
    def make_study(params: dict[str, Any], client: str = "acme", **frames: pd.DataFrame) -> Study:
        settings = params if "experiments" in params or "changes" in params else {"experiments": [params]}
        place = Workspace(tmp_path)
        folder = place.tables(client)
        folder.mkdir(parents=True, exist_ok=True)
        counts = {}
        for name, frame in frames.items():
            table = TABLES[name]
            columns = ", ".join(
                f'CAST("{c.name}" AS {DUCKDB_TYPES[c.type]}) AS "{c.name}"' if c.name in frame.columns
                else f'CAST(NULL AS {DUCKDB_TYPES[c.type]}) AS "{c.name}"' for c in table.columns)
            writer = Engine(None)
            writer.register("frame", frame)
            counts[name] = {"rows": writer.copy_to(f"SELECT {columns} FROM frame", folder / f"{name}.parquet"), "sha256": "0"}
            writer.close()
        (folder / "build.json").write_text(json.dumps({"tables": counts}))
        return Study(Params.model_validate({"client": client, **settings}), place, {"tables": counts})
    return make_study


def two_arms(first: Any, second: Any, metric: str = "m", period: str = "post") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Assignments and measurements of a control A with values `first` and a variant B with values `second`."""
    rows = [(f"A{i}", "A", v) for i, v in enumerate(first)] + [(f"B{i}", "B", v) for i, v in enumerate(second)]
    frame = pd.DataFrame(rows, columns=["unit_id", "variant", "value"])
    frame["experiment"] = "x"
    assignments = frame[["experiment", "unit_id", "variant"]].drop_duplicates()
    return assignments, frame[["experiment", "unit_id", "value"]].assign(metric=metric, period=period)


def design(**changes: Any) -> dict[str, Any]:
    """A small design: control A, variant B, a mean called m."""
    return {"name": "x", "control": "A", "variants": {"A": 1, "B": 1}, "primary": "m", "metrics": [{"name": "m"}], **changes}
