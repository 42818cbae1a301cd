"""Charts of survey scores."""

from __future__ import annotations

import pandas as pd

from ..errors import NotEnoughData
from ..results import words
from ..results.result import Result
from .theme import MUTED, PALETTE, Chart, light_grid, new_figure, percent_axis, sentence, themed


def scores(result: Result, instrument: str = "csat") -> Chart:
    """Scores of one instrument with their intervals, lowest first."""
    frame = result["scores"]
    chosen = frame[(frame["instrument"] == instrument) & frame["value"].notna()].sort_values("value", ascending=False)
    if chosen.empty:
        raise NotEnoughData(f"{instrument} scores", f"no answer to a {instrument} question", f"at least one answer to a question with instrument: {instrument}", "cjm check says what data there is")
    labels = [str(t) if pd.notna(t) else str(q)[:60] for t, q in zip(chosen["touchpoint"], chosen["question"], strict=True)]
    unit = str(chosen["unit"].iloc[0])
    figure, ax = new_figure(max(1.4, 0.42 * len(chosen) + 0.8))
    with themed():
        y = range(len(chosen))
        low, high = chosen["low"].fillna(chosen["value"]), chosen["high"].fillna(chosen["value"])
        ax.hlines(y, low, high, color=PALETTE[0], alpha=0.35, linewidth=7)
        ax.scatter(chosen["value"], y, color=PALETTE[0], s=34, zorder=3)
        for i, (value, base) in enumerate(zip(chosen["value"], chosen["base"], strict=True)):
            ax.annotate(f"{words.number(value, unit)}  n={base:,}", (high.iloc[i], i), xytext=(8, 0), textcoords="offset points", va="center", color=MUTED, fontsize=8.5)
        ax.set_yticks(list(y), labels)
        ax.margins(x=0.18)
        if unit == "share":
            percent_axis(ax.xaxis)
            ax.set_xlim(max(0.0, float(low.min()) - 0.1), min(1.12, float(high.max()) + 0.18))
        light_grid(ax)
    worst, best = chosen.iloc[-1], chosen.iloc[0]
    alt = (f"Dot plot of {len(chosen)} {instrument.upper()} scores with 95 % intervals: highest {labels[0]} {words.number(best['value'], unit)}, "
           f"lowest {labels[-1]} {words.number(worst['value'], unit)}.")
    return Chart(figure, alt, f"{instrument.upper()} by touchpoint, with 95 % intervals",
                 title=sentence(result, f"{instrument.upper()} is lowest", instrument.upper()))
