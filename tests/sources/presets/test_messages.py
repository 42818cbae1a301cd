"""Tools of messages: what was sent is no attention, what a machine opened is told apart, and what never left is dropped and counted."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cjm_research.build import build
from cjm_research.errors import BadInput
from cjm_research.log.actors import not_theirs
from cjm_research.params import Workspace
from cjm_research.params.schema import Source
from cjm_research.sources import SOURCES
from cjm_research.sources.contract import Context
from cjm_research.study import open_study
from cjm_research.workspaces import make_workspace

from .samples import SAMPLES

_DROPPED = {"braze": {"change of a person's record, no action": 1, "message that was not sent": 1, "click that Braze suspects of a bot": 1}, "klaviyo": {}, "iterable": {"message that was not sent": 1}}
_THEIRS = {"braze": ["users.messages.email.Click", "users.messages.email.Open"], "klaviyo": ["Placed Order"], "iterable": []}


@pytest.mark.parametrize("kind", sorted(_DROPPED))
def test_only_what_a_person_did_counts_as_theirs(kind: str, tmp_path: Path) -> None:
    make_workspace(tmp_path / "w")
    place = Workspace(tmp_path / "w")
    file, content, _, _ = SAMPLES[kind]
    place.raw("acme").mkdir(parents=True)
    (place.raw("acme") / file).write_bytes(content)
    place.params_file("acme").write_text(yaml.safe_dump({"client": "acme", "sources": [{"name": "mail", "kind": kind, "files": file}], "funnels": [], "journey": {"stages": []}}))
    built = build("acme", place)
    assert built.sources[0]["dropped"] == _DROPPED[kind]
    study = open_study("acme", place)
    others = not_theirs(study)
    assert sorted(study.query(f"SELECT event FROM interactions_all WHERE NOT coalesce({others}, FALSE)")["event"]) == _THEIRS[kind]


def test_machine_opens_and_requests_to_delete_are_told(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(SAMPLES["braze"][1])
    notes = SOURCES["braze"].read([tmp_path / "b.jsonl"], Source(name="mail", kind="braze", files="b.jsonl"), Context("acme", None)).report.notes
    assert any(n.startswith("1 opens were made by machines") for n in notes) and any("requests to delete a person" in n for n in notes)


def test_a_folder_of_one_type_needs_its_name(tmp_path: Path) -> None:
    """An export to storage has a folder an event type, and rows that do not repeat it."""
    (tmp_path / "o.jsonl").write_text('{"id": "1", "user_id": "5", "external_user_id": "u1", "time": 1772442000, "dispatch_id": "d", "machine_open": null}\n')
    source = Source(name="opens", kind="braze", files="o.jsonl")
    with pytest.raises(BadInput, match="do not say which type of event"):
        SOURCES["braze"].read([tmp_path / "o.jsonl"], source, Context("acme", None))
    named = source.model_copy(update={"constants": {"event": "users.messages.email.Open"}})
    rows = SOURCES["braze"].read([tmp_path / "o.jsonl"], named, Context("acme", None)).tables["interactions"]
    assert rows["event"].tolist() == ["users.messages.email.Open"] and str(rows["occurred_at"][0]) == "2026-03-02 09:00:00+00:00"
