"""Planted identifiers over kinds of sources and fields: none reaches any output of any format, unless the release was stopped in words."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from cjm_research.build import build
from cjm_research.clients import export_client
from cjm_research.errors import WouldExposePerson
from cjm_research.params import Workspace
from cjm_research.report.run import run_report

from .workspace import notebook

FORMS = ["canary{n}.fox@firma{n}.de", "0151 23{n:06d}", "BK8990{n}", "Q. Canary{n}"]  # an address, a phone, ids of the vault


class Plants:
    """Gives canaries and remembers them."""

    def __init__(self) -> None:
        self.planted: list[str] = []
        self.customers: list[str] = []

    def __call__(self, form: int | None = None) -> str:
        number = 10 + len(self.planted)
        kind = number % 4 if form is None else form
        made = FORMS[kind].format(n=number)
        self.planted.append(made)
        if kind >= 2:
            self.customers.append(made)
        return made


def planted_client(root: Path) -> tuple[Workspace, Plants]:
    """A client with an event log, feedback, customers, a survey and deals, a canary in every field that texts can stand in."""
    p, raw = Plants(), root / "data" / "raw" / "acme"
    raw.mkdir(parents=True)
    rows = ["user,at,event,channel,page,segment,note"]
    for n in range(8):
        rows.append(f'{p(2 + n % 2)},2026-01-{n + 1:02d}T10:00:00Z,open {p()},{p()},/u/{p(0)}/x,{p()},"{p()} and {p()}"')
    (raw / f"events {p(0)}.csv").write_text("\n".join(rows) + "\n")
    feedback = ["id,at,text,label,channel"]
    feedback += [f'f{n},2026-01-0{n + 1}T10:00:00Z,"I am {p()}, write to {p(0)}",{p()},{p()}' for n in range(4)]
    (raw / "reviews.csv").write_text("\n".join(feedback) + "\n")
    deals = ["deal,user,stage,at,owner"] + [f"{p()},{u},{p()},2026-01-0{n + 1}T10:00:00Z,{p()}" for n, u in enumerate(p.customers[:4])]
    (raw / "deals.csv").write_text("\n".join(deals) + "\n")
    people = ["user,segment"] + [f"{u},{p()}" for u in p.customers]
    (raw / "people.csv").write_text("\n".join(people) + "\n")
    settings = {"client": "acme", "title": "Acme", "timezone": "Europe/Berlin", "language": "de-DE", "privacy": {"min_cell": 1}, "sources": [
        {"name": "web", "kind": "events", "files": "events*.csv", "columns": {"customer_id": "user", "occurred_at": "at", "event": "event", "channel": "channel"}},
        {"name": "reviews", "kind": "feedback", "files": "reviews.csv", "columns": {"feedback_id": "id", "published_at": "at", "text": "text", "label": "label", "channel": "channel"}},
        {"name": "people", "kind": "customers", "files": "people.csv", "columns": {"customer_id": "user"}},
        {"name": "deals", "kind": "crm", "files": "deals.csv", "columns": {"deal_id": "deal", "customer_id": "user", "stage": "stage", "entered_at": "at"}}]}
    (root / "params").mkdir()
    (root / "params" / "_defaults.yaml").write_text("title: x\n")
    (root / "params" / "acme.yaml").write_text(yaml.safe_dump(settings))
    return Workspace(root), p


EVERYTHING = """
from cjm_research.study import open_study
from cjm_research.tables import TABLES
s = open_study(client)
for name in TABLES:
    print(name, s.query(f"SELECT * FROM {name}").to_json(default_handler=str))
print(s.build)
"""


def bytes_of(folder: Path) -> str:
    """All that a folder holds, unpacked."""
    parts = []
    for path in sorted(f for f in folder.rglob("*") if f.is_file()):
        parts.append(path.name)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                parts += [archive.read(n).decode("utf-8", "replace") for n in archive.namelist()]
        else:
            parts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(parts)


def test_no_canary_reaches_any_output(tmp_path: Path) -> None:
    import nbformat

    place, plants = planted_client(tmp_path)
    assert len(plants.planted) >= 60
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "10_all.ipynb").write_text(nbformat.writes(notebook("All", EVERYTHING, parameters='client = "acme"\n')))
    build("acme", place)
    outcome = run_report("acme", place)
    assert [c.state for c in outcome.chapters] == ["no data"] or outcome.exit_code == 0, outcome.chapters
    out = tmp_path / "out"
    for name in ("xlsx", "html", "zip"):
        export_client("acme", place, formats=[name], to=out)
    shown = bytes_of(place.reports) + bytes_of(out)
    assert [c for c in plants.planted if c.lower() in shown.lower()] == []
    assert "[E-mail " in shown and "x_" in shown  # they were there, and were replaced


def test_a_canary_in_a_chapter_stops_the_release_and_the_old_report_stays(tmp_path: Path) -> None:
    import nbformat

    place, plants = planted_client(tmp_path)
    folder = tmp_path / "notebooks"
    folder.mkdir()
    chapter = folder / "10_all.ipynb"
    chapter.write_text(nbformat.writes(notebook("All", "print(1)", parameters='client = "acme"\n')))
    build("acme", place)
    first = run_report("acme", place)
    before = bytes_of(place.reports)
    for canary in plants.planted[:4]:
        chapter.write_text(nbformat.writes(notebook("All", f"print({canary!r})", parameters='client = "acme"\n')))
        with pytest.raises(WouldExposePerson) as caught:
            run_report("acme", place)
        assert "10_all" in caught.value.found and canary not in str(caught.value) and caught.value.exit_code == 3
    assert bytes_of(place.reports) == before and [p.name for p in (place.reports / "acme").iterdir() if p.is_dir()] == [first.run]


def test_the_planted_fields_are_looked_at_by_the_build(tmp_path: Path) -> None:
    place, plants = planted_client(tmp_path)
    report = build("acme", place)
    text: Any = json.dumps([report.notes, report.sources, report.inputs, report.tables])
    assert [c for c in plants.planted if c.lower() in text.lower()] == []
    assert any("stand as pseudonyms" in n for n in report.notes)
