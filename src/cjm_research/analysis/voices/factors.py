"""Themes by non-negative factors of TF-IDF, and which of them stand: those that half of the texts give again, and whose words go together in the other half.

Any number of factors can be asked for, and of texts without any theme as well. So a theme has to stand two tests, each on texts drawn anew. It comes again: the
factors of half of the texts have its words (mean matched Jaccard of the ten first, over ten halves). Its words belong together: in the half that it was not
learned from, they stand in the same texts more often than where the same words are dealt out anew, as many to each text.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .texts import Terms

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

TOP = 10  # words by which themes are compared
HALVES = 10
AGAIN = 0.5  # mean matched Jaccard from which a theme comes again
TOGETHER = 3.0  # standard deviations beyond words dealt out anew
NEARLY = 0.05  # below the best mean, within which the larger number is taken
DEALS = 12
TRADES = 8  # with how many others each text trades words at a deal
NUMBERS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25)
LOOKED_AT = 3000  # texts on which the number of themes is decided
LEARNED_FROM = 20_000
A_THEME = 30  # texts to a theme on the mean, so that no more are asked for
_SEED = 20260101


@dataclass(frozen=True)
class Stood:
    """How the themes of one number did. again, together: of each, see the module; held: the share of the texts of which it has most; first: its words, as numbers of terms."""

    number: int
    again: np.ndarray
    together: np.ndarray
    held: np.ndarray
    first: list[np.ndarray]

    @property
    def stands(self) -> np.ndarray:
        """Which themes stand both tests."""
        found: np.ndarray = (self.again >= AGAIN) & (self.together >= TOGETHER)
        return found

    @property
    def mean(self) -> float:
        """How well the theme of a text comes again, on the mean over texts; 0 for texts whose theme does not stand."""
        return float((self.again * self.stands * self.held).sum())


def weighed(counts: csr_matrix) -> tuple[csr_matrix, Any]:
    """TF-IDF with logarithmic counts, each text of length one; and what weighs further texts alike."""
    from sklearn.feature_extraction.text import TfidfTransformer

    weigher = TfidfTransformer(sublinear_tf=True).fit(counts)
    return weigher.transform(counts), weigher


def factors(x: csr_matrix, number: int) -> Any:
    """The fitted model of so many factors. Its start is the singular vectors, so that it is the same each time (Boutsidis & Gallopoulos 2008)."""
    from sklearn.decomposition import NMF

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it stopped at the most rounds
        return NMF(number, init="nndsvda", random_state=0, tol=1e-3, max_iter=200).fit(x)


def first_words(model: Any) -> list[np.ndarray]:
    """The terms of most weight in each factor, those of no weight left out."""
    return [np.array([j for j in np.argsort(-h, kind="stable")[:TOP] if h[j] > 0], dtype=np.int64) for h in model.components_]


def stood(terms: Terms, numbers: tuple[int, ...] = NUMBERS, seed: int = _SEED, halves: int = HALVES) -> list[Stood]:
    """How themes of each number do on halves of the texts; numbers that the texts are too few for are left out."""
    from scipy.optimize import linear_sum_assignment
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the matrices are small; threads that wait for each other take longer
        return _stood(terms, numbers, seed, halves, linear_sum_assignment)


def chosen(tried: list[Stood]) -> Stood | None:
    """The largest number at which the themes of texts come again nearly as well as at the best one; None where at no number two themes stand."""
    enough = [s for s in tried if s.stands.sum() >= 2]
    best = max((s.mean for s in enough), default=0.0)
    return max((s for s in enough if s.mean >= best - NEARLY), key=lambda s: s.number) if enough else None


def _stood(terms: Terms, numbers: tuple[int, ...], seed: int, halves: int, matched: Any) -> list[Stood]:
    rng = np.random.default_rng(seed)
    n = terms.counts.shape[0]
    looked = np.sort(rng.permutation(n)[:LOOKED_AT])
    counts = terms.counts[looked]
    x, _ = weighed(counts)
    most = min(len(looked) // A_THEME, x.shape[0] // 2 - 1, x.shape[1] - 1)
    asked = [k for k in numbers if k <= most]
    parts = [np.sort(rng.permutation(len(looked))[:len(looked) // 2]) for _ in range(halves)]
    words = _Words(terms, looked, rng)
    found = []
    for k in asked:
        model = factors(x, k)
        first, most_of = first_words(model), model.transform(x)
        of = np.where(most_of.max(axis=1) > 0, most_of.argmax(axis=1), k)
        again, together = np.zeros((halves, k)), np.zeros((halves, k))
        for r, part in enumerate(parts):
            theirs = first_words(factors(x[part], k))
            alike = np.array([[_jaccard(a, b) for b in theirs] for a in first])
            rows, columns = matched(-alike)
            again[r, rows] = alike[rows, columns]
            if alike[rows, columns].mean() >= AGAIN / 2:  # else it does not stand anyway
                other = np.setdiff1d(np.arange(len(looked)), part, assume_unique=True)
                together[r, rows] = words.together([theirs[c] for c in columns], other)
        found.append(Stood(k, again.mean(axis=0), np.median(together, axis=0), np.bincount(of, minlength=k + 1)[:k] / len(of), first))
    return found


class _Words:
    """Which single word stands in which of the texts that are looked at; and the same dealt out anew, as many to each text and as many of each word.

    Dealing keeps both margins to the letter (trades between pairs of texts: Strona et al. 2014, Nature Communications 5:4114), since long texts hold more words
    together, and words are repeated within a text more than between texts.
    """

    def __init__(self, terms: Terms, looked: np.ndarray, rng: np.random.Generator) -> None:
        place = np.full(terms.counts.shape[0], -1, dtype=np.int64)
        place[looked] = np.arange(len(looked))
        mine = place[terms.of_text] >= 0
        self.texts, self.words, self.names = len(looked), len(terms.names), terms.names
        self.number = {str(w): i for i, w in enumerate(terms.names)}
        held: list[set[int]] = [set() for _ in range(self.texts)]
        for word, text in zip(terms.flat[mine].tolist(), place[terms.of_text[mine]].tolist(), strict=True):
            held[text].add(word)
        self.seen = _incidence(held)
        self.dealt = []
        shuffled, pick = [sorted(h) for h in held], random.Random(int(rng.integers(2**31)))  # noqa: S311 - dealt out, not kept secret
        for _ in range(DEALS):
            for _ in range(TRADES):
                _trade(shuffled, pick)
            self.dealt.append(_incidence(shuffled))

    def together(self, themes: list[np.ndarray], texts: np.ndarray) -> np.ndarray:
        """Of each theme: pairs of its words in one of these texts, in standard deviations beyond those of words dealt out anew."""
        inside = np.zeros(self.texts, dtype=bool)
        inside[texts] = True
        found = np.zeros(len(themes))
        for t, theme in enumerate(themes):
            member = np.zeros(self.words, dtype=bool)
            member[[self.number[w] for j in theme for w in str(self.names[j]).split(" ") if w in self.number]] = True
            seen, *dealt = (_pairs(member, inside, at, self.texts) for at in (self.seen, *self.dealt))
            spread = max(float(np.std(dealt, ddof=1)), float(np.sqrt(max(np.mean(dealt), 1.0))) / 2)
            found[t] = (seen - float(np.mean(dealt))) / spread
        return found


def _incidence(held: Iterable[Iterable[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Words and texts, a pair for each word of each text."""
    at = [(w, i) for i, h in enumerate(held) for w in h]
    pairs = np.array(at, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _trade(held: list[list[int]], pick: random.Random) -> None:
    """Let texts trade, two by two, the words that only one of them has."""
    order = list(range(len(held)))
    pick.shuffle(order)
    for a, b in zip(order[::2], order[1::2], strict=False):
        mine, theirs = set(held[a]), set(held[b])
        both = mine & theirs
        pool = [w for w in held[a] if w not in both] + [w for w in held[b] if w not in both]
        pick.shuffle(pool)
        own = len(mine) - len(both)
        held[a], held[b] = [*both, *pool[:own]], [*both, *pool[own:]]


def _pairs(member: np.ndarray, inside: np.ndarray, at: tuple[np.ndarray, np.ndarray], texts: int) -> int:
    """The pairs of different words of a theme that stand in one text."""
    words, where = at
    count = np.bincount(where[member[words] & inside[where]], minlength=texts)
    return int((count * (count - 1) // 2).sum())


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    both = len(np.intersect1d(a, b))
    return both / (len(a) + len(b) - both) if len(a) + len(b) > both else 0.0
