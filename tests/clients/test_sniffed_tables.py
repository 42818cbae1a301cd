"""What tables of ordinary folders are proposed as: whom reviews are about, which id is the person, what is superseded, what is coded."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cjm_research.clients.lacking import unanswered
from cjm_research.clients.new import new_from
from cjm_research.clients.sniffing import Proposal, propose
from cjm_research.clients.sniffing.written import params_text
from cjm_research.command.setting_up import _value
from cjm_research.params import Workspace
from cjm_research.workspaces import make_workspace


def written(found: Proposal, *kinds: str) -> dict[str, dict]:
    """The sources of the params, where every proposal that is named was said to be right."""
    answers = {(str(t.source["name"]), "kind"): r.kind for r, t in found.trials if str(t.source["name"]) in kinds}
    return {s["name"]: s for s in yaml.safe_load(params_text("acme", found, answers))["sources"]}


def test_reviews_of_orders_find_their_customers(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("order_id,customer_id,purchased_at,delivered_at\n" + "".join(f"o{i:03},c{i % 30},2026-01-{1 + i % 28:02}T10:00:00Z,2026-02-{1 + i % 28:02}T10:00:00Z\n" for i in range(60)))
    (tmp_path / "reviews.csv").write_text("review_id,order_id,score,comment,created_at\n" + "".join(f"r{i},o{i:03},{1 + i % 5},This came {i} days later than promised to me,2026-02-{1 + i % 28:02}T11:00:00Z\n" for i in range(40)))
    reviews = next(t for _, t in propose(tmp_path).trials if t.source["name"] == "reviews")
    assert reviews.source["joins"] == [{"files": "orders.csv", "by": "order_id", "columns": ["customer_id"]}]
    assert reviews.delivered is not None
    assert reviews.delivered.tables["feedback"]["customer_key"].tolist() == [f"c{i % 30}" for i in range(40)]


@pytest.mark.parametrize(("second", "person"), [("customer_unique_id", "customer_unique_id"), ("account_id", "customer_id"), ("customer_email", "customer_id")])
def test_the_person_behind_several_ids(second: str, person: str, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(f"customer_id,{second},city\n" + "".join(f"k{i},u{i // 2}{'@example.org' if 'email' in second else ''},Ulm\n" for i in range(40)))
    (found, read), = propose(tmp_path).trials
    assert found.columns == {"customer_id": person}
    assert read.delivered is not None and read.delivered.report.rows_kept["customers"] == (20 if person == second else 40)
    if person == second:  # each of a person's ids is tied to them, not only that of their first row
        assert read.delivered.same_person is not None and set(read.delivered.same_person["key_b"]) == {f"k{i}" for i in range(40)}


def test_superseded_rows_of_a_connector_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "h.csv").write_text("user_id,status,changed_at,_fivetran_active\n" + "".join(f"u{i % 6},{('open', 'closed')[i % 2]},2026-01-{1 + i:02}T10:00:00Z,{'TRUE' if i % 3 else 'FALSE'}\n" for i in range(24)))
    (_, read), = propose(tmp_path).trials
    assert read.source["filter"] == {"_fivetran_active": ["TRUE"]}
    assert read.delivered is not None and read.delivered.report.rows_kept["interactions"] == 16


def test_one_address_in_all_rows_is_nobody(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,email,created_at,first_visit,closed_on\n" + "".join(f"{i},info@example.org,2026-01-{1 + i:02}T10:00:00Z,2026-01-{1 + i:02}T11:00:00Z,2026-01-{1 + i:02}T12:00:00Z\n" for i in range(20)))
    assert not any(r.columns.get("customer_id") == "email" for r, _ in propose(tmp_path).trials)


def test_a_clock_without_a_day_is_no_time(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("ID,DEPTIME," + ",".join(f"Q{i}" for i in range(1, 7)) + "\n" + "".join(f"{i},12/31/1899 09:{i:02}:00 AM," + ",".join(str((i + k) % 5) for k in range(6)) + "\n" for i in range(20)))
    (found, read), = propose(tmp_path).trials
    assert found.kind == "survey" and "answered_at" not in found.columns and not [q for q in read.questions if q.key == "timezone"]


def test_items_that_share_their_answers_are_a_survey(tmp_path: Path) -> None:
    items = ["yummy", "fast", "cheap", "greasy", "healthy", "tasty"]
    (tmp_path / "m.csv").write_text(",".join([*items, "Age"]) + "\n" + "".join(",".join([*(("Yes", "No")[(i + k) % 2] for k in range(6)), str(20 + i)]) + "\n" for i in range(30)))
    (found, _), = propose(tmp_path).trials
    assert (found.kind, found.proven, len(found.questions)) == ("survey", False, 7)


def test_a_weak_proposal_is_not_taken_by_an_empty_line(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text("CustomerId,InvoiceDate,Total\n" + "".join(f"c{i % 5},2026-01-{1 + i:02}T10:00:00Z,9.50\n" for i in range(20)))
    question, = [q for q in propose(tmp_path).questions if q.key == "kind"]
    assert (question.proposed, _value(question, ""), _value(question, "y"), _value(question, "no"), _value(question, "deals")) == ("", "", "events", "", "deals")


def test_a_dump_of_a_database_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "shop.sql").write_text("CREATE TABLE a (b int);\nINSERT INTO a VALUES (1);\n")
    other, = propose(tmp_path).others
    assert "export its tables" in other.why


TOOLS = {
    "maxqda": ("Color;Document group;Document name;Code;Begin;End;Weight score;Segment;Modified by;Comment\n", "●;;P{d};Pain > Wait;1;1;0;{q};Ann;\n"),
    "atlas": ("ID,Quotation Name,Document,Quotation Content,Codes,Comment,Created by\n", '1:{i},x,P{d},{q},"Pain: wait\nNeed",,Ann\n'),
    "dedoose": ("Media Title,Excerpt Range,Excerpt Creator,Excerpt Date,Excerpt Copy,Codes Applied Combined\n", 'P{d}.txt,1-2,Ann,2026-01-0{d},{q},"Wait"\n'),
    "taguette": ("id,document,tag,content\n", "{i},P{d}.txt,wait,{q}\n"),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_coded_segments_of_each_program_are_located_in_the_transcripts(tool: str, tmp_path: Path) -> None:
    head, row = TOOLS[tool]
    said = [f"I waited {n} whole days for it" for n in range(6)]
    for d in (1, 2):
        (tmp_path / f"P{d}.txt").write_text("".join(f"Mara: How was it then?\nP: {s}.\n" for s in said))
    (tmp_path / "codings.csv").write_text(head + "".join(row.format(i=i, d=1 + i % 2, q=s) for i, s in enumerate(said)))
    (tmp_path / "codes.csv").write_text("code,memo\nPain > Wait,Time lost\nNeed,\n")
    found, read = next((r, t) for r, t in propose(tmp_path).trials if r.kind == "codings_csv")
    assert not found.proven and not read.problem, read.problem
    assert read.delivered is not None and read.source["files"] == ["codings.csv", "codes.csv", "P1.txt", "P2.txt"]
    codings = read.delivered.tables["codings"]
    assert len(codings) == (12 if tool == "atlas" else 6) and codings["start"].notna().all()


def test_the_currency_question_belongs_to_no_source(tmp_path: Path) -> None:
    make_workspace(tmp_path / "w")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "i.csv").write_text("user_id,event,at,value\n" + "".join(f"c{i % 5},{('see', 'buy')[i % 2]},2026-01-{1 + i:02}T10:00:00Z,9.50\n" for i in range(20)))
    place = Workspace(tmp_path / "w")
    found = propose(tmp_path / "x")
    new_from("acme", place, tmp_path / "x", found, {("i", "kind"): "events"})
    assert [(q["source"], "currency" in q["asks"]) for q in unanswered("acme", place)] == [("", True)]
