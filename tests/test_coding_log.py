"""The coding log: nothing lost, nobody overwritten, undo exact, codebook edits keep old codings."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.coding_log import LogFile, Session, erase_documents, log_path, read_logs, state
from cjm_research.coding_log.anchor import context, relocate
from cjm_research.coding_log.places import Rules
from cjm_research.engine.duck import file_engine
from cjm_research.errors import BadInput
from cjm_research.params.schema import Params
from cjm_research.params.workspace import Workspace
from cjm_research.placing import place_codings
from cjm_research.study import Study
from cjm_research.tables import TABLES

TEXT = ("Ana: Die Lieferung 🚚 kam spät, und niemand hat etwas gesagt.\n"
        "Ben: Yes.\nAna: The family 👨‍👩‍👧 plan was too dear – cafe\u0301 money, she said.\n"
        "Ben: Yes.\nAna: بعد ذلك ألغيت الاشتراك. Yes.\n")


def documents(**texts: str) -> pd.DataFrame:
    rows = [{"document_id": d, "text": t, "text_sha256": hashlib.sha256(t.encode()).hexdigest()}
            for d, t in (texts or {"P1": TEXT, "P2": TEXT * 3}).items()]
    return pd.DataFrame(rows)


def table(name: str, *rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{c: row.get(c) for c in TABLES[name].names} for row in rows], columns=list(TABLES[name].names))


CODEBOOK = table("codebook", {"code_id": "pain", "name": "Pain", "path": "Pain", "kind": "pain", "valence": -1.0},
                 {"code_id": "cost", "name": "Cost", "parent_id": "pain", "path": "Pain > Cost"},
                 {"code_id": "wait", "name": "Waiting", "parent_id": "pain", "path": "Pain > Waiting"},
                 {"code_id": "joy", "name": "Joy", "path": "Joy"})
CODINGS = table("codings",
                {"coding_id": "b1", "document_id": "P1", "code_id": "cost", "coder": "ana", "start": 5, "end": 8,
                 "quote": TEXT[5:8], "is_synthetic": False},
                {"coding_id": "b2", "document_id": "P1", "code_id": "cost", "coder": "ben", "start": 9, "end": 18,
                 "quote": TEXT[9:18], "is_synthetic": False})


@pytest.fixture
def open_session(tmp_path: Path) -> Callable[..., Session]:
    def opened(coder: str = "ana", docs: pd.DataFrame | None = None, **kwargs: Any) -> Session:
        return Session(tmp_path / "codings", coder, documents() if docs is None else docs, CODEBOOK, CODINGS, **kwargs)
    return opened


def spans(session: Session) -> set[tuple[Any, ...]]:
    return {(c.coding_id, c.code_id, c.start, c.end, c.memo) for c in session.codings()}


# --- undo and redo ------------------------------------------------------------------------------------------------


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.sampled_from(["add", "add", "new", "move", "recode", "memo", "remove", "undo", "undo",
                                                 "redo", "merge", "reopen"]),
                                st.integers(0, 10_000), st.integers(1, 40)), max_size=25))
def test_undo_and_redo_restore_every_state_exactly(tmp_path_factory: pytest.TempPathFactory,
                                                   moves: list[tuple[str, int, int]]) -> None:
    """Against a list of snapshots, the plainest undo there is; also after a restart at any point."""
    folder = tmp_path_factory.mktemp("log")

    def opened() -> Session:
        return Session(folder, "ana", documents(), CODEBOOK, CODINGS)

    def seen(s: Session) -> tuple[Any, ...]:
        return spans(s), sorted(s.now.codes.path(i) for i in s.now.codes.by_id)

    session = opened()
    past, future = [seen(session)], []
    for number, (what, at, size) in enumerate(moves):
        own = [c for c in session.codings() if c.start is not None]
        start = at % (len(TEXT) - 1)
        end = min(len(TEXT), start + size)
        codes = sorted(session.now.codes.by_id)
        try:
            if what == "reopen":
                session = opened()
            elif what in ("undo", "redo"):
                getattr(session, what)()
                (past, future)[what == "undo"].append((past, future)[what == "redo"].pop())
            else:
                if what == "add":
                    session.add("P1", start, end, codes[at % len(codes)])
                elif what == "new":
                    session.add_new("P1", start, end, f"new {number}")
                elif what == "merge":
                    session.code_merge(codes[at % len(codes)], codes[size % len(codes)])
                elif own:
                    coding = own[at % len(own)]
                    {"move": lambda: session.move(coding.coding_id, start, end),
                     "recode": lambda: session.recode(coding.coding_id, codes[size % len(codes)]),
                     "memo": lambda: session.memo(coding.coding_id, f"note {at}"),
                     "remove": lambda: session.remove(coding.coding_id)}[what]()
                else:
                    continue
                past, future = [*past, seen(session)], []
        except BadInput:
            if what in ("undo", "redo"):
                assert len(past if what == "undo" else future) == (1 if what == "undo" else 0)
        assert seen(session) == past[-1]
        assert bool(session.undoable) == (len(past) > 1)
        assert bool(session.redoable) == bool(future)


def test_a_new_code_with_its_first_coding_is_one_step(open_session: Callable[..., Session]) -> None:
    session = open_session()
    session.add_new("P1", 0, 4, "Speaker", "Pain")
    assert session.code("Pain > Speaker").name == "Speaker"
    words = session.undo().words
    assert "Speaker" in words and "Undone" in words
    with pytest.raises(BadInput):
        session.code("Pain > Speaker")
    session.redo()
    assert [c.quote for c in session.codings() if c.coding_id != "b1"] == ["Ana:"]


# --- the file -----------------------------------------------------------------------------------------------------

_APPEND = """
import sys, pandas as pd
from pathlib import Path
from cjm_research.coding_log import Session
docs = pd.DataFrame([{"document_id": "P1", "text": "x" * 5000, "text_sha256": "0" * 64}])
book = pd.DataFrame([{"code_id": "c", "name": "C"}])
codings = pd.DataFrame(columns=["coding_id", "is_synthetic", "quote"])
session = Session(Path(sys.argv[1]), sys.argv[2], docs, book, codings)
for i in range(int(sys.argv[3])):
    done = session.add("P1", int(sys.argv[4]) + i, int(sys.argv[4]) + i + 1, "c")
    print(done.coding_id, flush=True)
"""


def _start(folder: Path, coder: str, count: int, first: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", _APPEND, str(folder), coder, str(count), str(first)],
                            stdout=subprocess.PIPE, text=True)


def test_two_processes_of_one_coder_and_another_coder_at_once(tmp_path: Path) -> None:
    jobs = [_start(tmp_path, "ana", 40, 0), _start(tmp_path, "ana", 40, 1000), _start(tmp_path, "ben", 40, 0)]
    told = [job.communicate(timeout=60)[0].split() for job in jobs]
    logs = {log.coder: log for log in read_logs(tmp_path)}
    assert {c: len(log.events) for c, log in logs.items()} == {"ana": 80, "ben": 40}
    assert {e["coding_id"] for e in logs["ana"].events} == {*told[0], *told[1]}
    times = [e.at for e in logs["ana"].events]
    assert times == sorted(set(times)), "later lines have later times"
    assert not any(log.all_problems() for log in logs.values())


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_what_was_acknowledged_survives_a_killed_process(tmp_path: Path) -> None:
    job = _start(tmp_path, "ana", 100_000, 0)
    assert job.stdout is not None
    told = [job.stdout.readline().strip() for _ in range(25)]
    os.kill(job.pid, signal.SIGKILL)
    told += job.stdout.read().split()
    job.wait()
    job.stdout.close()
    (log,) = read_logs(tmp_path)
    whole = [i for i in told if len(i) == 36]
    assert len(whole) >= 25
    assert [e["coding_id"] for e in log.events][:len(whole)] == whole


def test_a_torn_last_line_is_told_and_never_glued_to_the_next(open_session: Callable[..., Session]) -> None:
    session = open_session()
    session.add("P1", 0, 3, "Joy")
    path = session.log.path
    whole = path.read_bytes()
    line = whole.split(b"\n")[0]
    for cut in (1, 10, len(line) // 2, len(line)):  # the last one lacks only its line end
        path.write_bytes(whole + line[:cut])
        torn = open_session()
        assert len(torn.codings()) == 2
        assert any("torn" in p.found for p in torn.problems)
        torn.add("P1", 20, 25, "Joy")
        again = open_session()
        assert len(again.codings()) == 3
        assert any("line 2" in p.where and "kept in the file" in p.found for p in again.problems)


@pytest.mark.parametrize(("line", "why"), [
    ("no json", "JSON"), ("[1]", "object"), ('{"v": 9}', "form"), ('{"v": 1, "event_id": "x"}', "event is missing"),
    ('{"v":1,"event_id":"x","event":"explode","coder":"ana","at":"2026-01-01T00:00:00+00:00","group":"g"}', "unknown event"),
    ('{"v":1,"event_id":"x","event":"code_add","coder":"ana","at":"2026-01-01T00:00:00","group":"g"}', "time zone"),
    ('{"v":1,"event_id":"x","event":"code_add","coder":"ana","at":"soon","group":"g"}', "not a time"),
    ('{"v":1,"event_id":"x","event":"code_add","coder":"ana","at":"2026-01-01T00:00:00Z","group":"g","code_id":1,"name":"n"}',
     "code_id"),
    ('{"v":1,"event_id":"x","event":"code_add","coder":"ana","at":"2026-01-01T00:00:00Z","group":"g","code_id":"c",'
     '"name":"n","valence":NaN}', "valence"),
    ('{"v":1,"event_id":"x","event":"undo","coder":"ana","at":"2026-01-01T00:00:00Z","group":"g","targets":[1]}', "ids"),
    ('{"v":1,"event_id":"x","event":"code_add","coder":"ben","at":"2026-01-01T00:00:00Z","group":"g","code_id":"c",'
     '"name":"n"}', "in the log of"),
    ("[" * 100_000, "JSON"),
])
def test_lines_that_cannot_be_used_are_told_with_their_number(open_session: Callable[..., Session], line: str,
                                                              why: str) -> None:
    session = open_session()
    session.add("P1", 0, 3, "Joy")
    with session.log.path.open("a") as file:
        file.write(line + "\n")
    session.add("P1", 4, 8, "Joy")
    assert len(session.codings()) == 3
    (problem,) = session.problems
    assert "line 2" in problem.where and why in problem.found


def test_a_span_of_nothing_is_refused_in_a_log_too(open_session: Callable[..., Session]) -> None:
    session = open_session()
    session.add("P1", 0, 3, "Joy")
    data = json.loads(session.log.path.read_text())
    session.log.path.write_text(json.dumps({**data, "start": 3}) + "\n" + json.dumps({**data, "start": -1}) + "\n")
    log = LogFile(session.log.path)
    log.refresh()
    assert not log.events and len(log.problems) == 2


def test_coders_never_share_a_file(tmp_path: Path) -> None:
    names = ["ana", "Ana", "ANA", "ana ", "añá", "a/na", "../ana", "ana.jsonl", "con", "CON", "田中", "田", "👩", "a" * 80,
             "a" * 79, "ana-", "ana_", "ana b", "ana/b"]
    paths = {name.strip(): log_path(tmp_path, name) for name in names}
    assert len({str(p).casefold() for p in paths.values()}) == len(paths)
    for path in paths.values():
        assert path.parent == tmp_path and path.stem.split(".")[0] not in ("con", "")
        path.touch()
    for bad in ("", "  ", "a" * 81, "a\nb", "a\0"):
        with pytest.raises(BadInput):
            log_path(tmp_path, bad)


def test_a_log_that_cannot_be_written_changes_nothing(open_session: Callable[..., Session],
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    session = open_session()
    session.add("P1", 0, 3, "Joy")
    before, seen = session.log.path.read_bytes(), spans(session)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as m:
        m.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            session.add("P1", 4, 8, "Joy")
    assert session.log.path.read_bytes() == before
    session.refresh()
    assert spans(session) == seen
    session.add("P1", 4, 8, "Joy")
    assert len(open_session().codings()) == 3


def test_a_clock_set_back_does_not_reorder(open_session: Callable[..., Session]) -> None:
    session = open_session()
    done = session.add("P1", 0, 3, "Joy")
    line = json.loads(session.log.path.read_text())
    line["at"] = (datetime.fromisoformat(line["at"]) + timedelta(days=3)).isoformat()
    session.log.path.write_text(json.dumps(line) + "\n")
    session = open_session()
    session.recode(done.coding_id or "", "Cost")
    session.recode(done.coding_id or "", "Waiting")
    assert open_session().now.codings[done.coding_id or ""].code_id == "wait"


def test_every_line_carries_its_place_and_time(open_session: Callable[..., Session]) -> None:
    session = open_session()
    start = TEXT.index("👨")
    done = session.add("P1", start, start + 5, "Joy", memo="whole family")
    session.move(done.coding_id or "", start, start + 10)
    session.remove(done.coding_id or "")
    for data in map(json.loads, session.log.path.read_text().splitlines()):
        assert data["coder"] == "ana" and data["at"].endswith("+00:00")
        assert data["text_sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()
        assert data["quote"] == TEXT[data["start"]:data["end"]]
        assert data["before"] == TEXT[data["start"] - 32:data["start"]]
        assert data["after"] == TEXT[data["end"]:data["end"] + 32]


# --- two coders ---------------------------------------------------------------------------------------------------


def test_coding_is_blind_unless_asked(open_session: Callable[..., Session]) -> None:
    ana, ben = open_session("ana"), open_session("ben")
    ana.add("P1", 0, 3, "Joy")
    mine = ben.add("P1", 0, 3, "Cost")
    ana.refresh()
    assert {c.coder for c in ana.codings()} == {"ana"}
    assert set(ana.history()["coder"]) == {"ana"}
    assert {c.coder for c in open_session("ana", see_others=True).codings()} == {"ana", "ben"}
    with pytest.raises(BadInput, match="ben's"):
        ana.remove(mine.coding_id or "")
    with pytest.raises(BadInput, match="ben's"):
        ana.recode("b2", "Joy")
    assert len(ana.state.codings) == 4, "all count, seen or not"


def test_a_forged_event_on_anothers_coding_changes_nothing(open_session: Callable[..., Session]) -> None:
    ana, ben = open_session("ana"), open_session("ben")
    mine = ben.add("P1", 0, 3, "Cost")
    line = json.loads(ben.log.path.read_text())
    ana.add("P1", 0, 3, "Joy")
    with ana.log.path.open("a") as file:
        file.write(json.dumps({**line, "coder": "ana", "event": "remove", "event_id": "X", "group": "G"}) + "\n")
    ana.refresh()
    assert mine.coding_id in ana.now.codings
    assert any("left as it is" in p.found for p in ana.problems)


def test_the_same_log_from_two_machines_counts_once(open_session: Callable[..., Session]) -> None:
    session = open_session()
    session.add("P1", 0, 3, "Joy")
    session.add("P1", 4, 8, "Joy")
    copy = session.log.path.with_name("ana-laptop.jsonl")
    copy.write_bytes(session.log.path.read_bytes())
    session.undo()
    again = open_session()
    assert {c.quote for c in again.codings() if c.coding_id != "b1"} == {"Ana"}
    assert len(again.state.codings) == 3


# --- the codebook -------------------------------------------------------------------------------------------------


def test_rename_merge_split_move_keep_old_codings(open_session: Callable[..., Session]) -> None:
    ana, ben = open_session("ana"), open_session("ben")
    new = ana.add("P1", 0, 3, "Cost")
    ana.code_rename("Cost", "Price")
    assert {c.code_id for c in ana.state.codings.itertuples()} == {"cost"}
    ana.code_merge("Price", "Waiting")
    assert set(ana.state.codings["code_id"]) == {"wait"}, "all coders', built and logged"
    assert "Pain > Price" not in set(ana.state.codebook["path"])
    assert ana.code("cost").name == "Waiting", "the old id stands for the new code"
    ben.refresh()
    ben.add("P1", 20, 30, "Waiting")
    ana.undo()
    counts = ana.state.codings["code_id"].value_counts().to_dict()
    assert counts == {"cost": 3, "wait": 1}, "apart again, and what came meanwhile stays"
    split = ana.code_split("Price", "Hidden fees", [new.coding_id or ""])
    assert ana.now.codings[new.coding_id or ""].code_id == split.code_id
    assert ana.now.codings["b1"].code_id == "cost"
    assert ana.now.codes.path(split.code_id or "") == "Pain > Hidden fees"
    ana.code_move("Pain > Price", "Joy")
    assert set(ana.state.codebook["path"]) == {"Pain", "Pain > Waiting", "Pain > Hidden fees", "Joy", "Joy > Price"}
    ana.code_memo("Joy > Price", "what it costs")
    ana.code_set("Joy > Price", kind="pain", valence=-2, color="#aa0000", stage="Decision")
    row = ana.state.codebook.set_index("path").loc["Joy > Price"]
    assert (row["memo"], row["kind"], row["valence"], row["stage"]) == ("what it costs", "pain", -2, "Decision")


def test_merging_a_code_into_one_below_it_keeps_the_tree(open_session: Callable[..., Session]) -> None:
    session = open_session()
    session.code_merge("Pain", "Cost")
    assert set(session.state.codebook["path"]) == {"Cost", "Cost > Waiting", "Joy"}


def test_a_split_takes_only_the_coders_own_codings(open_session: Callable[..., Session]) -> None:
    ana = open_session("ana", see_others=True)
    with pytest.raises(BadInput, match="ben's"):
        ana.code_split("Cost", "Fees", ["b1", "b2"])


def test_moves_of_two_coders_never_close_a_circle(open_session: Callable[..., Session]) -> None:
    ana, ben = open_session("ana"), open_session("ben")
    ana.code_move("Joy", "Cost")
    # ben has not seen it: written as his process would have, had it looked before
    with ben.log.writing():
        ben.log.append("ben", [("code_move", {"code_id": "pain", "parent_id": "joy"})])
    ana.refresh()
    assert set(ana.state.codebook["path"]) == {"Pain", "Pain > Cost", "Pain > Waiting", "Pain > Cost > Joy"}
    assert any("below itself" in p.found for p in ana.now.problems)
    with pytest.raises(BadInput, match="below itself"):
        ana.code_move("Pain", "Joy")


def test_merges_into_each_other_make_one_code(open_session: Callable[..., Session]) -> None:
    ana, ben = open_session("ana"), open_session("ben")
    ana.code_merge("Cost", "Waiting")
    with ben.log.writing():
        ben.log.append("ben", [("code_merge", {"code_id": "wait", "into": "cost"})])
    ana.refresh()
    assert ana.code("cost") is ana.code("wait")
    assert any("one already" in p.found for p in ana.now.problems)


def test_a_code_others_use_outlives_the_undo_of_its_adding(open_session: Callable[..., Session]) -> None:
    ana, ben = open_session("ana"), open_session("ben")
    ana.code_add("Trust", kind="need")
    ben.refresh()
    coding = ben.add("P1", 0, 3, "Trust")
    ana.undo()
    ben.refresh()
    assert ben.now.codings[coding.coding_id or ""].code_id == ben.code("Trust").code_id
    assert any("kept" in p.found for p in ben.now.problems)
    ben.remove(coding.coding_id or "")
    with pytest.raises(BadInput):
        ben.code("Trust")


def test_a_built_codebook_with_circles_and_missing_parents_is_told(tmp_path: Path) -> None:
    book = table("codebook", {"code_id": "a", "name": "A", "parent_id": "b"}, {"code_id": "b", "name": "B", "parent_id": "a"},
                 {"code_id": "c", "name": "C", "parent_id": "gone"})
    now = state([], book, table("codings"))
    assert set(now.codebook["path"]) == {"A", "A > B", "C"}
    assert len(now.problems) == 2


@pytest.mark.parametrize("name", ["", "  ", "a > b", "x" * 201, "cost"])
def test_names_a_code_cannot_have(open_session: Callable[..., Session], name: str) -> None:
    session = open_session()
    with pytest.raises(BadInput):
        session.code_add(name, "Pain")
    session.code_add("Waiting", "Joy")  # elsewhere in the tree it is another code
    with pytest.raises(BadInput, match="whole path"):
        session.code("Waiting")
    assert session.code("Joy > Waiting") is not session.code("Pain > Waiting")


def test_number_keys_follow_the_tree_unless_given(open_session: Callable[..., Session]) -> None:
    session = open_session()
    assert session.numbers() == {1: "pain", 2: "cost", 3: "wait", 4: "joy"}
    session.number("Joy", 1)
    assert session.numbers() == {1: "joy", 2: "pain", 3: "cost", 4: "wait"}
    session.number("Joy", 9)
    assert open_session().numbers() == {1: "pain", 2: "cost", 3: "wait", 9: "joy"}


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 4), (0, 10_000), (12, 13)])
def test_spans_that_are_none(open_session: Callable[..., Session], start: int, end: int) -> None:
    text = TEXT[:12] + " " + TEXT[13:]
    with pytest.raises(BadInput):
        open_session(docs=documents(P1=text)).add("P1", start, end, "Joy")


# --- a text that changed ------------------------------------------------------------------------------------------


def test_codings_follow_their_quote_when_the_text_changes(open_session: Callable[..., Session]) -> None:
    session = open_session()
    second = TEXT.index("Yes.", TEXT.index("Yes.") + 1)
    placed = {quote: session.add("P1", at, at + len(quote), "Joy").coding_id for quote, at in
              {"too dear": TEXT.index("too dear"), "Yes.": second, "niemand hat": TEXT.index("niemand hat"),
               "بعد ذلك": TEXT.index("بعد ذلك")}.items()}
    new = "Header 🙂\n" + TEXT.replace("niemand hat", "[Person 1] hat").replace("too  dear", "too dear")
    session = open_session(docs=documents(P1=new))
    now = session.now.codings
    assert new[slice(now[placed["too dear"]].start, now[placed["too dear"]].end)] == "too dear"
    yes = now[placed["Yes."]]
    assert yes.start == new.index("Yes.", new.index("Yes.") + 1), "the second of three, by its context"
    assert now[placed["niemand hat"]].quote == "[Person 1] hat", "what now stands between its contexts"
    assert now[placed["بعد ذلك"]].quote == "بعد ذلك"
    gone = open_session(docs=documents(P1="Nothing of it is left in here at all."))
    assert all(gone.now.codings[i].start is None for i in placed.values())
    assert len(gone.problems) == 4
    gone.memo(placed["too dear"] or "", "still mine")
    gone.remove(placed["Yes."] or "")
    assert len(open_session().codings()) == 4


@settings(max_examples=80)
@given(words=st.lists(st.sampled_from(["yes", "no", "dear", "👍", "e\u0301", "well", "بعد"]), min_size=3, max_size=60),
       data=st.data())
def test_relocate_is_right_or_silent(words: list[str], data: st.DataObject) -> None:
    """In an unchanged text a quote is found where it was or, if its surroundings recur, not at all."""
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    before, after = context(text, start, end)
    for changed, shift in ((text, 0), ("prologue\n" + text, 9)):
        found = relocate(changed, text[start:end], before, after)
        same = [i for i in range(len(text)) if text.startswith(text[start:end], i) and
                context(text, i, i + end - start) == (before, after)]
        assert found == (start + shift, end + shift) or (found is None and (len(same) > 1 or not text[start:end].strip()
                                                                            or shift))


# --- where codes lie on the journey -------------------------------------------------------------------------------

JOURNEY = Params.model_validate({"client": "acme", "journey": {"stages": [
    {"name": "Decision", "codes": "Pain", "touchpoints": [{"name": "Price list", "codes": ["Pain > Cost", "Fees"]}]},
    {"name": "Loyalty", "codes": ["Joy", "Waiting"]}]}})


def test_codes_are_placed_as_the_build_places_them() -> None:
    """Every path of up to three of these names, by the build's SQL and by the log's rules."""
    names = ["Pain", "Cost", "Fees", "Joy", "Waiting", "Other"]
    paths = [p for size in (1, 2, 3) for p in itertools.product(names, repeat=size)]
    engine = file_engine()
    engine.con.execute("CREATE TABLE in_codebook (code_id VARCHAR, name VARCHAR, path VARCHAR, touchpoint VARCHAR, stage VARCHAR)")
    rows = pd.DataFrame([(str(i), p[-1], " > ".join(p)) for i, p in enumerate(paths)], columns=["code_id", "name", "path"])
    engine.register("rows", rows)
    engine.con.execute("INSERT INTO in_codebook SELECT *, NULL, NULL FROM rows")
    place_codings(engine, JOURNEY)
    rules = Rules.of(JOURNEY.journey)
    for name, path, touchpoint, stage in engine.con.execute("SELECT name, path, touchpoint, stage FROM in_codebook").fetchall():
        assert rules.place(name, path) == (touchpoint, stage), path
    engine.close()


def test_codings_go_where_their_code_goes(tmp_path: Path) -> None:
    book, codings = CODEBOOK.copy(), CODINGS.copy()
    places = {"pain": (None, "Decision"), "cost": ("Price list", "Decision"), "wait": (None, "Decision"), "joy": (None, "Loyalty")}
    for column, i in (("touchpoint", 0), ("stage", 1)):
        book[column] = [places[c][i] for c in book["code_id"]]
        codings[column] = [places[c][i] for c in codings["code_id"]]
    codings.loc[1, "stage"] = "Awareness"  # said by the coding itself
    session = Session(tmp_path, "ana", documents(), book, codings, journey=JOURNEY.journey)

    def seen() -> dict[str, tuple[Any, Any]]:
        frame = session.state.codings.set_index("coding_id")
        return {i: tuple(None if pd.isna(v) else v for v in (row["touchpoint"], row["stage"])) for i, row in frame.iterrows()}

    as_built = {"b1": ("Price list", "Decision"), "b2": ("Price list", "Awareness")}
    assert seen() == as_built
    session.recode("b1", "Joy")
    assert seen() == {"b1": (None, "Loyalty"), "b2": ("Price list", "Awareness")}
    session.undo()
    session.code_move("Pain > Cost", "Joy")
    assert seen() == {"b1": (None, "Loyalty"), "b2": (None, "Awareness")}
    session.code_set("Joy > Cost", stage="Decision")
    assert seen()["b1"] == (None, "Decision"), "what a coder chose is not overruled"
    deep = session.code_add("Tariff", "Joy > Cost").code_id or ""
    new = session.add("P1", 0, 3, deep)
    assert seen()[new.coding_id or ""] == (None, "Decision"), "as the code above"
    fees = session.add_new("P1", 0, 4, "Fees")
    assert seen()[fees.coding_id or ""] == ("Price list", "Decision")
    for _ in range(5):
        session.undo()
    assert seen() == as_built
    assert session.code_add("Late", "Pain").code_id
    row = session.state.codebook.set_index("path").loc["Pain > Late"]
    assert (row["kind"], row["valence"], row["stage"]) == ("pain", -1, "Decision"), "kind and valence as the code above"


# --- erasing ------------------------------------------------------------------------------------------------------


def test_what_was_said_by_an_erased_person_is_forgotten(open_session: Callable[..., Session]) -> None:
    ana, ben = open_session("ana"), open_session("ben")
    ana.add("P1", 0, 3, "Joy", memo="secret")
    ana.add_new("P2", 0, 3, "Keep")
    ben.add("P1", 4, 8, "Joy")
    with ben.log.path.open("a") as file:
        file.write('{"document_id": "P1", torn')
    assert erase_documents(ana.folder, ["P1"]) == 3
    left = b"".join(log.path.read_bytes() for log in read_logs(ana.folder))
    assert b"P1" not in left and b"secret" not in left
    done = ana.add("P2", 5, 8, "Joy")  # a session that was open goes on in the new file
    assert [c.quote for c in open_session("ana").codings("P2")] == ["Ana", "Die"]
    ana.undo()
    ana.undo()
    assert done.coding_id not in open_session("ana").now.codings
    assert open_session("ana").codings("P2") == []
    assert erase_documents(ana.folder / "none", ["P1"]) == 0


# --- what analyses count ------------------------------------------------------------------------------------------


def _study(root: Path) -> Study:
    folder = root / "data" / "tables" / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    docs = documents()
    whole = table("documents", *[{**row, "kind": "interview"} for row in docs.to_dict("records")])
    rows = {}
    for name, frame in {"documents": whole, "codebook": CODEBOOK, "codings": CODINGS}.items():
        types = {"text": "str", "integer": "Int64", "number": "Float64", "boolean": "boolean", "json": "str"}
        typed = {c.name: frame[c.name].astype(types.get(c.type, "datetime64[us, UTC]")) for c in TABLES[name].columns}
        pd.DataFrame(typed).to_parquet(folder / f"{name}.parquet")
        rows[name] = {"rows": len(frame), "sha256": "0"}
    return Study(Params(client="acme"), Workspace(root), {"tables": rows})


def test_the_study_counts_what_was_coded(tmp_path: Path) -> None:
    study = _study(tmp_path)
    assert study.query("SELECT * FROM codings").shape == (2, 12)
    before = study.sha256
    session = Session(study.workspace.codings("acme"), "ana", documents(), CODEBOOK, CODINGS)
    session.add("P2", 0, 3, "Joy")
    session.remove("b1")
    assert (study.sha256, len(study.query("FROM codings"))) == (before, 2), "answers do not change under a reader"
    study.refresh()
    assert study.sha256 != before
    counts = study.query("""SELECT c.path, count(*) AS n FROM codings JOIN codebook c USING (code_id)
                            GROUP BY ALL ORDER BY 1""")
    assert counts.values.tolist() == [["Joy", 1], ["Pain > Cost", 1]]
    assert study.row_counts["codings"] == len(study.query("FROM codings_all")) == 2
    types = {r[0]: r[1] for r in study.query("DESCRIBE codings").itertuples(index=False)}
    assert (types["start"], types["created_at"], types["is_synthetic"]) == ("BIGINT", "TIMESTAMP WITH TIME ZONE", "BOOLEAN")
    other = _study(tmp_path)
    assert other.sha256 == study.sha256
    other.close()
    study.workspace.codings("acme").joinpath("ana.jsonl").unlink()
    study.refresh()
    assert (study.sha256, len(study.query("FROM codings"))) == (before, 2)
    study.close()


def test_interviews_without_any_built_coding_can_be_coded(tmp_path: Path) -> None:
    study = _study(tmp_path)
    for name in ("codebook", "codings"):
        (study.folder / f"{name}.parquet").unlink()
    session = Session(study.workspace.codings("acme"), "ana", documents(), study.query("FROM codebook"),
                      study.query("FROM codings"))
    session.add_new("P1", 0, 3, "Speaker")
    fresh = Study(study.params, study.workspace, {"tables": {"documents": {"rows": 2}}})
    fresh.need("codings", "codebook")
    assert fresh.query("SELECT coder, quote FROM codings").values.tolist() == [["ana", "Ana"]]
    fresh.close()
    study.close()


def test_thousands_of_codings_stay_quick(tmp_path: Path) -> None:
    text = "word " * 40_000
    docs = documents(P1=text)
    rows = [{"coding_id": f"b{i}", "document_id": "P1", "code_id": "cost", "coder": "ana", "start": i * 50,
             "end": i * 50 + 9, "quote": text[i * 50:i * 50 + 9], "is_synthetic": False} for i in range(2000)]
    session = Session(tmp_path, "ana", docs, CODEBOOK, table("codings", *rows))
    began = time.process_time()
    for i in range(20):
        session.add("P1", i * 5, i * 5 + 4, "Joy")
    assert (time.process_time() - began) / 20 < 0.25  # CPU seconds; a tenth of it is usual


@pytest.mark.slow
def test_a_new_code_reaches_the_themes_and_the_findings_for_the_map(demo_workspace: Workspace, tmp_path: Path) -> None:
    """Coded in seven of twelve interviews: counted by participants, placed at its stage, with the quotes' spans."""
    from cjm_research.analysis import coding
    from cjm_research.study import open_study

    (tmp_path / "data" / "tables").mkdir(parents=True)
    (tmp_path / "data" / "tables" / "demo").symlink_to(demo_workspace.tables("demo"))
    (tmp_path / "params").symlink_to(demo_workspace.params)
    study = open_study("demo", Workspace(tmp_path))
    built = study.engine.built
    session = Session(study.workspace.codings("demo"), "ana", study.query("FROM documents_all"), built("codebook"),
                      built("codings"), journey=study.params.journey)
    session.code_add("Broken lock", kind="pain", valence=-2, stage="Purchase")
    turns = study.query('SELECT document_id, min_by("start", turn) AS "start", min_by("end", turn) AS "end" FROM turns '
                        "WHERE NOT is_interviewer GROUP BY ALL ORDER BY 1 LIMIT 7")
    for row in turns.itertuples():
        session.add(str(row.document_id), int(row.start), int(row.end), "Broken lock")
        session.add(str(row.document_id), int(row.start), int(row.end) - 1, "Broken lock")
    study.refresh()
    themes = coding.themes(study)
    counted = themes["codes"].set_index("path").loc["Broken lock"]
    assert (counted["n"], counted["base"], counted["kind"]) == (7, 12, "pain")
    (finding,) = [f for f in themes.findings if "Broken lock" in f.statement and f.persona is None]
    assert (finding.kind, finding.stage, finding.source) == ("pain", "Purchase", "interview")
    for _ in range(14):
        session.undo()
    study.refresh()
    assert "Broken lock" not in set(coding.themes(study)["codes"]["path"])
    study.close()
