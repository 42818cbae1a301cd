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
    "ad_open": "Social ad", "guide_read": "Trail guide", "newsletter_link": "Newsletter", "newsletter_open": "Newsletter",
    "newsletter_click": "Newsletter", "view_item": "Product page", "gear_finder_start": "Gear finder",
    "gear_finder_result": "Gear finder", "book_advice": "Store advice", "advice_session": "Store advice",
    "view_store_stock": "Store advice", "add_to_cart": "Basket", "begin_checkout": "Basket",
    "view_delivery_slots": "Delivery slot", "slot_unavailable": "Delivery slot", "add_shipping_info": "Delivery slot",
    "item_reserved": "Reservation", "add_payment_info": "Payment", "purchase": "Payment", "till_purchase": "Store till",
    "shipping_mail_open": "Delivery tracking", "track_delivery": "Delivery tracking", "support_call": "Support call",
    "join_club": "Gear Club", "share": "Referral",
}
LANDING_TOUCHPOINT = (("/l/spring-trails", "Social ad"), ("/l/trail-letter", "Newsletter"), ("/guides/", "Trail guide"))
"""Where a page view counts as a touchpoint: text its address contains. params/demo.yaml says the same as match rules."""
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
        """Begin a visit for each of `who`; returns their numbers. `login`: chance that a registered person is logged in."""
        number = self.visits_so_far + np.arange(len(who))
        self.visits_so_far += len(who)
        v = pd.DataFrame({"visit": number, "person": who, "t": t, "system": system, "channel": channel})
        v["logged_in"] = self.registered[who] & (self.rng.random(len(who)) < login)
        v["landing"] = landing
        self.visit_blocks.append(v)
        return number

    def add(self, event: str, who: Array, t: Floats, system: Array | str, visit: Array | None = None, *,
            page: Array | str | None = None, item: Array | None = None, value: Array | None = None,
            order: Array | None = None, shared: bool = False, login: bool = False) -> None:
        """One event for each of `who`. `login`: the event itself identifies the person."""
        self.blocks.append(pd.DataFrame({
            "person": who, "t": t, "system": system, "event": event, "visit": -1 if visit is None else visit,
            "page": page, "item": -1 if item is None else item, "value": np.nan if value is None else value,
            "order": -1 if order is None else order, "known": login, "shared": shared}, index=range(len(who))))

    def orders(self, count: int) -> Array:
        """Numbers for that many new orders."""
        self.orders_so_far += count
        return np.arange(self.orders_so_far - count, self.orders_so_far)

    def seconds(self, count: int, low: float, high: float) -> Floats:
        """Random seconds."""
        return self.rng.uniform(low, high, count)

    def frame(self) -> pd.DataFrame:
        """All events up to the end of the last day, ordered by time; with channel, landing page and login of their visit."""
        log = pd.concat([x for x in self.blocks if len(x)], ignore_index=True)
        visits = pd.concat(self.visit_blocks, ignore_index=True).set_index("visit")
        has = log["visit"].to_numpy() >= 0
        at = log.loc[has, "visit"].to_numpy()
        log["logged_in"] = False
        log.loc[has, "logged_in"] = visits["logged_in"].to_numpy()[at]
        # an account is opened at the first visit: nobody is logged in before
        opened = log[log["event"] == "sign_up"].groupby("person")["t"].min().reindex(self.people["person"], fill_value=np.inf).to_numpy()
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
    place = np.where(first, 0.0, log.rng.random(len(who)))
    t = people["entry_s"].to_numpy()[who] + place * j["awareness_days"].to_numpy()[who] * DAY_S
    t = np.where(first, t, np.maximum(t, people["entry_s"].to_numpy()[who] + 1800))
    channel = people["channel"].to_numpy()[who]
    channel = np.where(first, channel, np.where(log.rng.random(len(who)) < 0.5, channel,
                                                np.array(b.CHANNELS, dtype=object)[log.rng.integers(0, len(b.CHANNELS), len(who))]))
    guide = np.array([f"/guides/{g}" for g in GUIDES], dtype=object)[log.rng.integers(0, len(GUIDES), len(who))]
    landing = np.where(channel == "social", "/l/spring-trails?utm_source=instagram&utm_medium=paid_social",
                       np.where(channel == "email", "/l/trail-letter?utm_source=newsletter&utm_medium=email", guide))
    system = _home(people, who)
    visit = log.visits(who, t, system, channel, 0.5, landing)
    log.add("first_visit", who[first & (system == "web")], t[first & (system == "web")], "web", visit[first & (system == "web")],
            page=landing[first & (system == "web")])
    _begin(log, who, t, system, visit, landing)
    app = system == "app"
    for name, event in (("social", "ad_open"), ("organic", "guide_read"), ("paid_search", "guide_read"), ("email", "newsletter_link")):
        at = app & (channel == name)
        log.add(event, who[at], t[at] + 1.5, "app", visit[at], page=guide[at] if event == "guide_read" else None)
    reads = (system == "web") & (log.rng.random(len(who)) < 0.35)
    log.add("scroll", who[reads], t[reads] + log.seconds(int(reads.sum()), 20, 90), "web", visit[reads], page=landing[reads])
    opens = first & log.registered[who]
    log.add("sign_up", who[opens], t[opens] + log.seconds(int(opens.sum()), 95, 240), system[opens], visit[opens],
            page=np.where(system[opens] == "web", "/account/new", None), login=True)


def _research(log: Log, people: pd.DataFrame, j: pd.DataFrame) -> None:
    looks = np.where(j["looks_online"], j["looks"], 0)
    who = np.repeat(np.arange(len(people)), looks)
    rank = np.arange(len(who)) - np.repeat(looks.cumsum() - looks, looks)
    first, last = rank == 0, rank == looks[who] - 1
    span = (j["last_look_s"] - j["first_look_s"]).to_numpy()[who]
    t = j["first_look_s"].to_numpy()[who] + span * rank / np.maximum(looks[who] - 1, 1)
    # the deciding look happens where the person buys; others may happen on the second device
    system = np.where(first | last, _home(people, who), _any_device(log, people, who))
    channel = np.array(["direct", "organic", "paid_search"], dtype=object)[log.rng.choice(3, len(who), p=[0.6, 0.28, 0.12])]
    item = log.rng.integers(0, len(PRODUCTS), len(who))
    landing = np.char.add("/c/", CATEGORIES[item].astype(str)).astype(object)
    visit = log.visits(who, t, system, channel, np.where(system == _home(people, who), 0.8, 1.0), landing)
    _begin(log, who, t, system, visit, landing)
    page = np.where(system == "web", np.char.add("/p/", np.array([p[0] for p in PRODUCTS])[item]).astype(object), None)
    finds = first & j["finder"].to_numpy()[who]
    done = first & j["finder_done"].to_numpy()[who]
    tool = np.where(system == "web", "/gear-finder", None)
    log.add("gear_finder_start", who[finds], t[finds] + log.seconds(int(finds.sum()), 8, 25), system[finds], visit[finds], page=tool[finds])
    log.add("gear_finder_result", who[done], t[done] + log.seconds(int(done.sum()), 90, 200), system[done], visit[done], page=tool[done])
    log.add("view_item", who, t + log.seconds(len(who), 210, 330), system, visit, page=page, item=item)
    again = log.rng.random(len(who)) < 0.5
    other = log.rng.integers(0, len(PRODUCTS), len(who))
    shown = np.where(system == "web", np.char.add("/p/", np.array([p[0] for p in PRODUCTS])[other]).astype(object), None)
    log.add("view_item", who[again], t[again] + log.seconds(int(again.sum()), 340, 420), system[again], visit[again],
            page=shown[again], item=other[again])
    fills = last & j["basket"].to_numpy()[who]
    log.add("add_to_cart", who[fills], t[fills] + log.seconds(int(fills.sum()), 440, 600), system[fills], visit[fills],
            page=page[fills], item=item[fills], value=j["order_eur"].to_numpy()[who[fills]])


def _checkout(log: Log, people: pd.DataFrame, j: pd.DataFrame) -> None:
    buyer = np.flatnonzero(j["checkout"])
    tries = 1 + j["retries"].to_numpy()[buyer]
    who = np.repeat(buyer, tries)
    rank = np.arange(len(who)) - np.repeat(tries.cumsum() - tries, tries)
    final = rank == tries.repeat(tries) - 1
    start, end = j["attempt_s"].to_numpy()[who], j["last_attempt_s"].to_numpy()[who]
    t = np.where(final, end, start + (end - start) * rank / np.maximum(tries.repeat(tries) - 1, 1))
    passes = final & j["slot"].to_numpy()[who]
    trouble = j["trouble"].to_numpy()[who] & ((rank == 0) | ~passes)
    _attempt(log, who, t, _home(people, who), trouble, passes, final & j["pays"].to_numpy()[who], j["order_eur"].to_numpy()[who])


def _attempt(log: Log, who: Array, t: Floats, system: Array, trouble: Array, passes: Array, pays: Array, eur: Floats) -> None:
    """A visit to the checkout."""
    visit = log.visits(who, t, system, "direct", 0.95, "/cart")
    _begin(log, who, t, system, visit, "/cart")
    page = np.where(system == "web", "/checkout", None)
    item = log.rng.integers(0, len(PRODUCTS), len(who))
    pause = log.seconds(len(who), 30, 60)
    log.add("begin_checkout", who, t + pause, system, visit, page=page, item=item, value=eur)
    log.add("view_delivery_slots", who, t + pause + 25, system, visit, page=np.where(system == "web", "/checkout/delivery", None))
    for event, at, low, high in (("slot_unavailable", trouble, 50, 90), ("add_shipping_info", passes, 100, 160)):
        log.add(event, who[at], t[at] + pause[at] + log.seconds(int(at.sum()), low, high), system[at], visit[at],
                page=np.where(system[at] == "web", "/checkout/delivery", None), value=eur[at] if event == "add_shipping_info" else None)
    done = t[pays] + pause[pays] + log.seconds(int(pays.sum()), 200, 320)
    log.add("add_payment_info", who[pays], done - 30, system[pays], visit[pays],
            page=np.where(system[pays] == "web", "/checkout/payment", None), value=eur[pays])
    log.add("purchase", who[pays], done, system[pays], visit[pays], item=item[pays], value=eur[pays],
            page=np.where(system[pays] == "web", "/checkout/thanks", None), order=log.orders(int(pays.sum())))


def _store(log: Log, people: pd.DataFrame, j: pd.DataFrame) -> None:
    goes = np.flatnonzero(j["considers"] & ~j["online"])
    t = j["last_look_s"].to_numpy()[goes] + log.seconds(len(goes), 700, 1200)
    visit = log.visits(goes, t, np.full(len(goes), "web", dtype=object), "direct", 1.0, "/stores/advice")
    log.add("book_advice", goes, t, "web", visit, page="/stores/advice", login=True)
    log.add("advice_session", goes, j["advice_s"].to_numpy()[goes], "store", login=True)
    # a tablet in the store that everybody uses: its browser id belongs to nobody
    if len(goes) >= 40:
        kiosk = np.sort(log.rng.choice(goes, min(60, len(goes)), replace=False))
        log.add("view_store_stock", kiosk, j["advice_s"].to_numpy()[kiosk] - 600, "web", page="/stores/stock", shared=True, login=True)
    keeps = np.flatnonzero(j["reserves"])
    log.add("item_reserved", keeps, j["advice_s"].to_numpy()[keeps] + log.seconds(len(keeps), 1200, 1800), "store", login=True,
            item=log.rng.integers(0, len(PRODUCTS), len(keeps)), value=j["order_eur"].to_numpy()[keeps])
    buys = np.flatnonzero(j["buys_in_store"])
    log.add("till_purchase", buys, j["till_s"].to_numpy()[buys], "store", login=True, value=j["order_eur"].to_numpy()[buys],
            item=log.rng.integers(0, len(PRODUCTS), len(buys)), order=log.orders(len(buys)))


def _post_purchase(log: Log, people: pd.DataFrame, j: pd.DataFrame, after: pd.DataFrame) -> None:
    tracks = np.flatnonzero(after["tracks"])
    t = after["tracks_s"].to_numpy()[tracks]
    mail = log.registered[tracks] & (log.rng.random(len(tracks)) < 0.7)
    log.add("shipping_mail_open", tracks[mail], t[mail] - 120, "email")
    system = _any_device(log, people, tracks)
    visit = log.visits(tracks, t, system, "direct", np.where(system == _home(people, tracks), 0.8, 1.0), "/orders/track")
    _begin(log, tracks, t, system, visit, "/orders/track")
    log.add("track_delivery", tracks, t + 8, system, visit, page=np.where(system == "web", "/orders/track", None))
    calls = np.flatnonzero(after["calls"])
    log.add("support_call", calls, after["calls_s"].to_numpy()[calls], "phone", value=log.rng.lognormal(5.6, 0.5, len(calls)).round(),
            login=True)
    for name, event, page in (("club", "join_club", "/club/join"), ("refers", "share", "/refer-a-friend")):
        who = np.flatnonzero(after[name])
        t = after[f"{name}_s"].to_numpy()[who]
        system = _home(people, who)
        visit = log.visits(who, t, system, "direct", 1.0, page)
        _begin(log, who, t, system, visit, page)
        log.add(event, who, t + log.seconds(len(who), 20, 80), system, visit, page=np.where(system == "web", page, None))


def _returns(log: Log, people: pd.DataFrame, later: pd.DataFrame) -> None:
    at = later["online"].to_numpy()
    who, t = later["person"].to_numpy(), later["at_s"].to_numpy()
    orders = later["orders"].to_numpy()
    looks = at & ~orders
    system = _any_device(log, people, who)
    item = log.rng.integers(0, len(PRODUCTS), len(who))
    landing = np.char.add("/c/", CATEGORIES[item].astype(str)).astype(object)
    page = np.where(system == "web", np.char.add("/p/", np.array([p[0] for p in PRODUCTS])[item]).astype(object), None)
    w, s = who[looks], system[looks]
    visit = log.visits(w, t[looks], s, "direct", np.where(s == _home(people, w), 0.8, 1.0), landing[looks])
    _begin(log, w, t[looks], s, visit, landing[looks])
    log.add("view_item", w, t[looks] + log.seconds(len(w), 20, 120), s, visit, page=page[looks], item=item[looks])
    buys = at & orders
    w = who[buys]
    eur = later["order_eur"].to_numpy()[buys]
    passes = later["slot"].to_numpy()[buys]
    trouble = log.rng.random(len(w)) < np.where(passes, b.TROUBLE_GIVEN_PASS, b.TROUBLE_GIVEN_FAIL)
    _attempt(log, w, t[buys], _home(people, w), trouble, passes, later["pays"].to_numpy()[buys], eur)
    store = ~at & orders
    log.add("till_purchase", who[store], t[store], "store", login=True, value=later["order_eur"].to_numpy()[store],
            item=item[store], order=log.orders(int(store.sum())))


def _newsletters(log: Log, people: pd.DataFrame) -> None:
    """Opened letters of people with an account who agreed to them, every second Thursday morning."""
    readers = np.flatnonzero(log.registered & people["opted_in"].to_numpy())
    for day in range(10, b.DAYS, 14):
        known = readers[people["entry_s"].to_numpy()[readers] < (day - 1) * DAY_S]
        who = known[log.rng.random(len(known)) < 0.22]
        t = day * DAY_S + 8 * 3600 + log.seconds(len(who), 60, 30_000)
        log.add("newsletter_open", who, t, "email")
        clicks = log.rng.random(len(who)) < 0.18
        log.add("newsletter_click", who[clicks], t[clicks] + 20, "email")
