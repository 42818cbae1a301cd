"""Reading the demo's exports without the product: what an analyst with pandas would do by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from cjm_research.demo import Truth


def events(raw: Path, truth: Truth) -> pd.DataFrame:
    """person, at (s since 1970), event of web, app and store; persons by the truth's identifiers, nobody's rows left out."""
    parts = []
    for path in sorted((raw / "ga4").glob("*.parquet")):
        t = pq.read_table(path, columns=["user_pseudo_id", "user_id", "event_timestamp", "event_name", "event_bundle_sequence_id"]).to_pandas()
        parts.append(t.drop_duplicates().dropna(subset=["user_pseudo_id"]))
    web = pd.concat(parts)
    rows = [json.loads(line) for line in (raw / "app" / "events.jsonl").read_text().splitlines()]
    app = pd.DataFrame(rows).drop_duplicates("event_id").dropna(subset=["device_id"])
    store = pd.read_csv(raw / "store" / "events.csv", sep=";", encoding="cp1252").dropna(subset=["customer_card"])
    number = {**dict(zip(truth.people["web_id"], truth.people["person"])), **dict(zip(truth.people["app_id"], truth.people["person"])),
              **dict(zip(truth.people["customer_no"], truth.people["person"]))}
    known = web["user_id"].where(web["user_id"].notna(), web["user_pseudo_id"])
    store_at = pd.to_datetime(store["date_time"]).dt.tz_localize("Europe/Berlin").dt.tz_convert("UTC")
    log = pd.concat([
        pd.DataFrame({"person": known.map(number), "at": web["event_timestamp"] / 1e6, "event": web["event_name"]}),
        pd.DataFrame({"person": app["device_id"].map(number), "at": seconds(pd.to_datetime(app["timestamp"])), "event": app["event"]}),
        pd.DataFrame({"person": store["customer_card"].map(number), "at": seconds(store_at), "event": store["event"]}),
    ], ignore_index=True)
    assert log["person"].notna().all()
    return log.sort_values(["person", "at"], kind="stable").reset_index(drop=True)


def seconds(times: pd.Series) -> np.ndarray:
    return times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]").astype("int64") / 1e6


def depth(log: pd.DataFrame, persons: int, steps: list[str], window_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Per person: time of the first step (NaN: never) and steps reached in order within the window from it, by brute force."""
    first, deepest = np.full(persons, np.nan), np.zeros(persons, dtype=int)
    for person, rows in log[log["event"].isin(steps)].groupby("person"):
        at, event = rows["at"].to_numpy(), rows["event"].to_numpy()
        starts = at[event == steps[0]]
        if not len(starts):
            continue
        first[int(person)] = starts[0]
        for start in starts:  # the best attempt counts
            now, reached = start, 1
            for step in steps[1:]:
                later = at[(event == step) & (at >= now) & (at <= start + window_s)]
                if not len(later):
                    break
                now, reached = later[0], reached + 1
            deepest[int(person)] = max(deepest[int(person)], reached)
    return first, deepest


def survey(raw: Path) -> pd.DataFrame:
    """Finished responses that are no previews."""
    frame = pd.read_csv(raw / "survey" / "qualtrics.csv", skiprows=[1, 2])
    return frame[(frame["Status"] == 0) & (frame["Finished"] == 1)].reset_index(drop=True)
