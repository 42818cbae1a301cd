"""The numbers and anchors of one page: figures, tables, answers and findings, each with one stable id."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..shapes import Json


@dataclass
class Numbering:
    """Counts what a page shows and hands out its anchors.

    Anchors come from words (a caption, a question, a finding's id), not from positions, so that a link stays
    good when a chapter gains a figure. `findings` collects what the answers rest on, with the anchor of each.
    """

    figures: int = 0
    tables: int = 0
    captions: list[tuple[str, str, str]] = field(default_factory=list)  # (label, caption, anchor)
    headlines: list[tuple[str, str, str]] = field(default_factory=list)  # (question, first sentence, anchor)
    findings: list[Json] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    maps: list[Json] = field(default_factory=list)
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)  # finding id → what reviewers say of it
    portraits: Mapping[str, str] = field(default_factory=dict)  # persona → picture as a data address
    readers: bool = False  # the page is a client's: what is meant for whoever sets up the client stays out of it
    titles: frozenset[str] = frozenset()  # of the figures of the page: a sentence that heads its figure is not said above it, too
    on_map: frozenset[str] = frozenset()  # ids of findings that are entries of the map
    below: str = ""  # the heading that nothing has followed yet
    shown: int = 0  # figures and tables since the last heading or answer
    _used: set[str] = field(default_factory=set)

    def begin(self, heading: str = "") -> str:
        """Begin what a heading or an answer is about; returns the heading that stands right above."""
        above, self.below, self.shown = self.below, heading, 0
        return above

    def anchor(self, prefix: str, words: str) -> str:
        """A fresh anchor `prefix-words`, with -2, -3 … where the words come again."""
        base = f"{prefix}-{slug(words)}" if prefix else slug(words)
        name, again = base, 1
        while name in self._used:
            again += 1
            name = f"{base}-{again}"
        self._used.add(name)
        return name

    def figure(self, caption: str) -> tuple[str, str]:
        """The label (`Figure 3`) and anchor of the next figure."""
        self.figures += 1
        return self._captioned(f"Figure {self.figures}", "fig", caption)

    def table(self, caption: str) -> tuple[str, str]:
        """The label (`Table 2`) and anchor of the next table."""
        self.tables += 1
        return self._captioned(f"Table {self.tables}", "table", caption)

    def _captioned(self, label: str, prefix: str, caption: str) -> tuple[str, str]:
        anchor = self.anchor(prefix, caption)
        self.captions.append((label, caption, anchor))
        return label, anchor

    def finding(self, finding: Json) -> str | None:
        """The anchor of a finding, `f-<id>`; None where this page shows it already."""
        anchor = finding_anchor(str(finding.get("id", "")))
        if anchor in self._used:
            return None
        self._used.add(anchor)
        self.findings.append({**finding, "anchor": anchor})
        return anchor


def finding_anchor(finding_id: str) -> str:
    """The anchor of a finding on the page of its chapter."""
    return "f-" + re.sub(r"[^A-Za-z0-9_-]", "-", finding_id)


def slug(words: str, longest: int = 60) -> str:
    """Words as an anchor: ASCII letters, digits and single hyphens; `x` where nothing is left."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:longest].rstrip("-")
    return name or "x"
