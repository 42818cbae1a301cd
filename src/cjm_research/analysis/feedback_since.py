"""What do people write since a day that they did not before? Themes that rise or fall, beyond chance, with examples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..engine import literal
from ..errors import BadInput, NotEnoughData
from ..results import words
from ..results.declared import Column, Frame, count, declares, interval, number, p_value, text, time
from ..results.evidence import rows_evidence
from ..results.result import Estimate, Finding, Result, estimates_frame
from ..results.subjects import Subject
from ..shapes import Row
from ..stats.comparison import p_two_sided
from ..stats.multiplicity import adjust
from ..stats.shares import wilson

if TYPE_CHECKING:
    from ..study import Study

DAYS = 28  # looked at where no day is named
LEAST = 10  # texts of a theme in both times together; below, nothing is said of it
HISTORY = 28  # days before both times from which their unevenness is known
QUOTES = 2
_THEME = "coalesce(touchpoint, label, source)"
THEMES = Frame("themes", "Texts by theme since {since}, and in as many days before", (
    text("theme", "Theme", worded=words.event), text("state", "State", "rising, falling, as before, or too few to say"), count("now", "Since"), count("before", "Before"), Column("value", "Times as many", "number"), interval("value"),
    p_value("p_adjusted", "p, adjusted", "for all themes (Benjamini–Hochberg)"), number("uneven", "Unevenness", "variance over mean of a day's texts, 1 where they come by chance alone", internal=True),
    p_value("p", "p", internal=True), count("n", "n", internal=True), count("base", "Base", internal=True), text("unit", "Unit", internal=True), text("method", "Method", internal=True)), key=("theme",))
EXAMPLES = Frame("examples", "Texts since {since} about what rises, newest first", (text("theme", "Theme", worded=words.event), time("published_at", "Published"), text("text", "Text"), number("rating", "Rating"), text("feedback_id", "Id", internal=True)),
                 if_empty="No theme rises, or its texts are too long or short to be quoted.")


@dataclass(frozen=True)
class ThemeSince(Subject):
    """A theme of unasked texts that rises or falls since a day."""

    theme: str
    state: str


@declares(THEMES, EXAMPLES)
def feedback_since(study: Study, *, since: str | None = None) -> Result:
    """Themes of unasked texts since a day against as many days before it: rising, falling, as before, or too few to say.

    since: the first day (2026-05-01), of the last run's data, say; default: 28 days before the last text. Counts are compared as Poisson
    counts, whose errors grow with how unevenly a theme's texts come from day to day. Frames: `themes`, `examples`. Raises
    `NotEnoughData` without dated texts, or where they do not reach as far back; `BadInput` for a `since` that is no day.
    """
    study.need("feedback", what="what is written since")
    day = f"CAST(timezone({literal(study.params.timezone)}, published_at) AS DATE)"
    counted = study.query(f"SELECT {_THEME} AS theme, any_value(touchpoint) AS touchpoint, any_value(stage) AS stage, {day} AS day, count(*) AS n FROM feedback WHERE published_at IS NOT NULL GROUP BY theme, day ORDER BY theme, day")
    if counted.empty:
        raise NotEnoughData("what is written since", "no text says when it was written", "dated texts", "cjm check says what data there is")
    counted["day"] = pd.to_datetime(counted["day"])
    first, last = counted["day"].min(), counted["day"].max()
    start = _day(since) if since else last - pd.Timedelta(days=DAYS - 1)
    days = (last - start).days + 1
    if days < 1 or start - pd.Timedelta(days=days) < first:
        raise NotEnoughData("what is written since", f"texts from {first.date()} to {last.date()}", f"texts since {start.date()} and from as many days before", "name a later day, or bring a longer export")
    rows, about = [], {}
    for theme, part in counted.groupby("theme", sort=True):
        about[str(theme)] = part
        rows.append(_row(str(theme), part.set_index("day")["n"], start, days, first))
    adjusted = adjust([r["p"] for r in rows], "bh")
    for r, p in zip(rows, adjusted, strict=True):
        r["p_adjusted"] = p
        r["state"] = "too few to say" if p is None else "as before" if p >= 0.05 else "rising" if (r["value"] or math.inf) > 1 else "falling"
    frame = estimates_frame(sorted(rows, key=lambda r: ({"rising": 0, "falling": 1, "as before": 2, "too few to say": 3}[str(r["state"])], -int(r["now"]), str(r["theme"]))))
    rising, falling = (frame[frame["state"] == s]["theme"].tolist() for s in ("rising", "falling"))
    result = Result("What do people write since, that they did not before?", {"themes": frame, "examples": _examples(study, rising, start, day)},
                    facts={"since": str(start.date()), "days": days, "until": str(last.date()), "rising": rising, "falling": falling},
                    method="Texts of a theme (touchpoint, else label, else source) since a day against those of as many days before; the ratio with Wilson's interval of the newer share, its error widened by "
                           "how unevenly texts come from day to day before. Benjamini–Hochberg over themes. Definitions: docs/methods/monitoring.md.")
    told: list[dict[Any, Any]] = [r for r in frame.to_dict("records") if r["state"] in ("rising", "falling")]
    for r in told:
        part, where = about[r["theme"]], literal(r["theme"])
        sql = f"SELECT source, feedback_id AS id, 1.0 AS amount FROM feedback WHERE {_THEME} = {where} AND {day} >= DATE '{start.date()}'"
        place = {c: next(iter(part[c].dropna()), None) for c in ("stage", "touchpoint")}
        result.findings.append(Finding(f"since:{r['theme']}", f"Texts about {r['theme']} are {r['state']}: {r['now']:,} since {start.date()}, {r['before']:,} in as many days before", "metric",
                                       Estimate(float(r["now"]), None, None, int(r["now"]), int(r["now"]), "texts", "count; the ratio has the interval"), source="feedback",
                                       evidence=(rows_evidence(study, "feedback", f"texts about {r['theme']} since {start.date()}", sql),), label=f"{r['theme']}: {r['state']}",
                                       subject=ThemeSince(r["theme"], r["state"]), **place))
    result.sentences = [f"Since {start.date()}, {_said(told)} ({words.some(int(frame['now'].sum()), 'texts')}; {words.count(frame['before'].sum())} in the {words.some(days, 'days')} before)."]
    few = int((frame["state"] == "too few to say").sum())
    if few:
        result.caveats.append(f"{few} of {words.some(len(frame), 'themes')} have fewer than {LEAST} texts in both times together: too few to say.")
    result.caveats.append("People who write unasked are not a sample of customers; a theme may rise because more was asked, sold or promised.")
    return result


def _row(theme: str, by_day: pd.Series, start: pd.Timestamp, days: int, first: pd.Timestamp) -> Row:
    length = pd.Timedelta(days=days)
    now = int(by_day[by_day.index >= start].sum())
    before = int(by_day[(by_day.index >= start - length) & (by_day.index < start)].sum())
    past = by_day.reindex(pd.date_range(first, start - pd.Timedelta(days=1)), fill_value=0)
    uneven = max(1.0, float(past.var(ddof=1) / past.mean())) if len(past) >= HISTORY and past.mean() > 0 else 1.0
    both = now + before
    row: Row = {"theme": theme, "now": now, "before": before, "uneven": uneven, "p": None, "value": None, "low": None, "high": None, "n": now, "base": both, "unit": "number",
                           "method": "ratio of counts, Wilson on the newer share, widened by unevenness"}
    if both < LEAST:
        return row
    low, high = (float(v) for v in wilson(now / uneven, both / uneven))
    row |= {"value": now / before if before else None, "low": low / (1 - low), "high": high / (1 - high) if high < 1 else None,
            "p": p_two_sided((now - before) / math.sqrt(both * uneven))}
    return row


def _examples(study: Study, rising: list[str], start: pd.Timestamp, day: str) -> pd.DataFrame:
    if not rising:
        return pd.DataFrame(columns=list(EXAMPLES.stored))
    return study.query(f"""SELECT {_THEME} AS theme, published_at, text, rating, feedback_id FROM feedback
        WHERE {_THEME} IN ({', '.join(map(literal, rising))}) AND {day} >= DATE '{start.date()}' AND text IS NOT NULL AND length(trim(text)) BETWEEN 20 AND 400
        QUALIFY row_number() OVER (PARTITION BY {_THEME} ORDER BY published_at DESC, feedback_id) <= {QUOTES} ORDER BY theme, published_at DESC""")


def _said(told: list[Row]) -> str:
    if not told:
        return "no theme rose or fell beyond chance"
    return words.listing([f"texts about {r['theme']} are {r['state']} ({r['before']:,} → {r['now']:,})" for r in told[:5]]) + (f", and {len(told) - 5} more" if len(told) > 5 else "")


def _day(since: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(date.fromisoformat(since))
    except ValueError:
        raise BadInput("what is written since", f"since: {since!r} is no day", "a day such as 2026-05-01", "correct the chapter's first cell") from None
