"""GA4's BigQuery export: nested Parquet, or JSON lines as BigQuery extracts them (integers as strings), or the list the console shows.

A session is user_pseudo_id with the parameter ga_session_id, which is unique for a user only. `event_date` is
the property's day while event_timestamp is UTC. `traffic_source` is where the *user* first came from; what a
session came from is told by `ga4_traffic`, what an event was worth by `amounts`. Rows of people who refused consent have no
user_pseudo_id, or say so in privacy_info: they are counted and dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ...engine import condition_sql, file_engine, literal
from ...errors import BadInput
from ...ids import plain, refuse_cut, suspicions
from ..contract import Context, ImportReport, SourceKind, SourceTables
from ..limits import check_gzip, is_gzip
from ..reading.amounts import add_values
from ..reading.containers import begins_as_json, first_bytes, refuse_other_formats
from ..reading.made import canonical, event_ids, json_object, same_person
from ..reading.numbers.currencies import declared_currency
from ..reading.ordering import ranked, rows_in_order
from ..reading.parquet import MAGIC, check_parquet
from ..reading.times import from_epoch
from .ga4_schema import FIELDS, JSON_COLUMNS, PARAMS, REQUIRED, TYPES, param
from .ga4_traffic import add_traffic

if TYPE_CHECKING:
    from ...engine import Engine
    from ...params.schema import Source

_DAILY = re.compile(r"events_(intraday_)?(\d{8})")
KEY_TYPE = "ga_client_id"
_EARLIEST = 10**14  # microseconds since 1970; seconds and milliseconds of today stay below


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Interactions and first-touch attributes of customers from a GA4 export. Raises `BadInput`."""
    report = ImportReport(source.name, "ga4", files=[p.name for p in files], timezone="UTC")
    _refuse_mapping(source)
    engine = file_engine(context.scratch)
    try:
        for number, path in enumerate(_without_intraday(files, report)):
            _load(engine, path, source, number)
        rows, tells = _rows(engine, source, context.currency, report)
    finally:
        engine.close()
    interactions = _interactions(rows, source, tells, report)
    report.rows_kept["interactions"] = len(interactions)
    report.span(interactions["occurred_at"])
    customers = _customers(rows)
    report.rows_kept["customers"] = len(customers)
    pairs = same_person([(KEY_TYPE, rows["user_pseudo_id"]), ("user_id", rows["user_id"])], f"same event of {source.name}")
    return SourceTables(report, {"interactions": interactions, "customers": customers}, pairs, order="told")


def _refuse_mapping(source: Source) -> None:
    for name in ("columns", "joins", "questions", "constants"):
        if getattr(source, name):
            raise BadInput(f"source {source.name!r}: {name}", "GA4 exports have a fixed shape; nothing is mapped", "settings only",
                           "cjm sources ga4 lists them, or use kind: events")


def _without_intraday(files: Sequence[Path], report: ImportReport) -> list[Path]:
    """An intraday table repeats the day that the daily table has later and better."""
    daily = {m[2] for p in files if (m := _DAILY.search(p.name)) and not m[1]}
    keep = []
    for path in files:
        match = _DAILY.search(path.name)
        if match and match[1] and match[2] in daily:
            report.notes.append(f"{path.name} was not read: the daily table of {match[2]} is there")
        else:
            keep.append(path)
    return keep


def _load(engine: Engine, path: Path, source: Source, number: int) -> None:
    """Append a file to the table `events` of the fields we use."""
    import duckdb

    where = f"source {source.name!r}: {path.name}"
    if path.stat().st_size == 0:
        raise BadInput(where, "the file is empty (0 bytes)", "a GA4 export", "export it again")
    if path.name.lower().endswith((".csv", ".csv.gz", ".tsv")):
        raise BadInput(where, "this is a table of the GA4 site, which holds sums and no users", "Parquet or JSON of the BigQuery export",
                       "link the property to BigQuery and export events_*, or read another log with kind: events")
    nested = path.name.lower().endswith(".parquet") or (not path.suffix and first_bytes(path).startswith(MAGIC))
    if not nested and not is_gzip(path):
        refuse_other_formats(head := first_bytes(path), where, path, path.name, "Parquet or JSON of the BigQuery export")
        if not begins_as_json(head) and head.strip()[:1] not in (b"", b"{", b"["):
            raise BadInput(where, f"this begins with {head.decode('utf-8', 'replace').strip().splitlines()[0][:40]!r} and is no JSON; tables of the GA4 site hold sums and no users",
                           "Parquet or JSON of the BigQuery export", "link the property to BigQuery and export events_*, or read another log with kind: events")
    if nested:
        check_parquet(path, where)
        rows, row = f"read_parquet({literal(str(path))}, file_row_number = true)", "file_row_number"
    else:
        check_gzip(path, where)
        columns = ", ".join(f"{literal(n)}: {literal(t)}" for n, t in JSON_COLUMNS.items())
        packed = "gzip" if is_gzip(path) else "auto"  # by its bytes: a name may say nothing
        rows, row = f"read_json({literal(str(path))}, columns={{{columns}}}, format='auto', compression='{packed}', maximum_object_size=67108864)", "row_number() OVER ()"
    try:
        names = {r[0] for r in engine.con.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()}
        missing = [c for c in REQUIRED if c not in names]
        if missing:
            raise BadInput(where, f"has no column {', '.join(missing)}", "the columns of GA4's BigQuery export",
                           "the CSV of the GA4 site holds no users and cannot be read; use the BigQuery export, or kind: events")
        wanted = FIELDS | {f"p_{k}": _param(k, source) for k in _params(source)}
        # columns of JSON are declared; those of Parquet depend on when it was exported
        select = ", ".join(f"{_if_there(engine, rows, sql, TYPES.get(name, 'VARCHAR')) if nested else sql} AS {_quoted(name)}" for name, sql in wanted.items())
        verb = "CREATE TABLE events AS" if number == 0 else "INSERT INTO events BY NAME"
        engine.con.execute(f"{verb} SELECT {number} AS file, {row} AS row, {select} FROM {rows}")
        found = engine.con.execute(f"SELECT count(*), count(micros), count(event) FROM events WHERE file = {number}").fetchall()[0]
        for column, there in zip(("event_timestamp", "event_name"), found[1:], strict=True):
            if found[0] and not there:
                raise BadInput(where, f"no row has {column}", "the columns of GA4's BigQuery export", "look whether the file is one of BigQuery's events_* tables")
    except duckdb.Error as error:
        raise BadInput(where, f"cannot be read as a GA4 export ({str(error).splitlines()[0].replace(str(path), path.name)[:200]})",
                       "Parquet or JSON as BigQuery exports it", "the file may be cut off; export it again") from None


def _params(source: Source) -> list[str]:
    more = source.settings.get("params", [])
    if not isinstance(more, list):
        raise BadInput(f"source {source.name!r}: settings.params", f"{more!r} is not understood", "a list of event parameters", "write params: [name, …]")
    return list(dict.fromkeys([*PARAMS, *map(str, more)]))


def _param(key: str, source: Source) -> str:
    value = param(key)
    text = f"coalesce({value}.string_value, CAST({value}.int_value AS VARCHAR), CAST({value}.double_value AS VARCHAR))"
    if key in ("page_location", "page_referrer", "link_url") and not source.settings.get("keep_query", False):
        text = f"regexp_replace({text}, '[?#].*$', '')"  # e-mail addresses and tokens travel there
    return text


def _if_there(engine: Engine, rows: str, sql: str, kind: str) -> str:
    """The expression, or NULL where this export has not got its field (older exports lack the newer ones)."""
    import duckdb

    try:
        engine.con.execute(f"SELECT {sql} FROM {rows} LIMIT 0").fetchall()
    except duckdb.BinderException:
        return f"NULL::{kind}"
    return sql


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rows(engine: Engine, source: Source, currency: str, report: ImportReport) -> tuple[pd.DataFrame, bool]:
    """The events that are kept, with session, channel and value, every dropped one counted; and whether the export tells where sessions came from."""
    import pyarrow as pa

    report.rows_read = int(engine.scalar("SELECT count(*) FROM events"))
    _check_meant(engine, f"source {source.name!r}")
    columns = [r[0] for r in engine.con.execute("DESCRIBE events").fetchall()]
    if source.filter:
        keep = condition_sql(source.filter, columns, f"source {source.name!r}: filter")
        _drop(engine, report, f"NOT coalesce({keep}, FALSE)", "filtered by params")
    engine.con.execute("""CREATE OR REPLACE TABLE events AS SELECT * EXCLUDE (transaction_param)
        REPLACE (coalesce(transaction_id, transaction_param) AS transaction_id) FROM events""")
    if source.settings.get("deduplicate", True):
        before = int(engine.scalar("SELECT count(*) FROM events"))
        engine.con.execute("CREATE OR REPLACE TABLE events AS SELECT DISTINCT ON (user_pseudo_id, user_id, micros, event, bundle, params_hash) * FROM events "
                           "ORDER BY file, row")
        report.duplicates = before - int(engine.scalar("SELECT count(*) FROM events"))
        report.drop("duplicate event", report.duplicates)
        _once(engine, report)
    for name, given in (("user_id", "given_user_id"), ("user_pseudo_id", "given_pseudo_id")):
        words = engine.con.execute(f"SELECT {given}, count(*) FROM events WHERE {given} IS NOT NULL AND {name} IS NULL GROUP BY 1 ORDER BY 2 DESC, 1").fetchall()
        if words:
            belong = "; they belong to their user_pseudo_id" if name == "user_id" else ""
            report.notes.append(f"{sum(w[1] for w in words):,} events have a {name} that is a spelling of 'no id' ({', '.join(f'{w!r} {n:,}×' for w, n in words[:6])}){belong}")
    report.null_ids = int(engine.scalar("SELECT count(*) FROM events WHERE user_pseudo_id IS NULL"))
    _drop(engine, report, "user_pseudo_id IS NULL AND user_id IS NULL", "no user id (consent refused)")
    _drop(engine, report, "storage IN ('no', 'false', '0', 'denied')", "analytics storage refused (privacy_info)")
    _drop(engine, report, "micros IS NULL", "no time")
    _drop(engine, report, "event IS NULL", "no event name")
    if report.null_ids and (known := report.null_ids - report.dropped.get("no user id (consent refused)", 0)):
        report.notes.append(f"{known:,} events have no user_pseudo_id but a user_id, which was taken")
    tells = add_traffic(engine, report, source.settings.get("traffic") == "first_user")
    table = engine.table("SELECT * EXCLUDE (touch, last_click) FROM events ORDER BY file, row")
    rows = table.to_pandas(types_mapper={pa.string(): pd.StringDtype(), pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype()}.get)
    return add_values(rows, currency, declared_currency(source), report, f"source {source.name!r}: value", source.settings.get("decimal")), tells


def _check_meant(engine: Engine, where: str) -> None:
    """Refuse times in another unit than Google's and ids that have lost digits; whole numbers that a float column wrote (77.0) become 77."""
    times, latest = engine.con.execute("SELECT count(micros), max(abs(micros)) FROM events").fetchall()[0]
    if times and latest < _EARLIEST:
        raise BadInput(f"{where}: event_timestamp", f"all {times:,} times lie within three years of 1970, the latest is {latest}", "microseconds since 1970, such as 1709287200000000",
                       "another program has rewritten them (as seconds or milliseconds): export events_* again, or read them with kind: events and `time_unit`")
    for name in ("user_pseudo_id", "user_id"):
        ids = pd.Series([r[0] for r in engine.con.execute(f"SELECT DISTINCT {name} FROM events WHERE {name} SIMILAR TO '.*[eE][+]?[0-9]+|[0-9]+[.]0+' ORDER BY 1").fetchall()], dtype="string")
        if not len(ids):
            continue
        refuse_cut(ids, f"{where}: {name}")
        all_ids = pd.Series([r[0] for r in engine.con.execute(f"SELECT DISTINCT {name} FROM events WHERE {name} IS NOT NULL ORDER BY 1").fetchall()], dtype="string")
        if (meant := plain(all_ids)).ne(all_ids).any():
            engine.con.execute(f"UPDATE events SET {name} = regexp_replace({name}, '[.]0$', '') WHERE {name} IN ({', '.join(map(literal, all_ids[meant != all_ids]))})")


def _once(engine: Engine, report: ImportReport) -> None:
    """Keep the first purchase of a transaction: a reloaded page sends it again, and a server may send it too.

    Equal are purchases with one transaction_id by one user (browser or user_id), or of one amount: two shops may number their orders alike.
    """
    amount = "coalesce(revenue, amount, revenue_usd, amount_usd)"
    engine.con.execute(f"""CREATE OR REPLACE TABLE again AS SELECT file, row, {amount} IS DISTINCT FROM first_amount AS differs FROM (SELECT *,
            row_number() OVER (PARTITION BY transaction_id, coalesce(user_pseudo_id, user_id) ORDER BY micros, file, row) AS by_browser,
            row_number() OVER (PARTITION BY transaction_id, user_id ORDER BY micros, file, row) AS by_user,
            row_number() OVER (PARTITION BY transaction_id, {amount} ORDER BY micros, file, row) AS by_amount,
            first_value({amount}) OVER (PARTITION BY transaction_id ORDER BY micros, file, row) AS first_amount
        FROM events WHERE event IN ('purchase', 'ecommerce_purchase') AND transaction_id IS NOT NULL) WHERE by_browser > 1 OR (by_user > 1 AND user_id IS NOT NULL) OR by_amount > 1""")
    found, differ = engine.con.execute("SELECT count(*), count(*) FILTER (differs) FROM again").fetchall()[0]
    if found:
        engine.con.execute("DELETE FROM events WHERE EXISTS (SELECT 1 FROM again a WHERE a.file = events.file AND a.row = events.row)")
        report.duplicates += found
        report.drop("purchase with a transaction_id that an earlier one has", found)
        report.notes.append(f"{found:,} purchases repeat the transaction_id of an earlier one and do not count again"
                            + (f"; {differ:,} of them name another amount, the first one's counts" if differ else ""))


def _drop(engine: Engine, report: ImportReport, condition: str, reason: str) -> None:
    report.drop(reason, int(engine.scalar(f"SELECT count(*) FROM events WHERE {condition}")))
    engine.con.execute(f"DELETE FROM events WHERE {condition}")


def _interactions(rows: pd.DataFrame, source: Source, tells: bool, report: ImportReport) -> pd.DataFrame:
    # who was logged in acted, on whatever device: a tablet in a store belongs to nobody; sessions are the browser's
    for name, of in (("user_id", rows["user_id"].notna()), ("user_pseudo_id", rows["user_id"].isna())):
        report.notes += [f"source {source.name!r}: {name}: {said}" for said in suspicions(rows[name][of])]
    key, browser = rows["user_id"].fillna(rows["user_pseudo_id"]), rows["user_pseudo_id"].fillna(rows["user_id"])
    named = {"event_date": "event_date", "campaign": "first_campaign", "source": "first_source", "medium": "first_medium",
             "device": "device", "country": "country", "platform": "platform", "items": "items", "quantity": "quantity",
             "transaction_id": "transaction_id", "currency": "currency", "other_value": "other_value", **{k.removeprefix("p_"): k for k in rows.columns if k.startswith("p_")}}
    if tells or any(rows[n].fillna("").ne(rows[f"first_{n}"].fillna("")).any() for n in ("source", "medium", "campaign")):
        named |= {"session_source": "source", "session_medium": "medium", "session_campaign": "campaign"}
    named["traffic_channel"] = "traffic_channel"
    # the medium it happened through; where the visitor came from is another thing (properties.traffic_channel)
    medium = pd.Series("web", index=rows.index, dtype="string").mask(rows["platform"].isin(["ANDROID", "IOS"]).fillna(False), "app")
    columns: dict[str, pd.Series] = {
        "key_type": pd.Series(KEY_TYPE, index=rows.index, dtype="string").mask(rows["user_id"].notna(), "user_id"),
        "customer_key": key,
        "occurred_at": from_epoch(rows["micros"], f"source {source.name!r}: event_timestamp", "us", report), "event": rows["event"],
        "channel": medium, "session_id": (browser + "|" + rows["session"]).mask(rows["session"].isna()),
        "value": rows["value"], "properties": json_object(rows, named)}
    ids = event_ids(pd.DataFrame({**columns, "bundle": rows["bundle"], "params": rows["params_hash"]}), source.name)
    return canonical("interactions", {"interaction_id": ids, "source": source.name, **columns, "sequence": _sequence(rows, key)}, rows.index)


def _sequence(rows: pd.DataFrame, key: pd.Series) -> pd.Series:
    """Places of events: by page, request and number in the request where the export tells them, by bundle, and by row where rows stand in order."""
    of = [pd.Series(pd.factorize(key)[0], index=rows.index), rows["micros"]]
    parts = [rows[c] for c in ("page", "request", "bundle", "in_request")]
    place = ranked([*of, *parts, rows_in_order(key, rows["micros"])])
    return place - place.groupby([of[0], of[1]]).transform("min")


def _customers(rows: pd.DataFrame) -> pd.DataFrame:
    """Attributes as of a customer's first event here: device, country and where they first came from."""
    first = rows.assign(key=rows["user_id"].fillna(rows["user_pseudo_id"])).sort_values(["key", "micros"]).drop_duplicates("key")
    attributes = json_object(first, {"first_source": "first_source", "first_medium": "first_medium", "device": "device",
                                     "country": "country", "language": "language", "operating_system": "operating_system"})
    return canonical("customers", {
        "key_type": pd.Series(KEY_TYPE, index=first.index, dtype="string").mask(first["user_id"].notna(), "user_id"),
        "customer_key": first["key"], "attributes": attributes}, first.index)


KIND = SourceKind(
    name="ga4", title="GA4, BigQuery export (Parquet or JSON)", read=read, tables=("interactions", "customers"),
    settings={
        "params": "further event parameters to keep as properties (list of keys)",
        "keep_query": "true: keep what follows ? and # in addresses; default: cut it off, since it may hold e-mail addresses",
        "currency": "what amounts are in that name no currency (ISO 4217); default: the client's, unless all of them equal their US dollars",
        "decimal": "decimal mark of amounts that a site has sent as text, '.' or ','; needed where none of them shows it (1,234)",
        "traffic": "session (default): properties.traffic_channel is where the session came from, where the export says so: the last click that Google "
                   "attributed (session_traffic_source_last_click), else the session's first event that tells a source, by the first of its places that does: "
                   "collected_traffic_source, the event's parameters (source, medium, campaign), the utm_* of page_location. A click id of Google outweighs tags that are not "
                   "paid ones of its network (gclid, gbraid, wbraid: google / cpc; dclid: dfa / cpm); msclkid and fbclid tell nothing, nor does a referral from the page's own "
                   "host. A session without any came from the browser's latest source of the last 90 days, a browser's first "
                   "session from the user's first source, else it is Direct; source, medium and campaign are always those of one place of one event. An export that tells "
                   "nothing of sessions gives the user's first source, with a note. first_user: where the user first came from",
        "deduplicate": "true (default): an event exported twice (same user, time, name, bundle and parameters) counts once, and so does a purchase whose "
                       "transaction_id an earlier one has (of the same user, or with the same amount)",
    })
