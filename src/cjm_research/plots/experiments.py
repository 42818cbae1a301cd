"""Charts of A/B tests."""

from __future__ import annotations

import pandas as pd
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter

from ..analysis import words
from ..analysis.result import Result
from ..errors import NotEnoughData
from .theme import BAD, GOOD, MUTED, NEUTRAL, PALETTE, Chart, light_grid, new_figure, percent_axis, themed


def forest(result: Result) -> Chart:
    """Relative change of every metric and variant against the control, primary metric first."""
    frame = result["effects"].dropna(subset=["lift", "lift_low", "lift_high"])
    if frame.empty:
        raise NotEnoughData("forest plot", "no metric has a relative change with an interval", "a metric with a control value other than 0")
    order = {"primary": 0, "guardrail": 1}
    frame = frame.assign(_o=frame["role"].map(order).fillna(2)).sort_values(["_o", "metric", "variant"], kind="stable").reset_index(drop=True)
    several = frame["variant"].nunique() > 1
    labels = [f"{m}{f', {v}' if several else ''}{' (primary)' if r == 'primary' else ' (guardrail)' if r == 'guardrail' else ''}"
              for m, v, r in zip(frame["metric"], frame["variant"], frame["role"], strict=True)]
    colors = [NEUTRAL if low <= 0 <= high else GOOD if better else BAD
              for low, high, better in zip(frame["lift_low"], frame["lift_high"], frame["better"], strict=True)]
    figure, ax = new_figure(max(1.5, 0.42 * len(frame) + 0.9))
    _dots(ax, frame["lift"], frame["lift_low"], frame["lift_high"], labels, colors, "relative change")
    with themed():
        percent_axis(ax.xaxis)
        ax.set_xlabel("relative change against the control, with its interval")
    first = frame.iloc[0]
    alt = (f"Forest plot of {len(frame)} effects against the control: {labels[0]} {words.number(first['lift'], 'relative change')} "
           f"({words.interval(first['lift_low'], first['lift_high'], 'relative change')}).")
    return Chart(figure, alt, "Relative change of every metric; blue is better, orange worse, grey undecided")


def sensitivity(result: Result) -> Chart:
    """The primary effect by every analysis that applies: does the choice of method matter?"""
    frame = result["sensitivity"].dropna(subset=["value", "low", "high"]).reset_index(drop=True)
    if frame.empty:
        raise NotEnoughData("sensitivity", "the primary effect has no interval", "two units an arm at least")
    several = frame["variant"].nunique() > 1
    labels = [f"{a}{f', {v}' if several else ''}" for a, v in zip(frame["analysis"], frame["variant"], strict=True)]
    unit = str(frame["unit"].iloc[0])
    figure, ax = new_figure(max(1.4, 0.38 * len(frame) + 0.8))
    _dots(ax, frame["value"], frame["low"], frame["high"], labels, [PALETTE[0] if a == "as planned" else NEUTRAL for a in frame["analysis"]], unit)
    with themed():
        ax.set_xlabel(f"difference against the control, {_scaled(ax.xaxis, unit)}")
    alt = (f"Forest plot of the primary effect by {len(frame)} analyses: as planned {words.number(frame['value'].iloc[0], unit)}, "
           f"the others between {words.number(frame['value'].min(), unit)} and {words.number(frame['value'].max(), unit)}.")
    return Chart(figure, alt, "The primary effect by every analysis that applies")


def over_looks(result: Result) -> Chart:
    """The primary effect as units came in, with the fixed and the anytime-valid interval."""
    frame = result["looks"]
    needed = {"value", "low", "high"}
    if frame.empty or not needed <= set(frame.columns):
        raise NotEnoughData("effect over time", "times of assignment are missing, or the metric has no looks", "assigned_at for the units")
    variant = frame["variant"].iloc[0]
    chosen = frame[frame["variant"] == variant].dropna(subset=["value"])
    time = next(c for c in ("day", "look", "date", "units") if c in chosen)
    if time in ("day", "date"):
        chosen = chosen.assign(**{time: pd.to_datetime(chosen[time])})
    figure, ax = new_figure(2.9)
    with themed():
        ax.fill_between(chosen[time], chosen["low"].astype(float), chosen["high"].astype(float), color=PALETTE[0], alpha=0.2,
                        linewidth=0, label="interval of one look")
        if {"anytime_low", "anytime_high"} <= set(chosen.columns):
            ax.plot(chosen[time], chosen["anytime_low"].astype(float), color=MUTED, linewidth=0.9, linestyle="--", label="valid at any time")
            ax.plot(chosen[time], chosen["anytime_high"].astype(float), color=MUTED, linewidth=0.9, linestyle="--")
        ax.plot(chosen[time], chosen["value"].astype(float), color=PALETTE[0], linewidth=1.6)
        ax.axhline(0, color=MUTED, linewidth=0.8)
        ax.legend(loc="upper right", ncols=2)
        light_grid(ax, "y")
        last, wide = chosen.iloc[-1], chosen.iloc[len(chosen) // 5:]
        # no effect is always in sight, also where every look lies on one side of it
        bottom, top = min(0.0, float(wide["low"].min())), max(0.0, float(wide["high"].max()))
        ax.set_ylim(bottom - 0.12 * (top - bottom), top + 0.12 * (top - bottom))
        ax.set_ylabel(_scaled(ax.yaxis, str(last.get("unit", ""))))
        figure.autofmt_xdate(rotation=0, ha="center") if time in ("day", "date") else None
    unit = str(last.get("unit", ""))
    alt = f"Line chart of the effect of {variant} as units came in: {words.number(float(last['value']), unit)} at the last of {len(chosen)} looks."
    return Chart(figure, alt, f"The primary effect of {variant} as units came in")


def over_days(result: Result) -> Chart:
    """The primary effect by days since exposure, a panel a variant: does it wear off, or grow?"""
    frame = result["over_time"].dropna(subset=["value", "low", "high"])
    if frame.empty:
        raise NotEnoughData("effect by days since exposure", "values carry no time, or too few days have passed",
                            "measurements or interactions with a time, and two whole days for most units")
    variants = list(dict.fromkeys(frame["variant"]))
    unit = str(frame["unit"].iloc[0])
    figure, axes = new_figure(2.2 * len(variants) + 0.4, rows=len(variants), sharex=True, squeeze=False)
    said = []
    with themed():
        for ax, variant in zip(axes.ravel(), variants, strict=True):
            one = frame[frame["variant"] == variant]
            ax.vlines(one["day"], one["low"].astype(float), one["high"].astype(float), color=PALETTE[0], linewidth=2.0, alpha=0.5)
            ax.scatter(one["day"], one["value"].astype(float), color=PALETTE[0], s=22, zorder=3)
            ax.axhline(0, color=MUTED, linewidth=0.8)
            ax.set_ylabel(_scaled(ax.yaxis, unit))
            ax.set_title(variant)
            light_grid(ax, "y")
            said.append(f"{variant} {words.number(float(one['value'].iloc[0]), unit)} on the first day and "
                        f"{words.number(float(one['value'].iloc[-1]), unit)} on day {int(one['day'].iloc[-1]) + 1}")
        axes.ravel()[-1].set_xlabel("whole days since exposure")
    return Chart(figure, f"Effect by days since exposure: {'; '.join(said)}.", "The primary effect of each day since exposure, with its 95 % interval")


def series(result: Result) -> Chart:
    """The daily series of a change that was shipped to everybody, with the day it went live."""
    frame = result["series"]
    day, unit = pd.to_datetime(frame["day"]), str(result.facts["unit"])
    after = frame["after"].astype(bool)
    figure, ax = new_figure(2.7)
    with themed():
        for part, color in ((~after, NEUTRAL), (after, PALETTE[0])):
            ax.plot(day[part], frame["value"][part], color=color, linewidth=1.2)
            level = float(frame["value"][part].mean())
            ax.hlines(level, day[part].iloc[0], day[part].iloc[-1], color=color, linewidth=2.2, linestyle="--")
        ax.axvline(pd.Timestamp(result.facts["shipped_on"]), color=MUTED, linewidth=1.0)  # type: ignore[arg-type]
        ax.set_ylabel(_scaled(ax.yaxis, unit))
        ax.set_ylim(bottom=min(0.0, float(frame["value"].min())))
        light_grid(ax, "y")
        figure.autofmt_xdate(rotation=0, ha="center")
    means = [words.number(float(frame["value"][part].mean()), "" if unit.endswith("a day") else unit) for part in (~after, after)]
    alt = f"Line chart of {result.facts['metric']} by day: {means[0]} on average before {result.facts['shipped_on']}, {means[1]} after."
    return Chart(figure, alt, f"{result.facts['metric']} by day; the line is the day {result.facts['change']} went live, dashes are averages")


def _scaled(axis: Axis, unit: str) -> str:
    """Numbers of an axis of differences as the text gives them; returns the unit's name for the label."""
    if unit == "share difference":
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x * 100:+g}".replace("-", "−") if round(x, 12) else "0"))
        return "percentage points"
    if unit == "share":
        percent_axis(axis)
    return unit


def _dots(ax: object, value: pd.Series, low: pd.Series, high: pd.Series, labels: list[str], colors: list[str], unit: str) -> None:
    with themed():
        y = list(range(len(labels)))[::-1]
        for i, at in enumerate(y):
            ax.hlines(at, low.iloc[i], high.iloc[i], color=colors[i], linewidth=2.2)  # type: ignore[attr-defined]
            ax.scatter([value.iloc[i]], [at], color=colors[i], s=36, zorder=3)  # type: ignore[attr-defined]
            ax.annotate(words.number(float(value.iloc[i]), unit), (value.iloc[i], at), xytext=(0, 7), textcoords="offset points",  # type: ignore[attr-defined]
                        ha="center", fontsize=8.5, color=MUTED)
        ax.axvline(0, color=MUTED, linewidth=0.9)  # type: ignore[attr-defined]
        ax.set_yticks(y, labels)  # type: ignore[attr-defined]
        ax.set_ylim(-0.6, len(labels) - 0.3)  # type: ignore[attr-defined]
        light_grid(ax)  # type: ignore[arg-type]
