"""What do people write about, and how many of them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...engine import literal
from ...errors import NotEnoughData
from ...results import policy, words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Finding, Result
from ...results.subjects import Subject
from ...stats.multiplicity import adjust
from ...stats.share_differences import share_difference
from . import declared, figures
from .found import Found, Theme, found
from .read import by_language, looked_at, read

if TYPE_CHECKING:
    from ...study import Study

FEWEST = 50  # distinct texts below which themes are read, not computed
MANY_WITHOUT = 0.4
CLEAR = 0.05  # p, corrected over the themes, below which one is rated low more often than the others
METHOD = ("Non-negative factors of TF-IDF of words and pairs of words, started from singular vectors; as many themes as come again in ten halves of the texts nearly as well as at the best number, and of "
          "these only those whose words also stand together in the other half more often than words dealt out anew. A text belongs to each theme that gives a third of what themes give of it. Copies are left out of "
          "forming themes, and counted where another known person wrote them. Names: the words with the clearest log-odds against the other texts, with a Dirichlet prior (Monroe et al. 2008). "
          "Shares: Wilson, of texts on as many as they are worth where a person wrote several. Definitions: docs/methods/voices.md.")


@dataclass(frozen=True)
class WrittenTheme(Subject):
    """A theme of what people write, by its name."""

    name: str


@declares(*declared.ALL)
def written_themes(study: Study) -> Result:
    """Themes of what people write unasked: their words, shares, ratings, months, touchpoints and quotes, or that no themes are stable.

    Frames: `themes`, `ratings`, `months`, `places`, `words`, `quotes`, `texts`, `tried`. facts: `stable`, `themes`, `texts`. Raises
    `NotEnoughData` with fewer than 50 different texts of three words or more in one language.
    """
    study.need("feedback", what="themes of what people write")
    frame = read(study)
    groups = by_language(frame, study.params.language[:2])
    first = next(iter(groups))
    if len(groups[first]) < FEWEST:
        raise NotEnoughData("themes of what people write", f"{len(groups[first])} different texts of three words or more", f"at least {FEWEST}", "read them and code them by hand: so few need no themes")
    parts = {language: found(frame.loc[rows, "text"].astype(str).tolist(), rows, language) for language, rows in groups.items()}
    themes = [t for part in parts.values() for t in part.themes]
    used = {i for rows in groups.values() for i in rows.tolist()}
    base = frame["counted"] & frame["copy_of"].isin(used)
    least = study.params.privacy.min_cell
    table = figures.themes_frame(frame, themes, base, least)
    order = {name: i for i, name in enumerate(table["theme"])} if len(table) else {}
    themes = sorted(themes, key=lambda t: order[t.name])
    result = Result("What do people write about, and how many of them?", method=METHOD)
    result.frames = {
        "themes": table, "ratings": figures.ratings_frame(frame, themes), "months": figures.months_frame(study, frame, themes, base, least),
        "places": figures.places_frame(frame, themes, least), "words": _words(themes), "quotes": figures.quotes_frame(frame, themes),
        "texts": looked_at(frame, groups), "tried": _tried(parts)}
    result.facts = {"stable": bool(themes), "themes": len(themes), "texts": int(base.sum()), "languages": list(groups)}
    result.findings = [_finding(study, frame, theme, r) for theme, r in zip(themes, table.to_dict("records"), strict=True)]
    _say(result, figures.in_none(frame, themes, base), frame, base)
    return result


def _words(themes: list[Theme]) -> pd.DataFrame:
    if not themes:
        return pd.DataFrame(columns=list(declared.WORDS.stored))
    return pd.concat([t.words.assign(theme=t.name)[list(declared.WORDS.stored)] for t in themes], ignore_index=True)


def _tried(parts: dict[str, Found]) -> pd.DataFrame:
    rows = [{"language": language, "number": s.number, "standing": int(s.stands.sum()), "again": s.mean, "taken": "taken" if s.number == part.taken else ""}
            for language, part in parts.items() for s in part.tried]
    return pd.DataFrame(rows, columns=list(declared.TRIED.stored))


def _finding(study: Study, frame: pd.DataFrame, theme: Theme, r: Mapping[Any, Any]) -> Finding:
    """A theme with the texts that it is counted in; its share has the interval."""
    mine = frame[figures.members(frame, theme)]
    by_source = [f"(source = {literal(str(source))} AND feedback_id IN ({', '.join(literal(str(i)) for i in part['feedback_id'])}))" for source, part in mine.groupby("source", sort=True)]
    sql = f"SELECT source, feedback_id AS id, 1.0 AS amount FROM feedback WHERE {' OR '.join(by_source)}"
    n = len(mine)
    stage, touchpoint = (str(r[c]) if isinstance(r[c], str) else None for c in ("stage", "touchpoint"))
    return Finding(f"written:{theme.name}", f"{words.some(n, 'texts')} share the words {words.quoted(theme.name)}", "metric", Estimate(float(n), None, None, n, n, "texts", "count; the share has the interval"),
                   stage=stage, touchpoint=touchpoint, source="feedback", evidence=(rows_evidence(study, "feedback", f"texts of the theme {theme.name!r}, copies by one person once", sql),),
                   label=theme.name, subject=WrittenTheme(theme.name))


def _rated_lower(told: pd.DataFrame) -> pd.Series:
    """Which themes are rated low more often than the other themes together, beyond chance (score test, Holm over the themes)."""
    tests: list[float | None] = []
    for i in told.index:
        rest = told.drop(i)
        found = share_difference(int(told.at[i, "n"]), int(told.at[i, "base"]), int(rest["n"].sum()), int(rest["base"].sum()))
        tests.append(found.p if found.value is not None and found.value > 0 else 1.0)
    return pd.Series([p is not None and p < CLEAR for p in adjust(tests)], index=told.index, dtype=bool)


def _low(worst: pd.DataFrame) -> list[str]:
    return [f"{words.quoted(str(r['theme']))} ({words.part_of(r)} rated texts)" for r in worst.to_dict("records")]


def _told(r: Mapping[Any, Any]) -> str:
    return f"{words.quoted(str(r['theme']))} ({words.part(r)})"


def _say(result: Result, none: Estimate, frame: pd.DataFrame, base: pd.Series) -> None:
    table, n = result.frames["themes"], int(base.sum())
    if table.empty:
        result.sentences = [f"No themes are stable in what people write: {words.some(n, 'texts')} were looked at.",
                            "No number of themes gave two that come again in halves of the texts and whose words stand together in the other half."]
        return
    result.sentences = [f"{words.number_word(len(table))} themes come again in what people write.",
                        f"Of {words.some(n, 'texts')}, by the words that tell each theme from the others: {words.listing([_told(r) for r in table.head(5).to_dict('records')])}"
                        + (f", and {len(table) - 5} more." if len(table) > 5 else ".")]
    rated = result.frames["ratings"]
    told = rated[rated["base"].map(policy.carries_headline)] if len(rated) else rated
    worst = told[_rated_lower(told)].sort_values(["value", "theme"], ascending=[False, True])
    if len(worst):
        result.sentences.append(f"Rated low more often than the other themes: {words.listing(_low(worst.head(3)))}.")
    result.sentences.append(f"{words.estimate(none)} of texts belong to no theme.")
    if none.value is not None and none.value > MANY_WITHOUT:
        result.caveats.append("Many texts belong to no theme: the themes say what comes again, not all that is said.")
    result.caveats.append("Names of themes are proposed, made of words; read the quotes before you use one.")
    result.caveats.append("People who write unasked are not a sample of customers; shares are of texts, not of customers.")
    known = int(frame.loc[base, "customer_id"].notna().sum())
    if not figures.knows_persons(frame, base):
        result.caveats.append(f"{f'{known:,} of {n:,} texts say' if known else 'No text says'} who wrote {'them' if known else 'it'}: shares of persons are not told, and somebody unknown who wrote twice in other words is counted twice.")
