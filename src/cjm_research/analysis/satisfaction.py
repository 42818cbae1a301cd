"""How satisfied are customers, and where? Survey scores by question, touchpoint and stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ..engine import literal
from ..errors import NotEnoughData
from ..log.scales import FAVOURABLE, POINTS
from ..results import policy, words
from ..results.declared import Frame, declares, estimate, number, text
from ..results.evidence import SAMPLED, rows_sha256, sample_of, sums_sql
from ..results.prose import many, many_of
from ..results.result import Estimate, Evidence, Finding, Result, estimates_frame
from ..results.subjects import SurveyQuestion
from ..shapes import Row
from ..stats.means import Sample, mean
from ..stats.scores import Promoters, nps
from ..stats.shares import share, share_weighted

if TYPE_CHECKING:
    from ..study import Study

SMALL_BASE = 30  # Mixpanel suppresses below 30 answers; here the number is shown and the caveat said
SCORED = ("nps", "csat", "ces", "likert")
TITLES = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "likert": "Rating"}
_LABELS = {**TITLES, "likert": "rating"}  # in a cell of the map

SCORES = Frame("scores", "Scores by question", (
    text("survey", "Survey", "the source it was asked in"), text("question_id", "Question id", internal=True), text("question", "Question"), text("instrument", "Instrument"), text("touchpoint", "Touchpoint"), text("stage", "Stage"),
    number("mean", "Mean", "mean answer on the scale"), text("scale", "Scale"), *estimate()), key=("survey", "question_id", "instrument", "touchpoint"))

#: SQL of the answers that count: one a person, question and wave, the last one; {where}: further conditions, beginning with AND
LAST = """SELECT *, coalesce(weight, 1.0) AS w FROM responses
    WHERE score IS NOT NULL AND instrument IN ('nps', 'csat', 'ces', 'likert') AND (instrument = 'nps' OR higher_is_better IS NOT NULL) {where}
    QUALIFY row_number() OVER (PARTITION BY source, question_id, coalesce(customer_id, response_id), wave
                               ORDER BY answered_at DESC NULLS LAST, response_id DESC) = 1"""


@declares(SCORES)
def satisfaction(study: Study, *, weighted: bool = False, of_group: bool = False) -> Result:
    """Scores of every scored question of every survey with their intervals; the lead score first (see `_lead`).

    NPS in points (adjusted Wald, Rocks 2016); CSAT as the share of the two best points (or the question's `box`), CES as the share of easy
    answers (both Wilson); other ratings as means (Student's t). weighted: use survey weights (Kish's effective
    base). of_group: those who answer are a group, as a study's members are: bands of fewer than `privacy.min_cell` are not told. Frame `scores`:
    survey, question_id, question, instrument, touchpoint, stage, mean, scale and an estimate.
    Raises `NotEnoughData` without scored answers.
    """
    study.need("responses", what="survey scores")
    sums = study.query(_SUMS.format(last=LAST.format(where="")))
    if sums.empty:
        raise NotEnoughData("survey scores", "no answer to an nps, csat, ces or likert question", "at least one answer to such a question",
                            "map the survey's questions in `questions:` of the source")
    unsaid = study.query("SELECT DISTINCT question_id FROM responses WHERE score IS NOT NULL AND instrument IN ('csat', 'ces', 'likert') AND higher_is_better IS NULL ORDER BY 1")
    has_weights = bool((sums["weighted_rows"] > 0).any())
    repeated = sums.groupby(["question_id", "instrument"])["survey"].nunique()
    several = sums["survey"].nunique() > 1
    rows, findings = [], []
    least = study.params.privacy.min_cell if of_group or study.members else 1
    for record in sums.astype(object).where(sums.notna(), None).to_dict("records"):
        estimate = _estimate(record, weighted)
        plain = {"survey": record["survey"], "question_id": record["question_id"], "question": record["question"], "instrument": record["instrument"],
                 "touchpoint": record["touchpoint"] or None, "stage": record["stage"] or None, "mean": record["mean"],
                 "scale": f"{record['scale_min']:g}–{record['scale_max']:g}" if pd.notna(record["scale_min"]) else ""}
        rows.append((plain, estimate))
        alone = repeated[record["question_id"], record["instrument"]] == 1
        findings.append(_finding(record, estimate, weighted, alone, several, study.params.privacy.min_cell, least))
    frame = estimates_frame(rows)
    result = Result(
        "How satisfied are customers, and where?", {"scores": frame},
        facts={"answers": int(sums["n"].sum()), "respondents": int(study.scalar(
            "SELECT count(DISTINCT (source, response_id)) FROM responses WHERE score IS NOT NULL")), "weighted": weighted},
        method="One answer a person, question and wave counts (the last). NPS: share of 9–10 minus share of 0–6, adjusted-Wald "
               "interval (Rocks 2016). CSAT: share of the two best points, or of as many as the question's `box` says; CES: share of easy answers; both with Wilson "
               "intervals (Wilson 1927). Ratings: mean with Student's interval."
               + (" Weighted by the survey's weights; intervals use Kish's effective number of answers." if weighted else ""),
        findings=findings)
    result.sentences = _sentences(frame, {(str(r["survey"]), str(r["question_id"]), str(r["instrument"])): {str(k): v for k, v in r.items()} for r in sums.to_dict("records")}, _lead(study, sums))
    if len(unsaid):
        result.caveats.append(f"Not scored, because their direction is not stated: {words.listing(unsaid['question_id'].tolist())}.")
    small = frame[frame["base"] < SMALL_BASE]
    if len(small):
        result.caveats.append(f"{len(small)} of {len(frame)} scores rest on fewer than {SMALL_BASE} answers; read their intervals, not their values.")
    if has_weights and not weighted:
        result.caveats.append("The survey has weights; these figures are unweighted.")
    return result


_NPS = "CASE WHEN score >= 9 THEN 100.0 WHEN score <= 6 THEN -100.0 ELSE 0.0 END"
# the rows of each question's evidence are hashed in the same reading, so that evidence costs no query of its own
_ROW = (f"CASE instrument WHEN 'nps' THEN hash(struct_pack(source := source, id := response_id, value := {_NPS})) "
        "WHEN 'likert' THEN hash(struct_pack(source := source, id := response_id, value := score)) "
        "ELSE hash(struct_pack(source := source, id := response_id, counted := hit)) END")
_SHOWN = f"CASE instrument WHEN 'nps' THEN to_json(struct_pack(id := response_id, value := {_NPS})) WHEN 'likert' THEN to_json(struct_pack(id := response_id, value := score)) ELSE to_json(struct_pack(id := response_id, counted := hit)) END"
_SUMS = f"""
SELECT source AS survey, question_id, {sums_sql(_ROW, "row")}, CAST(to_json(arg_min({_SHOWN}, hash(response_id, question_id), {SAMPLED})) AS VARCHAR) AS sample, max(answered_at) AS last_at, any_value(question) AS question, instrument, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage,
       min(scale_min) AS scale_min, max(scale_max) AS scale_max, bool_and(higher_is_better) AS higher_is_better,
       max({POINTS}) AS points,
       count(*) AS n, avg(score) AS mean, var_samp(score) AS var, count(weight) AS weighted_rows,
       sum(w) AS w, sum(w * w) AS w2, sum(w * score) AS w_score,
       count(*) FILTER (score >= 9) AS promoters, count(*) FILTER (score <= 6) AS detractors,
       sum(w) FILTER (score >= 9) AS w_promoters, sum(w) FILTER (score <= 6) AS w_detractors,
       count(*) FILTER (hit) AS hits, sum(w) FILTER (hit) AS w_hits
FROM (SELECT *, {FAVOURABLE} AS hit FROM ({{last}}))
GROUP BY source, question_id, instrument ORDER BY question_id, instrument, source"""


def _lead(study: Study, sums: pd.DataFrame) -> tuple[str, str, str] | None:
    """The score that is told first: (survey, question, instrument). The declared one (`lead: true`), else of NPS, or of all where
    there is none that may carry a headline and several surveys were made, that with most answers, then the most recent one, never the first by its name.
    """
    declared = {(s.name, q.id or q.column) for s in study.params.sources for q in s.questions if q.lead}
    named = sums[[(r.survey, r.question_id) in declared for r in sums.itertuples()]]
    chosen = named if len(named) else sums[sums["instrument"] == "nps"]
    if sums["survey"].nunique() > 1 and (chosen.empty or (named.empty and not policy.carries_headline(int(chosen["n"].max())))):
        chosen = sums
    if chosen.empty:
        return None
    first = chosen.sort_values(["n", "last_at", "survey", "question_id"], ascending=[False, False, True, True], na_position="last").iloc[0]
    return str(first["survey"]), str(first["question_id"]), str(first["instrument"])


def _estimate(r: Row, weighted: bool) -> Estimate:
    n = int(r["n"])
    if r["instrument"] == "nps":
        if weighted:
            return nps(Promoters.from_weights(_zero(r["w_promoters"]), _zero(r["w_detractors"]), r["w"], r["w2"], n))
        return nps(Promoters.from_counts(int(r["promoters"]), n - int(r["promoters"]) - int(r["detractors"]), int(r["detractors"])))
    if r["instrument"] in ("csat", "ces"):
        hits, weight, squares = (_zero(r["w_hits"]), r["w"], r["w2"]) if weighted else (float(r["hits"]), float(n), float(n))
        found = share_weighted(hits, weight, squares, int(r["hits"]), n)
        return Estimate(found.value, found.low, found.high, found.n, found.base, "share", f"{_box(r)}, {found.method}")
    if weighted:
        value = r["w_score"] / r["w"]
        effective = r["w"] ** 2 / r["w2"]
        return mean(Sample(n, value, (r["var"] or 0.0) * n / effective if pd.notna(r["var"]) else None))
    return mean(Sample(n, float(r["mean"]), float(r["var"]) if pd.notna(r["var"]) else None))


def _zero(value: Any) -> float:
    return 0.0 if value is None or pd.isna(value) else float(value)


def _box(r: Row) -> str:
    low, high = int(r["scale_min"]), int(r["scale_max"])
    first, last = (high - int(r["points"]) + 1, high) if r["higher_is_better"] else (low, low + int(r["points"]) - 1)
    chosen = f"{first}–{last}" if first < last else f"{first}"
    return f"{'satisfied' if r['instrument'] == 'csat' else 'easy'} = {chosen} of {low}–{high}"


def _finding(r: Row, estimate: Estimate, weighted: bool, alone: bool, several: bool, least: int, told: int) -> Finding:
    """alone: no other survey asks the same; several: scores come from more than one survey, which is named then beside the number, too. least: `privacy.min_cell`.
    told: the fewest persons of whom a band is told.
    """
    question, instrument = str(r["question_id"]).replace("'", "''"), r["instrument"]
    if instrument == "nps":
        value = f"{_NPS} AS value"
    elif instrument in ("csat", "ces"):
        low, high, up = int(r["scale_min"]), int(r["scale_max"]), r["higher_is_better"]
        value = f"(score {'>' if up else '<'} {high - int(r['points']) if up else low + int(r['points'])}) AS counted"
    else:
        value = "score AS value"
    last = LAST.format(where=f"AND question_id = '{question}' AND instrument = '{instrument}'" + ("" if alone else f" AND source = {literal(str(r['survey']))}"))
    sql = f"SELECT source, response_id AS id, {value} FROM ({last})"
    title, touchpoint = TITLES[instrument], r["touchpoint"] or None
    label = " ".join(x for x in (_LABELS[instrument], "weighted" if weighted else "", touchpoint or "", f"({r['survey']})" if several else "") if x)
    return Finding(
        key=f"satisfaction:{r['question_id']}:{instrument}" + ("" if alone else f":{r['survey']}") + (":weighted" if weighted else ""),
        statement=f"{title}, {r['question']}{_asked_in(r) if several or instrument == 'nps' else ''}: {words.estimate(estimate)}" + (_bands(r, told) if instrument == "nps" and not weighted else ""), kind="metric", estimate=estimate,
        stage=r["stage"] or None, touchpoint=touchpoint, source="survey",
        lane="satisfaction", label=label, subject=SurveyQuestion(str(r["question_id"]), instrument, weighted),
        evidence=(Evidence("rows", f"last answer of each person to {words.quoted(str(r['question']))}", table="responses", sql=" ".join(sql.split()),
                           rows=int(r["n"]), sample=sample_of(r["sample"], int(r["n"]), int(r["hits"]) if instrument in ("csat", "ces") else None, least), rows_sha256=rows_sha256(int(r["n"]), int(r["row_xor"]), int(r["row_sum"]))),),
        caveats=(f"fewer than {SMALL_BASE} answers",) if estimate.base < SMALL_BASE else ())


def _bands(r: Row, least: int = 1) -> str:
    """The three bands that an NPS is made of; none of them where one holds fewer than `least` persons, whom the others would give back."""
    n, promoters, detractors = (int(r[k]) for k in ("n", "promoters", "detractors"))
    bands = ((promoters, "promoters"), (n - promoters - detractors, "passives"), (detractors, "detractors"))
    if any(0 < k < least for k, _ in bands):
        return ""
    parts = [f"{words.part(share(k, n))} {what}" for k, what in bands]
    return f"; {words.listing(parts)}"


def _sentences(frame: pd.DataFrame, sums: dict[tuple[str, str, str], Row], lead: tuple[str, str, str] | None) -> list[str]:
    """The lead score, then the other NPS by their number of answers, then the other scores."""
    out = list[str]()
    ordered = frame.assign(_first=[(r.survey, r.question_id, r.instrument) != lead for r in frame.itertuples()])
    ordered = ordered.sort_values(["_first", "base", "survey"], ascending=[True, False, True], kind="stable")
    for r in ordered.to_dict("records"):
        key = (r["survey"], r["question_id"], r["instrument"])
        if r["instrument"] == "nps":
            if not out:
                out.append(_said_of_people(r, sums[key]))
            out.append(f"The Net Promoter Score of {words.survey(str(r['survey']))} is {words.estimate(Estimate.of(r))}{_bands(sums[key])}.")
        elif key == lead and not r["_first"]:
            out.append(f"{TITLES[r['instrument']]}, {r['question']}, survey {words.quoted(str(r['survey']))}: {words.estimate(Estimate.of(r))}.")
    for instrument, what in (("csat", "satisfied"), ("ces", "finding it easy")):
        chosen = frame[(frame["instrument"] == instrument) & frame["value"].notna()].sort_values("value")
        if len(chosen) == 1:
            one = chosen.iloc[0]
            if (one["survey"], one["question_id"], instrument) == lead:
                continue
            out += [f"{many_of(one)} are satisfied." if what == "satisfied" else f"{many_of(one)} find it easy.", f"{TITLES[instrument]}, {one['question']}: {words.part(one)} {what}{_beside(one)}."]
        elif len(chosen) > 1:
            low, high = chosen.iloc[0], chosen.iloc[-1]
            apart = "" if low["high"] is not None and high["low"] is not None and low["high"] < high["low"] else " (their intervals overlap)"
            if not out and apart:
                out.append(f"No question stands out clearly in {'satisfaction' if what == 'satisfied' else 'effort'}.")
            elif not out:
                out.append(f"Satisfaction is lowest with {low['touchpoint'] or low['question']} and highest with {high['touchpoint'] or high['question']}." if what == "satisfied" else
                           f"It is hardest at {low['touchpoint'] or low['question']} and easiest at {high['touchpoint'] or high['question']}.")
            out.append(f"{TITLES[instrument]} is lowest for {low['touchpoint'] or low['question']} ({words.part(low)} {what}{_n(low)}) and highest "
                       f"for {high['touchpoint'] or high['question']} ({words.part(high)}{_n(high)}){apart}.")
    ratings = frame[(frame["instrument"] == "likert") & frame["value"].notna()]
    if len(ratings) > 1 and not out:
        best, worst = ratings.loc[ratings["value"].idxmax()], ratings.loc[ratings["value"].idxmin()]
        out.append(f"Ratings run from {words.number(worst['value'])} ({worst['question']}) to {words.number(best['value'])} ({best['question']}).")
    return out or ["No scored question has an answer."]


def _said_of_people(r: Row, sums: Row) -> str:
    """What an NPS says of people."""
    n, promoters, detractors = (int(sums[k]) for k in ("n", "promoters", "detractors"))
    return f"{many(promoters, n)} who answer would recommend, {many(detractors, n)} rather not."


def _beside(r: pd.Series) -> str:
    """Interval and n of a share; counts need neither."""
    _, inside, size = words.figure(*(r[k] for k in ("value", "low", "high", "n", "base", "unit")))
    return f" ({inside}; n = {r['base']:,})" if size else ""


def _n(r: pd.Series) -> str:
    return "" if policy.counts_only("share", r["base"]) else f", n = {r['base']:,}"


def _asked_in(r: Row) -> str:
    return f", survey {words.quoted(str(r['survey']))}"
