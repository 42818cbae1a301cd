"""What a source delivered, kept in the vault while export, settings and code are the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from ..files import files_below, put_in_place, remove_abandoned, remove_folder, remove_scratch, scratch_folder
from ..identity import KEY, PAIR
from ..ids import normal_key
from ..params.schema import Source
from ..shapes import Json
from ..sources.contract import Context, ImportReport, SourceTables

STAGED_FILE = "staged.json"  # written last: the delivery is whole
CODE = "key_code"  # of a key among those of its source: what interactions are joined with persons by
FORM = 2  # of what is kept of a delivery: what an earlier version kept in another is read again
ORDER = "source_number"  # of the source in the params: a column of what was put together, never of a table


@dataclass
class Staged:
    """A source's delivery on disk. tables: the names of its tables; keys: every key that occurs in it."""

    name: str
    folder: Path
    tables: list[str]
    report: Json

    @property
    def keys(self) -> pd.DataFrame:
        """key_type, key."""
        return pd.read_parquet(self.folder / "keys.parquet", columns=KEY)

    @property
    def same_person(self) -> pd.DataFrame | None:
        """Pairs of keys of one person, where the source knows any."""
        path = self.folder / "same_person.parquet"
        return pd.read_parquet(path) if path.is_file() else None

    @property
    def speakers(self) -> set[str]:
        """Labels of speakers in its transcripts, as delivered."""
        if "turns" not in self.tables:
            return set()
        return set(pd.read_parquet(self.folder / "turns.parquet", columns=["speaker"])["speaker"].dropna().astype(str))

    def read(self, table: str) -> pd.DataFrame:
        """One of its files as it was delivered: a table, `keys` or `same_person`."""
        return pd.read_parquet(self.folder / f"{table}.parquet")

    def select(self, table: str, numbered: bool = False) -> str:
        """SQL that reads one of the tables; numbered: with the number of each row as `file_row_number`."""
        path = str(self.folder / f"{table}.parquet").replace("'", "''")
        return f"SELECT * FROM read_parquet('{path}'{', file_row_number = true' if numbered else ''})"


def staged_key(source: Source, context: Context, hashes: dict[str, str]) -> str:
    """What a delivery rests on: settings, zone, the exports' hashes and the code of the sources."""
    root = Path(__file__).resolve().parents[1]
    code = b"".join(p.read_bytes() for p in (*files_below(root / "sources", ".py"), root / "ids.py", root / "identity.py"))
    said = {name: value for name, value in asdict(context).items() if name not in ("scratch", "memory")}
    text = json.dumps([FORM, source.model_dump_json(), said, hashes, hashlib.sha256(code).hexdigest()], default=dict)
    return hashlib.sha256(text.encode()).hexdigest()


def kept_staged(folder: Path) -> Staged | None:
    """The delivery, if it is there whole, whatever it rests on."""
    try:
        meta = json.loads((folder / STAGED_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Staged(meta["name"], folder, meta["tables"], meta["report"])


def load_staged(folder: Path, key: str) -> Staged | None:
    """The delivery, if it is there whole and rests on `key`."""
    try:
        meta = json.loads((folder / STAGED_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Staged(meta["name"], folder, meta["tables"], meta["report"]) if meta["key"] == key else None


def save_staged(folder: Path, key: str, name: str, delivered: SourceTables) -> Staged:
    """Write a delivery, whole or not at all."""
    partial = scratch_folder("staged", folder.parent)
    try:
        return _write(partial, folder, key, name, delivered)
    finally:
        remove_scratch(partial)  # nothing where it was put in its place


def _write(partial: Path, folder: Path, key: str, name: str, delivered: SourceTables) -> Staged:
    keys = [] if delivered.keys is None else [delivered.keys]  # first: its rows are numbered by what was written
    events: pd.DataFrame | None = None
    for table, frame in delivered.tables.items():
        frame = frame.reset_index(drop=True)
        if "customer_key" in frame:
            frame = _spelled(frame, table, delivered.report)
            keys.append(frame[["key_type", "customer_key"]].set_axis(KEY, axis=1).dropna().drop_duplicates())
        if table == "interactions":
            events = frame
        else:
            frame.to_parquet(partial / f"{table}.parquet")
    for table, path in delivered.written.items():
        os.replace(path, partial / f"{table}.parquet")
    pairs = delivered.same_person
    if pairs is not None and len(pairs):
        pairs = pairs[PAIR].assign(key_a=_normal(pairs["key_type_a"], pairs["key_a"]), key_b=_normal(pairs["key_type_b"], pairs["key_b"]))
        pairs.to_parquet(partial / "same_person.parquet")
        keys += [pairs[[f"key_type_{s}", f"key_{s}"]].set_axis(KEY, axis=1).dropna().drop_duplicates() for s in "ab"]
    all_keys = pd.concat(keys, ignore_index=True).drop_duplicates() if keys else pd.DataFrame(columns=KEY)
    all_keys = all_keys.astype("string").reset_index(drop=True)
    all_keys[CODE] = range(len(all_keys))
    all_keys.to_parquet(partial / "keys.parquet")
    if events is not None:
        coded = all_keys.rename(columns={"key": "customer_key"})
        events.assign(**{c: events[c].astype("string") for c in ("key_type", "customer_key")}).merge(coded, on=["key_type", "customer_key"], how="left").to_parquet(partial / "interactions.parquet")
    meta = {"key": key, "name": name, "tables": [*delivered.tables, *delivered.written], "report": delivered.report.to_dict()}
    (partial / STAGED_FILE).write_text(json.dumps(meta), encoding="utf-8")
    put_in_place(partial, folder, STAGED_FILE)
    return Staged(name, folder, meta["tables"], meta["report"])


def rewrite_staged(source: Staged, keep: Callable[[str, pd.DataFrame], pd.DataFrame], shown: Callable[[Json], Json]) -> Staged:
    """The delivery with what `keep` leaves of its tables, `keys` and `same_person`, and its report as `shown`; on the disk whole or as it was."""
    names = [*source.tables, "keys", *(["same_person"] if (source.folder / "same_person.parquet").is_file() else [])]
    frames = {name: source.read(name) for name in names}
    kept = {name: keep(name, frame) for name, frame in frames.items()}
    report = shown(source.report)
    if report == source.report and all(len(kept[name]) == len(frame) for name, frame in frames.items()):
        return source
    partial = scratch_folder("staged", source.folder.parent)
    try:
        for name, frame in kept.items():
            frame.reset_index(drop=True).to_parquet(partial / f"{name}.parquet")
        meta = json.loads((source.folder / STAGED_FILE).read_text(encoding="utf-8"))
        (partial / STAGED_FILE).write_text(json.dumps({**meta, "report": report}), encoding="utf-8")
        put_in_place(partial, source.folder, STAGED_FILE)
    finally:
        remove_scratch(partial)
    return Staged(source.name, source.folder, source.tables, report)


def remove_other_staged(home: Path, keep: Iterable[Path]) -> None:
    """Remove the deliveries of sources that the params no longer have, and what killed processes left: they hold raw identifiers."""
    remove_abandoned(home)
    kept = {folder.name for folder in keep}
    for path in sorted(home.iterdir()) if home.is_dir() else ():
        if path.name not in kept and path.is_dir() and (path / STAGED_FILE).is_file():
            remove_folder(path, STAGED_FILE)


def _spelled(frame: pd.DataFrame, table: str, report: ImportReport) -> pd.DataFrame:
    """The frame with its keys in one spelling; keys that name nobody then (a phone without digits) are counted, and actions without a person dropped."""
    keys = _normal(frame["key_type"], frame["customer_key"])
    lost = keys.isna() & frame["customer_key"].notna()
    frame = frame.assign(customer_key=keys, key_type=frame["key_type"].mask(lost))
    if not lost.any():
        return frame
    report.null_ids += int(lost.sum())
    if table not in ("interactions", "customers"):
        report.notes.append(f"{table}: {int(lost.sum()):,} rows have a key that names nobody; they stay without a customer")
        return frame
    report.drop(f"key names nobody ({table})", int(lost.sum()))
    report.rows_kept[table] = report.rows_kept.get(table, 0) - int(lost.sum())
    return frame[~lost].reset_index(drop=True)


def _normal(types: pd.Series, keys: pd.Series) -> pd.Series:
    out = pd.Series(pd.NA, index=keys.index, dtype="string")
    for key_type in types.dropna().unique():
        chosen = types == key_type
        out[chosen] = normal_key(str(key_type), keys[chosen])
    return out
