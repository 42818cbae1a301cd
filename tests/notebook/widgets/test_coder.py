"""The coding widget without a browser: what it tells, what it refuses, and what it is made of."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cjm_research import open_study
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.notebook.widgets import Coder
from cjm_research.notebook.widgets.coder.messages import ACTIONS, arguments
from cjm_research.notebook.widgets.coder.widget import STATIC
from cjm_research.study import Study

from .lab import write_workspace

TEXT = "Dan: How was it?\nAna: The 👨‍👩‍👧 plan was too dear 😀, and waiting was long.\nDan: Yes.\nAna: Yes.\n"
CODES = [{"code_id": "pain", "name": "Pain", "path": "Pain"},
         {"code_id": "cost", "name": "Cost", "parent_id": "pain", "path": "Pain > Cost"}]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    built = [{"coding_id": "b1", "document_id": "P1", "code_id": "cost", "coder": "ben", "start": 0, "end": 3,
              "quote": "Dan", "is_synthetic": False}]
    write_workspace(tmp_path, "talks", {"P1": TEXT, "P2": TEXT * 2}, CODES, built)
    opened = open_study("talks", tmp_path)
    yield opened
    opened.close()


Ask = Callable[..., dict[str, Any]]


def asking(coder: Coder, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Speak to the widget as the browser does; the last answer."""
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(coder, "send", lambda content: heard.append(json.loads(json.dumps(content))))

    def ask(kind: str, **content: Any) -> dict[str, Any]:
        heard.clear()
        coder._hear(coder, {"type": kind, **content}, [])
        return heard[-1] if heard else {}
    return ask


def test_a_session_as_the_browser_has_it(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    coder = Coder(study, coder="ana")
    ask = asking(coder, monkeypatch)
    first = ask("ready")
    assert (first["type"], first["document"]["text"], first["codings"]) == ("snapshot", TEXT, [])
    assert [TEXT[a:b] for a, b, *_ in first["document"]["turns"]][1].startswith("The 👨‍👩‍👧")
    assert [(c["path"], c["depth"], c["number"]) for c in first["codes"]] == [("Pain", 0, 1), ("Pain > Cost", 1, 2)]
    start = TEXT.index("too dear")
    change = ask("do", id="1", action="add", args={"document_id": "P1", "start": start, "end": start + 8, "code": "cost"})
    assert (change["for"], change["words"], change["remove"]) == ("1", "Coded “Cost”: “too dear”", [])
    assert [c["here"] for c in change["codes"]] == [0, 1]
    (mine,) = change["upsert"]
    assert (mine["start"], mine["own"]) == (start, True)
    assert "codes" not in ask("do", id="2", action="memo", args={"coding_id": mine["id"], "memo": "dear!"})
    assert study.query("SELECT quote, memo FROM codings WHERE coder = 'ana'").values.tolist() == [["too dear", "dear!"]]
    ask("do", id="3", action="undo", args={})
    gone = ask("do", id="4", action="undo", args={})
    assert gone["remove"] == [mine["id"]] and gone["redo"] and not gone["undo"]
    assert study.row_counts["codings"] == 1
    again = ask("do", id="5", action="redo", args={})
    assert again["coding_id"] == mine["id"]
    assert ask("open", document_id="P2")["document"]["id"] == "P2"
    elsewhere = ask("do", id="6", action="undo", args={})
    assert (elsewhere["in_document"], elsewhere["remove"]) == ("P1", [])
    ask("do", id="7", action="redo", args={})
    listed = ask("list", id="8", code="cost")
    assert [i["quote"] for i in listed["items"]] == ["too dear"], "across documents, own ones only"
    assert ask("open", document_id="nowhere") == {}
    coder.close()


def test_a_new_widget_finds_what_the_last_one_coded(study: Study, tmp_path: Path) -> None:
    first = Coder(study, "P2", coder="ana")
    first.session.add("P2", 5, 8, "Cost")
    other = open_study("talks", tmp_path)
    second = Coder(other, coder="ana")
    assert second.table()["quote"].tolist() == ["How"]
    assert Coder(other, coder="cy").table().empty, "blind"
    assert Coder(other, coder="cy", see_others=True).table()["coder"].tolist() == ["ben", "ana"]
    other.close()


def test_without_a_kernel_a_table_is_left(study: Study) -> None:
    coder = Coder(study, coder="<b>ana")
    coder.session.code_rename("cost", "<script>x</script>")
    coder.session.add("P1", 5, 8, "cost")
    data = coder._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<script>" not in data["text/html"] and "&lt;b&gt;ana" in data["text/html"]
    assert data["text/plain"] == "Codings by <b>ana: 1 in 2 documents"


def test_refusals_are_words(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    coder = Coder(study, coder="ana")
    ask = asking(coder, monkeypatch)
    for args in ({"document_id": "P1", "start": 5, "end": 5, "code": "cost"},
                 {"document_id": "P1", "start": 0, "end": 10_000, "code": "cost"},
                 {"document_id": "P1", "start": 0, "end": 3, "code": "gone"}):
        assert ask("do", id="1", action="add", args=args)["type"] == "refused"
    assert "Nothing" not in ask("do", id="1", action="undo", args={})["words"]
    other = ask("do", id="2", action="remove", args={"coding_id": "b1"})
    assert (other["type"], "ben's" in other["words"]) == ("refused", True)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cjm_research.coding_log.store.os.fsync", full)
    told = ask("do", id="3", action="add", args={"document_id": "P1", "start": 0, "end": 3, "code": "cost"})
    assert told["type"] == "refused" and "Not saved" in told["words"]
    assert coder.table().empty


@pytest.mark.parametrize("given", [
    ("explode", {}), ("add", []), ("add", {"start": "1"}), ("add", {"start": True}), ("add", {"code": 5}),
    ("add", {"coder": "ben"}), ("code_split", {"coding_ids": [1]}), ("code_edit", {"valence": "x"}),
    ("__init__", {}), ("remove", {"coding_id": None}),
])
def test_messages_no_browser_of_ours_sends(given: tuple[str, Any]) -> None:
    with pytest.raises(ValueError, match=given[0]):
        arguments(*given)


def test_every_action_is_one_of_the_session(study: Study) -> None:
    coder = Coder(study, coder="ana")
    assert all(callable(getattr(coder.session, action)) for action in ACTIONS)


def test_bad_arguments_are_told(study: Study, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="P1, P2"):
        Coder(study, "P9", coder="ana")
    with pytest.raises(BadInput, match="name or initials"):
        Coder(study)
    write_workspace(tmp_path, "empty", {}, [])
    with pytest.raises(NotEnoughData):
        Coder(open_study("empty", tmp_path), coder="ana")


# --- what the browser gets ----------------------------------------------------------------------------------------


def test_the_bundle_is_built_from_the_sources_here() -> None:
    """As js/build.mjs hashes them; whoever changes a source builds again (`npm ci && npm run build` in js/)."""
    folder = ROOT / "js" / "src" / "coder"
    files = [*sorted(folder.iterdir(), key=lambda p: p.name), ROOT / "js" / "package-lock.json", ROOT / "js" / "build.mjs"]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    assert f"sources {digest.hexdigest()};" in (STATIC / "coder.js").read_text(encoding="utf-8")[:200]


def test_the_bundle_asks_nobody_else() -> None:
    code = (STATIC / "coder.js").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[\w./-]+", code)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|importScripts|sendBeacon|\beval\(", code)
    assert "url(" not in (STATIC / "coder.css").read_text()


def test_every_bundled_package_has_its_licence() -> None:
    text = (STATIC / "coder.LICENSES.txt").read_text(encoding="utf-8")
    parts = text.split("\n" + "-" * 80 + "\n")
    assert len(parts) >= 5
    for part in parts:
        assert re.search(r"\((MIT|ISC|BSD-[23]-Clause|Apache-2\.0)\)", part) and "copyright" in part.lower()


def test_all_styles_are_scoped_under_one_class() -> None:
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "coder.css").read_text(), flags=re.DOTALL)
    selectors = [s.strip() for rule in re.findall(r"([^{}]+)\{", css) for s in rule.split(",")]
    assert len(selectors) > 60
    for selector in selectors:
        assert selector.startswith(".cjm-coder") or re.match(r"@(media|container)\b", selector), selector


def test_no_address_of_an_index_is_in_the_lock() -> None:
    lock = json.loads((ROOT / "js" / "package-lock.json").read_text())
    assert not any("resolved" in package for package in lock["packages"].values())
    pinned = json.loads((ROOT / "js" / "package.json").read_text())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in {**pinned["dependencies"], **pinned["devDependencies"]}.values())


def test_the_guide_lists_the_keys_of_the_help() -> None:
    keys = (ROOT / "js" / "src" / "coder" / "keys.ts").read_text(encoding="utf-8")
    rows = re.findall(r'\["([^"]+)", "([^"]+)"\],', keys)
    guide = (ROOT / "docs" / "coding-widget.md").read_text(encoding="utf-8")
    assert len(rows) >= 20
    for key, what in rows:
        assert re.search(rf"^\| {re.escape(key)} \| .*{re.escape(what)}", guide, re.MULTILINE) or key == "Enter", key
