"""Event logs as XES (IEEE 1849), plain or gzip: a trace becomes a customer, its events their interactions.

Read event by event, so that a log may be larger than its XML tree would fit into memory. Document types and
entities are refused (defusedxml).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

import pandas as pd

from ...errors import BadInput
from ...ids import real as real_ids
from ...shapes import Row
from ..contract import Context, ImportReport, SourceKind, SourceTables
from ..limits import Gunzip, check_elements, is_gzip
from ..reading.containers import first_bytes, refuse_other_formats
from ..reading.export import TIME_SETTINGS, clean, source_times
from ..reading.made import canonical, event_ids, json_object
from ..reading.records import refuse_sparse

if TYPE_CHECKING:
    from xml.sax.xmlreader import AttributesImpl

    from ...params.schema import Source

_NAME, _TIME, _LIFECYCLE, _RESOURCE = "concept:name", "time:timestamp", "lifecycle:transition", "org:resource"
_VALUES = ("string", "date", "int", "float", "boolean", "id")
_MOST_NAMES = 2_000  # attributes; more is no log: keys that are data
_MAX_DEPTH = 100  # lists in lists; a log has two or three levels


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Interactions of the traces' events, and the traces' attributes as attributes of customers. Raises `BadInput`."""
    for name in ("columns", "joins", "questions", "filter"):
        if getattr(source, name):
            raise BadInput(f"source {source.name!r}: {name}", "XES names its attributes itself; nothing is mapped", "settings only", "cjm sources xes")
    report = ImportReport(source.name, "xes", files=[p.name for p in files])
    logs = [_parse(path, f"source {source.name!r}: {path.name}") for path in files]
    events = pd.DataFrame([e for log in logs for e in log.events])
    cases = pd.DataFrame([c for log in logs for c in log.cases])
    return _tables(events, cases, source, context, report)


def _tables(events: pd.DataFrame, cases: pd.DataFrame, source: Source, context: Context, report: ImportReport) -> SourceTables:
    report.rows_read = len(events)
    key_type = str(source.settings.get("key_type", "case"))
    for column in ("case", _NAME, _TIME):
        events[column] = clean(events[column]) if column in events else pd.Series(pd.NA, index=events.index, dtype="string")
    nameless = int(events["case"].isna().sum())
    if "case" in cases and len(cases):
        cases["case"] = real_ids(cases["case"], f"source {source.name!r}: traces", report.notes, persons=True)
        events["case"] = events["case"].where(events["case"].isin(cases["case"].dropna()))
    report.null_ids = int(events["case"].isna().sum())
    report.drop("trace has no concept:name", nameless)
    report.drop("trace is named by a word for 'no id'", report.null_ids - nameless)
    events = events[events["case"].notna()]
    if keep := source.settings.get("lifecycle"):
        wanted = [str(k).lower() for k in (keep if isinstance(keep, list) else [keep])]
        found = events[_LIFECYCLE].str.lower() if _LIFECYCLE in events else pd.Series(pd.NA, index=events.index, dtype="string")
        # an event without a transition is a completion (IEEE 1849: the extension is optional)
        events = _without(events, ~found.fillna("complete").isin(wanted), f"lifecycle is not {' or '.join(wanted)}", report)
    at = source_times(events[_TIME], f"source {source.name!r}: {_TIME}", source, context, report)
    events, at = _without(events, at.isna(), "no readable time", report), at[at.notna()]
    unnamed = events[_NAME].isna()
    events, at = _without(events, unnamed, "no event name", report), at[~unnamed]
    named = {"lifecycle": _LIFECYCLE, "resource": _RESOURCE}
    named |= {c: c for c in events.columns if c not in ("case", _NAME, _TIME, _LIFECYCLE, _RESOURCE)}
    columns = {"key_type": pd.Series(key_type, index=events.index, dtype="string"), "customer_key": events["case"], "occurred_at": at,
               "event": events[_NAME], "properties": json_object(events, {k: c for k, c in named.items() if c in events})}
    interactions = canonical("interactions", {"interaction_id": event_ids(pd.DataFrame(columns), source.name), "source": source.name,
                                              **columns, "sequence": pd.Series(events.index, index=events.index)}, events.index)
    report.span(interactions["occurred_at"])
    if "case" not in cases:
        cases = pd.DataFrame({"case": pd.Series(dtype="string")})
    cases = cases[cases["case"].notna()].drop_duplicates("case")
    customers = canonical("customers", {
        "key_type": key_type, "customer_key": cases["case"],
        "attributes": json_object(cases, {c: c for c in cases.columns if c != "case"})}, cases.index)
    report.rows_kept = {"interactions": len(interactions), "customers": len(customers)}
    # a trace is an ordered list of events (IEEE 1849)
    return SourceTables(report, {"interactions": interactions, "customers": customers}, order="told")


def _without(events: pd.DataFrame, unwanted: pd.Series, reason: str, report: ImportReport) -> pd.DataFrame:
    report.drop(reason, int(unwanted.sum()))
    return events[~unwanted]


class _Log(ContentHandler):
    """Collects traces and events; attributes of other elements (globals, extensions, nested ones) are passed over."""

    def __init__(self, packed: int = 0, where: str = "") -> None:
        """packed: bytes of a packed file, which bound the elements."""
        super().__init__()
        self._packed, self._where, self._elements = packed, where, 0
        self.cases: list[Row] = []
        self.events: list[Row] = []
        self.names: set[str] = set()
        self._depth = 0
        self._open: list[tuple[int, Row]] = []  # trace, then event, with their depths
        self._of_trace: list[Row] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._depth += 1
        self._elements += 1
        if self._packed and not self._elements % 10_000:
            check_elements(self._elements, self._packed, self._where)
        if self._depth == 1 and name != "log":
            raise SAXException(f"the root element is <{name}>, not <log>")
        if self._depth > _MAX_DEPTH:
            raise SAXException(f"elements are nested deeper than {_MAX_DEPTH}")
        if name == "event" and len(self._open) == 1:
            self._open.append((self._depth, {}))
        elif name == "trace" and not self._open:
            self._open.append((self._depth, {}))
            self._of_trace = []
        elif self._open and name in _VALUES and self._depth == self._open[-1][0] + 1 and "key" in attrs:
            self.names.add(attrs["key"])
            if len(self.names) > _MOST_NAMES:
                raise SAXException(f"it has more than {_MOST_NAMES:,} different attributes")
            self._open[-1][1][attrs["key"]] = attrs.get("value")

    def endElement(self, name: str) -> None:
        if self._open and self._depth == self._open[-1][0]:
            values = self._open.pop()[1]
            if name == "event":
                self._of_trace.append(values)
            else:  # a trace may say its name after its events
                case = (values.pop(_NAME, None) or "").strip() or None
                self.cases.append({**values, "case": case})
                self.events += [{**e, "case": case} for e in self._of_trace]
        self._depth -= 1


def _parse(path: Path, where: str) -> _Log:
    import defusedxml.sax
    from defusedxml.common import DefusedXmlException

    if path.stat().st_size == 0:
        raise BadInput(where, "the file is empty (0 bytes)", "an XES log", "export it again")
    packed = is_gzip(path)
    log = _Log(path.stat().st_size if packed else 0, where)
    if not packed:
        refuse_other_formats(first_bytes(path), where, path, path.name, "an XES log")
    try:
        with Gunzip(path, where) if packed else path.open("rb") as file:
            defusedxml.sax.parse(file, log, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadInput(where, f"the XML declares a document type or entities ({error}), which an event log does not need",
                       "XES without a document type", "export the log without it") from None
    except SAXParseException as error:
        raise BadInput(where, f"line {error.getLineNumber()}: not well-formed XML ({error.getMessage()})", "an XES log",
                       "the file may be cut off; export it again") from None
    except SAXException as error:
        raise BadInput(where, f"this is no XES log: {error.getMessage()}", "an XES log (IEEE 1849)", "export it as XES, or use kind: events for tables") from None
    except (LookupError, ValueError) as error:
        raise BadInput(where, f"the XML names an encoding that cannot be read ({error})", "UTF-8, or an encoding of the XML standard", "export it as UTF-8") from None
    refuse_sparse(len(log.names), len(log.events), sum(map(len, log.events)), where)
    return log


KIND = SourceKind(
    name="xes", title="Event log, XES (plain or gzip)", read=read, tables=("interactions", "customers"),
    settings={**TIME_SETTINGS, "lifecycle": "transitions to keep, e.g. [COMPLETE]; default: all; an event without one counts as COMPLETE",
              "key_type": "what a trace is (case, order, …); default: case"})
