"""Charts of data health."""

from __future__ import annotations

from ..errors import NotEnoughData
from ..results import words
from ..results.result import Result
from .theme import BAD, NEUTRAL, PALETTE, Chart, light_grid, new_figure, themed


def days(result: Result) -> Chart:
    """Interactions by day, with empty and quiet days marked."""
    frame = result["days"]
    if frame.empty:
        raise NotEnoughData("interactions by day", "no interaction", "at least one day of interactions", "cjm check says what data there is")
    figure, ax = new_figure(2.6)
    with themed():
        ax.plot(frame["day"], frame["interactions"], color=PALETTE[0], linewidth=1.1)
        ax.fill_between(frame["day"], frame["interactions"], color=PALETTE[0], alpha=0.15, linewidth=0)
        for state, color in (("quiet", NEUTRAL), ("empty", BAD)):
            chosen = frame[frame["state"] == state]
            if len(chosen):
                ax.scatter(chosen["day"], chosen["interactions"], color=color, s=12, zorder=3, label=f"{state} day")
        if (frame["state"] != "usual").any():
            ax.legend(loc="upper left", ncols=2)
        ax.set_ylim(bottom=0)
        ax.set_ylabel("interactions a day")
        light_grid(ax, "y")
    odd = int((frame["state"] != "usual").sum())
    alt = (f"Line chart of interactions a day from {frame['day'].min():%Y-%m-%d} to {frame['day'].max():%Y-%m-%d}: median "
           f"{words.count(frame['interactions'].median())}, highest {words.count(frame['interactions'].max())}; {odd} empty or quiet days.")
    return Chart(figure, alt, "Interactions by day",
                 title=f"Every day has its usual number of records, {words.count(frame['interactions'].median())} in the median." if not odd else f"{words.some(odd, 'days')} of {words.count(len(frame))} {'has' if odd == 1 else 'have'} few records or none.")
