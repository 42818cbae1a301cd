"""Which answers are favourable, by hand; directions that the answers belie; what health says of answers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cjm_research.analysis.health import data_health
from cjm_research.analysis.satisfaction import satisfaction
from cjm_research.build import BuildReport, refuse_unanswered
from cjm_research.errors import BadInput
from cjm_research.log.scales import doubtful_directions
from tests.studies import make_study


def answers(question: str, scores: list[int], *, up: bool | None = True, high: int = 10, **more: object) -> pd.DataFrame:
    return pd.DataFrame([{"response_id": f"r{i:03d}", "source": "s", "question_id": question, "question": question, "instrument": "csat", "scale_min": 1,
                          "scale_max": high, "higher_is_better": up, "score": s, "answer": str(s), **more} for i, s in enumerate(scores)])


def test_the_box_and_the_direction(tmp_path: Path) -> None:
    scores = [1, 1, 1, 2, 2, 3, 9, 10]
    frame = pd.concat([answers("down", scores, up=False), answers("up", scores), answers("wide", scores, box=3), answers("one", scores, up=False, box=1),
                       answers("unsaid", scores, up=None)])
    result = satisfaction(make_study(tmp_path, {"responses": frame}))
    found = result["scores"].set_index("question_id")
    assert {q: (int(found.loc[q, "n"]), int(found.loc[q, "base"])) for q in found.index} == {"down": (5, 8), "up": (2, 8), "wide": (2, 8), "one": (3, 8)}
    assert "satisfied = 1–2 of 1–10" in found.loc["down", "method"] and "satisfied = 8–10 of" in found.loc["wide", "method"] and "satisfied = 1 of" in found.loc["one", "method"]
    assert any("direction is not stated: unsaid" in c for c in result.caveats)


def test_directions_that_the_answers_belie(tmp_path: Path) -> None:
    many = [1 + i % 10 for i in range(60)]
    frame = pd.concat([answers("a", many), answers("b", many), answers("turned", many, up=False)])
    said = doubtful_directions(make_study(tmp_path, {"responses": frame}))
    assert len(said) == 1 and said[0].startswith("s: turned: ") and "a (r = −1.00), b (r = −1.00)" in said[0]
    # 37 of 60 in the worse third is more than six in ten, 36 is not; 29 answers say nothing
    for bad, n, told in ((37, 60, 1), (36, 60, 0), (29, 29, 0)):
        frame = answers("q", [1] * bad + [9] * (n - bad))
        assert len(doubtful_directions(make_study(tmp_path / f"{bad}{n}", {"responses": frame}))) == told


def test_health_tells_what_imports_said(tmp_path: Path) -> None:
    study = make_study(tmp_path, {"responses": answers("q", [1, 2, 3])})
    study.build["sources"] = [{"source": "s", "kind": "survey", "rows_read": 5, "rows_kept": {}, "dropped": {}, "null_ids": 0, "duplicates": 0, "first": None, "last": None,
                               "timezone": None, "notes": ["q: a note"], "answers": {"q": {"cells": 5, "scored": 3, "unreadable": 2}}}]
    result = data_health(study)
    assert result["notes"]["note"].tolist() == ["q: a note"]  # a table of its own shows them
    assert any("2 answers to scored questions could not be read" in c for c in result.caveats)
    assert result["answers"].set_index("went")["cells"].to_dict() == {"scored": 3, "unreadable": 2}


def test_what_is_asked_refuses_reports() -> None:
    asked = {"where": "w", "found": "f", "allowed": "a", "next": "n"}
    refuse_unanswered(BuildReport("c", True, sources=[{"source": "s"}, {"source": "t", "asks": []}]))
    for asks, words in (([asked], "w: f"), ([asked, asked | {"where": "x"}], "x: f")):
        try:
            refuse_unanswered(BuildReport("c", True, sources=[{"asks": asks}]))
        except BadInput as told:
            assert words in told.text()
        else:
            raise AssertionError
