"""A report is published whole, tells what failed, repeats to the byte, and runs again only what changed."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import CjmError
from cjm_research.params import Workspace
from cjm_research.report.execution.runner import Runner
from cjm_research.report.record.receipt import Receipt, read_receipt
from cjm_research.report.run import RunOutcome, run_report

from .workspace import ANSWER, CARD, FIGURE, TABLE, notebook, workspace

CHAPTERS = {
    "10_health": notebook("Data health", "md:## How many buy?", ANSWER, FIGURE, TABLE, "import sys; print('mind', file=sys.stderr)"),
    "30_interviews": notebook("Interviews", CARD),
    "40_funnel": notebook("Funnel", ANSWER.replace("buy", "convert"), "raise ValueError('no <b>steps</b>')", "1 + 1"),
}


@pytest.fixture(scope="module")
def runner() -> Any:
    with Runner(2, "fork") as shared:
        yield shared


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, runner: Runner) -> tuple[Workspace, RunOutcome]:
    place = workspace(tmp_path_factory.mktemp("run"), CHAPTERS, {"demo": {"objective": "Which <step> loses most?"}})
    return place, run_report("demo", place, runner=runner)


def test_every_chapter_has_its_page_its_notebook_and_its_state(published: tuple[Workspace, RunOutcome]) -> None:
    place, outcome = published
    names = {p.name for p in outcome.folder.iterdir()}
    assert names == {"index.html", "about.html", "queries.html", "run.json", "findings.json", "decisions.json",
                     *(f"{c}{e}" for c in CHAPTERS for e in (".html", ".ipynb"))}
    assert {c.name: c.state for c in outcome.chapters} == {"10_health": "ok", "30_interviews": "no data", "40_funnel": "failed"}
    assert outcome.exit_code == 1
    assert outcome.index.is_file() and outcome.folder.parent == place.reports / "demo"


def test_a_failed_chapter_shows_its_reason_in_index_and_page_and_what_came_before(published: tuple[Workspace, RunOutcome]) -> None:
    _, outcome = published
    index, page = (outcome.folder / n for n in ("index.html", "40_funnel.html"))
    assert "ValueError: no &lt;b&gt;steps&lt;/b&gt;" in index.read_text()
    text = page.read_text()
    assert "This chapter failed" in text and "12.0\u202f% of 1,000 convert." in text
    assert str(outcome.folder.parents[2]) not in text, "no folder of this machine"


def test_the_first_page_says_why_no_step_is_named_and_about_holds_what_chapters_say(published: tuple[Workspace, RunOutcome]) -> None:
    _, outcome = published
    index, about = ((outcome.folder / n).read_text() for n in ("index.html", "about.html"))
    assert "Which &lt;step&gt; loses most?" in index and "No first step is named" in index and "12.0\u202f% of 1,000 buy." not in index
    href = re.search(r'<a href="(10_health.html#a-[^"]+)">12.0\u202f% of 1,000 buy.</a>', about)
    assert href
    name, anchor = href[1].split("#")
    assert f'id="{anchor}"' in (outcome.folder / name).read_text()


def test_findings_carry_chapter_and_an_anchor_that_exists(published: tuple[Workspace, RunOutcome]) -> None:
    _, outcome = published
    found = json.loads((outcome.folder / "findings.json").read_text())["findings"]
    assert {f["id"]: f["chapter"] for f in found} == {"F-buy": "10_health", "F-convert": "40_funnel"}
    for finding in found:
        name, anchor = finding["href"].split("#")
        assert f'id="{anchor}"' in (outcome.folder / name).read_text()


def test_the_receipt_says_what_was_run_and_keeps_warnings_off_the_pages(published: tuple[Workspace, RunOutcome]) -> None:
    _, outcome = published
    receipt = read_receipt(outcome.folder)
    assert receipt == Receipt.model_validate_json(receipt.model_dump_json())
    chapter = receipt.chapter("10_health")
    assert chapter and chapter.warnings == ["mind"] and chapter.seconds > 0 and chapter.cpu_s and chapter.memory_mb
    assert (chapter.figures, chapter.tables, chapter.findings) == (1, 1, 1)
    assert "mind" not in (outcome.folder / "10_health.html").read_text()
    assert "mind" in (outcome.folder / "about.html").read_text()
    assert receipt.versions["pandas"] and len(receipt.code_sha256) == 64 and receipt.tables["interactions"].rows == 0


def test_equal_inputs_give_equal_bytes(published: tuple[Workspace, RunOutcome], runner: Runner) -> None:
    place, first = published
    second = run_report("demo", place, runner=runner, force=True)
    assert second.run != first.run
    for path in sorted(first.folder.iterdir()):
        if path.name not in ("run.json", "about.html"):
            assert path.read_bytes() == (second.folder / path.name).read_bytes(), path.name


def test_what_is_unchanged_is_not_run_again(tmp_path: Path, runner: Runner) -> None:
    made = {"10_a": notebook("A", ANSWER), "20_b": notebook("B", ANSWER.replace('"buy"', '"b"'))}
    place, seen = workspace(tmp_path, made), []

    def told(*event: str) -> None:
        seen.append(event[1:])

    first = run_report("demo", place, runner=runner)
    assert run_report("demo", place, runner=runner, progress=told).run == first.run and not seen
    workspace(tmp_path, {"20_b": notebook("B2", ANSWER)})
    second = run_report("demo", place, runner=runner, progress=told)
    assert seen == [("10_a", "taken over"), ("20_b", "start"), ("20_b", "ok")]
    assert second.receipt.chapters[0].taken_from == first.run
    assert "B2" in (second.folder / "10_a.html").read_text(), "pages are drawn anew: the contents name all chapters"


def test_only_some_chapters(tmp_path: Path, runner: Runner) -> None:
    made = {"10_a": notebook("A", ANSWER), "20_b": notebook("B", ANSWER)}
    place = workspace(tmp_path, made)
    outcome = run_report("demo", place, ["b"], runner=runner)
    assert [c.state for c in outcome.chapters] == ["not run", "ok"] and outcome.exit_code == 0
    again = run_report("demo", place, ["10"], runner=runner)
    assert [(c.state, bool(c.taken_from)) for c in again.chapters] == [("ok", False), ("ok", True)]


def test_code_is_shown_where_it_is_asked_for_and_hidden_in_the_published_notebook(tmp_path: Path, runner: Runner) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", "secret_name = 1", ANSWER)})

    def hidden(folder: Path) -> set[bool]:
        cells = json.loads((folder / "10_a.ipynb").read_text())["cells"]
        return {c["metadata"].get("jupyter", {}).get("source_hidden", False) for c in cells if c["cell_type"] == "code"}

    plain = run_report("demo", place, runner=runner).folder
    assert "secret_name" not in (plain / "10_a.html").read_text() and hidden(plain) == {True}
    coded = run_report("demo", place, runner=runner, code=True).folder
    assert "secret_name" in (coded / "10_a.html").read_text() and hidden(coded) == {False}


def test_parameters_reach_the_kernel_as_they_are(tmp_path: Path, runner: Runner) -> None:
    hostile = "a'b\"c\\n\u00a0{client}\U0001f600"
    made = {"10_a": notebook("A", "print(repr((client, word, n)))", parameters='client = "x"\nword = ""\nn = 1\n')}
    place = workspace(tmp_path, made, {"demo": {"chapter_params": {"a": {"word": hostile, "n": 7}}}})
    notebook_file = run_report("demo", place, runner=runner).folder / "10_a.ipynb"
    printed = "".join(o.get("text", "") if isinstance(o.get("text"), str) else "".join(o.get("text", []))
                      for c in json.loads(notebook_file.read_text())["cells"] for o in c.get("outputs", []))
    assert printed.strip() == repr(("demo", hostile, 7))


def test_a_full_disk_leaves_the_old_report(tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace(tmp_path, {"10_a": notebook("A", ANSWER)})
    first = run_report("demo", place, runner=runner)
    write = Path.write_text

    def full(self: Path, *args: Any, **options: Any) -> int:
        if self.name == "findings.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, *args, **options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(CjmError, match="No space left"):
        run_report("demo", place, runner=runner, force=True)
    monkeypatch.undo()
    assert [p.name for p in (place.reports / "demo").iterdir() if p.is_dir()] == [first.run]


def test_an_image_without_alternative_text_fails_the_chapter(tmp_path: Path, runner: Runner) -> None:
    bare = ("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    spoken = ("import base64\nfrom IPython.display import display\n"
              "display({'image/png': base64.b64encode(b'png').decode()}, metadata={'image/png': {'alt': 'A line from one to two'}}, raw=True)")
    place = workspace(tmp_path, {"10_bare": notebook("Bare", bare), "20_spoken": notebook("Spoken", spoken, ANSWER)})
    outcome = run_report("demo", place, runner=runner)
    assert [c.state for c in outcome.chapters] == ["failed", "ok"]
    assert "image is shown without a text" in outcome.chapters[0].reason
    assert 'alt="A line from one to two"' in (outcome.folder / "20_spoken.html").read_text()
