"""The shop's own systems: app events, till, telephone, mailing, customers, CRM, and the test's table.

Quirks put in: the app sends some events twice and some without any id; the till writes Windows text, local
times and sales without a card; the telephone does not know every caller; the mailing system writes UTC
without saying so and addresses in odd capitals; some people have two accounts with one address; the CRM
writes a row for every change of an amount, too.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from .. import business as b
from ..deals import PROBABILITY
from ..events import PRODUCTS, SOURCES
from ..people import to_utc_us
from ..simulate import Simulation
from .files import blanked, hexes, local_text, rows_of, utc_text, whole, write_bytes, write_csv, zulu

APP_TWICE, APP_WITHOUT_ID = 0.006, 0.003
TILL_WITHOUT_CARD = 0.12
TWO_ACCOUNTS = 0.006


def write_app(sim: Simulation, raw: Path) -> dict[str, int]:
    """`app/events.jsonl`: one object a line, as a product-analytics tool exports them."""
    rng = sim.exports_rng
    log = sim.log[sim.log["system"] == "app"]
    ids = hexes(rng, len(log))
    sessions = (to_utc_us(log["visit_t"].to_numpy()) // 1000).tolist()
    twice, lost = rng.random(len(log)) < APP_TWICE, rng.random(len(log)) < APP_WITHOUT_ID
    devices, numbers = sim.people["app_id"].to_numpy(), sim.people["customer_no"].to_numpy()
    lines: list[str] = []
    columns = ("person", "event", "item", "value", "order", "logged_in", "channel", "page")
    for row, us, event_id, session, again, gone in zip(
        rows_of(log[list(columns)]), zulu(log["us"]), ids, sessions, twice, lost, strict=True
    ):
        person, event, item, value, order, logged_in, channel, page = row
        properties: dict[str, object] = {}
        if item >= 0:
            properties |= {"item_id": PRODUCTS[item][0], "category": PRODUCTS[item][2]}
        if value == value:
            properties |= {"value": value, "currency": b.CURRENCY}
        if order >= 0:
            properties["order_id"] = f"W{order:06d}"
        if event in ("app_open", "ad_open", "newsletter_link") and channel != "direct":
            properties |= {"source": SOURCES[channel][0], "medium": SOURCES[channel][1]}
        if event == "guide_read":
            properties["guide"] = str(page).rpartition("/")[2]
        text = json.dumps(
            {
                "event_id": event_id,
                "event": event,
                "timestamp": us,
                "device_id": devices[person],
                "user_id": numbers[person] if logged_in else None,
                "session_id": str(session),
                "platform": "android",
                "properties": properties,
            },
            ensure_ascii=False,
        )
        lines += [text, text] if again else [text]
        if gone:  # a session the consent dialogue kept anonymous: an extra event of nobody
            lines.append(
                json.dumps(
                    {
                        "event_id": event_id[::-1],
                        "event": "app_open",
                        "timestamp": us,
                        "device_id": None,
                        "user_id": None,
                        "session_id": None,
                        "platform": "android",
                        "properties": {},
                    }
                )
            )
    write_bytes(raw / "app" / "events.jsonl", ("\n".join(lines) + "\n").encode())
    return {"rows": len(lines), "duplicates": int(twice.sum()), "without_id": int(lost.sum())}


def write_store(sim: Simulation, raw: Path) -> dict[str, int]:
    """`store/events.csv`: semicolons, Windows-1252, local times without a zone, sales without a card."""
    rng = sim.exports_rng
    log = sim.log[sim.log["system"] == "store"]
    frame = pd.DataFrame(
        {
            "us": log["us"].to_numpy(),
            "event": log["event"].to_numpy(),
            "branch": sim.people["store"].to_numpy()[log["person"]],
            "card": sim.people["customer_no"].to_numpy()[log["person"]],
            "article": [PRODUCTS[i][0] if i >= 0 else None for i in log["item"]],
            "amount": log["value"].to_numpy(),
        }
    )
    sales = frame[frame["event"] == "till_purchase"]
    walk_in = sales.iloc[rng.choice(len(sales), int(len(sales) * TILL_WITHOUT_CARD), replace=False)].assign(card=None)
    walk_in["us"] += rng.integers(10**8, 3 * 10**9, len(walk_in))
    frame = pd.concat([frame, walk_in]).sort_values("us", kind="stable").reset_index(drop=True)
    frame.insert(0, "no", [f"S{i:07d}" for i in range(1, len(frame) + 1)])
    frame["us"] = local_text(frame["us"])
    write_csv(
        raw / "store" / "events.csv",
        ("voucher_no", "date_time", "event", "branch", "customer_card", "article_no", "amount_eur"),
        rows_of(frame),
        delimiter=";",
        encoding="cp1252",
        newline="\r\n",
    )
    return {"rows": len(frame), "duplicates": 0, "without_id": len(walk_in)}


def write_phone(sim: Simulation, raw: Path) -> dict[str, int]:
    """`support/calls.csv`: times with offset; callers without an account have no number."""
    log = sim.log[sim.log["event"] == "support_call"]
    known = log["logged_in"].to_numpy()
    started = [
        pd.Timestamp(u, unit="us", tz="UTC").tz_convert(b.TIMEZONE).isoformat(timespec="seconds") for u in log["us"]
    ]
    rows = [
        (f"C{i:06d}", at, sim.people["customer_no"].to_numpy()[p] if k else None, int(s), "delivery")
        for i, (at, p, k, s) in enumerate(zip(started, log["person"], known, log["value"], strict=True), start=1)
    ]
    write_csv(raw / "support" / "calls.csv", ("call_id", "started_at", "customer_no", "duration_s", "queue"), rows)
    return {"rows": len(rows), "duplicates": 0, "without_id": int((~known).sum())}


def write_emails(sim: Simulation, raw: Path) -> dict[str, int]:
    """`email/events.csv`: opens and clicks by address, UTC without a zone."""
    rng = sim.exports_rng
    log = sim.log[sim.log["system"] == "email"]
    shouting = rng.random(len(log)) < 0.04
    address = [
        a.upper() if s else a for a, s in zip(sim.people["email"].to_numpy()[log["person"]], shouting, strict=True)
    ]
    campaign = np.where(log["event"] == "shipping_mail_open", "shipping", "trail_letter")
    rows = zip(
        [f"M{i:07d}" for i in range(1, len(log) + 1)], utc_text(log["us"]), address, log["event"], campaign, strict=True
    )
    write_csv(
        raw / "email" / "events.csv", ("message_event_id", "occurred_at_utc", "recipient", "event", "campaign"), rows
    )
    return {"rows": len(log), "duplicates": 0, "without_id": 0}


def write_customers(sim: Simulation, raw: Path) -> dict[str, int]:
    """`customers.csv`: attributes of people with an account; some cells are empty, some people are there twice."""
    rng = sim.exports_rng
    p = sim.people[sim.people["registered"]].reset_index(drop=True)
    registered = local_text(to_utc_us(p["entry_s"].to_numpy() + 180))
    gaps = {
        name: blanked(rng, whole(p[name]), 0.03) for name in ("age", "outdoor_days", "yearly_budget_eur", "price_focus")
    }
    rows = list(
        zip(
            p["customer_no"],
            p["email"],
            registered,
            gaps["age"],
            p["region"],
            p["city"],
            p["household"],
            p["preferred_channel"],
            gaps["outdoor_days"],
            gaps["yearly_budget_eur"],
            gaps["price_focus"],
            blanked(rng, p["research_hours"].tolist(), 0.03),
            np.where(p["opted_in"], "yes", "no"),
            np.where(p["consents"], "true", "false"),
            strict=True,
        )
    )
    twice = np.flatnonzero((rng.random(len(p)) < TWO_ACCOUNTS) & p["consents"].to_numpy())
    rows += [
        (f"{p['customer_no'][i]}X", p["email"][i].capitalize(), registered[i], *[None] * 8, None, None, None)
        for i in twice
    ]
    header = (
        "customer_no",
        "email",
        "registered_at",
        "age",
        "region",
        "city",
        "household",
        "preferred_channel",
        "outdoor_days_per_year",
        "yearly_budget_eur",
        "price_focus",
        "research_hours",
        "newsletter",
        "analysis_consent",
    )
    write_csv(raw / "customers.csv", header, rows)
    return {"rows": len(rows), "second_accounts": len(twice), "without_consent": int((~p["consents"]).sum())}


def write_crm(sim: Simulation, raw: Path) -> dict[str, int]:
    """`crm/stage_history.csv` as Salesforce's OpportunityHistory, and `crm/opportunities.csv` with the contact."""
    d = sim.deals
    opportunity = [f"0065g00000{n:05d}AAA" for n in d["deal"]]
    times = zulu(d["us"])
    previous = d.groupby("deal")["amount"].shift()
    rows = [
        (
            f"0085g00000{i:05d}AAA",
            o,
            t,
            stage,
            a,
            round(a * PROBABILITY[stage] / 100, 2),
            PROBABILITY[stage],
            t[:10],
            "Closed" if stage.startswith("Closed") else "Pipeline",
            q,
            "0055g00000AdviceAAA",
        )
        for i, (o, t, stage, a, q) in enumerate(
            zip(opportunity, times, d["stage"], d["amount"], previous, strict=True), start=1
        )
    ]
    write_csv(
        raw / "crm" / "stage_history.csv",
        (
            "Id",
            "OpportunityId",
            "CreatedDate",
            "StageName",
            "Amount",
            "ExpectedRevenue",
            "Probability",
            "CloseDate",
            "ForecastCategory",
            "PrevAmount",
            "CreatedById",
        ),
        rows,
        quote_all=True,
    )
    last = d.groupby("deal", sort=True).last()
    first = d.groupby("deal", sort=True)["us"].min()
    contacts = sim.people["email"].to_numpy()
    deals = [
        (
            f"0065g00000{n:05d}AAA",
            f"Store advice {n}",
            stage,
            amount,
            at,
            "Store advice",
            contacts[n],
            str(stage.startswith("Closed")).lower(),
            str(stage == "Closed Won").lower(),
        )
        for n, stage, amount, at in zip(last.index, last["stage"], last["amount"], zulu(first), strict=True)
    ]
    write_csv(
        raw / "crm" / "opportunities.csv",
        ("Id", "Name", "StageName", "Amount", "CreatedDate", "LeadSource", "Contact_Email__c", "IsClosed", "IsWon"),
        deals,
        quote_all=True,
    )
    return {"rows": len(d), "deals": len(last), "stages": len(d.drop_duplicates(["deal", "stage"]))}


def write_test(sim: Simulation, raw: Path) -> dict[str, int]:
    """`experiments/checkout_test.csv`: one row a customer in the test."""
    t = sim.trial.sort_values("assigned_us", kind="stable")
    rows = zip(
        t["customer_no"],
        t["variant"],
        zulu(t["assigned_us"]),
        t["device"],
        t["converted"].astype(int),
        t["revenue"],
        t["pre_revenue"],
        t["checkout_seconds"].tolist(),
        t["complaint"].astype(int),
        strict=True,
    )
    write_csv(
        raw / "experiments" / "checkout_test.csv",
        (
            "customer_no",
            "variant",
            "assigned_at",
            "device",
            "converted",
            "revenue",
            "pre_revenue",
            "checkout_seconds",
            "complaint",
        ),
        rows,
    )
    return {"rows": len(t)}
