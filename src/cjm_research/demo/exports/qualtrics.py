"""The survey as Qualtrics exports it: three header rows, numeric choices, previews and unfinished responses."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from .. import business as b
from ..answers import QUESTION_OF, WANTS_OF
from ..people import to_utc_us
from ..simulate import Simulation
from .files import ZONE, whole, write_csv

PREVIEWS = 5
SYSTEM = (
    "StartDate",
    "EndDate",
    "Status",
    "IPAddress",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "RecordedDate",
    "ResponseId",
    "RecipientEmail",
    "ExternalReference",
    "DistributionChannel",
    "UserLanguage",
)
SYSTEM_TEXT = (
    "Start Date",
    "End Date",
    "Response Type",
    "IP Address",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "Recorded Date",
    "Response ID",
    "Recipient Email",
    "External Data Reference",
    "Distribution Channel",
    "User Language",
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

QUESTIONS = {
    "Q1": f"How likely are you to recommend {b.NAME} to a friend or colleague?",
    **{q: f"How satisfied were you with the following? (6 = does not apply) - {t}" for t, q in QUESTION_OF.items()},
    "Q3": f"{b.NAME} made it easy for me to buy what I wanted. (1 = strongly disagree, 7 = strongly agree)",
    **{pair[0]: f"How important is it to you to … - {name}" for name, pair in WANTS_OF.items()},
    **{pair[1]: f"How satisfied are you with how well you can … - {name}" for name, pair in WANTS_OF.items()},
    "Q6": "Is there anything else you would like to tell us?",
}


def write_survey(sim: Simulation, raw: Path) -> dict[str, int]:
    """`survey/qualtrics.csv`. Times are in the account's zone, without saying so."""
    rng = sim.exports_rng
    a = sim.answers
    columns = [*SYSTEM, "Q1", "Q1_NPS_GROUP", *[q for q in QUESTIONS if q != "Q1"], "wave"]
    texts = {
        **dict(zip(SYSTEM, SYSTEM_TEXT, strict=True)),
        **QUESTIONS,
        "Q1_NPS_GROUP": QUESTIONS["Q1"] + " - Group",
        "wave": "wave",
    }
    ids = {c: c[0].lower() + c[1:] if c in SYSTEM else c.replace("Q", "QID") for c in columns}
    choices = {q: whole(a[q]) for q in QUESTIONS if q != "Q6"}
    mails, numbers = sim.people["email"].to_numpy()[a["person"]], sim.people["customer_no"].to_numpy()[a["person"]]
    rows: list[list[Any]] = []
    for i in range(len(a)):
        end = pd.Timestamp(int(to_utc_us([a["answered_s"][i]])[0]), unit="us", tz="UTC").tz_convert(ZONE)
        seconds, finished = int(a["seconds"][i]), bool(a["finished"][i])
        response = "R_" + "".join(LETTERS[int(k)] for k in rng.integers(0, len(LETTERS), 15))
        system = [
            _stamp(end - timedelta(seconds=seconds)),
            _stamp(end),
            0,
            f"203.0.113.{rng.integers(1, 255)}",
            100 if finished else 41,
            seconds,
            int(finished),
            _stamp(end),
            response,
            mails[i],
            numbers[i] if rng.random() < 0.8 else None,
            "email",
            "EN",
        ]
        nps = choices["Q1"][i]
        group = None if nps is None else 3 if nps >= 9 else 2 if nps >= 7 else 1
        rows.append(
            [
                *system,
                nps,
                group,
                *[choices[q][i] if q in choices else a["comment"][i] for q in QUESTIONS if q != "Q1"],
                f"2026-Q{end.quarter}",
            ]
        )
    for k in range(PREVIEWS):  # the authors trying out their survey: dropped by every careful reader
        when = f"2026-01-0{k + 2} 11:0{k}:00"
        rows.insert(
            k,
            [
                when,
                when,
                1,
                "203.0.113.9",
                100,
                20,
                1,
                when,
                f"R_previewpreview{k}",
                None,
                None,
                "preview",
                "EN",
                10,
                3,
                *[5 if q in choices else "test" for q in QUESTIONS if q != "Q1"],
                "2026-Q1",
            ],
        )
    header = [columns, [texts[c] for c in columns], [json.dumps({"ImportId": ids[c]}) for c in columns]]
    write_csv(raw / "survey" / "qualtrics.csv", header, rows)
    return {"rows": len(rows), "previews": PREVIEWS, "unfinished": int((~a["finished"]).sum())}


def _stamp(at: pd.Timestamp) -> str:
    return str(at.strftime("%Y-%m-%d %H:%M:%S"))
