"""How do participants feel along the journey? Mean valence by stage and touchpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cjm_research.errors import NotEnoughData

from ...results import policy, words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Finding, Result, estimates_frame
from ...results.subjects import Emotion
from ...stats.comparison import no_estimate
from ...stats.means import Sample, mean
from . import declared
from .coded import Coded, coded, quote_evidence, text_literal
from .themes import passages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...study import Study

LOWEST, HIGHEST = -2.0, 2.0  # the scale of valence


@declares(declared.FEELING_BY_STAGE, declared.FEELING_BY_TOUCHPOINT, declared.EMOTIONS)
def emotion(study: Study, *, coders: Sequence[str] | None = None) -> Result:
    """Valence (−2 very negative … +2 very positive) of coded passages, by stage and touchpoint.

    Each participant counts once: the mean over participants of each one's mean. Student's interval over
    participants, cut at the ends of the scale; none with one participant. Codes of kind emotion are used where
    any occurs, else all codes with a valence (pain and gain). Frames: `stages`, `touchpoints`, `emotions` (codes
    by stage, in participants). Raises `NotEnoughData` without passages that carry a valence.
    """
    base = coded(study, coders)
    feelings = base.rows[(base.rows["kind"] == "emotion") & base.rows["valence"].notna()]
    only = len(feelings) > 0
    if not only:
        feelings = base.rows[base.rows["valence"].notna()]
    if feelings.empty:
        raise NotEnoughData(
            "emotion along the journey",
            "no coded passage carries a valence",
            "codes of kind emotion, pain or gain",
            "settings.valence of the source gives codes a valence from -2 to 2",
        )
    condition = "valence IS NOT NULL" + (" AND kind = 'emotion'" if only else "")
    stages = [s for s in study.stages if (feelings["stage"] == s).any()]
    findings: list[Finding] = []
    frames = {}
    for column, places in (
        ("stage", stages),
        ("touchpoint", [t for t in study.touchpoint_stage if (feelings["touchpoint"] == t).any()]),
    ):
        rows = []
        for place in places:
            inside = feelings[feelings[column] == place]
            estimate = valence(inside)
            rows.append(({column: place, "passages": len(inside)}, estimate))
            findings.append(_finding(base, inside, estimate, column, place, condition, study))
        frames[f"{column}s"] = estimates_frame(rows) if rows else pd.DataFrame(columns=[column, "passages", *_NAMES])
    frames["emotions"] = _emotions(feelings, len(base.participants))
    overall = valence(feelings)
    result = Result(
        "How do participants feel along the journey?",
        frames,
        facts={
            "participants": int(feelings["participant"].nunique()),
            "passages": len(feelings),
            "overall": overall.value,
            "placed": int(feelings["stage"].notna().sum()),
            "kinds": sorted(feelings["kind"].unique()),
        },
        method="Mean over participants of each participant's mean valence, so that one talkative person counts once; Student's interval "
        "over participants, cut at −2 and +2. "
        + (
            "Codes of kind emotion."
            if only
            else "No code of kind emotion was used; codes of pain and gain carry their valence."
        ),
        caveats=list(base.caveats),
        findings=findings,
    )
    told = frames["stages"][frames["stages"]["base"].map(policy.point) != "none"] if stages else frames["stages"]
    if len(told):
        result.sentences += _told(told)
    else:
        result.sentences.append(
            f"The mean valence of coded passages is {words.number(overall.value)} (of {words.some(overall.n, 'participants')}); "
            + ("none lies on a stage." if not stages else f"in no stage do {policy.now().curve_from} participants say how they feel.")
        )
    missing = len(feelings) - result.facts["placed"]
    if missing:
        result.caveats.append(
            f"{missing} of {len(feelings)} passages with a valence lie on no stage and are in no stage's mean."
        )
    return result


_NAMES = ("value", "low", "high", "n", "base", "unit", "method")


def valence(rows: pd.DataFrame) -> Estimate:
    """The mean over participants of their mean valence."""
    means = rows.groupby("participant")["valence"].mean().astype(float)
    found = mean(Sample.from_values(means.tolist()), "score")
    if found.n > 1 and means.nunique() == 1:  # equal values give an interval of no width, which would feign certainty
        return no_estimate(found.n, found.n, "score", "all participants have the same mean", found.value)
    if found.low is None or found.high is None:
        return found
    return Estimate(
        found.value,
        max(LOWEST, found.low),
        min(HIGHEST, found.high),
        found.n,
        found.base,
        found.unit,
        found.method + ", cut at the scale's ends",
    )


def _finding(
    base: Coded, inside: pd.DataFrame, estimate: Estimate, column: str, place: str, condition: str, study: Study
) -> Finding:
    sql = (
        f"SELECT participant AS id, avg(valence) AS value FROM ({base.sql}) WHERE {condition} AND {column} = {text_literal(place)} "
        "GROUP BY participant"
    )
    evidence = rows_evidence(base.study, "codings", f"mean valence of each participant's passages at {place}", sql, base.held)
    stage = place if column == "stage" else study.touchpoint_stage.get(place)
    strongest = inside.assign(size=inside["valence"].abs()).sort_values("size", ascending=False, kind="stable")
    caveats = ("rests on synthetic codings, made by a program",) if inside["is_synthetic"].all() else ()
    return Finding(
        f"emotion:{column}:{place}",
        f"Mean valence at {place}: {_signed(estimate.row())}",
        "emotion",
        estimate,
        stage=stage,
        touchpoint=place if column == "touchpoint" else None,
        source="interview",
        evidence=(evidence, *(quote_evidence(r) for r in passages(strongest))),
        caveats=caveats,
        lane="emotion",
        label=place if column == "touchpoint" else "",
        subject=Emotion("touchpoint" if column == "touchpoint" else "stage", place),
    )


def _told(stages: pd.DataFrame) -> list[str]:
    """The stages in which people feel best and worst; no comparison where there is one stage, or all feel alike."""
    low, high = stages.loc[stages["value"].idxmin()], stages.loc[stages["value"].idxmax()]
    if low["value"] == high["value"]:
        where = words.listing([str(s) for s in stages["stage"]])
        each = "; ".join(f"{_signed(r)} in {r['stage']}" for r in stages.to_dict("records"))
        return [f"Of {where} alone it is known how participants feel." if len(stages) == 1 else f"Participants feel alike in {where}.", f"On a scale from −2 to +2 that is {each}."]
    bounds = high["low"], low["high"]
    apart = all(pd.notna(b) for b in bounds) and bounds[0] > bounds[1]
    return [f"Participants feel best in {high['stage']} and worst in {low['stage']}{'' if apart else ', which may be chance'}.",
            f"On a scale from −2 to +2 that is {_signed(high)} in {high['stage']} and {_signed(low)} in {low['stage']}."]


def _signed(row: Mapping[Any, Any] | pd.Series) -> str:
    value, low, high = (row[k] for k in ("value", "low", "high"))
    text = f"{float(str(value)):+.1f}".replace("-", "−")
    if low is not None and high is not None and pd.notna(low) and pd.notna(high):
        text += f", 95\u202f% interval {float(str(low)):+.1f} to {float(str(high)):+.1f}".replace("-", "−")
    return f"{text}; n = {row['n']}"


def _emotions(feelings: pd.DataFrame, participants: int) -> pd.DataFrame:
    """Each feeling by stage, counted in participants."""
    from ...stats.shares import share

    rows = [
        (
            {"path": path, "stage": stage, "valence": float(inside["valence"].iloc[0]), "passages": len(inside)},
            share(int(inside["participant"].nunique()), participants),
        )
        for (path, stage), inside in feelings.groupby(["path", "stage"], dropna=False)
    ]
    frame = estimates_frame(rows)
    frame["stage"] = frame["stage"].astype(object).where(frame["stage"].notna(), None)
    return frame
