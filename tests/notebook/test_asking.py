"""The researcher's menu: questions as methods, options checked, answers that show themselves once, text in a plain script."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest

import cjm_research
from cjm_research import ask, charts, open_studies, open_study, questions, show, table
from cjm_research.command.stub import PATH, stub_text
from cjm_research.errors import BadInput, NotEnoughData
from cjm_research.questions import QUESTIONS
from cjm_research.results.result import Result
from cjm_research.study import Study
from tests.studies import interactions, make_study

FUNNEL = {"name": "shop", "window": "30d", "steps": [{"name": "Seen", "event": "view"}, {"name": "Bought", "event": "buy"}]}
ROWS = (("a", "view", "2026-01-01"), ("b", "view", "2026-01-02"), ("b", "buy", "2026-01-03"), ("c", "view", "2026-01-04"), ("c", "buy", "2026-01-20"))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path, {"interactions": interactions(*ROWS)}, funnels=[FUNNEL])


def test_the_menu_is_what_a_researcher_needs() -> None:
    assert dir(cjm_research) == ["ask", "charts", "open_coder", "open_studies", "open_study", "questions", "show", "table"]
    for name in dir(cjm_research):
        assert getattr(cjm_research, name) is not None
    assert "funnels" in dir(charts) and callable(charts.funnels.steps)


def test_questions_list_themselves() -> None:
    listed = questions()
    assert [q.name for q in listed] == [q.name for q in QUESTIONS] == list(listed.to_frame()["question"])
    for q in QUESTIONS:
        assert q.asks in repr(listed) and f"<code>{q.name}</code>" in listed._repr_html_()


def test_every_question_is_a_method_with_its_own_signature(study: Study) -> None:
    assert dir(study.ask) == sorted(q.name for q in QUESTIONS)
    for q in QUESTIONS:
        asked = getattr(study.ask, q.name)
        own = list(inspect.signature(q.answers).parameters)[1:]
        assert set(own) <= set(inspect.signature(asked).parameters) and "study" not in inspect.signature(asked).parameters
        assert q.asks in (asked.__doc__ or "") and asked.__name__ == q.name
    with pytest.raises(AttributeError, match="'funnel'"):
        study.ask.funel  # noqa: B018


def test_the_stub_for_editors_is_the_list(root: Path) -> None:
    assert (root / PATH).read_text(encoding="utf-8") == stub_text()
    compile(stub_text(), PATH, "exec")
    for q in QUESTIONS:
        assert f"    def {q.name}(self" in stub_text()


@pytest.mark.parametrize(("options", "told"), [
    ({"windw": "7d"}, "Did you mean 'window'"), ({"window": 7}, "a text"), ({"attempts": "yes"}, "True or False"),
    ({"window": "7 dayz"}, "duration"), ({"window": "7"}, "duration")])
def test_options_are_checked_before_anything_is_computed(study: Study, options: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told) as problem:
        study.ask.funnel("shop", **options)
    assert problem.value.where and problem.value.found and problem.value.allowed and problem.value.next


def test_what_is_missing_is_named_with_what_may_stand_there(study: Study) -> None:
    with pytest.raises(BadInput, match="shop"):
        study.ask.funnel()
    with pytest.raises(BadInput, match="without a name"):
        study.ask.funnel("shop", "7d")


def test_listed_values_have_suggestions(study: Study) -> None:
    def sized(study: Study, *, size: Literal["small", "large"] = "small", n: int = 1, share: float = 0.5) -> Result:
        return Result("?", facts={"size": size, "n": n, "share": share})

    assert ask(sized, study, size="large", n=2, share=1, quiet=True)
    for options, told in (({"size": "lrge"}, "Did you mean 'large'"), ({"n": 1.5}, "a whole number"), ({"n": True}, "a whole number"), ({"share": "half"}, "a number")):
        with pytest.raises(BadInput, match=told):
            ask(sized, study, quiet=True, **options)


def test_durations_in_words_are_durations(study: Study) -> None:
    counts = [study.ask.funnel("shop", window=w, quiet=True).steps["n"].tolist() for w in ("7d", "7 days", "1 week", "168 hours", timedelta(days=7))]
    assert counts == [[3, 1]] * 5
    ends = [study.ask.paths(timeout=t, quiet=True).facts for t in (1800.0, "30m", "30 minutes", timedelta(minutes=30))]
    assert all(e == ends[0] for e in ends)


def test_an_answer_is_short_and_tab_finds_its_frames(study: Study, tmp_path: Path) -> None:
    answer = study.ask.funnel("shop", quiet=True)
    assert len(repr(answer)) < 1200 and len(repr(answer).splitlines()) <= 3
    assert "steps 2 ×" in repr(answer) and "funnels.steps" in repr(answer) and "steps" in dir(answer)
    assert answer.steps is answer["steps"] and answer.to_frame().equals(answer.steps) and answer.to_frame("steps") is not answer.steps
    with pytest.raises(AttributeError, match="'steps'"):
        answer.step  # noqa: B018
    with pytest.raises(BadInput, match="'steps'"):
        answer.to_frame("step")
    path = answer.to_excel(tmp_path / "answer.xlsx")
    sheets = pd.read_excel(path, sheet_name=None)
    assert set(sheets) == {"Answer", *answer.frames} and sheets["steps"]["n"].tolist() == answer.steps["n"].tolist()
    for bad in (tmp_path / "answer.csv", tmp_path / "nowhere" / "answer.xlsx"):
        with pytest.raises(BadInput):
            answer.to_excel(bad)


def test_a_sheet_holds_no_formula_and_any_name(tmp_path: Path) -> None:
    answer = Result("?", {"a" * 40: pd.DataFrame({"x": ["=1+1"]}), "a" * 41: pd.DataFrame({"at": [pd.Timestamp("2026-01-01", tz="UTC")], "l": [[1, 2]]})})
    import openpyxl

    book = openpyxl.load_workbook(answer.to_excel(tmp_path / "x.xlsx"))
    assert len(book.sheetnames) == 3 and book.worksheets[1]["A2"].data_type == "s" and book.worksheets[1]["A2"].value == "=1+1"
    assert book.worksheets[2]["B2"].value == "[1, 2]"


def test_a_chart_is_shown_by_its_name(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    answer = study.ask.funnel("shop", quiet=True)
    show("steps", answer)
    assert "3 customers entered" in capsys.readouterr().out
    with pytest.raises(BadInput, match="'steps'"):
        show("step", answer)


def test_in_a_plain_script_everything_is_printed(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    answer = study.ask.funnel("shop")
    table(answer, "steps")
    out = capsys.readouterr().out
    assert "2 of 3" in out and "Bought" in out and "<" not in out
    assert not study.ask.satisfaction()
    assert "Not enough data" in capsys.readouterr().out


def test_opening_says_nothing_in_a_script(tmp_path: Path) -> None:
    make_study(tmp_path, {"interactions": interactions(*ROWS)})
    code = f"from cjm_research import open_study; open_study('tiny', {str(tmp_path)!r}); import sys; assert 'IPython' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_clients_are_compared_in_one_frame(tmp_path: Path) -> None:
    make_study(tmp_path, {"interactions": interactions(*ROWS)}, client="one", funnels=[FUNNEL])
    make_study(tmp_path, {"interactions": interactions(*ROWS[:3])}, client="two", funnels=[FUNNEL])
    make_study(tmp_path, {}, client="none", funnels=[FUNNEL])
    studies = open_studies("one", "two", "none", workspace=tmp_path)
    found = studies.ask.funnel("shop")
    assert found.columns[0] == "client"
    assert found.groupby("client", sort=False)["n"].apply(list).to_dict() == {"one": [3, 2], "two": [2, 1]}
    assert list(found.attrs["missing"]) == ["none"]
    with pytest.raises(NotEnoughData):
        studies.ask.satisfaction()
    with pytest.raises(BadInput):
        open_studies("one")


def test_what_is_misspelt_in_a_notebook_is_told_with_the_nearest(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"interactions": interactions(*ROWS)}, funnels=[FUNNEL])
    answer = study.ask.funnel("shop", quiet=True)
    with pytest.raises(AttributeError, match=r"the study has no 'interaction'\. Did you mean 'interactions'\?"):
        study.interaction  # noqa: B018
    with pytest.raises(BadInput, match=r"where: \{'step': 1\} is no condition"):
        table(answer, "steps", where={"step": 1})  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"'funnels\.stepz'\. Did you mean 'funnels\.steps'\?"):
        show("funnels.stepz", answer)
    with pytest.raises(BadInput, match=r"ask: 'funnel' is no function(?s:.*)study\.ask\.funnel"):
        ask("funnel", study)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match=r"charts 'funnel'\. Did you mean 'funnels'\?"):
        charts.funnel  # noqa: B018
    with pytest.raises(BadInput, match=r"open_study tiny: timezon: unknown key 'timezon'\. Did you mean 'timezone'\?"):
        open_study("tiny", tmp_path, timezon="UTC")
    shown = repr(answer.findings[0])
    assert answer.findings[0].statement in shown and answer.findings[0].id in shown and len(shown) < 400


def test_an_attribute_that_fails_says_why_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path, {"interactions": interactions(*ROWS)})
    monkeypatch.setattr(type(study), "stages", property(lambda self: self._nothing_like_it))
    with pytest.raises(AttributeError, match="_nothing_like_it"):
        study.stages  # noqa: B018
