"""What do people say unasked? Ratings and texts of reviews and complaints by touchpoint and label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..results import policy, words
from ..results.declared import Frame, count, declares, estimate, number, text, time
from ..results.evidence import rows_evidence
from ..results.prose import many
from ..results.result import Evidence, Finding, Result, estimates_frame
from ..results.subjects import FeedbackText, LowRatings
from ..stats.shares import share

if TYPE_CHECKING:
    from ..study import Study

QUOTES = 3  # quotes kept for a group
GROUPS = Frame("groups", "Low ratings by touchpoint or label", (
    text("group", "Group", "touchpoint, else label, else source", worded=words.event), count("texts", "Texts"), number("mean_rating", "Mean rating"),
    *estimate(n="n", base="Base")), key=("group",))
TEXTS = Frame("quotes", "The lowest rated texts of each group", (
    text("name", "Group"), text("touchpoint", "Touchpoint"), text("stage", "Stage"), text("source", "Source"), text("feedback_id", "Id", internal=True),
    number("rating", "Rating"), number("rating_max", "Of", "highest rating possible"), text("text", "Text"), time("published_at", "Published")),
    if_empty="No text is long enough to be quoted.")
RATINGS = Frame("ratings", "Texts by rating", (text("source", "Source"), number("rating", "Rating"), count("texts", "Texts")), key=("source", "rating"),
                if_empty="No text is rated.")


@declares(GROUPS, TEXTS, RATINGS)
def feedback(study: Study) -> Result:
    """Volume, low ratings (the two lowest points of the scale) and quotes by touchpoint, else by label or source.

    Frames: `groups` (an estimate: share of low ratings among rated texts), `ratings` (count by rating),
    `quotes`. Raises `NotEnoughData` without feedback.
    """
    study.need("feedback", what="unsolicited feedback")
    groups = study.query(f"""
        SELECT {_GROUP} AS name, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage, count(*) AS texts,
               count(rating) AS rated, count(*) FILTER ({_LOW}) AS low, avg(rating) AS mean_rating
        FROM feedback GROUP BY 1 ORDER BY low DESC, texts DESC, name""")
    rows, findings = [], []
    for r in groups.to_dict("records"):
        estimate = share(int(r["low"]), int(r["rated"]))
        rows.append(({"group": r["name"], "texts": int(r["texts"]), "mean_rating": r["mean_rating"]}, estimate))
        if not r["rated"]:
            continue
        name, called = str(r["name"]).replace("'", "''"), _called(r)
        sql = f"SELECT source, feedback_id AS id, ({_LOW}) AS counted FROM feedback WHERE rating IS NOT NULL AND {_GROUP} = '{name}'"
        hurts = bool(estimate.value and estimate.value >= 0.3) and policy.carries_headline(estimate.base)
        findings.append(Finding(
            key=f"feedback:low:{r['name']}", kind="pain" if hurts else "metric",
            statement=f"{words.part_of(estimate)} ratings about {called} are low",
            estimate=estimate, stage=_text(r["stage"]), touchpoint=_text(r["touchpoint"]), source="feedback",
            lane="pain" if hurts else "satisfaction", label=f"low ratings of {called}", subject=LowRatings(str(r["name"])),
            evidence=(rows_evidence(study, "feedback", f"rated texts about {called}; counted: the two lowest points of the scale", sql),)))
    quotes = study.query(f"""
        SELECT {_GROUP} AS name, touchpoint, stage, source, feedback_id, rating, rating_max, text, published_at
        FROM feedback WHERE text IS NOT NULL AND length(trim(text)) BETWEEN 20 AND 400
        QUALIFY row_number() OVER (PARTITION BY {_GROUP} ORDER BY rating NULLS LAST, length(text) DESC, feedback_id) <= {QUOTES}
        ORDER BY name, rating, feedback_id""")
    findings += [_quote(q) for q in quotes.to_dict("records") if q["touchpoint"] or q["stage"]]
    total = int(groups["texts"].sum())
    result = Result("What do people say unasked?", {"groups": estimates_frame(rows), "quotes": quotes}, facts={"texts": total},
                    method="A rating is low when it is one of the two lowest points of its scale; shares are of rated texts, "
                           "with Wilson intervals. Quotes: the lowest rated, longest texts of 20–400 characters.",
                    findings=findings)
    result.frames["ratings"] = study.query(
        "SELECT source, rating, count(*) AS texts FROM feedback WHERE rating IS NOT NULL GROUP BY ALL ORDER BY source, rating")
    rated = int(groups["rated"].sum())
    low = int(groups["low"].sum())
    if rated:
        result.sentences.append(f"{many(low, rated)} ratings that people give unasked are low.")
    result.sentences.append(f"{total:,} texts were collected; {rated:,} carry a rating"
                            + (f", {words.estimate(share(low, rated))} of them low." if rated else "."))
    worst = result["groups"][lambda f: f["base"].map(policy.carries_headline)].sort_values("value", ascending=False)
    if len(worst) > 1 and pd.notna(worst.iloc[0]["value"]):
        w = worst.iloc[0]
        result.sentences.append(f"Most often rated low: {words.event(str(w['group']))} ({words.part_of(w)}).")
    result.caveats.append("People who write unasked are not a sample of customers; read volumes and contents, not levels.")
    return result


_GROUP = "coalesce(touchpoint, label, source)"
_LOW = "rating IS NOT NULL AND rating <= 2.0 / 5 * coalesce(rating_max, 5)"


def _called(r: Mapping[Any, Any]) -> str:
    """What texts are about: a touchpoint or a label as it is, a source as words."""
    return str(r["touchpoint"]) if isinstance(r["touchpoint"], str) and r["touchpoint"] else words.event(str(r["name"]))


def _quote(q: dict[str, object]) -> Finding:
    text = str(q["text"])
    return Finding(
        key=f"feedback:quote:{q['source']}:{q['feedback_id']}", kind="quote", statement=text, stage=_text(q["stage"]),
        touchpoint=_text(q["touchpoint"]), source="feedback", status="partly",
        lane="quotes", label=words.quoted(text), subject=FeedbackText(str(q["source"]), str(q["feedback_id"])),
        evidence=(Evidence("quote", "feedback text", table="feedback", document_id=str(q["feedback_id"]), quote=text),))


def _text(value: object) -> str | None:
    return str(value) if value is not None and pd.notna(value) else None  # type: ignore[call-overload]
