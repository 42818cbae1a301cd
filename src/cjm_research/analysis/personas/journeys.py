"""How do the personas' journeys differ? Stages, channels, time and satisfaction, each against all other customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...engine import literal
from ...errors import NotEnoughData
from ...log.contacts import contacts_sql
from ...log.groups import arrived_of, channels_of, customers_of, days_of, reached_of
from ...log.onward import places_of
from ...results import words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.prose import many_of, whole
from ...results.result import Estimate, Finding, Result
from ...results.subjects import Subject
from ...shapes import Row
from ...stats.comparison import Comparison
from ...stats.means import Sample, mean, mean_difference
from ...stats.multiplicity import adjust
from ...stats.quantiles import quantile, quantile_difference
from ...stats.scores import Promoters, nps, nps_difference
from ...stats.share_differences import share_difference
from ...stats.shares import share
from . import declared
from .features import BEHAVIOUR, SCORE, short_wording
from .members import VIEW, typed
from .profiles import hide_small

if TYPE_CHECKING:
    from ...study import Study

REACH, ONWARD, CHANNEL, TIME, SATISFACTION = "reaches", "goes on to", "uses", "days to reach", "answers"
LEAST_BASE = 20  # persons below which a difference is not put into words
MOST_TOLD = 3
_LEAST_EFFECT = 0.2


@dataclass(frozen=True)
class PersonaJourney(Subject):
    """A difference between the journeys of a persona and of the others."""

    measure: str
    what: str


@declares(declared.JOURNEY, declared.DIFFERENCES)
def journeys(study: Study) -> Result:
    """The journey of each persona, by stage, channel, time and survey score.

    Frames: `journey`: persona, measure, what (stage, channel or question), stage, an estimate, others, difference with
    its interval, p adjusted over all lines (Benjamini–Hochberg; none where the measure itself formed the personas); `clearest`: of each persona the differences that are
    beyond chance, the largest first.
    Raises `NotEnoughData` with fewer than two personas, or with neither interactions nor answers.
    """
    answer, titles = typed(study)
    formed = set(answer.facts["features"])
    if not study.has("interactions"):
        study.need("responses", what="the personas' journeys")
    rows: list[Row] = []
    if study.has("interactions"):
        rows += _stages(study, titles, formed) + _channels(study, titles, formed) + _times(study, titles)
    if study.has("responses"):
        rows += _scores(study, titles, formed)
    if not rows:
        raise NotEnoughData("the personas' journeys", "no interaction on a stage or channel, and no scored answer, of a typed customer", "some of either", "cjm check says what data there is")
    frame = pd.DataFrame(rows, columns=["persona", "measure", "what", "key", "stage", "role", "value", "low", "high", "n", "base", "unit",
                                        "method", "others", "difference", "difference_low", "difference_high", "effect", "p"])
    frame["p_adjusted"] = pd.Series(adjust([None if p is None or pd.isna(p) else float(p) for p in frame["p"]], "bh"), dtype="float64")
    frame = hide_small(frame, study.params.privacy.min_cell)
    result = Result(
        "How do the personas' journeys differ?", {"journey": frame, "clearest": _clearest(frame, titles)}, {"personas": titles},
        method="Shares (Wilson) compared with all other customers (Newcombe), counted as on the journey map: of a persona's customers with a contact, those "
               "seen in a stage or channel; of those who came to a stage and were observed for its horizon, those seen in the next stage afterwards. Times are "
               "medians of those who got there (order statistics), among customers observed for as long as nine in ten take; NPS adjusted Wald, other scores as means (Welch). "
               "p adjusted over all lines (Benjamini & Hochberg 1995); measures that formed the personas are described, not tested.")
    told = _told(frame, titles)
    result.sentences = [_sentence(titles[0], [])] if told.empty else [_lead(told), *(
        _sentence(name, told[told["persona"] == name].to_dict("records")) for name in titles if (told["persona"] == name).any())]
    result.findings = [_finding(study, answer, r) for r in told.to_dict("records") if r["measure"] in (REACH, ONWARD, CHANNEL)]
    return result


def _row(persona: str, measure: str, what: str, estimate: Estimate, others: float | None, comparison: Comparison,
         effect: float | None, *, stage: str | None = None, key: str = "", formed: bool = False) -> Row:
    return {"persona": persona, "measure": measure, "what": what, "key": key or what, "stage": stage,
            "role": "forms the personas" if formed else "describes them", **estimate.row(), "others": others,
            "difference": comparison.value, "difference_low": comparison.low, "difference_high": comparison.high,
            "effect": effect, "p": None if formed else comparison.p}


def _share_row(persona: str, measure: str, what: str, k: int, n: int, all_k: int, all_n: int, **more: Any) -> Row:
    rest_k, rest_n = all_k - k, all_n - n
    others = rest_k / rest_n if rest_n else None
    effect = None
    if n and rest_n:
        effect = float(2 * np.arcsin(np.sqrt(k / n)) - 2 * np.arcsin(np.sqrt(rest_k / rest_n)))
    # where no member of one side ever did it, the difference says what the groups are, not how they differ
    told = share_difference(k, n, rest_k, rest_n) if k and rest_k else share_difference(0, 0, 0, 0)
    return _row(persona, measure, what, share(k, n), others, told, effect if k and rest_k else None, **more)


def _counts(frame: pd.DataFrame, titles: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    wide = frame.pivot_table(index="persona", columns=frame.columns[1], values="n", aggfunc="sum", fill_value=0)
    return wide.reindex(index=list(titles), columns=list(columns), fill_value=0)


def _active(study: Study, titles: Sequence[str]) -> pd.Series:
    """Customers with a contact, by persona."""
    return customers_of(study, VIEW, "persona").set_index("persona")["n"].reindex(list(titles)).fillna(0).astype(int)


def _stages(study: Study, titles: Sequence[str], formed: set[str]) -> list[Row]:
    """Who was seen in each stage and, of those observed long enough, in the next one afterwards: counted as on the map."""
    stages = study.stages
    if not stages:
        return []
    circular = BEHAVIOUR + "stage_depth" in formed
    base = _active(study, titles)
    seen = _counts(reached_of(study, VIEW, "persona"), titles, stages)
    arrived = arrived_of(study, VIEW, "persona")
    rows = []
    for name in titles:
        for stage in stages:
            if seen[stage].sum():
                rows.append(_share_row(name, REACH, stage, int(seen.loc[name, stage]), int(base[name]), int(seen[stage].sum()), int(base.sum()), stage=stage, formed=circular))
            pair = arrived[arrived["stage"] == stage].set_index("persona")[["n", "base", "following"]]
            if name in pair.index and pair["n"].sum():
                following = str(pair["following"].iloc[0])
                rows.append(_share_row(name, ONWARD, f"{stage} → {following}", int(pair.loc[name, "n"]), int(pair.loc[name, "base"]), int(pair["n"].sum()),
                                       int(pair["base"].sum()), stage=following, key=stage, formed=circular))
    return rows


def _channels(study: Study, titles: Sequence[str], formed: set[str]) -> list[Row]:
    base = _active(study, titles)
    used = channels_of(study, VIEW, "persona")
    channels = used.groupby("channel")["n"].sum().sort_values(ascending=False, kind="stable").index.astype(str)
    seen = _counts(used, titles, list(channels))
    return [_share_row(name, CHANNEL, channel, int(seen.loc[name, channel]), int(base[name]), int(seen[channel].sum()), int(base.sum()),
                       formed=f"{BEHAVIOUR}channel_{channel}" in formed)
            for name in titles for channel in channels]


def _times(study: Study, titles: Sequence[str]) -> list[Row]:
    """Days from the first contact to the first one in each later stage, of those who got there."""
    if len(study.stages) < 2:
        return []
    frame = days_of(study, VIEW, "persona")
    rows = []
    for stage in study.stages[1:]:
        part = frame[frame["stage"] == stage]
        for name in titles:
            mine = (part["persona"] == name).to_numpy()
            own, others = quantile(part.loc[mine, "days"].tolist(), unit="days"), quantile(part.loc[~mine, "days"].tolist(), unit="days")
            if own.value is None:
                continue
            rows.append(_row(name, TIME, stage, own, others.value, quantile_difference(own, others), None, stage=stage))
    return rows


def _scores(study: Study, titles: Sequence[str], formed: set[str]) -> list[Row]:
    """Every scored question, one (the last) answer a person; scores as they were asked, not turned."""
    frame = study.query(
        "SELECT persona, question_id, any_value(question) AS question, instrument, any_value(stage) AS stage, count(*) AS n, "
        "avg(score) AS mean, var_samp(score) AS var, count(*) FILTER (score >= 9) AS promoters, count(*) FILTER (score <= 6) AS detractors "
        "FROM (SELECT * FROM responses WHERE score IS NOT NULL AND instrument IN ('nps', 'csat', 'ces', 'likert') QUALIFY row_number() OVER "
        "(PARTITION BY source, question_id, coalesce(customer_id, response_id) ORDER BY answered_at DESC NULLS LAST, response_id DESC) = 1) r "
        f"JOIN {VIEW} p ON p.customer_id = coalesce(r.customer_id, r.response_id) GROUP BY persona, question_id, instrument "
        "ORDER BY question_id")
    rows = []
    for (question, instrument), part in frame.groupby(["question_id", "instrument"], sort=True):
        by = {str(r["persona"]): r for r in part.to_dict("records")}
        said = "NPS" if instrument == "nps" else short_wording(str(part["question"].iloc[0] or question))
        stage = next((str(s) for s in part["stage"] if isinstance(s, str)), None)
        for name in titles:
            if name not in by:
                continue
            others = [r for n, r in by.items() if n != name]
            estimate, rest, comparison = _nps(by[name], others) if instrument == "nps" else _mean(by[name], others)
            spread = _spread(list(by.values()))
            effect = comparison.value / spread if comparison.value is not None and spread and instrument != "nps" else None
            if instrument == "nps" and comparison.value is not None:
                effect = comparison.value / 100
            rows.append(_row(name, SATISFACTION, said, estimate, rest, comparison, effect, stage=stage, key=str(question),
                             formed=SCORE + str(question) in formed))
    return rows


def _nps(own: Row, others: Sequence[Row]) -> tuple[Estimate, float | None, Comparison]:
    def of(parts: Sequence[Row]) -> Promoters:
        p, d, n = (int(sum(r[c] for r in parts)) for c in ("promoters", "detractors", "n"))
        return Promoters.from_counts(p, n - p - d, d)

    mine, rest = of([own]), of(others)
    return nps(mine), (rest.value if rest.effective > 0 else None), nps_difference(mine, rest)


def _mean(own: Row, others: Sequence[Row]) -> tuple[Estimate, float | None, Comparison]:
    mine, rest = _pooled([own]), _pooled(others)
    return mean(mine), rest.mean, mean_difference(mine, rest)


def _pooled(parts: Sequence[Row]) -> Sample:
    """One sample from the n, mean and variance of several."""
    n = int(sum(r["n"] for r in parts))
    if n == 0:
        return Sample(0, None, None)
    middle = sum(r["n"] * r["mean"] for r in parts) / n
    squares = sum((r["n"] - 1) * (0.0 if pd.isna(r["var"]) else r["var"]) + r["n"] * (r["mean"] - middle) ** 2 for r in parts)
    return Sample(n, float(middle), float(squares / (n - 1)) if n > 1 else None)


def _spread(parts: Sequence[Row]) -> float:
    var = _pooled(parts).var
    return float(np.sqrt(var)) if var else 0.0


def _clearest(frame: pd.DataFrame, titles: Sequence[str], most: int = 6) -> pd.DataFrame:
    sure = frame[frame["p_adjusted"].astype(float).le(0.05) & frame["effect"].notna() & frame["value"].notna()]
    sure = sure.assign(_by=sure["effect"].abs(), line=(sure["measure"] + " " + sure["what"]).str.replace(f"{ONWARD} ", "goes on: ").str.replace(f"{SATISFACTION} ", ""), others_value=sure["others"])
    parts = [sure[sure["persona"] == n].sort_values("_by", ascending=False, kind="stable").head(most) for n in titles]
    found = pd.concat(parts) if parts else sure
    return found[["persona", "line", "value", "low", "high", "n", "base", "unit", "method", "others_value", "p_adjusted"]].reset_index(drop=True)


def _told(frame: pd.DataFrame, titles: Sequence[str]) -> pd.DataFrame:
    """The clearest lines of each persona: tested, adjusted p ≤ .05, an effect worth telling, enough persons."""
    sure = frame[frame["p_adjusted"].astype(float).le(0.05) & frame["effect"].abs().ge(_LEAST_EFFECT) & (frame["base"] >= LEAST_BASE)
                 & frame["value"].notna()]
    parts = [sure[sure["persona"] == n].assign(_by=lambda f: f["effect"].abs()).sort_values("_by", ascending=False, kind="stable")
             .drop_duplicates("measure").head(MOST_TOLD) for n in titles]
    return pd.concat(parts).drop(columns="_by") if parts else sure


def _lead(told: pd.DataFrame) -> str:
    """The clearest of all differences, in counts where it is a share."""
    r = told.loc[told["effect"].abs().idxmax()].to_dict()
    if r["measure"] not in (REACH, ONWARD, CHANNEL):
        return f"The journeys of {words.some(int(told['persona'].nunique()), 'personas')} differ clearly from those of the others."
    verb = {REACH: f"were seen at {r['what']}", ONWARD: f"who came to {r['key']} were seen in {r['stage']} afterwards", CHANNEL: f"use the channel {r['what']}"}[r["measure"]]
    return f"{many_of(r)} {words.several(str(r['persona']))} {verb}, {' '.join(whole(float(r['others'])))} of the others."


def _sentence(name: str, rows: Sequence[Row]) -> str:
    if not rows:
        return "No difference between the personas' journeys is beyond chance after correction for all that was compared."
    return f"{name}: {'; '.join(_said(r) for r in rows)}."


def _said(r: Row) -> str:
    against = f"{words.number(r['value'], r['unit'])} against {words.number(r['others'], r['unit'])} of the others"
    return {REACH: f"{against} were seen at {r['what']}", ONWARD: f"of those who came to {r['key']}, {against} were seen in {r['stage']} afterwards",
            CHANNEL: f"{against} use the channel {r['what']}",
            TIME: f"{words.number(r['value'])} days to {r['what']} against {words.number(r['others'])}",
            SATISFACTION: f"{r['what']} {words.number(r['value'], r['unit'])} against {words.number(r['others'], r['unit'])}"}[r["measure"]]


def _finding(study: Study, answer: Result, r: Row) -> Finding:
    members = answer["members"]
    seen = study.only(f"persona {r['persona']}", members.loc[members["persona"] == r["persona"], "customer_id"].tolist())
    measure, what = str(r["measure"]), str(r["what"])
    if measure == ONWARD:
        stage, following = str(r["key"]), str(r["stage"])
        places = places_of(seen)
        place = places.seen[f"stage:{stage}"].place
        sql = f"SELECT id, next_at IS NOT NULL AS counted FROM ({places.went_sql(place)})"
        who, counted = f"customers of persona {r['persona']!r} who came first to {stage} long enough before the end of observation", f"seen in {following} afterwards"
        said = f"who came to {stage} were seen in {following} afterwards"
    else:
        column = "stage" if measure == REACH else "channel"
        sql = f"SELECT id, bool_or(coalesce({column} = {literal(what)}, false)) AS counted FROM ({contacts_sql(seen)}) GROUP BY id"
        who, counted = f"customers of persona {r['persona']!r} with a contact", f"{column} is {what!r}"
        said = f"were seen at {what}" if measure == REACH else f"use the channel {what}"
    estimate = Estimate.of(r)
    evidence = rows_evidence(seen, "interactions", f"{who}; counted: {counted} (to be run on the study seen through the persona)", sql)
    seen.close()
    return Finding(f"personas:journey:{measure}:{what}", f"{r['persona']}: {words.of_whom(estimate, 'customers')} {said}, others {words.number(r['others'], 'share')}", "metric",
                   estimate, stage=r["stage"] or None, channel=what if measure == CHANNEL else None, persona=str(r["persona"]), evidence=(evidence,),
                   subject=PersonaJourney(measure, what))
