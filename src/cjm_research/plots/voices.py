"""Charts of what people write: themes by size and rating, and month by month."""

from __future__ import annotations

from ..errors import NotEnoughData
from ..results import policy, words
from ..results.result import Result
from .theme import MUTED, PALETTE, Chart, light_grid, new_figure, percent_axis, themed

SHOWN = 12
OVER_TIME = 4


def shares(result: Result) -> Chart:
    """Themes by their share of the texts, with intervals, and beside it how many of their rated texts are rated low."""
    frame = result["themes"].head(SHOWN).iloc[::-1].reset_index(drop=True)
    if frame.empty:
        raise NotEnoughData("themes by size", "no themes are stable", "themes that come again in halves of the texts", "read the texts and code them by hand")
    enough = result["ratings"][~result["ratings"]["base"].map(lambda n: policy.counts_only("share", n)).astype(bool)]
    rated = enough.set_index("theme") if enough["theme"].isin(frame["theme"]).any() else None
    figure, axes = new_figure(max(1.6, 0.4 * len(frame) + 0.9), columns=2 if rated is not None else 1)
    with themed():
        y = range(len(frame))
        left = axes[0] if rated is not None else axes
        left.hlines(y, frame["low"].astype(float), frame["high"].astype(float), color=PALETTE[0], alpha=0.35, linewidth=7)
        left.scatter(frame["value"].astype(float), y, color=PALETTE[0], s=34, zorder=3)
        left.set_yticks(list(y), [f"{t} (n = {n:,})" for t, n in zip(frame["theme"], frame["n"], strict=True)])
        left.set_xlim(left=0)
        left.set_xlabel("of texts", color=MUTED)
        percent_axis(left.xaxis)
        light_grid(left)
        if rated is not None:
            right = axes[1]
            for at, theme in enumerate(frame["theme"]):
                if theme in rated.index:
                    r = rated.loc[theme]
                    right.hlines(at, float(r["low"]), float(r["high"]), color=PALETTE[1], alpha=0.35, linewidth=7)
                    right.scatter(float(r["value"]), at, color=PALETTE[1], s=34, zorder=3)
            right.set_yticks(list(y), [])
            right.set_ylim(left.get_ylim())
            right.set_xlim(0, 1)
            right.set_xlabel("of rated texts, rated low", color=MUTED)
            percent_axis(right.xaxis)
            light_grid(right)
    top = frame.iloc[-1]
    return Chart(figure, f"Dot plot of {len(frame)} themes by their share of texts with 95 % intervals: the largest is {top['theme']}, {words.percent(float(top['value']))}.",
                 "Themes by share of texts, and share of their rated texts that are rated low where enough are rated, with 95 % intervals", title=result.sentences[0])


def months(result: Result) -> Chart:
    """The largest themes' shares of the texts of each month."""
    frame = result["months"].dropna(subset=["value"])
    names = [t for t in result["themes"]["theme"].head(OVER_TIME) if (frame["theme"] == t).any()]
    if not names or frame["month"].nunique() < 2:
        raise NotEnoughData("themes by month", "fewer than two months with a theme that can be shown", "dated texts of two months", "a longer export")
    labels = sorted(frame["month"].unique())
    figure, axes = new_figure(2.2, columns=len(names))
    with themed():
        for at, name in enumerate(names):
            ax = axes[at] if len(names) > 1 else axes
            part = frame[frame["theme"] == name].set_index("month").reindex(labels)
            x = range(len(labels))
            ax.vlines(x, part["low"].astype(float), part["high"].astype(float), color=PALETTE[at], alpha=0.35, linewidth=5)
            ax.plot(x, part["value"].astype(float), color=PALETTE[at], marker="o", markersize=4, linewidth=1.2)
            ax.set_title("\n".join(name.split(", ")), fontsize=8)
            ax.set_xticks(list(x)[:: max(1, len(labels) // 3)], labels[:: max(1, len(labels) // 3)], fontsize=7)
            ax.set_ylim(0, min(1.0, 1.1 * float(frame[frame["theme"].isin(names)]["high"].max())))
            percent_axis(ax.yaxis)
            light_grid(ax, "y")
            if at:
                ax.set_yticklabels([])
    return Chart(figure, f"Share of each month's texts about {words.listing(names)}, {labels[0]} to {labels[-1]}, with 95 % intervals.",
                 "The largest themes by month, as shares of the month's texts, with 95 % intervals", title=f"What people write about, {labels[0]} to {labels[-1]}.")
