"""Folders are their owner's, terminals obey no data, spreadsheets compute no text, secrets are told by their key."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from cjm_research.errors import printable
from cjm_research.params import Workspace
from cjm_research.params.load import _secret
from cjm_research.report.exports.codings import inert
from cjm_research.report.exports.text import is_formula


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_folders_are_private_under_any_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        place = Workspace(tmp_path)
        with place.writing("acme", "cjm build"):
            (place.vault("acme") / "staged" / "crm").mkdir(parents=True)
            (place.vault("acme") / "staged" / "crm" / "keys.parquet").write_text("x")
            place.tables("acme").mkdir(parents=True, exist_ok=True)
            for folder in (place.erasures("acme") / "certificates", place.pins("acme") / "x" / "tables"):
                folder.mkdir(parents=True)
                (folder / "file.json").write_text("x")
            (place.report("acme") / "run").mkdir(parents=True)
            (place.report("acme") / "run" / "index.html").write_text("x")
        told = os.umask(umask)
        place.raw("acme").mkdir(parents=True)
    finally:
        os.umask(before)
    for folder in (place.tables("acme"), place.vault("acme"), place.vault("acme") / "staged" / "crm", place.codings("acme").parent, place.lab("acme").parent,
                   place.cache("acme").parent, place.erasures("acme") / "certificates", place.pins("acme") / "x" / "tables"):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    for file in (place.vault("acme") / "staged" / "crm" / "keys.parquet", place.erasures("acme") / "certificates" / "file.json", place.pins("acme") / "x" / "tables" / "file.json"):
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert told == (umask or 0o022)  # a process that lets everybody write its files stops it
    for path in (tmp_path / "data", place.reports, place.report("acme"), place.report("acme") / "run", place.report("acme") / "run" / "index.html"):
        assert not path.stat().st_mode & 0o022, path
    assert place.raw("acme").stat().st_mode & 0o777 == 0o777 & ~umask  # the client's, not ours


def test_terminals_obey_nothing() -> None:
    assert printable("a\x1b[2Jb\x07\x9b\u202ec\ud800\n\td é ✓") == "a\\x1b[2Jb\\x07\\x9b\\u202ec\\ud800\n\td é ✓"


def test_what_a_spreadsheet_might_compute() -> None:
    bad = ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "\u00a0=1", "＝1", "＋1", "－1", "＠x", "|x", "%x", "\n=1", "\u200b=1"]
    assert [t for t in bad if not is_formula(t)] == []
    assert [t for t in ("a=1", "1-2", "", " a", "é") if is_formula(t)] == []
    table = inert(pd.DataFrame({"quote": [*bad, "fine", None], "n": range(len(bad) + 2)}))
    assert table["quote"][:len(bad)].tolist() == [f"'{t}" for t in bad] and table["quote"][len(bad)] == "fine" and table["n"].sum() == sum(range(len(bad) + 2))


@pytest.mark.parametrize("key", ["spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.access.key", "accessKey", "aws_secret_access_key", "spark.ssl.keyPassword",
                                 "fs.azure.account.key.acme.blob.core.windows.net", "spark.authenticate.secret", "apiKey", "API_KEY", "sas-token", "clientSecret",
                                 "aws_access_key_id", "spark.db.pwd"])
def test_keys_of_secrets(key: str) -> None:
    assert _secret({"engine": {"options": {key: "x"}}}) == ("engine", "options", key)


def test_connection_strings_and_what_is_no_secret() -> None:
    for value in ("postgres://u:pw@host/db", "jdbc:x;user=a;password=pw", "AccountName=a;AccountKey=abc==", "https://:tok@host/x"):
        assert _secret({"engine": {"options": {"spark.url": value}}}), value
    fine = {"engine": {"options": {"spark.executor.memory": "4g", "spark.sql.shuffle.partitions": "8"}}, "sources": [{"labels": {"Forgot my password": 1},
            "settings": {"key_type": "email", "code_key": "x"}, "files": "https://shop.example/a:b/c@d"}], "chapter_params": {"x": {"tokens_shown": 3}}}
    assert _secret(fine) is None
