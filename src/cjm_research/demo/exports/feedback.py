"""Unasked words: the app's reviews as Google Play gives them, and the help desk's tickets."""

from __future__ import annotations

from pathlib import Path

from .. import phrases
from ..simulate import Simulation
from .files import local_text, write_csv, zulu

PACKAGE = "com.example.birkfell"


def write_reviews(sim: Simulation, raw: Path) -> dict[str, int]:
    """`reviews/google_play.csv`: UTF-16LE with a mark; rows without text are ratings; the id is only in the link."""
    rows = []
    times = [t[:19] + "Z" for t in zulu(sim.reviews["us"])]
    for i, r in enumerate(sim.reviews.itertuples()):
        millis = int(r.us) // 1000
        reply = phrases.REPLIES[i % len(phrases.REPLIES)] if r.replied else None
        replied_us = int(r.us) + 86_400_000_000 if r.replied else None
        link = f"https://play.google.com/console/app/reviews?reviewId=gp-{sim.seed:04d}-{i:05d}" if r.has_text else None
        rows.append(
            (
                PACKAGE,
                410 + i % 4,
                f"4.1.{i % 4}",
                "en",
                "pixel9",
                times[i],
                millis,
                times[i],
                millis,
                int(r.stars),
                r.title,
                r.text,
                None if replied_us is None else zulu([replied_us])[0][:19] + "Z",
                None if replied_us is None else replied_us // 1000,
                reply,
                link,
            )
        )
    header = (
        "Package Name",
        "App Version Code",
        "App Version Name",
        "Reviewer Language",
        "Device",
        "Review Submit Date and Time",
        "Review Submit Millis Since Epoch",
        "Review Last Update Date and Time",
        "Review Last Update Millis Since Epoch",
        "Star Rating",
        "Review Title",
        "Review Text",
        "Developer Reply Date and Time",
        "Developer Reply Millis Since Epoch",
        "Developer Reply Text",
        "Review Link",
    )
    # Python's utf-16 puts the machine's byte order; the vendor's is little-endian with a mark
    write_csv(raw / "reviews" / "google_play.csv", [["\ufeff" + header[0], *header[1:]]], rows, encoding="utf-16-le")
    return {"rows": len(rows), "without_text": int((~sim.reviews["has_text"]).sum())}


def write_tickets(sim: Simulation, raw: Path) -> dict[str, int]:
    """`support/tickets.csv`: texts over several lines with the usual personal details, local times."""
    times = local_text(sim.tickets["us"], "%Y-%m-%d %H:%M")
    rows = [
        (f"T-{10_000 + i}", at, t.email, "phone", t.topic, str(t.topic).capitalize(), t.text, "solved")
        for i, (at, t) in enumerate(zip(times, sim.tickets.itertuples(), strict=True))
    ]
    write_csv(
        raw / "support" / "tickets.csv",
        ("Ticket ID", "Created at", "Requester email", "Via", "Category", "Subject", "Description", "Status"),
        rows,
    )
    return {"rows": len(rows)}
