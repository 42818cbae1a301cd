"""Hits of a data feed as interactions: one a hit, named by the shop's event or link it is, else a page view.

A visitor is two numbers, of which neither alone is anybody, and both are text: as numbers they would be rounded. `date_time` is the report suite's local time; the times used
are those in seconds since 1970. Numbers 100 to 199 of `post_event_list` say that a variable was set, which nobody did.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ....errors import BadInput
from ...contract import Context, ImportReport, SourceKind, SourceTables
from ...reading.export import Export
from ...reading.rows import without
from .. import events
from .feed import Feed, read_feed, rows_of

if TYPE_CHECKING:
    from ....params.schema import Source

_TIMES = ("post_cust_hit_time_gmt", "cust_hit_time_gmt", "hit_time_gmt")
_VISITOR = ("post_visid_high", "post_visid_low")
_NOTHING = ("", "::empty::", "::hash::0")
#: of a hit with several events the first of these names it
_SHOP = {"1": "purchase", "11": "checkout", "12": "add to cart", "13": "remove from cart", "10": "cart opened", "14": "cart viewed", "2": "product viewed"}
_LINKS = {"100": "custom link", "101": "download link", "102": "exit link"}
_USED = (*_TIMES, *_VISITOR, "visit_num", "visit_start_time_gmt", "visit_page_num", "hitid_high", "hitid_low", "exclude_hit", "customer_perspective", "hit_source", "post_pagename", "post_page_url",
         "post_page_event", "post_page_event_var1", "post_page_event_var2", "post_event_list", "post_product_list", "duplicate_purchase", "post_currency", "post_campaign", "post_channel", "ref_type", "browser", "os")


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Interactions of the feed's hits. Raises `BadInput`."""
    where = f"source {source.name!r}"
    for name in ("columns", "joins", "questions", "filter"):
        if getattr(source, name):
            raise BadInput(f"{where}: {name}", "a data feed names its columns itself", "settings only", "cjm sources adobe_datafeed")
    report = ImportReport(source.name, "adobe_datafeed", files=[p.name for p in files])
    feed = read_feed(files, where)
    named = {str(k).removeprefix("event"): str(v) for k, v in source.settings.get("events", {}).items()}
    more = source.settings.get("properties") or {}
    properties = {str(k): str(v) for k, v in more.items()} if isinstance(more, dict) else {str(c): str(c) for c in more}
    frame = _frame(feed, source, properties, report)
    if missing := [c for c in _VISITOR if c not in frame] or ([_TIMES[0]] if not any(c in frame for c in _TIMES) else []):
        raise BadInput(where, f"the feed lacks the columns {', '.join(missing)}", "who did a hit, and when", "let the feed be delivered with these columns")
    frame = _counted(frame, report)
    frame = _read(frame, feed, named, properties, report)
    columns = {c: c for c in ("customer_id", "occurred_at", "event", "interaction_id", "session_id", "value", "currency") if c in frame}
    settings = {k: v for k, v in source.settings.items() if k in ("unreadable", "keys", "null_keys", "currency")}
    kept = ["page", "campaign", "section", "browser", "system", "referrer", "link", "events", *properties]
    told = source.model_copy(update={"columns": columns, "settings": settings | {"key_type": str(source.settings.get("key_type", "adobe_visitor")), "time_unit": "s", "decimal": ".",
                                                                                 "properties": [c for c in kept if c in frame]}})
    delivered = events.deliver(Export("adobe_datafeed", told, context, frame=frame.reset_index(drop=True), report=report))
    return delivered


def _frame(feed: Feed, source: Source, properties: dict[str, str], report: ImportReport) -> pd.DataFrame:
    """The columns that are used, as text; rows with another number of fields are refused, or dropped and counted."""
    where = f"source {source.name!r}"
    if odd := [c for c in properties.values() if c not in feed.header]:
        raise BadInput(f"{where}: settings.properties", f"the feed has no column {odd[0][:60]!r}", ", ".join(feed.header[:30]) + " …", "correct settings.properties")
    wanted = [c for c in dict.fromkeys((*_USED, *properties.values())) if c in feed.header]
    at, rows, ragged = [feed.header.index(c) for c in wanted], list[list[str]](), 0
    for name, content in feed.hits:
        for number, fields in enumerate(rows_of(name, content, feed, source.encoding, f"{where}: {name}"), 1):
            report.rows_read += 1
            if len(fields) != len(feed.header):
                if source.rows != "skip":
                    raise BadInput(f"{where}: {name}", f"hit {number:,} has {len(fields):,} fields, the header has {len(feed.header):,}", "as many fields as column names: hits and header of one delivery",
                                   "take the lookup files of the same delivery, or set `rows: skip` to drop such hits")
                ragged += 1
                continue
            rows.append([fields[i] for i in at])
    report.drop("ragged row", ragged)
    report.columns = list(feed.header)
    if feed.checked:
        report.notes.append(f"{feed.checked:,} files are as the manifest says (MD5 and number of hits)")
    else:
        report.notes.append("no manifest lies beside the hits, so that nobody can tell whether they are all")
    if feed.ignored:
        report.notes.append(f"files that are no part of a feed: {', '.join(feed.ignored[:5])}")
    frame = pd.DataFrame(rows, columns=wanted, dtype="string")
    return frame.mask(frame.isin(_NOTHING))


def _counted(frame: pd.DataFrame, report: ImportReport) -> pd.DataFrame:
    """Without hits that Adobe leaves out of its own reports."""
    for column, unwanted, why in (("exclude_hit", lambda c: c.fillna("0") != "0", "hit that Adobe excludes"), ("customer_perspective", lambda c: c.fillna("0") != "0", "hit in the background of an app"),
                                  ("hit_source", lambda c: c.isin(["5", "7", "8", "9"]), "uploaded summary, no hit")):
        if column in frame:
            frame = without(frame, unwanted(frame[column]), report, why)
    return frame


def _read(frame: pd.DataFrame, feed: Feed, named: dict[str, str], properties: dict[str, str], report: ImportReport) -> pd.DataFrame:
    none = pd.Series(pd.NA, index=frame.index, dtype="string")

    def column(name: str) -> pd.Series:
        return frame.get(name, none)

    at = none
    for name in _TIMES:
        at = at.fillna(column(name))
    page = column("post_pagename").fillna(column("post_page_url").str.replace(r"[?#].*", "", regex=True))
    link = column("post_page_event").map(_LINKS).astype("string")
    numbers = column("post_event_list").fillna("").map(lambda v: [p.partition("=")[0] for p in str(v).split(",") if p])
    names = named | {n: w for n, w in _SHOP.items() if n not in named}
    order = [n for n in ("1",) if n in names] + [*named, *_SHOP]
    told = pd.Series([next((names[n] for n in order if n in set(row)), None) for row in numbers], index=frame.index, dtype="string")
    unknown = {n for row in numbers for n in row if n not in names and not _instance(n)}
    if unknown:
        words = feed.lookups.get("event", {})
        listed = ", ".join(f"{n} ({words[n]})" if n in words else n for n in sorted(unknown, key=lambda n: (len(n), n))[:8])
        report.notes.append(f"events that only the client can name, and which name no hit: {listed}; settings.events gives them names")
    viewed = column("post_pagename").notna() | column("post_page_url").notna()
    event = told.fillna(link).fillna(none.mask(viewed, "page view")).fillna("other hit")
    out = {"customer_id": column("post_visid_high") + ":" + column("post_visid_low"), "occurred_at": at, "event": event, "page": page, "campaign": column("post_campaign"), "section": column("post_channel"),
           "session_id": column("visit_num") + "." + column("visit_start_time_gmt"), "link": column("post_page_event_var1").fillna(column("post_page_event_var2")).str.replace(r"[?#].*", "", regex=True).where(link.notna())}
    nobody = (column("post_visid_high").fillna("0") == "0") & (column("post_visid_low").fillna("0") == "0")
    out["customer_id"] = out["customer_id"].mask(nobody)
    if {"hitid_high", "hitid_low"} <= set(frame.columns):  # nearly unique alone; with the place in the visit they are
        out["interaction_id"] = column("hitid_high") + "-" + column("hitid_low") + "-" + column("visit_num").fillna("") + "-" + column("visit_page_num").fillna("")
    for name, (source, table) in {"browser": ("browser", "browser"), "system": ("os", "operating_systems"), "referrer": ("ref_type", "referrer_type")}.items():
        if source in frame and table in feed.lookups:
            out[name] = frame[source].map(feed.lookups[table]).astype("string")
    bought = pd.Series(["1" in row for row in numbers], index=frame.index) & (column("duplicate_purchase").fillna("0") != "1")
    if bought.any():
        out["value"] = column("post_product_list").map(_revenue, na_action="ignore").astype("string").where(bought)
        out["currency"] = column("post_currency").where(out["value"].notna())
    out["events"] = pd.Series([", ".join(dict.fromkeys(names[n] for n in row if n in names)) or None for row in numbers], index=frame.index, dtype="string")
    out |= {name: frame[source] for name, source in properties.items()}
    return pd.DataFrame({n: c for n, c in out.items() if n in ("customer_id", "occurred_at", "event") or c.notna().any()})


def _instance(number: str) -> bool:
    """Whether a number says that a variable was set (eVar 1 to 100, 101 to 250), or is none."""
    return re.fullmatch(r"1[0-9][0-9]|10[0-9]{3}", number) is not None or not number.isdecimal()


def _revenue(products: str) -> str | None:
    """The sum of the prices of a list of products: category;product;quantity;price;…, parted by commas; ^ before a mark says that it is part of a name."""
    total, found = 0.0, False
    for product in re.split(r"(?<!\^),", products):
        fields = re.split(r"(?<!\^);", product)
        if len(fields) > 3 and re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,10})?", fields[3]):
            total, found = total + float(fields[3]), True
    return f"{total:.2f}" if found else None


KIND = SourceKind(
    "adobe_datafeed", "Adobe Analytics data feed (hits without a header, with lookups and manifest)", read, ("interactions",),
    {"events": "{number or eventNNN: name}: events that only the client can name (200 and above); of a hit with several, a purchase comes first, then these in their order",
     "properties": "further columns to keep (list, or {name: column}), e.g. {login: post_evar1}",
     "key_type": "what kind of key the visitor is; default: adobe_visitor",
     "currency": "what amounts are in that name no currency (ISO 4217); default: the client's currency",
     "unreadable": "share of times, 0 to 1, that may be unreadable and count as missing, which is told; default 0.05; more are refused"})
