"""Charts of A/B tests."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.ticker import FuncFormatter

from ..errors import NotEnoughData
from ..results import words
from ..results.result import Result
from .theme import BAD, GOOD, MUTED, NEUTRAL, PALETTE, Chart, light_grid, new_figure, percent_axis, sentence, themed


def forest(result: Result) -> Chart:
    """Relative change of every metric and variant against the control, primary metric first."""
    frame = result["effects"].dropna(subset=["lift", "lift_low", "lift_high"])
    if frame.empty:
        raise NotEnoughData("forest plot", "no metric has a relative change with an interval", "a metric with a control value other than 0", "cjm check says what data there is")
    order = {"primary": 0, "guardrail": 1}
    frame = frame.assign(_o=frame["role"].map(order).fillna(2)).sort_values(["_o", "metric", "variant"], kind="stable").reset_index(drop=True)
    several = frame["variant"].nunique() > 1
    labels = [f"{words.column(m)}{f', {v}' if several else ''}{' (primary)' if r == 'primary' else ' (guardrail)' if r == 'guardrail' else ''}"
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
    return Chart(figure, alt, "Relative change of every metric; blue is better, orange worse, grey undecided",
                 title=f"{labels[0].partition(' (')[0][:1].upper()}{labels[0].partition(' (')[0][1:]} changed by {words.number(first['lift'], 'relative change')} ({words.interval(first['lift_low'], first['lift_high'], 'relative change')}).")


def sensitivity(result: Result) -> Chart:
    """The primary effect by every analysis that applies: does the choice of method matter?"""
    frame = result["sensitivity"].dropna(subset=["value", "low", "high"]).reset_index(drop=True)
    if frame.empty:
        raise NotEnoughData("sensitivity", "the primary effect has no interval", "two units an arm at least", "cjm check says what data there is")
    several = frame["variant"].nunique() > 1
    labels = [f"{a}{f', {v}' if several else ''}" for a, v in zip(frame["analysis"], frame["variant"], strict=True)]
    unit = str(frame["unit"].iloc[0])
    figure, ax = new_figure(max(1.4, 0.38 * len(frame) + 0.8))
    _dots(ax, frame["value"], frame["low"], frame["high"], labels, [PALETTE[0] if a == "as planned" else NEUTRAL for a in frame["analysis"]], unit)
    with themed():
        ax.set_xlabel(f"difference against the control, {_scaled(ax.xaxis, unit)}")
    alt = (f"Forest plot of the primary effect by {len(frame)} analyses: as planned {words.number(frame['value'].iloc[0], unit)}, "
           f"the others between {words.number(frame['value'].min(), unit)} and {words.number(frame['value'].max(), unit)}.")
    return Chart(figure, alt, "The primary effect by every analysis that applies",
                 title=f"Every analysis puts the effect between {words.number(frame['value'].min(), unit)} and {words.number(frame['value'].max(), unit)}.")


def over_looks(result: Result) -> Chart:
    """The primary effect as units came in, a panel a variant, with the fixed and the anytime-valid interval."""
    frame = result["looks"]
    if frame.empty or frame["value"].isna().all():
        raise NotEnoughData("effect over time", "times of assignment are missing, or the metric has no looks", "assigned_at for the units", "cjm check says what data there is")
    frame = frame.dropna(subset=["value"]).assign(day=lambda f: pd.to_datetime(f["day"]))
    variants = list(dict.fromkeys(frame["variant"]))
    figure, axes = new_figure(2.5 * len(variants) + 0.4, rows=len(variants), sharex=True, squeeze=False)
    unit, said = str(frame["unit"].iloc[-1]), []
    with themed():
        for ax, variant in zip(axes.ravel(), variants, strict=True):
            one = frame[frame["variant"] == variant]
            _looks(ax, one)
            ax.set_ylabel(_scaled(ax.yaxis, unit))
            ax.set_title(variant)
            said.append(f"{variant} {words.number(float(one['value'].iloc[-1]), unit)} at the last of {len(one)} looks")
        _few_dates(axes.ravel()[-1])
        handles, labels = axes.ravel()[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper right", ncols=2)
    return Chart(figure, f"Line chart of the effect as units came in: {'; '.join(said)}.", "The primary effect as units came in",
                 title=f"{'; '.join(said)}.")


def _looks(ax: Axes, one: pd.DataFrame) -> None:
    ax.fill_between(one["day"], one["low"].astype(float), one["high"].astype(float), color=PALETTE[0], alpha=0.2, linewidth=0, label="interval of one look")
    for bound, label in (("anytime_low", "valid at any time"), ("anytime_high", None)):
        ax.plot(one["day"], one[bound].astype(float), color=MUTED, linewidth=0.9, linestyle="--", label=label)
    ax.plot(one["day"], one["value"].astype(float), color=PALETTE[0], linewidth=1.6)
    ax.axhline(0, color=MUTED, linewidth=0.8)
    light_grid(ax, "y")
    wide = one.iloc[len(one) // 5:]
    # no effect is always in sight, also where every look lies on one side of it
    bottom, top = min(0.0, float(wide["low"].min())), max(0.0, float(wide["high"].max()))
    ax.set_ylim(bottom - 0.12 * (top - bottom), top + 0.12 * (top - bottom))


def _few_dates(ax: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=6)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))


def peeking(result: Result) -> Chart:
    """The series whose significance came and went most often: what single looks said beside what holds at all of them."""
    one = result["example"]
    if one.empty:
        raise NotEnoughData("looks of aggregates", "no series has a difference with an interval", "two units an arm, and values that vary", "cjm check says what data there is")
    figure, ax = new_figure(2.9)
    with themed():
        ax.fill_between(one["time"], one["low"].astype(float), one["high"].astype(float), color=PALETTE[0], alpha=0.2, linewidth=0, label="interval of one look")
        for bound, label in (("anytime_low", "valid at any time"), ("anytime_high", None)):
            ax.plot(one["time"], one[bound].astype(float), color=MUTED, linewidth=0.9, linestyle="--", label=label)
        ax.plot(one["time"], one["value"].astype(float), color=PALETTE[0], linewidth=1.6)
        ax.axhline(0, color=MUTED, linewidth=0.8)
        wide = one.iloc[len(one) // 10:]
        bottom, top = min(0.0, float(wide["low"].min())), max(0.0, float(wide["high"].max()))
        ax.set_ylim(bottom - 0.2 * (top - bottom), top + 0.2 * (top - bottom))
        ax.set_xlabel("time since the start")
        ax.set_ylabel("difference")
        light_grid(ax, "y")
        figure.legend(*ax.get_legend_handles_labels(), loc="upper right", ncols=2)
    hits = one["naive_p"] < 0.05
    turns = int((hits != hits.shift()).iloc[1:].sum())
    alt = f"Line chart of one series over {len(one)} looks: single looks turn significant or back {turns} times; {int((one['anytime_p'] < 0.05).sum())} looks are outside " \
          "no effect by the interval that holds at any time."
    return Chart(figure, alt, f"Of all series the one whose significance turned most often ({turns} times)",
                 title=sentence(result, "would have been called significant"))


def over_days(result: Result) -> Chart:
    """The primary effect by days since exposure, a panel a variant: does it wear off, or grow?"""
    frame = result["over_time"].dropna(subset=["value", "low", "high"])
    if frame.empty:
        raise NotEnoughData("effect by days since exposure", "values carry no time, or too few days have passed",
                            "measurements or interactions with a time, and two whole days for most units", "cjm check says what data there is")
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
    return Chart(figure, f"Effect by days since exposure: {'; '.join(said)}.", "The primary effect of each day since exposure, with its 95 % interval",
                 title=f"{'; '.join(said)}.")


def series(result: Result) -> Chart:
    """The daily series of a change that was shipped to everybody, with the day it went live."""
    frame = result["series"]
    day, unit = pd.to_datetime(frame["day"]), str(result.facts["unit"])
    after = frame["after"].astype(bool)
    figure, ax = new_figure(2.9)
    with themed():
        ax.plot(day, frame["value"], color=NEUTRAL, linewidth=0.9, alpha=0.8)
        ax.plot(day, frame["fitted"], color=PALETTE[0], linewidth=2.0, label="average weekday")
        ax.plot(day[after], frame["expected"][after], color=PALETTE[1], linewidth=1.6, linestyle="--", label="had it gone on as before")
        ax.axvline(pd.Timestamp(result.facts["shipped_on"]), color=MUTED, linewidth=1.0)  # type: ignore[arg-type]
        ax.set_ylabel(_scaled(ax.yaxis, unit))
        ax.set_ylim(bottom=min(0.0, float(frame["value"].min()), float(frame["expected"].min())))
        light_grid(ax, "y")
        _few_dates(ax)
        figure.legend(*ax.get_legend_handles_labels(), loc="upper right", ncols=2)
    shown = "" if unit.endswith("a day") else unit
    said = str(result.facts["said"])
    alt = (f"Line chart of {said} by day: {words.number(float(frame['fitted'][after].mean()), shown)} on average after "
           f"{result.facts['shipped_on']}, where {words.number(float(frame['expected'][after].mean()), shown)} would have followed from the days before.")
    return Chart(figure, alt, f"{said[:1].upper()}{said[1:]}, by day; the upright line is the day {result.facts['change']} went live",
                 title=sentence(result, " moved: ", "not moved", "did not move", said))


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
