"""Reading a small table through a kind of source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, SourceTables, find_files

DATA = Path(__file__).parent / "data"


def tiny(kind: str, **changes: Any) -> SourceTables:
    """The delivery of a kind's tiny export, with some of its params changed."""
    said = yaml.safe_load((DATA / kind / "source.yaml").read_text(encoding="utf-8"))["source"]
    source = Source.model_validate(said | changes)
    return SOURCES[kind].read(find_files(source, DATA / kind), source, Context("acme", "UTC"))


def read(kind: str, folder: Path, files: Mapping[str, str | bytes], /, **options: Any) -> SourceTables:
    """The delivery of files written here."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    source = Source.model_validate({"name": "s", "kind": kind, "files": next(iter(files)), "timezone": "UTC"} | options)
    SOURCES[kind].check(source)
    return SOURCES[kind].read(find_files(source, folder), source, Context("acme", "UTC"))
