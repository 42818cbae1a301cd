"""A preset: what the exports of one system mean, over a reader that exists.

It names the columns, zone, keys and rows that count, so that nobody maps them by hand; whatever a client's params say comes
before it. What it assumes stands in the import report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from .contract import Context, ImportReport, SourceKind, SourceTables
from .kinds import crm, customers, events, feedback, survey
from .reading.export import Export
from .reading.questionnaires import deliver as respondents
from .reading.tabular import mapped_columns, read_rows
from .signature import Signature

if TYPE_CHECKING:
    import pandas as pd

    from ..params.schema import Source

Prepare = Callable[["pd.DataFrame", "Source", ImportReport], "pd.DataFrame"]

_READERS: dict[str, tuple[SourceKind, Callable[[Export], SourceTables]]] = {
    "events": (events.KIND, events.deliver), "feedback": (feedback.KIND, feedback.deliver), "crm": (crm.KIND, crm.deliver),
    "customers": (customers.KIND, customers.deliver), "survey": (survey.KIND, respondents)}


@dataclass(frozen=True)
class Preset:
    """One kind of export of one system, and the reader it is for.

    reader: the kind that reads it (events, feedback, crm, customers, survey). columns, constants, settings: what stands in the params of
    such a source where they do not say otherwise; columns that an export lacks are left out. timezone: zone of its times
    without one, where the vendor says so. prepare: rows → rows, for what no map can say; it counts what it drops. seen: whether its form
    was seen in exports, or is known by the vendor's documentation only.
    """

    name: str
    title: str
    reader: str
    signature: Signature
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    timezone: str | None = None
    prepare: Prepare | None = None
    seen: bool = False

    def kind(self) -> SourceKind:
        """The kind of source that params name."""
        base, _ = _READERS[self.reader]
        return SourceKind(self.name, self.title, self._read, base.tables, base.settings, base.columns, self.signature, self.reader, self._says(), self.seen)

    def _says(self) -> dict[str, str]:
        """What it says in place of the params, for the docs."""
        said = {f"columns.{c}": name for c, name in self.columns.items()} | {f"constants.{c}": v for c, v in self.constants.items()}
        said |= {f"settings.{k}": ", ".join(f"{a}: {b}" for a, b in v.items()) if isinstance(v, dict) else ", ".join(v) if isinstance(v, list) else str(v) for k, v in self.settings.items()}
        return said | {"timezone": self.timezone or "asked for, where times have none"}

    def _read(self, files: Sequence[Path], source: Source, context: Context) -> SourceTables:
        report = ImportReport(source.name, self.name)
        frame = read_rows(files, source, report)
        where = f"source {source.name!r}: {', '.join(report.files[:3])}"
        if missing := self.signature.missing([str(c) for c in frame.columns]):
            raise BadInput(where, f"this is no export as {self.title} writes it: it lacks {', '.join(m.strip('/') for m in missing[:5])}",
                           f"columns {', '.join(r.strip('/') for r in self.signature.required)}", f"export it again, or use kind: {self.reader} and map its columns")
        given = set(map(str, frame.columns))
        if self.prepare is not None:
            frame = self.prepare(frame, source, report).reset_index(drop=True)
        source = self._source(source, frame)
        if used := [c for c in mapped_columns(source) if c in given]:
            report.notes.append(f"columns are those of {self.title}: {', '.join(sorted(used)[:8])}")
        return _READERS[self.reader][1](Export(self.name, source, context, frame=frame, report=report))

    def _source(self, source: Source, frame: pd.DataFrame) -> Source:
        """The source as its params and, where they are silent, this preset say."""
        columns = {c: name for c, name in self.columns.items() if name in frame and c not in source.constants}
        constants = {c: value for c, value in self.constants.items() if c not in source.columns}
        settings = {k: _there(k, v, frame) for k, v in self.settings.items()}
        return source.model_copy(update={"columns": columns | source.columns, "constants": constants | source.constants,
                                         "settings": {k: v for k, v in settings.items() if v not in ({}, [])} | source.settings,
                                         "timezone": source.timezone or self.timezone})


def _there(name: str, value: Any, frame: pd.DataFrame) -> Any:
    """A setting without the columns that the export lacks."""
    if name in ("time_columns", "stage_columns"):
        return {k: v for k, v in value.items() if k in frame}
    if name in ("keys", "properties", "attributes"):
        return {k: v for k, v in value.items() if v in frame} if isinstance(value, dict) else [v for v in value if v in frame]
    return value
