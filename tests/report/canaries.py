"""A client whose every export holds planted identifiers, in every field that a text can stand in and in the names of files."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import yaml

from cjm_research.params import Workspace

from .canaries_contained import contained

FORMS = ["canary{n}.fox@firma{n}.de", "0151 23{n:06d}", "BK8990{n}", "Q. Canary{n}"]  # an address, a phone, ids of the vault
MAIL, PHONE, NUMBER, LOGIN = range(4)
PROJECT = """<Project xmlns="urn:QDA-XML:project:1.0" name="{p1}"><Users><User guid="{u}" name="{p2}"/></Users><CodeBook><Codes>
<Code guid="{c}" name="Pain {p3}" isCodable="true"><Description>{p4}</Description></Code></Codes></CodeBook>
<Variables><Variable guid="{v}" name="Persona" typeOfVariable="Text"/><Variable guid="{w}" name="Participant" typeOfVariable="Text"/></Variables>
<Cases><Case guid="{k}" name="{p5}"><VariableValue><VariableRef targetGUID="{v}"/><TextValue>{p6}</TextValue></VariableValue>
<VariableValue><VariableRef targetGUID="{w}"/><TextValue>{p7}</TextValue></VariableValue><SourceRef targetGUID="{s}"/></Case></Cases>
<Sources><TextSource guid="{s}" name="talk {p8}" plainTextPath="internal://{s}.txt"><Description>{p9}</Description>
<PlainTextSelection guid="{l}" name="{p10}" startPosition="0" endPosition="{end}"><Description>{p11}</Description>
<Coding guid="{d}" creatingUser="{u}"><CodeRef targetGUID="{c}"/><NoteRef targetGUID="{n}"/></Coding></PlainTextSelection></TextSource></Sources>
<Notes><Note guid="{n}" name="{p12}"><PlainTextContent>{p13}</PlainTextContent></Note></Notes></Project>"""
GUIDS = {k: f"{i:08x}-0000-4000-8000-000000000000" for i, k in enumerate("ucvwkslnd", 1)}


#: what the client asks of its journey: of two events beside those whose names hold canaries
ASKED: dict[str, Any] = {
    "evidence": {"percent_from": 1, "headline_from": 1, "curve_from": 1}, "questions": [{"ask": "Where do we lose customers?", "about": "pain_points"}],
    "journey": {"stages": [{"name": "Looking", "touchpoints": [{"name": "Page", "match": {"event": "visit"}}]}, {"name": "Buying", "touchpoints": [{"name": "Till", "match": {"event": "buy"}}]}]},
    "funnels": [{"name": "purchase", "window": "30d", "steps": [{"name": "Visit", "event": "visit"}, {"name": "Buy", "event": "buy"}], "breakdown": ["attributes.segment"]}],
    "comparisons": [{"name": "seen", "with_it": "seen", "without_it": "not seen", "when": {"event": "visit"}, "outcome": {"event": "buy"}}]}


class Plants:
    """Gives canaries and remembers them."""

    def __init__(self) -> None:
        self.planted: list[str] = []
        self.customers: list[str] = []

    @property
    def mails(self) -> set[str]:
        """The addresses."""
        return {c for c in self.planted if "@" in c}

    def __call__(self, form: int | None = None) -> str:
        number = 10 + len(self.planted)
        kind = number % 4 if form is None else form
        made = FORMS[kind].format(n=number)
        self.planted.append(made)
        if kind >= NUMBER:
            self.customers.append(made)
        return made


def table(path: Path, head: str, rows: list[list[Any]]) -> None:
    """Write a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head.split(","), *rows])


def planted_client(root: Path) -> tuple[Workspace, Plants]:
    """The client, not yet built, and what was planted: in every kind of source there is."""
    p, raw = Plants(), root / "data" / "raw" / "acme"
    sources = [*_records(p, raw), *_surveys(p, raw), *_tests(p, raw), *_interviews(p, raw), *contained(p, raw)]
    table(raw / f"people {p(MAIL)}.csv", "user,segment", [[u, p(n % 2)] for n, u in enumerate(list(p.customers))])
    sources.append({"name": "people", "kind": "customers", "files": "people*.csv", "columns": {"customer_id": "user"}})
    settings = {"client": "acme", "title": "Acme", "timezone": "Europe/Berlin", "language": "de-DE", "currency": "EUR", "privacy": {"min_cell": 1}, "sources": sources, **ASKED}
    (root / "params").mkdir()
    (root / "params" / "_defaults.yaml").write_text("title: x\n")
    (root / "params" / "acme.yaml").write_text(yaml.safe_dump(settings))
    return Workspace(root), p


def _records(p: Plants, raw: Path) -> list[dict[str, Any]]:
    days = [f"2026-01-{n + 1:02d}T10:00:00Z" for n in range(8)]
    table(raw / f"events {p(MAIL)}.csv", "user,at,event,id,session,channel,touchpoint,stage,page,segment,note", [
        [p(2 + n % 2), day, f"open {p()}", p(), p(), p(), f"shelf {p(n % 2)}", p(), f"/u/{p(MAIL)}/x", p(), f"{p()} and {p()}"] for n, day in enumerate(days)] + [
        [user, f"2026-01-{10 + n:02d}T10:0{at}:00Z", event, f"{event}-{n}-{k}", "", "web", "", "", "", "", ""]
        for k, user in enumerate(p.customers) for at, (n, event) in enumerate(((k % 9, "visit"), (k % 9, "buy"))) if event == "visit" or k % 3])
    ga4 = [{"event_timestamp": str(1_767_000_000_000_000 + n), "event_name": f"view {p()}", "user_pseudo_id": p(LOGIN), "user_id": p(NUMBER), "platform": "WEB",
            "event_params": [{"key": k, "value": v} for k, v in {
                "ga_session_id": {"int_value": "7"}, "page_location": {"string_value": f"https://shop.example/users/{p(MAIL)}/orders"},
                "page_title": {"string_value": f"Hello {p()}"}, "source": {"string_value": p()}, "campaign": {"string_value": f"win {p()}"}, "term": {"string_value": p()}}.items()],
            "traffic_source": {"source": p(), "medium": p(), "name": p()}, "device": {"category": p()}, "geo": {"country": p(), "city": p()},
            "items": [{"item_id": p(), "item_name": p(), "item_category": p(), "quantity": 1}], "ecommerce": {"transaction_id": p()},
            "user_properties": [{"key": "team", "value": {"string_value": p()}}]} for n in range(2)]
    (raw / "ga4").mkdir()
    (raw / "ga4" / "events_20260105.json").write_text("\n".join(json.dumps(e) for e in ga4) + "\n")
    table(raw / f"reviews {p(MAIL)}.csv", "id,user,at,title,text,label,channel,touchpoint,stage", [
        [p(), p(2 + n % 2), day, p(), f"I am {p()}.\nKind regards\n{p(PHONE)}\n{p(MAIL)}", p(), p(), p(), p()] for n, day in enumerate(days[:4])])
    table(raw / f"deals {p(MAIL)}.csv", "deal,user,stage,at,owner", [[p(), u, p(), day, p()] for u, day in zip(p.customers[:4], days, strict=False)])
    events = "".join(f'<trace><string key="concept:name" value="{p(NUMBER)}"/><string key="region" value="{p()}"/><event><string key="concept:name" value="{p()}"/>'
                     f'<date key="time:timestamp" value="2026-01-05T10:00:00Z"/><string key="org:resource" value="{p()}"/></event></trace>' for _ in range(2))
    (raw / f"log {p(MAIL)}.xes").write_text(f"<log>{events}</log>")
    feed = {"post_visid_high": "30123456789", "post_visid_low": "67123456789", "visit_num": "1", "visit_start_time_gmt": "1772442000", "visit_page_num": "1", "post_cust_hit_time_gmt": "1772442000",
            "exclude_hit": "0", "post_pagename": f"Hello {p()}", "post_page_url": f"https://shop.example/users/{p(MAIL)}", "post_campaign": p(), "post_channel": p(),
            "post_event_list": "201", "post_product_list": f";{p()};1;9.50", "browser": "7", "post_evar1": p()}
    (raw / "feed").mkdir()
    for name, text in (("column_headers", "\t".join(feed)), ("hit_data", "\t".join(feed.values())), ("event", f"201\tCustom {p()}"), ("browser", f"7\tBrowser {p()}")):
        (raw / "feed" / f"{name}.tsv").write_text(f"{text}\n")
    by_user = {"customer_id": "user"}
    return [
        {"name": "adobe", "kind": "adobe_datafeed", "files": "feed/*.tsv", "settings": {"events": {"event201": f"seen {p()}"}, "properties": {"login": "post_evar1"}}},
        {"name": "web", "kind": "events", "files": "events*.csv", "columns": by_user | {
            "occurred_at": "at", "event": "event", "channel": "channel", "touchpoint": "touchpoint", "stage": "stage", "interaction_id": "id", "session_id": "session"}},
        {"name": "site", "kind": "ga4", "files": "ga4/*.json", "settings": {"params": ["page_title", "term"], "keep_query": True}},
        {"name": "reviews", "kind": "feedback", "files": "reviews*.csv", "columns": by_user | {
            "feedback_id": "id", "published_at": "at", "title": "title", "text": "text", "label": "label", "channel": "channel", "touchpoint": "touchpoint", "stage": "stage"}},
        {"name": "deals", "kind": "crm", "files": "deals*.csv", "columns": by_user | {"deal_id": "deal", "stage": "stage", "entered_at": "at"}},
        {"name": "log", "kind": "xes", "files": "log*.xes"}]


def _surveys(p: Plants, raw: Path) -> list[dict[str, Any]]:
    table(raw / f"survey {p(MAIL)}.csv", "id,user,at,wave,team,why,say", [
        [p(), p(2 + n % 2), "2026-02-01T10:00:00Z", p(), p(), p(), f"Call {p(PHONE)} or {p(MAIL)}, says {p(NUMBER)}"] for n in range(3)])
    table(raw / f"qualtrics {p(MAIL)}.csv", "ResponseId,RecordedDate,Finished,user,Q1,Q2", [
        ["Response ID", "Recorded Date", "Finished", "user", f"What do you tell {p(MAIL)}?", f"Why call {p(PHONE)}?"],
        [json.dumps({"ImportId": k}) for k in ("_recordId", "recordedDate", "finished", "user", "QID1", "QID2_TEXT")],
        *([p(), "2026-02-01 10:00:00", "True", p(2 + n % 2), p(), f"Write to {p(MAIL)}, {p(LOGIN)} knows"] for n in range(3))])
    return [
        {"name": "survey", "kind": "survey", "files": "survey*.csv", "columns": {"response_id": "id", "customer_id": "user", "answered_at": "at", "wave": "wave"},
         "settings": {"attributes": ["team"]}, "questions": [{"column": "why", "instrument": "choice"}, {"column": "say", "instrument": "text"}]},
        {"name": "panel", "kind": "qualtrics", "files": "qualtrics*.csv", "columns": {"customer_id": "user"},
         "questions": [{"column": "Q1", "instrument": "choice"}, {"column": "Q2", "instrument": "text"}]}]


def _tests(p: Plants, raw: Path) -> list[dict[str, Any]]:
    arms, kpi, device = [p(), p()], p(MAIL), [p(), p()]
    table(raw / f"test {p(MAIL)}.csv", f"unit,user,arm,cluster,device,{kpi}", [
        [p(), p(2 + n % 2), arms[n % 2], p(), device[n % 2], n % 2] for n in range(4)])
    table(raw / f"looks {p(MAIL)}.csv", "test,arm,kpi,days,n0,n1,m0,m1,v0,v1", [[p(), p(), p(), 1, 100, 98, 0.11, 0.12, 0.09, 0.1]])
    return [
        {"name": "test", "kind": "experiment", "files": "test*.csv", "columns": {"unit_id": "unit", "customer_id": "user", "variant": "arm", "cluster": "cluster"},
         "settings": {"metrics": [kpi], "properties": ["device"]}},
        {"name": "looks", "kind": "checkpoints", "files": "looks*.csv", "columns": {
            "experiment": "test", "variant": "arm", "metric": "kpi", "since": "days", "n_control": "n0", "n_variant": "n1",
            "mean_control": "m0", "mean_variant": "m1", "var_control": "v0", "var_variant": "v1"}}]


def _interviews(p: Plants, raw: Path) -> list[dict[str, Any]]:
    talks = [f"talk {p(form)}" for form in (MAIL, NUMBER)]
    (raw / "talks").mkdir()
    said = [[p(n) for n in range(4)] for _ in talks]
    for talk, words in zip(talks, said, strict=True):
        lines = [f"Interviewer: What about {words[0]}?", f"{words[3]}: My number is {words[1]}.", "Interviewer: And then?", f"{words[3]}: I am {words[2]}."]
        (raw / "talks" / f"{talk}.txt").write_text("\n".join(lines) + "\n")
    table(raw / "talks" / "people.csv", "document,participant,persona,user", [[t, p(), p(), p(NUMBER)] for t in talks])
    chats = [(p(NUMBER), p(NUMBER), p(LOGIN), p(LOGIN)) for _ in range(2)]
    table(raw / f"chats {p(MAIL)}.csv", "chat,who,said,at,role,user", [
        [chat, who, f"{word} {p(form)}, please", f"2026-01-20 09:0{form}:00", role, user] for chat, user, asks, helps in chats
        for who, word, role, form in ((asks, "I am", "customer", MAIL), (helps, "Call", "agent", PHONE), (asks, "It is", "customer", NUMBER))])
    quote = f"My number is {said[0][1]}"
    table(raw / f"coded {p(MAIL)}.csv", "document,code,quote,coder,memo", [[talks[0], f"Pain > {p(form)}", quote, p(), p()] for form in (MAIL, NUMBER)])
    text = f"We met {p(MAIL)} there.\n"
    held = {f"p{n}": p() for n in range(1, 14)}
    with zipfile.ZipFile(raw / f"project {p(MAIL)}.qdpx", "w") as archive:
        archive.writestr("project.qde", PROJECT.format(**held, **GUIDS, end=len(text) - 1))
        archive.writestr(f"sources/{GUIDS['s']}.txt", text)
    return [
        {"name": "chats", "kind": "conversations", "files": "chats*.csv", "columns": {
            "document_id": "chat", "speaker": "who", "text": "said", "occurred_at": "at", "role": "role", "customer_id": "user"}},
        {"name": "talks", "kind": "transcripts", "files": ["talks/talk*", "talks/people.csv"], "columns": {
            "document_id": "document", "participant_id": "participant", "persona": "persona", "customer_id": "user"}, "settings": {"interviewers": ["Interviewer"]}},
        {"name": "coded", "kind": "codings_csv", "files": ["coded*.csv", "talks/talk*"], "columns": {
            "document_id": "document", "code": "code", "quote": "quote", "coder": "coder", "memo": "memo"}},
        {"name": "project", "kind": "refi_qda", "files": "project*.qdpx"}]
