"""PDF transcripts: every word that stands on a page is said by somebody, a label, or left over under its reason.

Pages are made at random, with talks wrapped over lines and pages, running heads and page numbers; who said what is known from
the making, and the characters of the pages are counted by the test.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cjm_research.sources.kinds.transcripts import parse_transcript

from .test_transcript_properties import letters, tiles
from .test_transcripts import pdf

TURNS = st.lists(st.lists(st.sampled_from(["we", "waited", "<3", "a<b", "R&D", "(so)", "naive,", "-", "50%", "then.", "10:30", "\\\\"]), min_size=1, max_size=9), min_size=4, max_size=9)


def _parts(items: list[str], size: int) -> list[list[str]]:
    return [items[i : i + size] for i in range(0, len(items), size)]


def _own(words: list[str], turn: int) -> str:
    """The words, the first with letters that no other turn has: a line that repeats at the edge of pages would be a running head."""
    mark = "abcdefghij"[turn]
    return " ".join(word + mark * (i + 1) for i, word in enumerate(words))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(TURNS, st.integers(1, 4), st.integers(4, 9), st.booleans(), st.booleans())
def test_pages(turns: list[list[str]], width: int, height: int, head: bool, numbered: bool) -> None:
    expected, lines = [], []
    for i, words in enumerate(turns):
        who, said = ("Ana", "Ben Ray")[i % 2], _own(words, i)
        expected.append((who, said))
        lines += [" ".join(part) for part in _parts([f"{who}:", *said.split()], width)] if width > 1 else [f"{who}: {said}"]
    pages = _parts(lines, height)
    head = head and len(pages) > 2
    pages = [[*(["Study seven"] if head else []), *page, *([str(n)] if numbered else [])] for n, page in enumerate(pages, 1)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.pdf"
        path.write_bytes(pdf([[line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in page] for page in pages]))
        found = parse_transcript(path)
    tiles(found)
    assert [(t.speaker, found.text[t.start : t.end]) for t in found.turns] == expected
    assert Counter(x.reason for x in found.leftovers) == Counter({"a running head": len(pages) * head, "a page number": len(pages) * numbered} if head or numbered else {}) + Counter()
    spoken = sum((letters(found.text[t.start : t.end]) for t in found.turns), Counter())
    left = sum((letters(x.text) for x in found.leftovers), Counter())
    labels = sum((letters(f"{t.speaker}:") for t in found.turns), Counter())
    assert sum((letters(line) for page in pages for line in page), Counter()) == spoken + left + labels
