"""Charts of funnels; each draws frames that stand beside it as a table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..errors import NotEnoughData
from ..results import policy, words
from ..results.result import Result
from .theme import BAD, GRID, INK, MUTED, NEUTRAL, PALETTE, Chart, count_axis, drawable, light_grid, new_figure, over, percent_axis, sentence, shorten, themed

_NOTHING = "(nothing further)"  # as the frame `next_after_drop` has it

SEGMENTS = 8  # rows a segment's name and dot can stand in, by breakdown
PANELS = 4  # steps beside each other
LONGEST = 30  # characters of a name beside an axis


def steps(result: Result) -> Chart:
    """Who reached each step, who is still on the way to it, and who was lost before it."""
    frame = result["steps"]
    base = int(frame["base"].iloc[0]) if len(frame) else 0
    who = _who(result)
    if base == 0:
        raise NotEnoughData("funnel", "nobody entered it", f"at least one {who[:-1]} at the first step", "cjm check says what data there is")
    # who stopped at the step before this one: pending may still come
    pending, ended = (np.nan_to_num(frame[c].to_numpy(dtype=float)) for c in ("pending", "ended"))
    figure, ax = new_figure(max(1.8, 0.66 * len(frame) + 0.7))
    with themed():
        y = np.arange(len(frame))[::-1]
        reached = frame["n"].to_numpy(dtype=float)
        ax.barh(y, np.full(len(frame), base), color=GRID, height=0.44, alpha=0.45, linewidth=0)
        ax.barh(y, reached, color=PALETTE[0], height=0.44, linewidth=0)
        ax.barh(y, pending, left=reached, color=PALETTE[0], height=0.44, alpha=0.35, linewidth=0)
        ax.barh(y, ended, left=reached + pending, color=MUTED, height=0.44, alpha=0.35, linewidth=0)
        known = 0 if result.facts["order"] == "share" else 1  # that all who entered did enter is not estimated
        later = frame.iloc[known:]
        if not policy.counts_only("share", base):
            ax.hlines(y[known:], later["low"].astype(float) * base, later["high"].astype(float) * base, color=INK, linewidth=1.4)
        for i, row in enumerate(frame.to_dict("records")):
            text = words.part(row, f" · {row['n']:,} of {row['base']:,}") if i >= known else f"{row['n']:,} entered"
            if i and pd.notna(row["of_previous"]) and not policy.counts_only("share", row["previous"]):
                text += f" · {words.percent(row['of_previous'])} of the step before"
            over(ax.text(base * 0.004, y[i] + 0.38, text, fontsize=8.5, color=MUTED, va="center"), i)
        ax.set_yticks(y, [shorten(str(n), LONGEST) for n in frame["name"]])
        ax.set_ylim(-0.5, len(frame) - 0.35)
        ax.set_xlim(0, base * 1.02)
        light_grid(ax)
        count_axis(ax.xaxis)
        ax.set_xlabel(f"{who}, of {base:,} that entered" + ("; fainter: may still come" if pending.any() else "") + ("; grey: has ended" if ended.any() else ""))
    last = frame.iloc[-1]
    alt = (f"Funnel of {len(frame)} steps: {base:,} {who} entered at {frame['name'].iloc[0]}; "
           + ", ".join(f"{r['name']} {words.part(r)}" for r in frame.iloc[1:].to_dict("records"))
           + f"; {int(last['n']):,} completed.")
    return Chart(figure, alt, f"Funnel: {who} that reached each step, of all that entered; lines are 95 % intervals",
                 title=sentence(result, "The largest loss"))


def breakdown(result: Result) -> Chart:
    """The share of each segment's entrants that reached each step, with intervals; one panel a step, one row a segment."""
    frame = result.frames.get("breakdown", pd.DataFrame())
    if frame.empty:
        raise NotEnoughData("breakdown of the funnel", "no breakdown is defined", "a column, `attributes.<key>` or `properties.<key>`",
                            f"name one under `breakdown` of the funnel {result.facts['funnel']!r} in the params file")
    rows = _rows(frame)
    frame = drawable(frame, "breakdown of the funnel")
    rows = {k: n for k, n in rows.items() if not policy.counts_only("share", n)}
    later = frame[frame["step"] > 1]
    names = later.drop_duplicates("step").set_index("step")["name"]
    across, down = min(PANELS, len(names)), math.ceil(len(names) / PANELS)
    figure, axes = new_figure((0.26 * (len(rows) + frame["by"].nunique()) + 0.75) * down, rows=down, columns=across, squeeze=False, sharey=True)
    place = {key: -k - (0.6 * list(dict.fromkeys(by for by, _ in rows)).index(key[0])) for k, key in enumerate(rows)}
    with themed():
        for ax in axes.ravel()[len(names):]:
            ax.axis("off")
        for ax, (step, name) in zip(axes.ravel(), names.items(), strict=False):
            _panel(ax, later[later["step"] == step], place)
            overall = result["steps"].set_index("step")["value"].get(step)
            if overall is not None and pd.notna(overall):
                ax.axvline(float(overall), color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
            ax.set_title(shorten(str(name), 80 // across), fontsize=9)
        for row in axes:
            row[0].set_yticks(list(place.values()), [f"{shorten(segment, LONGEST)} (n={n:,})" for (_, segment), n in rows.items()])
            row[0].set_ylim(min(place.values()) - 0.6, 0.6)
    by = words.listing([words.column(str(b)) for b in dict.fromkeys(frame["by"])])
    end = later[later["step"] == later["step"].max()].set_index(["by", "segment"])
    reached = [f"{segment} {words.part(end.loc[(b, segment)])}" for b, segment in rows
               if (b, segment) in end.index and pd.notna(end.loc[(b, segment), "value"])]
    alt = f"Dot plot of conversion by {by} at {len(names)} steps; {names.iloc[-1]}: {words.listing(reached)}."
    return Chart(figure, alt, f"Share of entrants that reached each step, by {by}; lines are 95 % intervals, dashed: all together; each step has its own scale",
                 title=sentence(result, f"By {by}"))


def _rows(frame: pd.DataFrame) -> dict[tuple[str, str], int]:
    """(breakdown, segment) → entrants, the largest segments of each breakdown."""
    first = frame[frame["step"] == 1].sort_values("base", ascending=False, kind="stable")
    chosen = pd.concat([part.head(SEGMENTS) for _, part in first.groupby("by", sort=False)])
    order = {by: k for k, by in enumerate(dict.fromkeys(frame["by"]))}
    chosen = chosen.sort_values("by", key=lambda c: c.map(order), kind="stable")
    return {(str(r["by"]), str(r["segment"])): int(r["base"]) for r in chosen.to_dict("records")}


def _panel(ax: Any, step: pd.DataFrame, place: dict[tuple[str, str], float]) -> None:
    from matplotlib.ticker import MaxNLocator

    for row in step.to_dict("records"):
        at = place.get((str(row["by"]), str(row["segment"])))
        if at is None or pd.isna(row["value"]):
            continue
        ax.hlines(at, float(row["low"]), float(row["high"]), color=PALETTE[0], linewidth=1.6, zorder=2)
        ax.plot(float(row["value"]), at, color=PALETTE[0], marker="o", markersize=5, zorder=3)
    light_grid(ax)
    ax.margins(x=0.12)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=3, steps=[1, 2, 5, 10]))  # labels of few digits: there is little room
    percent_axis(ax.xaxis)


def after_drop(result: Result, rows: int = 10) -> Chart:
    """What those who dropped did next, after the step that loses most."""
    frame = result.frames.get("next_after_drop", pd.DataFrame())
    if frame.empty:
        unordered = result.facts.get("order") == "unordered"
        raise NotEnoughData("what those who left did next", "steps of this funnel count in any order, so nobody leaves after a certain one" if unordered
                            else "nobody left", "an ordered funnel" if unordered else f"at least one of the {_who(result)} that left the funnel", "cjm check says what data there is")
    worst = frame.groupby("after_step")["base"].max().idxmax()
    chosen = frame[frame["after_step"] == worst].head(rows)
    figure, ax = new_figure(0.32 * len(chosen) + 0.75)
    with themed():
        y = np.arange(len(chosen))[::-1]
        colors = [{_NOTHING: BAD, "(other)": NEUTRAL}.get(str(e), PALETTE[0]) for e in chosen["event"]]
        ax.barh(y, chosen["value"].astype(float), color=colors, height=0.6, linewidth=0)
        few = policy.counts_only("share", chosen["base"].iloc[0])
        if not few:
            ax.hlines(y, chosen["low"].astype(float), chosen["high"].astype(float), color=INK, linewidth=1.2)
        for i, row in enumerate(chosen.to_dict("records")):
            over(ax.annotate(words.part(row, f" · {int(row['n']):,}"), (float(row["high"]), y[i]), xytext=(5, 0),
                             textcoords="offset points", fontsize=8.5, color=MUTED, va="center"), i)
        ax.set_yticks(y, [shorten(words.event(str(e)), LONGEST) for e in chosen["event"]])
        ax.set_ylim(-0.6, len(chosen) - 0.4)
        widest = float(chosen["high"].max())
        ax.set_xticks([t for t in ax.get_xticks() if 0 <= t <= min(1.0, widest)])
        ax.set_xlim(0, widest * 1.2)  # room for the figures
        ax.set_xticks([]) if few else percent_axis(ax.xaxis)
        light_grid(ax)
        ax.set_xlabel(f"of the {int(chosen['base'].iloc[0]):,} {_who(result)} that left after {shorten(str(chosen['name'].iloc[0]), 40)}")
    first = chosen.iloc[0]
    gone = next((row for row in chosen.to_dict("records") if row["event"] == _NOTHING), None)  # other rows are events by their raw names
    alt = (f"Bar chart of the next event of {int(first['base']):,} {_who(result)} that left after {first['name']}: most often {words.event(str(first['event']))} "
           f"({words.part(first)}).")
    return Chart(figure, alt, f"The next event of those who left after {chosen['name'].iloc[0]}, where most leave; lines are 95 % intervals",
                 title=f"After {first['name']}, {words.part(gone)} of those who left did nothing further." if gone is not None else "")


def _who(result: Result) -> str:
    return f"{result.facts.get('unit') or 'customer'}s"
