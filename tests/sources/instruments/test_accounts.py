"""Every cell of a survey is accounted for, compared with a second, plain reader (the csv module and a few lines)."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.errors import BadInput
from cjm_research.sources.reading.instruments.scored import MOST_UNREAD

from ..helpers import read

#: what a cell may hold, and the score it stands for on 1…5 (None: no answer)
PLAIN: dict[str, int | None] = {str(k): k for k in range(1, 6)}
WORDED = {"5 - Very good": 5, "Very good (5)": 5, "1 = very bad": 1, "4: good": 4, " 3 ": 3, "2.0": 2, "Don’t like": 2, "LOVE\u00a0it": 5}
NONE: dict[str, int | None] = dict.fromkeys(["", " ", "N/A", "-", "Don't know", "9", "9.0"])
UNREAD: dict[str, int | None] = dict.fromkeys(["soso", "7", "99", "2-3", "3 times 4", "2-Jan"])
LABELS = {"Don't like": 2, "love it": 5}
FLAGS = {"True": 1, "1": 1, "yes": 1, "x": 1, "False": 0, "0": 0, "no": 0, "": 0}


def written(header: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([["id", *header], *([str(k), *row] for k, row in enumerate(rows, 1))])
    return out.getvalue()


def ask(text: str, **question: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        return read("survey", Path(folder), {"x.csv": text}, columns={"response_id": "id"}, questions=[question])


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(PLAIN | WORDED | NONE)), min_size=1, max_size=40), st.lists(st.sampled_from(sorted(UNREAD)), max_size=3), st.integers(0, 300))
def test_scored_cells(cells: list[str], odd: list[str], more: int) -> None:
    cells = [*cells, *odd, *["4"] * more]
    text = written(["q"], [[c] for c in cells])
    known: dict[str, int | None] = PLAIN | WORDED | NONE | UNREAD
    want = {str(k): known[row["q"]] for k, row in enumerate(csv.DictReader(io.StringIO(text)), 1)}
    scored = {k: v for k, v in want.items() if v is not None}
    question = {"column": "q", "instrument": "csat", "scale": [1, 5], "higher_is_better": True, "missing": [9], "labels": LABELS}
    if len(odd) > MOST_UNREAD * (len(scored) + len(odd)):
        with pytest.raises(BadInput, match=f"{len(odd)} of {len(scored) + len(odd)} answers"):
            ask(text, **question)
        return
    found = ask(text, **question)
    rows, went = found.tables["responses"], found.report.answers["q"]
    assert dict(zip(rows["response_id"], rows["score"].astype(int), strict=True)) == scored
    assert went["cells"] == len(cells) == sum(n for k, n in went.items() if k != "cells") and went["scored"] == len(scored)
    assert went.get("unreadable", 0) + went.get("not on the scale", 0) == len(odd)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(*[st.sampled_from(sorted(FLAGS))] * 3), min_size=1, max_size=30))
def test_ticked_cells(rows: list[tuple[str, ...]]) -> None:
    names = ["price", "safety", "style"]
    text = written([f"ch_{n}" for n in names], [list(r) for r in rows])
    ticks = Counter(n for r in csv.DictReader(io.StringIO(text)) for n in names if FLAGS[r[f"ch_{n}"]])
    found = ask(text, column="ch_*", id="q", instrument="choice")
    answers, went = found.tables["responses"], found.report.answers["q"]
    assert Counter(answers["answer"].dropna()) == ticks
    assert went["cells"] == 3 * len(rows) == went["kept"] + went.get("not chosen", 0) + went.get("empty", 0)
    asked = sum(any(r) and not any(FLAGS[c] for c in r) for r in rows)
    assert went.get("asked, none chosen", 0) == asked == int(answers["answer"].isna().sum()) and went.get("without any cell", 0) == sum(not any(r) for r in rows)


CHOICES = ["Web shop", "Phone, e-mail", "Store (city, centre)", "A, B, C", "A"]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.sampled_from([*CHOICES, "by pigeon"]), unique=True, max_size=4), min_size=1, max_size=30))
def test_listed_choices(rows: list[list[str]]) -> None:
    found = ask(written(["q"], [[", ".join(r)] for r in rows]), column="q", instrument="choice", separator=",", choices=CHOICES)
    assert Counter(found.tables["responses"]["answer"]) == Counter(a for r in rows for a in r)
    went = found.report.answers["q"]
    assert went["cells"] == len(rows) == went["kept"] + went.get("empty", 0)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.text("abü,;\"'\n -", max_size=12), st.text("abü,;\"'\n -", max_size=12)), min_size=1, max_size=20))
def test_texts_are_kept_as_they_are(rows: list[tuple[str, str]]) -> None:
    text = written(["t_1", "t_2"], [list(r) for r in rows])
    want = Counter((r["id"], c.strip()) for r in csv.DictReader(io.StringIO(text)) for c in {r["t_1"].strip(), r["t_2"].strip()} if c)
    found = ask(text, column="t_*", id="q", instrument="text")
    assert Counter(zip(found.tables["responses"]["response_id"], found.tables["responses"]["answer"], strict=True)) == want
    went = found.report.answers["q"]
    assert went["cells"] == 2 * len(rows) == went["kept"] + went.get("empty", 0)
