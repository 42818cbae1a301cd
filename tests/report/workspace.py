"""Tiny workspaces for the report's tests: notebooks written as lists of cells, empty or hand-made tables."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import yaml

from cjm_research.page.blocks import MIME
from cjm_research.params import Workspace
from cjm_research.report import run as run_module
from cjm_research.report.pages.frame import brand_of
from cjm_research.report.pages.site import build_site
from cjm_research.report.record.comments import read_comments
from cjm_research.report.record.plan import plan_report
from cjm_research.report.record.publish import staged

IMPORTS = """
from cjm_research.notebook.chapter import display_block
from cjm_research.page.blocks import Answer, Card, Figure, Map, Quotes, Sheets, Table
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="120pt" height="60pt" viewBox="0 0 120 60"><text x="5" y="20">Steps</text></svg>'
def finding(key, statement="A statement", **more):
    return {"id": "F-" + key, "key": key, "kind": "metric", "statement": statement, "stage": "Purchase", "evidence": [], **more}
"""
PARAMETERS = 'client = "demo"\n'


def notebook(title: str, *cells: str, parameters: str = PARAMETERS) -> dict[str, Any]:
    """A notebook: a heading, a parameters cell, the imports, then cells; a cell starting with `md:` is Markdown."""
    made = [nbformat.v4.new_markdown_cell(f"# {title}"),
            nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}), nbformat.v4.new_code_cell(IMPORTS)]
    made += [nbformat.v4.new_markdown_cell(c[3:]) if c.startswith("md:") else nbformat.v4.new_code_cell(c) for c in cells]
    for number, cell in enumerate(made):
        cell["id"] = f"c{number}"
    return nbformat.v4.new_notebook(cells=made)


ANSWER = 'display_block(Answer("How many buy?", ["12.0 % of 1,000 buy.", "Half of them again."], ["Small base."], "Wilson (1927).", [finding("buy")]))'
FIGURE = 'display_block(Figure(SVG, "Bars: 12 per cent of customers buy", "Customers by step"))'
TABLE = ('display_block(Table("Steps", [{"label": "Step", "align": "left"}, {"label": "n", "align": "right"}],'
         ' [[{"text": s}, {"text": f"{n:,}", "sort": n}] for s, n in (("visit", 1000), ("cart", 300), ("buy", 120))]))')
CARD = 'display_block(Card("Interviews", "0 rows of turns", "at least 1", "add transcripts"))'


def workspace(root: Path, notebooks: Mapping[str, Any], clients: Mapping[str, Mapping[str, Any]] | Sequence[str] = ("demo",)) -> Workspace:
    """A workspace with these notebooks (name → notebook) and clients (name → params), whose tables are built and empty."""
    (root / "notebooks").mkdir(parents=True, exist_ok=True)
    (root / "params").mkdir(exist_ok=True)
    for name, made in notebooks.items():
        (root / "notebooks" / f"{name}.ipynb").write_text(nbformat.writes(made), encoding="utf-8")
    (root / "params" / "_defaults.yaml").write_text("title: Journey of the demo shop\n", encoding="utf-8")
    for client in clients:
        own = clients[client] if isinstance(clients, Mapping) else {}
        (root / "params" / f"{client}.yaml").write_text(yaml.safe_dump({"client": client, **own}), encoding="utf-8")
        tables = root / "data" / "tables" / client
        tables.mkdir(parents=True, exist_ok=True)
        (tables / "build.json").write_text(json.dumps({"tables": {"interactions": {"rows": 0, "sha256": "0" * 64}}}), encoding="utf-8")
    return Workspace(root)


def executed(title: str, *outputs: Any, markdown: str = "") -> Any:
    """A notebook as it is after execution: each output is a block, or a raw nbformat output."""
    cells = [nbformat.v4.new_markdown_cell(f"# {title}"), nbformat.v4.new_markdown_cell(markdown)]
    for number, output in enumerate(outputs):
        made = output if isinstance(output, dict) else display({MIME: output.to_dict(), "text/plain": "block"})
        cells.append(nbformat.v4.new_code_cell(f"cell_{number}()", outputs=[nbformat.from_dict(made)], execution_count=number + 1))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # a random one may look like a telephone number to the release check
    return nbformat.v4.new_notebook(cells=cells)


def display(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """A display output."""
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def publish_notebooks(root: Path, client: str, notebooks: Mapping[str, Any], run: str, failed: Mapping[str, str] | None = None) -> Path:
    """Publish a run made of notebooks as they are after execution, without kernels. failed: chapter → traceback."""
    place = Workspace(root)
    plan = plan_report(client, place)
    chapters = [run_module._Chapter(task) for task in plan.tasks]
    for chapter in chapters:
        name = chapter.task.chapter.name
        chapter.notebook, chapter.traceback = notebooks[name], (failed or {}).get(name, "")
        reason = f"ValueError: {chapter.traceback}" if chapter.traceback else ""
        state = {"state": "failed" if reason else "ok", "reason": reason, "warnings": [reason] if reason else []}
        chapter.receipt = chapter.receipt.model_copy(update=state)
    brand, comments = brand_of(plan.params, place), read_comments(plan.params, place, list(notebooks))
    with staged(place.reports, client, run, lambda _: None) as folder:
        run_module._write(folder, run, plan, chapters, brand, comments, False, "key", datetime(2026, 1, 1, tzinfo=UTC), time.monotonic(), 1)
    build_site(place, [client])
    return place.reports / client / run
