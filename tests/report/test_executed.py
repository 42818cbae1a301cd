"""The file of an executed notebook: what nbformat reads of it is what ran, though each finding stands there once."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat

from cjm_research.page.blocks import MIME
from cjm_research.report.record.executed import read, whole, written

SAID = {"id": "F-1", "statement": "a\nb", "evidence": [{"sql": "SELECT 'one'", "sample": [{"id": "p1"}]}]}
OTHER = {**SAID, "statement": "as another chapter says it"}


def _notebook(*blocks: Any) -> Any:
    outputs = [nbformat.v4.new_output("display_data", {MIME: b, "text/html": "<p>a</p>\n<p>b</p>", "text/plain": "x"}) for b in blocks]
    cells = [nbformat.v4.new_markdown_cell("# Title\n\nwords"), nbformat.v4.new_code_cell("ask()\nshow()", outputs=outputs, execution_count=1),
             nbformat.v4.new_code_cell("print()", outputs=[nbformat.v4.new_output("stream", name="stdout", text='one\n"two-0"\n')], execution_count=2)]
    return nbformat.from_dict(nbformat.v4.new_notebook(cells=cells))


def _map(*findings: Any) -> Any:
    return {"kind": "map", "data": {"title": "t", "findings": [dict(f) for f in findings]}}


def _answer(*findings: Any) -> Any:
    return {"kind": "answer", "question": "?", "findings": [dict(f) for f in findings]}


def test_what_was_written_is_read_as_it_was() -> None:
    notebook = _notebook(_answer(SAID), _map(SAID, {**SAID, "id": "F-2"}), _answer({**SAID, "id": "F-2"}), _answer(OTHER))
    before = copy.deepcopy(notebook)
    text = written(notebook)
    assert notebook == before, "writing changed the notebook"
    assert read(text) == nbformat.reads(nbformat.writes(before), as_version=4)
    assert text.count("SELECT 'one'") == 3, "F-1, F-2, and F-1 as another chapter says it"


def test_without_blocks_it_is_what_nbformat_writes() -> None:
    notebook = _notebook()
    assert written(notebook) == nbformat.writes(notebook) + "\n"


def test_a_finding_that_differs_in_anything_is_told_in_full() -> None:
    text = written(_notebook(_answer(SAID), _map(OTHER)))
    raw = [o["data"][MIME] for c in json.loads(text)["cells"] for o in c.get("outputs", []) if "data" in o]
    assert raw[0]["findings"] == [SAID] and raw[1]["data"]["findings"] == [OTHER]


def test_notebooks_of_before_are_whole_already() -> None:
    notebook = _notebook(_answer(SAID), _map(SAID))
    assert whole(json.loads(nbformat.writes(notebook))) == json.loads(nbformat.writes(notebook))
