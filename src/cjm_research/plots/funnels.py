"""Charts of funnels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..analysis import words
from ..analysis.result import Result
from ..errors import NotEnoughData
from .theme import BAD, GRID, INK, MUTED, PALETTE, Chart, light_grid, new_figure, percent_axis, themed

SEGMENTS = 6  # lines a reader can tell apart


def steps(result: Result) -> Chart:
    """Customers who reached each step, those still on their way, and those lost after it."""
    frame = result["steps"]
    base = int(frame["base"].iloc[0]) if len(frame) else 0
    if base == 0:
        raise NotEnoughData("funnel", "nobody entered it", "at least one customer at the first step")
    figure, ax = new_figure(max(1.8, 0.66 * len(frame) + 0.7))
    with themed():
        y = np.arange(len(frame))[::-1]
        reached = frame["n"].to_numpy(dtype=float)
        # who stopped at the step before this one: pending may still come
        pending = np.nan_to_num(frame["pending"].to_numpy(dtype=float))
        ax.barh(y, np.full(len(frame), base), color=GRID, height=0.44, alpha=0.45, linewidth=0)
        ax.barh(y, reached, color=PALETTE[0], height=0.44, linewidth=0)
        ax.barh(y, pending, left=reached, color=PALETTE[0], height=0.44, alpha=0.35, linewidth=0)
        low, high = frame["low"].astype(float) * base, frame["high"].astype(float) * base
        ax.hlines(y, low, high, color=INK, linewidth=1.4)
        for i, row in enumerate(frame.to_dict("records")):
            text = f"{words.percent(row['value'])} · {row['n']:,} of {row['base']:,}"
            if i and pd.notna(row["of_previous"]):
                text += f" · {words.percent(row['of_previous'])} of the step before"
            ax.text(base * 0.004, y[i] + 0.38, text, fontsize=8.5, color=MUTED, va="center")
        ax.set_yticks(y, [str(n) for n in frame["name"]])
        ax.set_ylim(-0.5, len(frame) - 0.35)
        ax.set_xlim(0, base * 1.02)
        light_grid(ax)
        ax.set_xlabel(f"customers of {base:,} who entered; paler: may still come")
    last = frame.iloc[-1]
    alt = (f"Funnel of {len(frame)} steps: {base:,} entered at {frame['name'].iloc[0]}; "
           + ", ".join(f"{r['name']} {words.percent(r['value'])}" for r in frame.iloc[1:].to_dict("records"))
           + f"; {int(last['n']):,} completed.")
    return Chart(figure, alt, "Funnel: share of entrants who reached each step, with 95 % intervals")


def breakdown(result: Result, by: str | None = None) -> Chart:
    """Conversion of every segment at every step, with intervals."""
    frame = result.frames.get("breakdown", pd.DataFrame())
    if frame.empty:
        raise NotEnoughData("breakdown of the funnel", "no breakdown is defined", "`breakdown:` of the funnel in params")
    chosen = frame[frame["by"] == (by or frame["by"].iloc[0])].assign(segment=lambda f: f["segment"].fillna("not given"))
    sizes = chosen[chosen["step"] == 1].sort_values("base", ascending=False)
    names = sizes["segment"].head(SEGMENTS).tolist()
    figure, ax = new_figure(3.1)
    with themed():
        for k, name in enumerate(names):
            part = chosen[chosen["segment"] == name].sort_values("step")
            x = part["step"].to_numpy(dtype=float) + (k - len(names) / 2) * 0.045
            value = part["value"].astype(float)
            ax.vlines(x, part["low"].astype(float), part["high"].astype(float), color=PALETTE[k], alpha=0.35, linewidth=5)
            ax.plot(x, value, color=PALETTE[k], marker="o", markersize=4.5, linewidth=1.4, label=f"{name} (n={int(part['base'].iloc[0]):,})")
        part = chosen[chosen["segment"] == names[0]].sort_values("step")
        ax.set_xticks(part["step"], [str(n) for n in part["name"]])
        ax.set_ylim(0, 1.04)
        percent_axis(ax.yaxis)
        light_grid(ax, "y")
        ax.legend(loc="upper right")
    last = chosen[chosen["step"] == chosen["step"].max()].set_index("segment")
    alt = (f"Line chart of conversion by {chosen['by'].iloc[0]} over {chosen['step'].nunique()} steps; at the last step "
           + words.listing([f"{n} {words.percent(float(last.loc[n, 'value']))}" for n in names if n in last.index]) + ".")
    return Chart(figure, alt, f"Conversion by {chosen['by'].iloc[0].split('.')[-1].replace('_', ' ')}, with 95 % intervals")


def after_drop(result: Result, rows: int = 10) -> Chart:
    """What those who dropped did next, after the step that loses most."""
    frame = result.frames.get("next_after_drop", pd.DataFrame())
    if frame.empty:
        raise NotEnoughData("what the dropped did next", "nobody dropped", "at least one customer who left the funnel")
    worst = frame.groupby("after_step")["base"].max().idxmax()
    chosen = frame[frame["after_step"] == worst].head(rows)
    figure, ax = new_figure(max(1.5, 0.32 * len(chosen) + 0.8))
    with themed():
        y = np.arange(len(chosen))[::-1]
        colors = [BAD if str(e).startswith("(") else PALETTE[0] for e in chosen["event"]]
        ax.barh(y, chosen["value"].astype(float), color=colors, height=0.6)
        ax.hlines(y, chosen["low"].astype(float), chosen["high"].astype(float), color=INK, linewidth=1.2)
        ax.set_yticks(y, [str(e) for e in chosen["event"]])
        percent_axis(ax.xaxis)
        light_grid(ax)
        ax.set_xlabel(f"of {int(chosen['base'].iloc[0]):,} who left after {chosen['name'].iloc[0]}")
    first = chosen.iloc[0]
    alt = f"Bar chart of what {int(first['base']):,} customers did after leaving at {first['name']}: most often {first['event']} ({words.percent(float(first['value']))})."
    return Chart(figure, alt, f"What those who left after {chosen['name'].iloc[0]} did next, with 95 % intervals")
