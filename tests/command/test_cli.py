"""The command as its user meets it: exit codes, clear words, nothing half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cjm_research.command import cli

PARAMS = """\
client: acme
timezone: Europe/Berlin
sources:
  - {name: web, kind: events, files: events.csv, columns: {customer_id: user, occurred_at: time, event: event}}
journey:
  stages:
    - {name: Look, touchpoints: [{name: Site, match: {event: view}}]}
    - {name: Buy, touchpoints: [{name: Checkout, match: {event: buy}}]}
funnels:
  - {name: buy, window: 7d, steps: [{name: Look, event: view}, {name: Buy, event: buy}]}
"""
EVENTS = "user,time,event,price\n" + "".join(
    f"u{i},2026-01-{1 + i % 28:02d} 10:00,view,\nu{i},2026-01-{1 + i % 28:02d} 11:00,{'buy' if i % 3 else 'view'},5\n" for i in range(40))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "_defaults.yaml").write_text("chapters: [10_data_health]\n")
    (tmp_path / "params" / "acme.yaml").write_text(PARAMS)
    raw = tmp_path / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    (raw / "events.csv").write_text(EVENTS)
    monkeypatch.setenv("CJM_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("CJM_PARAMS", raising=False)
    return tmp_path


@pytest.fixture
def cjm(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the command; returns (exit code, everything it printed)."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["cjm", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return code, out + err

    return run


def tables(place: Path) -> list[str]:
    folder = place / "data" / "tables"
    return sorted(p.name for p in folder.rglob("*")) if folder.exists() else []


def test_build_check_list(place: Path, cjm: Any) -> None:
    code, text = cjm("check", "acme")
    assert code == 0 and "interactions" in text and "80" in text and "Europe/Berlin" in text
    code, text = cjm("build", "acme")
    assert code == 0 and "nothing changed" in text
    code, text = cjm("list")
    assert code == 0 and "acme" in text


def test_check_says_what_has_no_answer_and_all_checks_every_client(place: Path, cjm: Any, capfd: pytest.CaptureFixture[str]) -> None:
    from cjm_research.questions import QUESTIONS

    (place / "params" / "acme.yaml").write_text(PARAMS.replace("sources:", "# QUESTION: In which zone are these times?\nsources:"))
    code, text = cjm("check", "acme")
    assert code == 0 and "open: params/acme.yaml, line 3, source web: In which zone are these times?" in " ".join(text.split())
    (place / "params" / "beta.yaml").write_text("client: beta\nsources:\n  - {name: web, kind: events, files: gone.csv}\n")
    (place / "data" / "raw" / "beta").mkdir(parents=True)
    code, text = cjm("check", "--all", "--json")
    assert code == 2
    said = json.loads(text[text.index("{"): text.rindex("}") + 1])
    acme, beta = said["clients"]
    assert (acme["client"], acme["state"], beta["client"], beta["state"]) == ("acme", "open", "beta", "refused")
    assert acme["open_questions"] == [{"line": 3, "source": "web", "asks": "In which zone are these times?"}]
    assert "gone.csv" in beta["problems"][0]["found"] and beta["tables"] == []
    rows = {t["table"]: t["rows"] for t in acme["tables"]}
    assert rows["interactions"] == 80 == sum(s["rows_read"] for s in acme["sources"]) and acme["match"] == [{"table": "interactions", "rows": 80, "placed": 80}]
    lacks = {m["missing"]: {q["question"] for q in m["questions"]} for m in acme["missing"]}
    assert lacks["responses"] == {q.name for q in QUESTIONS if "responses" in q.needs} and "qualtrics" in next(m["brings"] for m in acme["missing"] if m["missing"] == "responses")
    assert "interactions" not in lacks and "params: funnels" not in lacks and "experiment" in lacks["params: experiments"]
    assert lacks["documents or codings"] == {"coding_progress"}
    code, text = cjm("check", "--all")
    assert code == 2 and "beta: " in text and "gone.csv" in text and "questions without an answer" in text
    code, text = cjm("check", "acme", "--json")
    assert code == 0 and json.loads(text[text.index("{"): text.rindex("}") + 1])["clients"][0]["state"] == "open"
    assert cjm("check", "nobody", "--json")[0] == 2


def test_new_client(place: Path, cjm: Any) -> None:
    code, text = cjm("new", "beta", "--timezone", "UTC")
    assert code == 0 and (place / "params" / "beta.yaml").is_file() and (place / "data" / "raw" / "beta").is_dir()
    code, text = cjm("new", "beta")
    assert code == 2 and "exists already" in text
    code, text = cjm("check", "beta")
    assert code == 2 and "nothing matches 'events.csv'" in text
    assert cjm("new", "../evil")[0] == 2 and not (place.parent / "evil").exists()
    for zone in ("CET+1", "UTC\nprivacy: {keep: [x]}", "../UTC"):
        code, text = cjm("new", "gamma", "--timezone", zone)
        assert code == 2 and "is no known time zone" in text and not (place / "params" / "gamma.yaml").exists()


BROKEN = {
    "missing": (None, "nothing matches"),
    "empty": (b"", "empty"),
    "header only of blanks": (b"\n\n\n", "empty"),
    "wrong encoding": ("user,time,event\nMüller,2026-01-01 10:00,view\n".encode("cp1252"), "UTF-8"),
    "ragged": (b"user,time,event\na,2026-01-01 10:00,view\nb,2026-01-01 10:00\n", "line 3"),
    "duplicate column": (b"user,time,event,event\na,2026-01-01 10:00,view,x\n", "more than once"),
    "missing column": (b"user,when,event\na,2026-01-01 10:00,view\n", "time"),
    "not a table": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00", ""),
    "cut off gzip": (b"\x1f\x8b\x08\x00\x00", ""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_exports_are_told_in_words(place: Path, cjm: Any, case: str) -> None:
    content, words = BROKEN[case]
    path = place / "data" / "raw" / "acme" / "events.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    for command in ("check", "build", "report"):
        code, text = cjm(command, "acme")
        assert code == 2, text
        assert words in text and "Traceback" not in text and "web" in text
    # the site may tell of the failed attempt, but there is no run
    assert tables(place) == [] and not list((place / "reports").rglob("run.json"))


def test_naive_times_need_a_declared_zone(place: Path, cjm: Any) -> None:
    path = place / "params" / "acme.yaml"
    path.write_text(PARAMS.replace("timezone: Europe/Berlin\n", ""))
    code, text = cjm("build", "acme")
    assert code == 2 and "no time zone" in text and "timezone" in text


def test_a_broken_export_leaves_the_old_tables(place: Path, cjm: Any) -> None:
    assert cjm("build", "acme")[0] == 0
    before = tables(place)
    (place / "data" / "raw" / "acme" / "events.csv").write_text("user,time\n")
    assert cjm("build", "acme")[0] == 2
    assert tables(place) == before


@pytest.mark.parametrize(("arguments", "words"), [
    (("report", "acmee"), "Did you mean 'acme'"), (("report", "../acme"), "not a client name"), (("report",), "no client is named"),
    (("report", "acme", "--only", "10_data_helth"), "Did you mean '10_data_health'"), (("report", "acme", "--set", "windw=7d"), "windw"),
    (("report", "--all", "acme"), "both --all"), (("sources", "gaa4"), "ga4"), (("export", "acme"), "no published report"),
    (("diff", "nobody"), "unknown client"), (("--workspace", "/nowhere/at/all", "list"), "there is no folder"),
])
def test_slips_are_told_in_words(place: Path, cjm: Any, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str) -> None:
    code, text = cjm(*arguments)
    assert code == 2, text
    assert words in text and "Traceback" not in text


def test_unchanged_is_not_built_again_and_order_changes_nothing(place: Path, cjm: Any) -> None:
    """Rows in another order, in two files: nothing changes, since no two events of a customer share an instant."""
    import json

    assert cjm("build", "acme")[0] == 0
    build = place / "data" / "tables" / "acme" / "build.json"
    first = json.loads(build.read_text())["tables"]
    lines = EVENTS.strip().split("\n")
    raw = place / "data" / "raw" / "acme"
    (raw / "events.csv").write_text("\n".join([lines[0], *reversed(lines[1:40])]) + "\n")
    (raw / "events2.csv").write_text("\n".join([lines[0], *lines[40:]]) + "\n")
    (place / "params" / "acme.yaml").write_text(PARAMS.replace("files: events.csv", 'files: "events*.csv"'))
    assert cjm("build", "acme")[0] == 0
    assert json.loads(build.read_text())["tables"] == first


def test_erase_leaves_a_person_out(place: Path, cjm: Any) -> None:
    assert cjm("build", "acme")[0] == 0
    code, text = cjm("erase", "acme", "u7")
    assert code == 0 and "1 customers left out" in text
    from cjm_research.study import open_study

    assert open_study("acme").row_counts["customers"] == 39


def test_help_loads_nothing_that_takes_long() -> None:
    code = ("import sys; from cjm_research.command.cli import main; sys.argv = ['cjm', '--help']\n"
            "try: main()\nexcept SystemExit: pass\n"
            "print([m for m in ('numpy', 'pandas', 'duckdb', 'pyarrow', 'matplotlib', 'pydantic', 'rich', 'nbformat', 'papermill') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "Customer journey mapping" in done.stdout and done.stdout.splitlines()[-1] == "[]"


def test_check_says_what_to_write_into_the_params(place: Path, cjm: Any) -> None:
    """A consultant who has never seen the export learns from the warnings which events there are and which the journey leaves out."""
    cjm("new", "beta")
    raw = place / "data" / "raw" / "beta" / "events.csv"
    code, text = cjm("check", "beta")
    assert code == 2 and "which is empty" in text and "allowed: a file or pattern" in text
    raw.write_text("user_id,timestamp,event\n" + "".join(f"u{k},2026-01-01T10:{k:02d}:00Z,{e}\n" for k in range(9) for e in ("page_views", "purchase")))
    code, text = cjm("check", "beta")
    text = " ".join(text.split())
    assert code == 0 and "no such event in the data: page_view, begin_checkout. Did you mean 'page_views'? There are: page_views, purchase" in text
    assert "events without a stage: page_views 9; the match rules" in text
    raw.write_text("user_id,timestamp,event\n")
    code, text = cjm("check", "beta")
    assert "warning: source web: the export has no rows" in text and "events without a stage" not in text
