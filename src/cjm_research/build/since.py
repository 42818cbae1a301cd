"""What a delivery changed: files, rows, columns and names of events beside the build before, in words, so that nobody finds out from a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..engine import file_engine, literal
from ..shapes import Json
from ..study.days import day_of

#: table → the column whose names a report counts by, and what they are
_CODES = {"interactions": ("event", "events"), "deals": ("stage", "stages"), "feedback": ("label", "topics"), "responses": ("question_id", "questions")}
_SHOWN = 6
_MOST_CODES = 500  # more are values, no names


def what_is_new(old: Json | None, new: Json, before: Path, after: Path, zone: str) -> list[str]:
    """What differs between two builds' descriptions and tables; of the same inputs, what differed when they came. Nothing for a first build. zone: the client's, of days."""
    if not old:
        return []
    if old["inputs"] == new["inputs"]:
        return list(old.get("since", []))
    said = _sources(old, new)
    for name in [n for n in _by_source(new) if n in _by_source(old)]:
        said += _files(name, old["inputs"], new["inputs"])
        said += _rows(name, _by_source(old)[name], _by_source(new)[name], zone)
        said += _names(f"{name}: columns", _by_source(old)[name].get("columns", []), _by_source(new)[name].get("columns", []))
    for table, (column, words) in _CODES.items():
        codes = [_codes(folder / f"{table}.parquet", column) for folder in (before, after)]
        for source in sorted(codes[0].keys() & codes[1].keys()):
            said += _names(f"{source}: {words}", codes[0][source], codes[1][source])
    return said


def _by_source(build: Json) -> dict[str, Json]:
    return {str(s["source"]): s for s in build["sources"]}


def _sources(old: Json, new: Json) -> list[str]:
    before, after = _by_source(old), _by_source(new)
    return [f"{n}: this source is new" for n in after if n not in before] + [f"{n}: this source is gone" for n in before if n not in after]


def _files(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    before, after = ({k.removeprefix(f"{name}/"): v for k, v in inputs.items() if k.startswith(f"{name}/")} for inputs in (old, new))
    groups = (("new", [f for f in after if f not in before]), ("changed", [f for f in after if f in before and after[f] != before[f]]), ("gone", [f for f in before if f not in after]))
    return [f"{name}: {len(files):,} {'file' if len(files) == 1 else 'files'} {word} ({_listed(files)})" for word, files in groups if files]


def _rows(name: str, old: Json, new: Json, zone: str) -> list[str]:
    was, now = int(old["rows_read"]), int(new["rows_read"])
    said = [f"{name}: {now:,} rows, {abs(now - was):,} {'more' if now > was else 'fewer'} than before ({was:,})"] if now != was else []
    if old.get("last") and new.get("last") and str(new["last"]) < str(old["last"]):
        said.append(f"{name}: its last record is of {day_of(new['last'], zone)}, before it was of {day_of(old['last'], zone)}")
    return said


def _names(what: str, old: Sequence[str], new: Sequence[str]) -> list[str]:
    if not old or not new or len(old) > _MOST_CODES or len(new) > _MOST_CODES:
        return []
    gone, added = [c for c in old if c not in set(new)], [c for c in new if c not in set(old)]
    return ([f"{what} gone: {_listed(gone)}"] if gone else []) + ([f"{what} new: {_listed(added)}"] if added else [])


def _codes(path: Path, column: str) -> dict[str, list[str]]:
    """The names in a column of a table, by source."""
    if not path.is_file():
        return {}
    engine = file_engine()
    try:
        found = engine.query(f"SELECT DISTINCT source, {column} AS code FROM read_parquet({literal(str(path))}) WHERE {column} IS NOT NULL ORDER BY ALL")
    finally:
        engine.close()
    return {str(source): rows["code"].astype(str).tolist() for source, rows in found.groupby("source")}


def _listed(names: Sequence[str]) -> str:
    short = [" ".join(str(n).split())[:60] for n in names[:_SHOWN]]
    return ", ".join(short) + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
