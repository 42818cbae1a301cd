"""Where a report shows each question of a survey: said before the report is made, by the same rules that make it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ...shapes import Row
from .coded import CODED, SUFFIX
from .declared import type_words
from .loaded import SCORED, Asked, surveys

if TYPE_CHECKING:
    from ...study import Study

SURVEY, MAP = "35_survey", "60_journey_map"  # the chapters that show answers
_IN_CHAPTER = {"text": "what people wrote", "single": "shares", "multiple": "shares", "number": "mean, median and distribution", "ranking": "places", "points": "mean points", "maxdiff": "best minus worst"}


def where_shown(study: Study, chapters: Collection[str]) -> list[Row]:
    """A row for each question of the params and of the data, in the order of the surveys: source, question_id, question, type, answered, shown (places in words; empty: nowhere), why (nowhere).

    chapters: names of those that the report runs.
    """
    out: list[Row] = []
    read: set[tuple[str, str]] = set()
    for survey in surveys(study) if study.has("responses") else []:
        coded = {q.id.removesuffix(SUFFIX) for q in survey.questions if q.kind == CODED}
        for asked in survey.questions:
            if asked.kind == CODED:
                continue  # said of the question that was coded
            read.add((survey.source, asked.id))
            answers = survey.answers(asked)
            n = int(answers.answered.sum())
            row: Row = {"source": survey.source, "question_id": asked.id, "question": asked.text, "type": type_words(asked.kind), "answered": n}
            places = _places(study, asked, chapters, asked.id in coded)
            out.append(row | {"shown": places, "why": "" if places else f"the report has neither {SURVEY} nor a place on the map for it: add {SURVEY} to `chapters`"})
    for source in study.params.sources:
        for q in source.questions:
            if not any(name == source.name and q.covers(i) for name, i in read):
                out.append({"source": source.name, "question_id": q.id or q.column, "question": q.text or q.column, "type": type_words(q.instrument), "answered": 0, "shown": [],
                            "why": "nobody answered it: check its column, `missing` and `filter`, and the study's period"})
    return out


def _places(study: Study, asked: Asked, chapters: Collection[str], coded: bool = False) -> list[str]:
    """The chapters and the part of the map that show a question with answers."""
    places = []
    if SURVEY in chapters:
        what = _IN_CHAPTER.get(asked.kind, "score and distribution") + (", codes" if coded else "")
        places.append(f"{SURVEY}: {what}" + (", columns of the banner" if asked.id in study.params.survey.banner else ""))
    if MAP in chapters and coded:
        places.append(f"map: pains, gains, needs and voices, {asked.touchpoint or asked.stage or 'where its codes lie'}")
    if MAP in chapters and asked.kind in ("single", "multiple") and asked.stage in study.stages:
        places.append(f"map: answers (under everything), {asked.touchpoint or asked.stage}")
    if MAP in chapters and asked.kind in SCORED and asked.scored and asked.stage in study.stages:
        places.append(f"map: satisfaction, {asked.touchpoint or asked.stage}")
    return places
