"""`open_coder`: the widget where somebody codes, a line in a report, a card where nobody says who codes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cjm_research import open_coder, open_study
from cjm_research.analysis import coding
from cjm_research.errors import NotEnoughData
from cjm_research.notebook.chapter import quotes_block
from cjm_research.notebook.widgets import Coder
from cjm_research.page.blocks import MIME
from cjm_research.study import Study

from .lab import write_workspace

TEXT = "Dan: How was it?\nAna: The plan was too dear for all of us, and waiting was long.\nDan: Yes.\nAna: The card was easy, really easy to use.\n"
CODES = [{"code_id": "cost", "name": "Cost", "path": "Cost", "kind": "pain", "valence": -1.0},
         {"code_id": "ease", "name": "Ease", "path": "Ease", "kind": "gain", "valence": 1.0}]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    write_workspace(tmp_path, "talks", {"P1": TEXT, "P2": TEXT * 2}, CODES)
    opened = open_study("talks", tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is displayed."""
    import IPython.display

    from cjm_research.notebook import chapter

    found: list[Any] = []
    monkeypatch.setattr(chapter.live, "shell", object)  # as in a notebook
    monkeypatch.setattr(IPython.display, "display", lambda *what, **_: found.extend(what))
    for name in ("CJM_REPORT_RUN", "CJM_CODER"):
        monkeypatch.delenv(name, raising=False)
    return found


def test_in_jupyterlab_it_is_the_widget(study: Study, shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    open_coder(study, "ana", "P2")
    assert isinstance(shown[0], Coder) and (shown[0].session.coder, shown[0].document_id) == ("ana", "P2")
    monkeypatch.setenv("CJM_CODER", "ben")
    open_coder(study)
    assert shown[1].session.coder == "ben"
    monkeypatch.delenv("CJM_CODER")
    monkeypatch.setattr("getpass.getuser", lambda: "mira")
    open_coder(study)
    assert shown[2].session.coder == "mira"
    for widget in shown:
        widget.close()


def test_on_a_shared_login_somebody_must_say_who_codes(study: Study, shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "jovyan")
    open_coder(study)
    assert shown[0][MIME]["kind"] == "card" and 'coder = "ana"' in shown[0][MIME]["next"]


def test_in_a_report_it_says_nothing_to_readers(study: Study, shown: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CJM_REPORT_RUN", "1")
    monkeypatch.setattr("cjm_research.notebook.widgets.coder.widget.Coder.__init__", lambda *_: pytest.fail("costs something"))
    open_coder(study)
    assert shown == []
    write_workspace(tmp_path, "empty", {}, [])
    open_coder(open_study("empty", tmp_path))
    assert shown[0][MIME]["kind"] == "card"


def test_progress_and_quotes_follow_the_coding(study: Study) -> None:
    none = coding.progress(study)
    assert none.sentences == ["2 interviews are ready to be coded; nobody has coded yet."] and none["coders"].empty
    session = Coder(study, coder="ana").session
    start = TEXT.index("The plan")
    session.add("P1", start, start + 34, "Cost", "dear!")
    session.add("P1", TEXT.index("The card"), len(TEXT) - 1, "Ease")
    session.undo()
    session.redo()
    study.refresh()
    done = coding.progress(study)
    assert done.sentences == ["ana marked 2 passages in 1 interview.", "1 of 2 interviews is not coded yet: P2."]
    row = done["coders"].iloc[0]
    assert row[["made_by", "interviews", "codings", "located", "codes", "memos"]].tolist() == ["a person", 1, 2, 2, 2, 1]
    assert len(row["last_coded"]) == 10 and done["interviews"]["coders"].tolist() == ["ana", "nobody yet"]
    block = quotes_block(coding.quotes(study))
    said = {i["code"]: i for i in block.items}
    assert said["Cost (1 of 1)"]["text"] == TEXT[start:start + 34]
    contrary = next(i for i in block.items if i["code"].startswith("contrary to Cost"))
    assert contrary["text"] == "The card was easy, really easy to use." and contrary["who"] == "P1" and contrary["finding"]
    assert hashlib.sha256(TEXT.encode()).hexdigest() in {e.text_sha256 for f in coding.quotes(study).findings for e in f.evidence}


def test_nothing_to_code_is_said(tmp_path: Path) -> None:
    write_workspace(tmp_path, "empty", {}, [])
    with pytest.raises(NotEnoughData):
        coding.progress(open_study("empty", tmp_path))
