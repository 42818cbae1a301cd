"""Charts of the outlook: what is sold, who comes back, and how the forecast did."""

from __future__ import annotations

import pandas as pd

from ..errors import NotEnoughData
from ..results import words
from ..results.result import Result
from .theme import MUTED, PALETTE, Chart, legend_above, light_grid, new_figure, percent_axis, sentence, themed


def spend(result: Result) -> Chart:
    """Mean spend of a buyer by channel, with intervals."""
    frame = result["by"]
    frame = frame[(frame["by"] == "channel") & (frame["revenue"] > 0)].sort_values("value").reset_index(drop=True)
    if frame.empty:
        raise NotEnoughData("spend by channel", "no purchase of a channel carries a value", "values of purchases", "cjm check says what data there is")
    unit = str(frame["unit"].iloc[0])
    figure, ax = new_figure(max(1.3, 0.42 * len(frame) + 0.8))
    with themed():
        y = range(len(frame))
        low, high = frame["low"].fillna(frame["value"]).astype(float), frame["high"].fillna(frame["value"]).astype(float)
        ax.hlines(y, low, high, color=PALETTE[0], alpha=0.35, linewidth=7)
        ax.scatter(frame["value"], y, color=PALETTE[0], s=34, zorder=3)
        ax.set_yticks(list(y), [f"{r['level']} (n = {r['buyers']:,})" for r in frame.to_dict("records")])
        ax.set_xlabel(f"mean spend of a buyer, {unit}")
        light_grid(ax)
    top = frame.iloc[-1]
    return Chart(figure, f"Dot plot of the mean spend of a buyer through {len(frame)} channels with 95 % intervals: most through {top['level']}, {words.number(top['value'], unit)}.",
                 "Mean spend of a buyer by channel, with 95 % intervals; channels differ in who comes through them",
                 title=sentence(result, str(top["level"])))


def groups(result: Result) -> Chart:
    """How many of each fifth by predicted chance came back on the later period."""
    frame = result["groups"]
    if frame.empty:
        raise NotEnoughData("groups by predicted chance", "there are none", "a prediction", "cjm check says what data there is")
    figure, ax = new_figure(2.6)
    with themed():
        ax.vlines(frame["group"], frame["low"].astype(float), frame["high"].astype(float), color=PALETTE[0], alpha=0.35, linewidth=7)
        ax.scatter(frame["group"], frame["value"], color=PALETTE[0], s=36, zorder=3, label="came back")
        if frame["predicted"].notna().all():
            ax.scatter(frame["group"], frame["predicted"].astype(float), color=PALETTE[1], marker="_", s=220, zorder=4, label="predicted")
            legend_above(ax)
        ax.set_xticks(list(frame["group"]), ["1 least likely", *map(str, frame["group"].iloc[1:-1]), f"{len(frame)} most likely"])
        ax.set_ylim(bottom=0)
        percent_axis(ax.yaxis)
        light_grid(ax, "y")
    alt = f"Dot plot of {len(frame)} groups by predicted chance: of the least likely {words.percent(frame['value'].iloc[0])} came back, of the most likely {words.percent(frame['value'].iloc[-1])}."
    return Chart(figure, alt, "Who came back on a later period than the one learned from, by fifths of the prediction, with 95 % intervals",
                 title=f"Of the least likely {words.percent(frame['value'].iloc[0])} came back, of the most likely {words.percent(frame['value'].iloc[-1])}.")


def endings(result: Result) -> Chart:
    """The share of journeys with each end by days since they began, with its band."""
    frame = result["curve"]
    if frame.empty:
        raise NotEnoughData("how journeys end", "too few came to any end", "journeys with an end", "cjm check says what data there is")
    figure, ax = new_figure(3.0)
    names = list(dict.fromkeys(frame["end"]))
    with themed():
        for k, name in enumerate(names):
            part = frame[frame["end"] == name]
            part = pd.concat([part, part.tail(1).assign(days=max(float(result.facts["days"]), float(part["days"].iloc[-1])))])  # nobody came to it after its last step
            ink = PALETTE[k % len(PALETTE)]
            ax.fill_between(part["days"].astype(float), part["low"].astype(float), part["high"].astype(float), color=ink, alpha=0.18, linewidth=0, step="post")
            ax.step(part["days"].astype(float), part["ended"].astype(float), color=ink, linewidth=1.6, where="post", label=name)
        ax.axvline(float(result.facts["days"]), color=MUTED, linewidth=0.9)  # type: ignore[arg-type]
        ax.set_xlabel("days since the first event", color=MUTED)
        ax.set_ylim(bottom=0)
        percent_axis(ax.yaxis)
        light_grid(ax, "y")
        legend_above(ax)
    return Chart(figure, f"Curves of {len(names)} ends by days since the first event: {result.sentences[0]}", "The share of journeys that have come to each end, with 95 % bands; the upright line is the day told above",
                 title=result.sentences[0])


def calibration(result: Result) -> Chart:
    """The calibration curve: predicted chances against what happened on the later period."""
    frame = result["calibration"]
    if frame.empty:
        raise NotEnoughData("calibration curve", "too few customers to be put into groups", "150 customers", "cjm check says what data there is")
    figure, ax = new_figure(3.2)
    with themed():
        x, top = frame["predicted"].astype(float), 1.04 * float(max(frame["predicted"].max(), frame["high"].max()))
        ax.plot([0, top], [0, top], color=MUTED, linewidth=0.9, linestyle="--", label="as predicted")
        ax.vlines(x, frame["low"].astype(float), frame["high"].astype(float), color=PALETTE[0], alpha=0.35, linewidth=6)
        ax.plot(x, frame["value"].astype(float), color=PALETTE[0], linewidth=1.2, marker="o", markersize=5, label="came back")
        ax.set_xlabel("predicted chance", color=MUTED)
        ax.set_xlim(0, top)
        ax.set_ylim(0, top)
        percent_axis(ax.xaxis)
        percent_axis(ax.yaxis)
        light_grid(ax, "both")
        legend_above(ax)
    last = frame.iloc[-1]
    return Chart(figure, f"Calibration curve of {len(frame)} groups: of those with the highest chances {words.percent(last['predicted'])} were predicted to come back and {words.percent(last['value'])} did.",
                 "Predicted chances and what happened on the later period, in groups of equal size with 95 % intervals",
                 title=f"Of those with the highest chances {words.percent(last['predicted'])} were predicted and {words.percent(last['value'])} came back.")


def frequency(result: Result) -> Chart:
    """Purchases in the later half, expected and made, by purchases in the first."""
    frame = result["by_frequency"]
    if frame.empty:
        raise NotEnoughData("purchases by frequency", "no customer", "customers with purchases", "cjm check says what data there is")
    figure, ax = new_figure(2.6)
    with themed():
        x = range(len(frame))
        low, high = frame["low"].fillna(frame["value"]).astype(float), frame["high"].fillna(frame["value"]).astype(float)
        ax.vlines(x, low, high, color=PALETTE[0], alpha=0.35, linewidth=7)
        ax.scatter(x, frame["value"], color=PALETTE[0], s=36, zorder=3, label="made")
        ax.plot(x, frame["expected"], color=PALETTE[1], linewidth=1.4, marker="o", markersize=4, label="expected")
        ax.set_xticks(list(x), [f"{r['repeats']}\nn = {r['customers']:,}" for r in frame.to_dict("records")])
        ax.set_xlabel("repeat purchases in the first half", color=MUTED)
        ax.set_ylabel("purchases in the second half")
        ax.set_ylim(bottom=0)
        light_grid(ax, "y")
        legend_above(ax)
    last = frame.iloc[-1]
    return Chart(figure, f"Purchases in the second half by repeat purchases in the first: of customers with {last['repeats']}, {last['expected']:.1f} were expected and {last['value']:.1f} made.",
                 "How the model did on the half it had not seen, with 95 % intervals",
                 title=f"Of customers with {last['repeats']} repeat purchases {last['expected']:.1f} were expected and {last['value']:.1f} made.")
