"""Planted identifiers over all kinds of sources and fields: none reaches any output of any format, unless the release was stopped in words."""

from __future__ import annotations

import html
import io
import json
import shutil
import zipfile
from pathlib import Path
from urllib.parse import quote, unquote

import nbformat
import pytest

from cjm_research.build import BuildReport, build
from cjm_research.clients import DATA_FORMATS, check_clients, export_client
from cjm_research.clients.new import proposal_of
from cjm_research.command.printing import print_checks
from cjm_research.command.setting_up import set_up
from cjm_research.errors import WouldExposePerson
from cjm_research.params import Workspace, load_params
from cjm_research.report.exports import FORMATS
from cjm_research.report.run import RunOutcome, run_report
from cjm_research.sources import KINDS

from .canaries import Plants, planted_client
from .maps import findings, map_data, publish, sheet
from .workspace import notebook

DRAWN = ("pdf", "map-pdf", "png", "poster", "poster-png", "persona-posters", "blueprint")  # by a browser

# all tables as they are, and their words in every kind of block: maps and sheets are what exports are made of
EVERYTHING = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.report.maps import findings, map_data, sheet
from cjm_research.study import open_study
from cjm_research.tables import TABLES
s = open_study(client)
shown = {{name: s.query(f"SELECT * FROM {{name}}") for name in TABLES}}
for name, frame in shown.items():
    print(name, frame.to_json(default_handler=str))
words = sorted({{str(v) for f in shown.values() for c in f.select_dtypes(exclude="number") for v in f[c].dropna().head(30)}})
text = " / ".join(words[:40])
found = findings(text=text, personas=(words[0],), names=(words[1] + " 1", words[2] + " 2"))
display_block(Answer(words[3], words[4:30], words[30:50], "", [f.to_dict() for f in found]))
display_block(Table(words[5], [{{"label": w}} for w in words[:2]], [[{{"text": w}}, {{"text": w}}] for w in words]))
display_block(Sheets([sheet(words[0], text)]))
display_block(Map(map_data(found, "Acme", (words[0],))))
print(s.build)
"""

# every question of ours, asked, drawn and tabled as chapters do: the panels of findings list rows, open answers and quotes are shown
ASKED = """
from cjm_research import ask, open_study, show, table
from cjm_research.notebook.chapter import first_name, journey_map_block
from cjm_research.questions import QUESTIONS, resolve
s = open_study(client)
options = {"personas": {"bootstraps": 3, "replicas": 19, "max_segments": 3}, "agreement": {"samples": 20}, "saturation": {"orders": 20}, "persona_expectations": {"draws": 20},
           "survey_drivers": {"draws": 20}, "attribution": {"conversion": "buy", "draws": 5}, "paths": {"by": "event", "conversion": "buy"}, "retention": {"period": "day"}}
for q in QUESTIONS:
    if q.name == "funnel_by":
        continue
    more = {"name": first_name(getattr(s.params, q.named_in))} if q.named_in else {}
    answer = ask(q.answers, s, **options.get(q.name, {}), **more)
    for frame in getattr(answer, "frames", ()):
        table(answer, frame)
    for chart in q.charts:
        show(resolve(chart), answer)
    if q.name == "journey_map":
        show(journey_map_block, answer)
"""


def bytes_of(folder: Path) -> str:
    """All that a folder holds, unpacked."""
    return "\n".join(text for path in sorted(f for f in folder.rglob("*") if f.is_file()) for text in (path.name, *unpacked(path.read_bytes())))


def unpacked(raw: bytes) -> list[str]:
    if zipfile.is_zipfile(io.BytesIO(raw)) and raw.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return [text for n in archive.namelist() for text in (n, *unpacked(archive.read(n)))]
    if raw.startswith(b"%PDF"):
        from pypdf import PdfReader

        reader = PdfReader(io.BytesIO(raw))
        return [str(reader.metadata), *(page.extract_text() for page in reader.pages)]
    text = raw.decode("utf-8", "replace")
    return [text, unquote(html.unescape(text))]


def left(plants: Plants, text: str) -> list[str]:
    text = text.lower()
    return [c for c in plants.planted if c.lower() in text or (c in plants.mails and quote(c.lower(), safe="") in text)]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Plants, BuildReport, RunOutcome]:
    """The client built and reported once, by a chapter that shows all there is."""
    root = tmp_path_factory.mktemp("canaries")
    place, plants = planted_client(root)
    write_chapter(root, EVERYTHING)
    write_chapter(root, ASKED, "20_asked")
    report = build("acme", place)
    return place, plants, report, run_report("acme", place)


def write_chapter(root: Path, code: str, name: str = "10_all") -> None:
    (root / "notebooks").mkdir(exist_ok=True)
    (root / "notebooks" / f"{name}.ipynb").write_text(nbformat.writes(notebook("All", code, parameters='client = "acme"\n')))


def test_every_kind_of_source_holds_canaries(acme: tuple[Workspace, Plants, BuildReport, RunOutcome]) -> None:
    place, plants, report, _ = acme
    assert {s.kind for s in load_params("acme", place).sources} == set(KINDS)
    assert len(set(plants.planted)) == len(plants.planted) > 400
    assert all(sum(s["rows_kept"].values()) for s in report.sources)
    assert left(plants, bytes_of(place.vault("acme") / "staged"))  # they were read


def test_no_canary_reaches_any_output(acme: tuple[Workspace, Plants, BuildReport, RunOutcome], tmp_path: Path) -> None:
    place, plants, report, outcome = acme
    assert outcome.exit_code == 0, outcome.chapters
    assert left(plants, json.dumps([report.notes, report.sources, report.inputs, report.tables])) == []
    assert any("stand as pseudonyms" in n for n in report.notes)
    export_client("acme", place, formats=[f for f in (*FORMATS, *DATA_FORMATS) if f not in DRAWN], to=tmp_path)
    shown = bytes_of(place.reports) + bytes_of(tmp_path)
    assert left(plants, shown) == []
    assert "[E-mail " in shown and "x_" in shown  # they were there, and were replaced


@pytest.mark.browser
def test_no_canary_reaches_what_a_browser_draws(acme: tuple[Workspace, Plants, BuildReport, RunOutcome], tmp_path: Path) -> None:
    place, plants, _, _ = acme
    export_client("acme", place, formats=DRAWN, to=tmp_path)
    export_client("acme", place, formats=["pdf"], brief=True, to=tmp_path)
    assert left(plants, bytes_of(tmp_path)) == []


@pytest.mark.parametrize("name", [f for f in FORMATS if f not in DRAWN])
def test_a_canary_in_a_run_stops_every_format(acme: tuple[Workspace, Plants, BuildReport, RunOutcome], tmp_path: Path, name: str) -> None:
    """A run from before the check, or changed since: nothing of it is exported, and the message does not repeat it."""
    place, plants, _, _ = acme
    for form, canary in enumerate((next(iter(sorted(plants.mails))), plants.customers[0])):
        found = findings(text=f"said {canary} twice", names=(f"Asking {canary}", "Buying"))
        other = tmp_path / str(form)
        shutil.copytree(place.root / "data", other / "data")
        made = publish(other, found, map_data(found), sheets=[sheet("Movers", canary)])
        shutil.copytree(place.root / "params", other / "params", dirs_exist_ok=True)
        page = made.reports / "acme" / "20260101T000000Z-aa" / "index.html"
        page.write_text(f"<p>{canary}</p>")
        with pytest.raises(WouldExposePerson) as caught:
            export_client("acme", made, formats=[name], to=tmp_path / f"out{form}")
        assert canary.lower() not in str(caught.value).lower() and caught.value.exit_code == 3
        assert not [f for f in (tmp_path / f"out{form}").rglob("*") if f.is_file()]


def test_a_canary_in_a_chapter_stops_the_release_and_the_old_report_stays(acme: tuple[Workspace, Plants, BuildReport, RunOutcome], tmp_path: Path) -> None:
    place, plants, _, first = acme
    before = bytes_of(place.reports)
    write_chapter(place.root, "print(1, '" + "', '".join(c for c in plants.planted[:4]) + "')")
    with pytest.raises(WouldExposePerson) as caught:
        run_report("acme", place)
    assert "10_all" in caught.value.found and caught.value.exit_code == 3 and left(plants, str(caught.value)) == []
    assert bytes_of(place.reports) == before and [p.name for p in (place.reports / "acme").iterdir() if p.is_dir()] == [first.run]


def test_no_canary_reaches_the_terminal_or_proposed_params(acme: tuple[Workspace, Plants, BuildReport, RunOutcome], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, plants, _, _ = acme
    reports = check_clients(["acme"], place)
    print_checks(reports, place)
    print_checks(reports)
    assert left(plants, capsys.readouterr().out) == []
    found = proposal_of("other", place, place.raw("acme"))
    keys = {str(k) for _, read in found.trials if read.delivered for frame in read.delivered.tables.values() if "customer_key" in frame for k in frame["customer_key"].dropna()}
    set_up("other", place, place.raw("acme"), asking=False, say=print)
    said = capsys.readouterr().out + place.params_file("other").read_text()
    # a login that only a list holds which is not read ("Q. Canary99") looks like any name
    assert [c for c in left(plants, said) if c not in plants.customers or c in keys] == [] and "grid" in said
    assert (place.raw("other") / next(f.name for f in place.raw("acme").glob("events*"))).is_file()  # what was left out is told, nothing is lost
    logs = place.root / "data" / "logs"
    assert left(plants, bytes_of(logs)) == [] if logs.is_dir() else True


def test_what_check_says_of_a_refused_export_as_json_holds_no_canary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, plants = planted_client(tmp_path)
    path = next(place.raw("acme").glob("events*.csv"))
    path.write_text(path.read_text().replace("T10:00:00Z", f" {plants(0)}"))
    reports = check_clients(["acme"], place)
    assert reports[0].state == "refused" and left(plants, reports[0].problems[0].text())  # the screen quotes it
    print_checks(reports, place)
    assert left(plants, capsys.readouterr().out) == []
