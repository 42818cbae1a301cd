"""Charts of paths, retention and attribution; each draws frames that stand beside it as a table."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NotEnoughData
from ..results import words
from ..results.result import Result
from .path_graph import node_shades
from .theme import (
    GRID,
    MUTED,
    ON_DARK,
    ON_LIGHT,
    PALETTE,
    WIDTH,
    Chart,
    drawable,
    legend_above,
    light_grid,
    new_figure,
    over,
    percent_axis,
    sentence,
    shorten,
    themed,
)

OTHER = ("(other)", "(end)", "(start)")
ALL_ENDED = 0.995  # a flow chart stops where so many paths have ended
NAMED = 0.025  # share of all paths from which on a bar is high enough for its name
MARKERS = "osD^v*P"


def sankey(result: Result, least: float = 0.004) -> Chart:
    """The first steps of the paths as flows; width is the share of paths. Flows below `least` are drawn in the rest."""
    frame = result.frames.get("sankey", pd.DataFrame())
    if frame.empty:
        raise NotEnoughData("paths", "no path has a second step", "at least one customer with two visits", "cjm check says what data there is")
    columns = _columns(result["step_matrix"], int(frame["step"].max()) + 1)
    frame = frame[frame["step"] < columns[-1]]
    names = list(dict.fromkeys([*frame["source"], *frame["target"]]))
    shade = node_shades(result)
    boxes = _boxes(frame, columns)
    most = max(sum(1 for s, _ in boxes if s == step) for step in columns)
    figure, ax = new_figure(min(4.4, max(2.2, 1.0 + 0.45 * most)))
    letters = int(WIDTH / (len(columns) + 0.65) * 0.88 / 0.0625)  # of the labels' size between two columns
    with themed():
        for k, ((step, name), (low, high)) in enumerate(boxes.items()):
            if high - low < 0.002:
                continue
            ax.fill_between([step - 0.04, step + 0.04], low, high, color=shade[name], linewidth=0)
            if high - low > NAMED:
                lines = textwrap.wrap(name, letters) if high - low > 2.4 * NAMED else [name]
                text = "\n".join([lines[0], shorten(" ".join(lines[1:]), letters)] if len(lines) > 1 else [shorten(name, letters)])
                over(ax.text(step + 0.06, (low + high) / 2, text, fontsize=7.5, va="center", zorder=4), k)
        used: dict[tuple[str, Any], float] = {}
        for row in frame.sort_values(["step", "source", "target"]).to_dict("records"):
            share = float(row["value"])
            a, b = boxes.get((row["step"], row["source"])), boxes.get((row["step"] + 1, row["target"]))
            if a is None or b is None:
                continue
            y0 = a[1] - used.get(("out", (row["step"], row["source"])), 0.0)
            y1 = b[1] - used.get(("in", (row["step"] + 1, row["target"])), 0.0)
            used[("out", (row["step"], row["source"]))] = used.get(("out", (row["step"], row["source"])), 0.0) + share
            used[("in", (row["step"] + 1, row["target"]))] = used.get(("in", (row["step"] + 1, row["target"])), 0.0) + share
            if share >= least:
                _band(ax, row["step"] + 0.04, row["step"] + 0.96, y0, y1, share, shade[row["source"]])
        ax.set_xticks(columns, [f"step {s}" for s in columns])
        ax.set_xlim(min(columns) - 0.1, max(columns) + 0.75)
        ax.set_yticks([])
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
    going = frame[~frame["source"].isin(OTHER)]
    first = (going if len(going) else frame).sort_values("value", ascending=False).iloc[0]
    alt = (f"Flow chart of paths over {len(columns)} steps and {len(names)} nodes: the widest flow is {first['source']} to {first['target']} at step {first['step']} "
           f"({words.part_of(first)}).")
    return Chart(figure, alt, "Paths: the first steps; width is the share of all paths; grey has ended or is not told apart; bars without a name are "
                 f"{words.percent(NAMED)} or less",
                 title=sentence(result, "The most common way to"))


def _columns(matrix: pd.DataFrame, most: int) -> list[int]:
    """The steps to draw: up to the one by which nearly all paths have ended, two at least."""
    steps = sorted(int(s) for s in matrix["step"].unique())[:most]
    ended = matrix[matrix["node"] == "(end)"].set_index("step")["value"]
    last = next((k for k, step in enumerate(steps) if k and float(ended.get(step, 0.0)) >= ALL_ENDED), len(steps) - 1)
    return steps[:last + 1]


def _boxes(frame: pd.DataFrame, columns: list[int]) -> dict[tuple[int, str], tuple[float, float]]:
    """(step, node) → lower and upper edge, stacked from the largest."""
    boxes = {}
    for step in columns:
        out = frame[frame["step"] == step].groupby("source")["value"].sum()
        into = frame[frame["step"] == step - 1].groupby("target")["value"].sum()
        size = pd.concat([out, into], axis=1).max(axis=1).astype(float)
        order = sorted(size.index, key=lambda n: (n in OTHER, -size[n], n))
        top = 1.0
        for name in order:
            boxes[(int(step), str(name))] = (top - float(size[name]), top)
            top -= float(size[name]) + 0.012
    return boxes


def _band(ax: Any, x0: float, x1: float, y0: float, y1: float, width: float, color: str) -> None:
    x = np.linspace(0, 1, 16)
    ease = x * x * (3 - 2 * x)
    top = y0 + (y1 - y0) * ease
    ax.fill_between(x0 + (x1 - x0) * x, top - width, top, color=color, alpha=0.28, linewidth=0)


def retention(result: Result) -> Chart:
    """Share of customers who come back, by time since they entered."""
    frame = result["curve"].dropna(subset=["value"])
    if len(frame):
        frame = drawable(frame, "retention")
    if frame.empty:
        raise NotEnoughData("retention", "no period is over yet for any customer", "customers observed for at least one period",
                            'choose a shorter one: `chapter_params: {45_paths: {period: day}}` in the params file')
    figure, ax = new_figure(2.8)
    with themed():
        x = np.arange(len(frame))
        value, low, high = (frame[c].astype(float) for c in ("value", "low", "high"))
        ax.fill_between(x, low, high, color=PALETTE[0], alpha=0.2, linewidth=0)
        ax.plot(x, value, color=PALETTE[0], marker="o", markersize=5)
        for i, (v, base) in enumerate(zip(value, frame["base"], strict=True)):
            # to the right of the point: a falling line comes from the upper left
            over(ax.annotate(f"{words.percent(v)}\nn={base:,}", (i, v), xytext=(4, 5), textcoords="offset points", fontsize=8, color=MUTED), i)
        ax.set_xticks(x, [str(v) for v in frame["label"]])
        ax.set_xlim(-0.3, len(frame) - 0.3)
        ax.set_ylim(0, min(1.0, float(high.max()) * 1.35 + 0.02))
        percent_axis(ax.yaxis)
        light_grid(ax, "y")
    alt = f"Line chart of retention over {len(frame)} periods: {frame['label'].iloc[0]} {words.percent(float(value.iloc[0]))}, {frame['label'].iloc[-1]} {words.percent(float(value.iloc[-1]))}."
    return Chart(figure, alt, "Retention: customers who come back, of those whose period is over, with 95 % intervals",
                 title=_last(result))


def _last(result: Result) -> str:
    """The last sentence of how many come back."""
    return next((s for s in reversed(result.sentences) if "come back" in s), "")


def cohorts(result: Result, most: int = 26) -> Chart:
    """Retention by the calendar period of entry."""
    import seaborn as sns

    frame = result["cohorts"].dropna(subset=["value"]).copy()
    if len(frame):
        frame = drawable(frame, "cohorts")
    if frame.empty:
        raise NotEnoughData("cohorts", "no cohort has a period that is over", "customers observed for at least one period", "cjm check says what data there is")
    frame["cohort"] = pd.to_datetime(frame["cohort"]).dt.strftime("%Y-%m-%d") + frame["size"].map(" (n={:,})".format)
    wide = frame.pivot(index="cohort", columns="period", values="value").astype(float).tail(most)
    figure, ax = new_figure(max(2.0, 0.21 * len(wide) + 0.8))
    with themed():
        sns.heatmap(wide, ax=ax, cmap=sns.light_palette(PALETTE[0], as_cmap=True), vmin=0, cbar=False, linewidths=1, linecolor="none",
                    annot=(wide * 100).round().map(lambda v: "" if pd.isna(v) else f"{v:.0f}").to_numpy(), fmt="", annot_kws={"fontsize": 8})
        top = np.nanmax(wide.to_numpy())
        for text in ax.texts:
            text.set_color(ON_DARK if text.get_text() and float(text.get_text()) > 55 * top else ON_LIGHT)
        ax.set(xlabel=str(frame["label"].iloc[0]).split(" ")[0] + " after entry", ylabel="")
        ax.tick_params(length=0)
        ax.set_yticklabels(ax.get_yticklabels(), rotation=0)
    alt = f"Heat map of retention by {len(wide)} cohorts and {wide.shape[1]} periods in per cent; the first period runs from {words.percent(float(wide.iloc[:, 0].min()))} to {words.percent(float(wide.iloc[:, 0].max()))}."
    return Chart(figure, alt, f"Retention by {result.facts['period']} of entry, per cent of n; empty where the period is not over",
                 title=sentence(result, "have their last event"))


def attribution(result: Result, models: int = 5) -> Chart:
    """Credit of each channel under several models: how much depends on the model?"""
    frame = result["credits"].dropna(subset=["value"])
    if frame.empty:
        raise NotEnoughData("attribution", "no conversion has a touch before it", "touches within the lookback", "cjm check says what data there is")
    frame = drawable(frame, "credit by model")
    chosen = list(dict.fromkeys(frame["model"]))
    chosen = [m for m in ("first", "last", "linear", "markov", "shapley") if m in chosen] or chosen[:models]
    frame = frame[frame["model"].isin(chosen)]
    touches = frame.groupby("touch")["value"].mean().sort_values(ascending=False).head(8).index.tolist()
    figure, ax = new_figure(0.5 * len(touches) + 0.9)
    with themed():
        y = np.arange(len(touches))[::-1].astype(float)
        for k, model in enumerate(chosen):
            part = frame[frame["model"] == model].set_index("touch")
            at = [i for i, t in enumerate(touches) if t in part.index]
            value = part.loc[[touches[i] for i in at], "value"].astype(float)
            place = y[at] + 0.28 - k * 0.14
            if part["low"].notna().any():
                ax.hlines(place, part.loc[value.index, "low"].astype(float), part.loc[value.index, "high"].astype(float), color=PALETTE[k], alpha=0.4, linewidth=3)
            ax.scatter(value, place, color=PALETTE[k], marker=MARKERS[k % len(MARKERS)], s=24, zorder=3, linewidth=0, label=words.model(model))
        for between in y[:-1] - 0.5:
            ax.axhline(between, color=GRID, linewidth=0.8, zorder=0)
        ax.set_ylim(-0.5, len(touches) - 0.5)
        ax.set_yticks(y, [shorten(str(t), 30) for t in touches])
        percent_axis(ax.xaxis)
        light_grid(ax)
        legend_above(ax)
    lead = frame[frame["model"] == chosen[-1]].sort_values("value", ascending=False).iloc[0]
    alt = f"Dot plot of credit by touch under {len(chosen)} models for {len(touches)} touches: by {words.model(chosen[-1])} most goes to {lead['touch']} ({words.percent(float(lead['value']))})."
    return Chart(figure, alt, "Credit for conversions by model, with 95 % bootstrap intervals; association, not effect",
                 title=sentence(result, "The models disagree most", "Most credit"))
