"""Tab on a study, as IPython's completer asks for it; Jedi, who reads the sources of pandas for it, is never asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from cjm_research import live
from cjm_research.notebook.completing import complete_studies, names_after
from cjm_research.questions import QUESTIONS
from cjm_research.study import Study
from tests.studies import interactions, make_study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path, {"interactions": interactions(("a", "x", "2026-01-01"))})


@pytest.fixture
def shell(study: Study, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    monkeypatch.setattr(live, "shell", lambda: shell)
    shell.user_ns["study"] = study
    complete_studies()
    complete_studies()
    yield shell


def completed(shell: InteractiveShell, code: str) -> list[str]:
    """The whole text, for each completion offered."""
    with provisionalcompleter():
        return [code[:c.start] + c.text + code[c.end:] for c in shell.Completer.completions(code, len(code))]


@pytest.mark.parametrize(("code", "offered"), [
    ('study.sql("SELECT 1").', "groupby"), ('mine = study.sql("""SELECT *\nFROM t""", c=1).val', "value_counts"), ("study.ask.fun", "funnel"), ("study.as", "ask"),
    ('print(study.ask.funnel("x", window="7d").', "steps"), ('study.ask.funnel("x").to_', "to_excel"), ("x = 1\nstudy.ta", "tables"), ("study.interactions.occ", "occurred_at"), ("study.tables.interactions.", "groupby"),
    ('study.ask.funnel("x", win', "window="), ("f(study.ask.funnel(", "name="), ("study.ask.funnel(stu", "study")])
def test_tab_offers_what_a_study_gives_and_asks_nobody_else(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, code: str, offered: str) -> None:
    def asked(*_: Any) -> Any:
        raise AssertionError("Jedi was asked")

    monkeypatch.setattr(shell.Completer, "_jedi_matches", asked)
    found = completed(shell, code)
    begun = code[:len(code) - len(re.search(r"\w*$", code).group())]  # type: ignore[union-attr]
    assert begun + offered in found and all(text.startswith(code) for text in found) and len(set(found)) == len(found)
    assert len(shell.Completer.custom_matchers) == 1, "a study that is opened again adds nothing"


def test_what_follows_is_known_without_running_anything(study: Study) -> None:
    def after(code: str) -> list[str]:
        return (names_after(code, {"study": study, "x": 1}) or ([], ""))[0]

    assert after("study.ask.") == sorted(q.name for q in QUESTIONS)
    assert set(after('study.ask.nothing_like_it("x").')) == set() == set(after("x.")) == set(after("other.ask.")) == set(after("a.study."))
    assert {"steps", "findings", "to_frame"} <= set(after('study.ask.funnel("not there").'))
    assert "window=" in after('study.ask.funnel("x", ') and not {"name=", "window="} & set(after('study.ask.funnel("x", window="7d", '))
    assert after("study.ask.funnel(window=") == [] == after("study.ask.funnel(f(1), g(") and names_after("print(stu", {"study": study}) is None
    assert after('study.sql("no SQL").iloc[0].') == [] == after('study.sql("SELECT 1"'), "not known here: IPython asks Jedi"
    assert "columns" in after('f(study.sql("it\'s (odd").') and set(after('study.sql("a").')) <= set(dir(pd.DataFrame))
