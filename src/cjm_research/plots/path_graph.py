"""The transitions between nodes as a graph, and where paths are at each step as a matrix; both stand beside their tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..analysis.paths.walks import END, OTHER, START
from ..errors import BadInput, NotEnoughData
from ..results import words
from ..results.result import Result
from .theme import INK, MUTED, NEUTRAL, ON_DARK, ON_LIGHT, PALETTE, Chart, new_figure, over, sentence, shades, shorten, themed

_LABELLED = 14  # moves whose share is written out
_ROWS = 4  # nodes that stand one above the other, at most


def transitions(result: Result, edges: int = 30) -> Chart:
    """The `edges` most frequent moves: a circle a node (area: paths that visit it), an arrow a move (width: how often).

    Nodes stand from left to right as they come in a path, on the average of the first steps. What is left out is said. Raises `BadInput` for no edge at all, `NotEnoughData` without paths.
    """
    if edges < 1:
        raise BadInput("paths: moves", str(edges), "1 or more", "give edges a whole number where the paths are drawn")
    frame = result["transitions"]
    if frame.empty:
        raise NotEnoughData("paths", "no path has a visit", "at least one customer with a visit", "cjm check says what data there is")
    drawn = frame.nlargest(edges, "n", keep="first")
    nodes = result["nodes"].set_index("node")
    place, shade = _places(result, {*drawn["from"], *drawn["to"]}), node_shades(result)
    heights = [y for _, y in place.values()]
    figure, ax = new_figure(1.3 + 1.2 * (max(heights) - min(heights)))
    with themed():
        widest = float(drawn["n"].max())
        taken = [(x, y - d, w) for x, y in place.values() for d, w in ((0.0, 0.2), (0.2, 0.42), (0.38, 0.3))]  # circles, names and shares under them
        for k, move in enumerate(drawn.to_dict("records")):
            curve = _arrow(ax, place[move["from"]], place[move["to"]], 0.6 + 5.5 * move["n"] / widest, shade[move["from"]])
            spot = next((p for p in curve if all(abs(p[0] - x) > w or abs(p[1] - y) > 0.12 for x, y, w in taken)), None)
            if k < _LABELLED and spot is not None:
                taken.append((*spot, 0.24))
                over(ax.text(*spot, _whole(float(move["value"])), fontsize=7.5, color=MUTED, ha="center", va="center", zorder=5), k)
        for k, (name, (x, y)) in enumerate(place.items(), start=_LABELLED):
            reach = float(nodes.loc[name, "value"]) if name in nodes.index else None
            ax.scatter([x], [y], s=70 + 900 * (reach or 0), color=shade[name], zorder=3, linewidth=0)
            over(ax.annotate(name if reach is None else f"{shorten(name, 20)}\n{_whole(reach)}", (x, y), xytext=(0, -4 - math.sqrt(70 + 900 * (reach or 0)) / 2),
                             textcoords="offset points", ha="center", va="top", fontsize=8, color=INK, zorder=6), k)
        ax.set_xlim(min(x for x, _ in place.values()) - 0.45, max(x for x, _ in place.values()) + 0.45)
        ax.set_ylim(min(heights) - 0.62, max(heights) + 0.35)
        ax.axis("off")
    first = drawn.iloc[0]
    every = int(result.facts["visits"]) + int(result.facts["units"])  # into every visit one, and one out of every path
    part = float(drawn["n"].sum()) / every
    shown = f"the {len(drawn)} most frequent moves, {_whole(part)} of all {every:,}" if part < 1 else f"all {every:,} moves, of {len(drawn)} kinds"
    alt = (f"Graph of {shown}, between {len(place)} nodes. The most frequent: {first['from']} to {first['to']}, "
           + words.part(first, f" of the {int(first['base']):,}") + f" that leave {first['from']}.")
    return Chart(figure, alt, f"Moves: {shown}; circles: share of paths that visit; figures at arrows: share of those that leave a node",
                 title=sentence(result, "come back to it after something else"))


def step_matrix(result: Result, steps: int = 8) -> Chart:
    """The share of all paths that are at each node at each step; what has ended stands in the last row."""
    import seaborn as sns

    frame = result["step_matrix"]
    frame = frame[frame["step"] <= steps]
    if frame.empty:
        raise NotEnoughData("paths", "no path has a visit", "at least one customer with a visit", "cjm check says what data there is")
    wide = frame.pivot(index="node", columns="step", values="value").astype(float)
    order = _by_step(frame)
    wide = wide.loc[[*order, *[n for n in (OTHER, END) if n in wide.index]]]
    later = int((wide.drop(index=END, errors="ignore").sum(axis=1) == 0).sum())
    wide = wide[wide.sum(axis=1) > 0]
    figure, ax = new_figure(max(2.0, 0.24 * len(wide) + 0.6))
    with themed():
        sns.heatmap(wide, ax=ax, cmap=sns.light_palette(PALETTE[0], as_cmap=True), vmin=0, cbar=False, linewidths=1, linecolor="none",
                    annot=wide.map(_cell).to_numpy(), fmt="", annot_kws={"fontsize": 8})
        top = np.nanmax(wide.to_numpy())
        for text, value in zip(ax.texts, wide.to_numpy().ravel(), strict=True):
            text.set_color(ON_DARK if value > 0.55 * top else ON_LIGHT)
        ax.set(xlabel="step of the path", ylabel="")
        ax.tick_params(length=0)
        ax.set_yticklabels([shorten(str(n), 28) for n in wide.index], rotation=0)
    base = int(frame["base"].iloc[0])
    ended = float(wide.loc[END].iloc[-1]) if END in wide.index else 0.0
    alt = (f"Heat map of {len(wide)} nodes over {wide.shape[1]} steps, per cent of {base:,} paths: first comes {wide[wide.columns[0]].idxmax()} "
           f"({words.percent(float(wide[wide.columns[0]].max()))}); by step {int(wide.columns[-1])}, {words.percent(ended)} have ended.")
    left = f"; {later} {'node is' if later == 1 else 'nodes are'} reached later only" if later else ""
    return Chart(figure, alt, f"Where paths are at each step, per cent of all {base:,}; a column adds up to 100{left}",
                 title=f"First comes {wide[wide.columns[0]].idxmax()}; by step {int(wide.columns[-1])}, {words.percent(ended)} have ended.")


def _whole(share: float) -> str:
    return f"{100 * share:.0f}{words.THIN}%"


def _cell(value: float) -> str:
    return "" if value == 0 else "<1" if value < 0.005 else f"{100 * value:.0f}"


def _by_step(frame: pd.DataFrame) -> list[str]:
    """Nodes in the order of the steps at which paths are there, on average."""
    inner = frame[~frame["node"].isin([END, OTHER])]
    sums = inner.assign(at=inner["n"] * inner["step"]).groupby("node")[["at", "n"]].sum()
    mean = sums["at"] / sums["n"].where(sums["n"] > 0)
    return [str(n) for n in mean.fillna(np.inf).sort_index().sort_values(kind="stable").index]


def _places(result: Result, used: set[str]) -> dict[str, tuple[float, float]]:
    """(x, y) of each node: columns from left to right by average step, within one the most visited on top."""
    order = [n for n in _by_step(result["step_matrix"]) if n in used]
    order += [n for n in result["nodes"]["node"] if n in used and n not in order and n != OTHER]  # of no path with it the order is known
    rows = min(_ROWS, max(2, round(math.sqrt(len(order)))))
    size = {n: k for k, n in enumerate(result["nodes"]["node"])}
    columns = [sorted(order[i:i + rows], key=lambda n: size[n]) for i in range(0, len(order), rows)]
    if OTHER in used:
        columns.append([OTHER])
    place = {}
    for x, column in enumerate(columns, start=1):
        for k, name in enumerate(column):
            # neighbouring columns are shifted, so that arrows do not run through circles
            place[name] = (float(x), (len(column) - 1) / 2 - k + (0.22 if x % 2 else -0.22))
    if START in used:
        place[START] = (0.0, 0.0)
    if END in used:
        place[END] = (len(columns) + 1.0, 0.0)
    return place


def _arrow(ax: Any, a: tuple[float, float], b: tuple[float, float], width: float, color: str) -> list[tuple[float, float]]:
    """Draw a bent arrow; gives points along it, from the middle outwards."""
    from matplotlib.patches import FancyArrowPatch

    bend = 0.18 if a != b else 0.9
    end = b if a != b else (b[0] + 0.12, b[1] + 0.02)
    ax.add_patch(FancyArrowPatch(a, end, connectionstyle=f"arc3,rad={bend}", arrowstyle=f"-|>,head_length={3 + width},head_width={1.5 + width / 2}",
                                 shrinkA=9, shrinkB=13, linewidth=width, color=color, alpha=0.38, zorder=2))
    # the curve is bent where it is drawn, in points; the axes' scales differ little
    control = ((a[0] + end[0]) / 2 + bend * (end[1] - a[1]), (a[1] + end[1]) / 2 - bend * (end[0] - a[0]))
    along = [((1 - t) ** 2, 2 * t * (1 - t), t * t) for t in (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22)]
    return [(p * a[0] + q * control[0] + r * end[0], p * a[1] + q * control[1] + r * end[1]) for p, q, r in along]


def node_shades(result: Result) -> dict[str, str]:
    """The colour of each node, the same in all drawings of an answer; grey for what is not told apart, begins or ends."""
    return shades([str(n) for n in result["nodes"]["node"] if n not in (OTHER, START, END)]) | dict.fromkeys((OTHER, START, END), NEUTRAL)
