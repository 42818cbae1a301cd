"""What a researcher sees while a question is being answered."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cjm_research.notebook import waiting as module
from cjm_research.notebook.waiting import waiting


class Shown:
    def __init__(self) -> None:
        self.said: list[str] = []

    def display(self, bundle: dict[str, str], raw: bool) -> None:
        self.said.append("display " + bundle["text/html"])

    def update(self, bundle: dict[str, str], raw: bool) -> None:
        self.said.append("update " + bundle["text/html"])


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    place = Shown()
    monkeypatch.setattr(module, "_handle", lambda: place)
    monkeypatch.setattr(module, "AFTER_S", 0.05)
    monkeypatch.setattr(module, "EVERY_S", 0.05)
    return place


def test_a_long_step_is_told_escaped_and_taken_away(shown: Shown) -> None:
    with waiting("funnel <b>"):
        time.sleep(0.3)
    assert shown.said[0].startswith("display ") and "funnel &lt;b&gt;: 0 s" in shown.said[0]
    assert len(shown.said) > 2 and shown.said[-1] == "update "


def test_a_quick_step_says_nothing(shown: Shown) -> None:
    with waiting("funnel"):
        pass
    assert shown.said == []


def test_it_is_taken_away_where_the_step_fails(shown: Shown) -> None:
    with pytest.raises(ZeroDivisionError), waiting("funnel"):
        time.sleep(0.2)
        _ = 1 / 0
    assert shown.said[-1] == "update "


def test_nobody_looks_on_in_a_test_or_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module._handle() is None
    from IPython.core import getipython

    class Shell:
        kernel: Any = object()

    monkeypatch.setattr(getipython, "get_ipython", lambda: Shell())
    assert module._handle() is not None
    monkeypatch.setenv("CJM_REPORT_RUN", "1")
    assert module._handle() is None
