"""How satisfied are customers, and where? Survey scores by question, touchpoint and stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from ..errors import NotEnoughData
from ..log.scales import FAVOURABLE, POINTS
from ..results import words
from ..results.declared import Frame, declares, estimate, number, text
from ..results.evidence import rows_sha256, sums_sql
from ..results.result import Estimate, Evidence, Finding, Result, estimates_frame
from ..results.subjects import SurveyQuestion
from ..stats.means import Sample, mean
from ..stats.scores import Promoters, nps
from ..stats.shares import share_weighted

if TYPE_CHECKING:
    from ..study import Study

SMALL_BASE = 30  # Mixpanel suppresses below 30 answers; here the number is shown and the caveat said
SCORED = ("nps", "csat", "ces", "likert")
TITLES = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "likert": "Rating"}
_LABELS = {**TITLES, "likert": "rating"}  # in a cell of the map

SCORES = Frame("scores", "Scores by question", (
    text("question_id", "Question id"), text("question", "Question"), text("instrument", "Instrument"), text("touchpoint", "Touchpoint"), text("stage", "Stage"),
    number("mean", "Mean", "mean answer on the scale"), text("scale", "Scale"), *estimate()), key=("question_id", "instrument", "touchpoint"))

#: SQL of the answers that count: one a person, question and wave, the last one; {where}: further conditions, beginning with AND
LAST = """SELECT *, coalesce(weight, 1.0) AS w FROM responses
    WHERE score IS NOT NULL AND instrument IN ('nps', 'csat', 'ces', 'likert') AND (instrument = 'nps' OR higher_is_better IS NOT NULL) {where}
    QUALIFY row_number() OVER (PARTITION BY source, question_id, coalesce(customer_id, response_id), wave
                               ORDER BY answered_at DESC NULLS LAST, response_id DESC) = 1"""


@declares(SCORES)
def satisfaction(study: Study, *, weighted: bool = False) -> Result:
    """Scores of every scored question with their intervals.

    NPS in points (adjusted Wald, Rocks 2016); CSAT as the share of the two best points (or the question's `box`), CES as the share of easy
    answers (both Wilson); other ratings as means (Student's t). weighted: use survey weights (Kish's effective
    base). Frame `scores`: question_id, question, instrument, touchpoint, stage, mean, scale and an estimate.
    Raises `NotEnoughData` without scored answers.
    """
    study.need("responses", what="survey scores")
    sums = study.query(_SUMS.format(last=LAST.format(where="")))
    if sums.empty:
        raise NotEnoughData("survey scores", "no answer to an nps, csat, ces or likert question", "at least one answer to such a question",
                            "map the survey's questions in `questions:` of the source")
    unsaid = study.query("SELECT DISTINCT question_id FROM responses WHERE score IS NOT NULL AND instrument <> 'nps' AND higher_is_better IS NULL ORDER BY 1")
    has_weights = bool((sums["weighted_rows"] > 0).any())
    rows, findings = [], []
    for record in sums.astype(object).where(sums.notna(), None).to_dict("records"):
        estimate = _estimate(record, weighted)
        plain = {"question_id": record["question_id"], "question": record["question"], "instrument": record["instrument"],
                 "touchpoint": record["touchpoint"] or None, "stage": record["stage"] or None, "mean": record["mean"],
                 "scale": f"{record['scale_min']:g}–{record['scale_max']:g}" if pd.notna(record["scale_min"]) else ""}
        rows.append((plain, estimate))
        findings.append(_finding(record, estimate, weighted))
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
    result.sentences = _sentences(frame)
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
_SUMS = f"""
SELECT question_id, {sums_sql(_ROW, "row")}, any_value(question) AS question, instrument, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage,
       min(scale_min) AS scale_min, max(scale_max) AS scale_max, bool_and(higher_is_better) AS higher_is_better,
       max({POINTS}) AS points,
       count(*) AS n, avg(score) AS mean, var_samp(score) AS var, count(weight) AS weighted_rows,
       sum(w) AS w, sum(w * w) AS w2, sum(w * score) AS w_score,
       count(*) FILTER (score >= 9) AS promoters, count(*) FILTER (score <= 6) AS detractors,
       sum(w) FILTER (score >= 9) AS w_promoters, sum(w) FILTER (score <= 6) AS w_detractors,
       count(*) FILTER (hit) AS hits, sum(w) FILTER (hit) AS w_hits
FROM (SELECT *, {FAVOURABLE} AS hit FROM ({{last}}))
GROUP BY question_id, instrument ORDER BY question_id, instrument"""


def _estimate(r: dict[str, Any], weighted: bool) -> Estimate:
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


def _box(r: dict[str, Any]) -> str:
    low, high = int(r["scale_min"]), int(r["scale_max"])
    first, last = (high - int(r["points"]) + 1, high) if r["higher_is_better"] else (low, low + int(r["points"]) - 1)
    chosen = f"{first}–{last}" if first < last else f"{first}"
    return f"{'satisfied' if r['instrument'] == 'csat' else 'easy'} = {chosen} of {low}–{high}"


def _finding(r: dict[str, Any], estimate: Estimate, weighted: bool) -> Finding:
    question, instrument = str(r["question_id"]).replace("'", "''"), r["instrument"]
    if instrument == "nps":
        value = f"{_NPS} AS value"
    elif instrument in ("csat", "ces"):
        low, high, up = int(r["scale_min"]), int(r["scale_max"]), r["higher_is_better"]
        value = f"(score {'>' if up else '<'} {high - int(r['points']) if up else low + int(r['points'])}) AS counted"
    else:
        value = "score AS value"
    last = LAST.format(where=f"AND question_id = '{question}' AND instrument = '{instrument}'")
    sql = f"SELECT source, response_id AS id, {value} FROM ({last})"
    title, touchpoint = TITLES[instrument], r["touchpoint"] or None
    label = " ".join(x for x in (_LABELS[instrument], "weighted" if weighted else "", touchpoint or "") if x)
    return Finding(
        key=f"satisfaction:{r['question_id']}:{instrument}" + (":weighted" if weighted else ""),
        statement=f"{title}, {r['question']}: {words.estimate(estimate)}", kind="metric", estimate=estimate,
        stage=r["stage"] or None, touchpoint=touchpoint, source="survey",
        lane="satisfaction", label=label, subject=SurveyQuestion(str(r["question_id"]), instrument, weighted),
        evidence=(Evidence("rows", f"last answer of each person to {r['question_id']!r}", table="responses", sql=" ".join(sql.split()),
                           rows=int(r["n"]), rows_sha256=rows_sha256(int(r["n"]), int(r["row_xor"]), int(r["row_sum"]))),),
        caveats=(f"fewer than {SMALL_BASE} answers",) if estimate.base < SMALL_BASE else ())


def _sentences(frame: pd.DataFrame) -> list[str]:
    out = []
    for r in frame[frame["instrument"] == "nps"].to_dict("records"):
        e = Estimate.of(r)
        out.append(f"The Net Promoter Score is {words.estimate(e)}.")
    for instrument, what in (("csat", "satisfied"), ("ces", "finding it easy")):
        chosen = frame[(frame["instrument"] == instrument) & frame["value"].notna()].sort_values("value")
        if len(chosen) == 1:
            one = chosen.iloc[0]
            out.append(f"{TITLES[instrument]}, {one['question']}: {words.percent(one['value'])} {what} ({words.interval(one['low'], one['high'], 'share')}; n = {one['base']:,}).")
        elif len(chosen) > 1:
            low, high = chosen.iloc[0], chosen.iloc[-1]
            apart = "" if low["high"] is not None and high["low"] is not None and low["high"] < high["low"] else " (their intervals overlap)"
            out.append(f"{TITLES[instrument]} is lowest for {low['touchpoint'] or low['question']} ({words.percent(low['value'])} {what}, n = {low['base']:,}) and highest "
                       f"for {high['touchpoint'] or high['question']} ({words.percent(high['value'])}, n = {high['base']:,}){apart}.")
    ratings = frame[(frame["instrument"] == "likert") & frame["value"].notna()]
    if len(ratings) and not out:
        best, worst = ratings.loc[ratings["value"].idxmax()], ratings.loc[ratings["value"].idxmin()]
        out.append(f"Ratings run from {words.number(worst['value'])} ({worst['question']}) to {words.number(best['value'])} ({best['question']}).")
    return out or ["No scored question has an answer."]
