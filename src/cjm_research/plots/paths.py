"""Charts of paths, retention and attribution; each draws frames that stand beside it as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..analysis import words
from ..analysis.result import Result
from ..errors import NotEnoughData
from .theme import MUTED, NEUTRAL, ON_DARK, ON_LIGHT, PALETTE, Chart, light_grid, new_figure, percent_axis, themed

OTHER = ("(other)", "(end)", "(start)")


def sankey(result: Result, least: float = 0.004) -> Chart:
    """The first steps of the paths as flows; width is the share of paths. Flows below `least` are drawn in the rest."""
    frame = result.frames.get("sankey", pd.DataFrame())
    if frame.empty:
        raise NotEnoughData("paths", "no path has a second step", "at least one customer with two visits")
    matrix = result["step_matrix"]
    columns = sorted(matrix["step"].unique())[: int(frame["step"].max()) + 1]
    names = list(dict.fromkeys([*frame["source"], *frame["target"]]))
    shade = {n: (NEUTRAL if n in OTHER else PALETTE[i % len(PALETTE)]) for i, n in enumerate(n for n in names)}
    boxes = _boxes(frame, columns)
    figure, ax = new_figure(4.2)
    with themed():
        for (step, name), (low, high) in boxes.items():
            if high - low < 0.002:
                continue
            ax.fill_between([step - 0.04, step + 0.04], low, high, color=shade[name], linewidth=0)
            if high - low > 0.025:
                ax.text(step + 0.06, (low + high) / 2, name, fontsize=7.5, va="center")
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
    first = frame.sort_values("value", ascending=False).iloc[0]
    alt = (f"Flow chart of paths over {len(columns)} steps and {len(names)} nodes: the widest flow is {first['source']} to {first['target']} at step {first['step']} "
           f"({words.percent(float(first['value']))} of {int(first['base']):,}).")
    return Chart(figure, alt, "Paths: the first steps, width is the share of all paths; grey is what is not told apart or ended")


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
    if frame.empty:
        raise NotEnoughData("retention", "no period is over yet for any customer", "customers observed for at least one period", "choose a shorter period")
    figure, ax = new_figure(2.8)
    with themed():
        x = np.arange(len(frame))
        value, low, high = (frame[c].astype(float) for c in ("value", "low", "high"))
        ax.fill_between(x, low, high, color=PALETTE[0], alpha=0.2, linewidth=0)
        ax.plot(x, value, color=PALETTE[0], marker="o", markersize=5)
        for i, (v, base) in enumerate(zip(value, frame["base"], strict=True)):
            ax.annotate(f"{words.percent(v)}\nn={base:,}", (i, v), xytext=(0, 9), textcoords="offset points", ha="center", fontsize=7.5, color=MUTED)
        ax.set_xticks(x, [str(v) for v in frame["label"]])
        ax.set_ylim(0, min(1.0, float(high.max()) * 1.35 + 0.02))
        percent_axis(ax.yaxis)
        light_grid(ax, "y")
    alt = f"Line chart of retention over {len(frame)} periods: {frame['label'].iloc[0]} {words.percent(float(value.iloc[0]))}, {frame['label'].iloc[-1]} {words.percent(float(value.iloc[-1]))}."
    return Chart(figure, alt, "Retention: customers who come back, of those whose period is over, with 95 % intervals")


def cohorts(result: Result, most: int = 26) -> Chart:
    """Retention by the week of entry."""
    import seaborn as sns

    frame = result["cohorts"].copy()
    if frame.empty:
        raise NotEnoughData("cohorts", "no cohort has a period that is over", "customers observed for at least one period")
    frame = frame[frame["value"].notna()]
    if frame.empty:
        raise NotEnoughData("cohorts", "no cohort has a period that is over", "customers observed for at least one period")
    frame["cohort"] = pd.to_datetime(frame["cohort"]).dt.strftime("%Y-%m-%d")
    wide = frame.pivot(index="cohort", columns="period", values="value").astype(float).tail(most)
    figure, ax = new_figure(max(2.0, 0.21 * len(wide) + 0.8))
    with themed():
        sns.heatmap(wide, ax=ax, cmap=sns.light_palette(PALETTE[0], as_cmap=True), vmin=0, cbar=False, linewidths=1, linecolor="none",
                    annot=(wide * 100).round().map(lambda v: "" if pd.isna(v) else f"{v:.0f}").to_numpy(), fmt="", annot_kws={"fontsize": 7})
        top = np.nanmax(wide.to_numpy())
        for text in ax.texts:
            text.set_color(ON_DARK if text.get_text() and float(text.get_text()) > 55 * top else ON_LIGHT)
        ax.set(xlabel=str(frame["label"].iloc[0]).split(" ")[0] + " after entry", ylabel="")
        ax.tick_params(length=0)
        ax.set_yticklabels(ax.get_yticklabels(), rotation=0)
    alt = f"Heat map of retention by {len(wide)} cohorts and {wide.shape[1]} periods in per cent; the first period runs from {words.percent(float(wide.iloc[:, 0].min()))} to {words.percent(float(wide.iloc[:, 0].max()))}."
    return Chart(figure, alt, "Retention by week of entry, per cent; empty where the period is not over")


def attribution(result: Result, models: int = 5) -> Chart:
    """Credit of each channel under several models: how much depends on the model?"""
    frame = result["credits"].dropna(subset=["value"])
    if frame.empty:
        raise NotEnoughData("attribution", "no conversion has a touch before it", "touches within the lookback")
    touches = frame.groupby("touch")["value"].mean().sort_values(ascending=False).head(8).index.tolist()
    chosen = list(dict.fromkeys(frame["model"]))
    chosen = [m for m in ("first", "last", "linear", "markov", "shapley") if m in chosen] or chosen[:models]
    figure, ax = new_figure(max(2.2, 0.5 * len(touches) + 0.9))
    with themed():
        y = np.arange(len(touches))[::-1].astype(float)
        for k, model in enumerate(chosen):
            part = frame[frame["model"] == model].set_index("touch")
            at = [i for i, t in enumerate(touches) if t in part.index]
            value = part.loc[[touches[i] for i in at], "value"].astype(float)
            place = y[at] + 0.28 - k * 0.14
            if part["low"].notna().any():
                ax.hlines(place, part.loc[value.index, "low"].astype(float), part.loc[value.index, "high"].astype(float), color=PALETTE[k], alpha=0.4, linewidth=3)
            ax.scatter(value, place, color=PALETTE[k], s=20, zorder=3, label=model)
        ax.set_yticks(y, touches)
        percent_axis(ax.xaxis)
        light_grid(ax)
        ax.legend(loc="lower right", ncols=min(3, len(chosen)))
    lead = frame[frame["model"] == chosen[-1]].sort_values("value", ascending=False).iloc[0]
    alt = f"Dot plot of credit by touch under {len(chosen)} models for {len(touches)} touches: by {chosen[-1]} most goes to {lead['touch']} ({words.percent(float(lead['value']))})."
    return Chart(figure, alt, "Credit for conversions by model, with 95 % bootstrap intervals; association, not effect")
