"""The event log of everything that happened, flat and vectorised; `exports` cuts it into vendors' files."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from . import business as b
from .people import DAY_S, Floats, to_utc_us

Array = npt.NDArray[Any]

GUIDES = ("hut-to-hut", "first-bivouac", "rain-layers", "trail-shoes", "packing-list", "winter-tours")
PRODUCTS = (  # id, name, category, price in EUR
    ("BF-1001", "Karst 2 tent", "tents", 349.0), ("BF-1002", "Firn 3 tent", "tents", 499.0),
    ("BF-1101", "Grat 45 backpack", "backpacks", 189.0), ("BF-1102", "Joch 22 daypack", "backpacks", 89.0),
    ("BF-1103", "Pfad 12 running vest", "backpacks", 99.0), ("BF-1201", "Almwind rain jacket", "jackets", 229.0),
    ("BF-1202", "Nebel wind shell", "jackets", 119.0), ("BF-1203", "Fjell down jacket", "jackets", 279.0),
    ("BF-1301", "Steig Mid boot", "shoes", 199.0), ("BF-1302", "Lauf Low trail shoe", "shoes", 139.0),
    ("BF-1303", "Gletscher boot", "shoes", 329.0), ("BF-1401", "Kocher One stove", "camp", 59.0),
    ("BF-1402", "Biwak sleeping bag", "camp", 249.0), ("BF-1403", "Matte Light pad", "camp", 129.0),
    ("BF-1404", "Topf Duo pot set", "camp", 45.0), ("BF-1501", "Stock Carbon poles", "accessories", 109.0),
    ("BF-1502", "Stirn 400 headlamp", "accessories", 49.0), ("BF-1503", "Merino base shirt", "accessories", 69.0),
)
CATEGORIES = np.array([p[2] for p in PRODUCTS], dtype=object)
EVENT_TOUCHPOINT = {
    "ad_open": "Social ad", "guide_read": "Trail guide", "newsletter_link": "Newsletter",
    "newsletter_open": "Newsletter", "newsletter_click": "Newsletter", "view_item": "Product page", "gear_finder_start": "Gear finder",
    "gear_finder_result": "Gear finder", "book_advice": "Store advice", "advice_session": "Store advice",
    "view_store_stock": "Store advice", "add_to_cart": "Basket", "begin_checkout": "Basket",
    "view_delivery_slots": "Delivery slot", "slot_unavailable": "Delivery slot", "add_shipping_info": "Delivery slot",
    "item_reserved": "Reservation", "add_payment_info": "Payment", "purchase": "Payment", "till_purchase": "Store till",
    "shipping_mail_open": "Delivery tracking", "track_delivery": "Delivery tracking", "support_call": "Support call",
    "join_club": "Gear Club", "share": "Referral",
}
LANDING_TOUCHPOINT = (("/l/spring-trails", "Social ad"), ("/l/trail-letter", "Newsletter"), ("/guides/", "Trail guide"))
"""Where a page view counts as a touchpoint: text in its address. params/demo.yaml says the same as match rules."""
SOURCES = {  # first channel: source, medium, campaign
    "social": ("instagram", "paid_social", "spring_trails"), "organic": ("google", "organic", None),
    "paid_search": ("google", "cpc", "generic_hiking"), "email": ("newsletter", "email", "trail_letter"),
    "direct": ("(direct)", "(none)", None),
}


class Log:
    """Collects events by the block; `frame` gives them in order of time, cut at the last day."""

    def __init__(self, rng: np.random.Generator, people: pd.DataFrame) -> None:
        self.rng, self.people = rng, people
        self.blocks: list[pd.DataFrame] = []
        self.visit_blocks: list[pd.DataFrame] = []
        self.visits_so_far = 0
        self.orders_so_far = 0
        self.registered = people["registered"].to_numpy()

    def visits(self, who: Array, t: Floats, system: Array, channel: Array | str = "direct", login: float = 0.8,
               landing: Array | str = "/") -> Array:
        """Begin a visit for each of `who`; returns their numbers. `login`: chance that someone with an account is logged in."""
        number = self.visits_so_far + np.arange(len(who))
        self.visits_so_far += len(who)
        v = pd.DataFrame({"visit": number, "person": who, "t": t, "system": system, "channel": channel})
        v["logged_in"] = self.registered[who] & (self.rng.random(len(who)) < login)
        v["landing"] = landing
        self.visit_blocks.append(v)
        return number

    def add(self, event: str, who: Array, t: Floats, system: Array | str, visit: Array | int = -1, *,
            page: Array | str | None = None, item: Array | int = -1, value: Array | float = np.nan, order: Array | int = -1,
            at: Array | None = None, shared: bool = False, login: bool = False) -> None:
        """One event for each of `who`, or for those of them where `at` holds. `login`: the event itself identifies them."""
        block = pd.DataFrame({
            "person": who, "t": t, "system": system, "event": event, "visit": visit, "page": page, "item": item, "value": value,
            "order": order, "known": login, "shared": shared}, index=range(len(who)))
        self.blocks.append(block if at is None else block[at])

    def orders(self, count: int) -> Array:
        """Numbers for that many new orders."""
        self.orders_so_far += count
        return np.arange(self.orders_so_far - count, self.orders_so_far)

    def seconds(self, count: int, low: float, high: float) -> Floats:
        """Random seconds."""
        return self.rng.uniform(low, high, count)

    def frame(self) -> pd.DataFrame:
        """All events up to the end of the last day, ordered by time, with channel and login of their visit."""
        log = pd.concat([x for x in self.blocks if len(x)], ignore_index=True)
        visits = pd.concat(self.visit_blocks, ignore_index=True).set_index("visit")
        has = log["visit"].to_numpy() >= 0
        at = log.loc[has, "visit"].to_numpy()
        log["logged_in"] = False
        log.loc[has, "logged_in"] = visits["logged_in"].to_numpy()[at]
        # an account is opened at the first visit: nobody is logged in before
        first = log[log["event"] == "sign_up"].groupby("person")["t"].min()
        opened = first.reindex(self.people["person"], fill_value=np.inf).to_numpy()
        log["logged_in"] = (log["logged_in"] | log["known"]) & (log["t"].to_numpy() >= opened[log["person"].to_numpy()])
        log["channel"] = "direct"
        log.loc[has, "channel"] = visits["channel"].to_numpy()[at]
        log["visit_t"] = log["t"]
        log.loc[has, "visit_t"] = visits["t"].to_numpy()[at]
        log = log[log["t"] < b.DAYS * DAY_S]
        log = log.sort_values(["t", "person"], kind="stable").reset_index(drop=True)
        log["us"] = to_utc_us(log["t"].to_numpy())
        log["touchpoint"] = touchpoints(log)
        return log


def touchpoints(log: pd.DataFrame) -> pd.Series:
    """The touchpoint of every event, or nothing."""
    found = log["event"].map(EVENT_TOUCHPOINT)
    views = log["event"] == "page_view"
    page = log.loc[views, "page"].astype(str)
    for part, touchpoint in LANDING_TOUCHPOINT:
        found[page.index[page.str.contains(part, regex=False)]] = touchpoint
    return found


def write_log(rng: np.random.Generator, people: pd.DataFrame, j: pd.DataFrame, after: pd.DataFrame,
              later: pd.DataFrame) -> pd.DataFrame:
    """Every event of every person as one frame."""
    log = Log(rng, people)
    _awareness(log, people, j)
    _research(log, people, j)
    _checkout(log, people, j)
    _store(log, people, j)
    _post_purchase(log, people, j, after)
    _returns(log, people, later)
    _newsletters(log, people)
    return log.frame()


def _home(people: pd.DataFrame, who: Array) -> Array:
    """Where a person is online: people of the store mode look things up on the web."""
    return np.where(people["mode"].to_numpy()[who] == "app", "app", "web")


def _any_device(log: Log, people: pd.DataFrame, who: Array) -> Array:
    """The person's device, or now and then the second one."""
    home = _home(people, who)
    other = people["second_device"].to_numpy()[who] & (log.rng.random(len(who)) < 0.5)
    return np.where(other, np.where(home == "app", "web", "app"), home)


def _begin(log: Log, who: Array, t: Floats, system: Array, visit: Array, landing: Array | str) -> None:
    web, page = system == "web", np.broadcast_to(np.asarray(landing, dtype=object), len(who))
    log.add("session_start", who[web], t[web], "web", visit[web], page=page[web])
    log.add("page_view", who[web], t[web] + 0.4, "web", visit[web], page=page[web])
    log.add("app_open", who[~web], t[~web], "app", visit[~web])


def _awareness(log: Log, people: pd.DataFrame, j: pd.DataFrame) -> None:
    count = j["touches"].to_numpy()
    who = np.repeat(np.arange(len(people)), count)
    first = np.r_[True, who[1:] != who[:-1]]
    entry = people["entry_s"].to_numpy()[who]
    later = entry + np.maximum(log.rng.random(len(who)) * j["awareness_days"].to_numpy()[who] * DAY_S, 1800)
    t = np.where(first, entry, later)
    other = np.array(b.CHANNELS, dtype=object)[log.rng.integers(0, len(b.CHANNELS), len(who))]
    channel = np.where(first | (log.rng.random(len(who)) < 0.5), people["channel"].to_numpy()[who], other)
    guide = np.array([f"/guides/{g}" for g in GUIDES], dtype=object)[log.rng.integers(0, len(GUIDES), len(who))]
    landing = np.where(channel == "social", "/l/spring-trails?utm_source=instagram&utm_medium=paid_social",
                       np.where(channel == "email", "/l/trail-letter?utm_source=newsletter&utm_medium=email", guide))
    system = _home(people, who)
    web = system == "web"
    visit = log.visits(who, t, system, channel, 0.5, landing)
    log.add("first_visit", who, t, "web", visit, page=landing, at=first & web)
    _begin(log, who, t, system, visit, landing)
    for event, names in (("ad_open", ["social"]), ("guide_read", ["organic", "paid_search"]), ("newsletter_link", ["email"])):
        log.add(event, who, t + 1.5, "app", visit, page=guide, at=~web & np.isin(channel, names))
    reads = web & (log.rng.random(len(who)) < 0.35)
    log.add("scroll", who, t + log.seconds(len(who), 20, 90), "web", visit, page=landing, at=reads)
    log.add("sign_up", who, t + log.seconds(len(who), 95, 240), system, visit, page=_page(system, "/account/new"),
            at=first & log.registered[who], login=True)


def _page(system: Array, path: Array | str) -> Array:
    """The address on the web; the app has none."""
    return np.where(system == "web", path, None)


def _product_page(system: Array, item: Array) -> Array:
    return _page(system, np.char.add("/p/", np.array([p[0] for p in PRODUCTS])[item]).astype(object))


def _category_page(item: Array) -> Array:
    return np.asarray(np.char.add("/c/", CATEGORIES[item].astype(str)).astype(object))


def _research(log: Log, people: pd.DataFrame, j: pd.DataFrame) -> None:
    looks = np.where(j["looks_online"], j["looks"], 0)
    who = np.repeat(np.arange(len(people)), looks)
    rank = np.arange(len(who)) - np.repeat(looks.cumsum() - looks, looks)
    first, last = rank == 0, rank == looks[who] - 1
    span = (j["last_look_s"] - j["first_look_s"]).to_numpy()[who]
    t = j["first_look_s"].to_numpy()[who] + span * rank / np.maximum(looks[who] - 1, 1)
    # the deciding look happens where the person buys; others may happen on the second device
    home = _home(people, who)
    system = np.where(first | last, home, _any_device(log, people, who))
    ways = np.array(["direct", "organic", "paid_search"], dtype=object)
    channel = ways[log.rng.choice(3, len(who), p=[0.6, 0.28, 0.12])]
    item, other = log.rng.integers(0, len(PRODUCTS), (2, len(who)))
    landing = _category_page(item)
    visit = log.visits(who, t, system, channel, np.where(system == home, 0.8, 1.0), landing)
    _begin(log, who, t, system, visit, landing)
    tool = _page(system, "/gear-finder")
    for event, column, low, high in (("gear_finder_start", "finder", 8, 25), ("gear_finder_result", "finder_done", 90, 200)):
        log.add(event, who, t + log.seconds(len(who), low, high), system, visit, page=tool, at=first & j[column].to_numpy()[who])
    page = _product_page(system, item)
    log.add("view_item", who, t + log.seconds(len(who), 210, 330), system, visit, page=page, item=item)
    log.add("view_item", who, t + log.seconds(len(who), 340, 420), system, visit, page=_product_page(system, other), item=other,
            at=log.rng.random(len(who)) < 0.5)
    log.add("add_to_cart", who, t + log.seconds(len(who), 440, 600), system, visit, page=page, item=item,
            value=j["order_eur"].to_numpy()[who], at=last & j["basket"].to_numpy()[who])


def _checkout(log: Log, people: pd.DataFrame, j: pd.DataFrame) -> None:
    buyer = np.flatnonzero(j["checkout"])
    tries = 1 + j["retries"].to_numpy()[buyer]
    who = np.repeat(buyer, tries)
    rank = np.arange(len(who)) - np.repeat(tries.cumsum() - tries, tries)
    final = rank == tries.repeat(tries) - 1
    start, end = j["attempt_s"].to_numpy()[who], j["last_attempt_s"].to_numpy()[who]
    t = np.where(final, end, start + (end - start) * rank / np.maximum(tries.repeat(tries) - 1, 1))
    passes, pays = final & j["slot"].to_numpy()[who], final & j["pays"].to_numpy()[who]
    trouble = j["trouble"].to_numpy()[who] & ((rank == 0) | ~passes)
    _attempt(log, who, t, _home(people, who), (trouble, passes, pays), j["order_eur"].to_numpy()[who])


def _attempt(log: Log, who: Array, t: Floats, system: Array, how: tuple[Array, Array, Array], eur: Floats) -> None:
    """A visit to the checkout. how: whether no slot was shown as available, whether one was chosen, whether it was paid."""
    trouble, passes, pays = how
    visit = log.visits(who, t, system, "direct", 0.95, "/cart")
    _begin(log, who, t, system, visit, "/cart")
    item = log.rng.integers(0, len(PRODUCTS), len(who))
    t = t + log.seconds(len(who), 30, 60)
    slots = _page(system, "/checkout/delivery")
    log.add("begin_checkout", who, t, system, visit, page=_page(system, "/checkout"), item=item, value=eur)
    log.add("view_delivery_slots", who, t + 25, system, visit, page=slots)
    log.add("slot_unavailable", who, t + log.seconds(len(who), 50, 90), system, visit, page=slots, at=trouble)
    log.add("add_shipping_info", who, t + log.seconds(len(who), 100, 160), system, visit, page=slots, value=eur, at=passes)
    done = t + log.seconds(len(who), 200, 320)
    log.add("add_payment_info", who, done - 30, system, visit, page=_page(system, "/checkout/payment"), value=eur, at=pays)
    order = np.full(len(who), -1)
    order[pays] = log.orders(int(pays.sum()))
    log.add("purchase", who, done, system, visit, page=_page(system, "/checkout/thanks"), item=item, value=eur, order=order, at=pays)


def _store(log: Log, people: pd.DataFrame, j: pd.DataFrame) -> None:
    eur, advice = j["order_eur"].to_numpy(), j["advice_s"].to_numpy()
    goes = np.flatnonzero(j["considers"] & ~j["online"])
    t = j["last_look_s"].to_numpy()[goes] + log.seconds(len(goes), 700, 1200)
    visit = log.visits(goes, t, np.full(len(goes), "web", dtype=object), "direct", 1.0, "/stores/advice")
    log.add("book_advice", goes, t, "web", visit, page="/stores/advice", login=True)
    log.add("advice_session", goes, advice[goes], "store", login=True)
    # a tablet in the store that everybody uses: its browser id belongs to nobody
    if len(goes) >= 40:
        kiosk = np.sort(log.rng.choice(goes, min(60, len(goes)), replace=False))
        log.add("view_store_stock", kiosk, advice[kiosk] - 600, "web", page="/stores/stock", shared=True, login=True)
    keeps = np.flatnonzero(j["reserves"])
    log.add("item_reserved", keeps, advice[keeps] + log.seconds(len(keeps), 1200, 1800), "store", value=eur[keeps],
            item=log.rng.integers(0, len(PRODUCTS), len(keeps)), login=True)
    buys = np.flatnonzero(j["buys_in_store"])
    log.add("till_purchase", buys, j["till_s"].to_numpy()[buys], "store", value=eur[buys], login=True,
            item=log.rng.integers(0, len(PRODUCTS), len(buys)), order=log.orders(len(buys)))


def _post_purchase(log: Log, people: pd.DataFrame, j: pd.DataFrame, after: pd.DataFrame) -> None:
    tracks = np.flatnonzero(after["tracks"])
    t = after["tracks_s"].to_numpy()[tracks]
    log.add("shipping_mail_open", tracks, t - 120, "email", at=log.registered[tracks] & (log.rng.random(len(tracks)) < 0.7))
    home, system = _home(people, tracks), _any_device(log, people, tracks)
    visit = log.visits(tracks, t, system, "direct", np.where(system == home, 0.8, 1.0), "/orders/track")
    _begin(log, tracks, t, system, visit, "/orders/track")
    log.add("track_delivery", tracks, t + 8, system, visit, page=_page(system, "/orders/track"))
    calls = np.flatnonzero(after["calls"])
    seconds = log.rng.lognormal(5.6, 0.5, len(calls)).round()
    log.add("support_call", calls, after["calls_s"].to_numpy()[calls], "phone", value=seconds, login=True)
    for name, event, path in (("club", "join_club", "/club/join"), ("refers", "share", "/refer-a-friend")):
        who = np.flatnonzero(after[name])
        t, system = after[f"{name}_s"].to_numpy()[who], _home(people, who)
        visit = log.visits(who, t, system, "direct", 1.0, path)
        _begin(log, who, t, system, visit, path)
        log.add(event, who, t + log.seconds(len(who), 20, 80), system, visit, page=_page(system, path))


def _returns(log: Log, people: pd.DataFrame, later: pd.DataFrame) -> None:
    online, orders = later["online"].to_numpy(), later["orders"].to_numpy()
    store = later[~online & orders]
    log.add("till_purchase", store["person"].to_numpy(), store["at_s"].to_numpy(), "store", value=store["order_eur"].to_numpy(),
            item=log.rng.integers(0, len(PRODUCTS), len(store)), order=log.orders(len(store)), login=True)
    looks = later[online & ~orders]
    who, t = looks["person"].to_numpy(), looks["at_s"].to_numpy()
    home, system, item = _home(people, who), _any_device(log, people, who), log.rng.integers(0, len(PRODUCTS), len(who))
    visit = log.visits(who, t, system, "direct", np.where(system == home, 0.8, 1.0), _category_page(item))
    _begin(log, who, t, system, visit, _category_page(item))
    log.add("view_item", who, t + log.seconds(len(who), 20, 120), system, visit, page=_product_page(system, item), item=item)
    buys = later[online & orders]
    who, passes = buys["person"].to_numpy(), buys["slot"].to_numpy()
    trouble = log.rng.random(len(who)) < np.where(passes, b.TROUBLE_GIVEN_PASS, b.TROUBLE_GIVEN_FAIL)
    _attempt(log, who, buys["at_s"].to_numpy(), _home(people, who), (trouble, passes, buys["pays"].to_numpy()),
             buys["order_eur"].to_numpy())


def _newsletters(log: Log, people: pd.DataFrame) -> None:
    """Opened letters of people with an account who agreed to them, every second Thursday morning."""
    readers = np.flatnonzero(log.registered & people["opted_in"].to_numpy())
    for day in range(10, b.DAYS, 14):
        known = readers[people["entry_s"].to_numpy()[readers] < (day - 1) * DAY_S]
        who = known[log.rng.random(len(known)) < 0.22]
        t = day * DAY_S + 8 * 3600 + log.seconds(len(who), 60, 30_000)
        log.add("newsletter_open", who, t, "email")
        log.add("newsletter_click", who, t + 20, "email", at=log.rng.random(len(who)) < 0.18)
