"""What do respondents choose, and where? Shares of the answers to choice questions that name a touchpoint or stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...engine import literal
from ...errors import NotEnoughData
from ...privacy.small_counts import hidden_cells
from ...results import policy, words
from ...results.caveats import Note
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.prose import many_of
from ...results.result import Finding, Result, estimates_frame
from ...results.subjects import ChosenAnswer
from ...stats.shares import share
from . import declared
from .loaded import Answers, Asked, Survey, last_rows_sql, surveys

if TYPE_CHECKING:
    from ...study import Study

WORDING = 48  # characters of a question in a cell
MOST = 5  # answers of a question that are entries of the map: the most frequent ones


@declares(declared.CHOICES)
def survey_choices(study: Study) -> Result:
    """Shares of the most frequent answers to every choice question that names a touchpoint or stage, of the respondents who were shown it; unweighted, as all of the map.

    Frame `choices`. Where the study is of a group, shares that tell of fewer than `privacy.min_cell` people are left out. Raises `NotEnoughData` where no choice question names a place.
    """
    rows: list[Any] = []
    findings: list[Finding] = []
    hidden = weighted = 0
    for survey in surveys(study):
        for asked in survey.questions:
            if asked.kind not in ("single", "multiple") or asked.stage not in study.stages:
                continue
            weighted += survey.weights is not None
            found, few = _question(study, survey, asked, survey.answers(asked))
            hidden += few
            for row, estimate, finding in found:
                rows.append((row, estimate))
                findings.append(finding)
    if not rows and hidden:
        raise NotEnoughData("choices on the map", f"every answer is of fewer than {study.params.privacy.min_cell} people, or would give such an answer back", f"answers of at least {study.params.privacy.min_cell} people (privacy.min_cell)",
                            "look through a larger group")
    if not rows:
        raise NotEnoughData("choices on the map", "no choice question with answers names a touchpoint or stage", "a choice question with `touchpoint` or `stage`",
                            "say in `questions` of the survey what each question asks about; the survey chapter shows all of them anyway")
    frame = estimates_frame(rows)
    result = Result("What do respondents choose, and where?", {"choices": frame}, {"questions": int(frame.groupby(["source", "question_id"]).ngroups)},
                    method=f"The {MOST} most frequent answers to each question. Base: respondents who were shown it – who answered, and where several answers could be given who said no to all or is known to have been asked; never ticks. "
                           "Of each person in a wave the last questionnaire counts. Wilson's interval, unweighted.", findings=findings)
    told = frame[frame["base"].map(policy.carries_headline)].sort_values("value", ascending=False, kind="stable")
    result.sentences = [f"At {words.quoted(str(r['touchpoint'] if isinstance(r['touchpoint'], str) else r['stage']))}, {many_of(r)} respondents choose {words.quoted(str(r['answer']))}." for r in told.head(1).to_dict("records")]
    result.sentences.append(f"{words.some(int(result.facts['questions']), 'questions')} with choices {'lies' if result.facts['questions'] == 1 else 'lie'} on the map.")
    if weighted:
        result.caveats.append("The survey has weights; these figures are unweighted, as all of the map. The survey chapter has the weighted ones.")
    if hidden:
        result.caveats.append(Note(f"{words.some(hidden, 'answers')} {'is' if hidden == 1 else 'are'} not shown: of fewer than {study.params.privacy.min_cell} people, or one that would give such an answer back."))
    return result


def _question(study: Study, survey: Survey, asked: Asked, answers: Answers) -> tuple[list[tuple[dict[str, Any], Any, Finding]], int]:
    """Rows, estimates and findings of a question's most frequent answers, and how many of these may not be shown."""
    base = int(answers.answered.sum())
    counts = [int((answers.hits[:, k] & answers.answered).sum()) for k in range(len(answers.options))]
    order = sorted((k for k in range(len(counts)) if counts[k]), key=lambda k: (-counts[k], k))
    least = study.params.privacy.min_cell if study.members else 1
    # the answers of a single choice part its respondents, so that one that is hidden follows from the others
    cells = hidden_cells([(0 if asked.kind == "single" else k, counts[k], None) for k in order], least)
    shown = [k for k, few in zip(order, cells, strict=True) if not few and base >= least and (base - counts[k] in (0, *range(least, base + 1)))]
    out = []
    for k in shown[:MOST]:
        answer, estimate = answers.options[k], share(counts[k], base)
        of = last_rows_sql(survey.source, asked.id, "choice")  # who was shown it: who chose nothing has a row without an answer
        sql = (f"SELECT s.response_id AS id, bool_or(r.answer IS NOT NULL) AS counted FROM ({of}) s LEFT JOIN (SELECT response_id, answer FROM responses WHERE source = {literal(survey.source)} "
               f"AND question_id = {literal(asked.id)} AND instrument = 'choice' AND answer = {literal(answer)}) r USING (response_id) GROUP BY s.response_id")
        evidence = rows_evidence(study, "responses", f"respondents who were shown {words.quoted(asked.text)}; counted: who chose {words.quoted(answer)}", sql)
        row = {"source": survey.source, "question_id": asked.id, "question": asked.text, "touchpoint": asked.touchpoint, "stage": asked.stage, "answer": answer}
        out.append((row, estimate, Finding(f"choice:{survey.source}:{asked.id}:{answer}", f"{asked.text}: {answer}, {words.estimate(estimate)}", "metric", estimate, stage=asked.stage, touchpoint=asked.touchpoint,
                                           source="survey", evidence=(evidence,), lane="answers", label=f"{answer} – {words.cut(asked.text, WORDING)}", subject=ChosenAnswer(asked.id, answer))))
    return out, len(order[:MOST]) - sum(k in shown for k in order[:MOST])
