"""The themes of the texts of one language: which texts belong to which, and what the themes are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...stats.keyness import log_odds
from .factors import LEARNED_FROM, Stood, chosen, factors, stood, weighed
from .texts import cleaned, terms_of, words_of

BELONGS = 1 / 3  # of what themes give of a text, from which it belongs to one
GIVES = 0.15  # of a text's length, which a theme gives at least: of a text about something else it gives little
FEWEST_TEXTS = 5  # texts of a theme that a word must stand in
CLEAR = 1.959963984540054
NAMED_BY = 3
SHOWN = 8
_SEED = 20260101


@dataclass(frozen=True)
class Theme:
    """A theme that stands. texts: rows of its distinct texts, the nearest to its middle first. words: see `declared.WORDS`, without the theme."""

    name: str
    language: str
    texts: np.ndarray
    again: float
    together: float
    words: pd.DataFrame


@dataclass(frozen=True)
class Found:
    """Themes of one language, and how all numbers of themes did."""

    themes: list[Theme]
    tried: list[Stood]
    taken: int | None


def found(texts: Sequence[str], rows: np.ndarray, language: str) -> Found:
    """The themes of distinct texts of one language. rows: what the texts are called outside, in the order of the texts."""
    from threadpoolctl import threadpool_limits

    worded = [words_of(t, language) for t in texts]
    terms = terms_of(worded)
    if terms.counts.shape[1] < 2:
        return Found([], [], None)
    tried = stood(terms)
    best = chosen(tried)
    if best is None:
        return Found([], tried, None)
    x, _ = weighed(terms.counts)
    n = x.shape[0]
    learned = np.sort(np.random.default_rng(_SEED).permutation(n)[:LEARNED_FROM])
    with threadpool_limits(1):
        model = factors(x[learned], best.number)
        weights = model.transform(x)
    given = weights * np.linalg.norm(model.components_, axis=1)  # texts have length one
    total = given.sum(axis=1, keepdims=True)
    part = np.where(given >= GIVES, np.divide(given, total, out=np.zeros_like(given), where=total > 0), 0.0)
    place = _as_stood(model, best)
    themes: list[Theme] = []
    present = (terms.counts > 0).astype(np.float64).tocsr()
    everywhere = np.asarray(present.sum(axis=0)).ravel()
    for k, number in enumerate(place):
        inside = np.flatnonzero(part[:, k] >= BELONGS)
        if number < 0 or not best.stands[number] or len(inside) < FEWEST_TEXTS:
            continue
        middle = np.asarray(x[inside].mean(axis=0)).ravel()
        nearness = np.asarray(x[inside] @ middle).ravel()
        mine = np.asarray(present[inside].sum(axis=0)).ravel()
        words = _words(terms.names, mine, everywhere - mine, [texts[i] for i in inside[:500]])
        if words.empty:
            continue
        name = _name(words, {t.name for t in themes})
        themes.append(Theme(name, language, rows[inside[np.argsort(-nearness, kind="stable")]], float(best.again[number]), float(best.together[number]), words.head(SHOWN).reset_index(drop=True)))
    return Found(sorted(themes, key=lambda t: (-len(t.texts), t.name)), tried, best.number)


def _as_stood(model: object, best: Stood) -> list[int]:
    """Which theme of those that were tested each factor is: the number is decided on some of the texts, and the factors are of all."""
    from scipy.optimize import linear_sum_assignment

    from .factors import first_words

    mine = first_words(model)
    alike = np.array([[len(np.intersect1d(a, b)) / max(1, len(np.union1d(a, b))) for b in best.first] for a in mine])
    rows, columns = linear_sum_assignment(-alike)
    return [int(c) if alike[r, c] >= 0.3 else -1 for r, c in zip(rows, columns, strict=True)]


def _words(names: np.ndarray, mine: np.ndarray, others: np.ndarray, texts: Sequence[str]) -> pd.DataFrame:
    """The words of a theme by how clearly they tell it from the rest, counted in texts, each once."""
    key = log_odds(mine, others)
    low, high = key.interval()
    frame = pd.DataFrame({"term": names.astype(str), "texts": mine.astype(int), "others": others.astype(int), "log_odds": key.delta, "log_odds_low": low, "log_odds_high": high, "z": key.z})
    frame = frame[(frame["texts"] >= FEWEST_TEXTS) & (frame["z"] > CLEAR)].sort_values(["z", "term"], ascending=[False, True]).head(4 * SHOWN)
    written = _as_written(texts)
    frame.insert(0, "word", [" ".join(written.get(w, w) for w in t.split(" ")) for t in frame["term"]])
    return frame.drop_duplicates("word").reset_index(drop=True)


def _as_written(texts: Sequence[str]) -> dict[str, str]:
    """Of words as they are compared, how they are mostly written, accents and all."""
    counts: dict[str, Counter[str]] = {}
    for text in texts:
        for word in cleaned(text).split():
            if not word.isascii() and word.strip(".,;:!?()\"“”").isalpha():
                bare = word.strip(".,;:!?()\"“”")
                for plain in words_of(bare):
                    counts.setdefault(plain, Counter())[bare] += 1
    return {plain: c.most_common(1)[0][0] for plain, c in counts.items()}


def _name(words: pd.DataFrame, taken: set[str]) -> str:
    """The clearest words, a pair of words in the place of either; one more where another theme has the same."""
    picked: list[str] = []
    for word in words["word"]:
        parts = set(word.split(" "))
        inside = [p for p in picked if set(p.split(" ")) & parts]
        if not inside:
            picked.append(word)
        elif len(inside) == 1 and len(parts) > 1 and set(inside[0].split(" ")) < parts and len(picked) <= NAMED_BY:
            picked[picked.index(inside[0])] = word
        if len(picked) > NAMED_BY:
            break
    name = ", ".join(picked[:NAMED_BY])
    for more in (*picked[NAMED_BY:], *map(str, range(2, 99))):
        if name not in taken:
            break
        name = f"{name}, {more}"
    return name
