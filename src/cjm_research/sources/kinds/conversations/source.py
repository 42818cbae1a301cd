"""Source kind `conversations`: each message a row of a table or an object of JSON, joined to one document a conversation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ....errors import BadInput
from ...contract import KEY_COLUMNS, Context, ImportReport, SourceKind, SourceTables
from ...reading.export import ROW_SETTINGS, Export, clean
from ...reading.made import event_ids
from ...reading.records import json_rows
from ...reading.tabular import read_rows
from .forms import Form, Message, form_of

if TYPE_CHECKING:
    from ....params.schema import Source

_STAFF = frozenset({"agent", "admin", "bot", "assistant", "operator", "support", "staff", "employee", "representative", "advisor", "moderator", "interviewer", "team", "system agent"})
_CUSTOMER = frozenset({"user", "customer", "lead", "contact", "client", "visitor", "end-user", "end_user", "enduser", "caller", "participant", "respondent", "interviewee", "guest", "human"})
_NOBODY = frozenset({"system", "action", "tool", "function", "event", "notification"})
_JSON = (".json", ".jsonl", ".ndjson")
_COLUMNS = ("document_id", "speaker", "text", "occurred_at", "role", "customer_id")


def read(files: Sequence[Path], source: Source, context: Context) -> SourceTables:
    """Documents and turns of conversations, and of those whose customer and time are known one interaction each. Raises `BadInput`."""
    report = ImportReport(source.name, source.kind)
    if {"text", "speaker"} & set(source.columns) or not all(_is_json(p) for p in files):
        frame = read_rows(files, source, report)
    else:
        frame, source = _of_forms(files, source, report)
    export = Export(source.kind, source, context, frame=frame, report=report)
    rows = _rows(export)
    return _delivered(export, rows)


def _is_json(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(_JSON) or not path.suffix


def _of_forms(files: Sequence[Path], source: Source, report: ImportReport) -> tuple[pd.DataFrame, Source]:
    """Messages of JSON whose form is known, as a frame with canonical columns, and the source that maps them."""
    messages: list[tuple[str, Message]] = []
    forms: dict[str, Form] = {}
    for path in files:
        where = f"source {source.name!r}: {path.name}"
        records = json_rows(path, source)
        form = form_of(records)
        if form is None:
            raise BadInput(where, "these are no conversations in a form that is known", "JSON of Instagram, Messenger, Telegram, Discord, Slack, Teams, Intercom, Zendesk or speech recognition, or lists of messages",
                           "map the columns of its messages: `columns: {document_id: …, speaker: …, text: …, occurred_at: …}`")
        forms[form.name] = form
        report.files.append(path.name)
        own = _anonymous(path)
        messages += [(m.conversation or (path.parent.name if form.name == "Slack" else own), m) for r in records for m in form.read(r)]
    if len(forms) > 1:
        raise BadInput(f"source {source.name!r}: files", f"exports of {len(forms)} programs: {', '.join(sorted(forms))}", "one program a source", "make a source of each")
    form, = forms.values()
    report.notes.append(f"the form is that of {form.name}")
    report.rows_read += len(messages)
    said = [(c, m) for c, m in messages if not m.told]
    for why in sorted({m.told for _, m in messages if m.told}):
        report.drop(why, sum(m.told == why for _, m in messages))
    frame = pd.DataFrame({"document_id": [c for c, _ in said], **{n: [getattr(m, a) for _, m in said] for n, a in (("speaker", "speaker"), ("text", "text"), ("role", "role"), ("customer_id", "customer"))}},
                         columns=["document_id", "speaker", "text", "role", "customer_id"]).astype("string")
    frame["occurred_at"] = pd.Series([None if m.at is None else str(m.at) for _, m in said], dtype="string")
    frame[["start_s", "end_s"]] = pd.DataFrame([(m.start_s, m.end_s) for _, m in said], columns=["start_s", "end_s"]).astype("Float64")
    unit = next((m.unit for _, m in said if m.unit), None)
    numbers = unit and frame["occurred_at"].dropna().str.fullmatch(r"\d+(?:\.\d+)?").all()
    settings = ({"time_unit": unit} if numbers else {}) | ({"key_type": form.key_type} if form.key_type else {}) | dict(source.settings)
    return frame, source.model_copy(update={"columns": {c: c for c in _COLUMNS} | dict(source.columns), "settings": settings})


def _anonymous(path: Path) -> str:
    """A name for a conversation that has none: files and folders of chats are named by persons."""
    return "chat_" + hashlib.sha256("/".join(path.parts[-2:]).encode()).hexdigest()[:10]


def _rows(export: Export) -> pd.DataFrame:
    """The messages in order: document, speaker, text, at, staff, times in a recording, and keys."""
    report = export.report
    text = export.text("text", required=True)
    speaker, role = export.text("speaker"), export.text("role")
    role = role.fillna(speaker).str.casefold()
    never = {str(v).casefold() for v in _list(export, "not_said")}
    nobody = (role.isin(never or _NOBODY) | speaker.str.casefold().isin(never)).fillna(False).astype(bool)
    kept = export.drop(nobody, "said by nobody (system, tool)")
    text, speaker, role = text[kept], speaker[kept], role[kept]
    kept = export.drop(text.isna(), "a message without words")
    text, speaker, role = text[kept], speaker[kept], role[kept]
    document = export.text("document_id").fillna(export.source.name)
    at = export.time("occurred_at")
    keys = export.keys()
    report.null_ids = int(keys["customer_key"].isna().sum()) if "customer_id" in export.source.columns else 0
    rows = pd.DataFrame({"document": document, "speaker": speaker, "text": text, "at": at, "staff": _staff(export, speaker, role), **keys,
                         "start_s": _seconds(export, "start_s"), "end_s": _seconds(export, "end_s"), "row": range(len(text))})
    # newest first, as some programs write it, is read from the end; a conversation without all its times stays as it stands
    timed = rows.groupby("document")["at"].transform(lambda v: v.notna().all())
    falling = rows.groupby("document")["at"].transform(lambda v: v.is_monotonic_decreasing and not v.is_monotonic_increasing)
    rows["order"] = rows["at"].where(timed)
    rows["row"] = rows["row"].mask(falling & timed, -rows["row"])
    return rows.sort_values(["document", "order", "row"], kind="stable", na_position="last").reset_index(drop=True)


def _seconds(export: Export, name: str) -> pd.Series:
    """Seconds in a recording: numbers, or mm:ss and h:mm:ss."""
    text = export.text(name, default=name)
    clock = text.str.fullmatch(r"\d{1,3}(?::\d\d){1,2}(?:[.,]\d{1,6})?").fillna(False).astype(bool)
    if not clock.any():
        return export.number(name, default=name)
    told = text[clock].str.replace(",", ".").str.split(":").map(lambda parts: sum(float(p) * 60**i for i, p in enumerate(reversed(parts))))
    return export.numbers(text.mask(clock), f"columns.{name}").astype("Float64").mask(clock, told.reindex(text.index).astype("Float64"))


def _list(export: Export, name: str) -> list[Any]:
    value = export.setting(name, [], list, str)
    return [value] if isinstance(value, str) else list(value)


def _staff(export: Export, speaker: pd.Series, role: pd.Series) -> pd.Series:
    """Whether each message is of somebody who asks or serves; unknown where neither params nor roles say it."""
    declared = {str(v).casefold() for v in _list(export, "interviewers")}
    if declared:
        return (speaker.str.casefold().isin(declared) | role.isin(declared)).fillna(False).astype("boolean")
    return role.map(lambda r: True if r in _STAFF else False if r in _CUSTOMER else pd.NA, na_action="ignore").astype("boolean")


def _delivered(export: Export, rows: pd.DataFrame) -> SourceTables:
    size = rows["text"].str.len().fillna(0).astype(int)
    start = (size + 2).groupby(rows["document"]).cumsum() - size - 2
    turns = export.table("turns", {"document_id": rows["document"], "turn": rows.groupby("document").cumcount() + 1, "start": start, "end": start + size, "speaker": rows["speaker"],
                                   "is_interviewer": rows["staff"], "start_s": rows["start_s"], "end_s": rows["end_s"]})
    whole = rows.groupby("document", sort=True).agg(text=("text", "\n\n".join), at=("at", "min"), **{c: (c, "first") for c in KEY_COLUMNS}).reset_index()
    kind = str(export.setting("document_kind", "chat", str))
    documents = export.table("documents", {
        "document_id": whole["document"], "kind": pd.Series(kind, index=whole.index), "participant_id": whole["document"], **{c: whole[c] for c in KEY_COLUMNS}, "recorded_at": whole["at"],
        "text": whole["text"], "text_sha256": whole["text"].map(lambda t: hashlib.sha256(str(t).encode("utf-8", "surrogatepass")).hexdigest())})
    known = whole[whole["customer_key"].notna() & whole["at"].notna()]
    event = str(export.setting("event", "conversation", str))
    parts = {**{c: known[c] for c in KEY_COLUMNS}, "occurred_at": known["at"], "event": pd.Series(event, index=known.index, dtype="string")}
    channel = clean(pd.Series(export.source.constants.get("channel"), index=known.index, dtype="string"))
    interactions = export.table("interactions", {"interaction_id": event_ids(pd.DataFrame({**parts, "document": known["document"]}), export.source.name), "source": export.source.name, **parts,
                                                 "channel": channel})
    export.report.rows_kept = {"turns": len(turns), "documents": len(documents), "interactions": len(interactions)}
    unsaid = int(rows["staff"].isna().sum())
    if unsaid:
        export.report.notes.append(f"{unsaid:,} of {len(rows):,} messages are of speakers of whom nobody says whether they serve or are served; name those who serve in settings.interviewers")
    return export.done(turns=turns, documents=documents, interactions=interactions)


KIND = SourceKind(
    "conversations", "Chats, support conversations and transcripts as data: a row or an object a message (JSON, CSV, Excel)", read, ("documents", "turns", "interactions"),
    columns={
        "document_id": "the conversation; default: all rows are one (of JSON in a known form: its own)", "speaker": "who wrote or spoke", "text": "the words", "occurred_at": "when",
        "role": "what the speaker is (agent, customer, bot, system); default: by the speaker's label", "customer_id": "the customer of the conversation",
        "start_s": "seconds in the recording", "end_s": "the same, where the words end", "channel": "medium, a constant"},
    settings={**ROW_SETTINGS, "interviewers": "labels or roles of those who serve or ask; default: by roles such as agent, bot or interviewer",
              "not_said": "labels or roles whose lines nobody said; default: system, action, tool", "document_kind": "chat (default), interview, call, …",
              "event": "name of the interaction that each conversation with a known customer and time is; default conversation"})
