"""Can the data be trusted? What was delivered, what was dropped, where it has holes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..log.scales import doubtful_directions
from ..log.talks import without_participant
from ..privacy.reviewed import MAY_IDENTIFY
from ..results import words
from ..results.caveats import Blocker, Note
from ..results.declared import Frame, count, day, declares, estimate, text
from ..results.result import Result
from ..stats.shares import share
from ..study.days import day_of, first_and_last
from ..tables import TABLES

if TYPE_CHECKING:
    from ..study import Study

_TIMES = {"interactions": "occurred_at", "responses": "answered_at", "feedback": "published_at", "deals": "entered_at",
          "documents": "recorded_at", "assignments": "assigned_at"}
GAP_DAYS = 3  # whole days without any interaction that are called a gap
QUIET = 0.2  # a day with less than this share of its weekday's median is called quiet


TABLES_FRAME = Frame("tables", "Canonical tables", (
    text("table", "Table"), count("rows", "Rows"), count("customers", "Customers", "different ones"),
    text("first", "First day"), text("last", "Last day")), key=("table",))
SOURCES = Frame("sources", "Exports as they were read", (
    text("source", "Export"), text("kind", "Kind"), count("rows_read", "Rows read"), count("rows_kept", "Rows kept"), count("dropped", "Dropped"),
    count("null_ids", "Without an identifier"), count("duplicates", "Duplicates"), text("first", "First day"), text("last", "Last day"),
    text("timezone", "Time zone")), key=("source",))
DROPS = Frame("drops", "Rows that were dropped, by reason", (text("source", "Export"), text("reason", "Reason"), count("rows", "Rows")),
              key=("source", "reason"), if_empty="No row was dropped.")
NOTES = Frame("notes", "What the imports noted", (text("source", "Export"), text("note", "Note")), if_empty="The imports noted nothing.")
ANSWERS = Frame("answers", "Where the answers of surveys went", (
    text("source", "Export"), text("question", "Question"), text("went", "Read as"), count("cells", "Answers")),
    key=("source", "question", "went"), if_empty="No export holds answers of a survey.")
DAYS = Frame("days", "Interactions by day", (day("day", "Day"), count("interactions", "Interactions"),
             text("state", "State", "usual, quiet or empty")), key=("day",))
PLACED = Frame("placed", "Share of records with a stage", (text("table", "Table"), *estimate("On a stage", base="Rows")), key=("table",))
KEYS = Frame("keys", "Identifiers by kind and the customers they belong to", (
    text("key_type", "Kind"), count("keys", "Identifiers"), count("customers", "Customers"), count("sources", "Exports")), key=("key_type",),
    if_empty="No export names customers.")


@declares(TABLES_FRAME, SOURCES, DROPS, NOTES, ANSWERS, DAYS, PLACED, KEYS)
def data_health(study: Study) -> Result:
    """Rows and dates by table, drops by source, days without data, share placed on the journey, identity.

    Frames: `tables`, `sources`, `drops`, `notes` (what imports said of themselves), `answers` (where the cells of survey questions went),
    `days`, `placed`, `keys`. Never raises `NotEnoughData`: an empty study is its finding.
    """
    tables = pd.DataFrame([_table_row(study, name) for name in TABLES if study.has(name)],
                          columns=["table", "rows", "customers", "first", "last"])
    sources = pd.DataFrame([{
        "source": s["source"], "kind": s["kind"], "rows_read": s["rows_read"], "rows_kept": sum(s["rows_kept"].values()),
        "dropped": sum(s["dropped"].values()), "null_ids": s["null_ids"], "duplicates": s["duplicates"],
        "first": day_of(s["first"], study.params.timezone), "last": day_of(s["last"], study.params.timezone), "timezone": s["timezone"] or "given in the file",
    } for s in study.build["sources"]])
    drops = pd.DataFrame([{"source": s["source"], "reason": reason, "rows": rows}
                          for s in study.build["sources"] for reason, rows in s["dropped"].items()],
                         columns=["source", "reason", "rows"])
    notes = pd.DataFrame([{"source": s["source"], "note": str(note)} for s in study.build["sources"] for note in s["notes"]], columns=["source", "note"])
    answers = pd.DataFrame([{"source": s["source"], "question": question, "went": went, "cells": n}
                            for s in study.build["sources"] for question, counts in s.get("answers", {}).items()
                            for went, n in counts.items() if went != "cells"], columns=["source", "question", "went", "cells"])
    placed = pd.DataFrame([_placed(study, t) for t in ("interactions", "responses", "feedback", "codings") if study.has(t)])
    days = _days(study)
    keys = study.query("""SELECT key_type, count(*) AS keys, count(DISTINCT customer_id) AS customers,
        count(DISTINCT source) AS sources FROM identity_links GROUP BY key_type ORDER BY keys DESC""")
    result = Result("Can the data be trusted?",
                    {"tables": tables, "sources": sources, "drops": drops, "notes": notes, "answers": answers, "days": days, "placed": placed, "keys": keys},
                    facts={"rows": int(tables["rows"].sum()) if len(tables) else 0},
                    method="Counts from the import reports, which account for every row of every export. A gap is "
                           f"{GAP_DAYS} or more days in a row without an interaction; a day is quiet below "
                           f"{QUIET:.0%} of the median of its weekday.")
    _say(study, result)
    return result


def _table_row(study: Study, name: str) -> dict[str, object]:
    customers = study.scalar(f"SELECT count(DISTINCT customer_id) FROM {name}") if "customer_id" in TABLES[name].names else None
    row = {"table": name, "rows": study.rows(name), "customers": customers, "first": None, "last": None}
    if name in _TIMES:
        row["first"], row["last"] = first_and_last(study, name, _TIMES[name])
    return row


def _placed(study: Study, table: str) -> dict[str, object]:
    found = study.query(f"SELECT count(*) AS n, count(stage) AS k FROM {table}").iloc[0]
    return {"table": table, **share(int(found["k"]), int(found["n"])).row()}


def _days(study: Study) -> pd.DataFrame:
    if not study.has("interactions"):
        return pd.DataFrame({"day": pd.Series(dtype="datetime64[us]"), "interactions": pd.Series(dtype="int64"), "state": pd.Series(dtype="str")})
    days = study.query("""SELECT CAST(timezone(?, occurred_at) AS DATE) AS day, count(*) AS interactions
        FROM interactions GROUP BY 1 ORDER BY 1""", [study.params.timezone])
    whole = days.set_index("day")["interactions"].reindex(pd.date_range(days["day"].min(), days["day"].max(), name="day"), fill_value=0)
    out = whole.reset_index()
    usual = out.groupby(out["day"].dt.dayofweek)["interactions"].transform("median")
    out["state"] = "usual"
    out.loc[out["interactions"] < QUIET * usual, "state"] = "quiet"
    out.loc[out["interactions"] == 0, "state"] = "empty"
    return out


def _say(study: Study, result: Result) -> None:
    tables, sources, placed = result["tables"], result["sources"], result["placed"]
    if tables.empty:
        result.sentences.append("No table has a row.")
        return
    read, dropped = int(sources["rows_read"].sum()), int(sources["dropped"].sum())
    customers = study.rows("customers")
    result.sentences.append(
        f"{words.some(len(sources), 'exports')} hold{'s' if len(sources) == 1 else ''} {words.some(read, 'records')}"
        + (f" and tell{'s' if len(sources) == 1 else ''} of {words.some(customers, 'customers')}" if customers else "")
        + (f"; {words.count(dropped)} records were left out, each with a reason." if dropped else "; none was left out."))
    for r in placed.to_dict("records"):
        if study.stages and r["base"] and r["value"] < 0.9:
            result.caveats.append(f"Only {words.part_of(r)} {r['table']} lie on a stage of the journey.")
    days = result["days"]
    run = _longest_gap(days)
    if run:
        result.caveats.append(f"No interaction at all on {run[0]} days in a row from {run[1]:%Y-%m-%d}; an export may be missing.")
    quiet = int((days["state"] == "quiet").sum()) if len(days) else 0
    if quiet:
        result.caveats.append(f"{words.some(quiet, 'days')} {'has' if quiet == 1 else 'have'} unusually few interactions.")
    nulls = int(sources["null_ids"].sum())
    if nulls:
        result.caveats.append(Note(f"{words.some(nulls, 'records')} carr{'ies' if nulls == 1 else 'y'} no identifier; they are counted here and belong to no customer."))
    naive = sources.loc[~sources["timezone"].isin(["given in the file"]), "source"].tolist()
    if naive:
        result.caveats.append(f"Times of {words.listing(naive)} have no zone in the export; the declared zone was assumed.")
    result.caveats += without_participant(study)
    result.caveats += _unread(result["answers"])
    result.caveats += [Blocker(d) for d in doubtful_directions(study)] if study.has("responses") else []
    result.caveats += [Blocker(n) if MAY_IDENTIFY in n else Note(n) for n in map(str, study.build.get("notes", []))]
    shown = [f"{t['table']} {t['rows']:,}" for t in tables.to_dict("records") if t["table"] not in ("identity_links",)]
    result.sentences.append(f"Tables: {', '.join(shown)}.")


def _unread(answers: pd.DataFrame) -> list[str]:
    """Answers that people gave and that no score was made of, by source."""
    lost = answers[answers["went"].isin(["unreadable", "not on the scale"])]
    return [f"{source}: {int(part['cells'].sum()):,} answers to scored questions could not be read and count as none ({', '.join(part['question'].unique())})."
            for source, part in lost.groupby("source", sort=True)]


def _longest_gap(days: pd.DataFrame) -> tuple[int, pd.Timestamp] | None:
    if days.empty:
        return None
    empty = days["state"] == "empty"
    runs = days[empty].groupby((~empty).cumsum()[empty])["day"].agg(["size", "min"])
    if runs.empty or runs["size"].max() < GAP_DAYS:
        return None
    longest = runs.loc[runs["size"].idxmax()]
    return int(longest["size"]), longest["min"]
