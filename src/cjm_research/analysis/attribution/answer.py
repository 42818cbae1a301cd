"""Which touches come before conversions, and how do rules and models divide the credit?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...engine.attribution import TITLES, Journeys, Models, Sums
from ...errors import BadInput
from ...log.door import log_of
from ...log.on_spark import RemoteEvents
from ...params.values import seconds
from ...privacy.small_counts import countable, hide
from ...results import policy, words
from ...results.caveats import Note
from ...results.declared import declares
from ...results.result import Estimate, Result, estimates_frame
from ...shapes import Row
from ...stats.shares import share
from . import declared
from .counted import Counted, counted
from .journeys import Asked, circular_touches, journeys_here, with_no_touches
from .markov import markov_shares, removal_effects
from .on_spark import counted_on_spark

if TYPE_CHECKING:
    from ...study import Study

MODELS = ("first", "last", "linear", "u_shaped", "time_decay", "markov", "shapley")
CAVEAT = ("Attribution divides the credit for conversions by a rule; it does not say what a touch causes. Customers choose their touches, "
          "so only an experiment that leaves a touch out shows what it adds.")
NO_TOUCH = "(no touch)"  # conversions whose own event is no touch, under same_touch
_DRAWN = 20_000  # customers, or random groups of them, that the bootstrap draws from
_CELLS = 40_000_000  # weights added up at once in the bootstrap
_PIECE = 4_000_000  # of them drawn at once: a tenth of a second, after which Ctrl-C is heard


@declares(declared.CREDITS, declared.TOUCHES, declared.REMOVAL, declared.PATHS)
def attribution(study: Study, conversion: str, *, touch: str = "channel", models: Sequence[str] = MODELS, lookback: str | None = "30d",
                touch_events: Sequence[str] | None = None, half_life_days: float = 7.0, custom: Mapping[str, float] | None = None,
                draws: int = 500, seed: int = 20260101) -> Result:
    """Credit of touches for an event under several models.

    conversion: event name. touch, touch_events, lookback: see `Asked`; lookback a duration such as 30d, session,
    or None.
    models: of `TITLES`. custom: weights of first, middle and last touch, scaled to add up to 1. draws: bootstrap samples of
    customers behind the 95 % intervals. Conversions lie in the study's period; their touches may lie before it.
    Frames: `credits` (model, touch, share of conversions with interval, conversions, amount), `touches` (reach in
    converting and null paths), `removal` (Markov), `paths` (most common converting paths).
    Raises `BadInput` for unknown names, `NotEnoughData` without conversions or touches.
    """
    chosen = _models(models, half_life_days, custom, draws)
    lookback = lookback.strip() if lookback else lookback
    try:
        limit = None if lookback in (None, "session") else seconds(lookback)
    except ValueError as error:
        raise BadInput("attribution: lookback", str(error), "a duration with a unit, e.g. 30d, or session", "correct the options of attribution in the cell that asks, or in chapter_params") from None
    events = [touch_events] if isinstance(touch_events, str) else list(touch_events or ())
    asked = Asked(conversion, touch, limit, events or None, same_session=lookback == "session", least=study.params.privacy.min_cell)
    asked = with_no_touches(study, asked)
    found = counted_on_spark(study, asked, chosen, _DRAWN) if isinstance(log_of(study), RemoteEvents) else counted(journeys_here(study, asked), chosen, _DRAWN)
    result = _answer(found, chosen, conversion, touch, lookback, draws, seed, study.params.currency, asked.least)
    if not events:
        own = f" and all else at {words.listing(list(asked.own))}, its own touchpoint," if asked.own else ""
        result.caveats.append(Note(f"{conversion!r} itself{own} {'are' if own else 'is'} no touch" + (", nor are the declared ones" if study.params.no_touches else "") + "."))
    elif set(chosen.names) - {"same_touch"} and (circular := circular_touches(study, asked)):
        named = words.listing([words.quoted(e) for e in circular])
        result.sentences.insert(0, f"Part of the credit is circular: {named} {'belong' if len(circular) > 1 else 'belongs'} to {conversion!r} itself.")
        result.caveats.insert(0, f"`touch_events` names {named}: {conversion!r} itself or what lies at its own touchpoint, which comes last before it by its nature. "
                                 "Leave such events out to see what brought customers there.")
    return result


def attribute(journeys: Journeys, conversion: str = "conversion", touch: str = "touch", models: Sequence[str] = MODELS, lookback: str | None = None,
              half_life_days: float = 7.0, custom: Mapping[str, float] | None = None, draws: int = 500, seed: int = 20260101,
              currency: str = "") -> Result:
    """As `attribution`, from journeys."""
    chosen = _models(models, half_life_days, custom, draws)
    return _answer(counted(journeys, chosen, _DRAWN), chosen, conversion, touch, lookback, draws, seed, currency)


def _answer(found: Counted, models: Models, conversion: str, touch: str, lookback: str | None, draws: int, seed: int, currency: str,
            least: int = 1) -> Result:
    sums, n, conversions = found.sums, len(found.names), found.sums.conversions
    total = sums.total
    sampled = _bootstrap(sums, models, draws, np.random.default_rng(seed))
    rows: list[tuple[Row, Estimate]] = []
    for model in models.names:
        if model == "markov":
            shares = markov_shares(sums.moves(total), n)
            amounts = shares * sums.value
        else:
            shares, amounts = sums.credit(model, total) / max(1, conversions), sums.amount(model)
        names, sample = list(found.names), sampled[model]
        if model == "same_touch":
            names, sample = [*names, NO_TOUCH], np.column_stack([sample, 1 - sample.sum(axis=1)])
            shares, amounts = np.append(shares, 1 - shares.sum()), np.append(amounts, sums.value - amounts.sum())
        low, high = np.quantile(sample, [0.025, 0.975], axis=0) if draws and conversions else (np.full(len(names), np.nan),) * 2
        for k, name in enumerate(names):
            e = Estimate(float(shares[k]) if conversions else None, None if np.isnan(low[k]) else float(low[k]), None if np.isnan(high[k]) else float(high[k]),
                         round(float(shares[k]) * conversions), conversions, "share", f"{_title(model, models)}; bootstrap of customers, .95")
            rows.append(({"model": model, "touch": name, "conversions": float(shares[k]) * conversions, "amount": float(amounts[k])}, e))
    frames = {"credits": estimates_frame(rows), "touches": _touches_frame(found), "removal": _removal_frame(found), "paths": _paths_frame(found)}
    result = Result(f"Which {words.column(touch)}s come before {conversion!r}?", _guarded(frames, least))
    result.facts = {"conversion": conversion, "touch": touch, "conversions": conversions, "untouched": found.untouched,
                    "null_paths": sums.journeys - conversions, "pending": found.pending,
                    "customers": found.customers, "lookback": lookback, "currency": currency}
    within = "" if lookback is None else " in the same session" if lookback == "session" else f" within {words.span(seconds(lookback))} of it"
    result.method = (f"A journey holds the touches of a customer up to a conversion{within}, or those that led to none (null path). "
                     + "; ".join(f"{words.model(m)}: {_title(m, models)}" for m in models.names) + f". Intervals: {draws} bootstrap samples of customers.")
    result.caveats = [CAVEAT, *_caveats(result.facts, models.names)]
    result.sentences = _sentences(result)
    return result


def _models(names: Sequence[str], half_life_days: float, custom: Mapping[str, float] | None, draws: int) -> Models:
    chosen = Models(tuple(dict.fromkeys([names] if isinstance(names, str) else names)), half_life_days, custom)
    chosen.check()
    if not isinstance(draws, int | np.integer) or draws < 0:
        raise BadInput("attribution: draws", repr(draws), "a whole number; 0 leaves the intervals out", "correct the options of attribution in the cell that asks, or in chapter_params")
    return chosen


def _title(model: str, models: Models) -> str:
    return TITLES[model].format(days=models.half_life_days)


def _bootstrap(sums: Sums, models: Models, draws: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Shares by model, draw and touch: each customer is drawn Poisson(1) times, with all journeys (Hanley & MacGibbon 2006).

    More than `_DRAWN` customers are drawn in that many random groups: what is summed up has the same variance, known to
    1 % then (the error of 500 draws is 6 %).
    """
    out = {m: np.empty((draws, sums.n)) for m in models.names}
    groups = len(sums.by_group)
    size = max(1, min(draws, _CELLS // max(1, groups)))
    for begin in range(0, draws, size):
        drawn = _weights(rng, min(size, draws - begin), groups) @ sums.by_group
        conversions = np.maximum(drawn[:, :1], 1e-9)
        for m in models.weighing:
            out[m][begin:begin + len(drawn)] = sums.credit(m, drawn) / conversions
        if "markov" in models.names:
            out["markov"][begin:begin + len(drawn)] = [markov_shares(counts, sums.n) for counts in sums.moves(drawn)]
    return out


def _weights(rng: np.random.Generator, draws: int, groups: int) -> np.ndarray:
    """How often each group is in each draw; in pieces, since nothing can stop a draw half-way."""
    piece = max(1, _PIECE // max(1, groups))
    return np.concatenate([rng.poisson(1.0, (min(piece, draws - at), groups)).astype(float) for at in range(0, draws, piece)])


def _touches_frame(found: Counted) -> pd.DataFrame:
    """One row a touch: the share of journeys with it that convert, and how many touches there are in both kinds."""
    return estimates_frame([({"touch": name, "touches": int(touches)}, share(int(converted), int(with_it)))
                            for name, touches, with_it, converted in zip(found.names, *found.sums.reach, strict=True)])


def _removal_frame(found: Counted) -> pd.DataFrame:
    """One row a touch: its removal effect, and the probability of converting with and without it."""
    effects, whole = removal_effects(found.sums.moves(found.sums.total), len(found.names))
    return pd.DataFrame({"touch": found.names, "removal_effect": effects, "converting": whole, "converting_without": whole * (1 - effects)})


def _paths_frame(found: Counted) -> pd.DataFrame:
    """The most common converting paths and how often the same touches lead to a conversion."""
    rows: list[tuple[Row, Estimate]] = []
    for path, hits, total in found.paths:
        names = [found.names[k] for k in path]
        shown = names if len(names) <= 12 else [*names[:6], f"… {len(names) - 12} more …", *names[-6:]]
        rows.append(({"path": " → ".join(shown)}, share(hits, total)))
    return estimates_frame(rows)


def _guarded(frames: dict[str, pd.DataFrame], least: int) -> dict[str, pd.DataFrame]:
    """The frames without what tells of few journeys (see `small_counts`): with a touch or a path, of them converting or not, and credited by a model."""
    touches = hide(frames["touches"], least, table=())
    few = set(touches.loc[touches["value"].isna() & frames["touches"]["value"].notna(), "touch"])
    credits, removal, paths = frames["credits"], frames["removal"].copy(), frames["paths"]
    removal.loc[removal["touch"].isin(few), ["removal_effect", "converting_without"]] = np.nan
    if len(paths):
        paths = paths[[countable(int(base), int(n), least) for base, n in zip(paths["base"], paths["n"], strict=True)]].reset_index(drop=True)
    return {"credits": hide(credits, least, table=("model",), blank=("conversions", "amount"), also=credits["touch"].isin(few).tolist()),
            "touches": touches, "removal": removal, "paths": paths}


def _caveats(facts: Mapping[str, Any], models: Sequence[str]) -> list[str]:
    out: list[str] = []
    if facts["untouched"]:
        out.append(Note(f"{facts['untouched']:,} conversions have no touch before them and are credited to nobody."))
    if facts["pending"]:
        age = "a session" if facts["lookback"] == "session" else words.span(seconds(facts["lookback"]))
        out.append(Note(f"{facts['pending']:,} paths are younger than {age} and may still lead to {facts['conversion']!r}; they are left out, not counted as null."))
    elif facts["lookback"] is None:
        out.append("Without a lookback the latest paths count as null although they may still convert.")
    if "markov" in models and not facts["null_paths"]:
        out.append(Note("There are no null paths, so every removal effect rests on converting paths alone."))
    if "participation" in models:
        out.append(Note("Participation credits every touch with the whole conversion; its shares add up to more than 100 %."))
    if "same_touch" in models:
        out.append(Note(f"Same touch credits a conversion to its own event, where that is a touch; the others are {NO_TOUCH}."))
    if facts["conversions"] < 30:
        out.append(f"Only {facts['conversions']} conversions; read the intervals, not the values.")
    return out


def _sentences(result: Result) -> list[str]:
    credits = result["credits"]
    known = credits[credits["value"].notna() & ~credits["model"].isin(("participation", "same_touch"))]
    if known.empty:
        return [f"No {result.facts['conversion']!r} has a {words.column(str(result.facts['touch']))} before it."]
    spread = known.groupby("touch")["value"].agg(["min", "max"]).sort_values("max", ascending=False)
    leads = known.loc[known.groupby("model", sort=False)["value"].idxmax()]
    by_touch = {str(t): [words.model(m) for m in part["model"]] for t, part in leads.groupby("touch", sort=False)}
    of = f"of {words.count(result.facts['conversions'])} conversions"
    if len(by_touch) == 1:
        top, (low, high) = leads["touch"].iloc[0], (words.part(leads.loc[leads["value"].idxmin()]), words.part(leads.loc[leads["value"].idxmax()]))
        few = policy.counts_only("share", leads["base"].iloc[0])
        out = [f"{top} gets most credit, whichever way it is counted.", f"Its share by model: {low if low == high else f'{low} to {high}'} {'conversions' if few else of}."]
    else:
        out = [f"Do not move budget on these data: which {words.column(str(result.facts['touch']))} looks best depends on the counting rule.",
               f"Most credit {of} goes to "
               + "; ".join(f"{t} by {words.listing(models)}" for t, models in by_touch.items()) + "."]
    wide = spread.assign(gap=spread["max"] - spread["min"]).sort_values("gap", ascending=False)
    if len(wide) > 1 and wide["gap"].iloc[0] > 0.1:
        name = wide.index[0]
        own = known[known["touch"] == name].sort_values("value")
        out.append(f"The models disagree most about {name}: {words.part(own.iloc[0])} ({words.model(own['model'].iloc[0])}) to "
                   f"{words.part(own.iloc[-1])} ({words.model(own['model'].iloc[-1])}).")
    return out
