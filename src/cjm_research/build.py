"""Raw exports → canonical tables: read what changed, find persons, protect them, place on the journey, write.

The tables are written beside the old ones and swapped in when whole; `build.json` says what they rest on.
What was read from an export lies in the vault (it holds raw identifiers) and is reused while export and
settings are the same.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from .engine.duck import BY_EVENT, Engine
from .engine.log_index import ensure_index
from .errors import BadInput, BadInputs, CjmError, unknown
from .identity import KEY, resolve
from .masking_tables import mask_inputs, mask_reports
from .one_document import ORDER, forget_documents, merge_documents
from .params import Params, Workspace, load_params, params_sha256
from .params.schema import Source
from .placing import place_codings, place_feedback, place_interactions_sql, place_responses
from .privacy import Vault
from .sources import SOURCES
from .sources.base import Context, ImportReport, SourceTables, find_files
from .sources.joins import input_files
from .staging import Staged, load_staged, save_staged, staged_key
from .study import BUILD_FILE
from .tables import DUCKDB_TYPES, TABLES
from .version import VERSION

Progress = Callable[[str], None]


@dataclass
class BuildReport:
    """What a build did. tables: name → rows and content hash; sources: the import reports."""

    client: str
    changed: bool
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)


def build(client: str, workspace: Workspace, *, force: bool = False, progress: Progress | None = None) -> BuildReport:
    """Build a client's canonical tables from its exports. Does nothing where nothing changed.

    Raises `BadInput(s)` with everything that is wrong with params and exports; nothing is written then.
    """
    say = progress or (lambda _: None)
    params = load_params(client, workspace)
    folder, vault = workspace.tables(client), Vault(workspace.vault(client))
    files = source_files(params, workspace)
    inputs = input_hashes(params, workspace)
    log = remote_log(params, say)
    key = _build_key(params, inputs | {"log": log["sha256"]} if log else inputs, vault)
    old = _read_build(folder)
    if not force and old and old.get("key") == key and all((folder / f"{t}.parquet").is_file() or "lies" in found for t, found in old["tables"].items()):
        say("nothing changed")
        return BuildReport(client, False, old["tables"], old["sources"], old["notes"], old["inputs"])
    staged = read_sources(params, workspace, files, vault, inputs, say)
    if log and (both := [s.name for s in staged if "interactions" in s.tables]):
        raise BadInput("engine", f"the interactions lie in {params.engine.remote!r}, and {', '.join(both)} delivers some too", "one of the two",
                       "leave out engine.path or engine.table to count those that are built here")
    say("who is who")
    identities = resolve(_all_keys(staged), [s.same_person for s in staged if s.same_person is not None])
    notes = list(identities.notes)
    say("writing tables")
    partial = folder.with_name(f"{client}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        engine = Engine(None, params.engine.memory_limit, params.engine.threads)
        _register_persons(engine, identities.keys, vault)
        tables = _write_tables(engine, staged, params, vault, partial, notes)
        engine.close()
        placed = {"placed": placed_sql(params)} if log else {}
        if log:
            tables["interactions"] = log
            notes.append(f"the interactions are read where they lie ({params.engine.remote}); their customer ids are shown as they are")
        speakers: set[str] = set().union(*(s.speakers for s in staged))
        report = BuildReport(client, True, tables, mask_reports([s.report for s in staged], speakers, params, vault), notes,
                             mask_inputs(inputs, speakers, params, vault))
        meta = {"key": key, "version": VERSION, "client": client, "tables": tables, "sources": report.sources,
                "notes": notes, "inputs": report.inputs, "params_sha256": params_sha256(params), **placed}
        (partial / BUILD_FILE).write_text(json.dumps(meta, indent=1, ensure_ascii=False), encoding="utf-8")
        _swap(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    identities.keys.to_parquet(vault.folder / "identities.parquet")
    return report


def placed_sql(params: Params) -> str:
    """A query over `delivered`, interactions that lie elsewhere, with touchpoint, channel and stage filled in."""
    return place_interactions_sql(params, "SELECT * FROM delivered")


def remote_log(params: Params, say: Progress) -> dict[str, Any] | None:
    """Rows and content hash of interactions that lie on Spark, or None where they are built here."""
    where = params.engine.remote
    if where is None:
        return None
    from .engine.spark import SparkLog

    say(f"counting {where} on Spark")
    rows, content = SparkLog(params.engine, where, is_table=bool(params.engine.table), placed=placed_sql(params)).fingerprint()
    return {"rows": rows, "sha256": hashlib.sha256(content.encode()).hexdigest(), "lies": where}


# --- reading -------------------------------------------------------------------------------------------------------


def source_files(params: Params, workspace: Workspace) -> dict[str, list[Path]]:
    """The files of every source. Raises `BadInput(s)` telling all that are missing or of an unknown kind."""
    problems: list[CjmError] = []
    files: dict[str, list[Path]] = {}
    if not params.sources and not params.engine.remote:
        raise BadInput(f"params/{params.client}.yaml: sources", "no source is given", "", "cjm sources lists the kinds; add at least one")
    raw = workspace.raw(params.client, params.raw)
    for source in params.sources:
        try:
            if source.kind not in SOURCES:
                raise unknown(f"source {source.name!r}: kind", "kind of source", source.kind, SOURCES, "cjm sources")
            SOURCES[source.kind].check(source)
            files[source.name] = find_files(source, raw)
            input_files(source, raw)  # tells joined files that are missing
        except CjmError as problem:
            problems.append(problem)
    if problems:
        raise BadInputs(problems)
    return files


def input_hashes(params: Params, workspace: Workspace) -> dict[str, str]:
    """The content hash of every file a source reads, joined ones included, by source and path."""
    raw = workspace.raw(params.client, params.raw).resolve()
    hashes: dict[Path, str] = {}
    inputs = {}
    for source in params.sources:
        for path in input_files(source, raw):
            hashes[path] = hashes.get(path) or _file_sha256(path)
            inputs[f"{source.name}/{path.relative_to(raw).as_posix()}"] = hashes[path]
    return inputs


def read_sources(params: Params, workspace: Workspace, files: Mapping[str, list[Path]], vault: Vault,
                 inputs: Mapping[str, str], say: Progress) -> list[Staged]:
    """Every source read, or taken from the vault where neither export nor settings changed. Tells all problems at once."""
    declared = "timezone" in params.model_fields_set
    problems: list[CjmError] = []
    staged: list[Staged] = []
    for source in params.sources:
        context = Context(params.client, source.timezone or (params.timezone if declared else None), params.currency)
        hashes = {k: v for k, v in inputs.items() if k.startswith(f"{source.name}/")}
        key = staged_key(source, context, hashes)
        place = vault.folder / "staged" / source.name
        found = load_staged(place, key)
        if found is None:
            say(f"reading {source.name} ({source.kind})")
            try:
                delivered = SOURCES[source.kind].read(files[source.name], source, context)
                _check_delivery(source, delivered)
            except CjmError as problem:
                problems.append(problem)
                continue
            found = save_staged(place, key, source.name, delivered)
        staged.append(found)
    if problems:
        raise BadInputs(problems)
    return staged


def _check_delivery(source: Source, delivered: SourceTables) -> None:
    for name, frame in delivered.tables.items():
        extra = set(frame.columns) - set(TABLES[name].names) - {"key_type", "customer_key"}
        if extra:
            raise RuntimeError(f"source kind {source.kind!r} delivers unknown columns of {name}: {sorted(extra)}")


def _all_keys(staged: list[Staged]) -> pd.DataFrame:
    frames = [s.keys for s in staged if len(s.keys)]
    return pd.concat(frames, ignore_index=True).drop_duplicates() if frames else pd.DataFrame(columns=KEY, dtype="string")


def _register_persons(engine: Engine, keys: pd.DataFrame, vault: Vault) -> None:
    """`person`: key_type, key, source-free customer_id, key pseudonym, reason; without erased persons."""
    erased = vault.erased()
    frame = keys.copy()
    first = frame.drop_duplicates("person").set_index("person")
    names = vault.pseudonyms((first["key_type"] + "|" + first["key"]).astype("string"), "c")
    frame["customer_id"] = frame["person"].map(names)
    frame["key_pseudonym"] = vault.pseudonyms((frame["key_type"] + "|" + frame["key"]).astype("string"), "k")
    if erased:
        gone = set(frame.loc[frame["key"].isin(erased) | frame["customer_id"].isin(erased), "customer_id"])
        frame = frame[~frame["customer_id"].isin(gone)]
    engine.register("person_frame", frame[[*KEY, "customer_id", "key_pseudonym", "reason"]])
    engine.con.execute("CREATE TEMP TABLE person AS SELECT * FROM person_frame")


# --- writing -------------------------------------------------------------------------------------------------------


def _write_tables(engine: Engine, staged: list[Staged], params: Params, vault: Vault, folder: Path,
                  notes: list[str]) -> dict[str, dict[str, Any]]:
    for name in TABLES:
        if name in ("identity_links", "customers"):
            continue
        ordered = name in ("documents", "turns", "codings", "codebook")
        parts = [f"SELECT *, {i} AS {ORDER} FROM ({s.select(name)})" if ordered else s.select(name)
                 for i, s in enumerate(staged) if name in s.tables]
        if parts:
            engine.con.execute(f"CREATE OR REPLACE TEMP TABLE in_{name} AS " + " UNION ALL BY NAME ".join(parts))
            _with_persons(engine, name, params)
            if name == "codebook":  # a second coder's export brings the same codes again; the first one's words count
                engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_codebook AS
                    SELECT code_id, arg_min(COLUMNS(* EXCLUDE (code_id, {ORDER})), {ORDER}) FROM in_codebook GROUP BY code_id""")
    _drop_without_consent(engine, staged, notes)
    forget_documents(engine, [s.select("documents") for s in staged if "documents" in s.tables], vault.erased(), notes)
    merge_documents(engine, {t for s in staged for t in s.tables}, notes)
    _protect(engine, params, vault, notes)
    place_responses(engine, params)
    place_feedback(engine, params)
    place_codings(engine, params)
    _customers(engine, staged, notes)
    written: dict[str, dict[str, Any]] = {}
    for name, table in TABLES.items():
        if not _exists(engine, f"in_{name}"):
            continue
        have = {r[0] for r in engine.con.execute(f"SELECT column_name FROM (DESCRIBE in_{name})").fetchall()}
        columns = ", ".join(
            (f'CAST("{c.name}" AS {DUCKDB_TYPES[c.type]})' if c.name in have else f"CAST(NULL AS {DUCKDB_TYPES[c.type]})") + f' AS "{c.name}"'
            for c in table.columns)
        body = f"SELECT {columns} FROM in_{name}"
        if name == "interactions":
            body = place_interactions_sql(params, body)
        engine.con.execute(f"CREATE OR REPLACE TEMP TABLE out_{name} AS {body}")
        _check_nulls(engine, name)
        order = ", ".join(f'"{c}"' for c in table.sort)
        rows = engine.copy_to(f"SELECT * FROM out_{name} ORDER BY {order}", folder / f"{name}.parquet")
        if rows == 0:
            (folder / f"{name}.parquet").unlink()
            continue
        if name == "interactions":
            engine.copy_to(f"SELECT * FROM out_{name} ORDER BY event, customer_id, occurred_at, interaction_id", folder / f"{BY_EVENT}.parquet")
            ensure_index(folder / f"{name}.parquet", folder / "log", params.engine.memory_limit)
        written[name] = {"rows": rows, "sha256": _content_hash(engine, f"out_{name}")}
    return written


def _with_persons(engine: Engine, name: str, params: Params) -> None:
    """Replace raw keys by customer_id; interactions of unknown persons are dropped by the sources already."""
    columns = {r[0] for r in engine.con.execute(f"SELECT column_name FROM (DESCRIBE in_{name})").fetchall()}
    if "customer_key" not in columns:
        return
    kind = "JOIN" if name == "interactions" else "LEFT JOIN"
    # a person who asked to be erased has no entry in `person`: whatever carries their key goes
    engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_{name} AS
        SELECT i.* EXCLUDE (key_type, customer_key), p.customer_id
        FROM in_{name} i {kind} person p ON i.key_type = p.key_type AND i.customer_key = p.key
        WHERE i.customer_key IS NULL OR p.customer_id IS NOT NULL""")


def _drop_without_consent(engine: Engine, staged: list[Staged], notes: list[str]) -> None:
    parts = [s.select("customers") for s in staged if "customers" in s.tables]
    if not parts:
        return
    engine.con.execute("CREATE OR REPLACE TEMP TABLE in_customers AS " + " UNION ALL BY NAME ".join(parts))
    _with_persons(engine, "customers", None)  # type: ignore[arg-type]
    columns = {r[0] for r in engine.con.execute("SELECT column_name FROM (DESCRIBE in_customers)").fetchall()}
    if "consent" not in columns:
        return
    engine.con.execute("CREATE OR REPLACE TEMP TABLE refused AS SELECT DISTINCT customer_id FROM in_customers WHERE CAST(consent AS BOOLEAN) IS FALSE")
    count = engine.scalar("SELECT count(*) FROM refused")
    if not count:
        return
    notes.append(f"{count:,} customers did not consent to analysis; all their records are left out")
    for name in (*TABLES,):
        if _exists(engine, f"in_{name}") and "customer_id" in TABLES[name].names:
            has = {r[0] for r in engine.con.execute(f"SELECT column_name FROM (DESCRIBE in_{name})").fetchall()}
            if "customer_id" in has:
                engine.con.execute(f"DELETE FROM in_{name} WHERE customer_id IN (SELECT customer_id FROM refused)")
    engine.con.execute("DELETE FROM person WHERE customer_id IN (SELECT customer_id FROM refused)")


#: ids that are raw in the exports: column → prefix of its pseudonym, by table
_PSEUDONYMS = {
    "interactions": {"session_id": "s"}, "responses": {"response_id": "r"}, "deals": {"deal_id": "d"},
    "assignments": {"unit_id": "u"}, "measurements": {"unit_id": "u"},
}


#: ids of single records: exports put order numbers into them, and ids made from content could be guessed back
_RECORD_IDS = {"interactions": ("interaction_id", "i"), "feedback": ("feedback_id", "f")}


def _protect(engine: Engine, params: Params, vault: Vault, notes: list[str]) -> None:
    """Pseudonymise raw ids and mask free text."""
    if params.privacy.pseudonymise:
        for name, (column, prefix) in _RECORD_IDS.items():
            if _exists(engine, f"in_{name}"):
                # hashed in the engine, since there are as many as records; the key makes guessing useless
                engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_{name} AS SELECT * REPLACE (
                    '{prefix}_' || substr(sha256('{vault.key.hex()}' || CAST("{column}" AS VARCHAR)), 1, 20) AS "{column}") FROM in_{name}""")
        for name, columns in _PSEUDONYMS.items():
            for column, prefix in columns.items():
                if not _exists(engine, f"in_{name}") or column not in _columns(engine, f"in_{name}"):
                    continue
                raw = engine.query(f'SELECT DISTINCT CAST("{column}" AS VARCHAR) AS raw FROM in_{name} WHERE "{column}" IS NOT NULL')
                raw["pseudonym"] = vault.pseudonyms(raw["raw"].astype("string"), prefix)
                engine.register("pseudonym", raw)
                engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_{name} AS
                    SELECT i.* REPLACE (p.pseudonym AS "{column}") FROM in_{name} i
                    LEFT JOIN pseudonym p ON CAST(i."{column}" AS VARCHAR) = p.raw""")
    if params.privacy.mask_text:
        from .masking_tables import mask_tables

        notes += mask_tables(engine, params, vault)


def _customers(engine: Engine, staged: list[Staged], notes: list[str]) -> None:
    """customers: everybody with a record; attributes merged over the sources in their order."""
    seen = []
    for name, time in (("interactions", "occurred_at"), ("responses", "answered_at"), ("feedback", "published_at"), ("deals", "entered_at")):
        if _exists(engine, f"in_{name}") and "customer_id" in (c := _columns(engine, f"in_{name}")):
            at = f"CAST({time} AS TIMESTAMPTZ)" if time in c else "CAST(NULL AS TIMESTAMPTZ)"
            seen.append(f"SELECT customer_id, {at} AS at FROM in_{name} WHERE customer_id IS NOT NULL")
    given = _exists(engine, "in_customers")
    if given:
        seen.append("SELECT customer_id, CAST(NULL AS TIMESTAMPTZ) AS at FROM in_customers WHERE customer_id IS NOT NULL")
    if not seen:
        return
    consent = "bool_or(CAST(consent AS BOOLEAN))" if given and "consent" in _columns(engine, "in_customers") else "CAST(NULL AS BOOLEAN)"
    if given:
        rows = engine.query(f"SELECT customer_id, {consent} AS consent, list(attributes) AS attributes, count(*) AS n FROM "
                            "(SELECT * FROM in_customers WHERE customer_id IS NOT NULL ORDER BY customer_id, attributes) GROUP BY customer_id")
        rows["attributes"] = [_merge_attributes(a) for a in rows["attributes"]]
        rows["attributes"] = rows["attributes"].astype("string")
        rows["consent"] = rows["consent"].astype("boolean")
        several = int((rows["n"] > 1).sum())
        if several:
            notes.append(f"{several:,} customers have attributes from several rows; the first given value of each counts")
        engine.register("given_frame", rows)
        engine.con.execute("CREATE OR REPLACE TEMP TABLE given AS SELECT customer_id, consent, attributes FROM given_frame")
    else:
        engine.con.execute("CREATE OR REPLACE TEMP TABLE given (customer_id VARCHAR, consent BOOLEAN, attributes VARCHAR)")
    engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_customers AS
        SELECT s.customer_id, min(s.at) AS first_seen, max(s.at) AS last_seen, any_value(g.consent) AS consent,
               any_value(g.attributes) AS attributes
        FROM ({" UNION ALL ".join(seen)}) s LEFT JOIN given g ON g.customer_id = s.customer_id GROUP BY s.customer_id""")
    links = " UNION ".join(f"SELECT {_quote(s.name)} AS source, key_type, key FROM read_parquet({_quote(str(s.folder / 'keys.parquet'))})"
                           for s in staged if len(s.keys))
    if links:
        engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_identity_links AS
            SELECT p.customer_id, l.source, p.key_type, p.key_pseudonym, p.reason, 1.0 AS score
            FROM ({links}) l JOIN person p ON p.key_type = l.key_type AND p.key = l.key""")


def _merge_attributes(parts: Any) -> str | None:
    merged: dict[str, Any] = {}
    for part in parts:
        if part:
            for name, value in json.loads(part).items():
                if value is not None:
                    merged.setdefault(name, value)
    return json.dumps(merged, ensure_ascii=False, sort_keys=True) if merged else None


def _check_nulls(engine: Engine, name: str) -> None:
    """Raise where a column that must not be empty is."""
    required = [c.name for c in TABLES[name].columns if not c.nullable]
    counts = engine.query("SELECT " + ", ".join(f'count(*) - count("{c}") AS "{c}"' for c in required) + f" FROM out_{name}").iloc[0]
    empty = {c: int(counts[c]) for c in required if counts[c]}
    if empty:
        column, rows = next(iter(empty.items()))
        raise BadInput(f"table {name}", f"{rows:,} rows have no {column} ({TABLES[name][column].meaning})",
                       "a value in every row", "map the column, or filter those rows in the source")


def _content_hash(engine: Engine, table: str) -> str:
    """A hash of a table's rows that does not depend on their order."""
    row = engine.con.execute(f"SELECT count(*), bit_xor(hash(t)), sum(hash(t) >> 12) FROM {table} t").fetchall()[0]
    return hashlib.sha256(repr(row).encode()).hexdigest()


def _exists(engine: Engine, name: str) -> bool:
    return bool(engine.scalar("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [name]))


def _columns(engine: Engine, name: str) -> set[str]:
    return {r[0] for r in engine.con.execute(f"SELECT column_name FROM (DESCRIBE {name})").fetchall()}


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# --- what it rests on ------------------------------------------------------------------------------------------------


def _build_key(params: Params, inputs: Mapping[str, str], vault: Vault) -> str:
    settings = params.model_dump_json(include={"client", "sources", "journey", "privacy", "timezone", "currency", "raw"})
    return hashlib.sha256(json.dumps([settings, dict(inputs), _code_sha256(), sorted(vault.erased())]).encode()).hexdigest()


@functools.cache
def _code_sha256() -> str:
    """A hash of the code that builds tables."""
    root = Path(__file__).resolve().parent
    parts = [p for pattern in ("*.py", "engine/*.py", "privacy/*.py", "sources/**/*.py") for p in sorted(root.glob(pattern))]
    return hashlib.sha256(b"".join(p.read_bytes() for p in parts)).hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_build(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / BUILD_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _swap(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`; at any instant one of them is whole."""
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(new, folder)
    shutil.rmtree(old, ignore_errors=True)
    _ = ImportReport  # the reports of the sources are part of build.json
