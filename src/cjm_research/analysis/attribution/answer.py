"""Which touches come before conversions, and how do rules and models divide the credit?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from ...errors import BadInput, unknown
from ...params.values import seconds
from .. import words
from ..result import Estimate, Result, estimates_frame
from ..stats.shares import share
from .data_driven import markov_shares, removal_effects, shapley_rows, transition_rows
from .journeys import Journeys, journeys_of
from .rules import TITLES, weights

if TYPE_CHECKING:
    from ...study import Study

MODELS = ("first", "last", "linear", "u_shaped", "time_decay", "markov", "shapley")
CAVEAT = ("Attribution divides the credit for conversions by a rule; it does not say what a touch causes. Customers choose their touches, "
          "so only an experiment that leaves a touch out shows what it adds.")
_DRAWN = 20_000  # customers, or random groups of them, that the bootstrap draws from
_CELLS = 40_000_000  # weights drawn at once in the bootstrap
_TITLES = {**TITLES, "custom": "own shares of first, middle and last", "markov": "removal effect in a first-order Markov chain, null paths included",
           "shapley": "Shapley value over the different touches of a journey"}


def attribution(study: Study, conversion: str, *, touch: str = "channel", models: Sequence[str] = MODELS, lookback: str | None = "30d",
                touch_events: Sequence[str] | None = None, half_life_days: float = 7.0, custom: Mapping[str, float] | None = None,
                draws: int = 500, seed: int = 20260101) -> Result:
    """Credit of touches for an event under several models.

    conversion: event name. touch, touch_events, lookback: see `journeys_of`; lookback a duration such as 30d, session,
    or None.
    models: of `rules.weights`, markov, shapley. draws: bootstrap samples of customers behind the 95 % intervals.
    Frames: `credits` (model, touch, share of conversions with interval, conversions, amount), `touches` (reach in
    converting and null paths), `removal` (Markov), `paths` (most common converting paths).
    Raises `BadInput` for unknown names, `NotEnoughData` without conversions or touches.
    """
    for model in models:
        if model not in _TITLES:
            raise unknown("attribution", "model", model, _TITLES)
    try:
        limit = None if lookback in (None, "session") else seconds(lookback)
    except ValueError as error:
        raise BadInput("attribution: lookback", str(error), "a duration with a unit, e.g. 30d, or session") from None
    journeys = journeys_of(study, conversion, touch, limit, list(touch_events) if touch_events else None, same_session=lookback == "session",
                           least=study.params.privacy.min_cell)
    return attribute(journeys, conversion, touch, models, lookback, half_life_days, custom, draws, seed, study.params.currency)


def attribute(journeys: Journeys, conversion: str = "conversion", touch: str = "touch", models: Sequence[str] = MODELS, lookback: str | None = None,
              half_life_days: float = 7.0, custom: Mapping[str, float] | None = None, draws: int = 500, seed: int = 20260101,
              currency: str = "") -> Result:
    """As `attribution`, from journeys."""
    rng = np.random.default_rng(seed)
    n, conversions = len(journeys.names), int(journeys.converted.sum())
    parts = {m: _by_customer(journeys, m, half_life_days, custom, np.ones(len(journeys.customer))) for m in models if m != "markov"}
    sampled = _bootstrap(journeys, parts, "markov" in models, draws, rng)
    rows: list[tuple[dict[str, Any], Estimate]] = []
    for model in models:
        if model == "markov":
            shares = markov_shares(np.asarray(transition_rows(journeys).sum(axis=0)).ravel(), n)
            amounts = shares * float(journeys.value[journeys.converted].sum())
        else:
            shares = parts[model].sum(axis=0) / max(1, conversions)
            amounts = _by_customer(journeys, model, half_life_days, custom, journeys.value).sum(axis=0)
        low, high = np.quantile(sampled[model], [0.025, 0.975], axis=0) if draws and conversions else (np.full(n, np.nan),) * 2
        for k, name in enumerate(journeys.names):
            e = Estimate(float(shares[k]) if conversions else None, None if np.isnan(low[k]) else float(low[k]), None if np.isnan(high[k]) else float(high[k]),
                         round(float(shares[k]) * conversions), conversions, "share", f"{_title(model, half_life_days)}; bootstrap of customers, .95")
            rows.append(({"model": model, "touch": name, "conversions": float(shares[k]) * conversions, "amount": float(amounts[k])}, e))
    result = Result(f"Which {touch}s come before {conversion!r}?", {"credits": estimates_frame(rows), "touches": _touches_frame(journeys),
                                                                     "removal": _removal_frame(journeys), "paths": _paths_frame(journeys)})
    result.facts = {"conversion": conversion, "touch": touch, "conversions": conversions, "untouched": journeys.untouched,
                    "null_paths": int((~journeys.converted).sum()), "pending": journeys.pending,
                    "customers": int(journeys.person.max()) + 1, "lookback": lookback, "currency": currency}
    within = "" if lookback is None else " in the same session" if lookback == "session" else f" within {lookback} of it"
    result.method = (f"A journey holds the touches of a customer up to a conversion{within}, or those that led to none (null path). "
                     + "; ".join(f"{m}: {_title(m, half_life_days)}" for m in models) + f". Intervals: {draws} bootstrap samples of customers.")
    result.caveats = [CAVEAT, *_caveats(journeys, conversion, models, lookback)]
    result.sentences = _sentences(result, journeys, conversion, touch)
    return result


def _title(model: str, days: float) -> str:
    return _TITLES[model].format(days=days)


def _by_customer(journeys: Journeys, model: str, half_life_days: float, custom: Mapping[str, float] | None, amount: np.ndarray) -> np.ndarray:
    """Credits by customer and touch: what the bootstrap draws from."""
    if model == "shapley":
        return shapley_rows(journeys, amount)
    credit = weights(journeys, model, half_life_days, custom) * np.where(journeys.converted, amount, 0.0)[journeys.journey]
    person = journeys.person
    people = int(person.max()) + 1 if len(person) else 0
    key = person[journeys.journey] * len(journeys.names) + journeys.touch
    return np.bincount(key, weights=credit, minlength=people * len(journeys.names)).reshape(people, len(journeys.names))



def _bootstrap(journeys: Journeys, parts: Mapping[str, np.ndarray], markov: bool, draws: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Shares by model, draw and touch: each customer is drawn Poisson(1) times, with all journeys (Hanley & MacGibbon 2006).

    More than `_DRAWN` customers are drawn in that many random groups: what is summed up has the same variance, known to
    1 % then (the error of 500 draws is 6 %).
    """
    n = len(journeys.names)
    out = {m: np.empty((draws, n)) for m in [*parts, *(["markov"] if markov else [])]}
    person = journeys.person
    people = int(person.max()) + 1 if len(person) else 0
    made = np.bincount(person, weights=journeys.converted, minlength=people)
    moves = transition_rows(journeys) if markov else None
    if people > _DRAWN:
        group = sparse.csr_matrix((np.ones(people), (rng.permutation(people) % _DRAWN, np.arange(people))), shape=(_DRAWN, people))
        made, parts, people = group @ made, {m: group @ credit for m, credit in parts.items()}, _DRAWN
        moves = group @ moves if moves is not None else None
    size = max(1, min(draws, _CELLS // max(1, people)))
    for begin in range(0, draws, size):
        drawn = rng.poisson(1.0, (min(size, draws - begin), people)).astype(float)
        conversions = np.maximum(drawn @ made, 1e-9)[:, None]
        for m, credit in parts.items():
            out[m][begin:begin + len(drawn)] = drawn @ credit / conversions
        if moves is not None:
            for i, counts in enumerate((moves.T @ drawn.T).T):
                out["markov"][begin + i] = markov_shares(np.asarray(counts), n)
    return out


def _touches_frame(journeys: Journeys) -> pd.DataFrame:
    """One row a touch: the share of journeys with it that convert, and how many touches there are in both kinds."""
    n = len(journeys.names)
    journey, touch = journeys.journey[journeys.different], journeys.touch[journeys.different]
    with_it, converted = np.bincount(touch, minlength=n), np.bincount(touch[journeys.converted[journey]], minlength=n)
    count = np.bincount(journeys.touch, minlength=n)
    return estimates_frame([({"touch": name, "touches": int(count[k])}, share(int(converted[k]), int(with_it[k]))) for k, name in enumerate(journeys.names)])


def _removal_frame(journeys: Journeys) -> pd.DataFrame:
    """One row a touch: its removal effect, and the probability of converting with and without it."""
    n = len(journeys.names)
    effects, whole = removal_effects(np.asarray(transition_rows(journeys).sum(axis=0)).ravel(), n)
    return pd.DataFrame({"touch": journeys.names, "removal_effect": effects, "converting": whole, "converting_without": whole * (1 - effects)})


def _paths_frame(journeys: Journeys, most: int = 15) -> pd.DataFrame:
    """The most common converting paths and how often the same touches lead to a conversion."""
    from collections import Counter

    first = journeys.first
    if len(journeys.journey) > 2_000_000:  # too many to write out one by one
        return estimates_frame([]).reindex(columns=["path", "value", "low", "high", "n", "base", "unit", "method"])
    total: Counter[tuple[int, ...]] = Counter()
    converted: Counter[tuple[int, ...]] = Counter()
    touch = journeys.touch.tolist()
    for a, b, hit in zip(first[:-1].tolist(), first[1:].tolist(), journeys.converted.tolist(), strict=True):
        path = tuple(touch[a:b])
        total[path] += 1
        converted[path] += hit
    rows: list[tuple[dict[str, Any], Estimate]] = []
    for path, hits in sorted(converted.items(), key=lambda x: (-x[1], x[0]))[:most]:
        if hits:
            names = [journeys.names[k] for k in path]
            shown = names if len(names) <= 12 else [*names[:6], f"… {len(names) - 12} more …", *names[-6:]]
            rows.append(({"path": " → ".join(shown)}, share(hits, total[path])))
    return estimates_frame(rows)


def _caveats(journeys: Journeys, conversion: str, models: Sequence[str], lookback: str | None) -> list[str]:
    out = []
    if journeys.untouched:
        out.append(f"{journeys.untouched:,} conversions have no touch before them and are credited to nobody.")
    if journeys.pending:
        out.append(f"{journeys.pending:,} paths are younger than {lookback} and may still lead to {conversion!r}; they are left out, not counted as null.")
    elif lookback is None:
        out.append("Without a lookback the latest paths count as null although they may still convert.")
    if "markov" in models and not (~journeys.converted).any():
        out.append("There are no null paths, so every removal effect rests on converting paths alone.")
    if "participation" in models:
        out.append("Participation credits every touch with the whole conversion; its shares add up to more than 100 %.")
    if int(journeys.converted.sum()) < 30:
        out.append(f"Only {int(journeys.converted.sum())} conversions; read the intervals, not the values.")
    return out


def _sentences(result: Result, journeys: Journeys, conversion: str, touch: str) -> list[str]:
    credits = result["credits"]
    known = credits[credits["value"].notna() & (credits["model"] != "participation")]
    if known.empty:
        return [f"No {conversion!r} has a {touch} before it."]
    spread = known.groupby("touch")["value"].agg(["min", "max"]).sort_values("max", ascending=False)
    top = spread.index[0]
    out = [f"{top} gets most: {words.percent(spread.loc[top, 'min'])} to {words.percent(spread.loc[top, 'max'])} of {words.count(result.facts['conversions'])} "
           f"conversions, depending on the model."]
    wide = spread.assign(gap=spread["max"] - spread["min"]).sort_values("gap", ascending=False)
    if len(wide) > 1 and wide["gap"].iloc[0] > 0.1:
        name = wide.index[0]
        own = known[known["touch"] == name].sort_values("value")
        out.append(f"The models disagree most about {name}: {words.percent(own['value'].iloc[0])} ({own['model'].iloc[0]}) to "
                   f"{words.percent(own['value'].iloc[-1])} ({own['model'].iloc[-1]}).")
    return out
