"""The exports have their vendors' shapes, the same bytes for the same seed, and nothing that is somebody's."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cjm_research.demo import write_demo
from cjm_research.errors import BadInput
from cjm_research.sources.kinds.transcripts.parse import parse_transcript
from tests.demo.conftest import SMALL, Small

GA4_VALUE = {"string_value": pa.string(), "int_value": pa.int64(), "float_value": pa.float64(), "double_value": pa.float64()}


def _hashes(raw: Path) -> dict[str, str]:
    return {p.relative_to(raw).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(raw.rglob("*")) if p.is_file()}


def test_same_seed_same_bytes(small: Small, tmp_path: Path) -> None:
    """Also in another process, where hashes of texts come out differently."""
    code = f"import sys; from pathlib import Path; from cjm_research.demo import write_demo; write_demo(Path(sys.argv[1]), customers={SMALL})"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "again")], check=True, env={**os.environ, "PYTHONHASHSEED": "12", "TZ": "Asia/Tokyo"})
    assert _hashes(tmp_path / "again") == _hashes(small.raw)


def test_another_seed_other_bytes(small: Small, tmp_path: Path) -> None:
    write_demo(tmp_path / "raw", seed=8, customers=300)
    same = {n for n, h in _hashes(tmp_path / "raw").items() if _hashes(small.raw).get(n) == h}
    assert same == set()


def test_old_files_do_not_survive(tmp_path: Path) -> None:
    write_demo(tmp_path / "raw", customers=300)
    (tmp_path / "raw" / "ga4" / "events_20250101.parquet").write_bytes(b"old")
    write_demo(tmp_path / "raw", customers=300)
    assert not (tmp_path / "raw" / "ga4" / "events_20250101.parquet").exists()


def test_too_small_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least 300"):
        write_demo(tmp_path / "raw", customers=20)
    assert not (tmp_path / "raw").exists()


def test_truth_lies_beside_the_exports(small: Small, tmp_path: Path) -> None:
    path = small.truth.write(tmp_path / "truth.json")
    read = json.loads(path.read_text())
    assert read["painful"] == "Delivery slot" and read["customers"] == SMALL and "people" not in read
    assert not [n for n in _hashes(small.raw) if "truth" in n]


def test_ga4_is_nested_as_the_vendor_nests_it(small: Small) -> None:
    files = sorted((small.raw / "ga4").glob("*.parquet"))
    assert all(re.fullmatch(r"events_\d{8}\.parquet", f.name) for f in files)
    tables = [pq.read_table(f) for f in files]
    assert len({t.schema for t in tables}) == 1
    params = tables[0].schema.field("event_params").type.value_type
    assert {f.name for f in params} == {"key", "value"}
    assert {f.name: f.type for f in params.field("value").type} == GA4_VALUE
    table = pa.concat_tables(tables)
    micros, day = table["event_timestamp"].to_pylist(), table["event_date"].to_pylist()
    assert [d[:6] for d in (files[0].stem[-8:], files[-1].stem[-8:])] == ["202601", "202606"]
    local = pd.to_datetime(pd.Series(micros), unit="us", utc=True).dt.tz_convert("Europe/Berlin").dt.strftime("%Y%m%d")
    assert local.tolist() == day
    for row in table.slice(0, 300).to_pylist():
        keys = [p["key"] for p in row["event_params"]]
        assert len(set(keys)) == len(keys) and {"ga_session_id", "ga_session_number"} <= set(keys)
        assert all(sum(v is not None for v in p["value"].values()) == 1 for p in row["event_params"])
    bought = [r for r in table.to_pylist() if r["event_name"] == "purchase"]
    assert all(r["ecommerce"]["purchase_revenue"] > 0 and r["ecommerce"]["transaction_id"] and len(r["items"]) == 1 for r in bought)


def test_quirks_are_as_many_as_the_truth_says(small: Small) -> None:
    web = pa.concat_tables([pq.read_table(f, columns=["user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id"])
                            for f in (small.raw / "ga4").glob("*.parquet")]).to_pandas()
    said = small.truth.exports["web"]
    assert (len(web), int(web.duplicated().sum()), int(web["user_pseudo_id"].isna().sum())) == (
        said["rows"], said["duplicates"], said["without_id"])
    app = [json.loads(x) for x in (small.raw / "app" / "events.jsonl").read_text().splitlines()]
    said = small.truth.exports["app"]
    assert (len(app), len(app) - len({x["event_id"] for x in app}), sum(x["device_id"] is None for x in app)) == (
        said["rows"], said["duplicates"], said["without_id"])
    store = pd.read_csv(small.raw / "store" / "events.csv", sep=";", encoding="cp1252")
    assert int(store["customer_card"].isna().sum()) == small.truth.exports["store"]["without_id"]
    assert "München" in set(store["branch"])
    with pytest.raises(UnicodeDecodeError):
        (small.raw / "store" / "events.csv").read_bytes().decode("utf-8")


def test_people_begin_anonymous_and_become_known(small: Small) -> None:
    web = pa.concat_tables([pq.read_table(f, columns=["user_pseudo_id", "user_id", "event_timestamp"])
                            for f in (small.raw / "ga4").glob("*.parquet")]).to_pandas().sort_values("event_timestamp")
    mine = web.dropna(subset=["user_pseudo_id"]).groupby("user_pseudo_id")["user_id"]
    first, known = mine.apply(lambda x: x.iloc[0]), mine.nunique()
    assert (first.isna() & (known == 1)).mean() > 0.5
    shared = known[known > 1]
    assert len(shared) == 1 and shared.iloc[0] > 20  # the tablet in the store, and nobody else


def test_qualtrics_has_three_header_rows(small: Small) -> None:
    head = pd.read_csv(small.raw / "survey" / "qualtrics.csv", header=None, nrows=3, dtype=str)
    assert head.iloc[0, 0] == "StartDate" and head.iloc[1, 0] == "Start Date" and json.loads(head.iloc[2, 0]) == {"ImportId": "startDate"}
    body = pd.read_csv(small.raw / "survey" / "qualtrics.csv", skiprows=[1, 2])
    said = small.truth.exports["survey"]
    assert (len(body), int((body["Status"] == 1).sum()), int((body["Finished"] == 0).sum())) == (said["rows"], said["previews"], said["unfinished"])
    assert set(body["Q2_5"].dropna()) <= {1, 2, 3, 4, 5, 6} and body["Q1"].between(0, 10).all()


def test_play_reviews_are_utf_16_with_a_mark(small: Small) -> None:
    content = (small.raw / "reviews" / "google_play.csv").read_bytes()
    assert content[:2] == b"\xff\xfe"
    frame = pd.read_csv(small.raw / "reviews" / "google_play.csv", encoding="utf-16")
    assert list(frame.columns[:2]) == ["Package Name", "App Version Code"] and len(frame) == small.truth.exports["reviews"]["rows"]
    assert int(frame["Review Text"].isna().sum()) == small.truth.exports["reviews"]["without_text"]
    submitted = pd.to_datetime(frame["Review Submit Millis Since Epoch"], unit="ms", utc=True)
    assert (submitted - pd.to_datetime(frame["Review Submit Date and Time"])).abs().max() < pd.Timedelta("1s")


def test_stage_history_repeats_a_stage_when_the_amount_changes(small: Small) -> None:
    history = pd.read_csv(small.raw / "crm" / "stage_history.csv")
    said = small.truth.exports["crm"]
    assert len(history) == said["rows"] and history["OpportunityId"].nunique() == said["deals"]
    assert len(history.drop_duplicates(["OpportunityId", "StageName"])) == said["stages"] < len(history)
    assert history["CreatedDate"].str.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").all()
    deals = pd.read_csv(small.raw / "crm" / "opportunities.csv")
    assert set(deals["Id"]) == set(history["OpportunityId"])


def test_nobody_real_is_in_it(small: Small) -> None:
    """Addresses lie in reserved domains, machines in the documentation range."""
    text = "\n".join(p.read_text(errors="ignore") for p in small.raw.rglob("*") if p.suffix in (".csv", ".jsonl", ".txt", ".vtt", ".srt") and "play" not in p.name)
    assert set(re.findall(r"@([\w.-]+\w)", text)) <= {"example.org", "example.com", "example.net"} | {
        d.upper() for d in ("example.org", "example.com", "example.net")}
    assert {ip.rpartition(".")[0] for ip in re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", text)} == {"203.0.113"}


def test_the_coded_texts_are_what_the_transcripts_read_as(small: Small) -> None:
    with zipfile.ZipFile(small.raw / "interviews" / "codings.qdpx") as archive:
        coded = {archive.read(n).decode() for n in archive.namelist() if n.startswith("sources/")}
    read = [parse_transcript(p) for p in sorted((small.raw / "interviews").glob("P*.*"))]
    assert {t.text for t in read} == coded and len(read) == 12
    assert len({t.style for t in read}) >= 4
    assert all(25 <= len(t.turns) <= 60 and not t.leftovers or t.text.startswith("Interview") for t in read)


def test_the_project_keeps_to_its_schema(small: Small, shared: Path) -> None:
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(shared / "oracles" / "refi_qda" / "Project.xsd")))
    with zipfile.ZipFile(small.raw / "interviews" / "codings.qdpx") as archive:
        project = etree.fromstring(archive.read("project.qde"))
        schema.assertValid(project)
        space = {"q": "urn:QDA-XML:project:1.0"}
        for source in project.findall(".//q:TextSource", space):
            text = archive.read(source.get("plainTextPath").replace("internal://", "sources/")).decode()
            for s in source.findall("q:PlainTextSelection", space):
                assert text[int(s.get("startPosition")):int(s.get("endPosition"))] == s.get("name")


def test_codings_say_what_the_truth_says(small: Small) -> None:
    from cjm_research.sources.kinds.refi_qda import read_qdpx

    project = read_qdpx(small.raw / "interviews" / "codings.qdpx")
    found: dict[str, set[str]] = {}
    for c in project.codings():
        if c.coder == "Lena Ott":
            found.setdefault(c.code.name, set()).add(str(c.source.name))
    said = small.truth.interviews
    assert {k: sorted(v) for k, v in found.items()} == said["participants_by_code"]
    assert {k: len(found[k]) for k in said["designed"]} == said["designed"]
    assert len(list(project.codings())) == said["codings"]


def test_the_page_about_the_demo_tells_what_there_is(small: Small) -> None:
    from cjm_research.demo.business import PERSONAS, TOUCHPOINTS

    page = (Path(__file__).resolve().parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")
    for path in (p.relative_to(small.raw).as_posix() for p in small.raw.rglob("*") if p.is_file()):
        known = re.sub(r"events_\d{8}", "events_YYYYMMDD", re.sub(r"interviews/P\d\d\.\w+", "interviews/P01", path))
        assert f"`{known}`" in page, path
    for name in [p.name for p in PERSONAS] + [t for names in TOUCHPOINTS.values() for t in names]:
        assert name in page
