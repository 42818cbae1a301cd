"""Reading a small table through a kind of source."""

from __future__ import annotations

import contextlib
import copy
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from cjm_research.build.staging import Staged, save_staged
from cjm_research.errors import CjmError
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, SourceTables, find_files
from cjm_research.sources.reading.ordering import order_events
from cjm_research.sources.reading.streamed import Unproven, log

DATA = Path(__file__).parent / "data"


def tiny(kind: str, **changes: Any) -> SourceTables:
    """The delivery of a kind's tiny export, with some of its params changed."""
    said = yaml.safe_load((DATA / kind / "source.yaml").read_text(encoding="utf-8"))["source"]
    source = Source.model_validate(said | changes)
    return both_ways(kind, find_files(source, DATA / kind), source)


def read(kind: str, folder: Path, files: Mapping[str, str | bytes], /, **options: Any) -> SourceTables:
    """The delivery of files written here."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    source = Source.model_validate({"name": "s", "kind": kind, "files": next(iter(files)), "timezone": "UTC"} | options)
    SOURCES[kind].check(source)
    return both_ways(kind, find_files(source, folder), source)


def both_ways(kind: str, files: list[Path], source: Source) -> SourceTables:
    """The delivery as the reader that holds all rows makes it. That of the engine is the same, or it leaves the file to that reader."""
    context = Context("acme", "UTC")
    try:
        delivered = SOURCES[kind].read(files, source, context)
    except CjmError:
        if kind == "events":
            with pytest.raises(Unproven):
                streamed(files, source, context)
        raise
    if kind == "events":
        with contextlib.suppress(Unproven):
            assert_same(delivered, *streamed(files, source, context))
    return delivered


def streamed(files: list[Path], source: Source, context: Context) -> tuple[Staged, dict[str, pd.DataFrame]]:
    """What the engine delivers of files of any size, and its interactions. Raises `Unproven`."""
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "LEAST_BYTES", 0)
        delivered = log.read_log(files, source, replace(context, scratch=Path(scratch)))
        staged = save_staged(Path(scratch) / "kept" / source.name, "k", source.name, delivered)
        frames = {name: staged.read(name) for name in ("interactions", "keys")}
        if (staged.folder / "same_person.parquet").is_file():
            frames["same_person"] = staged.read("same_person")
    return staged, frames


def assert_same(delivered: SourceTables, staged: Staged, frames: dict[str, pd.DataFrame]) -> None:
    """Equal rows, keys, pairs of keys and import reports; of the places of rows only their order counts."""
    held = replace(delivered, tables=dict(delivered.tables), report=copy.deepcopy(delivered.report))
    order_events(held)
    with tempfile.TemporaryDirectory() as folder:
        wanted = save_staged(Path(folder) / "s", "k", "s", held)
        assert staged.report == wanted.report
        for name, found in frames.items():
            other = wanted.read(name)
            if name == "interactions":
                found, other = (_in_places(f) for f in (found, other))
            found, other = (f[sorted(f)].astype(object).where(f[sorted(f)].notna(), None).reset_index(drop=True) for f in (found, other))
            pd.testing.assert_frame_equal(found, other)
        assert (wanted.folder / "same_person.parquet").is_file() == ("same_person" in frames)


def _in_places(frame: pd.DataFrame) -> pd.DataFrame:
    places = frame["sequence"].rank(method="dense").astype("Float64")
    return frame.assign(sequence=places).sort_values("interaction_id")
