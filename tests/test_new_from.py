"""`cjm new CLIENT --from FOLDER`: what each file is, what is asked, and params that `cjm check` takes."""

from __future__ import annotations

import gzip
import os
import shutil
import site
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cjm_research.clients import check_client
from cjm_research.clients.new import new_from, proposal_of
from cjm_research.clients.sniffing import propose
from cjm_research.clients.sniffing.written import params_text
from cjm_research.command.cli import main
from cjm_research.command.setting_up import set_up
from cjm_research.errors import BadInput, CjmError
from cjm_research.params import Workspace, load_params
from cjm_research.sources.contract import find_files
from cjm_research.workspaces import make_workspace
from tests.sources.presets.samples import SAMPLES

EVENTS = "person_id,when,action\n" + "".join(f"p{i},2026-01-{1 + i % 9:02}T10:{m:02}:00Z,{a}\n" for i in range(40) for m, a in enumerate(["visit page", "add to cart", "buy"][: 1 + i % 3]))


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    make_workspace(tmp_path / "w")
    return Workspace(tmp_path / "w")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "exports").mkdir()
    return tmp_path / "exports"


def _kinds(folder: Path) -> dict[str, tuple[str, bool]]:
    return {r.sample.files[0]: (r.kind, r.proven) for r, _ in propose(folder).trials}


@pytest.mark.parametrize("kind", sorted(SAMPLES))
@pytest.mark.parametrize("packed", [False, True])
def test_a_vendors_export_is_known_whatever_its_file_is_called(kind: str, packed: bool, folder: Path) -> None:
    content = SAMPLES[kind][1]
    (folder / "export").write_bytes(gzip.compress(content) if packed else content)
    assert _kinds(folder) == {"export": (kind, True)}
    (_, read), = propose(folder).trials
    assert read.delivered is not None and read.delivered.report.rows_read, read.problem  # what is recognised is read, too


def test_no_ordinary_table_is_taken_for_a_vendors(folder: Path) -> None:
    found = sorted(p for root in {*site.getsitepackages(), *(p for p in sys.path if p.endswith("site-packages"))} for p in Path(root).glob("**/*.csv") if p.stat().st_size < 2_000_000)
    assert len(found) > 30
    for number, path in enumerate(found[:250]):
        (folder / f"table_{number:03}_{'x' * (number % 7)}.csv").write_bytes(path.read_bytes())
    assert {k: v for k, v in _kinds(folder).items() if v[1]} == {}


def test_transcripts_of_a_folder_are_one_source_and_who_asks_is_asked(folder: Path) -> None:
    (folder / "talks").mkdir()
    said = "".join(f"Maria: What happened then, number {i}?\nJonas: I waited {i} days for it.\n" for i in range(8))
    (folder / "talks" / "a.txt").write_text(said)
    (folder / "talks" / "b.srt").write_text("".join(f"{i + 1}\n00:00:{i:02},000 --> 00:00:{i + 1:02},000\n{'Maria' if i % 2 == 0 else 'Ida'}: Words number {i}\n\n" for i in range(12)))
    (found, read), = propose(folder).trials
    assert (found.kind, found.proven, read.source["files"]) == ("transcripts", True, ["talks/a.txt", "talks/b.srt"])
    question, = [q for q in read.questions if q.key == "interviewers"]
    assert question.proposed == "Maria"  # heard in both
    said_ = yaml.safe_load(params_text("acme", propose(folder), {("talks", "interviewers"): "Maria"}))
    assert said_["sources"][0]["settings"] == {"interviewers": ["Maria"]}


@pytest.mark.parametrize(("table", "kind"), [
    ("email,dob,city\n" + "".join(f"p{i % 7}@example.org,19{60 + i % 30}-06-24,Ulm\n" for i in range(20)), ""),  # days of birth are no events
    ("contact_id,_fivetran_synced,list\n" + "".join(f"c{i % 5},2026-01-{1 + i:02} 10:00:00,l{i}\n" for i in range(20)), ""),  # when the pipe ran
    ("email_client,status,opted\n" + "".join(f"{'Gmail' if i % 2 else 'Outlook'},{'in' if i % 3 else 'out'},2026-01-{1 + i:02} 10:00:00\n" for i in range(20)), ""),  # programs are no persons
    ("client_id,status,opted_at\n" + "".join(f"c{i % 5},{'in' if i % 3 else 'out'},2026-01-{1 + i:02} 10:00:00\n" for i in range(20)), "events")])
def test_what_is_no_customer_and_no_time_of_theirs_is_not_proposed(table: str, kind: str, folder: Path) -> None:
    (folder / "t.csv").write_text(table)
    assert [k for k, _ in _kinds(folder).values()] == ([kind] if kind else [])


def test_a_list_of_names_and_values_is_no_talk_and_words_with_commas_are(folder: Path) -> None:
    (folder / "manifest.txt").write_text("Count: 2\nFile: a_2026.tsv.gz\nSize: 72770\nFile: b_2026.tsv.gz\nSize: 3129118\n")
    (folder / "talk.txt").write_text("".join(f"Dan: So, well, first, how, if at all, did you, say, use it, {i}?\nParticipant: Not at all, no.\n" for i in range(6)))
    (found, read), = propose(folder).trials
    assert (found.sample.files, found.kind) == (["talk.txt"], "transcripts")
    assert all("Participant" not in q.proposed for q in read.questions if q.key == "interviewers")


@pytest.mark.parametrize(("head", "said"), [(b"Hyper\x08\0\0", "Tableau"), (b"a.tsv".ljust(257, b"\0") + b"ustar  \0" + bytes(300), "tar archive")])
@pytest.mark.parametrize("packed", [False, True])
def test_a_container_without_a_reader_is_named(head: bytes, said: str, packed: bool, folder: Path) -> None:
    (folder / "x").write_bytes(gzip.compress(head) if packed else head)
    other, = propose(folder).others
    assert said in other.why


def test_sources_of_one_name_are_told_apart_by_their_folders(folder: Path) -> None:
    for place in ("app", "web"):
        (folder / place).mkdir()
        (folder / place / "log.jsonl").write_bytes(SAMPLES["mixpanel" if place == "app" else "segment_log"][1])
    assert [t.source["name"] for _, t in propose(folder).trials] == ["log", "web_log"]


def test_a_row_of_moments_is_events(folder: Path) -> None:
    (folder / "orders.csv").write_text("order_id,customer_id,order_purchase_timestamp,order_approved_at,order_delivered_date\n"
                                       + "".join(f"o{i},c{i},2026-01-0{1 + i % 8}T10:00:00Z,2026-01-0{1 + i % 8}T11:00:00Z,{'2026-01-09T10:00:00Z' if i % 2 else ''}\n" for i in range(20)))
    (found, read), = propose(folder).trials
    assert found.kind == "events" and not found.proven
    assert found.settings == {"time_columns": {"order_purchase_timestamp": "purchase", "order_approved_at": "approved", "order_delivered_date": "delivered"}}
    assert read.delivered is not None and len(read.delivered.tables["interactions"]) == 50


def test_arms_and_units_are_a_test(folder: Path) -> None:
    (folder / "t.csv").write_text("customer_no,variant,converted\n" + "".join(f"c{i},{'AB'[i % 2]},{i % 3 == 0:d}\n" for i in range(30)))
    (found, _), = propose(folder).trials
    assert (found.kind, found.proven, found.columns) == ("experiment", False, {"unit_id": "customer_no", "variant": "variant"})


def test_a_test_without_ids_asks_for_its_outcomes(folder: Path) -> None:
    (folder / "t.csv").write_text("history,segment,visit\n" + "".join(f"{i}.5,{('No E-Mail', 'Mens')[i % 2]},{i % 3 == 0:d}\n" for i in range(30)))
    (found, read), = propose(folder).trials
    assert (found.kind, found.columns, [q.key for q in read.questions]) == ("experiment", {"variant": "segment"}, ["kind", "metrics"])
    said = yaml.safe_load(params_text("acme", propose(folder), {("t", "kind"): "experiment", ("t", "metrics"): "visit"}))
    assert said["sources"][0]["settings"] == {"metrics": ["visit"]}
    (folder / "t.csv").write_text("history,segment,visit\n" + "".join(f"{i}.5,{('Gold', 'Silver')[i % 2]},{i % 3 == 0:d}\n" for i in range(30)))
    assert not propose(folder).trials  # groups of customers are no arms


def test_complaints_bring_topic_channel_and_number(folder: Path) -> None:
    rows = "".join(f"2026-01-{1 + i:02},{('Late', 'Lost')[i % 2]},{('It came later than you promised me: number ' + str(i)) if i % 3 else ''},{('Web', 'Phone')[i % 2]},{i + 700}\n" for i in range(24))
    (folder / "c.csv").write_text("Date received,Issue,Narrative,Submitted via,Complaint ID\n" + rows)
    (found, read), = propose(folder).trials
    assert found.columns == {"text": "Narrative", "feedback_id": "Complaint ID", "published_at": "Date received", "label": "Issue", "channel": "Submitted via"}
    assert read.delivered is not None and len(read.delivered.tables["feedback"]) == 24  # rows without a text have a topic
    (folder / "c.csv").write_text("text,category\n" + "".join(f"How do I find the number of my card {i}?,{('card', 'pin')[i % 2]}\n" for i in range(24)))
    (found, _), = propose(folder).trials
    assert (found.kind, found.columns) == ("feedback", {"text": "text", "label": "category"})


@pytest.mark.parametrize(("answers", "instrument"), [(["0", "1"], "choice"), (["0", "5", "10"], "choice"), (["0", "3", "7", "9", "10"], "nps")])
def test_yes_and_no_are_no_scale_of_recommendation(answers: list[str], instrument: str) -> None:
    from cjm_research.clients.sniffing.columns import Columns

    frame = pd.DataFrame({"Would you recommend us?": pd.Series(answers * 4, dtype="string"), "n": pd.Series(range(4 * len(answers))).astype("string")})
    assert Columns.of(frame).questions()[0]["instrument"] == instrument


def test_a_very_long_survey_says_which_questions_are_not_listed(tmp_path: Path) -> None:
    from cjm_research.clients.sniffing.columns import MOST_QUESTIONS, Columns

    frame = pd.DataFrame({f"Q{k} How much do you agree with this?": list("ababab") for k in range(MOST_QUESTIONS + 12)})
    assert Columns.of(frame.iloc[:, :200]).unlisted == "" and len(Columns.of(frame.iloc[:, :200]).questions()) == 200
    assert len(Columns.of(frame).questions()) == MOST_QUESTIONS and "the first 300 are listed: the other 12 are not read" in Columns.of(frame).unlisted


def test_a_chat_of_few_messages_is_a_talk(folder: Path) -> None:
    (folder / "c[1].txt").write_text("[2026-01-24, 12:23] Jane Doe: Hello!\n[2026-01-24, 12:24] John Doe: Hello,\nhow are you?\n")
    (found, read), = propose(folder).trials
    assert (found.kind, found.proven) == ("transcripts", False)
    assert read.delivered is not None and len(read.delivered.tables["turns"]) == 2


def test_the_same_rows_in_two_files_count_once(place: Workspace, folder: Path) -> None:
    name, content, rows, _ = SAMPLES["amplitude"]
    (folder / "a.json").write_bytes(content)
    (folder / "b.json.gz").write_bytes(gzip.compress(content + b"\n"))
    found = propose(folder)
    assert [(t.source["name"], t.again) for _, t in found.trials] == [("a", ""), ("b", "a")]
    text = params_text("acme", found, {})
    assert [s["name"] for s in yaml.safe_load(text)["sources"]] == ["a"] and "same rows as a" in text
    new_from("acme", place, folder, found, {})
    assert {t["table"]: t["rows"] for t in check_client("acme", place).tables}["interactions"] == rows


def test_rows_that_share_only_some_are_both_read(folder: Path) -> None:
    for name, days in (("jan", range(1, 15)), ("feb", range(10, 24))):
        (folder / f"{name}.csv").write_text("case:concept:name,concept:name,time:timestamp,lifecycle:transition\n" + "".join(f"{d},Sent,2026-01-{d:02}T10:00:00Z,complete\n" for d in days))
        (folder / f"{name}.csv").rename(folder / f"{name}_log.csv")
    assert [t.again for _, t in propose(folder).trials] == ["", ""]


def test_a_folder_without_a_recognised_file_says_what_to_do(place: Workspace, folder: Path) -> None:
    from cjm_research.command.setting_up import set_up

    (folder / "t.csv").write_text("a,b\n1,2\n")
    told: list[str] = []
    set_up("acme", place, folder, asking=False, say=told.append)
    assert "no file was recognised" in told[-1] and "data/raw/acme/" in told[-1]
    assert "cjm sources KIND" in place.params_file("acme").read_text()


@pytest.mark.parametrize("table", [
    "Timestamp,Username,Action\n3/2/2026 9:00:00,ann,login\n3/2/2026 9:01:00,bob,login\n", "id,stars,text,createdAt,title\n1,5,Nice place here,2026-01-01,Good\n",
    "id,x[0],x[1]\n1,2,3\n2,3,4\n", "Id,Requester,Created at,Updated at,Subject\n1,Ann,2026-01-01,2026-01-02,Chair\n", "event,timestamp,user_id\na,1,2\n"])
def test_what_only_resembles_an_export_is_not_taken_for_one(table: str, folder: Path) -> None:
    (folder / "t.csv").write_text(table)
    assert not any(proven for _, proven in _kinds(folder).values())


def test_a_wrong_answer_is_told_and_asked_again_and_the_end_of_input_ends_the_asking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cjm_research.command.setting_up import _asked

    (folder / "log.csv").write_text(EVENTS.replace("Z,", ","))
    said, told = iter(["ga5", "y", "Berlin", "Europe/Berlin"]), list[str]()
    monkeypatch.setattr("builtins.input", lambda _: next(said))
    assert _asked(propose(folder), told.append) == {("log", "kind"): "events", ("log", "timezone"): "Europe/Berlin"}
    assert any("ga5" in t and "ga4" in t for t in told) and any("Berlin" in t and "zone" in t for t in told)

    def ended(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    assert _asked(propose(folder), told.append) == {}


def test_a_long_list_of_json_is_known(folder: Path) -> None:
    import json

    one = json.loads(SAMPLES["app_store"][1])["data"][0]
    (folder / "r.json").write_text(json.dumps({"data": [{**one, "id": f"r{i}"} for i in range(30_000)]}))
    assert (folder / "r.json").stat().st_size > 4 << 20 and _kinds(folder) == {"r.json": ("app_store", True)}


def test_files_of_one_pattern_are_one_source(folder: Path) -> None:
    for day in ("01", "02", "03"):
        (folder / f"events_202601{day}.csv").write_text(EVENTS)
    found = propose(folder)
    assert [r.sample.files for r, _ in found.trials] == [[f"events_202601{d}.csv" for d in ("01", "02", "03")]]


def test_what_is_not_proven_is_not_read_until_somebody_says_so(folder: Path) -> None:
    (folder / "log.csv").write_text(EVENTS)
    found = propose(folder)
    open_ = params_text("acme", found, {})
    assert yaml.safe_load(open_)["sources"] == [] and "QUESTION: Does it hold events of any tool?" in open_ and "journey" not in yaml.safe_load(open_)
    said = yaml.safe_load(params_text("acme", found, {("log", "kind"): "events"}))
    assert said["sources"] == [{"name": "log", "kind": "events", "files": "log.csv", "columns": {"customer_id": "person_id", "occurred_at": "when", "event": "action"}}]
    assert [s["name"] for s in said["journey"]["stages"]] == ["Awareness", "Purchase"]
    assert [s["event"] for s in said["funnels"][0]["steps"]] == [["visit page"], ["add to cart"], ["buy"]] or [s["event"] for s in said["funnels"][0]["steps"]] == ["visit page", "add to cart", "buy"]


def test_spellings_of_one_event_are_one_touchpoint() -> None:
    from cjm_research.clients.sniffing.journey import Journey, sections

    said = sections(Journey(stages={"Purchase": ["buy", "Buy", "add_to_cart"]}, funnel=["buy", "Buy"]))
    assert [(t["name"], t["match"]["event"]) for t in said["journey"]["stages"][0]["touchpoints"]] == [("Buy", ["buy", "Buy"]), ("Add to cart", ["add_to_cart"])]
    assert [s["name"] for s in said["funnels"][0]["steps"]] == ["buy", "Buy"]


def test_a_zone_is_asked_for_and_its_answer_is_taken(place: Workspace, folder: Path) -> None:
    (folder / "tickets.csv").write_bytes(SAMPLES["zendesk"][1])
    found = proposal_of("acme", place, folder)
    assert [(q.source, q.key) for q in found.questions] == [("tickets", "timezone")] and "Europe/Berlin" in found.questions[0].allowed
    new_from("acme", place, folder, found, {("tickets", "timezone"): "Europe/Berlin"})
    said = yaml.safe_load(place.params_file("acme").read_text())
    assert said["sources"][0]["timezone"] == "Europe/Berlin"
    assert {r["table"]: r["rows"] for r in check_client("acme", place).tables}["interactions"] == 3


def test_without_the_answer_the_check_asks_in_words(place: Workspace, folder: Path) -> None:
    (folder / "tickets.csv").write_bytes(SAMPLES["zendesk"][1])
    found = proposal_of("acme", place, folder)
    new_from("acme", place, folder, found, {})
    assert "QUESTION: In which zone are these times?" in place.params_file("acme").read_text()
    with pytest.raises(BadInput, match="timezone"):
        check_client("acme", place)


@pytest.mark.parametrize(("rows", "asked", "format_"), [
    (["13.02.2026 10:00", "01.02.2026 10:00"], [], "%d.%m.%Y %H:%M"), (["2/13/2026 9:05:01 AM", "2/01/2026 9:05:01 AM"], [], "%m/%d/%Y %I:%M:%S %p"),
    (["03/04/2026", "05/06/2026"], ["time_format"], None)])
def test_day_and_month_are_proven_or_asked(folder: Path, rows: list[str], asked: list[str], format_: str | None) -> None:
    (folder / "log.csv").write_text("user_id,time,event\n" + "".join(f"u{i % 3},{rows[i % 2]},e{i % 2}\n" for i in range(12)))
    (_, read), = propose(folder).trials
    assert [q.key for q in read.questions if q.key not in ("kind", "timezone")] == asked
    assert read.source.get("settings", {}).get("time_format") == format_ and read.delivered is not None


def test_an_encoding_is_proposed_with_its_words_and_never_silent(folder: Path) -> None:
    (folder / "log.csv").write_bytes(b"user_id,time,event\n" + "u1,2026-01-01T10:00:00Z,Kasse für Gäste\nu1,2026-01-01T10:00:00Z,Kauf\nu2,2026-01-01T10:00:00Z,Kauf\n".encode("cp1252"))
    (_, read), = propose(folder).trials
    question = next(q for q in read.questions if q.key == "encoding")
    assert "für" in question.found.encode("latin-1").decode("cp1252") and question.proposed == "cp1252" and read.source["encoding"] == "cp1252"


def test_sheets_of_a_workbook_are_tables_of_their_own(folder: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Log"
    book.active.append(["Our log"])
    for line in EVENTS.strip().split("\n"):
        book.active.append(line.split(","))
    book.create_sheet("Notes").append(["nothing here"])
    book.save(folder / "book.xlsx")
    (found, read), = propose(folder).trials
    assert found.kind == "events" and read.source["settings"]["skip_lines"] == 1 and read.delivered is not None and read.delivered.report.rows_read == EVENTS.count("\n") - 1


def test_every_file_is_told_and_broken_ones_stop_nothing(folder: Path) -> None:
    (folder / "empty.csv").write_bytes(b"")
    (folder / "README.md").write_text("# hello")
    (folder / "noise.bin").write_bytes(os.urandom(5000))
    (folder / "cut.csv.gz").write_bytes(gzip.compress(EVENTS.encode())[:60])
    (folder / "broken.parquet").write_bytes(b"PAR1" + b"\0" * 50)
    (folder / "page.csv").write_text("<!DOCTYPE html><html>login</html>")
    (folder / "good.jsonl").write_bytes(SAMPLES["mixpanel"][1])
    (folder / ".hidden").write_text("x")
    (folder / "link.csv").symlink_to("/etc/hostname")
    found = propose(folder)
    assert {r.sample.files[0]: r.kind for r, _ in found.trials} == {"good.jsonl": "mixpanel"}
    assert {o.sample.files[0] for o in found.others} == {"empty.csv", "README.md", "noise.bin", "cut.csv.gz", "broken.parquet", "page.csv"}
    assert all(o.why for o in found.others)


def test_names_of_files_do_not_become_yaml_or_terminal(folder: Path) -> None:
    (folder / "a: [b] #c*.jsonl").write_bytes(SAMPLES["mixpanel"][1])
    (folder / "x\n- y\x1b[31m.jsonl").write_bytes(SAMPLES["mixpanel"][1])
    found = propose(folder)
    text = params_text("acme", found, {})
    said = yaml.safe_load(text)
    assert "\x1b" not in text and len(said["sources"]) == 1 and found.trials[0][1].delivered is not None
    assert "control character; rename it" in found.others[0].why


def test_the_command_writes_what_check_takes_and_writes_nothing_twice(place: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("mixpanel", "google_play", "hubspot_contacts", "app_store"):
        (folder / SAMPLES[kind][0]).write_bytes(SAMPLES[kind][1])
    monkeypatch.setattr(sys, "argv", ["cjm", "--workspace", str(place.root), "new", "acme", "--from", str(folder), "--yes"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = "".join(capsys.readouterr())
    assert ended.value.code in (0, None) and "e.jsonl: mixpanel, 4 rows" in told and "next: cjm check acme" in told
    tables = {r["table"]: r["rows"] for r in check_client("acme", place).tables}
    assert tables["interactions"] == 2 and tables["feedback"] == 2
    before = place.params_file("acme").read_bytes()
    monkeypatch.setattr(sys, "argv", ["cjm", "--workspace", str(place.root), "new", "acme", "--from", str(folder), "--yes"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None) and place.params_file("acme").read_bytes() == before
    assert "nothing differs" in "".join(capsys.readouterr())


@pytest.mark.parametrize("what", ["missing", "empty"])
def test_a_folder_without_exports_is_one_message(place: Workspace, folder: Path, what: str) -> None:
    with pytest.raises(BadInput, match="there is no folder" if what == "missing" else "is empty"):
        proposal_of("acme", place, folder / "no" if what == "missing" else folder)
    assert not place.params_file("acme").exists()


def test_the_same_folder_gives_the_same_text(folder: Path) -> None:
    for kind in ("mixpanel", "zendesk", "typeform"):
        (folder / f"{kind}_{SAMPLES[kind][0]}").write_bytes(SAMPLES[kind][1])
    assert params_text("acme", propose(folder), {}) == params_text("acme", propose(folder), {})


@pytest.mark.parametrize(("data", "kinds"), [
    ("mixpanel", {"mixpanel", "mixpanel_table"}), ("amplitude", {"amplitude"}), ("typeform", {"typeform"}), ("surveymonkey", {"surveymonkey"}), ("limesurvey", {"limesurvey"}),
    ("mailchimp", {"mailchimp"}), ("intercom", {"intercom"}), ("netsuite", {"netsuite"}), ("cdnow", set()), ("banking77", set()), ("survival", set()), ("mcdonalds_segments", set()), ("telco_churn_ibm", set())])
def test_published_folders(shared: Path, data: str, kinds: set[str]) -> None:
    assert {k for k, proven in _kinds(shared / "data" / data).values() if proven} == kinds


def test_a_packed_ga4_export_without_an_ending_is_read(folder: Path) -> None:
    row = '{"event_date":"20260102","event_timestamp":"1767348000000000","event_name":"page_view","user_pseudo_id":"a.1","event_params":[]}\n'
    (folder / "events").write_bytes(gzip.compress((row + row.replace("000000000", "000000001")).encode()))
    (_, read), = propose(folder).trials
    assert read.source["kind"] == "ga4" and read.delivered is not None and read.delivered.report.rows_read == 2, read.problem


def test_a_copy_that_stops_leaves_nothing_and_a_second_call_finishes(place: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text(EVENTS)
    copy, count = shutil.copy2, iter(range(9))
    monkeypatch.setattr(shutil, "copy2", lambda *of: copy(*of) if next(count) < 1 else (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(CjmError, match="No space left on device"):
        new_from("shop", place, folder, proposal_of("shop", place, folder), {})
    assert not place.params_file("shop").exists() and not [p for p in place.raw("shop").parent.rglob("*") if p.is_file() or p.name.startswith(".cjm")]
    monkeypatch.undo()
    place.raw("shop").mkdir(exist_ok=True)
    copy(folder / "a.csv", place.raw("shop") / "a.csv")  # as a run that was killed between two names leaves it
    assert [Path(p).name for p in new_from("shop", place, folder, proposal_of("shop", place, folder), {})] == ["b.csv", "shop.yaml"]
    assert all((place.raw("shop") / name).read_text() == EVENTS for name in ("a.csv", "b.csv"))


def test_another_file_of_the_same_name_is_not_overwritten(place: Workspace, folder: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text(EVENTS)
    place.raw("shop").mkdir(parents=True)
    (place.raw("shop") / "b.csv").write_text("mine")
    with pytest.raises(BadInput, match="another b.csv lies in the raw folder already"):
        new_from("shop", place, folder, proposal_of("shop", place, folder), {})
    assert [p.name for p in place.raw("shop").iterdir()] == ["b.csv"] and not place.params_file("shop").exists()


def test_params_hold_no_identifier_of_a_person(place: Workspace, folder: Path) -> None:
    """Names of events may: params are handed round and versioned, exports are not."""
    rows = [f"BK10{i:04},2026-01-{1 + i % 28:02} 10:0{m}:00,{what}" for i in range(30) for m, what in enumerate(("page_view", "add_to_cart", "purchase"))]
    rows += [f"BK100001,2026-01-30 10:00:00,{what}" for what in ("open BK100002", "mail k1@web.de", "call 0151 23456789", "see BK109999")]
    (folder / "events.csv").write_text("user_id,timestamp,event\n" + "\n".join(rows) + "\n")
    (folder / "said.txt").write_text("My secret reason is the dog of Dana Fox\n")
    new_from("acme", place, folder, proposal_of("acme", place, folder), {("events", "kind"): "events"})
    text = (place.params / "acme.yaml").read_text()
    assert "page_view" in text and "purchase" in text and "whose names hold identifiers of persons" in text
    assert not [w for w in ("BK10", "web.de", "0151", "Dana", "secret") if w in text], text


def test_the_currency_is_what_amounts_name_or_asked_for(folder: Path) -> None:
    rows = "".join(f"p{i % 9},2026-01-{1 + i % 9:02}T10:00:00Z,{('visit', 'buy')[i % 2]},{'{}9.50' if i % 2 else ''}\n" for i in range(40))
    head = "person_id,when,action,value\n"
    (folder / "e.csv").write_text(head + rows.replace("{}", "$"))
    assert "currency: USD  # all amounts name it" in params_text("acme", propose(folder), {})
    (folder / "e.csv").write_text(head + rows.replace("{}", ""))
    found = propose(folder)
    assert [q.key for q in found.questions if not q.source] == ["currency"]
    assert "currency: EUR  # assumed" in params_text("acme", found, {}) and "QUESTION: In which currency" in params_text("acme", found, {})
    assert yaml.safe_load(params_text("acme", found, {("", "currency"): "CHF"}))["currency"] == "CHF"


def test_a_questionnaire_with_a_time_and_long_answers_is_no_feedback(folder: Path) -> None:
    asked = ["What hinders you?", "How long have you used it?", "Which kernels do you use?", "What would you change first of all?"]
    rows = "".join(f"2026-01-{1 + i:02} 10:00:00Z,It takes me very long to find number {i} in there,{i % 3},{'py' if i % 2 else 'r'},Nothing at all so far but the waiting {i}\n" for i in range(24))
    (folder / "s.csv").write_text(",".join(["Time Started", *asked]) + "\n" + rows)
    (found, _), = propose(folder).trials
    assert (found.kind, [q["column"] for q in found.questions]) == ("survey", asked)


def test_names_of_files_headings_and_speakers_identify_nobody(place: Workspace, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Params and what the command prints hold none of them; what was proposed is read all the same."""
    rows = "user_id,timestamp,event\n" + "".join(f"BK10{i:04},2026-01-{1 + i % 28:02} 10:0{m}:00,{what}\n" for i in range(30) for m, what in enumerate(("page_view", "purchase")))
    (folder / "events dana.fox@web.de.csv").write_text(rows)
    (folder / "BK100003").mkdir()
    (folder / "BK100003" / "clicks.csv").write_text(rows.replace("page_view", "tap"))
    for mail in ("ana@web.de", "eva@web.de"):  # no pattern of one takes the other not
        (folder / f"log {mail}.csv").write_text(rows.replace("purchase", mail[:3]).replace("timestamp", f"timestamp_{mail[:3]}"))
    for n, who in enumerate(("Dana Fox", "Jim Beam", "Eva Roe")):
        (folder / f"talk {who} {n}.txt").write_text(f"Mara: How was it?\n{who}: The counter was slow, and nobody helped me.\nMara: And then?\n{who}: Then I went home by bus.\n")
    (folder / "asked.csv").write_text("Response ID,How was jim.beam@web.de?,Would you recommend us?\n" + "".join(f"r{i},{('good', 'bad')[i % 2]},{i % 11}\n" for i in range(30)))
    set_up("acme", place, folder, asking=False, say=print)
    text, printed = (place.params / "acme.yaml").read_text(), capsys.readouterr().out
    secret = ["dana", "fox", "BK100003", "jim", "beam", "roe", "ana@", "eva@"]
    assert not [w for w in secret if w.lower() in text.lower()], text
    assert not [w for w in secret if w.lower() in printed.lower()], printed
    assert "no pattern tells it from the others; rename it" in text and "Mara" in text and "3 more names" in text
    found = proposal_of("other", place, folder)
    assert any("Dana Fox" in line for q in found.questions if q.key == "interviewers" for line in q.lines(asking=True))
    answers = {(q.source, q.key): {"kind": q.proposed, "timezone": "UTC", "interviewers": "Mara"}.get(q.key, q.proposed) for q in found.questions}
    new_from("other", place, folder, found, answers)
    said = load_params("other", place)
    taken = [f.relative_to(place.raw("other")).as_posix() for s in said.sources for f in find_files(s, place.raw("other"))]
    assert {"events dana.fox@web.de.csv", "BK100003/clicks.csv", "talk Dana Fox 0.txt", "talk Eva Roe 2.txt"} <= set(taken) and len(taken) == len(set(taken))
