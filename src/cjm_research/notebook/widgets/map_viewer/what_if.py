"""A study as it would be with another journey: its records placed anew by other rules, without building again."""

from __future__ import annotations

import hashlib
import json
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....engine import Engine
from ....engine.duck import BY_EVENT
from ....engine.log_index import ensure_index
from ....files import remove_abandoned, remove_scratch, scratch_folder
from ....journey_map.views import keep_members
from ....params import Workspace
from ....placing import place_codings, place_feedback, place_interactions_sql, place_responses
from ....study import Study
from ....tables import IN_ORDER, TABLES

if TYPE_CHECKING:
    from ....params import Params
    from ....params.schema import Journey


def placed_anew(study: Study, journey: Journey) -> Study:
    """The study with another journey: same persons and rows, touchpoints and stages by the new rules.

    What a source says itself of a record's touchpoint or stage is kept, as when tables are built; it is told from
    what the old rules said by being something else. Channels stay as built. Who belongs to which persona stays too.
    The tables lie in a hidden folder beside the client's own until the study is no longer used.
    """
    old = study.params
    params = old.model_copy(update={"journey": journey})
    if _rules(old.journey) == _rules(journey):
        other = study.with_params(journey=journey)
        keep_members(other, study)
        return other
    home = study.workspace.live.tables(study.client).parent
    remove_abandoned(home)
    root = scratch_folder("whatif", home)
    place = Workspace(root, study.workspace.params)
    target = place.tables(study.client)
    target.mkdir(parents=True)
    _link(study.folder, target)
    if study.workspace.codings(study.client).is_dir():
        place.codings(study.client).parent.mkdir(parents=True, exist_ok=True)
        place.codings(study.client).symlink_to(study.workspace.codings(study.client).resolve())
    engine = Engine(None, old.engine.memory_limit, old.engine.threads)
    try:
        for tables, place_them in _GROUPS:
            _replace(engine, study.folder, target, tables, place_them, old, params)
    finally:
        engine.close()
    said = hashlib.sha256(journey.model_dump_json().encode()).hexdigest()
    counted = {name: {**t, "sha256": f"{t.get('sha256')}|{said}"} for name, t in study.build.get("tables", {}).items()}
    other = Study(params, place, {**study.build, "tables": counted}, study.members)
    weakref.finalize(other, _end, root, study.workspace)
    keep_members(other, study)
    return other


def _end(scratch: Path, _: Workspace) -> None:
    """Remove the scratch tables; the workspace is held until then, since they link to what it pins."""
    remove_scratch(scratch)


def _rules(journey: Journey) -> str:
    """What of a journey decides where records lie."""
    keys = ("name", "channel", "match", "questions", "codes", "feedback", "deals")
    given = [{k: v for k, v in s.items() if k in keys} | {"touchpoints": [{k: v for k, v in t.items() if k in keys} for t in s["touchpoints"]]}
             for s in journey.model_dump(mode="json")["stages"]]
    return json.dumps(given, sort_keys=True)


def _link(source: Path, target: Path) -> None:
    for path in source.iterdir():
        if path.name != "log":  # the index of the log is of the old places
            (target / path.name).symlink_to(path.resolve())


def _place_interactions(engine: Engine, params: Params) -> None:
    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE in_interactions AS {place_interactions_sql(params, 'SELECT * FROM in_interactions')}")


_GROUPS: tuple[tuple[tuple[str, ...], Callable[[Engine, Params], None]], ...] = (
    (("interactions",), _place_interactions), (("responses",), place_responses), (("feedback",), place_feedback),
    (("codebook", "codings"), place_codings))
_KEYS = {"interactions": "interaction_id", "responses": "source, response_id, question_id", "feedback": "source, feedback_id", "codebook": "code_id",
         "codings": "coding_id"}


def _replace(engine: Engine, source: Path, target: Path, names: tuple[str, ...], place: Callable[[Engine, Params], None], old: Params,
             new: Params) -> None:
    """Write tables with their records placed by the new rules instead of the old."""
    here = [n for n in names if (source / f"{n}.parquet").is_file()]
    if "codings" in here and "codebook" not in here:
        here = []
    for name in here:
        path = str(source / f"{name}.parquet").replace("'", "''")
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE built_{name} AS SELECT * FROM read_parquet('{path}')")
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE in_{name} AS SELECT * REPLACE (CAST(NULL AS VARCHAR) AS touchpoint, "
                           f"CAST(NULL AS VARCHAR) AS stage) FROM built_{name}")
    if not here:
        return
    place(engine, old)
    for name in here:
        own = ", ".join(f"CASE WHEN b.{c} = d.{c} THEN NULL ELSE b.{c} END AS {c}" for c in ("touchpoint", "stage"))
        keys = " AND ".join(f"b.{k} IS NOT DISTINCT FROM d.{k}" for k in _KEYS[name].split(", "))
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE own_{name} AS SELECT b.* REPLACE ({own}) FROM built_{name} b "
                           f"LEFT JOIN (SELECT DISTINCT ON ({_KEYS[name]}) {_KEYS[name]}, touchpoint, stage FROM in_{name}) d ON {keys}")
    for name in here:
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE in_{name} AS SELECT * FROM own_{name}")
    place(engine, new)
    for name in here:
        order = ", ".join(f'"{c}"' for c in TABLES[name].sort)
        _write(engine, f"SELECT * FROM in_{name} ORDER BY {order}", target / f"{name}.parquet")
    if "interactions" in here:
        _write(engine, f"SELECT * FROM in_interactions ORDER BY event, customer_id, {IN_ORDER}", target / f"{BY_EVENT}.parquet")
        ensure_index(target / "interactions.parquet", target / "log", new.engine.memory_limit)


def _write(engine: Engine, sql: str, path: Path) -> Any:
    path.unlink(missing_ok=True)  # a link to the built table, which stays
    return engine.copy_to(sql, path)
