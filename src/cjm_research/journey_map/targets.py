"""Scores against their targets, and figures against benchmarks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..engine import literal
from ..params.schema import Benchmark
from ..results import words
from ..results.evidence import rows_evidence
from ..results.result import Estimate, Finding
from ..results.subjects import Benchmark as OfBenchmark
from ..results.subjects import FunnelStep, Subject, SurveyQuestion, Target
from ..stats.means import Sample, mean
from ..stats.share_differences import share_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..study import Study

_LAST = ("SELECT source, response_id AS id, score AS value FROM responses WHERE score IS NOT NULL AND question_id = {question} "
         "QUALIFY row_number() OVER (PARTITION BY source, coalesce(customer_id, response_id), wave "
         "ORDER BY answered_at DESC NULLS LAST, response_id DESC) = 1")
SCORES = ("csat", "ces", "likert")


def targets(study: Study) -> list[Finding]:
    """Touchpoints with a target: the mean score on its own scale with Student's interval, and where the target lies."""
    out = []
    wanted = [(s.name, t) for s in study.params.journey.stages for t in s.touchpoints if t.target is not None]
    if not wanted or not study.has("responses"):
        return []
    for stage, t in wanted:
        asked = study.query(f"SELECT question_id, any_value(question ORDER BY question) AS question FROM responses WHERE touchpoint = {literal(t.name)} AND score IS NOT NULL "
                            f"AND instrument IN ({', '.join(map(literal, SCORES))}) GROUP BY 1 ORDER BY 1")
        for question, called in asked.itertuples(index=False):
            sql = _LAST.format(question=literal(str(question)))
            # rounded: the engine adds in the order in which its threads finish, which moves the last digit of a double
            r = study.query(f"SELECT count(*) AS n, round(avg(value), 9) AS mean, round(var_samp(value), 9) AS var FROM ({sql})").iloc[0]
            n = int(r["n"])
            e = mean(Sample(n, float(r["mean"]), float(r["var"]) if n > 1 and not math.isnan(float(r["var"])) else None))
            said = f"{t.name}: {_against(e, float(t.target or 0))} its target of {words.number(t.target)}"
            out.append(Finding(
                f"target:{question}", f"{said}; mean score {words.estimate(e)}", "metric", e, stage=stage, touchpoint=t.name, source="survey",
                evidence=(rows_evidence(study, "responses", f"last answer of each person to {words.quoted(str(called or question))}", sql),),
                lane="metrics", label=said, subject=Target(str(question))))
    return out


def _against(e: Estimate, target: float) -> str:
    low, high = e.low if e.low is not None else e.value, e.high if e.high is not None else e.value
    if low is None or high is None:
        return "no answer against"
    return "above" if low > target else "below" if high < target else "not distinct from"


def benchmarks(study: Study, findings: Sequence[Finding]) -> list[Finding]:
    """Findings that a benchmark of the params speaks of, compared with it.

    A benchmark's metric is `nps`, `csat:<question>`, `ces:<question>` or `funnel:<name>`. Where both are shares and the
    benchmark's sample size is known: Newcombe's interval of the difference (1998); else the benchmark is taken as exact. *Equal* is said only where
    the benchmark names a `margin` and the whole interval of the difference lies within it (two one-sided tests, Schuirmann 1987, each at 2.5 %).
    """
    out = []
    for b in study.params.benchmarks:
        found = next((f for f in findings if f.persona is None and f.period is None and f.channel is None and _is(f.subject, b.metric)), None)
        if found is None or found.estimate is None or found.estimate.value is None or found.stage is None:
            continue
        e = found.estimate
        if e.unit != b.unit:
            continue
        where, difference = _compared(e, b)
        source = f"; {b.source}" + (f", n = {b.n:,}" if b.n else "") if b.source else ""
        about = " ".join(x for x in (_title(b.metric), found.touchpoint if ":" in b.metric and not b.metric.startswith("funnel") else "") if x)
        said = f"{about}: {where} the benchmark of {words.number(b.value, b.unit)}"
        out.append(Finding(f"benchmark:{b.metric}", f"{said}; {words.estimate(e)}{difference}{source}", "metric", e, stage=found.stage,
                           touchpoint=found.touchpoint, source=found.source, evidence=found.evidence, lane="metrics", label=said,
                           subject=OfBenchmark(b.metric)))
    return out


def _is(subject: Subject | None, metric: str) -> bool:
    kind, _, name = metric.partition(":")
    if isinstance(subject, FunnelStep):
        return kind == "funnel" and subject.what == "conversion" and subject.funnel == name
    return isinstance(subject, SurveyQuestion) and subject.instrument == kind and not subject.weighted and name in ("", subject.question_id)


def _title(metric: str) -> str:
    kind, _, name = metric.partition(":")
    return {"nps": "NPS", "csat": "CSAT", "ces": "CES"}.get(kind, name)


def _compared(e: Estimate, b: Benchmark) -> tuple[str, str]:
    if b.n and e.unit == "share":
        d = share_difference(e.n, e.base, round(b.value * b.n), b.n)
        if d.low is None or d.high is None:
            return "not comparable with", ""
        where = _equal(d.low, d.high, b) or ("above" if d.low > 0 else "below" if d.high < 0 else "not distinct from")
        return where, f" (difference {words.number(d.value, 'share difference')}, 95 % interval {words.interval(d.low, d.high, 'share difference')})"
    if e.low is not None and e.high is not None and (equal := _equal(e.low - b.value, e.high - b.value, b)):
        return equal, ""
    return _against(e, b.value), ""


def _equal(low: float, high: float, b: Benchmark) -> str:
    """`equal (within 2.0 pp) to` where a difference lies within the benchmark's margin beyond doubt; else empty."""
    if b.margin is None or low <= -b.margin or high >= b.margin:
        return ""
    size = words.number(b.margin, "share difference" if b.unit == "share" else b.unit).lstrip("+")
    return f"equal (within {size}) to"
