"""Identifiers that are worked out all at once: the same as one by one."""

from __future__ import annotations

import random

from cjm_research.privacy.release.known import Folded, Known, fold

LETTERS = "aZé09 -_.\t\nµß"


def made(seed: int, letters: str) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choice(letters) for _ in range(rng.randint(0, 9))) for _ in range(200)]


def test_folded_at_once_as_one_by_one() -> None:
    for seed in range(60):
        for letters in (LETTERS, "aZ09", "aZ09-_.", "aZ 09"):
            ids = made(seed, letters)
            alone = set().union(*(Folded([i]).texts for i in ids))
            assert Folded(ids).texts == alone
            assert {fold(t) for t in alone} == alone
            first, beginning = Folded(ids).first
            assert beginning == set().union(*(Folded([i]).first[1] for i in ids))
            assert {(word, n) for word, counts in first.items() for n in counts} == {(word, n) for i in ids for word, counts in Folded([i]).first[0].items() for n in counts}


def test_a_finder_of_all_finds_what_finders_of_each_find() -> None:
    for seed in range(30):
        ids = [i for i in made(seed, "aB0- ") if i.strip("- ")]
        text = " / ".join(made(seed + 1, "ab0- ") + ids[:20])
        together = set(Known(ids).whole().find(text))
        alone = set().union(*(Known([i]).whole().find(text) for i in ids))
        # numbers are looked for by how many there are of their length
        assert {h for h in together if not h.replace(" ", "").isdigit()} == {h for h in alone if not h.replace(" ", "").isdigit()}
