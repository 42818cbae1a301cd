"""Presets read what vendors and published studies exported: figures of the data's own descriptions."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, SourceTables


def _read(kind: str, *files: Path, **more: Any) -> SourceTables:
    source = Source(name="x", kind=kind, files=[f.name for f in files], **more)
    SOURCES[kind].check(source)
    return SOURCES[kind].read(files, source, Context("c", None))


def _adds_up(delivered: SourceTables, table: str) -> None:
    report = delivered.report
    assert report.rows_read == report.rows_kept[table] + sum(report.dropped.values())


def test_mixpanel_keeps_events_that_share_an_insert_id(shared: Path) -> None:
    delivered = _read("mixpanel", shared / "data" / "mixpanel" / "mixpanel_raw_export_made_from_seed.jsonl")
    rows = delivered.tables["interactions"]
    assert len(rows) == 5 and rows["customer_key"].nunique() == 3
    assert str(rows["occurred_at"].min()) == "2020-08-01 10:16:46+00:00" and str(rows["occurred_at"].max()) == "2025-02-27 08:58:02+00:00"
    _adds_up(delivered, "interactions")
    table = _read("mixpanel_table", shared / "data" / "mixpanel" / "event.csv").tables["interactions"]
    assert len(table) == 5 and set(table["event"]) == set(rows["event"])


def test_amplitude_packed_as_it_comes(shared: Path) -> None:
    path = shared / "data" / "amplitude" / "amplitude_export_made_from_seed.zip"
    delivered = _read("amplitude", path)
    rows = delivered.tables["interactions"]
    assert len(rows) == 10 and rows["interaction_id"].nunique() == 10 and rows["event"].nunique() == 5
    with zipfile.ZipFile(path) as archive:
        told = [json.loads(line) for n in archive.namelist() for line in gzip.decompress(archive.read(n)).splitlines()]
    assert len(told) == 10 and set(rows["customer_key"]) == {t["user_id"] for t in told}
    assert len({t["user_id"] for t in told if t["amplitude_id"] == 75605632776}) == 5  # one amplitude_id is five persons
    assert rows["session_id"].isna().all()
    _adds_up(delivered, "interactions")


def test_typeform(shared: Path) -> None:
    path = next((shared / "data" / "typeform").glob("*.csv"))
    delivered = _read("typeform", path, questions=[{"column": "Are you already working as a software developer?", "id": "developer", "instrument": "choice"}])
    answers = delivered.tables["responses"]
    assert delivered.report.rows_kept["respondents"] == 2500
    assert answers["answer"].value_counts().to_dict() == {"0": 1858, "1": 636}
    assert str(answers["answered_at"].max()) == "2016-03-30 13:31:59+00:00"


def test_surveymonkey_with_two_header_rows_and_with_one(shared: Path) -> None:
    folder = shared / "data" / "surveymonkey"
    seen = "Have you seen any of the 6 films in the Star Wars franchise?"
    delivered = _read("surveymonkey", folder / "StarWars.csv", encoding="cp1252", questions=[{"column": seen, "id": "seen", "instrument": "choice"}])
    assert delivered.report.rows_kept["respondents"] == 1186 and delivered.report.dropped == {"second header row": 1}
    assert delivered.tables["responses"]["answer"].value_counts().to_dict() == {"Yes": 936, "No": 250}
    watch = "If you had a smartwatch (like the soon to be released Apple Watch), how likely or unlikely would you be to check the weather on that device?"
    delivered = _read("surveymonkey", folder / "weather-check.csv", questions=[{"column": watch, "id": "watch", "instrument": "choice"}])
    counts = delivered.tables["responses"]["answer"].value_counts().to_dict()
    assert counts == {"Very likely": 362, "Somewhat likely": 274, "Very unlikely": 208, "Somewhat unlikely": 73} and delivered.report.rows_kept["respondents"] == 928


def test_limesurvey_by_code_and_text(shared: Path) -> None:
    path = shared / "data" / "limesurvey" / "rse_2017_nl.csv"
    import pandas as pd

    column = next(c for c in pd.read_csv(path, nrows=1).columns if "affRec3" in c)
    delivered = _read("limesurvey", path, questions=[{"column": column, "id": "recommend", "instrument": "choice"}])
    assert delivered.report.rows_kept["respondents"] == 77
    counts = delivered.tables["responses"]["answer"].value_counts().to_dict()
    assert sum(counts.values()) == 73 and counts["Agree"] == 37


def test_mailchimp_tells_opens_of_proxies(shared: Path) -> None:
    delivered = _read("mailchimp", shared / "data" / "mailchimp" / "campaign_recipient_activity.csv")
    rows = delivered.tables["interactions"]
    assert rows["event"].value_counts().to_dict() == {"e-mail open": 12, "e-mail click": 5} and rows["customer_key"].nunique() == 7
    assert any("proxy of pictures" in n for n in delivered.report.notes)
    assert len(_read("mailchimp", shared / "data" / "mailchimp" / "automation_recipient_activity.csv").tables["interactions"]) == 8


def test_intercom_counts_the_current_rows(shared: Path) -> None:
    delivered = _read("intercom", shared / "data" / "intercom" / "conversation_history_data.csv")
    assert delivered.report.rows_read == 9 and delivered.report.dropped["superseded version of a row"] == 7
    _adds_up(delivered, "interactions")


def test_netsuite_leaves_vendors_out(shared: Path) -> None:
    delivered = _read("netsuite", shared / "data" / "netsuite" / "netsuite2_transaction_data.csv", timezone="UTC")
    assert delivered.report.rows_read == 4
    _adds_up(delivered, "interactions")


def test_hubspot_stages_of_a_connector(shared: Path) -> None:
    delivered = _read("hubspot_deal_stages", shared / "data" / "vendor_format_fixtures" / "hubspot" / "deal_stage_data.csv")
    assert len(delivered.tables["deals"])
