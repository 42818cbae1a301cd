"""Where does it hurt most? Touchpoints ranked by each kind of evidence, where the kinds agree, and where they disagree.

What people do is no pain by itself: behaviour says where most people leave. A touchpoint is called the one that hurts most
only where two sources that tell of it agree.

Behaviour, survey and interviews are ranked separately: a blend would hide that a touchpoint is loved in
interviews and leaks in behaviour. Ranks carry the uncertainty of the counts they rest on (bootstrap); scores are
ranks in disguise and are not shown with decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..engine import literal
from ..errors import NotEnoughData
from ..log.onward import places_of
from ..log.outcomes import unwanted_places
from ..log.scales import FAVOURABLE
from ..results import policy, words
from ..results.cache import answered
from ..results.caveats import Note
from ..results.declared import declares
from ..results.evidence import rows_evidence
from ..results.result import Estimate, Finding, Result
from ..results.subjects import Flag, Pain, Rank
from ..shapes import Row
from ..stats.multiplicity import adjust
from ..stats.ranks import kendall_w
from ..stats.share_differences import share_difference
from ..stats.shares import share
from . import declared
from .instants import stops_untold

if TYPE_CHECKING:
    from ..analysis.coding.coded import Coded
    from ..study import Study

DRAWS = 2000
SEED = 20260101
LEAST = 5  # persons behind a touchpoint's figure; fewer are not ranked
CLEAR = 0.05  # p, corrected over all touchpoints and sources, below which one hurts more often than the others of its source
AGREED = 0.5  # of the draws in which a touchpoint must come first to be called the worst by all sources

# what each source counts: hurt of base, out of `everybody` for reach
SOURCES = {
    "behaviour": "customers for whom it was progress and who were seen at no other touchpoint of its stage or a later one afterwards, of those "
                 "observed long enough; of unwanted places, customers who reach them",
    "survey": "respondents who are not satisfied (below the top box), by the question that is worst there",
    "interview": "participants who name a pain there",
    "feedback": "rated texts with one of the two lowest ratings",
}


@dataclass(frozen=True)
class _Counts:
    """Of one source: hurt of base at each touchpoint, and the size of the group reach is a share of."""

    source: str
    frame: pd.DataFrame  # touchpoint, hurt, base, loved
    everybody: int


@declares(declared.RANKS, declared.FLAGS, declared.AGREEMENT)
def pain_points(study: Study, *, flags: bool = True) -> Result:
    """Touchpoints ranked by pain, by source. flags: also tell where sources disagree (asks the funnels too).

    Severity: share hurt among those met there (Wilson). Reach: share of all customers (respondents, participants)
    met there. Rank by reach × severity, i.e. by persons hurt; rank intervals (90 %) from a parametric bootstrap of
    the counts. Agreement of the sources: Kendall's W over touchpoints that all sources cover. Frames: `ranks`
    (source, touchpoint, stage, rank, rank_low, rank_high, an estimate of severity, reach), `flags`, `agreement`.
    Raises `NotEnoughData` where no source covers two touchpoints.
    """
    order = {t: i for i, t in enumerate(study.touchpoint_stage)}
    counted = [c for c in (_behaviour(study), _survey(study), _interview(study), _feedback(study)) if c is not None]
    counted = [_Counts(c.source, c.frame[(c.frame["base"] >= LEAST) & c.frame["touchpoint"].isin(list(order))].reset_index(drop=True), c.everybody)
               for c in counted]
    counted = [c for c in counted if len(c.frame) >= 2]
    if not counted:
        untold = "".join(f"; {c.rstrip('.')}" for c in stops_untold(study) if not isinstance(c, Note))
        raise NotEnoughData("pain points", f"no source tells of two touchpoints with at least {LEAST} persons{untold}", "interactions, answers, "
                            "codings or ratings at two touchpoints", "add match rules, questions or codes to the touchpoints")
    rng = np.random.default_rng(SEED)
    ranks = pd.concat([_ranked(study, c, rng) for c in counted], ignore_index=True)
    leaks = _leaks(study) if flags else {}
    disagreements = _flags(ranks if flags else ranks.iloc[:0], leaks)
    agreement = _agreement(ranks)
    result = Result(
        "Where does it hurt most?", {"ranks": ranks, "flags": disagreements, "agreement": agreement},
        facts={"sources": [c.source for c in counted]},
        method="A touchpoint's pain is the number of persons it hurts: reach × severity. " + "; ".join(f"{c.source}: {SOURCES[c.source]}" for c in counted)
               + f". Rank intervals (90 %): parametric bootstrap of the counts, {DRAWS:,} draws, seed {SEED}. Agreement: Kendall's W.",
        findings=_findings(study, ranks, disagreements, leaks))
    found = _headline(ranks, rng)
    result.facts["hurts_most"] = found[0] if found else None
    result.sentences = _sentences(ranks, disagreements, agreement, found)
    result.caveats.append("Not going on is not always pain: customers may have got what they came for.") if "behaviour" in result.facts["sources"] else None
    result.caveats += stops_untold(study)
    return result


# --- counting --------------------------------------------------------------------------------------------------------


def _behaviour(study: Study) -> _Counts | None:
    if not study.stages:
        return None
    places = places_of(study)
    bad, unwanted = places.goals, unwanted_places(study)
    rows = []
    for touchpoint, stage in study.touchpoint_stage.items():
        seen = places.seen[f"touchpoint:{touchpoint}"]
        if seen.unobserved:
            continue
        if touchpoint in unwanted or stage in unwanted:  # reaching it is the pain
            rows.append({"touchpoint": touchpoint, "base": seen.customers, "hurt": seen.reached, "loved": 0})
        elif touchpoint not in bad and seen.progress:
            rows.append({"touchpoint": touchpoint, "base": seen.progress, "hurt": seen.stopped, "loved": 0})
    return _Counts("behaviour", pd.DataFrame(rows, columns=["touchpoint", "base", "hurt", "loved"]), places.everybody) if rows else None


# each question by itself: the last answer of everybody to it
_SURVEY = f"""SELECT touchpoint, source, question_id, question, response_id AS id, {FAVOURABLE} AS happy FROM responses
    WHERE instrument IN ('csat', 'ces') AND score IS NOT NULL AND higher_is_better IS NOT NULL AND touchpoint IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY source, touchpoint, question_id, coalesce(customer_id, response_id)
                               ORDER BY answered_at DESC NULLS LAST, response_id) = 1"""


def _survey(study: Study) -> _Counts | None:
    """Each touchpoint by its worst question: the one that the largest share is not satisfied with, among those with enough answers."""
    each = study.query(f"SELECT touchpoint, source AS survey, question_id, any_value(question) AS question, count(*) AS base, count(*) FILTER (NOT happy) AS hurt, "
                       f"count(*) FILTER (happy) AS loved FROM ({_SURVEY}) GROUP BY touchpoint, source, question_id ORDER BY touchpoint, source, question_id")
    if each.empty:
        return None
    each["asked"] = each.groupby("touchpoint")["question_id"].transform("size")
    enough = each[each["base"] >= min(policy.now().headline_from, int(each["base"].max()))]
    worst = enough.assign(share=enough["hurt"] / enough["base"]).sort_values(["share", "base", "survey", "question_id"], ascending=[False, False, True, True])
    frame = worst.drop_duplicates("touchpoint").sort_values("touchpoint", ignore_index=True)
    return _Counts("survey", frame, int(study.scalar("SELECT count(DISTINCT (source, response_id)) FROM responses")))


def _interview(study: Study) -> _Counts | None:
    """Participants who name a pain or a gain; whose words count, and of whom, is the coding chapter's rule."""
    found = _coded(study)
    if found is None:
        return None
    rows, everybody = found.rows, len(found.participants)
    placed = rows[rows["touchpoint"].notna()]
    named = {kind: placed[placed["kind"] == kind].groupby("touchpoint")["participant"].nunique() for kind in ("pain", "gain")}
    frame = pd.DataFrame([{"touchpoint": t, "hurt": int(named["pain"].get(t, 0)), "loved": int(named["gain"].get(t, 0)), "base": everybody}
                          for t in sorted(placed["touchpoint"].unique())])
    return _Counts("interview", frame, everybody) if len(frame) else None


def _coded(study: Study) -> Coded | None:
    """People's codings; None where there are none: what a program coded is no pain."""
    from ..analysis.coding.coded import coded

    try:
        found = coded(study)
    except NotEnoughData:
        return None
    return None if found.rows["is_synthetic"].any() else found


def _feedback(study: Study) -> _Counts | None:
    if not study.has("feedback"):
        return None
    frame = study.query("""SELECT touchpoint, count(*) AS base, count(*) FILTER (rating <= 2.0 / 5 * coalesce(rating_max, 5)) AS hurt,
        count(*) FILTER (rating >= 4.0 / 5 * coalesce(rating_max, 5)) AS loved
        FROM feedback WHERE rating IS NOT NULL AND touchpoint IS NOT NULL GROUP BY touchpoint ORDER BY touchpoint""")
    return _Counts("feedback", frame, int(frame["base"].sum())) if len(frame) else None


# --- ranking ---------------------------------------------------------------------------------------------------------


def _ranked(study: Study, counts: _Counts, rng: np.random.Generator) -> pd.DataFrame:
    frame = counts.frame
    hurt, base = frame["hurt"].to_numpy(dtype=float), frame["base"].to_numpy(dtype=float)
    # persons hurt out of everybody, drawn anew; the half added keeps a count of 0 or of all from looking certain
    probability = (hurt + 0.5) / (counts.everybody + 1)
    draws = rng.binomial(counts.everybody, np.clip(probability, 0, 1), size=(DRAWS, len(frame)))
    drawn = pd.DataFrame(-draws).rank(axis=1, method="average").to_numpy()
    rank = pd.Series(-hurt).rank(method="min").astype(int).to_numpy()
    low, high = np.floor(np.quantile(drawn, 0.05, axis=0)).astype(int), np.ceil(np.quantile(drawn, 0.95, axis=0)).astype(int)
    rows = []
    for i, r in enumerate(frame.to_dict("records")):
        estimate = share(int(hurt[i]), int(base[i]))
        rows.append({"source": counts.source, "touchpoint": r["touchpoint"], "stage": study.touchpoint_stage[r["touchpoint"]],
                     "rank": int(rank[i]), "rank_low": min(int(low[i]), int(rank[i])), "rank_high": max(int(high[i]), int(rank[i])),
                     "of": len(frame), **estimate.row(), "reach": float(base[i] / counts.everybody) if counts.everybody else None,
                     "loved": int(r["loved"]), "survey": r.get("survey"), "question_id": r.get("question_id"), "question": r.get("question"), "asked": r.get("asked", 1)})
    return pd.DataFrame(rows).sort_values(["source", "rank", "touchpoint"], ignore_index=True)


def _flags(ranks: pd.DataFrame, leaks: Mapping[str, Finding]) -> pd.DataFrame:
    """Touchpoints where sources disagree: by severity (the share hurt of those met) in the worst third of one source and
    in the best third of another, or praised by more participants than it hurts; a funnel that leaks there counts as
    hurting. Severity, since few people met is no sign that nothing hurts.
    """
    place = ranks.groupby("source")["value"].rank(ascending=False, method="average")
    third = ranks.assign(position=(place - 1) / ranks["of"].clip(lower=2).sub(1))
    rows = []
    for touchpoint, part in third.groupby("touchpoint", sort=True):
        worst = part[(part["position"] <= 1 / 3) & (part["of"] >= 3) & (part["n"] > 0)]
        best = part[(part["position"] >= 2 / 3) & (part["of"] >= 3)]
        praised = part[(part["source"] == "interview") & (part["loved"] > part["n"])]
        calm = list(dict.fromkeys([*best["source"], *praised["source"]]))
        hurting = [s for s in worst["source"] if s not in calm]
        leak = leaks.get(str(touchpoint))
        if leak is not None and "behaviour" not in hurting and calm and set(calm) != {"behaviour"}:
            hurting.append("funnel")
            calm = [s for s in calm if s != "behaviour"]
        if hurting and calm:
            where = "leaks in the funnel" if hurting == ["funnel"] else f"among the worst in {words.listing(hurting)}"
            rows.append({"touchpoint": touchpoint, "stage": part["stage"].iloc[0], "hurts_in": ", ".join(hurting), "fine_in": ", ".join(calm),
                         "statement": f"{touchpoint}: {where}, {_fine(calm, list(praised['source']))}"})
    return pd.DataFrame(rows, columns=["touchpoint", "stage", "hurts_in", "fine_in", "statement"])


def _fine(calm: list[str], praised: list[str]) -> str:
    rest = [s for s in calm if s not in praised]
    parts = (["praised in interviews"] if praised else []) + ([f"among the best in {words.listing(rest)}"] if rest else [])
    return words.listing(parts)


def _leaks(study: Study) -> dict[str, Finding]:
    """The largest loss of a funnel at each touchpoint."""
    from ..analysis.funnels import funnel

    out: dict[str, Finding] = {}
    for f in study.params.funnels:
        try:
            losses = [x for x in answered(funnel, study, name=f.name).findings if x.kind == "pain" and x.touchpoint and x.estimate]
        except NotEnoughData:
            continue
        for x in losses:
            known = out.get(str(x.touchpoint))
            if known is None or (x.estimate.value or 0) > (known.estimate.value or 0):  # type: ignore[union-attr]
                out[str(x.touchpoint)] = x
    return out


def _agreement(ranks: pd.DataFrame) -> pd.DataFrame:
    table = ranks.pivot(index="source", columns="touchpoint", values="rank")
    # the largest set of sources that share at least three touchpoints
    names = ["source_set", "w", "p", "judges", "things", "method"]
    while len(table) >= 2:
        common = table.dropna(axis=1)
        if common.shape[1] >= 3:
            found = kendall_w(common.to_numpy())
            return pd.DataFrame([{"source_set": ", ".join(map(str, common.index)), "w": found.w, "p": found.p, "judges": found.judges,
                                  "things": found.things, "method": found.method}], columns=names)
        table = table.drop(index=table.notna().sum(axis=1).idxmin())
    return pd.DataFrame(columns=names)


def _findings(study: Study, ranks: pd.DataFrame, flags: pd.DataFrame, leaks: Mapping[str, Finding]) -> list[Finding]:
    out = []
    unwanted = unwanted_places(study)
    for r in ranks.assign(clear=_clear(ranks))[ranks["n"] > 0].to_dict("records"):
        if r["rank"] > max(3, r["of"] // 3) or r["source"] == "interview" or not policy.carries_headline(r["base"]):
            continue  # interview pains come with their codes and quotes from the coding chapter
        estimate = Estimate(r["value"], r["low"], r["high"], int(r["n"]), int(r["base"]), r["unit"], r["method"])
        verb, label = _HURTS["unwanted" if r["source"] == "behaviour" and (r["touchpoint"] in unwanted or r["stage"] in unwanted) else r["source"]]
        if unwanted and (verb, label) == _HURTS["behaviour"]:
            verb += ", unwanted ones aside"
        if r["source"] == "survey" and r["asked"] > 1:
            verb, label = f"{verb} with “{r['question']}”", label if r["question"] == r["touchpoint"] else f"{label}: {r['question']}"
        place = f"rank {r['rank']} of {r['of']}" + (f" (90 % interval {r['rank_low']} to {r['rank_high']})" if r["rank_low"] < r["rank_high"] else "")
        out.append(Finding(f"pain:{r['source']}:{r['touchpoint']}", f"{r['touchpoint']}: {words.part(r)} {verb}; {place} by {r['source']}", "pain",
                           estimate, stage=r["stage"], touchpoint=r["touchpoint"], source=r["source"], evidence=(_evidence(study, r),), lane="pain",
                           label=label.replace("{}", r["touchpoint"]),
                           subject=Pain(r["source"], r["touchpoint"], Rank(int(r["rank"]), int(r["rank_low"]), int(r["rank_high"]), int(r["of"])), bool(r["clear"]))))
    for r in flags.to_dict("records"):
        out.append(Finding(f"flag:{r['touchpoint']}", f"Sources disagree about {r['statement']}", "pain", stage=r["stage"], touchpoint=r["touchpoint"],
                           source="behaviour", status="partly",
                           evidence=(*(_evidence(study, x) for x in ranks[ranks["touchpoint"] == r["touchpoint"]].to_dict("records")),
                                     *(leaks[r["touchpoint"]].evidence if "funnel" in r["hurts_in"] else ())),
                           lane="pain", label=f"Sources disagree about {r['statement']}", subject=Flag(r["touchpoint"])))
    return out


# what a source says of those whom a touchpoint hurts: in a sentence, and in a cell of the map
_HURTS = {"behaviour": ("were at no other touchpoint of this or a later stage afterwards", "stop at {}"), "unwanted": ("of customers got there", "get to {}"), "survey": ("are not satisfied", "not satisfied with {}"),
          "feedback": ("rate it low", "rate {} low")}


def _evidence(study: Study, r: Row) -> Any:
    name = r["touchpoint"].replace("'", "''")
    if r["source"] == "survey":
        sql = (f"SELECT source, id, NOT happy AS counted FROM ({_SURVEY}) WHERE touchpoint = '{name}' AND question_id = {literal(r['question_id'])} "
               f"AND source = {literal(r['survey'])}")
        return rows_evidence(study, "responses", f"last answer of everybody to {words.quoted(str(r.get('question') or r['question_id']))}; counted: not satisfied", sql)
    if r["source"] == "feedback":
        sql = (f"SELECT source, feedback_id AS id, rating <= 2.0 / 5 * coalesce(rating_max, 5) AS counted FROM feedback "
               f"WHERE rating IS NOT NULL AND touchpoint = '{name}'")
        return rows_evidence(study, "feedback", f"rated texts about {r['touchpoint']}; counted: the two lowest ratings", sql)
    if r["source"] == "interview":
        found = _coded(study)
        assert found is not None
        mask = (found.rows["kind"] == "pain") & (found.rows["touchpoint"] == r["touchpoint"])
        return found.share_of(f"kind = 'pain' AND touchpoint = '{name}'", mask, f"a passage about a pain at {r['touchpoint']}")[1]
    bad = unwanted_places(study)
    return places_of(study).seen[f"touchpoint:{r['touchpoint']}"].evidence["reach" if r["touchpoint"] in bad or r["stage"] in bad else "stopped"]


def _headline(ranks: pd.DataFrame, rng: np.random.Generator) -> tuple[str, float, list[str]] | None:
    """The touchpoint on which sources agree: (touchpoint, share of draws in which it comes first, its sources).

    Only touchpoints that at least two sources show to hurt clearly more often than the others they tell of; where many come, many are
    hurt, which is no sign of pain. Of these, the one that most sources put first, then the one with the better mean place, where it
    comes first in most draws of the places from their range. With one such touchpoint the share is 1.
    """
    told = ranks[_clear(ranks)]
    told = told[told.groupby("touchpoint")["source"].transform("nunique") >= 2].reset_index(drop=True)
    if told.empty:
        return None
    low, high = told["rank_low"].to_numpy(float), told["rank_high"].to_numpy(float)
    drawn = (rng.triangular(low - 0.5, told["rank"].to_numpy(float), high + 0.5, size=(DRAWS, len(told))) - 0.5) / told["of"].to_numpy(float)
    names = sorted(told["touchpoint"].unique())
    column = {n: i for i, n in enumerate(names)}
    at = told["touchpoint"].map(column).to_numpy()
    votes, means = np.zeros((DRAWS, len(names))), np.zeros((DRAWS, len(names)))
    for _, own in told.groupby("source", sort=True):
        rows = own.index.to_numpy()
        votes[np.arange(DRAWS), at[rows][drawn[:, rows].argmin(axis=1)]] += 1
    for i in range(len(names)):
        means[:, i] = drawn[:, at == i].mean(axis=1)
    # the most sources that put it first; where as many do, the better mean place (which is below 1)
    first = np.bincount((votes - means / 2).argmax(axis=1), minlength=len(names)) / DRAWS
    best = int(first.argmax())
    own = told[told["touchpoint"] == names[best]]
    return (names[best], float(first[best]), [str(s) for s in own["source"]]) if first[best] >= AGREED else None


def _clear(ranks: pd.DataFrame) -> pd.Series:
    """Rows of touchpoints that hurt clearly more than the others of their source; of those that may carry a headline."""
    told = ranks[(ranks["base"].map(policy.carries_headline) | (ranks["source"] == "interview")) & (ranks["of"] >= 2)]
    return _clearly_worse(told).reindex(ranks.index, fill_value=False)


def _clearly_worse(told: pd.DataFrame) -> pd.Series:
    """Whether a touchpoint hurts a larger share than the other touchpoints of its source together: Holm-corrected over all rows."""
    tests: list[float | None] = []
    for r in told.to_dict("records"):
        rest = told[(told["source"] == r["source"]) & (told["touchpoint"] != r["touchpoint"])]
        found = share_difference(int(r["n"]), int(r["base"]), int(rest["n"].sum()), int(rest["base"].sum()))
        tests.append(found.p if found.value is not None and found.value > 0 else 1.0)
    return pd.Series([p is not None and p < CLEAR for p in adjust(tests)], index=told.index, dtype=bool)


def _sentences(ranks: pd.DataFrame, flags: pd.DataFrame, agreement: pd.DataFrame, found: tuple[str, float, list[str]] | None) -> list[str]:
    """found: see `_headline`."""
    out = []
    if found is not None:
        touchpoint, sure, sources = found
        own = ranks[ranks["touchpoint"] == touchpoint].set_index("source")
        parts = [f"{_SAID[s]} {words.count(own.loc[s, 'n'])} of {words.count(own.loc[s, 'base'])}" for s in sources]
        out.append(f"{touchpoint} hurts most: {words.listing([_BY[s] for s in sources])} agree.")
        out.append(f"Sources agree that {touchpoint} hurts most: {words.listing(parts)}, each clearly more often than at the other touchpoints"
                   + (f"; first in {words.percent(sure)} of draws of their ranks." if sure < 1 else "."))
    for source, part in ranks.groupby("source", sort=False):
        big = part[part["base"].map(policy.carries_headline) & (part["n"] > 0)] if source != "interview" else part[part["n"] > 0]
        if big.empty:
            continue
        first = big.sort_values("rank", kind="stable").iloc[0]
        if first["n"] < RARE * first["base"]:  # one in a hundred is no place where "most" are lost
            out.append(f"{_HARDLY[str(source)]}: {words.count(first['n'])} of {words.count(first['base'])} at {first['touchpoint']}, where it is most.")
            continue
        sure_ = "" if first["rank_high"] == first["rank"] == 1 else f" (rank {first['rank']}, between {first['rank_low']} and {first['rank_high']})"
        out.append(f"{_MOST[str(source)].format(first['touchpoint'])}: {words.count(first['n'])} of {words.count(first['base'])}{sure_}.")
    out += [f"Sources disagree about {s}." for s in flags["statement"]]
    if len(agreement) and agreement["w"].notna().iloc[0]:
        a = agreement.iloc[0]
        out.append(f"The rankings by {words.listing(str(a['source_set']).split(', '))} agree with Kendall's W = {a['w']:.2f} over {a['things']} touchpoints"
                   + f" ({words.p_value(float(a['p']))}).")
    return out


_SAID = {"behaviour": "left after it:", "survey": "not satisfied:", "interview": "participants name a pain:", "feedback": "low ratings:"}
_BY = {"behaviour": "what people do", "survey": "answers to surveys", "interview": "interviews", "feedback": "feedback"}
RARE = 0.01
_HARDLY = {"behaviour": "Hardly anybody leaves at any touchpoint", "survey": "Hardly any respondent is dissatisfied", "interview": "Hardly any participant names a pain",
           "feedback": "Hardly any rating is low"}
_MOST = {"behaviour": "Most people leave at {}", "survey": "Most respondents are not satisfied with {}", "interview": "Most participants name a pain at {}",
         "feedback": "Most low ratings are about {}"}
