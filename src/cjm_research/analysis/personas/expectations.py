"""What is important to each persona and not well served? Importance, satisfaction and the opportunity score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import BadInput, NotEnoughData, unknown
from ...log.scales import TURNED
from ...privacy.small_counts import countable, hide
from ...results import words
from ...results.declared import declares
from ...results.evidence import rows_evidence
from ...results.result import Estimate, Finding, Result
from ...results.subjects import Importance
from ...stats.shares import wilson
from . import declared
from .features import PAIR, row_of, short_wording
from .members import VIEW, typed
from .names import EVERYBODY

if TYPE_CHECKING:
    from ...study import Study

DRAWS = 2_000
TOP = 0.75  # position on the scale from which an answer counts as high: 4–5 of 5, 6–7 of 7, 8–10 of 0–10
MOST_SHOWN = 3  # items of a persona that a page lists
LEAST_BASE = 20  # respondents below which a score is shown with a caveat and makes no finding
READINGS = ((15.0, "extreme opportunity"), (12.0, "high opportunity"), (10.0, "worth attention"))  # Ulwick 2005


@declares(declared.EXPECTATIONS, declared.LARGEST)
def expectations(study: Study, *, pairs: Mapping[str, Sequence[str]] | None = None, draws: int = DRAWS) -> Result:
    """Opportunity scores by persona, from questions on importance and satisfaction with the same item.

    Items are pairs of question ids `imp_x`/`sat_x` or `importance_x`/`satisfaction_x`, or given in `pairs` as
    {item: [importance question, satisfaction question]}. Frame `expectations`: persona, item, question, importance and
    satisfaction (shares answering high), an estimate of the score (0…20, bootstrap interval), rank, reading; frame `largest`: the three highest of each persona. Raises
    `NotEnoughData` where there is no pair or nobody answered both of one.
    """
    study.need("responses", what="importance and satisfaction")
    known = study.query("SELECT question_id, any_value(question) AS question FROM responses WHERE score IS NOT NULL GROUP BY 1 ORDER BY 1")
    wording = dict(zip(known["question_id"].astype(str), known["question"].astype(object), strict=True))
    items = _given(pairs, wording) if pairs else pairs_of(list(wording))
    if not items:
        raise NotEnoughData("importance and satisfaction", "no item is asked for both importance and satisfaction",
                            "questions imp_<item> and sat_<item> (or importance_, satisfaction_)",
                            "give the questions such ids in `questions:` of the survey source")
    titles = _personas(study)
    rng = np.random.default_rng(study.params.personas.seed)
    rows, findings, small = [], [], list[bool]()
    least = study.params.privacy.min_cell
    for item, (important, satisfied) in items.items():
        answers = _answers(study, important, satisfied, bool(titles))
        said = short_wording(row_of(str(wording.get(important) or item)))
        for name in [EVERYBODY, *titles]:
            own = answers if name == EVERYBODY else answers[answers["persona"] == name]
            cells = cells_of(own["important"].to_numpy(bool), own["satisfied"].to_numpy(bool))
            estimate = opportunity(cells, rng, draws)
            n = int(cells.sum())
            high = (int(cells[0] + cells[1]), int(cells[0] + cells[2]))
            counted = name == EVERYBODY or all(countable(n, k, least) for k in high)
            rows.append({"persona": name, "item": item, "question": said, "importance": _share(cells[0] + cells[1], n),
                         "satisfaction": _share(cells[0] + cells[2], n), **estimate.row(), "reading": reading(estimate)})
            small.append(not counted)
            if counted and n >= LEAST_BASE and estimate.low is not None and estimate.low > READINGS[-1][0]:
                findings.append(_finding(study, name, item, said, important, satisfied, estimate))
    frame = pd.DataFrame(rows)
    if not (frame["base"] > 0).any():
        raise NotEnoughData("importance and satisfaction", "nobody answered both questions of an item", "some who answered both", "cjm check says what data there is")
    frame = hide(frame, least, table=["item"], blank=["importance", "satisfaction"], among=list(frame["persona"] != EVERYBODY), also=small)
    frame["reading"] = frame["reading"].mask(frame["value"].isna(), "")
    frame["rank"] = frame.groupby("persona")["value"].rank(ascending=False, method="min").astype("Int64")
    frame["importance_share"], frame["satisfaction_share"] = frame["importance"], frame["satisfaction"]
    largest = frame[frame["value"].notna()].sort_values("value", ascending=False, kind="stable")
    place = {n: i for i, n in enumerate([*titles, EVERYBODY])}
    largest = largest[largest["persona"].ne(EVERYBODY) | (not titles)].groupby("persona", sort=False).head(MOST_SHOWN)
    largest = largest.sort_values("persona", key=lambda p: p.map(place), kind="stable").reset_index(drop=True)
    result = Result(
        "What matters to whom and is not well served?", {"expectations": frame, "largest": largest}, {"items": list(items), "personas": titles},
        method="Opportunity = importance + max(importance − satisfaction, 0), each the share of high answers (4–5 of 5, 6–7 of 7) times 10, "
               f"so 0 to 20 (Ulwick 2005). Interval: {draws:,} bootstrap draws of respondents, who answered both questions. "
               "Above 15 is read as extreme, 12–15 high, 10–12 worth attention.", findings=findings)
    result.sentences = _sentences(frame, titles)
    few = frame[(frame["base"] < LEAST_BASE) & (frame["base"] > 0)]
    if len(few):
        result.caveats.append(f"{len(few)} of {len(frame)} scores rest on fewer than {LEAST_BASE} respondents.")
    return result


def pairs_of(questions: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Item → (importance question, satisfaction question), by the questions' ids."""
    found: dict[str, dict[str, str]] = {}
    for question in questions:
        match = PAIR.match(question)
        if match:
            found.setdefault(match["item"].lower(), {})["imp" if match["kind"].lower().startswith("imp") else "sat"] = question
    return {item: (two["imp"], two["sat"]) for item, two in found.items() if len(two) == 2}


def cells_of(important: npt.NDArray[np.bool_], satisfied: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Respondents by (important and satisfied, important only, satisfied only, neither)."""
    return np.array([np.sum(important & satisfied), np.sum(important & ~satisfied), np.sum(~important & satisfied),
                     np.sum(~important & ~satisfied)], np.int64)


def score(importance: npt.ArrayLike, satisfaction: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Ulwick's opportunity of two shares (0…1): never lowered by serving well what matters little."""
    imp, sat = 10 * np.asarray(importance, float), 10 * np.asarray(satisfaction, float)
    return np.asarray(imp + np.maximum(imp - sat, 0), float)


def opportunity(cells: npt.NDArray[np.int64], rng: np.random.Generator, draws: int = DRAWS) -> Estimate:
    """The opportunity score with its percentile interval from redrawing respondents (0…20)."""
    n = int(cells.sum())
    if n == 0:
        return Estimate(None, None, None, 0, 0, "of 20", "not computed: nobody answered both questions")
    value = float(score((cells[0] + cells[1]) / n, (cells[0] + cells[2]) / n))
    again = rng.multinomial(n, cells / n, size=draws)
    low, high = np.quantile(score((again[:, 0] + again[:, 1]) / n, (again[:, 0] + again[:, 2]) / n), [0.025, 0.975])
    if n < LEAST_BASE and cells.max() == n:  # redrawing equal answers would claim certainty
        bound = float(wilson(n, n)[0])
        low, high = min(value, float(score(bound, 1.0))) if value > 0 else 0.0, max(value, float(score(1.0, bound)))
    return Estimate(value, min(float(low), value), max(float(high), value), n, n, "of 20", f"Ulwick with max(), bootstrap of {draws:,} draws, 0.95")


def reading(estimate: Estimate) -> str:
    """What the score means, by its value, where its interval does not say something else."""
    if estimate.value is None:
        return ""
    for least, said in READINGS:
        if estimate.value > least:
            sure = estimate.low is not None and estimate.low > READINGS[-1][0]
            return said if sure else f"{said}, uncertain"
    return "served"


def _given(pairs: Mapping[str, Sequence[str]], known: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    out = {}
    for item, two in pairs.items():
        if isinstance(two, str) or len(two) != 2:
            raise BadInput(f"expectations: {item}", f"{two!r}", "two question ids: importance, satisfaction", "correct the pair in the cell that asks")
        for question in two:
            if question not in known:
                raise unknown(f"expectations: {item}", "scored question", question, known, "correct the pair in the cell that asks")
        out[item] = (two[0], two[1])
    return out


def _personas(study: Study) -> list[str]:
    try:
        _, titles = typed(study)
    except NotEnoughData:
        return []
    return titles


_LAST = ("(SELECT coalesce(customer_id, response_id) AS id, question_id, ({turned} - scale_min) / nullif(scale_max - scale_min, 0) >= {top} AS high "
         "FROM responses WHERE score IS NOT NULL AND question_id IN ('{a}', '{b}') QUALIFY row_number() OVER (PARTITION BY source, question_id, "
         "coalesce(customer_id, response_id) ORDER BY answered_at DESC NULLS LAST, response_id DESC) = 1)")


def _both_sql(important: str, satisfied: str) -> str:
    a, b = important.replace("'", "''"), satisfied.replace("'", "''")
    last = _LAST.format(top=TOP, turned=TURNED, a=a, b=b)
    return (f"SELECT i.id, i.high AS important, s.high AS satisfied FROM {last} i JOIN {last} s ON s.id = i.id "
            f"WHERE i.question_id = '{a}' AND s.question_id = '{b}' AND i.high IS NOT NULL AND s.high IS NOT NULL")


def _answers(study: Study, important: str, satisfied: str, typed_too: bool) -> pd.DataFrame:
    sql = _both_sql(important, satisfied)
    if not typed_too:
        return study.query(sql).assign(persona=None)
    return study.query(f"SELECT a.*, p.persona FROM ({sql}) a LEFT JOIN {VIEW} p ON p.customer_id = a.id")


def _share(k: int, n: int) -> float | None:
    return float(k / n) if n else None


def _finding(study: Study, name: str, item: str, said: str, important: str, satisfied: str, estimate: Estimate) -> Finding:
    sql = _both_sql(important, satisfied)
    about = "" if name == EVERYBODY else f" of persona {words.quoted(name)} (to be run on the study seen through the persona)"
    seen, own = study, None
    if name != EVERYBODY:
        answer, _ = typed(study)
        members = answer["members"]
        own = study.only(f"persona {name}", members.loc[members["persona"] == name, "customer_id"].tolist())
        seen = own
    evidence = rows_evidence(seen, "responses", f"last answers{about} on how important and how satisfying it is: {words.quoted(said)}", sql)
    if own is not None:
        own.close()
    return Finding(f"personas:opportunity:{item}", f"{said}: opportunity {words.number(estimate.value)} of 20 "
                   f"({words.interval(estimate.low, estimate.high)}; n = {words.count(estimate.base)})", "opportunity", estimate,
                   persona=None if name == EVERYBODY else name, source="survey", evidence=(evidence,), lane="opportunities",
                   subject=Importance(str(item)))


def _sentences(frame: pd.DataFrame, titles: Sequence[str]) -> list[str]:
    out = []
    for name in [*titles, *([] if titles else [EVERYBODY])]:
        own = frame[(frame["persona"] == name) & frame["value"].notna()]
        if own.empty:
            continue
        top = own.loc[own["value"].idxmax()]
        inside = words.interval(top["low"], top["high"])
        out.append(f"{name}: the largest gap is {top['question']!r}, {words.number(top['value'])} of 20 ({inside}; n = {top['base']:,}), {top['reading']}.")
    return out or ["No item has enough answers by persona."]
