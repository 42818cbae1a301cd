"""A run can be checked later, and the site tells what changed between runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cjm_research.command.docs import documents
from cjm_research.errors import BadInput
from cjm_research.page.blocks import Answer
from cjm_research.report.pages.site import build_site, client_page, index_page
from cjm_research.report.record.receipt import read_receipt, receipt_schema
from cjm_research.report.run import run_report
from cjm_research.report.verify import verify_run

from .workspace import ANSWER, executed, notebook, publish_notebooks, workspace

COUNTED = """
from pathlib import Path
import os
display_block(Answer("How many?", [f"{len(list(Path(os.environ['CJM_WORKSPACE']).glob('extra*')))} files."]))
"""


def test_an_untouched_run_is_confirmed_and_each_change_is_named(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER, COUNTED)})
    run = run_report("demo", place)
    good = verify_run("demo", place)
    assert good.exit_code == 0 and good.confirmed == ["10_a"] and good.lines[-1].strip() == "confirmed"
    (tmp_path / "extra1").touch()  # what the answer counts: the numbers are others now
    other = verify_run("demo", place, run.run)
    assert other.exit_code == 1 and "now '1 files.', was '0 files.'" in other.numbers[0]
    (tmp_path / "extra1").unlink()
    (run.folder / "10_a.html").write_text("changed")
    (run.folder / "findings.json").unlink()
    torn = verify_run("demo", place, execute=False)
    assert torn.exit_code == 1 and torn.files == ["findings.json is missing", "10_a.html was changed after the run"]
    workspace(tmp_path, {"10_a": notebook("A", ANSWER, "1")}, {"demo": {"timezone": "Europe/Berlin"}})
    assert {"the settings changed", "the notebook 10_a changed"} <= set(verify_run("demo", place, execute=False).inputs)


def test_mistakes_are_told(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    with pytest.raises(BadInput, match="no published run"):
        verify_run("demo", place)
    publish_notebooks(tmp_path, "demo", {"10_a": executed("A")}, "20260101T000000.000Z-a")
    with pytest.raises(BadInput, match="Did you mean"):
        verify_run("demo", place, "20260101T000000.000Z-b")
    (place.reports / "demo" / "20260101T000000.000Z-a" / "run.json").write_text("{}")
    with pytest.raises(BadInput, match="not readable"):
        read_receipt(place.reports / "demo" / "20260101T000000.000Z-a")


def test_the_published_schema_is_that_of_the_receipt(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    assert json.loads((root / "docs/run.schema.json").read_text()) == receipt_schema()
    assert documents()["docs/run.schema.json"] == (root / "docs/run.schema.json").read_text()


def finding(value: float, low: float, high: float) -> dict[str, Any]:
    return {"id": "F-1", "key": "k", "kind": "metric", "statement": f"{value:.0%} buy", "status": "backed", "source": "behaviour", "evidence": [], "caveats": [],
            "estimate": {"value": value, "low": low, "high": high, "n": 1, "base": 2, "unit": "share", "method": "Wilson"}}


def test_a_card_shows_what_to_do_first_and_finds_the_answers(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    publish_notebooks(tmp_path, "demo", {"10_a": executed("A", Answer("Q", ["10 % buy"], [], "", []))}, "20260101T000000.000Z-a")
    assert "Do first" not in index_page(place)
    said = {"first": {"title": "Mend the <counter>"}, "silent": "", "answers": [{"ask": "Where?", "lead": "Counter:", "text": "60 of 100 stop."}]}
    (place.reports / "demo" / "20260101T000000.000Z-a" / "decisions.json").write_text(json.dumps(said))
    html = index_page(place)
    assert "<b>Do first:</b> Mend the &lt;counter&gt;" in html and "Where? Counter: 60 of 100 stop." in html


def test_the_site_tells_what_changed_beyond_its_uncertainty(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    for number, f in enumerate((finding(0.10, 0.09, 0.11), finding(0.101, 0.09, 0.112), finding(0.20, 0.19, 0.21))):
        publish_notebooks(tmp_path, "demo", {"10_a": executed("A", Answer("Q", [f["statement"]], [], "", [f]))}, f"2026010{number + 1}T000000.000Z-a")
    html = client_page(place, "demo")
    newest, middle, oldest = html.split('<div class="who">')[1:]
    assert "Findings: 1 changed" in newest and "Changed beyond its uncertainty" in newest
    assert "No finding changed beyond its uncertainty" in middle and "Different within its uncertainty" in middle
    assert "First run" in oldest
    assert (place.reports / "demo" / "latest.txt").read_text() == "20260103T000000.000Z-a\n"
    assert 'href="demo/20260103T000000.000Z-a/index.html"' in index_page(place)


def test_the_site_is_mended_from_the_runs_and_survives_strangers(tmp_path: Path) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    build_site(place)
    assert "No report is published yet" in (place.reports / "index.html").read_text()
    publish_notebooks(tmp_path, "demo", {"10_a": executed("A")}, "20260101T000000.000Z-a")
    first = (place.reports / "index.html").read_bytes()
    (place.reports / "index.html").unlink()
    (place.reports / "demo" / "20260102T000000.000Z-b").mkdir()
    (place.reports / "demo" / "20260102T000000.000Z-b" / "run.json").write_text('{"schema_version": 99}')
    (place.reports / "notes").mkdir()
    build_site(place, ["demo", "nobody"])
    again = (place.reports / "index.html").read_text()
    assert "20260101T000000.000Z-a/index.html" in again and 'data-find="notes"' not in again and b"<h1>" in first


def test_the_list_of_clients_names_nobody(tmp_path: Path) -> None:
    """A run from before its check, or from before the vault knew somebody: the list says that it exists, and no more."""
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)}, ("other", "demo"))
    for client in ("other", "demo"):
        run = publish_notebooks(tmp_path, client, {"10_a": executed("A", Answer("Q", ["Ten buy."], [], "", []))}, "20260101T000000.000Z-a")
    path = run / "run.json"
    path.write_text(path.read_text().replace("Ten buy.", "Ask ana.meier@firma.de."))
    build_site(place)
    page = (place.reports / "index.html").read_text()
    assert "ana.meier" not in page and page.count("Ten buy.") == 1
    assert "may name a person" in page and 'href="demo/20260101T000000.000Z-a/index.html"' in page
