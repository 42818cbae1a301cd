"""What all figures share: colours that tell apart, axes in the text's notation, names that fit."""

from __future__ import annotations

import itertools
import re

import pytest

from cjm_research.plots.theme import NEUTRAL, Chart, count_axis, new_figure, over, percent_axis, shades, shorten, themed


def test_no_two_nodes_share_a_colour_and_none_is_grey() -> None:
    colours = shades([f"n{k}" for k in range(21)])
    rgb = [tuple(int(c[i:i + 2], 16) for i in (1, 3, 5)) for c in colours.values()]
    assert min(sum(abs(x - y) for x, y in zip(a, b, strict=True)) for a, b in itertools.combinations(rgb, 2)) > 40
    assert all(max(c) - min(c) > 25 for c in rgb) and NEUTRAL not in colours.values()
    assert list(shades(["a", "b"]).values()) == list(colours.values())[:2], "a node keeps its colour when others are told apart, too"


@pytest.mark.parametrize(("top", "shown"), [(1.0, {"50\u202f%", "100\u202f%"}), (0.1, {"5\u202f%", "10\u202f%"}), (0.1001, {"2.5\u202f%", "5.0\u202f%", "10.0\u202f%"})])
def test_an_axis_of_shares_never_rounds_its_ticks_away(top: float, shown: set[str]) -> None:
    figure, ax = new_figure()
    with themed():
        ax.set_xlim(0, top)
        ax.set_xticks([0, top / 2, top] if top != 0.1001 else [0, 0.025, 0.05, 0.1])
        percent_axis(ax.xaxis)
        figure.canvas.draw()
    assert shown <= {t.get_text() for t in ax.get_xticklabels()}


def test_an_axis_of_counts_is_whole_and_has_separators() -> None:
    for top, expected in ((12_500, "10,000"), (2, "1")):
        figure, ax = new_figure()
        with themed():
            ax.set_xlim(0, top)
            count_axis(ax.xaxis)
            figure.canvas.draw()
        labels = [t.get_text() for t in ax.get_xticklabels()]
        assert expected in labels and not any("." in t for t in labels) and len(labels) == len(set(labels))


def test_a_text_over_drawn_things_has_a_seam_in_the_colour_of_the_page() -> None:
    figure, ax = new_figure()
    ax.text(0, 0, "plain")
    assert "seam-" not in Chart(figure, "", "").svg()
    over(ax.text(0, 0, "over"), 1)
    svg = Chart(figure, "", "").svg()
    assert "stroke:var(--paper)" in svg and re.search(r'<g id="seam-1">.*?over</text>', svg, re.S)


def test_a_name_is_cut_at_the_end() -> None:
    assert shorten("a\nname\ton  lines", 30) == "a name on lines"
    assert shorten("Delivery", 8) == "Delivery" and shorten("Delivery slot", 10) == "Delivery…" and len(shorten("x" * 99, 30)) == 30
