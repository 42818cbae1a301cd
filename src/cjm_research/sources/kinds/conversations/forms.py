"""JSON of the programs in which people talk: where each form has its messages, who spoke, when and what.

A form is known by its keys. What nobody said (calls, joins, tools) is no message and counted as such.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ....shapes import Json

SPEAKER = ("speaker", "author", "sender", "sender_name", "from", "role", "participant", "user", "name", "speaker_label")
WORDS = ("text", "message", "content", "body", "utterance", "transcript")
TIME = ("timestamp", "created_at", "time", "date", "sent_at", "ts", "occurred_at", "createdAt", "datetime")
CONVERSATION = ("conversation_id", "conversationId", "convo_id", "chat_id", "thread_id", "session_id", "ticket_id", "call_id", "dialogue_id", "id")
_TAG = re.compile(r"<[^<>]{1,2000}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.I)


@dataclass(frozen=True)
class Message:
    """One message. at: as the export has it, by `unit` (s or ms) where it is a number. role: what the speaker is, where the export says it.
    told: why it is nobody's words, empty where it is a message. start_s, end_s: in a recording."""

    conversation: str | None
    speaker: str | None
    text: str | None
    at: Any = None
    unit: str | None = None
    role: str | None = None
    customer: str | None = None
    told: str = ""
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Form:
    """One program's JSON. fits: whether a record is of it. read: its messages. key_type: what its customers' ids are."""

    name: str
    fits: Callable[[Json], bool]
    read: Callable[[Json], Iterator[Message]]
    key_type: str = ""


def form_of(records: list[Json]) -> Form | None:
    """The form of an export's records: the first that all of those looked at fit."""
    some = records[:50]
    return next((f for f in FORMS if some and all(f.fits(r) for r in some)), None)


def _listed(record: Mapping[str, Any], *path: str) -> list[Json]:
    at: Any = record
    for name in path:
        at = at.get(name) if isinstance(at, dict) else None
    return [m for m in at if isinstance(m, dict)] if isinstance(at, list) else []


def _object(record: Mapping[str, Any], name: str) -> Json:
    """The object below a key; an empty one where there is none."""
    at = record.get(name)
    return at if isinstance(at, dict) else {}


def _text(value: Any) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value)


def _of_html(value: Any) -> str | None:
    """Words of a body in HTML; plain text stays."""
    text = _text(value)
    return None if text is None else html.unescape(_TAG.sub("", _BREAK.sub("\n", text))) if "<" in text or "&" in text else text


def _repaired(text: str | None) -> str | None:
    """UTF-8 that was read as Latin-1 ("Ã¼"), as Meta writes it, in its letters; other texts as they are."""
    if text is None or not any(ord(c) > 127 for c in text) or any(ord(c) > 255 for c in text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


def _meta(record: Json) -> Iterator[Message]:
    for m in _listed(record, "messages"):
        yield Message(_text(record.get("thread_path")), _repaired(_text(m.get("sender_name"))), _repaired(_text(m.get("content"))), m.get("timestamp_ms"), "ms")


def _telegram_chats(record: Json) -> list[Json]:
    return _listed(record, "chats", "list") or [record]


def _telegram(record: Json) -> Iterator[Message]:
    for chat in _telegram_chats(record):
        for m in _listed(chat, "messages"):
            parts = m.get("text")
            text = "".join(_text(p.get("text") if isinstance(p, dict) else p) or "" for p in parts) if isinstance(parts, list) else _text(parts)
            yield Message(_text(chat.get("id")), _text(m.get("from")), text, m.get("date_unixtime"), "s", told="" if m.get("type") == "message" else "a line of the chat program")


_SLACK_NOBODY = re.compile(r".*_(?:join|leave|topic|purpose|name|archive|add|remove)|tombstone|reminder_add|channel_.*|group_.*")


def _slack(m: Json) -> Iterator[Message]:
    profile = m.get("user_profile")
    named = [profile.get(k) for k in ("real_name", "display_name", "name")] if isinstance(profile, dict) else []
    speaker = next((str(v) for v in (*named, m.get("username"), m.get("user"), m.get("bot_id")) if v), None)
    told = "a line of the chat program" if _SLACK_NOBODY.fullmatch(str(m.get("subtype") or "")) else ""
    yield Message(_text(m.get("thread_ts")), speaker, _text(m.get("text")), m.get("ts"), "s", "bot" if m.get("subtype") == "bot_message" else None, told=told)


def _teams_messages(record: Json) -> list[Json]:
    return _listed(record, "value") or [record]


def _teams(record: Json) -> Iterator[Message]:
    for m in _teams_messages(record):
        origin = _object(m, "from")
        who = next((found for k in ("user", "application", "device") if (found := _object(origin, k))), {})
        body = _object(m, "body")
        yield Message(_text(m.get("chatId") or m.get("replyToId")), _text(who.get("displayName")), _of_html(body.get("content")), m.get("createdDateTime"),
                      role="bot" if isinstance(origin.get("application"), dict) else None, told="" if m.get("messageType", "message") == "message" else "a line of the chat program")


def _intercom(record: Json) -> Iterator[Message]:
    source = _object(record, "source")
    contacts = _listed(record, "contacts", "contacts")
    opened = _object(source, "author")
    customer = _text(contacts[0].get("id")) if contacts else _text(opened.get("id")) if opened.get("type") in ("user", "lead", "contact") else None
    parts = [{"part_type": "comment", "body": source.get("body"), "created_at": record.get("created_at"), "author": opened}, *_listed(record, "conversation_parts", "conversation_parts")]
    for m in parts:
        author = _object(m, "author")
        kind = _text(author.get("type"))
        note = "a note among colleagues" if m.get("part_type") == "note" else "" if m.get("part_type") in ("comment", None) or m.get("body") else "an act without words (assignment, close)"
        yield Message(_text(record.get("id")), _text(author.get("name")) or kind, _of_html(m.get("body")), m.get("created_at"), "s", kind, customer, note)


def _zendesk(record: Json) -> Iterator[Message]:
    asker = _text(record.get("requester_id"))
    for m in _listed(record, "comments"):
        author = _text(m.get("author_id"))
        role = "customer" if author == asker else "agent"
        yield Message(_text(record.get("id")), role, _of_html(m.get("plain_body") or m.get("body") or m.get("html_body")), m.get("created_at"), role=role, customer=asker,
                      told="a note among colleagues" if m.get("public") is False else "")


def _discord(record: Json) -> Iterator[Message]:
    channel = _object(record, "channel")
    for m in _listed(record, "messages"):
        author = _object(m, "author")
        yield Message(_text(channel.get("id")), _text(author.get("nickname") or author.get("name")), _text(m.get("content")), m.get("timestamp"), role="bot" if author.get("isBot") else None,
                      told="" if m.get("type", "Default") in ("Default", "Reply") else "a line of the chat program")


_SPEECH = (("utterances",), ("results", "utterances"), ("segments",), ("results", "audio_segments"))


def _spoken(record: Json) -> tuple[list[Json], tuple[str, ...]]:
    return next(((found, path) for path in _SPEECH if (found := _listed(record, *path)) and all(_of_speech(m) for m in found[:20])), ([], ()))


def _of_speech(m: Json) -> bool:
    return any(isinstance(m.get(k), str) for k in ("text", "transcript")) and _number(m.get("start", m.get("start_time"))) is not None and _number(m.get("end", m.get("end_time"))) is not None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _speech(record: Json) -> Iterator[Message]:
    found, path = _spoken(record)
    thousandth = path == ("utterances",) and all(float(_number(m.get("start")) or 0).is_integer() and float(_number(m.get("end")) or 0).is_integer() for m in found)
    for m in found:
        speaker = m.get("speaker", m.get("speaker_label"))
        start, end = _number(m.get("start", m.get("start_time"))), _number(m.get("end", m.get("end_time")))
        scale = 1000.0 if thousandth else 1.0
        yield Message(None, None if speaker is None else f"Speaker {speaker}" if re.fullmatch(r"[A-Z]|\d+", str(speaker)) else str(speaker), _text(m.get("text", m.get("transcript"))),
                      start_s=None if start is None else start / scale, end_s=None if end is None else end / scale)


def _first(m: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    value = next((m[n] for n in names if m.get(n) is not None), None)
    return next((value[k] for k in ("name", "displayName", "id") if value.get(k)), None) if isinstance(value, dict) else value


def _pairs(record: Json) -> tuple[str, list[list[Any]]]:
    """The first list of [speaker, words] in a record, with its key."""
    return next(((k, v) for k, v in record.items() if isinstance(v, list) and v and all(isinstance(p, list) and len(p) == 2 and all(isinstance(x, str) for x in p) for p in v)), ("", []))


def _of_pairs(record: Json) -> Iterator[Message]:
    for speaker, text in _pairs(record)[1]:
        yield Message(_text(_first(record, CONVERSATION)), speaker, text, role=speaker)


def _plain(m: Json) -> bool:
    return any(m.get(n) is not None for n in SPEAKER) and any(isinstance(m.get(n), str) for n in WORDS)


def _plain_message(m: Json, conversation: Any) -> Message:
    role = _text(m.get("role") or m.get("author_type") or m.get("sender_type"))
    return Message(_text(conversation), _text(_first(m, SPEAKER)), _text(next((m[n] for n in WORDS if isinstance(m.get(n), str)), None)), _first(m, TIME), None, role)


def _holds_plain(record: Json) -> list[Json]:
    found = next((x for k in ("messages", "turns", "dialogue", "conversation", "transcript", "utterances") if (x := _listed(record, k))), [])
    return found if found and all(_plain(m) for m in found[:20]) else []


def _in_record(record: Json) -> Iterator[Message]:
    for m in _holds_plain(record):
        yield _plain_message(m, _first(record, CONVERSATION))


FORMS: tuple[Form, ...] = (
    Form("Instagram and Messenger", lambda r: any("sender_name" in m and "timestamp_ms" in m for m in _listed(r, "messages")[:5]), _meta),
    Form("Telegram", lambda r: any("date_unixtime" in m and "type" in m for c in _telegram_chats(r)[:5] for m in _listed(c, "messages")[:5]), _telegram),
    Form("Discord (DiscordChatExporter)", lambda r: "channel" in r and any(isinstance(m.get("author"), dict) and "content" in m for m in _listed(r, "messages")[:5]), _discord),
    Form("Slack", lambda r: r.get("type") == "message" and "ts" in r and "text" in r, _slack),
    Form("Teams (Graph)", lambda r: any("createdDateTime" in m and isinstance(m.get("body"), dict) for m in _teams_messages(r)[:5]), _teams),
    Form("Intercom", lambda r: isinstance(r.get("conversation_parts"), dict) and "source" in r, _intercom, "intercom_contact"),
    Form("Zendesk", lambda r: "requester_id" in r and any("author_id" in m for m in _listed(r, "comments")[:5]), _zendesk, "zendesk_requester"),
    Form("speech recognition (Whisper, AssemblyAI, Deepgram, AWS)", lambda r: bool(_spoken(r)[0]), _speech),
    Form("conversations with [speaker, words]", lambda r: bool(_pairs(r)[1]), _of_pairs),
    Form("conversations with messages", lambda r: bool(_holds_plain(r)), _in_record),
)
