"""Themes of texts, measured: shuffled words, labels given by others beside k-means, and time and memory of 100,000 texts.

    python -m benchmarks.themes null --seeds 100
    python -m benchmarks.themes labels
    python -m benchmarks.themes scale --texts 100000
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

from cjm_research.analysis.voices.copies import copies
from cjm_research.analysis.voices.found import found
from cjm_research.analysis.voices.language import language_of
from cjm_research.analysis.voices.texts import words_of
from cjm_research.stats.shares import share

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def null(seeds: int) -> None:
    """How often words of complaints, dealt out anew, have themes."""
    texts = pd.read_csv(DATA / "banking77" / "test_dev.csv")["text"].sample(400, random_state=1)
    parts = [words_of(t, "en") for t in texts]
    none = 0
    for seed in range(seeds):
        words = iter(np.random.default_rng(seed).permutation([w for p in parts for w in p]))
        shuffled = [" ".join(next(words) for _ in p) for p in parts]
        none += not found(shuffled, np.arange(len(shuffled)), "en").themes
        print(f"\r{none} of {seed + 1} have no stable themes", end="", flush=True)
    e = share(none, seeds)
    print(f"\nno stable themes: {e.value:.3f} ({e.low:.3f} to {e.high:.3f}; {none} of {seeds})")


def labels() -> None:
    """Themes of complaints against the products they are filed under, beside k-means on TF-IDF with as many clusters."""
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import adjusted_mutual_info_score

    data = pd.read_csv(DATA / "cfpb_complaints" / "complaints_2023_extract.csv.gz").dropna(subset=["Consumer complaint narrative"]).reset_index(drop=True)
    texts = data["Consumer complaint narrative"].astype(str).tolist()
    first = copies(texts) == np.arange(len(texts))
    kept = data[first].reset_index(drop=True)
    ours = found(kept["Consumer complaint narrative"].astype(str).tolist(), np.arange(len(kept)), "en")
    mine = np.full(len(kept), -1)
    for k, theme in reversed(list(enumerate(ours.themes))):
        mine[theme.texts] = k
    x = TfidfVectorizer(sublinear_tf=True, min_df=2, max_df=0.5, strip_accents="unicode").fit_transform(kept["Consumer complaint narrative"])
    plain = KMeans(max(2, len(ours.themes)), n_init=10, random_state=0).fit_predict(x)
    product = kept["Product"].astype(str).to_numpy()
    rng = np.random.default_rng(0)
    print(f"{len(kept)} different narratives of {len(data)}; themes: {[t.name for t in ours.themes]}; in none: {(mine < 0).mean():.2f}")
    for name, label in (("themes", mine), ("k-means", plain)):
        draws = [adjusted_mutual_info_score(product[i], label[i]) for i in (rng.integers(0, len(kept), len(kept)) for _ in range(200))]
        purity = sum(np.unique(product[label == c], return_counts=True)[1].max() for c in set(label)) / len(kept)
        print(f"{name}: adjusted mutual information {adjusted_mutual_info_score(product, label):.3f} ({np.quantile(draws, 0.025):.3f} to {np.quantile(draws, 0.975):.3f}), purity {purity:.3f}")


def scale(n: int) -> None:
    """Time and memory of n texts: copies, languages and themes."""
    said = pd.read_csv(DATA / "olist_marketplace" / "olist_order_reviews_dataset.csv.gz")["review_comment_message"].dropna().astype(str).to_numpy()
    rng = np.random.default_rng(0)
    texts = [f"{a} {b}" for a, b in zip(rng.choice(said, n), rng.choice(said, n), strict=True)]
    start, cpu = time.time(), time.process_time()
    first = copies(texts) == np.arange(n)
    print(f"copies: {(~first).sum():,} of {n:,} in {time.process_time() - cpu:.0f} s of CPU", flush=True)
    languages = pd.Series([language_of(t) for t in texts]).value_counts(dropna=False)
    print(f"languages {languages.to_dict()} after {time.process_time() - cpu:.0f} s of CPU", flush=True)
    rows = np.flatnonzero(first)
    ours = found([texts[i] for i in rows], rows, "pt")
    print(f"{len(ours.themes)} themes; {time.process_time() - cpu:.0f} s of CPU, {time.time() - start:.0f} s by the clock, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["null", "labels", "scale"])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--texts", type=int, default=100_000)
    given = parser.parse_args()
    {"null": lambda: null(given.seeds), "labels": labels, "scale": lambda: scale(given.texts)}[given.what]()
