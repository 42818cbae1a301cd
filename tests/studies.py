"""A study made of a few rows, small enough to check by hand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cjm_research.engine import Engine
from cjm_research.params import Params, Workspace
from cjm_research.study import BUILD_FILE, Study
from cjm_research.tables import DUCKDB_TYPES, TABLES


def make_study(folder: Path, tables: dict[str, pd.DataFrame], **params: Any) -> Study:
    """A study over these frames; columns that are left out are empty. params: sections of the params file."""
    place = Workspace(folder)
    client = params.pop("client", "tiny")
    target = place.tables(client)
    target.mkdir(parents=True, exist_ok=True)
    engine = Engine(None)
    counts = {}
    for name, frame in tables.items():
        engine.register("given", frame)
        have = set(frame.columns)
        assert have <= set(TABLES[name].names), have - set(TABLES[name].names)
        columns = ", ".join(f'CAST({chr(34) + c.name + chr(34) if c.name in have else "NULL"} AS {DUCKDB_TYPES[c.type]}) AS "{c.name}"'
                            for c in TABLES[name].columns)
        order = ", ".join(f'"{c}"' for c in TABLES[name].sort)
        rows = engine.copy_to(f"SELECT {columns} FROM given ORDER BY {order}", target / f"{name}.parquet")
        counts[name] = {"rows": rows, "sha256": hashlib.sha256(str(pd.util.hash_pandas_object(frame.astype(str)).sum()).encode()).hexdigest()}
    engine.close()
    build = {"tables": counts, "sources": [], "notes": []}
    (target / BUILD_FILE).write_text(json.dumps(build))
    settings = {"client": client, **params}
    place.params.mkdir(exist_ok=True)
    (place.params / f"{client}.yaml").write_text(yaml.safe_dump(json.loads(Params.model_validate(settings).model_dump_json(exclude_unset=True))))
    return Study(Params.model_validate(settings), place, build)


def interactions(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> pd.DataFrame:
    """Interactions from (customer, event, time[, stage])."""
    return pd.DataFrame([{"interaction_id": f"i{k}", "customer_id": r[0], "event": r[1], "occurred_at": pd.Timestamp(r[2], tz="UTC"),
                          "source": "web", "stage": r[3] if len(r) > 3 else None} for k, r in enumerate(rows)])
