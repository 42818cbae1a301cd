"""Which columns mislead, and why: duplicates, sentinels, outcomes, leaks, the calendar, records marked deleted, one id for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ...errors import NotEnoughData
from ...privacy.small_counts import countable
from ...results import words
from ...results.declared import declares
from ...results.result import Result
from ...shapes import Row
from ...sources.reading.export import identifies
from ...sources.reading.marked import plain_name
from ...tables import TABLES
from . import declared, found
from .profile import PROFILED, profiled

if TYPE_CHECKING:
    from ...study import Study

_LONGEST = 40  # characters of a value that is no free text
_SHOWN = ("lowest", "highest", "common", "common_rows", "common_share", "missing")
_ORDER = ("duplicates", "marked", "one id", "sentinel", "outcome", "leak", "calendar")


@declares(declared.TRAPS, declared.COLUMNS)
def data_traps(study: Study) -> Result:
    """Profile every column and tell the traps that it shows.

    Frames: `traps` (what was seen, where, of how many rows, what to do), `columns` (missing, different values, ends, the commonest value,
    trend in time). Values of ids, of columns that may identify a person and of fewer persons than `privacy.min_cell` are not shown.
    Raises `NotEnoughData` where none of the tables that are profiled has a row.
    """
    tables = [t for t in PROFILED if study.has(t)]
    if not tables:
        raise NotEnoughData("traps in the data", "no table of records has a row", f"one of {words.listing(list(PROFILED), 'or')}", "cjm check says what data there is")
    frame = pd.concat([profiled(study, t) for t in tables], ignore_index=True)
    frame["id"] = [id_kind(t, c) for t, c in zip(frame["table"], frame["column"], strict=True)]
    rows = [*found.duplicates(study, frame), *found.marked(study, frame), *found.one_id(frame), *found.sentinels(study, frame), *found.outcomes(study, frame),
            *found.leaks(study, frame), *found.calendar(frame)]
    names = [c.name for c in declared.TRAPS.columns]
    ordered: list[Row] = sorted(rows, key=lambda r: (_ORDER.index(r["trap"]), -(r["share"] or 0), r["table"], r["source"], r["column"]))
    traps = pd.DataFrame(ordered, columns=names)
    columns = pd.DataFrame([_shown(r, study.params.privacy.min_cell, study.params.timezone) for r in frame.to_dict("records")], columns=list(declared.COLUMNS.stored))
    for name in ("missing", "common_rows"):
        columns[name] = columns[name].astype("Int64")
    for name in ("common_share", "trend"):
        columns[name] = columns[name].astype("float64")
    result = Result("Which columns mislead?", {"traps": traps, "columns": columns}, {"traps": len(traps), "columns": len(columns)},
                    method="Each column of the tables is counted by export. From which share on a trap is told, and what it does not prove, stands in docs/methods/data-health.md.")
    kinds = list(dict.fromkeys(traps["trap"]))
    result.sentences = [f"{words.some(len(columns), 'columns')} of {words.some(len(tables), 'tables')} were looked through; " + (
        f"{words.some(len(traps), 'traps')} {'was' if len(traps) == 1 else 'were'} seen ({words.listing([_WORDS[k] for k in kinds])})." if len(traps) else
        "no trap was seen.")]
    result.caveats = [f"{r['source'] or r['table']}: {r['said']}" for r in traps.to_dict("records") if r["trap"] not in ("outcome",)][:_MOST_SAID]
    if len(traps) > _MOST_SAID:
        result.caveats.append(f"{len(traps) - len(result.caveats)} more stand in the table.")
    return result


_MOST_SAID = 12
_WORDS = {"duplicates": "records that stand twice", "marked": "records marked deleted or merged", "one id": "one id for most rows", "sentinel": "values that stand for none",
          "outcome": "outcomes", "leak": "columns that tell an event", "calendar": "columns that follow the calendar"}


def id_kind(table: str, column: str) -> str:
    """Whether a column holds ids, by the tables' own declaration or by its name: "apart" where they tell records or persons apart, "number"
    where its name says a number of something, "" where it holds none."""
    own = TABLES[table].names
    if column in own and table != "responses":
        return "apart" if TABLES[table][column].privacy == "pseudonym" or (column.endswith("_id") and column in {*TABLES[table].key}) else ""
    name = plain_name(column)
    if name.endswith((" id", " uuid", " guid")) or name in ("id", "uuid", "guid", "row id"):
        return "apart"
    return "number" if name.endswith((" key", " number", " nr", " no")) or name in ("key", "row", "index", "unnamed 0", "number") else ""


def _shown(r: dict[str, object], least: int, zone: str) -> dict[str, object]:
    """A row of the profile as it may be shown."""
    rows, given = int(r["rows"]), int(r["given"])  # type: ignore[call-overload]
    out: dict[str, object] = {"table": r["table"], "source": r["source"], "column": r["column"], "rows": rows, "missing": rows - given, "distinct": int(r["different"]),  # type: ignore[call-overload]
                              "lowest": "", "highest": "", "common": "", "common_rows": None, "given": given, "common_share": None, "trend": None}
    persons, missing = int(r["persons"] or 0), int(r["persons_missing"] or 0)  # type: ignore[call-overload]
    if rows - given and not countable(persons, missing, least):
        out["missing"] = None
    private = bool(r["id"]) or identifies(str(r["column"]).rsplit(".", 1)[-1])
    if private or not given:
        return out
    if found.is_number(r) or found.is_days(r):
        out["lowest"], out["highest"] = (_end(r[e], found.is_days(r), zone) for e in ("lowest", "highest"))
        out["trend"] = r["trend"] if pd.notna(r["trend"]) and (r["timed"] or 0) >= found.LEAST else None  # type: ignore[operator]
    of, with_it = int(r["persons_given"] or 0), int(r["common_persons"] or 0)  # type: ignore[call-overload]
    is_text = int(r["longest"] or 0) > _LONGEST or (not found.is_number(r) and int(r["different"]) > 0.5 * given and given > 1)  # type: ignore[call-overload]
    if with_it >= least and countable(of, with_it, least) and not is_text:
        out |= {"common": str(r["common"]), "common_rows": int(r["common_rows"]), "common_share": int(r["common_rows"]) / given}  # type: ignore[call-overload]
    return out


def _end(value: object, is_day: bool, zone: str) -> str:
    if value is None or pd.isna(value):
        return ""
    if is_day:
        return pd.Timestamp(float(value), unit="s", tz="UTC").tz_convert(zone).strftime("%Y-%m-%d")  # type: ignore[arg-type]
    return f"{float(value):.10g}"  # type: ignore[arg-type]
