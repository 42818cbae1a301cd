"""Conversations as data: who said what, in which order, in the JSON of each program and in tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cjm_research.clients.sniffing import propose
from cjm_research.errors import BadInput
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context, SourceTables

META = {"participants": [{"name": "J"}], "thread_path": "inbox/j_1", "messages": [
    {"sender_name": "J", "timestamp_ms": 1772442060000, "content": "Gr\u00c3\u00bc\u00c3\u009fe"}, {"sender_name": "Shop", "timestamp_ms": 1772442000000, "content": "Hello"},
    {"sender_name": "J", "timestamp_ms": 1772441000000, "photos": []}]}
TELEGRAM = {"id": 5, "name": "J", "messages": [
    {"id": 1, "type": "service", "date_unixtime": "1772442000", "actor": "J", "text": ""},
    {"id": 2, "type": "message", "date_unixtime": "1772442001", "from": "J", "text": ["see ", {"type": "link", "text": "x.org"}, " there"]},
    {"id": 3, "type": "message", "date_unixtime": "1772442002", "from": "Shop", "text": "Thanks"}]}
SLACK = [{"type": "message", "user": "U1", "ts": "1772442000.0001", "text": "Who has seen it?", "user_profile": {"real_name": "J"}},
         {"type": "message", "subtype": "channel_join", "user": "U2", "ts": "1772442001.0001", "text": "joined"},
         {"type": "message", "user": "U2", "ts": "1772442002.0001", "text": "I have"}]
TEAMS = {"value": [{"messageType": "message", "chatId": "c", "createdDateTime": "2026-03-02T09:00:01Z", "from": {"user": {"displayName": "J"}}, "body": {"contentType": "html", "content": "<p>It&amp;s</p><p>late</p>"}},
                   {"messageType": "systemEventMessage", "chatId": "c", "createdDateTime": "2026-03-02T09:00:02Z", "from": None, "body": {"content": "<x/>"}},
                   {"messageType": "message", "chatId": "c", "createdDateTime": "2026-03-02T09:00:00Z", "from": {"application": {"displayName": "Bot"}}, "body": {"content": "Hi"}}]}
INTERCOM = {"id": "9", "created_at": 1772442000, "source": {"body": "<p>Broken</p>", "author": {"type": "user", "id": "u7", "name": "J"}}, "conversation_parts": {"conversation_parts": [
    {"part_type": "note", "body": "angry", "created_at": 1772442001, "author": {"type": "admin", "name": "B"}}, {"part_type": "assignment", "body": None, "created_at": 1772442002, "author": {"type": "admin", "name": "B"}},
    {"part_type": "comment", "body": "<p>Sorry</p>", "created_at": 1772442003, "author": {"type": "admin", "name": "B"}}]}}
ZENDESK = {"id": 3, "requester_id": 7, "comments": [{"author_id": 7, "plain_body": "Late", "public": True, "created_at": "2026-03-02T09:00:00Z"},
                                                    {"author_id": 1, "plain_body": "ask Ben", "public": False, "created_at": "2026-03-02T09:00:01Z"},
                                                    {"author_id": 1, "plain_body": "Sorry", "public": True, "created_at": "2026-03-02T09:00:02Z"}]}
DISCORD = {"guild": {}, "channel": {"id": "1"}, "messages": [{"type": "Default", "timestamp": "2026-03-02T09:00:00+00:00", "content": "Hi", "author": {"name": "J", "isBot": False}},
                                                             {"type": "GuildMemberJoin", "timestamp": "2026-03-02T09:00:01+00:00", "content": "Joined", "author": {"name": "K", "isBot": False}},
                                                             {"type": "Default", "timestamp": "2026-03-02T09:00:02+00:00", "content": "Rules", "author": {"name": "B", "isBot": True}}]}
WHISPER = {"text": "a b", "segments": [{"id": 0, "start": 0.5, "end": 2.0, "text": " Hello there.", "speaker": "SPEAKER_00"}, {"id": 1, "start": 2.0, "end": 3.25, "text": " Yes.", "speaker": "SPEAKER_01"}]}
ASSEMBLY = {"utterances": [{"speaker": "A", "start": 500, "end": 2000, "text": "Hello there."}, {"speaker": "B", "start": 2000, "end": 3250, "text": "Yes."}]}
BOT = {"session_id": "s", "messages": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "On its way"}]}
PAIRS = [{"convo_id": 1, "original": [["agent", "Hello"], ["action", "looked up"], ["customer", "Hi"]]}]

CASES: dict[str, tuple[Any, list[tuple[str | None, str, bool | None]], int, bool]] = {  # JSON, turns, messages read, whether its form proves it
    "meta": (META, [("Shop", "Hello", None), ("J", "Grüße", None)], 3, True),
    "telegram": (TELEGRAM, [("J", "see x.org there", None), ("Shop", "Thanks", None)], 3, True),
    "slack": (SLACK, [("J", "Who has seen it?", None), ("U2", "I have", None)], 3, True),
    "teams": (TEAMS, [("Bot", "Hi", True), ("J", "It&s\nlate", None)], 3, True),
    "intercom": (INTERCOM, [("J", "Broken", False), ("B", "Sorry", True)], 4, True),
    "zendesk": (ZENDESK, [("customer", "Late", False), ("agent", "Sorry", True)], 3, True),
    "discord": (DISCORD, [("J", "Hi", None), ("B", "Rules", True)], 3, True),
    "whisper": (WHISPER, [("SPEAKER_00", "Hello there.", None), ("SPEAKER_01", "Yes.", None)], 2, True),
    "assembly": (ASSEMBLY, [("Speaker A", "Hello there.", None), ("Speaker B", "Yes.", None)], 2, True),
    "bot": (BOT, [("user", "Where is it?", False), ("assistant", "On its way", True)], 3, False),
    "pairs": (PAIRS, [("agent", "Hello", True), ("customer", "Hi", False)], 3, False),
}


def read(folder: Path, **more: Any) -> SourceTables:
    source = Source.model_validate({"name": "c", "kind": "conversations", "files": "x"} | more)
    return SOURCES["conversations"].read(sorted(p for p in folder.iterdir() if p.is_file()), source, Context("acme", "UTC"))


def said(tables: SourceTables) -> list[tuple[str | None, str, bool | None]]:
    text = dict(zip(tables.tables["documents"]["document_id"], tables.tables["documents"]["text"], strict=True))
    return [(None if t.speaker is None else str(t.speaker), text[t.document_id][t.start:t.end], None if t.is_interviewer is None or t.is_interviewer != t.is_interviewer else t.is_interviewer)
            for t in tables.tables["turns"].astype(object).where(tables.tables["turns"].notna(), None).itertuples()]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("suffix", [".json", ""])
def test_each_programs_json_is_known_and_read(name: str, suffix: str, tmp_path: Path) -> None:
    content, turns, messages, proven = CASES[name]
    (tmp_path / f"x{suffix}").write_text(json.dumps(content))
    found = read(tmp_path)
    assert said(found) == turns
    assert found.report.rows_read == messages == len(turns) + sum(found.report.dropped.values())
    (recognised, trial), = propose(tmp_path).trials
    assert (recognised.kind, recognised.proven, trial.problem) == ("conversations", proven, "")


def test_a_person_in_the_name_of_a_file_names_no_document(tmp_path: Path) -> None:
    (tmp_path / "Jane Doe.json").write_text(json.dumps({**META, "thread_path": None}))
    document, = read(tmp_path).tables["documents"]["document_id"]
    assert "Jane" not in document and document.startswith("chat_")


def test_times_in_a_recording(tmp_path: Path) -> None:
    for name, content in (("a", WHISPER), ("b", ASSEMBLY)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.json").write_text(json.dumps(content))
        turns = read(tmp_path / name).tables["turns"]
        assert turns["start_s"].tolist() == [0.5, 2.0] and turns["end_s"].tolist() == [2.0, 3.25]
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "x.csv").write_text("speaker,start,text\nI,0:05,How was it?\nP,1:02:03.5,It was fine.\n")
    turns = read(tmp_path / "t", columns={"speaker": "speaker", "text": "text", "start_s": "start"}).tables["turns"]
    assert turns["start_s"].tolist() == [5.0, 3723.5]


def test_the_customer_of_a_ticket_is_tied_and_has_one_interaction(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("\n".join(json.dumps({**ZENDESK, "id": i}) for i in (1, 2)) + "\n")
    found = read(tmp_path, constants={"channel": "chat"}).tables
    assert found["documents"][["key_type", "customer_key"]].values.tolist() == [["zendesk_requester", "7"]] * 2
    assert found["interactions"][["customer_key", "event", "channel"]].values.tolist() == [["7", "conversation", "chat"]] * 2


def test_who_serves_may_be_said(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(META))
    assert said(read(tmp_path, settings={"interviewers": ["shop"]})) == [("Shop", "Hello", True), ("J", "Grüße", False)]
    (recognised, trial), = propose(tmp_path).trials
    assert [q.key for q in trial.questions] == ["interviewers"] and "company" in trial.questions[0].ask


@pytest.mark.parametrize("table", ["Speaker;Text;Timecode\n", "call_id;role;utterance;time\n"])
def test_a_table_of_turns_is_proposed(table: str, tmp_path: Path) -> None:
    wide = table.startswith("call")
    rows = "".join(f"{f'k{i // 6};' if wide else ''}{('Agent', 'Customer')[i % 2]};What was said as number {i};{f'2026-03-02T09:00:{i:02}Z' if wide else f'00:{i:02}'}\n" for i in range(18))
    (tmp_path / "t.csv").write_text(table + rows)
    (found, trial), = propose(tmp_path).trials
    assert (found.kind, found.proven) == ("conversations", False)
    assert trial.delivered is not None and trial.delivered.report.rows_kept["turns"] == 18
    assert trial.delivered.report.rows_kept["documents"] == (3 if wide else 1)


@pytest.mark.parametrize("table", ["author,text,stars\n" + "".join(f"a{i % 3},It was a very nice place {i},{i % 5}\n" for i in range(12)),  # reviews
                                   "from,to,content\n" + "".join(f"p{i % 3},p{i % 2},x{i}\n" for i in range(12))])  # ids
def test_what_is_no_talk_is_not_proposed_as_one(table: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table)
    assert all(r.kind != "conversations" for r, _ in propose(tmp_path).trials)


def test_two_programs_in_one_source_and_unknown_json_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(META))
    (tmp_path / "b.json").write_text(json.dumps(ZENDESK))
    with pytest.raises(BadInput, match="2 programs"):
        read(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps({"x": 1}))
    with pytest.raises(BadInput, match="no conversations") as told:
        read(tmp_path)
    assert "columns" in told.value.next


def test_published_chats(shared: Path) -> None:
    source = Source(name="c", kind="conversations", files="x")
    found = SOURCES["conversations"].read([shared / "data" / "chats" / "abcd_sample.json"], source, Context("c", None))
    turns = found.tables["turns"]
    assert (found.report.rows_read, turns["is_interviewer"].sum(), (~turns["is_interviewer"]).sum(), len(found.tables["documents"])) == (72, 32, 31, 3)
    target = json.loads((shared / "data" / "chats" / "instagram_target.json").read_text())
    found = SOURCES["conversations"].read([shared / "data" / "chats" / "instagram_test_export.json"], source, Context("c", None))
    assert said(found) == [(m["author"], m["message"], None) for m in reversed(target)]
