"""Each preset reads an export of its system's form, by itself, and no preset takes another's export for its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, ImportReport
from cjm_research.sources.presets import PRESETS
from cjm_research.sources.reading.tabular import read_rows

from .samples import SAMPLES

NAMES = [p.name for p in PRESETS]
_MAIN = {"events": "interactions", "feedback": "feedback", "crm": "deals", "customers": "customers", "survey": "responses"}


def _source(name: str, folder: Path) -> tuple[Source, Path]:
    file, content, _, more = SAMPLES[name]
    (folder / file).write_bytes(content)
    return Source(name="x", kind=name, files=file, **more), folder / file


def test_every_preset_has_a_sample() -> None:
    assert set(NAMES) == set(SAMPLES) and len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("preset", PRESETS, ids=NAMES)
def test_it_reads_its_own_form(preset: Any, tmp_path: Path) -> None:
    source, path = _source(preset.name, tmp_path)
    SOURCES[preset.name].check(source)
    delivered = SOURCES[preset.name].read([path], source, Context("c", None))
    table = delivered.tables[_MAIN[preset.reader]]
    assert len(table) == SAMPLES[preset.name][2]
    report = delivered.report
    assert report.kind == preset.name and any(n.startswith("columns are those of ") for n in report.notes)
    for frame in delivered.tables.values():
        for column in frame:
            if isinstance(frame[column].dtype, pd.DatetimeTZDtype):
                assert str(frame[column].dtype.tz) == "UTC"


@pytest.mark.parametrize("preset", PRESETS, ids=NAMES)
def test_no_other_preset_claims_it(preset: Any, tmp_path: Path) -> None:
    source, path = _source(preset.name, tmp_path)
    frame = read_rows([path], source, ImportReport("x", "x"))
    scores = {p.name: p.signature.score(frame) for p in PRESETS}
    own = scores.pop(preset.name)
    assert own > 0.5 and own >= max(scores.values()) + 0.2, scores


@pytest.mark.parametrize("preset", PRESETS, ids=NAMES)
def test_another_export_is_refused_in_words(preset: Any, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("alpha,beta\n1,2\n")
    with pytest.raises(BadInput, match="this is no export as") as told:
        SOURCES[preset.name].read([tmp_path / "other.csv"], Source(name="x", kind=preset.name, files="other.csv"), Context("c", "UTC"))
    assert f"kind: {preset.reader}" in str(told.value)


def test_params_come_before_the_preset(tmp_path: Path) -> None:
    source, path = _source("zendesk", tmp_path)
    own = source.model_copy(update={"constants": {"channel": "phone"}, "settings": {"time_columns": {"Solved at": "done"}}})
    rows = SOURCES["zendesk"].read([path], own, Context("c", None)).tables["interactions"]
    assert rows["event"].tolist() == ["done"] and set(rows["channel"]) == {"phone"}


def test_two_real_events_with_one_insert_id_stay_two_and_a_repeated_one_counts_once(tmp_path: Path) -> None:
    source, path = _source("mixpanel", tmp_path)
    report = SOURCES["mixpanel"].read([path], source, Context("c", None)).report
    assert report.duplicates == 1 and report.dropped["call that names a person, no action"] == 1
    assert report.first == "2026-03-02T09:00:00+00:00" and report.last == "2026-03-02T09:01:00+00:00"  # seconds and milliseconds in one file


def test_a_zone_that_only_the_client_knows_is_asked_for(tmp_path: Path) -> None:
    source, path = _source("zendesk", tmp_path)
    with pytest.raises(BadInput, match="timezone"):
        SOURCES["zendesk"].read([path], source.model_copy(update={"timezone": None}), Context("c", None))
