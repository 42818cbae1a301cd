"""The figures of themes: shares of texts and persons, ratings, months, touchpoints, and texts to quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...privacy.small_counts import countable, hide
from ...results.result import Estimate, estimates_frame
from ...stats.means import Sample, mean
from ...stats.shares import share, wilson
from . import declared
from .found import Theme

if TYPE_CHECKING:
    from ...study import Study

LOW, HIGH = 2 / 5, 4 / 5  # of the highest rating: up to here low, from here high, as everywhere in feedback
KNOWN = 0.8  # of the texts that say who wrote them, below which no shares of persons are told
QUOTES, SHORTEST, LONGEST = 2, 20, 400  # quotes of a kind, and characters that a quote has


def members(frame: pd.DataFrame, theme: Theme) -> pd.Series:
    """Which counted texts belong to a theme: its distinct texts and copies of them."""
    return frame["counted"] & frame["copy_of"].isin(set(theme.texts.tolist()))


def themes_frame(frame: pd.DataFrame, themes: list[Theme], base: pd.Series, least: int) -> pd.DataFrame:
    """Themes with their shares. base: counted texts of the languages looked at."""
    rows = []
    persons_base = int(frame.loc[base, "customer_id"].nunique()) if knows_persons(frame, base) else 0
    substantial = frame["copy_of"].isin(set(frame.index[base & frame["first"]]))
    for theme in themes:
        mine = members(frame, theme)
        n = int(frame.loc[mine, "customer_id"].nunique())
        told = persons_base > 0 and countable(persons_base, n, least)
        low, high = wilson(n, persons_base) if told else (None, None)
        placed = frame.loc[mine].groupby(["touchpoint", "stage"]).size().sort_values(ascending=False, kind="stable")
        mostly = placed.index[0] if len(placed) and placed.iloc[0] * 2 > placed.sum() and placed.sum() * 2 > mine.sum() else (None, None)
        rows.append(({"theme": theme.name, "language": theme.language, "with_copies": float(frame["copy_of"].isin(set(theme.texts.tolist())).sum() / substantial.sum()),
                      "persons": n if told else None, "persons_base": persons_base if told else None, "of_persons": n / persons_base if told else None,
                      "of_persons_low": None if low is None else float(low), "of_persons_high": None if high is None else float(high),
                      "again": theme.again, "together": theme.together, "touchpoint": mostly[0], "stage": mostly[1]}, share_by_writer(frame, mine, base)))
    out = estimates_frame(rows) if rows else pd.DataFrame(columns=list(declared.THEMES.stored))
    return out.sort_values(["n", "theme"], ascending=[False, True], ignore_index=True)


def knows_persons(frame: pd.DataFrame, base: pd.Series) -> bool:
    """Whether so many texts say who wrote them that shares of persons are about the writers, and not about where they wrote."""
    return bool(base.any()) and float(frame.loc[base, "customer_id"].notna().mean()) >= KNOWN


def share_by_writer(frame: pd.DataFrame, mine: pd.Series, base: pd.Series) -> Estimate:
    """A share of texts whose interval knows that texts of one person are not independent: Wilson on the effective number of texts.

    The variance of a ratio over persons (Cochran 1977, 6.3); a text of nobody known stands for itself.
    """
    n, k = int(base.sum()), int((mine & base).sum())
    plain = share(k, n)
    who = frame.loc[base, "customer_id"].astype(object)
    who = who.where(who.notna(), pd.Series([f"\0{i}" for i in who.index], index=who.index))
    per = pd.DataFrame({"who": who, "hit": mine[base].astype(float)}).groupby("who")["hit"].agg(["sum", "size"])
    writers = len(per)
    if not 0 < k < n or writers == n or writers < 2:
        return plain
    p = k / n
    variance = float(((per["sum"] - p * per["size"]) ** 2).sum()) * writers / (writers - 1) / n**2
    effective = min(float(n), p * (1 - p) / variance) if variance > 0 else float(n)
    low, high = wilson(p * effective, effective)
    return Estimate(p, float(low), float(high), k, n, "share", f"Wilson on {effective:,.0f} effective texts, 0.95")


def ratings_frame(frame: pd.DataFrame, themes: list[Theme]) -> pd.DataFrame:
    """Of each theme with rated texts: the share of low ratings, and the mean as of five."""
    rows = []
    for theme in themes:
        rated = frame[members(frame, theme) & frame["rating"].notna()]
        if rated.empty:
            continue
        position = (rated["rating"] / rated["rating_max"].fillna(5)).astype(float)
        middle = mean(Sample.from_values((5 * position).tolist()), "score")
        rows.append(({"theme": theme.name, "rating": middle.value, "rating_low": middle.low, "rating_high": middle.high}, share(int((position <= LOW).sum()), len(rated))))
    return estimates_frame(rows) if rows else pd.DataFrame(columns=list(declared.RATINGS.stored))


def months_frame(study: Study, frame: pd.DataFrame, themes: list[Theme], base: pd.Series, least: int) -> pd.DataFrame:
    """Each theme's share of the texts of each month, in the client's time zone."""
    when = pd.to_datetime(frame["published_at"], utc=True).dt.tz_convert(study.params.timezone)
    month = when.dt.strftime("%Y-%m").where(when.notna())
    per = month[base].value_counts().sort_index()
    rows = [({"theme": theme.name, "month": str(m)}, share(int((members(frame, theme) & (month == m)).sum()), int(n))) for theme in themes for m, n in per.items()]
    return hide(estimates_frame(rows), least, table=("theme",)) if rows else pd.DataFrame(columns=list(declared.MONTHS.stored))


def places_frame(frame: pd.DataFrame, themes: list[Theme], least: int) -> pd.DataFrame:
    """The touchpoints of each theme's texts, of those that lie at one."""
    rows = []
    for theme in themes:
        placed = frame[members(frame, theme) & frame["touchpoint"].notna()]
        for (touchpoint, stage), part in placed.groupby(["touchpoint", "stage"], dropna=False):
            rows.append(({"theme": theme.name, "touchpoint": str(touchpoint), "stage": stage if isinstance(stage, str) else None}, share(len(part), len(placed))))
    if not rows:
        return pd.DataFrame(columns=list(declared.PLACES.stored))
    out = hide(estimates_frame(rows), least, table=("theme",))
    order = {t.name: i for i, t in enumerate(themes)}
    return out.assign(o=out["theme"].map(order)).sort_values(["o", "n", "touchpoint"], ascending=[True, False, True]).drop(columns="o").reset_index(drop=True)


def quotes_frame(frame: pd.DataFrame, themes: list[Theme]) -> pd.DataFrame:
    """Typical texts of each theme, and contrary ones: of the theme, and rated the other way than most of it."""
    rows: list[dict[str, object]] = []
    quotable = frame["text"].fillna("").astype(str).str.strip().str.len().between(SHORTEST, LONGEST)
    position = (frame["rating"] / frame["rating_max"].fillna(5)).astype(float)
    for theme in themes:
        own = [i for i in theme.texts.tolist() if quotable[i] and frame.at[i, "counted"]]
        rated = position[members(frame, theme)].dropna()
        typical = _different(frame, own)
        rows += [_quote(frame, theme, "typical", i) for i in typical]
        if len(rated):
            other = position >= HIGH if (rated <= LOW).mean() > 0.5 else position <= LOW if (rated >= HIGH).mean() > 0.5 else None
            if other is not None:
                rows += [_quote(frame, theme, "contrary", i) for i in _different(frame, [i for i in own if other[i] and i not in typical])[:1]]
    return pd.DataFrame(rows, columns=list(declared.QUOTES.stored))


def _different(frame: pd.DataFrame, own: list[int]) -> list[int]:
    """The first few texts, of different persons."""
    out: list[int] = []
    seen: set[object] = set()
    for i in own:
        who = frame.at[i, "customer_id"]
        if isinstance(who, str) and who in seen:
            continue
        seen.add(who)
        out.append(i)
        if len(out) == QUOTES:
            break
    return out


def _quote(frame: pd.DataFrame, theme: Theme, kind: str, i: int) -> dict[str, object]:
    r = frame.loc[i]
    return {"theme": theme.name, "kind": kind, **{c: r[c] for c in ("text", "rating", "rating_max", "published_at", "source", "feedback_id")}}


def in_none(frame: pd.DataFrame, themes: list[Theme], base: pd.Series) -> Estimate:
    """The share of texts that belong to no theme."""
    inside = np.zeros(len(frame), dtype=bool)
    for theme in themes:
        inside |= members(frame, theme).to_numpy()
    return share(int((base & ~inside).sum()), int(base.sum()))
