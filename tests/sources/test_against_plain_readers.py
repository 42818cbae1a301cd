"""Every reader against a plain one: rows in the file = kept + dropped by reason, and no value differs.

The exports are generated, with quotes, line ends, words for "nothing", and numbers and times in many spellings. Rows
are counted by the csv module, by lines of JSON and by elements of XML; what a cell means is worked out in `plain`.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.params.schema import Source
from cjm_research.sources import KINDS, SOURCES
from cjm_research.sources.contract import Context, SourceTables, find_files
from cjm_research.sources.kinds.transcripts.parse import ENDINGS

from . import plain

#: kinds whose files are no rows: what is counted there, and by which tests
OTHERS = {"transcripts": "turns of texts: test_transcript_properties.py, test_chat_properties.py, test_word_documents.py", "refi_qda": "codings of a project: test_refi_properties.py"}
#: in every table of which kind each row of the file stands once
FIRST = {"events": "interactions", "customers": "customers", "survey": "respondents", "qualtrics": "respondents", "feedback": "feedback", "crm": "deals",
         "experiment": "assignments", "checkpoints": "checkpoints", "codings_csv": "codings", "xes": "interactions", "ga4": "interactions"}
RUN = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
FILE = st.tuples(st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))


def test_the_kinds_read_here_are_kinds() -> None:
    """A kind that is in neither list says in its `data/<kind>/source.yaml` what its rows become (`test_contract.py`)."""
    assert set(FIRST) | set(OTHERS) <= set(KINDS)


def deliver(kind: str, files: dict[str, str], **options: Any) -> SourceTables:
    """What the kind reads of files written here; rows in = kept + dropped holds for each."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_bytes(text.encode("utf-8"))
        source = Source.model_validate({"name": "s", "kind": kind, "files": list(files), "timezone": "Europe/Berlin"} | options)
        SOURCES[kind].check(source)
        delivered = SOURCES[kind].read(find_files(source, Path(folder)), source, Context("acme", "Europe/Berlin"))
    report = delivered.report
    assert report.rows_read == report.rows_kept[FIRST[kind]] + sum(report.dropped.values()), report
    for name, frame in delivered.tables.items():
        assert len(frame) == report.rows_kept[name]
    return delivered


def values(frame: pd.DataFrame, column: str) -> list[Any]:
    return [None if pd.isna(v) else v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for v in frame[column]]


def rows_of(**cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    """Rows with an id of their own, `n`."""
    return st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=12).map(
        lambda rows: [{"n": f"r{i}", **r} for i, r in enumerate(rows)])


def one_of(cell: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return cell | st.sampled_from(plain.MISSING)


EVENTS = st.sampled_from([".", ","]).flatmap(lambda mark: st.tuples(st.just(mark), rows_of(
    who=plain.WHO, at=one_of(plain.MOMENT), what=st.sampled_from(["view", "buy", "", "sign up, later"]), worth=one_of(plain.money(mark)), note=plain.TEXT)))


@RUN
@given(EVENTS, FILE, st.sampled_from(["csv", "jsonl", "json"]))
def test_events(generated: tuple[str, list[dict[str, str]]], file: tuple[str, str, int], ending: str) -> None:
    mark, rows = generated
    if ending == "csv":
        text = plain.written(rows, *file)
        seen: list[dict[str, Any]] = plain.counted(text, file[0])
    else:
        lines = [json.dumps(r, ensure_ascii=False) for r in rows]
        text = "\n".join(lines) if ending == "jsonl" else f"[{','.join(lines)}]"
        seen = [json.loads(line) for line in lines]
    delivered = deliver("events", {f"x.{ending}": text}, columns={"interaction_id": "n", "customer_id": "who", "occurred_at": "at", "event": "what", "value": "worth"},
                        settings={"decimal": mark})
    assert delivered.report.rows_read == len(seen)
    kept = {r["n"]: (plain.person(r["who"]), plain.instant(r["at"]), plain.words(r["what"]), plain.number(r["worth"], mark), plain.words(r["note"])) for r in seen
            if plain.person(r["who"]) and plain.instant(r["at"]) and plain.words(r["what"])}
    frame = delivered.tables["interactions"]
    note = [json.loads(p).get("note") if p is not None else None for p in (values(frame, "properties") if "properties" in frame else [None] * len(frame))]
    worth = values(frame, "value") if "value" in frame else [None] * len(frame)
    found = dict(zip(frame["interaction_id"], zip(values(frame, "customer_key"), values(frame, "occurred_at"), values(frame, "event"), worth,
                                                  (plain.words(t) for t in note), strict=True), strict=True))
    assert found == kept
    assert delivered.report.null_ids == sum(plain.person(r["who"]) is None for r in seen)


@RUN
@given(rows_of(who=plain.WHO, note=plain.TEXT, plan=st.sampled_from(["a", "b", ""])), FILE)
def test_customers(rows: list[dict[str, str]], file: tuple[str, str, int]) -> None:
    text = plain.written(rows, *file)
    delivered = deliver("customers", {"x.csv": text}, columns={"customer_id": "who"}, settings={"attributes": ["n", "note", "plan"]})
    seen = plain.counted(text, file[0])
    first: dict[str, dict[str, str]] = {}
    for r in seen:
        if key := plain.person(r["who"]):
            first.setdefault(key, r)
    frame = delivered.tables["customers"]
    assert delivered.report.rows_read == len(seen) and frame["customer_key"].tolist() == list(first)
    for key, attributes in zip(frame["customer_key"], frame["attributes"], strict=True):
        assert {k: plain.words(v) for k, v in json.loads(attributes).items() if plain.words(v)} == {
            k: plain.words(v) for k, v in first[key].items() if k != "who" and plain.words(v)}


ANSWERS = rows_of(who=plain.WHO, at=one_of(plain.MOMENT), nps=st.sampled_from(["", *map(str, range(11))]), why=plain.TEXT)


def _answers(delivered: SourceTables, seen: list[dict[str, str]]) -> None:
    frame = delivered.tables["responses"]
    assert delivered.report.rows_read == len(seen)
    assert {(r["n"], "nps"): float(r["nps"]) for r in seen if r["nps"]} | {(r["n"], "why"): None for r in seen if plain.words(r["why"])} == dict(
        zip(zip(frame["response_id"], frame["question_id"], strict=True), values(frame, "score"), strict=True))
    by_id = {r["n"]: r for r in seen}
    for row in frame.to_dict("records"):
        r = by_id[row["response_id"]]
        assert row["answer"] == plain.words(r[row["question_id"]])
        assert (None if pd.isna(row["answered_at"]) else row["answered_at"].to_pydatetime()) == plain.instant(r["at"])
        assert (None if pd.isna(row["customer_key"]) else row["customer_key"]) == plain.person(r["who"])


QUESTIONS = [{"column": "nps", "instrument": "nps"}, {"column": "why", "instrument": "text"}]


@RUN
@given(ANSWERS, FILE)
def test_survey(rows: list[dict[str, str]], file: tuple[str, str, int]) -> None:
    text = plain.written(rows, *file)
    _answers(deliver("survey", {"x.csv": text}, columns={"response_id": "n", "customer_id": "who", "answered_at": "at"}, questions=QUESTIONS),
             plain.counted(text, file[0]))


@RUN
@given(ANSWERS, FILE)
def test_qualtrics(rows: list[dict[str, str]], file: tuple[str, str, int]) -> None:
    texts = {k: f"What is {k}?\nSay, please" for k in rows[0]}
    imports = {k: json.dumps({"ImportId": k}) for k in rows[0]}
    text = plain.written([texts, imports, *rows], *file)
    _answers(deliver("qualtrics", {"x.csv": text}, columns={"response_id": "n", "customer_id": "who", "answered_at": "at"}, questions=QUESTIONS),
             plain.counted(text, file[0])[2:])


@RUN
@given(rows_of(who=plain.WHO, at=one_of(plain.MOMENT), stars=st.sampled_from(["", "1", "4.5", "5", "null"]), said=plain.TEXT), FILE)
def test_feedback(rows: list[dict[str, str]], file: tuple[str, str, int]) -> None:
    text = plain.written(rows, *file)
    delivered = deliver("feedback", {"x.csv": text}, columns={"feedback_id": "n", "customer_id": "who", "published_at": "at", "rating": "stars", "text": "said"})
    seen = plain.counted(text, file[0])
    none = ("n/a", "na", "none", "null", "-", "--", ".")
    expected = {r["n"]: (plain.person(r["who"]), plain.instant(r["at"]), plain.number(r["stars"]), None if (plain.words(r["said"]) or "-").lower() in none else plain.words(r["said"]))
                for r in seen}
    frame = delivered.tables["feedback"]
    assert delivered.report.rows_read == len(seen)
    assert dict(zip(frame["feedback_id"], zip(values(frame, "customer_key"), values(frame, "published_at"), values(frame, "rating"), values(frame, "text"), strict=True),
                    strict=True)) == {n: v for n, v in expected.items() if v[2] is not None or v[3] is not None}


@RUN
@given(st.sampled_from([".", ","]).flatmap(lambda mark: st.tuples(st.just(mark), rows_of(
    who=plain.WHO, at=one_of(plain.MOMENT), stage=st.sampled_from(["new", "won", ""]), amount=one_of(plain.money(mark))))), FILE)
def test_crm(generated: tuple[str, list[dict[str, str]]], file: tuple[str, str, int]) -> None:
    mark, rows = generated
    text = plain.written(rows, *file)
    delivered = deliver("crm", {"x.csv": text}, columns={"deal_id": "n", "customer_id": "who", "stage": "stage", "entered_at": "at", "amount": "amount"},
                        settings={"decimal": mark})
    seen = plain.counted(text, file[0])
    frame = delivered.tables["deals"]
    assert delivered.report.rows_read == len(seen)
    assert dict(zip(frame["deal_id"], zip(values(frame, "customer_key"), values(frame, "entered_at"), values(frame, "stage"), values(frame, "amount"), strict=True),
                    strict=True)) == {
        r["n"]: (plain.person(r["who"]), plain.instant(r["at"]), r["stage"], plain.number(r["amount"], mark)) for r in seen if r["stage"] and plain.instant(r["at"])}


@RUN
@given(st.sampled_from([".", ","]).flatmap(lambda mark: st.tuples(st.just(mark), rows_of(
    arm=st.sampled_from(["a", "b", ""]), at=one_of(plain.MOMENT), spend=one_of(plain.money(mark)), store=plain.TEXT))), FILE)
def test_experiment(generated: tuple[str, list[dict[str, str]]], file: tuple[str, str, int]) -> None:
    mark, rows = generated
    text = plain.written(rows, *file)
    delivered = deliver("experiment", {"x.csv": text}, columns={"unit_id": "n", "variant": "arm", "assigned_at": "at", "cluster": "store"},
                        settings={"metrics": ["spend"], "decimal": mark})
    seen = plain.counted(text, file[0])
    assigned, measured = delivered.tables["assignments"], delivered.tables["measurements"]
    assert delivered.report.rows_read == len(seen)
    kept = [r for r in seen if r["arm"]]
    assert list(zip(assigned["unit_id"], assigned["variant"], values(assigned, "assigned_at"), values(assigned, "cluster"), strict=True)) == [
        (r["n"], r["arm"], plain.instant(r["at"]), plain.words(r["store"])) for r in kept]
    assert dict(zip(measured["unit_id"], values(measured, "value"), strict=True)) == {r["n"]: plain.number(r["spend"], mark) for r in kept}


@RUN
@given(rows_of(arm=st.sampled_from(["b", "c", ""]), since=st.integers(0, 9).map(str), n=st.integers(0, 10**6).map(str), mean=plain.money(".")), FILE)
def test_checkpoints(rows: list[dict[str, str]], file: tuple[str, str, int]) -> None:
    rows = [{**r, "test": f"t{i}"} for i, r in enumerate(rows)]
    text = plain.written(rows, *file)
    delivered = deliver("checkpoints", {"x.csv": text}, columns={
        "experiment": "test", "variant": "arm", "metric": "test", "since": "since", "n_control": "n", "n_variant": "n", "mean_control": "mean", "mean_variant": "mean",
        "var_control": "n", "var_variant": "n"}, settings={"decimal": "."})
    seen = plain.counted(text, file[0])
    frame = delivered.tables["checkpoints"]
    assert delivered.report.rows_read == len(seen)
    assert list(zip(frame["experiment"], frame["since"], frame["n_control"], frame["mean_variant"], strict=True)) == [
        (r["test"], float(r["since"]), int(r["n"]), plain.number(r["mean"])) for r in seen if r["arm"]]


@RUN
@given(rows_of(doc=st.sampled_from(["P1", "P2", ""]), code=st.sampled_from(["price", "help > queue", ""]), quote=plain.LABEL, at=one_of(plain.MOMENT)), FILE)
def test_codings(rows: list[dict[str, str]], file: tuple[str, str, int]) -> None:
    text = plain.written(rows, *file)
    delivered = deliver("codings_csv", {"x.csv": text}, columns={"document_id": "doc", "code": "code", "quote": "quote", "memo": "n", "created_at": "at"})
    seen = plain.counted(text, file[0])
    frame = delivered.tables["codings"]
    assert delivered.report.rows_read == len(seen)
    assert dict(zip(frame["memo"], zip(frame["document_id"], (plain.words(q) for q in frame["quote"]), values(frame, "created_at"), strict=True), strict=True)) == {
        r["n"]: (r["doc"], plain.words(r["quote"]), plain.instant(r["at"])) for r in seen if r["doc"] and r["code"]}


CASES = st.lists(st.tuples(st.sampled_from(["c1", "c 2", "007", "", "null", "[object Object]"]), st.lists(
    st.tuples(st.sampled_from(["view", "a<b & c", ""]), one_of(plain.MOMENT), plain.TEXT), max_size=4)), min_size=1, max_size=5)


@RUN
@given(CASES)
def test_xes(cases: list[tuple[str, list[tuple[str, str, str]]]]) -> None:
    log = ElementTree.Element("log")
    number = 0
    for name, events in cases:
        trace = ElementTree.SubElement(log, "trace")
        ElementTree.SubElement(trace, "string", key="concept:name", value=name)
        for what, at, note in events:
            event = ElementTree.SubElement(trace, "event")
            number += 1
            for key, value in (("concept:name", what), ("time:timestamp", at), ("note", note), ("n", str(number))):
                ElementTree.SubElement(event, "date" if "time" in key else "string", key=key, value=value)
    text = ElementTree.tostring(log, encoding="unicode")
    delivered = deliver("xes", {"x.xes": text})
    kept, total = {}, 0
    for trace in ElementTree.fromstring(text).iter("trace"):
        name = plain.person(next(a.get("value") for a in trace if a.tag == "string"))
        for event in trace.iter("event"):
            total += 1
            has = {a.get("key"): a.get("value") for a in event}
            if name and plain.words(has["concept:name"]) and plain.instant(has["time:timestamp"]):
                kept[has["n"]] = (name, plain.words(has["concept:name"]), plain.instant(has["time:timestamp"]), plain.words(has["note"]))
    frame = delivered.tables["interactions"]
    properties = [json.loads(p) for p in frame["properties"]]
    assert delivered.report.rows_read == total
    assert {p["n"]: (k, e, t.to_pydatetime(), plain.words(p.get("note"))) for p, k, e, t in
            zip(properties, frame["customer_key"], frame["event"], frame["occurred_at"], strict=True)} == kept


@RUN
@given(st.lists(st.tuples(plain.WHO, st.sampled_from(["b1.1", "b2.2", None, "null"]), st.integers(10**15, 2 * 10**15), st.sampled_from(["page_view", "buy", ""]), plain.TEXT),
                min_size=1, max_size=10))
def test_ga4(rows: list[tuple[str, str | None, int, str, str]]) -> None:
    rows = [("u1", "b1.1", 10**15, "page_view", "x"), *rows]  # a file without a time or a name is refused
    lines = [{"event_timestamp": str(at), "event_name": what, "user_id": who, "user_pseudo_id": browser, "event_bundle_sequence_id": str(i),
              "event_params": [{"key": "page_title", "value": {"string_value": f"{i}:{title}"}}]} for i, (who, browser, at, what, title) in enumerate(rows)]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n"
    delivered = deliver("ga4", {"events_20260101.json": text})
    assert delivered.report.rows_read == len([line for line in text.split("\n") if line])
    kept = {str(i): (plain.person(who) or plain.person(browser), what, datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at))
            for i, (who, browser, at, what, _) in enumerate(rows) if what and (plain.person(who) or plain.person(browser))}
    frame = delivered.tables["interactions"]
    titles = [json.loads(p)["page_title"].partition(":")[0] for p in frame["properties"]]
    assert dict(zip(titles, zip(frame["customer_key"], frame["event"], values(frame, "occurred_at"), strict=True), strict=True)) == kept


def test_the_frame_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that loses a row uncounted is found."""
    kind = SOURCES["customers"]

    def loses(*args: Any) -> SourceTables:
        delivered = kind.read(*args)
        delivered.tables["customers"] = delivered.tables["customers"].iloc[1:].reset_index(drop=True)
        delivered.report.rows_kept["customers"] -= 1
        return delivered

    import dataclasses

    monkeypatch.setitem(SOURCES, "customers", dataclasses.replace(kind, read=loses))
    failing: Callable[..., SourceTables] = deliver
    with pytest.raises(AssertionError):
        failing("customers", {"x.csv": "who\na\nb\n"}, columns={"customer_id": "who"})


#: by which tests each format of a transcript is read a second time
TRANSCRIPTS = {".txt": "test_transcript_properties.py", ".md": "test_transcript_properties.py", ".vtt": "test_transcript_properties.py", ".srt": "test_transcript_properties.py",
               ".sbv": "test_transcript_properties.py", ".docx": "test_word_documents.py", ".pdf": "test_pdf_properties.py"}


def test_every_format_of_transcripts_has_a_property() -> None:
    assert set(TRANSCRIPTS) == set(ENDINGS)
    for name in {*TRANSCRIPTS.values(), *re.findall(r"test_\w+\.py", " ".join(OTHERS.values()))}:
        text = (Path(__file__).parent / name).read_text(encoding="utf-8")
        assert "@given(" in text and all(ending.strip(".") in text for ending, where in TRANSCRIPTS.items() if where == name and ending != ".md"), name
