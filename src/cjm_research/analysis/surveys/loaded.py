"""A survey as its questions see it: respondents once, with their weights and design, and each question's answers as arrays."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...engine import literal
from ...errors import BadInput, NotEnoughData, unknown
from ...log.attributes import absent_attribute
from ...stats.survey.design import Design
from ...stats.survey.weighting import Evenness, Raked, evenness, rake
from .coded import CODED, SUFFIX, code_hits, with_coded
from .ranges import gave_any, ranges, unit_of

if TYPE_CHECKING:
    from ...study import Study

#: the questionnaires that count for a question: of each person in a wave the last one with a row for it
_LAST_ROWS = """SELECT DISTINCT ON (coalesce(customer_id, response_id), wave) response_id FROM responses WHERE source = {source} AND question_id = {question} AND instrument = {instrument}{more}
    ORDER BY coalesce(customer_id, response_id), wave, answered_at DESC NULLS LAST, response_id DESC"""
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
SCORED = ("nps", "csat", "ces", "likert")
NUMBERS = (*SCORED, "number", "ranking", "points", "maxdiff")  # one number a respondent
MOST_POINTS = 11  # of a scale whose points are shown one by one


def last_rows_sql(source: str, question: str, instrument: str, more: str = "") -> str:
    """SQL of response_id: of each person in a wave the last questionnaire with a row for a question. more: a further condition."""
    return _LAST_ROWS.format(source=literal(source), question=literal(question), instrument=literal(instrument), more=f" AND {more}" if more else "")


@dataclass(frozen=True)
class Asked:
    """A question as it was asked. kind: nps, csat, ces, likert, number, ranking (of one item), points (of one item), maxdiff (of one item), single, multiple, text, or coded (the codes of what was written)."""

    id: str
    text: str
    kind: str
    low: float | None
    high: float | None
    higher: bool | None
    points: int
    touchpoint: str | None
    stage: str | None
    waves: int
    unit: str = "score"  # of its mean

    @property
    def scored(self) -> bool:
        """Whether its answers lie on a scale with a stated direction."""
        return self.kind in SCORED and (self.kind == "nps" or self.higher is not None)

    def favourable(self, score: Floats) -> Flags:
        """Which scores are satisfied or easy."""
        assert self.low is not None and self.high is not None
        return score > self.high - self.points if self.higher else score < self.low + self.points


@dataclass(frozen=True)
class Answers:
    """The answers to one question. answered: which respondents count; score: theirs, NaN for others; options and hits: who gave which."""

    answered: Flags
    score: Floats
    options: list[str]
    hits: Flags  # respondents × options


class Survey:
    """The respondents of one source, in the order of persons, waves and time.

    One answer a person, question and wave counts: the last one, as everywhere.
    """

    def __init__(self, study: Study, source: str) -> None:
        self.study, self.source = study, source
        self.people = study.query("""SELECT response_id, any_value(customer_id) AS customer_id, any_value(wave) AS wave, any_value(weight) AS weight, max(answered_at) AS answered_at
            FROM responses WHERE source = ? GROUP BY response_id
            ORDER BY coalesce(any_value(customer_id), response_id), wave NULLS FIRST, max(answered_at) NULLS FIRST, response_id""", [source])
        person = self.people["customer_id"].astype("string").fillna(self.people["response_id"].astype("string"))
        self.turn = pd.factorize(pd.MultiIndex.from_arrays([person, self.people["wave"].astype("string").fillna("")]))[0]
        self.person = pd.factorize(person)[0]
        self._at = pd.Series(np.arange(len(self.people)), index=self.people["response_id"].astype("string"))

    def __len__(self) -> int:
        return len(self.people)

    @functools.cached_property
    def questions(self) -> list[Asked]:
        """The questions, scored ones first as they stand in the params, then the others."""
        rows = self.study.query("""SELECT question_id, instrument, arg_max(question, answered_at) AS question, any_value(question) AS text, min(scale_min) AS low, max(scale_max) AS high,
                bool_and(higher_is_better) AS higher, max(box) AS box, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage,
                count(*) AS n, count(DISTINCT response_id) AS respondents, count(DISTINCT wave) AS waves
            FROM responses WHERE source = ? GROUP BY 1, 2""", [self.source])
        mapped = [q for s in self.study.params.sources if s.name == self.source for q in s.questions]
        order = {str(i): next((k for k, q in enumerate(mapped) if q.covers(str(i))), len(mapped)) for i in rows["question_id"]}
        found = []
        for r in rows.astype(object).where(rows.notna(), None).to_dict("records"):
            kind = r["instrument"]
            if kind == "choice":
                kind = "multiple" if self._several(r["question_id"]) or r["n"] > r["respondents"] else "single"
            from ...stats.scores import easy_points

            points = int(r["box"] or 2) if kind == "csat" else easy_points(int(r["low"]), int(r["high"])) if kind == "ces" else 0
            found.append(Asked(str(r["question_id"]), str(r["question"] or r["text"]), kind, r["low"], r["high"], r["higher"], points, r["touchpoint"], r["stage"], int(r["waves"]),
                               next((unit_of(q.unit) for q in mapped if q.covers(str(r["question_id"]))), "score") if kind in ("number", "points") else "score"))
        return with_coded(self.study, self.source, sorted(found, key=lambda q: (order[q.id], q.id, q.kind)))

    def _several(self, question: str) -> bool:
        """Whether the params map it as a question with several answers."""
        return any(q.covers(question) and q.several for s in self.study.params.sources if s.name == self.source for q in s.questions)

    def __getitem__(self, question_id: str) -> Asked:
        found = next((q for q in self.questions if q.id == question_id), None)
        if found is None:
            raise unknown(f"survey {self.source!r}", "question", question_id, [q.id for q in self.questions], "name one of the survey's questions by its column")
        return found

    def answers(self, asked: Asked) -> Answers:
        """The answers to a question; of a coded one all who wrote something, and their codes."""
        if asked.kind == CODED:
            wrote = self._wrote(asked.id.removesuffix(SUFFIX))
            options, hits = code_hits(self.study, self.source, asked.id.removesuffix(SUFFIX), self._at, len(self))
            return Answers(wrote, np.full(len(self), np.nan), options, hits & wrote[:, None])
        if asked.kind == "maxdiff":
            best, worst, shown = self.times(asked)
            with np.errstate(divide="ignore", invalid="ignore"):
                return Answers(shown > 0, np.where(shown > 0, (best - worst) / shown, np.nan), [], np.zeros((len(self), 0), bool))
        instrument = "choice" if asked.kind in ("single", "multiple") else asked.kind
        rows = self.study.query("SELECT response_id, answer, score FROM responses WHERE source = ? AND question_id = ? AND instrument = ?"
                                + ("" if instrument in ("choice", "text", "ranking") else " AND score IS NOT NULL"), [self.source, asked.id, instrument])
        at = self._at.reindex(rows["response_id"].astype("string")).to_numpy(np.int64)
        answered = np.zeros(len(self), bool)
        answered[at] = True
        answered = self._last(answered)
        inside = answered[at]
        at, rows = at[inside], rows[inside]
        score = np.full(len(self), np.nan)
        if asked.kind in NUMBERS:
            score[at] = rows["score"].to_numpy(float, na_value=np.nan)
            return Answers(answered, score, *(ranges(score) if asked.kind == "number" else gave_any(score) if asked.kind == "points" else self._scale(asked, score)))
        if asked.kind == "text":
            return Answers(answered, score, [], np.zeros((len(self), 0), bool))
        codes, names = pd.factorize(rows["answer"].astype("string"), sort=True)
        hits = np.zeros((len(self), len(names)), bool)
        hits[at[codes >= 0], codes[codes >= 0]] = True
        order = self._order(asked, [str(n) for n in names], hits.sum(0))
        return Answers(answered, score, [str(names[k]) for k in order], hits[:, order])

    def times(self, asked: Asked) -> Floats:
        """How often each respondent chose an item as best, as worst, and was shown it (three rows); of each person in a wave the last questionnaire."""
        rows = self.study.query("SELECT response_id, answer FROM responses WHERE source = ? AND question_id = ? AND instrument = 'maxdiff'", [self.source, asked.id])
        at = self._at.reindex(rows["response_id"].astype("string")).to_numpy(np.int64)
        out = np.zeros((3, len(self)))
        out[:, at] = rows["answer"].astype(str).str.extract(r"best (\d+), worst (\d+), shown (\d+)").to_numpy(float).T
        return np.where(self._last(out[2] > 0)[None, :], out, 0.0)

    def _wrote(self, question: str) -> Flags:
        """Who wrote something at an open question: of each person in a wave the last questionnaire."""
        rows = self.study.query("SELECT DISTINCT response_id FROM responses WHERE source = ? AND question_id = ? AND instrument = 'text' AND trim(answer) <> ''", [self.source, question])
        answered = np.zeros(len(self), bool)
        answered[self._at.reindex(rows["response_id"].astype("string")).to_numpy(np.int64)] = True
        return self._last(answered)

    def written(self, asked: Asked) -> pd.Series:
        """The texts that respondents wrote, by their place; of each person in a wave those of the last questionnaire."""
        rows = self.study.query("SELECT response_id, answer FROM responses WHERE source = ? AND question_id = ? AND instrument = 'text' AND answer IS NOT NULL ORDER BY response_id, answer", [self.source, asked.id])
        at = self._at.reindex(rows["response_id"].astype("string")).to_numpy(np.int64)
        answered = np.zeros(len(self), bool)
        answered[at] = True
        inside = self._last(answered)[at]
        return pd.Series(rows["answer"].astype("string").to_numpy()[inside], index=at[inside], dtype="string", name="answer")

    def _last(self, answered: Flags) -> Flags:
        """Of each person's answers in a wave the last one."""
        at = np.flatnonzero(answered)
        if not len(at):
            return answered
        turns = self.turn[at]
        keep = np.append(turns[1:] != turns[:-1], True)
        out = np.zeros_like(answered)
        out[at[keep]] = True
        return out

    def _scale(self, asked: Asked, score: Floats) -> tuple[list[str], Flags]:
        """The points of the scale, best last as they were numbered; a scale of many points has none."""
        low, high = asked.low, asked.high
        if low is None or high is None or high - low + 1 > MOST_POINTS or low % 1 or high % 1 or (score[np.isfinite(score)] % 1).any():
            return [], np.zeros((len(self), 0), bool)
        points = np.arange(int(low), int(high) + 1)
        return [str(p) for p in points], score[:, None] == points[None, :]

    def _order(self, asked: Asked, names: list[str], counts: npt.NDArray[np.int64]) -> list[int]:
        """Options in the order of the questionnaire where the params say it, else the most frequent first."""
        said = next(([*q.choices, *map(str, q.labels.values())] for s in self.study.params.sources if s.name == self.source for q in s.questions
                     if (q.id or q.column) == asked.id), [])
        place = {c: k for k, c in enumerate(said)}
        return sorted(range(len(names)), key=lambda k: (place.get(names[k], len(place)), 0 if names[k] in place else -counts[k], names[k]))

    # --- whom respondents stand for ------------------------------------------------------------------------------------------

    def attribute(self, name: str) -> pd.Series:
        """`attributes.<key>` of every respondent, missing where nobody says. Raises `BadInput` where no customer has it."""
        if said := absent_attribute(self.study, name):
            raise BadInput(f"survey {self.source!r}: {name}", said, "an attribute of the respondents", "name it in `settings.attributes` of the survey, or another one here")
        key = name.removeprefix("attributes.").replace('"', '\\"').replace("'", "''")
        rows = self.study.query(f"SELECT customer_id, json_extract_string(attributes, '$.\"{key}\"') AS value FROM customers WHERE attributes IS NOT NULL")
        of = pd.Series(rows["value"].astype("string").to_numpy(), index=rows["customer_id"].astype("string"))
        return pd.Series(of.reindex(self.people["customer_id"].astype("string")).to_numpy(), dtype="string")

    @functools.cached_property
    def raked(self) -> Raked | None:
        """Weights made by raking, where the params give targets."""
        targets = self.study.params.survey.rake
        if not targets:
            return None
        given = self.people["weight"].astype("Float64")
        start = None if given.isna().any() else given.to_numpy(float)
        return rake({name: self.attribute(name) for name in targets}, targets, start, self.study.params.survey.bounds)

    @functools.cached_property
    def weights(self) -> Floats | None:
        """Everybody's weight at mean 1, 0 for those without one; None where the survey has none."""
        found = self.raked.weights if self.raked else self.people["weight"].astype("Float64").fillna(0).to_numpy(float) if self.people["weight"].notna().any() else None
        if found is None or not (found > 0).any():
            return None
        return found / found[found > 0].mean()

    @functools.cached_property
    def design(self) -> Design:
        """The design: weights, and strata and clusters where the params name them."""
        survey = self.study.params.survey
        w = self.weights if self.weights is not None and survey.weighted else np.ones(len(self))
        strata = self.attribute(survey.strata) if survey.strata else None
        clusters: Any = self.attribute(survey.clusters) if survey.clusters else None
        if clusters is None and len(np.unique(self.person)) < len(self):
            clusters = self.person  # somebody answered in several waves: their answers are not independent
        plain = Design(w, strata=None if strata is None else strata.fillna("(none)"), clusters=clusters if not isinstance(clusters, pd.Series) else clusters.fillna("(none)"))
        return plain if self.raked is None or not survey.weighted else plain.calibrated(w, self.raked.margins)

    @property
    def is_weighted(self) -> bool:
        """Whether figures are weighted."""
        return self.weights is not None and self.study.params.survey.weighted

    @property
    def is_plain(self) -> bool:
        """Whether respondents were drawn one by one and count once each."""
        return not self.is_weighted and not self.study.params.survey.strata and not self.study.params.survey.clusters

    def evenness(self, among: Flags | None = None) -> Evenness:
        """How even the weights are."""
        w = self.design.w if among is None else self.design.w[among]
        return evenness(w[w > 0]) if (w > 0).any() else Evenness(0, 0.0, 1.0, 0.0, 0.0, 0.0)

    def said(self) -> list[str]:
        """What a reader must know of the weights, in words."""
        out = []
        if self.weights is not None and not self.is_weighted:
            out.append("The survey has weights; `survey.weighted: false` leaves them out.")
        if self.is_weighted:
            e = self.evenness()
            made = f"made by raking {', '.join(self.study.params.survey.rake)} (closed after {self.raked.rounds} rounds)" if self.raked else "as delivered"
            out.append(f"Weighted ({made}): {e.n:,} respondents count as {e.effective:,.0f} (Kish; design effect {e.design_effect:.2f}; weights {e.smallest:.2f} to {e.largest:.2f} at mean 1).")
            if missing := int((self.design.w == 0).sum()):
                out.append(f"{missing:,} respondents have no weight and are left out of weighted figures.")
            if e.design_effect > 2 or e.largest > 5:
                out.append("The weights are very uneven: a few respondents speak for many. Intervals say how much that costs.")
        return out


def surveys(study: Study) -> list[Survey]:
    """The surveys of a study, largest first. Raises `NotEnoughData` where nobody answered anything."""
    study.need("responses", what="survey answers")
    names = study.query("SELECT source FROM responses GROUP BY source ORDER BY count(DISTINCT response_id) DESC, source")["source"]
    if names.empty:
        raise NotEnoughData("survey answers", "no answer in the study's period", "an answer inside of `period`", "widen `period`, or add a survey to the sources")
    return [Survey(study, str(name)) for name in names]
