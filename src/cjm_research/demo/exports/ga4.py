"""Web events as GA4's BigQuery export: nested Parquet, `event_params` as a list of key and typed value.

Quirks put in: rows without user_pseudo_id (consent denied), rows delivered twice, user_id only while logged
in, event_date in the property's zone beside UTC timestamps, a shared tablet in the store.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...shapes import Json
from .. import business as b
from ..events import PRODUCTS, SOURCES
from ..people import to_utc_us
from ..simulate import Simulation
from .files import local_text

HOST = "https://www.birkfell.example"
KIOSK = "1900000001.1767603600"
WITHOUT_ID, TWICE = 0.012, 0.006  # shares of events: extra rows without an id, rows delivered twice
STREAM = 5501002003
TITLES = {
    "guides": "Trail guide",
    "c": "Shop",
    "p": "Product",
    "cart": "Basket",
    "checkout": "Checkout",
    "l": "Welcome",
    "account": "Account",
    "gear-finder": "Gear finder",
    "stores": "Stores",
    "orders": "Your order",
    "club": "Gear Club",
    "refer-a-friend": "Tell a friend",
    "": "Home",
}


def write_ga4(sim: Simulation, raw: Path) -> dict[str, int]:
    """`ga4/events_YYYYMMDD.parquet`, one a month, named by its first day."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = _rows(sim)
    table = pa.Table.from_arrays(*_columns(sim, rows))
    month = np.array([d[:6] for d in table["event_date"].to_pylist()])
    (raw / "ga4").mkdir(parents=True, exist_ok=True)
    for m in np.unique(month):
        at = np.flatnonzero(month == m)
        part = table.slice(at[0], len(at))
        pq.write_table(part, raw / "ga4" / f"events_{part['event_date'][0].as_py()}.parquet", compression="zstd")
    return {
        "rows": len(rows),
        "duplicates": int(rows["again"].sum()),
        "without_id": int(rows.loc[~rows["again"], "pseudo"].isna().sum()),
    }


def _rows(sim: Simulation) -> pd.DataFrame:
    """Web events with the quirks, in order of time."""
    rng = sim.exports_rng
    log = sim.log[sim.log["system"] == "web"].copy()
    log["pseudo"] = np.where(log["shared"], KIOSK, sim.people["web_id"].to_numpy()[log["person"]])
    log["user"] = np.where(log["logged_in"], sim.people["customer_no"].to_numpy()[log["person"]], None)
    log["bundle"] = rng.integers(1, 2**31, len(log))
    views = log[log["event"] == "page_view"]
    nobody = views.iloc[np.sort(rng.choice(len(views), int(len(log) * WITHOUT_ID), replace=False))].copy()
    nobody[["pseudo", "user"]] = None
    nobody["us"] += rng.integers(10**7, 10**9, len(nobody))
    log = pd.concat([log, nobody]).sort_values("us", kind="stable")
    log = log[log["us"] < to_utc_us([b.DAYS * 86_400.0])[0]]
    count = 1 + ((rng.random(len(log)) < TWICE) & log["pseudo"].notna().to_numpy())
    twice = log.iloc[np.repeat(np.arange(len(log)), count)].reset_index(drop=True)
    twice["again"] = np.concatenate([np.arange(c) > 0 for c in count])
    return twice


def _columns(sim: Simulation, log: pd.DataFrame) -> tuple[list[Any], list[str]]:
    import pyarrow as pa

    n = len(log)
    people = sim.people.iloc[log["person"]].reset_index(drop=True)
    source = np.array([SOURCES[c] for c in log["channel"]], dtype=object)
    first = np.array([SOURCES[c] for c in people["channel"]], dtype=object)
    touch = to_utc_us(people["entry_s"].to_numpy())
    buys = (log["event"] == "purchase").to_numpy()
    value = log["value"].to_numpy()
    order = [f"W{o:06d}" if o >= 0 else None for o in log["order"]]
    phone = (people["persona"].to_numpy() == 1) | (people["person"].to_numpy() % 3 == 0)
    none_d, none_i = pa.nulls(n, pa.float64()), pa.nulls(n, pa.int64())

    def text(values: Any) -> Any:
        return pa.array(list(values), pa.string(), from_pandas=True)

    columns: dict[str, Any] = {
        "event_date": text(local_text(log["us"], "%Y%m%d")),
        "event_timestamp": pa.array(log["us"].to_numpy(), pa.int64()),
        "event_name": text(log["event"]),
        "event_params": _params(log, people, source, order),
        "event_previous_timestamp": none_i,
        "event_value_in_usd": none_d,
        "event_bundle_sequence_id": pa.array(log["bundle"].to_numpy(), pa.int64()),
        "event_server_timestamp_offset": none_i,
        "user_id": text(log["user"]),
        "user_pseudo_id": text(log["pseudo"]),
        "privacy_info": _struct(
            {
                "analytics_storage": text(np.where(log["pseudo"].isna(), "No", "Yes")),
                "ads_storage": text(["No"] * n),
                "uses_transient_token": text(["No"] * n),
            }
        ),
        "user_first_touch_timestamp": pa.array(np.where(log["pseudo"].isna(), None, touch), pa.int64()),
        "user_ltv": _struct({"revenue": pa.array(np.zeros(n)), "currency": text([b.CURRENCY] * n)}),
        "device": _struct(
            {
                "category": text(np.where(phone, "mobile", "desktop")),
                "mobile_brand_name": text(np.where(phone, "Google", None)),
                "operating_system": text(np.where(phone, "Android", "Windows")),
                "language": text(["de-de"] * n),
                "web_info": _struct(
                    {
                        "browser": text(np.where(phone, "Chrome", "Firefox")),
                        "browser_version": text(np.where(phone, "143.0", "146.0")),
                    }
                ),
            }
        ),
        "geo": _struct(
            {
                "continent": text(["Europe"] * n),
                "country": text(["Germany"] * n),
                "region": text(people["region"]),
                "city": text(people["city"]),
            }
        ),
        "traffic_source": _struct(
            {
                "medium": text(first[:, 1]),
                "name": text([x or "(not set)" for x in first[:, 2]]),
                "source": text(first[:, 0]),
            }
        ),
        "stream_id": pa.array(np.full(n, STREAM), pa.int64()),
        "platform": text(["WEB"] * n),
        "ecommerce": _struct(
            {
                "total_item_quantity": pa.array(np.where(buys, 1, None), pa.int64()),
                "purchase_revenue": pa.array(value, pa.float64(), mask=~buys),
                "shipping_value": pa.array(np.full(n, 4.9), pa.float64(), mask=~buys),
                "transaction_id": text(order),
            }
        ),
        "items": _items(log),
        "collected_traffic_source": _struct(
            {
                "manual_source": text(source[:, 0]),
                "manual_medium": text(source[:, 1]),
                "manual_campaign_name": text(source[:, 2]),
            }
        ),
    }
    return list(columns.values()), list(columns)


def _params(log: pd.DataFrame, people: pd.DataFrame, source: npt.NDArray[Any], order: list[str | None]) -> Any:
    """event_params: one list a row, only of the parameters the row has."""
    import pyarrow as pa

    n = len(log)
    event = log["event"]
    landing = (
        event.isin(["session_start", "page_view", "first_visit"]).to_numpy() & (log["channel"] != "direct").to_numpy()
    )
    page = log["page"].to_numpy()
    has_page = pd.notna(page)
    texts: dict[str, tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]] = {
        "page_location": (
            np.array([HOST + p if ok else None for p, ok in zip(page, has_page, strict=True)], dtype=object),
            has_page,
        ),
        "page_title": (
            np.array(
                [TITLES.get(str(p).lstrip("/").split("/")[0].split("?")[0], "Birkfell Outdoor") for p in page],
                dtype=object,
            ),
            has_page,
        ),
        "source": (source[:, 0], landing),
        "medium": (source[:, 1], landing),
        "campaign": (source[:, 2], landing & pd.notna(source[:, 2])),
        "currency": (np.full(n, b.CURRENCY, dtype=object), log["value"].notna().to_numpy()),
        "transaction_id": (
            np.array(order, dtype=object),
            np.array([o is not None for o in order]) & (event == "purchase").to_numpy(),
        ),
    }
    session = to_utc_us(log["visit_t"].to_numpy()) // 1_000_000
    numbers: dict[str, tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]] = {
        "ga_session_id": (session, np.ones(n, dtype=bool)),
        "ga_session_number": (_session_numbers(log), np.ones(n, dtype=bool)),
        "engagement_time_msec": (
            200 + log["bundle"].to_numpy() % 60_000,
            event.isin(["view_item", "scroll", "page_view"]).to_numpy(),
        ),
    }
    doubles = {"value": (log["value"].to_numpy(), log["value"].notna().to_numpy())}
    names = [*numbers, *texts, *doubles]
    has = np.column_stack([m for _, m in [*numbers.values(), *texts.values(), *doubles.values()]])
    row, column = np.nonzero(has)
    string_value = np.full(len(row), None, dtype=object)
    int_value, double_value = np.zeros(len(row), dtype=np.int64), np.zeros(len(row))
    is_int, is_double = np.zeros(len(row), dtype=bool), np.zeros(len(row), dtype=bool)
    for i, name in enumerate(names):
        at = column == i
        if name in texts:
            string_value[at] = texts[name][0][row[at]]
        elif name in numbers:
            int_value[at], is_int[at] = numbers[name][0][row[at]], True
        else:
            double_value[at], is_double[at] = doubles[name][0][row[at]], True
    value = _struct(
        {
            "string_value": pa.array(string_value, pa.string()),
            "int_value": pa.array(int_value, mask=~is_int),
            "float_value": pa.nulls(len(row), pa.float64()),
            "double_value": pa.array(double_value, mask=~is_double),
        }
    )
    entries = _struct({"key": pa.array(np.array(names, dtype=object)[column], pa.string()), "value": value})
    return pa.ListArray.from_arrays(pa.array(np.r_[0, has.sum(axis=1).cumsum()], pa.int32()), entries)


def _session_numbers(log: pd.DataFrame) -> npt.NDArray[np.int64]:
    """How many sessions the browser had up to this one."""
    first = log.drop_duplicates(["pseudo", "visit_t"]).sort_values(["pseudo", "visit_t"])
    number = first.groupby("pseudo", dropna=False).cumcount() + 1
    keyed = pd.Series(
        number.to_numpy(), index=pd.MultiIndex.from_frame(first[["pseudo", "visit_t"]].fillna({"pseudo": ""}))
    )
    found = keyed.reindex(pd.MultiIndex.from_frame(log[["pseudo", "visit_t"]].fillna({"pseudo": ""})))
    return np.asarray(found.to_numpy(), dtype=np.int64)


def _items(log: pd.DataFrame) -> Any:
    import pyarrow as pa

    has = (log["item"] >= 0).to_numpy()
    item = log["item"].to_numpy()[has]
    price = np.where(log["value"].notna(), log["value"], np.array([p[3] for p in PRODUCTS])[log["item"]])[has]
    entries = _struct(
        {
            "item_id": pa.array([PRODUCTS[i][0] for i in item], pa.string()),
            "item_name": pa.array([PRODUCTS[i][1] for i in item], pa.string()),
            "item_brand": pa.array([b.NAME] * len(item), pa.string()),
            "item_category": pa.array([PRODUCTS[i][2] for i in item], pa.string()),
            "price": pa.array(price),
            "quantity": pa.array(np.ones(len(item), dtype=np.int64)),
        }
    )
    return pa.ListArray.from_arrays(pa.array(np.r_[0, has.cumsum()], pa.int32()), entries)


def _struct(fields: Json) -> Any:
    import pyarrow as pa

    return pa.StructArray.from_arrays(list(fields.values()), names=list(fields))
