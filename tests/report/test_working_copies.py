"""What a researcher works in: copies of the chapters with the client's values, never overwritten once edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cjm_research.errors import CjmError
from cjm_research.params import Workspace
from cjm_research.report.record.notebook import read_chapter
from cjm_research.report.record.working_copies import clear_outputs, filled, lay_out

from .workspace import ANSWER, notebook

PARAMETERS = 'client = "demo"  # whose\nwindow: int | None = None  # ä days\nnote = """a\nb"""\nshare = 0.5\n'


def place(root: Path, chapter: dict[str, Any] | None = None) -> Workspace:
    for folder in ("notebooks", "params"):
        (root / folder).mkdir(exist_ok=True)
    chapter = chapter or notebook("Funnel", ANSWER, parameters=PARAMETERS)
    (root / "notebooks" / "40_funnel.ipynb").write_text(json.dumps(chapter))
    (root / "params" / "_defaults.yaml").write_text("title: T\n")
    (root / "params" / "acme.yaml").write_text('client: acme\nchapter_params: {40_funnel: {window: 14, note: "say \\"hi\\""}}\n')
    return Workspace(root)


def write(path: Path, change: Any) -> None:
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))


def test_the_clients_values_are_in_the_parameters_cell_and_nothing_else_changes(tmp_path: Path) -> None:
    desk = lay_out("acme", place(tmp_path))
    assert desk.first == tmp_path / "data/lab/acme/40_funnel.ipynb" and desk.kept == []
    cells = json.loads(desk.first.read_text())["cells"]
    source = "".join(cells[1]["source"])
    assert source == 'client = "acme"  # whose\nwindow: int | None = 14  # ä days\nnote = "say \\"hi\\""\nshare = 0.5\n'
    declared = read_chapter(desk.first).parameters
    assert {n: p.default for n, p in declared.items()} == {"client": "acme", "window": 14, "note": 'say "hi"', "share": 0.5}
    original = json.loads((tmp_path / "notebooks/40_funnel.ipynb").read_text())["cells"]
    assert [c for i, c in enumerate(cells) if i != 1] == [c for i, c in enumerate(original) if i != 1]


def test_a_copy_that_was_only_run_gives_way_to_a_newer_chapter_and_an_edited_one_does_not(tmp_path: Path) -> None:
    spot = place(tmp_path)
    copy = lay_out("acme", spot).first
    run = [{"output_type": "stream", "name": "stdout", "text": "12 of 40"}]
    write(copy, lambda n: n["cells"][3].update(outputs=run))
    assert lay_out("acme", spot).kept == [] and "12 of 40" in copy.read_text(), "unchanged: left as it is, outputs too"
    place(tmp_path, notebook("Funnel, new", ANSWER, parameters=PARAMETERS))
    assert lay_out("acme", spot).kept == [] and "Funnel, new" in copy.read_text()
    write(copy, lambda n: n["cells"].append(notebook("x", "mine = 1")["cells"][-1]))
    assert lay_out("acme", spot).kept == [], "edited, but the chapter is the same"
    place(tmp_path, notebook("Funnel, newest", ANSWER, parameters=PARAMETERS))
    assert lay_out("acme", spot).kept == ["40_funnel"] and "mine = 1" in copy.read_text()
    copy.write_text("{torn")
    assert lay_out("acme", spot).kept == ["40_funnel"] and copy.read_text() == "{torn"
    copy.unlink()
    assert lay_out("acme", spot).kept == [] and "Funnel, newest" in copy.read_text()


def test_outputs_are_cleared_when_a_person_is_erased(tmp_path: Path) -> None:
    spot = place(tmp_path)
    copy = lay_out("acme", spot).first
    write(copy, lambda n: n["cells"][3].update(outputs=[{"output_type": "stream", "name": "stdout", "text": "Ana said"}], execution_count=3))
    assert clear_outputs("acme", spot) == 1 and "Ana said" not in copy.read_text() and clear_outputs("acme", spot) == 0


def test_mistakes_are_told(tmp_path: Path) -> None:
    spot = place(tmp_path)
    for name in ("acmee", "../acme"):
        with pytest.raises(CjmError):
            lay_out(name, spot)
    assert not (tmp_path / "data").exists()


def test_values_that_are_the_defaults_keep_their_spelling() -> None:
    cell = notebook("A", parameters="client = 'demo'\nshare = 5e-1\n")
    assert filled(cell, {"client": "demo", "share": 0.5})["cells"][1]["source"] == "client = 'demo'\nshare = 5e-1\n"


def test_a_copy_in_which_only_values_were_changed_becomes_the_new_chapter_with_these_values(tmp_path: Path) -> None:
    spot = place(tmp_path)
    copy = lay_out("acme", spot).first
    write(copy, lambda n: n["cells"][1].update(source="".join(n["cells"][1]["source"]).replace("= 14", "= 30").replace("0.5", "0.75")))
    unchanged = copy.read_text()
    desk = lay_out("acme", spot)
    assert (desk.kept, desk.upgraded, copy.read_text()) == ([], [], unchanged), "the chapter is the same"
    place(tmp_path, notebook("Funnel, new", ANSWER, parameters='client = "demo"\nwindow: int | None = None  # days\nmore = True\n'))
    (tmp_path / "params" / "acme.yaml").write_text("client: acme\nchapter_params: {40_funnel: {window: 7}}\n")
    desk = lay_out("acme", spot)
    assert (desk.kept, desk.upgraded) == ([], ["40_funnel"]) and "Funnel, new" in copy.read_text()
    assert {n: p.default for n, p in read_chapter(copy).parameters.items()} == {"client": "acme", "window": 30, "more": True}
    assert len(desk.lost) == 1 and "share = 0.75" in desk.lost[0]
    # once more: the value is still the researcher's, though the new state was placed with it
    settings = "client: acme\nchapter_params: {40_funnel: {window: 7}}\n"
    place(tmp_path, notebook("Funnel, newest", ANSWER, parameters='client = "demo"\nwindow: int | None = None  # days\n'))
    (tmp_path / "params" / "acme.yaml").write_text(settings)
    assert lay_out("acme", spot).upgraded == ["40_funnel"] and read_chapter(copy).parameters["window"].default == 30
    # a line or a comment of one's own is an edit
    write(copy, lambda n: n["cells"][1].update(source="".join(n["cells"][1]["source"]).replace("# days", "# weeks!")))
    place(tmp_path, notebook("Funnel, last", ANSWER, parameters='client = "demo"\nwindow: int | None = None  # days\n'))
    (tmp_path / "params" / "acme.yaml").write_text(settings)
    assert lay_out("acme", spot).kept == ["40_funnel"] and "# weeks!" in copy.read_text()
