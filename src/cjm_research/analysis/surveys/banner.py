"""Any question by any group: shares and scores by column, with letters for what differs beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import BadInput, NotEnoughData, unknown
from ...privacy.small_counts import hidden_cells, reason
from ...results import words
from ...results.declared import declares
from ...results.result import Result
from ...shapes import Row
from ...stats.comparison import t_two_sided
from ...stats.multiplicity import METHODS
from ...stats.survey.columns import LEAST_BASE, LEAST_EXPECTED, column_test, letters_of, mean_test, row_letters
from . import declared
from .estimates import promoter_points
from .frequencies import nets
from .groups import Groups, groups_of, named
from .loaded import NUMBERS, Answers, Asked, Floats, Survey, surveys
from .sums import beyond_weights, mean_cells, share_cells, shared_base

if TYPE_CHECKING:
    from ...study import Study

ALPHA = 0.05
MOST_ROWS = 40  # answers of one question that get a row
TOTAL = "Total"


@dataclass
class _Row:
    """One row of one question under one banner, ready for frames."""

    answer: str
    unit: str
    value: Floats
    low: Floats
    high: Floats
    k: Floats
    n: Floats
    base: Floats
    letters: list[str]
    p: Floats
    plain: Floats
    method: str
    hidden: list[bool]  # columns that tell of few persons, the total first


@declares(declared.ROWS, declared.TABLES, declared.COLUMNS, declared.CELLS)
def survey_banner(study: Study, *, by: str | Sequence[str] | None = None, questions: Sequence[str] | None = None, correction: str = "bh", alpha: float = ALPHA,
                  members: pd.DataFrame | None = None) -> Result:
    """Every question by groups of respondents, a column a group, with letters for columns that are lower beyond chance.

    by: attributes.<key>, wave, the id of a choice question, or persona with members (the frame `members` of the personas' answer), one or several; default: the
    params' `survey.banner`, else attributes of two to eight values. Shares: two-proportion z, means and NPS: Welch, on effective bases where weighted; all pairs of a row are corrected together
    (correction: bh, holm, bonferroni, none). Columns of fewer than 30 get no letter, of fewer than `privacy.min_cell` no figure. Frames `rows` (what differs
    most), `tables` (the first banner as a table), `columns` and `cells`. Raises `NotEnoughData` where nothing groups respondents, `BadInput` for an unknown group or question.
    """
    if correction not in ("none", *METHODS):
        raise unknown("banner: correction", "correction", correction, ["none", *METHODS], "correct the chapter's first cell")
    if not 0 < alpha < 1:
        raise BadInput("banner: alpha", f"{alpha!r}", "a share strictly between 0 and 1", "write 0.05 for 5 %")
    cells: list[Row] = []
    columns: list[Row] = []
    rows: list[Row] = []
    wide: dict[tuple[str, str, str], Row] = {}
    first, said, heads, least = "", list[str](), list[str](), study.params.privacy.min_cell
    asked_of = surveys(study)
    for survey in asked_of:
        banners = _banners(survey, by, members)
        for banner in banners:
            first = first or banner.by
            letters = letters_of(len(banner.names))
            columns += _columns(survey, banner, letters, least)
            heads += [f"{t} {g}" for t, g in zip(letters, banner.names, strict=True)] if banner.by == first and not heads else []
            if banner.rest:
                said.append(f"{banner.title}: the {banner.rest} smallest groups have no column.")
        own: list[list[Row]] = [[] for _ in banners]
        apart: list[list[Row]] = [[] for _ in banners]
        for asked in survey.questions if banners else ():
            if asked.kind == "text" or (questions is not None and asked.id not in questions):
                continue
            answers = survey.answers(asked)  # once for all banners: reading them is half of the work
            for k, banner in enumerate(banners):
                if asked.id == banner.by:
                    continue
                letters = letters_of(len(banner.names))
                for row in _question(survey, asked, answers, banner, letters, correction, alpha, least):
                    place = {"source": survey.source, "question_id": asked.id, "question": asked.text, "answer": row.answer, "by": banner.title}
                    own[k] += _cells(place, row, banner, letters, least)
                    if (differs := _difference(survey, place, row, banner)) is not None:
                        apart[k].append(differs)
                    if banner.by == first:
                        wide[(survey.source, asked.id, row.answer)] = _wide(place, row, banner, letters)
        cells += [c for one in own for c in one]
        rows += [r for one in apart for r in one]
    if not columns:
        raise NotEnoughData("banner", "nothing that groups respondents", "attributes of respondents, waves or personas",
                            "deliver some by `settings.attributes` of the survey, or name them in `survey.banner`")
    ordered = pd.DataFrame(rows, columns=list(declared.ROWS.stored)).sort_values(["p", "value"], ascending=[True, False], kind="stable", na_position="last").reset_index(drop=True)
    place_of = {(r["source"], r["question_id"], r["answer"]): k for k, r in reversed(list(enumerate(ordered.to_dict("records")))) if r["by"] == columns[0]["by"]}
    found: list[Row] = sorted(wide.values(), key=lambda r: place_of.get((r["source"], r["question_id"], r["answer"]), len(wide)))
    table = pd.DataFrame(found)
    table = table.reindex(columns=["source", "question_id", "question", "answer", "total", *heads]).fillna("")
    frame = pd.DataFrame(columns)
    tested = int(ordered["p"].notna().sum())
    beyond = int((ordered["p"] <= alpha).sum())
    result = Result("How do groups of respondents differ?", {"rows": ordered, "tables": table, "columns": frame, "cells": pd.DataFrame(cells)},
                    {"by": str(columns[0]["by"]), "rows_tested": tested, "rows_apart": beyond, "alpha": alpha, "correction": correction},
                    method="Columns are compared in pairs within a row: shares by the two-proportion z test (pooled), means and NPS by Welch's t; weighted columns count with Kish's effective base and "
                           f"Student's t; people in two columns are counted as shared; strata and clusters divide the bases of a row by the design effect of its total. All pairs of a row are one family ({METHODS.get(correction, 'no correction')}); a letter at p ≤ {alpha:g} stands in the higher column "
                           f"and names the lower. Columns of fewer than {LEAST_BASE} get no letter, nor do pairs with fewer than {LEAST_EXPECTED} expected answers of a kind. Total is not compared. Rows are ordered by their smallest p.")
    result.sentences = _sentences(ordered, beyond, tested, frame, alpha)
    result.caveats = said + [c for s in asked_of for c in s.said()]
    if tested > 20:
        result.caveats.append(f"Of {tested:,} rows about {alpha * tested:,.0f} would get a letter by chance alone if no groups differed: a letter is a hint, the interval of the difference says its size.")
    return result


def _banners(survey: Survey, by: str | Sequence[str] | None, members: pd.DataFrame | None) -> list[Groups]:
    """The groupings that part respondents at all."""
    out = []
    for name in named(survey, by):
        try:
            banner = groups_of(survey, name, members)
        except NotEnoughData:
            continue
        out += [banner] if len(banner.names) >= 2 else []
    return out


def _columns(survey: Survey, banner: Groups, letters: list[str], least: int) -> list[Row]:
    w = survey.design.w
    out = []
    sizes = [int(banner.members[:, j].sum()) for j in range(len(banner.names))]
    small = hidden_cells([(j if banner.overlap else 0, n, None) for j, n in enumerate(sizes)], least)
    for j, (name, n) in enumerate(zip(banner.names, sizes, strict=True)):
        own = banner.members[:, j]
        squares = float((w[own] ** 2).sum())
        note = reason(least) if small[j] else f"fewer than {LEAST_BASE}: no letters" if n < LEAST_BASE else ""
        out.append({"source": survey.source, "by": banner.title, "letter": letters[j], "group": name, "n": 0 if small[j] else n,
                    "effective": float(w[own].sum()) ** 2 / squares if squares and not small[j] else 0.0, "note": note})
    return out


def _question(survey: Survey, asked: Asked, answers: Answers, banner: Groups, letters: list[str], correction: str, alpha: float, least: int) -> list[_Row]:
    """The rows of one question: a score, nets, answers."""
    members = np.concatenate([np.ones((len(survey), 1), bool), banner.members], axis=1)  # the total first
    w = survey.design.w
    weighted = survey.is_weighted
    shared = shared_base(members, answers.answered, w) if banner.overlap else None
    out = []
    if asked.kind in NUMBERS:
        out.append(_score_row(survey, asked, answers, members, w, shared, letters, correction, alpha, least))
    cells = [*nets(asked, answers), *((o, answers.hits[:, k]) for k, o in enumerate(answers.options[:MOST_ROWS]))]
    if not cells:
        return out
    effect = np.array([beyond_weights(survey.design, np.where(answers.answered, h, np.nan), answers.answered) for _, h in cells])
    c = share_cells(np.stack([h for _, h in cells], axis=1), members, answers.answered, w, effect)
    for r, (name, _) in enumerate(cells):
        p = _pairs(len(letters), lambda i, j, r=r: column_test(c.share[r, i], c.base[i] / effect[r], c.share[r, j], c.base[j] / effect[r],
                                                                 shared=0.0 if shared is None else float(shared[i, j]) / effect[r], weighted=weighted),  # type: ignore[misc]
                   c.n)
        found, adjusted = row_letters(c.share[r, 1:], p, letters, alpha, correction)  # type: ignore[arg-type]
        out.append(_Row(name, "share", c.share[r], c.low[r], c.high[r], c.k[r], c.n, c.base, found, adjusted, c.plain[r], "Wilson on the effective base, 0.95" if weighted else "Wilson, 0.95",
                        _few(c.n, c.k[r], least, banner.overlap)))
    return out


def _score_row(survey: Survey, asked: Asked, answers: Answers, members: np.ndarray[Any, Any], w: Floats, shared: Floats | None, letters: list[str], correction: str, alpha: float, least: int) -> _Row:
    values = promoter_points(answers.score) if asked.kind == "nps" else answers.score
    values = np.where(answers.answered, values, np.nan)
    mean, var, n, base = mean_cells(values, members, w)
    effect = beyond_weights(survey.design, values, answers.answered)
    base, shared = base / effect, None if shared is None else shared / effect
    plain = mean_cells(values, members, np.ones(len(w)))[0]
    half = np.array([t_two_sided(0.95, b - 1) * np.sqrt(v / b) if b > 1 and np.isfinite(v) else np.nan for v, b in zip(var, base, strict=True)])
    both = float(var[0]) if shared is not None else 0.0
    p = _pairs(len(letters), lambda i, j: mean_test(mean[i], var[i], base[i], mean[j], var[j], base[j], shared=0.0 if shared is None else float(shared[i, j]), cov=both), n)
    found, adjusted = row_letters(mean[1:], p, letters, alpha, correction)  # type: ignore[arg-type]
    limits = (-100.0, 100.0) if asked.kind == "nps" else (-np.inf if asked.low is None else asked.low, np.inf if asked.high is None else asked.high)
    return _Row("NPS" if asked.kind == "nps" else "mean place" if asked.kind == "ranking" else "best minus worst" if asked.kind == "maxdiff" else "mean", "points" if asked.kind == "nps" else asked.unit, mean, np.clip(mean - half, *limits), np.clip(mean + half, *limits), n, n, base, found, adjusted, plain,
                "mean, Student's t on the effective base, 0.95", _few(n, None, least, shared is not None))


def _few(n: Floats, k: Floats | None, least: int, overlap: bool) -> list[bool]:
    """Which columns tell of few persons: the total by its base alone, groups also by who gave the answer and who did not (see `small_counts`).

    overlap: people may be in several columns, which then add up to nothing that is shown.
    """
    groups = hidden_cells([(j if overlap else 0, int(n[j]), None if k is None else round(float(k[j]))) for j in range(1, len(n))], least)
    return [bool(n[0] < least), *groups]


def _pairs(columns: int, test: Any, n: Floats) -> Floats:
    """p of every pair of columns (the total is column 0 of the sums); NaN where one is too small or the test is not defined."""
    p = np.full((columns, columns), np.nan)
    large = [j for j in range(columns) if n[j + 1] >= LEAST_BASE]
    for a, i in enumerate(large):
        for j in large[a + 1:]:
            found = test(i + 1, j + 1)
            if found is not None and np.isfinite(found[1]):
                p[i, j] = found[1]
    return p


def _cells(place: Row, row: _Row, banner: Groups, letters: list[str], least: int) -> list[Row]:
    out = []
    for j, (name, letter, mark) in enumerate(zip([TOTAL, *banner.names], ["", *letters], ["", *row.letters], strict=True)):
        n = int(row.n[j])
        shown = not row.hidden[j] and n > 0 and np.isfinite(row.value[j])
        known = shown and np.isfinite(row.low[j])
        out.append({**place, "group": name, "letter": letter, "value": float(row.value[j]) if shown else None, "low": float(row.low[j]) if known else None,
                    "high": float(row.high[j]) if known else None, "n": int(row.k[j]) if shown else 0, "base": n if shown else 0, "unit": row.unit,
                    "method": row.method if shown else reason(least), "effective": float(row.base[j]) if shown else 0.0, "letters": mark,
                    "unweighted": float(row.plain[j]) if shown and row.unit == "share" else None})
    return out


def _difference(survey: Survey, place: Row, row: _Row, banner: Groups) -> Row | None:
    """The largest against the smallest column of a row, among those that are large enough, with the interval of the difference."""
    large = [j for j in range(1, len(row.value)) if row.n[j] >= LEAST_BASE and np.isfinite(row.value[j]) and not row.hidden[j]]
    if len(large) < 2:
        return None
    high, low = max(large, key=lambda j: row.value[j]), min(large, key=lambda j: row.value[j])
    if high == low or row.value[high] == row.value[low]:
        return None
    p = row.p[np.isfinite(row.p)]
    value = float(row.value[high] - row.value[low])
    if row.unit == "share":
        # Newcombe's hybrid score interval of the two Wilson intervals
        up = float(np.hypot(row.high[high] - row.value[high], row.value[low] - row.low[low]))
        down = float(np.hypot(row.value[high] - row.low[high], row.high[low] - row.value[low]))
        unit, method = "share difference", "Newcombe's hybrid of both intervals, 0.95"
    else:
        up = down = float(np.hypot(row.high[high] - row.value[high], row.high[low] - row.value[low]))
        unit, method = row.unit, "both intervals combined, 0.95"
    whole = np.isfinite(up) and np.isfinite(down)
    return {**place, "highest": banner.names[high - 1], "high_value": float(row.value[high]), "lowest": banner.names[low - 1], "low_value": float(row.value[low]), "value": value,
            "low": value - down if whole else None, "high": value + up if whole else None, "n": int(row.n[high]), "base": int(row.n[high] + row.n[low]), "unit": unit, "method": method,
            "p": float(p.min()) if len(p) else None}


def _wide(place: Row, row: _Row, banner: Groups, letters: list[str]) -> Row:
    """The row as a researcher reads it: a column a group, the figure with its letters."""
    def cell(j: int) -> str:
        if row.hidden[j] or not np.isfinite(row.value[j]):
            return "–"
        low_base = "" if j == 0 or row.n[j] >= LEAST_BASE else f" (n {int(row.n[j])})"
        return f"{words.number(float(row.value[j]), row.unit)}{f' {row.letters[j - 1]}' if j and row.letters[j - 1] else ''}{low_base}"

    return {**place, "total": cell(0), **{f"{t} {g}": cell(j + 1) for j, (t, g) in enumerate(zip(letters, banner.names, strict=True))}}


def _sentences(rows: pd.DataFrame, beyond: int, tested: int, columns: pd.DataFrame, alpha: float) -> list[str]:
    by = words.listing(list(dict.fromkeys(columns["by"])))
    out = [f"No answer can be compared: fewer than two groups have {LEAST_BASE} people who answered.", f"Groups are those by {by}."] if not tested else [
        f"{beyond:,} of {words.some(tested, 'answers')} {'differs' if beyond == 1 else 'differ'} between groups; by chance alone about {alpha * tested:,.0f} would.", f"Groups are those by {by}."]
    for r in rows[rows["p"].notna()].head(3).to_dict("records"):
        unit = "share" if r["unit"] == "share difference" else r["unit"]
        out.append(f"{r['question']}, {r['answer']}: {words.number(r['high_value'], unit)} for {r['by']} {r['highest']}, {words.number(r['low_value'], unit)} for {r['lowest']} "
                   f"(difference {words.interval(r['low'], r['high'], r['unit'])}, {words.p_value(r['p'])}).")
    return out
